//! The same findings in every form, as `fixtures/formats/` keeps them. `UPDATE=always` writes them anew.
//!
//! Among them are a second place, a fix, a silenced warning, and words that a form has to escape.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use xueji_check::baseline::Baseline;
use xueji_check::render::{Language, Report};
use xueji_check::{Checked, check, mend};
use xueji_definition::{Sources, read_folder};

const BOOKING: &str = "workflows/processes/hall-booking.yaml";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn good() -> Sources {
    let root = fixtures().join("ok");
    read_folder(&root.join("workflows"), &root.join("rules")).expect("a folder").0
}

fn with(edits: &[(&str, &str, &str)]) -> Sources {
    let mut sources = good();
    for (file, old, new) in edits {
        let text = sources.files.get_mut(*file).expect("a file");
        assert!(text.contains(old), "{file}: {old}");
        *text = text.replacen(old, new, 1);
    }
    sources
}

/// A misspelt notice, a field in two forms, an idle effect and one that is silenced.
fn broken() -> Sources {
    with(&[
        (BOOKING, "notice: booked", "notice: booket"),
        (
            BOOKING,
            "  tell: {notice",
            "  # xueji: allow effect-unused — 下一季启用 · used from next season on\n  spare: {settle: {state: refused}}\n  idle: {settle: {state: refused}}\n  tell: {notice",
        ),
        (
            "workflows/forms/office.yaml",
            "fields:\n",
            "fields:\n  day: {title: {zh: 日期, en: Day}, type: text}\n",
        ),
        ("workflows/scenarios/hall-booking.yaml", "[keeper-opinion]", "['<a & \"b\": 100%,>']"),
    ])
}

fn report(checked: &Checked) -> Report<'_> {
    Report {
        silenced: &checked.silenced,
        language: Language::En,
        docs: Some("https://example.org/findings"),
        ..Report::of(&checked.findings, &checked.places)
    }
}

