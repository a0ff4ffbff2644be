//! The copy of a case's state on which a decision is worked out.
//!
//! Invariant: the copy changes only by events, which are kept in order; scopes and records are loaded when first asked
//! for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use xueji_definition::Text;
use xueji_definition::file::{Act, Candidates, Expr};
use xueji_definition::model::{Process, Step};
use xueji_definition::value::Value;

use super::draft::Draft;
use super::{Decision, Paper};
use crate::apply::apply;
use crate::command::{Actor, Context};
use crate::event::{Event, Recorded};
use crate::path::ScopePath;
use crate::people;
use crate::record::{Record, RecordId};
use crate::refusal::Refusal;
use crate::release::Release;
use crate::state::{Instance, InstanceState, Offer, Scope};
use crate::verdict::Verdict;
use crate::view::View;

/// Steps that one command may take by itself before it is taken for a loop.
const MOVES_MAX: u32 = 400;

pub(super) struct Work<'a> {
    pub(super) view: &'a dyn View,
    pub(super) at: &'a Context,
    pub(super) today: Date,
    pub(super) release: Arc<Release>,
    pub(super) process: String,
    pub(super) instance: String,
    pub(super) state: Draft,
    pub(super) events: Vec<Recorded>,
    pub(super) papers: Vec<Paper>,
    pub(super) verdicts: Vec<Verdict>,
    /// What a correction that is about to be opened is told.
    pub(super) correction: Option<Correction>,
    /// Records as expressions see them, by the version that was laid out.
    pub(super) laid_out: BTreeMap<RecordId, (u64, Arc<Value>)>,
    /// Rows opened so far by this command.
    pub(super) rows_opened: usize,
    known_missing: BTreeSet<RecordId>,
    moves: u32,
}

/// What a definition is at fault with. Words that only say what a parser said are the same in both languages.
pub(super) struct Fault(Text);

impl From<Text> for Fault {
    fn from(words: Text) -> Self {
        Self(words)
    }
}

impl From<String> for Fault {
    fn from(words: String) -> Self {
        Self(Text::new(words.as_str(), words.as_str()))
    }
}

impl From<&str> for Fault {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

/// What is to be mended, and until when.
#[derive(Debug, Clone, Default)]
pub(super) struct Correction {
    pub(super) defects: Vec<String>,
    pub(super) deadline: Option<Date>,
    /// It leads straight to the next step: whoever answered that one is asked again.
    pub(super) straight: bool,
}

impl<'a> Work<'a> {
    /// Begins work on a case that is there.
    pub(super) fn on(view: &'a dyn View, id: &str, at: &'a Context) -> Result<Self, Refusal> {
        let Some(instance) = view.instance(id)? else { return Err(unknown("case", id)) };
        let Some(release) = view.release(&instance.release)? else {
            return Err(unknown("release", &instance.release));
        };
        let process = instance.process.clone();
        let mut work = Self::new(view, at, release, &process, id);
        work.state.instance = Some(instance);
        work.process()?;
        Ok(work)
    }

    /// Begins work on a case that is about to start.
    pub(super) fn new(
        view: &'a dyn View,
        at: &'a Context,
        release: Arc<Release>,
        process: &str,
        id: &str,
    ) -> Self {
        Self {
            view,
            at,
            today: view.calendar().local_date(at.now),
            release,
            process: process.to_owned(),
            instance: id.to_owned(),
            state: Draft::default(),
            events: Vec::new(),
            papers: Vec::new(),
            verdicts: Vec::new(),
            correction: None,
            laid_out: BTreeMap::new(),
            rows_opened: 0,
            known_missing: BTreeSet::new(),
            moves: 0,
        }
    }

    /// Goes on by another release: what was worked out from the former one is worked out anew.
    pub(super) fn on_release(&mut self, release: &Arc<Release>) {
        self.release = Arc::clone(release);
        self.state.forget();
    }

    /// Ends the work.
    pub(super) fn decision(self) -> Decision {
        Decision {
            instance: self.instance,
            events: self.events,
            state: self.state.into_state(),
            papers: self.papers,
            verdicts: self.verdicts,
        }
    }

    /// Lets an event happen.
    pub(super) fn emit(&mut self, event: Event) {
        let recorded = Recorded {
            instance: self.instance.clone(),
            seq: self.next_seq(),
            at: self.at.now,
            by: self.at.actor.person().map(str::to_owned),
            event,
        };
        apply(&mut self.state, &recorded);
        self.events.push(recorded);
    }

