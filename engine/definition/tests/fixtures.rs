//! Folders that are good stay silent; broken ones give exactly the findings written beside them.
//!
//! After a change of words: `UPDATE_FIXTURES=1 cargo test -p xueji-definition --test fixtures`, and read the difference.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use xueji_definition::codes::CODES;
use xueji_definition::finding::Finding;
use xueji_definition::{Loaded, load, read_folder};

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(kind);
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn read(case: &Path) -> (Loaded, Vec<Finding>) {
    let (sources, mut findings) =
        read_folder(&case.join("workflows"), &case.join("rules")).unwrap();
    let loaded = load(&sources);
    findings.extend(loaded.findings.clone());
    xueji_definition::load::sort(&mut findings, &loaded.places);
    (loaded, findings)
}

fn shown(loaded: &Loaded, findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let at = loaded.places.place(finding);
        let (file, code) = (&finding.file, finding.code);
        writeln!(out, "{file}:{}:{}-{}:{} {code}", at.line, at.column, at.end_line, at.end_column)
            .unwrap();
        writeln!(out, "    {} / {}", finding.message.zh, finding.message.en).unwrap();
        if let Some(help) = &finding.help {
            writeln!(out, "    → {} / {}", help.zh, help.en).unwrap();
        }
    }
    out
}

#[test]
fn good_folders_give_no_finding() {
    for case in cases("ok") {
        let (loaded, findings) = read(&case);
        assert_eq!(shown(&loaded, &findings), "", "{}", case.display());
    }
}

#[test]
fn broken_folders_give_the_findings_written_beside_them() {
    for case in cases("broken") {
        let (loaded, findings) = read(&case);
        let told = shown(&loaded, &findings);
        let beside = case.join("findings.out");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(&beside, &told).unwrap();
        }
        let written = fs::read_to_string(&beside).unwrap_or_default();
        assert!(told == written, "{}:\n{told}", case.display());
    }
}

#[test]
fn every_finding_has_a_documented_code_and_weight_and_words_in_both_languages() {
    for case in cases("broken") {
        for finding in read(&case).1 {
            let doc = CODES.iter().find(|(code, ..)| *code == finding.code);
            assert_eq!(doc.map(|doc| doc.1), Some(finding.severity), "{}", finding.code);
            assert!(!finding.message.zh.is_empty() && !finding.message.en.is_empty());
        }
    }
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
}

#[test]
fn what_is_written_is_what_is_read() {
    let case = cases("ok").into_iter().find(|case| case.ends_with("hall")).unwrap();
    let all = read(&case).0.definitions;
    let halls: Vec<&str> = all.codes.lists["halls"].entries.keys().map(String::as_str).collect();
    assert_eq!(halls, ["01", "08", "10", "no", "12:30"]);
    let given = &all.scenarios["hall-booking"].given[0].values;
    assert_eq!(given["since"].0, "2024-09-01");
    assert_eq!(given["hours"].0.to_string(), "12.5");
    assert_eq!(given["active"].0, true);
    assert_eq!(
        all.forms["hall-booking"].fields["reason"].hint.as_ref().unwrap().en,
        "Say what it is for, above a hundred guests."
    );
    assert!(all.rules.contains_key("rules/hall.rhai") && all.documents.contains_key("receipt"));
    assert!(all.process_files.contains_key("hall-booking"));
}

#[test]
fn a_finding_names_its_process_and_its_innermost_step() {
    let case = cases("broken").into_iter().find(|case| case.ends_with("names")).unwrap();
    let findings = read(&case).1;
    let about: Vec<(&str, Option<&str>)> = findings
        .iter()
        .filter_map(|finding| Some((finding.process.as_deref()?, finding.step.as_deref())))
        .collect();
    let steps = [None, None, Some("first_check"), Some("Desk"), Some("b C")];
    assert_eq!(about, steps.map(|step| ("hall-booking", step)));
}
