//! The document of the API, the reference, the start page, and how the server says that it is well.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value as Json;

use crate::hall::Hall;

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_document_names_every_path_with_its_methods_answers_and_token() {
    let hall = Hall::open();
    let document = hall.send(get("/api/v1/openapi.json")).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut lines = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert_eq!(operation["security"][0]["token"], serde_json::json!([]), "{method} {path}");
            let answers: Vec<&str> =
                operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            let summary = operation["summary"].as_str().unwrap();
            lines.push(format!(
                "{:<6} {path} → {}: {summary}",
                method.to_uppercase(),
                answers.join(" ")
            ));
        }
    }
    insta::assert_snapshot!("paths", lines.join("\n"));
}

/// Returns every reference of a document.
fn references(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(fields) => {
            if let Some(Json::String(reference)) = fields.get("$ref") {
                found.push(reference.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let hall = Hall::open();
    let document = hall.send(get("/api/v1/openapi.json")).await.json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_reference_is_served_by_this_very_server() {
    let hall = Hall::open();
    let page = hall.send(get("/api/v1/reference")).await;
    assert!(page.text.contains("/api/v1/openapi.json"));
    assert!(page.text.contains("withDefaultFonts: false"));
    assert!(!page.text.contains("<script src"));
    let start = hall.send(get("/")).await.text;
    assert!(start.contains("预订大厅") && start.contains("Booking a hall"));
}

#[tokio::test]
async fn the_server_says_that_it_lives_is_ready_and_how_much_it_did() {
    let hall = Hall::open();
    assert_eq!(hall.send(get("/livez")).await.text, "ok\n");
    assert_eq!(hall.send(get("/readyz")).await.text, "ready\n");
    hall.get("keeper", "/me").await.good();
    let metrics = hall.send(get("/metrics")).await.text;
    assert!(
        metrics
            .contains("xueji_requests_total{method=\"GET\",route=\"/api/v1/me\",status=\"200\"} 1"),
        "{metrics}"
    );
    assert!(metrics.contains("xueji_store_sound 1"));
}
