//! What will be live when a release goes live, for those it is for.
//!
//! Invariant: pure. It is what the release will be made on when it is proposed, by the same functions.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::releases::{
    Audience, LiveTable, Proposal, ReleaseRefusal, Standing, Stands, due, outlook,
};

/// For whom, and from when, a release is to be live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target {
    /// For whom.
    pub audience: Audience,
    /// The day from whose beginning; at once when not said.
    pub from: Option<Date>,
}

/// What will be there.
pub(super) struct Prospect {
    /// When it goes live; nothing when at once.
    pub(super) due: Option<Timestamp>,
    /// The local day of it.
    pub(super) day: Date,
    /// What is live now.
    pub(super) now: Standing,
    /// What stands for whom just before.
    pub(super) before: Standing,
    /// What stands then for those it is for.
    pub(super) base: Vec<Stands>,
    /// The other releases that wait now.
    pub(super) waiting: Vec<Proposal>,
}

impl Prospect {
    /// Returns what will be there when files of that hash go live as is said.
    ///
    /// # Errors
    /// [`ReleaseRefusal`] when the day has passed or is too far away.
    pub(super) fn new(
        live: &LiveTable,
        mut waiting: Vec<Proposal>,
        hash: &str,
        target: Target,
        now: Timestamp,
    ) -> Result<Self, ReleaseRefusal> {
        let due = due(live, target.from, now)?;
        let today = live.calendar.local_date(now);
        let day = target.from.map_or(today, |from| from.max(today));
        waiting.retain(|waits| waits.hash != hash);
        let now = live.outline();
        let before = outlook(&now, &waiting, due);
        let base = before.of(target.audience);
        Ok(Self { due, day, now, before, base, waiting })
    }

    /// Returns the releases that the new one is compared with, each once: the one for all others first, else that of the
    /// highest cohorts.
    pub(super) fn compared(&self) -> Vec<String> {
        let mut compared: Vec<String> = Vec::new();
        for stands in self.base.iter().rev() {
            if !compared.contains(&stands.hash) {
                compared.push(stands.hash.clone());
            }
        }
        compared
    }
}
