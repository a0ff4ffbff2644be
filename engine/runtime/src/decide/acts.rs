//! What people do with tasks and cases beside completing them.
//!
//! Invariant: each act asks first whether a definition forbids it, then whether the person may.

use xueji_definition::Text;
use xueji_definition::file::Act;
use xueji_definition::model::{ForEach, Kind, Step};

use super::Decision;
use super::rights::{open_task, require_not_own, require_right, require_separate};
use super::work::{Work, unknown};
use crate::command::{Actor, CaseAct, Context, TaskAct, person_record};
use crate::event::{Event, Handing, Timer};
use crate::path::{ScopePath, Segment};
use crate::people;
use crate::refusal::Refusal;
use crate::state::{InstanceState, Open, START, Task};
use crate::view::View;

/// How a case ends that its applicant withdrew.
const WITHDRAWN: &str = "withdrawn";

/// How a case ends that was ended from outside.
const TERMINATED: &str = "terminated";

/// Most further signatures on one task.
const SIGNERS_MAX: usize = 10;

pub(super) fn task(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    id: &str,
    act: &TaskAct,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    let open = open_task(&mut work, path, id)?;
    let step = work.scope(path)?.at.clone().ok_or(Refusal::TaskGone)?;
    let forbidden = |work: &Work<'_>, act, name| work.require_allowed(act, name, Some(&step));
    match act {
        TaskAct::Claim => claim(&mut work, path, &open, &step)?,
        TaskAct::Release => release(&mut work, path, &open)?,
        TaskAct::Delegate { to, note } => {
            forbidden(&work, Act::Delegate, "delegate")?;
            require_right(&mut work, path, &open, &step)?;
            require_person(&work, to)?;
            assign_if_free(&mut work, path, &open)?;
            work.emit(Event::TaskDelegated {
                scope: path.clone(),
                to: to.clone(),
                note: note.clone(),
            });
        }
        TaskAct::Transfer { to, note } => {
            forbidden(&work, Act::Transfer, "transfer")?;
            transfer(&mut work, path, &open, &step, to, note.clone())?;
        }
        TaskAct::AddSigner { person, place } => {
            forbidden(&work, Act::AddSigner, "add-signer")?;
            require_right(&mut work, path, &open, &step)?;
            if step == START {
                return Err(Refusal::Forbidden { act: "add-signer" });
            }
            require_person(&work, person)?;
            require_not_own(&mut work, path, &open, person)?;
            require_separate(&mut work, path, &step, person)?;
            if open.signers.len() >= SIGNERS_MAX || open.signers.iter().any(|s| s.person == *person)
            {
                return Err(Refusal::Already(person.clone()));
            }
            let asked_by = work.person()?.to_owned();
            work.emit(Event::SignerAdded {
                scope: path.clone(),
                person: person.clone(),
                place: *place,
                asked_by,
            });
        }
        TaskAct::Remind => {
            forbidden(&work, Act::Remind, "remind")?;
            remind(&mut work, path, &open, &step)?;
        }
        TaskAct::Copy { to, note } => {
            forbidden(&work, Act::Copy, "copy")?;
            require_right(&mut work, path, &open, &step)?;
            require_person(&work, to)?;
            work.emit(Event::Copied {
                scope: path.clone(),
                person: to.clone(),
                note: note.clone(),
            });
        }
    }
    Ok(work.decision())
}

fn claim(work: &mut Work<'_>, path: &ScopePath, open: &Task, step: &str) -> Result<(), Refusal> {
    let person = work.person()?;
    if open.assignee.as_deref() == Some(person) {
        return Ok(());
    }
    require_right(work, path, open, step)?;
    assign_if_free(work, path, open)
}

fn assign_if_free(work: &mut Work<'_>, path: &ScopePath, open: &Task) -> Result<(), Refusal> {
    if open.assignee.is_none() {
        let assignee = Some(work.person()?.to_owned());
        work.emit(Event::TaskAssigned {
            scope: path.clone(),
            how: Handing::Claim,
            assignee,
            note: None,
        });
    }
    Ok(())
}

