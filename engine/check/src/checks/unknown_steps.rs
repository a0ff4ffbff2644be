//! `step-unknown`: a step named that is not there; `step-other-scope`: one that is, but in another scope.
//!
//! Why: a token never crosses a scope's border, so the case would stop. Broken: `fixtures/broken/steps`. Mended: by the
//! name of a step beside this one, or `start`.

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{Kind, Process, Step};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("step-unknown", Error, "没有这个步骤", "There is no such step."),
        (
            "step-other-scope",
            Error,
            "这个步骤在另一个范围里，不能直接走过去",
            "The step stands in another scope, and edges do not cross a scope's border.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut anywhere = |name: &str, site: &Site| {
            if !process.steps.contains_key(name) {
                findings.push(unknown(world, process, name, site));
            }
        };
        if let Some(step) = &process.withdraw_until {
            anywhere(step, &root.then("withdraw-until"));
        }
        for step in process.steps.values() {
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            for (at, other) in step.separate_from.iter().enumerate() {
                // Whoever started a case is its maker, too.
                if other != "start" {
                    anywhere(other, &site.then("separate-from").then(at));
                }
            }
            if let Kind::ForEach(each) = &step.kind {
                for (key, until) in
                    [("open-until", &each.open_until), ("reopen-until", &each.reopen_until)]
                {
                    if let Some(until) = until {
                        anywhere(until, &site.then("for-each").then(key));
                    }
                }
            }
        }
        for step in process.steps.values() {
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            for (target, place) in targets(step, &site) {
                findings.extend(beside(world, process, step, target, &place));
            }
        }
    }
    findings
}

/// Where a step leads, with the place that says so.
fn targets<'a>(step: &'a Step, site: &Site) -> Vec<(&'a str, Site)> {
    let mut targets = Vec::new();
    for (key, map) in [("next", &step.next), ("on", &step.on)] {
        targets.extend(map.iter().map(|(name, to)| (to.as_str(), site.then(key).then(name))));
    }
    if let Kind::Gateway(gateway) = &step.kind {
        let site = site.then("gateway");
        let choices = gateway.choices.iter().enumerate();
        targets.extend(
            choices.map(|(at, c)| (c.next.as_str(), site.then("choices").then(at).then("next"))),
        );
        targets.push((gateway.otherwise.as_str(), site.then("else")));
    }
    targets
}

fn beside(
    world: &World<'_>,
    process: &Process,
    from: &Step,
    target: &str,
    site: &Site,
) -> Option<Finding> {
    if target == "start" {
        return None;
    }
    let Some(to) = process.steps.get(target) else {
        return Some(unknown(world, process, target, site));
    };
    if to.within == from.within {
        return None;
    }
    let said =
        Said::error(
            "step-other-scope",
            format!("步骤 `{target}` 不在同一范围内，从 `{}` 走不到", from.id),
            format!("step `{target}` stands in another scope; `{}` cannot lead there", from.id),
        )
        .help(
            "在本范围写一个 end，由外层的 next 决定去向",
            "write an `end` in this scope, and let `next` of the step around it lead on",
        )
        .see(
            Site::file(process.file.as_str())
                .step(&to.id, &to.route, to.shared.as_deref())
                .related(world.places, "它在这里", "it stands here"),
        );
    Some(site.at_value(world.places, said))
}

fn unknown(world: &World<'_>, process: &Process, name: &str, site: &Site) -> Finding {
    let known = process.steps.keys().map(String::as_str);
    let said = Said::error(
        "step-unknown",
        format!("没有步骤 `{name}`"),
        format!("there is no step `{name}`"),
    )
    .near(name, known);
    site.at_value(world.places, said)
}
