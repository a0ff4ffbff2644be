//! Workflow nets as PNML, which PM4Py, ProM and others open.
//!
//! Invariant: what [`crate::net`] says and no more: one initial token in the source, one final token in the sink; ids are unique in the
//! document. A document of several nets ends with the case's own, which is the one that PM4Py takes.

use crate::chart::Chart;
use crate::layout::{Edge, Graph, Layout, Node, Point, Rect, Size, layout};
use crate::measure::width;
use crate::net::{Net, nets};
use crate::xml::{Xml, number};

const GRAMMAR: &str = "http://www.pnml.org/version-2009/grammar/ptnet";

/// The side of a place.
const PLACE: f64 = 30.0;

/// Returns all nets of a process as one document.
#[must_use]
pub fn pnml(chart: &Chart<'_>) -> String {
    document(&nets(chart))
}

/// Returns each net of a process as a document of its own, with the net's id.
#[must_use]
pub fn documents(chart: &Chart<'_>) -> Vec<(String, String)> {
    let nets = nets(chart).into_iter();
    nets.map(|net| (net.id.clone(), document(std::slice::from_ref(&net)))).collect()
}

fn document(nets: &[Net]) -> String {
    let mut xml = Xml::document();
    xml.open("pnml", &[("xmlns", "http://www.pnml.org/version-2009/grammar/pnml")]);
    for (index, net) in nets.iter().enumerate() {
        write(&mut xml, &format!("n{}.", index + 1), net);
    }
    xml.finish()
}

fn write(xml: &mut Xml, prefix: &str, net: &Net) {
    let id = |of: &str| format!("{prefix}{}", name(of));
    let placed = layout(&graph(net));
    let mut areas = placed.nodes.iter();
    xml.open("net", &[("id", &name(&net.id)), ("type", GRAMMAR)]);
    named(xml, &net.title);
    xml.open("page", &[("id", &format!("{prefix}page"))]);
    for (index, place) in net.places.iter().enumerate() {
        xml.open("place", &[("id", &id(&place.id))]);
        named(xml, &place.title);
        graphics(xml, areas.next());
        if index == 0 {
            xml.open("initialMarking", &[]);
            xml.text("text", &[], "1");
            xml.close();
        }
        xml.close();
    }
    for transition in &net.transitions {
        xml.open("transition", &[("id", &id(&transition.id))]);
        named(xml, transition.label.as_deref().unwrap_or(&transition.id));
        graphics(xml, areas.next());
        if transition.label.is_none() {
            let silent = [
                ("tool", "ProM"),
                ("version", "6.4"),
                ("activity", "$invisible$"),
                ("localNodeID", &id(&transition.id)),
            ];
            xml.empty("toolspecific", &silent);
        }
        xml.close();
    }
    arcs(xml, prefix, net, &placed);
    xml.close();
    xml.open("finalmarkings", &[]);
    xml.open("marking", &[]);
    if let Some(sink) = net.places.last() {
        xml.open("place", &[("idref", &id(&sink.id))]);
        xml.text("text", &[], "1");
        xml.close();
    }
    xml.close();
    xml.close();
    xml.close();
}

fn arcs(xml: &mut Xml, prefix: &str, net: &Net, placed: &Layout) {
    let id = |of: &str| format!("{prefix}{}", name(of));
    let mut routes = placed.edges.iter();
    for (index, transition) in net.transitions.iter().enumerate() {
        let place = |at: usize| net.places.get(at).map(|place| id(&place.id)).unwrap_or_default();
        let here = id(&transition.id);
        let ends = [(place(transition.from), here.clone()), (here, place(transition.to))];
        for (part, (from, to)) in ends.iter().enumerate() {
            let arc = format!("{prefix}arc.{}.{}", index + 1, part + 1);
            let corners = routes.next().map(|route| inner(&route.points)).unwrap_or_default();
            if corners.is_empty() {
                xml.empty("arc", &[("id", &arc), ("source", from), ("target", to)]);
                continue;
            }
            xml.open("arc", &[("id", &arc), ("source", from), ("target", to)]);
            xml.open("graphics", &[]);
            for corner in corners {
                position(xml, corner);
            }
            xml.close();
            xml.close();
        }
    }
}

fn inner(points: &[Point]) -> Vec<Point> {
    points.get(1..points.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

/// Places first, then transitions; two lines a transition.
fn graph(net: &Net) -> Graph {
    let mut graph = Graph::default();
    for (index, _) in net.places.iter().enumerate() {
        let last = index + 1 == net.places.len();
        graph.nodes.push(Node {
            size: Size { width: PLACE, height: PLACE },
            last,
            ports: PLACE / 2.0,
        });
    }
    for transition in &net.transitions {
        let wide = transition.label.as_deref().map_or(16.0, |label| width(label, 11.0) + 16.0);
        let at = graph.nodes.len();
        graph.nodes.push(Node {
            size: Size { width: wide, height: PLACE },
            last: false,
            ports: wide,
        });
        let main = transition.label.is_some();
        graph.edges.push(Edge { from: transition.from, to: at, label: None, main });
        graph.edges.push(Edge { from: at, to: transition.to, label: None, main });
    }
    graph
}

fn named(xml: &mut Xml, text: &str) {
    xml.open("name", &[]);
    xml.text("text", &[], text);
    xml.close();
}

fn graphics(xml: &mut Xml, area: Option<&Rect>) {
    let Some(area) = area else { return };
    xml.open("graphics", &[]);
    position(xml, area.middle());
    xml.empty("dimension", &[("x", &number(area.width)), ("y", &number(area.height))]);
    xml.close();
}

fn position(xml: &mut Xml, at: Point) {
    xml.empty("position", &[("x", &number(at.x)), ("y", &number(at.y))]);
}

/// Returns a text as the name of an XML element's id.
pub(crate) fn name(text: &str) -> String {
    let word: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    let letter = word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if letter { word } else { format!("_{word}") }
}