fn release(work: &mut Work<'_>, path: &ScopePath, open: &Task) -> Result<(), Refusal> {
    let person = work.person()?;
    match &open.assignee {
        Some(assignee) if assignee == person => {}
        Some(assignee) => {
            // Whoever manages the case can free a task whose holder is gone.
            if work.require_manager("release").is_err() {
                return Err(Refusal::Assigned { assignee: assignee.clone() });
            }
        }
        None => return Ok(()),
    }
    work.emit(Event::TaskAssigned {
        scope: path.clone(),
        how: Handing::Release,
        assignee: None,
        note: None,
    });
    Ok(())
}

fn transfer(
    work: &mut Work<'_>,
    path: &ScopePath,
    open: &Task,
    step: &str,
    to: &str,
    note: Option<String>,
) -> Result<(), Refusal> {
    require_right(work, path, open, step)?;
    require_person(work, to)?;
    // Handed over only to somebody who holds the role: a task is an office's, not a friend's.
    let organisation = work.view.organisation();
    let mut offer = open.offer.clone();
    offer.person = None;
    if people::right(organisation, to, &offer, &work.process, false, work.today).is_none() {
        let needs = super::rights::needs(organisation, &offer);
        return Err(Refusal::NotAllowed { person: to.to_owned(), act: "transfer", needs });
    }
    let own = people::record_of(organisation, to);
    if own.is_some() && own == work.subject(path)? {
        return Err(Refusal::OwnCase { person: to.to_owned() });
    }
    require_separate(work, path, step, to)?;
    work.emit(Event::TaskAssigned {
        scope: path.clone(),
        how: Handing::Transfer,
        assignee: Some(to.to_owned()),
        note,
    });
    Ok(())
}

fn remind(work: &mut Work<'_>, path: &ScopePath, open: &Task, step: &str) -> Result<(), Refusal> {
    let person = work.person()?.to_owned();
    if work.header()?.applicant != person && work.require_manager("remind").is_err() {
        let needs = Text::new("申请人或管理人员", "the applicant, or somebody who manages cases");
        return Err(Refusal::NotAllowed { person, act: "remind", needs });
    }
    work.emit(Event::Reminded { scope: path.clone(), escalated: false });
    if work.release.definitions.notices.notices.contains_key(super::timers::REMINDER) {
        work.tell(path, step, super::timers::REMINDER, vec![super::timers::with(open)])?;
    }
    Ok(())
}

/// Refuses a person whom neither the organisation nor the records know.
fn require_person(work: &Work<'_>, person: &str) -> Result<(), Refusal> {
    let known = work.view.organisation().people.contains_key(person)
        || match person_record(person) {
            Some(record) => work.view.record(&record)?.is_some(),
            None => false,
        };
    if known { Ok(()) } else { Err(unknown("person", person)) }
}

/// Takes back one's own last answer, as long as nobody has acted on it.
pub(super) fn recall(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    work.require_open()?;
    work.require_alive(path)?;
    let person = work.person()?;
    let scope = work.scope(path)?.clone();
    let Some(recallable) = scope.recallable.clone().filter(|r| r.by == person) else {
        return Err(Refusal::NothingToRecall);
    };
    work.require_allowed(Act::Recall, "recall", Some(&recallable.step))?;
    let step = work.step(&recallable.step)?;
    let outcome = scope.answers.get(&step.id).map(|a| a.outcome.clone()).unwrap_or_default();
    if let Some(ended) = &scope.ended {
        // The branch has answered, and its step still waits for the others.
        let Some((above, segment)) = path.split() else { return Err(Refusal::NothingToRecall) };
        require_nothing_done(&mut work, &above, segment, &step, &outcome)?;
        work.emit(Event::BranchReopened {
            scope: above,
            step: segment.step.clone(),
            key: segment.key.clone(),
            outcome: ended.clone(),
        });
    } else {
        let next = step.next.get(&outcome).map(String::as_str);
        let untouched = matches!(&scope.open, Some(Open::Task(task))
            if task.assignee.is_none() && task.signers.is_empty() && task.reminded == 0);
        let direct = next.is_some() && next == scope.at.as_deref();
        if !untouched || !direct {
            return Err(Refusal::NothingToRecall);
        }
    }
    work.emit(Event::Recalled { scope: path.clone(), step: step.id.clone() });
    work.enter(path, &step.id)?;
    Ok(work.decision())
}

