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
mod notes;
mod parameters;
mod processes;
mod prospect;
mod rules;
mod steps;
mod survey;
mod uses;

pub use change::{Change, Class, Touch, Weight, locate};
pub use difference::difference;
pub use fate::{Fate, Group, Stand, Told, counts, fate};
pub use moves::{Chosen, Where};
pub use notes::without_effect;
pub use prospect::Target;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::{Places, Sources, Text};
use xueji_runtime::Release;
use xueji_runtime::state::InstanceState;

use crate::engine::Engine;
use crate::queries::QueryError;
use crate::releases::{Ask, Audience, Deployed, Proposal, Stands};
use crate::submission::DeployError;
use prospect::Prospect;
use survey::{Had, Survey, had};

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
    /// The hash of the release that is, or on that day will be, live for those it is for: of several the one for all
    /// others, else the one of the highest cohorts.
    pub from: String,
    /// The hash of the files, which is that of the release that they would be.
    pub to: String,
    /// For whom.
    #[serde(default)]
    pub audience: Audience,
    /// The day from whose beginning; at once when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What is, or on that day will be, live for them.
    #[serde(default)]
    pub base: Vec<Stands>,
    /// When it was worked out.
    pub at: Timestamp,
    /// The place of the last event that it has seen.
    pub sequence: u64,
    /// What changes from `from`.
    pub changes: Vec<Change>,
    /// Why `from` can no longer be read, so that nobody can tell what changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text>,
    /// What changes from the other releases of `base`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
    /// How many open cases have which fate.
    pub fates: BTreeMap<Fate, usize>,
    /// The open cases, those that stand alike together.
    pub groups: Vec<Group>,
    /// What else somebody should know: cohorts that keep their own, releases that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
}

/// What changes from another release than the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Beside {
    /// Its hash.
    pub from: String,
    /// What changes.
    pub changes: Vec<Change>,
    /// Why it can no longer be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text>,
}

impl Beside {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.unreadable.is_none()
    }
}

