//! From scopes to levels: which nodes there are, and what flows between them.
//!
//! Invariant: wherever several flows would meet at a node, a gateway of their own merges them before it.

use std::collections::BTreeSet;

use xueji_definition::file::Candidates;
use xueji_definition::model::Step;

use super::{Ending, Flow, Level, Model, Node, NodeKind, Trigger};
use crate::chart::{Chart, START};
use crate::net::{LAPSED, returns_below};
use crate::pnml::name;
use crate::ways::Target;

/// A flow that has not yet found its goal.
#[derive(Debug)]
pub(super) struct Exit<'a> {
    pub(super) from: String,
    pub(super) to: Target<'a>,
    pub(super) name: String,
    pub(super) condition: Option<String>,
    pub(super) default: bool,
    pub(super) main: bool,
}

/// What is drafted so far.
pub(super) struct Draft<'a, 'c> {
    pub(super) chart: &'c Chart<'a>,
    pub(super) model: Model,
    ids: BTreeSet<String>,
}

/// Returns the model of a process.
pub(super) fn model(chart: &Chart<'_>) -> Model {
    let mut draft = Draft { chart, model: Model::default(), ids: BTreeSet::new() };
    draft.ids.insert(format!("process_{}", name(&chart.process.id)));
    let steps = chart.steps(None);
    let level = draft.own(&steps);
    Model { level, ..draft.model }
}

