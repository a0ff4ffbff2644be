//! All keys of the store, in one ordered keyspace; the only module that knows their bytes.
//!
//! Invariant: each kind of key begins with a tag of its own that is never used for anything else; a key reads back as
//! what it was made of, and the keys under a prefix of whole segments are exactly those that begin with them.
//!
//! Segments are written as [`xueji_store::key`] says: numbers big-endian, texts closed. Values are JSON, unless said.
//!
//! | tag | key | value | lives |
//! | --- | --- | --- | --- |
//! | 01 | event: case, number | [`crate::stored::StoredEvent`] | for ever |
//! | 02 | case | its header | for ever |
//! | 03 | scope: case, path | the scope | for ever |
//! | 04 | sequence: number | case and number of an event | for ever |
//! | 05 | latest: a name (`instance`, `clock`, …) | a number, a time | for ever |
//! | 10 | task by id | case and path | while open |
//! | 11 | tasks of a case: case, step, path | the task's id | while open |
//! | 12 | tasks of a process: process, task | empty | while open |
//! | 13 | tasks by due: moment, task | empty | while open |
//! | 14 | offers: reach, task | empty | while open |
//! | 15 | waits: message, key, case, path | empty | while it waits |
//! | 20 | cases of a process: process, case, path | empty | for ever |
//! | 21 | cases by state: state, case | empty | while in the state |
//! | 22 | cases by subject: type, id, process, case, path | empty | for ever |
//! | 23 | timers: moment, case, number, part | [`crate::stored::Job`] | until run |
//! | 24 | failed timers: case, moment, number, part | [`crate::stored::FailedJob`] | until cleared |
//! | 25 | sweeps: case, beginning of paths | where it stands, a key | until swept |
//! | 30 | record: type, id | the record with its history | for ever |
//! | 31 | record index: type, field, value, id | empty | for ever |
//! | 32 | last number: series, bucket | the running number | for ever |
//! | 33 | number: series, key | the number given out | for ever |
//! | 40 | paper by hash, in pieces | HTML | for ever |
//! | 41 | paper by id | its hash and where it comes from | for ever |
//! | 42 | papers of a case: case, event number | the paper's id | for ever |
//! | 43 | outbox: sequence | [`crate::stored::Outgoing`] | until sent |
//! | 44 | notice: sequence | [`crate::stored::Notice`] | for ever |
//! | 45 | notices by reach: reach, sequence | empty | for ever |
//! | 50 | answered: token, path, key | [`crate::stored::Remembered`] | seven days |
//! | 51 | answered by age: moment, token, path, key | empty | as the one before |
//! | 52 | token by hash | [`crate::stored::Token`] | until revoked |
//! | 53 | release by hash, in pieces | its sources | for ever |
//! | 54 | the live release | [`crate::stored::Live`] | for ever |
//! | 55 | releases that went live: number | [`crate::stored::Live`] | for ever |
//! | 56 | material by id, in pieces | the bytes | for ever |
//! | 57 | material by id | [`crate::stored::Material`] | for ever |
//! | 58 | message received: name, key, moment, sequence | [`crate::stored::Received`] | for ever |
//! | 59 | the record fields that are indexed | their names | for ever |
//! | 5a | release that waits, waited: number | [`crate::stored::Proposal`] | for ever |
//! | 5b | releases that wait: number | empty | while they wait |
//! | 5c | live releases of some cohorts | [`crate::stored::Live`], in their order | for ever |
//! | 60 | intent, in pieces | changes of a large decision | until carried out |
//! | 61 | intent is whole | empty | until carried out |

mod cases;
mod house;
mod records;
#[cfg(test)]
mod tests;

pub use cases::TimerId;
pub(crate) use cases::*;
pub use house::IdempotencyKey;
pub(crate) use house::*;
pub(crate) use records::*;

use jiff::Timestamp;
use xueji_store::key::{Key, KeyReader};

