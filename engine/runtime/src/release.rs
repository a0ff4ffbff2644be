//! A release: one whole, consistent set of definitions and rules, named by the hash of its content.
//!
//! Invariant: a release never changes. Compiled expressions, templates and the parameters of a day are
//! kept, which nobody can see but by the time it takes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jiff::civil::Date;
use xueji_definition::Definitions;
use xueji_definition::file::Expr;
use xueji_definition::model::{Process, Step};
use xueji_definition::value::Value;
use xueji_rules::{Expression, RuleSet};

use crate::decide::parameters_at;
use crate::templates::Templates;

/// One set of definitions and rules.
pub struct Release {
    /// The hash of the files' content.
    pub hash: String,
    /// The definitions.
    pub definitions: Definitions,
    /// The rules.
    pub rules: RuleSet,
    expressions: RwLock<HashMap<Expr, Arc<Result<Expression, String>>>>,
    parameters: RwLock<HashMap<Asked, Arc<Value>>>,
    templates: OnceLock<Templates>,
    steps: OnceLock<StepsOf>,
}

/// The steps of each process, to be held while a decision goes on.
type StepsOf = HashMap<String, HashMap<String, Arc<Step>>>;

/// When a case started, the day on which it is asked, and its cohort.
type Asked = (Date, Date, Option<i64>);

/// Answers about parameters that are kept: more than the days and cohorts at work at any time.
const KEPT_MAX: usize = 4_096;

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Release {
    /// Returns a release of these definitions.
    #[must_use]
    pub fn new(hash: impl Into<String>, definitions: Definitions, rules: RuleSet) -> Self {
        Self {
            hash: hash.into(),
            definitions,
            rules,
            expressions: RwLock::default(),
            parameters: RwLock::default(),
            templates: OnceLock::new(),
            steps: OnceLock::new(),
        }
    }

    /// Returns a process.
    #[must_use]
    pub fn process(&self, id: &str) -> Option<&Process> {
        self.definitions.processes.get(id)
    }

    /// Returns a step of a process.
    pub(crate) fn step(&self, process: &str, id: &str) -> Option<Arc<Step>> {
        let steps = self.steps.get_or_init(|| {
            let of = |process: &Process| {
                let steps = process.steps.iter();
                steps.map(|(id, step)| (id.clone(), Arc::new(step.clone()))).collect()
            };
            self.definitions.processes.iter().map(|(id, it)| (id.clone(), of(it))).collect()
        });
        steps.get(process)?.get(id).cloned()
    }

    /// Returns every parameter that has a value for a case that started on a date, asked on another.
    #[must_use]
    pub fn parameters(&self, started: Date, today: Date, cohort: Option<i64>) -> Arc<Value> {
        let asked = (started, today, cohort);
        let known =
            self.parameters.read().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned();
        known.unwrap_or_else(|| {
            let value = Arc::new(parameters_at(&self.definitions, started, today, cohort));
            let mut all = self.parameters.write().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= KEPT_MAX {
                all.clear();
            }
            all.insert(asked, Arc::clone(&value));
            value
        })
    }

    /// Returns the templates of its papers.
    pub(crate) fn templates(&self) -> &Templates {
        self.templates.get_or_init(|| Templates::new(&self.definitions))
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
