//! From a case's events to its traces and acts.
//!
//! Invariant: a trace holds exactly the activities of its scope's net, in the order in which they happened; an answer that
//! was taken back, and what came after it in its scope, is no part of it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use xueji_definition::model::{Kind, Process, Within};
use xueji_definition::value::Fields;
use xueji_runtime::event::{Event, Handing};
use xueji_runtime::state::{Answer, Instance, InstanceState, Offer, Open, START};
use xueji_runtime::{Recorded, ScopePath};

use super::{Act, CaseLog, LogStep, Naming, Persons, ScopeLog, ScopeState};
use crate::trace::scope_of;

/// The outcome with which the applicant hands in, and that of not doing so in time.
const SUBMIT: &str = "submit";
const LAPSED: &str = "lapsed";

/// How a case ends that its applicant withdrew.
const WITHDRAWN: &str = "withdrawn";

/// Who did a step.
#[derive(Clone, Copy)]
enum By<'e> {
    /// Whoever gave the answer.
    Answer(&'e Answer),
    /// Whoever's command it was.
    Whoever,
    /// The engine, in consequence of something else.
    Engine,
}

/// A scope under way.
#[derive(Debug)]
struct Walked {
    log: ScopeLog,
    path: ScopePath,
    at: Option<String>,
    visit: u32,
    entered: Option<Timestamp>,
    offer: Option<Offer>,
    task: Option<String>,
    ended: bool,
    /// Answers taken back since the branch's own was made void: more than one when the row was reopened.
    reopened: Option<Vec<String>>,
}

/// Walks the events of one case.
#[derive(Debug)]
pub struct CaseWalk<'a> {
    process: Option<&'a Process>,
    naming: Naming,
    persons: &'a Persons<'a>,
    log: CaseLog,
    scopes: BTreeMap<usize, Walked>,
    places: HashMap<String, usize>,
    /// The step into which a return led against the graph, so that entering it is no way of its net.
    against: bool,
}

impl<'a> CaseWalk<'a> {
    /// Returns a walk that begins.
    #[must_use]
    pub fn new(
        header: &Instance,
        process: Option<&'a Process>,
        naming: Naming,
        persons: &'a Persons<'a>,
    ) -> Self {
        let state = match header.state {
            InstanceState::Open => "open",
            InstanceState::Held => "held",
            InstanceState::Ended => "ended",
        };
        let log = CaseLog {
            case: header.id.clone(),
            process: header.process.clone(),
            release: header.release.clone(),
            started: header.started_at,
            state: state.to_owned(),
            result: header.result.clone(),
            parent: header.parent.as_ref().map(|parent| parent.instance.clone()),
            subject: header.subject.as_ref().map(|subject| persons.record(subject)),
            scopes: Vec::new(),
            acts: Vec::new(),
        };
        let (scopes, places) = (BTreeMap::new(), HashMap::new());
        Self { process, naming, persons, log, scopes, places, against: false }
    }

    fn within(&self, path: &ScopePath) -> Option<Within> {
        let last = path.segments().last()?;
        let step = self.process.and_then(|process| process.step(&last.step));
        let branch = match step.map(|step| &step.kind) {
            Some(Kind::ForEach(_)) => "body".to_owned(),
            _ => last.key.clone(),
        };
        Some(Within { step: last.step.clone(), branch })
    }

    fn name(&self, path: &ScopePath) -> String {
        let mut shown = ScopePath::root();
        for segment in path.segments() {
            let step = self.process.and_then(|process| process.step(&segment.step));
            // The name of a branch is the office's own word; the key of a row may be somebody's number.
            let key = match step.map(|step| &step.kind) {
                Some(Kind::Parallel { .. }) => segment.key.clone(),
                _ => self.persons.key(&segment.key),
            };
            shown = shown.child(&segment.step, segment.visit, &key);
        }
        if shown.is_root() { self.log.case.clone() } else { format!("{}/{shown}", self.log.case) }
    }

