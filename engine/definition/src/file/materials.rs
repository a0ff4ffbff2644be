//! `materials/<id>.yaml`: the papers that a case needs, by situation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Expr;
use crate::Text;

/// `materials/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaterialsFile {
    /// The list's id; the same as the file's name.
    pub materials: String,
    /// What the list is called.
    pub title: Text,
    /// The papers. One that is handed in stands in the form as `materials.<id>`.
    pub items: Vec<MaterialItem>,
}

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaterialItem {
    /// The paper's name in forms and rules.
    pub id: String,
    /// What the paper is called.
    pub title: Text,
    /// The paper is needed whenever the list applies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The paper is needed when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<Expr>,
    /// Papers of the same group stand in for one another: one of them is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<String>,
    /// The original must be shown, not only a copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub original: bool,
    /// The kinds of file that are taken; all of them when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<MaterialKind>,
    /// The rule, article or chart box that asks for the paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The class of data that decides who may open the paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

/// The kinds of file that can be uploaded, told by their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaterialKind {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// Comma-separated values.
    Csv,
    /// Plain text in UTF-8.
    Text,
    /// An Office Open XML document or sheet.
    Office,
}
