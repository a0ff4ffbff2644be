//! The contract of a store, as tests over the trait: whoever writes a store calls [`exercise`] from one short test.
//!
//! Invariant: nothing here knows which store it tries; what only a disk can do is tried beside that store.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests; in them a failed step is a failed test"
)]

mod damage;
mod durability;
mod model;
mod pages;
mod reading;

use crate::{Batch, Direction, Entry, Range, Store};

/// Where stores of one kind stand to be tried.
pub trait Bed {
    /// The kind of store.
    type Store: Store + 'static;

    /// Returns a new, empty store.
    fn make(&self) -> Self::Store;

    /// Returns the store as it is after its process has ended and another has opened it again.
    fn reopen(&self, store: Self::Store) -> Self::Store;

    /// Damages the value kept under a key.
    fn spoil(&self, store: &Self::Store, key: &[u8]);

    /// Returns how many random histories are compared with the model.
    fn histories(&self) -> u32;
}

/// A sentence of the contract, and how it is tried.
pub type Case<B> = (&'static str, fn(&B));

/// Returns all cases, each with the sentence that it proves.
#[must_use]
pub fn cases<B: Bed>() -> Vec<Case<B>> {
    vec![
        ("what was put is got, until it is replaced or deleted", reading::put_and_got),
        ("an empty value is not an absent one", reading::empty_is_not_absent),
        ("every batch has the next number, an empty one has none", reading::numbers),
        ("a full batch of the longest values is taken", reading::full_batch),
        ("a snapshot sees whole batches only", reading::whole_batches),
        ("pages upwards hold every key of a prefix once", pages::upwards),
        ("pages downwards hold every key of a prefix once", pages::downwards),
        ("a scan goes on after a key that is not there", pages::after_a_missing_key),
        ("a page too large is refused, an empty one is empty", pages::sizes),
        ("what was flushed is there when opened again", durability::flushed_is_kept),
        ("numbers go on when opened again", durability::numbers_go_on),
        ("an applied batch is visible, yet not durable before a flush", durability::applied),
        ("a reader is answered after the flush of what it saw", durability::settled_readers),
        ("damage is told by get, scan and verify, and only there", damage::told),
        ("a store does what a sorted map does", model::compare),
    ]
}

/// Tries the whole contract on one kind of store. Panics with the sentence that does not hold.
pub fn exercise<B: Bed>(bed: &B) {
    for (sentence, case) in cases::<B>() {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(bed)));
        if let Err(panic) = result {
            let words = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
            assert!(words.is_none(), "does not hold: {sentence}: {}", words.unwrap_or_default());
            std::panic::resume_unwind(panic);
        }
    }
}

fn batch_of(puts: &[(&str, &str)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in puts {
        batch.put(*key, *value).unwrap();
    }
    batch
}

/// Reads a range page by page to its end.
fn walk(store: &dyn Store, range: &Range, page: usize, direction: Direction) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map(|(key, _)| key.clone());
        let found = store.scan(range, after.as_deref(), page, direction).unwrap();
        let ended = found.len() < page;
        entries.extend(found);
        if ended {
            return entries;
        }
    }
}
