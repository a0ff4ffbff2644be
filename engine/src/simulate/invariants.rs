//! What must hold after every command, whoever gave it.
//!
//! Invariant: each looks at the world from outside, and not at how the engine came to it.

use jiff::Timestamp;
use xueji_runtime::event::Event;
use xueji_runtime::state::{Answer, InstanceState, Open, START, Scope, State, Task};
use xueji_runtime::{Actor, Command, people};

use super::stage::{Invariant, Violation};
use super::world::{Done, World};

/// Returns what does not hold after a command.
pub(super) fn after(world: &World, done: &Done, replayed: &State) -> Result<(), Violation> {
    let id = &done.instance;
    let Some(header) = world.header(id) else { return Ok(()) };
    let fails = |invariant, step: Option<&str>, found: String| {
        let (process, step) = (header.process.clone(), step.map(str::to_owned));
        Err(Violation { invariant, process, step, found })
    };
    if replayed.instance.as_ref() != Some(header) {
        return fails(Invariant::Replay, None, "事项首部不同 | the header differs".to_owned());
    }
    for (path, scope) in world.scopes_of(done) {
        if replayed.scopes.get(path) != Some(scope) {
            return fails(
                Invariant::Replay,
                scope.at.as_deref(),
                format!("范围 {path} 不同 | scope {path} differs"),
            );
        }
    }
    if let Some(number) = &world.given_twice {
        return fails(Invariant::Numbers, None, number.clone());
    }
    if let (Command::Fire { timer, .. }, true) = (&done.command, was_over(done, header.state)) {
        return fails(
            Invariant::Over,
            Some(&timer.step),
            "办结后又有动作 | a timer acted after the end".to_owned(),
        );
    }
    if let Some((step, person)) = stranger(world, done) {
        return fails(Invariant::Holders, Some(&step), person);
    }
    for event in &done.events {
        if let Event::TaskOpened { scope, task } = &event.event
            && task.due.is_some_and(|due| due < event.at)
        {
            let at = world.scope_of(id, scope);
            let step = at.and_then(|scope| scope.at.as_deref());
            // A date that people chose may be past: what follows of itself then follows at once.
            if !chosen_by_people(world, header.process.as_str(), step) {
                return fails(Invariant::Deadline, step, format!("{:?}", task.due));
            }
        }
    }
    if header.state == InstanceState::Ended {
        return over(world, done);
    }
    for scope in changed(world, done) {
        if let Some(found) = tokens(scope) {
            return fails(Invariant::OneToken, scope.at.as_deref(), found);
        }
    }
    Ok(())
}

/// Returns the live scopes that a command changed.
fn changed<'w>(world: &'w World, done: &'w Done) -> impl Iterator<Item = &'w Scope> {
    let scopes = world.scopes_of(done).map(|(_, scope)| scope);
    scopes.filter(|scope| world.is_alive(&done.instance, &scope.path))
}

/// Returns what is wrong with the token of a live scope.
fn tokens(scope: &Scope) -> Option<String> {
    match (&scope.at, &scope.ended, &scope.open) {
        (Some(step), None, None) => Some(format!("{step}：无所等候 | {step}: stands at nothing")),
        (None, Some(_), Some(_)) => Some("已结束而仍有待办 | over, yet open".to_owned()),
        (None, None, _) => Some("不在任何步骤 | at no step".to_owned()),
        (Some(_), Some(_), _) => Some("已结束而仍在步骤 | over, yet at a step".to_owned()),
        _ => None,
    }
}

fn over(world: &World, done: &Done) -> Result<(), Violation> {
    let id = &done.instance;
    let open = world
        .live_scopes(id)
        .into_iter()
        .find(|scope| !scope.path.is_root() || scope.at.is_some() || scope.open.is_some());
    let process = world.header(id).map(|header| header.process.clone());
    match open {
        Some(scope) => Err(Violation {
            invariant: Invariant::Over,
            process: process.unwrap_or_default(),
            step: scope.at.clone(),
            found: scope.path.to_string(),
        }),
        None => Ok(()),
    }
}

/// Returns whether a case was over before a command that has events.
fn was_over(done: &Done, now: InstanceState) -> bool {
    let ends = |event: &Event| matches!(event, Event::Ended { .. });
    let events = &done.events;
    now == InstanceState::Ended
        && !events.is_empty()
        && !events.iter().any(|recorded| ends(&recorded.event))
}

/// Returns who answered a task without the right to, and at which step.
fn stranger(world: &World, done: &Done) -> Option<(String, String)> {
    let Actor::Person(asked) = &done.actor else { return None };
    let before = done.before.as_ref()?;
    let task = before.task()?;
    let answers = done.events.iter().filter_map(|event| match &event.event {
        Event::Answered { step, answer, .. } if before.at.as_ref() == Some(step) => {
            Some((step, answer, event.at))
        }
        _ => None,
    });
    let mut answers = answers;
    answers.find_map(|(step, answer, at): (&String, &Answer, Timestamp)| {
        let by = answer.by.as_ref()?;
        let process = &world.header(&done.instance)?.process;
        (!may(world, process, task, by, at) || by != asked)
            .then(|| (step.clone(), format!("{by}（{asked}）")))
    })
}

/// Returns whether a person may answer a task.
pub(super) fn may(world: &World, process: &str, task: &Task, person: &str, at: Timestamp) -> bool {
    let today = world.calendar.local_date(at);
    let organisation = &world.release.definitions.organisation;
    task.assignee.as_deref() == Some(person)
        || task.delegate.as_deref() == Some(person)
        || task.signers.iter().any(|signer| signer.person == person)
        || task.answered.is_some()
        || people::right(organisation, person, &task.offer, process, true, today).is_some()
}

fn chosen_by_people(world: &World, process: &str, step: Option<&str>) -> bool {
    let Some(process) = world.release.process(process) else { return false };
    let due = match step {
        Some(START) | None => process.start.due.as_ref(),
        Some(step) => process.step(step).and_then(|step| step.due.as_ref()),
    };
    due.is_some_and(|due| due.until.is_some())
}

/// Returns what of a case can never be moved again by anybody or by time; nothing when something can.
pub(super) fn stuck(
    world: &World,
    id: &str,
    answerable: impl Fn(&Scope) -> bool,
) -> Option<Violation> {
    let header = world.header(id)?;
    if header.state != InstanceState::Open {
        return None;
    }
    let mut waiting = world
        .live_scopes(id)
        .into_iter()
        .filter(|scope| !matches!(scope.open, None | Some(Open::Branches)));
    let scope = waiting.find(|scope| !answerable(scope))?;
    Some(Violation {
        invariant: Invariant::NotStuck,
        process: header.process.clone(),
        step: scope.at.clone(),
        found: "没有人能办理，也没有期限 | nobody can answer, and no time moves it".to_owned(),
    })
}
