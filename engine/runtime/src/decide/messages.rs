//! Messages, from outside and from other cases, and called cases that begin and end.
//!
//! Invariant: a message changes only a scope that waits for it and is alive. What the engine brings to a held case is
//! kept until it goes on.

use std::sync::Arc;

use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::model::{Kind, Step};
use xueji_definition::value::{Fields, Value};

use super::Decision;
use super::forms::{Asked, ReadForm};
use super::work::Work;
use crate::command::{Actor, Context, RawForm};
use crate::event::{Event, OutgoingMessage, Timer, TimerKind};
use crate::path::ScopePath;
use crate::people;
use crate::refusal::{FieldFault, Refusal};
use crate::state::{Answer, InstanceState, Open, Parent};
use crate::view::View;

/// Takes a message that a person recorded.
pub(super) fn from_outside(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    name: &str,
    answer: Option<&str>,
    form: &RawForm,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    let step = awaited(&mut work, path, name, false)?;
    require_sender(&mut work, path, &step)?;
    let read = read_data(&mut work, path, &step, name, form)?;
    take(&mut work, path, &step, name, answer, read)?;
    Ok(work.decision())
}

/// Takes a message that another case sent.
pub(super) fn deliver(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    message: &OutgoingMessage,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    let held = work.header()?.state == InstanceState::Held;
    let step = awaited(&mut work, path, &message.name, held)?;
    if held {
        let visit = work.scope(path)?.visit;
        let what = TimerKind::Deliver { message: message.clone() };
        work.park(Timer { due: at.now, scope: path.clone(), step: step.id.clone(), visit, what })?;
        return Ok(work.decision());
    }
    let read = ReadForm { fields: message.form.clone(), cleared: Vec::new() };
    take(&mut work, path, &step, &message.name, message.answer.as_deref(), read)?;
    Ok(work.decision())
}

fn awaited(
    work: &mut Work<'_>,
    path: &ScopePath,
    name: &str,
    also_held: bool,
) -> Result<Arc<Step>, Refusal> {
    if !also_held {
        work.require_open()?;
    }
    work.require_alive(path)?;
    let scope = work.scope(path)?;
    let waits = match &scope.open {
        Some(Open::Wait { message, interrupts, .. }) => {
            message.as_deref() == Some(name) || interrupts.iter().any(|other| other == name)
        }
        Some(Open::Task(task)) => task.interrupts.iter().any(|other| other == name),
        _ => false,
    };
    let at = scope.at.clone();
    match at {
        Some(step) if waits => work.step(&step),
        _ => Err(Refusal::NotAwaited { name: name.to_owned() }),
    }
}

fn require_sender(work: &mut Work<'_>, path: &ScopePath, step: &Step) -> Result<(), Refusal> {
    let by = if let Kind::Wait(wait) = &step.kind { wait.by.clone() } else { None };
    match (by, &work.at.actor) {
        (Some(by), Actor::Person(person)) => {
            let offer = work.offer(path, &step.id, &by)?;
            let organisation = work.view.organisation();
            if people::right(organisation, person, &offer, &work.process, true, work.today)
                .is_some()
            {
                return Ok(());
            }
            let needs = super::rights::needs(organisation, &offer);
            Err(Refusal::NotAllowed { person: person.clone(), act: "message", needs })
        }
        _ => work.require_manager("message"),
    }
}

