//! The life of a release on the running server: signed off by two, live from a date, side by side by cohort, rolled
//! back; through kills and restarts.

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
use xueji_tests::house::{House, People, booking, definitions};
use xueji_tests::server::Server;
use xueji_tests::tree;

const PARAMETERS: &str = "workflows/parameters.yaml";
const ORGANISATION: &str = "workflows/organisation.yaml";

/// Runs a verb against the server, in a token's name.
fn ask(server: &Server, token: &str, verb: &[&str]) -> Ran {
    let address = format!("http://{}", server.address);
    let own = ["--server", &address, "--token", token, "--lang", "en"].map(OsString::from);
    xueji(verb.iter().map(OsString::from).chain(own))
}

fn deploy(house: &House, server: &Server, token: &str, more: &[&str]) -> Ran {
    let address = format!("http://{}", server.address);
    let own = ["deploy", "--server", &address, "--token", token, "--lang", "en"];
    let own = own.iter().chain(more).map(OsString::from).collect::<Vec<_>>();
    xueji(own.into_iter().chain(definitions(&house.path(""))))
}

fn limit(house: &House, from: u32, to: u32) {
    tree::edit(&house.path(PARAMETERS), &format!("value: {from}"), &format!("value: {to}"));
}

fn releases(people: &People) -> Vec<Value> {
    people.of("steward").read("/api/v1/releases?open=true")["items"].as_array().unwrap().clone()
}

fn states(people: &People) -> Vec<String> {
    releases(people).iter().map(|item| item["state"].as_str().unwrap().to_owned()).collect()
}

fn hash(item: &Value) -> String {
    item["hash"].as_str().unwrap().to_owned()
}

/// Gives a second steward a token.
fn deputy(people: &People) -> String {
    let body = json!({"person": "deputy", "name": "test"});
    let reply = people.of("steward").post("/api/v1/tokens", &body).unwrap();
    reply.expect(201)["secret"].as_str().unwrap().to_owned()
}

fn status(people: &People, guest: &str, seats: u32, mark: &str) -> u16 {
    let body = booking(guest, seats, mark);
    people.of(&format!("guest:{guest}")).post("/api/v1/instances", &body).unwrap().status
}

fn move_to(people: &People, now: &str) {
    people.of("steward").post("/api/v1/clock", &json!({"now": now})).unwrap().expect(200);
}

