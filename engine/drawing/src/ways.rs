//! The ways out of a step.
//!
//! Invariant: the one list from which every format draws; a name that no step beside has makes no way: `validate` tells of it.

use xueji_definition::model::{Kind, Step};
use xueji_rules::Effect;

use crate::chart::{Chart, START};

/// What leads along a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word<'a> {
    /// An outcome of the step.
    Outcome(&'a str),
    /// A gateway's rule.
    Choice(&'a str),
    /// No rule of the gateway is satisfied.
    Otherwise,
    /// A message that ends the step before its time.
    Message(&'a str),
}

/// Where a way leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target<'a> {
    /// A step of the same scope.
    Step(&'a str),
    /// The applicant's own task.
    Start,
    /// Out of the branch, with this answer.
    Answer(&'a str),
}

/// A way out of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way<'a> {
    /// What leads along it.
    pub word: Word<'a>,
    /// Where it leads.
    pub to: Target<'a>,
}

/// The outcome of what must wait for another batch.
const HELD: &str = "held";

impl<'a> Chart<'a> {
    /// Returns every way out of a step; none for an end, whose result is its scope's answer.
    #[must_use]
    pub fn ways(&self, step: &'a Step) -> Vec<Way<'a>> {
        let mut ways: Vec<Way<'a>> = Vec::new();
        let mut add = |word: Word<'a>, to: Option<Target<'a>>| {
            let way = to.map(|to| Way { word, to });
            ways.extend(way.filter(|way| !ways.contains(way)));
        };
        for outcome in self.outcomes(step) {
            match step.next.get(outcome) {
                Some(next) => add(Word::Outcome(outcome), self.target(step, next)),
                None if step.alone => add(Word::Outcome(outcome), Some(Target::Answer(outcome))),
                None => {}
            }
        }
        if let Kind::Gateway(gateway) = &step.kind {
            for choice in &gateway.choices {
                add(Word::Choice(&choice.when), self.target(step, &choice.next));
            }
            add(Word::Otherwise, self.target(step, &gateway.otherwise));
        }
        for (message, next) in &step.on {
            add(Word::Message(message), self.target(step, next));
        }
        ways
    }

    /// Returns every outcome that the step can have here, each once.
    fn outcomes(&self, step: &'a Step) -> Vec<&'a str> {
        // In the order in which the office wrote where they lead.
        let mut all: Vec<&str> = step.next.keys().map(String::as_str).collect();
        all.extend(step.outcomes());
        match &step.kind {
            Kind::Wait(wait) if wait.answers.is_empty() => all.extend(wait.message.as_deref()),
            Kind::Call(call) if call.wait && step.alone => {
                let called = self.definitions.processes.get(&call.process);
                for inner in called.iter().flat_map(|called| called.steps.values()) {
                    match &inner.kind {
                        Kind::End { result, .. } if inner.within.is_none() => all.push(result),
                        _ => {}
                    }
                }
            }
            Kind::UserTask(task) if step.alone && step.within.is_some() => {
                let cases = task.cases.iter().flat_map(|case| &case.rules);
                let holds = task.rules.iter().chain(cases).any(|rule| {
                    self.rules.get(rule).is_some_and(|rule| rule.effect == Effect::Hold)
                });
                all.extend(holds.then_some(HELD));
            }
            _ => {}
        }
        let mut once: Vec<&str> = Vec::with_capacity(all.len());
        for outcome in all {
            if !once.contains(&outcome) {
                once.push(outcome);
            }
        }
        once
    }

    fn target(&self, step: &Step, name: &'a str) -> Option<Target<'a>> {
        let beside = self.process.steps.get(name).is_some_and(|to| to.within == step.within);
        match name {
            _ if beside => Some(Target::Step(name)),
            START => Some(Target::Start),
            _ => None,
        }
    }
}