/// Refuses when an answer that ended its branch has brought about more than that: effects on the way, or the next row.
fn require_nothing_done(
    work: &mut Work<'_>,
    above: &ScopePath,
    segment: &Segment,
    step: &Step,
    outcome: &str,
) -> Result<(), Refusal> {
    let quiet = match step.next.get(outcome) {
        None => true,
        Some(next) => match &work.step(next)?.kind {
            Kind::End { effects, .. } => effects.is_empty(),
            _ => false,
        },
    };
    let in_turn =
        matches!(work.step(&segment.step)?.kind, Kind::ForEach(ForEach { in_turn: true, .. }));
    let last = work.scope(above)?.branches.get(&segment.step).and_then(|all| all.cursor.clone());
    if quiet && (!in_turn || last.as_ref() == Some(&segment.key)) {
        Ok(())
    } else {
        Err(Refusal::NothingToRecall)
    }
}

pub(super) fn case(
    view: &dyn View,
    instance: &str,
    act: &CaseAct,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    match act {
        CaseAct::Withdraw { reason } => withdraw(&mut work, reason.clone())?,
        CaseAct::Hold { reason } => {
            work.require_open()?;
            work.require_allowed(Act::Hold, "hold", None)?;
            work.require_manager("hold")?;
            require_reason(reason, "hold")?;
            work.emit(Event::Held { reason: reason.clone() });
        }
        CaseAct::Resume { reason } => resume(&mut work, reason.clone())?,
        CaseAct::Terminate { reason } => {
            if work.header()?.state == InstanceState::Ended {
                return Err(Refusal::NotOpen { state: InstanceState::Ended });
            }
            if work.at.actor != Actor::Engine {
                work.require_allowed(Act::Terminate, "terminate", None)?;
            }
            work.require_manager("terminate")?;
            require_reason(reason, "terminate")?;
            end_called(&mut work)?;
            work.end_case(TERMINATED, Some(reason.clone()))?;
        }
        CaseAct::Reopen { .. } | CaseAct::AddItem { .. } => {
            return Err(Refusal::Forbidden { act: "case" });
        }
    }
    Ok(work.decision())
}

fn require_reason(reason: &str, act: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        Err(Refusal::OpinionMissing { outcome: act.to_owned() })
    } else {
        Ok(())
    }
}

fn withdraw(work: &mut Work<'_>, reason: Option<String>) -> Result<(), Refusal> {
    let header = work.header()?.clone();
    if header.state == InstanceState::Ended {
        return Err(Refusal::NotOpen { state: header.state });
    }
    work.require_allowed(Act::Withdraw, "withdraw", None)?;
    let person = work.person()?;
    if header.applicant != person {
        let needs = Text::new("申请人本人", "the applicant");
        return Err(Refusal::NotAllowed { person: person.to_owned(), act: "withdraw", needs });
    }
    let process = work.process()?;
    let limit = process.get().and_then(|process| process.withdraw_until.clone());
    if let Some(limit) = limit.filter(|limit| header.entered.contains(limit)) {
        return Err(Refusal::TooLate { step: limit });
    }
    end_called(work)?;
    work.end_case(WITHDRAWN, reason)
}

/// Ends the called cases, where the calls say that these end with this case: its own, and those of its branches. Rows,
/// of which there may be any number, are not looked through.
fn end_called(work: &mut Work<'_>) -> Result<(), Refusal> {
    let mut paths = vec![ScopePath::root()];
    while let Some(path) = paths.pop() {
        let Some(scope) = work.scope_if_any(&path)?.cloned() else { continue };
        let Some(step) = &scope.at else { continue };
        let stands = work.step(step).ok();
        match (&scope.open, stands.as_deref().map(|step| &step.kind)) {
            (Some(Open::Call { instance: Some(called) }), Some(Kind::Call(call)))
                if call.cancel =>
            {
                work.emit(Event::CalledEnded { called: called.clone() });
            }
            (Some(Open::Branches), Some(Kind::Parallel { branches, .. })) => {
                paths.extend(branches.keys().map(|key| path.child(step, scope.visit, key)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn resume(work: &mut Work<'_>, reason: Option<String>) -> Result<(), Refusal> {
    let state = work.header()?.state;
    if state != InstanceState::Held {
        return Err(Refusal::NotOpen { state });
    }
    work.require_manager("resume")?;
    let parked = work.header()?.parked.clone();
    work.emit(Event::Resumed { reason });
    // What fell due meanwhile is due now; what no longer fits then does nothing.
    for timer in parked {
        let timer = Timer { due: work.at.now, ..timer };
        work.emit(Event::TimerSet { timer });
    }
    Ok(())
}
