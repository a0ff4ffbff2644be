//! What was found out at some length, kept from one check to the next.
//!
//! Invariant: what is kept is taken again only where everything that it rests on is the same as when it was found;
//! whoever keeps it forgets all of it when a rule's script changes. It says nothing of places, which move while texts are
//! written, but of those in a text that it rests on whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use xueji_calendar::CalendarFile;
use xueji_definition::file::Case;
use xueji_definition::finding::Finding;
use xueji_definition::model::CalendarQuestion;
use xueji_definition::value::Type;
use xueji_rules::Read;
use xueji_rules::solve::{Ground, OneOf};

use crate::scenes::Seen;

/// What is kept, by what it is about.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    pub(crate) scenes: Same<Seen>,
    pub(crate) types: Same<Type>,
    pub(crate) counts: Same<BTreeSet<String>>,
    pub(crate) values: Same<BTreeMap<String, OneOf>>,
    /// What all scenes that use a rule have in common.
    pub(crate) common: Kept<Vec<Arc<Seen>>, Arc<Seen>>,
    pub(crate) constancy: Kept<Grounds, Constancy>,
    pub(crate) choices: Kept<Grounds, Constancy>,
    pub(crate) together: Kept<Together, Vec<Core>>,
    pub(crate) meetings: Kept<Meeting, bool>,
    /// What the template of a paper reads.
    pub(crate) papers: Kept<String, Arc<Vec<Read>>>,
    /// What is wrong with the template of a paper by itself.
    pub(crate) templates: Kept<String, Arc<Vec<Finding>>>,
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

/// What is known where something is proved: what the solver is told of it, without a copy of all that is read there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Grounds {
    pub(crate) seen: Arc<Seen>,
    pub(crate) values: Arc<BTreeMap<String, OneOf>>,
    pub(crate) counts: Arc<BTreeSet<String>>,
}

impl Grounds {
    /// Returns what the solver is told.
    pub(crate) fn ground(&self) -> Ground {
        Ground {
            env: self.seen.env.clone(),
            values: self.values.as_ref().clone(),
            counts: self.counts.as_ref().clone(),
        }
    }
}

/// Rules that are to be passed at one place, those that a condition adds to them, and what is known there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Together {
    pub(crate) known: Grounds,
    pub(crate) rules: Vec<String>,
    pub(crate) cases: Vec<Case>,
}

/// What cannot hold together: of the rules of a place, and of those that one of its conditions adds.
#[derive(Debug, Clone)]
pub(crate) struct Core {
    /// The condition; nothing where the rules alone cannot.
    pub(crate) case: Option<usize>,
    /// Which of what must hold there, by its number.
    pub(crate) members: Vec<usize>,
}

/// Rules of one place that look at the calendar, and the calendar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meeting {
    pub(crate) known: Grounds,
    pub(crate) rules: Vec<String>,
    pub(crate) asked: BTreeMap<String, CalendarQuestion>,
    pub(crate) calendars: CalendarFile,
}

/// The last two of something, the latest first: what is typed breaks a text and mends it again.
#[derive(Debug)]
pub(crate) struct Recent<T>(Vec<T>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Recent<T> {
    /// Returns one of them, which is the latest from then on.
    pub(crate) fn find(&mut self, is: impl Fn(&T) -> bool) -> Option<&T> {
        let at = self.0.iter().position(is)?;
        self.0.get_mut(..=at)?.rotate_right(1);
        self.0.first()
    }

    /// Adds one, for which the oldest goes.
    pub(crate) fn add(&mut self, one: T) {
        self.0.truncate(1);
        self.0.insert(0, one);
    }
}

/// Keeps one of equal values for all who come by them, so that comparing them is quick: mostly they are the very same.
#[derive(Debug)]
pub(crate) struct Same<T>(Mutex<BTreeMap<String, Recent<Arc<T>>>>);

impl<T> Default for Same<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: PartialEq> Same<T> {
    /// Returns the value that was known by this name before, if it is equal.
    pub(crate) fn one(&self, name: impl Into<String>, new: T) -> Arc<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = known.entry(name.into()).or_default();
        if let Some(same) = recent.find(|known| **known == new) {
            return Arc::clone(same);
        }
        let new = Arc::new(new);
        recent.add(Arc::clone(&new));
        new
    }
}

/// The last results about each thing, with what they rest on.
#[derive(Debug)]
pub(crate) struct Kept<R, P>(Mutex<BTreeMap<String, Recent<(R, P)>>>);

impl<R, P> Default for Kept<R, P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<R: PartialEq, P: Clone> Kept<R, P> {
    /// Returns what is proved of a thing, proving it anew where what it rests on has changed.
    pub(crate) fn proved(&self, of: &str, rests_on: R, prove: impl FnOnce(&R) -> P) -> P {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.get_mut(of);
        if let Some((_, proof)) =
            before.and_then(|recent| recent.find(|(before, _)| *before == rests_on))
        {
            return proof.clone();
        }
        drop(known);
        let proof = prove(&rests_on);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(of.to_owned()).or_default().add((rests_on, proof.clone()));
        proof
    }
}
