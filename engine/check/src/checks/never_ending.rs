//! `step-never-ends`: a step from which no `end` is reached.
//!
//! Why: a case that comes here stays open for ever. Broken: `fixtures/broken/never-ending`. Mended: by an outcome that
//! leads to an `end`.

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{JoinNeed, Kind, Process};

use crate::Check;
use crate::graph::Scope;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "step-never-ends",
        Error,
        "从这个步骤走不到任何 end",
        "No `end` is reached from this step.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let all = world.graphs.scopes(&process.id);
        for scope in all.iter().filter(|scope| !is_spared(process, scope, all)) {
            for step in scope.never_ending() {
                let said = Said::error(
                    "step-never-ends",
                    format!("从步骤 `{}` 走不到任何 end", step.id),
                    format!("no `end` is reached from step `{}`", step.id),
                )
                .help("让它的某个结果通向一个 end", "let one of its outcomes lead to an `end`");
                findings.push(root.step(&step.id, &step.route, None).at_key(world.places, said));
            }
        }
    }
    findings
}

/// A branch may go on for ever beside one that ends, where the join does not wait for every branch.
fn is_spared(process: &Process, scope: &Scope<'_>, all: &[Scope<'_>]) -> bool {
    let Some(within) = scope.within else { return false };
    let Some(Kind::Parallel { join, .. }) = process.steps.get(&within.step).map(|step| &step.kind)
    else {
        return false;
    };
    let beside = |other: &&Scope<'_>| {
        other.within.is_some_and(|at| at.step == within.step && at.branch != within.branch)
    };
    join.need != JoinNeed::All
        && all.iter().filter(beside).any(|other| other.never_ending().is_empty())
}
