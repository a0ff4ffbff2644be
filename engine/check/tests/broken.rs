//! Every fault has its finding, in its place, with its words: each `fixtures/broken/NAME.edit` breaks the good
//! definitions of `fixtures/ok`, and `NAME.out` is what people then read. `UPDATE=always` writes the latter anew.
//!
//! An edit is three lines: the file, `- ` what stands there, `+ ` what stands there instead (`\n` for a new line).
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use xueji_check::{Checked, Checker, check, codes, render};
use xueji_definition::finding::Finding;
use xueji_definition::{Sources, edit, read_folder};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn good() -> Sources {
    let root = fixtures().join("ok");
    let (sources, found) =
        read_folder(&root.join("workflows"), &root.join("rules")).expect("a folder");
    assert!(found.is_empty());
    sources
}

fn edited(name: &str, edits: &str) -> Sources {
    let mut sources = good();
    let lines: Vec<&str> = edits.lines().collect();
    for edit in lines.chunks(3) {
        let [path, old, new] = edit else { panic!("{name}: an edit has three lines") };
        let written = |line: &str, sign: &str| {
            line.strip_prefix(sign)
                .unwrap_or_else(|| panic!("{name}: `{line}`"))
                .replace("\\n", "\n")
        };
        let (old, new) = (written(old, "- "), written(new, "+ "));
        let text = sources.files.get_mut(*path).unwrap_or_else(|| panic!("{name}: no file {path}"));
        assert!(text.contains(&old), "{name}: `{old}` does not stand in {path}");
        *text = text.replacen(&old, &new, 1);
    }
    sources
}

fn broken(name: &str) -> Sources {
    let edits = fs::read_to_string(fixtures().join(format!("broken/{name}.edit")));
    edited(name, &edits.expect("a file"))
}

static BROKEN: LazyLock<Vec<(String, Checked)>> = LazyLock::new(|| {
    let folder = fs::read_dir(fixtures().join("broken")).expect("a folder");
    let mut names: Vec<String> = folder
        .filter_map(|entry| {
            Some(entry.ok()?.file_name().to_str()?.strip_suffix(".edit")?.to_owned())
        })
        .collect();
    names.sort();
    let each = |name: String| {
        let checked = check(&broken(&name));
        (name, checked)
    };
    names.into_iter().map(each).collect()
});

#[test]
fn what_a_checker_found_before_changes_nothing_of_what_it_finds() {
    let mut checker = Checker::default();
    for (name, fresh) in BROKEN.iter() {
        assert_eq!(checker.check(&broken(name)).findings, fresh.findings, "{name}");
    }
}

#[test]
fn good_definitions_make_a_release_without_a_word() {
    let checked = check(&good());
    let told = render::text(&checked.findings, &checked.places, render::Language::En, false);
    assert_eq!(told, "no findings\n");
    assert!(checked.release.is_some());
}

