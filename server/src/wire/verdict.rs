//! What a rule said, as callers get it.

use schemars::JsonSchema;
use serde::Serialize;
use xueji_definition::Text;
use xueji_rules::Certainty;
use xueji_runtime::verdict::{self, Says};

/// What a rule said.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Verdict {
    /// The rule, or `excludes` for processes that shut each other out.
    pub rule: String,
    /// The rule's short id in the office's papers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the rule asks for.
    pub title: Text,
    /// What follows when it is not satisfied: block, hold, warn or require.
    pub effect: String,
    /// satisfied, not-satisfied, not-judged (a value is missing), fault (the script), or overridden.
    pub says: String,
    /// Whether it stands in the way of going on.
    pub blocks: bool,
    /// Why, with the case's values.
    pub reason: Text,
    /// The value that is missing, when it is not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The articles it rests on.
    pub articles: Vec<String>,
    /// Where the rule comes from: R (regulation), R* (regulation, not yet checked), S (the office's chart), P (practice),
    /// D (inferred).
    pub source: Vec<String>,
    /// How certain that is, in words.
    pub certainty: Text,
    /// The role that may set it aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_role: Option<String>,
    /// Who set it aside, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<OverriddenOut>,
}

/// A rule set aside by a person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OverriddenOut {
    /// Who.
    pub by: String,
    /// In which role.
    pub role: String,
    /// Why.
    pub reason: String,
}

impl From<&verdict::Verdict> for Verdict {
    fn from(verdict: &verdict::Verdict) -> Self {
        let (says, missing) = match &verdict.says {
            _ if verdict.overridden.is_some() => ("overridden", None),
            Says::Satisfied => ("satisfied", None),
            Says::NotSatisfied => ("not-satisfied", None),
            Says::NotJudged { missing } => ("not-judged", Some(missing.clone())),
            Says::Fault { .. } => ("fault", None),
        };
        let overridden = verdict.overridden.as_ref().map(|given| OverriddenOut {
            by: given.by.clone(),
            role: given.role.clone(),
            reason: given.reason.clone(),
        });
        Self {
            rule: verdict.rule.clone(),
            id: verdict.id.clone(),
            title: verdict.title.clone(),
            effect: word(&verdict.effect),
            says: says.to_owned(),
            blocks: verdict.blocks(),
            reason: verdict.reason.clone(),
            missing,
            articles: verdict.articles.clone(),
            source: verdict.source.iter().map(word).collect(),
            certainty: certainty(&verdict.source),
            override_role: verdict.override_role.clone(),
            overridden,
        }
    }
}

/// Returns a fieldless variant's stored name.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Returns how certain several sources are together, each told once.
pub(super) fn certainty(sources: &[Certainty]) -> Text {
    let words: Vec<Text> = sources.iter().map(|source| source.words()).collect();
    let zh: Vec<&str> = words.iter().map(|text| text.zh.as_str()).collect();
    let en: Vec<&str> = words.iter().map(|text| text.en.as_str()).collect();
    Text::new(zh.join("；"), en.join("; "))
}
