//! `xueji validate` and `xueji explain`: forms, languages, what is mended on the disk, and what a baseline keeps quiet.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const BOOKING: &str = "workflows/processes/hall-booking.yaml";

/// The good definitions of the checks, in a folder of their own.
pub(crate) fn house() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/check/fixtures/ok");
    copy(&good, folder.path());
    folder
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn broken(old: &str, new: &str) -> TempDir {
    let folder = house();
    edit(&folder, BOOKING, old, new);
    folder
}

pub(crate) fn edit(folder: &TempDir, file: &str, old: &str, new: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
}

fn read(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

pub(crate) fn in_language(
    folder: &TempDir,
    arguments: &[&str],
    language: &[(&str, &str)],
) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueji"));
    for name in ["XUEJI_LANG", "XUEJI_DOCS_URL", "LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.envs(language.iter().copied());
    command.current_dir(folder.path()).args(arguments).output().unwrap()
}

fn xueji(folder: &TempDir, arguments: &[&str]) -> Output {
    in_language(folder, arguments, &[("XUEJI_LANG", "en")])
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_option_wins_over_the_variable_and_that_over_the_locale() {
    let folder = house();
    let said = |arguments: &[&str], language: &[(&str, &str)]| {
        let all = [&["validate"], arguments].concat();
        out(&in_language(&folder, &all, language)).trim().to_owned()
    };
    assert_eq!(said(&[], &[]), "没有发现问题");
    assert_eq!(said(&[], &[("LANG", "C.UTF-8")]), "没有发现问题");
    assert_eq!(said(&[], &[("LANG", "en_US.UTF-8")]), "no findings");
    assert_eq!(said(&[], &[("LANG", "en_US.UTF-8"), ("XUEJI_LANG", "zh")]), "没有发现问题");
    assert_eq!(said(&["--lang", "en"], &[("XUEJI_LANG", "zh")]), "no findings");
}

#[test]
fn every_form_can_be_asked_for() {
    let folder = broken("notice: booked", "notice: booket");
    for (format, start) in [
        ("text", "warning["),
        ("plain", "workflows/"),
        ("json", "["),
        ("sarif", "{"),
        ("github", "::"),
        ("junit", "<?xml"),
    ] {
        let told = xueji(&folder, &["validate", "--format", format]);
        assert_eq!(code(&told), Some(1), "{format}");
        let text = out(&told);
        assert!(text.starts_with(start) || text.starts_with("error["), "{format}: {text}");
        assert!(text.contains("notice-unknown"), "{format}: {text}");
    }
    let linked = xueji(&folder, &["validate", "--format", "json", "--docs-url", "https://x.org/f"]);
    assert!(out(&linked).contains("https://x.org/f#notice-unknown"));
}

#[test]
fn what_is_certain_is_mended_on_the_disk_and_nothing_else_changes() {
    let folder = broken("notice: booked", "notice: booket");
    let path = folder.path().join(BOOKING);
    let text = format!("\u{feff}{}", read(&folder, BOOKING).replace('\n', "\r\n"));
    fs::write(&path, &text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let shown = xueji(&folder, &["validate", "--fix", "--dry-run"]);
    assert_eq!(read(&folder, BOOKING), text, "it only shows");
    let diff = out(&shown);
    assert!(diff.starts_with(&format!("--- a/{BOOKING}\n+++ b/{BOOKING}\n@@ ")), "{diff}");
    let changed = diff.lines().filter(|line| line.starts_with(['+', '-'])).count();
    assert_eq!(changed, 4, "two heads, one line before and one after:\n{diff}");
    assert!(err(&shown).contains("would mend"), "{}", err(&shown));

    let mended = xueji(&folder, &["validate", "--fix"]);
    assert_eq!(code(&mended), Some(0), "{}{}", out(&mended), err(&mended));
    assert_eq!(out(&mended).trim(), "no findings");
    assert!(err(&mended).contains("mended workflows/processes/hall-booking.yaml:17:27"));
    assert_eq!(read(&folder, BOOKING), text.replace("booket", "booked"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 3, "no file is left beside it");

    let again = xueji(&folder, &["validate", "--fix"]);
    assert!(err(&again).contains("nothing can be mended for certain"), "{}", err(&again));
}

#[test]
fn what_is_left_decides_how_it_ends() {
    let folder = broken("on: {cancelled: refused}", "on: {cancelled: somewhere}");
    edit(&folder, BOOKING, "notice: booked", "notice: booket");
    let mended = xueji(&folder, &["validate", "--fix"]);
    assert_eq!(code(&mended), Some(1));
    assert!(out(&mended).contains("step-unknown") && !out(&mended).contains("notice-unknown"));
    assert_eq!(code(&xueji(&folder, &["validate", "--dry-run"])), Some(2), "it goes with --fix");
}

#[test]
fn an_old_folder_starts_with_a_baseline_that_shrinks() {
    let folder = broken("  tell: {notice", "  idle: {settle: {state: refused}}\n  tell: {notice");
    edit(&folder, BOOKING, "on: {cancelled: refused}", "on: {cancelled: somewhere}");
    let written = xueji(&folder, &["validate", "--write-baseline", "known.json"]);
    assert_eq!(code(&written), Some(0), "{}", err(&written));
    let quiet = xueji(&folder, &["validate", "--strict", "--baseline", "known.json"]);
    assert_eq!(code(&quiet), Some(0), "{}", out(&quiet));
    assert_eq!(out(&quiet).trim(), "no findings; 2 in the baseline, not told");

    edit(&folder, BOOKING, "on: {cancelled: somewhere}", "on: {cancelled: refused}");
    edit(&folder, BOOKING, "notice: booked", "notice: nothing");
    let told = xueji(&folder, &["validate", "--format", "plain", "--baseline", "known.json"]);
    assert_eq!(code(&told), Some(1));
    assert!(out(&told).contains("notice-unknown"), "{}", out(&told));
    assert!(!out(&told).contains("effect-unused"), "{}", out(&told));
    assert!(err(&told).contains("no longer found"), "{}", err(&told));
    assert!(err(&told).contains("step-unknown"), "{}", err(&told));
    assert_eq!(code(&xueji(&folder, &["validate", "--baseline", "none.json"])), Some(3));
}

#[test]
fn a_code_is_explained_and_a_misspelt_one_is_guessed() {
    let folder = house();
    let told = xueji(&folder, &["explain", "step-unreachable"]);
    assert_eq!(code(&told), Some(0));
    for words in ["error[step-unreachable]", "Why", "Consequence", "Mend", "Broken", "Mended"] {
        assert!(out(&told).contains(words), "{words}: {}", out(&told));
    }
    let chinese = xueji(&folder, &["explain", "step-unreachable", "--lang", "zh"]);
    assert!(out(&chinese).contains("为什么"));
    let json = xueji(&folder, &["explain", "[step-unreachable]", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["code"], "step-unreachable");
    assert!(json["mended"][0]["text"].as_str().unwrap().contains("write-in"));
    let wrong = xueji(&folder, &["explain", "step-unreachble"]);
    assert_eq!(code(&wrong), Some(2));
    assert!(err(&wrong).contains("did you mean `step-unreachable`?"), "{}", err(&wrong));
    let all = out(&xueji(&folder, &["explain"]));
    assert!(all.lines().count() > 130, "{all}");
    assert!(all.contains("silence-idle"));
}
