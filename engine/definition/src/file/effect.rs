//! Effects: what a service task or an end does to records, numbers, papers and people.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Candidates, Expr, Literal};
use crate::Text;

/// One effect. Exactly one of `set`, `settle`, `create`, `fill`, `number`, `document`, `notice`, `send`, `webhook`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Effect {
    /// The effect is carried out only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Give fields of a record new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<SetEffect>,
    /// Settle the values that this case has left pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<SettleEffect>,
    /// Make a new record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<CreateEffect>,
    /// Fill in form fields of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<IndexMap<String, Expr>>,
    /// Allocate a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberEffect>,
    /// Make a paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentEffect>,
    /// Tell people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeEffect>,
    /// Send a message to waiting cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendEffect>,
    /// Call out over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookEffect>,
}

/// Gives fields of a record new values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SetEffect {
    /// The record type; the subject's when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The record's id; the subject when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Expr>,
    /// Values written out.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub values: IndexMap<String, Literal>,
    /// Values worked out.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub compute: IndexMap<String, Expr>,
    /// Fields made empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clear: Vec<String>,
    /// The date from which the values hold; the day of the effect when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Expr>,
    /// Whether the values are final or wait for somebody's approval.
    #[serde(default)]
    pub state: EffectState,
}

/// Whether a value is final.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EffectState {
    /// Final: local and official view agree.
    #[default]
    Effective,
    /// Holds locally, and waits to be made official.
    Pending,
    /// Recorded only: neither view shows it before it is settled as effective.
    Proposed,
}

/// Settles the pending and proposed values of this case on one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettleEffect {
    /// The record type; the subject's when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The record's id; the subject when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Expr>,
    /// What becomes of them.
    pub state: SettledState,
    /// The date from which they are official; the day of the effect when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Expr>,
}

/// What becomes of a value that was not yet final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettledState {
    /// It is official.
    Effective,
    /// It is void; what held before holds again.
    Refused,
}

/// Makes a new record; if it is there already, its values are set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CreateEffect {
    /// The record type.
    pub record: String,
    /// The record's id.
    pub id: Expr,
    /// Values written out.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub values: IndexMap<String, Literal>,
    /// Values worked out. One that is missing is left out.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub compute: IndexMap<String, Expr>,
    /// The date from which the values hold; the day of the effect when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Expr>,
}

/// Allocates a number; asked again with the same key, it answers the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NumberEffect {
    /// The series (`numbering.yaml`).
    pub series: String,
    /// What the number is for.
    pub key: Expr,
    /// The form field that it is put into.
    pub into: String,
}

/// Makes a paper from a template and keeps it with its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DocumentEffect {
    /// The template (`documents/<template>.html`).
    pub template: String,
    /// What the paper is called.
    pub title: Text,
    /// A query whose rows the template lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// The form field that the paper's id is put into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// The paper is put up for everybody to read: protected data may not stand in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
}

/// Tells people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NoticeEffect {
    /// The notice (`notices.yaml`).
    pub notice: String,
    /// Who is told.
    pub to: Vec<Candidates>,
}

/// Sends a message to the cases that wait for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SendEffect {
    /// The message.
    pub message: String,
    /// What it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Expr>,
    /// Or: it goes to the first row that this query finds, if it finds any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_of: Option<String>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Expr>,
    /// Its data.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub data: IndexMap<String, Expr>,
}

/// Calls out over HTTP, after the commit, at least once, with a key by which the other side can tell a repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WebhookEffect {
    /// The parameter that holds the address.
    pub address: String,
    /// The body.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub data: IndexMap<String, Expr>,
}
