//! What handlers take: the caller, a JSON body, a query, and the conditions of a command.
//!
//! Invariant: whatever a request holds, it becomes a typed value or a problem that names the part at fault.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, SecurityRequirement};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use xueji_definition::Text;
use xueji_engine::{Idempotency, IdempotencyKey};
use xueji_runtime::Actor;

use super::App;
use super::error::ApiError;
use super::secret;

/// Who asks: the person that a bearer token stands for.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person's id; a record that is a person is `type:id`.
    pub person: String,
    /// The token's own id.
    pub token: String,
}

impl Caller {
    /// Returns the person as the engine knows them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person(self.person.clone())
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let given = bearer(&parts.headers).ok_or_else(no_token)?;
        let hash = secret::hash(given);
        let found = app.ask(move |engine| engine.token(&hash)).await?;
        let token = found.ok_or_else(no_token)?;
        if token.expires.is_some_and(|expires| expires <= app.engine.now()) {
            return Err(no_token());
        }
        app.rate.take(&token.id)?;
        let caller = Self { person: token.person, token: token.id };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn no_token() -> ApiError {
    let detail = Text::new(
        "请在 Authorization: Bearer … 中给出有效的令牌；令牌由管理员用 xueji token 发放",
        "send a valid token in Authorization: Bearer …; an administrator makes one with xueji token",
    );
    ApiError::new(StatusCode::UNAUTHORIZED, "token", detail)
}

impl OperationInput for Caller {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let requirement: SecurityRequirement =
            [("token".to_owned(), Vec::new())].into_iter().collect();
        operation.security = vec![requirement];
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        <ApiError as aide::OperationOutput>::inferred_responses(ctx, operation)
    }
}

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = content_type(request.headers()).is_some_and(|kind| kind.ends_with("json"));
        let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
        if !is_json {
            let detail = Text::new(
                "请使用 Content-Type: application/json",
                "send Content-Type: application/json",
            );
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", detail));
        }
        read_json(&bytes).map(Body)
    }
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(ctx, operation);
    }
}

/// Returns the media type of a body, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

pub(crate) fn too_large(rejection: axum::extract::rejection::BytesRejection) -> ApiError {
    let mut error = ApiError::new(
        rejection.status(),
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { "too-large" } else { "request" },
        Text::new("请求内容过大或未传完", "the body is too large, or did not come whole"),
    );
    error.retry_after = None;
    error
}

/// Reads JSON; an error names the place as line and column, and as a pointer when it is JSON.
fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let (error, at) = match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => match reader.end() {
            Ok(()) => return Ok(value),
            Err(error) => (error, String::new()),
        },
        Err(error) => {
            let at = pointer(error.path());
            (error.into_inner(), at)
        }
    };
    let (line, column) = (error.line(), error.column());
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or(&what);
    let detail = Text::new(
        format!("第 {line} 行第 {column} 列：{what}"),
        format!("line {line}, column {column}: {what}"),
    );
    if error.classify() != serde_json::error::Category::Data {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "json", detail));
    }
    let named = named(what).map(|name| format!("/{name}")).filter(|name| !at.ends_with(name));
    let mut problem = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "request", detail.clone());
    problem.errors.push((at + named.as_deref().unwrap_or_default(), detail));
    Err(problem)
}

/// Returns a path as a JSON pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let segment = |segment: &serde_path_to_error::Segment| match segment {
        serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
        serde_path_to_error::Segment::Map { key } => {
            format!("/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        // What has no key of its own adds nothing to a pointer.
        _ => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Returns the key that a message of serde names: of an unknown field, or a missing one.
fn named(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("missing field `"))?;
    rest.split('`').next()
}

/// A query string.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let axum::extract::Query(value) = read.map_err(|rejection| {
            let what = rejection.body_text();
            let what = what
                .strip_prefix("Failed to deserialize query string: ")
                .unwrap_or(&what)
                .to_owned();
            let detail = Text::new(
                format!("查询参数有误：{what}"),
                format!("the query is at fault: {what}"),
            );
            ApiError::new(StatusCode::BAD_REQUEST, "query", detail)
        })?;
        Ok(Self(value))
    }
}

impl<T: JsonSchema> OperationInput for Params<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::extract::Query::<T>::operation_input(ctx, operation);
    }
}

