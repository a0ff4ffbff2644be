//! The house is in order: the engine knows no office, imports go downward, files are short and say what they are for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use xueji_tests::tree;

/// What an office of this kind speaks of, and an engine must not. Terms, weeks and units are any office's.
const OFFICE: &[&str] = &[
    "学籍",
    "学院",
    "教务",
    "学生",
    "学校",
    "大学",
    "专业",
    "毕业",
    "学位",
    "休学",
    "复学",
    "退学",
    "学年",
    "学分",
    "学号",
    "班级",
    "新生",
    "辅导员",
    "招生",
    "录取",
    "校历",
    "教学",
    "课程",
    "成绩",
    "专升本",
];
const OFFICE_ENGLISH: &[&str] = &[
    "student",
    "students",
    "college",
    "colleges",
    "faculty",
    "faculties",
    "dean",
    "deans",
    "semester",
    "semesters",
    "university",
    "universities",
    "campus",
    "enrol",
    "enrolment",
    "enrollment",
    "diploma",
    "diplomas",
    "tuition",
    "undergraduate",
    "graduate",
    "graduates",
    "graduation",
    "freshman",
    "freshmen",
    "registrar",
    "pupil",
    "pupils",
    "professor",
    "lecturer",
    "counsellor",
    "school",
    "schools",
    "curriculum",
    "transcript",
];

/// Each room, and the rooms that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("engine/calendar", &[]),
    ("engine/store", &[]),
    ("engine/definition", &["calendar"]),
    ("engine/rules", &["calendar", "definition"]),
    ("engine/drawing", &["calendar", "definition", "rules"]),
    ("engine/editor", &["calendar", "definition", "rules", "runtime", "check"]),
    ("engine/handbook", &["calendar", "definition", "rules", "drawing"]),
    ("engine/runtime", &["calendar", "definition", "rules"]),
    ("engine/check", &["calendar", "definition", "rules", "runtime"]),
    ("engine", &["calendar", "definition", "rules", "runtime", "check", "store"]),
    (
        "server",
        &[
            "calendar",
            "definition",
            "rules",
            "runtime",
            "check",
            "drawing",
            "editor",
            "handbook",
            "store",
            "engine",
        ],
    ),
    ("tests", &["check", "definition"]),
];

/// Crates that one room alone knows.
const KNOWN_BY: &[(&str, &str)] = &[
    ("axum", "server"),
    ("aide", "server"),
    ("tokio", "server"),
    ("clap", "server"),
    ("sled", "engine/store"),
    ("serde_yaml", "engine/definition"),
    ("saphyr-parser", "engine/definition"),
    ("rhai", "engine/rules"),
    ("resvg", "engine/drawing"),
    ("lsp-server", "engine/editor"),
];

fn code() -> Vec<PathBuf> {
    let root = tree::root();
    [tree::files(&root.join("engine"), "rs"), tree::files(&root.join("server"), "rs")].concat()
}

fn short(path: &Path) -> String {
    path.strip_prefix(tree::root()).unwrap().display().to_string()
}

/// Fails with all faults at once.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_word_of_an_office_stands_in_the_engine_or_the_server() {
    let root = tree::root();
    let mut faults = Vec::new();
    for room in ["engine", "server"] {
        let kinds = [
            "rs", "toml", "yaml", "yml", "json", "rhai", "out", "html", "csv", "snap", "js", "css",
            "md",
        ];
        for path in kinds.iter().flat_map(|kind| tree::files(&root.join(room), kind)) {
            for (number, line) in (1..).zip(tree::text(&path).lines()) {
                let words =
                    line.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
                let english = words.filter(|word| OFFICE_ENGLISH.contains(&word.as_str()));
                let chinese = OFFICE
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| (*word).to_owned());
                for word in english.chain(chinese) {
                    faults.push(format!("{}:{number}: {word}: {}", short(&path), line.trim()));
                }
            }
        }
    }
    none(&faults);
}

