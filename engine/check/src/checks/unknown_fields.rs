//! A field named that is not there: of a record in an effect, or of a form where an effect writes.
//!
//! Why: the effect is refused when the case comes to it, or what it writes can never be read.
//! Broken: `fixtures/broken/fields`. Mended: by the field that was meant, or by adding it to the form or record type.

use std::collections::BTreeSet;

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{Effect, EffectKind, Kind, Process, Step};
use xueji_definition::value::Type;

use crate::Check;
use crate::site::{Said, Site};
use crate::types::{form_fields, has_all_forms, subject_of};
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("field-unknown", Error, "这种记录没有这个字段", "The record type has no such field."),
        (
            "form-field-unknown",
            Error,
            "本流程的表单没有这个字段",
            "No form of the process has such a field.",
        ),
        (
            "paper-unknown",
            Error,
            "材料清单里没有这份材料",
            "No list of the process has such a paper.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut look = Look { world, findings: Vec::new() };
    look.record_types();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut seen = BTreeSet::new();
        for step in process.steps.values() {
            look.step(process, step, &root.step(&step.id, &step.route, step.shared.as_deref()));
            let scene = Scene { each: innermost(process, step), row_of: None };
            let (Kind::ServiceTask { effects } | Kind::End { effects, .. }) = &step.kind else {
                continue;
            };
            for (name, effect) in
                effects.iter().filter_map(|name| process.effects.get_key_value(name))
            {
                if seen.insert((name, scene)) {
                    look.effect(process, scene, effect, &root.then("effects").then(name));
                }
            }
        }
    }
    look.findings
}

struct Look<'w, 'a> {
    world: &'w World<'a>,
    findings: Vec<Finding>,
}

impl Look<'_, '_> {
    fn record_types(&mut self) {
        let root = Site::file("workflows/records.yaml").then("records");
        for (name, record) in &self.world.definitions.records.records {
            let site = root.then(name);
            let named =
                [("label", &record.label), ("cohort", &record.cohort), ("unit", &record.unit)];
            for (key, field) in named {
                if let Some(field) = field {
                    self.record_field(name, field, &site.then(key), false);
                }
            }
            if record.id != "id" {
                self.record_field(name, &record.id, &site.then("id"), false);
            }
        }
    }

    fn effect(&mut self, process: &Process, scene: Scene<'_>, effect: &Effect, site: &Site) {
        match &effect.kind {
            EffectKind::Set(set) => {
                let subject = || subject_of(self.world.definitions, process, scene);
                let Some(record) = set.record.as_deref().or_else(subject) else { return };
                let site = site.then("set");
                for field in set.values.keys() {
                    self.record_field(record, field, &site.then("values").then(field), true);
                }
                for field in set.compute.keys() {
                    self.record_field(record, field, &site.then("compute").then(field), true);
                }
                for (at, field) in set.clear.iter().enumerate() {
                    self.record_field(record, field, &site.then("clear").then(at), false);
                }
            }
            EffectKind::Create(create) => {
                let site = site.then("create");
                for field in create.values.keys() {
                    self.record_field(
                        &create.record,
                        field,
                        &site.then("values").then(field),
                        true,
                    );
                }
                for field in create.compute.keys() {
                    self.record_field(
                        &create.record,
                        field,
                        &site.then("compute").then(field),
                        true,
                    );
                }
            }
            EffectKind::Fill(fields) => {
                for field in fields.keys() {
                    self.form_field(process, field, &site.then("fill").then(field), true);
                }
            }
            EffectKind::Number(number) => {
                self.form_field(process, &number.into, &site.then("number").then("into"), false);
            }
            EffectKind::Document(document) => {
                if let Some(into) = &document.into {
                    self.form_field(process, into, &site.then("document").then("into"), false);
                }
            }
            EffectKind::Settle(_)
            | EffectKind::Notice(_)
            | EffectKind::Send(_)
            | EffectKind::Webhook(_) => {}
        }
    }

    fn step(&mut self, process: &Process, step: &Step, site: &Site) {
        for (at, name) in step.rests_on.iter().flatten().enumerate() {
            let site = site.then("rests-on").then(at);
            if let Some(field) = name.strip_prefix("form.") {
                let field = field.split('.').next().unwrap_or(field);
                self.form_field(process, field, &site, false);
            } else if let Some(paper) = name.strip_prefix("materials.") {
                self.paper(process, paper, &site);
            } else if name != "form" {
                let said = Said::error(
                    "form-field-unknown",
                    format!("`{name}` 不是表单字段"),
                    format!("`{name}` is no field of a form"),
                )
                .help(
                    "写 form、form.字段 或 materials.材料",
                    "write `form`, `form.<field>` or `materials.<paper>`",
                );
                self.findings.push(site.at_value(self.world.places, said));
            }
        }
        if let Kind::Call(call) = &step.kind
            && let Some(called) = self.world.definitions.processes.get(&call.process)
        {
            for field in call.form.keys() {
                self.form_field(called, field, &site.then("call").then("form").then(field), true);
            }
        }
    }

    fn record_field(&mut self, record: &str, field: &str, site: &Site, key: bool) {
        let Some(ty) = self.world.definitions.records.records.get(record) else { return };
        if ty.fields.contains_key(field) {
            return;
        }
        let said = Said::error(
            "field-unknown",
            format!("记录 `{record}` 没有字段 `{field}`"),
            format!("a record `{record}` has no field `{field}`"),
        )
        .near(field, ty.fields.keys().map(String::as_str))
        .see(
            Site::file("workflows/records.yaml")
                .then("records")
                .then(record)
                .then("fields")
                .related(self.world.places, "它的字段在这里", "its fields stand here"),
        );
        self.tell(site, said, key);
    }

    fn form_field(&mut self, process: &Process, field: &str, site: &Site, key: bool) {
        if !has_all_forms(self.world.definitions, process) {
            return;
        }
        let is_there = match self.world.types.form(&process.id) {
            Some(Type::Map(all)) => all.contains_key(field),
            _ => false,
        };
        if is_there {
            return;
        }
        let known = form_fields(self.world.definitions, process);
        let said = Said::error(
            "form-field-unknown",
            format!("流程 `{}` 的表单没有字段 `{field}`", process.id),
            format!("no form of process `{}` has a field `{field}`", process.id),
        );
        let said = said
            .help("在本流程用到的某个表单里加上它", "add it to a form that the process uses")
            .near(field, known.keys().map(String::as_str));
        self.tell(site, said, key);
    }

    fn paper(&mut self, process: &Process, paper: &str, site: &Site) {
        if !has_all_forms(self.world.definitions, process) {
            return;
        }
        let lists: BTreeSet<&str> = process.material_lists().collect();
        let lists = lists.into_iter().filter_map(|id| self.world.definitions.materials.get(id));
        let known: Vec<&str> =
            lists.flat_map(|list| list.items.iter().map(|item| item.id.as_str())).collect();
        if !known.contains(&paper) {
            let said = Said::error(
                "paper-unknown",
                format!("本流程的材料清单里没有 `{paper}`"),
                format!("no list of papers of this process has `{paper}`"),
            )
            .near(paper, known);
            self.tell(site, said, false);
        }
    }

    fn tell(&mut self, site: &Site, said: Said, key: bool) {
        let places = self.world.places;
        self.findings.push(if key {
            site.at_key(places, said)
        } else {
            site.at_value(places, said)
        });
    }
}
