//! The solver: what was read, and what is asked of it.
//!
//! Invariant: "no case" is told when the search was whole and refuted every way; a case is told when all that was asked
//! about, judging it, said what was asked.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use xueji_definition::value::{Fields, Value};

use super::cases::Cases;
use super::formula::{Cond, Formula, Unknown};
use super::leaf::{Looked, look};
use super::reader::{Natures, Reader};
use super::search::{Ended, Way, ways};
use super::witness::{Case, Guess, Workings, involved};
use super::{Answer, Followed, Ground, Judged, Says};
use crate::expression::Answer as Evaluated;
use crate::inputs::{Inputs, place};
use crate::judge::Outcome;
use crate::node::Log;
use crate::problem::Spot;
use crate::sandbox;

/// How many guesses are made for one way, and for one question.
const GUESSES_A_WAY: u64 = 48;
pub(super) const GUESSES: u64 = 400;

/// Something that was read by a [`Solver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(usize);

#[derive(Debug)]
struct Reading<'a> {
    judged: Judged<'a>,
    cond: Cond,
    off: Formula,
    opaque: BTreeMap<String, Spot>,
    /// Whether it is one unknown as a whole.
    whole: bool,
    constants: BTreeSet<String>,
}

/// Answers questions about rules and expressions that see the same roots.
#[derive(Debug)]
pub struct Solver<'a> {
    ground: &'a Ground,
    pub(super) natures: Natures,
    fresh: usize,
    read: Vec<Reading<'a>>,
    workings: RefCell<Workings>,
}

impl<'a> Solver<'a> {
    /// Returns a solver that has read nothing yet.
    #[must_use]
    pub fn new(ground: &'a Ground) -> Self {
        let (natures, workings) = (Natures::new(), RefCell::default());
        Self { ground, natures, fresh: 0, read: Vec::new(), workings }
    }

    /// Reads a rule or an expression.
    pub fn read(&mut self, judged: Judged<'a>) -> Handle {
        let (script, reads) = match judged {
            Judged::Rule(rule) => (rule.compiled.script.as_ref(), rule.reads.as_slice()),
            Judged::Expression(expression) => (expression.script(), expression.reads()),
        };
        let constants = reads.iter().filter(|read| self.ground.values.contains_key(&read.path));
        let constants = constants.map(|read| read.path.clone()).collect();
        let mut reader = Reader::new(self.ground, script, &mut self.natures, &mut self.fresh);
        let cases = match judged {
            Judged::Rule(rule) => {
                let scope = Reader::roots(rule.roots.iter().cloned());
                let arguments: Vec<_> = scope.into_iter().map(|(_, val)| val).collect();
                reader.own(&rule.function, &arguments)
            }
            Judged::Expression(expression) => {
                let scope = Reader::roots(crate::inputs::ROOTS);
                reader.run(&[expression.statement()], &scope)
            }
        };
        let whole = cases.is_err();
        let cases = cases.unwrap_or_else(|_| reader.whole());
        let (mut cond, mut off) = (cases.cond(), Formula::False);
        if let Judged::Rule(rule) = judged
            && let Some((switch, _)) = &rule.compiled.off_by
        {
            let scope = Reader::roots(crate::inputs::ROOTS);
            let switch = reader.run(&[switch.statement()], &scope);
            let switch = switch.unwrap_or_else(|_| Cases::stop()).cond();
            off = switch.no.clone();
            let on = switch.yes;
            let under = |then: Formula| Formula::and([on.clone(), then]);
            cond = Cond {
                yes: under(cond.yes),
                no: under(cond.no),
                stop: Formula::or([switch.stop, under(cond.stop)]),
            };
        }
        let opaque = std::mem::take(&mut reader.opaque);
        self.read.push(Reading { judged, cond, off, opaque, whole, constants });
        Handle(self.read.len() - 1)
    }

    /// Tells how far something was looked into.
    #[must_use]
    pub fn followed(&self, handle: Handle) -> Followed {
        let Some(reading) = self.read.get(handle.0) else { return Followed::Not };
        if reading.opaque.is_empty() {
            return Followed::Wholly;
        }
        if reading.whole {
            return Followed::Not;
        }
        let parts = reading.opaque.iter().map(|(text, spot)| (text.clone(), *spot));
        Followed::Partly(outermost(parts.collect(), |(text, _)| text))
    }

