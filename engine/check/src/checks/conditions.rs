//! Facts and queries: the fields that their conditions, orders and answers name, and the values they compare with.
//!
//! Why: a row without the field never meets the condition, so the fact is quietly wrong. Broken:
//! `fixtures/broken/conditions`. Mended: by a field of the rows, and a value of its type.

use xueji_definition::FileKind;
use xueji_definition::file::{Give, Literal};
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{Ask, Condition, Fact, Query, Rows, Test};
use xueji_definition::value::Type;

use crate::Check;
use crate::literal;
use crate::site::{Said, Site};
use crate::types::{has_all_forms, row_field_type, row_type};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("row-field-unknown", Error, "这些行没有这个字段", "The rows have no such field."),
        (
            "fact-field-missing",
            Error,
            "没有写取哪个字段",
            "A fact does not say which field it tells.",
        ),
        (
            "fact-field-type",
            Error,
            "这种字段不能这样取值",
            "A field of this type cannot be told so.",
        ),
        ("fact-rank-missing", Error, "rank 没有写按什么排", "A rank does not say what it goes by."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut look = Look { world, findings: Vec::new() };
    let root = Site::file("workflows/facts.yaml");
    for (name, fact) in &world.definitions.facts {
        look.fact(fact, &root.then("facts").then(name));
    }
    for (name, query) in &world.definitions.queries {
        look.query(query, &root.then("queries").then(name));
    }
    look.findings
}

struct Look<'w, 'a> {
    world: &'w World<'a>,
    findings: Vec<Finding>,
}

impl Look<'_, '_> {
    fn tell(&mut self, site: &Site, said: Said) {
        self.findings.push(site.at_value(self.world.places, said));
    }

    fn fact(&mut self, fact: &Fact, site: &Site) {
        let Ask::Rows { over, conditions, give, field, rank_by } = &fact.ask else { return };
        self.conditions(over, conditions, site);
        for (at, by) in rank_by.iter().enumerate() {
            self.field(over, &by.field, &site.then("rank-by").then(at).then("field"));
        }
        let told = field.as_deref().and_then(|name| self.field(over, name, &site.then("field")));
        match give {
            Give::Count | Give::Exists => {}
            Give::Rank if rank_by.is_empty() => {
                let said =
                    Said::error("fact-rank-missing", "rank 要写 rank-by", "a rank needs `rank-by`");
                self.tell(&site.then("give"), said);
            }
            Give::Rank => {}
            Give::Sum | Give::Min | Give::Max | Give::First if field.is_none() => {
                let said = Said::error(
                    "fact-field-missing",
                    "要写 field：取哪个字段",
                    "it needs `field`: which one is told",
                );
                self.tell(&site.then("give"), said);
            }
            Give::Sum => self.told(told, site, |ty| matches!(ty, Type::Int | Type::Decimal)),
            Give::Min | Give::Max => {
                self.told(told, site, |ty| {
                    matches!(
                        ty,
                        Type::Int | Type::Decimal | Type::Date | Type::Text | Type::Code(_)
                    )
                });
            }
            Give::First => {}
        }
    }

    fn told(&mut self, ty: Option<Type>, site: &Site, fits: impl FnOnce(&Type) -> bool) {
        let Some(ty) = ty.filter(|ty| !fits(ty)) else { return };
        let zh = ty.in_chinese();
        let said = Said::error(
            "fact-field-type",
            format!("这个字段是{zh}，不能这样取值"),
            format!("the field is a {ty}, which cannot be told so"),
        );
        self.tell(&site.then("field"), said);
    }

    fn query(&mut self, query: &Query, site: &Site) {
        self.conditions(&query.over, &query.conditions, site);
        if let Some(key) = &query.key {
            self.field(&query.over, key, &site.then("key"));
        }
        for (at, name) in query.order.iter().enumerate() {
            let name = name.strip_prefix('-').unwrap_or(name);
            // Rows of cases carry their subject's record for papers.
            if matches!(query.over, Rows::Instances(_)) && name.starts_with("record.") {
                continue;
            }
            self.field(&query.over, name, &site.then("order").then(at));
        }
    }

    fn conditions(&mut self, over: &Rows, conditions: &[Condition], site: &Site) {
        for (at, condition) in conditions.iter().enumerate() {
            let site = site.then("where").then(at);
            let Some(ty) = self.field(over, &condition.field, &site.then("field")) else {
                continue;
            };
            match &condition.test {
                Test::Is(value) => self.literal(&ty, value, &site.then("is")),
                Test::IsNot(value) => self.literal(&ty, value, &site.then("is-not")),
                Test::In(values) => {
                    for (at, value) in values.iter().enumerate() {
                        self.literal(&ty, value, &site.then("in").then(at));
                    }
                }
                _ => {}
            }
        }
    }

    fn literal(&mut self, ty: &Type, value: &Literal, site: &Site) {
        if let Some(said) = literal::fault(self.world.definitions, ty, value) {
            self.tell(site, said);
        }
    }

    /// Returns the type of a row's field, or tells that there is none.
    fn field(&mut self, over: &Rows, name: &str, site: &Site) -> Option<Type> {
        let found = row_field_type(&self.world.types, over, name);
        if found.is_some() || self.is_unsure(over) {
            return found;
        }
        let row = row_type(&self.world.types, over)?;
        let known: Vec<&str> = row.keys().map(String::as_str).collect();
        let said = Said::error(
            "row-field-unknown",
            format!("这些行没有字段 `{name}`"),
            format!("the rows have no field `{name}`"),
        )
        .near(name, known);
        self.tell(site, said);
        None
    }

    /// Rows of something that could not be read may have any field.
    fn is_unsure(&self, over: &Rows) -> bool {
        let broken = |kind| self.world.is_broken(kind);
        match over {
            Rows::Records(_) => broken(FileKind::Records),
            Rows::Instances(of) => {
                let processes = &self.world.definitions.processes;
                let read = |id: &String| {
                    processes
                        .get(id)
                        .is_some_and(|process| has_all_forms(self.world.definitions, process))
                };
                broken(FileKind::Records) || !of.iter().all(read)
            }
        }
    }
}
