//! Everything that can go wrong for a caller, as a problem (RFC 9457).
//!
//! One place makes status, code, words and fields of an error. What only operators may know (a failed disk, a fault of
//! the program) is logged under the request's id and never sent. The words come in the caller's language: an error is
//! written into the response's extensions, and the outermost layer ([`super::language`]) writes the body.
//!
//! Invariant: an answer that is no success has a body of `application/problem+json` with a stable `code`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_engine::{DeployError, ReleaseError, ReleaseRefusal, SubmitError, both};
use xueji_runtime::Refusal;
use xueji_runtime::refusal::FieldFault;

use crate::wire::Verdict;

/// An error as a caller gets it. What it says stands behind a pointer, so that it is small where all goes well.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Facts>);

impl std::ops::Deref for ApiError {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl std::ops::DerefMut for ApiError {
    fn deref_mut(&mut self) -> &mut Facts {
        &mut self.0
    }
}

/// What an error says.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The status.
    pub status: StatusCode,
    /// The stable code, kebab-case.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: Text,
    /// The parts of the request at fault, each as a JSON pointer with words.
    pub errors: Vec<(String, Text)>,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
    /// What is wrong with definitions, or with the rows of a file.
    pub findings: Vec<Json>,
    /// What happened, for the log alone.
    pub cause: Option<String>,
    /// After how many seconds it is worth another try.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// Returns an error of that status, code and words.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: Text) -> Self {
        Self(Box::new(Facts {
            status,
            code,
            detail,
            errors: Vec::new(),
            verdicts: Vec::new(),
            findings: Vec::new(),
            cause: None,
            retry_after: None,
        }))
    }

    /// Returns the error for what is not there, or what the caller may not know of.
    #[must_use]
    pub fn not_found(what: &str, id: &str) -> Self {
        let detail = Text::new(
            format!("没有这个对象，或您无权查看：{id}"),
            format!("no {what} `{id}` that you may see"),
        );
        Self::new(StatusCode::NOT_FOUND, "unknown", detail)
    }

    /// Returns the error for an act that the caller's roles do not allow.
    #[must_use]
    pub fn not_allowed(zh: &str, en: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", Text::new(zh, en))
    }

    /// Returns the error for one part of a request.
    #[must_use]
    pub fn field(pointer: impl Into<String>, detail: Text) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "request", detail.clone());
        error.errors.push((pointer.into(), detail));
        error
    }

    /// Returns the error for a fault of the program or the machine: the words say nothing of it, the log does.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let detail = Text::new(
            "系统内部出错，已记录，请稍后再试",
            "something failed here; it was logged, try again",
        );
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
        error.cause = Some(cause.to_string());
        error
    }

    /// Returns the error for a moment at which the engine takes nothing.
    #[must_use]
    pub fn unavailable(code: &'static str, cause: impl std::fmt::Display) -> Self {
        let detail =
            Text::new("系统暂时不能处理，请稍后再试", "the system cannot take this now; try again");
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        error.cause = Some(cause.to_string());
        error.retry_after = Some(1);
        error
    }

    /// Returns the body in one language.
    #[must_use]
    pub fn body(&self, chinese: bool, request: &str) -> Json {
        let pick = |text: &Text| if chinese { text.zh.clone() } else { text.en.clone() };
        let mut body = serde_json::json!({
            "type": format!("urn:xueji:problem:{}", self.code),
            "title": pick(&title(self.status)),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": pick(&self.detail),
            "request": request,
        });
        let Some(map) = body.as_object_mut() else { return body };
        if !self.errors.is_empty() {
            let errors = self.errors.iter();
            let errors =
                errors.map(|(at, text)| serde_json::json!({"pointer": at, "detail": pick(text)}));
            map.insert("errors".into(), errors.collect());
        }
        if !self.verdicts.is_empty() {
            map.insert("verdicts".into(), serde_json::to_value(&self.verdicts).unwrap_or_default());
        }
        if !self.findings.is_empty() {
            map.insert("findings".into(), Json::Array(self.findings.clone()));
        }
        body
    }
}

