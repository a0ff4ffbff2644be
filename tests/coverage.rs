//! Trying the shipped definitions out: every step, every way and every rule both ways has a story or an example, people
//! who walk the processes at random find nothing that does not hold, and what fails is told with its place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use xueji_tests::command::xueji;
use xueji_tests::house::{on, small};
use xueji_tests::tree;

const STORY: &str = "workflows/scenarios/hall-booking.yaml";

#[test]
fn the_shipped_ten_are_tried_whole() {
    let ran = xueji(["test", "--coverage-min", "100", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told = ran.json();
    let processes = told["coverage"]["processes"].as_array().unwrap();
    let shipped = tree::files(&tree::root().join("workflows/processes"), "yaml");
    assert_eq!(processes.len(), shipped.len());
    for process in processes {
        for part in ["steps", "ways", "rules", "articles"] {
            let part = &process[part];
            assert_eq!(part["tried"], part["all"], "{process}");
            assert!(part["all"].as_u64() > Some(3), "{process}");
            assert_eq!(part["missing"].as_array().unwrap().len(), 0);
        }
    }
}

#[test]
fn what_no_story_tries_is_told_with_its_place_and_ends_with_1() {
    let folder = small();
    let ran = on(folder.path(), &["test", "--coverage"]);
    assert_eq!(ran.code, Some(0), "coverage alone fails nothing: {}", ran.said());
    assert!(ran.stdout.contains("workflows/processes/hall-booking.yaml:"), "{}", ran.stdout);
    let ran = on(folder.path(), &["test", "--coverage-min", "100"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said());
    assert!(ran.stderr.contains("100%"), "{}", ran.stderr);
    assert_eq!(on(folder.path(), &["test", "--coverage-min", "101"]).code, Some(2));
}

#[test]
fn a_failure_names_the_very_line_in_text_json_and_junit() {
    let folder = small();
    tree::edit(&folder.path().join(STORY), "result: booked", "result: refused");
    let text = tree::text(&folder.path().join(STORY));
    let line = 1 + text.lines().position(|line| line.contains("result: refused")).unwrap();
    let place = format!("{STORY}:{line}:");
    let ran = on(folder.path(), &["test"]);
    assert!(ran.stdout.contains(&place), "{place}\n{}", ran.stdout);
    let ran = on(folder.path(), &["test", "--format", "json"]);
    let told = ran.json();
    let failed =
        told.as_array().unwrap().iter().find(|result| !result["failure"].is_null()).unwrap();
    assert_eq!((&failed["place"]["file"], &failed["place"]["line"]), (&STORY.into(), &line.into()));
    assert_eq!(failed["failure"]["expected"]["en"], "refused");
    let ran = on(folder.path(), &["test", "--format", "junit"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("failures=\"1\""), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("line=\"{line}\"")), "{}", ran.stdout);
    let cases = ran.stdout.split("<testcase classname=\"").skip(1);
    let mut cases: Vec<(&str, &str)> =
        cases.map(|case| case.split_once("\" name=\"").unwrap()).collect();
    cases.iter_mut().for_each(|(_, name)| *name = name.split('"').next().unwrap());
    assert_eq!(cases[0], ("hall-booking", "顺利预订"), "a case is called as its story");
    let apart: std::collections::BTreeSet<_> = cases.iter().collect();
    assert_eq!(apart.len(), cases.len(), "no two of a file are called alike: {cases:?}");
}

#[test]
fn random_people_find_nothing_in_shipped_processes_and_are_the_same_for_the_same_seed() {
    for process in ["major-transfer", "upgrade-admission"] {
        let ran = xueji(["simulate", process, "--cases", "6", "--round", "6", "--seed", "11"]);
        assert_eq!(ran.code, Some(0), "{}", ran.said());
    }
    let walk = ["simulate", "student-card-reissue", "--cases", "10", "--format", "json"];
    let (first, second) = (xueji(walk), xueji(walk));
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(first.json()["figures"]["asked"], 10);
    assert_eq!(xueji(["simulate", "no-such-process"]).code, Some(2));
    let wrong = ["simulate", "major-transfer", "--work", "hand-in=2h..1h"];
    assert_eq!(xueji(wrong).code, Some(2));
}

#[test]
fn random_people_stand_in_the_rows_of_group_processes_and_steps_not_reached_are_told() {
    for (process, step) in [("status-filing", "enter-row"), ("graduation-review", "row-review")] {
        let ran = xueji(["simulate", process, "--cases", "10", "--seed", "1", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.said());
        let figures = &ran.json()["figures"];
        assert!(figures["steps"][step]["times"].as_u64() > Some(0), "{process}: {}", ran.said());
        let unreached = figures["unreached"].as_array().unwrap();
        assert!(!unreached.iter().any(|one| one == step), "{process}: {unreached:?}");
    }
}
