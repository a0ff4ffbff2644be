//! The uses in an effect.
//!
//! Invariant: where an effect writes into a field that is known, its expression has to give that field's type.

use indexmap::IndexMap;
use xueji_definition::Definitions;
use xueji_definition::file::{Expr, NumberEffect, SendEffect, SetEffect, SettleEffect};
use xueji_definition::model::{Effect, EffectKind, Process};

use super::process::candidates;
use super::{Collector, NameKind, Scene, Want};
use crate::site::Site;
use crate::types::{form_field_type, subject_of};

/// Writes down the uses in an effect.
pub(super) fn uses<'a>(
    to: &mut Collector<'a>,
    definitions: &'a Definitions,
    process: &'a Process,
    effect: &'a Effect,
    site: &Site,
) {
    to.maybe(effect.when.as_ref(), Want::Bool, || site.then("when"));
    match &effect.kind {
        EffectKind::Set(effect) => set(to, definitions, process, effect, &site.then("set")),
        EffectKind::Settle(effect) => settle(to, effect, &site.then("settle")),
        EffectKind::Create(effect) => {
            let site = site.then("create");
            to.name(NameKind::Record, &effect.record, site.then("record"));
            to.expr(&effect.id, Want::Key, site.then("id"));
            compute(to, definitions, Some(&effect.record), &effect.compute, &site.then("compute"));
            to.maybe(effect.from.as_ref(), Want::Date, || site.then("from"));
        }
        EffectKind::Fill(fields) => {
            for (name, expr) in fields {
                let ty = form_field_type(definitions, process, name);
                to.expr(expr, ty.map_or(Want::Any, Want::Of), site.then("fill").then(name));
            }
        }
        EffectKind::Number(effect) => number(to, effect, &site.then("number")),
        EffectKind::Document(effect) => {
            let site = site.then("document");
            to.name(NameKind::Template, &effect.template, site.then("template"));
            if let Some(rows) = &effect.rows {
                to.name(NameKind::Query, rows, site.then("rows"));
            }
        }
        EffectKind::Notice(effect) => {
            let site = site.then("notice");
            to.name(NameKind::Notice, &effect.notice, site.then("notice"));
            for (at, who) in effect.to.iter().enumerate() {
                candidates(to, who, &site.then("to").then(at));
            }
        }
        EffectKind::Send(effect) => send(to, effect, &site.then("send")),
        EffectKind::Webhook(effect) => {
            let site = site.then("webhook");
            to.name(NameKind::Parameter, &effect.address, site.then("address"));
            any(to, &effect.data, &site.then("data"));
        }
    }
}

fn set<'a>(
    to: &mut Collector<'a>,
    definitions: &'a Definitions,
    process: &'a Process,
    set: &'a SetEffect,
    site: &Site,
) {
    if let Some(record) = &set.record {
        to.name(NameKind::Record, record, site.then("record"));
    }
    to.maybe(set.id.as_ref(), Want::Key, || site.then("id"));
    let scene = Scene { row_of: None, ..to.scene };
    let record = set.record.as_deref().or_else(|| subject_of(definitions, process, scene));
    compute(to, definitions, record, &set.compute, &site.then("compute"));
    to.maybe(set.from.as_ref(), Want::Date, || site.then("from"));
}

fn settle<'a>(to: &mut Collector<'a>, settle: &'a SettleEffect, site: &Site) {
    if let Some(record) = &settle.record {
        to.name(NameKind::Record, record, site.then("record"));
    }
    to.maybe(settle.id.as_ref(), Want::Key, || site.then("id"));
    to.maybe(settle.from.as_ref(), Want::Date, || site.then("from"));
}

fn compute<'a>(
    to: &mut Collector<'a>,
    definitions: &'a Definitions,
    record: Option<&str>,
    exprs: &'a IndexMap<String, Expr>,
    site: &Site,
) {
    let record = record.and_then(|name| definitions.records.records.get(name));
    for (name, expr) in exprs {
        let field = record.and_then(|record| record.fields.get(name));
        let want = field.map_or(Want::Any, |field| Want::Of(field.value_type()));
        to.expr(expr, want, site.then(name));
    }
}

fn number<'a>(to: &mut Collector<'a>, number: &'a NumberEffect, site: &Site) {
    to.name(NameKind::Series, &number.series, site.then("series"));
    to.expr(&number.key, Want::Key, site.then("key"));
}

fn send<'a>(to: &mut Collector<'a>, send: &'a SendEffect, site: &Site) {
    to.maybe(send.key.as_ref(), Want::Key, || site.then("key"));
    if let Some(query) = &send.first_of {
        to.name(NameKind::Query, query, site.then("first-of"));
    }
    to.maybe(send.answer.as_ref(), Want::Text, || site.then("answer"));
    any(to, &send.data, &site.then("data"));
}

fn any<'a>(to: &mut Collector<'a>, exprs: &'a IndexMap<String, Expr>, site: &Site) {
    for (name, expr) in exprs {
        to.expr(expr, Want::Any, site.then(name));
    }
}
