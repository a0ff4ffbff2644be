//! `/processes`: what can be started, and what the rules would say.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_engine::queries::QueryError;
use xueji_runtime::command::{RawForm, Start};
use xueji_runtime::{RecordId, Refusal};

use super::App;
use super::answer::Id;
use super::error::ApiError;
use super::extract::{Body, Caller, Params};
use super::look::Look;
use crate::sight::Eyes;
use crate::wire::{self, OverrideIn, ProcessDetail, ProcessSummary, Verdict};

/// The processes of the live release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProcessList {
    /// The processes.
    pub items: Vec<ProcessSummary>,
}

/// Lists the processes.
pub async fn list(State(app): State<Arc<App>>, _: Caller) -> Json<ProcessList> {
    let live = app.engine.live();
    let processes = live.release.definitions.processes.values();
    Json(ProcessList { items: processes.map(ProcessSummary::from).collect() })
}

/// Returns a process with what is needed to start it.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Params(query): Params<ForQuery>,
) -> Result<Json<ProcessDetail>, ApiError> {
    app.ask(move |engine| {
        let unknown = || ApiError::not_found("process", &id);
        let release = match &query.subject {
            None => Arc::clone(&engine.live().release),
            Some(subject) => {
                let release = engine.starts_on(&id, Some(subject))?;
                let kind = release.process(&id).and_then(|process| process.subject.as_ref());
                let record = kind.map(|kind| RecordId::new(kind, subject));
                // Which release somebody has tells which cohort they are of.
                if !Look::new(engine, &caller).at(record.as_ref(), None, false)?.sees() {
                    return Err(ApiError::not_found("record", subject));
                }
                release
            }
        };
        let process = release.process(&id).ok_or_else(unknown)?;
        let (definitions, rules) = (&release.definitions, &release.rules);
        Ok(Json(ProcessDetail::new(process, definitions, rules, &release.hash)))
    })
    .await
}

/// For whom a process is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForQuery {
    /// The subject's id: the process is then that of the release on which a case about it would start.
    pub subject: Option<String>,
}

/// A question whether a case could be started.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// The subject's id.
    pub subject: Option<String>,
    /// The form, which may be incomplete.
    #[serde(default)]
    pub form: wire::Form,
    /// Rules to be set aside.
    #[serde(default, rename = "override")]
    pub overrides: Vec<OverrideIn>,
}

/// What the rules say about starting a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckOut {
    /// Whether nothing stands in the way.
    pub may_start: bool,
    /// Every verdict.
    pub verdicts: Vec<Verdict>,
}

/// Returns what the rules say about starting a case, and starts nothing.
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Body(body): Body<CheckIn>,
) -> Result<Json<CheckOut>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let start = starting(id, body.subject, body.form, body.overrides);
        let verdicts = engine.check(&start, &caller.actor()).map_err(|error| match error {
            QueryError::Refused(refusal) => refused(&look, &start, refusal),
            other => other.into(),
        })?;
        let shown = Shown::new(&look, &start)?;
        let may_start = !verdicts.iter().any(xueji_runtime::verdict::Verdict::blocks);
        Ok::<_, ApiError>(CheckOut {
            may_start,
            verdicts: shown.verdicts(&look, &start, &verdicts),
        })
    });
    Ok(Json(answer.await?))
}

/// Returns a start as the engine takes it.
pub(crate) fn starting(
    process: String,
    subject: Option<String>,
    form: RawForm,
    overrides: Vec<OverrideIn>,
) -> Start {
    Start { process, subject, form, overrides: wire::overrides(overrides), ..Start::default() }
}

/// How the one who starts a case sees what the rules read.
pub(crate) struct Shown(Eyes);

impl Shown {
    /// Returns how the caller sees the verdicts on a start.
    pub(crate) fn new(look: &Look<'_>, start: &Start) -> Result<Self, ApiError> {
        let process = look.live.release.process(&start.process);
        let kind = process.and_then(|process| process.subject.as_ref());
        let subject = kind.zip(start.subject.as_ref()).map(|(kind, id)| RecordId::new(kind, id));
        Ok(Self(look.at(subject.as_ref(), Some(&look.person), false)?))
    }

    /// Returns the verdicts as the caller may see them.
    pub(crate) fn verdicts(
        &self,
        look: &Look<'_>,
        start: &Start,
        verdicts: &[xueji_runtime::verdict::Verdict],
    ) -> Vec<Verdict> {
        let masks = look.masks(&look.live.release, &start.process, self.0.clone());
        verdicts.iter().map(|verdict| wire::shown_verdict(verdict, &masks)).collect()
    }
}

/// Returns the problem of a refused start: verdicts as the caller may see them, and no word on whether a record is there
/// to those who may read none.
pub(crate) fn refused(look: &Look<'_>, start: &Start, refusal: Refusal) -> ApiError {
    match &refusal {
        Refusal::Rules(verdicts) => {
            let shown = Shown::new(look, start).map(|shown| shown.verdicts(look, start, verdicts));
            let mut error = ApiError::from(refusal);
            match shown {
                Ok(verdicts) => {
                    let against = verdicts.iter().filter(|verdict| verdict.blocks);
                    let (zh, en): (Vec<_>, Vec<_>) = against
                        .map(|verdict| (verdict.reason.zh.clone(), verdict.reason.en.clone()))
                        .unzip();
                    error.detail = xueji_definition::Text::new(zh.join("；"), en.join("; "));
                    error.verdicts = verdicts;
                    error
                }
                Err(error) => error,
            }
        }
        Refusal::Unknown { what: "record", .. } if !look.viewer().reads_somewhere() => {
            ApiError::not_allowed(
                "您无权为该对象办理此事项",
                "you may not start this for that subject",
            )
        }
        // The engine asks for a subject before it reads any form, and speaks of both in the same way.
        Refusal::Form(_) if lacks_subject(look, start) => {
            let mut error = ApiError::from(refusal);
            error.errors.iter_mut().for_each(|(at, _)| "/subject".clone_into(at));
            error
        }
        _ => refusal.into(),
    }
}

fn lacks_subject(look: &Look<'_>, start: &Start) -> bool {
    let process = look.live.release.process(&start.process);
    start.subject.is_none() && process.is_some_and(|process| process.subject.is_some())
}
