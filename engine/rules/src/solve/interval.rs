//! Sets of numbers as intervals.
//!
//! Invariant: intervals are in order and do not touch, so that equal sets are equal values.

use std::collections::BTreeSet;

use super::ratio::Ratio;

/// An end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) at: Ratio,
    /// Whether the end itself belongs to it.
    pub(crate) closed: bool,
}

/// Numbers between two ends; no end: without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: Option<End>,
    pub(crate) high: Option<End>,
}

/// A set of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbers(Vec<Interval>);

impl Interval {
    const ALL: Self = Self { low: None, high: None };

    pub(crate) fn is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => {
                low.at > high.at || (low.at == high.at && !(low.closed && high.closed))
            }
            _ => false,
        }
    }

    pub(crate) fn meet(&self, other: &Self) -> Self {
        let low = match (self.low, other.low) {
            (Some(a), Some(b)) if a.at == b.at => Some(End { closed: a.closed && b.closed, ..a }),
            (Some(a), Some(b)) => Some(if a.at > b.at { a } else { b }),
            (a, b) => a.or(b),
        };
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) if a.at == b.at => Some(End { closed: a.closed && b.closed, ..a }),
            (Some(a), Some(b)) => Some(if a.at < b.at { a } else { b }),
            (a, b) => a.or(b),
        };
        Self { low, high }
    }

    fn whole(&self) -> Self {
        let low = self.low.and_then(|end| {
            let at = end.at.ceil();
            let at = if at == end.at && !end.closed { at.plus(Ratio::ONE)? } else { at };
            Some(End { at, closed: true })
        });
        let high = self.high.and_then(|end| {
            let at = end.at.floor();
            let at = if at == end.at && !end.closed { at.minus(Ratio::ONE)? } else { at };
            Some(End { at, closed: true })
        });
        Self { low, high }
    }
}

impl Numbers {
    pub(crate) const NONE: Self = Self(Vec::new());

    pub(crate) fn all() -> Self {
        Self(vec![Interval::ALL])
    }

    pub(crate) fn one(at: Ratio) -> Self {
        let end = Some(End { at, closed: true });
        Self(vec![Interval { low: end, high: end }])
    }

    /// These numbers; of days, those in a row make one interval.
    pub(crate) fn these(all: &BTreeSet<Ratio>, are_days: bool) -> Self {
        let mut runs: Vec<(Ratio, Ratio)> = Vec::new();
        for at in all {
            match runs.last_mut() {
                Some((_, last)) if are_days && last.plus(Ratio::ONE) == Some(*at) => *last = *at,
                _ => runs.push((*at, *at)),
            }
        }
        let end = |at| Some(End { at, closed: true });
        Self(runs.into_iter().map(|(a, b)| Interval { low: end(a), high: end(b) }).collect())
    }

    pub(crate) fn below(at: Ratio, closed: bool) -> Self {
        Self(vec![Interval { low: None, high: Some(End { at, closed }) }])
    }

    pub(crate) fn above(at: Ratio, closed: bool) -> Self {
        Self(vec![Interval { low: Some(End { at, closed }), high: None }])
    }

    pub(crate) fn within(interval: Interval) -> Self {
        Self(vec![interval])
    }

    pub(crate) fn intervals(&self) -> &[Interval] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn meet(&self, other: &Self) -> Self {
        let mut met = Vec::new();
        for a in &self.0 {
            met.extend(other.0.iter().map(|b| a.meet(b)).filter(|both| !both.is_empty()));
        }
        Self(met)
    }

    pub(crate) fn complement(&self) -> Self {
        let mut gaps = Vec::new();
        let mut low = None;
        for interval in &self.0 {
            if let Some(end) = interval.low {
                let high = Some(End { closed: !end.closed, ..end });
                gaps.push(Interval { low, high });
            }
            match interval.high {
                Some(end) => low = Some(End { closed: !end.closed, ..end }),
                None => return Self(gaps.into_iter().filter(|gap| !gap.is_empty()).collect()),
            }
        }
        gaps.push(Interval { low, high: None });
        Self(gaps.into_iter().filter(|gap| !gap.is_empty()).collect())
    }

    /// Leaves whole numbers alone: ends move inward to them.
    pub(crate) fn whole(&self) -> Self {
        Self(self.0.iter().map(Interval::whole).filter(|interval| !interval.is_empty()).collect())
    }

    /// The smallest interval around it; `None` of the empty set.
    pub(crate) fn hull(&self) -> Option<Interval> {
        let (first, last) = (self.0.first()?, self.0.last()?);
        Some(Interval { low: first.low, high: last.high })
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbers, Ratio};

    fn n(n: i64) -> Ratio {
        Ratio::whole(n).unwrap()
    }

    #[test]
    fn a_set_and_its_complement_share_nothing_and_leave_nothing_out() {
        let set = Numbers::one(n(3)).complement().meet(&Numbers::above(n(1), false));
        assert_eq!(set.intervals().len(), 2);
        assert!(set.meet(&set.complement()).is_empty());
        assert_eq!(set.complement().complement(), set);
    }

    #[test]
    fn between_two_whole_numbers_there_is_no_third() {
        let between = Numbers::above(n(2), false).meet(&Numbers::below(n(3), false));
        assert!(!between.is_empty());
        assert!(between.whole().is_empty());
    }
}
