//! The order of the cells of each row: few crossings, by sweeps of means and exchanges of neighbours.
//!
//! Invariant: the best order that was seen is the one that stays; rows keep their cells.
#![expect(clippy::indexing_slicing, reason = "indices come from the grid whose vectors they index")]

use super::cells::Grid;

/// How often all rows are swept, down and up.
const SWEEPS: usize = 12;

pub(super) fn order(grid: &mut Grid) {
    first_order(grid);
    let mut best = grid.rows.clone();
    let mut fewest = crossings(grid);
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let count = grid.rows.len();
        for step in 1..count {
            let row = if down { step } else { count - 1 - step };
            by_means(grid, row, down);
        }
        exchange(grid);
        let found = crossings(grid);
        if found < fewest {
            fewest = found;
            best.clone_from(&grid.rows);
        }
    }
    grid.rows = best;
}

/// Orders cells as a walk from the first box finds them: the usual way on the left.
fn first_order(grid: &mut Grid) {
    let mut seen = vec![false; grid.cells.len()];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); grid.rows.len()];
    let roots: Vec<usize> = grid.node.clone();
    for root in roots {
        let mut stack = vec![root];
        while let Some(cell) = stack.pop() {
            if std::mem::replace(&mut seen[cell], true) {
                continue;
            }
            rows[grid.cells[cell].row].push(cell);
            let next: Vec<usize> = grid.beside(cell, false).map(|(lower, _)| lower).collect();
            stack.extend(next.into_iter().rev());
        }
    }
    grid.rows = rows;
}

fn positions(grid: &Grid) -> Vec<usize> {
    let mut at = vec![0; grid.cells.len()];
    for row in &grid.rows {
        for (place, cell) in row.iter().enumerate() {
            at[*cell] = place;
        }
    }
    at
}

/// Orders a row by where its neighbours in the row before stand.
fn by_means(grid: &mut Grid, row: usize, above: bool) {
    let at = positions(grid);
    let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(grid.rows[row].len());
    for (place, cell) in grid.rows[row].iter().enumerate() {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (other, weight) in grid.beside(*cell, above) {
            sum += as_float(at[other]) * weight;
            weights += weight;
        }
        keyed.push((if weights > 0.0 { sum / weights } else { as_float(place) }, *cell));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    grid.rows[row] = keyed.into_iter().map(|(_, cell)| cell).collect();
}

/// Exchanges neighbours as long as that saves crossings.
fn exchange(grid: &mut Grid) {
    for _ in 0..4 {
        let mut better = false;
        for row in 0..grid.rows.len() {
            for place in 1..grid.rows[row].len() {
                let at = positions(grid);
                let (left, right) = (grid.rows[row][place - 1], grid.rows[row][place]);
                if pair(grid, &at, right, left) < pair(grid, &at, left, right) {
                    grid.rows[row].swap(place - 1, place);
                    better = true;
                }
            }
        }
        if !better {
            break;
        }
    }
}

/// Returns how heavily the lines of two cells cross if the first stands on the left.
fn pair(grid: &Grid, at: &[usize], left: usize, right: usize) -> f64 {
    let mut sum = 0.0;
    for above in [true, false] {
        for (a, one) in grid.beside(left, above) {
            for (b, other) in grid.beside(right, above) {
                if at[a] > at[b] {
                    sum += one * other;
                }
            }
        }
    }
    sum
}

fn crossings(grid: &Grid) -> f64 {
    let at = positions(grid);
    let mut sum = 0.0;
    for (index, one) in grid.links.iter().enumerate() {
        for other in &grid.links[index + 1..] {
            if grid.cells[one.upper].row != grid.cells[other.upper].row {
                continue;
            }
            let upper = at[one.upper].cmp(&at[other.upper]);
            let lower = at[one.lower].cmp(&at[other.lower]);
            if upper.is_lt() && lower.is_gt() || upper.is_gt() && lower.is_lt() {
                sum += one.weight * other.weight;
            }
        }
    }
    sum
}

/// Positions are far below the numbers that a float cannot hold.
#[expect(clippy::cast_precision_loss, reason = "a row has far fewer than 2^52 cells")]
fn as_float(place: usize) -> f64 {
    place as f64
}
