//! A case as a story, as callers get it.
//!
//! Invariant: every value in it has passed the masks before it became words.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::value::{Fields, Value};
use xueji_engine::trace::{self, Found, Sight, Told};

use super::{Applicant, Case, Named, Verdict, shown_verdict};
use crate::sight::Eyes;
use crate::sight::mask::Masks;

/// A case told as a story.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Trace {
    /// The case.
    pub case: Case,
    /// What happened, the first event first.
    pub items: Vec<TraceEvent>,
    /// Send this as `cursor` for what comes next; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One event of a case, in words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TraceEvent {
    /// Its number in the case, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The local date and time, to the minute.
    pub local: String,
    /// What happened: started, entered, task-opened, answered, …
    pub kind: String,
    /// Who; absent when it was the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Applicant>,
    /// For whom, when somebody stood in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<Applicant>,
    /// The role in which a task was taken up or answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Named>,
    /// The unit of that role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Named>,
    /// The release by whose definitions it happened.
    pub release: String,
    /// Where in the case; absent for the case's own steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The row or branch, as people name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Named>,
    /// What happened, in one sentence.
    pub says: Text,
    /// What belongs to it, a line each.
    pub details: Vec<Text>,
    /// What the rules said, with what they read.
    pub verdicts: Vec<TraceVerdict>,
}

/// What a rule said, with what it read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TraceVerdict {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The release whose rule it was.
    pub release: String,
    /// The values that the rule read.
    pub reads: Vec<TraceRead>,
}

/// A value that a rule read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TraceRead {
    /// Its dotted path.
    pub path: String,
    /// What it is called.
    pub title: Text,
    /// The value; absent when there was none, and when it may not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The value in words.
    pub words: Text,
    /// Whether there is a value that the caller may not see.
    pub masked: bool,
}

impl TraceEvent {
    /// Returns an event as callers get it.
    #[must_use]
    pub fn new(told: Told, masks: &Masks<'_>) -> Self {
        let who = |who: trace::Who| Applicant { id: who.id, name: who.name };
        let named = |named: trace::Named| Named { id: named.id, title: named.title };
        let inside = !told.scope.is_root();
        Self {
            seq: told.seq,
            at: told.at,
            local: told.local,
            kind: told.kind,
            by: told.by.map(who),
            on_behalf: told.on_behalf.map(who),
            role: told.role.map(named),
            unit: told.unit.map(named),
            release: told.release,
            scope: inside.then(|| told.scope.to_string()),
            row: inside.then(|| told.scope.row()),
            step: told.step.map(named),
            says: told.says,
            details: told.details,
            verdicts: told
                .verdicts
                .into_iter()
                .map(|judged| TraceVerdict {
                    verdict: shown_verdict(&judged.said, masks),
                    release: judged.said.release.clone(),
                    reads: judged.reads.into_iter().map(TraceRead::from).collect(),
                })
                .collect(),
        }
    }
}

impl From<trace::ReadValue> for TraceRead {
    fn from(read: trace::ReadValue) -> Self {
        let (value, words, masked) = match read.found {
            Found::Value(value, words) => (Some(value), words, false),
            Found::Nothing => (None, Text::new("无", "nothing"), false),
            Found::Masked => (None, Text::new("不可见", "not to be seen"), true),
        };
        Self { path: read.path, title: read.title, value, words, masked }
    }
}

impl Sight for Masks<'_> {
    fn form(&self, form: &Fields) -> serde_json::Map<String, Json> {
        Self::form(self, form)
    }

    fn record_value(&self, kind: &str, field: &str, value: &Value) -> Option<Json> {
        Self::record_value(self, kind, field, value)
    }

    fn sees(&self, path: &str, value: &Value) -> bool {
        self.sees_path(path, value)
    }

    fn sees_words(&self) -> bool {
        *self.eyes() == Eyes::Open
    }
}