#[test]
fn each_form_tells_the_same_findings() {
    let checked = check(&broken());
    assert_eq!((checked.findings.len(), checked.silenced.len()), (4, 1));
    let report = report(&checked);
    let mut wrong = Vec::new();
    for (name, told) in [
        ("findings.txt", report.text(false)),
        ("findings.plain", report.plain()),
        ("findings.json", report.json()),
        ("findings.sarif", report.sarif("0.0.0")),
        ("findings.github", report.github()),
        ("findings.xml", report.junit()),
    ] {
        let path = fixtures().join("formats").join(name);
        if std::env::var("UPDATE").is_ok_and(|value| value == "always") {
            fs::write(&path, &told).expect("a file");
        }
        if fs::read_to_string(&path).unwrap_or_default() != told {
            wrong.push(format!("── {name} ──\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "not as committed:\n{}", wrong.join("\n"));
}

/// The names of all keys of a value, and of what stands in them; words in two languages are one thing.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        serde_json::Value::Object(group) if !group.contains_key("zh") => {
            for (key, value) in group {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_page_of_the_api_tells_every_key_of_a_finding_and_no_other() {
    let told = report(&check(&broken())).json();
    let mut written = BTreeSet::new();
    keys(&serde_json::from_str(&told).expect("JSON"), &mut written);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let page = fs::read_to_string(page).expect("the page of the API");
    let part = page.split("\n## ").find(|part| part.starts_with("定义的问题")).expect("its part");
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    // What stands in backquotes, but for the words of the command line and the two weights.
    let words = rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned));
    let is_key = |word: &String| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let told: BTreeSet<String> = words
        .filter(is_key)
        .filter(|word| !["error", "warning", "null", "validate"].contains(&word.as_str()))
        .collect();
    assert_eq!(told, written);
}

#[test]
fn the_text_ends_with_the_way_to_read_more() {
    let checked = check(&broken());
    let told = Report::of(&checked.findings, &checked.places).text(false);
    let last = told.lines().last().expect("a line");
    assert_eq!(last, "每个编号的说明: xueji explain form-field-type");
}

#[test]
fn a_fingerprint_stays_when_lines_move_and_names_do_not() {
    let checked = check(&broken());
    let before: Vec<String> =
        report(&checked).told().into_iter().map(|told| told.fingerprint).collect();
    let mut moved = broken();
    for (file, text) in &mut moved.files {
        let note = if file.ends_with(".yaml") { "\n# moved\n" } else { "" };
        *text = text.replacen('\n', &format!("\n{note}"), 1);
    }
    let checked = check(&moved);
    let after: Vec<String> =
        report(&checked).told().into_iter().map(|told| told.fingerprint).collect();
    assert_eq!(before, after);
    let distinct: std::collections::BTreeSet<&String> = after.iter().collect();
    assert_eq!(distinct.len(), after.len());
}

#[test]
fn a_baseline_hides_what_it_holds_and_tells_what_is_gone() {
    let old = check(&broken());
    let text = Baseline::of(&old.findings, &old.places).text();
    let known = || Baseline::read(&text).expect("a baseline");

    let sorted = known().sort(old.findings.clone(), &old.places);
    assert!(sorted.new.is_empty() && sorted.stale.is_empty());
    assert_eq!(sorted.known.len(), 4);

    let better = check(&with(&[(BOOKING, "notice: booked", "notice: booket")]));
    let sorted = known().sort(better.findings, &better.places);
    assert!(sorted.new.is_empty());
    assert_eq!((sorted.known.len(), sorted.stale.len()), (1, 3));

    let worse = check(&with(&[(BOOKING, "form: hall-booking", "form: hall-boking")]));
    let sorted = known().sort(worse.findings, &worse.places);
    assert_eq!(sorted.new.first().map(|finding| finding.code), Some("form-unknown"));
    assert!(Baseline::read("{}").is_err());
}

#[test]
fn what_is_certain_is_mended_and_all_other_bytes_stay() {
    let mended = mend::mend(&broken(), &[]);
    let done: Vec<&str> = mended.done.iter().map(|done| done.code).collect();
    assert_eq!(done, ["notice-unknown"], "nothing is taken away while an error is left");
    let left: Vec<&str> = mended.checked.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(left, ["form-field-type", "effect-unused", "story-unknown"]);

    let messy = with(&[
        (BOOKING, "notice: booked", "notice: booket # 告诉 · tell"),
        (BOOKING, "  tell: {notice", "  idle: {settle: {state: refused}} # 不用\n  tell: {notice"),
        ("workflows/facts.yaml", "# yaml-language-server: $schema=schema/facts.json\n", ""),
        (
            "workflows/numbering.yaml",
            "    last: 9999",
            "    last: 9999 # xueji: allow series-unused — 旧 · old",
        ),
    ]);
    // The comment runs to the end of its line; what follows on it goes on the next.
    let mut messy = messy;
    let text = messy.files.get_mut(BOOKING).expect("a file");
    *text = text.replacen(" # 告诉 · tell", "", 1);
    let mended = mend::mend(&messy, &[]);
    assert_eq!(mended.checked.findings.len(), 0, "{:?}", mended.checked.findings);
    assert_eq!(mended.sources, good());
    assert_eq!(mended.done.len(), 4);
    assert_eq!(mend::mend(&good(), &[]).done.len(), 0);
}

#[test]
fn only_a_warning_is_silenced_and_only_beside_it_and_with_a_reason() {
    let silenced = |comment: &str| {
        let sources =
            with(&[(BOOKING, "  tell: {notice", &format!("{comment}\n  tell: {{notice"))]);
        let checked = check(&sources);
        let codes: Vec<&str> = checked.findings.iter().map(|finding| finding.code).collect();
        (codes, checked.silenced.len())
    };
    let idle = "  idle: {settle: {state: refused}}";
    let why = "xueji: allow effect-unused — 备用";
    assert_eq!(silenced(&format!("{idle} # {why}")), (vec![], 1));
    assert_eq!(silenced(&format!("  # {why}\n{idle}")), (vec![], 1));
    assert_eq!(silenced(&format!("  # xueji：允许 effect-unused：备用\n{idle}")), (vec![], 1));
    let both = "  # xueji: allow story-unknown, effect-unused -- spare";
    assert_eq!(silenced(&format!("{both}\n{idle}")), (vec!["silence-idle"], 1));
    let away = format!("{idle}\n  # {why}");
    assert_eq!(silenced(&away), (vec!["effect-unused", "silence-idle"], 0));
    let bare = format!("{idle} # xueji: allow effect-unused");
    assert_eq!(silenced(&bare), (vec!["effect-unused", "silence-without-reason"], 0));
}
