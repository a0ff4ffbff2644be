//! Which release new cases start on: the one of their cohort, else the one that is for all others.
//!
//! Invariant: for each cohort, and for what has none, exactly one release is live. Of several that name a cohort, the
//! one that went live last; one whose cohorts all have a later release is no longer there.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::LiveRelease;
use super::cohorts::{Audience, Cohorts};
use super::standing::{Standing, alive, left_of};
use crate::index::IndexedFields;

/// A release standing for some cohorts, or for all that have none of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    /// The release.
    pub hash: String,
    /// The cohorts; all others, and what has no cohort, when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<Cohorts>,
}

/// The live releases. What is asked of it as of one release is answered by the one that is for all others: it says who
/// holds which role, what the calendars are, and what records look like.
#[derive(Debug, Clone)]
pub struct LiveTable {
    others: Arc<LiveRelease>,
    /// In the order in which they went live.
    bound: Vec<(Cohorts, Arc<LiveRelease>)>,
    /// The record fields that any of them indexes.
    pub(crate) indexed: IndexedFields,
}

impl Deref for LiveTable {
    type Target = LiveRelease;

    fn deref(&self) -> &LiveRelease {
        &self.others
    }
}

impl LiveTable {
    /// Returns the table of one release for everybody.
    pub(crate) fn only(others: Arc<LiveRelease>) -> Self {
        Self::new(others, Vec::new())
    }

    pub(crate) fn new(others: Arc<LiveRelease>, bound: Vec<(Cohorts, Arc<LiveRelease>)>) -> Self {
        let mut indexed = others.indexed.clone();
        for (kind, fields) in bound.iter().flat_map(|(_, live)| &live.indexed) {
            let known = indexed.entry(kind.clone()).or_default();
            let missing = fields.iter().filter(|field| !known.contains(field)).cloned();
            let missing: Vec<String> = missing.collect();
            known.extend(missing);
        }
        Self { others, bound, indexed }
    }

    /// Returns the table once a release has gone live.
    pub(crate) fn with(&self, live: Arc<LiveRelease>, audience: Audience) -> Self {
        match audience {
            Audience::Others => Self::new(live, self.bound.clone()),
            Audience::Everyone => Self::only(live),
            Audience::Cohorts { cohorts } => {
                let mut bound = self.bound.clone();
                bound.push((cohorts, live));
                Self::new(Arc::clone(&self.others), alive(&bound))
            }
        }
    }

    /// Returns the release for all that have none of their own.
    #[must_use]
    pub fn others(&self) -> &Arc<LiveRelease> {
        &self.others
    }

    /// Returns the release that a case of that cohort starts on.
    #[must_use]
    pub fn for_cohort(&self, cohort: Option<i64>) -> &Arc<LiveRelease> {
        let own = |cohort: i64| {
            self.bound.iter().rev().find(|(cohorts, _)| cohorts.holds(cohort)).map(|(_, live)| live)
        };
        cohort.and_then(own).unwrap_or(&self.others)
    }

    /// Returns every live release: the one for all others, then those of some cohorts, the last that went live first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<LiveRelease>> {
        std::iter::once(&self.others).chain(self.bound.iter().rev().map(|(_, live)| live))
    }

    /// Returns the releases of some cohorts in the order in which they went live, each with the cohorts it was made for.
    pub(crate) fn bound(&self) -> impl Iterator<Item = &Arc<LiveRelease>> {
        self.bound.iter().map(|(_, live)| live)
    }

    /// Returns for whom the release that went live under that number is live now: nothing when for nobody. No cohorts
    /// mean: for all that have no release of their own.
    #[must_use]
    pub fn live_for(&self, number: u64) -> Option<Vec<Cohorts>> {
        if self.others.info.number == number {
            return Some(Vec::new());
        }
        let at = self.bound.iter().position(|(_, live)| live.info.number == number)?;
        Some(left_of(&self.bound, at))
    }

    /// Returns what is live for those for whom another release might go live.
    #[must_use]
    pub fn standing(&self, audience: Audience) -> Vec<Stands> {
        self.outline().of(audience)
    }

    /// Returns which release stands for whom, by hash alone.
    pub(crate) fn outline(&self) -> Standing {
        let hash = |live: &Arc<LiveRelease>| live.info.hash.clone();
        let bound = self.bound.iter().map(|(cohorts, live)| (*cohorts, hash(live)));
        Standing::new(hash(&self.others), bound.collect())
    }
}
