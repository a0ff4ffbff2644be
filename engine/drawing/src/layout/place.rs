//! Where in its row each cell stands: below and above its neighbours as far as the order leaves room.
//!
//! Invariant: cells of a row stand in their order and keep the distance between their kinds.
#![expect(clippy::indexing_slicing, reason = "indices come from the grid whose vectors they index")]

use super::cells::{Grid, What};

/// How often all rows are moved.
const ROUNDS: usize = 24;

/// Bends smaller than this are taken out where there is room.
const JOG: f64 = 24.0;

pub(super) fn place(grid: &mut Grid) {
    for row in 0..grid.rows.len() {
        let mut edge = 0.0;
        for place in 0..grid.rows[row].len() {
            let cell = grid.rows[row][place];
            if place > 0 {
                edge += distance(grid, grid.rows[row][place - 1], cell);
            }
            grid.cells[cell].x = edge;
        }
    }
    // The last round goes down: what follows a box stands straight below it.
    for round in 0..ROUNDS {
        let count = grid.rows.len();
        let down = round % 2 == 1;
        for step in 0..count {
            let row = if down { step } else { count - 1 - step };
            pull(grid, row, down);
        }
    }
    straighten(grid);
}

/// Returns how far apart the middles of two neighbours stand.
pub(super) fn distance(grid: &Grid, left: usize, right: usize) -> f64 {
    let (a, b) = (&grid.cells[left], &grid.cells[right]);
    let gap = match (a.what, b.what) {
        (What::Node(_), What::Node(_)) => 32.0,
        (What::Node(_), _) | (_, What::Node(_)) => 22.0,
        _ => 14.0,
    };
    (a.size.width + b.size.width) / 2.0 + gap
}

/// Moves the cells of a row to where their neighbours want them, as near as the order allows (least squares, exactly).
fn pull(grid: &mut Grid, row: usize, above: bool) {
    let cells = grid.rows[row].clone();
    let wished: Vec<(f64, f64)> = cells
        .iter()
        .map(|cell| {
            let passing = |cell: usize| matches!(grid.cells[cell].what, What::Pass(_));
            let beside = grid.beside(*cell, above).map(|(other, weight)| {
                // The usual way pulls hardest: it is to run straight through.
                let weight = weight * weight;
                let both = passing(*cell) && passing(other);
                (grid.cells[other].x, if both { weight * 4.0 } else { weight })
            });
            let mut beside: Vec<(f64, f64)> = beside.collect();
            let weights: f64 = beside.iter().map(|(_, weight)| weight).sum();
            match median(&mut beside) {
                Some(x) => (x, weights),
                None => (grid.cells[*cell].x, 0.05),
            }
        })
        .collect();
    // With the distances taken off, the order is simply not to decrease.
    let mut offsets = vec![0.0; cells.len()];
    for place in 1..cells.len() {
        offsets[place] = offsets[place - 1] + distance(grid, cells[place - 1], cells[place]);
    }
    let wished: Vec<(f64, f64)> =
        wished.iter().zip(&offsets).map(|((x, weight), offset)| (x - offset, *weight)).collect();
    for ((cell, x), offset) in cells.iter().zip(not_decreasing(&wished)).zip(&offsets) {
        grid.cells[*cell].x = x + offset;
    }
}

/// Returns the middle of weighted values: unlike the mean it leaves a line straight and takes the bend in one place.
fn median(values: &mut [(f64, f64)]) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half: f64 = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    for (place, (value, weight)) in values.iter().enumerate() {
        sum += weight;
        if (sum - half).abs() < 1e-9 {
            let next = values.get(place + 1).map_or(*value, |next| next.0);
            return Some(f64::midpoint(*value, next));
        }
        if sum > half {
            return Some(*value);
        }
    }
    None
}

/// Returns the sequence that does not decrease and lies nearest to the wished values, by their weights.
pub(super) fn not_decreasing(wished: &[(f64, f64)]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(wished.len());
    for &(value, weight) in wished {
        blocks.push((value, weight, 1));
        while let [.., (left, lw, ln), (right, rw, rn)] = blocks[..]
            && left > right
        {
            blocks.pop();
            blocks.pop();
            blocks.push(((left * lw + right * rw) / (lw + rw), lw + rw, ln + rn));
        }
    }
    blocks.iter().flat_map(|(value, _, count)| std::iter::repeat_n(*value, *count)).collect()
}

/// Takes small bends out of lines, from the top and from the bottom.
fn straighten(grid: &mut Grid) {
    for pass in 0..4 {
        let above = pass % 2 == 0;
        let count = grid.rows.len();
        for step in 1..count {
            let row = if above { step } else { count - 1 - step };
            for place in 0..grid.rows[row].len() {
                let cell = grid.rows[row][place];
                let mut beside = grid.beside(cell, above);
                let (Some((other, _)), None) = (beside.next(), beside.next()) else { continue };
                drop(beside);
                let thin = !matches!(grid.cells[cell].what, What::Node(_));
                let several = grid.beside(other, !above).count() > 1
                    && matches!(grid.cells[other].what, What::Node(_));
                if thin && !several {
                    align(grid, row, place, grid.cells[other].x);
                }
            }
        }
    }
}

fn align(grid: &mut Grid, row: usize, place: usize, x: f64) {
    let cells = &grid.rows[row];
    let cell = cells[place];
    let left = place.checked_sub(1).and_then(|left| cells.get(left));
    let right = cells.get(place + 1);
    let room = left.is_none_or(|left| x - grid.cells[*left].x >= distance(grid, *left, cell))
        && right.is_none_or(|right| grid.cells[*right].x - x >= distance(grid, cell, *right));
    if room && (grid.cells[cell].x - x).abs() <= JOG {
        grid.cells[cell].x = x;
    }
}
