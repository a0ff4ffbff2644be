//! Who sees what, over HTTP: what one may not know of is not there, and protected values are masked.

use serde_json::json;

use crate::hall::{Hall, ID_NO, ID_NO_MASKED};

#[tokio::test]
async fn a_case_is_not_there_for_those_who_may_not_know_of_it() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    let path = format!("/instances/{id}");
    for (who, sees) in [
        ("guest:1", true),
        ("guest:2", false),
        ("east-head", true),
        ("west-head", false),
        ("keeper", true),
        ("desk", true),
        ("admin", false),
    ] {
        let status = hall.get(who, &path).await.status;
        assert_eq!(status, if sees { 200 } else { 404 }, "{who}");
        let listed = hall.get(who, "/instances?process=booking").await.good();
        let reads = sees && who != "desk";
        assert_eq!(listed["items"].as_array().unwrap().len(), usize::from(reads), "{who}");
    }
    let unknown = hall.get("guest:2", "/instances/2026-999999").await;
    assert_eq!(unknown.problem(), hall.get("guest:2", &path).await.problem());
    assert_eq!(hall.post("guest:2", &format!("{path}/withdraw"), json!({})).await.status, 404);
}

#[tokio::test]
async fn a_protected_code_is_seen_by_deciders_and_shown_as_the_broader_one_to_others() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    let path = format!("/instances/{id}");
    let mut seen = Vec::new();
    for who in ["guest:1", "east-head", "desk", "keeper"] {
        seen.push(hall.get(who, &path).await.good()["form"]["occasion"].clone());
    }
    assert_eq!(seen, ["11", "11", "11", "10"]);
    hall.complete("east-head", "own-head", "approve").await.good();
    assert_eq!(
        hall.get("east-head", &path).await.good()["form"]["occasion"],
        "10",
        "it is decided"
    );
    let history = hall.get("keeper", &format!("{path}/history")).await;
    assert!(!history.text.contains("\"11\""), "{}", history.text);
    let own = hall.get("guest:1", &format!("{path}/history")).await.good();
    assert_eq!(own["items"][0]["kind"], "started");
    assert_eq!(own["items"][0]["data"]["form"]["occasion"], "11");
}

#[tokio::test]
async fn an_identity_number_is_masked_except_for_oneself_deciders_and_roles_that_see_it() {
    let hall = Hall::open();
    let path = "/records/guest/1";
    for (who, seen) in [("guest:1", ID_NO), ("keeper", ID_NO), ("east-head", ID_NO_MASKED)] {
        assert_eq!(hall.get(who, path).await.good()["values"]["id_no"], seen, "{who}");
    }
    for who in ["guest:2", "west-head", "desk", "admin"] {
        assert_eq!(hall.get(who, path).await.status, 404, "{who}");
    }
    hall.book("1").await;
    for who in ["east-head", "desk"] {
        assert_eq!(hall.get(who, path).await.good()["values"]["id_no"], ID_NO, "{who} decides");
    }
    let history = hall.get("guest:1", "/records/guest/1/history").await.good();
    assert_eq!(history["fields"]["unit"][0]["value"], "east");
    assert_eq!(history["fields"]["unit"][0]["source"], "import");
}

#[tokio::test]
async fn a_value_that_may_not_be_seen_may_not_be_searched_for() {
    let hall = Hall::open();
    let path = format!("/records/guest?id_no={ID_NO}");
    let count = |answer: serde_json::Value| answer["items"].as_array().unwrap().len();
    assert_eq!(count(hall.get("keeper", &path).await.good()), 3);
    assert_eq!(count(hall.get("east-head", &path).await.good()), 0);
    assert_eq!(count(hall.get("east-head", "/records/guest?unit=east").await.good()), 2);
    assert_eq!(count(hall.get("west-head", "/records/guest?unit=east").await.good()), 0);
    assert_eq!(
        hall.get("keeper", "/records/guest?colour=red").await.problem(),
        (400, "query".to_owned())
    );
}

