//! `outcome-leads-nowhere`: an outcome that can come and that `next` does not name.
//!
//! Why: whoever answers so is refused, or the case stops. Broken: `fixtures/broken/nowhere`. Mended: by a line in `next`.

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::Kind;

use crate::Check;
use crate::answers;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "outcome-leads-nowhere",
        Error,
        "步骤可能有的结果没有写去向",
        "The step can answer so, and `next` does not say where that leads.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for step in process.steps.values().filter(|step| !step.alone) {
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            let given = answers::of(world.definitions, process, step);
            for outcome in
                given.sure.into_iter().filter(|outcome| !step.next.contains_key(*outcome))
            {
                let said = Said::error(
                    "outcome-leads-nowhere",
                    format!("步骤 `{}` 可能答 `{outcome}`，next 没有写去向", step.id),
                    format!(
                        "step `{}` can answer `{outcome}`, and `next` does not say where it leads",
                        step.id
                    ),
                );
                let said = match (&step.kind, outcome) {
                    (Kind::Parallel { .. } | Kind::ForEach(_), "short") => said.help(
                        "分支都办完而没有达到 when 的要求时答 `short`：写 next: {short: …}",
                        "`short` is answered when all branches are done and `when` is not met: write `next: {short: …}`",
                    ),
                    _ => said.help(
                        format!("写 next: {{{outcome}: …}}，去同一范围的某个步骤，或 start"),
                        format!("write `next: {{{outcome}: …}}` with a step of the same scope, or `start`"),
                    ),
                };
                let said = said.see_all(super::outcomes::declared(world, step, &site));
                findings.push(site.then("next").at_key(world.places, said));
            }
        }
    }
    findings
}
