//! What a rule said about a case, kept so that it can be explained, and evaluated again, from itself alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::value::Value;
use xueji_rules::{Certainty, Effect};

/// What a rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rule, or `excludes` for processes that shut each other out.
    pub rule: String,
    /// The rule's short id in the office's papers.
    pub id: Option<String>,
    /// The release whose rule it was.
    pub release: String,
    /// What the rule asks for.
    pub title: Text,
    /// What follows when it is not satisfied.
    pub effect: Effect,
    /// What it said.
    pub says: Says,
    /// Why, with the case's values.
    pub reason: Text,
    /// The articles it rests on.
    pub articles: Vec<String>,
    /// How sure its ground is.
    pub source: Vec<Certainty>,
    /// The role that may set it aside.
    pub override_role: Option<String>,
    /// Who set it aside, and why.
    pub overridden: Option<Override>,
    /// Every value read, by dotted path; `None`: there was none.
    pub reads: BTreeMap<String, Option<Value>>,
}

/// What a rule can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Says {
    /// Yes.
    Satisfied,
    /// No.
    NotSatisfied,
    /// A value is missing.
    NotJudged {
        /// Which.
        missing: String,
    },
    /// The script is at fault.
    Fault {
        /// How.
        message: String,
    },
}

/// A rule set aside by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Who.
    pub by: String,
    /// In which role.
    pub role: String,
    /// Why.
    pub reason: String,
}

impl Verdict {
    /// Returns whether the verdict stands in the way of going on.
    #[must_use]
    pub fn blocks(&self) -> bool {
        !self.passes() && matches!(self.effect, Effect::Block | Effect::Require)
            || (self.overridden.is_none() && matches!(self.says, Says::Fault { .. }))
    }

    /// Returns whether the verdict makes the case wait.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.passes() && self.effect == Effect::Hold
    }

    /// Returns whether the rule is satisfied or was set aside.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.says == Says::Satisfied || self.overridden.is_some()
    }
}
