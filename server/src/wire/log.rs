//! Cases as event logs, as callers get them.
//!
//! Invariant: what is here was made by [`xueji_engine::export`], under pseudonyms unless an administrator asked otherwise.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Which cases are asked for, and how.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// The process; all when not said.
    pub process: Option<String>,
    /// The first day on which they started.
    pub since: Option<Date>,
    /// The last day on which they started.
    pub until: Option<Date>,
    /// With names, ids and what was entered; administrators only.
    pub personal: Option<bool>,
    /// What the pseudonyms are made with: the same for all pages of one export, at least 16 characters that nobody can guess.
    pub salt: Option<String>,
    /// The most items of the page, at most 500; 50 when not said.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Cases as event logs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LogPage {
    /// The cases, the last started first; each `case, process, release, started, state, result, parent, subject, scopes` (each
    /// `name, net, above, state, moved, subject, steps`) and `acts`. A page may hold fewer than asked for, or none.
    pub items: Vec<Json>,
    /// Send this as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
