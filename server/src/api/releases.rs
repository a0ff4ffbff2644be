//! `/releases`: definitions put live on the running server, proposed, signed off, scheduled, taken back.
//!
//! Invariant: only those who administer change anything here, or read notes, signatures and files.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented, StatusCode as Code};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_check::render;
use xueji_definition::{Sources, Text};
use xueji_engine::{
    Ask, Audience, Cohorts, Deployed, Engine, Listed, Origin, ProposalState, ReleaseAct,
};

use super::App;
use super::answer::Id;
use super::error::ApiError;
use super::extract::{Body, Caller, Params};
use super::look::Look;
use super::tokens::require_administrator;
use crate::compare::{self, Difference};
use crate::told;
use crate::wire::Release;

/// The most bytes of the files of a release, as JSON.
pub const BYTES_MAX: usize = 100 << 20;
/// The releases that a list tells of.
const LISTED: usize = 200;

/// A release to be put live, with its files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseIn {
    /// The texts by path: `workflows/processes/x.yaml`, `rules/x.rhai`.
    pub files: BTreeMap<String, String>,
    /// What it changes, and why; the organisation may require it.
    pub note: Option<String>,
    /// The day from whose beginning it holds; at once when not said.
    pub from: Option<Date>,
    /// The cohorts it is for, side by side with the others: `2026`, `2024..2026`, `>=2026`, `<=2023`.
    pub cohorts: Option<String>,
    /// It is for everybody: releases of some cohorts end with it.
    #[serde(default)]
    pub every_cohort: bool,
    /// The hash that must still be live for those it is for; refused with 412 when another is.
    pub base: Option<String>,
    /// A plan that `POST /plans` answered for these files: exactly that is done, or it is refused with 409 because the
    /// world has moved. Day and cohorts are the plan's when they are not said.
    #[serde(default)]
    pub plan: Option<serde_json::Value>,
}

/// A past release to be put live again, or one that waits to get another date.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgainIn {
    /// Why.
    pub note: Option<String>,
    /// The day from whose beginning it holds; at once when not said.
    pub from: Option<Date>,
    /// The cohorts it is for; those it was for when not said, for one that waited.
    pub cohorts: Option<String>,
    /// It is for everybody: releases of some cohorts end with it.
    #[serde(default)]
    pub every_cohort: bool,
}

/// Why a release is not to go live.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyIn {
    /// Why.
    pub reason: String,
}

/// What became of a release that was handed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeployedOut {
    /// Whether it is live, waits, or changes nothing.
    pub outcome: Outcome,
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// What follows from it, in words: who must sign, which cases stay where they are.
    pub told: Vec<Text>,
    /// Warnings: what somebody should look at.
    pub findings: Vec<serde_json::Value>,
}

/// What became of a release that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is live. 201.
    Live,
    /// It waits for signatures, or for its date. 202.
    Waits,
    /// The same files are live already: nothing was done. 200.
    Unchanged,
}

impl IntoResponse for DeployedOut {
    fn into_response(self) -> Response {
        let status = match self.outcome {
            Outcome::Live => StatusCode::CREATED,
            Outcome::Waits => StatusCode::ACCEPTED,
            Outcome::Unchanged => StatusCode::OK,
        };
        (status, Json(self)).into_response()
    }
}

impl OperationOutput for DeployedOut {
    type Inner = Self;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        Json::<Self>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        let mut responses = Vec::new();
        for code in [200, 201, 202] {
            let response = Self::operation_response(ctx, operation);
            responses.extend(response.map(|response| (Some(Code::Code(code)), response)));
        }
        responses
    }
}

/// The releases.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseList {
    /// The last one first, at most 200. Those that did not go live are told only to who administers.
    pub items: Vec<Release>,
}

/// One release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseDetail {
    /// Each time it went live or waited, the last one first.
    pub items: Vec<Release>,
    /// The cases open or held on it.
    pub open: u64,
    /// The paths of its files.
    pub files: Vec<String>,
}

/// The files of a release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseFiles {
    /// The texts by path.
    pub files: BTreeMap<String, String>,
}

/// How a list is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Count the cases open on each.
    #[serde(default)]
    pub open: bool,
}

/// The two releases that are compared.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Pair {
    /// The older one.
    pub id: String,
    /// The newer one.
    pub other: String,
}

