//! Where boxes, lines and the words on lines stand: a layered drawing from top to bottom, by Sugiyama's method.
//!
//! Circles are broken at the edges that lead back; boxes stand in rows by their longest way from the first; edges over several
//! rows get a cell in each row that they cross, those to the same box a common one; rows are ordered against crossings and
//! moved against bends; edges run in lanes between the rows, and edges back along the outside.
//!
//! Invariant: pure; no two boxes overlap, no word on a line overlaps a box or another word, and every line runs from the lower border of
//! its box to the upper border of the other one. A graph of nothing has no size.

mod cells;
mod lanes;
mod nest;
mod order;
mod place;
mod route;
mod rows;

pub use nest::{Arranged, Frame, Item, arrange};

/// A point; x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Size {
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

/// A rectangle, by its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// The left border.
    pub x: f64,
    /// The upper border.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

impl Rect {
    /// Returns the right border.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Returns the lower border.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Returns the middle.
    #[must_use]
    pub fn middle(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Tells whether two rectangles have more than a border in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() - 0.01
            && other.x < self.right() - 0.01
            && self.y < other.bottom() - 0.01
            && other.y < self.bottom() - 0.01
    }

    fn moved(&self, by: Point) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y, ..*self }
    }
}

/// A box that is to be placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// How large it is.
    pub size: Size,
    /// It stands in the last row.
    pub last: bool,
    /// How wide the part of its border is, in the middle, at which lines leave and reach it.
    pub ports: f64,
}

/// A line between two boxes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The box it leaves, by its index.
    pub from: usize,
    /// The box it reaches, by its index.
    pub to: usize,
    /// How large the word on it is.
    pub label: Option<Size>,
    /// The way that cases usually take; it is drawn straight where possible.
    pub main: bool,
}

/// Boxes and lines; the first box stands on top.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The lines.
    pub edges: Vec<Edge>,
    /// More room below boxes.
    pub clearance: f64,
}

/// A line, placed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Route {
    /// Its corners, from the box it leaves to the box it reaches.
    pub points: Vec<Point>,
    /// Where the word on it stands.
    pub label: Option<Rect>,
}

/// Boxes and lines, placed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// How large the whole is.
    pub size: Size,
    /// The boxes.
    pub nodes: Vec<Rect>,
    /// The lines.
    pub edges: Vec<Route>,
}

/// Places a graph.
#[must_use]
pub fn layout(graph: &Graph) -> Layout {
    if graph.nodes.is_empty() {
        return Layout::default();
    }
    let rows = rows::rows(graph);
    let mut grid = cells::grid(graph, &rows);
    order::order(&mut grid);
    place::place(&mut grid);
    route::route(graph, &grid)
}
