//! The writer's part: a release goes live, or waits; and one that waits goes live when its time has come.
//!
//! Invariant: what goes live and what that does to the releases that wait is one commit. A release that waits goes live
//! only on what was live when it was proposed; once that has moved, it is overtaken and stays so.

use std::sync::Arc;

use jiff::Timestamp;
use xueji_definition::Sources;
use xueji_runtime::Release;

use super::news::News;
use super::proposal::{Proposal, ProposalState};
use super::standing::take_overtaken;
use super::waiting::{close, waiting};
use super::{LiveRelease, ReleaseError, index_records};
use crate::changes::Changes;
use crate::core::Core;
use crate::keys::{self, TimerId};
use crate::stored::{self, Live, Place, StoredError};
use crate::submission::{DeployError, SubmitError};
use crate::writer::Done;

/// What is to be written as one, and what is told of it.
#[derive(Default)]
pub(super) struct Deed {
    pub(super) changes: Changes,
    pub(super) news: Vec<News>,
    /// The proposals that wait no more with it.
    pub(super) closed: Vec<u64>,
}

impl Deed {
    /// Has a proposal wait no more, and tells so.
    pub(super) fn close(&mut self, closed: &Proposal, by: Option<&str>) {
        close(&mut self.changes, closed);
        self.closed.push(closed.number);
        self.news.push(News::stands(closed, by.map(str::to_owned)));
    }

    /// Has a proposal wait no more because of what has become of another that waited.
    pub(super) fn overtaken(&mut self, overtaken: Proposal, other: &str, now: Timestamp) {
        let state = ProposalState::Overtaken { at: now, by: other.to_owned(), left: true };
        self.close(&Proposal { state, ..overtaken }, None);
    }
}

/// What goes live.
pub(super) struct Going<'a> {
    pub(super) release: Arc<Release>,
    /// Its files, when the store may not have them yet.
    pub(super) sources: Option<&'a Sources>,
    pub(super) info: Live,
}

impl Core {
    /// Returns what makes known what has happened to releases, to be called after the flush.
    pub(crate) fn publish(&mut self) -> Option<Done> {
        if self.unshown.news.is_empty() {
            return None;
        }
        let news = std::mem::take(&mut self.unshown.news);
        let (shown, table) = (Arc::clone(&self.unshown.shown), Arc::clone(&self.live));
        Some(Box::new(move |flushed| {
            if flushed.is_ok() {
                shown.show(table, &news);
            }
        }))
    }

    /// Puts a release live at once, for all that have none of their own, whatever the organisation asks for.
    pub(crate) fn deploy(
        &mut self,
        sources: &Sources,
        release: Arc<Release>,
        by: Option<&str>,
    ) -> Result<Arc<LiveRelease>, DeployError> {
        let now = self.clock.now().max(self.last_now);
        let mut info = Live::bare(&release.hash, now, 0);
        info.by = by.map(str::to_owned);
        self.go_live(Going { release, sources: Some(sources), info }, Deed::default(), now)
    }

    /// Says since when the first release of a store is live.
    pub(crate) fn date_first(&mut self, at: Timestamp) -> Result<(), SubmitError> {
        let info = Live { at, ..self.live.others().info.clone() };
        let mut changes = Changes::default();
        changes.put_json(keys::live(), &info);
        changes.put_json(keys::live_since(info.number), &info);
        self.apply(&changes)
    }

