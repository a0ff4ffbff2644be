//! The heights of rows and the corners of lines.
//!
//! Invariant: a line leaves a box at its lower border and reaches one at its upper border; between rows it keeps to its lane.
#![expect(clippy::indexing_slicing, reason = "indices come from the grid whose vectors they index")]

use std::collections::BTreeMap;

use super::cells::{Cell, Grid, What};
use super::lanes::{Bus, lanes};
use super::place::not_decreasing;
use super::{Graph, Layout, Point, Rect, Route, Size};

/// Between a box and what is below it.
const BELOW_BOX: f64 = 12.0;
/// Between a word and the arrow's point.
const BELOW_WORD: f64 = 20.0;
/// Between two lanes.
const LANE: f64 = 10.0;
/// Between lines that lead back.
const TRACK: f64 = 14.0;

/// A line between two rows: to one cell, or up to one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// To a cell of the row below.
    Cell(usize),
    /// To the track of lines back to a box.
    Track(usize),
}

/// What is between a row and the one above it.
#[derive(Debug, Default)]
struct Gap {
    buses: BTreeMap<Key, Bus>,
    /// The height at which each line runs sideways.
    heights: BTreeMap<Key, f64>,
}

struct Routing<'g> {
    graph: &'g Graph,
    grid: &'g Grid,
    /// Where lines leave the upper box of each link.
    out: Vec<f64>,
    /// Where lines reach each box.
    into: Vec<f64>,
    /// Where each track runs.
    tracks: Vec<f64>,
    gaps: Vec<Gap>,
    /// The upper border of each row.
    tops: Vec<f64>,
}

pub(super) fn route(graph: &Graph, grid: &Grid) -> Layout {
    let mut routing = Routing {
        graph,
        grid,
        out: vec![0.0; grid.links.len()],
        into: vec![0.0; graph.nodes.len()],
        tracks: Vec::new(),
        gaps: Vec::new(),
        tops: Vec::new(),
    };
    routing.ports();
    routing.tracks();
    routing.gaps();
    routing.heights();
    routing.finish()
}

