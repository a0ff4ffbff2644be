//! `/event-logs`: cases as event logs for process mining.
//!
//! Invariant: without `personal`, which is for administrators, nobody's id, name or words leave the server; and only those
//! who may read the whole house get anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use xueji_definition::Text;
use xueji_drawing::net;
use xueji_engine::Engine;
use xueji_engine::export::{Naming, Persons, Span, page};
use xueji_runtime::people;

use super::App;
use super::answer::paging;
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;
use super::tokens::require_administrator;
use crate::sight::Place;
use crate::wire::{LogPage, LogQuery};

/// The fewest characters of a salt.
const SALT_MIN: usize = 16;

/// How nets and activities are named: as the nets that are drawn name them.
pub const NAMING: Naming = Naming {
    activity: net::activity,
    net: net::net_id,
    kept: net::kept_activity,
    end: net::end_activity,
};

/// Lists cases as event logs, the last started first: one trace a scope, and the acts beside the nets. Persons, subjects
/// and keys of rows stand under pseudonyms, unless an administrator asks for `personal`.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<LogQuery>,
) -> Result<Json<LogPage>, ApiError> {
    let answer = app.ask(move |engine| {
        let personal = query.personal == Some(true);
        require_reader(engine, &caller, personal)?;
        let live = engine.live();
        let organisation = &live.release.definitions.organisation;
        let names = |person: &str| people::name(organisation, person).map(str::to_owned);
        let persons = match (personal, query.salt.as_deref()) {
            (true, _) => Persons::open(&names),
            (false, Some(salt)) if salt.chars().count() >= SALT_MIN => Persons::hidden(salt),
            (false, _) => {
                let words = Text::new(
                    format!("须以 salt 给出至少 {SALT_MIN} 个字符，假名由它生成"),
                    format!("give a `salt` of at least {SALT_MIN} characters, of which pseudonyms are made"),
                );
                return Err(ApiError::field("/salt", words));
            }
        };
        let span = Span { process: query.process, since: query.since, until: query.until };
        let paging = paging(query.limit, query.cursor);
        let found = page(&engine.past(), &span, &paging, NAMING, &persons)?;
        let items = found.items.iter().filter_map(|log| serde_json::to_value(log).ok()).collect();
        Ok::<_, ApiError>(LogPage { items, next: found.next })
    });
    Ok(Json(answer.await?))
}

/// Refuses unless the caller may read everything in the house; with personal data, unless they administer it.
fn require_reader(engine: &Engine, caller: &Caller, personal: bool) -> Result<(), ApiError> {
    if personal {
        return require_administrator(engine, caller);
    }
    let look = Look::new(engine, caller);
    // A place that is not known is reached by those roles alone that are held everywhere.
    if look.viewer().reads(&Place::Unknown) {
        return Ok(());
    }
    Err(ApiError::not_allowed(
        "须担任在全部单位有查阅权的角色",
        "this needs a role that reads in all units",
    ))
}
