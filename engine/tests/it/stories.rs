//! The player of scenario files.

use std::sync::Arc;

use xueji_engine::scenario::{StoryFilter, coverage, play, play_traced};

use crate::house::{STORIES, builder, sources};

#[test]
fn stories_and_examples_that_hold_pass() {
    let results = play(&sources(), &builder(), &StoryFilter::default()).unwrap();
    assert_eq!(results.len(), 5);
    for result in results {
        assert!(result.failure.is_none(), "{}: {}", result.name.zh, result.failure.unwrap());
    }
}

#[test]
fn a_story_that_does_not_hold_tells_the_step_the_difference_and_what_the_rules_said() {
    let mut sources = sources();
    let text = STORIES.replace(
        "state: ended\n          result: booked",
        "state: ended\n          result: refused",
    );
    sources.files.insert("workflows/scenarios/booking.yaml".to_owned(), text);
    let filter =
        StoryFilter { file: Some("booking".into()), name: Some("顺利".into()), words: None };
    let results = play(&sources, &builder(), &filter).unwrap();
    assert_eq!(results.len(), 1);
    let failure = results[0].failure.clone().unwrap();
    assert_eq!((failure.step, failure.act.en.as_str()), (5, "2026-10-08"));
    assert_eq!((failure.expected.en.as_str(), failure.actual.en.as_str()), ("refused", "booked"));
}

#[test]
fn words_choose_by_the_name_of_the_file_or_of_the_story() {
    let count = |words: &str| {
        let filter = StoryFilter { words: Some(words.into()), ..StoryFilter::default() };
        play(&sources(), &builder(), &filter).unwrap().len()
    };
    assert_eq!((count("booking"), count("顺利"), count("no such words")), (5, 1, 0));
}

#[test]
fn a_refusal_that_was_not_expected_shows_the_inputs_of_the_rules_the_open_tasks_and_the_place() {
    let mut sources = sources();
    let text = STORIES.replace("outcome: approve", "outcome: aprove");
    sources.files.insert("workflows/scenarios/booking.yaml".to_owned(), text);
    let filter = StoryFilter { name: Some("顺利".into()), ..StoryFilter::default() };
    let results = play(&sources, &builder(), &filter).unwrap();
    let failure = results[0].failure.clone().unwrap();
    assert!(!failure.open.is_empty(), "{failure}");
    let keys: Vec<String> =
        failure.route.0.iter().map(|key| serde_json::to_string(key).unwrap()).collect();
    assert_eq!(keys, ["\"stories\"", "0", "\"steps\"", "1", "\"complete\""]);
}

#[test]
fn coverage_tells_which_steps_and_ways_no_story_has_tried() {
    let release = Arc::new(builder()(&sources()).unwrap());
    let results = play_traced(&release, &StoryFilter::default(), |_| true).unwrap();
    let covered = coverage(&release, results.iter().map(|result| &result.trail));
    let booking = covered.iter().find(|process| process.process == "booking").unwrap();
    let missing: Vec<String> = booking
        .ways
        .missing
        .iter()
        .map(|(at, way)| format!("{}: {}", at.step, way.words().en))
        .collect();
    assert!(booking.steps.tried > 5 && booking.steps.tried <= booking.steps.all);
    assert!(missing.iter().any(|way| way.starts_with("publish: objection")), "{missing:?}");
    assert!(booking.rules.missing.is_empty(), "{:?}", booking.rules.missing);
    // What nobody has played is missing as a whole.
    let nothing = coverage(&release, []);
    assert!(nothing.iter().all(|process| process.steps.tried == 0));
}
