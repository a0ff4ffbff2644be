//! What people, other systems and time ask of a case.
//!
//! Invariant: a command carries what was asked and nothing of the world; time, names of new things and who asks are in
//! the [`Context`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::event::{OutgoingMessage, Timer};
use crate::path::ScopePath;
use crate::record::RecordId;
use crate::state::{Parent, SignPlace};

/// Rules set aside, each with the reason.
pub type Overrides = BTreeMap<String, String>;

/// A form as it was sent.
pub type RawForm = Map<String, Json>;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Start a case.
    Start(Start),
    /// Complete the task of a scope.
    Complete {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
        /// The task's id, so that a late answer never meets a later task.
        task: String,
        /// The answer.
        answer: Completion,
    },
    /// Do something else with a task.
    Task {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
        /// The task's id.
        task: String,
        /// What.
        act: TaskAct,
    },
    /// Take back one's own last answer.
    Recall {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
    },
    /// Do something with a case.
    Case {
        /// The case.
        instance: String,
        /// What.
        act: CaseAct,
    },
    /// A message reached a waiting scope.
    Message {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
        /// The message's name.
        name: String,
        /// What it answers.
        answer: Option<String>,
        /// Its data.
        form: RawForm,
    },
    /// A message sent by another case reached a waiting scope.
    Deliver {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
        /// The message.
        message: OutgoingMessage,
    },
    /// A timer's time has come.
    Fire {
        /// The case.
        instance: String,
        /// The timer.
        timer: Timer,
    },
    /// A called case has started.
    Called {
        /// The waiting step.
        parent: Parent,
        /// The called case.
        called: String,
    },
    /// A case is to go on by another release.
    Migrate(Migrate),
    /// A called case is over.
    CallEnded {
        /// The waiting step.
        parent: Parent,
        /// The result.
        result: String,
    },
}

/// A case that is to go on by another release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrate {
    /// The case.
    pub instance: String,
    /// The release.
    pub to: String,
    /// For steps that are not there by their old names: what stands for them, old to new.
    pub steps: BTreeMap<String, String>,
    /// Why.
    pub reason: String,
}

/// A case to be started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The process.
    pub process: String,
    /// The subject's id.
    pub subject: Option<String>,
    /// The form.
    pub form: RawForm,
    /// Rules set aside.
    pub overrides: Overrides,
    /// The step of another case that waits for it; only from the engine itself.
    pub parent: Option<Parent>,
    /// For whom the engine starts it; only from the engine itself, which needs no role.
    #[serde(default)]
    pub applicant: Option<String>,
}

/// An answer to a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The outcome.
    pub outcome: String,
    /// The words.
    pub opinion: Option<String>,
    /// The form.
    pub form: RawForm,
    /// The step to return to.
    pub to: Option<String>,
    /// What is to be mended.
    pub defects: Vec<String>,
    /// The last day for mending.
    pub deadline: Option<Date>,
    /// Rules set aside.
    pub overrides: Overrides,
}

/// What can be done with a task beside completing it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum TaskAct {
    /// 认领.
    Claim,
    /// Give back.
    Release,
    /// 委派.
    Delegate {
        /// To whom.
        to: String,
        /// The words.
        note: Option<String>,
    },
    /// 转办.
    Transfer {
        /// To whom.
        to: String,
        /// The words.
        note: Option<String>,
    },
    /// 加签.
    AddSigner {
        /// Who is asked.
        person: String,
        /// When.
        place: SignPlace,
    },
    /// 催办.
    Remind,
    /// 抄送.
    Copy {
        /// To whom.
        to: String,
        /// The words.
        note: Option<String>,
    },
}

/// What can be done with a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum CaseAct {
    /// 撤回, by the applicant.
    Withdraw {
        /// Why.
        reason: Option<String>,
    },
    /// 挂起.
    Hold {
        /// Why.
        reason: String,
    },
    /// Go on.
    Resume {
        /// Why.
        reason: Option<String>,
    },
    /// 终止.
    Terminate {
        /// Why.
        reason: String,
    },
    /// Enter finished rows again.
    Reopen {
        /// The scope of the for-each.
        scope: ScopePath,
        /// The for-each.
        step: String,
        /// The rows.
        keys: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Let a late item in.
    AddItem {
        /// The scope of the for-each.
        scope: ScopePath,
        /// The for-each.
        step: String,
        /// The item's key.
        key: String,
    },
}

/// What is so when a command is decided: the only way by which time, names and persons come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Now.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// The id that a case started by this command gets.
    pub new_instance: String,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, by id; a record that is a person is `type:id`.
    Person(String),
    /// The engine: a timer, a called case, a message sent by a case. It needs no role.
    Engine,
}

impl Actor {
    /// Returns the person.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Person(id) => Some(id),
            Self::Engine => None,
        }
    }
}

/// Reads the id of a person who is a record (`type:id`).
#[must_use]
pub fn person_record(person: &str) -> Option<RecordId> {
    person.split_once(':').map(|(kind, id)| RecordId::new(kind, id))
}