    /// Returns the number that the next event gets.
    pub(super) fn next_seq(&self) -> u64 {
        self.state.instance.as_ref().map_or(0, |instance| instance.version)
    }

    /// Returns the process as it runs.
    pub(super) fn process(&self) -> Result<Arc<ProcessOf>, Refusal> {
        if self.release.process(&self.process).is_none() {
            return Err(unknown("process", &self.process));
        }
        Ok(Arc::new(ProcessOf { release: Arc::clone(&self.release), id: self.process.clone() }))
    }

    /// Returns a step.
    pub(super) fn step(&self, id: &str) -> Result<Arc<Step>, Refusal> {
        self.release.step(&self.process, id).ok_or_else(|| unknown("step", id))
    }

    /// Counts a step taken by the engine itself.
    pub(super) fn moved(&mut self, step: &str) -> Result<(), Refusal> {
        self.moves += 1;
        if self.moves > MOVES_MAX {
            let message = Text::new(
                format!("连续 {MOVES_MAX} 多步既没有人办理也没有等待"),
                format!("more than {MOVES_MAX} steps in a row without a person or a wait"),
            );
            return Err(self.fault(step, message));
        }
        Ok(())
    }

    /// Returns the refusal that a definition cannot be followed.
    pub(super) fn fault(&self, step: &str, message: impl Into<Fault>) -> Refusal {
        let Fault(message) = message.into();
        Refusal::Definition { place: format!("{}/{step}", self.process), message }
    }

    /// Returns the refusal of an expression that gives something else than is needed.
    pub(super) fn gives(
        &self,
        step: &str,
        Expr(expr): &Expr,
        value: &Value,
        (zh, en): (&str, &str),
    ) -> Refusal {
        let words = Text::new(
            format!("`{expr}` 得出 {value}，应为{zh}"),
            format!("`{expr}` gives {value}, not {en}"),
        );
        self.fault(step, words)
    }

    /// Returns the case's header.
    pub(super) fn header(&self) -> Result<&Instance, Refusal> {
        self.state.instance.as_ref().ok_or_else(|| unknown("case", &self.instance))
    }

    /// Refuses unless the case goes on.
    pub(super) fn require_open(&self) -> Result<(), Refusal> {
        match self.header()?.state {
            InstanceState::Open => Ok(()),
            state => Err(Refusal::NotOpen { state }),
        }
    }

    /// Returns a scope, loading it when first asked for.
    pub(super) fn scope(&mut self, path: &ScopePath) -> Result<&Scope, Refusal> {
        let key = path.to_string();
        if !self.state.scopes.contains_key(&key) {
            let Some(scope) = self.view.scope(&self.instance, path)? else {
                return Err(Refusal::TaskGone);
            };
            self.state.load_scope(key.clone(), scope);
        }
        self.state.scopes.get(&key).ok_or(Refusal::TaskGone)
    }

