//! The values that an expression may have, each under its own condition.
//!
//! Invariant: no two of the conditions hold at once, and where none holds, the expression stops.

use super::formula::{Cond, Formula};
use super::reader::{Read, TooHard};
use super::term::{Term, Val};

/// How many values an expression may have.
const CASES: usize = 64;

/// What an expression gives: values, each under a condition, and when it stops. No two of the conditions hold at once.
#[derive(Debug, Clone)]
pub(crate) struct Cases {
    pub(crate) values: Vec<(Formula, Val)>,
    pub(crate) stop: Formula,
}

impl Cases {
    pub(crate) fn one(val: Val) -> Self {
        Self { values: vec![(Formula::True, val)], stop: Formula::False }
    }

    pub(crate) fn stop() -> Self {
        Self { values: Vec::new(), stop: Formula::True }
    }

    /// What it says as true or false.
    pub(crate) fn cond(&self) -> Cond {
        let mut all = Cond { yes: Formula::False, no: Formula::False, stop: self.stop.clone() };
        for (when, val) in &self.values {
            let Cond { yes, no, stop } = val.cond();
            let under = |then: Formula| Formula::and([when.clone(), then]);
            all = Cond {
                yes: Formula::or([all.yes, under(yes)]),
                no: Formula::or([all.no, under(no)]),
                stop: Formula::or([all.stop, under(stop)]),
            };
        }
        all
    }

    /// The same, with truths that may stop told as stopping.
    pub(crate) fn settled(self) -> Self {
        let mut settled = Self { values: Vec::new(), stop: self.stop };
        for (when, val) in self.values {
            match val.term {
                Term::Truth(cond) if cond.stop != Formula::False => {
                    let stops = Formula::and([when.clone(), cond.stop.clone()]);
                    settled.stop = Formula::or([settled.stop, stops]);
                    let when = Formula::and([when, cond.settled()]);
                    let cond = Cond { stop: Formula::False, ..cond };
                    settled.values.push((when, Val { term: Term::Truth(cond), text: val.text }));
                }
                _ => settled.values.push((when, val)),
            }
        }
        settled
    }

    pub(crate) fn add(&mut self, when: &Formula, more: Self) -> Read<()> {
        for (inner, val) in more.values {
            let both = Formula::and([when.clone(), inner]);
            if both != Formula::False {
                self.values.push((both, val));
            }
        }
        let stops = Formula::and([when.clone(), more.stop]);
        self.stop = Formula::or([std::mem::replace(&mut self.stop, Formula::False), stops]);
        if self.values.len() > CASES { Err(TooHard) } else { Ok(()) }
    }
}
