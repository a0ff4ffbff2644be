//! Terms: whole weeks from a Monday, each id once, none over another.
//!
//! Invariant: the terms come back in order, and those that pass do not overlap.

use jiff::civil::{Date, Weekday};

use super::Problems;
use crate::{Fault, Term};

pub(super) fn check(terms: Vec<Term>, problems: &mut Problems) -> Vec<Term> {
    let mut sorted: Vec<(usize, Term)> = Vec::with_capacity(terms.len());
    for (index, term) in terms.into_iter().enumerate() {
        let place = index.to_string();
        if sorted.iter().any(|(_, other)| other.id == term.id) {
            problems.add(&["terms", &place, "id"], Fault::TermIdTwice(term.id.clone()));
        }
        if term.starts.weekday() != Weekday::Monday || term.starts >= Date::constant(9990, 1, 1) {
            problems.add(&["terms", &place, "starts"], Fault::TermStart(term.starts));
        }
        if !(1..=53).contains(&term.weeks) {
            problems.add(&["terms", &place, "weeks"], Fault::TermSize(term.weeks));
        }
        if term.number == 0 {
            problems.add(&["terms", &place, "number"], Fault::TermSize(0));
        }
        sorted.push((index, term));
    }
    sorted.sort_by_key(|(_, term)| term.starts);
    for ((_, before), (index, term)) in sorted.iter().zip(sorted.iter().skip(1)) {
        if term.starts <= before.ends() {
            let fault = Fault::TermsOverlap(term.id.clone(), before.id.clone(), before.ends());
            problems.add(&["terms", &index.to_string(), "starts"], fault);
        }
    }
    sorted.into_iter().map(|(_, term)| term).collect()
}
