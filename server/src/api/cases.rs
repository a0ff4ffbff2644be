//! `/instances`: cases, their history and rows, as the caller may see them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::Deserialize;
use xueji_definition::Text;
use xueji_engine::queries::{CaseFilter, CaseView, Paging, QueryError};
use xueji_runtime::record::RecordId;
use xueji_runtime::state::{Instance, InstanceState};
use xueji_runtime::{Event, Recorded, Release, ScopePath, people};

use super::App;
use super::answer::{Id, PageQuery, Tagged, page, paging};
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::{CaseEyes, Look};
use super::tasks;
use crate::sight::Eyes;
use crate::wire::{self, Branch, Case, CaseDetail, HistoryEvent, Named, Row, RowCounts};

/// Which cases are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    /// The process.
    pub process: Option<String>,
    /// The id of what they are about.
    pub subject: Option<String>,
    /// The type of what they are about; the process's when not said.
    pub subject_type: Option<String>,
    /// open, held or ended.
    pub state: Option<String>,
    /// Only those that the caller started.
    pub mine: Option<bool>,
    /// The most items of the page, at most 500; 50 when not said.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Lists cases, the last started first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<CaseQuery>,
) -> Result<Json<wire::Page<Case>>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let filter = filter(&look, &query)?;
        let found = engine.cases(&filter, &paging(query.limit, query.cursor))?;
        page(found, |header| {
            let seen = sees(&look, &header)?;
            Ok::<_, ApiError>(seen.then(|| summary(&look, &header, &look.live.release)))
        })
    });
    Ok(Json(answer.await?))
}

fn filter(look: &Look<'_>, query: &CaseQuery) -> Result<CaseFilter, ApiError> {
    let state = match query.state.as_deref() {
        None => None,
        Some("open") => Some(InstanceState::Open),
        Some("held") => Some(InstanceState::Held),
        Some("ended") => Some(InstanceState::Ended),
        Some(other) => {
            let words = Text::new(
                format!("state 只能是 open、held、ended，不能是 {other}"),
                format!("`state` is open, held or ended, not `{other}`"),
            );
            return Err(ApiError::field("/state", words));
        }
    };
    let viewer = look.viewer();
    let mut filter = CaseFilter { process: query.process.clone(), state, ..CaseFilter::default() };
    if query.mine == Some(true) {
        filter.applicant = Some(look.person.clone());
    }
    if let Some(id) = &query.subject {
        filter.subject = Some(RecordId::new(subject_kind(look, query)?, id));
    } else if !viewer.reads_somewhere() {
        // Who may read no cases but their own is spared the search through all others.
        match viewer.record() {
            Some(own) => filter.subject = Some(own.clone()),
            None => filter.applicant = Some(look.person.clone()),
        }
    }
    Ok(filter)
}

/// Returns the type of what the cases asked for are about.
fn subject_kind(look: &Look<'_>, query: &CaseQuery) -> Result<String, ApiError> {
    let release = &look.live.release;
    let named = query.subject_type.clone();
    let of_process = || release.process(query.process.as_ref()?)?.subject.clone();
    let only = || {
        let processes = release.definitions.processes.values();
        let mut kinds: Vec<String> =
            processes.filter_map(|process| process.subject.clone()).collect();
        kinds.sort();
        kinds.dedup();
        if let [only] = kinds.as_slice() { Some(only.clone()) } else { None }
    };
    named.or_else(of_process).or_else(only).ok_or_else(|| {
        let words =
            Text::new("请用 subject_type 指明记录类型", "name the record type in `subject_type`");
        ApiError::field("/subject_type", words)
    })
}

fn sees(look: &Look<'_>, header: &Instance) -> Result<bool, QueryError> {
    if look.at(header.subject.as_ref(), Some(&header.applicant), false)?.sees() {
        return Ok(true);
    }
    let release = look.listed(&header.release)?;
    Ok(look.of_case(header, &[], release.process(&header.process))?.sees())
}

