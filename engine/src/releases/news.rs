//! What happens to releases: made known after the flush, and kept at its place among the events of all cases.
//!
//! Invariant: an event stands in the commit of what it tells of, so that whoever follows events misses none.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::LiveTable;
use super::proposal::{Origin, Proposal, ProposalState};
use crate::stored::Live;

/// Something that happened to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The release.
    pub hash: String,
    /// Who did it; nobody when it came by itself.
    pub by: Option<String>,
    /// What, as those who follow events are told.
    pub kind: ReleaseEventKind,
    /// How it stands then.
    pub what: Happened,
}

/// How a release stands after something happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It went live.
    WentLive {
        /// As which.
        number: u64,
    },
    /// It waits, or waits no more.
    Stands(Box<Proposal>),
}

/// What happened to a release, among the events of all cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseEvent {
    /// The release.
    pub hash: String,
    /// What.
    pub kind: ReleaseEventKind,
    /// When.
    pub at: Timestamp,
    /// As which it went live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The day for which it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
}

/// What happened to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseEventKind {
    /// It waits for signatures or its date.
    Proposed,
    /// Somebody else signed it off.
    Approved,
    /// It went live.
    Live,
    /// A past one went live again.
    RolledBack,
    /// Somebody else said no.
    Rejected,
    /// It was taken back.
    Withdrawn,
    /// What it was made for is not live, nor will be.
    Overtaken,
    /// It could not be read when its time had come.
    Broken,
}

impl ReleaseEventKind {
    /// Returns the word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Live => "live",
            Self::RolledBack => "rolled-back",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Overtaken => "overtaken",
            Self::Broken => "broken",
        }
    }

    /// Tells whether new cases start on it from then on.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Live | Self::RolledBack)
    }
}

impl News {
    /// Returns what is told of one that waits, or waits no more.
    pub(super) fn stands(proposal: &Proposal, by: Option<String>) -> Self {
        let kind = match proposal.state {
            ProposalState::Proposed | ProposalState::Scheduled => ReleaseEventKind::Proposed,
            ProposalState::Live { .. } => ReleaseEventKind::Live,
            ProposalState::Rejected { .. } => ReleaseEventKind::Rejected,
            ProposalState::Withdrawn { .. } => ReleaseEventKind::Withdrawn,
            ProposalState::Overtaken { .. } => ReleaseEventKind::Overtaken,
            ProposalState::Broken { .. } => ReleaseEventKind::Broken,
        };
        let what = Happened::Stands(Box::new(proposal.clone()));
        Self { hash: proposal.hash.clone(), by, kind, what }
    }

    /// Returns what is told of a signature.
    pub(super) fn approved(proposal: &Proposal, by: &str) -> Self {
        let stands = Self::stands(proposal, Some(by.to_owned()));
        Self { kind: ReleaseEventKind::Approved, ..stands }
    }

    /// Returns what is told of a going live.
    pub(super) fn live(live: &Live) -> Self {
        let back = live.origin == Origin::Rollback;
        let kind = if back { ReleaseEventKind::RolledBack } else { ReleaseEventKind::Live };
        let what = Happened::WentLive { number: live.number };
        Self { hash: live.hash.clone(), by: live.by.clone(), kind, what }
    }

    /// Returns it as it is kept.
    pub(crate) fn event(&self, at: Timestamp) -> ReleaseEvent {
        let (number, from) = match &self.what {
            Happened::WentLive { number } => (Some(*number), None),
            Happened::Stands(proposal) => (None, proposal.from),
        };
        ReleaseEvent { hash: self.hash.clone(), kind: self.kind, at, number, from }
    }
}

/// Who is told what happens to releases.
type Listener = Box<dyn Fn(&News) + Send + Sync>;

/// The live releases as everybody but the writer sees them: those that are durable.
#[derive(Default)]
pub(crate) struct Shown {
    table: RwLock<Option<Arc<LiveTable>>>,
    listeners: RwLock<Vec<Listener>>,
}

impl Shown {
    /// Returns the live releases, or those given while nothing is shown.
    pub(crate) fn table(&self, at_first: &Arc<LiveTable>) -> Arc<LiveTable> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.as_ref().unwrap_or(at_first))
    }

    /// Has a function called with what happens to releases, once that is durable.
    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    pub(super) fn show(&self, table: Arc<LiveTable>, news: &[News]) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            news.iter().for_each(listener);
        }
    }
}

/// What is to be made known after the flush.
#[derive(Default)]
pub(crate) struct Unshown {
    pub(crate) shown: Arc<Shown>,
    pub(super) news: Vec<News>,
    /// When the next release is due.
    pub(crate) next_due: Option<Timestamp>,
}
