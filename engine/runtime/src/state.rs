//! What a case is at a moment: its header, and its scopes, each by itself.
//!
//! Invariant: only [`crate::apply`] changes a [`State`]. A scope is alive while its parent's token stands at the very
//! visit of the step that opened it; nothing else has to be written to end it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::value::Fields;

use crate::event::Timer;
use crate::path::ScopePath;
use crate::record::{Record, RecordId};
use crate::verdict::Verdict;

/// Whether a case goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// It goes on.
    Open,
    /// It waits until somebody lets it go on.
    Held,
    /// It is over.
    Ended,
}

/// A case's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The case's id.
    pub id: String,
    /// The process.
    pub process: String,
    /// The release it stays on.
    pub release: String,
    /// What it is about.
    pub subject: Option<RecordId>,
    /// Who started it.
    pub applicant: String,
    /// When it started.
    pub started_at: Timestamp,
    /// The local date on which it started, by which parameters are taken.
    pub started: Date,
    /// The subject's cohort.
    pub cohort: Option<i64>,
    /// Whether it goes on.
    pub state: InstanceState,
    /// Why it is held.
    pub held_because: Option<String>,
    /// How it ended.
    pub result: Option<String>,
    /// The office's name for where it is.
    pub stage: Option<Text>,
    /// The steps entered so far, in any scope but a for-each's rows.
    pub entered: Vec<String>,
    /// The step of another case that waits for this one.
    pub parent: Option<Parent>,
    /// Timers whose time came while the case was held; they are set again when it goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Timer>,
    /// How many events it has had; the next one's number.
    pub version: u64,
}

/// A step of another case that called this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The case.
    pub instance: String,
    /// The scope.
    pub scope: ScopePath,
    /// The step.
    pub step: String,
    /// The visit.
    pub visit: u32,
}

/// One scope: a graph with one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Where it stands.
    pub path: ScopePath,
    /// What a row is about.
    pub subject: Option<RecordId>,
    /// The item of a row.
    pub item: Option<Item>,
    /// What was entered in this scope.
    pub form: Fields,
    /// The step at which the token stands; none when the scope has ended.
    pub at: Option<String>,
    /// The visit of the step at which the token stands: the number of its entering, counted over all steps.
    pub visit: u32,
    /// The highest number given to an entering, where the token has gone back to an earlier one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub visits: u32,
    /// What the step at which the token stands waits for.
    pub open: Option<Open>,
    /// The last answer of each step.
    pub answers: BTreeMap<String, Answer>,
    /// The last state of the branches of each step that opens scopes.
    pub branches: BTreeMap<String, Branches>,
    /// The scope's answer.
    pub ended: Option<String>,
    /// The answer that its giver may still take back.
    pub recallable: Option<Recallable>,
}

/// What a row is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A record.
    Record(RecordId),
    /// A case, or a row of one.
    Case {
        /// The case.
        instance: String,
        /// The scope.
        scope: ScopePath,
    },
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Open {
    /// Somebody's answer.
    Task(Box<Task>),
    /// A time or a message.
    Wait {
        /// The end of the time.
        until: Option<Timestamp>,
        /// The message.
        message: Option<String>,
        /// What the message must name.
        key: String,
        /// Messages naming the case that end it before its time.
        interrupts: Vec<String>,
    },
    /// Branches; how they stand is in the scope's `branches`.
    Branches,
    /// A called case.
    Call {
        /// The called case, once it has started.
        instance: Option<String>,
    },
}

/// Work offered to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The task's id, unique over all cases.
    pub id: String,
    /// Who may do it.
    pub offer: Offer,
    /// Who has claimed it, or had it handed over.
    pub assignee: Option<String>,
    /// Who prepares the answer for the assignee.
    pub delegate: Option<String>,
    /// The end of the last day for it.
    pub due: Option<Timestamp>,
    /// Further signatures asked for.
    pub signers: Vec<Signer>,
    /// The main answer, when further signatures are still out.
    pub answered: Option<Box<Answer>>,
    /// What else that answer said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Box<Kept>>,
    /// People copied in.
    pub copies: Vec<String>,
    /// How often people were reminded of it.
    pub reminded: u32,
    /// What is to be mended, when the task is a correction.
    pub defects: Vec<String>,
    /// Messages naming the case that end the task before somebody answers.
    pub interrupts: Vec<String>,
}

