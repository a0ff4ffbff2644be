//! `numbering.yaml`: series of numbers, allocated in order, never reused.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Expr;
use crate::Text;

/// `numbering.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NumberingFile {
    /// The series, by name.
    pub series: IndexMap<String, Series>,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Series {
    /// What the numbers are.
    pub title: Text,
    /// The form of a number: `{part}` is filled in from `parts`, `{serial}` or `{serial:6}` is the running number,
    /// with leading zeros to that width.
    pub pattern: String,
    /// The parts, each an expression.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parts: IndexMap<String, Expr>,
    /// The parts for each combination of which the running number starts anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restart_per: Vec<String>,
    /// The first running number.
    #[serde(default = "one")]
    pub first: u64,
    /// The last running number there is room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
}

fn one() -> u64 {
    1
}
