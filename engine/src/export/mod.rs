//! Event logs for process mining: XES 2.0 (IEEE 1849) and OCEL 2.0, case by case.
//!
//! A case becomes a [`CaseLog`]: one trace a scope in the words of the scope's net, and the acts beside the net. The writers
//! take one case at a time. What a log says is in `docs/semantics.md`, "Net and log".
//!
//! Invariant: unless asked for, nothing personal is in it: persons, subjects and the keys of rows stand as pseudonyms that
//! are the same within one export and tell nothing without its salt.

mod json;
mod ocel;
mod persons;
mod read;
#[cfg(test)]
mod tests;
mod walk;
mod xes;
mod xml;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use xueji_definition::model::{Process, Within};

pub use ocel::Ocel;
pub use persons::Persons;
pub use read::{Span, page};
pub use walk::CaseWalk;
pub use xes::{ACTS, Xes};

/// How nets and activities are named: the functions of whatever draws the nets, so that both say the same.
#[derive(Debug, Clone, Copy)]
pub struct Naming {
    /// The activity of a step that was answered.
    pub activity: fn(&str, &str) -> String,
    /// The net of a scope.
    pub net: fn(&str, Option<&Within>) -> String,
    /// The activity of a step whose earlier answer still holds.
    pub kept: fn(&Process, &str) -> Option<String>,
    /// The activity of arriving at an end.
    pub end: fn(&Process, &str) -> Option<String>,
}

/// What is written of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseLog {
    /// The case's id.
    pub case: String,
    /// The process.
    pub process: String,
    /// The release on which it started.
    pub release: String,
    /// When it started.
    pub started: Timestamp,
    /// open, held or ended.
    pub state: String,
    /// How it ended.
    pub result: Option<String>,
    /// The case that called it.
    pub parent: Option<String>,
    /// What it is about.
    pub subject: Option<Object>,
    /// The scopes in which something was done, in the order in which they opened.
    pub scopes: Vec<ScopeLog>,
    /// What was done beside the nets.
    pub acts: Vec<Act>,
}

/// A record, by type and id or pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// The type.
    pub kind: String,
    /// The id, or its pseudonym.
    pub id: String,
}

/// A person, by id or pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id, or its pseudonym.
    pub id: String,
    /// The name; only in a log with personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What became of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeState {
    /// It came to its end.
    Finished,
    /// It goes on.
    Open,
    /// It was cut off from above: the case was ended, or the step that opened it went on without it.
    CutOff,
}

/// One scope: a run of its net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScopeLog {
    /// The trace's name: the case's id, and the scope's path below it.
    pub name: String,
    /// The net.
    pub net: String,
    /// The trace of the scope above.
    pub above: Option<String>,
    /// What became of it.
    pub state: ScopeState,
    /// The token was moved against the net, so that all of it stands among the acts.
    pub moved: bool,
    /// What the row is about.
    pub subject: Option<Object>,
    /// What was done.
    pub steps: Vec<LogStep>,
}

/// A step that was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogStep {
    /// The number of the event.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Step and outcome, as the net's transition is called.
    pub activity: String,
    /// The step.
    pub step: String,
    /// Who; the engine when nobody.
    pub by: Option<Person>,
    /// For whom.
    pub on_behalf: Option<Person>,
    /// The role to which the task was offered.
    pub role: Option<String>,
    /// The unit.
    pub unit: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// When the step was entered.
    pub entered: Option<Timestamp>,
    /// What was entered; only in a log with personal data.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub form: Map<String, Json>,
}

/// An act beside the net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The number of the event.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// claim, release, transfer, delegate, prepare, keep-answer, add-signer, sign, copy, remind, escalate, hold, resume, recall, reopen,
    /// withdraw, terminate, migrate; or `void` and `aside` for steps that are in no trace.
    pub act: String,
    /// The trace of the scope.
    pub scope: String,
    /// The step.
    pub step: Option<String>,
    /// The activity, of a step that is in no trace.
    pub activity: Option<String>,
    /// Who; the engine when nobody.
    pub by: Option<Person>,
    /// Whom it reaches.
    pub to: Option<Person>,
    /// The task.
    pub task: Option<String>,
}

impl ScopeLog {
    /// Tells whether the scope has a trace in the log of its net.
    #[must_use]
    pub fn has_trace(&self) -> bool {
        !self.moved && !self.steps.is_empty()
    }
}

/// Returns a moment to the millisecond, in UTC: one form for all readers.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}
