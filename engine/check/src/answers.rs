//! What a step can answer.
//!
//! Invariant: an outcome is among `sure` only if the runtime can really give it, so that asking for its `next` is fair.

use std::collections::BTreeSet;

use xueji_definition::Definitions;
use xueji_definition::model::{ForEach, Join, JoinNeed, Kind, Process, Step};

/// Why a branch leaves its join without counting.
pub(crate) const HELD: &str = "held";

/// What a step can answer.
#[derive(Debug, Default)]
pub(crate) struct Answers<'a> {
    /// Outcomes that need a `next`.
    pub(crate) sure: BTreeSet<&'a str>,
    /// Outcomes that may have one.
    pub(crate) possible: BTreeSet<&'a str>,
    /// Others may come, for what is called is not known.
    pub(crate) open: bool,
}

impl Answers<'_> {
    /// Tells whether an outcome can come.
    pub(crate) fn has(&self, outcome: &str) -> bool {
        self.open || self.sure.contains(outcome) || self.possible.contains(outcome)
    }
}

/// Returns what a step can answer.
pub(crate) fn of<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    step: &'a Step,
) -> Answers<'a> {
    let mut answers = Answers::default();
    match &step.kind {
        Kind::UserTask(task) => {
            answers.sure.extend(task.outcomes.iter().map(String::as_str));
            answers.possible.insert(HELD);
        }
        Kind::ServiceTask { .. } => {
            answers.sure.insert("done");
        }
        Kind::Gateway(_) | Kind::End { .. } => {}
        Kind::Parallel { join, .. } => join_answers(definitions, process, step, join, &mut answers),
        Kind::ForEach(ForEach { join, .. }) => {
            join_answers(definitions, process, step, join, &mut answers)
        }
        Kind::Wait(wait) => {
            answers.sure.extend(wait.answers.iter().map(String::as_str));
            if wait.answers.is_empty() {
                // A message that may say nothing answers with its own name.
                answers.sure.extend(wait.message.as_deref());
            }
            if wait.period.is_some() {
                answers.sure.insert("elapsed");
            }
        }
        Kind::Call(call) if call.wait => {
            answers.possible.extend(["lapsed", "terminated", "withdrawn"]);
            match definitions.processes.get(&call.process) {
                Some(called) => answers.sure.extend(results(called)),
                None => answers.open = true,
            }
        }
        Kind::Call(_) => {
            answers.sure.insert("started");
        }
    }
    if !matches!(step.kind, Kind::Gateway(_) | Kind::End { .. }) {
        answers.sure.extend(step.due.as_ref().and_then(|due| due.outcome.as_deref()));
    }
    answers
}

/// Returns the results with which a case of a process can end by itself.
fn results(process: &Process) -> impl Iterator<Item = &str> {
    process.steps.values().filter(|step| step.within.is_none()).filter_map(|step| {
        match &step.kind {
            Kind::End { result, .. } => Some(result.as_str()),
            _ => None,
        }
    })
}

fn join_answers<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    step: &'a Step,
    join: &'a Join,
    answers: &mut Answers<'a>,
) {
    answers.sure.extend(join.at_once.iter().map(String::as_str));
    answers.sure.insert("approve");
    if join.deadline.is_some() {
        answers.sure.insert("deadline");
    }
    let ignored = branches(definitions, process, step)
        .iter()
        .any(|(_, given)| given.open || given.sure.iter().any(|outcome| !is_named(join, outcome)));
    // Where every answer counts or ends the step, only a number or a share of them can fall short.
    if ignored || matches!(join.need, JoinNeed::AtLeast(_) | JoinNeed::Share(_)) {
        answers.sure.insert("short");
    } else {
        answers.possible.insert("short");
    }
}

/// Tells whether a join says what an answer of a branch does.
pub(crate) fn is_named(join: &Join, outcome: &str) -> bool {
    outcome == HELD || join.counts.iter().chain(&join.at_once).any(|named| named == outcome)
}

/// Returns what each branch of a `parallel` or `for-each` can answer, by its name.
pub(crate) fn branches<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    step: &'a Step,
) -> Vec<(&'a str, Answers<'a>)> {
    let names: Vec<&str> = match &step.kind {
        Kind::Parallel { branches, .. } => branches.keys().map(String::as_str).collect(),
        Kind::ForEach(_) => vec!["body"],
        _ => Vec::new(),
    };
    let answers =
        names.into_iter().map(|name| (name, branch(definitions, process, &step.id, name)));
    answers.collect()
}

/// Returns a step of a branch that gives an answer to its join.
pub(crate) fn giver<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    opener: &str,
    branch: &str,
    outcome: &str,
) -> Option<&'a Step> {
    process.steps.values().find(|step| {
        let within = step.within.as_ref();
        let here = within.is_some_and(|at| at.step == opener && at.branch == branch);
        here && match &step.kind {
            Kind::End { result, .. } => result == outcome,
            _ => step.alone && of(definitions, process, step).sure.contains(outcome),
        }
    })
}

fn branch<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    opener: &str,
    name: &str,
) -> Answers<'a> {
    let mut answers = Answers { possible: BTreeSet::from([HELD]), ..Answers::default() };
    for step in process.steps.values() {
        if step.within.as_ref().is_none_or(|within| within.step != opener || within.branch != name)
        {
            continue;
        }
        if let Kind::End { result, .. } = &step.kind {
            answers.sure.insert(result);
        } else if step.alone {
            let own = of(definitions, process, step);
            let leads_on = |outcome: &&str| !step.next.contains_key(*outcome);
            answers.sure.extend(own.sure.into_iter().filter(leads_on));
            answers.possible.extend(own.possible.into_iter().filter(leads_on));
            answers.open |= own.open;
        }
    }
    answers
}
