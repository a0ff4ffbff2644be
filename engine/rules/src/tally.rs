//! What rules have said, for those who want to know whether each was tried both ways.
//!
//! Invariant: counting changes no verdict; a rule set that nobody asked to count does not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::judge::Outcome;

/// Which way a rule was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// It was satisfied.
    Satisfied,
    /// It was not.
    NotSatisfied,
}

/// The ways in which rules were judged since it was last taken, by name.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, BTreeSet<Said>>>);

impl Tally {
    /// Returns what was counted, and begins anew.
    #[must_use]
    pub fn take(&self) -> BTreeMap<String, BTreeSet<Said>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn count(&self, rule: &str, outcome: &Outcome) {
        let said = match outcome {
            Outcome::Satisfied => Said::Satisfied,
            Outcome::NotSatisfied => Said::NotSatisfied,
            Outcome::Off | Outcome::NotJudged { .. } | Outcome::Fault { .. } => return,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(rule.to_owned()).or_default().insert(said);
    }
}
