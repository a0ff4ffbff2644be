//! Any graph is laid out so that nothing stands on anything else.

use proptest::prelude::*;
use xueji_drawing::layout::{Edge, Graph, Node, Rect, Size, layout};

fn graphs() -> impl Strategy<Value = Graph> {
    let node = (20.0..220.0_f64, 14.0..160.0_f64);
    let edge = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        prop::option::of(10.0..120.0_f64),
        any::<bool>(),
    );
    (prop::collection::vec(node, 1..18), prop::collection::vec(edge, 0..36), 0_usize..3).prop_map(
        |(sizes, edges, ends)| {
            let count = sizes.len();
            let last = |index: usize| index > 0 && index + ends >= count;
            let nodes = sizes.into_iter().enumerate().map(|(index, (width, height))| Node {
                size: Size { width, height },
                last: last(index),
                ports: width,
            });
            let edges = edges.into_iter().map(|(from, to, label, main)| Edge {
                from: from.index(count),
                to: to.index(count),
                label: label.map(|width| Size { width, height: 18.0 }),
                main,
            });
            let edges = edges.filter(|edge| !last(edge.from)).collect();
            Graph { nodes: nodes.collect(), edges, clearance: 0.0 }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_box_and_no_word_overlaps_another(graph in graphs()) {
        let placed = layout(&graph);
        let words = placed.edges.iter().filter_map(|edge| edge.label);
        let all: Vec<Rect> = placed.nodes.iter().copied().chain(words).collect();
        for (index, one) in all.iter().enumerate() {
            prop_assert!(one.x >= -0.1 && one.right() <= placed.size.width + 0.1);
            prop_assert!(one.y >= -0.1 && one.bottom() <= placed.size.height + 0.1);
            for other in &all[index + 1..] {
                prop_assert!(!one.overlaps(other), "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn every_line_runs_from_box_to_box_upright_and_level_and_through_none(graph in graphs()) {
        let placed = layout(&graph);
        for (edge, route) in graph.edges.iter().zip(&placed.edges) {
            let (from, to) = (placed.nodes[edge.from], placed.nodes[edge.to]);
            let (first, last) = (route.points[0], route.points[route.points.len() - 1]);
            prop_assert!((first.y - from.bottom()).abs() < 0.1 && first.x >= from.x && first.x <= from.right());
            prop_assert!((last.y - to.y).abs() < 0.1 && last.x >= to.x && last.x <= to.right());
            for pair in route.points.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                prop_assert!((a.x - b.x).abs() < 0.6 || (a.y - b.y).abs() < 0.6, "{a:?} to {b:?} is slanted");
                let line = Rect {
                    x: a.x.min(b.x),
                    y: a.y.min(b.y),
                    width: (a.x - b.x).abs().max(0.1),
                    height: (a.y - b.y).abs().max(0.1),
                };
                let through = placed.nodes.iter().find(|node| {
                    let inner = Rect {
                        x: node.x + 0.5,
                        y: node.y + 0.5,
                        width: node.width - 1.0,
                        height: node.height - 1.0,
                    };
                    inner.overlaps(&line)
                });
                prop_assert!(through.is_none(), "{line:?} runs through {through:?}");
            }
        }
    }

    #[test]
    fn ends_stand_in_the_last_row(graph in graphs()) {
        let placed = layout(&graph);
        let tops = graph.nodes.iter().zip(&placed.nodes).filter(|(node, _)| node.last);
        let tops: Vec<f64> = tops.map(|(_, place)| place.y).collect();
        let lowest = placed.nodes.iter().map(|place| place.y).fold(0.0, f64::max);
        prop_assert!(tops.iter().all(|top| (top - lowest).abs() < 0.1));
    }
}
