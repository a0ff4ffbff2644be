//! Answers that carry more than a body: an entity tag, a place, a status.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented, StatusCode as Code};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_engine::queries::{Page, Paging};

use crate::wire;

/// 200, with the version of what it tells of as the ETag.
#[derive(Debug)]
pub struct Tagged<T>(pub u64, pub T);

/// 201, with the place of what was made, and its version as the ETag.
#[derive(Debug)]
pub struct Created<T> {
    /// The path of what was made.
    pub location: String,
    /// Its version.
    pub version: Option<u64>,
    /// The body.
    pub body: T,
}

fn tag(response: &mut Response, version: u64) {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        tag(&mut response, self.0);
        response
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        if let Ok(value) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        if let Some(version) = self.version {
            tag(&mut response, version);
        }
        response
    }
}

impl<T: JsonSchema> OperationOutput for Tagged<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        Self::operation_response(ctx, operation)
            .map(|response| (Some(Code::Code(200)), response))
            .into_iter()
            .collect()
    }
}

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        Self::operation_response(ctx, operation)
            .map(|response| (Some(Code::Code(201)), response))
            .into_iter()
            .collect()
    }
}

/// The id in a path.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Id {
    /// The id.
    pub id: String,
}

/// Which page is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// The most items of the page, at most 500; 50 when not said.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Returns the engine's paging.
#[must_use]
pub fn paging(limit: Option<usize>, cursor: Option<String>) -> Paging {
    Paging {
        after: cursor,
        limit: Some(limit.unwrap_or(50).clamp(1, xueji_engine::queries::PAGE_MAX)),
    }
}

/// Returns a page with its items converted; those that convert to nothing are left out.
///
/// # Errors
/// The first error of a conversion.
pub fn page<T, U, E>(
    from: Page<T>,
    mut convert: impl FnMut(T) -> Result<Option<U>, E>,
) -> Result<wire::Page<U>, E> {
    let mut items = Vec::with_capacity(from.items.len());
    for item in from.items {
        items.extend(convert(item)?);
    }
    Ok(wire::Page { items, next: from.next })
}
