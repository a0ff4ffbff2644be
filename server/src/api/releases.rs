//! `/releases`: definitions put live on the running server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xueji_check::render;
use xueji_definition::{Sources, Text};

use super::App;
use super::answer::Created;
use super::error::ApiError;
use super::extract::{Body, Caller};
use super::tokens::require_administrator;
use crate::wire::Release;

/// The most bytes of the files of a release, as JSON.
pub const BYTES_MAX: usize = 100 << 20;
/// The releases that a list tells of.
const LISTED: usize = 200;

/// The files of a release.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseIn {
    /// The texts by path: `workflows/processes/x.yaml`, `rules/x.rhai`.
    pub files: BTreeMap<String, String>,
}

/// A release that has gone live.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deployed {
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// Warnings: what somebody should look at.
    pub findings: Vec<serde_json::Value>,
}

/// The releases that went live.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseList {
    /// The last one first, at most 200.
    pub items: Vec<Release>,
}

/// Puts a release live. Open cases stay on theirs, new ones start on it; a broken one is refused with its findings, and
/// the live one is untouched.
pub async fn deploy(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ReleaseIn>,
) -> Result<Created<Deployed>, ApiError> {
    let deployed = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let sources = Sources { files: body.files };
        let checked = xueji_check::check(&sources);
        let told = render::told(&checked.findings, &checked.places);
        let findings: Vec<_> =
            told.iter().filter_map(|finding| serde_json::to_value(finding).ok()).collect();
        if checked.has_errors() {
            let words = Text::new(
                "定义有误，未上线；现行版本不变",
                "the definitions have errors and did not go live",
            );
            let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", words);
            error.findings = findings;
            return Err(error);
        }
        let live = engine.deploy(sources, Some(caller.person))?;
        Ok(Deployed { release: Release::new(&live.info, &live.info.hash), findings })
    });
    let body = deployed.await?;
    Ok(Created { location: "/api/v1/releases".to_owned(), version: None, body })
}

/// Lists the releases that went live, the last one first.
pub async fn list(State(app): State<Arc<App>>, _: Caller) -> Result<Json<ReleaseList>, ApiError> {
    let live = app.engine.live();
    let found = app.ask(|engine| engine.releases(LISTED)).await?;
    let mut is_live = true;
    let items = found.iter().map(|info| {
        let mut release = Release::new(info, &live.info.hash);
        // The same files may have gone live twice: only the last time counts.
        release.live &= std::mem::replace(&mut is_live, false);
        release
    });
    Ok(Json(ReleaseList { items: items.collect() }))
}
