//! The answers that a step can really give, and why others never come.
//!
//! Invariant: whatever is not known (a role that nobody looked up, a rule that is not decided, a process that is not
//! there) counts as possible.

use std::collections::BTreeSet;

use xueji_definition::model::{Join, JoinNeed, Kind, Process, Step};

use super::holders::holders;
use super::{Answered, Prover, bars};

/// Why an answer never comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Never<'a> {
    /// Nobody can answer the task; only its deadline does.
    Unheld(Silent<'a>),
    /// No case satisfies the rule of the choice.
    RuleNeverHolds(&'a str),
    /// An earlier choice is satisfied by every case.
    RuleBeforeAlwaysHolds(&'a str),
    /// No branch can give an answer that counts, or not as many as are needed.
    JoinNeverMet {
        /// The branches that can give one.
        can: usize,
        /// How many are needed.
        needed: usize,
    },
    /// No branch can give this answer.
    NoBranch,
    /// The called process never ends so.
    NotCalled(&'a str),
}

/// Why a step gives no answer at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silent<'a> {
    /// Nobody holds the role.
    NobodyHolds(&'a str),
    /// All who hold the role have answered a step that they must be separate from.
    AllBarred {
        /// The role.
        role: &'a str,
        /// Whom it concerns.
        people: BTreeSet<&'a str>,
        /// The step that bars them.
        by: &'a str,
    },
    /// A branch that the join waits for never answers so that it counts, and nothing else ends the join.
    Branches,
    /// The called process never ends.
    CallNeverEnds(&'a str),
}

/// The answers of one step.
#[derive(Debug, Default)]
pub(crate) struct Given<'a> {
    pub(crate) possible: BTreeSet<&'a str>,
    pub(crate) never: Vec<(&'a str, Never<'a>)>,
    pub(crate) silent: Option<Silent<'a>>,
}

impl<'a> Prover<'_, 'a> {
    /// Returns what a step can answer.
    pub(super) fn answers(
        &mut self,
        process: &'a Process,
        step: &'a Step,
        answered: &Answered<'a>,
    ) -> Given<'a> {
        let mut given = Given::default();
        match &step.kind {
            Kind::UserTask(task) => {
                let organisation = &self.definitions.organisation;
                let silent = if holders(organisation, process, &task.candidates).is_nobody() {
                    Some(Silent::NobodyHolds(&task.candidates.role))
                } else {
                    bars::all_barred(self.definitions, self.graphs, process, step)
                };
                let outcomes = task.outcomes.iter().map(String::as_str);
                match &silent {
                    None => given.possible.extend(outcomes),
                    Some(why) => given
                        .never
                        .extend(outcomes.map(|outcome| (outcome, Never::Unheld(why.clone())))),
                }
                given.silent = silent;
            }
            Kind::ServiceTask { .. } => {
                given.possible.insert("done");
            }
            Kind::End { result, .. } => {
                given.possible.insert(result);
            }
            Kind::Gateway(gateway) => {
                let mut always = None;
                for choice in &gateway.choices {
                    let when = choice.when.as_str();
                    if let Some(before) = always {
                        given.never.push((when, Never::RuleBeforeAlwaysHolds(before)));
                    } else if self.never.contains(when) {
                        given.never.push((when, Never::RuleNeverHolds(when)));
                    } else {
                        given.possible.insert(when);
                        always = self.always.contains(when).then_some(when);
                    }
                }
                match always {
                    Some(before) => {
                        given.never.push(("else", Never::RuleBeforeAlwaysHolds(before)))
                    }
                    None => {
                        given.possible.insert("else");
                    }
                }
            }
            Kind::Parallel { join, branches } => {
                let branches = branches.keys().map(String::as_str);
                let of = branches.filter_map(|name| answered.get(&(step.id.as_str(), name)));
                joined(join, &of.collect::<Vec<_>>(), false, &mut given);
            }
            Kind::ForEach(each) => {
                let of = answered.get(&(step.id.as_str(), "body"));
                joined(&each.join, &of.into_iter().collect::<Vec<_>>(), true, &mut given);
            }
            Kind::Wait(wait) => {
                given.possible.extend(wait.answers.iter().map(String::as_str));
                if wait.answers.is_empty() {
                    given.possible.extend(wait.message.as_deref());
                }
                given.possible.extend(wait.period.is_some().then_some("elapsed"));
            }
            Kind::Call(call) if call.wait => self.called(step, &call.process, &mut given),
            Kind::Call(_) => {
                given.possible.insert("started");
            }
        }
        given.possible.extend(step.on.keys().map(String::as_str));
        given.possible.extend(step.due.as_ref().and_then(|due| due.outcome.as_deref()));
        let possible = &given.possible;
        given.never.retain(|(answer, _)| !possible.contains(answer));
        given
    }

    fn called(&mut self, step: &'a Step, process: &'a str, given: &mut Given<'a>) {
        // A called case may be withdrawn, end by its deadline, or be ended by hand.
        const BY_HAND: [&str; 3] = ["lapsed", "terminated", "withdrawn"];
        let named = step.next.keys().map(String::as_str);
        let Some(results) = self.results(process) else {
            given.possible.extend(named);
            return;
        };
        if results.is_empty() {
            given.silent = Some(Silent::CallNeverEnds(process));
        }
        for outcome in named {
            if results.contains(outcome) || BY_HAND.contains(&outcome) {
                given.possible.insert(outcome);
            } else {
                given.never.push((outcome, Never::NotCalled(process)));
            }
        }
        given.possible.extend(results);
    }
}

/// Adds what a join can answer, from what each of its branches can.
fn joined<'a>(join: &'a Join, branches: &[&BTreeSet<&'a str>], rows: bool, given: &mut Given<'a>) {
    for outcome in &join.at_once {
        if branches.iter().any(|answers| answers.contains(outcome.as_str())) {
            given.possible.insert(outcome);
        } else if outcome != crate::answers::HELD {
            given.never.push((outcome, Never::NoBranch));
        } else {
            given.possible.insert(outcome);
        }
    }
    let counts = |answers: &&&BTreeSet<&str>| {
        join.counts.iter().any(|outcome| answers.contains(outcome.as_str()))
    };
    let can = branches.iter().filter(counts).count();
    let needed = match &join.need {
        JoinNeed::All => branches.len(),
        JoinNeed::AtLeast(expr) if !rows => expr.0.trim().parse().unwrap_or(1),
        JoinNeed::Any | JoinNeed::AtLeast(_) | JoinNeed::Share(_) => 1,
    };
    // A for-each without rows, and a parallel whose branches are all held, have nothing left to wait for.
    if can >= needed || (rows && join.need == JoinNeed::All) {
        given.possible.insert("approve");
    } else {
        given.never.push(("approve", Never::JoinNeverMet { can, needed }));
    }
    if join.deadline.is_some() {
        given.possible.insert("deadline");
    }
    let ends = |answers: &&BTreeSet<&str>| !answers.is_empty();
    if branches.iter().all(ends) {
        given.possible.insert("short");
    } else if given.possible.is_empty() {
        given.silent = Some(Silent::Branches);
    }
}
