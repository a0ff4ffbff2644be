//! The grid: rows of cells in which boxes, words on lines and passing lines stand.
//!
//! Invariant: rows of boxes (even) and rows of words (odd) alternate, and a line goes from each row to the next, so that
//! nothing ever crosses a row except in a cell of its own.
#![expect(clippy::indexing_slicing, reason = "indices are made here, for the vectors they index")]

use std::collections::BTreeMap;

use super::rows::Rows;
use super::{Graph, Size};

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A box.
    Node(usize),
    /// The word on an edge, or where it would be.
    Word(usize),
    /// Lines to a box that stands further down.
    Pass(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) what: What,
    pub(super) size: Size,
    pub(super) row: usize,
    /// The middle.
    pub(super) x: f64,
}

/// A line from a cell to one of the next row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) weight: f64,
}

/// Lines back to a box: they run together along the outside.
#[derive(Debug, Clone)]
pub(super) struct Return {
    pub(super) to: usize,
    pub(super) edges: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Grid {
    pub(super) cells: Vec<Cell>,
    /// The cells of each row, from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) links: Vec<Link>,
    pub(super) returns: Vec<Return>,
    /// The cell of each box.
    pub(super) node: Vec<usize>,
    /// The cell of the word of each edge.
    pub(super) word: Vec<usize>,
    /// The upper and lower links of each cell.
    pub(super) above: Vec<Vec<usize>>,
    pub(super) below: Vec<Vec<usize>>,
}

/// A line's place in a row that it only crosses.
const PASS: Size = Size { width: 2.0, height: 0.0 };

pub(super) fn grid(graph: &Graph, rows: &Rows) -> Grid {
    let mut grid = Grid {
        cells: Vec::new(),
        rows: vec![Vec::new(); rows.count * 2],
        links: Vec::new(),
        returns: Vec::new(),
        node: Vec::new(),
        word: Vec::new(),
        above: Vec::new(),
        below: Vec::new(),
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        let cell = grid.cell(What::Node(index), node.size, rows.of[index] * 2);
        grid.node.push(cell);
    }
    let mut passes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        let row = rows.of[edge.from] * 2 + 1;
        let word = grid.cell(What::Word(index), edge.label.unwrap_or(PASS), row);
        grid.word.push(word);
        let weight = if edge.main { 12.0 } else { 1.0 };
        grid.link(grid.node[edge.from], word, weight);
        if rows.back[index] {
            match grid.returns.iter_mut().find(|known| known.to == edge.to) {
                Some(known) => known.edges.push(index),
                None => grid.returns.push(Return { to: edge.to, edges: vec![index] }),
            }
            continue;
        }
        let mut at = word;
        for row in row + 1..rows.of[edge.to] * 2 {
            if let Some(&known) = passes.get(&(edge.to, row)) {
                grid.link(at, known, weight);
                at = usize::MAX;
                break;
            }
            let pass = grid.cell(What::Pass(edge.to), PASS, row);
            passes.insert((edge.to, row), pass);
            grid.link(at, pass, weight * 2.0);
            at = pass;
        }
        if at != usize::MAX {
            grid.link(at, grid.node[edge.to], weight);
        }
    }
    grid.above = vec![Vec::new(); grid.cells.len()];
    grid.below = vec![Vec::new(); grid.cells.len()];
    for (index, link) in grid.links.iter().enumerate() {
        grid.below[link.upper].push(index);
        grid.above[link.lower].push(index);
    }
    grid
}

impl Grid {
    fn cell(&mut self, what: What, size: Size, row: usize) -> usize {
        let index = self.cells.len();
        self.cells.push(Cell { what, size, row, x: 0.0 });
        self.rows[row].push(index);
        index
    }

    fn link(&mut self, upper: usize, lower: usize, weight: f64) {
        self.links.push(Link { upper, lower, weight });
    }

    /// Returns the neighbours of a cell in the row above or below, with the weights of the lines.
    pub(super) fn beside(&self, cell: usize, above: bool) -> impl Iterator<Item = (usize, f64)> {
        let links = if above { &self.above[cell] } else { &self.below[cell] };
        links.iter().map(move |link| {
            let link = self.links[*link];
            (if above { link.upper } else { link.lower }, link.weight)
        })
    }

    /// Returns the left and right border of a cell.
    pub(super) fn span(&self, cell: usize) -> (f64, f64) {
        let cell = &self.cells[cell];
        (cell.x - cell.size.width / 2.0, cell.x + cell.size.width / 2.0)
    }
}
