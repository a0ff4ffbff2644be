//! Processes as Mermaid flow charts: text that wikis and repositories draw.
//!
//! Invariant: every step and every way between steps is drawn, each scope as a frame around its steps.

use std::fmt::Write;

use xueji_definition::model::{Kind, Step};

use crate::chart::Chart;
use crate::ways::{Target, Way, Word};

/// Returns a process as a Mermaid flow chart.
#[must_use]
pub fn mermaid(chart: &Chart<'_>) -> String {
    let mut drawn = Drawn { chart, out: "flowchart TD\n".to_owned() };
    let title = escape(chart.text(&chart.process.title));
    drawn.line(1, format_args!("start([\"{title}\"])"));
    for step in chart.steps(None) {
        drawn.step(step, 1);
    }
    drawn.line(1, format_args!("start --> {}", node(&chart.process.entry)));
    for step in chart.process.steps.values() {
        drawn.ways(step);
    }
    drawn.out
}

struct Drawn<'a, 'c> {
    chart: &'c Chart<'a>,
    out: String,
}

impl<'a> Drawn<'a, '_> {
    fn line(&mut self, depth: usize, text: std::fmt::Arguments<'_>) {
        let written = writeln!(self.out, "{}{text}", "  ".repeat(depth));
        debug_assert!(written.is_ok(), "writing to a string");
    }

    fn step(&mut self, step: &'a Step, depth: usize) {
        let (id, title) = (node(&step.id), escape(&self.chart.title(step)));
        match &step.kind {
            Kind::Parallel { .. } => {
                let mark = self.chart.say("并行", "parallel");
                self.line(depth, format_args!("subgraph {id} [\"{title}（{mark}）\"]"));
                for (branch, _, steps) in self.chart.opened(step) {
                    self.branch(&step.id, branch, &steps, depth + 1);
                }
                self.line(depth, format_args!("end"));
            }
            Kind::ForEach(_) => {
                let mark = self.chart.say("逐项", "for each");
                self.line(depth, format_args!("subgraph {id} [\"{title}（{mark}）\"]"));
                for (_, _, steps) in self.chart.opened(step) {
                    for inner in steps {
                        self.step(inner, depth + 1);
                    }
                }
                self.line(depth, format_args!("end"));
            }
            Kind::UserTask(task) => {
                let role = escape(&self.chart.role(&task.candidates.role));
                self.line(depth, format_args!("{id}[\"{title}<br/><small>{role}</small>\"]"));
            }
            Kind::ServiceTask { .. } => self.line(depth, format_args!("{id}[[\"{title}\"]]")),
            Kind::Gateway(_) => self.line(depth, format_args!("{id}{{\"{title}\"}}")),
            Kind::Wait(_) => self.line(depth, format_args!("{id}{{{{\"{title}\"}}}}")),
            Kind::Call(call) => {
                let called = escape(&self.chart.called(&call.process));
                self.line(depth, format_args!("{id}[/\"{title}<br/><small>→ {called}</small>\"/]"));
            }
            Kind::End { .. } => {
                let result = self.chart.result(step);
                let small = |result: String| format!("<br/><small>{}</small>", escape(&result));
                let result = result.map(small).unwrap_or_default();
                self.line(depth, format_args!("{id}([\"{title}{result}\"])"));
            }
        }
    }

    /// A branch of one step is that step; one of several has a frame of its own.
    fn branch(&mut self, step: &str, branch: &str, steps: &[&'a Step], depth: usize) {
        if let [only] = steps {
            return self.step(only, depth);
        }
        // The frame says what belongs together; a branch's name is for files alone.
        let frame = format!("{}__{}", node(step), node(branch));
        self.line(depth, format_args!("subgraph {frame} [\" \"]"));
        for inner in steps {
            self.step(inner, depth + 1);
        }
        self.line(depth, format_args!("end"));
    }

    fn ways(&mut self, step: &'a Step) {
        let from = node(&step.id);
        for (to, ways) in self.chart.grouped(step) {
            let to = match to {
                Target::Step(next) => node(next),
                Target::Start => "start".to_owned(),
                Target::Answer(_) => continue,
            };
            let message = ways.iter().any(|Way { word, .. }| matches!(word, Word::Message(_)));
            let arrow = if message { "-.->" } else { "-->" };
            let label = escape(&self.chart.shown(step, &ways));
            let label = if label.is_empty() { label } else { format!("|\"{label}\"|") };
            self.line(1, format_args!("{from} {arrow}{label} {to}"));
        }
    }
}

/// Returns a step's id as Mermaid takes it; `end` alone would close a frame.
fn node(step: &str) -> String {
    let word: String = step.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    format!("s_{word}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "#quot;").replace('<', "&lt;").replace('>', "&gt;")
}
