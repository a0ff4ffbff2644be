//! Where two versions of a rule differ: the conditions, and a case of each.
//!
//! Invariant: regions do not overlap; each that is told as a difference has a case that both versions have judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use xueji_definition::value::Value;

use super::Says;
use super::domain::{Domain, Texts, date_of};
use super::formula::{Sum, ToZero};
use super::interval::{End, Numbers};
use super::leaf::{Looked, look};
use super::search::{Ended, Way, ways};
use super::solver::{GUESSES, Handle, Solver, opaque_of};

/// How many regions are told.
const REGIONS: usize = 8;
/// How many ways are looked at to find them.
const WAYS: usize = 200;

/// The ends of an interval, each with whether it belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The lower end.
    pub from: Option<(Value, bool)>,
    /// The upper end.
    pub to: Option<(Value, bool)>,
}

/// What something is in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Not there.
    Missing,
    /// There, whatever it is.
    There,
    /// One of these.
    OneOf(Vec<Value>),
    /// There, and none of these.
    NoneOf(Vec<Value>),
    /// Within one of these intervals.
    Within(Vec<Ends>),
}

/// One condition of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The path, or what is worked out, as it is written.
    pub about: String,
    /// What it is.
    pub bound: Bound,
}

/// Cases that share what two versions make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What holds in it, one thing each.
    pub conditions: Vec<Condition>,
    /// What holds among several things, as it is written.
    pub relations: Vec<String>,
    /// A case of it.
    pub found: Found,
}

/// Whether there is a case in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This one, judged by both.
    Case(BTreeMap<String, Value>),
    /// None was found, and none excluded; the parts that were not looked into.
    NotDecided(BTreeSet<String>),
}

/// All regions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regions {
    /// The regions, at most eight.
    pub regions: Vec<Region>,
    /// Whether there may be more than are told.
    pub more: bool,
}

impl Regions {
    /// Tells whether it is proved that there is no such case.
    #[must_use]
    pub fn none(&self) -> bool {
        self.regions.is_empty() && !self.more
    }

    /// Tells whether a case was found.
    #[must_use]
    pub fn has_case(&self) -> bool {
        self.regions.iter().any(|region| matches!(region.found, Found::Case(_)))
    }
}

impl Solver<'_> {
    /// Returns the regions in which all that is asked holds.
    #[must_use]
    pub fn regions(&self, asked: &[(Handle, Says)]) -> Regions {
        let mut all = Regions::default();
        let (mut guesses, mut looked) = (GUESSES, 0);
        let ended = ways(&self.natures, &self.formula(asked), &mut |way| {
            if matches!(look(way), Looked::Refuted) {
                return ControlFlow::Continue(());
            }
            looked += 1;
            if all.regions.len() >= REGIONS || looked > WAYS {
                all.more = true;
                return ControlFlow::Break(());
            }
            let (conditions, relations) = told(way);
            let found = match self.verified(way, asked, &mut guesses) {
                Some(case) => Found::Case(case),
                None => Found::NotDecided(opaque_of(way).into_iter().collect()),
            };
            let region = Region { conditions, relations, found };
            if !all.regions.contains(&region) {
                all.regions.push(region);
            }
            ControlFlow::Continue(())
        });
        all.more |= ended != Ended::Whole;
        // What is certain comes first.
        all.regions.sort_by_key(|region| matches!(region.found, Found::NotDecided(_)));
        all
    }
}

/// What holds on a way.
fn told(way: &Way<'_>) -> (Vec<Condition>, Vec<String>) {
    let mut conditions = Vec::new();
    for (unknown, domain) in &way.domains {
        let nature =
            way.natures.get(unknown).map_or_else(Domain::all, |nature| nature.domain.clone());
        if *domain != nature
            && let Some(bound) = bound(domain, &nature)
        {
            conditions.push(Condition { about: unknown.to_string(), bound });
        }
    }
    let mut relations: Vec<String> =
        way.linear.iter().map(|(sum, to_zero)| relation(sum, *to_zero)).collect();
    relations.extend(way.same.iter().map(|(a, b)| format!("{a} == {b}")));
    relations.extend(way.differ.iter().map(|(a, b)| format!("{a} != {b}")));
    relations.sort();
    relations.dedup();
    (conditions, relations)
}

