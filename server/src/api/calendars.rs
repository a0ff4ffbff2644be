//! `/calendars`: working days, named days and windows, each with its reason.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_calendar::{CalendarError, Day, NextDay, WindowState};
use xueji_definition::Text;

use super::App;
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;

/// The date asked about.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateQuery {
    /// The date; today when not said.
    pub date: Option<Date>,
}

/// From when on is asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FromQuery {
    /// The first date that counts; today when not said.
    pub from: Option<Date>,
}

/// A name in a path.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Name {
    /// The name, as `calendars.yaml` has it.
    pub name: String,
}

/// Whether a date is a working day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkingDay {
    /// Whether it is.
    pub working: bool,
    /// Why.
    pub why: Text,
    /// What kind of day it is.
    #[serde(flatten)]
    pub day: Day,
}

/// The next named day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Next {
    /// The date; absent when there is none in the next two years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Why that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// How it came about, and what fell out before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextDay>,
}

/// A window on a date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WindowOut {
    /// Whether it is open.
    pub is_open: bool,
    /// Why, and when it opens next.
    pub why: Text,
    /// The openings around the date.
    #[serde(flatten)]
    pub window: WindowState,
}

/// The names that can be asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalendarNames {
    /// The windows.
    pub windows: Vec<String>,
    /// The named days.
    pub days: Vec<String>,
    /// The years whose days off are known.
    pub years: Vec<i16>,
}

fn unanswered(error: &CalendarError) -> ApiError {
    let (status, code) = match error {
        CalendarError::UnknownWindow { .. } | CalendarError::UnknownDay { .. } => {
            (StatusCode::NOT_FOUND, "unknown")
        }
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "calendar"),
    };
    ApiError::new(status, code, error.text())
}

/// Lists the windows and named days.
pub async fn names(State(app): State<Arc<App>>, _: Caller) -> Json<CalendarNames> {
    let live = app.engine.live();
    Json(CalendarNames {
        windows: live.calendar.window_names().map(str::to_owned).collect(),
        days: live.calendar.day_names().map(str::to_owned).collect(),
        years: live.calendar.years().collect(),
    })
}

/// Returns whether a date is a working day, and on whose word.
pub async fn working_day(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<DateQuery>,
) -> Result<Json<WorkingDay>, ApiError> {
    let look = Look::new(&app.engine, &caller);
    let day = look
        .live
        .calendar
        .day(query.date.unwrap_or(look.today))
        .map_err(|error| unanswered(&error))?;
    Ok(Json(WorkingDay { working: day.is_working(), why: day.why(), day }))
}

/// Returns the next named day, such as a pay day.
pub async fn next_day(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Name { name }): Path<Name>,
    Params(query): Params<FromQuery>,
) -> Result<Json<Next>, ApiError> {
    let look = Look::new(&app.engine, &caller);
    let from = query.from.unwrap_or(look.today);
    let next = look.live.calendar.next_day(&name, from).map_err(|error| unanswered(&error))?;
    Ok(Json(Next {
        date: next.as_ref().map(|next| next.date),
        why: next.as_ref().map(NextDay::why),
        next,
    }))
}

/// Returns whether a window is open on a date, and when it was and will be.
pub async fn window(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Name { name }): Path<Name>,
    Params(query): Params<DateQuery>,
) -> Result<Json<WindowOut>, ApiError> {
    let look = Look::new(&app.engine, &caller);
    let date = query.date.unwrap_or(look.today);
    let window = look.live.calendar.window(&name, date).map_err(|error| unanswered(&error))?;
    Ok(Json(WindowOut { is_open: window.is_open(), why: window.why(), window }))
}
