//! Looking back from the command line: a case told as a story, logs for process mining, and decided cases judged again, each
//! from a running server and from the folder that it left behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::ffi::OsString;
use std::path::Path;

use serde_json::{Value, json};
use xueji_tests::command::{Ran, xueji};
use xueji_tests::house::{House, People, definitions};
use xueji_tests::server::Server;
use xueji_tests::tree;

/// The day before the house's clock starts.
const SINCE: &str = "2026-09-27";

fn approve() -> Value {
    json!({"outcome": "approve", "opinion": "看过"})
}

/// A house in which guest 1 has booked a hall and guest 2 has been refused one.
fn decided() -> (House, Server, People, [String; 2]) {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let booked = people.book("g1", 300, "绝密活动");
    people.complete("east-head", &booked, "head-signs", &approve());
    people.complete("watch", &booked, "watch-signs", &approve());
    people.complete("keeper", &booked, "check", &approve());
    let paid = json!({"name": "deposit-paid", "instance": booked, "answer": "paid", "form": {"deposit_mark": "m"}});
    people.of("keeper").post("/api/v1/messages", &paid).unwrap().expect(200);
    assert_eq!(people.case(&booked)["result"], "booked");
    let refused = people.book("g2", 30, "other");
    people.complete(
        "watch",
        &refused,
        "watch-signs",
        &json!({"outcome": "reject", "opinion": "不行"}),
    );
    (house, server, people, [booked, refused])
}

fn run(words: &[&str], more: impl IntoIterator<Item = OsString>) -> Ran {
    xueji(words.iter().map(OsString::from).chain(more))
}

fn of_server(server: &Server, token: &str) -> Vec<OsString> {
    let address = format!("http://{}", server.address);
    ["--server", &address, "--token", token].map(OsString::from).to_vec()
}

fn of_folder(house: &House) -> Vec<OsString> {
    vec!["--data".into(), house.data().into()]
}

fn out(path: &Path) -> Vec<OsString> {
    vec!["--out".into(), path.into()]
}

#[test]
fn a_case_is_told_from_the_server_and_from_the_folder_in_the_same_words() {
    let (house, server, _, [booked, _]) = decided();
    let words = ["trace", &booked, "--format", "json"];
    let served = run(&words, of_server(&server, house.steward()));
    assert_eq!(served.code, Some(0), "{}", served.said());
    let story = served.json();
    let says = |number: usize| story["items"][number]["says"]["zh"].as_str().unwrap().to_owned();
    assert!(says(0).contains("发起“预订大厅”"), "{}", says(0));
    let items = story["items"].as_array().unwrap();
    let head = items.iter().find(|item| item["role"]["id"] == "head").unwrap();
    assert_eq!((&head["by"]["name"], &head["unit"]["id"]), (&json!("东"), &json!("east")));
    let verdict = &items[0]["verdicts"][0];
    assert_eq!((&verdict["id"], &verdict["articles"][0]), (&json!("H1"), &json!("馆规")));
    let read = verdict["reads"].as_array().unwrap();
    let seats = read.iter().find(|read| read["path"] == "form.seats").unwrap();
    assert_eq!((&seats["title"]["zh"], &seats["value"]), (&json!("座位"), &json!(300)));
    let kinds: Vec<&str> = items.iter().map(|item| item["kind"].as_str().unwrap()).collect();
    for kind in ["numbered", "record-set", "ended"] {
        assert!(kinds.contains(&kind), "{kind} is not told: {kinds:?}");
    }

    assert_eq!(server.stop(), Some(0));
    let stored = run(&words, of_folder(&house));
    assert_eq!(stored.code, Some(0), "{}", stored.said());
    assert_eq!(stored.json()["items"], story["items"]);
    let text = run(&["trace", &booked], of_folder(&house));
    assert!(text.stdout.contains("✓ H1 座位不超过上限：满足"), "{}", text.stdout);
    assert!(text.stdout.contains("form.seats = 300"), "{}", text.stdout);
    let english = run(&["trace", &booked, "--lang", "en"], of_folder(&house));
    assert!(english.stdout.contains("satisfied"), "{}", english.stdout);
    let unknown = run(&["trace", "2026-999999"], of_folder(&house));
    assert_eq!(unknown.code, Some(2), "{}", unknown.said());
}