/// Returns what a status means, in words.
fn title(status: StatusCode) -> Text {
    match status.as_u16() {
        400 => Text::new("请求无法理解", "The request is not understood"),
        401 => Text::new("需要有效的令牌", "A valid token is needed"),
        403 => Text::new("没有权限", "Not allowed"),
        404 => Text::new("没有找到", "Not found"),
        405 => Text::new("此地址不支持该方法", "The address does not take this method"),
        408 => Text::new("请求超时", "The request took too long"),
        409 => Text::new("与当前状态冲突", "In conflict with how things stand"),
        412 => Text::new("已有变化", "It has changed meanwhile"),
        413 => Text::new("内容过大", "Too large"),
        415 => Text::new("不支持这种内容类型", "This kind of content is not taken"),
        422 => Text::new("内容不符合要求", "The content is not as required"),
        429 => Text::new("请求过于频繁", "Too many requests"),
        503 => Text::new("暂时不可用", "Not available now"),
        _ => Text::new("系统内部出错", "Something failed here"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(status(&refusal), refusal.code(), refusal.text());
        match &refusal {
            Refusal::Form(faults) => error.errors = faults.iter().map(field).collect(),
            Refusal::Rules(verdicts) => {
                error.verdicts = verdicts.iter().map(Verdict::from).collect()
            }
            Refusal::Override { .. } => error.errors.push(("/override".into(), refusal.text())),
            Refusal::OpinionMissing { .. } => {
                error.errors.push(("/opinion".into(), refusal.text()))
            }
            Refusal::UnknownOutcome { .. } => {
                error.errors.push(("/outcome".into(), refusal.text()))
            }
            Refusal::Read(cause) => {
                error.cause = Some(cause.to_string());
                error.retry_after = Some(1);
            }
            Refusal::Definition { place, message } => {
                error.cause = Some(format!("{place}: {}", message.en))
            }
            _ => {}
        }
        error
    }
}

fn field(fault: &FieldFault) -> (String, Text) {
    (format!("/form{}", fault.pointer), fault.message.clone())
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Unknown { .. } => StatusCode::NOT_FOUND,
        Refusal::NotAllowed { .. }
        | Refusal::Assigned { .. }
        | Refusal::OwnCase { .. }
        | Refusal::NotSeparate { .. } => StatusCode::FORBIDDEN,
        Refusal::NotOpen { .. }
        | Refusal::TaskGone
        | Refusal::SignaturesOut(_)
        | Refusal::NothingToRecall
        | Refusal::TooLate { .. }
        | Refusal::NotAwaited { .. }
        | Refusal::Already(_)
        | Refusal::Forbidden { .. } => StatusCode::CONFLICT,
        Refusal::UnknownOutcome { .. }
        | Refusal::OpinionMissing { .. }
        | Refusal::Form(_)
        | Refusal::Rules(_)
        | Refusal::CannotMove(_)
        | Refusal::Override { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Definition { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        Refusal::Read(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let words = both(&error.to_string());
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Changed { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "changed", words)
            }
            SubmitError::OtherBody => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key", words)
            }
            SubmitError::TooLarge(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too-large", words)
            }
            SubmitError::Clock(_) => Self::new(StatusCode::CONFLICT, "clock", words),
            SubmitError::Fault { reason } => Self::internal(reason),
            SubmitError::Busy => Self::unavailable("busy", "too many commands wait"),
            SubmitError::Stopped { reason } => Self::unavailable("stopped", reason),
        }
    }
}

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> Self {
        let words = both(&error.to_string());
        match error {
            ReleaseError::Broken(_) | ReleaseError::Calendar { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", words)
            }
            ReleaseError::Unreadable { .. } => {
                Self::new(StatusCode::CONFLICT, "release-unreadable", words)
            }
            ReleaseError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "unknown", words),
            ReleaseError::TooLarge(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too-large", words)
            }
            ReleaseError::Stored(error) => Self::unavailable("read", error),
        }
    }
}

impl From<ReleaseRefusal> for ApiError {
    fn from(refusal: ReleaseRefusal) -> Self {
        let words = both(&refusal.to_string());
        let of = |status| Self::new(status, refusal.code(), words.clone());
        let field = |pointer: &str| {
            let mut error = of(StatusCode::UNPROCESSABLE_ENTITY);
            error.errors.push((pointer.to_owned(), words.clone()));
            error
        };
        match &refusal {
            ReleaseRefusal::NoteMissing | ReleaseRefusal::NoteShape => field("/note"),
            ReleaseRefusal::ReasonMissing => field("/reason"),
            ReleaseRefusal::DatePassed { .. } | ReleaseRefusal::DateTooFar { .. } => field("/from"),
            ReleaseRefusal::Moved { .. } => of(StatusCode::PRECONDITION_FAILED),
            ReleaseRefusal::NothingWaits(_) => of(StatusCode::NOT_FOUND),
            ReleaseRefusal::OwnProposal { .. } => of(StatusCode::FORBIDDEN),
            ReleaseRefusal::WaitsOtherwise { .. }
            | ReleaseRefusal::DayTaken { .. }
            | ReleaseRefusal::NotYet { .. }
            | ReleaseRefusal::NotWaiting { .. } => of(StatusCode::CONFLICT),
        }
    }
}

impl From<DeployError> for ApiError {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::Release(error) => error.into(),
            DeployError::Submit(error) => error.into(),
            DeployError::Refused(refusal) => refusal.into(),
        }
    }
}

impl aide::OperationOutput for ApiError {
    type Inner = Self;

    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        _: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        let media = aide::openapi::MediaType {
            schema: Some(aide::openapi::SchemaObject {
                json_schema: ctx.schema.subschema_for::<crate::wire::Problem>(),
                external_docs: None,
                example: None,
            }),
            ..Default::default()
        };
        let response = aide::openapi::Response {
            description: "A problem (RFC 9457), in the language of Accept-Language".into(),
            content: [("application/problem+json".to_owned(), media)].into_iter().collect(),
            ..Default::default()
        };
        vec![(None, response)]
    }
}
