//! `xueji graph`: one picture of a process, as a Mermaid flow chart.
//!
//! Invariant: every step and every way between steps is drawn, each scope as a frame around its steps.

use std::collections::BTreeMap;
use std::fmt::Write;

use xueji_definition::finding::Severity;
use xueji_definition::model::{Kind, Process, Step};
use xueji_definition::{Text, nearest};
use xueji_rules::RuleSet;

use super::args::{GraphArgs, Lang};
use super::{Exit, Io, Trouble, house};

pub(super) fn run(args: &GraphArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, _) = house::sources(&args.folders)?;
    let loaded = xueji_definition::load(&sources);
    let (rules, _) = RuleSet::compile(loaded.definitions.rules.clone());
    let Some(process) = loaded.definitions.processes.get(&args.process) else {
        let known: Vec<&str> = loaded.definitions.processes.keys().map(String::as_str).collect();
        let id = &args.process;
        let path = format!("workflows/processes/{id}.yaml");
        let broken = |f: &xueji_definition::finding::Finding| {
            f.file == path && f.severity == Severity::Error
        };
        if loaded.findings.iter().any(broken) {
            return Err(Trouble::new(
                Exit::Findings,
                format!("{path} 有误"),
                format!("{path} has errors"),
            )
            .hint("运行 xueji validate", "xueji validate tells what is wrong"));
        }
        let near =
            nearest(id, known.iter().copied()).map_or_else(|| known.join(", "), str::to_owned);
        return Err(Trouble::new(
            Exit::NothingToRead,
            format!("没有流程 {id}"),
            format!("there is no process `{id}`"),
        )
        .hint(format!("可写：{near}"), format!("known here: {near}")));
    };
    write!(io.out, "{}", mermaid(process, &rules, args.lang))?;
    Ok(Exit::Good)
}

/// Returns a process as a Mermaid flow chart.
#[must_use]
pub fn mermaid(process: &Process, rules: &RuleSet, lang: Lang) -> String {
    let mut chart =
        Chart { process, rules, lang, out: "flowchart TD\n".to_owned(), within: BTreeMap::new() };
    for step in process.steps.values() {
        let key = step.within.as_ref().map(|within| (within.step.clone(), within.branch.clone()));
        chart.within.entry(key).or_default().push(step);
    }
    let title = chart.text(&process.title);
    chart.line(1, format_args!("start([\"{}\"])", escape(&title)));
    chart.scope(None, 1);
    chart.line(1, format_args!("start --> {}", node(&process.entry)));
    for step in process.steps.values() {
        chart.ways(step);
    }
    chart.out
}

type Scope = Option<(String, String)>;

struct Chart<'a> {
    process: &'a Process,
    rules: &'a RuleSet,
    lang: Lang,
    out: String,
    within: BTreeMap<Scope, Vec<&'a Step>>,
}

impl<'a> Chart<'a> {
    fn line(&mut self, depth: usize, text: std::fmt::Arguments<'_>) {
        let written = writeln!(self.out, "{}{text}", "  ".repeat(depth));
        debug_assert!(written.is_ok(), "writing to a string");
    }

    fn text(&self, text: &Text) -> String {
        if self.lang == Lang::Zh { text.zh.clone() } else { text.en.clone() }
    }

    fn scope(&mut self, scope: Scope, depth: usize) {
        let steps: Vec<&'a Step> = self.within.get(&scope).cloned().unwrap_or_default();
        for step in steps {
            self.step(step, depth);
        }
    }

