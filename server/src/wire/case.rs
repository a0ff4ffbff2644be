//! Cases and their rows, as callers get them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use xueji_definition::Text;
use xueji_engine::queries;
use xueji_runtime::RecordId;
use xueji_runtime::state::{Instance, InstanceState};

use super::{Task, Verdict};
use crate::sight::mask::Masks;

/// What a case is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Subject {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's id.
    pub id: String,
}

impl From<&RecordId> for Subject {
    fn from(record: &RecordId) -> Self {
        Self { kind: record.kind.clone(), id: record.id.clone() }
    }
}

/// Who started a case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Applicant {
    /// The person's id.
    pub id: String,
    /// The person's name, if the organisation knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Case {
    /// The case's id.
    pub id: String,
    /// The process.
    pub process: String,
    /// What the process is called.
    pub title: Text,
    /// What the case is about; a campaign has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Who started it.
    pub applicant: Applicant,
    /// open, held or ended.
    pub state: String,
    /// Why it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_because: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The office's own name for where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,
    /// The local date on which it started.
    pub started: Date,
    /// When it started.
    pub started_at: Timestamp,
    /// The release that it stays on.
    pub release: String,
    /// How many events it has had; the ETag.
    pub version: u64,
}

impl Case {
    /// Returns a case's header as callers get it.
    #[must_use]
    pub fn new(header: &Instance, title: Text, applicant_name: Option<String>) -> Self {
        Self {
            id: header.id.clone(),
            process: header.process.clone(),
            title,
            subject: header.subject.as_ref().map(Subject::from),
            applicant: Applicant { id: header.applicant.clone(), name: applicant_name },
            state: state(header.state).to_owned(),
            held_because: header.held_because.clone(),
            result: header.result.clone(),
            stage: header.stage.clone(),
            started: header.started,
            started_at: header.started_at,
            release: header.release.clone(),
            version: header.version,
        }
    }
}

fn state(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Open => "open",
        InstanceState::Held => "held",
        InstanceState::Ended => "ended",
    }
}

/// A case with what is open in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CaseDetail {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// The open tasks that the caller may see, at most 200; all of them are at `/tasks?instance=`.
    pub open_tasks: Vec<Task>,
    /// What the rules said when they were last judged.
    pub verdicts: Vec<Verdict>,
    /// What was entered, as far as the caller may see it.
    pub form: Map<String, Json>,
    /// The steps that opened branches, each with how they stand.
    pub branches: BTreeMap<String, Branch>,
    /// The papers made.
    pub documents: Vec<super::Named>,
    /// The acts that the process forbids.
    pub forbidden: Vec<String>,
}

/// How the branches of a step stand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Branch {
    /// How many have been opened.
    pub opened: u64,
    /// Whether all have been opened.
    pub filled: bool,
    /// How many answered what.
    pub answered: BTreeMap<String, u64>,
}

/// How many rows of a step there are, and what they answered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RowCounts {
    /// How many have been opened.
    pub opened: u64,
    /// Whether all have been opened.
    pub filled: bool,
    /// How many answered what.
    pub answered: BTreeMap<String, u64>,
    /// The rows that the caller may see.
    pub items: Vec<Row>,
    /// Send this as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A row of a for-each, or a branch of a parallel.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Row {
    /// The item's key, or the branch's name.
    pub key: String,
    /// Where it stands in the case.
    pub scope: String,
    /// What the row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The step that it is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Whether it goes on.
    pub open: bool,
    /// Its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The id of its open task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What was entered in the row, as far as the caller may see it.
    pub form: Map<String, Json>,
}

impl Row {
    /// Returns a row as callers get it.
    #[must_use]
    pub fn new(row: &queries::Row, masks: &Masks<'_>) -> Self {
        let scope = &row.scope;
        Self {
            key: scope
                .path
                .segments()
                .last()
                .map(|segment| segment.key.clone())
                .unwrap_or_default(),
            scope: scope.path.to_string(),
            subject: scope.subject.as_ref().map(Subject::from),
            step: scope.at.clone().filter(|_| row.alive),
            open: row.alive,
            result: scope.ended.clone(),
            task: scope.task().filter(|_| row.alive).map(|task| task.id.clone()),
            form: masks.form(&scope.form),
        }
    }
}
