//! Records: one as it was and as it was known, and searches.

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_definition::value::{Fields, Value};
use xueji_runtime::record::Record;
use xueji_runtime::{Perspective, RecordId, View};
use xueji_store::Reader;

use super::{Page, Paging, QueryError, mark};
use crate::view::StoreView;
use crate::{keys, stored};

/// A record's values at a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordView {
    /// Type and id.
    pub id: RecordId,
    /// The values.
    pub values: Fields,
    /// How often the record was changed until now.
    pub version: u64,
}

/// Which records are asked for, and how they are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordFilter {
    /// The type.
    pub kind: String,
    /// Fields with the value that they must have on that date.
    pub equal: Vec<(String, Value)>,
    /// The date.
    pub on: Date,
    /// As it was known then; now when not said.
    pub known_at: Option<Timestamp>,
    /// In the house or officially.
    pub perspective: Perspective,
}

/// Returns a record with its history.
pub(crate) fn record(reader: &dyn Reader, id: &RecordId) -> Result<Option<Record>, QueryError> {
    Ok(stored::get(reader, &keys::record(id))?)
}

/// Returns the records of a type that have these values on that date, in the order of their ids.
pub(crate) fn records(
    view: &StoreView<'_>,
    filter: &RecordFilter,
    paging: &Paging,
) -> Result<Page<RecordView>, QueryError> {
    let limit = paging.limit();
    let mut after =
        paging.key()?.map(String::from_utf8).transpose().map_err(|_| QueryError::Cursor)?;
    let mut items = Vec::new();
    loop {
        // The view answers all that have or had the values; those that have them on the date are picked here.
        let found = view.records(&filter.kind, &filter.equal, after.as_deref(), 200)?;
        let full = found.len() == 200;
        for record in found {
            let values = record.view(filter.on, filter.known_at, filter.perspective);
            let fits = filter.equal.iter().all(|(field, value)| values.get(field) == Some(value));
            if fits && items.len() == limit {
                return Ok(Page { items, next: after.map(|id| mark(id.as_bytes())) });
            }
            after = Some(record.id.id.clone());
            if fits {
                items.push(RecordView { id: record.id.clone(), values, version: record.version });
            }
        }
        if !full {
            return Ok(Page { items, next: None });
        }
    }
}
