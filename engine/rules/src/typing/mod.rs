//! What types tell about a script before it runs: fields that do not exist, values that do not go together.
//!
//! Invariant: no false finding. Where a type is not known, nothing is said.

mod calls;
mod chains;
mod expressions;
mod operations;
pub(crate) mod script;
mod statements;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::Position;
use serde::Serialize;
use xueji_definition::value::Type;

use crate::problem::{Problem, Spot};
use script::Script;

/// What a checker knows about the world of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Env {
    /// The type of each root; a root that is not named here may be anything.
    pub roots: BTreeMap<String, Type>,
    /// The codes of each code list.
    pub codes: Arc<BTreeMap<String, BTreeSet<String>>>,
}

/// A path that a script may read, and where it says so. `*` stands for any element of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Read {
    /// The dotted path from the root.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters, from 1.
    pub column: u32,
}

/// What is known of an expression.
#[derive(Debug, Clone)]
struct Known {
    ty: Option<Type>,
    spot: Spot,
    /// Where its value comes from.
    path: Option<String>,
    /// The texts that it may be, if it is a literal or a list of them.
    literals: Vec<(String, Spot)>,
    /// The function that it is.
    closure: Option<Closure>,
    /// That it is `()`, or may be.
    nothing: bool,
    /// That evaluation does not go on after it.
    leaves: bool,
}

/// A function written in place, with what it captured.
#[derive(Debug, Clone)]
struct Closure {
    name: String,
    captured: Vec<Known>,
}

impl Known {
    fn new(ty: Option<Type>, spot: Spot) -> Self {
        Self {
            ty,
            spot,
            path: None,
            literals: Vec::new(),
            closure: None,
            nothing: false,
            leaves: false,
        }
    }

    fn nothing(spot: Spot) -> Self {
        Self { nothing: true, ..Self::new(None, spot) }
    }

    /// What is known of a value that may be either of two.
    fn or(self, other: Self) -> Self {
        if self.leaves {
            return other;
        }
        if other.leaves {
            return self;
        }
        let ty = match (self.ty, other.ty) {
            (Some(a), Some(b)) if a == b => Some(a),
            (Some(Type::Int | Type::Decimal), Some(Type::Int | Type::Decimal)) => {
                Some(Type::Decimal)
            }
            _ => None,
        };
        // The place is that of the side that is at fault, if one is.
        let spot = if other.nothing { other.spot } else { self.spot };
        Self { nothing: self.nothing || other.nothing, ..Self::new(ty, spot) }
    }
}

/// What checking a script found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checked {
    pub(crate) ty: Option<Type>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) reads: Vec<Read>,
}

/// Walks one script.
struct Checker<'a> {
    env: &'a Env,
    script: &'a Script,
    scope: Vec<(String, Known)>,
    /// What the functions being walked return, outermost first.
    returns: Vec<Vec<Known>>,
    problems: Vec<Problem>,
    reads: BTreeSet<Read>,
    /// How many calls may still be followed.
    calls_left: usize,
}

/// How deep calls among a file's functions are followed, closures among them.
const CALL_DEPTH_FOLLOWED: usize = 8;
/// How many calls are followed in one check, so that functions calling functions do not multiply.
const CALLS_FOLLOWED: usize = 1_000;

impl<'a> Checker<'a> {
    fn new(env: &'a Env, script: &'a Script) -> Self {
        Self {
            env,
            script,
            scope: Vec::new(),
            returns: Vec::new(),
            problems: Vec::new(),
            reads: BTreeSet::new(),
            calls_left: CALLS_FOLLOWED,
        }
    }

    fn problem(&mut self, problem: Problem) {
        // A function is walked once for each call of it; what is wrong with it is said once.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn read(&mut self, known: &Known) {
        if let Some(path) = &known.path {
            let Spot { line, column } = known.spot;
            self.reads.insert(Read { path: path.clone(), line, column });
        }
    }

    fn root(&self, name: &str, spot: Spot) -> Known {
        Known { path: Some(name.to_owned()), ..Known::new(self.env.roots.get(name).cloned(), spot) }
    }

    fn done(self, ty: Option<Type>) -> Checked {
        Checked { ty, problems: self.problems, reads: self.reads.into_iter().collect() }
    }
}

fn spot(position: Position) -> Spot {
    Spot::of(position, Spot::START)
}

/// Checks a function whose parameters are roots; it must answer true or false.
pub(crate) fn check_rule(script: &Script, function: &str, env: &Env) -> Checked {
    let mut checker = Checker::new(env, script);
    let Some(body) = script.get(function) else { return Checked::default() };
    let arguments = body.parameters.iter().map(|name| checker.root(name, Spot::START)).collect();
    let answers = checker.answers(body, arguments);
    for answer in &answers {
        checker.must_be_bool(answer);
    }
    let ty = answers.into_iter().reduce(Known::or).and_then(|answer| answer.ty);
    checker.done(ty)
}

/// Checks an expression, in which every root may be named.
pub(crate) fn check_expression(script: &Script, statement: &rhai::Stmt, env: &Env) -> Checked {
    let mut checker = Checker::new(env, script);
    for name in crate::inputs::ROOTS {
        let root = checker.root(name, Spot::START);
        checker.scope.push((name.to_owned(), root));
    }
    let known = checker.statement(statement);
    checker.done(known.ty)
}