/// The conditions that come with a command: `Idempotency-Key` and `If-Match`.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    key: Option<String>,
    path: String,
    /// The version that the case must have.
    pub if_version: Option<u64>,
}

/// The longest idempotency key, in bytes.
const KEY_MAX: usize = 200;

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text =
            |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
        let key = text("idempotency-key").map(str::to_owned);
        if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_MAX) {
            let detail = Text::new(
                format!("Idempotency-Key 应为 1–{KEY_MAX} 个字符"),
                format!("an Idempotency-Key has 1 to {KEY_MAX} characters"),
            );
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "idempotency-key", detail));
        }
        let if_version = match text("if-match").filter(|value| *value != "*") {
            None => None,
            Some(value) => Some(version(value).ok_or_else(|| {
                let detail = Text::new(
                    "If-Match 应为先前答复中的 ETag，例如 \"12\"",
                    "If-Match holds the ETag of an earlier answer, such as \"12\"",
                );
                ApiError::new(StatusCode::PRECONDITION_FAILED, "if-match", detail)
            })?),
        };
        Ok(Self { key, path: parts.uri.path().to_owned(), if_version })
    }
}

fn version(tag: &str) -> Option<u64> {
    tag.trim_start_matches("W/").trim_matches('"').parse().ok()
}

impl Conditions {
    /// Returns the conditions of one part of a command that has several, each of which is repeated by itself.
    #[must_use]
    pub fn of_part(&self, part: &str) -> Self {
        let key = self.key.as_ref().map(|key| format!("{key}/{part}"));
        Self { key, ..self.clone() }
    }

    /// Returns what tells the engine a repeat of a body, if the caller named the command.
    pub fn idempotency<T: serde::Serialize>(
        &self,
        caller: &Caller,
        body: &T,
    ) -> Option<Idempotency> {
        let key = self.key.clone()?;
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        let body = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = IdempotencyKey { token: caller.token.clone(), path: self.path.clone(), key };
        Some(Idempotency { key, body })
    }
}

impl OperationInput for Conditions {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let header = |name: &str, words: &str, schema| aide::openapi::Parameter::Header {
            parameter_data: aide::openapi::ParameterData {
                name: name.to_owned(),
                description: Some(words.to_owned()),
                required: false,
                deprecated: None,
                format: aide::openapi::ParameterSchemaOrContent::Schema(
                    aide::openapi::SchemaObject {
                        json_schema: schema,
                        external_docs: None,
                        example: None,
                    },
                ),
                example: None,
                examples: Default::default(),
                explode: None,
                extensions: Default::default(),
            },
            style: aide::openapi::HeaderStyle::Simple,
        };
        let parameters = [
            header(
                "Idempotency-Key",
                "A name for this command, so that sending it again does nothing more.",
                schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": KEY_MAX}),
            ),
            header(
                "If-Match",
                "The ETag of the case as last read; the command is refused (412) when it has changed.",
                schemars::json_schema!({"type": "string", "pattern": r#"^(\*|(W/)?"[0-9]+")$"#}),
            ),
        ];
        aide::operation::add_parameters(ctx, operation, parameters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_the_bearer_scheme_alone() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "bearer  abc ".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(header::AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }

    #[test]
    fn what_is_wrong_in_a_body_is_pointed_at() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            #[allow(dead_code, reason = "only read")]
            count: u8,
        }
        let at = |body: &str| {
            let error = read_json::<std::collections::BTreeMap<String, Vec<Row>>>(body.as_bytes());
            let error = error.unwrap_err();
            (error.code, error.errors.first().map(|(at, _)| at.clone()))
        };
        let found = |pointer: &str| ("request", Some(pointer.to_owned()));
        assert_eq!(at(r#"{"a/b": [{"count": 1}, {"count": "x"}]}"#), found("/a~1b/1/count"));
        assert_eq!(at(r#"{"rows": [{"count": 1, "colour": 2}]}"#), found("/rows/0/colour"));
        assert_eq!(at(r#"{"rows": [{}]}"#), found("/rows/0/count"));
        assert_eq!(at("[]"), found(""));
        assert_eq!(at("{"), ("json", None));
        assert_eq!(at("{} {}"), ("json", None));
    }

    #[test]
    fn an_entity_tag_is_a_version() {
        assert_eq!(version("\"12\""), Some(12));
        assert_eq!(version("W/\"12\""), Some(12));
        assert_eq!(version("\"x\""), None);
    }
}
