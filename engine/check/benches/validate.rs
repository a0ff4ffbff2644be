//! How long it takes to check the shipped definitions: `cargo bench -p xueji-check`.
//!
//! Reads both folders from warm disk and checks everything, as `xueji validate` does, many times over; a number behind
//! `--` says how many, for a look under a profiler.

use std::path::Path;
use std::time::Instant;

/// What the program itself allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds that are timed, unless the command line says how many.
const ROUNDS: usize = 30;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let rounds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let mut times = Vec::with_capacity(rounds);
    let mut told = String::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let Ok((sources, _)) =
            xueji_definition::read_folder(&root.join("workflows"), &root.join("rules"))
        else {
            return;
        };
        let checked = xueji_check::find(&sources, Vec::new());
        times.push(began.elapsed().as_micros());
        told = format!("{} files, {} findings", sources.files.len(), checked.findings.len());
    }
    times.sort_unstable();
    let median = times.get(rounds / 2).copied().unwrap_or_default();
    let most = times.last().copied().unwrap_or_default();
    println!("validate ({told}): median {} ms, most {} ms", median / 1_000, most / 1_000);
}
