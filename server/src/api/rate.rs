//! How much one token may ask: a bucket that fills at a steady rate.
//!
//! Invariant: bounded memory, whatever tokens come; only tokens that are known get a bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::StatusCode;
use xueji_definition::Text;

use super::error::ApiError;

/// The most buckets that are kept; full ones are forgotten first.
const BUCKETS_MAX: usize = 10_000;

/// Limits how often each token may ask.
#[derive(Debug)]
pub struct RateLimit {
    /// Requests that a bucket holds: so many may come at once.
    burst: f64,
    /// Requests that come back a second.
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl RateLimit {
    /// Returns a limit of so many requests at once and so many a second after that.
    #[must_use]
    pub fn new(burst: u32, per_second: u32) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            buckets: Mutex::default(),
        }
    }

    /// Takes one request from a token's bucket.
    ///
    /// # Errors
    /// 429 when the bucket is empty, with the time after which one more may come.
    pub fn take(&self, token: &str) -> Result<(), ApiError> {
        self.take_at(token, Instant::now())
    }

    fn take_at(&self, token: &str, now: Instant) -> Result<(), ApiError> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(token) {
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.burst);
        }
        let bucket =
            buckets.entry(token.to_owned()).or_insert(Bucket { left: self.burst, at: now });
        bucket.left = self.filled(bucket, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            let detail = Text::new(
                "请求过于频繁，请稍后再试",
                "too many requests with this token; try again later",
            );
            let mut error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate", detail);
            error.retry_after = Some(1);
            return Err(error);
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + passed * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again_each_token_its_own() {
        let limit = RateLimit::new(2, 1);
        let now = Instant::now();
        assert!(limit.take_at("a", now).is_ok());
        assert!(limit.take_at("a", now).is_ok());
        assert_eq!(limit.take_at("a", now).unwrap_err().status, StatusCode::TOO_MANY_REQUESTS);
        assert!(limit.take_at("b", now).is_ok());
        assert!(limit.take_at("a", now + Duration::from_secs(1)).is_ok());
        assert!(limit.take_at("a", now + Duration::from_secs(1)).is_err());
    }
}
