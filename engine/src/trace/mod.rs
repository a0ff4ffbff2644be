//! A case told as a story: every event in order, with who, on whose behalf, in which role, on which release, and what the
//! rules read and said.
//!
//! Invariant: the story adds nothing to the history: each entry is one event, in words. What a reader may not see has
//! passed a [`Sight`] before it becomes words.

mod answers;
mod effects;
mod names;
mod sight;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_runtime::event::Event;
use xueji_runtime::state::{Offer, Open};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{RecordId, Recorded, Release, ScopePath};

pub use names::Names;
pub use sight::{AllSeeing, Sight};

/// A thing's id with what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// What it is called.
    pub title: Text,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The id.
    pub id: String,
    /// The name, if it is known.
    pub name: Option<String>,
}

/// One event of a case, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number in the case, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The local date and time, to the minute.
    pub local: String,
    /// What happened: started, entered, task-opened, answered, …
    pub kind: String,
    /// Who; nobody when it was the engine.
    pub by: Option<Who>,
    /// For whom, when somebody stood in.
    pub on_behalf: Option<Who>,
    /// The role in which a task was taken up or answered.
    pub role: Option<Named>,
    /// The unit of that role.
    pub unit: Option<Named>,
    /// The release by whose definitions it happened.
    pub release: String,
    /// Where in the case.
    pub scope: ScopePath,
    /// The step.
    pub step: Option<Named>,
    /// What happened, in one sentence.
    pub says: Text,
    /// What belongs to it, a line each.
    pub details: Vec<Text>,
    /// What the rules said, with what they read.
    pub verdicts: Vec<Judged>,
}

/// A verdict with what it read.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub said: Verdict,
    /// What was read, as far as it may be seen.
    pub reads: Vec<ReadValue>,
}

/// A value that a rule read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadValue {
    /// The dotted path.
    pub path: String,
    /// What it is called.
    pub title: Text,
    /// What stood there.
    pub found: Found,
}

/// What stood at a path that a rule read.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// This, with its words.
    Value(Json, Text),
    /// Nothing.
    Nothing,
    /// Something that the reader may not see.
    Masked,
}

/// Where a scope stands, as far as the story needs it.
#[derive(Debug, Clone, Default)]
struct Standing {
    step: Option<String>,
    offer: Option<Offer>,
    entered: HashMap<String, u32>,
}

/// Tells the events of one case, in their order.
#[derive(Debug)]
pub struct Teller {
    offset: Offset,
    scopes: HashMap<String, Standing>,
    release: String,
    process: String,
    subject: Option<RecordId>,
    said: Vec<Verdict>,
}

impl Teller {
    /// Returns a teller for a case of which nothing has been told yet.
    #[must_use]
    pub fn new(offset: Offset) -> Self {
        Self {
            offset,
            scopes: HashMap::new(),
            release: String::new(),
            process: String::new(),
            subject: None,
            said: Vec::new(),
        }
    }

