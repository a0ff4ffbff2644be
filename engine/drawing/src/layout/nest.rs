//! Drawings within drawings: a box that holds scopes of its own.
//!
//! Invariant: what a box holds is placed first, the box is made to fit, and nothing crosses its border.
#![expect(clippy::indexing_slicing, reason = "a layout has as many boxes as its graph")]

use super::{Edge, Graph, Layout, Node, Point, Rect, Route, Size, layout};

/// A box that is to be placed, with what it holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// How large it is at least.
    pub size: Size,
    /// It stands in the last row.
    pub last: bool,
    /// What it holds, side by side.
    pub inside: Vec<Frame>,
    /// The room for its title, above what it holds.
    pub title: f64,
    /// How wide the part of its border is, in the middle, that lines touch; the whole when not said.
    pub ports: Option<f64>,
}

/// Boxes and lines within one border.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// The room for its title.
    pub title: Size,
    /// The boxes; the first stands on top.
    pub items: Vec<Item>,
    /// The lines.
    pub edges: Vec<Edge>,
    /// More room below boxes.
    pub clearance: f64,
}

/// A frame, placed, with everything in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arranged {
    /// The border.
    pub area: Rect,
    /// The boxes.
    pub items: Vec<Rect>,
    /// What each box holds.
    pub inside: Vec<Vec<Arranged>>,
    /// The lines.
    pub edges: Vec<Route>,
}

/// Between a border and what is within.
const PAD: f64 = 14.0;
/// Between two frames of a box.
const APART: f64 = 16.0;

/// Places a frame at the corner, and everything in it.
#[must_use]
pub fn arrange(frame: &Frame) -> Arranged {
    let inside: Vec<Vec<Arranged>> =
        frame.items.iter().map(|item| item.inside.iter().map(arrange).collect()).collect();
    let nodes = frame.items.iter().zip(&inside);
    let nodes = nodes.map(|(item, inside)| {
        let size = fitting(item, inside);
        Node { size, last: item.last, ports: item.ports.unwrap_or(size.width) }
    });
    let (edges, clearance) = (frame.edges.clone(), frame.clearance);
    let graph = Graph { nodes: nodes.collect(), edges, clearance };
    let Layout { size, nodes: boxes, edges } = layout(&graph);
    let top = if frame.title.height > 0.0 { frame.title.height + PAD / 2.0 } else { PAD };
    let width = size.width.max(frame.title.width) + 2.0 * PAD;
    let area = Rect { x: 0.0, y: 0.0, width, height: size.height + top + PAD };
    let mut arranged = Arranged { area, items: boxes, inside, edges };
    let by = Point { x: (width - size.width) / 2.0, y: top };
    for (index, item) in frame.items.iter().enumerate() {
        let place = arranged.items[index].moved(by);
        arranged.items[index] = place;
        let held: f64 = arranged.inside[index].iter().map(|f| f.area.width).sum();
        let gaps = APART * gaps(item.inside.len());
        let mut x = place.x + (place.width - held - gaps) / 2.0;
        for inner in &mut arranged.inside[index] {
            inner.move_by(Point { x, y: place.y + item.title });
            x = inner.area.right() + APART;
        }
    }
    for edge in &mut arranged.edges {
        edge.moved(by);
    }
    arranged
}

fn fitting(item: &Item, inside: &[Arranged]) -> Size {
    if inside.is_empty() {
        return item.size;
    }
    let width: f64 = inside.iter().map(|frame| frame.area.width).sum();
    let height = inside.iter().map(|frame| frame.area.height).fold(0.0, f64::max);
    Size {
        width: item.size.width.max(width + APART * gaps(inside.len()) + 2.0 * PAD),
        height: item.size.height.max(item.title + height + PAD),
    }
}

fn gaps(frames: usize) -> f64 {
    (1..frames).map(|_| 1.0).sum()
}

impl Arranged {
    /// Moves the frame and everything in it.
    pub fn move_by(&mut self, by: Point) {
        self.area = self.area.moved(by);
        for item in &mut self.items {
            *item = item.moved(by);
        }
        for edge in &mut self.edges {
            edge.moved(by);
        }
        for inner in self.inside.iter_mut().flatten() {
            inner.move_by(by);
        }
    }
}
