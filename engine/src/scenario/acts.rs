//! The acts of a story, as commands.
//!
//! Invariant: an act goes the way of every command; the story's only help is that it finds tasks by step and row.

use xueji_definition::Text;
use xueji_definition::file::{
    CompleteAct, InstanceAct, MessageAct, PutRecord, ScenarioStep, StartAct, TaskAct as TaskActFile,
};
use xueji_runtime::command::{CaseAct, Completion, Overrides, Start, TaskAct};
use xueji_runtime::state::SignPlace;
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{Actor, Command, Context, Refusal, ScopePath};
use xueji_store::{Direction, Range, Store};

use super::Failure;
use super::examples::raw;
use super::stage::{Stage, broken, is_row, put};
use crate::core::Core;
use crate::index::Liveness;
use crate::keys;
use crate::queries::tasks::TaskView;
use crate::said::both;
use crate::stored::Answer;
use crate::submission::{Submission, SubmitError};

/// What an act came to.
#[derive(Debug, Default)]
pub(super) struct Came {
    /// The refusal's code and words.
    pub(super) refused: Option<(String, Text)>,
    /// What the rules said.
    pub(super) verdicts: Vec<Verdict>,
    /// Whether there was an act that rules judge.
    pub(super) judged: bool,
    /// The row whose act was refused, where one act goes to many.
    pub(super) refused_row: Option<String>,
}

impl Came {
    fn of(result: Result<Answer, SubmitError>) -> Self {
        match result {
            Ok(answer) => Self { verdicts: answer.verdicts, judged: true, ..Self::default() },
            Err(error) => {
                let verdicts = match &error {
                    SubmitError::Refused(Refusal::Rules(verdicts)) => verdicts.clone(),
                    _ => Vec::new(),
                };
                Self { refused: Some(told(&error)), verdicts, judged: true, refused_row: None }
            }
        }
    }
}

fn told(error: &SubmitError) -> (String, Text) {
    match error {
        SubmitError::Refused(Refusal::Form(faults)) => {
            let told = |words: fn(&Text) -> &String, between| {
                let faults = faults.iter();
                let faults =
                    faults.map(|fault| format!("{} {}", fault.pointer, words(&fault.message)));
                faults.collect::<Vec<_>>().join(between)
            };
            ("form".to_owned(), Text::new(told(|text| &text.zh, "；"), told(|text| &text.en, "; ")))
        }
        SubmitError::Refused(refusal) => (refusal.code().to_owned(), refusal.text()),
        SubmitError::TooLarge(error) => ("too-large".to_owned(), both(&error.to_string())),
        error => ("fault".to_owned(), both(&error.to_string())),
    }
}

type Acted = Result<Came, Box<Failure>>;

impl Stage {
    /// Does what a step says, if it says anything.
    pub(super) fn act(&mut self, step: &ScenarioStep) -> Acted {
        let by = self.actor(step.by.as_deref())?;
        if let Some(start) = &step.start {
            return self.start(start, by);
        }
        if let Some(start) = &step.check {
            return self.check(start, by);
        }
        if let Some(complete) = &step.complete {
            return self.complete(complete, &by);
        }
        if let Some(task) = &step.task {
            return self.task_act(task, by);
        }
        if let Some(case) = &step.case {
            return self.case_act(case, &by);
        }
        if let Some(message) = &step.message {
            return self.message(message, &by);
        }
        self.put(&step.put)
    }

    fn submit(&mut self, command: Command, by: Actor) -> Came {
        Came::of(self.core.submit(&Submission::new(command, by)))
    }

    fn start(&mut self, act: &StartAct, by: Actor) -> Acted {
        self.upload(&act.form)?;
        let result = self.core.submit(&Submission::new(Command::Start(start(act)), by));
        if let Ok(answer) = &result {
            self.name(act.label.as_deref().unwrap_or(&act.process), &answer.instance);
        }
        Ok(Came::of(result))
    }

    fn check(&mut self, act: &StartAct, by: Actor) -> Acted {
        self.upload(&act.form)?;
        let context =
            Context { now: self.core.clock.now(), actor: by, new_instance: "new".to_owned() };
        let result = self.core.check(&start(act), &context);
        Ok(match result {
            Ok(verdicts) => Came { verdicts, judged: true, ..Came::default() },
            Err(error) => Came::of(Err(error)),
        })
    }

    /// Returns the open tasks at a step, of the row when one is named.
    fn at(
        &self,
        instance: &str,
        step: &str,
        row: Option<&str>,
    ) -> Result<Vec<TaskView>, Box<Failure>> {
        let mut found = self.tasks(instance)?;
        found.retain(|task| {
            task.step == step
                && row.is_none_or(|row| is_row(&self.row(&task.process, &task.scope), row))
        });
        Ok(found)
    }

