//! The changes that one decision makes to the store, and how they go in as one although a batch is bounded.
//!
//! Invariant: a decision's changes are there whole or not at all, also after a crash. What exceeds a batch is first
//! written down whole as an intent, then carried out; a start carries out an intent that is whole, and drops one that
//! is not. Readers of the engine pass a gate while an intent is carried out, so that they never see half of one.

use std::collections::BTreeMap;

use serde::Serialize;
use xueji_store::{Batch, BatchError, Direction, Range, Store, StoreError, VALUE_LIMIT, large};

use crate::{keys, stored};

/// The most keys that one decision may change. Larger acts go in steps, each a decision of its own.
pub const CHANGES_MAX: usize = 4_096;
/// The most bytes of keys and values that one decision may change.
pub const BYTES_MAX: usize = 32 << 20;

/// The most keys, and bytes, that one import may change.
const IMPORT_MAX: (usize, usize) = (400_000, 96 << 20);

/// Why changes cannot go in as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Too many keys.
    #[error(
        "一次改动 {found} 项，上限 {limit} | {found} changes at once, at most {limit} are taken"
    )]
    Changes {
        /// How many.
        found: usize,
        /// How many are taken.
        limit: usize,
    },
    /// Too many bytes.
    #[error(
        "一次改动 {found} 字节，上限 {limit} | {found} bytes at once, at most {limit} are taken"
    )]
    Bytes {
        /// How many.
        found: usize,
        /// How many are taken.
        limit: usize,
    },
    /// One value or key is beyond its limit.
    #[error(transparent)]
    Entry(#[from] BatchError),
}

/// Changes to be made as one: for each key a new value, or its removal. The last change to a key wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    map: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Changes {
    pub(crate) fn put(&mut self, key: Vec<u8>, value: impl Into<Vec<u8>>) {
        self.map.insert(key, Some(value.into()));
    }

    pub(crate) fn put_json<T: Serialize>(&mut self, key: Vec<u8>, value: &T) {
        self.put(key, stored::bytes(value));
    }

    pub(crate) fn delete(&mut self, key: Vec<u8>) {
        self.map.insert(key, None);
    }

    /// Adds a value of any length, in pieces.
    pub(crate) fn put_large(&mut self, key: &[u8], value: &[u8]) -> Result<(), TooLarge> {
        for batch in large::write(key, value)? {
            for (key, value) in batch.iter() {
                self.map.insert(key.to_vec(), value.map(<[u8]>::to_vec));
            }
        }
        Ok(())
    }

    /// Brings index entries from one set to another: what is only in the old one goes, what is only in the new comes.
    pub(crate) fn reindex(&mut self, old: &Entries, new: &Entries) {
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            self.delete(key.clone());
        }
        for (key, value) in new {
            if old.get(key) != Some(value) {
                self.put(key.clone(), value.clone());
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Returns an error when the changes are more than can go in as one.
    fn check(&self, (changes, bytes): (usize, usize)) -> Result<(), TooLarge> {
        if self.map.len() > changes {
            return Err(TooLarge::Changes { found: self.map.len(), limit: changes });
        }
        let size = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| {
            key.len() + value.as_ref().map_or(0, Vec::len)
        };
        let found = self.map.iter().map(size).sum();
        if found > bytes {
            return Err(TooLarge::Bytes { found, limit: bytes });
        }
        for (key, value) in &self.map {
            let mut probe = Batch::new();
            match value {
                Some(value) if value.len() > VALUE_LIMIT => {
                    return Err(BatchError::ValueTooLong { length: value.len() }.into());
                }
                // The key alone is tried: copying every value would cost more than the check is worth.
                _ => probe.delete(key.clone())?,
            }
        }
        Ok(())
    }

    fn batches(&self) -> Result<Vec<Batch>, TooLarge> {
        let mut batches = vec![Batch::new()];
        for (key, value) in &self.map {
            if batches.last().is_none_or(|batch| batch.room() == 0) {
                batches.push(Batch::new());
            }
            if let Some(batch) = batches.last_mut() {
                match value {
                    Some(value) => batch.put(key.clone(), value.clone())?,
                    None => batch.delete(key.clone())?,
                }
            }
        }
        Ok(batches)
    }

    /// Writes all changes into one run of bytes: for each the key's length and the key, then 0, or 1 with the value.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut part = |part: &[u8]| {
            bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(part);
        };
        for (key, value) in &self.map {
            part(key);
            match value {
                Some(value) => {
                    part(&[1]);
                    part(value);
                }
                None => part(&[0]),
            }
        }
        bytes
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut changes = Self::default();
        let mut part = || {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let (part, rest) =
                rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            bytes = rest;
            Some(part.to_vec())
        };
        while let Some(key) = part() {
            let value = match part()?.as_slice() {
                [1] => Some(part()?),
                _ => None,
            };
            changes.map.insert(key, value);
        }
        Some(changes)
    }
}

