//! `forms/<id>.yaml`: the fields that people fill in.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expr, Literal};
use crate::Text;

/// `forms/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormFile {
    /// The form's id; the same as the file's name.
    pub form: String,
    /// What the form is called.
    pub title: Text,
    /// The fields in the order in which they are asked for.
    pub fields: IndexMap<String, Field>,
}

/// One field of a form, a record type or a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// What the field is called.
    pub title: Text,
    /// What kind of value it holds.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// The code list that the value is taken from; with `type: code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<String>,
    /// The record type that the value names; with `type: record`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The columns; with `type: table` (many rows) and `type: group` (one).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, Field>,
    /// The field holds a list of such values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// The field must be filled in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The field must be filled in when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<Expr>,
    /// The field is asked for only when this holds; otherwise what is sent for it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_when: Option<Expr>,
    /// The engine fills the field in from this expression; nobody types it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Expr>,
    /// The longest text, in characters, or the most rows of a table or list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Literal>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Literal>,
    /// The class of data (`records.yaml`, `classes`) that decides who sees the field unmasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The store keeps an index over the field, so that facts and queries on it are quick; record types only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub index: bool,
    /// A line of help below the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
}

/// The kinds of value that a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// A whole number.
    Number,
    /// An exact decimal number.
    Decimal,
    /// An amount of money, exact, in the currency's main unit.
    Money,
    /// A date, YYYY-MM-DD.
    Date,
    /// A code of a list.
    Code,
    /// Yes or no.
    Flag,
    /// The id of a record.
    Record,
    /// An uploaded file.
    File,
    /// Rows with columns.
    Table,
    /// Several fields that belong together.
    Group,
}
