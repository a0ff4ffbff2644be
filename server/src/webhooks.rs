//! Addresses outside are called: what the outbox holds for them leaves the house here.
//!
//! Invariant: a call is made after its commit, at least once, with a key by which the other side can tell a repeat, and
//! is struck out only when the other side has said yes.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;
use xueji_definition::value::Value;
use xueji_engine::Engine;
use xueji_engine::stored::{Effect, Outgoing};

use crate::call::call;

/// How many entries of the outbox are looked at at a time.
const PAGE: usize = 200;
/// How long nothing is done when there is nothing to do.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after calls that failed.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Begins to call addresses, until the server stops.
pub fn begin(engine: Arc<Engine>, stopping: watch::Receiver<bool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pause = PAUSE;
        while !*stopping.borrow() {
            let went_well = round(&engine);
            pause = if went_well { PAUSE } else { (pause * 2).min(PAUSE_MAX) };
            let mut left = pause;
            while left > Duration::ZERO && !*stopping.borrow() {
                let step = left.min(Duration::from_millis(250));
                std::thread::sleep(step);
                left -= step;
            }
        }
    })
}

/// Calls whatever waits; returns whether all of it was taken.
pub fn round(engine: &Engine) -> bool {
    let (mut after, mut went_well) = (None, true);
    loop {
        let page = match engine.outbox(after, PAGE) {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                return false;
            }
        };
        for entry in &page {
            went_well &= one(engine, entry);
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.sequence),
            _ => return went_well,
        }
    }
}

fn one(engine: &Engine, entry: &Outgoing) -> bool {
    let Effect::Webhook { address, data } = &entry.what else { return true };
    let key = format!("xueji-{}", entry.sequence);
    let body = serde_json::json!({
        "id": key, "instance": entry.instance, "at": entry.at, "data": Value::Map(data.clone()).to_json(),
    });
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str())];
    match call("POST", address, &headers, body.to_string().as_bytes()) {
        Ok(answer) if (200..300).contains(&answer.status) => match engine.sent(entry.sequence) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a call that was taken cannot be struck out; it will be repeated");
                false
            }
        },
        Ok(answer) => {
            tracing::warn!(
                status = answer.status,
                sequence = entry.sequence,
                "a call was not taken"
            );
            false
        }
        Err(error) => {
            tracing::warn!(%error, sequence = entry.sequence, "an address cannot be called");
            false
        }
    }
}