    /// Returns a scope if there is one.
    pub(super) fn scope_if_any(&mut self, path: &ScopePath) -> Result<Option<&Scope>, Refusal> {
        match self.scope(path) {
            Ok(_) => Ok(self.state.scopes.get(&path.to_string())),
            Err(Refusal::TaskGone) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Refuses unless every step above stands at the visit that opened the scope.
    pub(super) fn require_alive(&mut self, path: &ScopePath) -> Result<(), Refusal> {
        let mut at = path.clone();
        while let Some((above, segment)) = at.split() {
            let (step, visit) = (segment.step.clone(), segment.visit);
            let scope = self.scope(&above)?;
            if scope.at.as_deref() != Some(&step) || scope.visit != visit {
                return Err(Refusal::TaskGone);
            }
            at = above;
        }
        Ok(())
    }

    /// Returns the paths of a scope and those above it, innermost first.
    pub(super) fn chain(path: &ScopePath) -> Vec<ScopePath> {
        let mut chain = vec![path.clone()];
        while let Some((above, _)) = chain.last().and_then(ScopePath::split) {
            chain.push(above);
        }
        chain
    }

    /// Returns what the scope is about: its own subject, or that of the nearest scope above.
    pub(super) fn subject(&mut self, path: &ScopePath) -> Result<Option<RecordId>, Refusal> {
        for at in Self::chain(path) {
            if let Some(subject) = self.scope(&at)?.subject.clone() {
                return Ok(Some(subject));
            }
        }
        Ok(None)
    }

    /// Returns a record with what this decision has changed, loading it when first asked for.
    pub(super) fn record(&mut self, id: &RecordId) -> Result<Option<&Record>, Refusal> {
        if !self.state.records.contains_key(id) && !self.known_missing.contains(id) {
            match self.view.record(id)? {
                Some(record) => {
                    self.state.load_record(id.clone(), record);
                }
                None => {
                    self.known_missing.insert(id.clone());
                }
            }
        }
        Ok(self.state.records.get(id))
    }

    /// Returns who acts, or a refusal when it is the engine.
    pub(super) fn person(&self) -> Result<&'a str, Refusal> {
        match &self.at.actor {
            Actor::Person(id) => Ok(id),
            Actor::Engine => Err(Refusal::NotAllowed {
                person: "engine".to_owned(),
                act: "act",
                needs: Text::new("本人办理", "a person"),
            }),
        }
    }

    /// Refuses an act that the process or the step forbids.
    pub(super) fn require_allowed(
        &self,
        act: Act,
        name: &'static str,
        step: Option<&str>,
    ) -> Result<(), Refusal> {
        let process = self.process()?;
        let here = step
            .and_then(|id| process.get()?.step(id))
            .is_some_and(|step| step.forbid.contains(&act));
        let everywhere = process.get().is_some_and(|process| process.forbid.contains(&act));
        if here || everywhere { Err(Refusal::Forbidden { act: name }) } else { Ok(()) }
    }

    /// Refuses unless the person manages cases of the unit of the case's subject; the engine always does.
    pub(super) fn require_manager(&mut self, act: &'static str) -> Result<(), Refusal> {
        if self.at.actor == Actor::Engine {
            return Ok(());
        }
        let person = self.person()?;
        let unit = self.subject_unit(&ScopePath::root())?;
        let organisation = self.view.organisation();
        let manages = people::roles(organisation, person, self.today).iter().any(|held| {
            let role = organisation.roles.get(&held.role);
            role.is_some_and(|role| role.manages || role.administers)
                && people::reaches(organisation, held.unit.as_deref(), unit.as_deref())
        });
        if manages {
            return Ok(());
        }
        let needs = Text::new("有管理权限的角色", "a role that manages cases");
        Err(Refusal::NotAllowed { person: person.to_owned(), act, needs })
    }

    /// Returns the unit that the subject of a scope belongs to, if its record type says which field tells it.
    pub(super) fn subject_unit(&mut self, path: &ScopePath) -> Result<Option<String>, Refusal> {
        let Some(subject) = self.subject(path)? else { return Ok(None) };
        let field = self
            .release
            .definitions
            .records
            .records
            .get(&subject.kind)
            .and_then(|kind| kind.unit.clone());
        let (Some(field), today) = (field, self.today) else { return Ok(None) };
        let record = self.record(&subject)?;
        let unit =
            record.and_then(|record| record.value(&field, today, None, crate::Perspective::Local));
        Ok(unit.and_then(Value::as_text).map(str::to_owned))
    }

    /// Works out to whom something is offered.
    pub(super) fn offer(
        &mut self,
        path: &ScopePath,
        step: &str,
        to: &Candidates,
    ) -> Result<Offer, Refusal> {
        let unit = match &to.unit {
            Some(expr) => Some(self.text(path, step, expr)?),
            None => None,
        };
        let own = if to.own { self.subject(path)? } else { None };
        let person = if to.applicant { Some(self.header()?.applicant.clone()) } else { None };
        Ok(Offer { role: to.role.clone(), unit, own, person })
    }

    /// Evaluates an expression that must give text.
    pub(super) fn text(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
    ) -> Result<String, Refusal> {
        let value = self.required(path, step, expr)?;
        Ok(value.as_text().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// A process of a release, kept alive with it.
pub(super) struct ProcessOf {
    release: Arc<Release>,
    id: String,
}

impl ProcessOf {
    /// Returns the process.
    pub(super) fn get(&self) -> Option<&Process> {
        self.release.process(&self.id)
    }
}

/// Returns the refusal that there is no such thing.
pub(super) fn unknown(what: &'static str, id: &str) -> Refusal {
    Refusal::Unknown { what, id: id.to_owned() }
}
