//! From a keystroke to findings, on the largest of the shipped processes; and what a question costs meanwhile.
//!
//! Run by hand: `cargo bench -p xueji-editor`; a number behind `--` says how many keystrokes, and nothing else is
//! done then, for a look under a profiler. Prints milliseconds: median, 99th of a hundred, and the longest.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints, and may fail by panicking"
)]

use std::path::Path;
use std::time::Instant;

use lsp_types::Position;
use xueji_definition::read_folder;
use xueji_editor::{Encoding, Folders, Language, Workspace};

/// What the program itself allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keystrokes that are timed, unless the command line says how many.
const KEYS: usize = 300;

fn main() {
    let only: Option<usize> = std::env::args().find_map(|word| word.parse().ok());
    let keys = only.unwrap_or(KEYS);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (sources, found) = read_folder(&root.join("workflows"), &root.join("rules")).unwrap();
    let largest = |path: &&String| path.starts_with("workflows/processes/");
    let path = sources
        .files
        .keys()
        .filter(largest)
        .max_by_key(|path| sources.files[*path].len())
        .unwrap()
        .clone();
    let folders = Folders {
        workflows: "file:///h/workflows".to_owned(),
        rules: "file:///h/rules".to_owned(),
    };
    let begun = Instant::now();
    let mut workspace = Workspace::new(sources, folders, Encoding::Utf16, Language::Zh);
    workspace.found(found);
    let faulty = workspace.faulty().count();
    let opened = begun.elapsed();
    let lines = u32::try_from(workspace.text(&path).unwrap().lines().count()).unwrap();
    println!(
        "{path}: {lines} lines; the folder is read and checked in {:.1} ms, {faulty} files with findings",
        opened.as_secs_f64() * 1e3
    );

    // Letters are typed and taken away again all over the file, so that it is broken half of the time.
    let mut typed = Vec::new();
    for key in 0..keys {
        let line = u32::try_from(key / 2).unwrap() * 7 % lines;
        let long = u32::try_from(
            workspace
                .text(&path)
                .unwrap()
                .lines()
                .nth(line as usize)
                .unwrap()
                .encode_utf16()
                .count(),
        )
        .unwrap();
        let at = Position::new(line, long / 2);
        let (range, text) = if key % 2 == 0 {
            (lsp_types::Range::new(at, at), "x")
        } else {
            (
                lsp_types::Range::new(
                    Position::new(line, (long - 1) / 2),
                    Position::new(line, (long - 1) / 2 + 1),
                ),
                "",
            )
        };
        let begun = Instant::now();
        workspace.edit_text(&path, [(Some(range), text.to_owned())]);
        let files: Vec<String> = workspace.faulty().map(str::to_owned).collect();
        let shown: usize = files.iter().map(|file| workspace.diagnostics(file).len()).sum();
        typed.push(begun.elapsed());
        std::hint::black_box(shown);
    }
    print("keystroke to findings", typed);
    if only.is_some() {
        return;
    }

    let rules = "rules/transfer.rhai";
    if workspace.text(rules).is_some() {
        let mut typed = Vec::new();
        for key in 0..KEYS / 3 {
            let at = Position::new(0, 3);
            let range = if key % 2 == 0 {
                lsp_types::Range::new(at, at)
            } else {
                lsp_types::Range::new(at, Position::new(0, 4))
            };
            let begun = Instant::now();
            workspace.edit_text(
                rules,
                [(Some(range), if key % 2 == 0 { "x".to_owned() } else { String::new() })],
            );
            let files: Vec<String> = workspace.faulty().map(str::to_owned).collect();
            std::hint::black_box(
                files.iter().map(|file| workspace.diagnostics(file).len()).sum::<usize>(),
            );
            typed.push(begun.elapsed());
        }
        print("keystroke in a rule file", typed);
    }

    let each = |ask: &dyn Fn(Position)| {
        let mut times = Vec::new();
        for line in (0..lines).step_by(3) {
            let begun = Instant::now();
            ask(Position::new(line, 20));
            times.push(begun.elapsed());
        }
        times
    };
    print("completion", each(&|at| drop(workspace.completion(&path, at))));
    print("hover", each(&|at| drop(workspace.hover(&path, at))));
    print("definition", each(&|at| drop(workspace.definition(&path, at))));
    print("references", each(&|at| drop(workspace.references(&path, at, true))));
}

fn print(what: &str, mut times: Vec<std::time::Duration>) {
    times.sort();
    let at =
        |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{what:24} {:4} times: median {:7.2} ms, p99 {:7.2} ms, longest {:7.2} ms",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
}
