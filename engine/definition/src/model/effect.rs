//! Effects as they run: each of exactly one kind.

use indexmap::IndexMap;

use crate::Text;
use crate::file::{
    CreateEffect, DocumentEffect, Effect as EffectFile, Expr, NoticeEffect, NumberEffect,
    SendEffect, SetEffect, SettleEffect, WebhookEffect,
};
use crate::finding::{Finding, Route, Spot};

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// It is carried out only when this holds.
    pub when: Option<Expr>,
    /// What it does.
    pub kind: EffectKind,
}

/// What an effect does.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectKind {
    /// Give fields of a record new values.
    Set(SetEffect),
    /// Settle pending values.
    Settle(SettleEffect),
    /// Make a record.
    Create(CreateEffect),
    /// Fill in form fields.
    Fill(IndexMap<String, Expr>),
    /// Allocate a number.
    Number(NumberEffect),
    /// Make a paper.
    Document(DocumentEffect),
    /// Tell people.
    Notice(NoticeEffect),
    /// Send a message to waiting cases.
    Send(SendEffect),
    /// Call out over HTTP.
    Webhook(WebhookEffect),
}

/// Chooses the kind of an effect, or says that there is none or more than one.
pub(super) fn resolve_effect(
    file: &str,
    route: &Route,
    effect: &EffectFile,
    findings: &mut Vec<Finding>,
) -> Option<Effect> {
    let EffectFile { when, set, settle, create, fill, number, document, notice, send, webhook } =
        effect.clone();
    let mut kinds: Vec<EffectKind> = Vec::new();
    kinds.extend(set.map(EffectKind::Set));
    kinds.extend(settle.map(EffectKind::Settle));
    kinds.extend(create.map(EffectKind::Create));
    kinds.extend(fill.map(EffectKind::Fill));
    kinds.extend(number.map(EffectKind::Number));
    kinds.extend(document.map(EffectKind::Document));
    kinds.extend(notice.map(EffectKind::Notice));
    kinds.extend(send.map(EffectKind::Send));
    kinds.extend(webhook.map(EffectKind::Webhook));
    let found = kinds.len();
    let mut kinds = kinds.into_iter();
    if let (Some(kind), None) = (kinds.next(), kinds.next()) {
        return Some(Effect { when, kind });
    }
    let message = Text::new(
        format!("一个效果只能有一种，这里有 {found} 种"),
        format!("an effect is of exactly one kind, found {found}"),
    );
    findings
        .push(Finding::error("effect-kind", file, Spot::Key(route.clone()), message).help(Text::new(
        "写且只写 set、settle、create、fill、number、document、notice、send、webhook 之一",
        "write exactly one of set, settle, create, fill, number, document, notice, send, webhook",
    )));
    None
}
