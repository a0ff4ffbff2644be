//! `/documents`: the papers that cases make.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use xueji_engine::Engine;
use xueji_engine::stored::PaperInfo;
use xueji_runtime::{Perspective, RecordId};

use super::App;
use super::answer::Id;
use super::cases;
use super::error::ApiError;
use super::extract::Caller;
use super::look::{CaseEyes, Look};
use crate::sight::mask::Masks;
use crate::sight::{Eyes, Place};

/// Returns a paper as HTML. Protected values in it are masked for those who may not see them.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Response, ApiError> {
    let html = app.ask(move |engine| paper(engine, &caller, &id)).await?;
    let mut response = Html(html).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

fn paper(engine: &Engine, caller: &Caller, id: &str) -> Result<String, ApiError> {
    let unknown = || ApiError::not_found("document", id);
    let (info, html) = engine.paper(id)?.ok_or_else(unknown)?;
    let look = Look::new(engine, caller);
    let seen = cases::seen(&look, &info.instance).map_err(|_| unknown())?;
    let header = &seen.view.header;
    let process = seen.release.process(&header.process);
    let task = seen.view.open_tasks.iter().find(|task| task.scope == info.scope);
    let eyes = look.of_scope(header, &seen.eyes, &info.scope, task, process)?;
    // A paper of a case that is about nobody may tell of everybody.
    let of_all = header.subject.is_none() && info.scope.is_root();
    let trusted = look.viewer().manages(&Place::House) || header.applicant == caller.person;
    if !eyes.sees() || (of_all && eyes != Eyes::Open && !trusted) || seen.eyes == CaseEyes::Closed {
        return Err(unknown());
    }
    if eyes == Eyes::Open {
        return Ok(html);
    }
    let masks = look.masks(&seen.release, &header.process, eyes);
    let subject = match engine.row(&info.instance, &info.scope)?.and_then(|row| row.scope.subject) {
        Some(subject) => Some(subject),
        None => header.subject.clone(),
    };
    mask(engine, &masks, &info, subject.as_ref(), look.today, html)
}

/// Puts masked words in the place of the subject's and the form's protected values.
fn mask(
    engine: &Engine,
    masks: &Masks<'_>,
    info: &PaperInfo,
    subject: Option<&RecordId>,
    today: Date,
    html: String,
) -> Result<String, ApiError> {
    let mut words = Vec::new();
    if let Some(row) = engine.row(&info.instance, &info.scope)? {
        words.extend(masks.words(None, &row.form));
    }
    if let Some(subject) = subject
        && let Some(record) = engine.record(subject)?
    {
        words.extend(
            masks.words(Some(&subject.kind), &record.view(today, None, Perspective::Local)),
        );
    }
    Ok(words.iter().fold(html, |html, (word, shown)| html.replace(word, shown)))
}
