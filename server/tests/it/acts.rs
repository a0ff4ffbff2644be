//! Cases from start to end over HTTP: commands, repeats, versions, bulk, messages, the clock.

use serde_json::json;

use crate::hall::Hall;

#[tokio::test]
async fn a_booking_goes_from_start_over_two_opinions_and_a_message_to_its_end() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    let case = hall.get("guest:1", &format!("/instances/{id}")).await;
    let version = case.header("etag").to_owned();
    let case = case.good();
    assert_eq!(case["state"], "open");
    let steps: Vec<_> =
        case["open_tasks"].as_array().unwrap().iter().map(|task| task["step"].clone()).collect();
    assert_eq!(steps, ["desk-look", "own-head"]);
    assert_eq!(case["open_tasks"][1]["candidates"]["unit"], "east");
    let done = hall.complete("east-head", "own-head", "approve").await;
    assert_ne!(done.header("etag"), version);
    hall.complete("desk", "desk-look", "approve").await.good();
    let message = json!({"name": "payment", "instance": id, "answer": "paid"});
    let refused = hall.post("desk", "/messages", message.clone()).await;
    assert_eq!(refused.problem(), (403, "not-allowed".to_owned()));
    let key = [("idempotency-key", "m1")];
    let first = hall.post_with("keeper", "/messages", message.clone(), &key).await.good();
    assert_eq!(first["reached"][0]["repeated"], false);
    let ended = hall.get("guest:1", &format!("/instances/{id}")).await.good();
    assert_eq!((&ended["state"], &ended["result"]), (&json!("ended"), &json!("booked")));
    assert_eq!(hall.post("keeper", "/messages", message.clone()).await.status, 409);
    let again = hall.post_with("keeper", "/messages", message, &key).await.good();
    assert_eq!(again["reached"].as_array().unwrap().len(), 1);
    assert_eq!(again["reached"][0]["version"], first["reached"][0]["version"]);
    assert_eq!(again["reached"][0]["repeated"], true);
    let notices = hall.get("guest:1", "/notices").await.good();
    assert_eq!(notices["items"][0]["title"]["zh"], "已预订");
}

#[tokio::test]
async fn the_same_command_sent_twice_happens_once_and_another_body_is_refused() {
    let hall = Hall::open();
    let body = json!({"process": "booking", "subject": "1", "form": {"seats": 30}});
    let key = [("idempotency-key", "k1")];
    let first = hall.post_with("guest:1", "/instances", body.clone(), &key).await;
    let second = hall.post_with("guest:1", "/instances", body, &key).await;
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!(second.status, 201);
    let other = json!({"process": "booking", "subject": "1", "form": {"seats": 31}});
    let refused = hall.post_with("guest:1", "/instances", other, &key).await;
    assert_eq!(refused.problem(), (422, "idempotency-key".to_owned()));
    // A task that its completion has closed is found again by the repeat.
    let task = hall.task("desk", "desk-look").await;
    let path = format!("/tasks/{task}/complete");
    let answer = json!({"outcome": "approve"});
    let first = hall.post_with("desk", &path, answer.clone(), &key).await.good();
    let second = hall.post_with("desk", &path, answer.clone(), &key).await.good();
    assert_eq!((&first["repeated"], &second["repeated"]), (&json!(false), &json!(true)));
    assert_eq!(first["version"], second["version"]);
    assert_eq!(hall.post("desk", &path, answer).await.problem(), (409, "task-gone".to_owned()));
}

#[tokio::test]
async fn a_command_on_another_version_than_the_one_read_is_refused() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    let path = format!("/instances/{id}/withdraw");
    let stale = hall.post_with("guest:1", &path, json!({}), &[("if-match", "\"1\"")]).await;
    assert_eq!(stale.problem(), (412, "changed".to_owned()));
    let tag = hall.get("guest:1", &format!("/instances/{id}")).await.header("etag").to_owned();
    hall.post_with("guest:1", &path, json!({}), &[("if-match", &tag)]).await.good();
    let again = hall.post("guest:1", &path, json!({})).await;
    assert_eq!(again.problem(), (409, "not-open".to_owned()));
}

#[tokio::test]
async fn many_tasks_are_completed_each_with_its_own_result() {
    let hall = Hall::open();
    hall.book("1").await;
    hall.book("2").await;
    let tasks = hall.get("desk", "/tasks?mine=true").await.good();
    let mut items: Vec<_> = tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| json!({"task": task["id"], "answer": {"outcome": "approve"}}))
        .collect();
    items.push(json!({"task": "2026-000009-4", "answer": {"outcome": "approve"}}));
    let done = hall.post("desk", "/tasks/complete", json!({"items": items})).await.good();
    assert_eq!((&done["completed"], &done["refused"]), (&json!(2), &json!(1)));
    assert_eq!(done["results"][2]["problem"]["code"], "unknown");
    let none = hall.post("desk", "/tasks/complete", json!({"items": []})).await;
    assert_eq!(none.problem(), (422, "request".to_owned()));
}

