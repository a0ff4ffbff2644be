//! A case's history, as callers get it.
//!
//! Invariant: every value of a form or record in it has passed the masks; words that were addressed to others, and data
//! on their way out of the house, are left out.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use xueji_definition::value::Value;
use xueji_runtime::Recorded;
use xueji_runtime::event::Event;
use xueji_runtime::verdict::Verdict as Said;

use super::Verdict;
use crate::sight::Eyes;
use crate::sight::mask::Masks;

/// Something that happened in a case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HistoryEvent {
    /// Its number in the case, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who; absent when it was the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What happened: started, entered, task-opened, answered, …
    pub kind: String,
    /// Where in the case; absent for the case's own steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What belongs to the kind.
    pub data: Map<String, Json>,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
}

impl HistoryEvent {
    /// Returns an event as callers get it.
    #[must_use]
    pub fn new(recorded: &Recorded, masks: &Masks<'_>) -> Self {
        let whole = serde_json::to_value(&recorded.event).unwrap_or_default();
        let Json::Object(mut data) = whole else {
            return Self::empty(recorded);
        };
        let mut text = |name: &str| match data.remove(name) {
            Some(Json::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let (kind, scope, step) = (text("kind").unwrap_or_default(), text("scope"), text("step"));
        data.remove("verdicts");
        mask(&recorded.event, masks, &mut data);
        let verdicts = match &recorded.event {
            Event::Started { verdicts, .. }
            | Event::Answered { verdicts, .. }
            | Event::Routed { verdicts, .. } => verdicts.as_slice(),
            _ => &[],
        };
        let verdicts = verdicts.iter().map(|said| verdict(said, masks)).collect();
        Self {
            seq: recorded.seq,
            at: recorded.at,
            by: recorded.by.clone(),
            kind,
            scope,
            step,
            data,
            verdicts,
        }
    }

    fn empty(recorded: &Recorded) -> Self {
        Self {
            seq: recorded.seq,
            at: recorded.at,
            by: recorded.by.clone(),
            kind: String::new(),
            scope: None,
            step: None,
            data: Map::new(),
            verdicts: Vec::new(),
        }
    }
}

/// Puts what may be seen in the place of every value of a form or record.
fn mask(event: &Event, masks: &Masks<'_>, data: &mut Map<String, Json>) {
    let mut put = |name: &str, value: Json| data.insert(name.to_owned(), value);
    match event {
        Event::Started { form, .. }
        | Event::Answered { form, .. }
        | Event::Interrupted { form, .. }
        | Event::Filled { form, .. } => {
            put("form", Json::Object(masks.form(form)));
        }
        Event::ScopeOpened { carried: Some(carried), .. } => {
            put("carried", json!({"form": masks.form(&carried.form)}));
        }
        Event::RecordSet { record, values, .. } => {
            let shown = values.iter().filter_map(|(field, value)| {
                let value = match value {
                    Some(value) => masks.record_value(&record.kind, field, value)?,
                    None => Json::Null,
                };
                Some((field.clone(), value))
            });
            put("values", Json::Object(shown.collect()));
        }
        Event::Noticed { .. } if *masks.eyes() != Eyes::Open => {
            data.remove("text");
        }
        // The data of what goes to other cases and out of the house is shaped by neither form nor record.
        Event::WebhookCalled { .. } => {
            data.remove("data");
        }
        Event::CallRequested { .. } => {
            data.remove("form");
        }
        Event::MessageSent { message } => {
            put(
                "message",
                json!({"name": message.name, "key": message.key, "answer": message.answer}),
            );
        }
        Event::TimerSet { timer } => {
            put("timer", json!({"due": timer.due, "step": timer.step}));
        }
        _ => {}
    }
}

/// Returns a verdict as it is shown: its reason is left out, and the rule's title stands in its place, when it rests on
/// a value that may not be seen.
#[must_use]
pub fn verdict(said: &Said, masks: &Masks<'_>) -> Verdict {
    let mut shown = Verdict::from(said);
    let seen = |(path, value): (&String, &Option<Value>)| {
        value.as_ref().is_none_or(|value| masks.sees_path(path, value))
    };
    if !said.reads.iter().all(seen) {
        shown.reason = said.title.clone();
    }
    shown
}
