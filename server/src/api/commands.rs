//! Starting cases and completing tasks, one or many.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_engine::queries::TaskView;
use xueji_engine::{Answer, Engine, Submission, SubmitError};
use xueji_runtime::command::Completion;
use xueji_runtime::{Command, ScopePath};

use super::App;
use super::answer::{Created, Id, Tagged};
use super::error::ApiError;
use super::extract::{Body, Caller, Conditions};
use super::language::Chinese;
use super::look::Look;
use super::processes::{Shown, refused, starting};
use crate::wire::{self, OverrideIn, Verdict};

/// The most tasks completed by one request.
pub const MANY_MAX: usize = 400;

/// A case to be started.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartIn {
    /// The process.
    pub process: String,
    /// The subject's id.
    pub subject: Option<String>,
    /// The form.
    #[serde(default)]
    pub form: wire::Form,
    /// Rules set aside, by those who may.
    #[serde(default, rename = "override")]
    pub overrides: Vec<OverrideIn>,
}

/// A case that has started.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Started {
    /// The case's id.
    pub id: String,
    /// Its version; the ETag.
    pub version: u64,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
}

/// Starts a case.
pub async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    Body(body): Body<StartIn>,
) -> Result<Created<Started>, ApiError> {
    let idempotency = conditions.idempotency(&caller, &body);
    let start = starting(body.process, body.subject, body.form, body.overrides);
    let mut submission = Submission::new(Command::Start(start.clone()), caller.actor());
    submission.idempotency = idempotency;
    let answer = app.submit_raw(submission).await?;
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let answer = answer.map_err(|error| match error {
            SubmitError::Refused(refusal) => refused(&look, &start, refusal),
            other => other.into(),
        })?;
        let verdicts = Shown::new(&look, &start)?.verdicts(&look, &start, &answer.verdicts);
        Ok::<_, ApiError>(Created {
            location: format!("/api/v1/instances/{}", answer.instance),
            version: Some(answer.version),
            body: Started { id: answer.instance, version: answer.version, verdicts },
        })
    })
    .await
}

/// An answer to a task.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteIn {
    /// The outcome.
    pub outcome: String,
    /// The words.
    pub opinion: Option<String>,
    /// The form.
    #[serde(default)]
    pub form: wire::Form,
    /// The step to return to.
    pub to: Option<String>,
    /// What is to be mended; with `return`.
    #[serde(default)]
    pub defects: Vec<String>,
    /// The last day for mending.
    pub deadline: Option<Date>,
    /// Rules set aside, by those who may.
    #[serde(default, rename = "override")]
    pub overrides: Vec<OverrideIn>,
}

impl From<CompleteIn> for Completion {
    fn from(given: CompleteIn) -> Self {
        Self {
            outcome: given.outcome,
            opinion: given.opinion,
            form: given.form,
            to: given.to,
            defects: given.defects,
            deadline: given.deadline,
            overrides: wire::overrides(given.overrides),
        }
    }
}

/// What a command brought about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Done {
    /// The case.
    pub instance: String,
    /// The case's version after it; the ETag.
    pub version: u64,
    /// The same command had been answered before, and nothing happened now.
    pub repeated: bool,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
}

impl From<Answer> for Done {
    fn from(answer: Answer) -> Self {
        Self {
            verdicts: answer.verdicts.iter().map(Verdict::from).collect(),
            instance: answer.instance,
            version: answer.version,
            repeated: answer.repeated,
        }
    }
}

impl Done {
    /// Returns an answer with the case's version as the ETag.
    #[must_use]
    pub fn tagged(answer: Answer) -> Tagged<Self> {
        Tagged(answer.version, answer.into())
    }
}

/// Completes a task. An unclaimed one is claimed by it.
pub async fn complete(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    Path(Id { id }): Path<Id>,
    Body(body): Body<CompleteIn>,
) -> Result<Tagged<Done>, ApiError> {
    let task = id.clone();
    let by = caller.clone();
    let (instance, scope) = app.ask(move |engine| place(engine, &by, &task)).await?;
    let idempotency = conditions.idempotency(&caller, &body);
    let command = Command::Complete { instance, scope, task: id, answer: body.into() };
    let submission = Submission {
        command,
        actor: caller.actor(),
        idempotency,
        if_version: conditions.if_version,
    };
    app.submit(submission).await.map(Done::tagged)
}

