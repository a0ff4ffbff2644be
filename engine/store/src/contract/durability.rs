//! Cases: what survives, and who is told so.
//!
//! Invariant: nothing here waits for time to pass; a wait ends because a flush happened.

use std::time::Duration;

use super::{Bed, batch_of, walk};
use crate::{Direction, Range, Store, StoreError, settled};

/// So long that only a store that never answers reaches it.
const FOR_EVER: Duration = Duration::from_secs(120);

pub(super) fn flushed_is_kept<B: Bed>(bed: &B) {
    let mut store = bed.make();
    for round in 0..5 {
        let key = format!("round-{round}");
        store.apply(&batch_of(&[(&key, "applied"), ("last", "applied")])).unwrap();
        store.apply(&batch_of(&[(&key, "again"), ("last", &key)])).unwrap();
        store.flush().unwrap();
        store = bed.reopen(store);
        assert_eq!(store.get(b"last").unwrap(), Some(key.into_bytes()));
        let found = walk(&store, &Range::prefix(b"round-"), 3, Direction::Ascending);
        assert_eq!(found.len(), round + 1);
        assert!(found.iter().all(|(_, value)| value == b"again"));
    }
}

pub(super) fn numbers_go_on<B: Bed>(bed: &B) {
    let store = bed.make();
    store.commit(&batch_of(&[("a", "1")])).unwrap();
    store.commit(&batch_of(&[("a", "2")])).unwrap();
    let store = bed.reopen(store);
    assert_eq!(store.snapshot().unwrap().sequence(), 2);
    assert_eq!(store.durable_sequence(), 2);
    assert_eq!(store.commit(&batch_of(&[("a", "3")])).unwrap(), 3);
}

pub(super) fn applied<B: Bed>(bed: &B) {
    let store = bed.make();
    store.commit(&batch_of(&[("a", "1")])).unwrap();
    assert_eq!(store.durable_sequence(), 1);
    store.apply(&batch_of(&[("a", "2")])).unwrap();
    assert_eq!(store.get(b"a").unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.durable_sequence(), 1);
    let early = settled(&store, Duration::ZERO, |reader| reader.get(b"a"));
    assert!(matches!(early, Err(StoreError::NotDurable { sequence: 2, durable: 1 })), "{early:?}");
    store.flush().unwrap();
    assert_eq!(store.durable_sequence(), 2);
    let settled = settled(&store, Duration::ZERO, |reader| reader.get(b"a"));
    assert_eq!(settled.unwrap(), Some(b"2".to_vec()));
}

pub(super) fn settled_readers<B: Bed>(bed: &B) {
    let store = bed.make();
    for round in 1..=20_u64 {
        let value = round.to_string();
        store.apply(&batch_of(&[("a", &value)])).unwrap();
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let seen = settled(&store, FOR_EVER, |reader| reader.get(b"a"));
                        // Whatever was answered is durable by now.
                        assert_eq!(store.durable_sequence(), round);
                        seen.unwrap()
                    })
                })
                .collect();
            store.flush().unwrap();
            for reader in readers {
                assert_eq!(reader.join().unwrap(), Some(value.clone().into_bytes()));
            }
        });
    }
}
