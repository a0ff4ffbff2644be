//! What is handed in, and why it may not be carried out.
//!
//! Invariant: every error but [`SubmitError::Stopped`] means that nothing has changed.

use xueji_runtime::{Actor, Command, Refusal};
use xueji_store::StoreError;

use crate::changes::{ApplyError, TooLarge};
use crate::clock::ClockError;
use crate::keys::IdempotencyKey;
use crate::projection::ProjectError;
use crate::releases::{ReleaseError, ReleaseRefusal};
use crate::stored::StoredError;

/// A caller's own name for a command, so that its repeat does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The name.
    pub key: IdempotencyKey,
    /// A hash of what was sent, so that another command under the same name is told.
    pub body: String,
}

/// A command with what comes with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// What is asked.
    pub command: Command,
    /// Who asks.
    pub actor: Actor,
    /// By what a repeat is told.
    pub idempotency: Option<Idempotency>,
    /// The version that the case must have.
    pub if_version: Option<u64>,
}

impl Submission {
    /// Returns a command without conditions.
    #[must_use]
    pub fn new(command: Command, actor: Actor) -> Self {
        Self { command, actor, idempotency: None, if_version: None }
    }
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SubmitError {
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The case has changed meanwhile.
    #[error("事项已有变化：版本 {found} | the case has changed: it has version {found}")]
    Changed {
        /// The version it has.
        found: u64,
    },
    /// The caller's name for it belongs to another command.
    #[error("该幂等键已用于另一请求 | the idempotency key belongs to another request")]
    OtherBody,
    /// It would change too much at once.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The clock cannot be moved so.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// Deciding it failed; the engine is at fault.
    #[error("引擎出错：{reason} | the engine is at fault: {reason}")]
    Fault {
        /// How.
        reason: String,
    },
    /// Too many commands wait.
    #[error("系统繁忙，请稍后再试 | too many commands wait; try again")]
    Busy,
    /// The engine has stopped. Whether the command survives shows when it is opened again.
    #[error("引擎已停止：{reason} | the engine has stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } | StoreError::Torn { .. } => {
                Self::Fault { reason: error.to_string() }
            }
            _ => Self::Stopped { reason: error.to_string() },
        }
    }
}

impl From<StoredError> for SubmitError {
    fn from(error: StoredError) -> Self {
        match error {
            StoredError::Store(error) => error.into(),
            StoredError::Shape { .. } => Self::Fault { reason: error.to_string() },
        }
    }
}

impl From<ApplyError> for SubmitError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::TooLarge(error) => error.into(),
            ApplyError::Store(error) => Self::Stopped { reason: error.to_string() },
        }
    }
}

impl From<ProjectError> for SubmitError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Stored(error) => error.into(),
            ProjectError::TooLarge(error) => error.into(),
        }
    }
}

/// Why an engine cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store is empty and nothing was given to begin with.
    #[error(
        "数据目录为空，且没有流程定义可用 | the store is empty, and there are no definitions to begin with"
    )]
    NothingLive,
    /// The release to begin with, or the one that was live, cannot be had.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What stands in the store is not understood.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// What was interrupted cannot be finished.
    #[error("中断的写入无法完成：{0} | what was interrupted cannot be finished: {0}")]
    Interrupted(String),
}

/// Why a release did not go live.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// It cannot be had.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// It could not be written.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// It is not taken so.
    #[error(transparent)]
    Refused(#[from] ReleaseRefusal),
}

impl From<StoredError> for DeployError {
    fn from(error: StoredError) -> Self {
        Self::Release(error.into())
    }
}
