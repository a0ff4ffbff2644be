//! `records.yaml`: the types of record, and the classes of data that are not for everybody.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Field;
use crate::Text;

/// `records.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordsFile {
    /// The classes of protected data, by name.
    #[serde(default)]
    pub classes: IndexMap<String, DataClass>,
    /// The record types, by name.
    pub records: IndexMap<String, RecordType>,
}

/// A class of protected data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataClass {
    /// What the class is called.
    pub title: Text,
    /// What those see who may not see the value.
    pub mask: Mask,
}

/// What stands in for a protected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// The first four and last two characters stay, stars stand between.
    Middle,
    /// Nothing: the field is left out.
    Hide,
    /// The `shown-as` code of the code list.
    ShownAs,
}

/// One record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordType {
    /// What such a record is called.
    pub title: Text,
    /// The field that is the record's id.
    pub id: String,
    /// The field that names the record for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The field that says which cohort (a number, such as a year of entry) the record belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The field that says which unit the record belongs to; it decides who may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The fields. Each value is kept with when it holds, when it became known, and its state.
    pub fields: IndexMap<String, Field>,
}
