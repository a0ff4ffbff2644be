//! Going live over the API: planned for some cohorts and for a day, told on the feed of events, and what can no longer be
//! read.

use std::sync::Arc;

use axum::body::Body;
use serde_json::{Value as Json, json};
use xueji_definition::Sources;
use xueji_engine::{Clock, Engine};
use xueji_server::api::rate::RateLimit;
use xueji_store::MemoryStore;

use crate::hall::{Hall, builder, sources};

const PARAMETERS: &str = "workflows/parameters.yaml";
const CODES: &str = "workflows/codes.yaml";

fn with_limit(limit: u32) -> Sources {
    let mut sources = sources();
    let text = sources.files.get_mut(PARAMETERS).unwrap();
    *text = text.replace("value: 2", &format!("value: {limit}"));
    sources
}

fn body(sources: &Sources, more: &Json) -> Json {
    let mut body = json!({"files": sources.files, "note": "so"});
    let map = body.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    body
}

async fn deploy(hall: &Hall, sources: &Sources, more: Json) -> Json {
    hall.post("admin", "/releases", body(sources, &more)).await.good()
}

async fn plan(hall: &Hall, sources: &Sources, more: Json) -> Json {
    let mut body = body(sources, &more);
    body.as_object_mut().unwrap().remove("note");
    let mut plan = hall.post("admin", "/plans", body).await.good();
    plan.as_object_mut().unwrap().remove("findings");
    plan
}