impl Routing<'_> {
    fn cell(&self, index: usize) -> &Cell {
        &self.grid.cells[index]
    }

    /// Chooses where lines leave and reach boxes: straight below or above their other end where possible.
    fn ports(&mut self) {
        let grid = self.grid;
        for &node in &grid.node {
            let mut below: Vec<usize> = grid.below[node].clone();
            below.sort_by(|a, b| {
                let x = |link: &usize| self.cell(grid.links[*link].lower).x;
                x(a).total_cmp(&x(b))
            });
            let (left, right) = self.border(node);
            let width = right - left;
            let margin = (width / 4.0).min(9.0);
            let room = width - 2.0 * margin;
            let steps = count(below.len().saturating_sub(1));
            // Events at a border need more room than lines.
            let wish = if self.graph.clearance > 0.0 { 34.0 } else { 22.0 };
            let apart = (room / steps.max(1.0)).min(wish);
            // With the distances taken off, all have the same room.
            let (low, high) = (left + margin, (right - margin - apart * steps).max(left + margin));
            let wished = below.iter().enumerate().map(|(place, link)| {
                let x = self.cell(grid.links[*link].lower).x;
                ((x - apart * count(place)).clamp(low, high), grid.links[*link].weight)
            });
            let wished: Vec<(f64, f64)> = wished.collect();
            for ((place, link), x) in below.iter().enumerate().zip(not_decreasing(&wished)) {
                self.out[*link] = x.clamp(low, high) + apart * count(place);
            }
        }
        for (node, &cell) in grid.node.iter().enumerate() {
            let (left, right) = self.border(cell);
            let (middle, margin) = (self.cell(cell).x, ((right - left) / 4.0).min(16.0));
            let mut above: Vec<f64> =
                grid.beside(cell, true).map(|(upper, _)| self.cell(upper).x).collect();
            above.retain(|x| *x >= left + margin && *x <= right - margin);
            above.sort_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
            self.into[node] = above.first().copied().unwrap_or(middle);
        }
    }

    /// Returns the part of a box's border that lines touch.
    fn border(&self, cell: usize) -> (f64, f64) {
        let ports = match self.cell(cell).what {
            What::Node(node) => self.graph.nodes[node].ports,
            _ => 0.0,
        };
        let x = self.cell(cell).x;
        (x - ports / 2.0, x + ports / 2.0)
    }

    /// Returns the rows of words that lines back to a box come from, and the row of the box.
    fn rows_of(&self, track: usize) -> (usize, usize) {
        let back = &self.grid.returns[track];
        let top = self.cell(self.grid.node[back.to]).row;
        let rows = back.edges.iter().map(|edge| self.cell(self.grid.word[*edge]).row);
        (top, rows.max().unwrap_or(top))
    }

    /// Puts the lines that lead back outside of all rows that they pass, the short ones inside.
    fn tracks(&mut self) {
        let grid = self.grid;
        let mut order: Vec<usize> = (0..grid.returns.len()).collect();
        order.sort_by_key(|track| {
            let (top, bottom) = self.rows_of(*track);
            (bottom - top, *track)
        });
        self.tracks = vec![0.0; order.len()];
        let mut done: Vec<usize> = Vec::new();
        for track in order {
            let (top, bottom) = self.rows_of(track);
            let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
            for &cell in grid.rows[top..=bottom].iter().flatten() {
                let (from, to) = grid.span(cell);
                left = left.min(from);
                right = right.max(to);
            }
            for &other in &done {
                let (from, to) = self.rows_of(other);
                // One row more at either end: there they turn.
                if from <= bottom + 1 && top <= to + 1 {
                    left = left.min(self.tracks[other]);
                    right = right.max(self.tracks[other]);
                }
            }
            let back = &grid.returns[track];
            let words = back.edges.iter().map(|edge| self.cell(grid.word[*edge]).x);
            let ends: Vec<f64> = words.chain([self.cell(grid.node[back.to]).x]).collect();
            let to_left: f64 = ends.iter().map(|x| x - left).sum();
            let to_right: f64 = ends.iter().map(|x| right - x).sum();
            self.tracks[track] = if to_left < to_right { left - TRACK } else { right + TRACK };
            done.push(track);
        }
    }

    /// Gathers the lines of each gap; gap n is above row n, and one more is below all.
    fn gaps(&mut self) {
        let grid = self.grid;
        let mut gaps: Vec<Gap> = (0..=grid.rows.len()).map(|_| Gap::default()).collect();
        for (index, link) in grid.links.iter().enumerate() {
            let lower = self.cell(link.lower);
            let bus = gaps[lower.row].buses.entry(Key::Cell(link.lower)).or_default();
            let upper = self.cell(link.upper);
            bus.upper.push(match upper.what {
                What::Node(_) => self.out[index],
                _ => upper.x,
            });
            bus.lower = vec![self.reached(link.lower)];
        }
        for (track, back) in grid.returns.iter().enumerate() {
            let x = self.tracks[track];
            for edge in &back.edges {
                let word = self.cell(grid.word[*edge]);
                let bus = gaps[word.row + 1].buses.entry(Key::Track(track)).or_default();
                bus.upper.push(word.x);
                if !bus.upper.contains(&x) {
                    bus.upper.push(x);
                }
            }
            let cell = grid.node[back.to];
            let bus = gaps[self.cell(cell).row].buses.entry(Key::Cell(cell)).or_default();
            bus.lower.push(x);
            if bus.lower.len() == 1 {
                bus.lower.push(self.into[back.to]);
            }
        }
        self.gaps = gaps;
    }

    fn reached(&self, cell: usize) -> f64 {
        match self.cell(cell).what {
            What::Node(node) => self.into[node],
            _ => self.cell(cell).x,
        }
    }

    /// Works out how high rows and gaps are.
    fn heights(&mut self) {
        let mut y = 0.0;
        let grid = self.grid;
        let rows = grid.rows.len();
        for (row, gap) in self.gaps.iter_mut().enumerate() {
            let keys: Vec<Key> = gap.buses.keys().copied().collect();
            let buses: Vec<Bus> = gap.buses.values().cloned().collect();
            let (lane, used) = lanes(&buses);
            let words_above = row % 2 == 0;
            for (key, lane) in keys.iter().zip(lane) {
                let below_box = BELOW_BOX - 4.0 + self.graph.clearance;
                let above = if words_above { 6.0 } else { below_box };
                gap.heights.insert(*key, y + above + LANE * count(lane));
            }
            let least = if words_above { BELOW_WORD } else { BELOW_BOX + self.graph.clearance };
            let outer = row == 0 || row == rows;
            y += match used {
                0 if outer => 0.0,
                0 | 1 => least,
                used => least + LANE * count(used - 1),
            };
            if row < rows {
                self.tops.push(y);
                let heights = grid.rows[row].iter().map(|cell| grid.cells[*cell].size.height);
                y += heights.fold(0.0, f64::max);
            } else {
                self.tops.push(y);
            }
        }
    }

    fn finish(&self) -> Layout {
        let grid = self.grid;
        let place = |cell: usize| {
            let cell = self.cell(cell);
            let (width, height) = (cell.size.width, cell.size.height);
            Rect { x: cell.x - width / 2.0, y: self.tops[cell.row], width, height }
        };
        let mut layout = Layout {
            size: Size::default(),
            nodes: grid.node.iter().map(|cell| place(*cell)).collect(),
            edges: (0..self.graph.edges.len())
                .map(|edge| Route {
                    points: self.points(edge),
                    label: self.graph.edges[edge].label.map(|_| place(grid.word[edge])),
                })
                .collect(),
        };
        move_to_corner(&mut layout);
        layout
    }

    /// Follows an edge from row to row.
    fn points(&self, edge: usize) -> Vec<Point> {
        let grid = self.grid;
        let to = self.graph.edges[edge].to;
        let word = grid.word[edge];
        let first = grid.above[word].first().copied();
        let from = grid.node[self.graph.edges[edge].from];
        let out = first.map_or(self.cell(from).x, |link| self.out[link]);
        let mut points =
            vec![Point { x: out, y: self.tops[self.cell(from).row] + self.cell(from).size.height }];
        self.hop(&mut points, self.cell(word).row, Key::Cell(word), self.cell(word).x);
        let mut at = word;
        while let Some((next, _)) = grid.beside(at, false).next() {
            self.hop(&mut points, self.cell(next).row, Key::Cell(next), self.reached(next));
            at = next;
            if matches!(self.cell(next).what, What::Node(_)) {
                break;
            }
        }
        if let Some(track) = self.grid.returns.iter().position(|back| back.edges.contains(&edge)) {
            let target = grid.node[to];
            self.hop(&mut points, self.cell(word).row + 1, Key::Track(track), self.tracks[track]);
            self.hop(&mut points, self.cell(target).row, Key::Cell(target), self.into[to]);
        }
        let target = grid.node[to];
        points.push(Point { x: self.into[to], y: self.tops[self.cell(target).row] });
        simple(points)
    }

    /// Goes sideways in the lane of a gap.
    fn hop(&self, points: &mut Vec<Point>, gap: usize, key: Key, x: f64) {
        let Some(from) = points.last().map(|point| point.x) else { return };
        let Some(&y) = self.gaps[gap].heights.get(&key) else { return };
        points.push(Point { x: from, y });
        points.push(Point { x, y });
    }
}

