//! Which steps of a process can come before which.
//!
//! Invariant: "may not come before" is said only if no run has the one before the other. Steps of different branches go
//! on side by side, so either may come first.

use petgraph::algo::has_path_connecting;
use xueji_definition::model::{Process, Within};

use crate::graph::Scope;

/// The order of a process's steps.
pub(crate) struct Order<'g, 'a> {
    process: &'a Process,
    scopes: &'g [Scope<'a>],
}

impl<'g, 'a> Order<'g, 'a> {
    /// Returns the order of a process's steps, given its scopes.
    pub(crate) fn of(process: &'a Process, scopes: &'g [Scope<'a>]) -> Self {
        Self { process, scopes }
    }

    /// Tells whether one step may have been answered when another is entered.
    pub(crate) fn may_come_before(&self, first: &str, then: &str) -> bool {
        let (before, after) = (self.chain(first), self.chain(then));
        for (scope, one) in &before {
            let Some((_, other)) = after.iter().find(|(beside, _)| beside == scope) else {
                continue;
            };
            // In one branch of a step, or in two of them; around it they meet in the same step.
            if one == other {
                return first != *one || then != *other;
            }
            return self
                .scopes
                .iter()
                .find(|within| within.within == *scope)
                .is_some_and(|scope| has_path_connecting(scope.graph(), one, other, None));
        }
        true
    }

    /// Returns the scopes around a step, its own first, each with the step in it that holds the one asked for.
    fn chain(&self, step: &str) -> Vec<(Option<&'a Within>, &'a str)> {
        let mut chain = Vec::new();
        let mut at = self.process.steps.get(step);
        while let Some(step) = at.filter(|_| chain.len() <= self.process.steps.len()) {
            chain.push((step.within.as_ref(), step.id.as_str()));
            at = step.within.as_ref().and_then(|within| self.process.steps.get(&within.step));
        }
        chain
    }
}
