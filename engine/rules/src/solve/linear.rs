//! Sums of unknowns against zero, all at once: whether they can hold together, and numbers for which they do.
//!
//! Invariant: unknowns are taken away one by one (Fourier and Motzkin), so what follows is implied by what was given; a
//! contradiction is a proof. Among whole numbers each row is tightened to them. Work is bounded.

use super::interval::{End, Interval};
use super::ratio::{Ratio, gcd};

/// How many rows there may be at once.
const ROWS: usize = 300;

/// A sum that is at most zero, or below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) times: Vec<Ratio>,
    pub(crate) constant: Ratio,
    pub(crate) strict: bool,
}

/// What is known of rows together.
#[derive(Debug, Clone)]
pub(crate) enum Together {
    /// They cannot hold together.
    Never,
    /// They may; the order in which unknowns were taken away, each with the rows that bound it.
    Perhaps(Vec<(usize, Vec<Row>)>),
    /// It took too long, or numbers grew too large.
    TooMuch,
}

impl Row {
    fn at(&self, unknown: usize) -> Ratio {
        self.times.get(unknown).copied().unwrap_or(Ratio::ZERO)
    }

    /// A sum without unknowns: whether it holds.
    fn holds(&self) -> Option<bool> {
        self.times
            .iter()
            .all(|n| n.is_zero())
            .then(|| self.constant.is_negative() || (self.constant.is_zero() && !self.strict))
    }

    /// Divides by what whole numbers share, and moves the bound to a whole number.
    fn tightened(mut self, whole: &[bool]) -> Option<Self> {
        let involved = || self.times.iter().zip(whole).filter(|(times, _)| !times.is_zero());
        if involved().count() == 0 || !involved().all(|(_, whole)| *whole) {
            return Some(self);
        }
        let mut under = 1_i128;
        for (times, _) in involved() {
            under = under.checked_mul(times.under() / gcd(times.under(), under))?;
        }
        let mut shared = 0_i128;
        for (times, _) in involved() {
            shared = gcd(shared, (times.over().checked_mul(under / times.under())?).abs());
        }
        let factor = Ratio::new(under, shared)?;
        for times in &mut self.times {
            *times = times.times(factor)?;
        }
        let bound = self.constant.times(factor)?;
        // Whole + bound < 0 is whole + bound' <= 0 with the next whole number.
        self.constant = match (self.strict, bound.is_whole()) {
            (true, true) => bound.plus(Ratio::ONE)?,
            _ => bound.ceil(),
        };
        self.strict = false;
        Some(self)
    }
}

/// Tells whether rows can hold together.
pub(crate) fn together(rows: Vec<Row>, whole: &[bool]) -> Together {
    work(rows, whole).unwrap_or(Together::TooMuch)
}

fn work(rows: Vec<Row>, whole: &[bool]) -> Option<Together> {
    let mut rows: Vec<Row> =
        rows.into_iter().map(|row| row.tightened(whole)).collect::<Option<_>>()?;
    let mut left: Vec<usize> = (0..whole.len()).collect();
    let mut order = Vec::new();
    loop {
        for row in &rows {
            if row.holds() == Some(false) {
                return Some(Together::Never);
            }
        }
        rows.retain(|row| row.holds().is_none());
        let cost = |unknown: usize| {
            let signs = rows.iter().map(|row| row.at(unknown)).filter(|n| !n.is_zero());
            let (below, above): (Vec<_>, Vec<_>) = signs.partition(|n| n.is_negative());
            below.len() * above.len()
        };
        let Some(next) = left.iter().copied().min_by_key(|unknown| cost(*unknown)) else {
            return Some(Together::Perhaps(order));
        };
        left.retain(|unknown| *unknown != next);
        let (bounding, others): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| !row.at(next).is_zero());
        rows = others;
        let (lower, upper): (Vec<&Row>, Vec<&Row>) =
            bounding.iter().partition(|row| row.at(next).is_negative());
        for low in &lower {
            for high in &upper {
                let row = combined(low, high, next)?.tightened(whole)?;
                if !rows.contains(&row) {
                    rows.push(row);
                }
                if rows.len() > ROWS {
                    return None;
                }
            }
        }
        order.push((next, bounding));
    }
}

/// What follows of two rows for the unknowns other than one.
fn combined(low: &Row, high: &Row, unknown: usize) -> Option<Row> {
    let (by_low, by_high) = (high.at(unknown), low.at(unknown).negated());
    let mut times = Vec::with_capacity(low.times.len());
    for (a, b) in low.times.iter().zip(&high.times) {
        times.push(a.times(by_low)?.plus(b.times(by_high)?)?);
    }
    Some(Row {
        times,
        constant: low.constant.times(by_low)?.plus(high.constant.times(by_high)?)?,
        strict: low.strict || high.strict,
    })
}

/// Finds numbers for which rows hold, each near what `choose` likes best in the interval left to it.
pub(crate) fn numbers(
    order: &[(usize, Vec<Row>)],
    count: usize,
    mut choose: impl FnMut(usize, Interval) -> Option<Ratio>,
) -> Option<Vec<Ratio>> {
    let mut found: Vec<Option<Ratio>> = vec![None; count];
    for (unknown, rows) in order.iter().rev() {
        let mut interval = Interval { low: None, high: None };
        for row in rows {
            let mut rest = row.constant;
            for (at, times) in row.times.iter().enumerate() {
                if at != *unknown && !times.is_zero() {
                    rest = rest.plus(times.times(found.get(at).copied().flatten()?)?)?;
                }
            }
            let times = row.at(*unknown);
            let end = End { at: rest.negated().by(times)?, closed: !row.strict };
            let one = if times.is_negative() {
                Interval { low: Some(end), high: None }
            } else {
                Interval { low: None, high: Some(end) }
            };
            interval = interval.meet(&one);
        }
        *found.get_mut(*unknown)? = Some(choose(*unknown, interval)?);
    }
    found.into_iter().map(|n| Some(n.unwrap_or(Ratio::ZERO))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Ratio, Row, Together, together};

    fn row(times: &[i64], constant: i64, strict: bool) -> Row {
        let n = |n: &i64| Ratio::whole(*n).unwrap();
        Row { times: times.iter().map(n).collect(), constant: n(&constant), strict }
    }

    #[test]
    fn a_circle_of_greater_than_is_impossible() {
        let rows =
            vec![row(&[1, -1, 0], 0, true), row(&[0, 1, -1], 0, true), row(&[-1, 0, 1], 0, false)];
        assert!(matches!(together(rows, &[false; 3]), Together::Never));
    }

    #[test]
    fn between_neighbours_there_is_no_whole_number() {
        // y < x < y + 1
        let rows = vec![row(&[-1, 1], 0, true), row(&[1, -1], -1, true)];
        assert!(matches!(together(rows.clone(), &[true; 2]), Together::Never));
        assert!(matches!(together(rows, &[false; 2]), Together::Perhaps(_)));
    }
}
