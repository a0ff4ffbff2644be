//! A release that waits for signatures or for its date, and what may be done with it. Pure.
//!
//! Invariant: a signature stands under one hash, on what was live then; a proposal that no longer waits never changes
//! again.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::file::{NoteRule, ReleaseRule};

use super::cohorts::Audience;
use super::short;
use super::table::Stands;

/// The longest note or reason, in characters.
pub const NOTE_MAX: usize = 2_000;

/// What is asked when a release is to go live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who asks.
    pub by: String,
    /// What it changes, and why.
    pub note: Option<String>,
    /// The day from whose beginning it holds; at once when not said.
    pub from: Option<Date>,
    /// For whom.
    pub audience: Audience,
    /// The hash that must still be live for those it is for; anything when not said.
    pub base: Option<String>,
    /// Where its content comes from.
    pub origin: Origin,
}

/// Where the content of a release comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Files that were handed in.
    #[default]
    Deploy,
    /// A past release.
    Rollback,
    /// A release that waited.
    Renewal,
}

/// One person's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A release that waits, or waited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// How many waited before.
    pub number: u64,
    /// The hash of its files.
    pub hash: String,
    /// Who signed it off: the one who proposes it first.
    pub signatures: Vec<Signature>,
    /// How many must, as was asked when it was last looked at.
    pub needed: u32,
    /// What it changes, and why.
    #[serde(default)]
    pub note: Option<String>,
    /// The day from whose beginning it holds.
    #[serde(default)]
    pub from: Option<Date>,
    /// When that day begins.
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// For whom.
    #[serde(default)]
    pub audience: Audience,
    /// What was live for them when it was proposed.
    pub base: Vec<Stands>,
    /// Where its content comes from.
    #[serde(default)]
    pub origin: Origin,
    /// How it stands.
    pub state: ProposalState,
}

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ProposalState {
    /// It waits for signatures.
    Proposed,
    /// It is signed and waits for its date.
    Scheduled,
    /// It has gone live.
    Live {
        /// As which.
        number: u64,
        /// When.
        at: Timestamp,
    },
    /// Somebody else rejected it.
    Rejected {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Withdrawn {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// What it was made for is no longer live, or will not be on its day.
    Overtaken {
        /// When.
        at: Timestamp,
        /// The release that went live meanwhile; or the one that it was made on and that does not wait any more.
        by: String,
        /// The latter.
        #[serde(default)]
        left: bool,
    },
    /// It could not be built when its time had come.
    Broken {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

impl ProposalState {
    /// Tells whether it still waits.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self, Self::Proposed | Self::Scheduled)
    }

    /// Returns the word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Scheduled => "scheduled",
            Self::Live { .. } => "live",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Overtaken { .. } => "overtaken",
            Self::Broken { .. } => "broken",
        }
    }

    /// Returns what it is called.
    #[must_use]
    pub fn title(&self) -> Text {
        match self {
            Self::Proposed => Text::new("待签", "waits for signatures"),
            Self::Scheduled => Text::new("待生效", "waits for its date"),
            Self::Live { .. } => Text::new("已上线", "has gone live"),
            Self::Rejected { .. } => Text::new("已否决", "was rejected"),
            Self::Withdrawn { .. } => Text::new("已撤回", "was withdrawn"),
            Self::Overtaken { .. } => Text::new("已被超越", "was overtaken"),
            Self::Broken { .. } => Text::new("无法生成", "cannot be built"),
        }
    }
}

/// What somebody does with a release that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseAct {
    /// Sign it off, as another than the one who proposed it.
    Approve,
    /// Say no to it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Take it back.
    Withdraw {
        /// Why.
        reason: String,
    },
}

/// Why a release is not taken, or an act on it is not done. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefusal {
    /// The organisation asks for a note.
    #[error(
        "本单位要求写说明：这次改了什么、为什么 | a note is required here: what is changed, and why"
    )]
    NoteMissing,
    /// A note or reason is too long, or has control characters in it.
    #[error(
        "说明应为一段文字，最多 {NOTE_MAX} 字 | a note is text of at most {NOTE_MAX} characters"
    )]
    NoteShape,
    /// An act needs a reason.
    #[error("须写明理由 | a reason is needed")]
    ReasonMissing,
    /// The day has passed.
    #[error("{from} 已过，今天是 {today} | {from} has passed, today is {today}")]
    DatePassed {
        /// The day asked for.
        from: Date,
        /// Today.
        today: Date,
    },
    /// The day cannot be counted to.
    #[error("日期太远：{from} | the date is too far away: {from}")]
    DateTooFar {
        /// The day asked for.
        from: Date,
    },
    /// The same files wait already, otherwise than asked now.
    #[error(
        "版本 {hash} 已在等待（{}）；先撤回或改期 | release {hash} waits already ({}); withdraw or renew it first", .state.zh, .state.en
    )]
    WaitsOtherwise {
        /// The hash.
        hash: String,
        /// How it stands.
        state: Text,
    },
    /// Another release is live than the caller knew.
    #[error(
        "到那时现行的是 {found}，不是 {expected} | what it would follow is {found}, not {expected}"
    )]
    Moved {
        /// What the caller knew.
        expected: String,
        /// What is live.
        found: String,
    },
    /// Another release waits for the same day and the same people.
    #[error(
        "{from} 已有版本 {} 等着上线；先撤回或改期那一个，或换一个日子 | release {} waits for {from} already; withdraw or renew that one, or take another day", short(.hash), short(.hash)
    )]
    DayTaken {
        /// The one that waits.
        hash: String,
        /// The day.
        from: Date,
    },
    /// It was made on a release that is not live yet.
    #[error(
        "版本 {} 是在 {} 之上提出的，那一个还没有上线；先签发那一个，或对这一个改期 | release {} was made on {}, which is not live yet; sign that one first, or renew this one", short(.hash), short(.on), short(.hash), short(.on)
    )]
    NotYet {
        /// The one that was to go live.
        hash: String,
        /// The one that it was made on.
        on: String,
    },
    /// Nobody has proposed this.
    #[error("没有等待中的版本 {0} | no release {0} waits")]
    NothingWaits(String),
    /// It no longer waits.
    #[error("版本 {hash} 不在等待：{} | release {hash} does not wait: it {}", .state.zh, .state.en)]
    NotWaiting {
        /// The hash.
        hash: String,
        /// How it stands.
        state: Text,
    },
    /// Nobody signs off, or says no to, what they propose themselves.
    #[error(
        "{by} 是提出人，须由另一人签发或否决 | {by} proposed it; another person approves or rejects it"
    )]
    OwnProposal {
        /// Who.
        by: String,
    },
}

