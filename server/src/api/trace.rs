//! `/instances/{id}/trace`: a case told as a story, as far as the caller may see it.
//!
//! Invariant: an event is told to those alone who may read it in the history, and with no value that is masked there.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xueji_engine::queries::{Paging, QueryError};
use xueji_engine::trace::{Names, Teller, scope_of};
use xueji_runtime::{Perspective, RecordId, Recorded, Release};

use super::App;
use super::answer::{Id, PageQuery, paging};
use super::cases::{Seen, of_event, seen, summary};
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;
use crate::sight::Eyes;
use crate::sight::mask::Masks;
use crate::wire::{Trace, TraceEvent};

/// Events followed at a time until the page begins.
const STRIDE: usize = 500;

/// Tells a case as a story, the first event first: who did what on whose behalf and in which role, what the rules read and
/// said, and what came of it.
pub async fn trace(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Trace>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let seen = seen(&look, &id)?;
        let found = engine.history(&id, &paging(query.limit, query.cursor))?;
        let first = found.items.first().map_or(0, |event| event.seq);
        let mut teller = Teller::new(look.live.calendar.offset());
        follow(&look, &id, first, &mut teller)?;
        let mut telling = Telling { look: &look, seen: &seen, teller, eyes: HashMap::new() };
        let mut items = Vec::with_capacity(found.items.len());
        for event in &found.items {
            items.extend(telling.tell(event)?);
        }
        let case = summary(&look, &seen.view.header, &seen.release);
        Ok::<_, ApiError>(Trace { case, items, next: found.next })
    });
    Ok(Json(answer.await?))
}

/// Takes note of what was before a page.
fn follow(look: &Look<'_>, id: &str, until: u64, teller: &mut Teller) -> Result<(), QueryError> {
    if until == 0 {
        return Ok(());
    }
    let mut paging = Paging { after: None, limit: Some(STRIDE) };
    loop {
        let page = look.engine.history(id, &paging)?;
        for event in page.items.iter().filter(|event| event.seq < until) {
            teller.follow(&event.event);
        }
        let reached = page.items.last().is_none_or(|event| event.seq + 1 >= until);
        match page.next {
            Some(next) if !reached => paging.after = Some(next),
            _ => return Ok(()),
        }
    }
}

struct Telling<'a> {
    look: &'a Look<'a>,
    seen: &'a Seen,
    teller: Teller,
    eyes: HashMap<String, Eyes>,
}

impl Telling<'_> {
    fn tell(&mut self, event: &Recorded) -> Result<Option<TraceEvent>, ApiError> {
        let eyes = self.eyes(event)?;
        if !eyes.sees() {
            self.teller.follow(&event.event);
            return Ok(None);
        }
        let release = self.release()?;
        let masks = self.look.masks(&release, &self.seen.view.header.process, eyes);
        let look = self.look;
        let label = |id: &RecordId| label(look, id).ok().flatten();
        let names = Names {
            definitions: &release.definitions,
            today: self.look.definitions(),
            label: &label,
        };
        let told = self.teller.tell(event, &release, &names, &masks);
        Ok(Some(TraceEvent::new(told, &masks)))
    }

    /// Returns the release by which the next event happened; the case's own when it is not known.
    fn release(&self) -> Result<Arc<Release>, QueryError> {
        let hash = self.teller.release();
        if hash.is_empty() || hash == self.seen.release.hash {
            return Ok(Arc::clone(&self.seen.release));
        }
        let found = self.look.engine.release(hash)?;
        Ok(found.unwrap_or_else(|| Arc::clone(&self.seen.release)))
    }

    fn eyes(&mut self, event: &Recorded) -> Result<Eyes, QueryError> {
        let header = &self.seen.view.header;
        let path = scope_of(&event.event).cloned().unwrap_or_default();
        let key = path.to_string();
        let eyes = match self.eyes.get(&key) {
            Some(eyes) => eyes.clone(),
            None => {
                let task = self.seen.view.open_tasks.iter().find(|task| task.scope == path);
                let process = self.seen.release.process(&header.process);
                let found = self.look.of_scope(header, &self.seen.eyes, &path, task, process)?;
                self.eyes.insert(key, found.clone());
                found
            }
        };
        of_event(self.look, header, event, eyes)
    }
}

/// Returns what a record is called, for those who may see that.
fn label(look: &Look<'_>, id: &RecordId) -> Result<Option<String>, QueryError> {
    let definitions = look.definitions();
    let kind = definitions.records.records.get(&id.kind);
    let (Some(field), Some(record)) =
        (kind.and_then(|kind| kind.label.as_deref()), look.engine.record(id)?)
    else {
        return Ok(None);
    };
    let masks = Masks::new(definitions, None, look.of_record(&record)?);
    let value = record.value(field, look.today, None, Perspective::Local);
    let shown = value.filter(|_| masks.eyes().sees());
    let shown = shown.and_then(|value| masks.record_value(&id.kind, field, value));
    Ok(shown.and_then(|value| value.as_str().map(str::to_owned)))
}
