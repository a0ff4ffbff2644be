//! An office begins from nothing: `xueji new` writes files that pass `validate` and `test` as they are, and `xueji fmt`
//! lays files out without a change of what they say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use xueji_tests::command::binary;
use xueji_tests::tree;

/// Runs `xueji` in a folder, and returns its exit code and all that it said.
fn xueji(folder: &Path, line: &[&str]) -> (i32, String) {
    let ran = Command::new(binary()).args(line).current_dir(folder).output().unwrap();
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (ran.status.code().unwrap(), said)
}

#[track_caller]
fn good(folder: &Path, line: &[&str]) -> String {
    let (code, said) = xueji(folder, line);
    assert_eq!(code, 0, "{line:?}: {said}");
    said
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_folder_begun_from_nothing_is_sound_and_its_stories_pass() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, said) = xueji(folder, &["new", "process", "hall-booking"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("workflows/organisation.yaml、workflows/calendars.yaml"), "{said}");
    assert_eq!(texts(folder), BTreeMap::new(), "nothing is written");

    good(folder, &["new", "folder"]);
    good(
        folder,
        &["new", "process", "hall-booking", "--zh", "预订礼堂", "--en", "Booking of the hall"],
    );
    good(folder, &["validate", "--strict"]);
    good(folder, &["new", "rule", "few-bookings"]);
    good(folder, &["new", "form", "deposit"]);
    good(folder, &["validate"]);
    let played = good(folder, &["test"]);
    assert!(played.contains("通过 5 个，未通过 0 个"), "{played}");
    good(folder, &["fmt", "--check"]);
}

#[test]
fn nothing_is_written_over_and_no_name_is_misspelt() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    good(folder, &["new", "folder"]);
    good(folder, &["new", "process", "hall-booking"]);
    let before = texts(folder);
    for (line, code) in [
        (vec!["new", "process", "hall-booking"], 2),
        // A rule of that name has a scenario file in the way: neither of its files is written.
        (vec!["new", "rule", "hall-booking"], 2),
        (vec!["new", "folder"], 2),
        (vec!["new", "form", "Hall_Booking"], 2),
        (vec!["new", "form", "deposit", "--zh", "Deposit"], 2),
        (vec!["new", "form", "deposit", "--en", "a\"b"], 2),
    ] {
        let (ended, said) = xueji(folder, &line);
        assert_eq!(ended, code, "{line:?}: {said}");
    }
    assert_eq!(texts(folder), before);
}

#[test]
fn a_process_is_begun_in_a_folder_with_its_own_roles_and_people() {
    let folder = tempfile::tempdir().unwrap();
    copy(&tree::root().join("tests/fixtures/house"), folder.path());
    good(folder.path(), &["new", "process", "key-lending"]);
    let played = good(folder.path(), &["test", "--filter", "key-lending"]);
    assert!(played.contains("通过 2 个，未通过 0 个"), "{played}");
    let text =
        fs::read_to_string(folder.path().join("workflows/processes/key-lending.yaml")).unwrap();
    assert!(
        text.contains("by: {role: fire_watch}") && text.contains("candidates: {role: keeper}"),
        "{text}"
    );
}

#[test]
fn the_shipped_definitions_are_laid_out() {
    let (code, said) = xueji(&tree::root(), &["fmt", "--check"]);
    assert_eq!(code, 0, "run `xueji fmt`: {said}");
}

#[test]
fn only_layout_changes_and_only_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    good(folder, &["new", "folder"]);
    let file = folder.join("workflows/organisation.yaml");
    let clean = fs::read_to_string(&file).unwrap();
    let messy = clean
        .replace("\n  office: {title:", "\n      office:   { title:")
        .replace("reads: true,", "reads:   true ,");
    fs::write(&file, &messy).unwrap();
    let (code, said) = xueji(folder, &["fmt", "--check"]);
    assert_eq!(code, 1);
    assert!(said.contains("+  office: {title:"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), messy, "--check writes nothing");
    good(folder, &["fmt"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), clean);

    // What cannot be read is told and left; through a pipe it comes back as it was.
    fs::write(&file, "roles: [\n").unwrap();
    assert_eq!(xueji(folder, &["fmt"]).0, 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "roles: [\n");
    let mut piped = Command::new(binary())
        .args(["fmt", "--stdin", "rules/x.rhai"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    piped.stdin.take().unwrap().write_all(b"fn a( x ){ x>1 }").unwrap();
    assert_eq!(piped.wait_with_output().unwrap().stdout, b"fn a(x) { x > 1 }\n");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
