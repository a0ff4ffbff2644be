//! Two versions of a rule, compared by what they say of every case.
//!
//! Invariant: "the same" is proved for yes, for no and for neither; a change is told with a case that both have judged.

use super::region::Regions;
use super::solver::{Handle, Solver};
use super::{Ground, Judged, Says};
use crate::rule::Rule;

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They say the same of every case, whatever the parameters are.
    Same,
    /// They say the same of every case while parameters have the values that they have.
    SameAtValues,
    /// They differ, and there is a case.
    Differs,
    /// Neither was shown.
    NotDecided,
}

/// Two versions of a rule, compared. Where they say the same at the values that parameters have, the regions are those of
/// other values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What it came to.
    pub verdict: Verdict,
    /// Where the old one passes and the new one does not.
    pub lost: Regions,
    /// Where the old one does not pass and the new one does.
    pub won: Regions,
    /// Where one says no and the other cannot be judged.
    pub shifted: Regions,
}

/// Compares two versions of a rule: under `free` with parameters as unknowns, then under `known` with their values.
#[must_use]
pub fn compare(old: &Rule, new: &Rule, free: &Ground, known: &Ground) -> Comparison {
    let (mut solver, a, b) = both(old, new, free);
    if is_same(&solver, a, b) {
        let none = Regions::default;
        return Comparison { verdict: Verdict::Same, lost: none(), won: none(), shifted: none() };
    }
    let (with_values, x, y) = both(old, new, known);
    let same_at_values = is_same(&with_values, x, y);
    if !same_at_values {
        solver = with_values;
    }
    let lost = solver.regions(&[(a, Says::Passes), (b, Says::Fails)]);
    let won = solver.regions(&[(a, Says::Fails), (b, Says::Passes)]);
    let mut shifted = solver.regions(&[(a, Says::No), (b, Says::Stops)]);
    let back = solver.regions(&[(a, Says::Stops), (b, Says::No)]);
    shifted.more |= back.more;
    shifted.regions.extend(back.regions);
    let mut verdict = Verdict::NotDecided;
    if same_at_values {
        verdict = Verdict::SameAtValues;
    } else if lost.has_case() || won.has_case() || shifted.has_case() {
        verdict = Verdict::Differs;
    }
    Comparison { verdict, lost, won, shifted }
}

/// Both versions, read. Handles are given in order, so that they are the same in each solver.
fn both<'a>(old: &'a Rule, new: &'a Rule, ground: &'a Ground) -> (Solver<'a>, Handle, Handle) {
    let mut solver = Solver::new(ground);
    let old = solver.read(Judged::Rule(old));
    let new = solver.read(Judged::Rule(new));
    (solver, old, new)
}

/// Tells whether it is proved that both say the same of every case.
fn is_same(solver: &Solver<'_>, a: Handle, b: Handle) -> bool {
    let differs = [
        (Says::Passes, Says::Fails),
        (Says::Fails, Says::Passes),
        (Says::No, Says::Stops),
        (Says::Stops, Says::No),
    ];
    differs.iter().all(|(x, y)| solver.is_refuted(&[(a, *x), (b, *y)]))
}