    /// Returns the one task meant; an empty list of them is a task that is gone.
    fn one(
        &self,
        instance: &str,
        step: &str,
        row: Option<&str>,
    ) -> Result<Option<TaskView>, Box<Failure>> {
        let mut found = self.at(instance, step, row)?;
        if found.len() > 1 {
            let rows: Vec<String> =
                found.iter().take(8).map(|task| self.row(&task.process, &task.scope)).collect();
            let words = format!(
                "该步骤有 {0} 个任务，请写 row：{1} | the step has {0} tasks, name a row: {1}",
                found.len(),
                rows.join(", ")
            );
            return Err(Box::new(broken(step, &words)));
        }
        Ok(found.pop())
    }

    fn complete(&mut self, act: &CompleteAct, by: &Actor) -> Acted {
        self.upload(&act.form)?;
        let instance = self.named(act.of.as_deref())?;
        let tasks = if act.all_rows {
            self.at(&instance, &act.step, act.row.as_deref())?
        } else {
            self.one(&instance, &act.step, act.row.as_deref())?.into_iter().collect()
        };
        if tasks.is_empty() {
            return Ok(Came::of(Err(Refusal::TaskGone.into())));
        }
        let answer = Completion {
            outcome: act.outcome.clone(),
            opinion: act.opinion.clone(),
            form: raw(&act.form),
            to: act.to.clone(),
            defects: act.defects.clone(),
            deadline: act.deadline,
            overrides: overrides(&act.overrides),
        };
        let mut came = Came { judged: true, ..Came::default() };
        for task in tasks {
            let TaskView { instance, process, scope, task, .. } = task;
            let row = self.row(&process, &scope);
            let command =
                Command::Complete { instance, scope, task: task.id, answer: answer.clone() };
            let one = self.submit(command, by.clone());
            if came.refused.is_none() && one.refused.is_some() && act.all_rows {
                came.refused_row = Some(row);
            }
            came.refused = came.refused.or(one.refused);
            came.verdicts.extend(one.verdicts);
        }
        Ok(came)
    }

    fn task_act(&mut self, act: &TaskActFile, by: Actor) -> Acted {
        let instance = self.named(act.of.as_deref())?;
        if act.act == "recall" {
            let scope = self.recallable(&instance, &act.step, act.row.as_deref())?;
            return Ok(self.submit(Command::Recall { instance, scope }, by));
        }
        let Some(task) = self.one(&instance, &act.step, act.row.as_deref())? else {
            return Ok(Came::of(Err(Refusal::TaskGone.into())));
        };
        let to =
            || act.to.clone().ok_or_else(|| Box::new(broken("to", &"请写 to | name a person")));
        let note = act.opinion.clone();
        let what = match act.act.as_str() {
            "claim" => TaskAct::Claim,
            "release" => TaskAct::Release,
            "delegate" => TaskAct::Delegate { to: to()?, note },
            "transfer" => TaskAct::Transfer { to: to()?, note },
            "copy" => TaskAct::Copy { to: to()?, note },
            "remind" => TaskAct::Remind,
            "add-signer" => {
                let place = match act.place.as_deref() {
                    Some("before") => SignPlace::Before,
                    Some("after") => SignPlace::After,
                    _ => SignPlace::Beside,
                };
                TaskAct::AddSigner { person: to()?, place }
            }
            other => {
                return Err(Box::new(broken(
                    "act",
                    &format!("没有这种操作：{other} | no such act: {other}"),
                )));
            }
        };
        let TaskView { instance, scope, task, .. } = task;
        Ok(self.submit(Command::Task { instance, scope, task: task.id, act: what }, by))
    }

    /// Returns the scope in which an answer to a step may be taken back; the case's own when there is none.
    fn recallable(
        &self,
        instance: &str,
        step: &str,
        row: Option<&str>,
    ) -> Result<ScopePath, Box<Failure>> {
        let process = self.header(instance)?.map(|header| header.process).unwrap_or_default();
        let meant = |path: &ScopePath| row.is_none_or(|row| is_row(&self.row(&process, path), row));
        let scopes = self.scopes(instance)?;
        let scopes: Vec<_> = scopes.iter().filter(|scope| meant(&scope.path)).collect();
        let found = scopes
            .iter()
            .find(|scope| scope.recallable.as_ref().is_some_and(|last| last.step == step))
            .or_else(|| scopes.iter().find(|scope| scope.answers.contains_key(step)));
        Ok(found.map(|scope| scope.path.clone()).unwrap_or_default())
    }