    /// Returns the paths whose values decide, parameters of one value left out.
    #[must_use]
    pub fn paths(&self, handle: Handle) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        if let Some(Reading { cond, off, .. }) = self.read.get(handle.0) {
            for formula in [&cond.yes, &cond.no, off] {
                formula.unknowns(&mut seen);
            }
        }
        seen.into_iter()
            .filter_map(|unknown| match unknown {
                Unknown::Path(path) | Unknown::Member { list: path, .. } => Some(path.to_string()),
                Unknown::Opaque(_) => None,
            })
            .collect()
    }

    /// Tells whether it is proved that no case does all that is asked.
    #[must_use]
    pub fn is_refuted(&self, asked: &[(Handle, Says)]) -> bool {
        let mut open = false;
        let ended = ways(&self.natures, &self.formula(asked), &mut |way| match look(way) {
            Looked::Refuted => ControlFlow::Continue(()),
            Looked::Open(_) => {
                open = true;
                ControlFlow::Break(())
            }
        });
        ended == Ended::Whole && !open
    }

    /// Tells whether some case does all that is asked.
    #[must_use]
    pub fn satisfiable(&self, asked: &[(Handle, Says)]) -> Answer {
        let (mut case, mut because, mut open) = (None, BTreeSet::new(), false);
        let mut guesses = GUESSES;
        let ended = ways(&self.natures, &self.formula(asked), &mut |way| {
            if matches!(look(way), Looked::Refuted) {
                return ControlFlow::Continue(());
            }
            case = self.verified(way, asked, &mut guesses);
            if case.is_some() {
                return ControlFlow::Break(());
            }
            open = true;
            because.extend(opaque_of(way));
            ControlFlow::Continue(())
        });
        match (case, ended, open) {
            (Some(case), _, _) => Answer::Sat(case),
            (None, Ended::Whole, false) => Answer::Unsat,
            (None, _, _) => Answer::NotDecided(because),
        }
    }

    pub(super) fn formula(&self, asked: &[(Handle, Says)]) -> Formula {
        Formula::and(asked.iter().map(|(handle, says)| {
            let Some(Reading { cond, off, .. }) = self.read.get(handle.0) else {
                return Formula::True;
            };
            match says {
                Says::Passes => Formula::or([cond.yes.clone(), off.clone()]),
                Says::Fails => Formula::or([cond.no.clone(), cond.stop.clone()]),
                Says::Yes => cond.yes.clone(),
                Says::No => cond.no.clone(),
                Says::Stops => cond.stop.clone(),
                Says::Off => off.clone(),
            }
        }))
    }

    /// Returns a case for a way that the rules themselves, judging it, confirm.
    pub(super) fn verified(
        &self,
        way: &Way<'_>,
        asked: &[(Handle, Says)],
        guesses: &mut u64,
    ) -> Option<Case> {
        let constants: Case = asked
            .iter()
            .filter_map(|(handle, _)| self.read.get(handle.0))
            .flat_map(|reading| &reading.constants)
            .filter_map(|path| Some((path.clone(), self.ground.constant(path)?.clone())))
            .collect();
        for attempt in 0..GUESSES_A_WAY {
            *guesses = guesses.checked_sub(1)?;
            let mut workings = self.workings.borrow_mut();
            let workings = &mut *workings;
            let mut guess = Guess { ground: self.ground, workings, attempt, picks: attempt };
            if let Some(case) = guess.case(way, &constants)
                && self.confirms(&case, asked)
            {
                return Some(case);
            }
        }
        None
    }

    /// Judges a case by all that is asked.
    fn confirms(&self, case: &Case, asked: &[(Handle, Says)]) -> bool {
        let inputs = inputs(case);
        asked.iter().all(|(handle, says)| {
            self.read
                .get(handle.0)
                .is_some_and(|reading| says.fits(&reading.judged.outcome(&inputs)))
        })
    }
}

/// The parts of a way that were not looked into.
pub(super) fn opaque_of(way: &Way<'_>) -> Vec<String> {
    let parts = involved(way).into_iter().filter_map(|unknown| match unknown {
        Unknown::Opaque(text) => Some(text.to_string()),
        _ => None,
    });
    outermost(parts.collect(), String::as_str)
}

/// Leaves out what stands inside of another.
fn outermost<T>(parts: Vec<T>, text: impl Fn(&T) -> &str) -> Vec<T> {
    let texts: Vec<String> = parts.iter().map(|part| text(part).to_owned()).collect();
    let is_inside = |own: &str| texts.iter().any(|other| other != own && other.contains(own));
    parts.into_iter().filter(|part| !is_inside(text(part))).collect()
}

impl Judged<'_> {
    fn outcome(self, inputs: &Inputs) -> Outcome {
        match self {
            Self::Rule(rule) => rule.outcome(sandbox::shared(), inputs, &Log::default()),
            Self::Expression(expression) => match expression.evaluate(inputs).answer {
                Evaluated::Value { value: Some(Value::Bool(true)) } => Outcome::Satisfied,
                Evaluated::Value { value: Some(Value::Bool(false)) } => Outcome::NotSatisfied,
                Evaluated::Missing { path } => Outcome::NotJudged { missing: path },
                Evaluated::Fault { message, line, column } => {
                    Outcome::Fault { message, line, column }
                }
                Evaluated::Value { .. } => Outcome::Fault {
                    message: "it answers neither true nor false".to_owned(),
                    line: 1,
                    column: 1,
                },
            },
        }
    }
}

impl Says {
    fn fits(self, outcome: &Outcome) -> bool {
        use Outcome::{Fault, NotJudged, NotSatisfied, Off, Satisfied};
        match self {
            Self::Passes => matches!(outcome, Satisfied | Off),
            Self::Fails => matches!(outcome, NotSatisfied | NotJudged { .. } | Fault { .. }),
            Self::Yes => matches!(outcome, Satisfied),
            Self::No => matches!(outcome, NotSatisfied),
            Self::Stops => matches!(outcome, NotJudged { .. } | Fault { .. }),
            Self::Off => matches!(outcome, Off),
        }
    }
}

/// Returns a case, values by path, as a rule is given it. Every root is there.
#[must_use]
pub fn inputs(case: &BTreeMap<String, Value>) -> Inputs {
    let mut roots = Fields::new();
    for root in crate::inputs::ROOTS.iter().filter(|root| **root != "today") {
        roots.insert((*root).to_owned(), Value::Map(Fields::new()));
    }
    for (path, value) in case {
        let mut keys: Vec<&str> = path.split('.').collect();
        if let Some(last) = keys.pop() {
            place(&mut roots, &keys, last, Some(value));
        }
    }
    roots.into_iter().fold(Inputs::new(), |inputs, (root, value)| inputs.with(&root, value))
}
