//! `xueji validate` and `xueji test` on the shipped definitions and on small ones: what they say, and with which exit code.
//!
//! 0 good, 1 findings or failures, 2 wrong usage, 3 nothing to read, 4 trouble with files or servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::ffi::OsString;

use xueji_tests::command::{Ran, xueji};
use xueji_tests::house::{on, small};
use xueji_tests::tree;

const PROCESS: &str = "workflows/processes/hall-booking.yaml";

fn ended(ran: &Ran, code: i32) {
    assert_eq!(ran.code, Some(code), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn the_shipped_definitions_have_no_findings() {
    let ran = xueji(["validate"]);
    ended(&ran, 0);
    let ran = xueji(["validate", "--format", "json"]);
    ended(&ran, 0);
    let errors = ran
        .json()
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .count();
    assert_eq!(errors, 0);
}

#[test]
fn the_shipped_stories_all_pass_and_there_are_some_for_each_process() {
    let ran = xueji(["test"]);
    ended(&ran, 0);
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.ends_with("，未通过 0 个"), "{last}");
    for process in tree::files(&tree::root().join("workflows/processes"), "yaml") {
        let name = process.file_stem().unwrap().to_str().unwrap();
        let own = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with('✓') && line.contains(&format!("{name}.yaml")))
            .count();
        let own = own
            .max(ran.stdout.lines().filter(|line| line.starts_with(&format!("✓ {name}/"))).count());
        assert!(own > 1, "{name} has {own} stories");
    }
}

#[test]
fn good_definitions_end_with_0_also_when_warnings_count() {
    let folder = small();
    ended(&on(folder.path(), &["validate", "--strict"]), 0);
    ended(&on(folder.path(), &["test"]), 0);
}

