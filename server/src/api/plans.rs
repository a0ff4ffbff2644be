//! `/plans`: what edited files would change, and what would become of every open case.
//!
//! Invariant: nothing is touched: the files are built, compared, and forgotten.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use xueji_check::render;
use xueji_definition::{Sources, Text};
use xueji_engine::plan::{self, ByPlan, Target};
use xueji_engine::{Ask, Deployed, Engine};

use super::App;
use super::error::ApiError;
use super::extract::{Body, Caller};
use super::tokens::require_administrator;
use crate::wire::{Plan, PlanIn};

/// Reads a plan that was sent back.
pub(super) fn read(plan: serde_json::Value) -> Result<plan::Plan, ApiError> {
    serde_json::from_value(plan).map_err(|error| {
        let words =
            Text::new(format!("计划无法理解：{error}"), format!("this is no plan: {error}"));
        ApiError::field("/plan", words)
    })
}

/// Takes a release if the plan that was made for it still holds.
pub(super) fn go_live_by(
    engine: &Engine,
    sources: Sources,
    ask: &Ask,
    plan: plan::Plan,
) -> Result<Deployed, ApiError> {
    match engine.propose_by_plan(sources, ask.clone(), plan)? {
        ByPlan::Done(deployed) => Ok(*deployed),
        ByPlan::Moved(told) => {
            let words = Text::new(
                "计划之后情况已有变化，没有上线；请重新做计划",
                "the world has moved since the plan was made; nothing went live; make the plan anew",
            );
            let mut error = ApiError::new(StatusCode::CONFLICT, "plan-moved", words);
            error.findings =
                told.iter().map(|text| serde_json::json!({ "message": text })).collect();
            Err(error)
        }
    }
}

/// Works out what putting these files live would change, by meaning, and what would become of every open case: stays as
/// it is, can move, must wait, or needs a person, each with the reason. Compared is what is live for those they are for,
/// or will be on the day that is said. Files with errors are refused with their findings.
pub async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<PlanIn>,
) -> Result<Json<Plan>, ApiError> {
    let answer = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let audience = super::releases::audience(body.cohorts.as_deref(), body.every_cohort)?;
        let target = Target { audience: audience.unwrap_or_default(), from: body.from };
        let checked = xueji_check::check(&Sources { files: body.files });
        let told = render::told(&checked.findings, &checked.places);
        let findings: Vec<_> =
            told.iter().filter_map(|finding| serde_json::to_value(finding).ok()).collect();
        let Some(release) = checked.release else {
            let words = Text::new(
                "定义有误，没有计划可做",
                "the definitions have errors; there is no plan",
            );
            let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", words);
            error.findings = findings;
            return Err(error);
        };
        let plan = engine.plan(&Arc::new(release), &checked.places, target)?;
        Ok(Plan::new(plan, findings))
    });
    Ok(Json(answer.await?))
}
