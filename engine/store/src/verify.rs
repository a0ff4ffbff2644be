//! Walks through a store and tells what is sound and what is damaged.
//!
//! Invariant: it changes nothing, and counts every entry exactly once.

use crate::{Direction, Range, Store, StoreError};

/// The most damaged keys that a report lists; all of them are counted.
pub const LISTED_MAX: usize = 1_000;

/// Entries read at once: small, so that a running writer is not kept waiting.
const PAGE: usize = 256;

/// What a walk through a whole store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many entries are sound.
    pub sound: u64,
    /// Bytes of their keys and values, without what the store adds.
    pub bytes: u64,
    /// How many entries are damaged.
    pub damaged: u64,
    /// The keys of the first [`LISTED_MAX`] of them, ascending.
    pub damaged_keys: Vec<Vec<u8>>,
    /// Why the walk ended before the last key, when the store's own structure is damaged.
    pub broken_off: Option<String>,
}

impl Report {
    /// Returns whether every entry could be read and is what was written.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.damaged == 0 && self.broken_off.is_none()
    }
}

/// Reads every entry of a store, and reports. Damage is a finding here, not an error.
///
/// It reads page by page, so entries written meanwhile may or may not be counted.
///
/// # Errors
/// When the machine cannot read, or the store has failed.
pub fn verify(store: &dyn Store) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut after: Option<Vec<u8>> = None;
    loop {
        match store.scan(&Range::all(), after.as_deref(), PAGE, Direction::Ascending) {
            Ok(page) => {
                let ended = page.len() < PAGE;
                after = report.count(page).or(after);
                if ended {
                    return Ok(report);
                }
            }
            Err(StoreError::Damaged { key }) => {
                // The entries of the page before the damaged one are sound, and still to be counted.
                let before = Range::between(Vec::new(), key.clone());
                let page = store.scan(&before, after.as_deref(), PAGE, Direction::Ascending)?;
                report.count(page);
                report.damaged = report.damaged.saturating_add(1);
                if report.damaged_keys.len() < LISTED_MAX {
                    report.damaged_keys.push(key.clone());
                }
                after = Some(key);
            }
            Err(StoreError::Unreadable { reason, .. }) => {
                report.broken_off = Some(reason);
                return Ok(report);
            }
            Err(other) => return Err(other),
        }
    }
}

impl Report {
    /// Counts a page of sound entries and returns its last key.
    fn count(&mut self, page: Vec<crate::Entry>) -> Option<Vec<u8>> {
        for (key, value) in &page {
            let size = key.len().saturating_add(value.len());
            self.sound = self.sound.saturating_add(1);
            self.bytes = self.bytes.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        }
        page.into_iter().next_back().map(|(key, _)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, MemoryStore};

    fn store_of(count: u32) -> MemoryStore {
        let store = MemoryStore::new();
        for number in 0..count {
            let mut batch = Batch::new();
            batch.put(number.to_be_bytes(), "value").unwrap();
            store.apply(&batch).unwrap();
        }
        store.flush().unwrap();
        store
    }

    #[test]
    fn every_entry_of_a_sound_store_is_counted_once() {
        for count in [0, 1, 255, 256, 257, 600] {
            let report = verify(&store_of(count)).unwrap();
            assert_eq!((report.sound, report.bytes), (u64::from(count), u64::from(count) * 9));
            assert!(report.is_clean());
        }
    }

    #[test]
    fn every_damaged_key_is_listed_and_the_others_are_counted() {
        let store = store_of(600);
        let damaged = [0_u32, 1, 255, 256, 300, 599].map(|number| number.to_be_bytes().to_vec());
        for key in &damaged {
            assert!(store.spoil(key));
        }
        let report = verify(&store).unwrap();
        assert_eq!(report.damaged_keys, damaged);
        assert_eq!((report.sound, report.damaged), (594, 6));
        assert!(!report.is_clean());
    }
}
