//! A store in memory: for tests, simulations and trials of definitions.
//!
//! Invariant: it keeps and loses exactly what a store on disk would keep and lose.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::{
    Batch, Direction, Entry, Progress, Range, Reader, Store, StoreError, envelope, store::page_size,
};

/// What a batch replaced: its keys with the sealed values that they had before.
type Undo = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// A store whose entries live as long as it does. Its "disk" is what has been flushed, see [`MemoryStore::after_power_cut`].
#[derive(Debug)]
pub struct MemoryStore {
    gate: RwLock<State>,
    progress: Progress,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Values in their envelopes, as on a disk.
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    sequence: u64,
    /// One for each batch that is not durable, oldest first.
    unflushed: Vec<Undo>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// Returns an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self { gate: RwLock::default(), progress: Progress::new(0) }
    }

    /// Returns the store that would be opened after a power cut now, had the disk caught the first `kept` of the batches
    /// that are not flushed. Those flushed are always there.
    #[must_use]
    pub fn after_power_cut(&self, kept: usize) -> Self {
        let mut state = self.shared().clone();
        while state.unflushed.len() > kept {
            for (key, before) in state.unflushed.pop().unwrap_or_default() {
                match before {
                    Some(sealed) => state.entries.insert(key, sealed),
                    None => state.entries.remove(&key),
                };
            }
            state.sequence = state.sequence.saturating_sub(1);
        }
        state.unflushed.clear();
        let progress = Progress::new(state.sequence);
        Self { gate: RwLock::new(state), progress }
    }

    /// Changes one bit of a kept value, as a bad disk would. Returns whether there was such a value.
    #[cfg(any(test, feature = "contract"))]
    pub fn spoil(&self, key: &[u8]) -> bool {
        let mut state = self.exclusive();
        match state.entries.get_mut(key).and_then(|sealed| sealed.last_mut()) {
            Some(byte) => {
                *byte ^= 1;
                true
            }
            None => false,
        }
    }

    // A lock is poisoned by a panic while it was held; no code in here that holds one can panic.
    fn shared(&self) -> RwLockReadGuard<'_, State> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn exclusive(&self) -> RwLockWriteGuard<'_, State> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let state = self.shared();
        self.progress.sound()?;
        Ok(Box::new(Snapshot(state)))
    }

    fn apply(&self, batch: &Batch) -> Result<u64, StoreError> {
        let mut state = self.exclusive();
        self.progress.sound()?;
        if batch.is_empty() {
            return Ok(state.sequence);
        }
        let mut undo = Undo::with_capacity(batch.len());
        for (key, value) in batch.iter() {
            let before = match value {
                Some(value) => state.entries.insert(key.to_vec(), envelope::seal(key, value)),
                None => state.entries.remove(key),
            };
            undo.push((key.to_vec(), before));
        }
        state.unflushed.push(undo);
        state.sequence = state.sequence.saturating_add(1);
        Ok(state.sequence)
    }

    fn flush(&self) -> Result<u64, StoreError> {
        let mut state = self.exclusive();
        self.progress.sound()?;
        state.unflushed.clear();
        self.progress.flushed(state.sequence);
        Ok(state.sequence)
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

struct Snapshot<'a>(RwLockReadGuard<'a, State>);

impl Reader for Snapshot<'_> {
    fn sequence(&self) -> u64 {
        self.0.sequence
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.entries.get(key).map(|sealed| envelope::open(key, sealed)).transpose()
    }

    fn scan(
        &self,
        range: &Range,
        after: Option<&[u8]>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Entry>, StoreError> {
        let limit = page_size(limit)?;
        let Some(ends) = range.rest(after, direction) else { return Ok(Vec::new()) };
        let within = self.0.entries.range(ends);
        let unseal = |(key, sealed): (&Vec<u8>, &Vec<u8>)| {
            envelope::open(key, sealed).map(|value| (key.clone(), value))
        };
        match direction {
            Direction::Ascending => within.take(limit).map(unseal).collect(),
            Direction::Descending => within.rev().take(limit).map(unseal).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Bed, exercise};

    struct Memory;

    impl Bed for Memory {
        type Store = MemoryStore;

        fn make(&self) -> MemoryStore {
            MemoryStore::new()
        }

        fn reopen(&self, store: MemoryStore) -> MemoryStore {
            store.after_power_cut(0)
        }

        fn spoil(&self, store: &MemoryStore, key: &[u8]) {
            assert!(store.spoil(key));
        }

        fn histories(&self) -> u32 {
            256
        }
    }

    #[test]
    fn memory_keeps_the_contract() {
        exercise(&Memory);
    }

    #[test]
    fn a_power_cut_takes_the_last_unflushed_batches_whole() {
        let store = MemoryStore::new();
        for number in 1..=5_u8 {
            let mut batch = Batch::new();
            batch.put("count", [number]).unwrap();
            batch.put([number], [number]).unwrap();
            store.apply(&batch).unwrap();
            if number == 2 {
                store.flush().unwrap();
            }
        }
        for (kept, last) in [(0, 2), (1, 3), (2, 4), (3, 5), (9, 5)] {
            let after = store.after_power_cut(kept);
            assert_eq!(after.get(b"count").unwrap(), Some(vec![last]));
            let all = after.scan(&Range::all(), None, 99, Direction::Ascending).unwrap();
            assert_eq!(all.len(), usize::from(last) + 1);
            assert_eq!(after.durable_sequence(), u64::from(last));
        }
    }
}
