//! Who can hold a task, and whom the separation of duties keeps from it.
//!
//! Invariant: nothing is concluded about units and people that the files do not name; dates of holding are left aside,
//! for a successor is usually named in time.

use std::collections::BTreeSet;

use xueji_definition::Definitions;
use xueji_definition::file::{Candidates, Expr, OrganisationFile};
use xueji_definition::model::{Kind, Process, Step};
use xueji_runtime::people::reaches;

use super::Silent;
use crate::graph::{Graphs, START};

/// Who can hold a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holders<'a> {
    /// These people.
    People(BTreeSet<&'a str>),
    /// Whoever a record is, or whoever began the case: not in the files.
    Outside,
}

impl Holders<'_> {
    /// Tells that there is nobody.
    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::People(people) if people.is_empty())
    }
}

/// Returns the unit that an expression writes out, as in `'"hall"'`.
pub(crate) fn unit_of(unit: Option<&Expr>) -> Option<&str> {
    let text = unit?.0.trim();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

/// Returns who can hold a task; in any unit where the unit is worked out.
pub(crate) fn holders<'a>(
    organisation: &'a OrganisationFile,
    process: &Process,
    candidates: &Candidates,
) -> Holders<'a> {
    held(organisation, process, candidates, unit_of(candidates.unit.as_ref()))
}

fn held<'a>(
    organisation: &'a OrganisationFile,
    process: &Process,
    candidates: &Candidates,
    unit: Option<&str>,
) -> Holders<'a> {
    let Some(role) = organisation.roles.get(&candidates.role) else { return Holders::Outside };
    if role.held_by.is_some() || candidates.own {
        return Holders::Outside;
    }
    if candidates.applicant {
        let start = std::iter::once(&process.start.by).chain(&process.start.or_by);
        let begin = start.filter(|by| by.role == candidates.role || by.own);
        if begin.count() > 0 {
            return Holders::Outside;
        }
    }
    let holders = organisation.holders.iter().filter(|holder| holder.role == candidates.role);
    let there = holders.filter(|holder| reaches(organisation, holder.unit.as_deref(), unit));
    Holders::People(there.map(|holder| holder.person.as_str()).collect())
}

/// What the separation of duties keeps from happening.
pub(crate) mod bars {
    use super::{
        BTreeSet, Candidates, Definitions, Expr, Graphs, Holders, Kind, Process, START, Silent,
        Step, held, unit_of,
    };

    /// Returns whom it is certain to keep away: everybody, in some unit.
    pub(crate) fn all_barred<'a>(
        definitions: &'a Definitions,
        graphs: &Graphs<'a>,
        process: &'a Process,
        step: &'a Step,
    ) -> Option<Silent<'a>> {
        let Kind::UserTask(task) = &step.kind else { return None };
        units(definitions, &task.candidates).into_iter().find_map(|unit| {
            let people = people(definitions, process, &task.candidates, unit)?;
            let sure = step
                .separate_from
                .iter()
                .filter(|other| comes_before(graphs, process, other, step));
            let by = sure.into_iter().find(|other| {
                let barred = others(definitions, process, &task.candidates, other, unit);
                // Who else could answer the other step would leave somebody for this one.
                !people.is_empty() && people.len() == 1 && barred.as_ref() == Some(&people)
            })?;
            let role = task.candidates.role.as_str();
            Some(Silent::AllBarred { role, people: people.clone(), by: by.as_str() })
        })
    }

    /// Returns whom it may keep away, if the steps before fall to just these people, and the steps.
    pub(crate) fn may_be_barred<'a>(
        definitions: &'a Definitions,
        process: &'a Process,
        step: &'a Step,
    ) -> Option<(BTreeSet<&'a str>, Vec<&'a str>)> {
        let Kind::UserTask(task) = &step.kind else { return None };
        units(definitions, &task.candidates).into_iter().find_map(|unit| {
            let people = people(definitions, process, &task.candidates, unit)?;
            if people.is_empty() || people.len() > step.separate_from.len() {
                return None;
            }
            let mut free: Vec<(&str, BTreeSet<&str>)> = Vec::new();
            for other in &step.separate_from {
                let mut barred = others(definitions, process, &task.candidates, other, unit)?;
                stand_ins(definitions, process, &mut barred);
                free.push((other, barred));
            }
            let mut by = Vec::new();
            for person in &people {
                // Each step bars one person: take those that bar fewest others first.
                free.sort_by_key(|(_, barred)| barred.len());
                let at = free.iter().position(|(_, barred)| barred.contains(person))?;
                by.push(free.remove(at).0);
            }
            Some((people, by))
        })
    }

    /// Tells whether every run to a step has answered another one before.
    fn comes_before(graphs: &Graphs<'_>, process: &Process, other: &str, step: &Step) -> bool {
        let mut at = step;
        for _ in 0..=process.steps.len() {
            let all = graphs.scopes(&process.id);
            let Some(scope) = all.iter().find(|scope| scope.steps.iter().any(|s| s.id == at.id))
            else {
                return false;
            };
            if other == START || (at.id != other && scope.passes(other, &at.id)) {
                return true;
            }
            let Some(opener) = at.within.as_ref().and_then(|w| process.steps.get(&w.step)) else {
                return false;
            };
            at = opener;
        }
        false
    }

    /// Adds those who stand in for somebody: they answer on their behalf, and have answered all the same.
    fn stand_ins<'a>(
        definitions: &'a Definitions,
        process: &Process,
        people: &mut BTreeSet<&'a str>,
    ) {
        let meant = |processes: &[String]| processes.is_empty() || processes.contains(&process.id);
        let away = definitions.organisation.substitutes.iter();
        let more: Vec<&str> = away
            .filter(|away| people.contains(away.person.as_str()) && meant(&away.processes))
            .map(|away| away.by.as_str())
            .collect();
        people.extend(more);
    }

    /// The units that make a difference: the one written out, or each in which the role is held.
    fn units<'a>(
        definitions: &'a Definitions,
        candidates: &'a Candidates,
    ) -> BTreeSet<Option<&'a str>> {
        if candidates.unit.is_none() {
            return BTreeSet::from([None]);
        }
        if let Some(unit) = unit_of(candidates.unit.as_ref()) {
            return BTreeSet::from([Some(unit)]);
        }
        let holders = definitions.organisation.holders.iter();
        let there = holders.filter(|holder| holder.role == candidates.role);
        there.filter_map(|holder| holder.unit.as_deref()).map(Some).collect()
    }

    fn people<'a>(
        definitions: &'a Definitions,
        process: &Process,
        candidates: &Candidates,
        unit: Option<&str>,
    ) -> Option<BTreeSet<&'a str>> {
        match held(&definitions.organisation, process, candidates, unit) {
            Holders::People(people) => Some(people),
            Holders::Outside => None,
        }
    }

    /// Returns who can answer another step when this one stands in a unit: there too, if both work it out alike.
    fn others<'a>(
        definitions: &'a Definitions,
        process: &Process,
        own: &Candidates,
        other: &str,
        unit: Option<&str>,
    ) -> Option<BTreeSet<&'a str>> {
        let candidates = if other == START {
            &process.start.by
        } else {
            match &process.steps.get(other)?.kind {
                Kind::UserTask(task) => &task.candidates,
                _ => return None,
            }
        };
        let text = |expr: &Option<Expr>| expr.as_ref().map(|expr| expr.0.trim().to_owned());
        let same = text(&own.unit) == text(&candidates.unit);
        let there = if same { unit } else { unit_of(candidates.unit.as_ref()) };
        people(definitions, process, candidates, there)
    }
}
