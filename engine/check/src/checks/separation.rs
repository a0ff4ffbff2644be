//! `separation-may-bar-all`: a step that nobody is left for, if the steps that it is separate from fall to certain people.
//!
//! Why: the task then lies open until somebody else is appointed; that nobody can ever hold it is `run-gets-stuck`.
//! Broken: `fixtures/broken/separation`. Mended: by one more holder of the role.

use std::collections::BTreeSet;

use xueji_definition::FileKind;
use xueji_definition::finding::{Finding, Severity::Warning};

use crate::Check;
use crate::site::{Said, Site};
use crate::soundness::bars;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "separation-may-bar-all",
        Warning,
        "职责分离可能使这个步骤没有人能办",
        "The separation of duties may leave nobody for a step.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Organisation) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for step in process.steps.values().filter(|step| !step.separate_from.is_empty()) {
            if bars::all_barred(world.definitions, &world.graphs, process, step).is_some() {
                continue;
            }
            let Some((people, by)) = bars::may_be_barred(world.definitions, process, step) else {
                continue;
            };
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            let quoted = |names: &BTreeSet<&str>, mark: &str| {
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(mark)
            };
            let by: BTreeSet<&str> = by.into_iter().collect();
            let said = Said::warning(
                "separation-may-bar-all",
                format!(
                    "如果 {} 由 {} 办了（自己办或代理），`{}` 就没有人能办",
                    quoted(&by, "、"),
                    quoted(&people, "、"),
                    step.id
                ),
                format!(
                    "when {} answers {} (in their own right or standing in), nobody is left for `{}`",
                    quoted(&people, ", "),
                    quoted(&by, ", "),
                    step.id
                ),
            )
            .help("再任命一人担任这个角色", "let one more person hold the role");
            findings.push(site.then("separate-from").at_key(world.places, said));
        }
    }
    findings
}
