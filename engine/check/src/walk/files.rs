//! The uses in the files that processes share.
//!
//! Invariant: what is evaluated stands under its own name in the walk, so that it is judged once for every process that
//! uses it.

use indexmap::IndexMap;
use xueji_definition::Definitions;
use xueji_definition::file::Field;
use xueji_definition::model::{Ask, CalendarQuestion, Condition, Fact, Query, Rows, Test};

use super::{Collector, NameKind, Scene, Shared, Uses, Walk, Want};
use crate::site::Site;
use crate::types::{Types, row_field_type};

/// Walks every file that is not a process.
pub(super) fn walk<'a>(types: &Types<'a>, walk: &mut Walk<'a>) {
    let definitions = types.definitions;
    for (id, form) in &definitions.forms {
        let mut to = Collector::new();
        fields(
            &mut to,
            &form.fields,
            &Site::file(format!("workflows/forms/{id}.yaml")).then("fields"),
        );
        walk.shared.insert(Shared::Form(id), to.uses);
    }
    for (id, list) in &definitions.materials {
        let mut to = Collector::new();
        let root = Site::file(format!("workflows/materials/{id}.yaml")).then("items");
        for (at, item) in list.items.iter().enumerate() {
            let site = root.then(at);
            to.maybe(item.required_when.as_ref(), Want::Bool, || site.then("required-when"));
            if let Some(class) = &item.class {
                to.name(NameKind::Class, class, site.then("class"));
            }
        }
        walk.shared.insert(Shared::Materials(id), to.uses);
    }
    let notices = Site::file("workflows/notices.yaml").then("notices");
    for (name, notice) in &definitions.notices.notices {
        let mut to = Collector::new();
        for (key, text) in [("title", &notice.title), ("text", &notice.text)] {
            let site = notices.then(name).then(key);
            to.braces(&text.zh, &site.then("zh"));
            to.braces(&text.en, &site.then("en"));
        }
        walk.shared.insert(Shared::Notice(name), to.uses);
    }
    let series = Site::file("workflows/numbering.yaml").then("series");
    for (name, one) in &definitions.numbering.series {
        let mut to = Collector::new();
        for (part, expr) in &one.parts {
            to.expr(expr, Want::Any, series.then(name).then("parts").then(part));
        }
        walk.shared.insert(Shared::Series(name), to.uses);
    }
    let facts = Site::file("workflows/facts.yaml");
    for (name, one) in &definitions.facts {
        let uses = fact(types, one, &facts.then("facts").then(name));
        walk.shared.insert(Shared::Fact(name), uses);
    }
    for (name, one) in &definitions.queries {
        let uses = query(types, name, one, &facts.then("queries").then(name));
        walk.shared.insert(Shared::Query(name), uses);
    }
    walk.others = others(definitions);
}

fn fields<'a>(to: &mut Collector<'a>, fields: &'a IndexMap<String, Field>, site: &Site) {
    for (name, field) in fields {
        let site = site.then(name);
        to.maybe(field.required_when.as_ref(), Want::Bool, || site.then("required-when"));
        to.maybe(field.visible_when.as_ref(), Want::Bool, || site.then("visible-when"));
        to.maybe(field.computed.as_ref(), Want::Of(field.value_type()), || site.then("computed"));
        field_names(to, field, &site);
        self::fields(to, &field.fields, &site.then("fields"));
    }
}

fn field_names<'a>(to: &mut Collector<'a>, field: &'a Field, site: &Site) {
    for (kind, key, name) in [
        (NameKind::Codes, "codes", &field.codes),
        (NameKind::Record, "record", &field.record),
        (NameKind::Class, "class", &field.class),
    ] {
        if let Some(name) = name {
            to.name(kind, name, site.then(key));
        }
    }
}

fn over<'a>(to: &mut Collector<'a>, over: &'a Rows, site: &Site) {
    match over {
        Rows::Records(record) => to.name(NameKind::Record, record, site.then("records")),
        Rows::Instances(processes) => {
            to.names(NameKind::Process, processes, &site.then("instances"))
        }
    }
}

fn fact<'a>(types: &Types<'a>, fact: &'a Fact, site: &Site) -> Uses<'a> {
    let mut to = Collector::new();
    match &fact.ask {
        Ask::Rows { over: rows, conditions: tests, rank_by, .. } => {
            over(&mut to, rows, &site.then("over"));
            conditions(&mut to, types, rows, tests, &site.then("where"));
            for (at, by) in rank_by.iter().enumerate() {
                let want = row_field_type(types, rows, &by.field).map_or(Want::Any, Want::Of);
                to.expr(&by.own, want, site.then("rank-by").then(at).then("own"));
            }
        }
        Ask::Calendar { on, question } => {
            let site = site.then("calendar");
            to.maybe(on.as_ref(), Want::Date, || site.then("on"));
            calendar(&mut to, question, &site);
        }
    }
    to.uses
}

