//! People, tokens, releases, notices, uploads and imports, as callers get them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use xueji_definition::Text;
use xueji_engine::stored;

use super::Subject;

/// The caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Me {
    /// The person's id.
    pub person: String,
    /// The person's name, if the organisation knows it, or the label of the record that is the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The record that is this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Subject>,
    /// The roles held today.
    pub roles: Vec<RoleOut>,
    /// Whether a role lets the caller administer.
    pub administers: bool,
    /// The people for whom the caller stands in today.
    pub stands_in_for: Vec<String>,
}

/// A role that somebody holds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleOut {
    /// The role.
    pub role: String,
    /// What it is called.
    pub title: Text,
    /// The unit; everywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the unit is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_title: Option<Text>,
}

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenOut {
    /// The token's own id.
    pub id: String,
    /// The person it acts for.
    pub person: String,
    /// What it is for, in words.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl From<&stored::Token> for TokenOut {
    fn from(token: &stored::Token) -> Self {
        Self {
            id: token.id.clone(),
            person: token.person.clone(),
            name: token.name.clone(),
            created: token.created,
            expires: token.expires,
        }
    }
}

/// A token just made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenMade {
    /// The token.
    #[serde(flatten)]
    pub token: TokenOut,
    /// The secret, which is shown this once and kept nowhere.
    pub secret: String,
}

/// A notice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NoticeOut {
    /// Its place among the events of all cases.
    pub id: u64,
    /// The case.
    pub instance: String,
    /// The process.
    pub process: String,
    /// When.
    pub at: Timestamp,
    /// Which notice.
    pub notice: String,
    /// The heading.
    pub title: Text,
    /// The message.
    pub text: Text,
}

impl From<&stored::Notice> for NoticeOut {
    fn from(notice: &stored::Notice) -> Self {
        Self {
            id: notice.sequence,
            instance: notice.instance.clone(),
            process: notice.process.clone(),
            at: notice.at,
            notice: notice.notice.clone(),
            title: notice.title.clone(),
            text: notice.text.clone(),
        }
    }
}

/// An uploaded file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Material {
    /// Its id, to be named in forms.
    pub id: String,
    /// Its kind, told by its content: pdf, png, jpeg, csv, text or office.
    pub kind: String,
    /// The name that the uploader gave it.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

impl From<&stored::Material> for Material {
    fn from(material: &stored::Material) -> Self {
        Self {
            id: material.id.clone(),
            kind: super::verdict::word(&material.kind),
            name: material.name.clone(),
            length: material.length,
            sha256: material.hash.clone(),
        }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Imported {
    /// Records that were not there before.
    pub created: usize,
    /// Records with at least one new value.
    pub changed: usize,
    /// Records that had all these values already.
    pub unchanged: usize,
    /// It was a trial: nothing was changed.
    pub dry_run: bool,
}

/// What is wrong with a row of a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RowFault {
    /// The line in the file, from 1; the heading is line 1.
    pub line: u64,
    /// The column's heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong, and what to do.
    pub message: Text,
}

impl From<&xueji_engine::RowFault> for RowFault {
    fn from(fault: &xueji_engine::RowFault) -> Self {
        Self { line: fault.line, column: fault.column.clone(), message: fault.message.clone() }
    }
}
