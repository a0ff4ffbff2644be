//! Papers, notices, the outbox, failed timers, numbers, tokens, uploads, received messages.

use std::collections::BTreeSet;

use xueji_runtime::state::Allocated;
use xueji_store::{Direction, Range, Reader, large};

use super::tasks::{Inbox, all_keys};
use super::{Page, Paging, QueryError, mark, page};
use crate::keys;
use crate::stored::{self, FailedJob, Notice, Outgoing, PaperInfo, Received, Token};

/// How far a bucket of a series has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberCount {
    /// The series.
    pub series: String,
    /// The combination of parts for which the running number starts anew.
    pub bucket: String,
    /// The last running number given out.
    pub last: u64,
}

/// Returns what is known of a paper, and its page.
pub(crate) fn paper(
    reader: &dyn Reader,
    id: &str,
) -> Result<Option<(PaperInfo, String)>, QueryError> {
    let Some(info) = stored::get::<PaperInfo>(reader, &keys::paper(id))? else { return Ok(None) };
    let bytes = large::read(reader, &keys::paper_bytes(&info.hash))?;
    Ok(bytes.map(|bytes| (info, String::from_utf8_lossy(&bytes).into_owned())))
}

/// Returns the papers of a case, the first one first.
pub(crate) fn papers(
    reader: &dyn Reader,
    instance: &str,
    paging: &Paging,
) -> Result<Page<PaperInfo>, QueryError> {
    page(
        reader,
        &Range::prefix(&keys::papers_of_case(instance)),
        paging,
        Direction::Ascending,
        |(_, id)| Ok(stored::get(reader, &keys::paper(&String::from_utf8_lossy(id)))?),
    )
}

/// Returns the notices that reach a person, the last one first.
pub(crate) fn notices(
    reader: &dyn Reader,
    inbox: &Inbox<'_>,
    paging: &Paging,
) -> Result<Page<Notice>, QueryError> {
    let mut sequences = BTreeSet::new();
    for prefix in inbox.prefixes(keys::notices_to, keys::notices_to_role, false) {
        let keys = all_keys(reader, &Range::prefix(&prefix))?;
        sequences.extend(
            keys.iter().filter_map(|key| keys::read_notice_to(key)).map(|(_, sequence)| sequence),
        );
    }
    let after = paging
        .key()?
        .map(|bytes| bytes.try_into().map(u64::from_be_bytes).map_err(|_| QueryError::Cursor));
    let after = after.transpose()?.unwrap_or(u64::MAX);
    let mut items: Vec<Notice> = Vec::new();
    for sequence in sequences.range(..after).rev() {
        if items.len() == paging.limit() {
            let next = items.last().map(|notice| mark(&notice.sequence.to_be_bytes()));
            return Ok(Page { items, next });
        }
        items.extend(stored::get::<Notice>(reader, &keys::notice(*sequence))?);
    }
    Ok(Page { items, next: None })
}

/// Returns what is still to leave the house, the oldest first, after a place.
pub(crate) fn outbox(
    reader: &dyn Reader,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<Outgoing>, QueryError> {
    let after = after.map(keys::outbox);
    let range = Range::prefix(&keys::all_outbox());
    let page = reader.scan(&range, after.as_deref(), limit, Direction::Ascending)?;
    page.iter().map(|(key, value)| Ok(stored::parse(key, value)?)).collect()
}

/// Returns timers that were put aside.
pub(crate) fn failed(
    reader: &dyn Reader,
    instance: Option<&str>,
    paging: &Paging,
) -> Result<Page<FailedJob>, QueryError> {
    page(
        reader,
        &Range::prefix(&keys::all_failed(instance)),
        paging,
        Direction::Ascending,
        |(key, value)| Ok(Some(stored::parse(key, value)?)),
    )
}

/// Returns how far each bucket of a series has come; of all series when not said.
pub(crate) fn numbers(
    reader: &dyn Reader,
    series: Option<&str>,
    paging: &Paging,
) -> Result<Page<NumberCount>, QueryError> {
    page(
        reader,
        &Range::prefix(&keys::last_serials(series)),
        paging,
        Direction::Ascending,
        |(key, value)| {
            let last = stored::parse(key, value)?;
            Ok(keys::read_last_serial(key).map(|(series, bucket)| NumberCount {
                series,
                bucket,
                last,
            }))
        },
    )
}

/// Returns the numbers given out of a series, by what they are for.
pub(crate) fn allocated(
    reader: &dyn Reader,
    series: &str,
    paging: &Paging,
) -> Result<Page<Allocated>, QueryError> {
    page(
        reader,
        &Range::prefix(&keys::numbers(series)),
        paging,
        Direction::Ascending,
        |(key, value)| Ok(Some(stored::parse(key, value)?)),
    )
}

/// Returns the messages received of a name.
pub(crate) fn received(
    reader: &dyn Reader,
    name: &str,
    key: Option<&str>,
    paging: &Paging,
) -> Result<Page<Received>, QueryError> {
    page(
        reader,
        &Range::prefix(&keys::all_received(name, key)),
        paging,
        Direction::Descending,
        |(key, value)| Ok(Some(stored::parse(key, value)?)),
    )
}

/// Returns all tokens.
pub(crate) fn tokens(reader: &dyn Reader, paging: &Paging) -> Result<Page<Token>, QueryError> {
    page(reader, &Range::prefix(&keys::tokens()), paging, Direction::Ascending, |(key, value)| {
        Ok(Some(stored::parse(key, value)?))
    })
}