/// Leaves out corners that are none.
fn simple(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if let Some(last) = kept.last()
            && (last.x - point.x).abs() < 0.5
            && (last.y - point.y).abs() < 0.5
        {
            continue;
        }
        if let [.., before, last] = kept[..] {
            // From the first to the last, too, so that small steps to one side never add up to a slanted line.
            let near = |values: [f64; 3]| {
                let [one, two, three] = values;
                (one - two).abs() < 0.5 && (two - three).abs() < 0.5 && (one - three).abs() < 0.5
            };
            let upright = near([before.x, last.x, point.x]);
            let level = near([before.y, last.y, point.y]);
            if upright || level {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}

/// Moves everything so that it begins at nothing, and tells how large it is.
fn move_to_corner(layout: &mut Layout) {
    let boxes = layout.nodes.iter().chain(layout.edges.iter().filter_map(|e| e.label.as_ref()));
    let corners =
        boxes.flat_map(|r| [Point { x: r.x, y: r.y }, Point { x: r.right(), y: r.bottom() }]);
    let corners = corners.chain(layout.edges.iter().flat_map(|edge| edge.points.clone()));
    let (mut low, mut high) = (
        Point { x: f64::INFINITY, y: f64::INFINITY },
        Point { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY },
    );
    for corner in corners {
        low = Point { x: low.x.min(corner.x), y: low.y.min(corner.y) };
        high = Point { x: high.x.max(corner.x), y: high.y.max(corner.y) };
    }
    let by = Point { x: -low.x, y: -low.y };
    layout.size = Size { width: high.x - low.x, height: high.y - low.y };
    for node in &mut layout.nodes {
        *node = node.moved(by);
    }
    for edge in &mut layout.edges {
        edge.moved(by);
    }
}

impl Route {
    pub(super) fn moved(&mut self, by: Point) {
        self.label = self.label.map(|label| label.moved(by));
        for point in &mut self.points {
            *point = Point { x: point.x + by.x, y: point.y + by.y };
        }
    }
}

/// Counts are far below the numbers that a float cannot hold.
#[expect(clippy::cast_precision_loss, reason = "a gap has far fewer than 2^52 lines")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{Point, simple};

    #[test]
    fn small_steps_to_one_side_never_add_up_to_a_slanted_line() {
        let points = (0..8).map(f64::from).flat_map(|step| {
            let x = 0.4 * step;
            [Point { x, y: 20.0 * step }, Point { x, y: 20.0 * (step + 1.0) }]
        });
        let kept = simple(points.collect());
        for pair in kept.windows(2) {
            let sideways = (pair[0].x - pair[1].x).abs();
            assert!(sideways < 0.6, "{:?} to {:?} is slanted", pair[0], pair[1]);
        }
        assert!(kept.len() < 16, "what is no corner is left out");
    }
}
