//! How long it takes to let random people walk a process of the shipped definitions.
//!
//! `cargo bench -p xueji-engine --bench simulate -- major-transfer 10000`; run by hand.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use xueji_engine::simulate::{Options, simulate};

/// What the program itself allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let process = given.first().map_or("major-transfer", String::as_str);
    let cases = given.get(1).and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = xueji_definition::read_folder(&root.join("workflows"), &root.join("rules"));
    let Ok((sources, found)) = read else { return ExitCode::FAILURE };
    let Some(release) = xueji_check::check_with(&sources, found).release else {
        return ExitCode::FAILURE;
    };
    let begun = Instant::now();
    let options = Options { cases, ..Options::new(process) };
    match simulate(&Arc::new(release), &options) {
        Ok(report) => {
            let figures = &report.figures;
            println!(
                "{process}: {} asked, {} started, {} commands, {} unlawful refused, {:.2} s; {}",
                figures.asked,
                figures.started,
                figures.carried_out,
                figures.unlawful,
                begun.elapsed().as_secs_f64(),
                report.failure.map_or("every invariant held".to_owned(), |story| story.scenario),
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