    fn step(&mut self, step: &'a Step, depth: usize) {
        let (id, title) = (node(&step.id), escape(&self.text(&step.title)));
        match &step.kind {
            Kind::Parallel { branches, .. } => {
                let mark = if self.lang == Lang::Zh { "并行" } else { "parallel" };
                self.line(depth, format_args!("subgraph {id} [\"{title}（{mark}）\"]"));
                for name in branches.keys() {
                    self.branch(&step.id, name, depth + 1);
                }
                self.line(depth, format_args!("end"));
            }
            Kind::ForEach(_) => {
                let mark = if self.lang == Lang::Zh { "逐项" } else { "for each" };
                self.line(depth, format_args!("subgraph {id} [\"{title}（{mark}）\"]"));
                self.scope(Some((step.id.clone(), "body".to_owned())), depth + 1);
                self.line(depth, format_args!("end"));
            }
            Kind::UserTask(task) => {
                let role = escape(&task.candidates.role);
                self.line(depth, format_args!("{id}[\"{title}<br/><small>{role}</small>\"]"));
            }
            Kind::ServiceTask { .. } => self.line(depth, format_args!("{id}[[\"{title}\"]]")),
            Kind::Gateway(_) => self.line(depth, format_args!("{id}{{\"{title}\"}}")),
            Kind::Wait(_) => self.line(depth, format_args!("{id}{{{{\"{title}\"}}}}")),
            Kind::Call(call) => {
                let called = escape(&call.process);
                self.line(depth, format_args!("{id}[/\"{title}<br/><small>→ {called}</small>\"/]"));
            }
            Kind::End { result, .. } => {
                let result = escape(result);
                self.line(depth, format_args!("{id}([\"{title}<br/><small>{result}</small>\"])"));
            }
        }
    }

    /// A branch of one step is that step; one of several has a frame of its own.
    fn branch(&mut self, step: &str, branch: &str, depth: usize) {
        let scope: Scope = Some((step.to_owned(), branch.to_owned()));
        let several = self.within.get(&scope).is_some_and(|steps| steps.len() > 1);
        if several {
            self.line(
                depth,
                format_args!("subgraph {}__{} [\"{}\"]", node(step), node(branch), escape(branch)),
            );
            self.scope(scope, depth + 1);
            self.line(depth, format_args!("end"));
        } else {
            self.scope(scope, depth);
        }
    }

    fn ways(&mut self, step: &Step) {
        let from = node(&step.id);
        // Outcomes that lead to the same step share an arrow.
        let mut ways: Vec<(String, Vec<String>)> = Vec::new();
        let mut add = |to: &str, word: String| match ways.iter_mut().find(|(known, _)| known == to)
        {
            Some((_, words)) => words.push(word),
            None => ways.push((to.to_owned(), vec![word])),
        };
        for (outcome, to) in &step.next {
            add(to, self.outcome(outcome));
        }
        if let Kind::Gateway(gateway) = &step.kind {
            for choice in &gateway.choices {
                let rule = self.rules.get(&choice.when).map(|rule| self.text(&rule.title));
                add(&choice.next, rule.unwrap_or_else(|| choice.when.clone()));
            }
            add(&gateway.otherwise, if self.lang == Lang::Zh { "否则" } else { "else" }.to_owned());
        }
        for (to, words) in ways {
            let label = escape(&words.join(" / "));
            let to = self.target(&to);
            self.line(1, format_args!("{from} -->|\"{label}\"| {to}"));
        }
        for (message, to) in &step.on {
            let (label, to) = (escape(message), self.target(to));
            self.line(1, format_args!("{from} -.->|\"{label}\"| {to}"));
        }
    }

    fn target(&self, step: &str) -> String {
        if self.process.steps.contains_key(step) { node(step) } else { "start".to_owned() }
    }

    fn outcome(&self, outcome: &str) -> String {
        let zh = match outcome {
            "approve" => "通过",
            "reject" => "不通过",
            "return" => "退回",
            "done" => "完成",
            "elapsed" => "期满",
            "short" => "未达",
            "deadline" => "到期",
            "started" => "已发起",
            "effective" => "生效",
            "refused" => "未获准",
            other => return other.to_owned(),
        };
        if self.lang == Lang::Zh { zh.to_owned() } else { outcome.to_owned() }
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
