//! A release: one whole, consistent set of definitions and rules, named by the hash of its content.
//!
//! Invariant: a release never changes. Compiled expressions are kept, which nobody can see but by the time it takes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use xueji_definition::Definitions;
use xueji_definition::file::Expr;
use xueji_definition::model::Process;
use xueji_rules::{Expression, RuleSet};

/// One set of definitions and rules.
pub struct Release {
    /// The hash of the files' content.
    pub hash: String,
    /// The definitions.
    pub definitions: Definitions,
    /// The rules.
    pub rules: RuleSet,
    expressions: RwLock<HashMap<Expr, Arc<Result<Expression, String>>>>,
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Release {
    /// Returns a release of these definitions.
    #[must_use]
    pub fn new(hash: impl Into<String>, definitions: Definitions, rules: RuleSet) -> Self {
        Self { hash: hash.into(), definitions, rules, expressions: RwLock::default() }
    }

    /// Returns a process.
    #[must_use]
    pub fn process(&self, id: &str) -> Option<&Process> {
        self.definitions.processes.get(id)
    }

    /// Returns the compiled expression, or why it does not compile.
    #[must_use]
    pub fn expression(&self, expr: &Expr) -> Arc<Result<Expression, String>> {
        let known =
            self.expressions.read().unwrap_or_else(PoisonError::into_inner).get(expr).cloned();
        known.unwrap_or_else(|| {
            let compiled =
                Arc::new(Expression::compile(&expr.0).map_err(|problem| problem.message.en));
            let mut all = self.expressions.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(expr.clone(), Arc::clone(&compiled));
            compiled
        })
    }
}
