//! `join-outcome-unknown`: a join names an answer that no branch gives; `branch-answer-ignored`: a branch gives one that
//! the join does not name.
//!
//! Why: the join never ends as meant, or ends `short`. Broken: `fixtures/broken/joins`. Mended: by naming what branches
//! answer in `counts` or `at-once`.

use xueji_definition::finding::{Finding, Severity};
use xueji_definition::model::{Join, Kind};

use crate::Check;
use crate::answers::{self, Answers, HELD};
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "join-outcome-unknown",
            Severity::Error,
            "没有哪个分支会这样答复",
            "No branch gives this answer.",
        ),
        (
            "branch-answer-ignored",
            Severity::Warning,
            "分支的这个答复既不计数，也不立即结束",
            "The join neither counts this answer of a branch nor ends at it.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for step in process.steps.values() {
            let join = match &step.kind {
                Kind::Parallel { join, .. } => join,
                Kind::ForEach(each) => &each.join,
                _ => continue,
            };
            let site = root.step(&step.id, &step.route, step.shared.as_deref()).then("join");
            let branches = answers::branches(world.definitions, process, step);
            unknown(world, join, &branches, &site, &mut findings);
            for (branch, given) in &branches {
                for outcome in given.sure.iter().filter(|outcome| !answers::is_named(join, outcome))
                {
                    let said = Said::warning(
                        "branch-answer-ignored",
                        format!("分支 `{branch}` 可能答 `{outcome}`，join 没有写它算不算"),
                        format!(
                            "branch `{branch}` can answer `{outcome}`, which the join does not name"
                        ),
                    )
                    .help("写进 counts 或 at-once", "name it in `counts` or `at-once`")
                    .see_all(
                        answers::giver(world.definitions, process, &step.id, branch, outcome).map(
                            |giver| {
                                let there =
                                    root.step(&giver.id, &giver.route, giver.shared.as_deref());
                                there.related(world.places, "由这里答复", "it is answered here")
                            },
                        ),
                    );
                    findings.push(site.at_key(world.places, said));
                }
            }
        }
    }
    findings
}

fn unknown(
    world: &World<'_>,
    join: &Join,
    branches: &[(&str, Answers<'_>)],
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    for (key, named) in [("counts", &join.counts), ("at-once", &join.at_once)] {
        for (at, outcome) in named.iter().enumerate() {
            if outcome == HELD || branches.iter().any(|(_, given)| given.has(outcome)) {
                continue;
            }
            let known = branches.iter().flat_map(|(_, given)| given.sure.iter().copied());
            let said = Said::error(
                "join-outcome-unknown",
                format!("没有哪个分支会答 `{outcome}`"),
                format!("no branch answers `{outcome}`"),
            )
            .near(outcome, known);
            findings.push(site.then(key).then(at).at_value(world.places, said));
        }
    }
}
