//! A store that fails on demand, for the tests of those who build on a store.
//!
//! Invariant: it fails at the planned call only, and leaves behind what a failing disk would.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Batch, Direction, Entry, Progress, Range, Reader, Store, StoreError};

/// What is to fail. Calls are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The nth apply fails, and its batch is nowhere.
    Apply(u64),
    /// The nth apply fails, although its batch is there, whole.
    ApplyDone(u64),
    /// The nth flush fails, and made nothing durable.
    Flush(u64),
    /// The nth flush fails, although everything became durable.
    FlushDone(u64),
    /// The nth get or scan fails. The store is not poisoned by it.
    Read(u64),
}

/// A store around another that fails once, as planned. After a failed apply or flush it is poisoned, like any store.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    fault: Fault,
    applies: AtomicU64,
    flushes: AtomicU64,
    reads: AtomicU64,
}

impl<S: Store> Faulty<S> {
    /// Returns the store with its planned fault.
    #[must_use]
    pub fn new(inner: S, fault: Fault) -> Self {
        let [applies, flushes, reads] = [const { AtomicU64::new(0) }; 3];
        Self { inner, fault, applies, flushes, reads }
    }

    /// Returns the store inside, to see what survived.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Returns how many flushes were asked for.
    pub fn flushes(&self) -> u64 {
        self.flushes.load(Ordering::SeqCst)
    }

    fn fail<T>(&self, doing: &'static str) -> Result<T, StoreError> {
        self.progress().poison(format!("planned fault at {doing}"));
        Err(planned(doing))
    }
}

fn planned(doing: &'static str) -> StoreError {
    StoreError::Io { doing, source: std::io::Error::other("planned fault") }
}

fn next(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::SeqCst).saturating_add(1)
}

impl<S: Store> Store for Faulty<S> {
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let inner = self.inner.snapshot()?;
        Ok(Box::new(FaultyReader { inner, fault: self.fault, reads: &self.reads }))
    }

    fn apply(&self, batch: &Batch) -> Result<u64, StoreError> {
        self.progress().sound()?;
        let call = next(&self.applies);
        if self.fault == Fault::Apply(call) {
            return self.fail("apply");
        }
        let sequence = self.inner.apply(batch)?;
        if self.fault == Fault::ApplyDone(call) { self.fail("apply") } else { Ok(sequence) }
    }

    fn flush(&self) -> Result<u64, StoreError> {
        self.progress().sound()?;
        let call = next(&self.flushes);
        if self.fault == Fault::Flush(call) {
            return self.fail("flush");
        }
        let sequence = self.inner.flush()?;
        if self.fault == Fault::FlushDone(call) { self.fail("flush") } else { Ok(sequence) }
    }

    fn progress(&self) -> &Progress {
        self.inner.progress()
    }
}

struct FaultyReader<'a> {
    inner: Box<dyn Reader + 'a>,
    fault: Fault,
    reads: &'a AtomicU64,
}

impl FaultyReader<'_> {
    fn count(&self) -> Result<(), StoreError> {
        let call = next(self.reads);
        if self.fault == Fault::Read(call) { Err(planned("read")) } else { Ok(()) }
    }
}

impl Reader for FaultyReader<'_> {
    fn sequence(&self) -> u64 {
        self.inner.sequence()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.count()?;
        self.inner.get(key)
    }

    fn scan(
        &self,
        range: &Range,
        after: Option<&[u8]>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Entry>, StoreError> {
        self.count()?;
        self.inner.scan(range, after, limit, direction)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{MemoryStore, settled};

    fn batch(value: &str) -> Batch {
        let mut batch = Batch::new();
        batch.put("key", value).unwrap();
        batch
    }

    /// Commits "one", then "two", which fails; answers what a new start finds.
    fn failing_second(fault: Fault) -> Option<Vec<u8>> {
        let store = Faulty::new(MemoryStore::new(), fault);
        store.commit(&batch("one")).unwrap();
        assert!(matches!(store.commit(&batch("two")), Err(StoreError::Io { .. })));
        assert_poisoned(&store);
        store.inner().after_power_cut(0).get(b"key").unwrap()
    }

    fn assert_poisoned(store: &dyn Store) {
        assert!(matches!(store.apply(&batch("three")), Err(StoreError::Poisoned { .. })));
        assert!(matches!(store.flush(), Err(StoreError::Poisoned { .. })));
        assert!(matches!(store.commit(&Batch::new()), Err(StoreError::Poisoned { .. })));
        assert!(matches!(store.get(b"key"), Err(StoreError::Poisoned { .. })));
    }

    #[test]
    fn a_failed_apply_or_flush_poisons_the_store_and_keeps_what_was_durable() {
        assert_eq!(failing_second(Fault::Apply(2)), Some(b"one".to_vec()));
        assert_eq!(failing_second(Fault::ApplyDone(2)), Some(b"one".to_vec()));
        assert_eq!(failing_second(Fault::Flush(2)), Some(b"one".to_vec()));
        assert_eq!(failing_second(Fault::FlushDone(2)), Some(b"two".to_vec()));
    }

    #[test]
    fn a_reader_that_saw_what_a_failed_flush_lost_gets_no_answer() {
        let store = Faulty::new(MemoryStore::new(), Fault::Flush(1));
        store.apply(&batch("one")).unwrap();
        let answer = settled(&store, Duration::from_secs(60), |reader| {
            let seen = reader.get(b"key")?;
            assert_eq!(seen, Some(b"one".to_vec()));
            std::thread::scope(|scope| scope.spawn(|| store.flush().unwrap_err()).join().unwrap());
            Ok::<_, StoreError>(seen)
        });
        assert!(matches!(answer, Err(StoreError::Poisoned { .. })), "{answer:?}");
    }

    #[test]
    fn a_failed_read_is_an_error_and_the_next_one_works() {
        let store = Faulty::new(MemoryStore::new(), Fault::Read(2));
        store.commit(&batch("one")).unwrap();
        assert!(store.get(b"key").is_ok());
        assert!(store.scan(&Range::all(), None, 10, Direction::Ascending).is_err());
        assert!(store.get(b"key").is_ok());
    }
}
