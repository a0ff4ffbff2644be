//! The definitions that are shipped, and the examples of the docs, are without a finding: whoever learns from them sees
//! none, and a check that finds something in them by mistake is caught here.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::path::Path;

use xueji_check::{check, render};
use xueji_definition::read_folder;

fn told(workflows: &str, rules: &str) -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let (sources, found) = read_folder(&root.join(workflows), &root.join(rules)).expect("a folder");
    assert!(found.is_empty(), "{found:?}");
    let checked = check(&sources);
    render::text(&checked.findings, &checked.places, render::Language::En, false)
}

#[test]
fn the_shipped_definitions_are_without_a_finding() {
    assert_eq!(told("workflows", "rules"), "no findings\n");
}

#[test]
fn the_examples_of_the_docs_are_without_a_finding() {
    for name in ["hall", "projector"] {
        let folder = format!("docs/examples/{name}");
        let told = told(&format!("{folder}/workflows"), &format!("{folder}/rules"));
        assert_eq!(told, "no findings\n", "{folder}");
    }
}
