//! One thing that stands in the way of a move, and who or what takes it away.
//!
//! Invariant: the words name the step as people know it, and say what to do.

use serde::{Deserialize, Serialize};
use xueji_definition::Text;

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObstacleKind {
    /// The other release does not have the process.
    ProcessGone,
    /// There the process is about another type of record.
    SubjectChanged,
    /// The step is not there, and nothing was named in its place.
    StepGone,
    /// What was named in a step's place cannot stand for it.
    MapUnfit,
    /// The step does something else there.
    KindChanged,
    /// The step stands in another scope there.
    ScopeChanged,
    /// Branches are open, and the step has others there.
    BranchesChanged,
    /// Branches are open, and their answers are joined otherwise there.
    JoinChanged,
    /// Rows are open, and the step has others there.
    RowsChanged,
    /// A called case is open, and the step calls otherwise there.
    CallChanged,
    /// A step with open branches or a called case would get another name.
    Renamed,
    /// An answer is kept until further signatures are in, and there the step has no such answer.
    AnswerGone,
    /// Nobody holds the role there.
    NoHolder,
    /// A field that must be filled in there is not.
    FieldMissing,
    /// What was entered does not fit the field there.
    FieldUnfit,
    /// An expression of the step has no value for this case.
    Fault,
    /// More scopes would have to be written than one command can.
    TooMany,
}

/// What takes an obstacle away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Time: once the step has been left, it is gone.
    Wait,
    /// Somebody: a mapping, a correction, a holder, another edit.
    Person,
}

/// One thing that stands in the way of a move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Obstacle {
    /// What.
    pub kind: ObstacleKind,
    /// The step, by the name it has on the release that the case stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What it is and what to do, in both languages.
    pub words: Text,
}

impl ObstacleKind {
    /// Returns what takes it away.
    #[must_use]
    pub fn remedy(self) -> Remedy {
        match self {
            Self::BranchesChanged
            | Self::JoinChanged
            | Self::RowsChanged
            | Self::CallChanged
            | Self::Renamed
            | Self::AnswerGone
            | Self::TooMany => Remedy::Wait,
            _ => Remedy::Person,
        }
    }
}

impl Obstacle {
    /// Returns an obstacle of the whole case.
    pub(crate) fn new(kind: ObstacleKind, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, step: None, words: Text::new(zh, en) }
    }

    /// Returns it as that of a step.
    #[must_use]
    pub(crate) fn at(mut self, step: &str) -> Self {
        self.step = Some(step.to_owned());
        self
    }
}
