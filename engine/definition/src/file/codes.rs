//! `codes.yaml`: code lists, each code with its words and, where it must not be seen by all, what others see instead.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// `codes.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodesFile {
    /// The code lists, by name.
    pub lists: IndexMap<String, CodeList>,
}

/// One code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodeList {
    /// What the list is called.
    pub title: Text,
    /// The standard or ruling that the list comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The codes, each with its words.
    pub entries: IndexMap<String, CodeEntry>,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodeEntry {
    /// The words in Chinese.
    pub zh: String,
    /// The words in English.
    pub en: String,
    /// The broader code that this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The code that those see instead who may not see this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_as: Option<String>,
    /// The class of data that the code reveals; needed with `shown-as`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}
