//! What happens when a time has come.
//!
//! Invariant: a timer that no longer fits the state decides to nothing, and one that a held case meets is not lost. The clock comes in with the command alone.

use xueji_definition::model::Kind;

use super::Decision;
use super::advance::LAPSED;
use super::work::Work;
use crate::command::Context;
use crate::event::{Event, Timer, TimerKind};
use crate::refusal::Refusal;
use crate::state::{InstanceState, Offer, Open, START, Task};
use crate::view::View;

/// The notice that reminds of a task.
pub(super) const REMINDER: &str = "reminder";

/// Most timers kept in the header of a held case.
const PARKED_MAX: usize = 64;

/// The notice that a task is late.
const ESCALATION: &str = "escalation";

pub(super) fn fire(
    view: &dyn View,
    instance: &str,
    timer: &Timer,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    if fits(&mut work, timer)? {
        if work.header()?.state == InstanceState::Held {
            work.park(timer.clone())?;
        } else {
            act(&mut work, timer)?;
        }
    }
    Ok(work.decision())
}

impl Work<'_> {
    /// Keeps what falls due while the case is held: in its header, so that going on finds it without looking at any
    /// scope; past what a header can bear, by trying again on the next day.
    pub(super) fn park(&mut self, timer: Timer) -> Result<(), Refusal> {
        if self.header()?.parked.len() < PARKED_MAX {
            self.emit(Event::TimerParked { timer });
            return Ok(());
        }
        let later = self.at.now.checked_add(jiff::SignedDuration::from_hours(24));
        let due = later.map_err(|error| self.fault(&timer.step, error.to_string()))?;
        self.emit(Event::TimerSet { timer: Timer { due, ..timer } });
        Ok(())
    }
}

fn fits(work: &mut Work<'_>, timer: &Timer) -> Result<bool, Refusal> {
    if work.header()?.state == InstanceState::Ended {
        return Ok(false);
    }
    match work.require_alive(&timer.scope) {
        Ok(()) => {}
        Err(Refusal::TaskGone) => return Ok(false),
        Err(other) => return Err(other),
    }
    let scope = work.scope(&timer.scope)?;
    Ok(scope.at.as_deref() == Some(&timer.step) && scope.visit == timer.visit)
}

fn act(work: &mut Work<'_>, timer: &Timer) -> Result<(), Refusal> {
    let path = &timer.scope;
    match &timer.what {
        TimerKind::Remind => remind(work, timer),
        TimerKind::Escalate { role } => {
            work.emit(Event::Reminded { scope: path.clone(), escalated: true });
            let to = match role {
                Some(role) => {
                    vec![Offer { role: role.clone(), unit: None, own: None, person: None }]
                }
                None => offer(work, timer)?.into_iter().collect(),
            };
            tell(work, timer, ESCALATION, to)
        }
        TimerKind::Answer { outcome } if timer.step == START => {
            debug_assert_eq!(
                outcome, LAPSED,
                "the applicant's task has no other answer of its own"
            );
            work.end_case(LAPSED, None)
        }
        TimerKind::Answer { outcome } => {
            let step = work.step(&timer.step)?;
            work.answer_by_engine(path, &step, outcome)
        }
        TimerKind::JoinDeadline => {
            let step = work.step(&timer.step)?;
            work.answer_by_engine(path, &step, "deadline")
        }
        TimerKind::Open => {
            let step = work.step(&timer.step)?;
            match &step.kind {
                Kind::ForEach(each) => work.open_rows(path, &step, each, timer.visit),
                _ => Ok(()),
            }
        }
        // These are for other cases; the engine hands them over itself.
        TimerKind::Deliver { .. }
        | TimerKind::StartCalled { .. }
        | TimerKind::TellParent { .. }
        | TimerKind::EndCalled { .. } => Ok(()),
    }
}

fn remind(work: &mut Work<'_>, timer: &Timer) -> Result<(), Refusal> {
    work.emit(Event::Reminded { scope: timer.scope.clone(), escalated: false });
    let to = offer(work, timer)?.into_iter().collect();
    tell(work, timer, REMINDER, to)
}

/// Whom the task of a scope is with.
fn offer(work: &mut Work<'_>, timer: &Timer) -> Result<Option<Offer>, Refusal> {
    Ok(match &work.scope(&timer.scope)?.open {
        Some(Open::Task(task)) => Some(with(task)),
        _ => None,
    })
}

/// Whom a task is with: its holder, or all to whom it is offered.
pub(super) fn with(task: &Task) -> Offer {
    let person = task.assignee.clone().or_else(|| task.offer.person.clone());
    Offer { person, ..task.offer.clone() }
}

fn tell(work: &mut Work<'_>, timer: &Timer, notice: &str, to: Vec<Offer>) -> Result<(), Refusal> {
    if to.is_empty() || !work.release.definitions.notices.notices.contains_key(notice) {
        return Ok(());
    }
    work.tell(&timer.scope, &timer.step, notice, to)
}