#[test]
fn a_story_is_for_those_alone_who_may_read_the_case() {
    let (_house, _server, people, [booked, refused]) = decided();
    let path = format!("/api/v1/instances/{booked}/trace");
    let get = |who: &str, path: &str| people.of(who).get(path).unwrap();
    get("guest:g1", &path).expect(200);
    get("guest:g2", &path).expect(404);
    get("guest:g2", &format!("/api/v1/instances/{refused}/trace")).expect(200);
    let first = get("keeper", &format!("{path}?limit=3")).expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let next = first["next"].as_str().unwrap();
    let second = get("keeper", &format!("{path}?limit=500&cursor={next}")).expect(200);
    assert_eq!(second["items"][0]["seq"], 3);
    let whole = get("keeper", &format!("{path}?limit=500")).expect(200);
    assert_eq!(whole["items"][5], second["items"][2], "a page knows what was before it");
}

#[test]
fn logs_name_nobody_unless_an_administrator_asks_for_it() {
    let (house, server, people, [booked, _]) = decided();
    let logs = house.path("logs");
    let ran = run(
        &["export", "--format", "xes"],
        of_server(&server, house.steward()).into_iter().chain(out(&logs)),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    let main = tree::text(&logs.join("hall-booking.xes"));
    assert!(main.contains(&format!("<string key=\"concept:name\" value=\"{booked}\"/>")), "{main}");
    for activity in
        ["start:submit", "both-heads:approve", "deposit:paid", "written:done", "booked:booked"]
    {
        assert!(main.contains(&format!("value=\"{activity}\"")), "{activity} is missing: {main}");
    }
    let branch = tree::text(&logs.join("hall-booking.both-heads.head-signs.xes"));
    assert!(
        branch.contains("head-signs:approve") && branch.contains("value=\"finished\""),
        "{branch}"
    );
    for (file, text) in [("main", &main), ("branch", &branch)] {
        for word in ["\"g1\"", "guest:g1", "east-head", "\"东\"", "绝密活动", "看过"] {
            assert!(!text.contains(word), "{word} stands in {file}");
        }
    }

    misspelt_processes_leave_nothing(&house, &of_server(&server, house.steward()));

    // The head of a hall reads in one unit, not in the whole house.
    people.of("east-head").get("/api/v1/event-logs?salt=0123456789abcdef").unwrap().expect(403);
    people.of("keeper").get("/api/v1/event-logs?salt=short").unwrap().expect(422);
    people.of("keeper").get("/api/v1/event-logs?personal=true").unwrap().expect(403);
    people.of("keeper").get("/api/v1/event-logs?salt=0123456789abcdef").unwrap().expect(200);

    assert_eq!(server.stop(), Some(0));
    let file = house.path("log.json");
    let words = ["export", "--format", "ocel2-json", "--personal"];
    let ran = run(&words, of_folder(&house).into_iter().chain(out(&file)));
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert!(ran.stderr.contains("含个人信息"), "{}", ran.stderr);
    let text = tree::text(&file);
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["personalData"], json!(true));
    assert!(text.contains("east-head") && text.contains("绝密活动"));
    misspelt_processes_leave_nothing(&house, &of_folder(&house));
    assert_eq!(tree::text(&file), text, "an export that fails leaves what was there");
}

