//! Values of records that come from outside: put one by one, or imported from a table.
//!
//! Invariant: the same values put again make no new entry; a file goes in whole or not at all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_definition::value::Value;
use xueji_runtime::record::{Entry, Record, Standing};
use xueji_runtime::{Perspective, RecordId};
use xueji_store::Batch;

use crate::changes::{self, Changes};
use crate::core::Core;
use crate::projection::record_changes;
use crate::submission::SubmitError;
use crate::{keys, stored};

/// Where values come from that no case has set.
pub const IMPORTED: &str = "import";

/// Values of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The record.
    pub id: RecordId,
    /// The values; an empty one makes the field empty. Fields that are not named stay as they are.
    pub values: Vec<(String, Option<Value>)>,
    /// The first date on which they hold; the day of the import when not said.
    pub from: Option<Date>,
    /// When they became known; now when not said. Never later than now.
    pub known: Option<Timestamp>,
}

impl Put {
    /// Returns values that hold from now on.
    #[must_use]
    pub fn new(id: RecordId, values: Vec<(String, Option<Value>)>) -> Self {
        Self { id, values, from: None, known: None }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Records that were not there before.
    pub created: usize,
    /// Records with at least one new value.
    pub changed: usize,
    /// Records that had all these values already.
    pub unchanged: usize,
}

impl Core {
    /// Puts values of records, all or none. A trial run changes nothing and answers the same.
    pub(crate) fn put_records(
        &mut self,
        puts: &[Put],
        trial: bool,
    ) -> Result<Imported, SubmitError> {
        let now = self.clock.now().max(self.last_now);
        let today = self.live.calendar.local_date(now);
        let (imported, changes) = {
            let reader = self.store.snapshot()?;
            let mut records: BTreeMap<RecordId, (Record, Outcome)> = BTreeMap::new();
            for put in puts {
                if !records.contains_key(&put.id) {
                    let known: Option<Record> = stored::get(&*reader, &keys::record(&put.id))?;
                    let outcome =
                        if known.is_some() { Outcome::Unchanged } else { Outcome::Created };
                    let record = known.unwrap_or_else(|| Record::new(put.id.clone()));
                    records.insert(put.id.clone(), (record, outcome));
                }
                if let Some((record, outcome)) = records.get_mut(&put.id)
                    && set(
                        record,
                        put,
                        put.from.unwrap_or(today),
                        put.known.unwrap_or(now).min(now),
                    )
                    && *outcome == Outcome::Unchanged
                {
                    *outcome = Outcome::Changed;
                }
            }
            let mut imported = Imported::default();
            let mut changes = Changes::default();
            for (record, outcome) in records.values() {
                imported.count(*outcome);
                record_changes(&*reader, record, &self.live.indexed, &mut changes)?;
            }
            (imported, changes)
        };
        if !trial && !changes.is_empty() {
            let gate = std::sync::Arc::clone(&self.gate);
            let closed = (changes.len() > Batch::LIMIT)
                .then(|| gate.write().unwrap_or_else(std::sync::PoisonError::into_inner));
            changes::apply_import(&*self.store, &changes)?;
            drop(closed);
            self.last_now = now;
        }
        Ok(imported)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Created,
    Changed,
    Unchanged,
}

impl Imported {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
        }
    }
}

/// Adds what is new; returns whether anything was.
fn set(record: &mut Record, put: &Put, from: Date, known: Timestamp) -> bool {
    let mut changed = false;
    for (field, value) in &put.values {
        if record.value(field, from, None, Perspective::Local) == value.as_ref() {
            continue;
        }
        record.fields.entry(field.clone()).or_default().push(Entry {
            value: value.clone(),
            from,
            known,
            standing: Standing::Effective,
            source: IMPORTED.to_owned(),
            settled: None,
        });
        changed = true;
    }
    if changed || record.version == 0 {
        record.version += 1;
    }
    changed
}
