//! What people do by right: fill in forms, answer tasks, record messages, take cases up again.
//!
//! Invariant: a person does what the office's files let them; what is refused is mended as a person would, or left.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value as Json;
use xueji_definition::file::{
    Candidates, CompleteAct, GivenRecord, InstanceAct, Literal, MessageAct, ScenarioStep,
};
use xueji_definition::model::{Kind, Process};
use xueji_definition::value::Value;
use xueji_runtime::state::START;
use xueji_runtime::{Refusal, ScopePath, people};

use super::cast;
use super::hours;
use super::office::{Office, Plan, Work};
use super::stage::{Ended, Violation};

/// How often a form is mended before it is given up.
const MENDED_MAX: u32 = 8;
/// How often a task is tried before it is given up.
const TRIES_MAX: u32 = 6;
/// The words that people leave.
const OPINION: &str = "（模拟）";

type Form = IndexMap<String, Literal>;

/// Returns whether somebody else would be let through.
pub(super) fn of_person(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotAllowed { .. }
            | Refusal::OwnCase { .. }
            | Refusal::NotSeparate { .. }
            | Refusal::Assigned { .. }
    )
}

/// Returns the rules that stand in the way; for another refusal, its code.
pub(super) fn blocking(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Rules(verdicts) => {
            let blocking = verdicts.iter().filter(|verdict| verdict.blocks());
            blocking.map(|verdict| verdict.rule.clone()).collect()
        }
        other => vec![other.code().to_owned()],
    }
}

/// Returns the nearest day to come that a rule in the way looked at.
fn day_ahead(refusal: &Refusal, today: Date) -> Option<Date> {
    let Refusal::Rules(verdicts) = refusal else { return None };
    let reads = verdicts.iter().filter(|verdict| verdict.blocks()).flat_map(|v| v.reads.values());
    let days = reads.filter_map(|value| match value {
        Some(Value::Date(day)) if *day > today => Some(*day),
        _ => None,
    });
    days.min()
}

