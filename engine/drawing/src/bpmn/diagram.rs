//! The diagram: where shapes, flows and labels stand.
//!
//! Invariant: every node has a shape and every flow an edge from border to border; what is in a subprocess lies inside of it.

use super::{Level, Node, NodeKind};
use crate::layout::{Arranged, Edge, Frame, Item, Point, Rect, Size, arrange};
use crate::measure::{width, wrap};
use crate::pnml::name;
use crate::xml::{Xml, number};

/// The side of an event, of a gateway, and of an event at a border.
const EVENT: f64 = 36.0;
const GATEWAY: f64 = 50.0;
const BORDER: f64 = 30.0;
/// The size of words.
const WORDS: f64 = 12.0;
const LINE: f64 = 15.0;

pub(super) fn diagram(xml: &mut Xml, process: &str, level: &Level) {
    let mut placed = arrange(&frame(level));
    placed.move_by(Point { x: 100.0, y: 80.0 });
    let (process, plane) = (name(process), format!("plane_{}", name(process)));
    xml.open("bpmndi:BPMNDiagram", &[("id", &format!("diagram_{process}"))]);
    let drawn = format!("process_{process}");
    xml.open("bpmndi:BPMNPlane", &[("id", &plane), ("bpmnElement", &drawn)]);
    shapes(xml, level, &placed);
    xml.close();
    xml.close();
}

/// Nodes with a place of their own: all but the events at borders.
fn own(level: &Level) -> Vec<&Node> {
    level.nodes.iter().filter(|node| !matches!(node.kind, NodeKind::Border { .. })).collect()
}

fn frame(level: &Level) -> Frame {
    let nodes = own(level);
    let index = |id: &str| nodes.iter().position(|node| node.id == id);
    let host = |id: &str| match level.node(id).map(|node| &node.kind) {
        Some(NodeKind::Border { host, .. }) => index(host),
        _ => index(id),
    };
    let edges = level.flows.iter().map(|flow| Edge {
        from: host(&flow.from).unwrap_or_default(),
        to: index(&flow.to).unwrap_or_default(),
        label: (!words(level, flow).is_empty()).then(|| label_size(words(level, flow), 110.0)),
        main: flow.main,
    });
    let edges = edges.collect();
    Frame {
        items: nodes.iter().map(|node| item(level, node)).collect(),
        edges,
        clearance: 14.0,
        ..Frame::default()
    }
}

/// What a flow says: its name, or that of the event at a border from which it comes.
fn words<'l>(level: &'l Level, flow: &'l super::Flow) -> &'l str {
    match level.node(&flow.from) {
        Some(Node { kind: NodeKind::Border { .. }, name, .. }) => name,
        _ => &flow.name,
    }
}

fn label_size(text: &str, limit: f64) -> Size {
    let lines = wrap(text, WORDS, limit);
    let wide = lines.iter().map(|line| width(line, WORDS)).fold(0.0, f64::max);
    Size { width: wide + 6.0, height: LINE * lines.iter().map(|_| 1.0).sum::<f64>() }
}

fn item(level: &Level, node: &Node) -> Item {
    let borders = level
        .nodes
        .iter()
        .filter(|other| matches!(&other.kind, NodeKind::Border { host, .. } if *host == node.id));
    let borders: f64 = borders.map(|_| 2.0 * BORDER).sum();
    match &node.kind {
        NodeKind::Start | NodeKind::End(_) | NodeKind::Catch(_) => {
            small(node, EVENT, matches!(node.kind, NodeKind::End(_)))
        }
        NodeKind::Exclusive | NodeKind::EventBased | NodeKind::Parallel => {
            small(node, GATEWAY, false)
        }
        NodeKind::Sub { level, .. } => {
            let words = label_size(&node.name, 300.0);
            let size = Size { width: (words.width + 60.0).max(borders + 60.0), height: 60.0 };
            let title = words.height + 14.0;
            Item { size, inside: vec![frame(level)], title, ..Item::default() }
        }
        _ => {
            let words = label_size(&node.name, 130.0);
            let wide = (words.width + 34.0).max(110.0).max(borders + 60.0);
            let size = Size { width: wide, height: (words.height + 34.0).max(64.0) };
            Item { size, ..Item::default() }
        }
    }
}

/// An event or a gateway, with room on both sides for its name.
fn small(node: &Node, side: f64, last: bool) -> Item {
    let words = label_size(&node.name, 96.0);
    let wide = if node.name.is_empty() { side } else { side + 2.0 * (words.width + 6.0) };
    let size = Size { width: wide, height: side.max(words.height) };
    Item { size, last, ports: Some(if side > EVENT { 28.0 } else { 0.0 }), ..Item::default() }
}

