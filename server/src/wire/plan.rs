//! Plans and moves of cases, as they go over the wire.
//!
//! Invariant: what `POST /plans` answers is what `POST /releases` takes as `plan`, but for the findings.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_engine::plan;
use xueji_engine::{Audience, Cohorts, Stands};
use xueji_runtime::migration::Obstacle;

/// The files that a plan is asked for, and when and for whom they are to be live.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanIn {
    /// The texts by path: `workflows/processes/x.yaml`, `rules/x.rhai`.
    pub files: BTreeMap<String, String>,
    /// The day from whose beginning they are to hold; at once when not said. What will be live then is compared.
    pub from: Option<Date>,
    /// The cohorts they are for: `2026`, `2024..2026`, `>=2026`, `<=2023`. What is live for those is compared.
    pub cohorts: Option<String>,
    /// They are for everybody: releases of some cohorts end with it.
    #[serde(default)]
    pub every_cohort: bool,
}

/// What going live would do; nothing is touched.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The format; 1.
    pub version: u32,
    /// The hash of the release that is, or on that day will be, live for those it is for: of several the one for all
    /// others, else the one of the highest cohorts.
    pub from: String,
    /// The hash of the files.
    pub to: String,
    /// For whom.
    pub audience: AudienceOut,
    /// The day from whose beginning; absent for at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What is, or on that day will be, live for them.
    pub base: Vec<StandsOut>,
    /// When it was worked out.
    pub at: Timestamp,
    /// The place of the last event that it has seen.
    pub sequence: u64,
    /// What changes from `from`, by meaning.
    pub changes: Vec<Change>,
    /// Why `from` can no longer be read, so that nobody can tell what changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text>,
    /// What changes from the other releases of `base`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<BesideOut>,
    /// How many open cases have which fate: stays, can-move, must-wait, needs-person.
    pub fates: BTreeMap<String, usize>,
    /// The open cases, those that stand alike together.
    pub groups: Vec<Group>,
    /// What else to know: cohorts that keep their own release, releases that wait.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
    /// Warnings: what somebody should look at.
    pub findings: Vec<Json>,
}

/// For whom a release is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AudienceOut {
    /// `others`: all that have no release of their own; `cohorts`: some; `everyone`: all.
    #[serde(rename = "for")]
    pub whom: String,
    /// Which cohorts, when for some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<CohortsOut>,
}

/// Cohorts from one to another, both included.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CohortsOut {
    /// The first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// The last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// A release that stands for some.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StandsOut {
    /// Its hash.
    pub hash: String,
    /// The cohorts; absent for all that have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<CohortsOut>,
}

/// What changes from another release than the first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BesideOut {
    /// Its hash.
    pub from: String,
    /// What changes.
    pub changes: Vec<Change>,
    /// Why it can no longer be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text>,
}

/// One change, by meaning.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What it is about: step, flow, holder, deadline, wait, rule, parameter, form, …
    pub class: String,
    /// How much it weighs: wording, additive, behaviour, breaking.
    pub weight: String,
    /// What happened, as a stable word: step-added, value-changed, …
    pub what: String,
    /// The process, when it is one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The file.
    pub file: String,
    /// The line, from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What it is, in words.
    pub words: Text,
}

/// Open cases that stand alike.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Group {
    /// The process.
    pub process: String,
    /// The release they stand on.
    pub release: String,
    /// The steps at which they stand.
    pub steps: Vec<String>,
    /// What becomes of them: stays, can-move, must-wait, needs-person.
    pub fate: String,
    /// Why, when it is not the changes that decide: their release cannot be read, or the new one is not for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// The release on which cases of their cohort start then, when it is not the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
    /// What stands in the way of moving them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<ObstacleOut>,
    /// What they would meet of the changes, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gains: Vec<Text>,
    /// The cases.
    pub instances: Vec<String>,
}

/// One thing that stands in the way of moving a case.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ObstacleOut {
    /// What: step-gone, branches-changed, field-missing, …
    pub kind: String,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What it is and what to do.
    pub words: Text,
}

/// Returns the word by which a value is known in files.
pub(crate) fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Json::String(name)) => name,
        _ => String::new(),
    }
}

