//! Checks a project's folders and prints what was found: `cargo run -p xueji-check --example validate -- PROJECT`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;
use std::time::Instant;

use xueji_check::{check_with, render};
use xueji_definition::{load, read_folder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let root = Path::new(&project);
    let (sources, found) = read_folder(&root.join("workflows"), &root.join("rules"))?;
    let begun = Instant::now();
    let read = load(&sources);
    let reading = begun.elapsed();
    drop(read);
    let begun = Instant::now();
    let checked = check_with(&sources, found);
    let took = begun.elapsed();
    print!(
        "{}",
        render::text(&checked.findings, &checked.places, render::Language::default(), false)
    );
    println!("{} ms, of which reading {} ms", took.as_millis(), reading.as_millis());
    Ok(())
}
