//! Uploads and imports.

use axum::body::Body;
use serde_json::json;

use crate::hall::{Answer, Hall};

async fn upload(hall: &Hall, who: &str, kind: &str, bytes: &[u8]) -> Answer {
    let request =
        hall.request(who, "POST", "/materials?name=方案.pdf".replace("方案", "plan").as_str());
    hall.send(request.header("content-type", kind).body(Body::from(bytes.to_vec())).unwrap()).await
}

#[tokio::test]
async fn a_file_is_told_by_its_content_and_seen_by_those_who_see_the_form_that_names_it() {
    let hall = Hall::open();
    let made = upload(&hall, "guest:1", "image/png", b"%PDF-1.7 plan").await.good();
    assert_eq!((&made["kind"], &made["name"]), (&json!("pdf"), &json!("plan.pdf")));
    let id = made["id"].as_str().unwrap();
    let path = format!("/materials/{id}");
    assert_eq!(hall.get("east-head", &path).await.status, 404);
    let body = json!({"process": "booking", "subject": "1", "form": {"seats": 3, "plan": id}});
    let case = hall.post("guest:1", "/instances", body).await.good();
    let path = format!("{path}?instance={}", case["id"].as_str().unwrap());
    let file = hall.get("east-head", &path).await;
    assert_eq!(file.text, "%PDF-1.7 plan");
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("content-disposition"), "attachment; filename*=UTF-8''plan.pdf");
    assert_eq!(hall.get("west-head", &path).await.status, 404);
}

#[tokio::test]
async fn a_form_with_a_file_is_taken_and_a_program_is_not() {
    let hall = Hall::open();
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n甲,乙\r\n--x--\r\n";
    let made =
        upload(&hall, "guest:1", "multipart/form-data; boundary=x", part.as_bytes()).await.good();
    assert_eq!((&made["kind"], &made["name"]), (&json!("csv"), &json!("a.csv")));
    let program = upload(&hall, "guest:1", "application/pdf", b"MZ\x90\x00\x03\x00").await;
    assert_eq!(program.problem(), (415, "file-kind".to_owned()));
    let large = upload(&hall, "guest:1", "application/pdf", &vec![b'x'; 21 << 20]).await;
    assert_eq!(large.problem(), (413, "too-large".to_owned()));
}

#[tokio::test]
async fn a_table_goes_in_whole_or_not_at_all_and_the_same_again_changes_nothing() {
    let hall = Hall::open();
    let import = async |who: &str, query: &str, table: &str| {
        let request = hall
            .request(who, "POST", &format!("/imports/guest{query}"))
            .header("content-type", "text/csv");
        hall.send(request.body(Body::from(table.to_owned())).unwrap()).await
    };
    let table = "number,姓名,unit\n8,新客,east\n9,另客,west\n";
    assert_eq!(import("keeper", "", table).await.status, 403);
    let trial = import("admin", "?dry-run=true", table).await.good();
    assert_eq!((&trial["created"], &trial["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(hall.get("keeper", "/records/guest/8").await.status, 404);
    assert_eq!(import("admin", "", table).await.good()["created"], 2);
    assert_eq!(import("admin", "", table).await.good()["unchanged"], 2);
    let broken = import("admin", "", "number,bookings\n10,three\n11,4\n").await;
    assert_eq!(broken.problem(), (422, "rows".to_owned()));
    assert_eq!(broken.json()["findings"][0]["line"], 2);
    assert_eq!(hall.get("keeper", "/records/guest/11").await.status, 404);
}
