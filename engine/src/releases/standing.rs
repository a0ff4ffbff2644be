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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::proposal::{Origin, ProposalState};
    use super::super::proposing::outlook;
    use super::*;

    /// What happens to the releases of a house.
    #[derive(Debug, Clone)]
    enum Deed {
        /// One is proposed for that many days from now.
        Propose(i64, Audience),
        /// One goes live at once.
        Live(Audience),
        /// One that waits is taken back.
        Withdraw(prop::sample::Index),
        /// A day passes.
        Pass,
    }

    fn audience() -> impl Strategy<Value = Audience> {
        let cohorts = (0_i64..4, 0_i64..3).prop_filter_map("empty", |(from, more)| {
            let cohorts = Cohorts::new(Some(from), Some(from + more))?;
            Some(Audience::Cohorts { cohorts })
        });
        prop_oneof![3 => Just(Audience::Others), 3 => cohorts, 1 => Just(Audience::Everyone)]
    }

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            4 => (1_i64..6, audience()).prop_map(|(days, audience)| Deed::Propose(days, audience)),
            1 => audience().prop_map(Deed::Live),
            1 => any::<prop::sample::Index>().prop_map(Deed::Withdraw),
            2 => Just(Deed::Pass),
        ]
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    fn proposal(number: u64, due: i64, audience: Audience, base: Vec<Stands>) -> Proposal {
        Proposal {
            number,
            hash: format!("w{number}"),
            signatures: Vec::new(),
            needed: 1,
            note: None,
            from: None,
            due: Some(day(due)),
            audience,
            base,
            origin: Origin::Deploy,
            state: ProposalState::Scheduled,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Whatever is proposed, taken back and put live: what still waits when its day comes stands on the very releases
        /// that it was made on, so that nobody's plan for that day is undone in silence.
        #[test]
        fn what_waits_until_its_day_stands_on_what_it_was_made_on(
            deeds in prop::collection::vec(deed(), 1..24)
        ) {
            let (mut now, mut waiting) = (Standing::new("first".into(), Vec::new()), Vec::new());
            let (mut today, mut number) = (0, 0);
            for deed in deeds {
                number += 1;
                match deed {
                    Deed::Propose(days, audience) => {
                        let due = today + days;
                        let base = outlook(&now, &waiting, Some(day(due))).of(audience);
                        waiting.push(proposal(number, due, audience, base));
                    }
                    Deed::Live(audience) => now = now.with(&format!("live{number}"), audience),
                    Deed::Withdraw(which) if !waiting.is_empty() => {
                        waiting.remove(which.index(waiting.len()));
                    }
                    Deed::Withdraw(_) => {}
                    Deed::Pass => today += 1,
                }
                take_overtaken(&now, &mut waiting);
                loop {
                    let due: Vec<Proposal> =
                        before(&waiting, Some(day(today)), u64::MAX).into_iter().cloned().collect();
                    let Some(next) = due.into_iter().next() else { break };
                    prop_assert_eq!(now.of(next.audience), next.base.clone());
                    now = now.with(&next.hash, next.audience);
                    waiting.retain(|one| one.number != next.number);
                    take_overtaken(&now, &mut waiting);
                }
            }
        }
    }
}