mod tag {
    pub(super) const EVENT: u8 = 0x01;
    pub(super) const CASE: u8 = 0x02;
    pub(super) const SCOPE: u8 = 0x03;
    pub(super) const SEQUENCE: u8 = 0x04;
    pub(super) const LATEST: u8 = 0x05;
    pub(super) const TASK: u8 = 0x10;
    pub(super) const TASK_OF_CASE: u8 = 0x11;
    pub(super) const TASK_OF_PROCESS: u8 = 0x12;
    pub(super) const TASK_DUE: u8 = 0x13;
    pub(super) const OFFER: u8 = 0x14;
    pub(super) const WAIT: u8 = 0x15;
    pub(super) const OF_PROCESS: u8 = 0x20;
    pub(super) const OF_STATE: u8 = 0x21;
    pub(super) const OF_SUBJECT: u8 = 0x22;
    pub(super) const TIMER: u8 = 0x23;
    pub(super) const FAILED: u8 = 0x24;
    pub(super) const SWEEP: u8 = 0x25;
    pub(super) const RECORD: u8 = 0x30;
    pub(super) const RECORD_INDEX: u8 = 0x31;
    pub(super) const LAST_SERIAL: u8 = 0x32;
    pub(super) const NUMBER: u8 = 0x33;
    pub(super) const PAPER_BYTES: u8 = 0x40;
    pub(super) const PAPER: u8 = 0x41;
    pub(super) const PAPER_OF_CASE: u8 = 0x42;
    pub(super) const OUTBOX: u8 = 0x43;
    pub(super) const NOTICE: u8 = 0x44;
    pub(super) const NOTICE_TO: u8 = 0x45;
    pub(super) const ANSWERED: u8 = 0x50;
    pub(super) const ANSWERED_AT: u8 = 0x51;
    pub(super) const TOKEN: u8 = 0x52;
    pub(super) const RELEASE: u8 = 0x53;
    pub(super) const LIVE: u8 = 0x54;
    pub(super) const LIVE_SINCE: u8 = 0x55;
    pub(super) const MATERIAL_BYTES: u8 = 0x56;
    pub(super) const MATERIAL: u8 = 0x57;
    pub(super) const RECEIVED: u8 = 0x58;
    pub(super) const INDEXED: u8 = 0x59;
    pub(super) const PROPOSAL: u8 = 0x5a;
    pub(super) const PROPOSAL_WAITS: u8 = 0x5b;
    pub(super) const LIVE_COHORTS: u8 = 0x5c;
    pub(super) const INTENT: u8 = 0x60;
    pub(super) const INTENT_WHOLE: u8 = 0x61;
}

/// Adds a moment: seconds, then nanoseconds counted upwards.
fn moment(key: Key, at: Timestamp) -> Key {
    // Seconds are rounded down, so that the rest is never negative and the order of the bytes is that of time.
    let nanos = at.as_nanosecond();
    let seconds = nanos.div_euclid(1_000_000_000);
    let rest = nanos.rem_euclid(1_000_000_000);
    key.i64(i64::try_from(seconds).unwrap_or(i64::MAX)).u32(u32::try_from(rest).unwrap_or(0))
}

/// Reads a moment back.
fn read_moment(reader: &mut KeyReader<'_>) -> Option<Timestamp> {
    let seconds = i128::from(reader.i64().ok()?);
    let nanos = seconds.checked_mul(1_000_000_000)?.checked_add(i128::from(reader.u32().ok()?))?;
    Timestamp::from_nanosecond(nanos).ok()
}

/// Returns the reader behind the tag, when it is that tag.
fn after_tag(key: &[u8], tag: u8) -> Option<KeyReader<'_>> {
    let mut reader = KeyReader::new(key);
    (reader.u8() == Ok(tag)).then_some(reader)
}

/// Whom an offer or a notice reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Those who hold a role in a unit; anywhere when empty.
    Role(String, String),
    /// The person who is this record.
    Own(String, String),
    /// One person, by an offer.
    Person(String),
    /// One person who has the task, prepares it, signs it, or was copied in.
    Assigned(String),
}

impl Reach {
    fn under(&self, key: Key) -> Key {
        match self {
            Self::Role(role, unit) => key.u8(1).text(role).text(unit),
            Self::Own(kind, id) => key.u8(2).text(kind).text(id),
            Self::Person(person) => key.u8(3).text(person),
            Self::Assigned(person) => key.u8(4).text(person),
        }
    }

    fn role_start(key: Key, role: &str) -> Key {
        key.u8(1).text(role)
    }

    fn read(reader: &mut KeyReader<'_>) -> Option<Self> {
        Some(match reader.u8().ok()? {
            1 => Self::Role(reader.text().ok()?, reader.text().ok()?),
            2 => Self::Own(reader.text().ok()?, reader.text().ok()?),
            3 => Self::Person(reader.text().ok()?),
            4 => Self::Assigned(reader.text().ok()?),
            _ => return None,
        })
    }
}
