//! Cases: single keys, numbers, and what a snapshot sees.
//!
//! Invariant: each case makes its own store.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Bed, batch_of, walk};
use crate::{Batch, Direction, KEY_LIMIT, Range, Store, VALUE_LIMIT};

pub(super) fn put_and_got<B: Bed>(bed: &B) {
    let store = bed.make();
    assert_eq!(store.get(b"hall").unwrap(), None);
    store.commit(&batch_of(&[("hall", "one"), ("unit", "two")])).unwrap();
    assert_eq!(store.get(b"hall").unwrap(), Some(b"one".to_vec()));
    assert_eq!(store.get(b"hal").unwrap(), None);
    assert_eq!(store.get(b"hall2").unwrap(), None);

    store.commit(&batch_of(&[("hall", "three")])).unwrap();
    assert_eq!(store.get(b"hall").unwrap(), Some(b"three".to_vec()));

    let mut removal = Batch::new();
    removal.delete("hall").unwrap();
    removal.delete("never-there").unwrap();
    store.commit(&removal).unwrap();
    assert_eq!(store.get(b"hall").unwrap(), None);
    assert_eq!(store.get(b"unit").unwrap(), Some(b"two".to_vec()));

    store.commit(&batch_of(&[("hall", "four")])).unwrap();
    assert_eq!(store.get(b"hall").unwrap(), Some(b"four".to_vec()));
}

pub(super) fn empty_is_not_absent<B: Bed>(bed: &B) {
    let store = bed.make();
    store.commit(&batch_of(&[("hall", "")])).unwrap();
    assert_eq!(store.get(b"hall").unwrap(), Some(Vec::new()));
    assert_eq!(
        store.scan(&Range::all(), None, 10, Direction::Ascending).unwrap(),
        vec![(b"hall".to_vec(), Vec::new())]
    );
    // The empty key is the store's own, and nobody sees it.
    assert_eq!(store.get(b"").unwrap(), None);
}

pub(super) fn numbers<B: Bed>(bed: &B) {
    let store = bed.make();
    assert_eq!(store.snapshot().unwrap().sequence(), 0);
    assert_eq!(store.apply(&batch_of(&[("a", "1")])).unwrap(), 1);
    assert_eq!(store.apply(&Batch::new()).unwrap(), 1);
    assert_eq!(store.apply(&batch_of(&[("a", "2")])).unwrap(), 2);
    assert_eq!(store.snapshot().unwrap().sequence(), 2);
    assert_eq!(store.flush().unwrap(), 2);
    assert_eq!(store.commit(&batch_of(&[("a", "3")])).unwrap(), 3);
}

pub(super) fn full_batch<B: Bed>(bed: &B) {
    let store = bed.make();
    let mut batch = Batch::new();
    for number in 0..Batch::LIMIT {
        let mut key = u32::try_from(number).unwrap().to_be_bytes().to_vec();
        key.resize(KEY_LIMIT, 7);
        batch.put(key, vec![u8::try_from(number % 256).unwrap(); VALUE_LIMIT]).unwrap();
    }
    store.commit(&batch).unwrap();
    let store = bed.reopen(store);
    let found = walk(&store, &Range::all(), 50, Direction::Ascending);
    assert_eq!(found.len(), Batch::LIMIT);
    let same = found.iter().all(|(key, value)| batch.get(key) == Some(Some(value.as_slice())));
    assert!(same, "a long value came back changed");
}

pub(super) fn whole_batches<B: Bed>(bed: &B) {
    const ROUNDS: u64 = 300;
    let store = bed.make();
    let done = AtomicBool::new(false);
    let both = |number: u64| {
        let mut batch = Batch::new();
        batch.put("first", number.to_be_bytes()).unwrap();
        batch.put("second", number.to_be_bytes()).unwrap();
        batch
    };
    store.apply(&both(1)).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::SeqCst) {
                let snapshot = store.snapshot().unwrap();
                let number = snapshot.sequence().to_be_bytes().to_vec();
                assert_eq!(snapshot.get(b"second").unwrap(), Some(number.clone()));
                assert_eq!(snapshot.get(b"first").unwrap(), Some(number));
                assert!(snapshot.sequence() >= last, "a later snapshot shows an earlier moment");
                last = snapshot.sequence();
            }
        });
        for number in 2..=ROUNDS {
            assert_eq!(store.apply(&both(number)).unwrap(), number);
        }
        store.flush().unwrap();
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
}