/// Returns the shape itself within the room that was kept for it.
fn shape(node: &Node, room: &Rect) -> Rect {
    let side = match &node.kind {
        NodeKind::Start | NodeKind::End(_) | NodeKind::Catch(_) => EVENT,
        NodeKind::Exclusive | NodeKind::EventBased | NodeKind::Parallel => GATEWAY,
        _ => return *room,
    };
    let middle = room.middle();
    Rect { x: middle.x - side / 2.0, y: middle.y - side / 2.0, width: side, height: side }
}

fn shapes(xml: &mut Xml, level: &Level, placed: &Arranged) {
    let nodes = own(level);
    for ((node, room), inside) in nodes.iter().zip(&placed.items).zip(&placed.inside) {
        let area = shape(node, room);
        let id = format!("{}_shape", node.id);
        let mut attributes: Vec<(&str, &str)> = vec![("id", &id), ("bpmnElement", &node.id)];
        match node.kind {
            NodeKind::Sub { .. } => attributes.push(("isExpanded", "true")),
            NodeKind::Exclusive => attributes.push(("isMarkerVisible", "true")),
            _ => {}
        }
        xml.open("bpmndi:BPMNShape", &attributes);
        bounds(xml, &area);
        if area != *room && !node.name.is_empty() {
            let words = label_size(&node.name, 96.0);
            let y = area.middle().y - words.height / 2.0;
            label(
                xml,
                &Rect { x: area.right() + 4.0, y, width: words.width, height: words.height },
            );
        }
        xml.close();
        if let (NodeKind::Sub { level: inner, .. }, [placed]) = (&node.kind, inside.as_slice()) {
            shapes(xml, inner, placed);
        }
    }
    let area = |id: &str| {
        let at = nodes.iter().position(|node| node.id == id)?;
        Some((*nodes.get(at)?, shape(nodes.get(at)?, placed.items.get(at)?)))
    };
    for (flow, route) in level.flows.iter().zip(&placed.edges) {
        let mut points = route.points.clone();
        if let Some(Node { id, kind: NodeKind::Border { .. }, .. }) = level.node(&flow.from) {
            border(xml, id, &mut points, route.label.as_ref());
        } else if let Some((node, from)) = area(&flow.from) {
            touch(&mut points, node, &from, false);
        }
        if let Some((node, to)) = area(&flow.to) {
            touch(&mut points, node, &to, true);
        }
        let id = format!("{}_edge", flow.id);
        xml.open("bpmndi:BPMNEdge", &[("id", &id), ("bpmnElement", &flow.id)]);
        for point in points {
            xml.empty("di:waypoint", &[("x", &number(point.x)), ("y", &number(point.y))]);
        }
        if let (Some(area), false) = (&route.label, flow.name.is_empty()) {
            label(xml, area);
        }
        xml.close();
    }
}

/// Draws the event at the border from which a flow comes, and lets the flow begin below it.
fn border(xml: &mut Xml, node: &str, points: &mut [Point], words: Option<&Rect>) {
    let Some(first) = points.first_mut() else { return };
    let half = BORDER / 2.0;
    let area = Rect { x: first.x - half, y: first.y - half, width: BORDER, height: BORDER };
    first.y += half;
    xml.open("bpmndi:BPMNShape", &[("id", &format!("{node}_shape")), ("bpmnElement", node)]);
    bounds(xml, &area);
    if let Some(words) = words {
        label(xml, words);
    }
    xml.close();
}

/// Moves the end of a flow to the border of a shape that is smaller than its room.
fn touch(points: &mut [Point], node: &Node, area: &Rect, end: bool) {
    let at = if end { points.last_mut() } else { points.first_mut() };
    let Some(at) = at else { return };
    let aside = (at.x - area.middle().x).abs();
    // The border of a diamond recedes as far as one is aside of its corner.
    let diamond =
        matches!(node.kind, NodeKind::Exclusive | NodeKind::EventBased | NodeKind::Parallel);
    let recede = if diamond { aside } else { 0.0 };
    at.y = if end { area.y + recede } else { area.bottom() - recede };
}

fn bounds(xml: &mut Xml, area: &Rect) {
    xml.empty(
        "dc:Bounds",
        &[
            ("x", &number(area.x)),
            ("y", &number(area.y)),
            ("width", &number(area.width)),
            ("height", &number(area.height)),
        ],
    );
}

fn label(xml: &mut Xml, area: &Rect) {
    xml.open("bpmndi:BPMNLabel", &[]);
    bounds(xml, area);
    xml.close();
}
