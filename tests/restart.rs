//! What was there is there again after a stop; a folder that is in use, newer or damaged is refused, told, and left alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use xueji_tests::command::Ran;
use xueji_tests::house::{House, booking};
use xueji_tests::tree;

/// Returns every file of a data folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    all(folder).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

fn all(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { all(&path) } else { vec![path] }
        })
        .collect()
}

fn refused(ran: &Ran, words: [&str; 2]) {
    assert_eq!(ran.code, Some(4), "{}", ran.said());
    for word in words {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}

#[test]
fn what_was_there_is_there_again_after_a_stop() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let case = people.book("g1", 30, "first");
    let approve = json!({"outcome": "approve", "opinion": "fine"});
    people.complete("east-head", &case, "head-signs", &approve);
    let body = booking("g2", 40, "once");
    let once =
        people.of("guest:g2").post_once("/api/v1/instances", &body, "key-1").unwrap().expect(201);
    let paths = [
        format!("/api/v1/instances/{case}"),
        format!("/api/v1/instances/{case}/history"),
        "/api/v1/instances".to_owned(),
        "/api/v1/tasks?process=hall-booking".to_owned(),
        "/api/v1/records/guest/g1".to_owned(),
        "/api/v1/records/guest/g1/history".to_owned(),
        "/api/v1/releases".to_owned(),
        "/api/v1/tokens".to_owned(),
    ];
    let before = paths.clone().map(|path| people.of("steward").read(&path));
    let clock = people.of("steward").read("/api/v1/clock");
    assert_eq!(server.stop(), Some(0));

    let server = house.start();
    let people = people.at(&server);
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(people.of("steward").read(path), before, "{path}");
    }
    let later = people.of("steward").read("/api/v1/clock");
    assert!(later["now"].as_str() >= clock["now"].as_str(), "the clock goes on: {clock}, {later}");
    let again =
        people.of("guest:g2").post_once("/api/v1/instances", &body, "key-1").unwrap().expect(201);
    assert_eq!(
        again["id"], once["id"],
        "a command that was carried out before the stop is known by its key"
    );
    people.complete("watch", &case, "watch-signs", &approve);
    assert!(people.task(&case, "check").is_some(), "the case goes on where it stood");
}

#[test]
fn a_key_belongs_to_its_body() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let guest = people.of("guest:g1");
    guest.post_once("/api/v1/instances", &booking("g1", 30, "a"), "key-1").unwrap().expect(201);
    let other = guest.post_once("/api/v1/instances", &booking("g1", 31, "a"), "key-1").unwrap();
    assert_eq!(other.expect(422)["code"], "idempotency-key");
    assert_eq!(people.of("steward").all("/api/v1/instances").len(), 1);
}

#[test]
fn a_folder_that_is_in_use_is_refused_and_the_server_that_has_it_goes_on() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let case = people.book("g1", 30, "a");
    refused(&house.try_start().unwrap_err(), ["另一个进程", "in use by another process"]);
    refused(&house.token(&["list"]), ["另一个进程", "--server"]);
    assert_eq!(people.case(&case)["state"], "open");
}

#[test]
fn a_folder_of_a_newer_format_is_refused_and_left_as_it_is() {
    let house = House::new();
    let format = house.data().join("store/FORMAT");
    for newer in ["format 1\n", "store 1\n"] {
        let known = tree::text(&format);
        tree::edit(&format, newer, &newer.replace('1', "9"));
        let before = contents(&house.data());
        refused(
            &house.try_start().unwrap_err(),
            ["格式为 9", "open it with the version that wrote it"],
        );
        assert_eq!(contents(&house.data()), before);
        fs::write(&format, known).unwrap();
    }
    assert_eq!(house.start().stop(), Some(0));
}

#[test]
fn a_folder_that_lacks_a_part_is_refused_and_nothing_is_made_in_its_place() {
    let house = House::new();
    fs::remove_file(house.data().join("store/sled/db")).unwrap();
    let before = contents(&house.data());
    refused(&house.try_start().unwrap_err(), ["缺少 sled/db", "lacks sled/db"]);
    assert_eq!(contents(&house.data()), before);
}

#[test]
fn a_damaged_value_is_told_and_never_shown() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let mark = "the-mark-that-will-be-spoilt";
    let case = people.book("g1", 30, mark);
    let whole = people.book("g2", 30, "whole");
    assert_eq!(server.stop(), Some(0));

    let log = house.data().join("store/sled/db");
    let mut bytes = fs::read(&log).unwrap();
    let places: Vec<usize> = bytes
        .windows(mark.len())
        .enumerate()
        .filter(|(_, found)| *found == mark.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "the value stands in the log in so many words");
    for at in places {
        bytes[at + 4] ^= 0x20;
    }
    fs::write(&log, &bytes).unwrap();

    match house.try_start() {
        Err(ran) => {
            assert_eq!(ran.code, Some(4), "{}", ran.said());
            let told = ["损坏", "缺失", "无法读取"].iter().any(|word| ran.stderr.contains(word));
            assert!(told, "{}", ran.stderr);
            assert!(fs::read(&log).unwrap() == bytes, "a damaged folder is left as it is");
        }
        Ok(server) => {
            let steward = people.at(&server).of("steward");
            for path in ["", "/history"] {
                let reply = steward.get(&format!("/api/v1/instances/{case}{path}")).unwrap();
                assert_eq!(reply.status, 503, "{path}: {}", reply.text());
                assert!(!reply.text().contains("mark"), "{}", reply.text());
            }
            assert!(server.log().contains("damaged"), "what is damaged is told: {}", server.log());
            assert_eq!(steward.read(&format!("/api/v1/instances/{whole}"))["state"], "open");
        }
    }
}