#[test]
fn a_finding_ends_with_1_and_shows_the_place_in_both_forms() {
    let folder = small();
    tree::edit(&folder.path().join(PROCESS), "next: {paid: written}", "next: {paid: writen}");
    let ran = on(folder.path(), &["validate", "--lang", "en"]);
    ended(&ran, 1);
    assert!(ran.stdout.contains("processes/hall-booking.yaml:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("writen") && ran.stdout.contains('^'), "{}", ran.stdout);
    assert!(ran.stdout.contains("written"), "the nearest name is offered: {}", ran.stdout);

    let ran = on(folder.path(), &["validate", "--format", "json"]);
    ended(&ran, 1);
    let findings = ran.json();
    let finding =
        findings.as_array().unwrap().iter().find(|finding| finding["severity"] == "error").unwrap();
    for key in ["code", "severity", "message", "file", "line", "column", "process", "step"] {
        assert!(finding.get(key).is_some(), "{key} is missing: {finding}");
    }
    assert_eq!(finding["process"], "hall-booking");
    let (file, line) = (finding["file"].as_str().unwrap(), finding["line"].as_u64().unwrap());
    assert!(file.ends_with("processes/hall-booking.yaml"), "{file}");
    let text = tree::text(&folder.path().join(PROCESS));
    let words = text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
    let column = usize::try_from(finding["column"].as_u64().unwrap()).unwrap();
    let there: String = words.chars().skip(column - 1).take("writen".len()).collect();
    assert_eq!(there, "writen", "line and column are those of the very word: {finding}");
}

#[test]
fn all_findings_come_in_one_run() {
    let folder = small();
    tree::edit(&folder.path().join(PROCESS), "next: {paid: written}", "next: {paid: writen}");
    tree::edit(
        &folder.path().join(PROCESS),
        "rules: [within-capacity]",
        "rules: [within-capacitty]",
    );
    tree::edit(&folder.path().join("workflows/numbering.yaml"), "pattern:", "patern:");
    let findings = on(folder.path(), &["validate", "--format", "json"]).json();
    for word in ["writen", "within-capacitty", "patern"] {
        let told =
            findings.as_array().unwrap().iter().any(|finding| finding.to_string().contains(word));
        assert!(told, "{word}: {findings}");
    }
}

#[test]
fn a_broken_definition_is_not_played_and_ends_with_1() {
    let folder = small();
    tree::edit(&folder.path().join(PROCESS), "next: {paid: written}", "next: {paid: writen}");
    ended(&on(folder.path(), &["test"]), 1);
}

#[test]
fn a_warning_ends_with_0_and_with_1_when_strict() {
    let folder = small();
    tree::edit(&folder.path().join(PROCESS), "  rules: [within-capacity]\n", "");
    ended(&on(folder.path(), &["validate"]), 0);
    let ran = on(folder.path(), &["validate", "--strict", "--format", "json"]);
    ended(&ran, 1);
    assert_eq!(ran.json()[0]["severity"], "warning", "a rule that nothing uses: {}", ran.stdout);
}

#[test]
fn a_story_that_does_not_come_true_ends_with_1_and_says_what_came_instead() {
    let folder = small();
    tree::edit(
        &folder.path().join("workflows/scenarios/hall-booking.yaml"),
        "result: booked",
        "result: refused",
    );
    let ran = on(folder.path(), &["test"]);
    ended(&ran, 1);
    assert!(ran.said().contains("通过 2 个，未通过 1 个"), "{}", ran.said());
    assert!(ran.said().contains("booked"), "{}", ran.said());
}

#[test]
fn wrong_usage_ends_with_2() {
    ended(&xueji(["validat"]), 2);
    ended(&xueji(["validate", "--format", "xml"]), 2);
    ended(&xueji(["serve", "--clock", "yesterday"]), 2);
    ended(&xueji(["deploy", "--server", "ftp://127.0.0.1", "--token", "xj_0"]), 2);
}

#[test]
fn an_empty_folder_or_none_at_all_ends_with_3() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["validate", "test"] {
        ended(&on(folder.path(), &[verb]), 3);
        std::fs::create_dir_all(folder.path().join("workflows")).unwrap();
        ended(&on(folder.path(), &[verb]), 3);
    }
}

#[test]
fn what_cannot_be_read_or_reached_ends_with_4() {
    let folder = small();
    // A folder below a file: nobody can list it, whoever they are.
    let below = folder.path().join(PROCESS);
    ended(&on(&below, &["validate"]), 4);
    ended(&on(&below, &["test"]), 4);
    // Port 1 is nobody's.
    ended(&on(folder.path(), &["deploy", "--server", "http://127.0.0.1:1", "--token", "xj_0"]), 4);
}

#[test]
fn every_verb_teaches_with_an_example() {
    for verb in
        ["serve", "validate", "test", "deploy", "releases", "graph", "schema", "import", "token"]
    {
        let ran = xueji([verb, "--help"]);
        ended(&ran, 0);
        assert!(
            ran.stdout.contains("Examples:") && ran.stdout.contains(&format!("xueji {verb}")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_process_is_drawn_in_one_picture_that_names_every_step() {
    let folder = small();
    let ran = on(folder.path(), &["graph", "hall-booking", "--lang", "en"]);
    ended(&ran, 0);
    assert!(ran.stdout.starts_with("flowchart "), "{}", ran.stdout);
    for step in [
        "Head of the hall",
        "Fire watch",
        "Check",
        "Wait for the deposit",
        "Written down",
        "Booked",
        "Refused",
    ] {
        assert!(ran.stdout.contains(step), "{step}: {}", ran.stdout);
    }
}

#[test]
fn the_schemas_that_are_checked_in_are_those_that_the_command_writes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("schema");
    ended(&xueji([OsString::from("schema"), "--out".into(), out.clone().into()]), 0);
    let shipped = tree::root().join("workflows/schema");
    let written = tree::files(&out, "json");
    assert_eq!(written.len(), tree::files(&shipped, "json").len());
    for path in written {
        let name = path.file_name().unwrap();
        assert_eq!(tree::text(&path), tree::text(&shipped.join(name)), "{}", name.display());
    }
}