fn read_data(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    name: &str,
    form: &RawForm,
) -> Result<ReadForm, Refusal> {
    // The form is that of the message waited for. One that interrupts may bring some of it, or a reason alone.
    let (id, complete) = match &step.kind {
        Kind::Wait(wait) => match &wait.message {
            Some(main) if main != name => {
                let said = form.keys().any(|field| field != "reason");
                (wait.form.clone().filter(|_| said), false)
            }
            _ => (wait.form.clone(), true),
        },
        _ => (None, true),
    };
    if id.is_none() {
        return match form.keys().next() {
            // An interrupting message may say why; nothing else has a place.
            Some(name) if name != "reason" => Err(Refusal::Form(vec![FieldFault {
                pointer: format!("/{name}"),
                message: Text::new(
                    "此消息没有表单，只能写 reason",
                    "this message has no form; only `reason` can be said",
                ),
            }])),
            _ => {
                let reason =
                    form.get("reason").and_then(Json::as_str).map(|r| Value::Text(r.to_owned()));
                let fields: Fields =
                    reason.map(|reason| ("reason".to_owned(), reason)).into_iter().collect();
                Ok(ReadForm { fields, cleared: Vec::new() })
            }
        };
    }
    let asked = Asked { form: id.as_deref(), materials: &[], cases: &[], complete };
    work.read_form(path, &step.id, &asked, form)
}

fn take(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    name: &str,
    answer: Option<&str>,
    read: ReadForm,
) -> Result<(), Refusal> {
    let main =
        matches!(&work.scope(path)?.open, Some(Open::Wait { message: Some(m), .. }) if m == name);
    if !main {
        let Some(next) = step.on.get(name).cloned() else {
            return Err(Refusal::NotAwaited { name: name.to_owned() });
        };
        work.emit(Event::Interrupted {
            scope: path.clone(),
            step: step.id.clone(),
            message: name.to_owned(),
            form: read.fields,
        });
        return work.enter(path, &next);
    }
    let Kind::Wait(wait) = &step.kind else {
        return Err(Refusal::NotAwaited { name: name.to_owned() });
    };
    let outcome = match (answer, wait.answers.as_slice()) {
        (Some(answer), known) if known.iter().any(|k| k == answer) => answer.to_owned(),
        (None, []) => name.to_owned(),
        (None, [only]) => only.clone(),
        (answer, known) => {
            return Err(Refusal::UnknownOutcome {
                outcome: answer.unwrap_or_default().to_owned(),
                known: known.to_vec(),
            });
        }
    };
    let given = Answer {
        visit: work.scope(path)?.visit,
        outcome: outcome.clone(),
        opinion: None,
        by: work.at.actor.person().map(str::to_owned),
        on_behalf: None,
        at: work.at.now,
        rests: String::new(),
    };
    work.emit(Event::Answered {
        scope: path.clone(),
        step: step.id.clone(),
        answer: given,
        form: read.fields,
        cleared: read.cleared,
        to: None,
        defects: Vec::new(),
        verdicts: Vec::new(),
        recallable: false,
    });
    work.follow(path, step, &outcome)
}

/// Notes which case a waiting step has called.
pub(super) fn called(
    view: &dyn View,
    parent: &Parent,
    called: &str,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, &parent.instance, at)?;
    if waits(&mut work, parent)? {
        work.emit(Event::CallStarted { scope: parent.scope.clone(), called: called.to_owned() });
    }
    Ok(work.decision())
}

/// Goes on from a call with the result.
pub(super) fn call_ended(
    view: &dyn View,
    parent: &Parent,
    result: &str,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, &parent.instance, at)?;
    if !waits(&mut work, parent)? {
        return Ok(work.decision());
    }
    if work.header()?.state == InstanceState::Held {
        let what = TimerKind::TellParent { parent: parent.clone(), result: result.to_owned() };
        let (scope, step) = (parent.scope.clone(), parent.step.clone());
        work.park(Timer { due: at.now, scope, step, visit: parent.visit, what })?;
    } else {
        let step = work.step(&parent.step)?;
        work.answer_by_engine(&parent.scope, &step, result)?;
    }
    Ok(work.decision())
}

fn waits(work: &mut Work<'_>, parent: &Parent) -> Result<bool, Refusal> {
    if work.header()?.state == InstanceState::Ended || work.require_alive(&parent.scope).is_err() {
        return Ok(false);
    }
    let scope = work.scope(&parent.scope)?;
    Ok(scope.at.as_deref() == Some(&parent.step)
        && scope.visit == parent.visit
        && matches!(scope.open, Some(Open::Call { .. })))
}
