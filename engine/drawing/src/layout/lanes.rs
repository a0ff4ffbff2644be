//! Lanes: the heights at which lines run sideways between two rows.
//!
//! Invariant: lines that would run over one another have lanes of their own.
#![expect(clippy::indexing_slicing, reason = "indices are made here, for the vectors they index")]

/// A line between two rows: from above at some places, to below at others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bus {
    /// Where it comes from above.
    pub(super) upper: Vec<f64>,
    /// Where it goes on below.
    pub(super) lower: Vec<f64>,
}

impl Bus {
    fn span(&self) -> (f64, f64) {
        let all = self.upper.iter().chain(&self.lower).copied();
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    }

    /// Tells whether it runs straight down.
    pub(super) fn straight(&self) -> bool {
        let (low, high) = self.span();
        high - low < 0.5
    }
}

/// How near two lines may come.
const NEAR: f64 = 7.0;

/// Returns the lane of each line, from 0 at the top, and how many there are; a straight line needs none.
pub(super) fn lanes(buses: &[Bus]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..buses.len()).filter(|bus| !buses[*bus].straight()).collect();
    order.sort_by(|a, b| buses[*a].span().0.total_cmp(&buses[*b].span().0));
    // Neighbours change places as long as that is better; a limit, as with every loop.
    for _ in 0..order.len() {
        let mut better = false;
        for place in 1..order.len() {
            let (one, other) = (order[place - 1], order[place]);
            if cost(&buses[other], &buses[one]) < cost(&buses[one], &buses[other]) {
                order.swap(place - 1, place);
                better = true;
            }
        }
        if !better {
            break;
        }
    }
    let mut lane = vec![0; buses.len()];
    let mut count = 0;
    for (place, &bus) in order.iter().enumerate() {
        let (low, high) = buses[bus].span();
        for &other in &order[..place] {
            let (from, to) = buses[other].span();
            if from < high + NEAR && low < to + NEAR {
                lane[bus] = lane[bus].max(lane[other] + 1);
            }
        }
        count = count.max(lane[bus] + 1);
    }
    (lane, count)
}

/// Returns how bad it is that the first line has the higher lane: crossings, and far worse lines over lines.
fn cost(high: &Bus, low: &Bus) -> usize {
    let inside = |x: &f64, bus: &Bus| {
        let (from, to) = bus.span();
        *x > from + 0.5 && *x < to - 0.5
    };
    let crossings = high.lower.iter().filter(|x| inside(x, low)).count()
        + low.upper.iter().filter(|x| inside(x, high)).count();
    let over = |x: &f64, places: &[f64]| places.iter().any(|other| (x - other).abs() < 3.0);
    let covered = high.lower.iter().filter(|x| over(x, &low.upper)).count();
    crossings + 100 * covered
}

#[cfg(test)]
mod tests {
    use super::{Bus, lanes};

    #[test]
    fn lines_that_would_run_over_one_another_have_lanes_of_their_own() {
        let bus =
            |upper: &[f64], lower: &[f64]| Bus { upper: upper.to_vec(), lower: lower.to_vec() };
        let (lane, count) =
            lanes(&[bus(&[0.0], &[50.0]), bus(&[50.0], &[90.0]), bus(&[10.0], &[10.0])]);
        assert_eq!(count, 2);
        assert!(
            lane[1] < lane[0],
            "what comes down at 50 has gone aside before the other goes down there"
        );
    }
}
