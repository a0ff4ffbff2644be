//! `story-unknown`: a story that names a process or a step which is not there.
//!
//! Why: played, it is refused as if the task were gone, and nobody thinks of the spelling; a warning, as nothing that
//! runs depends on it. Broken: `fixtures/broken/stories`. Mended: by the name that was meant.

use std::collections::BTreeSet;

use xueji_definition::file::ScenarioStep;
use xueji_definition::finding::{Finding, Severity::Warning};
use xueji_definition::schema::FileKind;

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "story-unknown",
        Warning,
        "故事里写了没有的流程或步骤",
        "A story names a process or a step that is not there.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let all = &world.definitions.processes;
    // What could not be read is told already, and its steps are not known.
    if world.is_broken(FileKind::Process) || world.is_broken(FileKind::Steps) {
        return Vec::new();
    }
    let processes: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    let mut steps: BTreeSet<&str> =
        all.values().flat_map(|process| process.steps.keys()).map(String::as_str).collect();
    steps.insert("start");
    let mut findings = Vec::new();
    for (id, file) in &world.definitions.scenarios {
        let root = Site::file(format!("workflows/scenarios/{id}.yaml")).then("stories");
        for (at, story) in file.stories.iter().enumerate() {
            let site = root.then(at).then("steps");
            for (at, step) in story.steps.iter().enumerate() {
                for (kind, name, place) in named(step, &site.then(at)) {
                    let known = if kind == PROCESS { &processes } else { &steps };
                    if !known.contains(name) {
                        findings.push(unknown(world, kind, name, known, &place));
                    }
                }
            }
        }
    }
    findings
}

/// What a name stands for, in Chinese and in English.
type Called = (&'static str, &'static str);

const PROCESS: Called = ("流程", "process");
const STEP: Called = ("步骤", "step");

/// The processes and steps that a step of a story names, with their places.
fn named<'a>(step: &'a ScenarioStep, site: &Site) -> Vec<(Called, &'a str, Site)> {
    let mut names = Vec::new();
    for (key, act) in [("start", &step.start), ("check", &step.check)] {
        if let Some(act) = act {
            names.push((PROCESS, act.process.as_str(), site.then(key).then("process")));
        }
    }
    if let Some(act) = &step.complete {
        names.push((STEP, act.step.as_str(), site.then("complete").then("step")));
    }
    if let Some(act) = &step.task {
        names.push((STEP, act.step.as_str(), site.then("task").then("step")));
    }
    let expected = step.expect.iter().map(|expected| (site.then("expect"), expected));
    let more = step.and.iter().enumerate().map(|(at, also)| (site.then("and").then(at), also));
    for (site, expected) in expected.chain(more) {
        for (at, task) in expected.tasks.iter().flatten().enumerate() {
            names.push((STEP, task.as_str(), site.then("tasks").then(at)));
        }
    }
    names
}

fn unknown(
    world: &World<'_>,
    (zh, en): Called,
    name: &str,
    known: &BTreeSet<&str>,
    site: &Site,
) -> Finding {
    let said = Said::warning(
        "story-unknown",
        format!("没有哪个{zh}叫 `{name}`"),
        format!("there is no {en} `{name}`"),
    )
    .near(name, known.iter().copied());
    site.at_value(world.places, said)
}
