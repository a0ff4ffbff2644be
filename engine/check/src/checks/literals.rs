//! Values written out in effects and limits of fields: each of its field's type, each code in its list.
//!
//! Why: the effect is refused when the case comes to it. Broken: `fixtures/broken/literals`. Mended: by a value of the
//! field's type.

use indexmap::IndexMap;
use xueji_definition::file::{Field, FieldKind, Literal};
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{EffectKind, Process};

use crate::Check;
use crate::literal;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "limit-type",
        Error,
        "这种字段没有最小、最大值",
        "A field of this type has no least or greatest value.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id).then("effects");
        for (name, effect) in &process.effects {
            let site = root.then(name);
            match &effect.kind {
                EffectKind::Set(set) => {
                    let record = target(process, set.record.as_deref());
                    values(
                        world,
                        record,
                        &set.values,
                        &site.then("set").then("values"),
                        &mut findings,
                    );
                }
                EffectKind::Create(create) => {
                    let site = site.then("create").then("values");
                    values(world, Some(&create.record), &create.values, &site, &mut findings);
                }
                _ => {}
            }
        }
    }
    for (id, form) in &world.definitions.forms {
        let site = Site::file(format!("workflows/forms/{id}.yaml")).then("fields");
        limits(world, &form.fields, &site, &mut findings);
    }
    let records = Site::file("workflows/records.yaml").then("records");
    for (name, record) in &world.definitions.records.records {
        limits(world, &record.fields, &records.then(name).then("fields"), &mut findings);
    }
    findings
}

/// The record type of an effect where it is sure: its own, or the process's; a row's subject may be another.
fn target<'a>(process: &'a Process, record: Option<&'a str>) -> Option<&'a str> {
    let rows = process.steps.values().any(|step| match &step.kind {
        xueji_definition::model::Kind::ForEach(each) => each.subject,
        _ => false,
    });
    record.or(process.subject.as_deref().filter(|_| !rows))
}

fn values(
    world: &World<'_>,
    record: Option<&str>,
    values: &IndexMap<String, Literal>,
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    let found = record.and_then(|name| Some((name, world.definitions.records.records.get(name)?)));
    let Some((id, record)) = found else { return };
    let fields = Site::file("workflows/records.yaml").then("records").then(id).then("fields");
    for (name, value) in values {
        let Some(field) = record.fields.get(name) else { continue };
        if let Some(said) = literal::fault(world.definitions, &field.value_type(), value) {
            let said = said.see(fields.then(name).related(
                world.places,
                "字段在这里声明",
                "the field is declared here",
            ));
            findings.push(site.then(name).at_value(world.places, said));
        }
    }
}

fn limits(
    world: &World<'_>,
    fields: &IndexMap<String, Field>,
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    for (name, field) in fields {
        let site = site.then(name);
        let home = site.clone();
        for (key, limit) in [("min", &field.min), ("max", &field.max)] {
            let Some(limit) = limit else { continue };
            let site = site.then(key);
            let ordered = matches!(
                field.kind,
                FieldKind::Number | FieldKind::Decimal | FieldKind::Money | FieldKind::Date
            );
            let said = if ordered {
                let one = Field { many: false, ..field.clone() };
                literal::fault(world.definitions, &one.value_type(), limit)
            } else {
                Some(Said::error(
                    "limit-type",
                    "只有数字和日期有最小、最大值",
                    "only numbers and dates have a least and a greatest value",
                ))
            };
            let kind = home.then("type");
            let said = said.map(|said| {
                said.see(kind.related_value(world.places, "类型写在这里", "its type stands here"))
            });
            findings.extend(said.map(|said| site.at_value(world.places, said)));
        }
        limits(world, &field.fields, &site.then("fields"), findings);
    }
}
