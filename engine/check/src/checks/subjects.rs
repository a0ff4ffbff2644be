//! `subject-missing`: something asks for the subject of a case that has none.
//!
//! Why: nobody can be the person whose record it is, and no record can be changed. Broken: `fixtures/broken/subjects`.
//! Mended: by `subject:` in the process, or `subject: true` in the for-each.

use std::collections::BTreeSet;

use xueji_definition::file::Candidates;
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{EffectKind, Kind, Process, Step};

use crate::Check;
use crate::site::{Said, Site};
use crate::types::subject_of;
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "subject-missing",
        Error,
        "用到事项的对象，而本流程没有对象",
        "The subject of a case is asked for, and the case has none.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut sites = Vec::new();
        if process.subject.is_none() {
            let start = root.then("start");
            own(&process.start.by, &start.then("by"), &mut sites);
            for (at, by) in process.start.or_by.iter().enumerate() {
                own(by, &start.then("or-by").then(at), &mut sites);
            }
        }
        let mut seen = BTreeSet::new();
        for step in process.steps.values() {
            let scene = Scene { each: innermost(process, step), row_of: None };
            if has_subject(world, process, scene) {
                continue;
            }
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            in_step(step, &site, &mut sites);
            for name in effects(step) {
                if seen.insert(name) {
                    in_effect(process, name, &root.then("effects").then(name), &mut sites);
                }
            }
        }
        findings.extend(sites.into_iter().map(|site| {
            let said = Said::error(
                "subject-missing",
                "这里用到事项的对象，而这里没有对象",
                "the subject is asked for here, and there is none",
            )
            .help(
                "在流程里写 subject: 记录类型，或在 for-each 里写 subject: true",
                "write `subject: <record type>` in the process, or `subject: true` in the for-each",
            );
            site.at_key(world.places, said)
        }));
    }
    findings
}

fn has_subject(world: &World<'_>, process: &Process, scene: Scene<'_>) -> bool {
    // A for-each whose query cannot be read may well give one.
    let unknown = scene.each.is_some_and(|id| {
        crate::types::for_each(process, id)
            .is_none_or(|each| each.subject && !world.definitions.queries.contains_key(&each.items))
    });
    unknown || subject_of(world.definitions, process, scene).is_some()
}

fn effects(step: &Step) -> &[String] {
    match &step.kind {
        Kind::ServiceTask { effects } | Kind::End { effects, .. } => effects,
        _ => &[],
    }
}

fn own(candidates: &Candidates, site: &Site, sites: &mut Vec<Site>) {
    if candidates.own {
        sites.push(site.then("self"));
    }
}

fn in_step(step: &Step, site: &Site, sites: &mut Vec<Site>) {
    match &step.kind {
        Kind::UserTask(task) => {
            own(&task.candidates, &site.then("user-task").then("candidates"), sites)
        }
        Kind::Wait(wait) => {
            if let Some(by) = &wait.by {
                own(by, &site.then("wait").then("by"), sites);
            }
        }
        _ => {}
    }
}

fn in_effect(process: &Process, name: &str, site: &Site, sites: &mut Vec<Site>) {
    match process.effects.get(name).map(|effect| &effect.kind) {
        Some(EffectKind::Set(set)) if set.id.is_none() || set.record.is_none() => {
            sites.push(site.then("set"));
        }
        Some(EffectKind::Settle(settle)) if settle.id.is_none() || settle.record.is_none() => {
            sites.push(site.then("settle"));
        }
        Some(EffectKind::Notice(notice)) => {
            for (at, to) in notice.to.iter().enumerate() {
                own(to, &site.then("notice").then("to").then(at), sites);
            }
        }
        _ => {}
    }
}
