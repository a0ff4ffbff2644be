//! What goes over the wire: the shapes of requests and answers, from which the OpenAPI document is made.
//!
//! Invariant: these types are the API's own; the engine's are converted by hand at this border, so that a change inside
//! is never a change outside by accident. Words come in both languages as `{zh, en}`.

mod backtest;
mod case;
mod event;
mod house;
mod log;
mod plan;
mod process;
mod record;
mod release;
mod task;
mod trace;
mod verdict;

pub use backtest::{Backtest, BacktestIn};
pub use case::{Applicant, Branch, Case, CaseDetail, Row, RowCounts, Subject};
pub use event::{HistoryEvent, verdict as shown_verdict};
pub use house::{Imported, Material, Me, NoticeOut, RoleOut, RowFault, TokenMade, TokenOut};
pub use log::{LogPage, LogQuery};
pub use plan::{
    Migration, MigrationIn, Moved, ObstacleOut, Plan, PlanIn, RefusalOut, Undo, WhereIn,
};
pub use process::{
    MaterialList, ProcessDetail, ProcessSummary, RuleOut, StartForm, StepOut, materials, rules,
};
pub use record::{RecordHistory, RecordOut, RecordValue};
pub use release::{OriginOut, Release, ReleaseState, SignatureOut, local};
pub use task::{Candidates, SignerOut, Task, TaskDetail};
pub use trace::{Trace, TraceEvent, TraceRead, TraceVerdict};
pub(crate) use verdict::word;
pub use verdict::{OverriddenOut, Verdict};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use xueji_definition::Text;

/// A page of items.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The items. A page may hold fewer than asked for and still not be the last: what one may not see is left out.
    pub items: Vec<T>,
    /// Send this as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A rule set aside by somebody who may, with the reason.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideIn {
    /// The rule's name.
    pub rule: String,
    /// Why it is set aside.
    pub reason: String,
}

/// Returns overrides as the engine takes them.
#[must_use]
pub fn overrides(given: Vec<OverrideIn>) -> BTreeMap<String, String> {
    given.into_iter().map(|one| (one.rule, one.reason)).collect()
}

/// A form as JSON: field names with values.
pub type Form = Map<String, Json>;

/// A thing's id with what it is called.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// What it is called.
    pub title: Text,
}

/// A problem, as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// `urn:xueji:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the status means.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code, kebab-case.
    pub code: String,
    /// What is wrong and what to do, in the language of Accept-Language.
    pub detail: String,
    /// The request's id, under which operators find it in the log.
    pub request: String,
    /// The parts of the request at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// What the rules said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// What is wrong with definitions, or with the rows of a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Json>,
}

/// One part of a request that is at fault.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProblemField {
    /// The part, as a JSON pointer into the body: `/form/target/programme`.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}