/// The kinds of the events that somebody is sent from a place on, with what each tells of a release.
async fn told(hall: &Hall, who: &str, path: &str, place: u64) -> Vec<Json> {
    let request = hall.request(who, "GET", path).header("last-event-id", place.to_string());
    let text = hall.first_events(request.body(Body::empty()).unwrap()).await;
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn kinds(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_happens_to_releases_is_on_the_feed_beside_what_happens_in_cases() {
    let hall = Hall::open();
    let place = hall.engine.last_place();
    let waits = deploy(&hall, &with_limit(3), json!({"from": "2026-10-12"})).await;
    let hash = waits["hash"].as_str().unwrap().to_owned();
    let taken = json!({"reason": "no"});
    hall.post("admin", &format!("/releases/{hash}/withdraw"), taken).await.good();
    let case = hall.book("1").await;
    let old = hall.engine.live().info.hash.clone();
    deploy(&hall, &with_limit(4), json!({})).await;
    hall.post("admin", &format!("/releases/{old}/rollback"), json!({"note": "back"})).await.good();

    let events = told(&hall, "admin", "/events", place).await;
    let of_releases: Vec<Json> =
        events.iter().filter(|event| event["release"].is_string()).cloned().collect();
    let expected = ["release-proposed", "release-withdrawn", "release-live", "release-rolled-back"];
    assert_eq!(kinds(&of_releases), expected);
    let first = json!({
        "instance": null, "seq": null, "step": null, "scope": null, "number": null,
        "at": of_releases[0]["at"], "kind": "release-proposed", "release": hash, "from": "2026-10-12",
    });
    assert_eq!(of_releases[0], first, "a reader of cases finds every key that it knows");
    assert_eq!(of_releases[3]["release"], json!(old));
    // Others are told of what went live alone, and of nothing where they follow a case.
    let keeper = told(&hall, "keeper", "/events", place).await;
    let (releases, cases): (Vec<Json>, Vec<Json>) =
        keeper.into_iter().partition(|event| event["release"].is_string());
    assert_eq!(kinds(&releases), ["release-live", "release-rolled-back"]);
    assert!(!cases.is_empty() && cases.iter().all(|event| event["instance"] == json!(case)));
    let one = told(&hall, "admin", &format!("/events?instance={case}"), place).await;
    assert!(one.iter().all(|event| event["release"].is_null()), "{one:?}");
}

#[tokio::test]
async fn a_plan_for_a_day_and_some_cohorts_is_carried_out_as_it_says() {
    let hall = Hall::open();
    let live = hall.engine.live().info.hash.clone();
    let first = deploy(&hall, &with_limit(3), json!({"from": "2026-10-12"})).await;
    let aim = json!({"from": "2026-11-02", "cohorts": ">=2026"});
    let made = plan(&hall, &with_limit(4), aim.clone()).await;
    assert_eq!(made["audience"], json!({"for": "cohorts", "cohorts": {"from": 2026}}));
    assert_eq!((&made["on"], &made["from"]), (&json!("2026-11-02"), &first["hash"]));
    assert_eq!(made["base"], json!([{"hash": first["hash"]}]));
    assert_eq!(plan(&hall, &with_limit(4), json!({})).await["from"], json!(live));
    // In this house no record type names its cohort, so that nobody would have a release of their own.
    let notes = made["notes"].to_string();
    assert!(notes.contains("no record type names its cohort"), "{notes}");
    // Not said again, day and cohorts are the plan's; said otherwise, it is refused.
    for other in [json!({"from": "2026-11-03"}), json!({"every_cohort": true})] {
        let mut more = other;
        more.as_object_mut().unwrap().insert("plan".to_owned(), made.clone());
        let refused = hall.post("admin", "/releases", body(&with_limit(4), &more)).await;
        assert_eq!(refused.problem(), (409, "plan-moved".to_owned()));
    }
    let waits = deploy(&hall, &with_limit(4), json!({"plan": made})).await;
    assert_eq!((&waits["from"], &waits["cohorts"]), (&json!("2026-11-02"), &json!(">=2026")));
    let words = waits["told"].to_string();
    assert!(words.contains("it is made on"), "{words}");
    // A second one for that day and those cohorts is refused, and told what to do.
    let refused = hall.post("admin", "/releases", body(&with_limit(5), &aim)).await;
    assert_eq!(refused.problem(), (409, "day-taken".to_owned()));
    let passed = json!({"files": with_limit(5).files, "from": "2026-09-01"});
    assert_eq!(hall.post("admin", "/plans", passed).await.problem(), (422, "date".to_owned()));
    let other = json!({"files": with_limit(5).files, "cohorts": "young"});
    let refused = hall.post("admin", "/plans", other).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/cohorts");
}

#[tokio::test]
async fn a_plan_that_was_altered_is_refused() {
    let hall = Hall::open();
    hall.book("1").await;
    let made = plan(&hall, &with_limit(3), json!({})).await;
    let alter = |pointer: &str, value: Json| {
        let mut altered = made.clone();
        *altered.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}: {made}")) = value;
        altered
    };
    let more = |change: &str| {
        let mut changes = made["changes"].as_array().unwrap().clone();
        changes[0]["words"]["zh"] = json!(change);
        json!(changes)
    };
    let altered = [
        alter("/changes", json!([])),
        alter("/changes", more("没什么")),
        alter("/fates/stays", json!(7)),
        alter("/groups/0/fate", json!("needs-person")),
        alter("/version", json!(9)),
        alter("/from", json!("0000")),
    ];
    for plan in altered {
        let refused = hall.post("admin", "/releases", body(&with_limit(3), &json!({"plan": plan})));
        let refused = refused.await;
        assert_eq!(refused.problem(), (409, "plan-moved".to_owned()), "{plan:#}");
        assert!(!refused.json()["findings"].as_array().unwrap().is_empty());
    }
    let no_plan = body(&with_limit(3), &json!({"plan": {"version": 1}}));
    let refused = hall.post("admin", "/releases", no_plan).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/plan");
    // As it was made, it holds.
    assert_eq!(deploy(&hall, &with_limit(3), json!({"plan": made})).await["outcome"], "live");
}

/// A server that has an old release, with an open case, which only an earlier program could read.
async fn outlived() -> (Hall, String, String) {
    let store = Arc::new(MemoryStore::new());
    let mut old = with_limit(3);
    old.files.get_mut(CODES).unwrap().push_str("colours: {}\n");
    let earlier: xueji_engine::ReleaseBuilder = Arc::new(|sources| {
        let mut known = sources.clone();
        let text = known.files.get_mut(CODES).unwrap();
        *text = text.replace("colours: {}\n", "");
        let release = builder()(&known)?;
        Ok(xueji_runtime::Release::new(sources.hash(), release.definitions, release.rules))
    });
    let clock = || Clock::manual("2026-09-28T01:00:00Z".parse().unwrap());
    let rate = || RateLimit::new(10_000, 10_000);
    let engine = Engine::open(store.clone(), earlier, clock(), Some(old)).unwrap();
    let hash = engine.live().info.hash.clone();
    let before = Hall::around(engine, rate());
    let case = before.book("1").await;
    before.engine.deploy(with_limit(2), None).unwrap();
    drop(before);
    let engine = Engine::open(store, builder(), clock(), None).unwrap();
    (Hall::around(engine, rate()), hash, case)
}

#[tokio::test]
async fn a_release_that_can_no_longer_be_read_is_told_as_such_and_keeps_nobody_from_the_rest() {
    let (hall, old, lost) = outlived().await;
    let made = plan(&hall, &with_limit(4), json!({})).await;
    assert_eq!(made["fates"]["needs-person"], 1, "{made:#}");
    let group = &made["groups"][0];
    assert_eq!((&group["instances"][0], &group["release"]), (&json!(lost), &json!(old)));
    assert!(group["why"]["zh"].as_str().unwrap().contains("已无法读取"), "{group}");
    // What differs is told by the lines of the files.
    let live = hall.engine.live().info.hash.clone();
    let differs = hall.get("admin", &format!("/releases/{old}/difference/{live}")).await.good();
    assert!(differs["unreadable"]["en"].as_str().unwrap().contains("can no longer be read"));
    assert_eq!(differs["files"][0]["path"], CODES);
    let back = hall.post("admin", &format!("/releases/{old}/rollback"), json!({"note": "x"})).await;
    assert_eq!(back.problem(), (409, "release-unreadable".to_owned()));
    let detail = hall.get("admin", &format!("/releases/{old}")).await.good();
    assert_eq!(detail["open"], 1);
    // It can be neither shown nor moved, and keeps nobody from being shown the others.
    let asked = hall.get("keeper", &format!("/instances/{lost}")).await.problem();
    assert_eq!(asked, (409, "release-unreadable".to_owned()));
    let move_it = json!({"instances": [lost], "to": live, "reason": "so", "dry-run": true});
    let moved = hall.post("admin", "/migrations", move_it).await.good();
    assert_eq!(moved["items"][0]["refusal"]["code"], "release-unreadable");
    let back = json!({"instances": [lost], "to": old, "reason": "so"});
    let refused = hall.post("admin", "/migrations", back).await.problem();
    assert_eq!(refused, (409, "release-unreadable".to_owned()));
    let other = hall.book("2").await;
    for path in ["/instances", "/tasks?mine=false", "/tasks?mine=true"] {
        let list = hall.get("east-head", path).await.good();
        let text = list.to_string();
        assert!(text.contains(&lost) && text.contains(&other), "{path}: {text}");
    }
    let events = told(&hall, "keeper", "/events", 0).await;
    for what in
        [json!({"kind": "release-live"}), json!({"instance": lost}), json!({"instance": other})]
    {
        let (key, value) = what.as_object().unwrap().iter().next().unwrap();
        assert!(events.iter().any(|event| event[key] == *value), "{what}: {events:?}");
    }
}
