//! A change of major from the application to the very end, as the portal of a school would drive it.

use serde_json::{Value, json};
use xueji_tests::http::Client;

use crate::office::Office;

const PROCESS: &str = "/api/v1/processes/major-transfer";
/// From English (college 03) to accounting (college 02).
const FROM: &str = "050201";
const TO: &str = "120203K";

fn form() -> Value {
    json!({"target_programme": TO, "reason": "talent", "statement": "选修会计课程成绩优秀", "pledge": true})
}

/// Finds a student who may change, and returns the id with a client of theirs.
fn student(office: &Office) -> (String, Client) {
    let found = office
        .holder("registry_clerk", None)
        .all(&format!("/api/v1/records/student?programme_code={FROM}&status=01"));
    for record in found {
        let id = record["id"].as_str().unwrap().to_owned();
        let body = json!({"person": format!("student:{id}"), "name": "portal"});
        let made =
            office.holder("administrator", None).post("/api/v1/tokens", &body).unwrap().expect(201);
        let client = office.server.client().with(made["secret"].as_str().unwrap());
        let body = json!({"subject": id, "form": form()});
        let checked = client.post(&format!("{PROCESS}/check"), &body).unwrap().expect(200);
        assert!(
            checked["verdicts"].as_array().is_some_and(|verdicts| verdicts.len() > 5),
            "all rules answer: {checked}"
        );
        if checked["may_start"] == true {
            return (id, client);
        }
    }
    panic!("nobody in {FROM} may change");
}

/// Completes the open task of a step by somebody, who must find it in their inbox.
fn complete(by: &Client, case: &str, step: &str, answer: &Value) {
    let inbox = by.all(&format!("/api/v1/tasks?mine=true&instance={case}"));
    let task = inbox
        .iter()
        .find(|task| task["step"] == step)
        .unwrap_or_else(|| panic!("{step} is not in {inbox:?}"));
    let path = format!("/api/v1/tasks/{}/complete", task["id"].as_str().unwrap());
    by.post(&path, answer).unwrap().expect(200);
}

fn approve(opinion: &str) -> Value {
    json!({"outcome": "approve", "opinion": opinion})
}

fn open_steps(client: &Client, case: &str) -> Vec<String> {
    let page = client.read(&format!("/api/v1/instances/{case}"));
    let mut steps: Vec<String> = page["open_tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["step"].as_str().unwrap().to_owned())
        .collect();
    steps.sort();
    steps
}

#[test]
fn a_change_of_major_goes_from_the_portal_through_all_hands_to_its_end() {
    let office = Office::open();
    let (id, student) = student(&office);
    let (head_out, head_in) =
        (office.holder("college_head", Some("03")), office.holder("college_head", Some("02")));
    let (registry, office_head) =
        (office.holder("registry_clerk", None), office.holder("aao_head", None));

    // What may be started, and what it asks for.
    let listed = student.read("/api/v1/processes");
    assert_eq!(listed["items"].as_array().unwrap().len(), 10);
    let detail = student.read(PROCESS);
    assert!(detail.to_string().contains("target_programme"), "the form is told: {detail}");

    // The application. A second one beside it is refused, with the reason.
    let body = json!({"process": "major-transfer", "subject": id, "form": form()});
    let started = student.post_once("/api/v1/instances", &body, "portal-1").unwrap().expect(201);
    let case = started["id"].as_str().unwrap().to_owned();
    let again = student.post_once("/api/v1/instances", &body, "portal-1").unwrap().expect(201);
    assert_eq!(again["id"], started["id"]);
    let second = student.post("/api/v1/instances", &body).unwrap().expect(422);
    assert!(
        second["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|said| said["rule"] == "excludes" && said["blocks"] == true),
        "{second}"
    );

    // Both colleges side by side; neither signs for the other.
    assert_eq!(open_steps(&student, &case), ["in-college-opinion", "out-college-opinion"]);
    let tasks = student.read(&format!("/api/v1/instances/{case}"))["open_tasks"].clone();
    let out = tasks
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["step"] == "out-college-opinion")
        .unwrap();
    let path = format!("/api/v1/tasks/{}/complete", out["id"].as_str().unwrap());
    for other in [&head_in, &student] {
        let refused = other.post(&path, &approve("同意")).unwrap();
        assert!(matches!(refused.status, 403 | 404), "{}: {}", refused.status, refused.text());
    }
    let silent = head_out.post(&path, &json!({"outcome": "approve"})).unwrap().expect(422);
    assert!(silent["detail"].as_str().is_some(), "an opinion is owed: {silent}");
    complete(&head_out, &case, "out-college-opinion", &approve("同意转出"));
    assert_eq!(open_steps(&student, &case), ["in-college-opinion"]);
    let placement =
        json!({"exam_score": "86", "placed_grade": 2025, "placed_class": format!("2025-{TO}-1")});
    complete(
        &head_in,
        &case,
        "in-college-opinion",
        &json!({"outcome": "approve", "opinion": "考核合格", "form": placement}),
    );

    // The registry, the office, publicity.
    complete(
        &registry,
        &case,
        "hand-in",
        &json!({"outcome": "approve", "form": {"originals_seen": true}}),
    );
    complete(&office_head, &case, "aao-opinion", &approve("同意"));
    complete(&registry, &case, "publish", &json!({"outcome": "published"}));
    let page = student.read(&format!("/api/v1/instances/{case}"));
    assert_eq!(page["stage"]["zh"], "公示中", "{page}");

    // Time passes; the document is drafted and issued.
    let until = json!({"now": "2027-01-11T09:00:00+08:00"});
    office.holder("administrator", None).post("/api/v1/clock", &until).unwrap().expect(200);
    complete(
        &registry,
        &case,
        "document",
        &json!({"outcome": "drafted", "form": {"heading": "关于同意转专业的通知"}}),
    );
    complete(&office.holder("school_leader", None), &case, "issue", &json!({"outcome": "issue"}));

    // All desks, each by its own people; then the platform's answer.
    let desks = office_head.all(&format!("/api/v1/tasks?instance={case}&step=desk"));
    assert_eq!(desks.len(), 6, "{desks:?}");
    for desk in desks {
        let own = office.holder("desk_clerk", desk["candidates"]["unit"].as_str());
        let path = format!("/api/v1/tasks/{}/complete", desk["id"].as_str().unwrap());
        own.post(&path, &json!({"outcome": "done"})).unwrap().expect(200);
    }
    let page = registry.read(&format!("/api/v1/instances/{case}"));
    let row =
        page["form"]["filing_row"].as_str().unwrap_or_else(|| panic!("no filing row: {page}"));
    let record = |view: &str| {
        registry.read(&format!("/api/v1/records/student/{id}?view={view}"))["values"]["programme_code"].clone()
    };
    assert_eq!(
        (record("local"), record("official")),
        (json!(TO), json!(FROM)),
        "in the house at once, officially not yet"
    );
    let answer = json!({"name": "filing-result", "key": row, "answer": "effective", "form": {"effective_date": "2027-01-11"}});
    registry.post("/api/v1/messages", &answer).unwrap().expect(200);
    assert_eq!(record("official"), json!(TO));

    // The end, and its whole history.
    let page = student.read(&format!("/api/v1/instances/{case}"));
    assert_eq!(
        (page["state"].as_str(), page["result"].as_str()),
        (Some("ended"), Some("approved")),
        "{page}"
    );
    let history = registry.all(&format!("/api/v1/instances/{case}/history"));
    assert_eq!(json!(history.len()), page["version"]);
    assert!(
        (0..).zip(&history).all(|(number, event)| event["seq"] == json!(number)),
        "no event is missing"
    );
}
