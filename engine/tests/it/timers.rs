//! Timers, messages and calls: each happens once, in the order of time, and a failure is put aside.

use xueji_engine::queries::Paging;
use xueji_runtime::command::CaseAct;
use xueji_runtime::state::InstanceState;

use crate::house::{act, at, case, complete, house, start, steps};

#[test]
fn a_message_sent_by_one_case_reaches_the_one_that_waits_for_it() {
    let (_store, engine) = house(1);
    let waiting = start(&engine, "waiting", "1");
    assert_eq!(engine.waiting_for("cleaned", "1").unwrap().len(), 1);
    let cleaning = start(&engine, "cleaning", "1");
    complete(&engine, &cleaning, "sweep", "", "clean", "keeper").unwrap();
    engine.settle().unwrap();
    assert_eq!(case(&engine, &waiting).header.result.as_deref(), Some("over"));
    assert!(engine.waiting_for("cleaned", "1").unwrap().is_empty());
    assert!(engine.failed_timers(None, &Paging::default()).unwrap().items.is_empty());
}

#[test]
fn a_message_that_nobody_waits_for_is_put_aside_and_can_be_tried_again() {
    let (_store, engine) = house(1);
    let cleaning = start(&engine, "cleaning", "1");
    complete(&engine, &cleaning, "sweep", "", "clean", "keeper").unwrap();
    engine.settle().unwrap();
    let failed = engine.failed_timers(Some(&cleaning), &Paging::default()).unwrap().items;
    assert_eq!(failed[0].code, "not-awaited");
    let waiting = start(&engine, "waiting", "1");
    assert!(engine.retry_failed(failed[0].id.clone()).unwrap());
    engine.settle().unwrap();
    assert_eq!(case(&engine, &waiting).header.state, InstanceState::Ended);
    assert!(!engine.forget_failed(failed[0].id.clone()).unwrap(), "it is gone");
}

#[test]
fn a_called_case_starts_for_the_same_applicant_and_its_result_goes_back() {
    let (_store, engine) = house(1);
    let party = start(&engine, "party", "1");
    engine.settle().unwrap();
    let cleaning = "2026-000002";
    assert_eq!(case(&engine, cleaning).header.applicant, "guest:1");
    complete(&engine, cleaning, "sweep", "", "dirty", "keeper").unwrap();
    engine.settle().unwrap();
    assert_eq!(case(&engine, &party).header.result.as_deref(), Some("over"));
    assert!(engine.failed_timers(None, &Paging::default()).unwrap().items.is_empty());
}

#[test]
fn withdrawing_the_caller_ends_the_called_case_when_the_step_says_so() {
    let (_store, engine) = house(1);
    let party = start(&engine, "party", "1");
    engine.settle().unwrap();
    act(&engine, &party, CaseAct::Withdraw { reason: None }, "guest:1").unwrap();
    engine.settle().unwrap();
    assert_eq!(case(&engine, "2026-000002").header.state, InstanceState::Ended);
    assert!(engine.failed_timers(None, &Paging::default()).unwrap().items.is_empty());
}

#[test]
fn timers_due_while_the_engine_was_down_run_when_it_is_opened() {
    let (store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    complete(&engine, &id, "own-head", "", "approve", "east-head").unwrap();
    complete(&engine, &id, "keeper-look", "", "approve", "keeper").unwrap();
    drop(engine);
    let later = xueji_engine::Clock::manual(at("2026-10-20T01:00:00Z"));
    let engine = xueji_engine::Engine::open(store, crate::house::builder(), later, None).unwrap();
    engine.settle().unwrap();
    assert_eq!(case(&engine, &id).header.result.as_deref(), Some("booked"));
    assert_eq!(steps(&engine, &id), [""; 0]);
}