fn calendar<'a>(to: &mut Collector<'a>, question: &'a CalendarQuestion, site: &Site) {
    use CalendarQuestion as Q;
    match question {
        Q::WindowOpen(name) => to.name(NameKind::Window, name, site.then("window-open")),
        Q::WindowOpens(name) => to.name(NameKind::Window, name, site.then("window-opens")),
        Q::WindowCloses(name) => to.name(NameKind::Window, name, site.then("window-closes")),
        Q::IsDay(name) => to.name(NameKind::Day, name, site.then("is-day")),
        Q::NextDay(name) => to.name(NameKind::Day, name, site.then("next-day")),
        Q::PlusWorkingDays(days) => to.expr(days, Want::Int, site.then("plus-working-days")),
        Q::WorkingDaysSince(date) => to.expr(date, Want::Date, site.then("working-days-since")),
        Q::TermsSince(date) => to.expr(date, Want::Date, site.then("terms-since")),
        Q::WorkingDay | Q::TermStart | Q::LastTermStart | Q::YearStart => {}
    }
}

fn query<'a>(types: &Types<'a>, name: &'a str, query: &'a Query, site: &Site) -> Uses<'a> {
    let mut to = Collector::new();
    over(&mut to, &query.over, &site.then("over"));
    conditions(&mut to, types, &query.over, &query.conditions, &site.then("where"));
    to.scene = Scene { row_of: Some(name), ..Scene::default() };
    to.names(NameKind::Rule, &query.rules, &site.then("rules"));
    to.uses
}

fn conditions<'a>(
    to: &mut Collector<'a>,
    types: &Types<'a>,
    over: &'a Rows,
    conditions: &'a [Condition],
    site: &Site,
) {
    for (at, condition) in conditions.iter().enumerate() {
        let (key, expr) = match &condition.test {
            Test::Is(_) | Test::IsNot(_) | Test::In(_) | Test::Present(_) => continue,
            Test::SameAs(expr) => ("same-as", expr),
            Test::OtherThan(expr) => ("other-than", expr),
            Test::Below(expr) => ("below", expr),
            Test::AtMost(expr) => ("at-most", expr),
            Test::Above(expr) => ("above", expr),
            Test::AtLeast(expr) => ("at-least", expr),
        };
        let want = row_field_type(types, over, &condition.field).map_or(Want::Any, Want::Of);
        to.expr(expr, want, site.then(at).then(key));
    }
}

/// Organisation, record types and parameters: names alone.
fn others(definitions: &Definitions) -> Uses<'_> {
    let mut to = Collector::new();
    let records = Site::file("workflows/records.yaml").then("records");
    for (name, record) in &definitions.records.records {
        fields(&mut to, &record.fields, &records.then(name).then("fields"));
    }
    let parameters = Site::file("workflows/parameters.yaml").then("parameters");
    for (name, parameter) in &definitions.parameters.parameters {
        let site = parameters.then(name);
        if let Some(codes) = &parameter.codes {
            to.name(NameKind::Codes, codes, site.then("codes"));
        }
        fields(&mut to, &parameter.fields, &site.then("fields"));
    }
    let lists = Site::file("workflows/codes.yaml").then("lists");
    for (name, list) in &definitions.codes.lists {
        for (code, entry) in &list.entries {
            if let Some(class) = &entry.class {
                to.name(
                    NameKind::Class,
                    class,
                    lists.then(name).then("entries").then(code).then("class"),
                );
            }
        }
    }
    organisation(&mut to, definitions);
    to.uses
}

fn organisation<'a>(to: &mut Collector<'a>, definitions: &'a Definitions) {
    let site = Site::file("workflows/organisation.yaml");
    let organisation = &definitions.organisation;
    for (id, unit) in &organisation.units {
        if let Some(parent) = &unit.parent {
            to.name(NameKind::Unit, parent, site.then("units").then(id).then("parent"));
        }
    }
    for (name, role) in &organisation.roles {
        let site = site.then("roles").then(name);
        if let Some(record) = &role.held_by {
            to.name(NameKind::Record, record, site.then("held-by"));
        }
        to.names(NameKind::Class, &role.sees, &site.then("sees"));
    }
    for (id, person) in &organisation.people {
        if let Some(record) = &person.record {
            let site = site.then("people").then(id).then("record");
            to.name(NameKind::Record, &record.record_type, site.then("type"));
        }
    }
    for (at, holder) in organisation.holders.iter().enumerate() {
        let site = site.then("holders").then(at);
        to.name(NameKind::Person, &holder.person, site.then("person"));
        to.name(NameKind::Role, &holder.role, site.then("role"));
        if let Some(unit) = &holder.unit {
            to.name(NameKind::Unit, unit, site.then("unit"));
        }
    }
    for (at, away) in organisation.substitutes.iter().enumerate() {
        let site = site.then("substitutes").then(at);
        to.name(NameKind::Person, &away.person, site.then("person"));
        to.name(NameKind::Person, &away.by, site.then("by"));
        to.names(NameKind::Role, &away.roles, &site.then("roles"));
        to.names(NameKind::Process, &away.processes, &site.then("processes"));
    }
}
