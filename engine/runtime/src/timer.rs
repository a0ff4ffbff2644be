//! What a case has set for a time to come.
//!
//! Invariant: a timer names the visit for which it was set, so that a step entered again has only its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xueji_definition::value::Fields;

use crate::event::OutgoingMessage;
use crate::path::ScopePath;
use crate::record::RecordId;
use crate::state::Parent;

/// Something that is to happen at a time. One that no longer fits the state does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub due: Timestamp,
    /// The scope.
    pub scope: ScopePath,
    /// The step.
    pub step: String,
    /// The visit for which it was set.
    pub visit: u32,
    /// What.
    pub what: TimerKind,
}

/// What is to happen at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerKind {
    /// Remind those who have the task.
    Remind,
    /// Tell somebody that the task is late.
    Escalate {
        /// The role that is told.
        role: Option<String>,
    },
    /// The step answers of itself.
    Answer {
        /// With this outcome.
        outcome: String,
    },
    /// A join ends with what is there.
    JoinDeadline,
    /// Open the next branches.
    Open,
    /// Hand a message to those who wait for it.
    Deliver {
        /// The message.
        message: OutgoingMessage,
    },
    /// Start the called case.
    StartCalled {
        /// The process.
        process: String,
        /// The subject.
        subject: Option<RecordId>,
        /// The form.
        form: Fields,
        /// The step that waits, if it does.
        parent: Option<Parent>,
        /// On whose behalf.
        applicant: String,
    },
    /// Tell a waiting case the result.
    TellParent {
        /// The waiting step.
        parent: Parent,
        /// The result.
        result: String,
    },
    /// End a called case.
    EndCalled {
        /// The called case.
        called: String,
    },
}
