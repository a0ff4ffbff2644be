//! A rule as people know it: its words, its effect, what it rests on.
//!
//! Invariant: all of it stands in the rule's own doc comment, and nowhere else.

use std::fmt;
use std::sync::Arc;

use rhai::AST;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;

use crate::expression::Expression;
use crate::needs::Needs;
use crate::typing::Read;
use crate::typing::script::Script;
use crate::words::Template;

/// What it means that a rule is not satisfied, or what its answer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It cannot be submitted.
    Block,
    /// It waits, and is not refused.
    Hold,
    /// It is shown to those who decide.
    Warn,
    /// A material or a step is asked for.
    Require,
    /// It says what a query takes in.
    Include,
    /// It says what a review concludes.
    Conclude,
    /// It is one of several answers to choose from.
    Decide,
    /// It says which way a case goes.
    Route,
    /// It says who comes first.
    Rank,
}

/// How sure the ground of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Certainty {
    /// Read in the regulation.
    #[serde(rename = "R")]
    Read,
    /// In the regulation, but not yet checked against the official text.
    #[serde(rename = "R*")]
    Unchecked,
    /// Stated by the office's chart.
    #[serde(rename = "S")]
    Stated,
    /// Common practice.
    #[serde(rename = "P")]
    Practice,
    /// Inferred.
    #[serde(rename = "D")]
    Inferred,
}

/// A rule.
#[derive(Clone)]
pub struct Rule {
    /// The id that people quote (`T5`).
    pub id: String,
    /// The name that processes use (`first-transfer`).
    pub name: String,
    /// The name of its function (`first_transfer`).
    pub function: String,
    /// The file it stands in.
    pub file: String,
    /// The line of its function, from 1.
    pub line: u32,
    /// The column of its function's name, from 1.
    pub column: u32,
    /// What it asks for.
    pub title: Text,
    /// What it means that it is not satisfied.
    pub effect: Effect,
    /// How sure its ground is.
    pub source: Vec<Certainty>,
    /// The articles it rests on.
    pub articles: Vec<String>,
    /// Why it is not satisfied, as it is written, with expressions in braces.
    pub reason: Option<Text>,
    /// The role that may override it.
    pub override_role: Option<String>,
    /// The path of the parameter that switches it off when it is false.
    pub off_by: Option<String>,
    /// What it asks for in addition.
    pub require: Option<Text>,
    /// The roots that its function names.
    pub roots: Vec<String>,
    /// The paths that it may read, its reason and its switch included.
    pub reads: Vec<Read>,
    /// What must be at hand before it is judged.
    pub needs: Needs,
    pub(crate) compiled: Compiled,
}

/// The parts of a rule that run.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) ast: Arc<AST>,
    pub(crate) script: Arc<Script>,
    pub(crate) reason: Option<(Template, Template)>,
    pub(crate) off_by: Option<(Expression, crate::problem::Spot)>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("effect", &self.effect)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Effect {
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("block", Self::Block),
        ("hold", Self::Hold),
        ("warn", Self::Warn),
        ("require", Self::Require),
        ("include", Self::Include),
        ("conclude", Self::Conclude),
        ("decide", Self::Decide),
        ("route", Self::Route),
        ("rank", Self::Rank),
    ];

    /// Tells whether people are told why a rule of this effect is not satisfied.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Block | Self::Hold | Self::Warn | Self::Require)
    }
}

impl Certainty {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Self); 5] = [
        ("R", Self::Read),
        ("R*", Self::Unchecked),
        ("S", Self::Stated),
        ("P", Self::Practice),
        ("D", Self::Inferred),
    ];

    /// Tells whether a rule of this ground must name the article.
    #[must_use]
    pub fn needs_article(self) -> bool {
        matches!(self, Self::Read | Self::Unchecked)
    }

    /// Returns how sure the ground is, in words that are shown to people.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Read => Text::new("依据法规", "by the regulation"),
            Self::Unchecked => Text::new(
                "依据法规，条文尚未与官方文本核对",
                "by the regulation; the article is not yet checked against the official text",
            ),
            Self::Stated => Text::new("依据办公室流程说明", "by the office's own chart"),
            Self::Practice => Text::new("通行做法，可配置", "common practice, configurable"),
            Self::Inferred => Text::new("由流程推定", "inferred from the process"),
        }
    }
}
