//! `call-circle`: processes that call one another in a circle, each at once.
//!
//! Why: each case opens another, without end. Broken: `fixtures/broken/call-circle`. Mended: by taking one call away, or
//! by a task before it.

use std::collections::BTreeSet;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use xueji_definition::finding::{Finding, Related, Severity::Error};
use xueji_definition::model::{Kind, Process};

use crate::Check;
use crate::graph::targets;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "call-circle",
        Error,
        "流程互相发起，没完没了",
        "Processes start one another in a circle, without end.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let processes = &world.definitions.processes;
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for process in processes.values() {
        for called in called_at_once(process) {
            graph.add_edge(process.id.as_str(), called, ());
        }
    }
    let mut findings = Vec::new();
    for component in tarjan_scc(&graph) {
        let members: BTreeSet<&str> = component.iter().copied().collect();
        let [first, rest @ ..] = component.as_slice() else { continue };
        if rest.is_empty() && !graph.contains_edge(first, first) {
            continue;
        }
        let names = members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let calls = calls(world, &members);
        for process in members.iter().filter_map(|id| processes.get(*id)) {
            let root = Site::file(process.file.as_str()).of_process(&process.id);
            for step in process.steps.values() {
                let Kind::Call(call) = &step.kind else { continue };
                if members.contains(call.process.as_str()) {
                    let said = Said::error(
                        "call-circle",
                        format!("流程 {} 互相发起，没完没了", names.join("、")),
                        format!("processes {} start one another without end", names.join(", ")),
                    )
                    .help(
                        "去掉其中一处 call，或在它之前放一个 user-task",
                        "take one call away, or put a task before it",
                    );
                    let others = calls.iter().filter(|(id, _)| *id != process.id);
                    let said = said.see_all(others.map(|(_, there)| there.clone()));
                    let site = root.step(&step.id, &step.route, step.shared.as_deref());
                    findings.push(site.then("call").then("process").at_value(world.places, said));
                }
            }
        }
    }
    findings
}

/// Returns where the processes of a circle start one another, each with its process.
fn calls(world: &World<'_>, members: &BTreeSet<&str>) -> Vec<(String, Related)> {
    let mut found = Vec::new();
    for process in members.iter().filter_map(|id| world.definitions.processes.get(*id)) {
        let root = Site::file(process.file.as_str());
        for step in process.steps.values() {
            let Kind::Call(call) = &step.kind else { continue };
            if members.contains(call.process.as_str()) {
                let site = root.step(&step.id, &step.route, step.shared.as_deref());
                let there = site.then("call").then("process").related_value(
                    world.places,
                    format!("`{}` 又发起 `{}`", process.id, call.process),
                    format!("`{}` starts `{}` in turn", process.id, call.process),
                );
                found.push((process.id.clone(), there));
            }
        }
    }
    found
}

/// Returns the processes that a case of this one starts before anybody does anything.
fn called_at_once(process: &Process) -> BTreeSet<&str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut ahead: Vec<&str> = vec![&process.entry];
    let mut called = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        let Some(step) = process.steps.get(id) else { continue };
        if !seen.insert(&step.id) {
            continue;
        }
        match &step.kind {
            Kind::Call(call) => {
                called.insert(call.process.as_str());
                if !call.wait {
                    ahead.extend(targets(step));
                }
            }
            Kind::Parallel { branches, .. } => {
                ahead.extend(branches.values().map(|branch| branch.entry.as_str()));
                ahead.extend(targets(step));
            }
            Kind::ForEach(each) => {
                ahead.push(&each.body.entry);
                ahead.extend(targets(step));
            }
            _ if step.waits() => {}
            _ => ahead.extend(targets(step)),
        }
    }
    called
}
