//! Keys of the house itself: remembered answers, tokens, releases, uploads, received messages, intents.

use jiff::Timestamp;
use xueji_store::key::Key;

use super::{after_tag, moment, read_moment, tag};

/// By what a caller's repeat is told: the token's id, the path, and the key the caller chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey {
    /// Whose.
    pub token: String,
    /// The path called.
    pub path: String,
    /// The key.
    pub key: String,
}

impl IdempotencyKey {
    fn under(&self, key: Key) -> Key {
        key.text(&self.token).text(&self.path).text(&self.key)
    }
}

/// A remembered answer.
pub(crate) fn answered(key: &IdempotencyKey) -> Vec<u8> {
    key.under(Key::new().u8(tag::ANSWERED)).finish()
}

/// A remembered answer by its age.
pub(crate) fn answered_at(at: Timestamp, key: &IdempotencyKey) -> Vec<u8> {
    key.under(moment(Key::new().u8(tag::ANSWERED_AT), at)).finish()
}

/// All remembered answers by age.
pub(crate) fn all_answered_at() -> Vec<u8> {
    Key::new().u8(tag::ANSWERED_AT).finish()
}

/// Reads age and key of a remembered answer.
pub(crate) fn read_answered_at(bytes: &[u8]) -> Option<(Timestamp, IdempotencyKey)> {
    let mut reader = after_tag(bytes, tag::ANSWERED_AT)?;
    let at = read_moment(&mut reader)?;
    let (token, path, key) = (reader.text().ok()?, reader.text().ok()?, reader.text().ok()?);
    Some((at, IdempotencyKey { token, path, key }))
}

/// A token, by the hash of its secret.
pub(crate) fn token(hash: &str) -> Vec<u8> {
    Key::new().u8(tag::TOKEN).text(hash).finish()
}

/// All tokens.
pub(crate) fn tokens() -> Vec<u8> {
    Key::new().u8(tag::TOKEN).finish()
}

/// A release's sources.
pub(crate) fn release(hash: &str) -> Vec<u8> {
    Key::new().u8(tag::RELEASE).text(hash).finish()
}

/// The live release.
pub(crate) fn live() -> Vec<u8> {
    Key::new().u8(tag::LIVE).finish()
}

/// A going live.
pub(crate) fn live_since(number: u64) -> Vec<u8> {
    Key::new().u8(tag::LIVE_SINCE).u64(number).finish()
}

/// All goings live.
pub(crate) fn all_live_since() -> Vec<u8> {
    Key::new().u8(tag::LIVE_SINCE).finish()
}

/// A release that waits, or waited, for signatures or its date.
pub(crate) fn proposal(number: u64) -> Vec<u8> {
    Key::new().u8(tag::PROPOSAL).u64(number).finish()
}

/// All releases that wait or waited.
pub(crate) fn all_proposals() -> Vec<u8> {
    Key::new().u8(tag::PROPOSAL).finish()
}

/// The mark that a release waits.
pub(crate) fn proposal_waits(number: u64) -> Vec<u8> {
    Key::new().u8(tag::PROPOSAL_WAITS).u64(number).finish()
}

/// All releases that wait.
pub(crate) fn all_proposals_that_wait() -> Vec<u8> {
    Key::new().u8(tag::PROPOSAL_WAITS).finish()
}

/// Reads the number of a release that waits.
pub(crate) fn read_proposal_waits(bytes: &[u8]) -> Option<u64> {
    after_tag(bytes, tag::PROPOSAL_WAITS)?.u64().ok()
}

/// The live releases of some cohorts.
pub(crate) fn live_cohorts() -> Vec<u8> {
    Key::new().u8(tag::LIVE_COHORTS).finish()
}

/// An upload's bytes.
pub(crate) fn material_bytes(id: &str) -> Vec<u8> {
    Key::new().u8(tag::MATERIAL_BYTES).text(id).finish()
}

/// What is known of an upload.
pub(crate) fn material(id: &str) -> Vec<u8> {
    Key::new().u8(tag::MATERIAL).text(id).finish()
}

/// A message received from outside.
pub(crate) fn received(name: &str, key: &str, at: Timestamp, sequence: u64) -> Vec<u8> {
    moment(Key::new().u8(tag::RECEIVED).text(name).text(key), at).u64(sequence).finish()
}

/// The messages received of that name; naming that key when said.
pub(crate) fn all_received(name: &str, key: Option<&str>) -> Vec<u8> {
    let under = Key::new().u8(tag::RECEIVED).text(name);
    key.map_or(under.clone(), |key| under.text(key)).finish()
}

/// The record fields that are indexed.
pub(crate) fn indexed_fields() -> Vec<u8> {
    Key::new().u8(tag::INDEXED).finish()
}

/// The changes of a large decision. There is one at a time.
pub(crate) fn intent() -> Vec<u8> {
    Key::new().u8(tag::INTENT).finish()
}

/// The mark that the intent is whole, and is to be carried out.
pub(crate) fn intent_whole() -> Vec<u8> {
    Key::new().u8(tag::INTENT_WHOLE).finish()
}
