//! The caller, their notices, the clock, and how the server is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_runtime::people;

use super::App;
use super::answer::{PageQuery, page, paging};
use super::error::ApiError;
use super::extract::{Body, Caller, Params};
use super::look::Look;
use super::releases;
use crate::sight::Place;
use crate::wire::{self, Me, NoticeOut, RoleOut, Subject};

/// Returns who the caller is, and what they may do today.
pub async fn me(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Me>, ApiError> {
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let name = match look.viewer().record() {
            Some(record) => look.label(record)?,
            None => None,
        };
        Ok::<_, ApiError>(Json(describe(&look, name)))
    })
    .await
}

fn describe(look: &Look<'_>, record_name: Option<String>) -> Me {
    let organisation = &look.definitions().organisation;
    let viewer = look.viewer();
    let role = |held: &people::HeldRole| {
        let role = organisation.roles.get(&held.role);
        let unit = held.unit.as_ref().and_then(|unit| organisation.units.get(unit));
        RoleOut {
            role: held.role.clone(),
            title: role.map(|role| role.title.clone()).unwrap_or_default(),
            unit: held.unit.clone(),
            unit_title: unit.map(|unit| unit.title.clone()),
        }
    };
    let today = look.today;
    let away = organisation.substitutes.iter();
    let away = away.filter(|away| away.by == look.person && away.from <= today && today <= away.to);
    Me {
        person: look.person.clone(),
        name: people::name(organisation, &look.person).map(str::to_owned).or(record_name),
        record: viewer.record().map(Subject::from),
        roles: viewer.roles().iter().map(role).collect(),
        administers: viewer.administers(),
        stands_in_for: away.map(|away| away.person.clone()).collect(),
    }
}

/// Lists the notices that reach the caller, the last one first.
pub async fn notices(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Json<wire::Page<NoticeOut>>, ApiError> {
    let found = app
        .ask(move |engine| engine.notices_of(&caller.person, &paging(query.limit, query.cursor)));
    let notices = page(found.await?, |notice| Ok::<_, ApiError>(Some(NoticeOut::from(&notice))))?;
    Ok(Json(notices))
}

/// What the clock shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClockOut {
    /// Now.
    pub now: Timestamp,
    /// Whether it can be moved by hand.
    pub can_be_moved: bool,
}

/// Where the clock is to go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockIn {
    /// The moment, not before now.
    pub now: Timestamp,
}

/// Returns what the clock shows.
pub async fn clock(State(app): State<Arc<App>>, _: Caller) -> Json<ClockOut> {
    Json(ClockOut { now: app.engine.now(), can_be_moved: app.engine.clock_can_be_moved() })
}

/// Moves a clock that is not the real one forward; answers when all timers due until then have run.
pub async fn move_clock(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ClockIn>,
) -> Result<Json<ClockOut>, ApiError> {
    let look = Look::new(&app.engine, &caller);
    let viewer = look.viewer();
    if !viewer.administers() && !viewer.manages(&Place::House) {
        return Err(ApiError::not_allowed(
            "只有管理事项的人可以调整时间",
            "moving time needs a role that manages cases",
        ));
    }
    let now = app.ask(move |engine| engine.advance(body.now)).await?;
    Ok(Json(ClockOut { now, can_be_moved: true }))
}

/// Says that the process lives.
pub async fn live() -> &'static str {
    "ok\n"
}

/// Says whether commands are carried out.
pub async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    if let Some(cause) = app.engine.failure() {
        return Err(ApiError::unavailable("stopped", cause));
    }
    if *app.stopping.borrow() {
        let words = Text::new("服务正在停止", "the server is stopping");
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", words));
    }
    Ok("ready\n")
}

/// Returns the counters in Prometheus' text format.
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let release = app.engine.live().info.number;
    let live = u64::try_from(app.engine.live_table().all().count()).unwrap_or(u64::MAX);
    let waiting = app.ask(releases::waiting).await.unwrap_or_default();
    let sound = u64::from(app.engine.failure().is_none());
    let text = app.metrics.render(&[
        ("xueji_events", "Events of all cases that are on disk.", app.engine.last_place()),
        ("xueji_release", "The number of the live release.", release),
        ("xueji_releases_live", "Live releases: one for all others, and those of some cohorts.", live),
        ("xueji_releases_proposed", "Releases that wait for signatures.", waiting.proposed),
        ("xueji_releases_scheduled", "Releases that wait for their date.", waiting.scheduled),
        (
            "xueji_releases_overtaken",
            "Releases that were overtaken, or cannot be built, and that nobody has looked at since.",
            waiting.overtaken,
        ),
        ("xueji_store_sound", "1 while the store takes commands, 0 once it has failed.", sound),
    ]);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
