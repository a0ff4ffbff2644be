//! Ranges of cohorts, and for whom a release is.
//!
//! Invariant: a range is never empty.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The cohorts from one to another, both included; without an end where none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cohorts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
}

/// A text that is no range of cohorts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "届别范围写作 2026、2024..2026、>=2026 或 <=2023，不能是 {0} | a range of cohorts is 2026, 2024..2026, >=2026 or <=2023, not `{0}`"
)]
pub struct NoCohorts(pub String);

impl Cohorts {
    /// Every cohort.
    pub const ALL: Self = Self { from: None, until: None };

    /// Returns a range; nothing when it ends before it begins.
    #[must_use]
    pub fn new(from: Option<i64>, until: Option<i64>) -> Option<Self> {
        let empty = from.zip(until).is_some_and(|(from, until)| until < from);
        (!empty).then_some(Self { from, until })
    }

    /// Returns the first cohort.
    #[must_use]
    pub fn from(self) -> Option<i64> {
        self.from
    }

    /// Returns the last cohort.
    #[must_use]
    pub fn until(self) -> Option<i64> {
        self.until
    }

    /// Tells whether a cohort is among them.
    #[must_use]
    pub fn holds(self, cohort: i64) -> bool {
        self.from.is_none_or(|from| from <= cohort)
            && self.until.is_none_or(|until| cohort <= until)
    }

    /// Returns what is in both.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        let from = self.from.max(other.from);
        let until = match (self.until, other.until) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self::new(from, until)
    }

    /// Returns what is left without the other.
    #[must_use]
    pub fn without(self, other: Self) -> Vec<Self> {
        let Some(cut) = self.meet(other) else { return vec![self] };
        let below = cut.from.and_then(|from| from.checked_sub(1));
        let above = cut.until.and_then(|until| until.checked_add(1));
        let below = below.and_then(|until| self.meet(Self { from: None, until: Some(until) }));
        let above = above.and_then(|from| self.meet(Self { from: Some(from), until: None }));
        below.into_iter().chain(above).collect()
    }
}

impl fmt::Display for Cohorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from == until => write!(f, "{from}"),
            (Some(from), Some(until)) => write!(f, "{from}..{until}"),
            (Some(from), None) => write!(f, ">={from}"),
            (None, Some(until)) => write!(f, "<={until}"),
            (None, None) => f.write_str("*"),
        }
    }
}

impl FromStr for Cohorts {
    type Err = NoCohorts;

    fn from_str(text: &str) -> Result<Self, NoCohorts> {
        let wrong = || NoCohorts(text.to_owned());
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong());
        let trimmed = text.trim();
        let (from, until) = if let Some(rest) = trimmed.strip_prefix(">=") {
            (Some(number(rest)?), None)
        } else if let Some(rest) = trimmed.strip_prefix("<=") {
            (None, Some(number(rest)?))
        } else if let Some((from, until)) = trimmed.split_once("..") {
            (Some(number(from)?), Some(number(until)?))
        } else {
            let one = number(trimmed)?;
            (Some(one), Some(one))
        };
        Self::new(from, until).ok_or_else(wrong)
    }
}

/// For whom a release is to be live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Audience {
    /// All but the cohorts that have a release of their own.
    #[default]
    Others,
    /// Some cohorts, side by side with the others.
    Cohorts {
        /// Which.
        cohorts: Cohorts,
    },
    /// All: releases of some cohorts end.
    Everyone,
}

impl Audience {
    /// Returns the cohorts, when it is for some.
    #[must_use]
    pub fn cohorts(self) -> Option<Cohorts> {
        if let Self::Cohorts { cohorts } = self { Some(cohorts) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range() -> impl Strategy<Value = Cohorts> {
        let end = || proptest::option::of(-6_i64..6);
        (end(), end()).prop_filter_map("empty", |(from, until)| Cohorts::new(from, until))
    }

    #[test]
    fn a_range_is_written_in_four_ways() {
        for text in ["2026", "2024..2026", ">=2026", "<=2023"] {
            assert_eq!(text.parse::<Cohorts>().unwrap().to_string(), text);
        }
        assert_eq!(" >= 2026 ".parse::<Cohorts>().unwrap().to_string(), ">=2026");
        for text in ["", "2026..", "2026..2024", ">2026", "x", "*"] {
            assert!(text.parse::<Cohorts>().is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_left_and_what_is_cut_make_the_whole(one in range(), other in range()) {
            for cohort in -9..9 {
                let left = one.without(other).iter().filter(|piece| piece.holds(cohort)).count();
                let cut = one.meet(other).is_some_and(|cut| cut.holds(cohort));
                prop_assert_eq!(left + usize::from(cut), usize::from(one.holds(cohort)));
                prop_assert_eq!(cut, one.holds(cohort) && other.holds(cohort));
            }
        }
    }
}
