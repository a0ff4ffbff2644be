//! A case goes on by another release: proved first, then moved, each by itself.
//!
//! Invariant: a case is moved whole or not at all. What a step waits for stays as it is wherever both releases say the
//! same of it; a time that changes is shifted by the difference, as if it had been counted so from the beginning.

use std::collections::BTreeSet;
use std::sync::Arc;

use xueji_definition::Text;
use xueji_definition::model::{Kind, Step};

use super::Decision;
use super::work::{Work, unknown};
use crate::command::{Actor, Context, Migrate};
use crate::event::{Event, TimerKind};
use crate::migration::{
    Obstacle, ObstacleKind, StepMap, Token, crowded, obstacles, too_many, watched,
};
use crate::path::ScopePath;
use crate::people;
use crate::refusal::Refusal;
use crate::release::Release;
use crate::state::{InstanceState, Open, START, Scope, Task};
use crate::view::View;

mod after;
mod times;

use after::After;
use times::Times;

/// The most scopes of a case that are looked through.
const SCOPES_MAX: usize = 20_000;

/// What a move would do, and whether it could be undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The move.
    pub decision: Decision,
    /// Why it could not be moved back as things would stand then; nothing when it could.
    pub no_way_back: Option<Text>,
}

/// Works out a move without making it, and whether it could be undone at once by a move back.
///
/// # Errors
/// [`Refusal`] when the case cannot be moved.
pub fn try_move(view: &dyn View, migrate: &Migrate, at: &Context) -> Result<Trial, Refusal> {
    let from = view.instance(&migrate.instance)?.map(|header| header.release);
    let stood = tokens_by_path(&alive(view, &migrate.instance)?);
    let decision = decide(view, migrate, at)?;
    let back = Migrate {
        instance: migrate.instance.clone(),
        to: from.unwrap_or_default(),
        steps: migrate.steps.iter().map(|(old, new)| (new.clone(), old.clone())).collect(),
        reason: migrate.reason.clone(),
    };
    let moved = After { view, state: &decision.state };
    let no_way_back = match decide(&moved, &back, at) {
        Err(refusal) => Some(refusal.text()),
        Ok(returned) => {
            let returned = After { view: &moved, state: &returned.state };
            let stands = tokens_by_path(&alive(&returned, &migrate.instance)?);
            (stands != stood).then(|| {
                Text::new(
                    "迁回后有的步骤会与现在不同（两个步骤合成了一个）",
                    "moved back, it would not stand as now: two steps have become one",
                )
            })
        }
    };
    Ok(Trial { decision, no_way_back })
}

fn tokens_by_path(scopes: &[Scope]) -> Vec<(String, Option<Token>)> {
    scopes.iter().map(|scope| (scope.path.to_string(), Token::of(scope))).collect()
}

/// Moves a case.
pub(super) fn decide(
    view: &dyn View,
    migrate: &Migrate,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, &migrate.instance, at)?;
    require_administrator(&work)?;
    let header = work.header()?.clone();
    if header.state == InstanceState::Ended {
        return Err(Refusal::NotOpen { state: header.state });
    }
    if migrate.reason.trim().is_empty() {
        return Err(Refusal::OpinionMissing { outcome: "migrate".to_owned() });
    }
    if header.release == migrate.to {
        return Err(Refusal::Already(migrate.to.clone()));
    }
    let Some(new) = view.release(&migrate.to)? else { return Err(unknown("release", &migrate.to)) };
    let all = view.scopes(&migrate.instance, SCOPES_MAX + 1)?;
    if all.len() > SCOPES_MAX {
        return Err(Refusal::CannotMove(vec![too_many(all.len())]));
    }
    let alive = living(&all);
    prove(&work, &new, &migrate.steps, &all, &alive)?;
    let old = Arc::clone(&work.release);
    let renamed = renames(&old, &work.process, &migrate.steps);
    work.emit(Event::Migrated {
        from: header.release,
        to: migrate.to.clone(),
        steps: migrate.steps.clone(),
        reason: migrate.reason.clone(),
    });
    rename(&mut work, &all, &alive, &renamed)?;
    for scope in alive.iter().filter(|scope| scope.open.is_some()) {
        reoffer(&mut work, (&old, &new), scope, &migrate.steps)?;
    }
    let written: BTreeSet<&ScopePath> =
        work.events.iter().filter_map(|e| written(&e.event)).collect();
    if let Some(obstacle) = crowded(written.len()) {
        return Err(Refusal::CannotMove(vec![obstacle]));
    }
    Ok(work.decision())
}

