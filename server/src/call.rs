//! Calling another server over HTTP.
//!
//! Invariant: an answer is read whole, in bounded memory and time, or it is an error. TLS is for a proxy in front.

use std::time::Duration;

/// The most bytes of an answer.
const ANSWER_MAX: u64 = 256 << 20;
/// The longest that an answer is waited for.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Sends a request; whatever the status, it is an answer.
///
/// # Errors
/// The address is none, nobody answers in time, or the answer is not HTTP.
pub(crate) fn call(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answered, ureq::Error> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIME_MAX));
    let agent = config.build().new_agent();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body)?)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec()?;
    Ok(Answered { status, body })
}
