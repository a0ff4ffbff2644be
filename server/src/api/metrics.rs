//! Counters and times of requests, in Prometheus' text format.
//!
//! Invariant: labels are routes and statuses, never ids or people; the number of series is bounded by the routes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

/// The upper bounds of the histogram's buckets, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What was answered so far.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, String, u16), u64>>,
    times: Mutex<BTreeMap<String, Histogram>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
        let key = (method.as_str().to_owned(), route.to_owned(), status.as_u16());
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(0) += 1;
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = times.entry(route.to_owned()).or_default();
        let seconds = elapsed.as_secs_f64();
        for (count, _) in
            histogram.buckets.iter_mut().zip(BOUNDS).filter(|(_, bound)| seconds <= *bound)
        {
            *count += 1;
        }
        histogram.count += 1;
        histogram.seconds += seconds;
    }

    /// Returns everything in Prometheus' text format, with gauges that the caller adds.
    #[must_use]
    pub fn render(&self, gauges: &[(&str, &str, u64)]) -> String {
        let mut out = String::from(
            "# HELP xueji_requests_total Requests answered.\n# TYPE xueji_requests_total counter\n",
        );
        for ((method, route, status), count) in
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            line(
                &mut out,
                format_args!(
                    "xueji_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                ),
            );
        }
        out.push_str("# HELP xueji_request_seconds Time from request to answer.\n# TYPE xueji_request_seconds histogram\n");
        for (route, histogram) in self.times.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (count, bound) in histogram.buckets.iter().zip(BOUNDS) {
                line(
                    &mut out,
                    format_args!(
                        "xueji_request_seconds_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}"
                    ),
                );
            }
            let Histogram { count, seconds, .. } = histogram;
            line(
                &mut out,
                format_args!(
                    "xueji_request_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}"
                ),
            );
            line(
                &mut out,
                format_args!("xueji_request_seconds_sum{{route=\"{route}\"}} {seconds}"),
            );
            line(
                &mut out,
                format_args!("xueji_request_seconds_count{{route=\"{route}\"}} {count}"),
            );
        }
        for (name, help, value) in gauges {
            line(
                &mut out,
                format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"),
            );
        }
        out
    }
}

/// Adds a line. Writing to a string does not fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    if out.write_fmt(text).is_ok() {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::default();
        for _ in 0..2 {
            metrics.request(
                &Method::GET,
                "/api/v1/tasks",
                StatusCode::OK,
                Duration::from_millis(3),
            );
        }
        let text = metrics.render(&[("xueji_events", "Events of all cases.", 7)]);
        assert!(text.contains(
            "xueji_requests_total{method=\"GET\",route=\"/api/v1/tasks\",status=\"200\"} 2\n"
        ));
        assert!(
            text.contains(
                "xueji_request_seconds_bucket{route=\"/api/v1/tasks\",le=\"0.0025\"} 0\n"
            )
        );
        assert!(
            text.contains("xueji_request_seconds_bucket{route=\"/api/v1/tasks\",le=\"0.005\"} 2\n")
        );
        assert!(text.ends_with("xueji_events 7\n"));
    }
}
