//! What rules say about all cases at once: whether some case satisfies them together, or none can.
//!
//! Invariant: nothing is claimed that is not proved. "None" is told when every way was refuted, over values as their
//! types allow and numbers of fewer than 18 digits; "this case" is told when the rules, judging it, said so. All else is
//! not decided, with what was not looked into. Start reading at [`Solver`].

mod calls;
mod cases;
mod comparison;
mod domain;
mod formula;
mod interval;
mod leaf;
mod linear;
mod ratio;
mod reader;
mod region;
mod search;
mod solver;
mod term;
mod witness;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::value::{Type, Value};

use crate::expression::Expression;
use crate::problem::Spot;
use crate::rule::Rule;
use crate::typing::Env;
use domain::Domain;
use interval::Numbers;
use ratio::Ratio;

pub use comparison::{Comparison, Verdict, compare};
pub use region::{Bound, Condition, Ends, Found, Region, Regions};
pub use solver::{Handle, Solver, inputs};

/// What is known before any case is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    /// The types of what is read.
    pub env: Env,
    /// What certain paths may hold: parameters.
    pub values: BTreeMap<String, OneOf>,
    /// The paths of numbers that are never below zero, because they count.
    pub counts: BTreeSet<String>,
}

/// The values that a path may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf {
    /// The values.
    pub values: Vec<Value>,
    /// Whether it always holds one of them.
    pub always: bool,
}

impl Ground {
    /// The one value that a path always holds.
    fn constant(&self, path: &str) -> Option<&Value> {
        match self.values.get(path)? {
            OneOf { values, always: true } if values.len() == 1 => values.first(),
            _ => None,
        }
    }

    /// Returns the type of a path, if it is known.
    #[must_use]
    pub fn ty(&self, path: &str) -> Option<&Type> {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        rest.split('.').filter(|key| !key.is_empty()).try_fold(
            self.env.roots.get(root)?,
            |ty, key| match ty {
                Type::Map(fields) => fields.get(key),
                _ => None,
            },
        )
    }

    /// What a path may hold, and whether a number there is a whole one.
    fn domain(&self, path: &str, ty: Option<&Type>) -> (Domain, bool) {
        let whole = matches!(ty, Some(Type::Int));
        let typed = match ty {
            _ if self.counts.contains(path) => Domain::numbers(Numbers::above(Ratio::ZERO, true)),
            Some(ty) => Domain::of(ty, |list| self.env.codes.get(list).cloned()),
            None => Domain::present(),
        };
        let listed = self.values.get(path).and_then(|known| {
            Some(Domain { missing: !known.always, ..Domain::among(&known.values)? })
        });
        (listed.unwrap_or(Domain { missing: true, ..typed }), whole)
    }
}

/// What is judged: a rule, or an expression that is true or false.
#[derive(Debug, Clone, Copy)]
pub enum Judged<'a> {
    /// A rule.
    Rule(&'a Rule),
    /// An expression.
    Expression(&'a Expression),
}

/// What is asked of something that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It is satisfied, or switched off.
    Passes,
    /// It is neither.
    Fails,
    /// It is satisfied.
    Yes,
    /// It is not satisfied.
    No,
    /// It cannot be judged, or is at fault.
    Stops,
    /// It is switched off.
    Off,
}

/// How far something is looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// Wholly.
    Wholly,
    /// But for these parts, each with its place.
    Partly(Vec<(String, Spot)>),
    /// Not at all.
    Not,
}

/// An answer about all cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This case does it: values by path. The rules have judged it.
    Sat(BTreeMap<String, Value>),
    /// No case does it.
    Unsat,
    /// Neither was shown. The parts that were not looked into; none where the search alone was too long.
    NotDecided(BTreeSet<String>),
}
