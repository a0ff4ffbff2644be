//! What the solver of rules is told of their surroundings: types by every place that uses a rule, and parameters.
//!
//! Invariant: what is told is true of every case; where places differ, less is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xueji_definition::file::Give;
use xueji_definition::model::{Ask, Process};
use xueji_definition::value::{Type, Value};
use xueji_definition::{Definitions, Loaded, Sources, load};
use xueji_rules::solve::{Ground, Judged, OneOf, Says, Solver};
use xueji_rules::{Env, Rule, RuleSet};

use crate::proofs::{Constancy, Grounds, Proofs};
use crate::scenes::Seen;
use crate::scripts::Expressions;
use crate::types;
use crate::walk::{NameKind, Scene, Shared};
use crate::world::{Walked, World};

/// Definitions and rules that were read, with what the solver is told of each rule.
#[derive(Debug)]
pub struct Understood {
    /// The definitions.
    pub definitions: Definitions,
    /// The rules.
    pub rules: RuleSet,
    /// The types that each rule sees, by its name.
    pub envs: BTreeMap<String, Env>,
    /// Where each rule judges, by its name.
    pub judged: BTreeMap<String, Uses>,
    /// What parameters may hold, by path.
    pub values: BTreeMap<String, OneOf>,
    /// The paths of facts that count.
    pub counts: BTreeSet<String>,
}

/// Where a rule judges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// The processes.
    pub processes: BTreeSet<String>,
    /// The types of record that its subject is of.
    pub subjects: BTreeSet<String>,
}

/// Reads definitions and rules for the solver. What is wrong with them is for [`crate::check`] to tell.
#[must_use]
pub fn understand(sources: &Sources) -> Understood {
    let Loaded { definitions, findings, places } = load(sources);
    let scripts = definitions.rules.iter().map(|(path, text)| (path.clone(), text.clone()));
    let (rules, _) = RuleSet::compile(scripts);
    let (envs, judged) = {
        let proofs = Proofs::default();
        let walked = Walked::over(&definitions, &mut Expressions::default(), &proofs);
        let world = World::new(walked, &rules, &places, sources, &findings, &proofs);
        let envs = envs(&world)
            .into_iter()
            .map(|(name, seen)| (name.to_owned(), seen.env.clone()))
            .collect();
        (envs, judged(&world))
    };
    let (values, counts) = (values(&definitions), counts(&definitions));
    Understood { definitions, rules, envs, judged, values, counts }
}

impl Understood {
    /// Returns what is known of the cases that a rule judges; with `values`, of its parameters, too.
    #[must_use]
    pub fn ground(&self, rule: &str, values: bool) -> Ground {
        let env = self.envs.get(rule).cloned().unwrap_or_default();
        let values = if values { self.values.clone() } else { BTreeMap::new() };
        Ground { env, values, counts: self.counts.clone() }
    }
}

/// Returns what parameters may hold: any of their values, always one if one is not bound to dates or cohorts.
pub(crate) fn values(definitions: &Definitions) -> BTreeMap<String, OneOf> {
    let mut all = BTreeMap::new();
    for (name, parameter) in &definitions.parameters.parameters {
        let ty = parameter.value_type();
        let read =
            |value: &xueji_definition::file::DatedValue| ty.read(&value.value.0).ok().flatten();
        let Some(values) = parameter.values.iter().map(read).collect::<Option<BTreeSet<Value>>>()
        else {
            continue;
        };
        let always = parameter.values.iter().any(|value| {
            value.from.is_none()
                && value.to.is_none()
                && value.cohort_from.is_none()
                && value.cohort_to.is_none()
        });
        let values: Vec<Value> = values.into_iter().collect();
        if !values.is_empty() {
            all.insert(format!("param.{name}"), OneOf { values, always });
        }
    }
    all
}

/// Returns the paths of facts that are never below zero: numbers of rows, and ranks.
pub(crate) fn counts(definitions: &Definitions) -> BTreeSet<String> {
    let counting = definitions
        .facts
        .iter()
        .filter(|(_, fact)| matches!(&fact.ask, Ask::Rows { give: Give::Count | Give::Rank, .. }));
    counting.map(|(name, _)| format!("fact.{name}")).collect()
}

