//! The examples of the docs: nothing is found in them, and all that they tell comes true.

use std::path::Path;
use std::sync::Arc;

use xueji_check::render::{Language, text};
use xueji_definition::read_folder;
use xueji_engine::scenario::{StoryFilter, play_on};

fn holds(example: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(example);
    let (sources, found) =
        read_folder(&folder.join("workflows"), &folder.join("rules")).expect("a folder");
    let checked = xueji_check::check_with(&sources, found);
    assert_eq!(text(&checked.findings, &checked.places, Language::En, false), "no findings\n");
    let release = Arc::new(checked.release.expect("a release"));
    let results = play_on(&release, &StoryFilter::default()).expect("a calendar that holds");
    assert!(results.iter().any(|result| !result.example), "no story is told");
    for result in results {
        assert!(result.failure.is_none(), "{}: {:?}", result.name.en, result.failure);
    }
}

#[test]
fn hall_booking_as_the_docs_tell_it_holds() {
    holds("hall");
}

#[test]
fn lending_a_projector_as_the_docs_tell_it_holds() {
    holds("projector");
}
