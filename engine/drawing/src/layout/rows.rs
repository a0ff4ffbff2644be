//! Which row a box stands in, and which edges lead back.
//!
//! Invariant: every edge that does not lead back goes to a lower row.
#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the graph whose vectors they index"
)]

use super::Graph;

/// Rows of boxes.
#[derive(Debug)]
pub(super) struct Rows {
    /// The row of each box, from 0.
    pub(super) of: Vec<usize>,
    /// Whether each edge leads back.
    pub(super) back: Vec<bool>,
    /// How many rows there are.
    pub(super) count: usize,
}

pub(super) fn rows(graph: &Graph) -> Rows {
    let count = graph.nodes.len();
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, edge) in graph.edges.iter().enumerate() {
        if edge.from < count && edge.to < count {
            out[edge.from].push(index);
        }
    }
    let (back, finished) = search(graph, &out);
    // A box comes after everything that leads to it, in the reverse of the order in which the search left them.
    let mut of = vec![0_usize; count];
    for &node in finished.iter().rev() {
        for &edge in out[node].iter().filter(|edge| !back[**edge]) {
            let to = graph.edges[edge].to;
            of[to] = of[to].max(of[node] + 1);
        }
    }
    let lowest = |last: bool| {
        let of = &of;
        let rows = graph.nodes.iter().enumerate().filter(move |(_, node)| node.last == last);
        rows.map(|(node, _)| of[node]).max()
    };
    let bottom = match (lowest(false), lowest(true)) {
        (Some(others), Some(last)) => last.max(others + 1),
        (others, last) => others.or(last).unwrap_or_default(),
    };
    for (node, row) in graph.nodes.iter().zip(&mut of) {
        // One that leads on cannot stand below what it leads to.
        if node.last {
            *row = bottom;
        }
    }
    let lone: Vec<usize> =
        (0..count).filter(|node| graph.nodes[*node].last && !out[*node].is_empty()).collect();
    debug_assert!(lone.is_empty(), "boxes of the last row lead nowhere");
    Rows { of, back, count: bottom + 1 }
}

/// Returns which edges lead back to a box on the way that found them, and the boxes in the order in which the search left them.
fn search(graph: &Graph, out: &[Vec<usize>]) -> (Vec<bool>, Vec<usize>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; out.len()];
    let mut back = vec![false; graph.edges.len()];
    let mut finished = Vec::with_capacity(out.len());
    for root in 0..out.len() {
        if seen[root] != Seen::No {
            continue;
        }
        seen[root] = Seen::Open;
        let mut stack = vec![(root, 0_usize)];
        while let Some((node, next)) = stack.pop() {
            let Some(&edge) = out[node].get(next) else {
                seen[node] = Seen::Done;
                finished.push(node);
                continue;
            };
            stack.push((node, next + 1));
            let to = graph.edges[edge].to;
            match seen[to] {
                Seen::Open => back[edge] = true,
                Seen::No => {
                    seen[to] = Seen::Open;
                    stack.push((to, 0));
                }
                Seen::Done => {}
            }
        }
    }
    (back, finished)
}
