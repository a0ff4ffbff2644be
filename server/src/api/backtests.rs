//! `/backtests`: decided cases judged again under edited files.
//!
//! Invariant: nothing is touched: the edited files are built, asked, and forgotten.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use xueji_check::render;
use xueji_definition::{Sources, Text};
use xueji_engine::backtest::{Era, backtest};

use super::App;
use super::error::ApiError;
use super::extract::{Body, Caller};
use super::tokens::require_administrator;
use crate::wire::{Backtest, BacktestIn};

/// Judges decided cases again under edited files, from what was recorded of them; nothing is touched. A case that lacks
/// what a rule reads now is told as such, never guessed.
pub async fn run(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<BacktestIn>,
) -> Result<Json<Backtest>, ApiError> {
    let answer = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let checked = xueji_check::check(&Sources { files: body.files });
        let Some(release) = checked.release else {
            let words = Text::new(
                "定义有误，没有回溯",
                "the definitions have errors; nothing was judged again",
            );
            let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", words);
            let told = render::told(&checked.findings, &checked.places);
            error.findings = told.iter().filter_map(|one| serde_json::to_value(one).ok()).collect();
            return Err(error);
        };
        let era =
            Era { since: body.since, until: body.until, process: body.process, open: body.open };
        let offset = engine.live().calendar.offset();
        let report = backtest(&engine.past(), &era, &Arc::new(release), offset)?;
        Ok::<_, ApiError>(Backtest::from(report))
    });
    Ok(Json(answer.await?))
}