/// Takes a release. It goes live at once, or waits: for a second signature where the live organisation asks for one, or
/// for its date. Open cases stay on theirs. A broken one is refused with its findings, and the live one is untouched.
pub async fn deploy(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ReleaseIn>,
) -> Result<DeployedOut, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let audience = audience(body.cohorts.as_deref(), body.every_cohort)?;
        let plan = body.plan.map(super::plans::read).transpose()?;
        let sources = Sources { files: body.files };
        let findings = sound(&sources)?;
        // What is not said is as the plan says.
        let planned = plan.as_ref().map(|plan| plan.audience);
        let ask = Ask {
            by: caller.person,
            note: body.note,
            from: body.from.or(plan.as_ref().and_then(|plan| plan.on)),
            audience: audience.or(planned).unwrap_or_default(),
            base: body.base,
            origin: Origin::Deploy,
        };
        let before = engine.live_table();
        let deployed = match plan {
            Some(plan) => super::plans::go_live_by(engine, sources, &ask, plan)?,
            None => engine.propose(sources, ask.clone())?,
        };
        told::deployed(engine, &before, &ask, &deployed, findings)
    })
    .await
}

/// Returns the warnings of definitions.
fn sound(sources: &Sources) -> Result<Vec<serde_json::Value>, ApiError> {
    let checked = xueji_check::check(sources);
    let findings = told_of(&checked);
    if !checked.has_errors() {
        return Ok(findings);
    }
    let words = Text::new(
        "定义有误，未上线；现行版本不变",
        "the definitions have errors and did not go live",
    );
    let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", words);
    error.findings = findings;
    Err(error)
}

fn told_of(checked: &xueji_check::Checked) -> Vec<serde_json::Value> {
    let told = render::told(&checked.findings, &checked.places);
    told.iter().filter_map(|finding| serde_json::to_value(finding).ok()).collect()
}

/// Returns for whom a release is; nothing when not said.
pub(super) fn audience(
    cohorts: Option<&str>,
    everyone: bool,
) -> Result<Option<Audience>, ApiError> {
    let cohorts = cohorts
        .map(str::parse::<Cohorts>)
        .transpose()
        .map_err(|error| ApiError::field("/cohorts", xueji_engine::both(&error.to_string())))?;
    match (cohorts, everyone) {
        (Some(_), true) => Err(ApiError::field(
            "/every_cohort",
            Text::new(
                "cohorts 与 every_cohort 只能写一个",
                "say cohorts or every_cohort, not both",
            ),
        )),
        (Some(cohorts), false) => Ok(Some(Audience::Cohorts { cohorts })),
        (None, true) => Ok(Some(Audience::Everyone)),
        (None, false) => Ok(None),
    }
}

/// Lists the releases, the last one first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<ListQuery>,
) -> Result<Json<ReleaseList>, ApiError> {
    let items = app.ask(move |engine| {
        let mut items = listed(engine, &caller, |_| true)?;
        if query.open {
            let counts = engine.open_by_release()?;
            for item in &mut items {
                item.open = Some(counts.get(&item.hash).copied().unwrap_or(0));
            }
        }
        Ok::<_, ApiError>(items)
    });
    Ok(Json(ReleaseList { items: items.await? }))
}

/// How many releases wait, for those who watch the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) proposed: u64,
    pub(super) scheduled: u64,
    pub(super) overtaken: u64,
}

/// Returns how many releases wait. One that was overtaken counts until its files are proposed again or live.
pub(super) fn waiting(engine: &Engine) -> Result<Waiting, ApiError> {
    let mut waiting = Waiting::default();
    let mut seen = std::collections::BTreeSet::new();
    for listed in engine.all_releases(LISTED)? {
        let newest = seen.insert(listed.hash().to_owned());
        let Listed::Proposal(proposal) = listed else { continue };
        match proposal.state {
            ProposalState::Proposed => waiting.proposed += 1,
            ProposalState::Scheduled => waiting.scheduled += 1,
            ProposalState::Overtaken { .. } | ProposalState::Broken { .. } if newest => {
                waiting.overtaken += 1;
            }
            _ => {}
        }
    }
    Ok(waiting)
}

