//! Problems: each wrong request is told what is wrong with it, in the caller's language, and changes nothing.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use xueji_server::api::rate::RateLimit;

use crate::hall::Hall;

#[tokio::test]
async fn without_a_valid_token_nothing_is_answered() {
    let hall = Hall::open();
    let request = Request::get("/api/v1/processes").body(Body::empty()).unwrap();
    let answer = hall.send(request).await;
    assert_eq!(answer.problem(), (401, "token".to_owned()));
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(hall.get("xj_0000", "/processes").await.problem(), (401, "token".to_owned()));
}

#[tokio::test]
async fn a_problem_has_code_words_and_pointer_in_the_callers_language() {
    let hall = Hall::open();
    let body = json!({"process": "booking", "subject": "1", "form": {"seats": 900}});
    let english =
        hall.post_with("guest:1", "/instances", body.clone(), &[("accept-language", "en")]).await;
    let mut problem = english.json();
    problem["request"] = json!("…");
    insta::assert_json_snapshot!(problem, @r###"
    {
      "type": "urn:xueji:problem:form",
      "title": "The content is not as required",
      "status": 422,
      "code": "form",
      "detail": "one field is to be mended",
      "request": "…",
      "errors": [
        {
          "pointer": "/form/seats",
          "detail": "not more than 500"
        }
      ]
    }
    "###);
    let chinese = hall.post("guest:1", "/instances", body).await;
    assert_eq!(chinese.header("content-language"), "zh");
    assert_eq!(chinese.json()["title"], "内容不符合要求");
    assert_eq!(chinese.json()["request"], chinese.header("x-request-id"));
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_told_where() {
    let hall = Hall::open();
    let unknown =
        hall.post("guest:1", "/instances", json!({"process": "booking", "subjct": "1"})).await;
    assert_eq!(unknown.problem(), (422, "request".to_owned()));
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/subjct");
    let nobody = hall.post("guest:1", "/instances", json!({"process": "booking"})).await;
    assert_eq!(nobody.json()["errors"][0]["pointer"], "/subject");
    let request =
        hall.request("guest:1", "POST", "/instances").header("content-type", "application/json");
    let broken = hall.send(request.body(Body::from("{\"process\": ")).unwrap()).await;
    assert_eq!(broken.problem(), (400, "json".to_owned()));
    let request = hall.request("guest:1", "POST", "/instances");
    let untyped = hall.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(untyped.problem(), (415, "media-type".to_owned()));
    assert_eq!(hall.get("guest:1", "/tasks?mien=true").await.problem(), (400, "query".to_owned()));
    assert_eq!(
        hall.get("keeper", "/instances?state=shut").await.problem(),
        (422, "request".to_owned())
    );
    assert_eq!(
        hall.get("keeper", "/instances?cursor=zz").await.problem(),
        (400, "cursor".to_owned())
    );
}

#[tokio::test]
async fn paths_methods_and_sizes_that_are_not_taken_answer_problems_too() {
    let hall = Hall::open();
    assert_eq!(hall.get("guest:1", "/nothing").await.problem(), (404, "no-such-path".to_owned()));
    let wrong = hall
        .send(hall.request("guest:1", "DELETE", "/processes").body(Body::empty()).unwrap())
        .await;
    assert_eq!(wrong.problem(), (405, "method".to_owned()));
    let large = json!({"process": "booking", "form": {"x": "x".repeat(3 << 20)}});
    assert_eq!(
        hall.post("guest:1", "/instances", large).await.problem(),
        (413, "too-large".to_owned())
    );
}

#[tokio::test]
async fn rules_that_stand_in_the_way_come_with_every_verdict() {
    let hall = Hall::open();
    hall.book("1").await;
    let body = json!({"subject": "1", "form": {"seats": 30}});
    let checked = hall.post("guest:1", "/processes/booking/check", body).await.good();
    assert_eq!(checked["may_start"], false);
    let again = json!({"process": "booking", "subject": "1", "form": {"seats": 30}});
    let refused = hall.post("guest:1", "/instances", again).await;
    assert_eq!(refused.problem(), (422, "rules".to_owned()));
    let verdicts = refused.json()["verdicts"].clone();
    assert_eq!(verdicts[0]["rule"], "few-bookings");
    assert_eq!(verdicts[0]["says"], "satisfied");
    assert_eq!(verdicts[0]["certainty"]["zh"], "通行做法，可配置");
    assert_eq!(verdicts[1]["rule"], "excludes");
    assert_eq!(verdicts[1]["says"], "not-satisfied");
}

#[tokio::test]
async fn a_token_that_asks_too_much_waits_and_others_do_not() {
    let hall = Hall::with_rate(RateLimit::new(2, 1));
    for _ in 0..2 {
        assert!(hall.get("guest:1", "/me").await.status.is_success());
    }
    let refused = hall.get("guest:1", "/me").await;
    assert_eq!(refused.problem(), (429, "rate".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert!(hall.get("guest:2", "/me").await.status.is_success());
}