/// Returns where a task stands or stood, to those who may know of it: whom it reaches, or who sees its case.
pub(crate) fn place(
    engine: &Engine,
    caller: &Caller,
    task: &str,
) -> Result<(String, ScopePath), ApiError> {
    let unknown = || ApiError::not_found("task", task);
    let (instance, scope) = engine.place_of_task(task)?.ok_or_else(unknown)?;
    let look = Look::new(engine, caller);
    let open = engine.task(task)?;
    let header = engine.header(&instance)?.ok_or_else(unknown)?;
    let release = look.release(&header)?;
    let process = release.process(&header.process);
    // Whom a task was offered to may know that a colleague has it now.
    let reaches = |view: &TaskView| {
        let mut offered = view.clone();
        offered.task.assignee = None;
        look.takes_up(&offered, process) || view.task.copies.contains(&look.person)
    };
    if open.as_ref().is_some_and(reaches) || answered_by(&look, &instance, &scope)? {
        return Ok((instance, scope));
    }
    let whole = look.of_case(&header, open.as_slice(), process)?;
    let eyes = look.of_scope(&header, &whole, &scope, open.as_ref(), process)?;
    if eyes.sees() { Ok((instance, scope)) } else { Err(unknown()) }
}

/// Returns whether the caller has answered in a scope before, so that a repeat of that answer is told from a guess.
fn answered_by(look: &Look<'_>, instance: &str, scope: &ScopePath) -> Result<bool, ApiError> {
    let row = look.engine.row(instance, scope)?;
    let me = Some(look.person.as_str());
    Ok(row.is_some_and(|row| row.scope.answers.values().any(|answer| answer.by.as_deref() == me)))
}

/// Tasks to be completed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyIn {
    /// The tasks, at most 400, each with its answer.
    pub items: Vec<OneOfMany>,
}

/// A task to be completed among others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOfMany {
    /// The task's id.
    pub task: String,
    /// The answer.
    pub answer: CompleteIn,
}

/// What became of each task.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ManyOut {
    /// How many were completed.
    pub completed: usize,
    /// How many were not.
    pub refused: usize,
    /// The result of each, in the order of the request.
    pub results: Vec<ResultOfMany>,
}

/// What became of one task.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResultOfMany {
    /// The task's id.
    pub task: String,
    /// The status that the task alone would have been answered with.
    pub status: u16,
    /// What it brought about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
    /// Why it was refused, as a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<serde_json::Value>,
}

/// Completes many tasks, each by itself: what is refused of one stops no other.
pub async fn complete_many(
    State(app): State<Arc<App>>,
    caller: Caller,
    Chinese(chinese): Chinese,
    conditions: Conditions,
    Body(body): Body<ManyIn>,
) -> Result<Json<ManyOut>, ApiError> {
    if body.items.is_empty() || body.items.len() > MANY_MAX {
        let words =
            Text::new(format!("一次 1–{MANY_MAX} 项"), format!("1 to {MANY_MAX} tasks at once"));
        return Err(ApiError::field("/items", words));
    }
    let tasks: Vec<String> = body.items.iter().map(|item| item.task.clone()).collect();
    let by = caller.clone();
    let places = app.ask(move |engine| {
        Ok::<_, ApiError>(tasks.iter().map(|task| place(engine, &by, task)).collect::<Vec<_>>())
    });
    // All are handed in before the first answer is waited for, so that they share their flushes.
    let mut waiting = Vec::with_capacity(body.items.len());
    for (item, place) in body.items.into_iter().zip(places.await?) {
        let handed_in = place.and_then(|(instance, scope)| {
            let idempotency = conditions.of_part(&item.task).idempotency(&caller, &item.answer);
            let answer = item.answer.into();
            let command = Command::Complete { instance, scope, task: item.task.clone(), answer };
            let actor = caller.actor();
            app.hand_in(Submission { command, actor, idempotency, if_version: None })
        });
        waiting.push((item.task, handed_in));
    }
    let mut results = Vec::with_capacity(waiting.len());
    for (task, handed_in) in waiting {
        let answer = match handed_in {
            Ok(answer) => match answer.await {
                Ok(answer) => answer.map_err(ApiError::from),
                Err(_) => {
                    Err(ApiError::unavailable("stopped", "the engine ended before it answered"))
                }
            },
            Err(error) => Err(error),
        };
        results.push(match answer {
            Ok(answer) => {
                ResultOfMany { task, status: 200, done: Some(answer.into()), problem: None }
            }
            Err(error) => ResultOfMany {
                task,
                status: error.status.as_u16(),
                done: None,
                problem: Some(error.body(chinese, "")),
            },
        });
    }
    let completed = results.iter().filter(|result| result.done.is_some()).count();
    Ok(Json(ManyOut { completed, refused: results.len() - completed, results }))
}
