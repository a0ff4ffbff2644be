//! Facts in a case's history.
//!
//! Invariant: an event says what happened in full, so that [`crate::apply`] needs nothing beside it: no clock, no lookup.
//! A released event never changes its meaning; a new meaning is a new variant.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::value::{Fields, Value};

use crate::path::ScopePath;
use crate::record::{RecordId, Standing};
use crate::state::{Allocated, Answer, Item, Kept, Offer, Open, Parent, SignPlace, Task};
use crate::verdict::Verdict;

pub use crate::timer::{Timer, TimerKind};

/// An event with what every event has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The case.
    pub instance: String,
    /// Its number in the case, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who; the engine when nobody.
    pub by: Option<String>,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A case began.
    Started {
        /// The process.
        process: String,
        /// The release it stays on.
        release: String,
        /// What it is about.
        subject: Option<RecordId>,
        /// Who started it.
        applicant: String,
        /// The local date.
        date: Date,
        /// The subject's cohort.
        cohort: Option<i64>,
        /// The form.
        form: Fields,
        /// What the rules said.
        verdicts: Vec<Verdict>,
        /// The step of another case that waits for it.
        parent: Option<Parent>,
    },
    /// The token of a scope moved to a step.
    Entered {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The number of this entering.
        visit: u32,
        /// The office's name for where the case is, if the step changes it.
        stage: Option<Text>,
    },
    /// Work was offered.
    TaskOpened {
        /// The scope.
        scope: ScopePath,
        /// The task.
        task: Task,
    },
    /// A task has another assignee, or none.
    TaskAssigned {
        /// The scope.
        scope: ScopePath,
        /// How: `claim`, `release` or `transfer`.
        how: Handing,
        /// Who has it now.
        assignee: Option<String>,
        /// The words.
        note: Option<String>,
    },
    /// Somebody prepares the answer.
    TaskDelegated {
        /// The scope.
        scope: ScopePath,
        /// Who.
        to: String,
        /// The words.
        note: Option<String>,
    },
    /// A delegate has prepared the answer.
    TaskPrepared {
        /// The scope.
        scope: ScopePath,
        /// What the delegate proposes.
        outcome: String,
        /// The words.
        opinion: Option<String>,
    },
    /// A further signature was asked for.
    SignerAdded {
        /// The scope.
        scope: ScopePath,
        /// Who is asked.
        person: String,
        /// When.
        place: SignPlace,
        /// Who asked.
        asked_by: String,
    },
    /// A further signature was given.
    SignerAnswered {
        /// The scope.
        scope: ScopePath,
        /// Who.
        person: String,
        /// What.
        outcome: String,
        /// The words.
        opinion: Option<String>,
    },
    /// The main answer was given while further signatures are out.
    AnswerKept {
        /// The scope.
        scope: ScopePath,
        /// The answer.
        answer: Answer,
        /// What else it said.
        #[serde(default)]
        kept: Box<Kept>,
    },
    /// Somebody was copied in.
    Copied {
        /// The scope.
        scope: ScopePath,
        /// Who.
        person: String,
        /// The words.
        note: Option<String>,
    },
    /// People were reminded of a task.
    Reminded {
        /// The scope.
        scope: ScopePath,
        /// Whether it was the engine, for the time.
        escalated: bool,
    },
    /// A step was answered.
    Answered {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The answer.
        answer: Answer,
        /// What was entered with it.
        form: Fields,
        /// Fields made empty with it.
        cleared: Vec<String>,
        /// Where a return leads, if somebody chose.
        to: Option<String>,
        /// What is to be mended.
        defects: Vec<String>,
        /// What the rules said.
        verdicts: Vec<Verdict>,
        /// The giver may still take it back.
        recallable: bool,
    },
    /// A gateway chose: the rules were judged in the order written, up to the first that was satisfied.
    Routed {
        /// The scope.
        scope: ScopePath,
        /// The gateway.
        step: String,
        /// Where it leads.
        next: String,
        /// What the rules said; none where none of them had to be asked.
        verdicts: Vec<Verdict>,
    },
    /// An earlier answer still holds: nothing that it rests on has changed.
    SignatureKept {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The visit that it now answers.
        visit: u32,
    },
    /// Somebody took back an answer.
    Recalled {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
    },
    /// A wait began.
    WaitOpened {
        /// The scope.
        scope: ScopePath,
        /// The end of the time.
        until: Option<Timestamp>,
        /// The message.
        message: Option<String>,
        /// What the message must name.
        key: String,
        /// Messages naming the case that end it before its time.
        interrupts: Vec<String>,
    },
    /// A message ended a wait or a task before its time.
    Interrupted {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The message.
        message: String,
        /// Its data.
        form: Fields,
    },
    /// A step began to open branches.
    BranchesOpened {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The visit.
        visit: u32,
    },
    /// A branch opened.
    ScopeOpened {
        /// The branch's path.
        scope: ScopePath,
        /// What a row is about.
        subject: Option<RecordId>,
        /// What a row is for.
        item: Option<Item>,
        /// The branch of an earlier visit whose form and answers go on here.
        carried: Option<Box<Carried>>,
    },
    /// All branches of a step have been opened.
    BranchesFilled {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
    },
    /// A branch answered its step.
    BranchAnswered {
        /// The scope of the step.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The branch.
        key: String,
        /// The answer.
        outcome: String,
    },
    /// A branch's answer is void: it was recalled or its row reopened.
    BranchReopened {
        /// The scope of the step.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The branch.
        key: String,
        /// The answer it had given.
        outcome: String,
    },
    /// The token went back to a step that had opened branches, and these live again.
    StepReopened {
        /// The scope.
        scope: ScopePath,
        /// The step.
        step: String,
        /// The visit that opened the branches.
        visit: u32,
    },
    /// A scope ended.
    ScopeEnded {
        /// The scope.
        scope: ScopePath,
        /// Its answer.
        outcome: String,
    },
    /// Form fields were filled in by the engine.
    Filled {
        /// The scope.
        scope: ScopePath,
        /// The fields.
        form: Fields,
    },
    /// A record's fields have new values.
    RecordSet {
        /// The record.
        record: RecordId,
        /// The values; an empty one makes the field empty.
        values: Vec<(String, Option<Value>)>,
        /// From when they hold.
        from: Date,
        /// How they stand.
        standing: Standing,
    },
    /// The case's unsettled values on a record were settled.
    RecordSettled {
        /// The record.
        record: RecordId,
        /// Effective or refused.
        standing: Standing,
        /// From when they are official.
        from: Date,
    },
    /// A number was given out.
    Numbered {
        /// The scope.
        scope: ScopePath,
        /// The number.
        number: Allocated,
        /// The form field it was put into.
        into: String,
    },
    /// A paper was made.
    DocumentMade {
        /// The scope.
        scope: ScopePath,
        /// The paper's id.
        id: String,
        /// The template.
        template: String,
        /// What it is called.
        title: Text,
        /// The SHA-256 of its bytes, in hexadecimal.
        hash: String,
    },
    /// People are told something.
    Noticed {
        /// The scope.
        scope: ScopePath,
        /// The notice.
        notice: String,
        /// Who.
        to: Vec<Offer>,
        /// The heading.
        title: Text,
        /// The message.
        text: Text,
    },
    /// A message was sent to waiting cases.
    MessageSent {
        /// The message.
        message: OutgoingMessage,
    },
    /// An address outside is to be called.
    WebhookCalled {
        /// The address.
        address: String,
        /// The body.
        data: Fields,
    },
    /// Another case is to be started.
    CallRequested {
        /// The scope.
        scope: ScopePath,
        /// The process.
        process: String,
        /// The subject.
        subject: Option<RecordId>,
        /// The form.
        form: Fields,
        /// The step that waits, if it does.
        parent: Option<Parent>,
    },
    /// The called case has started.
    CallStarted {
        /// The scope.
        scope: ScopePath,
        /// The called case.
        called: String,
    },
    /// A waiting case is told that the case it called is over.
    ParentTold {
        /// The waiting step.
        parent: Parent,
        /// The result.
        result: String,
    },
    /// A called case is ended, too.
    CalledEnded {
        /// The called case.
        called: String,
    },
    /// Something is to happen at a time.
    TimerSet {
        /// The timer.
        timer: Timer,
    },
    /// A time came while the case is held, and is kept until it goes on.
    TimerParked {
        /// The timer.
        timer: Timer,
    },
    /// The case is held.
    Held {
        /// Why.
        reason: String,
    },
    /// The case goes on.
    Resumed {
        /// Why.
        reason: Option<String>,
    },
    /// The case goes on by another release.
    Migrated {
        /// The release it stood on.
        from: String,
        /// The release it stands on now.
        to: String,
        /// The steps that somebody named anew, old to new.
        steps: std::collections::BTreeMap<String, String>,
        /// Why.
        reason: String,
    },
    /// Steps of a scope are called otherwise from now on.
    StepsRenamed {
        /// The scope.
        scope: ScopePath,
        /// Old to new.
        steps: std::collections::BTreeMap<String, String>,
    },
    /// After the case moved to another release, what a step waits for was worked out anew.
    Reoffered {
        /// The scope.
        scope: ScopePath,
        /// The step at which the token stands now.
        step: String,
        /// Its visit; another one than before where its timers were set anew.
        visit: u32,
        /// What it waits for now.
        open: Box<Open>,
    },
    /// The case is over.
    Ended {
        /// How.
        result: String,
        /// Why, if somebody ended it from outside.
        reason: Option<String>,
    },
}

/// How a task changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handing {
    /// 认领: taken by a candidate.
    Claim,
    /// Given back to all candidates.
    Release,
    /// 转办: handed to somebody else.
    Transfer,
}

/// What goes on from a branch of an earlier visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The form.
    pub form: Fields,
    /// The answers.
    pub answers: std::collections::BTreeMap<String, Answer>,
}

/// A message on its way to waiting cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingMessage {
    /// The message.
    pub name: String,
    /// What it names.
    pub key: String,
    /// What it answers.
    pub answer: Option<String>,
    /// Its data.
    pub form: Fields,
}