/// Returns the names of all dependencies in a manifest, those for tests left out.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in tree::text(manifest).lines() {
        if let Some(head) = line.strip_prefix('[') {
            head.trim_end_matches(']').clone_into(&mut section);
            // `[dependencies.name]` names one in its head.
            found.extend(section.strip_prefix("dependencies.").map(str::to_owned));
        } else if section == "dependencies" {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            let name = line[..end].trim_matches('"');
            if !name.is_empty() && !name.starts_with('#') {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn imports_go_downward_and_a_crate_that_can_be_replaced_is_known_by_one_room() {
    let mut faults = Vec::new();
    for (room, may) in ROOMS {
        for name in dependencies(&tree::root().join(room).join("Cargo.toml")) {
            if name.strip_prefix("xueji-").is_some_and(|other| !may.contains(&other)) {
                faults.push(format!("{room} imports {name}"));
            }
            if KNOWN_BY.iter().any(|(only, by)| *only == name && by != room) {
                faults.push(format!("{room} knows {name}"));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_room_of_the_workspace_is_held_by_the_rule_of_imports() {
    let manifest = tree::text(&tree::root().join("Cargo.toml"));
    let (_, members) = manifest.split_once("members = [").unwrap();
    let (members, _) = members.split_once(']').unwrap();
    let members: BTreeSet<&str> = members.split('"').skip(1).step_by(2).collect();
    assert_eq!(members, ROOMS.iter().map(|(room, _)| *room).collect());
}

#[test]
fn every_module_says_first_what_it_is_for_and_every_room_its_invariant() {
    let mut faults = Vec::new();
    for path in code() {
        let text = tree::text(&path);
        if !text.starts_with("//! ") {
            faults.push(format!("{} does not begin with `//! `", short(&path)));
        }
        if path.ends_with("lib.rs") {
            let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
            if !head.contains("Invariant: ") {
                faults.push(format!("{} says no invariant", short(&path)));
            }
        }
    }
    none(&faults);
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let tests = tree::files(&tree::root().join("tests"), "rs");
    let lines = |path: &PathBuf| tree::text(path).lines().count();
    let long = code().into_iter().chain(tests).map(|path| (lines(&path), path));
    let long = long.filter(|(count, _)| *count > 500);
    none(&long.map(|(count, path)| format!("{}: {count} lines", short(&path))).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_to_be_done_and_no_test_is_skipped() {
    let marks = ["todo!(", "unimplemented!(", "#[ignore", "TODO", "FIXME", "XXX"];
    let mut faults = Vec::new();
    for path in code() {
        for (number, line) in (1..).zip(tree::text(&path).lines()) {
            for mark in marks.iter().filter(|mark| line.contains(**mark)) {
                faults.push(format!("{}:{number}: {mark}", short(&path)));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_whole_system_test_is_named_in_the_manifest() {
    let folder = tree::root().join("tests");
    let manifest = tree::text(&folder.join("Cargo.toml"));
    let beside =
        tree::files(&folder, "rs").into_iter().filter(|path| path.parent() == Some(&folder));
    let named = |path: &PathBuf| {
        manifest.contains(&format!("path = \"{}\"", path.file_name().unwrap().display()))
    };
    none(&beside.filter(|path| !named(path)).map(|path| short(&path)).collect::<Vec<_>>());
}

#[test]
fn every_shipped_file_names_its_schema_and_the_schema_is_there() {
    let root = tree::root();
    let mut faults = Vec::new();
    for path in tree::files(&root.join("workflows"), "yaml") {
        let text = tree::text(&path);
        let named = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let there =
            named.is_some_and(|schema| path.parent().unwrap().join(schema.trim()).is_file());
        if !there {
            faults.push(format!("{}: {}", short(&path), named.unwrap_or("names no schema")));
        }
    }
    none(&faults);
}

/// The boxes of each process's chart, as the office's own table has them.
const BOXES: &[(&str, &[u8])] = &[
    ("leave-resume-withdraw", &[12, 13, 14, 15, 55, 58]),
    ("major-transfer", &[16, 17, 18, 19, 22, 57, 60]),
    ("student-card-reissue", &[20, 21, 23, 24]),
    ("upgrade-admission", &[25, 26, 27, 28, 54]),
    ("graduate-photo", &[29, 30, 31, 32]),
    ("graduation-review", &[33, 34, 35, 36, 59]),
    ("degree-review", &[37, 38, 39, 40, 41]),
    ("info-correction", &[42, 43, 44, 45, 46, 47]),
    ("freshman-registration", &[48, 49, 50, 51]),
    ("status-filing", &[52, 53, 56]),
];

#[test]
fn the_table_of_boxes_holds_each_box_from_12_to_60_once() {
    let mut all: Vec<u8> = BOXES.iter().flat_map(|(_, boxes)| boxes.iter().copied()).collect();
    all.sort_unstable();
    assert_eq!(all, (12..=60).collect::<Vec<u8>>());
}

/// Returns the boxes that a process names: of the whole file, and of its parts that do something.
fn sources(text: &str) -> (BTreeSet<u8>, BTreeSet<u8>) {
    let (mut whole, mut parts) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let Some((before, after)) = line.split_once("source: [") else { continue };
        let list = after.split(']').next().unwrap();
        let boxes =
            list.split(',').filter_map(|name| name.trim().strip_prefix('B')?.parse::<u8>().ok());
        if before.is_empty() { whole.extend(boxes) } else { parts.extend(boxes) }
    }
    (whole, parts)
}

#[test]
fn every_box_of_the_chart_is_named_by_a_step_of_its_process() {
    let mut faults = Vec::new();
    for (process, boxes) in BOXES {
        let path = tree::root().join(format!("workflows/processes/{process}.yaml"));
        if !path.is_file() {
            faults.push(format!("{process} is not there"));
            continue;
        }
        let (whole, parts) = sources(&tree::text(&path));
        for number in *boxes {
            if !parts.contains(number) {
                faults.push(format!("{process}: no step names B{number}"));
            }
        }
        let foreign = whole.union(&parts).filter(|number| !boxes.contains(number));
        faults.extend(foreign.map(|number| format!("{process}: B{number} belongs to another")));
    }
    none(&faults);
}