#[tokio::test]
async fn tasks_are_claimed_handed_over_and_given_back() {
    let hall = Hall::open();
    hall.book("1").await;
    let task = hall.task("desk", "desk-look").await;
    hall.post("desk", &format!("/tasks/{task}/claim"), json!({})).await.good();
    let seen = hall.get("desk", &format!("/tasks/{task}")).await.good();
    assert_eq!(seen["assignee"], "desk");
    let colleague = hall.post("desk-2", &format!("/tasks/{task}/claim"), json!({})).await;
    assert_eq!(colleague.problem(), (403, "assigned".to_owned()));
    assert_eq!(seen["outcomes"], json!(["approve", "return", "reject"]));
    hall.post("desk", &format!("/tasks/{task}/release"), json!({})).await.good();
    hall.post("desk", &format!("/tasks/{task}/copy"), json!({"to": "west-head"})).await.good();
    let copied = hall.get("west-head", "/tasks?mine=true").await.good();
    assert_eq!(copied["items"][0]["copy"], true);
    let recalled = hall.complete("east-head", "own-head", "approve").await;
    assert!(recalled.status.is_success());
    let history = hall.get("keeper", "/instances?process=booking").await.good();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_taken_back_while_nobody_has_acted_on_it() {
    let hall = Hall::open();
    hall.book("1").await;
    let task = hall.task("east-head", "own-head").await;
    hall.post("east-head", &format!("/tasks/{task}/complete"), json!({"outcome": "approve"}))
        .await
        .good();
    hall.post("east-head", &format!("/tasks/{task}/recall"), json!({})).await.good();
    assert_ne!(hall.task("east-head", "own-head").await, task, "it is asked for again");
}

#[tokio::test]
async fn the_clock_goes_forward_only_and_only_for_those_who_manage() {
    let hall = Hall::open();
    let now = json!({"now": "2026-10-08T09:00:00+08:00"});
    assert_eq!(
        hall.post("guest:1", "/clock", now.clone()).await.problem(),
        (403, "not-allowed".to_owned())
    );
    assert_eq!(hall.post("keeper", "/clock", now).await.good()["now"], "2026-10-08T01:00:00Z");
    let back = hall.post("keeper", "/clock", json!({"now": "2026-10-07T09:00:00+08:00"})).await;
    assert_eq!(back.problem(), (409, "clock".to_owned()));
}

#[tokio::test]
async fn calendars_answer_with_their_reason() {
    let hall = Hall::open();
    let day = hall.get("guest:1", "/calendars/working-day?date=2026-10-10").await.good();
    assert_eq!((&day["working"], &day["kind"]["kind"]), (&json!(true), &json!("make-up")));
    let pay = hall.get("guest:1", "/calendars/days/pay-day/next?from=2026-10-01").await.good();
    assert_eq!(pay["date"], "2026-10-28");
    let window = hall.get("guest:1", "/calendars/windows/autumn?date=2026-12-01").await.good();
    assert_eq!(window["is_open"], false);
    assert_eq!(hall.get("guest:1", "/calendars/windows/spring").await.status, 404);
    assert_eq!(
        hall.get("guest:1", "/calendars/working-day?date=2031-01-01").await.problem().1,
        "calendar"
    );
}

#[tokio::test]
async fn a_release_goes_live_only_without_errors_and_only_by_those_who_administer() {
    let hall = Hall::open();
    let mut files = json!(crate::hall::sources().files);
    assert_eq!(hall.post("keeper", "/releases", json!({"files": files})).await.status, 403);
    let rule = files["rules/booking.rhai"].as_str().unwrap().replace("few_bookings(", "few(");
    let broken = {
        let mut files = files.clone();
        files["rules/booking.rhai"] = json!(rule);
        hall.post("admin", "/releases", json!({"files": files})).await
    };
    assert_eq!(broken.problem(), (422, "definitions".to_owned()));
    assert!(broken.json()["findings"][0]["line"].is_number());
    let parameters =
        files["workflows/parameters.yaml"].as_str().unwrap().replace("value: 2", "value: 5");
    files["workflows/parameters.yaml"] = json!(parameters);
    let live = hall.post("admin", "/releases", json!({"files": files})).await.good();
    let listed = hall.get("keeper", "/releases").await.good();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&listed["items"][0]["hash"], &listed["items"][0]["live"]),
        (&live["hash"], &json!(true))
    );
    assert_eq!(listed["items"][1]["live"], false);
}

#[tokio::test]
async fn tokens_are_made_and_revoked_by_those_who_administer() {
    let hall = Hall::open();
    let body = json!({"person": "guest:2", "name": "kiosk"});
    assert_eq!(hall.post("keeper", "/tokens", body.clone()).await.status, 403);
    let made = hall.post("admin", "/tokens", body).await.good();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(hall.get(secret, "/me").await.good()["person"], "guest:2");
    let listed = hall.get("admin", "/tokens?limit=500").await;
    assert!(!listed.text.contains(secret));
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    let request = hall.request("admin", "DELETE", &path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(hall.send(request).await.status, 204);
    assert_eq!(hall.get(secret, "/me").await.status, 401);
    let nobody = hall.post("admin", "/tokens", json!({"person": "guest:9", "name": "x"})).await;
    assert_eq!(nobody.json()["errors"][0]["pointer"], "/person");
}

#[tokio::test]
async fn events_are_followed_from_where_one_stopped() {
    let hall = Hall::open();
    let first = hall.book("1").await;
    let place = hall.engine.last_place();
    let second = hall.book("2").await;
    let follow = |who: &str| {
        let request =
            hall.request(who, "GET", "/events").header("last-event-id", place.to_string());
        request.body(axum::body::Body::empty()).unwrap()
    };
    let told = hall.first_events(follow("keeper")).await;
    assert!(told.contains(&format!("\"instance\":\"{second}\"")), "{told}");
    assert!(!told.contains(&first), "{told}");
    assert!(told.contains(&format!("id: {}", place + 1)), "{told}");
    assert!(!told.contains("seats"), "events tell no data");
    let other = hall.first_events(follow("guest:1")).await;
    assert!(!other.contains(&second), "{other}");
}
