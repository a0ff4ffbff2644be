//! Whatever stands in the files or the folders, reading ends in findings, soon, and never in a panic.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;
use xueji_definition::{ReadError, Sources, load, read_folder, untyped, yaml};

fn codes(text: &str) -> Vec<&'static str> {
    let loaded = load(&Sources::from_pairs([("workflows/notices.yaml", text)]));
    loaded.findings.iter().map(|finding| finding.code).collect()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn read(folder: &Path) -> (Vec<String>, Vec<(String, &'static str)>) {
    let (sources, findings) =
        read_folder(&folder.join("workflows"), &folder.join("rules")).unwrap();
    let told = findings.into_iter().map(|finding| (finding.file, finding.code)).collect();
    (sources.files.into_keys().collect(), told)
}

#[test]
fn an_alias_bomb_ends_in_one_finding_an_alias() {
    let mut bomb = String::from("a: &a [x, x, x]\n");
    for (name, before) in ('b'..='z').zip('a'..='y') {
        bomb.push_str(&format!("{name}: &{name} [*{before}, *{before}, *{before}]\n"));
    }
    let codes = codes(&bomb);
    assert_eq!(codes.iter().filter(|code| **code == "yaml-anchor").count(), 26 + 75);
}

#[test]
fn depth_is_bounded_before_anything_nests() {
    for open in ["{a: ", "[", "- ", "? "] {
        assert_eq!(codes(&open.repeat(200_000)), ["yaml-too-deep"], "{open}");
    }
    let lines: String = (0..700).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(codes(&lines), ["yaml-too-deep"]);
    let fitting = format!("notices: {}{}", "[".repeat(62), "]".repeat(62));
    assert!(!codes(&fitting).contains(&"yaml-too-deep"));
}

#[test]
fn size_and_number_of_values_are_bounded() {
    assert_eq!(codes(&"a: 1\n".repeat(1 << 20)), ["yaml-too-large"]);
    assert_eq!(codes(&format!("a: [{}]", "1,".repeat(150_000))), ["yaml-too-large"]);
    assert_eq!(codes(&"x".repeat(1 << 20)).len(), 2);
}

#[test]
fn many_findings_are_cut() {
    let keys: String = (0..20_000).map(|n| format!("k{n}: 1\n")).collect();
    let codes = codes(&keys);
    assert_eq!(codes.len(), xueji_definition::load::MAX_FINDINGS + 1);
    assert!(codes.contains(&"findings-cut"));
    let same = "k: 1\n".repeat(30_000);
    assert!(self::codes(&same).contains(&"yaml-duplicate-key"));
}

#[test]
fn characters_that_nobody_sees_are_told_with_their_place() {
    assert_eq!(codes("notices: {}\0"), ["yaml-control-character"]);
    assert_eq!(codes("notices: {} # \u{202e}"), ["yaml-control-character"]);
    assert_eq!(codes("notices: {} # \u{85}\u{2028}"), ["yaml-control-character"; 2]);
    assert_eq!(codes("\u{feff}notices: {}"), ["schema-comment-missing"]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text =
        "\u{feff}# yaml-language-server: $schema=schema/notices.json\r\nnotices:\r\n  done: 1\r\n";
    let loaded = load(&Sources::from_pairs([("workflows/notices.yaml", text)]));
    let [finding] = loaded.findings.as_slice() else { panic!("{:?}", loaded.findings) };
    let place = loaded.places.place(finding);
    assert_eq!((finding.code, place.line, place.column), ("value-kind", 3, 9));
    assert_eq!(loaded.places.line_text("workflows/notices.yaml", 3), Some("  done: 1"));
}

#[test]
fn what_is_not_utf8_or_too_large_is_told_and_the_rest_read() {
    let large = vec![b'a'; 5 << 20];
    let folder = folder(&[
        ("workflows/forms/wide.yaml", b"\xff\xfea\0"),
        ("workflows/forms/gbk.yaml", b"form: \xd0\xc5"),
        ("workflows/forms/large.yaml", &large),
        ("workflows/forms/good.yaml", b"form: good"),
        ("workflows/.hidden/x.yaml", b"x"),
        ("workflows/sample/x.csv", b"x"),
    ]);
    let (files, told) = read(folder.path());
    assert_eq!(files, ["workflows/forms/good.yaml"]);
    assert_eq!(
        told,
        [
            ("workflows/forms/gbk.yaml".to_owned(), "yaml-encoding"),
            ("workflows/forms/large.yaml".to_owned(), "yaml-too-large"),
            ("workflows/forms/wide.yaml".to_owned(), "yaml-encoding"),
        ]
    );
}

#[test]
fn links_lead_neither_out_of_the_folder_nor_round_in_it() {
    let folder = folder(&[
        ("secret.yaml", b"secret"),
        ("workflows/forms/a.yaml", b"form: a"),
        ("workflows/deep/1/2/3/4/5/6/7/x.yaml", b"x"),
    ]);
    let at = folder.path().join("workflows");
    symlink("../secret.yaml", at.join("codes.yaml")).unwrap();
    symlink("/", at.join("everything")).unwrap();
    symlink("..", at.join("forms/loop")).unwrap();
    symlink("self", at.join("self")).unwrap();
    symlink("nowhere", at.join("lost.yaml")).unwrap();
    symlink("a.yaml", at.join("forms/b.yaml")).unwrap();
    let (files, told) = read(folder.path());
    assert_eq!(files, ["workflows/forms/a.yaml", "workflows/forms/b.yaml"]);
    let told: Vec<(&str, &str)> = told.iter().map(|(file, code)| (file.as_str(), *code)).collect();
    assert_eq!(
        told,
        [
            ("workflows/codes.yaml", "file-outside"),
            ("workflows/deep/1/2/3/4/5", "folder-too-deep"),
            ("workflows/everything", "file-outside"),
            ("workflows/forms/loop", "folder-link"),
            ("workflows/lost.yaml", "file-unreadable"),
            ("workflows/self", "file-unreadable"),
        ]
    );
}

#[test]
fn too_many_files_are_cut() {
    let folder = folder(&[("workflows/codes.yaml", b"lists: {}")]);
    fs::create_dir(folder.path().join("workflows/forms")).unwrap();
    for n in 0..5_100 {
        fs::write(folder.path().join(format!("workflows/forms/f{n}.yaml")), "").unwrap();
    }
    let (files, told) = read(folder.path());
    assert!(files.len() <= xueji_definition::folder::MAX_FILES);
    assert!(told.iter().any(|(_, code)| *code == "too-many-files"), "{told:?}");
}

#[test]
fn nothing_to_read_is_told_apart_from_trouble_with_the_disk() {
    let empty = folder(&[("rules/a.rhai", b"")]);
    let read =
        |workflows: &str| read_folder(&empty.path().join(workflows), &empty.path().join("rules"));
    assert!(matches!(read("workflows"), Err(ReadError::NothingToRead { .. })));
    assert!(matches!(read("rules/a.rhai"), Err(ReadError::Io { .. })));
    fs::create_dir(empty.path().join("workflows")).unwrap();
    assert!(matches!(read("workflows"), Err(ReadError::NothingToRead { .. })));
}

#[test]
fn the_hash_tells_apart_what_differs_only_in_where_it_is_cut() {
    let of = |pairs: &[(&str, &str)]| Sources::from_pairs(pairs.iter().copied()).hash();
    assert_eq!(of(&[("a", "b"), ("c", "d")]), of(&[("c", "d"), ("a", "b")]));
    assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
    assert_ne!(of(&[("a", "b"), ("c", "d")]), of(&[("a", "bcd")]));
    assert_eq!(of(&[]).len(), 64);
}

#[test]
fn the_shipped_files_say_what_the_typed_reading_reads_in_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (sources, _) = read_folder(&root.join("workflows"), &root.join("rules")).unwrap();
    let files = sources.files.iter().filter(|(path, _)| path.ends_with(".yaml"));
    for (path, text) in files {
        let (tree, _) = yaml::read(path, text);
        let theirs: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(untyped::value(&tree.unwrap()), theirs, "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_ends_in_findings_or_a_tree(text in "([a-c甲\\-:?,&*!|>'\"%@`{}\\[\\]# \n\r\t~0-9.]|\\PC){0,80}") {
        let (tree, findings) = yaml::read("x", &text);
        prop_assert!(tree.is_some() || !findings.is_empty());
        let loaded = load(&Sources::from_pairs([("workflows/codes.yaml", text)]));
        for finding in &loaded.findings {
            prop_assert!(loaded.places.place(finding).line >= 1);
        }
    }

    #[test]
    fn a_scalar_is_read_as_the_typed_reading_reads_it(
        text in "([-+]?0[xob]?[0-9a-f]{0,4}|[-+]?[0-9]{1,5}([.][0-9]{0,3})?(e[-+]?[0-9]{1,3})?|[-+]?[.](inf|nan|5)|~|null|NULL|true|TRUE|yes|no|[+-]{2}5|inf|nan|1_000|12:30:00)"
    ) {
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let (tree, _) = yaml::read("x", &text);
        prop_assert_eq!(untyped::value(&tree.unwrap()), theirs);
    }

    #[test]
    fn what_passes_is_the_same_for_both_readings(
        words in "((\\[|\\]|\\{|\\}|,|: |- |#| #|'|\"|\\||>|\\||\n      | |甲|a|1|\\\\n){0,10})",
        style in 0..4_usize
    ) {
        let head = ["", "|\n      ", ">-\n      ", "\""][style];
        let tail = ["", "", "", "\""][style];
        let text = format!("notices:\n  a:\n    title: {{zh: 甲, en: A}}\n    text:\n      zh: x\n      en: {head}{words}{tail}\n");
        let loaded = load(&Sources::from_pairs([("workflows/notices.yaml", text.as_str())]));
        if !loaded.has_errors() {
            let tree = loaded.places.tree("workflows/notices.yaml").unwrap();
            let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(untyped::value(tree), theirs, "{}", text);
            let en = ["notices", "a", "text", "en"].iter().try_fold(tree, |node, key| node.get(key)).unwrap();
            let yaml::Kind::Scalar(own) = &en.kind else { panic!("{en:?}") };
            prop_assert_eq!(&own.text, &loaded.definitions.notices.notices["a"].text.en);
        }
    }
}
