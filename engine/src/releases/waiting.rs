//! The releases that wait, as the store keeps them.
//!
//! Invariant: one that waits has its mark, and its timer when it is signed and has a date; one that does not has neither.

use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use super::proposal::{Proposal, ProposalState};
use super::{Audience, LiveRelease, LiveTable, ReleaseError, Releases};
use crate::changes::Changes;
use crate::keys::{self, TimerId};
use crate::stored::{self, Job, Live, StoredError};

/// Keeps a proposal that waits, or waited, with its timer.
pub(super) fn keep(changes: &mut Changes, kept: &Proposal) {
    close(changes, kept);
    if kept.state.waits() {
        changes.put(keys::proposal_waits(kept.number), Vec::new());
    }
    if kept.state == ProposalState::Scheduled
        && let Some(id) = timer(kept)
    {
        changes.put_json(keys::timer(&id), &Job::GoLive { proposal: kept.number });
    }
}

/// Keeps a proposal as one that does not wait.
pub(super) fn close(changes: &mut Changes, closed: &Proposal) {
    changes.put_json(keys::proposal(closed.number), closed);
    changes.delete(keys::proposal_waits(closed.number));
    if let Some(id) = timer(closed) {
        changes.delete(keys::timer(&id));
    }
}

/// Returns the timer of a proposal. No case has an empty name, so that at the same moment releases go first.
fn timer(of: &Proposal) -> Option<TimerId> {
    let due = of.due?;
    Some(TimerId { due, instance: String::new(), number: of.number, part: 0 })
}

/// Returns the releases that wait, the first one first.
pub(crate) fn waiting(reader: &dyn Reader) -> Result<Vec<Proposal>, StoredError> {
    let range = Range::prefix(&keys::all_proposals_that_wait());
    let page = reader.scan(&range, None, SCAN_LIMIT, Direction::Ascending)?;
    let mut waiting = Vec::new();
    for number in page.iter().filter_map(|(key, _)| keys::read_proposal_waits(key)) {
        waiting.extend(stored::get::<Proposal>(reader, &keys::proposal(number))?);
    }
    Ok(waiting)
}

/// Returns the proposals, the last one first.
pub(crate) fn proposals(reader: &dyn Reader, limit: usize) -> Result<Vec<Proposal>, StoredError> {
    let range = Range::prefix(&keys::all_proposals());
    let page = reader.scan(&range, None, limit.min(SCAN_LIMIT), Direction::Descending)?;
    page.iter().map(|(key, value)| stored::parse(key, value)).collect()
}

/// Returns the last proposal of a hash: the one that waits, if one does.
pub(crate) fn last_of(reader: &dyn Reader, hash: &str) -> Result<Option<Proposal>, StoredError> {
    let all = proposals(reader, SCAN_LIMIT)?;
    Ok(all.into_iter().find(|proposal| proposal.hash == hash))
}

pub(super) fn next_number(reader: &dyn Reader) -> Result<u64, StoredError> {
    Ok(proposals(reader, 1)?.first().map_or(0, |last| last.number + 1))
}

/// Returns the live releases of a store; nothing when none is.
pub(crate) fn read_table(
    reader: &dyn Reader,
    releases: &Releases,
) -> Result<Option<LiveTable>, ReleaseError> {
    let built = |info: Live| {
        let release = releases.get(reader, &info.hash)?;
        let release = release.ok_or_else(|| ReleaseError::Unknown(info.hash.clone()))?;
        LiveRelease::new(release, info).map(std::sync::Arc::new)
    };
    let Some(info) = super::live(reader)? else { return Ok(None) };
    let others = built(info)?;
    let mut bound = Vec::new();
    for info in super::live_cohorts(reader)? {
        if let Audience::Cohorts { cohorts } = info.audience {
            bound.push((cohorts, built(info)?));
        }
    }
    Ok(Some(LiveTable::new(others, bound)))
}
