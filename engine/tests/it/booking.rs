//! Commands: what they bring about, what refuses them, and what a repeat does.

use xueji_engine::queries::Paging;
use xueji_engine::{Idempotency, IdempotencyKey, SubmitError};
use xueji_runtime::Refusal;
use xueji_runtime::command::CaseAct;
use xueji_runtime::state::InstanceState;

use crate::house::{act, at, case, complete, house, inbox, start, start_of, steps};

#[test]
fn a_booking_goes_from_request_to_number_notice_and_paper() {
    let (_store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    assert_eq!(id, "2026-000001");
    assert_eq!(steps(&engine, &id), ["keeper-look", "own-head"]);
    complete(&engine, &id, "own-head", "", "approve", "east-head").unwrap();
    assert_eq!(steps(&engine, &id), ["keeper-look"]);
    complete(&engine, &id, "keeper-look", "", "approve", "keeper").unwrap();
    engine.advance(at("2026-09-30T15:59:59Z")).unwrap();
    assert_eq!(case(&engine, &id).header.state, InstanceState::Open);
    engine.advance(at("2026-10-08T01:00:00Z")).unwrap();
    let view = case(&engine, &id);
    assert_eq!(view.header.result.as_deref(), Some("booked"));
    let ended = engine.history(&id, &Paging::default()).unwrap().items.last().unwrap().at;
    assert_eq!(ended, at("2026-09-30T16:00:00Z"), "the timer saw its own time");
    assert_eq!(engine.numbers(Some("booking"), &Paging::default()).unwrap().items[0].last, 1);
    assert_eq!(engine.notices_of("guest:1", &Paging::default()).unwrap().items[0].notice, "booked");
    assert!(engine.notices_of("guest:2", &Paging::default()).unwrap().items.is_empty());
    let paper = engine.papers(&id, &Paging::default()).unwrap().items.remove(0);
    assert_eq!(engine.paper(&paper.id).unwrap().unwrap().1, "<p>座位 30</p>");
    let outbox = engine.outbox(None, 10).unwrap();
    assert_eq!(outbox.len(), 2, "the notice and the paper leave the house");
    engine.sent(outbox[0].sequence).unwrap();
    assert_eq!(engine.outbox(None, 10).unwrap(), outbox[1..]);
}

#[test]
fn an_offer_reaches_the_role_in_its_unit_the_units_above_and_the_substitute() {
    let (_store, engine) = house(1);
    start(&engine, "booking", "1");
    assert_eq!(inbox(&engine, "east-head"), ["own-head"]);
    assert_eq!(inbox(&engine, "house-head"), ["own-head"]);
    assert_eq!(inbox(&engine, "west-head"), [""; 0]);
    assert_eq!(inbox(&engine, "keeper"), ["keeper-look"]);
    assert_eq!(inbox(&engine, "helper"), ["keeper-look"]);
    engine.advance(at("2026-09-29T17:00:00Z")).unwrap();
    assert_eq!(inbox(&engine, "helper"), [""; 0], "the keeper is back");
}

#[test]
fn a_refused_command_changes_nothing() {
    let (store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    let before = store.clone().after_power_cut(0);
    let again = engine.submit(start_of("booking", "1"));
    assert!(matches!(again, Err(SubmitError::Refused(Refusal::Rules(_)))), "{again:?}");
    let stranger = complete(&engine, &id, "own-head", "", "approve", "west-head");
    assert!(
        matches!(stranger, Err(SubmitError::Refused(Refusal::NotAllowed { .. }))),
        "{stranger:?}"
    );
    assert_eq!(crate::crash::entries(&before), crate::crash::entries(&store.after_power_cut(0)));
}

#[test]
fn the_same_command_sent_twice_happens_once() {
    let (_store, engine) = house(1);
    let key = IdempotencyKey { token: "t".into(), path: "/instances".into(), key: "k".into() };
    let mut submission = start_of("booking", "1");
    submission.idempotency = Some(Idempotency { key: key.clone(), body: "one".into() });
    let first = engine.submit(submission.clone()).unwrap();
    let second = engine.submit(submission.clone()).unwrap();
    assert!(!first.repeated && second.repeated);
    assert_eq!((&first.instance, first.version), (&second.instance, second.version));
    submission.idempotency = Some(Idempotency { key, body: "other".into() });
    assert_eq!(engine.submit(submission), Err(SubmitError::OtherBody));
}

#[test]
fn a_command_on_another_version_than_the_one_seen_is_refused() {
    let (_store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    let version = case(&engine, &id).header.version;
    let mut seen = crate::house::completion(&engine, &id, "own-head", "", "approve", "east-head");
    seen.if_version = Some(version - 1);
    assert_eq!(engine.submit(seen.clone()), Err(SubmitError::Changed { found: version }));
    seen.if_version = Some(version);
    assert!(engine.submit(seen).is_ok());
}

#[test]
fn a_withdrawn_booking_takes_its_tasks_with_it() {
    let (_store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    act(&engine, &id, CaseAct::Withdraw { reason: None }, "guest:1").unwrap();
    engine.settle().unwrap();
    assert_eq!(steps(&engine, &id), [""; 0]);
    assert_eq!(inbox(&engine, "keeper"), [""; 0]);
    assert!(engine.submit(start_of("booking", "1")).is_ok(), "nothing excludes another one");
}