impl<'a> Draft<'a, '_> {
    /// Returns an id that nothing has yet.
    pub(super) fn id(&mut self, wished: &str) -> String {
        let wished = name(wished);
        let mut id = wished.clone();
        let mut number = 1;
        while !self.ids.insert(id.clone()) {
            number += 1;
            id = format!("{wished}_{number}");
        }
        id
    }

    pub(super) fn add(
        &mut self,
        level: &mut Level,
        id: &str,
        name: &str,
        kind: NodeKind,
    ) -> String {
        let id = self.id(id);
        level.nodes.push(Node { id: id.clone(), name: name.to_owned(), about: None, kind });
        id
    }

    /// Returns the id of the resource of a role.
    pub(super) fn resource(&mut self, candidates: &Candidates) -> String {
        let title = self.chart.role(&candidates.role);
        let id = format!("role_{}", name(&candidates.role));
        if !self.model.resources.iter().any(|(known, _)| *known == id) {
            self.ids.insert(id.clone());
            self.model.resources.push((id.clone(), title));
        }
        id
    }

    /// Returns the id of a message.
    pub(super) fn message(&mut self, message: &str) -> String {
        let id = format!("message_{}", name(message));
        if !self.model.messages.iter().any(|(known, _)| *known == id) {
            self.ids.insert(id.clone());
            self.model.messages.push((id.clone(), message.to_owned()));
        }
        id
    }

    pub(super) fn flow(&mut self, level: &mut Level, from: &str, to: &str, main: bool) {
        let id = self.id(&format!("flow_{from}_{to}"));
        let (from, to) = (from.to_owned(), to.to_owned());
        let name = String::new();
        level.flows.push(Flow { id, from, to, name, condition: None, default: false, main });
    }

    /// The case's own scope: the applicant's task first.
    fn own(&mut self, steps: &[&'a Step]) -> Level {
        let chart = self.chart;
        let mut level = Level::default();
        let begin = self.add(&mut level, "begin", chart.say("开始", "begin"), NodeKind::Start);
        let resource = self.resource(&chart.process.start.by);
        let title =
            format!("{}{}", chart.say("提交：", "hand in: "), chart.text(&chart.process.title));
        let start = self.add(&mut level, "step_start", &title, NodeKind::User { resource });
        let mut heads = vec![(START.to_owned(), start.clone())];
        let mut exits = vec![Exit {
            from: start.clone(),
            to: Target::Step(&chart.process.entry),
            name: String::new(),
            condition: None,
            default: false,
            main: true,
        }];
        for step in steps {
            let (head, out) = self.step(&mut level, step);
            heads.push((step.id.clone(), head.clone()));
            exits.extend(out);
            if returns_below(chart, step) {
                exits.push(self.back_from_below(&mut level, &head));
            }
        }
        if exits.iter().any(|exit| exit.to == Target::Start) {
            self.lapse(&mut level, &start);
        }
        self.flow(&mut level, &begin, &start, true);
        self.connect(&mut level, &heads, exits, None);
        level
    }

    /// A branch somewhere below went back to the applicant: its subprocess hands that on.
    fn back_from_below(&mut self, level: &mut Level, host: &str) -> Exit<'a> {
        self.model.returns = true;
        let says = self.chart.say("退回申请人", "back to the applicant");
        let kind = NodeKind::Border { host: host.to_owned(), trigger: Trigger::Return };
        let from = self.add(level, &format!("back_{host}"), says, kind);
        let (name, condition) = (String::new(), None);
        Exit { from, to: Target::Start, name, condition, default: false, main: false }
    }

    /// A returned case waits for its applicant, and lapses.
    fn lapse(&mut self, level: &mut Level, start: &str) {
        let chart = self.chart;
        let trigger = match &chart.process.start.due {
            Some(due) => super::steps::timer(due),
            None => Trigger::Timer { date: false, text: "P15D".to_owned() },
        };
        let kind = NodeKind::Border { host: start.to_owned(), trigger };
        let says = chart.say("退回后逾期未补正", "not mended in time");
        let border = self.add(level, "lapse", says, kind);
        let end = self.add(level, LAPSED, &chart.outcome(LAPSED), NodeKind::End(Ending::Plain));
        self.flow(level, &border, &end, false);
    }

    /// A scope that a step opened, as a level of its own.
    pub(super) fn inner(
        &mut self,
        opener: &Step,
        branch: &str,
        entry: &str,
        steps: &[&'a Step],
    ) -> Level {
        let mut level = Level::default();
        let wished = format!("begin_{}_{branch}", opener.id);
        let begin = self.add(&mut level, &wished, self.chart.say("开始", "begin"), NodeKind::Start);
        let mut heads = Vec::new();
        let mut exits = Vec::new();
        for step in steps {
            let (head, out) = self.step(&mut level, step);
            heads.push((step.id.clone(), head));
            exits.extend(out);
        }
        let first = heads.iter().find(|(id, _)| id == entry).map(|(_, head)| head.clone());
        if let Some(first) = first {
            self.flow(&mut level, &begin, &first, true);
        }
        let answers = exits.iter().any(|exit| matches!(exit.to, Target::Answer(_)));
        let end = answers.then(|| {
            let says = self.chart.say("答复", "answered");
            self.add(
                &mut level,
                &format!("end_{}_{branch}", opener.id),
                says,
                NodeKind::End(Ending::Plain),
            )
        });
        self.connect(&mut level, &heads, exits, end);
        level
    }

    /// Leads every exit to its goal, and puts a gateway where several meet.
    pub(super) fn connect(
        &mut self,
        level: &mut Level,
        heads: &[(String, String)],
        exits: Vec<Exit<'a>>,
        answered: Option<String>,
    ) {
        let head =
            |step: &str| heads.iter().find(|(id, _)| id == step).map(|(_, head)| head.clone());
        let mut back: Option<String> = None;
        for exit in exits {
            let to = match exit.to {
                Target::Step(step) => head(step),
                Target::Answer(_) => answered.clone(),
                Target::Start => match head(START) {
                    Some(start) => Some(start),
                    None => {
                        let known = back.take().unwrap_or_else(|| {
                            self.model.returns = true;
                            let says = self.chart.say("退回申请人", "back to the applicant");
                            self.add(level, "to_start", says, NodeKind::End(Ending::Return))
                        });
                        back = Some(known.clone());
                        Some(known)
                    }
                },
            };
            let Some(to) = to else { continue };
            let id = self.id(&format!("flow_{}_{to}", exit.from));
            let Exit { from, name, condition, default, main, .. } = exit;
            level.flows.push(Flow { id, from, to, name, condition, default, main });
        }
        self.merge(level);
    }

    fn merge(&mut self, level: &mut Level) {
        let nodes: Vec<String> = level
            .nodes
            .iter()
            .filter(|node| !merges(level, node))
            .map(|node| node.id.clone())
            .collect();
        for node in nodes {
            if level.flows.iter().filter(|flow| flow.to == node).count() < 2 {
                continue;
            }
            let merge = self.add(level, &format!("merge_{node}"), "", NodeKind::Exclusive);
            for flow in level.flows.iter_mut().filter(|flow| flow.to == node) {
                flow.to.clone_from(&merge);
            }
            self.flow(level, &merge, &node, true);
        }
    }
}

/// Tells whether a node merges flows and does nothing else.
fn merges(level: &Level, node: &Node) -> bool {
    let gateway = matches!(node.kind, NodeKind::Parallel | NodeKind::Exclusive);
    gateway && level.flows.iter().filter(|flow| flow.from == node.id).count() < 2
}
