//! `loop-without-wait`: a circle of steps in which no person, time or message is waited for.
//!
//! Why: the engine would go round it for ever. Broken: `fixtures/broken/spinning`. Mended: by a task or a `wait` in it.

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "loop-without-wait",
        Error,
        "步骤绕成一圈，其中没有人办理，也没有等待",
        "Steps go round in a circle in which nobody acts and nothing is waited for.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for scope in world.graphs.scopes(&process.id) {
            for circle in scope.spinning(process) {
                let Some(first) = circle.first() else { continue };
                let names = circle.iter().map(|step| format!("`{}`", step.id)).collect::<Vec<_>>();
                let said = Said::error(
                    "loop-without-wait",
                    format!("步骤 {} 绕成一圈，其中没有人办理，也没有等待", names.join("、")),
                    format!("steps {} go round without a person or a wait", names.join(", ")),
                )
                .help(
                    "在圈里放一个 user-task 或 wait",
                    "put a `user-task` or a `wait` into the circle",
                );
                let others = circle.iter().skip(1).map(|step| {
                    let there = root.step(&step.id, &step.route, step.shared.as_deref());
                    there.related(world.places, "也在圈里", "this is in the circle, too")
                });
                let said = said.see_all(others);
                findings.push(root.step(&first.id, &first.route, None).at_key(world.places, said));
            }
        }
    }
    findings
}
