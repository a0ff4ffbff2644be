//! `notices.yaml`: the words of the messages that people get.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// `notices.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NoticesFile {
    /// The notices, by name. `reminder` and `escalation` are what the engine sends of itself.
    pub notices: IndexMap<String, Notice>,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notice {
    /// The heading.
    pub title: Text,
    /// The message; `{expression}` is filled in from the case.
    pub text: Text,
}
