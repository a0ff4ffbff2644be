//! Releases as the engine's callers ask for them.
//!
//! Invariant: whatever is answered is durable. A release is built before the writer is asked, so that commands go on
//! meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use xueji_definition::Sources;
use xueji_runtime::Release;
use xueji_runtime::state::{Instance, InstanceState};
use xueji_store::{Direction, Range, SCAN_LIMIT};

use super::proposal::{Ask, Origin, Proposal, ReleaseAct, ReleaseRefusal};
use super::waiting;
use super::{LiveRelease, LiveTable, News, ReleaseError, history, sources};
use crate::engine::Engine;
use crate::keys;
use crate::queries::QueryError;
use crate::stored::{self, Live};
use crate::submission::{DeployError, SubmitError};

/// What became of a release that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// The same files are live already for those it is for: nothing was done.
    Unchanged(Live),
    /// It is live.
    Live(Live),
    /// It waits for signatures, or for its date.
    Waits(Proposal),
}

/// A release as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// One that went live.
    Live(Live),
    /// One that waits, or waited and did not go live.
    Proposal(Proposal),
}

impl Listed {
    /// Returns its hash.
    #[must_use]
    pub fn hash(&self) -> &str {
        match self {
            Self::Live(live) => &live.hash,
            Self::Proposal(proposal) => &proposal.hash,
        }
    }

    fn at(&self) -> jiff::Timestamp {
        match self {
            Self::Live(live) => live.at,
            Self::Proposal(proposal) => proposal.at(),
        }
    }
}

impl Engine {
    /// Puts a release live for all that have none of their own, without asking for signatures: for those who have the
    /// store to themselves. Blocks.
    ///
    /// # Errors
    /// [`DeployError`] with the findings of broken sources; the live release is then untouched.
    pub fn deploy(
        &self,
        sources: Sources,
        by: Option<String>,
    ) -> Result<Arc<LiveRelease>, DeployError> {
        let release = self.releases.build(&sources)?;
        self.wait_for(move |core| core.deploy(&sources, release, by.as_deref()))
    }

    /// Takes a release: puts it live, or has it wait for signatures or its date, as the live organisation asks. Blocks.
    ///
    /// # Errors
    /// [`DeployError`]; nothing has changed then.
    pub fn propose(&self, sources: Sources, ask: Ask) -> Result<Deployed, DeployError> {
        let release = self.releases.build(&sources)?;
        self.wait_for(move |core| core.propose(&sources, release, &ask))
    }

    /// Takes a release that the store has: a past one, or one that waited. Blocks.
    ///
    /// # Errors
    /// [`DeployError`]: there is none of that hash, it can no longer be read, or as [`Self::propose`].
    pub fn propose_again(&self, hash: &str, ask: Ask) -> Result<Deployed, DeployError> {
        if ask.origin == Origin::Renewal && self.proposal(hash)?.is_none() {
            return Err(ReleaseRefusal::NothingWaits(hash.to_owned()).into());
        }
        let kept = self.sources(hash).map_err(failed)?;
        let kept = kept.ok_or_else(|| ReleaseError::Unknown(hash.to_owned()))?;
        // It was accepted once: checks that came later keep nobody from going back to it.
        let release = self.releases.kept(hash, &kept)?;
        self.wait_for(move |core| core.propose(&kept, release, &ask))
    }

    /// Does something with a release that waits. The same act of the same person again does nothing. Blocks.
    ///
    /// # Errors
    /// [`DeployError`]; nothing has changed then.
    pub fn act_on_release(
        &self,
        hash: String,
        by: String,
        act: ReleaseAct,
    ) -> Result<Proposal, DeployError> {
        // Built before the writer is asked; what cannot be built is told by the writer.
        drop(self.release(&hash));
        self.wait_for(move |core| core.act_on_release(&hash, &by, &act))
    }

    /// Returns the last proposal of a hash.
    ///
    /// # Errors
    /// [`DeployError`] when the store cannot be read.
    pub fn proposal(&self, hash: &str) -> Result<Option<Proposal>, DeployError> {
        self.read(|reader| Ok(waiting::last_of(reader, hash)?)).map_err(failed)
    }

    /// Returns the releases that went live, wait, or waited, the last one first.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn all_releases(&self, limit: usize) -> Result<Vec<Listed>, QueryError> {
        let limit = limit.min(SCAN_LIMIT);
        let (live, proposals) =
            self.read(|reader| Ok((history(reader, limit)?, waiting::proposals(reader, limit)?)))?;
        let gone =
            |proposal: &Proposal| matches!(proposal.state, super::ProposalState::Live { .. });
        let waited = proposals.into_iter().filter(|proposal| !gone(proposal));
        let mut all: Vec<Listed> =
            live.into_iter().map(Listed::Live).chain(waited.map(Listed::Proposal)).collect();
        // Stable: of two of one moment, the one that waits stands below.
        all.sort_by_key(|listed| std::cmp::Reverse(listed.at()));
        all.truncate(limit);
        Ok(all)
    }

    /// Returns the releases that wait, the first one first.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn waiting_releases(&self) -> Result<Vec<Proposal>, QueryError> {
        self.read(|reader| Ok(waiting::waiting(reader)?))
    }

    /// Returns how many cases are open or held on each release.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn open_by_release(&self) -> Result<BTreeMap<String, u64>, QueryError> {
        self.read(|reader| {
            let mut counts = BTreeMap::new();
            for state in [InstanceState::Open, InstanceState::Held] {
                let range = Range::prefix(&keys::all_of_state(state));
                let mut after: Option<Vec<u8>> = None;
                loop {
                    let page =
                        reader.scan(&range, after.as_deref(), SCAN_LIMIT, Direction::Ascending)?;
                    let Some((last, _)) = page.last() else { break };
                    after = Some(last.clone());
                    for id in page.iter().filter_map(|(key, _)| keys::read_of_state(key)) {
                        let header: Option<Instance> = stored::get(reader, &keys::case(&id))?;
                        if let Some(header) = header {
                            *counts.entry(header.release).or_insert(0) += 1;
                        }
                    }
                }
            }
            Ok(counts)
        })
    }

    /// Returns the live releases.
    #[must_use]
    pub fn live_table(&self) -> Arc<LiveTable> {
        self.shown.table(&self.at_first)
    }

    /// Returns the release that a case of a process about a subject would start on now.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn starts_on(
        &self,
        process: &str,
        subject: Option<&str>,
    ) -> Result<Arc<Release>, QueryError> {
        let today = self.live().calendar.local_date(self.now());
        self.read(|reader| {
            Ok(xueji_runtime::starts_on(&self.view(reader), process, subject, today)?)
        })
    }

    /// Has a function called with what happens to releases, once that is durable. It must not block.
    pub fn on_release(&self, listener: impl Fn(&News) + Send + Sync + 'static) {
        self.shown.listen(Box::new(listener));
    }

    /// Returns whether the store has the files of a release.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn has_release(&self, hash: &str) -> Result<bool, QueryError> {
        self.read(|reader| Ok(sources(reader, hash)?.is_some()))
    }
}

fn failed(error: QueryError) -> DeployError {
    match error {
        QueryError::Stored(error) => error.into(),
        QueryError::Release(error) => error.into(),
        other => SubmitError::Fault { reason: other.to_string() }.into(),
    }
}
