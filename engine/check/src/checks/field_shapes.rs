//! `field-shape`: a field whose type asks for something that is not written, or has what its type does not take.
//!
//! Why: nothing could be entered there. Broken: `fixtures/broken/field-shapes`. Mended: as the finding says.

use indexmap::IndexMap;
use xueji_definition::file::{Field, FieldKind};
use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "field-shape",
        Error,
        "字段的类型与所写的不相配",
        "A field's type does not go with what is written.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, form) in &world.definitions.forms {
        let site = Site::file(format!("workflows/forms/{id}.yaml")).then("fields");
        fields(world, &form.fields, &site, &mut findings);
    }
    let records = Site::file("workflows/records.yaml").then("records");
    for (name, record) in &world.definitions.records.records {
        fields(world, &record.fields, &records.then(name).then("fields"), &mut findings);
    }
    let parameters = Site::file("workflows/parameters.yaml").then("parameters");
    for (name, parameter) in &world.definitions.parameters.parameters {
        let site = parameters.then(name);
        shape(
            world,
            parameter.kind,
            parameter.codes.is_some(),
            true,
            !parameter.fields.is_empty(),
            &site,
            &mut findings,
        );
        fields(world, &parameter.fields, &site.then("fields"), &mut findings);
    }
    findings
}

fn fields(
    world: &World<'_>,
    all: &IndexMap<String, Field>,
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    for (name, field) in all {
        let site = site.then(name);
        let record = field.record.is_some() || field.kind != FieldKind::Record;
        if field.record.is_some() && field.kind != FieldKind::Record {
            let said = Said::error(
                "field-shape",
                "record 只用于 type: record",
                "`record` goes with `type: record` only",
            );
            findings.push(site.then("record").at_key(world.places, said));
        }
        shape(
            world,
            field.kind,
            field.codes.is_some(),
            record,
            !field.fields.is_empty(),
            &site,
            findings,
        );
        fields(world, &field.fields, &site.then("fields"), findings);
    }
}

fn shape(
    world: &World<'_>,
    kind: FieldKind,
    has_codes: bool,
    has_record: bool,
    has_fields: bool,
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    let is_code = kind == FieldKind::Code;
    let is_group = matches!(kind, FieldKind::Table | FieldKind::Group);
    let at = |key: &str, zh: &str, en: &str| {
        site.then(key).at_key(world.places, Said::error("field-shape", zh, en))
    };
    match (is_code, has_codes) {
        (true, false) => findings.push(at(
            "type",
            "type: code 要写 codes：哪个代码表",
            "`type: code` needs `codes`: which list",
        )),
        (false, true) => findings.push(at(
            "codes",
            "codes 只用于 type: code",
            "`codes` goes with `type: code` only",
        )),
        _ => {}
    }
    if kind == FieldKind::Record && !has_record {
        findings.push(at(
            "type",
            "type: record 要写 record：哪种记录",
            "`type: record` needs `record`: which type",
        ));
    }
    match (is_group, has_fields) {
        (true, false) => findings.push(at(
            "type",
            "table 和 group 要写 fields",
            "`table` and `group` need `fields`",
        )),
        (false, true) => findings.push(at(
            "fields",
            "fields 只用于 table 和 group",
            "`fields` goes with `table` and `group` only",
        )),
        _ => {}
    }
}
