//! One way, looked at as a whole: texts that are the same or differ, and sums of several unknowns.
//!
//! Invariant: a way is refuted only by a contradiction that follows from what it assumes.

use std::collections::{BTreeMap, BTreeSet};

use super::domain::{Domain, Texts};
use super::formula::{Sum, ToZero, Unknown};
use super::interval::Interval;
use super::linear::{Row, Together, together};
use super::ratio::Ratio;
use super::search::Way;

/// In how many ways the intervals of unknowns are combined.
const COMBINATIONS: usize = 64;

/// Texts that are the same, each class by one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes(BTreeMap<Unknown, Unknown>);

impl Classes {
    pub(crate) fn of(way: &Way<'_>) -> Self {
        let mut classes = Self::default();
        for (a, b) in &way.same {
            let (a, b) = (classes.root(a), classes.root(b));
            if a != b {
                classes.0.insert(a, b);
            }
        }
        classes
    }

    /// The one that stands for all that are the same as this.
    pub(crate) fn root(&self, unknown: &Unknown) -> Unknown {
        let mut at = unknown;
        while let Some(next) = self.0.get(at) {
            at = next;
        }
        at.clone()
    }

    /// What the texts of a class may be.
    pub(crate) fn texts(&self, way: &Way<'_>) -> BTreeMap<Unknown, Texts> {
        let mut all: BTreeMap<Unknown, Texts> = BTreeMap::new();
        let involved: BTreeSet<&Unknown> =
            way.same.iter().chain(&way.differ).flat_map(|(a, b)| [a, b]).collect();
        for unknown in involved {
            let own = way.domain(unknown).texts;
            let entry = all.entry(self.root(unknown)).or_insert(Texts::ALL);
            *entry = entry.meet(&own);
        }
        all
    }
}

/// The sums of a way as rows, for one choice of intervals.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) whole: Vec<bool>,
    pub(crate) order: Vec<(usize, Vec<Row>)>,
}

/// What looking at a way told.
#[derive(Debug, Clone)]
pub(crate) enum Looked {
    /// It is contradictory.
    Refuted,
    /// It may hold; where sums were followed to the end, how.
    Open(Option<Rows>),
}

/// Looks at a way.
pub(crate) fn look(way: &Way<'_>) -> Looked {
    if way.domains.values().any(Domain::is_empty) {
        return Looked::Refuted;
    }
    let classes = Classes::of(way);
    let texts = classes.texts(way);
    if texts.values().any(Texts::is_empty) {
        return Looked::Refuted;
    }
    for (a, b) in &way.differ {
        let (a, b) = (classes.root(a), classes.root(b));
        let single = |root: &Unknown| texts.get(root).and_then(Texts::single);
        if a == b || single(&a).is_some_and(|text| Some(text) == single(&b)) {
            return Looked::Refuted;
        }
    }
    sums(way)
}

fn sums(way: &Way<'_>) -> Looked {
    let unknowns: BTreeSet<&Unknown> =
        way.linear.iter().flat_map(|(sum, _)| sum.terms.keys()).collect();
    let unknowns: Vec<Unknown> = unknowns.into_iter().cloned().collect();
    let (mut whole, mut choices) = (Vec::new(), Vec::new());
    for unknown in &unknowns {
        let domain = way.domain(unknown);
        let is_date = domain.numbers.is_empty();
        if !is_date && !domain.dates.is_empty() {
            return Looked::Open(None);
        }
        whole.push(is_date || way.is_whole(unknown));
        let numbers = if is_date { domain.dates } else { domain.numbers };
        if numbers.is_empty() {
            // A sum needs a number.
            return Looked::Refuted;
        }
        choices.push(numbers);
    }
    let ways: usize = choices.iter().map(|numbers| numbers.intervals().len()).product();
    let mut undecided = false;
    for at in 0..ways.min(COMBINATIONS) {
        let mut rest = at;
        let mut intervals = Vec::new();
        for numbers in &choices {
            let all = numbers.intervals();
            let interval = if ways > COMBINATIONS {
                numbers.hull()
            } else {
                all.get(rest % all.len().max(1)).copied()
            };
            rest /= all.len().max(1);
            intervals.extend(interval);
        }
        let Some(rows) = rows(way, &unknowns, &intervals) else {
            undecided = true;
            continue;
        };
        match together(rows, &whole) {
            Together::Never if ways > COMBINATIONS => return Looked::Refuted,
            Together::Never => {}
            Together::Perhaps(order) => return Looked::Open(Some(Rows { unknowns, whole, order })),
            Together::TooMuch => undecided = true,
        }
        if ways > COMBINATIONS {
            break;
        }
    }
    if undecided || ways > COMBINATIONS { Looked::Open(None) } else { Looked::Refuted }
}

fn rows(way: &Way<'_>, unknowns: &[Unknown], intervals: &[Interval]) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for (sum, to_zero) in &way.linear {
        let row = |sum: &Sum, strict| Row {
            times: unknowns
                .iter()
                .map(|unknown| sum.terms.get(unknown).copied().unwrap_or(Ratio::ZERO))
                .collect(),
            constant: sum.constant,
            strict,
        };
        rows.push(row(sum, *to_zero == ToZero::Below));
        if *to_zero == ToZero::Equal {
            rows.push(row(&sum.times(Ratio::ONE.negated())?, false));
        }
    }
    for (at, interval) in intervals.iter().enumerate() {
        let unit = |n: Ratio| {
            let mut times = vec![Ratio::ZERO; unknowns.len()];
            if let Some(own) = times.get_mut(at) {
                *own = n;
            }
            times
        };
        if let Some(end) = interval.low {
            let times = unit(Ratio::ONE.negated());
            rows.push(Row { times, constant: end.at, strict: !end.closed });
        }
        if let Some(end) = interval.high {
            let constant = end.at.negated();
            rows.push(Row { times: unit(Ratio::ONE), constant, strict: !end.closed });
        }
    }
    Some(rows)
}