impl Plan {
    /// Tells whether nothing changes by meaning, for anybody it is for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.unreadable.is_none()
            && self.beside.iter().all(Beside::is_empty)
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

/// What a plan is made of.
struct Ready {
    prospect: Prospect,
    /// The difference from each release of the base, the first first.
    compared: Vec<Beside>,
    survey: Survey,
    sequence: u64,
}

impl Engine {
    /// Works out what putting a release live would do, for those and from the day that is said. Reads in short steps and
    /// changes nothing. Blocks.
    ///
    /// # Errors
    /// [`DeployError`] when the store cannot be read, or the day has passed.
    pub fn plan(
        &self,
        new: &Arc<Release>,
        places: &Places,
        target: Target,
    ) -> Result<Plan, DeployError> {
        let at = self.now();
        let Ready { prospect, mut compared, survey, sequence } = self.ready(new, target)?;
        compared.iter_mut().for_each(|one| locate(&mut one.changes, places));
        let mut compared = compared.into_iter();
        let none = || Beside { from: String::new(), changes: Vec::new(), unreadable: None };
        let first = compared.next().unwrap_or_else(none);
        let groups = survey.groups(prospect.day);
        let others = self.had(prospect.before.others()).map_err(unread)?;
        Ok(Plan {
            version: VERSION,
            from: first.from,
            to: new.hash.clone(),
            audience: target.audience,
            on: prospect.due.and(target.from),
            at,
            sequence,
            changes: first.changes,
            unreadable: first.unreadable,
            beside: compared.collect(),
            fates: counts(&groups),
            groups,
            notes: notes::of(&prospect, new, others.as_ref().ok(), target),
            base: prospect.base,
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
        let target = Target { audience: ask.audience, from: ask.from };
        let Ready { prospect, compared, mut survey, sequence } = self.ready(&release, target)?;
        let mut told = hold::of_release(&plan, &release.hash, &prospect, target);
        told.extend(hold::of_files(&plan, &release.hash, &compared));
        let told = if told.is_empty() { hold::of_changes(&plan, &compared) } else { told };
        if !told.is_empty() {
            return Ok(ByPlan::Moved(told));
        }
        let releases = Arc::clone(&self.releases);
        self.wait_for(move |core| {
            core.go_live_if_due()?;
            let now = core.clock.now().max(core.last_now);
            let waiting = core.waiting()?;
            let found = Prospect::new(&core.live, waiting, &release.hash, target, now)?;
            let told = if found.before == prospect.before {
                let store = Arc::clone(&core.store);
                let reader = store.snapshot().map_err(crate::stored::StoredError::from)?;
                survey.catch_up(&*reader, &releases, sequence).map_err(unread)?;
                hold::of_cases(&plan, &survey.groups(found.day))
            } else {
                hold::of_release(&plan, &release.hash, &found, target)
            };
            if !told.is_empty() {
                return Ok(ByPlan::Moved(told));
            }
            core.propose(&sources, release, &ask).map(Box::new).map(ByPlan::Done)
        })
    }

    /// Returns what a release that waits is tied to, in words: what it was made on, and what its going live overtakes.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn tied(&self, proposal: &Proposal) -> Result<Vec<Text>, QueryError> {
        let waiting = self.waiting_releases()?;
        Ok(notes::of_waiting(&self.live_table().outline(), waiting, proposal))
    }

    /// Reads all that a plan is made of.
    fn ready(&self, new: &Arc<Release>, target: Target) -> Result<Ready, DeployError> {
        let waiting = self.waiting_releases().map_err(unread)?;
        let prospect = Prospect::new(&self.live_table(), waiting, &new.hash, target, self.now())?;
        let mut compared = Vec::new();
        for from in prospect.compared() {
            let (changes, unreadable) = match self.had(&from).map_err(unread)? {
                Ok(old) => (effective(difference(&old, new), target.audience), None),
                Err(why) => (Vec::new(), Some(why)),
            };
            compared.push(Beside { from, changes, unreadable });
        }
        let (survey, sequence) = self.survey(new, &prospect, target).map_err(unread)?;
        Ok(Ready { prospect, compared, survey, sequence })
    }

    /// Looks at all open cases, and once more at those that changed meanwhile.
    fn survey(
        &self,
        new: &Arc<Release>,
        prospect: &Prospect,
        target: Target,
    ) -> Result<(Survey, u64), QueryError> {
        let after = prospect.before.with(&new.hash, target.audience);
        let others = match target.audience {
            Audience::Cohorts { .. } => self.had(after.others())?.ok(),
            Audience::Others | Audience::Everyone => None,
        };
        let mut survey = Survey::new(Arc::clone(new), target.audience, after, others);
        let sequence = self.last_place();
        for state in [InstanceState::Open, InstanceState::Held] {
            let mut after: Option<String> = None;
            loop {
                let heads = self
                    .read(|reader| Ok(census::heads(reader, state, after.as_deref(), AT_ONCE)?))?;
                let stood: BTreeSet<&String> = heads.iter().map(|head| &head.release).collect();
                for hash in stood {
                    if !survey.knows(hash) {
                        survey.learn(hash, self.had(hash)?);
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

    /// Returns a release, or why it can no longer be read.
    fn had(&self, hash: &str) -> Result<Had, QueryError> {
        self.read(|reader| had(self.releases.get(reader, hash)))
    }
}

/// Returns the changes that are of effect: who holds roles, what the calendars are and what records look like says the
/// release for all others alone.
fn effective(mut changes: Vec<Change>, audience: Audience) -> Vec<Change> {
    if audience.cohorts().is_some() {
        let idle = [Class::Organisation, Class::Calendar, Class::Record];
        changes.retain(|change| !idle.contains(&change.class));
    }
    changes
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