fn require_administrator(work: &Work<'_>) -> Result<(), Refusal> {
    if work.at.actor == Actor::Engine {
        return Ok(());
    }
    let person = work.person()?;
    let organisation = work.view.organisation();
    let administers = people::roles(organisation, person, work.today)
        .iter()
        .any(|held| organisation.roles.get(&held.role).is_some_and(|role| role.administers));
    if administers {
        return Ok(());
    }
    let needs = Text::new("管理员角色", "a role that administers");
    Err(Refusal::NotAllowed { person: person.to_owned(), act: "migrate", needs })
}

fn written(event: &Event) -> Option<&ScopePath> {
    match event {
        Event::StepsRenamed { scope, .. } | Event::Reoffered { scope, .. } => Some(scope),
        _ => None,
    }
}

fn alive(view: &dyn View, instance: &str) -> Result<Vec<Scope>, Refusal> {
    Ok(living(&view.scopes(instance, SCOPES_MAX)?).into_iter().cloned().collect())
}

/// Returns the scopes under which every step above stands at the visit that opened them. A path comes after those above.
fn living(all: &[Scope]) -> Vec<&Scope> {
    let mut alive: std::collections::BTreeMap<&ScopePath, &Scope> =
        std::collections::BTreeMap::new();
    let mut sorted: Vec<&Scope> = all.iter().collect();
    sorted.sort_by_key(|scope| scope.path.segments().len());
    for scope in sorted {
        let stands = scope.path.split().is_none_or(|(above, segment)| {
            alive.get(&above).is_some_and(|above| {
                above.at.as_deref() == Some(&segment.step) && above.visit == segment.visit
            })
        });
        if stands {
            alive.insert(&scope.path, scope);
        }
    }
    alive.into_values().collect()
}