/// Returns the releases that the caller may know of.
fn listed(
    engine: &Engine,
    caller: &Caller,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Release>, ApiError> {
    let administers = Look::new(engine, caller).viewer().administers();
    let table = engine.live_table();
    let all = engine.all_releases(LISTED)?;
    let all = all.iter().filter(|listed| wanted(listed.hash()));
    let mut items: Vec<Release> = all.map(|listed| Release::listed(listed, &table)).collect();
    if !administers {
        items.retain(|item| item.number.is_some());
        for item in &mut items {
            (item.note, item.signatures) = (None, Vec::new());
        }
    }
    Ok(items)
}

/// Returns a release: each time it went live or waited, and how many cases are open on it.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Json<ReleaseDetail>, ApiError> {
    app.ask(move |engine| {
        let items = listed(engine, &caller, |hash| hash == id)?;
        let files = engine.sources(&id)?.filter(|_| !items.is_empty());
        let files = files.ok_or_else(|| ApiError::not_found("release", &id))?;
        let open = engine.open_by_release()?.get(&id).copied().unwrap_or(0);
        Ok::<_, ApiError>(Json(ReleaseDetail {
            items,
            open,
            files: files.files.into_keys().collect(),
        }))
    })
    .await
}

/// Returns the files of a release.
pub async fn files(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Json<ReleaseFiles>, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        Ok::<_, ApiError>(Json(ReleaseFiles { files: kept(engine, &id)?.files }))
    })
    .await
}

fn kept(engine: &Engine, hash: &str) -> Result<Sources, ApiError> {
    engine.sources(hash)?.ok_or_else(|| ApiError::not_found("release", hash))
}

/// Returns what differs between two releases: by meaning, and as text.
pub async fn difference(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Pair { id, other }): Path<Pair>,
) -> Result<Json<Difference>, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let (old, new) = (kept(engine, &id)?, kept(engine, &other)?);
        let built = |hash: &str| compare::readable(engine.release(hash), hash);
        let difference = compare::releases((built(&id)?, &old), (built(&other)?, &new));
        Ok::<_, ApiError>(Json(difference))
    })
    .await
}

/// Signs a proposed release off. The one who proposed it cannot; with the last signature it goes live, or waits for its
/// date.
pub async fn approve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<Json<Release>, ApiError> {
    act(&app, caller, id, ReleaseAct::Approve).await
}

/// Says no to a release that waits, as another than the one who proposed it.
pub async fn reject(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Body(body): Body<WhyIn>,
) -> Result<Json<Release>, ApiError> {
    act(&app, caller, id, ReleaseAct::Reject { reason: body.reason }).await
}

/// Takes a release back that waits.
pub async fn withdraw(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Body(body): Body<WhyIn>,
) -> Result<Json<Release>, ApiError> {
    act(&app, caller, id, ReleaseAct::Withdraw { reason: body.reason }).await
}

async fn act(
    app: &App,
    caller: Caller,
    hash: String,
    act: ReleaseAct,
) -> Result<Json<Release>, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let proposal = engine.act_on_release(hash, caller.person, act)?;
        Ok::<_, ApiError>(Json(Release::of_proposal(&proposal, &engine.live_table())))
    })
    .await
}

/// Proposes a release again that waits, was overtaken or taken back: on what is live now, and from another day if one
/// is said.
pub async fn renew(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Body(body): Body<AgainIn>,
) -> Result<DeployedOut, ApiError> {
    again(&app, caller, id, body, Origin::Renewal).await
}

/// Puts the content of a past release live again, as a new release: the history is kept.
pub async fn rollback(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Body(body): Body<AgainIn>,
) -> Result<DeployedOut, ApiError> {
    again(&app, caller, id, body, Origin::Rollback).await
}

async fn again(
    app: &App,
    caller: Caller,
    hash: String,
    body: AgainIn,
    origin: Origin,
) -> Result<DeployedOut, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let said = audience(body.cohorts.as_deref(), body.every_cohort)?;
        let waited = if origin == Origin::Renewal { engine.proposal(&hash)? } else { None };
        let ask = Ask {
            by: caller.person,
            note: body.note.or_else(|| waited.as_ref().and_then(|waited| waited.note.clone())),
            from: body.from,
            audience: said.or(waited.map(|waited| waited.audience)).unwrap_or_default(),
            base: None,
            origin,
        };
        let before = engine.live_table();
        let deployed: Deployed = engine.propose_again(&hash, ask.clone())?;
        // It was accepted once, and goes live whatever is found today; somebody should look at that.
        let checked = engine.sources(&hash)?.map(|kept| xueji_check::check(&kept));
        let findings = checked.as_ref().map(told_of).unwrap_or_default();
        let mut out = told::deployed(engine, &before, &ask, &deployed, findings)?;
        out.told.extend(checked.as_ref().and_then(told::refused_by_now));
        Ok::<_, ApiError>(out)
    })
    .await
}
