//! Which release new cases start on: the one of their cohort, else the one that is for all others.
//!
//! Invariant: for each cohort, and for what has none, exactly one release is live. Of several that name a cohort, the
//! one that went live last; one whose cohorts all have a later release is no longer there.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::LiveRelease;
use super::cohorts::{Audience, Cohorts};
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
                let seen = Self::new(Arc::clone(&self.others), bound);
                let alive = seen.bound.iter().enumerate();
                let alive = alive.filter(|(at, _)| !seen.left_of(*at).is_empty());
                let alive = alive.map(|(_, bound)| bound.clone()).collect();
                Self::new(seen.others, alive)
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
        Some(self.left_of(at))
    }

    /// Returns the cohorts of one that no later release has.
    fn left_of(&self, at: usize) -> Vec<Cohorts> {
        let Some((own, _)) = self.bound.get(at) else { return Vec::new() };
        let later = self.bound.iter().skip(at + 1).map(|(cohorts, _)| *cohorts);
        later.fold(vec![*own], |left, later| {
            left.into_iter().flat_map(|piece| piece.without(later)).collect()
        })
    }

    /// Returns what is live for those for whom another release might go live.
    #[must_use]
    pub fn standing(&self, audience: Audience) -> Vec<Stands> {
        let rest = Stands { hash: self.others.info.hash.clone(), cohorts: None };
        let within = match audience {
            Audience::Others => return vec![rest],
            Audience::Everyone => Cohorts::ALL,
            Audience::Cohorts { cohorts } => cohorts,
        };
        let mut standing = Vec::new();
        let mut open = vec![within];
        for (cohorts, live) in self.bound.iter().rev() {
            let met = open.iter().filter_map(|piece| piece.meet(*cohorts));
            let hash = &live.info.hash;
            standing.extend(met.map(|met| Stands { hash: hash.clone(), cohorts: Some(met) }));
            open = open.into_iter().flat_map(|piece| piece.without(*cohorts)).collect();
        }
        standing.sort_by_key(|stands| stands.cohorts);
        // What is left has the release of all others; for everybody, what has no cohort has it as well.
        if !open.is_empty() || audience == Audience::Everyone {
            standing.push(rest);
        }
        standing
    }
}
