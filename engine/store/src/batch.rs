//! A batch: the changes that become visible together and survive together.
//!
//! Invariant: a batch never holds more than [`Batch::LIMIT`] keys, nor a key or value that a store could not keep.

use std::collections::BTreeMap;

use thiserror::Error;

/// The longest key, in bytes.
pub const KEY_LIMIT: usize = 1_024;

/// The longest value, in bytes; longer ones go in pieces, see [`crate::large`].
///
/// Sled moves a page that outgrows a quarter of a segment into a file that it does not sync, and a page holds some
/// twenty values. With this limit every value stays inside the log, which is synced; with twice as much it does not.
pub const VALUE_LIMIT: usize = 32 * 1_024;

/// Why a change was not taken into a batch. The batch is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchError {
    /// The batch holds as many keys as it may.
    #[error("一批最多 {limit} 项改动 | a batch holds at most {limit} changes")]
    Full {
        /// The most that a batch may hold.
        limit: usize,
    },
    /// The empty key belongs to the store itself.
    #[error("键为空 | the key is empty")]
    EmptyKey,
    /// The key is longer than [`KEY_LIMIT`].
    #[error(
        "键长 {length} 字节，上限 {KEY_LIMIT} | the key has {length} bytes, at most {KEY_LIMIT} are kept"
    )]
    KeyTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The value is longer than [`VALUE_LIMIT`].
    #[error(
        "值长 {length} 字节，上限 {VALUE_LIMIT} | the value has {length} bytes, at most {VALUE_LIMIT} are kept"
    )]
    ValueTooLong {
        /// Its length in bytes.
        length: usize,
    },
}

/// Changes to be applied as one: for each key a new value, or its removal. The last change to a key wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// The most keys that one batch may change. Sled's memory grows without bound above some 300.
    pub const LIMIT: usize = 256;

    /// Returns an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to a value.
    ///
    /// # Errors
    /// When the batch is full, or the key or value is beyond its limit; the batch is then unchanged.
    pub fn put(
        &mut self,
        key: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) -> Result<(), BatchError> {
        let value = value.into();
        if value.len() > VALUE_LIMIT {
            return Err(BatchError::ValueTooLong { length: value.len() });
        }
        self.change(key.into(), Some(value))
    }

    /// Removes a key. Removing what is not there is no error.
    ///
    /// # Errors
    /// When the batch is full, or the key is beyond its limit; the batch is then unchanged.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) -> Result<(), BatchError> {
        self.change(key.into(), None)
    }

    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), BatchError> {
        if key.is_empty() {
            return Err(BatchError::EmptyKey);
        }
        if key.len() > KEY_LIMIT {
            return Err(BatchError::KeyTooLong { length: key.len() });
        }
        if self.changes.len() >= Self::LIMIT && !self.changes.contains_key(&key) {
            return Err(BatchError::Full { limit: Self::LIMIT });
        }
        self.changes.insert(key, value);
        Ok(())
    }

    /// Takes in all changes of a later batch, or none of them: so a writer gathers whole commands into one flush.
    ///
    /// # Errors
    /// [`BatchError::Full`] when both together exceed the limit; this batch is then unchanged.
    pub fn merge(&mut self, later: &Self) -> Result<(), BatchError> {
        let added = later.changes.keys().filter(|key| !self.changes.contains_key(*key)).count();
        if self.changes.len().saturating_add(added) > Self::LIMIT {
            return Err(BatchError::Full { limit: Self::LIMIT });
        }
        self.changes.extend(later.iter().map(|(k, v)| (k.to_vec(), v.map(<[u8]>::to_vec))));
        Ok(())
    }

    /// Returns what the batch does to a key: `None` nothing, `Some(None)` removes it, `Some(Some(v))` sets it.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.changes.get(key).map(Option::as_deref)
    }

    /// Returns the changes in the order of their keys; `None` removes.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Returns how many keys it changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns how many further keys it has room for.
    #[must_use]
    pub fn room(&self) -> usize {
        Self::LIMIT.saturating_sub(self.changes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Batch {
        let mut batch = Batch::new();
        for number in 0..Batch::LIMIT {
            batch.put(format!("key-{number}"), "value").unwrap();
        }
        batch
    }

    #[test]
    fn a_full_batch_refuses_a_further_key_and_stays_as_it_was() {
        let mut batch = full();
        let before = batch.clone();
        assert_eq!(batch.put("one-more", "value"), Err(BatchError::Full { limit: 256 }));
        assert_eq!(batch.delete("one-more"), Err(BatchError::Full { limit: 256 }));
        assert_eq!(batch, before);
        assert_eq!(batch.room(), 0);
    }

    #[test]
    fn a_full_batch_still_takes_another_value_for_a_key_it_holds() {
        let mut batch = full();
        batch.put("key-7", "other").unwrap();
        batch.delete("key-8").unwrap();
        assert_eq!(batch.get(b"key-7"), Some(Some(b"other".as_slice())));
        assert_eq!(batch.get(b"key-8"), Some(None));
        assert_eq!(batch.get(b"key-unknown"), None);
    }

    #[test]
    fn merging_is_whole_or_not_at_all() {
        let mut gathered = full();
        let before = gathered.clone();
        let mut command = Batch::new();
        command.put("key-1", "new").unwrap();
        command.put("unheard-of", "new").unwrap();
        assert_eq!(gathered.merge(&command), Err(BatchError::Full { limit: 256 }));
        assert_eq!(gathered, before);

        let mut gathered = Batch::new();
        gathered.put("key-1", "old").unwrap();
        gathered.merge(&command).unwrap();
        assert_eq!(gathered, command);
    }

    #[test]
    fn keys_and_values_beyond_their_limits_are_refused() {
        let mut batch = Batch::new();
        assert_eq!(batch.put("", "value"), Err(BatchError::EmptyKey));
        assert_eq!(
            batch.delete(vec![1; KEY_LIMIT + 1]),
            Err(BatchError::KeyTooLong { length: KEY_LIMIT + 1 })
        );
        assert_eq!(
            batch.put("key", vec![0; VALUE_LIMIT + 1]),
            Err(BatchError::ValueTooLong { length: VALUE_LIMIT + 1 })
        );
        assert!(batch.is_empty());
        batch.put(vec![1; KEY_LIMIT], vec![0; VALUE_LIMIT]).unwrap();
        assert_eq!(batch.len(), 1);
    }
}
