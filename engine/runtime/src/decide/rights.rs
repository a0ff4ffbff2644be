//! Who may answer a task.
//!
//! Invariant: asked by date each time, so that a role that ended, a stand-in whose time is over, a case of one's own and
//! a step that somebody else has to answer stand in the way whatever was claimed or handed over before.

use xueji_definition::Text;
use xueji_definition::file::{Act, OrganisationFile};
use xueji_definition::model::Kind;

use super::work::Work;
use crate::path::ScopePath;
use crate::people::{self, Right};
use crate::refusal::Refusal;
use crate::state::{Offer, START, Task};

/// Returns the open task, if it is still this one and alive.
pub(super) fn open_task(work: &mut Work<'_>, path: &ScopePath, id: &str) -> Result<Task, Refusal> {
    work.require_open()?;
    work.require_alive(path)?;
    let task = work.scope(path)?.task().cloned();
    task.filter(|task| task.id == id).ok_or(Refusal::TaskGone)
}

/// Returns in whose right the person answers, or refuses.
pub(super) fn require_right(
    work: &mut Work<'_>,
    path: &ScopePath,
    task: &Task,
    step: &str,
) -> Result<Option<String>, Refusal> {
    let person = work.person()?;
    let organisation = work.view.organisation();
    let mut offer = task.offer.clone();
    if task.assignee.as_deref() == Some(person) {
        // Handed over by the one person it was offered to: the role alone is asked for.
        offer.person = None;
    }
    let stands_in = work.require_allowed(Act::Substitute, "substitute", Some(step)).is_ok();
    let right = people::right(organisation, person, &offer, &work.process, stands_in, work.today);
    let Some(right) = right else {
        let needs = needs(organisation, &offer);
        return Err(Refusal::NotAllowed { person: person.to_owned(), act: "complete", needs });
    };
    let on_behalf = if let Right::For(absent) = right { Some(absent) } else { None };
    if let Some(assignee) = &task.assignee
        && assignee != person
        && on_behalf.as_ref() != Some(assignee)
    {
        return Err(Refusal::Assigned { assignee: assignee.clone() });
    }
    require_not_own(work, path, task, person)?;
    require_separate(work, path, step, person)?;
    Ok(on_behalf)
}

/// Refuses whom the case is about, unless it is theirs to answer.
pub(super) fn require_not_own(
    work: &mut Work<'_>,
    path: &ScopePath,
    task: &Task,
    person: &str,
) -> Result<(), Refusal> {
    if task.offer.own.is_some() || task.offer.person.is_some() {
        return Ok(());
    }
    let own = people::record_of(work.view.organisation(), person);
    if own.is_some() && work.subject(path)? == own {
        return Err(Refusal::OwnCase { person: person.to_owned() });
    }
    Ok(())
}

/// Refuses whoever has answered a step that this one is to be separate from.
pub(super) fn require_separate(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &str,
    person: &str,
) -> Result<(), Refusal> {
    if step == START {
        return Ok(());
    }
    for other in &work.step(step)?.separate_from {
        // Whoever started a case is its maker.
        let starter = other == START && work.header()?.applicant == person;
        let answered = match place(work, path, other)? {
            Some(at) => {
                let scope = work.scope_if_any(&at)?;
                let answer = scope.and_then(|scope| scope.answers.get(other));
                answer.and_then(|answer| answer.by.as_deref()) == Some(person)
            }
            None => false,
        };
        if starter || answered {
            return Err(Refusal::NotSeparate { person: person.to_owned(), step: other.clone() });
        }
    }
    Ok(())
}

/// Returns the scope in which a step stands, seen from another scope: above it, or in a branch that stands beside it.
/// Nothing for the rows of a for-each that the scope is not in.
fn place(work: &mut Work<'_>, path: &ScopePath, step: &str) -> Result<Option<ScopePath>, Refusal> {
    let mut openers = Vec::new();
    let mut at = step.to_owned();
    while at != START
        && let Some(within) = work.step(&at)?.within.clone()
    {
        at.clone_from(&within.step);
        openers.push(within);
    }
    let mut place = ScopePath::root();
    for (depth, opener) in openers.iter().rev().enumerate() {
        let parallel = matches!(work.step(&opener.step)?.kind, Kind::Parallel { .. });
        let own = path.segments().get(depth).filter(|own| own.step == opener.step);
        let above = own.is_some() && path.segments().iter().take(depth).eq(place.segments());
        place = match own.filter(|_| above) {
            Some(own) if !parallel => place.child(&own.step, own.visit, &own.key),
            Some(own) => place.child(&own.step, own.visit, &opener.branch),
            None if parallel => {
                let scope = work.scope_if_any(&place)?;
                let opened = scope.and_then(|scope| scope.branches.get(&opener.step));
                let Some(visit) = opened.map(|branches| branches.visit) else { return Ok(None) };
                place.child(&opener.step, visit, &opener.branch)
            }
            None => return Ok(None),
        };
    }
    Ok(Some(place))
}

/// Says in words whom an offer is for.
pub(super) fn needs(organisation: &OrganisationFile, offer: &Offer) -> Text {
    let role = organisation.roles.get(&offer.role);
    let role = role.map_or_else(|| Text::new(&offer.role, &offer.role), |role| role.title.clone());
    if offer.own.is_some() || offer.person.is_some() {
        return Text::new(format!("{}本人", role.zh), format!("the {} in person", role.en));
    }
    match &offer.unit {
        Some(unit) => {
            let known = organisation.units.get(unit);
            let title = known.map_or_else(|| Text::new(unit, unit), |unit| unit.title.clone());
            Text::new(format!("{}的{}", title.zh, role.zh), format!("{} of {}", role.en, title.en))
        }
        None => role,
    }
}
