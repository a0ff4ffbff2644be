//! `step-unreachable`: a step that no path from the first step of its scope reaches.
//!
//! Why: the office believes that it runs. Broken: `fixtures/broken/unreachable`. Mended: by a `next` that names it.

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::Process;

use crate::Check;
use crate::graph::{START, Scope, targets};
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[("step-unreachable", Error, "没有哪条路走到这个步骤", "No path leads to this step.")],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for scope in world.graphs.scopes(&process.id) {
            // A name that no step has may have been meant to lead there.
            if names_no_step(process, scope) {
                continue;
            }
            for step in scope.unreachable() {
                let said = Said::error(
                    "step-unreachable",
                    format!("从 `{}` 出发，没有哪条路走到步骤 `{}`", scope.entry, step.id),
                    format!("no path from `{}` leads to step `{}`", scope.entry, step.id),
                )
                .help(
                    "在某个步骤的 next 里写上它，或删去",
                    "name it in some step's `next`, or remove it",
                );
                let said = said.see_all(process.steps.get(scope.entry).map(|entry| {
                    let there = root.step(&entry.id, &entry.route, entry.shared.as_deref());
                    there.related(world.places, "从这里开始", "it begins here")
                }));
                findings.push(root.step(&step.id, &step.route, None).at_key(world.places, said));
            }
        }
    }
    findings
}

fn names_no_step(process: &Process, scope: &Scope<'_>) -> bool {
    let mut named = scope.steps.iter().flat_map(|step| targets(step));
    named.any(|name| name != START && !process.steps.contains_key(name))
}
