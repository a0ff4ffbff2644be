//! What survives: a restart, a power cut at any moment, a failing disk.

use std::sync::Arc;
use std::sync::mpsc;

use xueji_engine::queries::{CaseFilter, Paging};
use xueji_engine::{Clock, Engine, SubmitError};
use xueji_runtime::command::CaseAct;
use xueji_store::faulty::{Fault, Faulty};
use xueji_store::{
    Batch, Direction, Format, MemoryStore, Progress, Range, Reader, SledStore, Store, StoreError,
};

use crate::house::{
    act, at, builder, case, complete, guest, house, monday, open, start, start_of, steps,
};

/// Every entry of a store.
pub(crate) fn entries(store: &MemoryStore) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap()
}

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let (store, engine) = house(2);
    let id = start(&engine, "booking", "1");
    complete(&engine, &id, "own-head", "", "approve", "east-head").unwrap();
    let before = case(&engine, &id);
    drop(engine);
    let engine = Engine::open(store, builder(), Clock::manual(monday()), None).unwrap();
    assert_eq!(case(&engine, &id), before);
    assert_eq!(start(&engine, "booking", "2"), "2026-000002", "numbers of cases go on");
}

#[test]
fn an_answered_command_survives_a_power_cut() {
    let (store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    let after_cut = Arc::new(store.after_power_cut(0));
    let other = open(after_cut);
    assert_eq!(steps(&other, &id), ["keeper-look", "own-head"]);
}

#[test]
fn an_empty_store_without_definitions_is_not_opened() {
    let opened =
        Engine::open(Arc::new(MemoryStore::new()), builder(), Clock::manual(monday()), None);
    assert!(matches!(opened, Err(xueji_engine::OpenError::NothingLive)));
}

#[test]
fn a_failed_flush_fails_the_command_and_all_after_it() {
    // The first flush is that of the opening, the second that of the guest.
    let store = Arc::new(Faulty::new(MemoryStore::new(), Fault::Flush(3)));
    let engine = open(store.clone());
    engine.put_records(vec![guest("1", "east")], false).unwrap();
    let failed = engine.submit(start_of("booking", "1"));
    assert!(matches!(failed, Err(SubmitError::Stopped { .. })), "{failed:?}");
    let later = engine.submit(start_of("booking", "1"));
    assert!(matches!(later, Err(SubmitError::Stopped { .. })), "{later:?}");
    assert!(engine.failure().is_some());
    assert!(engine.cases(&CaseFilter::default(), &Paging::default()).is_err());
    drop(engine);
    let engine = open(Arc::new(store.inner().after_power_cut(0)));
    assert!(engine.cases(&CaseFilter::default(), &Paging::default()).unwrap().items.is_empty());
    assert!(engine.submit(start_of("booking", "1")).is_ok());
}

#[test]
fn many_callers_share_flushes_and_each_gets_its_own_answer() {
    let store = Arc::new(Faulty::new(MemoryStore::new(), Fault::Read(u64::MAX)));
    let engine = open(store.clone());
    let guests = (1..=200).map(|number| guest(&number.to_string(), "east")).collect();
    engine.put_records(guests, false).unwrap();
    let (sender, answers) = mpsc::channel();
    for number in 1..=200 {
        let sender = sender.clone();
        let submission = start_of("booking", &number.to_string());
        engine.submit_with(submission, move |answer| sender.send(answer).unwrap()).unwrap();
    }
    let mut ids: Vec<String> =
        (0..200).map(|_| answers.recv().unwrap().unwrap().instance).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200);
    engine.close();
    assert!(store.flushes() <= 210, "{} flushes", store.flushes());
}

#[test]
fn the_clock_goes_on_after_a_restart_where_it_stood() {
    let (store, engine) = house(1);
    engine.advance(at("2026-10-08T01:00:00Z")).unwrap();
    drop(engine);
    let engine = open(store);
    assert_eq!(engine.now(), at("2026-10-08T01:00:00Z"));
    let back = engine.advance(at("2026-10-07T01:00:00Z"));
    assert!(matches!(back, Err(SubmitError::Clock(_))));
}

/// A store whose disk keeps nothing of itself: flushes succeed, and only a power cut shows how much was caught.
struct Careless {
    inner: MemoryStore,
    progress: Progress,
}

impl Store for Careless {
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        self.inner.snapshot()
    }

    fn apply(&self, batch: &Batch) -> Result<u64, StoreError> {
        self.inner.apply(batch)
    }

    fn flush(&self) -> Result<u64, StoreError> {
        let sequence = self.inner.snapshot()?.sequence();
        self.progress.flushed(sequence);
        Ok(sequence)
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

#[test]
fn a_power_cut_after_any_batch_leaves_whole_commands_whose_indices_agree_with_their_events() {
    let store = Arc::new(Careless { inner: MemoryStore::new(), progress: Progress::new(0) });
    let engine = open(store.clone());
    engine
        .put_records((1..=30).map(|number| guest(&number.to_string(), "east")).collect(), false)
        .unwrap();
    let id = start(&engine, "booking", "1");
    start(&engine, "party", "2");
    engine.settle().unwrap();
    act(&engine, &id, CaseAct::Withdraw { reason: None }, "guest:1").unwrap();
    let round = crate::house::round(&engine);
    complete(&engine, &round, "guests-row", "3", "fine", "keeper").unwrap();
    complete(&engine, &round, "guests-row", "4", "wrong", "keeper").unwrap();
    engine.settle().unwrap();
    drop(engine);
    let batches = store.inner.snapshot().unwrap().sequence();
    for kept in 0..=usize::try_from(batches).unwrap() {
        let engine = open(Arc::new(store.inner.after_power_cut(kept)));
        engine.settle().unwrap();
        crate::replay::replays(&engine);
        crate::replay::tasks_agree(&engine);
    }
}

#[test]
fn a_store_on_disk_holds_what_was_answered_and_belongs_to_one_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let format = Format { application: "house", number: 1 };
    let engine = open(Arc::new(SledStore::open(&path, format).unwrap()));
    engine.put_records(vec![guest("1", "east")], false).unwrap();
    let id = start(&engine, "booking", "1");
    assert!(matches!(SledStore::open(&path, format), Err(StoreError::InUse { .. })));
    engine.close();
    let engine = open(Arc::new(SledStore::open(&path, format).unwrap()));
    assert_eq!(steps(&engine, &id), ["keeper-look", "own-head"]);
    crate::replay::replays(&engine);
}
