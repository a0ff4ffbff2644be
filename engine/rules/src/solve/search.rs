//! All ways in which formulas can hold together, one after the other.
//!
//! Invariant: a way is left out only when it is contradictory; when none is told and the search came to its end, the
//! formulas cannot hold together.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::domain::Domain;
use super::formula::{Formula, Literal, Sum, ToZero, Unknown};
use super::reader::Natures;

/// How many steps a search may take.
pub(crate) const STEPS: usize = 20_000;

/// What is assumed on one way.
#[derive(Debug, Clone)]
pub(crate) struct Way<'n> {
    pub(crate) natures: &'n Natures,
    pub(crate) domains: BTreeMap<Unknown, Domain>,
    pub(crate) linear: Vec<(Sum, ToZero)>,
    pub(crate) same: Vec<(Unknown, Unknown)>,
    pub(crate) differ: Vec<(Unknown, Unknown)>,
}

impl<'n> Way<'n> {
    pub(crate) fn new(natures: &'n Natures) -> Self {
        Self {
            natures,
            domains: BTreeMap::new(),
            linear: Vec::new(),
            same: Vec::new(),
            differ: Vec::new(),
        }
    }

    /// What an unknown may be.
    pub(crate) fn domain(&self, unknown: &Unknown) -> Domain {
        match (self.domains.get(unknown), self.natures.get(unknown)) {
            (Some(domain), _) => domain.clone(),
            (None, Some(nature)) => nature.domain.clone(),
            (None, None) => Domain::all(),
        }
    }

    /// Tells whether an unknown is a whole number, if it is a number.
    pub(crate) fn is_whole(&self, unknown: &Unknown) -> bool {
        self.natures.get(unknown).is_some_and(|nature| nature.whole)
    }

    /// What is left of an unknown within a domain.
    fn left(&self, unknown: &Unknown, domain: &Domain) -> Domain {
        let mut met = self.domain(unknown).meet(domain);
        met.dates = met.dates.whole();
        if self.is_whole(unknown) { met.whole() } else { met }
    }

    /// Narrows an unknown; `false` where nothing is left.
    pub(crate) fn narrow(&mut self, unknown: &Unknown, domain: &Domain) -> bool {
        let left = self.left(unknown, domain);
        let possible = !left.is_empty();
        self.domains.insert(unknown.clone(), left);
        possible
    }

    fn assume(&mut self, literal: &Literal) -> bool {
        match literal {
            Literal::In(unknown, domain) => return self.narrow(unknown, domain),
            Literal::Linear(sum, to_zero) => self.linear.push((sum.clone(), *to_zero)),
            Literal::Same(a, b) => self.same.push((a.clone(), b.clone())),
            Literal::Differ(a, b) => self.differ.push((a.clone(), b.clone())),
        }
        true
    }

    /// Tells whether a formula may still hold, as far as single unknowns tell.
    fn may_hold(&self, formula: &Formula) -> bool {
        match formula {
            Formula::True => true,
            Formula::False => false,
            Formula::Literal(literal) => match literal.as_ref() {
                Literal::In(unknown, domain) => !self.left(unknown, domain).is_empty(),
                _ => true,
            },
            Formula::And(parts) => parts.iter().all(|part| self.may_hold(part)),
            Formula::Or(parts) => parts.iter().any(|part| self.may_hold(part)),
        }
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every way was looked at.
    Whole,
    /// It was told to stop.
    Stopped,
    /// There are too many ways.
    TooMuch,
}

/// Tells every way in which a formula can hold.
pub(crate) fn ways<'n>(
    natures: &'n Natures,
    formula: &Formula,
    found: &mut dyn FnMut(&Way<'n>) -> ControlFlow<()>,
) -> Ended {
    let mut search = Search { steps: 0, found };
    search.go(Way::new(natures), vec![formula.clone()], Vec::new())
}

struct Search<'f, 'n> {
    steps: usize,
    found: &'f mut dyn FnMut(&Way<'n>) -> ControlFlow<()>,
}

impl<'n> Search<'_, 'n> {
    fn go(&mut self, mut way: Way<'n>, mut todo: Vec<Formula>, mut choices: Vec<Formula>) -> Ended {
        loop {
            while let Some(formula) = todo.pop() {
                self.steps += 1;
                if self.steps > STEPS {
                    return Ended::TooMuch;
                }
                match formula {
                    Formula::True => {}
                    Formula::False => return Ended::Whole,
                    Formula::Literal(literal) => {
                        if !way.assume(&literal) {
                            return Ended::Whole;
                        }
                    }
                    Formula::And(parts) => todo.extend(parts.iter().rev().cloned()),
                    or @ Formula::Or(_) => choices.push(or),
                }
            }
            // The choice that leaves the fewest ways comes first.
            let mut best: Option<(usize, Vec<Formula>)> = None;
            for (at, choice) in choices.iter().enumerate() {
                let Formula::Or(parts) = choice else { continue };
                let open: Vec<Formula> =
                    parts.iter().filter(|part| way.may_hold(part)).cloned().collect();
                self.steps += parts.len();
                if best.as_ref().is_none_or(|(_, least)| open.len() < least.len()) {
                    best = Some((at, open));
                }
                if best.as_ref().is_some_and(|(_, least)| least.len() < 2) {
                    break;
                }
            }
            let Some((at, open)) = best else {
                return match (self.found)(&way) {
                    ControlFlow::Continue(()) => Ended::Whole,
                    ControlFlow::Break(()) => Ended::Stopped,
                };
            };
            choices.remove(at);
            let Some((last, others)) = open.split_last() else { return Ended::Whole };
            for part in others {
                let ended = self.go(way.clone(), vec![part.clone()], choices.clone());
                if ended != Ended::Whole {
                    return ended;
                }
            }
            todo.push(last.clone());
        }
    }
}
