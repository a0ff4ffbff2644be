//! What scripts see in each scene, and what types tell of them there, kept from one check to the next.
//!
//! Invariant: what is kept is taken again only where scripts see equal types. What types tell of an expression hangs on
//! its text and on what it sees, and on nothing else; what they tell of a rule hangs on the other rules, too, and is
//! forgotten with them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use xueji_definition::value::Type;
use xueji_rules::{Env, Expression, Problem, RuleSet};

/// The most texts that are kept of what sees the same: more than any folder has.
const MAX_TEXTS: usize = 4_096;

/// What scripts see, with what types told of those that see just this.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) env: Env,
    expressions: Mutex<HashMap<String, Arc<Typed>>>,
    rules: Mutex<HashMap<String, Arc<Vec<Problem>>>>,
}

/// The type that an expression gives, and what is wrong with it.
pub(crate) type Typed = (Option<Type>, Vec<Problem>);

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.env == other.env
    }
}

impl Seen {
    /// Begins with nothing told.
    pub(crate) fn new(env: Env) -> Self {
        Self { env, expressions: Mutex::default(), rules: Mutex::default() }
    }

    /// Returns what types tell of an expression.
    pub(crate) fn expression(&self, text: &str, expression: &Expression) -> Arc<Typed> {
        if let Some(known) = taken(&self.expressions).get(text) {
            return Arc::clone(known);
        }
        let typed = Arc::new(expression.check(&self.env));
        let mut known = taken(&self.expressions);
        if known.len() >= MAX_TEXTS {
            known.clear();
        }
        known.insert(text.to_owned(), Arc::clone(&typed));
        typed
    }

    /// Returns what types tell of a rule.
    pub(crate) fn rule(&self, rules: &RuleSet, name: &str) -> Arc<Vec<Problem>> {
        if let Some(known) = taken(&self.rules).get(name) {
            return Arc::clone(known);
        }
        let problems = Arc::new(rules.check(name, &self.env).1);
        taken(&self.rules).insert(name.to_owned(), Arc::clone(&problems));
        problems
    }
}

fn taken<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