fn bound(domain: &Domain, nature: &Domain) -> Option<Bound> {
    if *domain == Domain::missing() {
        return Some(Bound::Missing);
    }
    if (Domain { missing: true, ..domain.clone() }) == (Domain { missing: true, ..nature.clone() })
    {
        return (!domain.missing).then_some(Bound::There);
    }
    if domain.yes != domain.no {
        return Some(Bound::OneOf(vec![Value::Bool(domain.yes)]));
    }
    if !domain.texts.is_empty() {
        return Some(match &domain.texts {
            Texts::Only(texts) => Bound::OneOf(texts.iter().cloned().map(Value::Text).collect()),
            Texts::AllBut(texts) if texts.is_empty() => Bound::There,
            Texts::AllBut(texts) => Bound::NoneOf(texts.iter().cloned().map(Value::Text).collect()),
        });
    }
    let (numbers, dates) = (&domain.numbers, &domain.dates);
    let within = if numbers.is_empty() { ends(dates, true)? } else { ends(numbers, false)? };
    Some(match within.as_slice() {
        [] => return None,
        [Ends { from: Some((low, true)), to: Some((high, true)) }] if low == high => {
            Bound::OneOf(vec![low.clone()])
        }
        [Ends { from: None, to: None }] => Bound::There,
        _ => Bound::Within(within),
    })
}

fn ends(numbers: &Numbers, are_dates: bool) -> Option<Vec<Ends>> {
    let end = |end: Option<End>| match end {
        None => Some(None),
        Some(End { at, closed }) => {
            let value = match (at.to_int(), are_dates) {
                (Some(n), true) => Value::Date(date_of(n)?),
                (Some(n), false) => Value::Int(n),
                (None, _) => Value::Decimal(at.to_decimal()?),
            };
            Some(Some((value, closed)))
        }
    };
    numbers
        .intervals()
        .iter()
        .map(|interval| Some(Ends { from: end(interval.low)?, to: end(interval.high)? }))
        .collect()
}

/// A sum against zero, written with what is added on the left and what is taken away on the right.
fn relation(sum: &Sum, to_zero: ToZero) -> String {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (unknown, times) in &sum.terms {
        let (side, n) =
            if times.is_negative() { (&mut right, times.negated()) } else { (&mut left, *times) };
        side.push(match (n.to_int(), n.to_decimal()) {
            (Some(1), _) => unknown.to_string(),
            (_, Some(n)) => format!("{n} * {unknown}"),
            (_, None) => format!("{unknown} * {} / {}", n.over(), n.under()),
        });
    }
    let constant = sum.constant;
    if let Some(n) = constant.to_decimal().filter(|n| !n.is_zero()) {
        if constant.is_negative() { right.push((-n).to_string()) } else { left.push(n.to_string()) }
    }
    let side =
        |parts: Vec<String>| if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") };
    let sign = match to_zero {
        ToZero::Below => "<",
        ToZero::AtMost => "<=",
        ToZero::Equal => "==",
    };
    format!("{} {sign} {}", side(left), side(right))
}

#[cfg(test)]
mod tests {
    use super::super::formula::Unknown;
    use super::super::ratio::Ratio;
    use super::{Sum, ToZero, relation};

    fn named(path: &str) -> Unknown {
        Unknown::Path(path.into())
    }

    #[test]
    fn a_relation_reads_without_minus() {
        let two = Ratio::whole(2).unwrap();
        let sum = Sum::of(named("a")).times(two).unwrap().minus(&Sum::of(named("b"))).unwrap();
        let sum = sum.minus(&Sum::constant(two)).unwrap();
        assert_eq!(relation(&sum, ToZero::AtMost), "2 * a <= b + 2");
    }
}
