//! Reading while the gate is held open.
//!
//! Invariant: while a snapshot lives no batch is applied, so all its reads see the same moment.

use std::sync::RwLockReadGuard;

use super::guard::guarded;
use crate::{Direction, Entry, Range, Reader, StoreError, envelope, store::page_size};

pub(super) struct Snapshot<'a> {
    database: &'a ::sled::Db,
    gate: RwLockReadGuard<'a, u64>,
}

impl<'a> Snapshot<'a> {
    pub(super) fn new(database: &'a ::sled::Db, gate: RwLockReadGuard<'a, u64>) -> Self {
        Self { database, gate }
    }
}

impl Reader for Snapshot<'_> {
    fn sequence(&self) -> u64 {
        *self.gate
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if key.is_empty() {
            return Ok(None);
        }
        let sealed = guarded("reading a value", || self.database.get(key))?;
        sealed.map(|sealed| envelope::open(key, &sealed)).transpose()
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
        let found = guarded("reading a range", || {
            let within = self.database.range(ends);
            match direction {
                Direction::Ascending => within.take(limit).collect::<::sled::Result<Vec<_>>>(),
                Direction::Descending => within.rev().take(limit).collect(),
            }
        })?;
        let unseal = |(key, sealed): (::sled::IVec, ::sled::IVec)| {
            envelope::open(&key, &sealed).map(|value| (key.to_vec(), value))
        };
        found.into_iter().map(unseal).collect()
    }
}
