//! Questions to the store, each answered from one moment of it.
//!
//! Invariant: an answer holds everything that was acknowledged, and nothing that could still be lost; what stands under
//! a dead scope is in no answer about open work. Who may see what is for the caller to decide, with the facts given.

pub(crate) mod cases;
pub(crate) mod house;
pub(crate) mod records;
pub(crate) mod tasks;

pub use cases::{CaseFilter, CaseView, Row, RowPage};
pub use house::NumberCount;
pub use records::{RecordFilter, RecordView};
pub use tasks::{TaskFilter, TaskView};

use xueji_runtime::{ReadError, Refusal};
use xueji_store::{Direction, Entry, Range, Reader, StoreError};

use crate::releases::ReleaseError;
use crate::stored::StoredError;

/// The most items of one page.
pub const PAGE_MAX: usize = 500;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The store cannot be read, or what was read is not durable in time.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A release that is needed cannot be had.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The question was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The page mark is not one that was given out.
    #[error("分页标记无效 | the page mark is not one that was given out")]
    Cursor,
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Stored(error.into())
    }
}

impl From<ReadError> for QueryError {
    fn from(error: ReadError) -> Self {
        Self::Refused(error.into())
    }
}

/// Some items, and the mark from which the next ones go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The mark; nothing when these were the last.
    pub next: Option<String>,
}

/// Which page is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// The mark that came with the page before.
    pub after: Option<String>,
    /// How many items, at most [`PAGE_MAX`]; 50 when not said.
    pub limit: Option<usize>,
}

impl Paging {
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(50).clamp(1, PAGE_MAX)
    }

    /// Returns the key behind which the page begins.
    pub(crate) fn key(&self) -> Result<Option<Vec<u8>>, QueryError> {
        self.after.as_deref().map(|mark| from_mark(mark).ok_or(QueryError::Cursor)).transpose()
    }
}

/// Reads an id out of a key.
pub(crate) type ReadId = fn(&[u8]) -> Option<String>;

pub(crate) fn mark(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_mark(mark: &str) -> Option<Vec<u8>> {
    if !mark.len().is_multiple_of(2) || !mark.is_ascii() {
        return None;
    }
    (0..mark.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(mark.get(at..at + 2)?, 16).ok())
        .collect()
}

/// Goes through a range from a page's mark on, until the page is full: `take` returns an item for each entry that
/// belongs to the answer.
pub(crate) fn page<T>(
    reader: &dyn Reader,
    range: &Range,
    paging: &Paging,
    direction: Direction,
    mut take: impl FnMut(&Entry) -> Result<Option<T>, QueryError>,
) -> Result<Page<T>, QueryError> {
    let limit = paging.limit();
    let mut after = paging.key()?;
    let mut items = Vec::new();
    loop {
        let entries = reader.scan(range, after.as_deref(), 200, direction)?;
        for entry in &entries {
            if items.len() == limit {
                return Ok(Page { items, next: after.as_deref().map(mark) });
            }
            items.extend(take(entry)?);
            after = Some(entry.0.clone());
        }
        if entries.len() < 200 {
            return Ok(Page { items, next: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_mark_reads_back_and_nothing_else_does() {
        let key = [0, 1, 200, 255];
        assert_eq!(from_mark(&mark(&key)), Some(key.to_vec()));
        for wrong in ["0", "0g", "厅堂", "+1"] {
            let paging = Paging { after: Some(wrong.to_owned()), limit: None };
            assert!(wrong == "+1" || matches!(paging.key(), Err(QueryError::Cursor)), "{wrong}");
        }
    }
}