/// Refuses unless it is proved that the case goes on in the other release.
fn prove(
    work: &Work<'_>,
    new: &Release,
    steps: &StepMap,
    all: &[Scope],
    alive: &[&Scope],
) -> Result<(), Refusal> {
    let old = &work.release;
    let tokens = alive.iter().filter_map(|scope| Token::of(scope)).collect();
    let organisation = work.view.organisation();
    let mut found =
        obstacles((old, new), &work.process, steps, &tokens, (organisation, work.today));
    let watched = watched(old, new, &work.process);
    found.extend(alive.iter().flat_map(|s| watched.iter().filter_map(|w| w.obstacle(s))));
    // The paths of scopes name the step that opened them, and are never written anew.
    for (old, new) in steps {
        if all.iter().any(|scope| scope.branches.contains_key(old)) {
            let obstacle = Obstacle::new(
                ObstacleKind::MapUnfit,
                format!("{old}={new}：这一步在此事项中开过分支，不能改名"),
                format!(
                    "{old}={new}: the step has opened branches in this case and keeps its name"
                ),
            );
            found.push(obstacle.at(old));
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() { Ok(()) } else { Err(Refusal::CannotMove(found)) }
}

/// Returns the part of a mapping that gives a step another name; the rest leads tokens to a step that was there before.
fn renames(old: &Release, process: &str, steps: &StepMap) -> StepMap {
    let known =
        |id: &String| old.process(process).is_some_and(|process| process.step(id).is_some());
    steps
        .iter()
        .filter(|(from, to)| from != to && !known(to))
        .map(|(from, to)| (from.clone(), to.clone()))
        .collect()
}

/// Gives steps their other names wherever answers are still looked up by them: in what is alive, and in branches that
/// have ended, whose answers keep makers and checkers apart.
fn rename(
    work: &mut Work<'_>,
    all: &[Scope],
    alive: &[&Scope],
    renamed: &StepMap,
) -> Result<(), Refusal> {
    for scope in all {
        let here = alive.iter().any(|alive| alive.path == scope.path);
        if scope.open.is_some() && !here {
            continue;
        }
        let names = |step: &String| renamed.contains_key(step);
        if scope.at.as_ref().is_some_and(names)
            || scope.answers.keys().any(names)
            || scope.recallable.as_ref().is_some_and(|r| names(&r.step))
            || (scope.path.is_root() && work.header()?.entered.iter().any(names))
        {
            work.scope(&scope.path)?;
            work.emit(Event::StepsRenamed { scope: scope.path.clone(), steps: renamed.clone() });
        }
    }
    Ok(())
}

/// Works out anew what the step of a scope waits for, where the releases differ in it.
fn reoffer(
    work: &mut Work<'_>,
    (old, new): (&Arc<Release>, &Arc<Release>),
    scope: &Scope,
    steps: &StepMap,
) -> Result<(), Refusal> {
    let Some(from) = scope.at.as_ref().filter(|at| *at != START) else {
        work.release = Arc::clone(new);
        return Ok(());
    };
    let to = steps.get(from).unwrap_or(from);
    let step_of = |release: &Release, id: &str| {
        release.process(&work.process).and_then(|process| process.step(id)).cloned()
    };
    let (Some(before), Some(after)) = (step_of(old, from), step_of(new, to)) else {
        return Err(unknown("step", from));
    };
    work.scope(&scope.path)?;
    let (path, moved) = (&scope.path, from != to);
    work.on_release(old);
    let times_before = Times::of(work, path, &before);
    work.on_release(new);
    match (&scope.open, &before.kind, &after.kind) {
        (Some(Open::Task(task)), Kind::UserTask(old), Kind::UserTask(new)) => {
            let offer = if old.candidates == new.candidates {
                task.offer.clone()
            } else {
                resolvable(work, path, &after, &new.candidates)?
            };
            let times = times_before.against(work, path, &after)?;
            let task = Task {
                assignee: task.assignee.clone().filter(|person| may(work, person, &offer)),
                due: times.due(task.due),
                interrupts: after.on.keys().cloned().collect(),
                offer,
                ..(**task).clone()
            };
            put(work, scope, &after, Open::Task(Box::new(task)), moved || times.differ())
        }
        (Some(Open::Wait { until, message, key, .. }), Kind::Wait(old), Kind::Wait(new)) => {
            let times = times_before.against(work, path, &after)?;
            let key = match &new.key {
                key_now if *key_now == old.key => key.clone(),
                Some(expr) => work.text(path, &after.id, expr)?,
                None => work.instance.clone(),
            };
            debug_assert_eq!(*message, old.message, "a wait waits for its step's message");
            let wait = Open::Wait {
                until: times.until(*until),
                message: new.message.clone(),
                key,
                interrupts: after.on.keys().cloned().collect(),
            };
            put(work, scope, &after, wait, moved || times.differ())
        }
        _ => Ok(()),
    }
}

fn may(work: &Work<'_>, person: &str, offer: &crate::state::Offer) -> bool {
    let organisation = work.view.organisation();
    people::right(organisation, person, offer, &work.process, true, work.today).is_some()
}

/// Returns to whom a task is offered there, or refuses when that is nobody.
fn resolvable(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    to: &xueji_definition::file::Candidates,
) -> Result<crate::state::Offer, Refusal> {
    let offer = work.offer(path, &step.id, to).map_err(|refusal| {
        let words = refusal.text();
        Refusal::CannotMove(vec![
            Obstacle::new(ObstacleKind::Fault, words.zh, words.en).at(&step.id),
        ])
    })?;
    let organisation = work.view.organisation();
    let by_record = organisation.roles.get(&offer.role).is_some_and(|r| r.held_by.is_some());
    if !by_record && people::candidates(organisation, &offer, work.today).is_empty() {
        let needs = super::rights::needs(organisation, &offer);
        let obstacle = Obstacle::new(
            ObstacleKind::NoHolder,
            format!("步骤“{}”在新版本中由{}办理，现在没有人；先任命", step.title.zh, needs.zh),
            format!(
                "step “{}” is for {} there, and nobody is; name one first",
                step.title.en, needs.en
            ),
        );
        return Err(Refusal::CannotMove(vec![obstacle.at(&step.id)]));
    }
    Ok(offer)
}

/// Puts what a step waits for, unless that is as it was; with timers of its own when its times or its name changed.
fn put(
    work: &mut Work<'_>,
    scope: &Scope,
    step: &Step,
    open: Open,
    anew: bool,
) -> Result<(), Refusal> {
    if !anew && scope.open.as_ref() == Some(&open) {
        return Ok(());
    }
    let path = &scope.path;
    let visit = if anew { scope.next_visit() } else { scope.visit };
    let end = match &open {
        Open::Task(task) => task.due,
        Open::Wait { until, .. } => *until,
        _ => None,
    };
    let waits = matches!(open, Open::Wait { .. });
    work.emit(Event::Reoffered {
        scope: path.clone(),
        step: step.id.clone(),
        visit,
        open: Box::new(open),
    });
    if !anew {
        return Ok(());
    }
    if let Some(until) = end.filter(|_| waits) {
        let elapsed = TimerKind::Answer { outcome: "elapsed".to_owned() };
        work.set_timer(path, &step.id, visit, until, elapsed);
    }
    if let Some(due) = &step.due {
        let end = if waits { work.due_end(path, &step.id, due)? } else { end };
        work.due_timers(path, &step.id, visit, due, end)?;
    }
    Ok(())
}