    /// Puts a signed proposal live.
    pub(super) fn carry_out(
        &mut self,
        next: Proposal,
        deed: Deed,
        now: Timestamp,
    ) -> Result<Proposal, DeployError> {
        let (built, number) = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            (self.releases.get(&*reader, &next.hash), super::count(&*reader)?)
        };
        let news = deed.news.clone();
        let reason = match built {
            Ok(Some(release)) => {
                let info = Live {
                    by: Some(next.by().to_owned()),
                    note: next.note.clone(),
                    audience: next.audience,
                    from: next.from,
                    signatures: next.signatures.clone(),
                    proposal: Some(next.number),
                    origin: next.origin,
                    ..Live::bare(&next.hash, now, 0)
                };
                let state = ProposalState::Live { number, at: now };
                let gone = Proposal { state, ..next.clone() };
                let mut deed = deed;
                close(&mut deed.changes, &gone);
                deed.closed.push(gone.number);
                match self.go_live(Going { release, sources: None, info }, deed, now) {
                    Ok(_) => return Ok(gone),
                    Err(DeployError::Release(error)) => error.to_string(),
                    Err(error) => return Err(error),
                }
            }
            Ok(None) => ReleaseError::Unknown(next.hash.clone()).to_string(),
            Err(ReleaseError::Stored(error)) => return Err(error.into()),
            Err(error) => error.to_string(),
        };
        let deed = Deed { news, ..Deed::default() };
        let state = ProposalState::Broken { at: now, reason };
        Ok(self.give_up(Proposal { state, ..next }, deed, now)?)
    }

    /// Keeps a proposal whose day has come and that does not go live, with all that were made on it.
    fn give_up(
        &mut self,
        closed: Proposal,
        mut deed: Deed,
        now: Timestamp,
    ) -> Result<Proposal, SubmitError> {
        deed.close(&closed, None);
        let mut rest = self.waiting()?;
        rest.retain(|waits| waits.number != closed.number);
        self.close_overtaken(&mut deed, rest, &closed.hash, now);
        self.commit(deed, now)?;
        Ok(closed)
    }

    /// Closes those of the releases that wait which can no longer go live on what they were made on, because something
    /// has become of another.
    pub(super) fn close_overtaken(
        &self,
        deed: &mut Deed,
        mut waits: Vec<Proposal>,
        other: &str,
        now: Timestamp,
    ) {
        for overtaken in take_overtaken(&self.live.outline(), &mut waits) {
            deed.overtaken(overtaken, other, now);
        }
    }

    /// Puts the release live whose date has come, unless it does not wait any more. The timer goes in the same commit.
    pub(crate) fn go_live_by_date(&mut self, id: &TimerId, number: u64) -> Result<(), SubmitError> {
        let now = id.due.max(self.last_now);
        let found: Option<Proposal> = {
            let reader = self.store.snapshot()?;
            stored::get(&*reader, &keys::proposal(number))?
        };
        let waits = found.filter(|found| found.state == ProposalState::Scheduled);
        let mut deed = Deed::default();
        deed.changes.delete(keys::timer(id));
        let Some(waits) = waits else {
            self.commit(deed, now)?;
            return self.look_for_due();
        };
        let next = Proposal { needed: self.rule().signatures, ..waits };
        if !next.is_signed() {
            // More signatures are asked for by now: it waits for them, and goes live with the last.
            let next = Proposal { state: ProposalState::Proposed, ..next };
            deed.changes.put_json(keys::proposal(number), &next);
            deed.news.push(News::stands(&next, None));
            self.commit(deed, now)?;
            return self.look_for_due();
        }
        if let Some(stands) = self.not_yet(&next) {
            let state = ProposalState::Overtaken { at: now, by: stands.hash, left: true };
            self.give_up(Proposal { state, ..next }, deed, now)?;
            return self.look_for_due();
        }
        match self.carry_out(next, Deed::default(), now) {
            Ok(_) => Ok(()),
            Err(DeployError::Submit(error)) => Err(error),
            Err(error) => Err(SubmitError::Fault { reason: error.to_string() }),
        }
    }

    /// Runs everything that was due until a release was to go live, so that what starts now starts on it.
    pub(crate) fn go_live_if_due(&mut self) -> Result<(), SubmitError> {
        let now = self.clock.now();
        while let Some(due) = self.unshown.next_due.filter(|due| *due <= now) {
            if !self.fire_next(due)? {
                break;
            }
        }
        Ok(())
    }

    /// Finds out when the next release is due.
    pub(crate) fn look_for_due(&mut self) -> Result<(), SubmitError> {
        let reader = self.store.snapshot()?;
        let scheduled = waiting(&*reader)?.into_iter();
        let scheduled = scheduled.filter(|waits| waits.state == ProposalState::Scheduled);
        self.unshown.next_due = scheduled.filter_map(|waits| waits.due).min();
        Ok(())
    }

    /// Puts a release live with what else is to be done, and closes what it overtakes.
    pub(super) fn go_live(
        &mut self,
        going: Going<'_>,
        mut deed: Deed,
        now: Timestamp,
    ) -> Result<Arc<LiveRelease>, DeployError> {
        let (number, mut waits) = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            (super::count(&*reader)?, waiting(&*reader)?)
        };
        let info = Live { number, ..going.info };
        let live = Arc::new(LiveRelease::new(going.release, info)?);
        let table = Arc::new(self.live.with(Arc::clone(&live), live.info.audience));
        if let Some(sources) = going.sources {
            self.keep_sources(sources, &live.info.hash, &mut deed.changes)?;
        }
        deed.changes.put_json(keys::live_since(number), &live.info);
        deed.changes.put_json(keys::live(), &table.others().info);
        let bound: Vec<&Live> = table.bound().map(|live| &live.info).collect();
        deed.changes.put_json(keys::live_cohorts(), &bound);
        deed.news.push(News::live(&live.info));
        waits.retain(|waits| !deed.closed.contains(&waits.number));
        for overtaken in take_overtaken(&table.outline(), &mut waits) {
            let by = live.info.hash.clone();
            // Put live at once by somebody who did not wait for its date.
            let state = if overtaken.hash == by {
                let by = live.info.by.clone().unwrap_or_default();
                let reason = "已直接上线 | went live at once".to_owned();
                ProposalState::Withdrawn { by, at: now, reason }
            } else {
                ProposalState::Overtaken { at: now, by, left: false }
            };
            deed.close(&Proposal { state, ..overtaken }, None);
        }
        index_records(&*self.store, &table.indexed)?;
        self.commit(deed, now)?;
        self.live = table;
        Ok(live)
    }

    pub(super) fn keep_sources(
        &self,
        sources: &Sources,
        hash: &str,
        changes: &mut Changes,
    ) -> Result<(), ReleaseError> {
        let reader = self.store.snapshot().map_err(StoredError::from)?;
        if super::sources(&*reader, hash)?.is_none() {
            changes.put_large(&keys::release(hash), &stored::bytes(sources))?;
        }
        Ok(())
    }

    /// Writes what is to be done, with what is told of it at its place among the events of all cases.
    pub(super) fn commit(&mut self, deed: Deed, now: Timestamp) -> Result<(), SubmitError> {
        let Deed { mut changes, news, .. } = deed;
        let mut sequence = self.next_sequence;
        for one in &news {
            changes.put_json(keys::sequence(sequence), &Place::of_release(one.event(now)));
            sequence += 1;
        }
        self.apply(&changes)?;
        self.last_now = now;
        self.next_sequence = sequence;
        self.unshown.news.extend(news);
        // An error shows with the next command; until then, the timer runs by itself.
        drop(self.look_for_due());
        Ok(())
    }
}