/// Index entries with their values.
pub(crate) type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Why changes did not go in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// They were not tried.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The store failed, and is poisoned.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Applies changes as one. They survive a crash once the store was flushed.
pub(crate) fn apply(store: &dyn Store, changes: &Changes) -> Result<(), ApplyError> {
    apply_within(store, changes, (CHANGES_MAX, BYTES_MAX))
}

/// Applies the changes of an import, which may be many more than those of a decision.
pub(crate) fn apply_import(store: &dyn Store, changes: &Changes) -> Result<(), ApplyError> {
    apply_within(store, changes, IMPORT_MAX)
}

fn apply_within(
    store: &dyn Store,
    changes: &Changes,
    limits: (usize, usize),
) -> Result<(), ApplyError> {
    if changes.is_empty() {
        return Ok(());
    }
    changes.check(limits)?;
    let batches = changes.batches()?;
    if let [batch] = batches.as_slice() {
        store.apply(batch)?;
        return Ok(());
    }
    let pieces = large::write(&keys::intent(), &changes.encode()).map_err(TooLarge::from)?;
    for batch in &pieces {
        store.apply(batch)?;
    }
    let mut whole = Batch::new();
    whole.put(keys::intent_whole(), Vec::new()).map_err(TooLarge::from)?;
    store.apply(&whole)?;
    carry_out(store, &batches)
}

fn carry_out(store: &dyn Store, batches: &[Batch]) -> Result<(), ApplyError> {
    for batch in batches {
        store.apply(batch)?;
    }
    drop_intent(store)
}

/// Removes the mark first: pieces without it mean nothing.
fn drop_intent(store: &dyn Store) -> Result<(), ApplyError> {
    let mut mark = Batch::new();
    mark.delete(keys::intent_whole()).map_err(TooLarge::from)?;
    store.apply(&mark)?;
    loop {
        let page = store.scan(
            &Range::prefix(&keys::intent()),
            None,
            Batch::LIMIT,
            Direction::Ascending,
        )?;
        if page.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for (key, _) in page {
            batch.delete(key).map_err(TooLarge::from)?;
        }
        store.apply(&batch)?;
    }
}

/// Finishes what a crash interrupted: an intent that is whole is carried out, another is dropped. Returns whether there
/// was one that was carried out.
pub(crate) fn recover(store: &dyn Store) -> Result<bool, ApplyError> {
    let (whole, bytes) = {
        let reader = store.snapshot()?;
        let whole = reader.get(&keys::intent_whole())?.is_some();
        let bytes = if whole { large::read(&*reader, &keys::intent())? } else { None };
        (whole, bytes)
    };
    let Some(bytes) = bytes else {
        drop_intent(store)?;
        return Ok(false);
    };
    let changes = Changes::decode(&bytes).ok_or(StoreError::Torn { key: keys::intent() })?;
    carry_out(store, &changes.batches()?)?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xueji_store::MemoryStore;

    use super::*;

    fn many(count: usize) -> Changes {
        let mut changes = Changes::default();
        for number in 0..count {
            changes.put(format!("key-{number}").into_bytes(), format!("value-{number}"));
        }
        changes
    }

    fn found(store: &MemoryStore) -> usize {
        store.scan(&Range::prefix(b"key-"), None, 10_000, Direction::Ascending).unwrap().len()
    }

    fn left(store: &MemoryStore) -> usize {
        store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap().len()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_crash_leaves_all_changes_of_a_large_decision_or_none(count in 257..1_500_usize, kept: prop::sample::Index) {
            let store = MemoryStore::new();
            apply(&store, &many(count)).unwrap();
            assert_eq!(found(&store), count);
            let opened = store.after_power_cut(kept.index(30));
            recover(&opened).unwrap();
            let after = found(&opened);
            prop_assert!(after == 0 || after == count, "{after} of {count}");
            prop_assert_eq!(left(&opened), after, "nothing of the intent is left");
        }

        #[test]
        fn changes_read_back_as_they_were(map: BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
            let changes = Changes { map };
            prop_assert_eq!(Changes::decode(&changes.encode()), Some(changes));
        }
    }

    #[test]
    fn more_changes_than_the_bound_are_refused_and_nothing_is_written() {
        let store = MemoryStore::new();
        let refused = apply(&store, &many(CHANGES_MAX + 1));
        assert!(matches!(
            refused,
            Err(ApplyError::TooLarge(TooLarge::Changes { found: 4_097, limit: 4_096 }))
        ));
        let mut changes = many(1);
        changes.put(b"key-long".to_vec(), vec![0; VALUE_LIMIT + 1]);
        assert!(matches!(apply(&store, &changes), Err(ApplyError::TooLarge(TooLarge::Entry(_)))));
        assert_eq!(left(&store), 0);
    }

    #[test]
    fn a_start_without_an_intent_changes_nothing() {
        let store = MemoryStore::new();
        apply(&store, &many(3)).unwrap();
        assert!(!recover(&store).unwrap());
        assert_eq!(found(&store), 3);
    }
}
