//! Which keys a scan covers, and from where it goes on.
//!
//! Invariant: the range of a prefix holds exactly the keys that begin with it.

use std::ops::Bound;

/// The order in which a scan answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the least key upwards.
    Ascending,
    /// From the greatest key downwards.
    Descending,
}

/// A stretch of keys: from `start`, included, to `end`, excluded; without an end, to the last key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    start: Vec<u8>,
    end: Option<Vec<u8>>,
}

/// Both ends of what is left of a range.
pub(crate) type Ends = (Bound<Vec<u8>>, Bound<Vec<u8>>);

impl Range {
    /// Returns the range of all keys.
    #[must_use]
    pub fn all() -> Self {
        Self { start: Vec::new(), end: None }
    }

    /// Returns the range of the keys that begin with a prefix.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        // The end is the next prefix of the same length or shorter; after 0xff there is none, so those bytes fall away.
        let mut end = prefix.to_vec();
        while end.last() == Some(&u8::MAX) {
            end.pop();
        }
        let end = match end.last_mut() {
            Some(last) => {
                *last = last.wrapping_add(1);
                Some(end)
            }
            None => None,
        };
        Self { start: prefix.to_vec(), end }
    }

    /// Returns the range from `start`, included, to `end`, excluded. Empty when `end` is not greater.
    #[must_use]
    pub fn between(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// Returns the range from `start`, included, to the last key.
    #[must_use]
    pub fn from(start: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: None }
    }

    /// Returns whether a key lies in the range.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && self.end.as_deref().is_none_or(|end| key < end)
    }

    /// Returns both ends of what a scan has still to cover after the key that it answered last, or `None` when that is
    /// nothing. The empty key, the store's own, is never covered.
    pub(crate) fn rest(&self, after: Option<&[u8]>, direction: Direction) -> Option<Ends> {
        let mut low = if self.start.is_empty() {
            Bound::Excluded(Vec::new())
        } else {
            Bound::Included(self.start.clone())
        };
        let mut high = self.end.clone().map_or(Bound::Unbounded, Bound::Excluded);
        match (after, direction) {
            (None, _) => {}
            (Some(after), Direction::Ascending) => {
                if after >= self.start.as_slice() {
                    low = Bound::Excluded(after.to_vec());
                }
            }
            (Some(after), Direction::Descending) => {
                if self.end.as_deref().is_none_or(|end| after < end) {
                    high = Bound::Excluded(after.to_vec());
                }
            }
        }
        let empty = match (&low, &high) {
            (Bound::Included(low) | Bound::Excluded(low), Bound::Excluded(high)) => low >= high,
            _ => false,
        };
        (!empty).then_some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        // Few letters, the borders among them, so that prefixes meet often.
        prop::collection::vec(prop::sample::select(vec![0_u8, 1, 254, 255]), 0..5)
    }

    proptest! {
        #[test]
        fn a_prefix_range_holds_exactly_its_prefix(prefix in bytes(), key in bytes()) {
            prop_assert_eq!(Range::prefix(&prefix).contains(&key), key.starts_with(&prefix));
        }

        #[test]
        fn the_rest_of_a_range_is_what_was_not_yet_answered(
            start in bytes(), end in bytes(), after in bytes(), key in bytes(), down: bool,
        ) {
            prop_assume!(!key.is_empty());
            let range = Range::between(start, end);
            let direction = if down { Direction::Descending } else { Direction::Ascending };
            let expected = range.contains(&key) && if down { key < after } else { key > after };
            let found = range.rest(Some(&after), direction).is_some_and(|ends| {
                std::ops::RangeBounds::contains(&ends, &key)
            });
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_stores_own_key_is_in_no_scan() {
        let ends = Range::all().rest(None, Direction::Ascending).unwrap();
        assert_eq!(ends, (Bound::Excluded(Vec::new()), Bound::Unbounded));
    }
}