impl ReleaseRefusal {
    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoteMissing => "note-missing",
            Self::NoteShape => "note",
            Self::ReasonMissing => "reason-missing",
            Self::DatePassed { .. } | Self::DateTooFar { .. } => "date",
            Self::WaitsOtherwise { .. } => "waits-otherwise",
            Self::Moved { .. } => "changed",
            Self::NothingWaits(_) => "unknown",
            Self::DayTaken { .. } => "day-taken",
            Self::NotYet { .. } => "not-yet",
            Self::NotWaiting { .. } => "not-waiting",
            Self::OwnProposal { .. } => "own-proposal",
        }
    }
}

/// Returns a note as it is kept: without blanks around it, nothing when empty.
///
/// # Errors
/// [`ReleaseRefusal::NoteMissing`] when one must be there, [`ReleaseRefusal::NoteShape`].
pub(crate) fn note(
    given: Option<&str>,
    rule: &ReleaseRule,
) -> Result<Option<String>, ReleaseRefusal> {
    let note = given.map(str::trim).filter(|note| !note.is_empty());
    match note {
        None if rule.note == NoteRule::Required => Err(ReleaseRefusal::NoteMissing),
        Some(note) => shaped(note).map(Some),
        None => Ok(None),
    }
}

fn shaped(text: &str) -> Result<String, ReleaseRefusal> {
    let stray = |c: char| c.is_control() && c != '\n';
    if text.chars().count() > NOTE_MAX || text.chars().any(stray) {
        return Err(ReleaseRefusal::NoteShape);
    }
    Ok(text.to_owned())
}

impl Proposal {
    /// Returns who proposed it.
    #[must_use]
    pub fn by(&self) -> &str {
        self.signatures.first().map(|signature| signature.by.as_str()).unwrap_or_default()
    }

    /// Returns when it was proposed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.signatures.first().map(|signature| signature.at).unwrap_or_default()
    }

    /// Returns whether enough people have signed.
    pub(crate) fn is_signed(&self) -> bool {
        u32::try_from(self.signatures.len()).is_ok_and(|signed| signed >= self.needed)
    }

    /// Returns it after an act; nothing when the same person has done that already.
    ///
    /// # Errors
    /// [`ReleaseRefusal`].
    pub(crate) fn after(
        &self,
        act: &ReleaseAct,
        by: &str,
        at: Timestamp,
        rule: &ReleaseRule,
    ) -> Result<Option<Self>, ReleaseRefusal> {
        if self.has_done(act, by) {
            return Ok(None);
        }
        if !self.state.waits() {
            let state = self.state.title();
            return Err(ReleaseRefusal::NotWaiting { hash: self.hash.clone(), state });
        }
        let own = || ReleaseRefusal::OwnProposal { by: by.to_owned() };
        let mut next = self.clone();
        next.needed = rule.signatures;
        match act {
            ReleaseAct::Approve if by == self.by() => return Err(own()),
            ReleaseAct::Approve => {
                next.signatures.push(Signature { by: by.to_owned(), at });
                if next.is_signed() {
                    next.state = ProposalState::Scheduled;
                }
            }
            ReleaseAct::Reject { .. } if by == self.by() => return Err(own()),
            ReleaseAct::Reject { reason } => {
                let reason = reason_of(reason)?;
                next.state = ProposalState::Rejected { by: by.to_owned(), at, reason };
            }
            ReleaseAct::Withdraw { reason } => {
                let reason = reason_of(reason)?;
                next.state = ProposalState::Withdrawn { by: by.to_owned(), at, reason };
            }
        }
        Ok(Some(next))
    }

    fn has_done(&self, act: &ReleaseAct, who: &str) -> bool {
        match (act, &self.state) {
            (ReleaseAct::Approve, state) => {
                let stands = state.waits() || matches!(state, ProposalState::Live { .. });
                stands && self.signatures.iter().skip(1).any(|signature| signature.by == who)
            }
            (ReleaseAct::Reject { .. }, ProposalState::Rejected { by, .. })
            | (ReleaseAct::Withdraw { .. }, ProposalState::Withdrawn { by, .. }) => by == who,
            _ => false,
        }
    }
}

fn reason_of(text: &str) -> Result<String, ReleaseRefusal> {
    match text.trim() {
        "" => Err(ReleaseRefusal::ReasonMissing),
        reason => shaped(reason),
    }
}
