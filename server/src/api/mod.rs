//! The HTTP API: a thin edge over the engine.
//!
//! A handler takes typed arguments, asks the engine one thing, and maps the answer. Who sees what is decided in
//! [`crate::sight`], what an error looks like in [`error`]; here is no rule, no clock and no store.
//!
//! Invariant: every route under `/api/v1` but the reference and the document of it needs a token.

pub mod acts;
pub mod answer;
pub mod backtests;
pub mod calendars;
pub mod cases;
pub mod commands;
pub mod documents;
pub mod error;
pub mod events;
pub mod extract;
pub mod house;
pub mod imports;
pub mod language;
pub mod logs;
pub mod look;
pub mod materials;
pub mod messages;
pub mod metrics;
pub mod migrations;
pub mod plans;
pub mod processes;
pub mod rate;
pub mod records;
pub mod releases;
pub mod router;
pub mod secret;
pub mod sniff;
pub mod tasks;
pub mod tokens;
pub mod trace;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{oneshot, watch};
use xueji_engine::queries::QueryError;
use xueji_engine::{Answer, Engine, ReleaseError, Submission, SubmitError};

pub use router::router;

use error::ApiError;
use metrics::Metrics;
use rate::RateLimit;

/// What the handlers share.
#[derive(Debug)]
pub struct App {
    /// The engine.
    pub engine: Arc<Engine>,
    /// What was answered so far.
    pub metrics: Metrics,
    /// How much one token may ask.
    pub rate: RateLimit,
    /// The place of the last durable event, for those who follow events.
    pub committed: watch::Receiver<u64>,
    /// Told when the server stops, so that streams end.
    pub stopping: watch::Receiver<bool>,
    started: String,
    requests: AtomicU64,
}

/// Requests of one token that may come at once, and that come back a second.
pub const RATE: (u32, u32) = (2_000, 500);

impl App {
    /// Returns what the handlers share, around an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, rate: RateLimit, stopping: watch::Receiver<bool>) -> Arc<Self> {
        let (sender, committed) = watch::channel(engine.last_place());
        engine.on_committed(move |place| {
            sender.send_replace(place);
        });
        let started = secret::id().unwrap_or_default().chars().take(6).collect();
        let metrics = Metrics::default();
        Arc::new(Self {
            engine,
            metrics,
            rate,
            committed,
            stopping,
            started,
            requests: AtomicU64::new(0),
        })
    }

    /// Returns an id for a request, under which the log tells of it.
    pub fn request_id(&self) -> String {
        format!("{}-{}", self.started, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks the engine something on a thread that may block.
    ///
    /// # Errors
    /// What the question answers.
    pub async fn ask<T, E>(
        &self,
        question: impl FnOnce(&Engine) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let engine = Arc::clone(&self.engine);
        let asked = tokio::task::spawn_blocking(move || question(&engine)).await;
        asked
            .map_err(|error| ApiError::internal(format!("a question panicked: {error}")))?
            .map_err(Into::into)
    }

    /// Hands a command in, and returns what will become of it.
    ///
    /// # Errors
    /// The engine takes nothing now.
    pub fn hand_in(
        &self,
        submission: Submission,
    ) -> Result<oneshot::Receiver<Result<Answer, SubmitError>>, ApiError> {
        let (sender, receiver) = oneshot::channel();
        // A caller who has gone away needs no answer; what was decided stays.
        self.engine.submit_with(submission, move |answer| drop(sender.send(answer)))?;
        Ok(receiver)
    }

    /// Carries out a command, and returns its answer once it is durable.
    ///
    /// # Errors
    /// Why it was refused or not taken.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, ApiError> {
        Ok(self.submit_raw(submission).await??)
    }

    /// Carries out a command; the engine's own error comes apart from that of not being taken.
    pub(crate) async fn submit_raw(
        &self,
        submission: Submission,
    ) -> Result<Result<Answer, SubmitError>, ApiError> {
        let answer = self.hand_in(submission)?.await;
        answer.map_err(|_| ApiError::unavailable("stopped", "the engine ended before it answered"))
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let words = xueji_engine::both(&error.to_string());
        match error {
            QueryError::Stored(error) => Self::unavailable("read", error),
            QueryError::Release(
                error @ (ReleaseError::Unreadable { .. } | ReleaseError::Unknown(_)),
            ) => error.into(),
            QueryError::Release(error) => Self::internal(error),
            QueryError::Refused(refusal) => refusal.into(),
            QueryError::Cursor => {
                let mut error = Self::field("/cursor", words);
                error.status = axum::http::StatusCode::BAD_REQUEST;
                error.code = "cursor";
                error
            }
        }
    }
}
