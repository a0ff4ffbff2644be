//! The files for continuous integration in `docs/ci/` are YAML, and each validates, tests, plans and comments.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::path::Path;

use serde_yaml::Value;

/// Returns every text under a value.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Sequence(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Mapping(map) => map.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}

#[test]
fn each_file_for_continuous_integration_reads_and_does_all_four() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci");
    for name in ["github.yml", "gitlab.yml", "gitea.yml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let file: Value =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut all = Vec::new();
        texts(&file, &mut all);
        let runs = all.join("\n");
        for act in ["xueji validate", "xueji test", "xueji plan", "comment.md"] {
            assert!(runs.contains(act), "{name} lacks `{act}`");
        }
        assert!(!runs.contains("xj_"), "{name} has a token in it");
    }
}
