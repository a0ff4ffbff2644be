//! `parameters.yaml`: every number, limit and switch, each value with its source and the dates and cohorts it holds for.

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FieldKind, Literal};
use crate::Text;

/// `parameters.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParametersFile {
    /// The parameters, by dotted name (`publicity.days`); rules read them as `param.publicity.days`.
    pub parameters: IndexMap<String, Parameter>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parameter {
    /// What the parameter is called.
    pub title: Text,
    /// What kind of value it holds.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// The code list, with `type: code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<String>,
    /// The columns, with `type: table` and `type: group`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, super::Field>,
    /// The parameter is a list of such values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// Whether the value of the case's start holds for the whole case, or that of the day.
    #[serde(default)]
    pub at: TakenAt,
    /// The values; the last one that holds for the date and cohort is taken.
    pub values: Vec<DatedValue>,
}

/// When a parameter is looked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TakenAt {
    /// At the date on which the case started.
    #[default]
    Start,
    /// At the date of the step that asks.
    Step,
}

/// One value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DatedValue {
    /// The value.
    pub value: Literal,
    /// The first day on which it holds; always, when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// The first cohort that it holds for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_from: Option<i64>,
    /// The last cohort that it holds for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_to: Option<i64>,
    /// Where the value comes from: an article, a notice, a practice.
    pub source: String,
}
