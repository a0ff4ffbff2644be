//! What stays the same of a finding when lines move: so a known one is known again.
//!
//! Invariant: made of code, file, keys and words, never of a line; equal findings of a file are told apart by their order.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use xueji_definition::Places;
use xueji_definition::finding::{Finding, Key, Route, Spot};

/// How many bytes of the hash are kept.
const BYTES: usize = 16;

/// Returns the fingerprints of findings, 32 hexadecimal digits each.
#[must_use]
pub fn all(findings: &[Finding], places: &Places) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut each = |finding: &Finding| {
        let said = said(finding, places);
        let before = seen.entry(said.clone()).or_insert(0);
        *before += 1;
        digest(&format!("{said}\u{0}{before}"))
    };
    findings.iter().map(&mut each).collect()
}

fn said(finding: &Finding, places: &Places) -> String {
    let at = match &finding.spot {
        Spot::Key(route) | Spot::Value(route) | Spot::Inside(route, ..) => keys(route),
        Spot::At(line, _) => {
            places.line_text(&finding.file, *line).unwrap_or_default().trim().to_owned()
        }
        Spot::File => String::new(),
    };
    [finding.code, &finding.file, &at, &finding.message.en].join("\u{0}")
}

/// The names on the way; positions in a list move as lines do.
fn keys(route: &Route) -> String {
    let names = route.0.iter().filter_map(|key| match key {
        Key::Name(name) => Some(name.as_str()),
        Key::Index(_) => None,
    });
    names.collect::<Vec<_>>().join("/")
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
}
