//! The outermost layer: gives each request an id, writes problems in the caller's language, and logs what happened.
//!
//! Invariant: a log line names method, route, status, duration and the request's id, and no person and no data; inner
//! causes of errors are logged here and sent nowhere.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use xueji_definition::Text;

use super::App;
use super::error::ApiError;

/// Returns whether the caller reads Chinese rather than English: the first of the two that `Accept-Language` names by
/// weight, and Chinese when it names neither.
#[must_use]
pub fn wants_chinese(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let weight = |language: &str| {
        accepted
            .split(',')
            .filter_map(|part| {
                let mut parts = part.split(';');
                let tag = parts.next()?.trim().to_ascii_lowercase();
                let quality = parts
                    .find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok())
                    .unwrap_or(1.0);
                (tag == language || tag.starts_with(&format!("{language}-"))).then_some(quality)
            })
            .fold(0.0_f32, f32::max)
    };
    weight("zh") >= weight("en")
}

/// Whether the caller reads Chinese rather than English.
#[derive(Debug, Clone, Copy)]
pub struct Chinese(pub bool);

impl<S: Send + Sync> FromRequestParts<S> for Chinese {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(wants_chinese(&parts.headers)))
    }
}

impl aide::OperationInput for Chinese {}

/// Handles one request from the outside in.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let chinese = wants_chinese(request.headers());
    let id = app.request_id();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |p| p.as_str().to_owned());
    let response = next.run(request).await;
    let (status, elapsed) = (response.status(), began.elapsed());
    app.metrics.request(&method, &route, status, elapsed);
    let cause = response.extensions().get::<ApiError>().and_then(|error| error.cause.clone());
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match cause {
        Some(cause) => {
            tracing::error!(request = %id, %method, %route, status = status.as_u16(), milliseconds, %cause, "failed");
        }
        None => {
            tracing::info!(request = %id, %method, %route, status = status.as_u16(), milliseconds, "answered")
        }
    }
    let mut response = write(response, chinese, &id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn write(response: Response, chinese: bool, id: &str) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let error = response
        .extensions()
        .get::<ApiError>()
        .cloned()
        .or_else(|| is_error.then(|| plain(status)));
    let Some(error) = error else { return response };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    parts.headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(if chinese { "zh" } else { "en" }),
    );
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = error.retry_after {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Response::from_parts(parts, Body::from(error.body(chinese, id).to_string()))
}

/// Returns the problem for an error that a layer answered without one of ours: a wrong path, method, size or time.
fn plain(status: StatusCode) -> ApiError {
    let (code, zh, en) = match status.as_u16() {
        404 => (
            "no-such-path",
            "没有这个地址，见 /api/v1/reference",
            "no such path; see /api/v1/reference",
        ),
        405 => (
            "method",
            "此地址不支持该方法，见 /api/v1/reference",
            "the path does not take this method",
        ),
        408 => ("timeout", "处理超时，请稍后再试", "it took too long; try again"),
        413 => ("too-large", "请求内容过大", "the body is too large"),
        415 => (
            "media-type",
            "请使用 Content-Type: application/json",
            "send Content-Type: application/json",
        ),
        _ if status.is_client_error() => {
            ("request", "请求无法理解", "the request is not understood")
        }
        _ => ("internal", "系统内部出错，请稍后再试", "something failed here; try again"),
    };
    ApiError::new(status, code, Text::new(zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chinese(accepted: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        wants_chinese(&headers)
    }

    #[test]
    fn the_language_with_the_greater_weight_is_taken_and_chinese_without_one() {
        assert!(wants_chinese(&HeaderMap::new()));
        assert!(chinese("zh-CN,zh;q=0.9,en;q=0.8"));
        assert!(!chinese("en-GB"));
        assert!(!chinese("en;q=0.9, zh;q=0.2"));
        assert!(chinese("fr"));
    }
}
