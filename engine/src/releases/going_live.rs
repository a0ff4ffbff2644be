//! The writer's part: a release goes live, or waits; and one that waits goes live when its time has come.
//!
//! Invariant: what goes live and what that does to the releases that wait is one commit. A release that waits goes live
//! only on what was live when it was proposed; once that has moved, it is overtaken and stays so.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use xueji_definition::Sources;
use xueji_definition::file::ReleaseRule;
use xueji_runtime::Release;
use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use super::asked::{Deployed, Happened, News};
use super::proposal::{
    self, Ask, Origin, Proposal, ProposalState, ReleaseAct, ReleaseRefusal, Signature,
};
use super::{Audience, LiveRelease, LiveTable, ReleaseError, index_records};
use crate::changes::Changes;
use crate::core::Core;
use crate::keys::{self, TimerId};
use crate::stored::{self, Job, Live, StoredError};
use crate::submission::{DeployError, SubmitError};
use crate::writer::Done;

/// Who is told what happens to releases.
type Listener = Box<dyn Fn(&News) + Send + Sync>;

/// The live releases as everybody but the writer sees them: those that are durable.
#[derive(Default)]
pub(crate) struct Shown {
    table: RwLock<Option<Arc<LiveTable>>>,
    listeners: RwLock<Vec<Listener>>,
}

impl Shown {
    /// Returns the live releases, or those given while nothing is shown.
    pub(crate) fn table(&self, at_first: &Arc<LiveTable>) -> Arc<LiveTable> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.as_ref().unwrap_or(at_first))
    }

    /// Has a function called with what happens to releases, once that is durable.
    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    fn show(&self, table: Arc<LiveTable>, news: &[News]) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            news.iter().for_each(listener);
        }
    }
}

/// What is to be made known after the flush.
#[derive(Default)]
pub(crate) struct Unshown {
    pub(crate) shown: Arc<Shown>,
    news: Vec<News>,
    /// When the next release is due.
    pub(crate) next_due: Option<Timestamp>,
}