/// The scenes in which rules judge, with the process of each, by the rule's name.
type Scenes<'a> = BTreeMap<&'a str, BTreeSet<(&'a str, Scene<'a>)>>;

/// Returns the scenes in which rules judge.
fn scenes<'a>(world: &World<'a>) -> Scenes<'a> {
    let mut scenes = Scenes::new();
    for (process, uses) in &world.walk.processes {
        for used in &uses.names {
            match used.kind {
                NameKind::Rule => {
                    scenes.entry(used.name).or_default().insert((process, used.scene));
                }
                NameKind::Query => {
                    let rows = world.walk.shared.get(&Shared::Query(used.name));
                    for row in rows.into_iter().flat_map(|uses| &uses.names) {
                        let scene = Scene { row_of: row.scene.row_of, ..used.scene };
                        if row.kind == NameKind::Rule {
                            scenes.entry(row.name).or_default().insert((process, scene));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    scenes
}

/// Returns where each rule judges.
fn judged(world: &World<'_>) -> BTreeMap<String, Uses> {
    let mut all: BTreeMap<String, Uses> = BTreeMap::new();
    for (rule, scenes) in scenes(world) {
        let judged = all.entry(rule.to_owned()).or_default();
        for (id, scene) in scenes {
            let Some(process) = world.definitions.processes.get(id) else { continue };
            let subject = types::subject_of(world.definitions, process, scene);
            judged.processes.insert(id.to_owned());
            judged.subjects.extend(subject.map(str::to_owned));
        }
    }
    all
}

/// Returns what a rule says of all cases.
pub(crate) fn constancy(known: &Grounds, rule: &Rule) -> Constancy {
    let ground = known.ground();
    let mut solver = Solver::new(&ground);
    let handle = solver.read(Judged::Rule(rule));
    if solver.is_refuted(&[(handle, Says::Yes)]) {
        Constancy::Never
    } else if solver.is_refuted(&[(handle, Says::No)]) {
        Constancy::Always
    } else {
        Constancy::Open
    }
}

/// Returns the types that each rule sees: what all places that use it have in common.
pub(crate) fn envs<'a>(world: &World<'a>) -> BTreeMap<&'a str, Arc<Seen>> {
    let mut all = BTreeMap::new();
    for (rule, scenes) in scenes(world) {
        let seen = scenes.into_iter().filter_map(|(process, scene)| {
            let process: &'a Process = world.definitions.processes.get(process)?;
            Some(world.seen(process, scene))
        });
        let seen: Vec<Arc<Seen>> = seen.collect();
        if !seen.is_empty() {
            let common = world.proofs.common.proved(rule, seen, |seen| common(world, rule, seen));
            all.insert(rule, common);
        }
    }
    all
}

/// Returns what several scenes have in common.
fn common(world: &World<'_>, rule: &str, seen: &[Arc<Seen>]) -> Arc<Seen> {
    let envs = seen.iter().map(|seen| &seen.env);
    let common = envs.fold(None, |common: Option<Env>, env| match common {
        None => Some(env.clone()),
        Some(common) => Some(both(common, env)),
    });
    world.proofs.scenes.one(rule, Seen::new(common.unwrap_or_default()))
}

/// What two places have in common.
fn both(mut a: Env, b: &Env) -> Env {
    let merged = a.roots.iter().filter_map(|(root, ty)| {
        let other = b.roots.get(root)?;
        Some((root.clone(), merged(ty, other)?))
    });
    a.roots = merged.collect();
    a
}

/// A type that is true of both: a field of one group alone may be there; one that differs is not known.
fn merged(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Map(x), Type::Map(y)) if Arc::ptr_eq(x, y) => Some(a.clone()),
        (Type::Map(x), Type::Map(y)) => {
            let mut fields = BTreeMap::new();
            for (name, ty) in x.iter().chain(y.iter().filter(|(name, _)| !x.contains_key(*name))) {
                let ty = match (x.get(name), y.get(name)) {
                    (Some(a), Some(b)) => merged(a, b),
                    _ => Some(ty.clone()),
                };
                fields.extend(ty.map(|ty| (name.clone(), ty)));
            }
            Some(Type::map(fields))
        }
        _ => (a == b).then(|| a.clone()),
    }
}
