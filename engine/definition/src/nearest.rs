//! The nearest known name to a misspelt one, for "did you mean".
//!
//! Invariant: an answer is near enough that a person would agree; a far one is no answer.

/// Returns the known name nearest to `name`, if it is within a third of its length (at least one edit).
///
/// Edits are insertion, removal, replacement and the swap of two neighbours (optimal string alignment).
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How much further than the nearest name every other one is, if it is taken for what was meant.
const CLEARLY: usize = 2;

/// Returns what was meant for certain: the one known name near to `name`, or the nearest of several if it is one edit away
/// (two, in a name of eight characters or more) and every other at least two further.
pub fn only_near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let long = name.chars().count();
    let limit = long / 3;
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [] => None,
        [(_, one)] => Some(one),
        [(least, one), (next, _), ..] => {
            let close = *least <= if long < 8 { 1 } else { 2 };
            (close && next - least >= CLEARLY).then_some(one)
        }
    }
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let get = |r: &[usize], at: usize| r.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut least = (get(&last, j + 1) + 1)
                .min(get(&row, j) + 1)
                .min(get(&last, j) + usize::from(x != y));
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                least = least.min(get(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{nearest, only_near};

    #[test]
    fn offers_the_near_name_and_no_far_one() {
        let known = ["approve", "return", "reject"];
        assert_eq!(nearest("aprove", known), Some("approve"));
        assert_eq!(nearest("retrun", known), Some("return"));
        assert_eq!(nearest("publish", known), None);
    }

    #[test]
    fn is_certain_only_of_one_near_name() {
        assert_eq!(only_near("aprove", ["approve", "return"]), Some("approve"));
        assert_eq!(only_near("row-3", ["row-1", "row-2"]), None);
        assert_eq!(only_near("b", ["a"]), None, "to a single letter every other one is near");
    }

    #[test]
    fn is_certain_of_the_nearest_if_every_other_is_clearly_further() {
        let known = ["hall-booking", "hall-cooking-2"];
        assert_eq!(only_near("hall-boking", known), Some("hall-booking"));
        assert_eq!(only_near("hall-boking", ["hall-booking", "hall-baking"]), None);
        assert_eq!(only_near("approvd", ["approve", "approved"]), None, "both are one edit away");
        assert_eq!(only_near("hall-bookings", ["hall-booking", "wall-bookings"]), None);
    }
}
