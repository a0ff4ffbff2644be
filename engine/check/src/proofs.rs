//! What was proved of rules, kept from one check to the next.
//!
//! Invariant: a proof is taken again only where everything that it rests on is the same as when it was made; whoever
//! keeps proofs forgets them when a rule's script changes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use xueji_definition::file::Case;
use xueji_definition::finding::Finding;
use xueji_rules::solve::Ground;

use crate::site::Site;

/// Proofs by what they are about.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    pub(crate) constancy: Kept<Ground, Constancy>,
    pub(crate) together: Kept<Together, Vec<Finding>>,
}

/// What a rule says of all cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constancy {
    /// It is never satisfied.
    Never,
    /// It never says no.
    Always,
    /// Neither is proved.
    Open,
}

/// Rules that are to be passed at one place, those that a condition adds to them, and what is known there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Together {
    pub(crate) ground: Ground,
    pub(crate) rules: Vec<String>,
    pub(crate) cases: Vec<Case>,
    pub(crate) site: Site,
}

/// The last proof about each thing.
#[derive(Debug)]
pub(crate) struct Kept<R, P>(Mutex<BTreeMap<String, (R, P)>>);

impl<R, P> Default for Kept<R, P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<R: PartialEq, P: Clone> Kept<R, P> {
    /// Returns what is proved of a thing, proving it anew where what it rests on has changed.
    pub(crate) fn proved(&self, of: &str, rests_on: R, prove: impl FnOnce(&R) -> P) -> P {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, proof)) = known.get(of).filter(|(before, _)| *before == rests_on) {
            return proof.clone();
        }
        drop(known);
        let proof = prove(&rests_on);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(of.to_owned(), (rests_on, proof.clone()));
        proof
    }
}