    fn case_act(&mut self, act: &InstanceAct, by: &Actor) -> Acted {
        let instance = self.named(act.of.as_deref())?;
        let given = act.reason.clone();
        let reason = given.clone().unwrap_or_default();
        let mut acts = Vec::new();
        match act.act.as_str() {
            "withdraw" => acts.push(CaseAct::Withdraw { reason: given }),
            "hold" => acts.push(CaseAct::Hold { reason }),
            "resume" => acts.push(CaseAct::Resume { reason: given }),
            "terminate" => acts.push(CaseAct::Terminate { reason }),
            "reopen" => {
                let (scope, step) = self.opener(&instance, act)?;
                acts.push(CaseAct::Reopen { scope, step, keys: act.keys.clone(), reason });
            }
            "add-item" => {
                let (scope, step) = self.opener(&instance, act)?;
                let add = |key: &String| CaseAct::AddItem {
                    scope: scope.clone(),
                    step: step.clone(),
                    key: key.clone(),
                };
                acts.extend(act.keys.iter().map(add));
            }
            other => {
                return Err(Box::new(broken(
                    "act",
                    &format!("没有这种操作：{other} | no such act: {other}"),
                )));
            }
        }
        let mut came = Came::default();
        for act in acts {
            let one = self.submit(Command::Case { instance: instance.clone(), act }, by.clone());
            came.refused = came.refused.or(one.refused);
        }
        Ok(came)
    }

    /// Returns the scope in which a for-each stands.
    fn opener(
        &self,
        instance: &str,
        act: &InstanceAct,
    ) -> Result<(ScopePath, String), Box<Failure>> {
        let step = act
            .step
            .clone()
            .ok_or_else(|| Box::new(broken("step", &"请写 step | name the step")))?;
        let process = self.header(instance)?.map(|header| header.process).unwrap_or_default();
        let scopes = self.scopes(instance)?;
        let found = scopes.iter().find(|scope| {
            let meant =
                act.row.as_ref().is_none_or(|row| is_row(&self.row(&process, &scope.path), row));
            meant && scope.branches.contains_key(&step)
        });
        Ok((found.map(|scope| scope.path.clone()).unwrap_or_default(), step))
    }

    fn message(&mut self, act: &MessageAct, by: &Actor) -> Acted {
        let key = match &act.key {
            Some(key) => key.clone(),
            None => self.named(act.of.as_deref())?,
        };
        let waiting = self.read(|reader| {
            let range = Range::prefix(&keys::waits(&act.name, &key));
            let page = reader.scan(&range, None, 1_000, Direction::Ascending)?;
            let mut liveness = Liveness::new(reader);
            let mut waiting = Vec::new();
            for (instance, scope) in page.iter().filter_map(|(key, _)| keys::read_wait(key)) {
                let process =
                    liveness.header(&instance)?.map(|header| header.process).unwrap_or_default();
                if liveness.is_alive(&instance, &scope)? {
                    waiting.push((process, instance, scope));
                }
            }
            Ok(waiting)
        })?;
        let mut came = Came::default();
        let mut reached = false;
        for (process, instance, scope) in waiting {
            if act.row.as_ref().is_some_and(|row| !is_row(&self.row(&process, &scope), row)) {
                continue;
            }
            reached = true;
            let (name, answer) = (act.name.clone(), act.answer.clone());
            let command = Command::Message { instance, scope, name, answer, form: raw(&act.form) };
            let one = self.submit(command, by.clone());
            came.refused = came.refused.or(one.refused);
        }
        if !reached {
            return Ok(Came::of(Err(Refusal::NotAwaited { name: act.name.clone() }.into())));
        }
        Ok(came)
    }

    fn put(&mut self, records: &[PutRecord]) -> Acted {
        let mut puts = Vec::new();
        for record in records {
            let mut put =
                put(&self.core.live.release, &record.record_type, &record.id, &record.values)?;
            put.from = record.from;
            puts.push(put);
        }
        self.core.put_records(&puts, false).map_err(|error| Box::new(broken("put", &error)))?;
        Ok(Came::default())
    }

    /// Returns the case of a name, which is from now on the last one named.
    fn named(&mut self, label: Option<&str>) -> Result<String, Box<Failure>> {
        let instance = self.case(label)?;
        if let Some(label) = label {
            self.names.last = Some(label.to_owned());
        }
        Ok(instance)
    }
}

fn start(act: &StartAct) -> Start {
    Start {
        process: act.process.clone(),
        subject: act.subject.clone(),
        form: raw(&act.form),
        overrides: overrides(&act.overrides),
        ..Start::default()
    }
}

fn overrides(given: &indexmap::IndexMap<String, String>) -> Overrides {
    given.iter().map(|(rule, reason)| (rule.clone(), reason.clone())).collect()
}

impl Core {
    /// Returns what the rules say about starting a case, without starting it.
    fn check(&self, start: &Start, context: &Context) -> Result<Vec<Verdict>, SubmitError> {
        let reader = self.store.snapshot()?;
        let view = crate::view::StoreView::new(
            &*reader,
            std::sync::Arc::clone(&self.live),
            &self.releases,
        );
        Ok(xueji_runtime::check(&view, start, context)?)
    }
}