    /// Returns the release by whose definitions the next event happens; empty before the first.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Takes note of an event without telling it.
    pub fn follow(&mut self, event: &Event) {
        if !verdicts(event).is_empty() {
            self.said = verdicts(event).to_vec();
        }
        match event {
            Event::Started { process, release, subject, .. } => {
                self.process.clone_from(process);
                self.release.clone_from(release);
                self.subject.clone_from(subject);
            }
            Event::Entered { scope, step, .. } | Event::StepReopened { scope, step, .. } => {
                let standing = self.scopes.entry(scope.to_string()).or_default();
                standing.step = Some(step.clone());
                standing.offer = None;
                *standing.entered.entry(step.clone()).or_default() += 1;
            }
            Event::TaskOpened { scope, task } => {
                self.scopes.entry(scope.to_string()).or_default().offer = Some(task.offer.clone());
            }
            Event::ScopeEnded { scope, .. } => {
                self.scopes.remove(&scope.to_string());
            }
            Event::Migrated { to, .. } => self.release.clone_from(to),
            Event::StepsRenamed { scope, steps } => {
                let standing = self.scopes.entry(scope.to_string()).or_default();
                let named = standing.step.as_ref().and_then(|step| steps.get(step)).cloned();
                standing.step = named.or(standing.step.take());
            }
            Event::Reoffered { scope, step, open, .. } => {
                let standing = self.scopes.entry(scope.to_string()).or_default();
                standing.step = Some(step.clone());
                standing.offer = match &**open {
                    Open::Task(task) => Some(task.offer.clone()),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    /// Tells an event and takes note of it.
    pub fn tell(
        &mut self,
        recorded: &Recorded,
        release: &Release,
        names: &Names<'_>,
        sight: &dyn Sight,
    ) -> Told {
        if let Event::Started { .. } = &recorded.event {
            self.follow(&recorded.event);
        }
        let scope = scope_of(&recorded.event).cloned().unwrap_or_default();
        let standing = self.scopes.get(&scope.to_string()).cloned().unwrap_or_default();
        let process = release.process(&self.process);
        let step = step_of(&recorded.event).map(str::to_owned).or_else(|| standing.step.clone());
        let step = step.map(|id| Named { title: names.step(process, &id), id });
        let offer = standing.offer.as_ref().filter(|_| acts_on_a_task(&recorded.event));
        let telling = words::Telling {
            names,
            sight,
            process,
            step: step.as_ref(),
            offset: self.offset,
            said: &self.said,
            times: step
                .as_ref()
                .and_then(|step| standing.entered.get(&step.id).copied())
                .unwrap_or(0),
        };
        let (says, details) = telling.words(&recorded.event);
        let told = Told {
            seq: recorded.seq,
            at: recorded.at,
            local: words::moment(self.offset, recorded.at),
            kind: kind(&recorded.event),
            by: recorded.by.as_deref().map(|person| names.who(person)),
            on_behalf: on_behalf(&recorded.event).map(|person| names.who(person)),
            role: offer.map(|offer| names.role(&offer.role)),
            unit: offer.and_then(|offer| offer.unit.as_deref()).map(|unit| names.unit(unit)),
            release: self.release.clone(),
            scope,
            step: step.clone(),
            says,
            details,
            verdicts: verdicts(&recorded.event)
                .iter()
                .map(|said| telling.judged(said, self.subject.as_ref()))
                .collect(),
        };
        self.follow(&recorded.event);
        told
    }
}

/// Returns the verdicts that an event keeps.
#[must_use]
pub fn verdicts(event: &Event) -> &[Verdict] {
    match event {
        Event::Started { verdicts, .. }
        | Event::Answered { verdicts, .. }
        | Event::Routed { verdicts, .. } => verdicts,
        Event::AnswerKept { kept, .. } => &kept.verdicts,
        _ => &[],
    }
}

/// Returns the scope that an event names.
#[must_use]
pub fn scope_of(event: &Event) -> Option<&ScopePath> {
    match event {
        Event::Entered { scope, .. }
        | Event::TaskOpened { scope, .. }
        | Event::TaskAssigned { scope, .. }
        | Event::TaskDelegated { scope, .. }
        | Event::TaskPrepared { scope, .. }
        | Event::SignerAdded { scope, .. }
        | Event::SignerAnswered { scope, .. }
        | Event::AnswerKept { scope, .. }
        | Event::Copied { scope, .. }
        | Event::Reminded { scope, .. }
        | Event::Answered { scope, .. }
        | Event::Routed { scope, .. }
        | Event::SignatureKept { scope, .. }
        | Event::Recalled { scope, .. }
        | Event::WaitOpened { scope, .. }
        | Event::Interrupted { scope, .. }
        | Event::BranchesOpened { scope, .. }
        | Event::ScopeOpened { scope, .. }
        | Event::BranchesFilled { scope, .. }
        | Event::BranchAnswered { scope, .. }
        | Event::BranchReopened { scope, .. }
        | Event::StepReopened { scope, .. }
        | Event::ScopeEnded { scope, .. }
        | Event::Filled { scope, .. }
        | Event::Numbered { scope, .. }
        | Event::DocumentMade { scope, .. }
        | Event::Noticed { scope, .. }
        | Event::CallRequested { scope, .. }
        | Event::CallStarted { scope, .. }
        | Event::StepsRenamed { scope, .. }
        | Event::Reoffered { scope, .. } => Some(scope),
        Event::TimerSet { timer } | Event::TimerParked { timer } => Some(&timer.scope),
        _ => None,
    }
}

fn step_of(event: &Event) -> Option<&str> {
    match event {
        Event::Entered { step, .. }
        | Event::Answered { step, .. }
        | Event::Routed { step, .. }
        | Event::SignatureKept { step, .. }
        | Event::Recalled { step, .. }
        | Event::Interrupted { step, .. }
        | Event::BranchesOpened { step, .. }
        | Event::BranchesFilled { step, .. }
        | Event::BranchAnswered { step, .. }
        | Event::BranchReopened { step, .. }
        | Event::StepReopened { step, .. }
        | Event::Reoffered { step, .. } => Some(step),
        Event::TimerSet { timer } | Event::TimerParked { timer } => Some(&timer.step),
        _ => None,
    }
}

fn on_behalf(event: &Event) -> Option<&str> {
    match event {
        Event::Answered { answer, .. } | Event::AnswerKept { answer, .. } => {
            answer.on_behalf.as_deref()
        }
        _ => None,
    }
}

/// Tells whether whoever brought about the event did so in the role to which the task is offered.
fn acts_on_a_task(event: &Event) -> bool {
    match event {
        Event::Answered { answer, .. } | Event::AnswerKept { answer, .. } => answer.by.is_some(),
        Event::TaskAssigned { .. }
        | Event::TaskDelegated { .. }
        | Event::SignerAdded { .. }
        | Event::Copied { .. } => true,
        _ => false,
    }
}

/// Returns the stored name of an event's kind.
#[must_use]
pub fn kind(event: &Event) -> String {
    let whole = serde_json::to_value(event).unwrap_or_default();
    whole.get("kind").and_then(Json::as_str).unwrap_or_default().to_owned()
}
