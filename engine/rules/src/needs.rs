//! What must be at hand before a text is judged: the roots it names, and the facts among them.
//!
//! Invariant: told by the text alone, once; what a text does not need is not worked out for it.

use crate::inputs::ROOTS;
use crate::typing::Read;

/// The roots and facts that a text reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The roots, in their order.
    pub roots: Vec<&'static str>,
    /// The names of the facts, in their order.
    pub facts: Vec<String>,
}

impl Needs {
    /// Returns what a text needs that names some roots and reads some paths.
    pub(crate) fn of(is_named: impl Fn(&str) -> bool, reads: &[Read]) -> Self {
        let reads = reads.iter().map(|read| read.path.as_str());
        let begins = |root: &str| {
            reads.clone().any(|path| path.split('.').next().is_some_and(|first| first == root))
        };
        let roots = ROOTS.into_iter().filter(|root| is_named(root) || begins(root)).collect();
        let facts = reads.clone().filter_map(|path| path.strip_prefix("fact."));
        let names = facts.map(|rest| rest.split('.').next().unwrap_or(rest).to_owned());
        let mut facts: Vec<String> = names.collect();
        facts.sort();
        facts.dedup();
        Self { roots, facts }
    }
}
