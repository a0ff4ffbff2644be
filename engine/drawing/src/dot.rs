//! Processes as DOT, for Graphviz and what reads its language.
//!
//! Invariant: every step is a node or a cluster with a node for its title, and every way an edge.

use xueji_definition::model::{Kind, Step};

use crate::chart::{Chart, START};
use crate::svg::{FONTS, colour};
use crate::ways::{Target, Word};

/// Returns a process as a directed graph with clusters.
#[must_use]
pub fn dot(chart: &Chart<'_>) -> String {
    let mut drawn = Drawn { chart, out: String::new(), clusters: 0, roles: Vec::new() };
    let title = quote(chart.text(&chart.process.title));
    let fonts = quote(&FONTS.replace('\'', ""));
    drawn.line(0, &format!("digraph {} {{", quote(&chart.process.id)));
    drawn.line(
        1,
        &format!("graph [label={title}, labelloc=t, compound=true, rankdir=TB, fontname={fonts}];"),
    );
    drawn.line(1, &format!("node [shape=box, fontname={fonts}, fontsize=11];"));
    drawn.line(1, &format!("edge [fontname={fonts}, fontsize=10];"));
    drawn.line(
        1,
        &format!(
            "{} [label={title}, shape=oval, style=filled, fillcolor=\"#e5e7eb\"];",
            quote(START)
        ),
    );
    for step in chart.steps(None) {
        drawn.step(step, 1);
    }
    drawn.line(1, &format!("{} -> {};", quote(START), quote(&chart.process.entry)));
    for step in chart.process.steps.values() {
        drawn.ways(step);
    }
    drawn.line(0, "}");
    drawn.out
}

struct Drawn<'a, 'c> {
    chart: &'c Chart<'a>,
    out: String,
    clusters: usize,
    roles: Vec<String>,
}

impl<'a> Drawn<'a, '_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.out.push_str(&"  ".repeat(depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn cluster(&mut self, depth: usize, title: &str) {
        self.clusters += 1;
        self.line(depth, &format!("subgraph cluster_{} {{", self.clusters));
        self.line(depth + 1, &format!("graph [label={}, style=rounded];", quote(title)));
    }

    fn step(&mut self, step: &'a Step, depth: usize) {
        let title = self.chart.title(step);
        let opened = self.chart.opened(step);
        if !opened.is_empty() {
            let join = self.chart.join(step).unwrap_or_default();
            self.cluster(depth, &format!("{title}\n{join}"));
            let several = matches!(step.kind, Kind::ForEach(_));
            let mark = if several { "≡" } else { "∥" };
            self.node(step, depth + 1, &format!("{mark} {title}"), "shape=plaintext");
            for (_, entry, steps) in opened {
                let framed = steps.len() > 1 && !several;
                if framed {
                    self.cluster(depth + 1, "");
                }
                for inner in steps {
                    self.step(inner, depth + 2);
                }
                if framed {
                    self.line(depth + 1, "}");
                }
                self.line(
                    depth + 1,
                    &format!(
                        "{} -> {} [style=dotted, arrowhead=none];",
                        quote(&step.id),
                        quote(entry)
                    ),
                );
            }
            self.line(depth, "}");
            return;
        }
        let (label, look) = match &step.kind {
            Kind::UserTask(task) => {
                let who = self.chart.who(&task.candidates);
                let known = self.roles.iter().position(|role| *role == task.candidates.role);
                let role = known.unwrap_or_else(|| {
                    self.roles.push(task.candidates.role.clone());
                    self.roles.len() - 1
                });
                (format!("{title}\n{who}"), format!("color={}, style=rounded", quote(colour(role))))
            }
            Kind::Gateway(_) => (title, "shape=diamond".to_owned()),
            Kind::Wait(_) => (title, "shape=hexagon, style=dashed".to_owned()),
            Kind::Call(call) => (
                format!("{title}\n→ {}", self.chart.called(&call.process)),
                "shape=parallelogram".to_owned(),
            ),
            Kind::End { .. } => {
                let result = self.chart.result(step);
                let label = result.map_or(title.clone(), |result| format!("{title}\n{result}"));
                (label, "shape=oval, peripheries=2".to_owned())
            }
            _ => (title, "shape=box3d".to_owned()),
        };
        self.node(step, depth, &label, &look);
    }

    fn node(&mut self, step: &Step, depth: usize, label: &str, look: &str) {
        self.line(depth, &format!("{} [label={}, {look}];", quote(&step.id), quote(label)));
    }

    fn ways(&mut self, step: &'a Step) {
        for (to, ways) in self.chart.grouped(step) {
            let to = match to {
                Target::Step(next) => next,
                Target::Start => START,
                Target::Answer(_) => continue,
            };
            let message = ways.iter().any(|way| matches!(way.word, Word::Message(_)));
            let style = if message { ", style=dashed" } else { "" };
            let label = quote(&self.chart.shown(step, &ways));
            self.line(1, &format!("{} -> {} [label={label}{style}];", quote(&step.id), quote(to)));
        }
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
