//! Words that people read, in both languages.
//!
//! Invariant: a text always has both; which one is shown is the reader's choice, at the edge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words in Chinese and in English.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The words in Chinese.
    pub zh: String,
    /// The words in English.
    pub en: String,
}

impl Text {
    /// Returns a text of the two wordings.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text { zh: zh.into(), en: en.into() }
    }
}
