//! The player of scenario files.

use xueji_engine::scenario::{StoryFilter, play};

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
    let filter = StoryFilter { file: Some("booking".into()), name: Some("顺利".into()) };
    let results = play(&sources, &builder(), &filter).unwrap();
    assert_eq!(results.len(), 1);
    let failure = results[0].failure.clone().unwrap();
    assert_eq!((failure.step, failure.act.as_str()), (5, "2026-10-08"));
    assert_eq!((failure.expected.as_str(), failure.actual.as_str()), ("refused", "booked"));
}
