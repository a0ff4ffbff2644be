//! The store: what every keeper of the keyspace promises, and what survives when a method returns.
//!
//! Invariant: a snapshot sees whole batches only, all up to its sequence and none after it.

use std::{sync::Arc, time::Duration};

use crate::{Batch, Direction, Progress, Range, StoreError};

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The most entries that one page of a scan may hold.
pub const SCAN_LIMIT: usize = 10_000;

/// Reads from one moment of the keyspace.
pub trait Reader {
    /// Returns the number of the last batch that this reader sees.
    ///
    /// Numbers count the batches of one store from 1, and go on when it is opened again.
    fn sequence(&self) -> u64;

    /// Returns the value of a key, or `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the value kept is not the value written; an error never means "absent".
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns the next entries of a range in the given direction: at most `limit` of them, and only those that come
    /// after the key `after` in that direction, which need not exist. Fewer than `limit` means that the range ends.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] at the first damaged value of the page, [`StoreError::ScanTooLarge`] when `limit`
    /// exceeds [`SCAN_LIMIT`].
    fn scan(
        &self,
        range: &Range,
        after: Option<&[u8]>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Entry>, StoreError>;
}

/// A keeper of one ordered keyspace of bytes.
///
/// It is meant for one writer that decides, applies and flushes, and many readers. Batches become visible when they are
/// applied, so that the writer may decide on them while they are being flushed; others read through [`settled`], which
/// answers only once all that was seen is durable. **The writer owes a flush for every apply.**
///
/// After any failed `apply` or `flush` the store is poisoned: nobody knows what is on disk, so every later call fails
/// with [`StoreError::Poisoned`] until the store is opened again.
pub trait Store: Send + Sync {
    /// Returns a reader of this moment. No batch is applied while it lives, so hold it briefly, and read nothing else
    /// of the same store on the same thread meanwhile: a waiting writer would then keep both waiting for ever.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when the store has failed, since what it shows might never become durable.
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError>;

    /// Applies a batch and returns its number. An empty batch changes nothing and returns the last number.
    ///
    /// When it returned, the whole batch is visible to every later snapshot, but may be lost, whole, in a crash until
    /// [`Store::flush`] returned. Batches are lost in reverse order only: never one without all after it.
    ///
    /// # Errors
    /// When it failed, the store is poisoned, and the batch is there whole or not at all when it is opened again.
    fn apply(&self, batch: &Batch) -> Result<u64, StoreError>;

    /// Makes all batches applied before the call durable, and returns the number of the last of them.
    ///
    /// When it returned, they survive a kill and a power cut. Batches may be applied meanwhile; they need another flush.
    ///
    /// # Errors
    /// When it failed, the store is poisoned, and what was not durable before may or may not be.
    fn flush(&self) -> Result<u64, StoreError>;

    /// Returns what is durable, for those who wait for it.
    fn progress(&self) -> &Progress;

    /// Applies a batch, flushes, and returns the batch's number. When it returned, the batch survives a power cut.
    ///
    /// # Errors
    /// Those of [`Store::apply`] and [`Store::flush`].
    fn commit(&self, batch: &Batch) -> Result<u64, StoreError> {
        let sequence = self.apply(batch)?;
        self.flush()?;
        Ok(sequence)
    }

    /// Returns the value of a key now, durable or not. For the writer; others use [`settled`].
    ///
    /// # Errors
    /// Those of [`Store::snapshot`] and [`Reader::get`].
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.snapshot()?.get(key)
    }

    /// Returns a page of entries now, durable or not. For the writer; others use [`settled`].
    ///
    /// # Errors
    /// Those of [`Store::snapshot`] and [`Reader::scan`].
    fn scan(
        &self,
        range: &Range,
        after: Option<&[u8]>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Entry>, StoreError> {
        self.snapshot()?.scan(range, after, limit, direction)
    }

    /// Returns the number of the last batch that survives a power cut.
    fn durable_sequence(&self) -> u64 {
        self.progress().durable()
    }
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        (**self).snapshot()
    }

    fn apply(&self, batch: &Batch) -> Result<u64, StoreError> {
        (**self).apply(batch)
    }

    fn flush(&self) -> Result<u64, StoreError> {
        (**self).flush()
    }

    fn progress(&self) -> &Progress {
        (**self).progress()
    }
}

/// Reads from one moment, and returns what was read once all that the moment showed survives a power cut.
///
/// For everyone but the writer: an answer given from here cannot be taken back by a crash. It flushes nothing itself; it
/// waits for the writer's flush, at most the given time. Blocks its thread, so call it where blocking is allowed.
///
/// # Errors
/// Those of `read`; [`StoreError::NotDurable`] when the time is over; [`StoreError::Poisoned`] when the flush failed.
pub fn settled<T, E: From<StoreError>>(
    store: &dyn Store,
    at_most: Duration,
    read: impl FnOnce(&dyn Reader) -> Result<T, E>,
) -> Result<T, E> {
    let snapshot = store.snapshot()?;
    let seen = snapshot.sequence();
    let answer = read(&*snapshot)?;
    // The gate must be open again before waiting: the writer may have to pass it before it flushes.
    drop(snapshot);
    store.progress().wait(seen, at_most)?;
    Ok(answer)
}

/// Returns an error when a page of this size is too large.
pub(crate) fn page_size(limit: usize) -> Result<usize, StoreError> {
    if limit > SCAN_LIMIT { Err(StoreError::ScanTooLarge { asked: limit }) } else { Ok(limit) }
}