impl Plan {
    /// Returns a plan with what was found in the files.
    #[must_use]
    pub fn new(plan: plan::Plan, findings: Vec<Json>) -> Self {
        Self {
            version: plan.version,
            from: plan.from,
            to: plan.to,
            audience: plan.audience.into(),
            on: plan.on,
            base: plan.base.into_iter().map(StandsOut::from).collect(),
            at: plan.at,
            sequence: plan.sequence,
            changes: plan.changes.into_iter().map(Change::from).collect(),
            unreadable: plan.unreadable,
            beside: plan.beside.into_iter().map(BesideOut::from).collect(),
            fates: plan.fates.iter().map(|(fate, n)| (fate.name().to_owned(), *n)).collect(),
            groups: plan.groups.into_iter().map(Group::from).collect(),
            notes: plan.notes,
            findings,
        }
    }
}

impl From<Audience> for AudienceOut {
    fn from(audience: Audience) -> Self {
        let whom = match audience {
            Audience::Others => "others",
            Audience::Cohorts { .. } => "cohorts",
            Audience::Everyone => "everyone",
        };
        Self { whom: whom.to_owned(), cohorts: audience.cohorts().map(CohortsOut::from) }
    }
}

impl From<Cohorts> for CohortsOut {
    fn from(cohorts: Cohorts) -> Self {
        Self { from: cohorts.from(), until: cohorts.until() }
    }
}

impl From<Stands> for StandsOut {
    fn from(stands: Stands) -> Self {
        Self { hash: stands.hash, cohorts: stands.cohorts.map(CohortsOut::from) }
    }
}

impl From<plan::Beside> for BesideOut {
    fn from(beside: plan::Beside) -> Self {
        let changes = beside.changes.into_iter().map(Change::from).collect();
        Self { from: beside.from, changes, unreadable: beside.unreadable }
    }
}

impl From<plan::Change> for Change {
    fn from(change: plan::Change) -> Self {
        Self {
            class: name_of(&change.class),
            weight: name_of(&change.weight),
            what: change.what,
            process: change.process,
            step: change.step,
            file: change.file,
            line: change.line,
            words: change.words,
        }
    }
}

impl From<plan::Group> for Group {
    fn from(group: plan::Group) -> Self {
        Self {
            process: group.process,
            release: group.release,
            steps: group.steps,
            fate: group.told.fate.name().to_owned(),
            why: group.told.why,
            elsewhere: group.told.elsewhere,
            obstacles: group.told.obstacles.iter().map(ObstacleOut::from).collect(),
            gains: group.told.gains,
            instances: group.instances,
        }
    }
}

impl From<&Obstacle> for ObstacleOut {
    fn from(obstacle: &Obstacle) -> Self {
        Self {
            kind: name_of(&obstacle.kind),
            step: obstacle.step.clone(),
            words: obstacle.words.clone(),
        }
    }
}

/// Cases that are to be moved to another release.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MigrationIn {
    /// The hash of the release they are to stand on. When not said, the live one of all whose cohort has none of its own,
    /// also for cases of a cohort that has.
    pub to: Option<String>,
    /// The cases, at most 1,000. Either these or `where`.
    #[serde(default)]
    pub instances: Vec<String>,
    /// The open cases of which all that is named is so; the first 1,000 by id.
    #[serde(rename = "where")]
    pub chosen: Option<WhereIn>,
    /// For steps that are not there by their old names: what stands for them, old to new.
    #[serde(default)]
    pub steps: BTreeMap<String, String>,
    /// Why; it stands in each case's history.
    pub reason: String,
    /// Only tell what it would do.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which cases are meant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WhereIn {
    /// The process.
    pub process: Option<String>,
    /// A step at which a live token stands.
    pub step: Option<String>,
    /// The hash of the release they stand on.
    pub release: Option<String>,
    /// Only those whose id comes after this one: the last of the answer before.
    pub after: Option<String>,
}

/// What became of cases that were to be moved.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Migration {
    /// The hash of the release.
    pub to: String,
    /// Nothing was done.
    pub dry_run: bool,
    /// How many were moved, or would be.
    pub moved: usize,
    /// How many were not, or would not be.
    pub refused: usize,
    /// Whether more cases are meant than the answer tells of.
    pub more: bool,
    /// Each case.
    pub items: Vec<Moved>,
}

/// What became of one case.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Moved {
    /// The case.
    pub instance: String,
    /// The release that it stood on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// It was moved, or would be.
    pub moved: bool,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalOut>,
    /// Whether it can be moved back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// Why a case was not moved.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RefusalOut {
    /// The stable code: cannot-move, not-open, already, unknown, …
    pub code: String,
    /// Why, and what to do.
    pub words: Text,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<ObstacleOut>,
}

/// Whether a move can be undone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Undo {
    /// Moved back at once, it would stand as now.
    pub possible: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}
