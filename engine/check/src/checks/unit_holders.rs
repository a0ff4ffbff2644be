//! `unit-unstaffed`: a unit in which nobody holds a role, although cases come to it there.
//!
//! Units of one kind are those that the same kind of value names (a field of one record type or code list): where most
//! roles of that kind have a holder in a unit, each of them needs one.
//!
//! Why: the first case of that unit lies open, and nobody sees it. Broken: `fixtures/broken/unit-holders`. Mended: by a
//! holder there, or one in the unit above.

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::FileKind;
use xueji_definition::file::Candidates;
use xueji_definition::finding::{Finding, Severity::Warning};
use xueji_definition::model::{Kind, Process};
use xueji_definition::value::Type;
use xueji_runtime::people::reaches;

use crate::Check;
use crate::site::{Said, Site};
use crate::types;
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "unit-unstaffed",
        Warning,
        "有的单位没有人担任这个角色",
        "A unit has nobody for a role that is needed there.",
    )],
    run,
};

/// What kind of value names a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum UnitKind {
    Record(String),
    Code(String),
}

/// The roles whose unit is named by one kind of value, each with the first place that does so.
type Asked<'a> = BTreeMap<UnitKind, BTreeMap<&'a str, Site>>;

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Organisation) {
        return Vec::new();
    }
    let mut asked = Asked::new();
    for process in world.definitions.processes.values() {
        tasks(world, process, &mut asked);
    }
    let mut findings = Vec::new();
    for roles in asked.values() {
        for (role, unit) in unstaffed(world, roles.keys().copied().collect()) {
            let Some(site) = roles.get(role) else { continue };
            let organisation = Site::file("workflows/organisation.yaml");
            let there = organisation.then("units").then(unit).related(
                world.places,
                "单位在这里",
                "the unit stands here",
            );
            let said = Said::warning(
                "unit-unstaffed",
                format!("单位 `{unit}` 没有人担任角色 `{role}`"),
                format!("nobody holds the role `{role}` in unit `{unit}`"),
            )
            .help(
                "在 workflows/organisation.yaml 的 holders 里给这个单位写一人",
                "name somebody for this unit in `holders` of workflows/organisation.yaml",
            )
            .see(there);
            findings.push(site.at_value(world.places, said));
        }
    }
    findings
}

/// Collects the tasks of a process whose unit a field names.
fn tasks<'a>(world: &World<'a>, process: &'a Process, asked: &mut Asked<'a>) {
    let root = Site::file(process.file.as_str()).of_process(&process.id);
    for step in process.steps.values() {
        let Kind::UserTask(task) = &step.kind else { continue };
        let scene = Scene { each: innermost(process, step), row_of: None };
        let Some(kind) = unit_kind(world, process, scene, &task.candidates) else { continue };
        let site = root.step(&step.id, &step.route, step.shared.as_deref());
        let site = site.then("user-task").then("candidates").then("role");
        asked.entry(kind).or_default().entry(&task.candidates.role).or_insert(site);
    }
}

fn unit_kind(
    world: &World<'_>,
    process: &Process,
    scene: Scene<'_>,
    candidates: &Candidates,
) -> Option<UnitKind> {
    let (root, field) = candidates.unit.as_ref()?.0.trim().split_once('.')?;
    let definitions = world.definitions;
    let ty = match root {
        "form" => types::form_field_type(definitions, process, field)?,
        "subject" => {
            let record = types::subject_of(definitions, process, scene)?;
            definitions.records.records.get(record)?.fields.get(field)?.value_type()
        }
        _ => return None,
    };
    match ty {
        Type::Record(record) => Some(UnitKind::Record(record)),
        Type::Code(list) => Some(UnitKind::Code(list)),
        _ => None,
    }
}

/// Returns each role with a unit in which it is wanted and not held.
fn unstaffed<'a>(world: &World<'a>, roles: BTreeSet<&'a str>) -> Vec<(&'a str, &'a str)> {
    let organisation = &world.definitions.organisation;
    let held: Vec<_> =
        organisation.holders.iter().filter(|holder| roles.contains(holder.role.as_str())).collect();
    // A role that everybody of it holds for all units needs nobody in each.
    let local: BTreeSet<&str> =
        held.iter().filter(|holder| holder.unit.is_some()).map(|h| h.role.as_str()).collect();
    let staffed = |role: &str, unit: &str| {
        held.iter().any(|holder| {
            holder.role == role && reaches(organisation, holder.unit.as_deref(), Some(unit))
        })
    };
    let mut missing = Vec::new();
    for unit in organisation.units.keys() {
        let here = held.iter().filter(|holder| holder.unit.as_deref() == Some(unit.as_str()));
        let there: BTreeSet<&str> = here.map(|holder| holder.role.as_str()).collect();
        // Where only one of several roles is held stands something else: a desk, not a unit of this kind.
        if there.len() * 2 < local.len() || there.is_empty() {
            continue;
        }
        let lacking = local.iter().filter(|role| !staffed(role, unit));
        missing.extend(lacking.map(|role| (*role, unit.as_str())));
    }
    missing
}