/// Returns a case's header as callers get it.
pub(super) fn summary(look: &Look<'_>, header: &Instance, release: &Release) -> Case {
    let title = release.process(&header.process).map(|process| process.title.clone());
    let title = title.unwrap_or_else(|| Text::new(&header.process, &header.process));
    let name = people::name(&look.definitions().organisation, &header.applicant);
    Case::new(header, title, name.map(str::to_owned))
}

/// A case that the caller sees, and how.
pub(crate) struct Seen {
    pub(crate) view: CaseView,
    pub(crate) release: Arc<Release>,
    pub(crate) eyes: CaseEyes,
}

/// Returns a case if the caller may know of it.
pub(crate) fn seen(look: &Look<'_>, id: &str) -> Result<Seen, ApiError> {
    let view = look.engine.case(id)?.ok_or_else(|| ApiError::not_found("case", id))?;
    let release = look.release(&view.header)?;
    let eyes =
        look.of_case(&view.header, &view.open_tasks, release.process(&view.header.process))?;
    if !eyes.sees() {
        return Err(ApiError::not_found("case", id));
    }
    Ok(Seen { view, release, eyes })
}

/// Returns a case with what is open in it.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Tagged<CaseDetail>, ApiError> {
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let seen = seen(&look, &id)?;
        Ok::<_, ApiError>(Tagged(seen.view.header.version, detail(&look, &seen)?))
    })
    .await
}

fn detail(look: &Look<'_>, seen: &Seen) -> Result<CaseDetail, ApiError> {
    let Seen { view, release, eyes } = seen;
    let header = &view.header;
    let process = release.process(&header.process);
    let mut open_tasks = Vec::new();
    for task in &view.open_tasks {
        let whole = task.subject == header.subject && matches!(eyes, CaseEyes::Whole(_));
        let seen = whole
            || look.takes_up(task, process)
            || look.at(task.subject.as_ref(), None, false)?.sees();
        if seen {
            open_tasks.push(tasks::summary(look, task, release));
        }
    }
    let masks = look.masks(release, &header.process, eyes.eyes());
    let whole = matches!(eyes, CaseEyes::Whole(_));
    let documents = if whole {
        look.engine.papers(&header.id, &paging(Some(200), None))?.items
    } else {
        Vec::new()
    };
    let branches = view.root.branches.iter().filter(|_| whole).map(|(step, branches)| {
        let branch = Branch {
            opened: branches.opened,
            filled: branches.filled,
            answered: branches.answered.clone(),
        };
        (step.clone(), branch)
    });
    Ok(CaseDetail {
        case: summary(look, header, release),
        open_tasks,
        verdicts: if whole {
            view.verdicts.iter().map(|verdict| wire::shown_verdict(verdict, &masks)).collect()
        } else {
            Vec::new()
        },
        form: if whole { masks.form(&view.root.form) } else { wire::Form::new() },
        branches: branches.collect(),
        documents: documents
            .into_iter()
            .map(|paper| Named { id: paper.id, title: paper.title })
            .collect(),
        forbidden: process
            .map(|process| process.forbid.iter().map(wire::word).collect())
            .unwrap_or_default(),
    })
}

/// Returns what happened in a case, the first event first.
pub async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Params(query): Params<PageQuery>,
) -> Result<Json<wire::Page<HistoryEvent>>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let Seen { view, release, eyes } = seen(&look, &id)?;
        let process = release.process(&view.header.process);
        let found = engine.history(&id, &paging(query.limit, query.cursor))?;
        let mut known: HashMap<String, Eyes> = HashMap::new();
        page(found, |event| {
            let path = scope_of(&event);
            let key = path.to_string();
            let eyes = match known.get(&key) {
                Some(eyes) => eyes.clone(),
                None => {
                    let task = view.open_tasks.iter().find(|task| task.scope == path);
                    let found = look.of_scope(&view.header, &eyes, &path, task, process)?;
                    known.insert(key, found.clone());
                    found
                }
            };
            let eyes = of_event(&look, &view.header, &event, eyes)?;
            let masks = look.masks(&release, &view.header.process, eyes.clone());
            Ok::<_, ApiError>(eyes.sees().then(|| HistoryEvent::new(&event, &masks)))
        })
    });
    Ok(Json(answer.await?))
}