#[test]
fn each_fault_is_told_in_its_place_with_a_way_to_mend_it() {
    let mut wrong = Vec::new();
    for (name, checked) in BROKEN.iter() {
        let told = render::text(&checked.findings, &checked.places, render::Language::Zh, false);
        let path = fixtures().join(format!("broken/{name}.out"));
        if std::env::var("UPDATE").is_ok_and(|value| value == "always") {
            fs::write(&path, &told).expect("a file");
        }
        if fs::read_to_string(&path).unwrap_or_default() != told {
            wrong.push(format!("── {name} ──\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "not as committed:\n{}", wrong.join("\n"));
}

#[test]
fn a_file_in_another_encoding_is_the_one_thing_that_is_told() {
    for path in ["workflows/processes/hall-booking.yaml", "workflows/steps.yaml"] {
        let mut sources = good();
        sources.files.remove(path).expect("a file");
        let message = xueji_definition::Text::new("文件的编码不是 UTF-8", "the file is not UTF-8");
        let spot = xueji_definition::finding::Spot::At(3, 1);
        let unread = Finding::error("yaml-encoding", path, spot, message);
        let checked = xueji_check::check_with(&sources, vec![unread]);
        let codes: Vec<&str> = checked.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["yaml-encoding"], "{path}");
    }
}

#[test]
fn no_error_goes_live() {
    for (name, checked) in BROKEN.iter() {
        let errors = checked
            .findings
            .iter()
            .any(|f| f.severity == xueji_definition::finding::Severity::Error);
        assert_eq!(checked.release.is_none(), errors, "{name}");
    }
}

#[test]
fn every_finding_has_a_documented_code_and_both_languages() {
    let known: BTreeSet<&str> = codes().iter().map(|doc| doc.0).collect();
    for (name, checked) in BROKEN.iter() {
        for finding in &checked.findings {
            assert!(known.contains(finding.code), "{name}: {} is not documented", finding.code);
            assert!(
                !finding.message.zh.is_empty() && !finding.message.en.is_empty(),
                "{name}: {}",
                finding.code
            );
        }
    }
}

#[test]
fn every_code_in_the_source_is_documented() {
    let known: BTreeSet<&str> = codes().iter().map(|doc| doc.0).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.clone(), source.join("checks")];
    let mut used = BTreeSet::new();
    while let Some(folder) = files.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            for start in ["Said::error(", "Said::warning(", "Finding::error(", "Finding::warning("]
            {
                for after in text.split(start).skip(1) {
                    let code = after
                        .trim_start()
                        .strip_prefix('"')
                        .and_then(|rest| rest.split('"').next());
                    used.extend(code.map(str::to_owned));
                }
            }
        }
    }
    assert!(used.len() > 30, "{used:?}");
    let unknown: Vec<&String> = used.iter().filter(|code| !known.contains(code.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn programs_read_the_same_findings_with_lines_and_columns() {
    let (_, checked) = BROKEN.iter().find(|(name, _)| name == "messages").expect("a fixture");
    let json: serde_json::Value =
        serde_json::from_str(&render::json(&checked.findings, &checked.places)).expect("JSON");
    let first = json.get(0).expect("a finding");
    let field = |name: &str| first.get(name).cloned().unwrap_or_default();
    assert_eq!(field("code"), "message-unheard");
    assert_eq!(field("severity"), "warning");
    assert_eq!(field("file"), "workflows/processes/hall-booking.yaml");
    assert_eq!(field("process"), "hall-booking");
    assert_eq!(json.as_array().map(Vec::len), Some(checked.findings.len()));
    for name in ["line", "column", "end_line", "end_column"] {
        assert!(field(name).as_u64().is_some_and(|n| n > 0), "{name}");
    }
}

#[test]
fn what_is_offered_as_a_fix_mends_its_finding_and_makes_no_other() {
    let mut fixed = 0;
    for (name, checked) in BROKEN.iter() {
        let edits =
            fs::read_to_string(fixtures().join(format!("broken/{name}.edit"))).expect("a file");
        for finding in &checked.findings {
            let Some(fix) = &finding.fix else { continue };
            let Some(edits) =
                edit::edits(fix, &checked.places).map(|new| (edited(name, &edits), new))
            else {
                continue;
            };
            let (mut sources, new) = edits;
            for edit in &new {
                let text = sources.files.get_mut(&edit.file).expect("a file");
                *text = edit::apply(text, std::slice::from_ref(edit)).expect("an edit that fits");
            }
            let after = check(&sources);
            let same = |f: &&Finding| {
                (f.code, &f.message) == (finding.code, &finding.message) && f.file == finding.file
            };
            let count = |findings: &[Finding]| findings.iter().filter(same).count();
            assert!(
                count(&after.findings) < count(&checked.findings),
                "{name}: `{}` stays after its fix {fix:?}",
                finding.message.en
            );
            assert!(after.findings.len() <= checked.findings.len() + 1, "{name}: {fix:?}");
            fixed += 1;
        }
    }
    assert!(fixed > 20, "only {fixed} findings can be mended");
}
