//! `/tokens`: made, listed and revoked by those who administer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::NoContent;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use xueji_definition::Text;
use xueji_engine::Engine;
use xueji_engine::stored::Token;
use xueji_runtime::command::person_record;

use super::App;
use super::answer::{Created, Id, PageQuery, page, paging};
use super::error::ApiError;
use super::extract::{Body, Caller, Params};
use super::look::Look;
use super::secret;
use crate::wire::{self, TokenMade, TokenOut};

/// A token to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenIn {
    /// The person it acts for: of the organisation, or a record that holds a role, as `type:id`.
    pub person: String,
    /// What it is for, in words.
    pub name: String,
    /// Until when; for ever when not said.
    pub expires: Option<Timestamp>,
}

/// Returns an error unless the caller administers.
pub(crate) fn require_administrator(engine: &Engine, caller: &Caller) -> Result<(), ApiError> {
    if Look::new(engine, caller).viewer().administers() {
        return Ok(());
    }
    Err(ApiError::not_allowed("需要管理员角色", "this needs a role that administers"))
}

/// Makes a token; its secret is in this answer and nowhere else.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<TokenIn>,
) -> Result<Created<TokenMade>, ApiError> {
    let made = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        make(engine, &body.person, &body.name, body.expires)
    });
    let made = made.await?;
    Ok(Created { location: format!("/api/v1/tokens/{}", made.token.id), version: None, body: made })
}

/// Makes a token for a person who is known.
///
/// # Errors
/// The person is not known, or the token could not be kept.
pub fn make(
    engine: &Engine,
    person: &str,
    name: &str,
    expires: Option<Timestamp>,
) -> Result<TokenMade, ApiError> {
    if !is_known(engine, person)? {
        let words = Text::new(
            format!("没有这个人员：{person}。可写 organisation.yaml 中的编号，或“记录类型:编号”"),
            format!(
                "no person `{person}`: name one of organisation.yaml, or a record that holds a role as `type:id`"
            ),
        );
        return Err(ApiError::field("/person", words));
    }
    if expires.is_some_and(|expires| expires <= engine.now()) {
        let words = Text::new("令牌的期限已经过去", "the token would have expired already");
        return Err(ApiError::field("/expires", words));
    }
    let secret = secret::fresh().map_err(ApiError::internal)?;
    let token = Token {
        id: secret::id().map_err(ApiError::internal)?,
        person: person.to_owned(),
        name: name.to_owned(),
        created: engine.now(),
        expires,
    };
    engine.put_token(secret::hash(&secret), token.clone())?;
    Ok(TokenMade { token: TokenOut::from(&token), secret })
}

fn is_known(engine: &Engine, person: &str) -> Result<bool, ApiError> {
    let live = engine.live();
    let organisation = &live.release.definitions.organisation;
    if organisation.people.contains_key(person) {
        return Ok(true);
    }
    let Some(record) = person_record(person) else { return Ok(false) };
    let holds =
        organisation.roles.values().any(|role| role.held_by.as_deref() == Some(&record.kind));
    Ok(holds && engine.record(&record)?.is_some())
}

/// Lists the tokens, without their secrets.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Json<wire::Page<TokenOut>>, ApiError> {
    let found = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        Ok::<_, ApiError>(engine.tokens(&paging(query.limit, query.cursor))?)
    });
    page(found.await?, |token| Ok(Some(TokenOut::from(&token)))).map(Json)
}

/// Revokes a token at once.
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
) -> Result<NoContent, ApiError> {
    app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        if engine.revoke_token(id.clone())? {
            Ok(NoContent)
        } else {
            Err(ApiError::not_found("token", &id))
        }
    })
    .await
}