/// An export that finds no such process says which was meant, and writes no file.
fn misspelt_processes_leave_nothing(house: &House, from: &[OsString]) {
    let files = || {
        let entries = std::fs::read_dir(house.path("")).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    let before = files();
    for (format, to) in
        [("xes", "no-logs"), ("ocel2-json", "no-log.json"), ("ocel2-json", "log.json")]
    {
        let words = ["export", "--format", format, "--process", "hall-boking"];
        let ran = run(&words, from.iter().cloned().chain(out(&house.path(to))));
        assert_eq!(ran.code, Some(2), "{}", ran.said());
        assert!(ran.stderr.contains("是否想写 hall-booking？"), "{}", ran.stderr);
        assert_eq!(files(), before);
    }
}

fn backtest(house: &House, more: Vec<OsString>) -> Ran {
    let words = ["backtest", "--since", SINCE, "--format", "json"];
    run(&words, definitions(&house.path("")).into_iter().chain(more))
}

#[test]
fn an_edited_limit_is_tried_on_decided_cases_and_nothing_is_touched() {
    let (house, server, people, [booked, _]) = decided();
    let before = people.of("steward").read(&format!("/api/v1/instances/{booked}"));
    let same = backtest(&house, of_server(&server, house.steward()));
    assert_eq!(same.code, Some(0), "{}", same.said());
    assert_eq!(same.json()["cases"], 2);

    tree::edit(&house.path("workflows/parameters.yaml"), "value: 500", "value: 200");
    let served = backtest(&house, of_server(&server, house.steward()));
    assert_eq!(served.code, Some(10), "{}", served.said());
    let report = served.json();
    let changes = report["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{report}");
    let change = &changes[0];
    assert_eq!((&change["instance"], &change["rule"]), (&json!(booked), &json!("within-capacity")));
    assert_eq!(change["now"]["reason"]["zh"], "要300座，上限200座");
    assert_eq!(
        (&change["then"]["consequence"], &change["now"]["consequence"]),
        (&json!("goes-on"), &json!("blocked"))
    );
    assert_eq!(change["parameters"][0], json!({"name": "hall.seats", "then": 500, "now": 200}));
    assert_eq!(people.of("steward").read(&format!("/api/v1/instances/{booked}")), before);
    assert_eq!(people.of("steward").read("/api/v1/releases")["items"].as_array().unwrap().len(), 1);

    let body = json!({"files": {}, "since": SINCE});
    people.of("keeper").post("/api/v1/backtests", &body).unwrap().expect(403);

    assert_eq!(server.stop(), Some(0));
    let stored = backtest(&house, of_folder(&house));
    assert_eq!(stored.code, Some(10), "{}", stored.said());
    assert_eq!(stored.json(), report);
    let text = run(
        &["backtest", "--since", SINCE],
        definitions(&house.path("")).into_iter().chain(of_folder(&house)),
    );
    assert!(text.stdout.contains("现：不满足 → 不能继续　要300座，上限200座"), "{}", text.stdout);
    assert!(text.stdout.contains("参数 hall.seats: 500 → 200"), "{}", text.stdout);
    let misspelt = ["--process".into(), "hall-boking".into()];
    let misspelt = backtest(&house, of_folder(&house).into_iter().chain(misspelt).collect());
    assert_eq!(misspelt.code, Some(2), "{}", misspelt.said());
    assert!(misspelt.said().contains("hall-booking"), "{}", misspelt.said());
}

#[test]
fn what_was_not_recorded_cannot_be_told_and_broken_files_are_findings() {
    let (house, server, _, _) = decided();
    assert_eq!(server.stop(), Some(0));
    let rules = house.path("rules/hall-booking.rhai");
    tree::edit(
        &rules,
        "fn within_capacity(form, param) { form.seats <= param.hall.seats }",
        "fn within_capacity(form, param, subject) { form.seats <= param.hall.seats && subject.bookings < 9 }",
    );
    let ran = backtest(&house, of_folder(&house));
    assert_eq!(ran.code, Some(0), "nothing is known to change: {}", ran.said());
    let report = ran.json();
    let unknown = report["cannot_tell"].as_array().unwrap();
    assert_eq!(unknown.len(), 2, "{report}");
    assert!(unknown[0]["words"]["zh"].as_str().unwrap().contains("subject"), "{report}");

    tree::edit(&rules, "form.seats <=", "form.seatz <=");
    let broken = backtest(&house, of_folder(&house));
    assert_eq!(broken.code, Some(1), "{}", broken.said());
}