/// Who may do something: a role in a unit, and perhaps one person only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The role.
    pub role: String,
    /// The unit; anywhere when not said.
    pub unit: Option<String>,
    /// Only the person who is this record.
    pub own: Option<RecordId>,
    /// Only this person.
    pub person: Option<String>,
}

/// A further signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// Who is asked.
    pub person: String,
    /// When, beside the main answer.
    pub place: SignPlace,
    /// Who asked.
    pub asked_by: String,
    /// What was answered.
    pub outcome: Option<String>,
    /// The words.
    pub opinion: Option<String>,
}

/// What a kept answer says beside outcome and words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Fields made empty with it.
    pub cleared: Vec<String>,
    /// Where a return leads, if somebody chose.
    pub to: Option<String>,
    /// What is to be mended.
    pub defects: Vec<String>,
    /// The last day for mending.
    pub deadline: Option<Date>,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
}

/// When a further signature is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignPlace {
    /// Before the main answer.
    Before,
    /// After it.
    After,
    /// At any time beside it.
    Beside,
}

/// An answer to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The visit that it answered.
    pub visit: u32,
    /// The outcome.
    pub outcome: String,
    /// The words.
    pub opinion: Option<String>,
    /// Who answered; the engine when nobody.
    pub by: Option<String>,
    /// For whom, when somebody stood in.
    pub on_behalf: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What it rests on, as a hash.
    pub rests: String,
}

/// How the branches of a step stand. Counters only: no sibling is read to decide a join.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branches {
    /// The visit that opened them.
    pub visit: u32,
    /// The visit that opened those before them, whose answers may still hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u32>,
    /// How many have been opened.
    pub opened: u64,
    /// The last key opened while opening goes on.
    pub cursor: Option<String>,
    /// Whether all have been opened.
    pub filled: bool,
    /// How many answered what.
    pub answered: BTreeMap<String, u64>,
}

impl Branches {
    /// Returns how many have answered, whatever they said.
    #[must_use]
    pub fn total_answered(&self) -> u64 {
        self.answered.values().sum()
    }

    /// Returns how many have left the join.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.answered.get(HELD).copied().unwrap_or(0)
    }
}

/// The answer of a branch that leaves its join.
pub const HELD: &str = "held";

/// The applicant's own step.
pub const START: &str = "start";

/// An answer that its giver may still take back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recallable {
    /// The step.
    pub step: String,
    /// Who answered.
    pub by: String,
}

/// A number given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocated {
    /// The series.
    pub series: String,
    /// The combination of parts for which the running number starts anew.
    pub bucket: String,
    /// What it is for.
    pub key: String,
    /// The running number.
    pub serial: u64,
    /// The number as people write it.
    pub text: String,
}

/// The part of the world that commands on one case change. Partial: it holds what was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The case's header.
    pub instance: Option<Instance>,
    /// Its scopes, as far as loaded.
    pub scopes: BTreeMap<String, Scope>,
    /// Records that the case has changed.
    #[serde(with = "records")]
    pub records: BTreeMap<RecordId, Record>,
    /// Numbers that the case has been given, by series and key.
    pub numbers: Vec<Allocated>,
}

impl Scope {
    /// Returns a scope in which nothing has happened.
    #[must_use]
    pub fn new(path: ScopePath) -> Self {
        Self {
            path,
            subject: None,
            item: None,
            form: Fields::new(),
            at: None,
            visit: 0,
            visits: 0,
            open: None,
            answers: BTreeMap::new(),
            branches: BTreeMap::new(),
            ended: None,
            recallable: None,
        }
    }

    /// Returns the number of the next entering of any step: one that no step of this scope has had.
    #[must_use]
    pub fn next_visit(&self) -> u32 {
        self.visit.max(self.visits).saturating_add(1)
    }

    /// Returns the task that is open here.
    #[must_use]
    pub fn task(&self) -> Option<&Task> {
        if let Some(Open::Task(task)) = &self.open { Some(task) } else { None }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// JSON has no maps with keys that are not text: records are kept as a list.
mod records {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::record::{Record, RecordId};

    pub(super) fn serialize<S: Serializer>(
        records: &BTreeMap<RecordId, Record>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(records.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<RecordId, Record>, D::Error> {
        let records = Vec::<Record>::deserialize(deserializer)?;
        Ok(records.into_iter().map(|record| (record.id.clone(), record)).collect())
    }
}
