//! `effect-unknown`: an effect named that the process does not define; `effect-unused`: one that no step names.
//!
//! Why: the case stops, or what the office believes is done never happens. Broken: `fixtures/broken/effects`. Mended: by
//! the name that was meant, or by naming the effect in a step.

use std::collections::BTreeSet;

use xueji_definition::finding::{Finding, Severity};
use xueji_definition::model::Kind;

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "effect-unknown",
            Severity::Error,
            "流程里没有这个效果",
            "The process has no such effect.",
        ),
        ("effect-unused", Severity::Warning, "没有步骤用到这个效果", "No step names this effect."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for step in process.steps.values() {
            let (key, effects) = match &step.kind {
                Kind::ServiceTask { effects } => ("service-task", effects),
                Kind::End { effects, .. } => ("effects", effects),
                _ => continue,
            };
            let site = root.step(&step.id, &step.route, step.shared.as_deref()).then(key);
            for (at, name) in effects.iter().enumerate() {
                used.insert(name);
                if !process.effects.contains_key(name) {
                    let known = process.effects.keys().map(String::as_str);
                    let said = Said::error(
                        "effect-unknown",
                        format!("本流程没有效果 `{name}`"),
                        format!("this process has no effect `{name}`"),
                    )
                    .near(name, known);
                    findings.push(site.then(at).at_value(world.places, said));
                }
            }
        }
        for name in process.effects.keys().filter(|name| !used.contains(name.as_str())) {
            let said = Said::warning(
                "effect-unused",
                format!("没有步骤用到效果 `{name}`"),
                format!("no step names the effect `{name}`"),
            )
            .help(
                "写进某个 service-task 或 end 的 effects，或删去",
                "name it in a `service-task` or an `end`, or remove it",
            )
            .removable();
            findings.push(root.then("effects").then(name).at_key(world.places, said));
        }
    }
    findings
}