#[test]
fn two_people_sign_a_release_off_and_a_proposal_cannot_free_itself() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    tree::edit(
        &house.path(ORGANISATION),
        "title: {zh: 会馆, en: House}\nunits",
        "title: {zh: 会馆, en: House}\nreleases: {signatures: 2, note: required}\nunits",
    );
    let ran = deploy(&house, &server, house.steward(), &["--note", "two sign from now on"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    // The same files again are nothing to do.
    let again = deploy(&house, &server, house.steward(), &["--note", "once more"]);
    assert_eq!(again.code, Some(0), "{}", again.said());
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_eq!(states(&people), ["live", "past"]);

    // This one would ask for one signature only; what counts is the rule that is live.
    tree::edit(&house.path(ORGANISATION), "releases: {signatures: 2, note: required}\n", "");
    let without = deploy(&house, &server, house.steward(), &[]);
    assert_eq!(without.code, Some(2), "{}", without.said());
    assert!(without.stderr.contains("422"), "{}", without.stderr);
    let ran = deploy(&house, &server, house.steward(), &["--note", "one signs"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert!(ran.stdout.contains("proposed"), "{}", ran.stdout);
    assert_eq!(states(&people), ["proposed", "live", "past"]);
    let proposed = hash(&releases(&people)[0]);
    let first = &proposed[..10];
    let own = ask(&server, house.steward(), &["releases", "approve", first]);
    assert_eq!(own.code, Some(2), "{}", own.said());
    let path = format!("/api/v1/releases/{proposed}/approve");
    let problem = people.of("steward").post(&path, &json!({})).unwrap().expect(403);
    assert_eq!(problem["code"], "own-proposal");
    assert_eq!(people.of("keeper").post(&path, &json!({})).unwrap().status, 403);

    let deputy = deputy(&people);
    let ran = ask(&server, &deputy, &["releases", "reject", first, "--reason", "keep two"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert_eq!(states(&people), ["rejected", "live", "past"]);
    let ran = deploy(&house, &server, house.steward(), &["--note", "one signs, as agreed"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    let ran = ask(&server, &deputy, &["releases", "approve", first]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert_eq!(states(&people), ["live", "rejected", "past", "past"]);
    let live = &releases(&people)[0];
    let signed: Vec<&str> =
        live["signatures"].as_array().unwrap().iter().map(|s| s["by"].as_str().unwrap()).collect();
    assert_eq!(
        (signed, live["note"].as_str()),
        (vec!["steward", "deputy"], Some("one signs, as agreed"))
    );
    // The same again says the same.
    let again = people.of("steward").with(&deputy).post(&path, &json!({})).unwrap().expect(200);
    assert_eq!(again["state"], "live");
    // Whoever does not administer sees which releases were live, and not what was said about them.
    let seen = people.of("keeper").read("/api/v1/releases");
    let seen = seen["items"].as_array().unwrap();
    assert!(seen.iter().all(|item| item["number"].is_u64() && item.get("note").is_none()));
}

#[test]
fn a_release_with_a_date_goes_live_by_itself_also_after_a_kill() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    let old = people.book("g1", 30, "old");
    limit(&house, 500, 20);
    let ran =
        deploy(&house, &server, house.steward(), &["--from", "2026-10-01", "--note", "smaller"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert!(ran.stdout.contains("2026-10-01 00:00"), "{}", ran.stdout);
    assert_eq!(states(&people), ["scheduled", "live"]);
    server.kill();

    let server = house.start();
    let people = people.at(&server);
    move_to(&people, "2026-09-30T15:59:59Z");
    assert_eq!(status(&people, "g2", 30, "before"), 201);
    move_to(&people, "2026-09-30T16:00:00Z");
    assert_eq!(status(&people, "g3", 30, "after"), 422);
    let all = releases(&people);
    assert_eq!(
        (all[0]["state"].as_str(), all[0]["from"].as_str()),
        (Some("live"), Some("2026-10-01"))
    );
    assert_eq!(all[0]["at_local"], "2026-10-01 00:00");
    assert_eq!(people.case(&old)["release"], all[1]["hash"]);
    assert_eq!(all[1]["open"], 2);
}

#[test]
fn what_waits_is_overtaken_by_another_release_and_renewed_by_a_person() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    limit(&house, 500, 20);
    let date = ["--from", "2026-10-01", "--note", "smaller"];
    assert_eq!(deploy(&house, &server, house.steward(), &date).code, Some(0));
    let waits = hash(&releases(&people)[0]);
    limit(&house, 20, 600);
    assert_eq!(deploy(&house, &server, house.steward(), &["--note", "larger"]).code, Some(0));
    let list = ask(&server, house.steward(), &["releases"]);
    assert!(list.stdout.contains("overtaken"), "{}", list.stdout);
    let metrics = people.of("steward").get("/metrics").unwrap().text();
    assert!(metrics.contains("xueji_releases_overtaken 1"), "{metrics}");
    move_to(&people, "2026-10-02T00:00:00Z");
    assert_eq!(status(&people, "g1", 550, "larger holds"), 201);
    let renewed =
        ask(&server, house.steward(), &["releases", "renew", &waits[..8], "--from", "2026-10-05"]);
    assert_eq!(renewed.code, Some(0), "{}", renewed.said());
    let withdrawn = ask(
        &server,
        house.steward(),
        &["releases", "withdraw", &waits[..8], "--reason", "not yet"],
    );
    assert_eq!(withdrawn.code, Some(0), "{}", withdrawn.said());
    move_to(&people, "2026-10-06T00:00:00Z");
    assert_eq!(status(&people, "g2", 550, "still"), 201);
}

#[test]
fn two_releases_wait_for_two_days_the_later_made_on_the_earlier() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    limit(&house, 500, 20);
    let autumn = ["--from", "2026-10-12", "--note", "smaller"];
    assert_eq!(deploy(&house, &server, house.steward(), &autumn).code, Some(0));
    let first = hash(&releases(&people)[0]);
    limit(&house, 20, 40);
    let winter = ["--from", "2026-12-01", "--note", "a little larger"];
    let ran = deploy(&house, &server, house.steward(), &winter);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert!(ran.stdout.contains(&format!("it is made on {}", &first[..12])), "{}", ran.stdout);
    let second = hash(&releases(&people)[0]);
    // Another one for the same day is refused, and told what to do.
    limit(&house, 40, 60);
    let ran = deploy(&house, &server, house.steward(), &winter);
    assert_eq!(ran.code, Some(2), "{}", ran.said());
    assert!(ran.stderr.contains("withdraw or renew"), "{}", ran.stderr);

    // Both go live on their days, also if the server was down between them.
    assert_eq!(server.stop(), Some(0));
    let server = house.start();
    let people = people.at(&server);
    move_to(&people, "2026-10-12T00:00:00Z");
    assert_eq!(states(&people), ["live", "scheduled", "past"]);
    assert_eq!(status(&people, "g1", 30, "too many in autumn"), 422);
    move_to(&people, "2026-12-01T00:00:00Z");
    assert_eq!(hash(&releases(&people)[0]), second);
    assert_eq!(status(&people, "g1", 30, "not too many in winter"), 201);
}

#[test]
fn what_was_made_on_a_release_that_is_taken_back_does_not_go_live_and_the_list_says_why() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    for (from, to, day) in [(500, 20, "2026-10-12"), (20, 40, "2026-12-01")] {
        limit(&house, from, to);
        let dated = ["--from", day, "--note", "so"];
        assert_eq!(deploy(&house, &server, house.steward(), &dated).code, Some(0));
    }
    let all = releases(&people);
    let (second, first) = (hash(&all[0]), hash(&all[1]));
    let back = ["releases", "withdraw", &first[..8], "--reason", "not this year"];
    assert_eq!(ask(&server, house.steward(), &back).code, Some(0));
    assert_eq!(states(&people), ["overtaken", "withdrawn", "live"]);
    let list = ask(&server, house.steward(), &["releases"]);
    assert!(list.stdout.contains(&format!("it was made on {}", &first[..16])), "{}", list.stdout);
    move_to(&people, "2026-12-02T00:00:00Z");
    assert_eq!(status(&people, "g1", 550, "the old limit holds"), 422);
    assert_eq!(status(&people, "g1", 450, "the old limit holds"), 201);
    // Looked at and renewed, it is made on what is live.
    let renew = ["releases", "renew", &second[..8], "--note", "looked at"];
    let renewed = ask(&server, house.steward(), &renew);
    assert_eq!(renewed.code, Some(0), "{}", renewed.said());
    assert_eq!(status(&people, "g2", 50, "the limit is 40"), 422);
}

#[test]
fn going_back_to_a_release_without_a_process_leaves_its_open_cases_to_run_to_their_end() {
    let house = House::new();
    let server = house.start();
    let people = house.open(&server);
    let first = hash(&releases(&people)[0]);
    let process = tree::text(&house.path("workflows/processes/hall-booking.yaml"));
    let visit = "process: visit\ntitle: {zh: 参观, en: A visit}\nsubject: guest\nstart: {by: {role: guest, self: true}}\nsteps:\n  \
                 look:\n    title: {zh: 接待, en: Received}\n    user-task: {candidates: {role: keeper}, outcomes: [done]}\n    \
                 next: {done: over}\n  over: {title: {zh: 结束, en: Over}, end: seen}\n";
    let head = process.lines().next().unwrap();
    let path = house.path("workflows/processes/visit.yaml");
    std::fs::write(&path, format!("{head}\n{visit}")).unwrap();
    let ran = deploy(&house, &server, house.steward(), &["--note", "visits"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    let start = json!({"process": "visit", "subject": "g1", "form": {}});
    let begin = || people.of("guest:g1").post("/api/v1/instances", &start).unwrap();
    let visit = begin().expect(201)["id"].as_str().unwrap().to_owned();
    // What going back would do is told before: files without the process, planned.
    std::fs::remove_file(&path).unwrap();
    let address = format!("http://{}", server.address);
    let own = ["plan", "--server", &address, "--token", house.steward(), "--lang", "en"];
    let planned = xueji(own.map(OsString::from).into_iter().chain(definitions(&house.path(""))));
    assert_eq!(planned.code, Some(10), "{}", planned.said());
    assert!(planned.stdout.contains("needs a person × 1"), "{}", planned.stdout);
    assert!(planned.stdout.contains("the case ends by its own release"), "{}", planned.stdout);

    let back = ask(&server, house.steward(), &["rollback", &first[..8], "--note", "no visits"]);
    assert_eq!(back.code, Some(0), "{}", back.said());
    assert!(back.stdout.contains("1 open cases stay"), "{}", back.stdout);
    begin().expect(404);
    people.complete("keeper", &visit, "look", &json!({"outcome": "done"}));
    assert_eq!(people.case(&visit)["result"], "seen");
}

#[test]
fn those_who_came_since_a_year_have_a_release_of_their_own() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    // The cohort is a field of the release for all; the guests get their years.
    assert_eq!(deploy(&house, &server, house.steward(), &["--note", "years"]).code, Some(0));
    let table = "number,since\ng1,2022\ng2,2026\n";
    let path = "/api/v1/imports/guest?map=number=number,since=since";
    people.of("steward").upload(path, "text/csv", table.as_bytes()).unwrap().expect(200);
    limit(&house, 500, 20);
    let own = ["--cohort", ">=2026", "--from", "2027-01-01", "--note", "smaller for newcomers"];
    let ran = deploy(&house, &server, house.steward(), &own);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert_eq!(status(&people, "g2", 30, "this year"), 201);
    move_to(&people, "2026-12-31T16:00:00Z");
    assert_eq!(status(&people, "g1", 30, "came in 2022"), 201);
    assert_eq!(status(&people, "g2", 30, "came in 2026"), 422);
    assert_eq!(status(&people, "g3", 30, "no year"), 201);
    let check = json!({"subject": "g2", "form": {"seats": 30}});
    let may = people.of("guest:g2").post("/api/v1/processes/hall-booking/check", &check).unwrap();
    assert_eq!(may.expect(200)["may_start"], false);
    let of = |who: &str, subject: &str| {
        let path = format!("/api/v1/processes/hall-booking?subject={subject}");
        let reply = people.of(who).get(&path).unwrap();
        (reply.status, reply.json()["release"].clone())
    };
    let for_all = people.of("guest:g1").read("/api/v1/processes/hall-booking")["release"].clone();
    assert_eq!(of("guest:g1", "g1"), (200, for_all.clone()));
    assert_ne!(of("guest:g2", "g2").1, for_all, "one's own release has the form that counts");
    assert_eq!(of("guest:g1", "g2").0, 404, "the release of somebody else tells their cohort");
    let live: Vec<Value> =
        releases(&people).into_iter().filter(|item| item["live"] == true).collect();
    let whom: Vec<&Value> = live.iter().map(|item| &item["live_for"]).collect();
    assert_eq!(whom, [&json!([">=2026"]), &json!([])]);
    // A restart keeps both; a release for everybody ends the one for some.
    assert_eq!(server.stop(), Some(0));
    let server = house.start();
    let people = people.at(&server);
    assert_eq!(status(&people, "g2", 30, "after a restart"), 422);
    limit(&house, 20, 40);
    let ran = deploy(&house, &server, house.steward(), &["--every-cohort", "--note", "for all"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert_eq!(status(&people, "g2", 30, "for all"), 201);
    assert_eq!(status(&people, "g1", 50, "for all"), 422);
}

#[test]
fn a_dated_parameter_for_some_cohorts_does_the_same_within_one_release() {
    let house = House::yearly();
    tree::edit(
        &house.path(PARAMETERS),
        "values: [{value: 500, source: 馆规}]",
        "values: [{value: 500, source: 馆规}, {value: 20, from: 2027-01-01, cohort-from: 2026, source: 新馆规}]",
    );
    let server = house.start();
    let people = house.open(&server);
    assert_eq!(deploy(&house, &server, house.steward(), &["--note", "from 2027"]).code, Some(0));
    let table = "number,since\ng1,2022\ng2,2026\n";
    let path = "/api/v1/imports/guest?map=number=number,since=since";
    people.of("steward").upload(path, "text/csv", table.as_bytes()).unwrap().expect(200);
    assert_eq!(status(&people, "g2", 30, "this year"), 201);
    move_to(&people, "2026-12-31T16:00:00Z");
    assert_eq!(status(&people, "g1", 30, "came in 2022"), 201);
    assert_eq!(status(&people, "g2", 30, "came in 2026"), 422);
    assert_eq!(status(&people, "g3", 30, "no year"), 201);
}

#[test]
fn a_past_release_is_compared_fetched_back_and_put_live_again() {
    let house = House::yearly();
    let server = house.start();
    let people = house.open(&server);
    let first = hash(&releases(&people)[0]);
    limit(&house, 500, 20);
    assert_eq!(deploy(&house, &server, house.steward(), &["--note", "smaller"]).code, Some(0));
    let second = hash(&releases(&people)[0]);
    let case = people.book("g1", 10, "on the second");
    let text =
        ask(&server, house.steward(), &["releases", "diff", &first[..8], &second[..8], "--text"]);
    assert!(
        text.stdout.contains("-  hall.seats:") && text.stdout.contains("value: 20"),
        "{}",
        text.said()
    );
    let meaning = ask(&server, house.steward(), &["releases", "diff", &first[..8], &second[..8]]);
    assert!(meaning.stdout.contains("parameters.yaml"), "{}", meaning.said());
    let out = house.path("fetched");
    let out = out.to_str().unwrap();
    let files = ask(&server, house.steward(), &["releases", "files", &first[..8], "--out", out]);
    assert_eq!(files.code, Some(0), "{}", files.said());
    assert!(tree::text(&house.path("fetched/workflows/parameters.yaml")).contains("value: 500"));
    let twice = ask(&server, house.steward(), &["releases", "files", &first[..8], "--out", out]);
    assert_eq!(twice.code, Some(2), "{}", twice.said());

    let back = ask(&server, house.steward(), &["rollback", &first[..8], "--note", "too small"]);
    assert_eq!(back.code, Some(0), "{}", back.said());
    assert!(back.stdout.contains("1 open cases stay"), "{}", back.stdout);
    let all = releases(&people);
    assert_eq!((hash(&all[0]), all[0]["origin"].as_str()), (first.clone(), Some("rollback")));
    assert_eq!(states(&people), ["live", "past", "past"], "the same files count once");
    assert_eq!(people.case(&case)["release"], json!(second));
    assert_eq!(status(&people, "g2", 30, "the old limit"), 201);
    let again = ask(&server, house.steward(), &["rollback", &first[..8], "--note", "again"]);
    assert!(again.stdout.contains("nothing to do"), "{}", again.said());
    let shown = ask(&server, house.steward(), &["releases", "show", &first[..8]]);
    assert!(shown.stdout.contains(&first), "{}", shown.said());
    // What only looks needs no server.
    assert_eq!(server.stop(), Some(0));
    let mut local: Vec<OsString> = vec!["releases".into(), "--lang".into(), "en".into()];
    local.extend(["--data".into(), house.data().into()]);
    let local = xueji(local);
    assert_eq!(local.code, Some(0), "{}", local.said());
    assert!(local.stdout.starts_with("* #2"), "{}", local.stdout);
}

#[test]
fn what_the_files_for_continuous_integration_call_is_there() {
    let mut called = 0;
    for path in tree::files(&tree::root().join("docs/ci"), "yml") {
        let text = tree::text(&path);
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((_, call)) = line.split_once("xueji ") else { continue };
            let words: Vec<&str> = call.split_whitespace().collect();
            let verb = words[0];
            if !["validate", "test", "plan"].contains(&verb) {
                continue;
            }
            called += 1;
            let help = xueji([verb, "--help"]).stdout;
            for pair in words.windows(2).filter(|pair| pair[0].starts_with("--")) {
                assert!(help.contains(pair[0]), "{}: {call}", path.display());
                assert!(help.contains(pair[1]), "{}: {call}", path.display());
            }
        }
    }
    assert!(called >= 9, "{called}");
}
