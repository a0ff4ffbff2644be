//! `outcome-unknown`: an outcome named that the step never answers.
//!
//! Why: the way that it leads is never taken, and the outcome that was meant leads nowhere.
//! Broken: `fixtures/broken/outcomes`. Mended: by the outcome that was meant.

use xueji_definition::finding::{Finding, Related, Severity::Error};
use xueji_definition::model::{Kind, Step};

use crate::Check;
use crate::answers;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "outcome-unknown",
            Error,
            "这个步骤没有这种结果",
            "The step never answers with this outcome.",
        ),
        (
            "message-never-heard",
            Error,
            "只有办理步骤和等待能被消息打断",
            "Only a task or a wait can be ended by a message.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        for step in process.steps.values() {
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            let given = answers::of(world.definitions, process, step);
            for outcome in step.next.keys().filter(|outcome| !given.has(outcome)) {
                let said = unknown(&step.id, outcome, given.sure.iter().copied());
                let said = said.see_all(declared(world, step, &site));
                findings.push(site.then("next").then(outcome).at_key(world.places, said));
            }
            if let Kind::UserTask(task) = &step.kind {
                let known = || task.outcomes.iter().map(String::as_str);
                for (key, named) in [("opinion", &task.opinion), ("judged", &task.judged)] {
                    for (at, outcome) in named.iter().enumerate() {
                        if !task.outcomes.contains(outcome) {
                            let (home, site) =
                                (site.clone(), site.then("user-task").then(key).then(at));
                            let said = unknown(&step.id, outcome, known())
                                .see_all(declared(world, step, &home));
                            findings.push(site.at_value(world.places, said));
                        }
                    }
                }
            }
            let hears = matches!(step.kind, Kind::UserTask(_) | Kind::Wait(_));
            if !hears && !step.on.is_empty() {
                let said = Said::error(
                    "message-never-heard",
                    format!("步骤 `{}` 不等人也不等消息，on 不会起作用", step.id),
                    format!(
                        "step `{}` is neither a task nor a wait, so `on` does nothing",
                        step.id
                    ),
                )
                .help("把 on 写到 user-task 或 wait 上", "write `on` at a `user-task` or a `wait`");
                findings.push(site.then("on").at_key(world.places, said));
            }
        }
    }
    findings
}

/// Returns where it is written what a step can answer.
pub(super) fn declared(world: &World<'_>, step: &Step, site: &Site) -> Option<Related> {
    let (zh, en) = ("可以有的结果写在这里", "what it can answer is declared here");
    let site = match &step.kind {
        Kind::UserTask(_) => site.then("user-task").then("outcomes"),
        Kind::Parallel { .. } | Kind::ForEach(_) => site.then("join"),
        Kind::Wait(_) => site.then("wait"),
        Kind::Call(_) => {
            return Some(site.then("call").related(world.places, "结果由它给出", "it answers"));
        }
        Kind::ServiceTask { .. } | Kind::Gateway(_) | Kind::End { .. } => return None,
    };
    Some(site.related(world.places, zh, en))
}

fn unknown<'a>(step: &str, outcome: &str, known: impl Iterator<Item = &'a str>) -> Said {
    Said::error(
        "outcome-unknown",
        format!("步骤 `{step}` 没有结果 `{outcome}`"),
        format!("step `{step}` never answers `{outcome}`"),
    )
    .near(outcome, known)
}