impl Office<'_> {
    /// Does what a form is part of, and mends the form as long as it is at fault.
    pub(super) fn filled(
        &mut self,
        form: Option<&str>,
        mut filled: Form,
        step: impl Fn(Form) -> ScenarioStep,
    ) -> Result<Ended, Violation> {
        for _ in 0..MENDED_MAX {
            let ended = self.act(step(filled.clone()), false)?;
            let Ended::Refused(refusal) = &ended else { return Ok(ended) };
            let Refusal::Form(faults) = refusal.as_ref() else { return Ok(ended) };
            let pointers: Vec<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
            for pointer in pointers {
                self.mend(form, &mut filled, &pointer);
            }
        }
        self.act(step(filled), false)
    }

    fn mend(&mut self, form: Option<&str>, filled: &mut Form, pointer: &str) {
        let mut parts = pointer.trim_start_matches('/').split('/');
        let name = parts.next().unwrap_or_default();
        if name == "materials" {
            let Some(paper) = parts.next() else { return };
            let papers = filled
                .entry("materials".to_owned())
                .or_insert_with(|| Literal(Json::Object(serde_json::Map::new())));
            if let Json::Object(papers) = &mut papers.0
                && papers.remove(paper).is_none()
            {
                papers.insert(paper.to_owned(), cast::paper());
            }
            return;
        }
        // What was wrong is taken out first; what is then missing is filled in anew.
        if filled.shift_remove(name).is_some() {
            return;
        }
        let form = form.and_then(|form| self.release.definitions.forms.get(form));
        let Some(field) = form.and_then(|form| form.fields.get(name)).cloned() else { return };
        let today = self.today();
        let value = self.cast.value(&self.stage.world, &field, today, &mut self.chance);
        filled.insert(name.to_owned(), Literal(value));
    }

    /// Leaves out of what somebody would fill in elsewhere what is not asked for here.
    pub(super) fn fitting(&self, process: &str, form: Option<&str>, mut filled: Form) -> Form {
        let definitions = &self.release.definitions;
        let fields = form.and_then(|form| definitions.forms.get(form)).map(|form| &form.fields);
        filled.retain(|name, papers| match &mut papers.0 {
            Json::Object(papers) if name == "materials" => {
                let process = definitions.processes.get(process).into_iter();
                let asked = process.flat_map(|process| definitions.papers_of(process));
                let asked: BTreeSet<&str> = asked.map(|item| item.id.as_str()).collect();
                papers.retain(|paper, _| asked.contains(paper.as_str()));
                true
            }
            _ => fields.is_some_and(|fields| fields.contains_key(name)),
        });
        filled
    }

    /// Returns the form of a step.
    pub(super) fn form_of(&self, process: &str, step: &str) -> Option<String> {
        let process = self.release.process(process)?;
        match process.step(step).map(|step| &step.kind) {
            None => process.start.form.clone(),
            Some(Kind::UserTask(task)) => task.form.clone(),
            Some(Kind::Wait(wait)) => wait.form.clone(),
            Some(_) => None,
        }
    }

    /// Returns who might start a case, the likeliest first.
    pub(super) fn starters(&self, process: &Process, subject: Option<&GivenRecord>) -> Vec<String> {
        let organisation = &self.release.definitions.organisation;
        let mut who = Vec::new();
        for by in std::iter::once(&process.start.by).chain(&process.start.or_by) {
            let held_by = organisation.roles.get(&by.role).and_then(|role| role.held_by.as_ref());
            if let (Some(kind), Some(subject)) = (held_by, subject)
                && *kind == subject.record_type
            {
                who.push(format!("{kind}:{}", subject.id));
            }
            who.extend(self.holders(by));
        }
        who
    }

    /// Returns who holds a role anywhere.
    fn holders(&self, by: &Candidates) -> Vec<String> {
        let organisation = &self.release.definitions.organisation;
        let today = self.today();
        let mut holders: Vec<String> = organisation
            .people
            .keys()
            .filter(|person| people::holds(organisation, person, &by.role, None, today))
            .cloned()
            .collect();
        holders.sort();
        holders
    }

    /// Answers a task that somebody took up.
    pub(super) fn answer(&mut self, mut work: Work) -> Result<(), Violation> {
        let scope = self.stage.world.scope_of(&work.instance, &work.path);
        let open = scope.and_then(|scope| scope.task()).is_some_and(|task| task.id == work.task.id);
        if !open || !self.stage.world.is_alive(&work.instance, &work.path) {
            return Ok(());
        }
        let Some(header) = self.stage.world.header(&work.instance) else { return Ok(()) };
        let process = header.process.clone();
        let outcomes = self.outcomes(&process, &work.step);
        let first = self.choose(&outcomes);
        let others = outcomes.iter().rev().filter(|outcome| **outcome != first).cloned();
        let order: Vec<String> = std::iter::once(first.clone()).chain(others).collect();
        let form = self.form_of(&process, &work.step);
        let (label, row) = (self.stage.label(&work.instance), self.row(&process, &work.path));
        for outcome in order {
            let step = |form: Form| ScenarioStep {
                by: Some(work.person.clone()),
                complete: Some(CompleteAct {
                    of: Some(label.clone()),
                    step: work.step.clone(),
                    row: row.clone(),
                    outcome: outcome.clone(),
                    opinion: Some(OPINION.to_owned()),
                    form,
                    ..CompleteAct::default()
                }),
                ..ScenarioStep::default()
            };
            let today = self.today();
            let given = self.cast.answer(&process, &work.step, &outcome, today, &mut self.chance);
            let given = self.fitting(&process, form.as_deref(), given);
            match self.filled(form.as_deref(), given, step)? {
                Ended::Done(_) => {
                    let key = (work.instance.clone(), work.path.to_string());
                    self.worked.insert(key, work.minutes);
                    return self.strangers();
                }
                Ended::Nowhere => return Ok(()),
                Ended::Refused(refusal) if of_person(&refusal) => {
                    work.barred.insert(work.person.clone());
                    let now = self.stage.world.now;
                    self.take_up(work, now);
                    return Ok(());
                }
                Ended::Refused(refusal) => {
                    // Who is told a day comes again on that day.
                    let ahead = day_ahead(&refusal, today).filter(|_| work.tries < TRIES_MAX);
                    if let Some(at) = ahead.and_then(|day| self.morning(day)) {
                        work.tries += 1;
                        let at = hours::later(at, self.chance.below(420));
                        self.plan(at, Plan::Answer(Box::new(work)));
                        return Ok(());
                    }
                }
            }
        }
        work.tries += 1;
        if work.tries < TRIES_MAX {
            let again = hours::later(self.stage.world.now, 1_440 * u64::from(work.tries));
            self.plan(again, Plan::Answer(Box::new(work)));
        } else {
            *self.figures.given_up.entry(work.step).or_default() += 1;
        }
        Ok(())
    }

    fn morning(&self, day: Date) -> Option<Timestamp> {
        let nine = day.at(9, 0, 0, 0);
        self.stage.world.calendar.offset().to_timestamp(nine).ok()
    }

    fn row(&self, process: &str, path: &ScopePath) -> Option<String> {
        let row = self.stage.world.row(process, path);
        (!row.is_empty()).then_some(row)
    }

    fn outcomes(&self, process: &str, step: &str) -> Vec<String> {
        if step == START {
            return vec!["submit".to_owned()];
        }
        let step = self.release.process(process).and_then(|process| process.step(step));
        match step.map(|step| &step.kind) {
            Some(Kind::UserTask(task)) => task.outcomes.clone(),
            _ => Vec::new(),
        }
    }

    /// Chooses an answer: mostly the one that goes on.
    fn choose(&mut self, outcomes: &[String]) -> String {
        let first = outcomes.first().cloned().unwrap_or_default();
        if self.chance.percent(80) {
            return first;
        }
        self.chance.of(outcomes).cloned().unwrap_or(first)
    }

    /// Records a message from outside.
    pub(super) fn speak(
        &mut self,
        instance: &str,
        path: &ScopePath,
        at: &str,
        name: &str,
        by_itself: bool,
    ) -> Result<(), Violation> {
        let scope = self.stage.world.scope_of(instance, path);
        if scope.and_then(|scope| scope.at.as_deref()) != Some(at)
            || !self.stage.world.is_alive(instance, path)
        {
            return Ok(());
        }
        let Some(header) = self.stage.world.header(instance) else { return Ok(()) };
        let process = header.process.clone();
        let step = self.release.process(&process).and_then(|known| known.step(at)).cloned();
        let wait = step.and_then(|step| match step.kind {
            Kind::Wait(wait) => Some(wait),
            _ => None,
        });
        let today = self.today();
        let told = self.cast.message(name, today, &mut self.chance);
        let (mut answer, form) = told.unwrap_or_default();
        let answers = wait.as_ref().map(|wait| wait.answers.clone()).unwrap_or_default();
        if !by_itself {
            answer = None;
        } else if !answers.is_empty() && answer.as_ref().is_none_or(|own| !answers.contains(own)) {
            answer = Some(self.choose(&answers));
        }
        let by = wait.as_ref().and_then(|wait| wait.by.clone());
        let (label, row) = (self.stage.label(instance), self.row(&process, path));
        let form_id = self.form_of(&process, at);
        let reason = form.get("reason").cloned();
        let mut form = self.fitting(&process, form_id.as_deref(), form);
        // A message without a form, and one that interrupts, may say why and nothing else.
        if form.is_empty() && (form_id.is_none() || !by_itself) {
            form.extend(reason.map(|reason| ("reason".to_owned(), reason)));
        }
        for person in self.senders(by.as_ref()) {
            let step = |form: Form| ScenarioStep {
                by: Some(person.clone()),
                message: Some(MessageAct {
                    name: name.to_owned(),
                    of: Some(label.clone()),
                    row: row.clone(),
                    key: None,
                    answer: answer.clone(),
                    form,
                }),
                ..ScenarioStep::default()
            };
            match self.filled(form_id.as_deref(), form.clone(), step)? {
                Ended::Refused(refusal) if of_person(&refusal) => {}
                Ended::Done(_) => return self.strangers(),
                Ended::Refused(_) if by_itself => {
                    // It comes again on another day.
                    let again = hours::later(self.stage.world.now, 1_440);
                    let (instance, path) = (instance.to_owned(), path.clone());
                    let (step, name) = (at.to_owned(), name.to_owned());
                    if self.chance.percent(80) {
                        self.plan(again, Plan::Speak { instance, path, step, name, by_itself });
                    }
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn senders(&self, by: Option<&Candidates>) -> Vec<String> {
        by.map_or_else(|| self.managers(), |by| self.holders(by))
    }

    fn managers(&self) -> Vec<String> {
        let organisation = &self.release.definitions.organisation;
        let today = self.today();
        let manages = |person: &&String| {
            people::roles(organisation, person, today)
                .iter()
                .any(|held| organisation.roles.get(&held.role).is_some_and(|role| role.manages))
        };
        organisation.people.keys().filter(manages).cloned().collect()
    }

    /// Takes up a case that is held.
    pub(super) fn resume(&mut self, instance: &str) -> Result<(), Violation> {
        for person in self.managers() {
            match self.case_act(instance, &person, "resume")? {
                Ended::Refused(refusal) if of_person(&refusal) => {}
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Lets the applicant think better of it.
    pub(super) fn withdraw(&mut self, instance: &str) -> Result<(), Violation> {
        let header = self.stage.world.header(instance);
        let Some(person) = header.map(|header| header.applicant.clone()) else { return Ok(()) };
        self.case_act(instance, &person, "withdraw").map(|_| ())
    }

    fn case_act(&mut self, instance: &str, by: &str, act: &str) -> Result<Ended, Violation> {
        let step = ScenarioStep {
            by: Some(by.to_owned()),
            case: Some(InstanceAct {
                act: act.to_owned(),
                of: Some(self.stage.label(instance)),
                step: None,
                row: None,
                keys: Vec::new(),
                reason: Some(OPINION.to_owned()),
            }),
            ..ScenarioStep::default()
        };
        self.act(step, false)
    }
}
