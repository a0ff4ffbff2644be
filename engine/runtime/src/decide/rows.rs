//! Late and reopened rows of a for-each.
//!
//! Invariant: other rows keep their answers, and the counters of the join stay true.

use std::sync::Arc;

use xueji_definition::file::Act;
use xueji_definition::model::{ForEach, Kind, Step};

use super::Decision;
use super::rules::exclusion;
use super::work::{Work, unknown};
use crate::command::Context;
use crate::event::{Carried, Event, TimerKind};
use crate::path::ScopePath;
use crate::refusal::Refusal;
use crate::view::View;

/// Most rows that one act may reopen.
const REOPEN_MAX: usize = 20;

/// Lets a late item in.
pub(super) fn add(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    step: &str,
    key: &str,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    work.require_open()?;
    work.require_alive(path)?;
    work.require_allowed(Act::AddItem, "add-item", Some(step))?;
    work.require_manager("add-item")?;
    let (step, each) = for_each(&work, step)?;
    let visit = live_visit(&mut work, path, &step, each.open_until.as_deref(), "add-item")?;
    if work.scope_if_any(&path.child(&step.id, visit, key))?.is_some() {
        return Err(Refusal::Already(key.to_owned()));
    }
    let branches = work.scope(path)?.branches.get(&step.id).cloned().unwrap_or_default();
    if !branches.filled && branches.cursor.as_deref() < Some(key) {
        // Opening has not come to it yet, and will.
        return Err(Refusal::Already(key.to_owned()));
    }
    let found = work.items(path, &step.id, &each.items, None, usize::MAX)?;
    let Some(item) = found.into_iter().find(|item| item.key == key) else {
        return Err(unknown("item", key));
    };
    live_again(&mut work, path, &step, visit)?;
    work.open_row(path, &step, &each, visit, item)?;
    Ok(work.decision())
}

/// Enters finished rows again.
pub(super) fn reopen(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    step: &str,
    keys: &[String],
    reason: &str,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    work.require_open()?;
    work.require_alive(path)?;
    work.require_allowed(Act::Reopen, "reopen", Some(step))?;
    work.require_manager("reopen")?;
    if reason.trim().is_empty() || keys.is_empty() || keys.len() > REOPEN_MAX {
        return Err(Refusal::OpinionMissing { outcome: "reopen".to_owned() });
    }
    let (step, each) = for_each(&work, step)?;
    let visit = live_visit(&mut work, path, &step, each.reopen_until.as_deref(), "reopen")?;
    live_again(&mut work, path, &step, visit)?;
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let row = path.child(&step.id, visit, key);
        let Some(scope) = work.scope_if_any(&row)?.cloned() else {
            return Err(unknown("item", key));
        };
        let twice = rows.iter().any(|(other, _)| *other == row);
        let Some(outcome) = scope.ended.clone().filter(|_| !twice) else {
            return Err(Refusal::Already(key.clone()));
        };
        if let Some(subject) = scope.subject.clone() {
            let against = work.against(&each.excludes, &subject)?;
            if !against.is_empty() {
                return Err(Refusal::Rules(vec![exclusion(&work.release.hash, &against)]));
            }
        }
        work.emit(Event::BranchReopened {
            scope: path.clone(),
            step: step.id.clone(),
            key: key.clone(),
            outcome,
        });
        rows.push((row, scope.form));
    }
    // All answers are counted off before the first row can give a new one.
    for (row, form) in rows {
        if work.require_alive(&row).is_err() {
            break;
        }
        let first = each.body.entry.clone();
        // The row is asked again from its first step; what was entered stays, what was signed does not.
        let carried = Carried { form, answers: std::collections::BTreeMap::new() };
        reenter(&mut work, &row, carried, &first)?;
    }
    Ok(work.decision())
}

fn reenter(
    work: &mut Work<'_>,
    row: &ScopePath,
    carried: Carried,
    first: &str,
) -> Result<(), Refusal> {
    for step in work.scope(row)?.answers.keys().cloned().collect::<Vec<_>>() {
        if !carried.answers.contains_key(&step) {
            work.emit(Event::Recalled { scope: row.clone(), step });
        }
    }
    work.enter(row, first)
}

fn for_each(work: &Work<'_>, id: &str) -> Result<(Arc<Step>, ForEach), Refusal> {
    let step = work.step(id)?;
    match &step.kind {
        Kind::ForEach(each) => Ok((Arc::clone(&step), each.clone())),
        _ => Err(unknown("step", id)),
    }
}

/// Returns the visit whose rows are meant, if its time for the act is not over.
fn live_visit(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    until: Option<&str>,
    act: &'static str,
) -> Result<u32, Refusal> {
    let entered = work.header()?.entered.clone();
    let scope = work.scope(path)?;
    let standing_here = scope.at.as_deref() == Some(&step.id);
    let Some(visit) = scope.branches.get(&step.id).map(|branches| branches.visit) else {
        return Err(Refusal::TaskGone);
    };
    match until {
        Some(limit)
            if entered.iter().any(|step| step == limit) || scope.answers.contains_key(limit) =>
        {
            Err(Refusal::TooLate { step: limit.to_owned() })
        }
        Some(_) => Ok(visit),
        None if standing_here => Ok(visit),
        None => Err(Refusal::Forbidden { act }),
    }
}

/// Brings the token back to the for-each, if it had gone on.
fn live_again(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    visit: u32,
) -> Result<(), Refusal> {
    let scope = work.scope(path)?;
    if scope.at.as_deref() != Some(&step.id) || scope.visit != visit {
        work.emit(Event::StepReopened { scope: path.clone(), step: step.id.clone(), visit });
        let filled = work.scope(path)?.branches.get(&step.id).is_some_and(|all| all.filled);
        if !filled {
            // The join was decided before all were there; opening goes on where it stood.
            work.set_timer(path, &step.id, visit, work.at.now, TimerKind::Open);
        }
    }
    Ok(())
}
