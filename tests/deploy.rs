//! A release goes live on the running server: open cases stay on theirs, new ones start on the new one, and a broken one
//! changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::ffi::OsString;

use serde_json::{Value, json};
use xueji_tests::command::{Ran, xueji};
use xueji_tests::house::{House, People, definitions};
use xueji_tests::server::Server;
use xueji_tests::tree;

const PROCESS: &str = "workflows/processes/hall-booking.yaml";

fn deploy(house: &House, server: &Server, token: &str) -> Ran {
    let address = format!("http://{}", server.address);
    let own = ["deploy", "--server", &address, "--token", token].map(OsString::from);
    xueji(own.into_iter().chain(definitions(&house.path(""))))
}

/// Adds a step after the keeper's check, as an office would in its editor.
fn add_a_step(house: &House) {
    let path = house.path(PROCESS);
    tree::edit(
        &path,
        "next: {approve: deposit, return: start}",
        "next: {approve: second-check, return: start}",
    );
    let step = "  second-check:\n    title: {zh: 复核, en: Second check}\n    user-task: {candidates: {role: steward}, \
                outcomes: [approve]}\n    next: {approve: deposit}\n  deposit:\n    title: {zh: 等押金";
    tree::edit(&path, "  deposit:\n    title: {zh: 等押金", step);
}

fn approve() -> Value {
    json!({"outcome": "approve", "opinion": "fine"})
}

/// Takes a case to the step after the keeper's check, and returns what is then open.
fn through_the_check(people: &People, case: &str) -> Vec<String> {
    people.complete("east-head", case, "head-signs", &approve());
    people.complete("watch", case, "watch-signs", &approve());
    people.complete("keeper", case, "check", &approve());
    let page = people.case(case);
    page["open_tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["step"].as_str().unwrap().to_owned())
        .collect()
}

fn live(people: &People) -> (String, usize) {
    let list = people.of("steward").read("/api/v1/releases");
    let items = list["items"].as_array().unwrap();
    let live: Vec<&Value> = items.iter().filter(|item| item["live"] == true).collect();
    assert_eq!(live.len(), 1, "{list}");
    (live[0]["hash"].as_str().unwrap().to_owned(), items.len())
}

#[test]
fn open_cases_stay_on_their_release_and_new_ones_start_on_the_new_one() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let (first, _) = live(&people);
    let old = people.book("g1", 30, "old");

    add_a_step(&house);
    let ran = deploy(&house, &server, house.steward());
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    let (second, count) = live(&people);
    assert_ne!(first, second);
    assert_eq!(count, 2);
    assert!(ran.stdout.contains(&second), "{}", ran.stdout);

    let new = people.book("g3", 30, "new");
    assert_eq!(people.case(&old)["release"], json!(first));
    assert_eq!(people.case(&new)["release"], json!(second));
    assert_eq!(
        through_the_check(&people, &old),
        [""; 0],
        "the old case waits for its deposit at once"
    );
    assert_eq!(through_the_check(&people, &new), ["second-check"]);

    // A restart changes none of it: the data folder has its releases, whatever the files say by then.
    assert_eq!(server.stop(), Some(0));
    let server = house.start();
    let people = people.at(&server);
    assert_eq!(live(&people), (second.clone(), 2));
    assert_eq!(people.case(&old)["release"], json!(first));
    people.complete("steward", &new, "second-check", &approve());
    let paid = json!({"name": "deposit-paid", "instance": old, "answer": "paid", "form": {"deposit_mark": "m"}});
    people.of("keeper").post("/api/v1/messages", &paid).unwrap().expect(200);
    assert_eq!(people.case(&old)["result"], "booked");
}

#[test]
fn a_limit_changed_in_its_file_holds_from_the_next_case_on() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let many = |mark: &str| {
        let body = xueji_tests::house::booking("g1", 700, mark);
        people.of("guest:g1").post("/api/v1/instances", &body).unwrap()
    };
    let problem = many("a").expect(422);
    let verdict = &problem["verdicts"][0];
    assert_eq!(verdict["rule"], "within-capacity");
    assert_eq!(verdict["reason"]["zh"], "要700座，上限500座");
    tree::edit(&house.path("workflows/parameters.yaml"), "value: 500", "value: 900");
    let ran = deploy(&house, &server, house.steward());
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    many("b").expect(201);
}

#[test]
fn a_broken_release_is_refused_with_its_findings_and_the_live_one_untouched() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let before = live(&people);
    tree::edit(&house.path(PROCESS), "next: {paid: written}", "next: {paid: writen}");
    let ran = deploy(&house, &server, house.steward());
    assert_eq!(ran.code, Some(1), "{}", ran.said());
    assert!(ran.stderr.contains("writen"), "{}", ran.stderr);
    assert_eq!(live(&people), before);

    // The command looks before it sends. The server looks, too, whoever sends.
    let mut files = serde_json::Map::new();
    for path in
        [tree::files(&house.path("workflows"), "yaml"), tree::files(&house.path("rules"), "rhai")]
            .concat()
    {
        let name = path.strip_prefix(house.path("")).unwrap().display().to_string();
        files.insert(name, json!(tree::text(&path)));
    }
    let reply = people.of("steward").post("/api/v1/releases", &json!({"files": files})).unwrap();
    let problem = reply.expect(422);
    let finding = &problem["findings"][0];
    for key in ["code", "severity", "message", "file", "line", "column", "process", "step"] {
        assert!(finding.get(key).is_some(), "{key} is missing: {finding}");
    }
    assert_eq!(live(&people), before);
    let case = people.book("g1", 30, "still");
    assert_eq!(people.case(&case)["release"], json!(before.0));
}

#[test]
fn only_those_who_administer_put_a_release_live() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let before = live(&people);
    add_a_step(&house);
    let reply = people
        .of("steward")
        .post("/api/v1/tokens", &json!({"person": "keeper", "name": "x"}))
        .unwrap();
    let keeper = reply.expect(201)["secret"].as_str().unwrap().to_owned();
    let ran = deploy(&house, &server, &keeper);
    assert_eq!(ran.code, Some(2), "{}", ran.said());
    assert_eq!(live(&people), before);
}