#[tokio::test]
async fn a_paper_is_masked_like_what_it_is_made_of() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    hall.complete("east-head", "own-head", "approve").await.good();
    hall.complete("desk", "desk-look", "approve").await.good();
    let case = hall.get("guest:1", &format!("/instances/{id}")).await.good();
    let path = format!("/documents/{}", case["documents"][0]["id"].as_str().unwrap());
    let own = hall.get("guest:1", &path).await;
    assert!(own.text.contains(ID_NO), "{}", own.text);
    assert!(own.header("content-security-policy").contains("sandbox"));
    let head = hall.get("east-head", &path).await;
    assert!(head.text.contains(ID_NO_MASKED) && !head.text.contains(ID_NO), "{}", head.text);
    assert_eq!(hall.get("west-head", &path).await.status, 404);
}

#[tokio::test]
async fn of_a_round_each_sees_the_rows_of_their_unit_or_their_own() {
    let hall = Hall::open();
    let started = hall.post("keeper", "/instances", json!({"process": "round"})).await.good();
    hall.engine.settle().unwrap();
    let path = format!("/instances/{}", started["id"].as_str().unwrap());
    let mut rows = Vec::new();
    for who in ["keeper", "east-head", "west-head", "guest:3"] {
        let found = hall.get(who, &format!("{path}/rows")).await.good();
        let keys: Vec<_> =
            found["items"].as_array().unwrap().iter().map(|row| row["key"].clone()).collect();
        rows.push(keys);
        assert_eq!(found["opened"], 3);
    }
    assert_eq!(
        rows,
        [vec!["1", "2", "3"], vec!["1", "2"], vec!["3"], vec!["3"]]
            .map(|row| row.into_iter().map(|key| json!(key)).collect::<Vec<_>>())
    );
    let tasks = hall.get("east-head", "/tasks?mine=true&process=round").await.good();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 2);
    assert_eq!(hall.get("desk", &path).await.status, 404);
}

#[tokio::test]
async fn a_task_on_one_row_opens_that_row_and_not_a_case_about_everybody() {
    let hall = Hall::open();
    let started = hall.post("keeper", "/instances", json!({"process": "walk"})).await.good();
    hall.engine.settle().unwrap();
    let id = started["id"].as_str().unwrap();
    let rows = async |who: &str| {
        let found = hall.get(who, &format!("/instances/{id}/rows")).await.good();
        let rows = found["items"].as_array().unwrap();
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rows("desk").await, ["1", "2", "3"]);
    assert_eq!(rows("west-head").await, ["3"], "a row is about the person that is its item");
    let tasks = hall.get("west-head", &format!("/tasks?mine=false&instance={id}")).await.good();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1);
    let changed = async |who: &str| {
        let history = hall.get(who, &format!("/instances/{id}/history?limit=500")).await.good();
        history["items"].as_array().unwrap().iter().any(|event| event["kind"] == "record-set")
    };
    let seen = [
        changed("keeper").await,
        changed("east-head").await,
        changed("west-head").await,
        changed("desk").await,
    ];
    assert_eq!(seen, [true, true, false, false]);
}

#[tokio::test]
async fn nobody_learns_by_starting_whether_a_record_is_there() {
    let hall = Hall::open();
    let start =
        |subject: &str| json!({"process": "booking", "subject": subject, "form": {"seats": 3}});
    let known = hall.post("guest:2", "/instances", start("1")).await;
    let unknown = hall.post("guest:2", "/instances", start("9")).await;
    assert_eq!(known.problem(), (403, "not-allowed".to_owned()));
    assert_eq!(known.problem(), unknown.problem());
}

#[tokio::test]
async fn the_caller_is_told_who_they_are() {
    let hall = Hall::open();
    let me = hall.get("east-head", "/me").await.good();
    assert_eq!(me["name"], "东");
    assert_eq!(me["roles"][0]["unit_title"]["zh"], "东厅");
    assert_eq!(
        hall.get("guest:1", "/me").await.good()["record"],
        json!({"type": "guest", "id": "1"})
    );
}
