//! The writer's part: a release is taken, signed, refused, taken back.
//!
//! Invariant: one that waits was made on what will be live on its day, as far as is known; so that two can wait for two
//! days, the later one made on the earlier.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_definition::Sources;
use xueji_definition::file::ReleaseRule;
use xueji_runtime::Release;

use super::asked::Deployed;
use super::going_live::{Deed, Going};
use super::news::News;
use super::proposal::{
    self, Ask, Origin, Proposal, ProposalState, ReleaseAct, ReleaseRefusal, Signature,
};
use super::standing::{before, take_overtaken_beside};
use super::table::Stands;
use super::waiting::{keep, last_of, next_number, waiting};
use super::{Audience, LiveTable, Standing};
use crate::core::Core;
use crate::stored::{Live, StoredError};
use crate::submission::DeployError;

/// Returns when the day begins from which a release is to hold; nothing when that is now.
pub(crate) fn due(
    live: &LiveTable,
    from: Option<Date>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ReleaseRefusal> {
    let Some(from) = from else { return Ok(None) };
    let today = live.calendar.local_date(now);
    if from < today {
        return Err(ReleaseRefusal::DatePassed { from, today });
    }
    let begins = live.calendar.start_of(from);
    let begins = begins.map_err(|_| ReleaseRefusal::DateTooFar { from })?;
    Ok((begins > now).then_some(begins))
}

/// Returns what will stand when one that is due then goes live.
pub(crate) fn outlook(now: &Standing, waiting: &[Proposal], due: Option<Timestamp>) -> Standing {
    now.after(before(waiting, due, u64::MAX))
}

impl Core {
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
        let due = due(&self.live, ask.from, now)?;
        let mut waits = self.waiting()?;
        let itself = waits.iter().position(|waits| waits.hash == release.hash);
        let itself = itself.map(|at| waits.remove(at));
        let mut deed = Deed::default();
        if let Some(itself) = itself.as_ref().filter(|_| ask.origin == Origin::Renewal) {
            self.put_off(&mut deed, itself, &mut waits, (ask, due), now);
        }
        let base = outlook(&self.live.outline(), &waits, due).of(ask.audience);
        expected(ask, &base)?;
        if base.iter().all(|stands| stands.hash == release.hash) {
            let live = self.live.all().find(|live| live.info.hash == release.hash);
            let live = live.unwrap_or_else(|| self.live.others());
            return Ok(Deployed::Unchanged(live.info.clone()));
        }
        let signature = Signature { by: ask.by.clone(), at: now };
        if rule.signatures <= 1 && due.is_none() {
            let mut info = Live::bare(&release.hash, now, 0);
            info.by = Some(ask.by.clone());
            (info.note, info.audience, info.origin) = (note, ask.audience, ask.origin);
            info.signatures = vec![signature];
            let going = Going { release, sources: Some(sources), info };
            return Ok(Deployed::Live(self.go_live(going, deed, now)?.info.clone()));
        }
        if let Some(waits) = itself.filter(|_| ask.origin != Origin::Renewal) {
            if (waits.audience, waits.from) == (ask.audience, due.and(ask.from)) {
                return Ok(Deployed::Waits(waits));
            }
            let state = waits.state.title();
            return Err(ReleaseRefusal::WaitsOtherwise { hash: waits.hash, state }.into());
        }
        let from = due.and(ask.from);
        day_taken(&waits, from, ask.audience)?;
        let number = {
            let reader = self.store.snapshot().map_err(StoredError::from)?;
            next_number(&*reader)?
        };
        let made = Proposal {
            number,
            hash: release.hash.clone(),
            signatures: vec![signature],
            needed: rule.signatures,
            note,
            from,
            due,
            audience: ask.audience,
            base,
            origin: ask.origin,
            state: match rule.signatures {
                0 | 1 => ProposalState::Scheduled,
                _ => ProposalState::Proposed,
            },
        };
        self.keep_sources(sources, &made.hash, &mut deed.changes)?;
        keep(&mut deed.changes, &made);
        deed.news.push(News::stands(&made, Some(ask.by.clone())));
        self.commit(deed, now)?;
        Ok(Deployed::Waits(made))
    }

    /// Takes a proposal back that is renewed, with those that were made on it and come before its new day.
    fn put_off(
        &self,
        deed: &mut Deed,
        itself: &Proposal,
        others: &mut Vec<Proposal>,
        (ask, due): (&Ask, Option<Timestamp>),
        now: Timestamp,
    ) {
        let reason = "改期 | renewed".to_owned();
        let state = ProposalState::Withdrawn { by: ask.by.clone(), at: now, reason };
        deed.close(&Proposal { state, ..itself.clone() }, Some(&ask.by));
        let audience = ask.audience;
        let renewed = Proposal { number: u64::MAX, due, audience, ..itself.clone() };
        for overtaken in take_overtaken_beside(&self.live.outline(), others, renewed) {
            deed.overtaken(overtaken, &itself.hash, now);
        }
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
        let mut deed = Deed::default();
        deed.news.push(match act {
            ReleaseAct::Approve => News::approved(&next, by),
            ReleaseAct::Reject { .. } | ReleaseAct::Withdraw { .. } => {
                News::stands(&next, Some(by.to_owned()))
            }
        });
        let ready = next.state == ProposalState::Scheduled && next.due.is_none_or(|due| due <= now);
        if ready {
            if let Some(stands) = self.not_yet(&next) {
                let (hash, on) = (next.hash, stands.hash);
                return Err(ReleaseRefusal::NotYet { hash, on }.into());
            }
            return self.carry_out(next, deed, now);
        }
        keep(&mut deed.changes, &next);
        if !next.state.waits() {
            let mut rest = self.waiting()?;
            rest.retain(|waits| waits.number != next.number);
            self.close_overtaken(&mut deed, rest, &next.hash, now);
        }
        self.commit(deed, now)?;
        Ok(next)
    }

    pub(super) fn rule(&self) -> ReleaseRule {
        self.live.release.definitions.organisation.releases.clone()
    }

    /// Returns the releases that wait.
    pub(crate) fn waiting(&self) -> Result<Vec<Proposal>, StoredError> {
        let reader = self.store.snapshot().map_err(StoredError::from)?;
        waiting(&*reader)
    }

    /// Returns what a proposal was made on and is not live yet; nothing when all of it is.
    pub(super) fn not_yet(&self, proposal: &Proposal) -> Option<Stands> {
        let standing = self.live.standing(proposal.audience);
        if standing == proposal.base {
            return None;
        }
        let missing = proposal.base.iter().find(|stands| !standing.contains(stands));
        missing.or(proposal.base.first()).cloned()
    }
}

/// Refuses when the caller knew another release than the one that is, or will be, there.
fn expected(ask: &Ask, base: &[Stands]) -> Result<(), ReleaseRefusal> {
    let Some(expected) = &ask.base else { return Ok(()) };
    match base.iter().find(|stands| stands.hash != *expected) {
        Some(other) => {
            let (expected, found) = (expected.clone(), other.hash.clone());
            Err(ReleaseRefusal::Moved { expected, found })
        }
        None => Ok(()),
    }
}

/// Refuses a second release for the same day and the same people: only one of them would be live at all.
fn day_taken(
    waits: &[Proposal],
    from: Option<Date>,
    audience: Audience,
) -> Result<(), ReleaseRefusal> {
    let Some(from) = from else { return Ok(()) };
    match waits.iter().find(|waits| waits.from == Some(from) && waits.audience == audience) {
        Some(waits) => Err(ReleaseRefusal::DayTaken { hash: waits.hash.clone(), from }),
        None => Ok(()),
    }
}
