//! Releases: a good one goes live whole, a broken one changes nothing, and cases stay on theirs.

use xueji_engine::SubmitError;
use xueji_engine::{DeployError, ReleaseError};
use xueji_runtime::Refusal;

use crate::house::{PARAMETERS, case, guest, house, open, sources, start, start_of};

fn with_limit(limit: u32) -> xueji_definition::Sources {
    let mut sources = sources();
    let text = PARAMETERS.replace("value: 2", &format!("value: {limit}"));
    sources.files.insert("workflows/parameters.yaml".to_owned(), text);
    sources
}

#[test]
fn new_cases_start_on_the_new_release_and_open_ones_stay() {
    let (store, engine) = house(1);
    let first = start(&engine, "booking", "1");
    let live = engine.deploy(with_limit(0), Some("keeper".into())).unwrap();
    assert_eq!(engine.live().info, live.info);
    engine.put_records(vec![guest("2", "east")], false).unwrap();
    let refused = engine.submit(start_of("booking", "2"));
    assert!(matches!(refused, Err(SubmitError::Refused(Refusal::Rules(_)))));
    assert_ne!(case(&engine, &first).header.release, live.info.hash);
    let history = engine.releases(10).unwrap();
    assert_eq!(history.iter().map(|live| live.number).collect::<Vec<_>>(), [1, 0]);
    drop(engine);
    // The folder seeds an empty store only; what was deployed stays live, and the old release is built when asked for.
    let engine = open(store);
    assert_eq!(engine.live().info.hash, live.info.hash);
    crate::house::complete(&engine, &first, "own-head", "", "approve", "east-head").unwrap();
}

#[test]
fn a_broken_release_is_refused_and_the_live_one_untouched() {
    let (_store, engine) = house(1);
    let before = engine.live().info.clone();
    let mut broken = sources();
    broken.files.insert("workflows/processes/booking.yaml".to_owned(), "process: [".to_owned());
    let refused = engine.deploy(broken, None);
    assert!(
        matches!(refused, Err(DeployError::Release(ReleaseError::Broken(findings))) if !findings.is_empty())
    );
    assert_eq!(engine.live().info, before);
    start(&engine, "booking", "1");
}

#[test]
fn a_field_that_is_indexed_from_now_on_finds_what_was_there_before() {
    use xueji_definition::value::Value;
    use xueji_engine::queries::{Paging, RecordFilter};
    let (_store, engine) = house(40);
    let mut changed = sources();
    let records = changed.files.get_mut("workflows/records.yaml").unwrap();
    *records = records.replace("Bookings}, type: number", "Bookings}, type: number, index: true");
    engine.deploy(changed, None).unwrap();
    let filter = RecordFilter {
        kind: "guest".into(),
        equal: vec![("bookings".to_owned(), Value::Int(0))],
        on: "2026-09-28".parse().unwrap(),
        known_at: None,
        perspective: xueji_runtime::Perspective::Local,
    };
    assert_eq!(engine.records(&filter, &Paging::default()).unwrap().items.len(), 40);
}