/// Returns how an event is seen that is seen so by where it stands: in a case about nobody, what happens to a record is
/// for those who see the record.
pub(super) fn of_event(
    look: &Look<'_>,
    header: &Instance,
    event: &Recorded,
    eyes: Eyes,
) -> Result<Eyes, QueryError> {
    let (Event::RecordSet { record, .. } | Event::RecordSettled { record, .. }) = &event.event
    else {
        return Ok(eyes);
    };
    if header.subject.is_some() || !matches!(eyes, Eyes::Masked(_)) {
        return Ok(eyes);
    }
    let record = look.engine.record(record)?;
    record.map_or(Ok(Eyes::Closed), |record| look.of_record(&record))
}

/// Returns the scope that an event belongs to.
fn scope_of(event: &Recorded) -> ScopePath {
    let json = serde_json::to_value(&event.event).unwrap_or_default();
    json.get("scope").and_then(|scope| scope.as_str()?.parse().ok()).unwrap_or_default()
}

/// Which rows are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowQuery {
    /// The for-each or parallel; the one that opened rows last when not said.
    pub step: Option<String>,
    /// The row in which that step stands, for nested ones, as `scope` of that row tells it.
    pub scope: Option<String>,
    /// The most items of the page, at most 500; 50 when not said.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Lists the rows of a step, by key.
pub async fn rows(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Params(query): Params<RowQuery>,
) -> Result<Json<RowCounts>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let seen = seen(&look, &id)?;
        let above = path(query.scope.as_deref())?;
        let step = match query.step {
            Some(step) => step,
            None => {
                last_step(&look, &id, &above)?.ok_or_else(|| ApiError::not_found("row", &id))?
            }
        };
        row_page(&look, &seen, &above, &step, &paging(query.limit, query.cursor))
    });
    Ok(Json(answer.await?))
}

/// Reads a scope's path.
pub(crate) fn path(scope: Option<&str>) -> Result<ScopePath, ApiError> {
    scope.unwrap_or_default().parse().map_err(|_| {
        let words = Text::new("scope 应取自答复中的 scope", "`scope` is taken from an answer");
        ApiError::field("/scope", words)
    })
}

/// Returns the step that opened rows last in a scope.
fn last_step(look: &Look<'_>, id: &str, above: &ScopePath) -> Result<Option<String>, QueryError> {
    let Some(row) = look.engine.row(id, above)? else { return Ok(None) };
    let branches = row.scope.branches.into_iter();
    Ok(branches.max_by_key(|(_, branches)| branches.visit).map(|(step, _)| step))
}

fn row_page(
    look: &Look<'_>,
    seen: &Seen,
    above: &ScopePath,
    step: &str,
    paging: &Paging,
) -> Result<RowCounts, ApiError> {
    let header = &seen.view.header;
    let process = seen.release.process(&header.process);
    let found = look.engine.rows(&header.id, above, step, paging)?;
    let found = found.ok_or_else(|| ApiError::not_found("row", step))?;
    let mut items = Vec::new();
    for row in &found.page.items {
        let task = match row.scope.task().filter(|_| row.alive) {
            Some(task) => look.engine.task(&task.id)?,
            None => None,
        };
        let eyes = look.of_scope(header, &seen.eyes, &row.scope.path, task.as_ref(), process)?;
        if eyes.sees() {
            items.push(Row::new(row, &look.masks(&seen.release, &header.process, eyes)));
        }
    }
    Ok(RowCounts {
        opened: found.opened,
        filled: found.filled,
        answered: found.answered,
        items,
        next: found.page.next,
    })
}
