//! Releases as callers get them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_engine::stored::Live;
use xueji_engine::{
    Audience, Cohorts, Listed, LiveTable, Origin, Proposal, ProposalState, Signature,
};

/// A release that is, was, or is to be live.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Release {
    /// The hash of its files.
    pub hash: String,
    /// How it stands.
    pub state: ReleaseState,
    /// When it went live; when it was proposed, where it did not.
    pub at: Timestamp,
    /// The same in the local time of the server's calendar.
    pub at_local: String,
    /// Who proposed it; absent for the first, which came with the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How many went live before; absent where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Whether new cases start on it.
    pub live: bool,
    /// The cohorts for which it is live now, such as `>=2026`; empty for all that have no release of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_for: Option<Vec<String>>,
    /// What it changes, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who signed it off: the one who proposed it first.
    pub signatures: Vec<SignatureOut>,
    /// How many must sign; absent where it no longer waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    /// The day from whose beginning it holds, when it waited for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The cohorts it was made for, such as `>=2026`; absent when not for some alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<String>,
    /// It was made for everybody: releases of some cohorts ended with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub every_cohort: bool,
    /// Where its content comes from.
    pub origin: OriginOut,
    /// Why it does not wait any more, and by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// The cases open or held on it, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<u64>,
}

/// How a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// New cases start on it.
    Live,
    /// It was live.
    Past,
    /// It waits for signatures.
    Proposed,
    /// It waits for its date.
    Scheduled,
    /// Another person said no to it.
    Rejected,
    /// It was taken back.
    Withdrawn,
    /// What it was made for is no longer live.
    Overtaken,
    /// It could not be built when its time had come.
    Broken,
}

/// Where the content of a release comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OriginOut {
    /// Files that were handed in.
    Deploy,
    /// A past release.
    Rollback,
    /// A release that waited.
    Renewal,
}

impl From<Origin> for OriginOut {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Deploy => Self::Deploy,
            Origin::Rollback => Self::Rollback,
            Origin::Renewal => Self::Renewal,
        }
    }
}

/// A signature.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignatureOut {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The same in the local time of the server's calendar.
    pub at_local: String,
}

impl SignatureOut {
    fn all(signatures: &[Signature], table: &LiveTable) -> Vec<Self> {
        let of = |signature: &Signature| Self {
            by: signature.by.clone(),
            at: signature.at,
            at_local: local(signature.at, table.calendar.offset()),
        };
        signatures.iter().map(of).collect()
    }
}

/// Returns a moment as people read it, in the time of a calendar.
#[must_use]
pub fn local(at: Timestamp, offset: Offset) -> String {
    offset.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

impl Release {
    /// Returns a listed release.
    #[must_use]
    pub fn listed(listed: &Listed, table: &LiveTable) -> Self {
        match listed {
            Listed::Live(live) => Self::of_live(live, table),
            Listed::Proposal(proposal) => Self::of_proposal(proposal, table),
        }
    }

    /// Returns a release that went live.
    #[must_use]
    pub fn of_live(live: &Live, table: &LiveTable) -> Self {
        let live_for = table.live_for(live.number);
        let mut release = Self::bare(&live.hash, live.at, live.audience, table);
        release.state = if live_for.is_some() { ReleaseState::Live } else { ReleaseState::Past };
        release.live = live_for.is_some();
        release.live_for = live_for.map(|all| all.iter().map(Cohorts::to_string).collect());
        release.by.clone_from(&live.by);
        release.number = Some(live.number);
        release.note.clone_from(&live.note);
        release.signatures = SignatureOut::all(&live.signatures, table);
        release.from = live.from;
        release.origin = live.origin.into();
        release
    }

    /// Returns a release that waits, or waited.
    #[must_use]
    pub fn of_proposal(proposal: &Proposal, table: &LiveTable) -> Self {
        let mut release = Self::bare(&proposal.hash, proposal.at(), proposal.audience, table);
        release.state = match proposal.state {
            ProposalState::Proposed => ReleaseState::Proposed,
            ProposalState::Scheduled => ReleaseState::Scheduled,
            ProposalState::Live { .. } => ReleaseState::Past,
            ProposalState::Rejected { .. } => ReleaseState::Rejected,
            ProposalState::Withdrawn { .. } => ReleaseState::Withdrawn,
            ProposalState::Overtaken { .. } => ReleaseState::Overtaken,
            ProposalState::Broken { .. } => ReleaseState::Broken,
        };
        if let ProposalState::Live { number, at } = proposal.state {
            release.number = Some(number);
            release.at = at;
            release.at_local = local(at, table.calendar.offset());
            let live_for = table.live_for(number);
            release.live = live_for.is_some();
            release.live_for = live_for.map(|all| all.iter().map(Cohorts::to_string).collect());
            if release.live {
                release.state = ReleaseState::Live;
            }
        }
        release.by = Some(proposal.by().to_owned());
        release.note.clone_from(&proposal.note);
        release.signatures = SignatureOut::all(&proposal.signatures, table);
        release.needed = proposal.state.waits().then_some(proposal.needed);
        release.from = proposal.from;
        release.origin = proposal.origin.into();
        release.reason = reason(&proposal.state);
        release
    }

    fn bare(hash: &str, at: Timestamp, audience: Audience, table: &LiveTable) -> Self {
        Self {
            hash: hash.to_owned(),
            state: ReleaseState::Past,
            at,
            at_local: local(at, table.calendar.offset()),
            by: None,
            number: None,
            live: false,
            live_for: None,
            note: None,
            signatures: Vec::new(),
            needed: None,
            from: None,
            cohorts: audience.cohorts().map(|cohorts| cohorts.to_string()),
            every_cohort: audience == Audience::Everyone,
            origin: OriginOut::Deploy,
            reason: None,
            open: None,
        }
    }
}

fn reason(state: &ProposalState) -> Option<Text> {
    let both = |by: &str, reason: &str| {
        let Text { zh, en } = xueji_engine::both(reason);
        Text::new(format!("{by}：{zh}"), format!("{by}: {en}"))
    };
    match state {
        ProposalState::Rejected { by, reason, .. }
        | ProposalState::Withdrawn { by, reason, .. } => Some(both(by, reason)),
        ProposalState::Overtaken { by, left: true, .. } => {
            let short: String = by.chars().take(16).collect();
            Some(Text::new(
                format!("它是在 {short} 之上提出的，那一个没有按时上线，或已撤回、被否决、改期"),
                format!(
                    "it was made on {short}, which did not go live, or was taken back, rejected or put off"
                ),
            ))
        }
        ProposalState::Overtaken { by, .. } => {
            let short: String = by.chars().take(16).collect();
            Some(Text::new(
                format!("提出以后现行版本已变为 {short}"),
                format!("{short} went live after it was proposed"),
            ))
        }
        ProposalState::Broken { reason, .. } => Some(xueji_engine::both(reason)),
        ProposalState::Proposed | ProposalState::Scheduled | ProposalState::Live { .. } => None,
    }
}