    fn open(&mut self, path: &ScopePath) -> Option<&mut Walked> {
        let net = (self.naming.net)(&self.log.process, self.within(path).as_ref());
        let log = ScopeLog {
            name: self.name(path),
            net,
            above: path.split().map(|(above, _)| self.name(&above)),
            state: ScopeState::Open,
            moved: false,
            subject: None,
            steps: Vec::new(),
        };
        let walked = Walked {
            log,
            path: path.clone(),
            at: None,
            visit: 0,
            entered: None,
            offer: None,
            task: None,
            ended: false,
            reopened: None,
        };
        let number = self.scopes.len();
        self.places.insert(path.to_string(), number);
        self.scopes.insert(number, walked);
        self.scopes.get_mut(&number)
    }

    fn scope(&mut self, path: &ScopePath) -> Option<&mut Walked> {
        let number = *self.places.get(&path.to_string())?;
        self.scopes.get_mut(&number)
    }

    /// Takes the next event.
    pub fn take(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Started { form, subject, .. } => {
                let subject = subject.as_ref().map(|subject| self.persons.record(subject));
                if let Some(root) = self.open(&ScopePath::root()) {
                    root.log.subject = subject;
                }
                self.step(recorded, &ScopePath::root(), START, SUBMIT, By::Whoever, form);
            }
            Event::ScopeOpened { scope, subject, .. } => {
                let subject = subject.as_ref().map(|subject| self.persons.record(subject));
                if let Some(opened) = self.open(scope) {
                    opened.log.subject = subject;
                }
            }
            Event::Entered { scope, step, visit, .. } => {
                self.entered(recorded, scope, step, *visit)
            }
            Event::TaskOpened { scope, task } => {
                if let Some(scope) = self.scope(scope) {
                    scope.offer = Some(task.offer.clone());
                    scope.task = Some(task.id.clone());
                }
            }
            Event::Answered { scope, step, answer, form, to, .. } => {
                self.step(recorded, scope, step, &answer.outcome, By::Answer(answer), form);
                self.returned(scope, step, &answer.outcome, to.as_deref());
            }
            Event::SignatureKept { scope, step, .. } => {
                let kept = self.process.and_then(|process| (self.naming.kept)(process, step));
                let activity = kept.unwrap_or_else(|| (self.naming.activity)(step, "approve"));
                self.add(recorded, scope, step, activity, By::Engine, &Fields::new());
            }
            Event::Interrupted { scope, step, message, form } => {
                self.step(recorded, scope, step, message, By::Whoever, form);
            }
            Event::ScopeEnded { scope, .. } => {
                if let Some(scope) = self.scope(scope) {
                    scope.ended = true;
                    scope.at = None;
                }
            }
            Event::Migrated { .. } => {
                // What goes on by another release is a run of neither net.
                for scope in self.scopes.values_mut().filter(|scope| !scope.ended) {
                    scope.log.moved = true;
                }
                self.beside(recorded, "migrate", &ScopePath::root(), None);
            }
            Event::StepsRenamed { scope, steps } => {
                if let Some(scope) = self.scope(scope) {
                    let named = scope.at.as_ref().and_then(|step| steps.get(step)).cloned();
                    scope.at = named.or(scope.at.take());
                }
            }
            Event::Reoffered { scope, step, visit, open } => {
                if let Some(scope) = self.scope(scope) {
                    scope.at = Some(step.clone());
                    scope.visit = *visit;
                    if let Open::Task(task) = &**open {
                        scope.offer = Some(task.offer.clone());
                        scope.task = Some(task.id.clone());
                    }
                }
            }
            Event::Ended { result, reason } => self.ended(recorded, result, reason.is_some()),
            _ => self.act(recorded),
        }
    }

    fn step(
        &mut self,
        recorded: &Recorded,
        path: &ScopePath,
        step: &str,
        outcome: &str,
        by: By<'_>,
        form: &Fields,
    ) {
        let activity = (self.naming.activity)(step, outcome);
        self.add(recorded, path, step, activity, by, form);
    }

    fn add(
        &mut self,
        recorded: &Recorded,
        path: &ScopePath,
        step: &str,
        activity: String,
        by: By<'_>,
        form: &Fields,
    ) {
        let (who, behalf) = match by {
            By::Answer(answer) => (answer.by.as_deref(), answer.on_behalf.as_deref()),
            By::Whoever => (recorded.by.as_deref(), None),
            By::Engine => (None, None),
        };
        let by = who.map(|person| self.persons.person(person));
        let on_behalf = behalf.map(|person| self.persons.person(person));
        let form = self.persons.form(form);
        let Some(scope) = self.scope(path) else { return };
        let offer = scope.offer.clone().filter(|_| by.is_some());
        let entry = LogStep {
            seq: recorded.seq,
            at: recorded.at,
            activity,
            step: step.to_owned(),
            by,
            on_behalf,
            role: offer.as_ref().map(|offer| offer.role.clone()),
            unit: offer.and_then(|offer| offer.unit),
            task: scope.task.take(),
            entered: scope.entered,
            form,
        };
        scope.log.steps.push(entry);
        scope.offer = None;
    }

    fn entered(&mut self, recorded: &Recorded, path: &ScopePath, step: &str, visit: u32) {
        let end = self.process.and_then(|process| (self.naming.end)(process, step));
        let against = std::mem::take(&mut self.against);
        let Some(scope) = self.scope(path) else { return };
        let reopened = scope.reopened.take();
        // One answer taken back, and its step entered again: recalled. Anything else: the row was reopened.
        let recalled = reopened.as_deref().is_some_and(|taken| *taken == [step.to_owned()]);
        if step == START && scope.at.is_none() {
            // A case that begins at the applicant's task has not been handed in yet.
            scope.log.steps.clear();
        }
        scope.log.moved |= against || (reopened.is_some() && !recalled);
        scope.at = Some(step.to_owned());
        scope.visit = visit;
        scope.entered = Some(recorded.at);
        scope.ended = false;
        scope.offer = None;
        scope.task = None;
        if let Some(activity) = end {
            self.add(recorded, path, step, activity, By::Engine, &Fields::new());
        }
    }

    /// Notes a return that leads where the step's own ways do not.
    fn returned(&mut self, path: &ScopePath, step: &str, outcome: &str, to: Option<&str>) {
        let Some(to) = to else { return };
        let way = self.process.and_then(|process| process.step(step)?.next.get(outcome));
        if way.map(String::as_str) == Some(to) {
            return;
        }
        self.against = true;
        if let Some(scope) = self.scope(path) {
            scope.log.moved = true;
        }
    }

    fn ended(&mut self, recorded: &Recorded, result: &str, reasoned: bool) {
        let root = ScopePath::root();
        let at = self.scope(&root).and_then(|scope| scope.at.clone());
        let at_end = at.as_deref().is_some_and(|step| {
            self.process.is_some_and(|process| (self.naming.end)(process, step).is_some())
        });
        let lapsed = result == LAPSED && at.as_deref() == Some(START);
        if lapsed {
            self.step(recorded, &root, START, LAPSED, By::Engine, &Fields::new());
        } else if !at_end || reasoned {
            let act = if result == WITHDRAWN { "withdraw" } else { "terminate" };
            self.beside(recorded, act, &root, None);
        }
        if let Some(scope) = self.scope(&root) {
            scope.ended = (at_end && !reasoned) || lapsed;
            scope.at = None;
        }
    }

    /// Notes an act beside the net.
    fn beside(&mut self, recorded: &Recorded, act: &str, path: &ScopePath, to: Option<&str>) {
        let by = recorded.by.as_deref().map(|person| self.persons.person(person));
        let to = to.map(|person| self.persons.person(person));
        let scope = self.name(path);
        let (step, task) = match self.scope(path) {
            Some(scope) => (scope.at.clone(), scope.task.clone()),
            None => (None, None),
        };
        self.log.acts.push(Act {
            seq: recorded.seq,
            at: recorded.at,
            act: act.to_owned(),
            scope,
            step,
            activity: None,
            by,
            to,
            task,
        });
    }

    fn act(&mut self, recorded: &Recorded) {
        let root = ScopePath::root();
        let path = scope_of(&recorded.event).cloned().unwrap_or_default();
        let (act, to) = match &recorded.event {
            Event::TaskAssigned { how, assignee, .. } => {
                let act = match how {
                    Handing::Claim => "claim",
                    Handing::Release => "release",
                    Handing::Transfer => "transfer",
                };
                (act, assignee.as_deref())
            }
            Event::TaskDelegated { to, .. } => ("delegate", Some(to.as_str())),
            Event::TaskPrepared { .. } => ("prepare", None),
            Event::SignerAdded { person, .. } => ("add-signer", Some(person.as_str())),
            Event::SignerAnswered { .. } => ("sign", None),
            Event::Copied { person, .. } => ("copy", Some(person.as_str())),
            Event::Reminded { escalated: false, .. } => ("remind", None),
            Event::Reminded { escalated: true, .. } => ("escalate", None),
            Event::AnswerKept { .. } => ("keep-answer", None),
            Event::Held { .. } => ("hold", None),
            Event::Resumed { .. } => ("resume", None),
            Event::Recalled { scope, step } => {
                self.recalled(scope, step);
                ("recall", None)
            }
            Event::BranchReopened { scope, step, key, .. } => {
                let visit = self.visit_of(scope, step, key);
                if let Some(row) = visit.and_then(|row| self.scope(&row)) {
                    row.reopened = Some(Vec::new());
                }
                return;
            }
            Event::StepReopened { scope, step, visit } => {
                if let Some(scope) = self.scope(scope) {
                    scope.log.moved = true;
                    scope.at = Some(step.clone());
                    scope.visit = *visit;
                }
                ("reopen", None)
            }
            _ => return,
        };
        let path = if matches!(act, "hold" | "resume") { root } else { path };
        self.beside(recorded, act, &path, to);
    }

    /// Returns the branch of that key which the last visit of a step opened.
    fn visit_of(&self, above: &ScopePath, step: &str, key: &str) -> Option<ScopePath> {
        let number = self.places.get(&above.to_string())?;
        let visit = self.scopes.get(number)?.visit;
        Some(above.child(step, visit, key))
    }

    /// Takes an answer out of its trace, with what came after it there.
    fn recalled(&mut self, path: &ScopePath, step: &str) {
        let name = self.name(path);
        let Some(scope) = self.scope(path) else { return };
        if let Some(taken) = &mut scope.reopened {
            taken.push(step.to_owned());
        }
        let Some(from) = scope.log.steps.iter().rposition(|entry| entry.step == step) else {
            return;
        };
        let void = scope.log.steps.split_off(from);
        self.log.acts.extend(void.into_iter().map(|step| aside(step, "void", &name)));
    }

    /// Returns what is written of the case.
    #[must_use]
    pub fn finish(mut self) -> CaseLog {
        let alive: Vec<bool> =
            self.scopes.values().map(|scope| self.is_alive(&scope.path)).collect();
        for (scope, alive) in self.scopes.into_values().zip(alive) {
            let mut log = scope.log;
            log.state = match (scope.ended, alive) {
                (true, _) => ScopeState::Finished,
                (false, true) => ScopeState::Open,
                (false, false) => ScopeState::CutOff,
            };
            if log.moved {
                let steps = std::mem::take(&mut log.steps);
                self.log.acts.extend(steps.into_iter().map(|step| aside(step, "aside", &log.name)));
            }
            self.log.scopes.push(log);
        }
        self.log.acts.sort_by_key(|act| act.seq);
        self.log
    }

    /// Tells whether the token of every scope above stands at the visit that opened this one.
    fn is_alive(&self, path: &ScopePath) -> bool {
        let mut at = path.clone();
        while let Some((above, segment)) = at.split() {
            let scope = self.places.get(&above.to_string()).and_then(|n| self.scopes.get(n));
            let stands = scope.is_some_and(|scope| {
                scope.at.as_deref() == Some(&segment.step) && scope.visit == segment.visit
            });
            if !stands {
                return false;
            }
            at = above;
        }
        self.log.state != "ended"
    }
}

/// Returns a step that is in no trace, as an act.
fn aside(step: LogStep, act: &str, scope: &str) -> Act {
    Act {
        seq: step.seq,
        at: step.at,
        act: act.to_owned(),
        scope: scope.to_owned(),
        step: Some(step.step),
        activity: Some(step.activity),
        by: step.by,
        to: None,
        task: step.task,
    }
}
