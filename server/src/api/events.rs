//! `/events`: what happens in the cases that the caller may see, and to releases, as it happens (server-sent events).
//!
//! Invariant: an event is sent only once it is durable, in the order of commits, and a stream that is taken up again
//! with `Last-Event-ID` misses none and repeats none. Events tell that something happened, and no data.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use xueji_definition::Text;
use xueji_engine::{Engine, Happening, ReleaseEvent};
use xueji_runtime::Recorded;

use super::App;
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;

/// Events read at once.
const READ_AT_ONCE: usize = 200;
/// Events that wait for a slow reader; more are not read before these are gone.
const WAITING_MAX: usize = 64;
/// Cases of which a stream remembers whether they may be seen, before it asks anew.
const REMEMBERED_MAX: usize = 2_000;

/// Which events are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    /// Only of that case.
    pub instance: Option<String>,
    /// The place after which to begin, as `id` of an event tells it; now when neither this nor Last-Event-ID is given.
    pub after: Option<u64>,
}

/// Follows events.
pub async fn follow(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<EventQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let last = match headers.get("last-event-id") {
        None => None,
        Some(value) => {
            Some(value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
                let words = Text::new(
                    "Last-Event-ID 应为事件的 id",
                    "Last-Event-ID holds the id of an event",
                );
                ApiError::field("/last-event-id", words)
            })?)
        }
    };
    let after = last.or(query.after).unwrap_or_else(|| app.engine.last_place());
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    tokio::spawn(run(app, caller, query.instance, after, sender));
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(keep_alive).into_response())
}

/// Sends events until the reader goes away or the server stops.
async fn run(
    app: Arc<App>,
    caller: Caller,
    only: Option<String>,
    mut after: u64,
    sender: Sender<Result<Event, Infallible>>,
) {
    let mut committed = app.committed.clone();
    let mut stopping = app.stopping.clone();
    let mut known = HashMap::new();
    loop {
        // Marked as seen before reading, so that what is committed meanwhile wakes the next round.
        committed.borrow_and_update();
        let (by, case) = (caller.clone(), only.clone());
        let asked = app.ask(move |engine| read(engine, &by, case.as_deref(), after, known)).await;
        let Ok(Read { events, last, remembered }) = asked else { return };
        known = remembered;
        let more = last > after;
        after = last;
        for event in events {
            if sender.send(Ok(event)).await.is_err() {
                return;
            }
        }
        if more {
            continue;
        }
        tokio::select! {
            changed = committed.changed() => if changed.is_err() { return },
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = sender.closed() => return,
        }
    }
}

struct Read {
    events: Vec<Event>,
    last: u64,
    remembered: HashMap<String, bool>,
}

fn read(
    engine: &Engine,
    caller: &Caller,
    only: Option<&str>,
    after: u64,
    mut known: HashMap<String, bool>,
) -> Result<Read, ApiError> {
    let look = Look::new(engine, caller);
    let administers = look.viewer().administers();
    if known.len() > REMEMBERED_MAX {
        known.clear();
    }
    let mut events = Vec::new();
    let mut last = after;
    for followed in engine.follow(after, READ_AT_ONCE)? {
        last = followed.sequence;
        let recorded = match &followed.what {
            Happening::Case(recorded) => recorded,
            Happening::Release(what) => {
                // Those that did not go live are for who administers alone, as in the list of releases.
                if only.is_none() && (administers || what.kind.is_live()) {
                    events.push(of_release(last, what));
                }
                continue;
            }
        };
        let instance = &recorded.instance;
        if only.is_some_and(|only| only != instance) {
            continue;
        }
        let seen = match known.get(instance) {
            Some(seen) => *seen,
            None => {
                let seen = sees(&look, instance)?;
                known.insert(instance.clone(), seen);
                seen
            }
        };
        if seen {
            events.push(of_case(last, recorded));
        }
    }
    Ok(Read { events, last, remembered: known })
}

fn sees(look: &Look<'_>, instance: &str) -> Result<bool, ApiError> {
    let Some(header) = look.engine.header(instance)? else { return Ok(false) };
    let release = look.listed(&header.release)?;
    Ok(look.of_case(&header, &[], release.process(&header.process))?.sees())
}

fn of_case(place: u64, recorded: &Recorded) -> Event {
    let told = serde_json::to_value(&recorded.event).unwrap_or_default();
    let word = |name: &str| told.get(name).and_then(|word| word.as_str()).map(str::to_owned);
    let kind = word("kind").unwrap_or_default();
    let data = serde_json::json!({
        "instance": recorded.instance,
        "seq": recorded.seq,
        "at": recorded.at,
        "kind": kind,
        "step": word("step"),
        "scope": word("scope").filter(|scope| !scope.is_empty()),
    });
    Event::default().id(place.to_string()).event(kind).data(data.to_string())
}

/// Returns what happened to a release. What every event has is there, so that a reader of cases finds nothing missing.
fn of_release(place: u64, what: &ReleaseEvent) -> Event {
    let kind = format!("release-{}", what.kind.word());
    let data = serde_json::json!({
        "instance": null,
        "seq": null,
        "at": what.at,
        "kind": kind,
        "step": null,
        "scope": null,
        "release": what.hash,
        "number": what.number,
        "from": what.from,
    });
    Event::default().id(place.to_string()).event(kind).data(data.to_string())
}
