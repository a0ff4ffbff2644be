//! A case's story over HTTP holds no value that its reader may not see: neither in words, nor in what rules read.

use crate::hall::Hall;

#[tokio::test]
async fn a_story_masks_what_the_history_masks() {
    let hall = Hall::open();
    let id = hall.book("1").await;
    hall.complete("east-head", "own-head", "approve").await.good();
    let path = format!("/instances/{id}/trace?limit=500");
    let own = hall.get("guest:1", &path).await;
    let masked = hall.get("keeper", &path).await;
    let story = own.json();
    assert_eq!(story["case"]["id"], id);
    assert_eq!(story["items"][0]["kind"], "started");
    assert!(!story["items"][0]["verdicts"].as_array().unwrap().is_empty());
    assert!(own.text.contains("（11）"), "the code stands in the guest's own story: {}", own.text);
    assert!(!masked.text.contains("（11）") && !masked.text.contains("\"11\""), "{}", masked.text);
    assert_eq!(hall.get("guest:2", &path).await.status, 404);
}
