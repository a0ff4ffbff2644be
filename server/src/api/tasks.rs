//! `/tasks`: open work, as the caller may see it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::Deserialize;
use xueji_definition::Text;
use xueji_definition::model::{Kind, Process};
use xueji_engine::queries::{TaskFilter, TaskView};
use xueji_runtime::Release;
use xueji_runtime::state::{Instance, START};

use super::App;
use super::answer::{Id, Tagged, page, paging};
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;
use crate::sight::Eyes;
use crate::wire::{self, SignerOut, Task, TaskDetail};

/// Which tasks are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// Only those that reach the caller: offered, assigned, to be prepared or signed, copied in.
    pub mine: Option<bool>,
    /// Of that case.
    pub instance: Option<String>,
    /// Of that process.
    pub process: Option<String>,
    /// At that step.
    pub step: Option<String>,
    /// Only those whose last day is over.
    pub overdue: Option<bool>,
    /// The most items of the page, at most 500; 50 when not said.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Lists open tasks.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<TaskQuery>,
) -> Result<Json<wire::Page<Task>>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let filter = TaskFilter {
            instance: query.instance,
            process: query.process,
            step: query.step,
            overdue_at: (query.overdue == Some(true)).then_some(look.now),
        };
        let paging = paging(query.limit, query.cursor);
        // Who may read no case but their own has nothing to find among the tasks of all.
        let mine =
            query.mine.unwrap_or(filter.instance.is_none() && !look.viewer().reads_somewhere());
        let found = if mine {
            engine.tasks_of(&look.person, &filter, &paging)?
        } else {
            engine.tasks(&filter, &paging)?
        };
        page(found, |task| {
            let release = look.listed(&task.release)?;
            let seen = mine || sees(&look, &task, &release)?;
            Ok::<_, ApiError>(seen.then(|| summary(&look, &task, &release)))
        })
    });
    Ok(Json(answer.await?))
}

fn release_of(look: &Look<'_>, task: &TaskView) -> Result<Arc<Release>, ApiError> {
    Ok(look.engine.release(&task.release)?.unwrap_or_else(|| Arc::clone(&look.live.release)))
}

fn sees(look: &Look<'_>, task: &TaskView, release: &Release) -> Result<bool, ApiError> {
    let process = release.process(&task.process);
    let me = look.person.as_str();
    let copied = task.task.copies.iter().any(|copied| copied == me);
    if copied || look.takes_up(task, process) {
        return Ok(true);
    }
    let subject = match &task.subject {
        Some(subject) => Some(subject.clone()),
        None => look.row_subject(&task.instance, &task.scope)?,
    };
    if look.at(subject.as_ref(), None, false)?.sees() {
        return Ok(true);
    }
    let header = look.engine.header(&task.instance)?;
    Ok(header.is_some_and(|header| header.applicant == me && header.subject == task.subject))
}

/// Returns a task as callers get it.
pub(crate) fn summary(look: &Look<'_>, task: &TaskView, release: &Release) -> Task {
    let process = release.process(&task.process);
    let (title, outcomes) = title_and_outcomes(process, &task.step);
    let organisation = &look.definitions().organisation;
    Task::new(task, organisation, title, outcomes, look.now, &look.person)
}

fn title_and_outcomes(process: Option<&Process>, step: &str) -> (Text, Vec<String>) {
    match process.and_then(|process| process.step(step)) {
        Some(found) => {
            let outcomes = match &found.kind {
                Kind::UserTask(task) => task.outcomes.clone(),
                _ => Vec::new(),
            };
            (found.title.clone(), outcomes)
        }
        None if step == START => {
            (Text::new("补正申请", "Mend the application"), vec!["submit".to_owned()])
        }
        None => (Text::new(step, step), Vec::new()),
    }
}

/// Returns a task with what is needed to do it.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Tagged<TaskDetail>, ApiError> {
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let unknown = || ApiError::not_found("task", &id);
        let task = engine.task(&id)?.ok_or_else(unknown)?;
        let release = release_of(&look, &task)?;
        if !sees(&look, &task, &release)? {
            return Err(unknown());
        }
        let header = engine.header(&task.instance)?.ok_or_else(unknown)?;
        Ok(Tagged(header.version, detail(&look, &task, &header, &release)?))
    })
    .await
}

fn detail(
    look: &Look<'_>,
    view: &TaskView,
    header: &Instance,
    release: &Release,
) -> Result<TaskDetail, ApiError> {
    let process = release.process(&view.process);
    let applicant = Some(header.applicant.as_str()).filter(|_| header.subject == view.subject);
    let mut eyes = look.of_task(view, applicant, process)?;
    if view.task.copies.contains(&look.person) {
        eyes = eyes.or(Eyes::Masked(Default::default()));
    }
    let masks = look.masks(release, &view.process, eyes);
    let form = look
        .engine
        .row(&view.instance, &view.scope)?
        .map(|row| masks.form(&row.form))
        .unwrap_or_default();
    let needs = Needs::of(process, &view.step);
    let fields = needs
        .form
        .and_then(|form| release.definitions.forms.get(form))
        .map(|form| form.fields.clone());
    let organisation = &look.definitions().organisation;
    Ok(TaskDetail {
        task: summary(look, view, release),
        opinion: needs.opinion,
        judged: needs.judged,
        fields: fields.unwrap_or_default(),
        materials: wire::materials(&release.definitions, needs.materials),
        rules: wire::rules(&release.rules, needs.rules),
        defects: view.task.defects.clone(),
        signers: view
            .task
            .signers
            .iter()
            .map(|signer| SignerOut::new(signer, organisation))
            .collect(),
        reminded: view.task.reminded,
        form,
        version: header.version,
    })
}

/// What a step asks of those who do it.
#[derive(Default)]
struct Needs<'a> {
    form: Option<&'a str>,
    opinion: Vec<String>,
    judged: Vec<String>,
    materials: Vec<&'a String>,
    rules: Vec<&'a String>,
}

impl<'a> Needs<'a> {
    fn of(process: Option<&'a Process>, step: &str) -> Self {
        let Some(process) = process else { return Self::default() };
        match process.step(step).map(|step| &step.kind) {
            Some(Kind::UserTask(task)) => Self {
                form: task.form.as_deref(),
                opinion: task.opinion.clone(),
                judged: task.judged.clone(),
                materials: task
                    .materials
                    .iter()
                    .chain(task.cases.iter().flat_map(|case| &case.materials))
                    .collect(),
                rules: task
                    .rules
                    .iter()
                    .chain(task.cases.iter().flat_map(|case| &case.rules))
                    .collect(),
            },
            None if step == START => {
                let start = &process.start;
                Self {
                    form: start.form.as_deref(),
                    materials: start
                        .materials
                        .iter()
                        .chain(start.cases.iter().flat_map(|case| &case.materials))
                        .collect(),
                    rules: start
                        .rules
                        .iter()
                        .chain(start.cases.iter().flat_map(|case| &case.rules))
                        .collect(),
                    ..Self::default()
                }
            }
            _ => Self::default(),
        }
    }
}
