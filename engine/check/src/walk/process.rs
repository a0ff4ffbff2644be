//! The uses in a process: its start, its effects, its steps.
//!
//! Invariant: an effect's uses are told for every step that carries it out, for it sees what that step sees.

use std::collections::BTreeMap;

use xueji_definition::Definitions;
use xueji_definition::file::{Candidates, Case, Due};
use xueji_definition::model::{Kind, Process, Step};

use super::{Collector, NameKind, Scene, Uses, Want};
use crate::site::Site;

/// Returns the uses in a process.
pub(super) fn uses<'a>(definitions: &'a Definitions, process: &'a Process) -> Uses<'a> {
    let mut to = Collector::new();
    let root = Site::file(process.file.as_str()).of_process(&process.id);
    if let Some(subject) = &process.subject {
        to.name(NameKind::Record, subject, root.then("subject"));
    }
    start(&mut to, process, &root.then("start"));
    let mut carried: BTreeMap<(&str, Scene<'_>), ()> = BTreeMap::new();
    for step in process.steps.values() {
        to.scene = Scene { each: innermost(process, step), row_of: None };
        let site = root.step(&step.id, &step.route, step.shared.as_deref());
        super::step::uses(&mut to, definitions, step, &site);
        let effects: &[String] = match &step.kind {
            Kind::ServiceTask { effects } | Kind::End { effects, .. } => effects,
            _ => &[],
        };
        for name in effects {
            let Some((name, effect)) = process.effects.get_key_value(name) else { continue };
            if carried.insert((name, to.scene), ()).is_none() {
                super::effect::uses(
                    &mut to,
                    definitions,
                    process,
                    effect,
                    &root.then("effects").then(name),
                );
            }
        }
    }
    // One that no step carries out is looked at all the same: it may be meant, and its names are used.
    to.scene = Scene::default();
    for (name, effect) in &process.effects {
        if !carried.keys().any(|(carried, _)| *carried == name) {
            super::effect::uses(
                &mut to,
                definitions,
                process,
                effect,
                &root.then("effects").then(name),
            );
        }
    }
    to.uses
}

/// Returns the innermost for-each around a step.
pub(crate) fn innermost<'a>(process: &'a Process, step: &'a Step) -> Option<&'a str> {
    let mut within = step.within.as_ref();
    // Scopes nest as steps do, so there are no more of them than steps.
    for _ in 0..=process.steps.len() {
        let opener = process.steps.get(&within?.step)?;
        if matches!(opener.kind, Kind::ForEach(_)) {
            return Some(&opener.id);
        }
        within = opener.within.as_ref();
    }
    None
}

fn start<'a>(to: &mut Collector<'a>, process: &'a Process, site: &Site) {
    let start = &process.start;
    candidates(to, &start.by, &site.then("by"));
    for (at, other) in start.or_by.iter().enumerate() {
        candidates(to, other, &site.then("or-by").then(at));
    }
    if let Some(form) = &start.form {
        to.name(NameKind::Form, form, site.then("form"));
    }
    to.names(NameKind::Materials, &start.materials, &site.then("materials"));
    to.names(NameKind::Rule, &start.rules, &site.then("rules"));
    cases(to, &start.cases, &site.then("cases"));
    to.names(NameKind::Process, &start.excludes, &site.then("excludes"));
    if let Some(start_due) = &start.due {
        due(to, start_due, &site.then("due"));
    }
}

pub(super) fn candidates<'a>(to: &mut Collector<'a>, candidates: &'a Candidates, site: &Site) {
    to.name(NameKind::Role, &candidates.role, site.then("role"));
    to.maybe(candidates.unit.as_ref(), Want::Text, || site.then("unit"));
    // A unit that is written out, and not worked out, must be there.
    let written = candidates
        .unit
        .as_ref()
        .and_then(|unit| unit.0.trim().strip_prefix('"')?.strip_suffix('"'));
    if let Some(unit) = written.filter(|unit| !unit.contains('"')) {
        to.name(NameKind::Unit, unit, site.then("unit"));
    }
}

pub(super) fn cases<'a>(to: &mut Collector<'a>, cases: &'a [Case], site: &Site) {
    for (at, case) in cases.iter().enumerate() {
        let site = site.then(at);
        to.expr(&case.when, Want::Bool, site.then("when"));
        to.names(NameKind::Rule, &case.rules, &site.then("rules"));
        to.names(NameKind::Materials, &case.materials, &site.then("materials"));
    }
}

pub(super) fn due<'a>(to: &mut Collector<'a>, due: &'a Due, site: &Site) {
    for (key, days) in [
        ("working-days", &due.working_days),
        ("days", &due.days),
        ("remind-after", &due.remind_after),
        ("escalate-after", &due.escalate_after),
    ] {
        to.maybe(days.as_ref(), Want::Int, || site.then(key));
    }
    to.maybe(due.until.as_ref(), Want::Date, || site.then("until"));
    if let Some(role) = &due.escalate_to {
        to.name(NameKind::Role, role, site.then("escalate-to"));
    }
    if due.remind_after.is_some() {
        to.name(NameKind::Notice, "reminder", site.then("remind-after"));
    }
    if due.escalate_after.is_some() {
        to.name(NameKind::Notice, "escalation", site.then("escalate-after"));
    }
}
