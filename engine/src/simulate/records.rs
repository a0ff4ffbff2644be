//! The records of a simulated world, found by what they hold.
//!
//! Invariant: a field that was once asked for is indexed from then on; an index holds every value that a record has or had
//! there, and so no fewer records than those that have it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xueji_definition::value::Value;
use xueji_runtime::{Record, RecordId};

/// Records by type and id.
pub(super) type ByType = BTreeMap<String, BTreeMap<String, Arc<Record>>>;

/// The ids of the records that have or had a value.
type Index = BTreeMap<Value, BTreeSet<String>>;

/// All records.
pub(super) struct Records {
    of: ByType,
    /// By type and field.
    indices: RefCell<BTreeMap<String, BTreeMap<String, Index>>>,
}

impl Records {
    pub(super) fn new(of: &ByType) -> Self {
        Self { of: of.clone(), indices: RefCell::default() }
    }

    pub(super) fn put(&mut self, record: Record) {
        if let Some(indices) = self.indices.get_mut().get_mut(&record.id.kind) {
            for (field, index) in indices {
                enter(index, &record, field);
            }
        }
        let of_kind = self.of.entry(record.id.kind.clone()).or_default();
        of_kind.insert(record.id.id.clone(), Arc::new(record));
    }

    pub(super) fn get(&self, id: &RecordId) -> Option<&Arc<Record>> {
        self.of.get(&id.kind)?.get(&id.id)
    }

    /// Returns the ids of the records of a type.
    pub(super) fn ids(&self, kind: &str) -> Vec<&String> {
        self.of.get(kind).into_iter().flat_map(BTreeMap::keys).collect()
    }

    /// Returns the records of which each field named has, or had, that value, in the order of their ids.
    pub(super) fn find(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Vec<Arc<Record>> {
        let Some(all) = self.of.get(kind) else { return Vec::new() };
        let later = |id: &String| after.is_none_or(|after| id.as_str() > after);
        let Some((field, value)) = equal.first() else {
            let found = all.iter().filter(|(id, _)| later(id)).take(limit);
            return found.map(|(_, record)| Arc::clone(record)).collect();
        };
        let mut indices = self.indices.borrow_mut();
        let indices = indices.entry(kind.to_owned()).or_default();
        let index = indices.entry(field.clone()).or_insert_with(|| {
            let mut index = Index::new();
            all.values().for_each(|record| enter(&mut index, record, field));
            index
        });
        let ids = index.get(&one_kind(value)).into_iter().flatten().filter(|id| later(id));
        let found = ids.filter_map(|id| all.get(id)).filter(|record| record.has_had(equal));
        found.take(limit).cloned().collect()
    }
}

/// Enters what a record has or had in a field.
fn enter(index: &mut Index, record: &Record, field: &str) {
    let entries = record.fields.get(field).into_iter().flatten();
    for value in entries.filter_map(|entry| entry.value.as_ref()) {
        index.entry(one_kind(value)).or_default().insert(record.id.id.clone());
    }
}

/// Returns a value as it is looked up: whole numbers and decimals are of one kind.
fn one_kind(value: &Value) -> Value {
    match value {
        Value::Int(whole) => Value::Decimal((*whole).into()),
        other => other.clone(),
    }
}
