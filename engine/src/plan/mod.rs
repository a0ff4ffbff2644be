//! What going live would change, by meaning, and what becomes of every open case; worked out without touching anything.
//!
//! Invariant: a plan reads and never writes. Going live by a plan does exactly what the plan says, or is refused because
//! the world has moved; the last look at the cases is taken by the writer itself, between two commands.

mod asked;
mod census;
mod change;
mod difference;
mod fate;
mod forms;
mod hold;
mod lists;
mod met;
mod moves;
mod parameters;
mod processes;
mod rules;
mod steps;
mod survey;

pub use change::{Change, Class, Touch, Weight, locate};
pub use difference::difference;
pub use fate::{Fate, Group, Stand, Told, counts, fate};
pub use hold::moved;
pub use moves::{Chosen, Where};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xueji_definition::{Places, Sources, Text};
use xueji_runtime::Release;
use xueji_runtime::state::InstanceState;

use crate::engine::Engine;
use crate::queries::QueryError;
use crate::releases::{Ask, Deployed, ReleaseError};
use crate::submission::DeployError;
use survey::Survey;

/// Cases read at one moment: few enough that the writer does not wait long.
const AT_ONCE: usize = 400;

/// The format of a plan.
pub const VERSION: u32 = 1;

/// What going live would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The format; 1.
    pub version: u32,
    /// The hash of the release that is live.
    pub from: String,
    /// The hash of the files, which is that of the release that they would be.
    pub to: String,
    /// When it was worked out.
    pub at: Timestamp,
    /// The place of the last event that it has seen.
    pub sequence: u64,
    /// What changes.
    pub changes: Vec<Change>,
    /// How many open cases have which fate.
    pub fates: BTreeMap<Fate, usize>,
    /// The open cases, those that stand alike together.
    pub groups: Vec<Group>,
}

impl Plan {
    /// Tells whether anything changes by meaning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What became of going live by a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByPlan {
    /// It was done.
    Done(Box<Deployed>),
    /// The world has moved; nothing was done.
    Moved(Vec<Text>),
}

impl Engine {
    /// Works out what putting a release live would do. Reads in short steps and changes nothing. Blocks.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read, or a release that cases stand on cannot be built any more.
    pub fn plan(&self, new: &Arc<Release>, places: &Places) -> Result<Plan, QueryError> {
        let live = self.live().release.clone();
        let (survey, sequence) = self.survey(new)?;
        let at = self.now();
        let mut changes = difference(&live, new);
        locate(&mut changes, places);
        let groups = survey.groups(self.live().calendar.local_date(at));
        Ok(Plan {
            version: VERSION,
            from: live.hash.clone(),
            to: new.hash.clone(),
            at,
            sequence,
            fates: counts(&groups),
            changes,
            groups,
        })
    }

    /// Takes a release as [`Engine::propose`] does, if the plan still holds when the writer comes to it. Blocks.
    ///
    /// # Errors
    /// [`DeployError`]; nothing has changed then.
    pub fn propose_by_plan(
        &self,
        sources: Sources,
        ask: Ask,
        plan: Plan,
    ) -> Result<ByPlan, DeployError> {
        let release = self.releases.build(&sources)?;
        let (mut survey, sequence) = self.survey(&release).map_err(unread)?;
        let releases = Arc::clone(&self.releases);
        self.wait_for(move |core| {
            let told = {
                let store = Arc::clone(&core.store);
                let reader = store.snapshot().map_err(crate::stored::StoredError::from)?;
                survey.catch_up(&*reader, &releases, sequence).map_err(unread)?;
                let live = core.live.others();
                let on = live.calendar.local_date(core.clock.now().max(core.last_now));
                moved(&plan, &live.release.hash, &release.hash, &survey.groups(on))
            };
            if !told.is_empty() {
                return Ok(ByPlan::Moved(told));
            }
            core.propose(&sources, release, &ask).map(Box::new).map(ByPlan::Done)
        })
    }

    /// Looks at all open cases, and once more at those that changed meanwhile.
    fn survey(&self, new: &Arc<Release>) -> Result<(Survey, u64), QueryError> {
        let mut survey = Survey::new(Arc::clone(new));
        survey.learn(self.live().release.clone());
        let sequence = self.last_place();
        for state in [InstanceState::Open, InstanceState::Held] {
            let mut after: Option<String> = None;
            loop {
                let heads = self
                    .read(|reader| Ok(census::heads(reader, state, after.as_deref(), AT_ONCE)?))?;
                let stood: BTreeSet<&String> = heads.iter().map(|head| &head.release).collect();
                for hash in stood {
                    if !survey.knows(hash) {
                        let release = self.release(hash)?;
                        survey.learn(release.ok_or_else(|| ReleaseError::Unknown(hash.clone()))?);
                    }
                }
                self.read(|reader| heads.iter().try_for_each(|head| survey.take(reader, head)))?;
                match heads.last().filter(|_| heads.len() == AT_ONCE) {
                    Some(last) => after = Some(last.id.clone()),
                    None => break,
                }
            }
        }
        let releases = &self.releases;
        let sequence = self.read(|reader| survey.catch_up(reader, releases, sequence))?;
        Ok((survey, sequence))
    }
}

fn unread(error: QueryError) -> DeployError {
    match error {
        QueryError::Stored(error) => error.into(),
        QueryError::Release(error) => error.into(),
        other => {
            DeployError::Submit(crate::submission::SubmitError::Fault { reason: other.to_string() })
        }
    }
}
