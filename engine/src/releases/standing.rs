//! Which release stands for whom, by hash alone; and what will stand on a day, if what waits goes live as it should.
//!
//! Invariant: pure. A release that waits can go live as long as what it was made on stands now, or will stand once some of
//! those that go live before it have done so.

use super::cohorts::{Audience, Cohorts};
use super::proposal::Proposal;
use super::table::Stands;

/// Which release stands for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    others: String,
    /// In the order in which they went live.
    bound: Vec<(Cohorts, String)>,
}

impl Standing {
    pub(super) fn new(others: String, bound: Vec<(Cohorts, String)>) -> Self {
        Self { others, bound }
    }

    /// Returns the release for all that have none of their own.
    pub(crate) fn others(&self) -> &str {
        &self.others
    }

    /// Returns the release that a case of that cohort starts on.
    pub(crate) fn for_cohort(&self, cohort: Option<i64>) -> &str {
        let own = |cohort: i64| {
            self.bound.iter().rev().find(|(cohorts, _)| cohorts.holds(cohort)).map(|(_, hash)| hash)
        };
        cohort.and_then(own).unwrap_or(&self.others)
    }

    /// Returns it once a release has gone live.
    pub(crate) fn with(&self, hash: &str, audience: Audience) -> Self {
        match audience {
            Audience::Others => Self { others: hash.to_owned(), bound: self.bound.clone() },
            Audience::Everyone => Self { others: hash.to_owned(), bound: Vec::new() },
            Audience::Cohorts { cohorts } => {
                let mut bound = self.bound.clone();
                bound.push((cohorts, hash.to_owned()));
                Self { others: self.others.clone(), bound: alive(&bound) }
            }
        }
    }

    /// Returns what stands for those for whom another release might go live.
    pub(crate) fn of(&self, audience: Audience) -> Vec<Stands> {
        let rest = Stands { hash: self.others.clone(), cohorts: None };
        let within = match audience {
            Audience::Others => return vec![rest],
            Audience::Everyone => Cohorts::ALL,
            Audience::Cohorts { cohorts } => cohorts,
        };
        let mut standing = Vec::new();
        let mut open = vec![within];
        for (cohorts, hash) in self.bound.iter().rev() {
            let met = open.iter().filter_map(|piece| piece.meet(*cohorts));
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

    /// Returns what stands once some releases that wait have gone live, in the order given.
    pub(crate) fn after<'a>(&self, gone: impl IntoIterator<Item = &'a Proposal>) -> Self {
        gone.into_iter().fold(self.clone(), |standing, one| standing.with(&one.hash, one.audience))
    }
}

/// Returns those of whose cohorts something is left.
pub(super) fn alive<T: Clone>(bound: &[(Cohorts, T)]) -> Vec<(Cohorts, T)> {
    let alive = bound.iter().enumerate().filter(|(at, _)| !left_of(bound, *at).is_empty());
    alive.map(|(_, bound)| bound.clone()).collect()
}

/// Returns the cohorts of one that no later release has.
pub(super) fn left_of<T>(bound: &[(Cohorts, T)], at: usize) -> Vec<Cohorts> {
    let Some((own, _)) = bound.get(at) else { return Vec::new() };
    let later = bound.iter().skip(at + 1).map(|(cohorts, _)| *cohorts);
    later.fold(vec![*own], |left, later| {
        left.into_iter().flat_map(|piece| piece.without(later)).collect()
    })
}

/// Returns the releases that wait and go live no later than one that is due then, in their order. One without a date goes
/// live as soon as it is signed, so that it comes before every date; before what has none itself comes nothing.
pub(crate) fn before(
    waiting: &[Proposal],
    due: Option<jiff::Timestamp>,
    number: u64,
) -> Vec<&Proposal> {
    let Some(due) = due else { return Vec::new() };
    let earlier = |one: &&Proposal| {
        one.number != number && one.due.is_none_or(|its| (its, one.number) < (due, number))
    };
    let mut earlier: Vec<&Proposal> = waiting.iter().filter(earlier).collect();
    earlier.sort_by_key(|one| (one.due, one.number));
    earlier
}

/// Tells whether one that waits can still come to stand on what it was made on.
fn can_come(now: &Standing, waiting: &[Proposal], one: &Proposal) -> bool {
    let earlier = before(waiting, one.due, one.number);
    (0..=earlier.len())
        .any(|some| now.after(earlier.iter().take(some).copied()).of(one.audience) == one.base)
}

/// Takes out of those that wait the ones that can no longer come to stand on what they were made on: directly, or because
/// what they were made on waits no more.
pub(crate) fn take_overtaken(now: &Standing, waiting: &mut Vec<Proposal>) -> Vec<Proposal> {
    take(now, waiting, None)
}

/// Takes out the ones that can no longer come to stand on what they were made on once one more waits for its new day.
pub(super) fn take_overtaken_beside(
    now: &Standing,
    waiting: &mut Vec<Proposal>,
    renewed: Proposal,
) -> Vec<Proposal> {
    let number = renewed.number;
    waiting.push(renewed);
    let overtaken = take(now, waiting, Some(number));
    waiting.retain(|one| one.number != number);
    overtaken
}

fn take(now: &Standing, waiting: &mut Vec<Proposal>, stays: Option<u64>) -> Vec<Proposal> {
    let mut overtaken = Vec::new();
    while let Some(at) =
        waiting.iter().position(|one| Some(one.number) != stays && !can_come(now, waiting, one))
    {
        overtaken.push(waiting.remove(at));
    }
    overtaken
}
