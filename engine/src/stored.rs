//! What the engine keeps beside cases and records, as it stands in the store.
//!
//! Invariant: a stored type only ever grows by fields with a default, so that what an earlier version wrote reads.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::file::MaterialKind;
use xueji_definition::value::Fields;
use xueji_runtime::event::{OutgoingMessage, Timer};
use xueji_runtime::state::{Offer, Parent};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{Recorded, ScopePath};
use xueji_store::{Reader, StoreError};

pub use crate::releases::{
    Audience, Origin, Proposal, ProposalState, ReleaseEvent, ReleaseEventKind, Signature,
};

/// Why something stored could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What stands under a key is not what the engine keeps there.
    #[error(
        "键 {key} 的内容无法理解：{reason} | the value of key {key} is not understood: {reason}"
    )]
    Shape {
        /// The key, escaped.
        key: String,
        /// What the reading said.
        reason: String,
    },
}

/// Returns the value of a key, read from JSON.
pub(crate) fn get<T: DeserializeOwned>(
    reader: &dyn Reader,
    key: &[u8],
) -> Result<Option<T>, StoredError> {
    reader.get(key)?.map(|bytes| parse(key, &bytes)).transpose()
}

/// Reads a value from JSON.
pub(crate) fn parse<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StoredError> {
    serde_json::from_slice(bytes).map_err(|error| StoredError::Shape {
        key: key.escape_ascii().to_string(),
        reason: error.to_string(),
    })
}

/// Writes a value as JSON. The types stored have text keys and no failing parts, so that this cannot fail.
pub(crate) fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// An event with what ties it to the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// The first 16 hexadecimal digits of the SHA-256 over the checksum of the case's event before and this event.
    pub chain: String,
    /// The event.
    pub recorded: Recorded,
}

/// A place among the events of all cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The case; empty for what happened to a release.
    pub instance: String,
    /// The event's number in the case.
    pub seq: u64,
    /// What happened to a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseEvent>,
}

impl Place {
    /// Returns the place of something that happened to a release.
    pub(crate) fn of_release(event: ReleaseEvent) -> Self {
        Self { instance: String::new(), seq: 0, release: Some(event) }
    }
}

/// Something that the engine is to do at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "kebab-case")]
pub enum Job {
    /// A timer of a case.
    Timer {
        /// The timer.
        timer: Timer,
    },
    /// A message for one waiting scope.
    Deliver {
        /// The waiting case.
        instance: String,
        /// The waiting scope.
        scope: ScopePath,
        /// The message.
        message: OutgoingMessage,
    },
    /// A release that waited for its date goes live.
    GoLive {
        /// Which.
        proposal: u64,
    },
    /// A waiting case is told which case it called.
    Called {
        /// The waiting step.
        parent: Parent,
        /// The called case.
        called: String,
    },
}

/// A timer that was refused. It is not tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedJob {
    /// Which.
    pub id: crate::keys::TimerId,
    /// What was to be done.
    pub job: Job,
    /// When it was tried.
    pub at: Timestamp,
    /// The refusal's code.
    pub code: String,
    /// Why.
    pub reason: Text,
}

/// What is to leave the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The place of its event among all, by which the other side can tell a repeat.
    pub sequence: u64,
    /// The case.
    pub instance: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Effect,
}

/// An effect outside of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Effect {
    /// People are told.
    Notice {
        /// The notice.
        notice: String,
        /// Who.
        to: Vec<Offer>,
        /// The heading.
        title: Text,
        /// The message.
        text: Text,
    },
    /// An address is called.
    Webhook {
        /// The address.
        address: String,
        /// The body.
        data: Fields,
    },
    /// A paper is there.
    Document {
        /// The paper.
        id: String,
        /// Its template.
        template: String,
        /// What it is called.
        title: Text,
        /// The SHA-256 of its bytes.
        hash: String,
    },
}

/// A notice as its readers find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its place among the events of all cases.
    pub sequence: u64,
    /// The case.
    pub instance: String,
    /// The process.
    pub process: String,
    /// When.
    pub at: Timestamp,
    /// The notice.
    pub notice: String,
    /// Who.
    pub to: Vec<Offer>,
    /// The heading.
    pub title: Text,
    /// The message.
    pub text: Text,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperInfo {
    /// Its id.
    pub id: String,
    /// The SHA-256 of its bytes.
    pub hash: String,
    /// The case.
    pub instance: String,
    /// The scope.
    pub scope: ScopePath,
    /// The template.
    pub template: String,
    /// What it is called.
    pub title: Text,
    /// When it was made.
    pub at: Timestamp,
}

/// What a command answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The case.
    pub instance: String,
    /// The case's version after it: the number that its next event gets.
    pub version: u64,
    /// The number of the first event that the command recorded; equal to `version` when none was.
    pub from: u64,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
    /// When it was decided.
    pub at: Timestamp,
    /// The same command had been answered before, and nothing happened now.
    #[serde(default)]
    pub repeated: bool,
}

/// An answer kept for a caller's repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The hash of the body it answered.
    pub body: String,
    /// The answer.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
}

/// What a token stands for. Its secret is not kept, only the hash under which this stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The token's own id, by which it is listed and revoked.
    pub id: String,
    /// The person it acts for.
    pub person: String,
    /// What it is for, in words.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

/// A release that is, or was, live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The release.
    pub hash: String,
    /// Since when.
    pub at: Timestamp,
    /// Who put it live; the seed when nobody.
    pub by: Option<String>,
    /// How many releases went live before.
    pub number: u64,
    /// What it changes, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// For whom.
    #[serde(default)]
    pub audience: Audience,
    /// The day from whose beginning it holds, when it waited for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Who signed it off: the one who proposed it first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Signature>,
    /// Which proposal it was, when it waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<u64>,
    /// Where its content comes from.
    #[serde(default)]
    pub origin: Origin,
}

impl Live {
    /// Returns a release that goes live at once, for all that have none of their own, as nobody's act.
    pub(crate) fn bare(hash: &str, at: Timestamp, number: u64) -> Self {
        Self {
            hash: hash.to_owned(),
            at,
            by: None,
            number,
            note: None,
            audience: Audience::Others,
            from: None,
            signatures: Vec::new(),
            proposal: None,
            origin: Origin::Deploy,
        }
    }
}

/// What is known of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Its id.
    pub id: String,
    /// The kind, told by its content.
    pub kind: MaterialKind,
    /// Who uploaded it.
    pub by: String,
    /// The name that the uploader gave it.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 of its bytes.
    pub hash: String,
    /// When.
    pub at: Timestamp,
}

/// A message that came from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The message.
    pub name: String,
    /// What it named.
    pub key: String,
    /// The case that it reached.
    pub instance: String,
    /// The scope.
    pub scope: ScopePath,
    /// What it answered.
    pub answer: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: Option<String>,
}