/// What goes live.
struct Going<'a> {
    release: Arc<Release>,
    /// Its files, when the store may not have them yet.
    sources: Option<&'a Sources>,
    info: Live,
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
        self.go_live(Going { release, sources: Some(sources), info }, Changes::default(), now)
    }

    /// Says since when the first release of a store is live.
    pub(crate) fn date_first(&mut self, at: Timestamp) -> Result<(), SubmitError> {
        let info = Live { at, ..self.live.others().info.clone() };
        let mut changes = Changes::default();
        changes.put_json(keys::live(), &info);
        changes.put_json(keys::live_since(info.number), &info);
        self.apply(&changes)
    }

    /// Takes a release: puts it live, or has it wait for signatures or its date.
    pub(crate) fn propose(
        &mut self,
        sources: &Sources,
        release: Arc<Release>,
        ask: &Ask,
    ) -> Result<Deployed, DeployError> {
        self.go_live_if_due()?;
        let now = self.clock.now().max(self.last_now);
        let rule = self.rule();
        let note = proposal::note(ask.note.as_deref(), &rule)?;
        let base = self.live.standing(ask.audience);
        if let Some(expected) = &ask.base
            && let Some(other) = base.iter().find(|stands| stands.hash != *expected)
        {
            let (expected, found) = (expected.clone(), other.hash.clone());
            return Err(ReleaseRefusal::Moved { expected, found }.into());
        }
        if base.iter().all(|stands| stands.hash == release.hash) {
            let live = self.live.all().find(|live| live.info.hash == release.hash);
            return Ok(Deployed::Unchanged(
                live.unwrap_or_else(|| self.live.others()).info.clone(),
            ));
        }
        let due = self.due(ask, now)?;
        let mut changes = Changes::default();
        let waiting = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            waiting(&*reader)?.into_iter().find(|waits| waits.hash == release.hash)
        };
        let signature = Signature { by: ask.by.clone(), at: now };
        if rule.signatures <= 1 && due.is_none() {
            let mut info = Live::bare(&release.hash, now, 0);
            info.by = Some(ask.by.clone());
            (info.note, info.audience, info.origin) = (note, ask.audience, ask.origin);
            info.signatures = vec![signature];
            let live =
                self.go_live(Going { release, sources: Some(sources), info }, changes, now)?;
            return Ok(Deployed::Live(live.info.clone()));
        }
        if let Some(waits) = waiting {
            if ask.origin == Origin::Renewal {
                let reason = "改期 | renewed".to_owned();
                let state = ProposalState::Withdrawn { by: ask.by.clone(), at: now, reason };
                close(&mut changes, &Proposal { state, ..waits });
            } else if (waits.audience, waits.from) == (ask.audience, due.and(ask.from)) {
                return Ok(Deployed::Waits(waits));
            } else {
                let state = waits.state.title();
                return Err(ReleaseRefusal::WaitsOtherwise { hash: waits.hash, state }.into());
            }
        }
        let number = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            next_number(&*reader)?
        };
        let state =
            if rule.signatures <= 1 { ProposalState::Scheduled } else { ProposalState::Proposed };
        let made = Proposal {
            number,
            hash: release.hash.clone(),
            signatures: vec![signature],
            needed: rule.signatures,
            note,
            from: due.and(ask.from),
            due,
            audience: ask.audience,
            base,
            origin: ask.origin,
            state,
        };
        self.keep_sources(sources, &made.hash, &mut changes)?;
        self.keep(&mut changes, &made);
        self.commit(&changes, now)?;
        self.happened(&made, Some(ask.by.clone()));
        Ok(Deployed::Waits(made))
    }

    /// Does something with a release that waits.
    pub(crate) fn act_on_release(
        &mut self,
        hash: &str,
        by: &str,
        act: &ReleaseAct,
    ) -> Result<Proposal, DeployError> {
        self.go_live_if_due()?;
        let now = self.clock.now().max(self.last_now);
        let found = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            last_of(&*reader, hash)?
        };
        let Some(found) = found else {
            return Err(ReleaseRefusal::NothingWaits(hash.to_owned()).into());
        };
        let Some(next) = found.after(act, by, now, &self.rule())? else { return Ok(found) };
        let ready = next.state == ProposalState::Scheduled && next.due.is_none_or(|due| due <= now);
        if ready {
            return self.carry_out(next, now);
        }
        let mut changes = Changes::default();
        self.keep(&mut changes, &next);
        self.commit(&changes, now)?;
        self.happened(&next, Some(by.to_owned()));
        Ok(next)
    }

    /// Puts a signed proposal live.
    fn carry_out(&mut self, next: Proposal, now: Timestamp) -> Result<Proposal, DeployError> {
        let built = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            self.releases.get(&*reader, &next.hash)
        };
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
                let mut changes = Changes::default();
                let number = {
                    let reader = self.store.snapshot().map_err(StoredError::from)?;
                    super::count(&*reader)?
                };
                let gone =
                    Proposal { state: ProposalState::Live { number, at: now }, ..next.clone() };
                close(&mut changes, &gone);
                match self.go_live(Going { release, sources: None, info }, changes, now) {
                    Ok(_) => return Ok(gone),
                    Err(DeployError::Release(error)) => error.to_string(),
                    Err(error) => return Err(error),
                }
            }
            Ok(None) => ReleaseError::Unknown(next.hash.clone()).to_string(),
            Err(ReleaseError::Stored(error)) => return Err(error.into()),
            Err(error) => error.to_string(),
        };
        let broken = Proposal { state: ProposalState::Broken { at: now, reason }, ..next };
        let mut changes = Changes::default();
        close(&mut changes, &broken);
        self.commit(&changes, now)?;
        self.happened(&broken, None);
        Ok(broken)
    }

    /// Puts the release live whose date has come, unless it does not wait any more. The timer goes in the same commit.
    pub(crate) fn go_live_by_date(&mut self, id: &TimerId, number: u64) -> Result<(), SubmitError> {
        let now = id.due.max(self.last_now);
        let found: Option<Proposal> = {
            let reader = self.store.snapshot()?;
            stored::get(&*reader, &keys::proposal(number))?
        };
        let waits = found.filter(|found| found.state == ProposalState::Scheduled);
        let Some(waits) = waits else {
            let mut changes = Changes::default();
            changes.delete(keys::timer(id));
            self.commit(&changes, now)?;
            return self.look_for_due();
        };
        let rule = self.rule();
        let next = Proposal { needed: rule.signatures, ..waits };
        if !next.is_signed() {
            // More signatures are asked for by now: it waits for them, and goes live with the last.
            let next = Proposal { state: ProposalState::Proposed, ..next };
            let mut changes = Changes::default();
            changes.delete(keys::timer(id));
            changes.put_json(keys::proposal(number), &next);
            self.commit(&changes, now)?;
            self.happened(&next, None);
            return self.look_for_due();
        }
        match self.carry_out(next, now) {
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

    fn rule(&self) -> ReleaseRule {
        self.live.release.definitions.organisation.releases.clone()
    }

    /// Returns when the day begins from which it is to hold; nothing when that is now.
    fn due(&self, ask: &Ask, now: Timestamp) -> Result<Option<Timestamp>, ReleaseRefusal> {
        let Some(from) = ask.from else { return Ok(None) };
        let today = self.live.calendar.local_date(now);
        if from < today {
            return Err(ReleaseRefusal::DatePassed { from, today });
        }
        let begins = self.live.calendar.start_of(from);
        let begins = begins.map_err(|_| ReleaseRefusal::DateTooFar { from })?;
        Ok((begins > now).then_some(begins))
    }

    /// Puts a release live with other changes, and closes what it overtakes.
    fn go_live(
        &mut self,
        going: Going<'_>,
        mut changes: Changes,
        now: Timestamp,
    ) -> Result<Arc<LiveRelease>, DeployError> {
        let (number, waits) = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            (super::count(&*reader)?, waiting(&*reader)?)
        };
        let info = Live { number, ..going.info };
        let live = Arc::new(LiveRelease::new(going.release, info)?);
        let table = Arc::new(self.live.with(Arc::clone(&live), live.info.audience));
        if let Some(sources) = going.sources {
            self.keep_sources(sources, &live.info.hash, &mut changes)?;
        }
        changes.put_json(keys::live_since(number), &live.info);
        changes.put_json(keys::live(), &table.others().info);
        let bound: Vec<&Live> = table.bound().map(|live| &live.info).collect();
        changes.put_json(keys::live_cohorts(), &bound);
        let mut overtaken = Vec::new();
        for waits in waits.into_iter().filter(|waits| Some(waits.number) != live.info.proposal) {
            if table.standing(waits.audience) != waits.base {
                let by = live.info.hash.clone();
                // Put live at once by somebody who did not wait for its date.
                let itself =
                    || (live.info.by.clone().unwrap_or_default(), "已直接上线 | went live at once");
                let state = if waits.hash == by {
                    let (by, reason) = itself();
                    ProposalState::Withdrawn { by, at: now, reason: reason.to_owned() }
                } else {
                    ProposalState::Overtaken { at: now, by }
                };
                let closed = Proposal { state, ..waits };
                close(&mut changes, &closed);
                overtaken.push(closed);
            }
        }
        index_records(&*self.store, &table.indexed)?;
        self.commit(&changes, now)?;
        self.live = table;
        let what = Happened::WentLive { number };
        let by = live.info.by.clone();
        self.unshown.news.push(News { hash: live.info.hash.clone(), by, what });
        for closed in &overtaken {
            self.happened(closed, None);
        }
        self.look_for_due()?;
        Ok(live)
    }

    fn keep_sources(
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

    /// Keeps a proposal that waits, or waited, with its timer.
    fn keep(&self, changes: &mut Changes, kept: &Proposal) {
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

    fn commit(&mut self, changes: &Changes, now: Timestamp) -> Result<(), SubmitError> {
        self.apply(changes)?;
        self.last_now = now;
        Ok(())
    }

    fn happened(&mut self, to: &Proposal, by: Option<String>) {
        let what = Happened::Stands(Box::new(to.clone()));
        self.unshown.news.push(News { hash: to.hash.clone(), by, what });
        // An error shows with the next command; until then, the timer runs by itself.
        drop(self.look_for_due());
    }
}

/// Keeps a proposal as one that does not wait.
fn close(changes: &mut Changes, closed: &Proposal) {
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

fn next_number(reader: &dyn Reader) -> Result<u64, StoredError> {
    Ok(proposals(reader, 1)?.first().map_or(0, |last| last.number + 1))
}

/// Returns the live releases of a store; nothing when none is.
pub(crate) fn read_table(
    reader: &dyn Reader,
    releases: &super::Releases,
) -> Result<Option<LiveTable>, ReleaseError> {
    let built = |info: Live| {
        let release = releases.get(reader, &info.hash)?;
        let release = release.ok_or_else(|| ReleaseError::Unknown(info.hash.clone()))?;
        LiveRelease::new(release, info).map(Arc::new)
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
