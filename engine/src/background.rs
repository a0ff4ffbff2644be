//! What the engine does by itself: due timers, messages on their way, and sweeping the indices of scopes left behind.
//!
//! Invariant: a timer is removed in the same commit as its effect, so that it happens once; one that is refused is put
//! aside with its reason and never tried again by itself. Each step here is small, so that commands go in between.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Map;
use xueji_definition::value::Fields;
use xueji_runtime::command::{CaseAct, RawForm, Start};
use xueji_runtime::event::{OutgoingMessage, Timer, TimerKind};
use xueji_runtime::state::Scope;
use xueji_runtime::{Actor, Command, Refusal};
use xueji_store::{Direction, Range};

use crate::changes::Changes;
use crate::core::{Beside, Core};
use crate::index::{self, Liveness};
use crate::keys::{self, TimerId};
use crate::stored::{self, FailedJob, Job};
use crate::submission::SubmitError;

/// Scopes swept at once; each has at most some ten entries, so that the changes fit one batch.
const SWEPT_AT_ONCE: usize = 20;
/// The most waiting scopes that one message reaches.
const REACHED_MAX: usize = 1_000;

impl Core {
    /// Runs one thing that is due: a timer, or a piece of a sweep. Returns whether there was one.
    pub(crate) fn step(&mut self) -> Result<bool, SubmitError> {
        if self.fire_next(self.clock.now())? {
            return Ok(true);
        }
        self.sweep_next()
    }

    /// Runs everything that is due now.
    pub(crate) fn settle(&mut self) -> Result<(), SubmitError> {
        while self.step()? {}
        Ok(())
    }

    /// Moves the clock, after all timers due until then have run in the order of their time, each at its own.
    pub(crate) fn advance(&mut self, to: Timestamp) -> Result<Timestamp, SubmitError> {
        self.clock.may_move_to(to).map_err(SubmitError::Clock)?;
        while self.fire_next(to)? || self.sweep_next()? {}
        self.clock.go_on_from(to);
        self.keep_clock()?;
        Ok(to)
    }

    /// Returns when the next timer is due.
    pub(crate) fn next_due(&self) -> Result<Option<Timestamp>, SubmitError> {
        Ok(self.next_timer()?.map(|(id, _)| id.due))
    }

    fn next_timer(&self) -> Result<Option<(TimerId, Job)>, SubmitError> {
        let page =
            self.store.scan(&Range::prefix(&keys::timers()), None, 1, Direction::Ascending)?;
        let Some((key, value)) = page.into_iter().next() else { return Ok(None) };
        let id = keys::read_timer(&key);
        let job = stored::parse(&key, &value)?;
        Ok(id.map(|id| (id, job)))
    }

    /// Runs the next timer, if it is due by then. It sees its own due time as now.
    pub(crate) fn fire_next(&mut self, by: Timestamp) -> Result<bool, SubmitError> {
        let Some((id, job)) = self.next_timer()?.filter(|(id, _)| id.due <= by) else {
            return Ok(false);
        };
        // The clock of a simulation follows the timers, so that nothing is decided later than it shows.
        if self.clock.can_be_moved() && self.clock.now() < id.due {
            self.clock.go_on_from(id.due);
        }
        if let Job::Timer { timer: Timer { what: TimerKind::Deliver { message }, .. } } = &job {
            self.spread(&id, &job, message)?;
            return Ok(true);
        }
        if let Job::GoLive { proposal } = job {
            match self.go_live_by_date(&id, proposal) {
                Ok(()) => {}
                Err(error @ SubmitError::Stopped { .. }) => return Err(error),
                Err(error) => {
                    self.put_aside(id, job, &error)?;
                    self.look_for_due()?;
                }
            }
            return Ok(true);
        }
        let Some(command) = command(&id.instance, &job) else { return Ok(true) };
        let beside = Beside { timer: Some(id.clone()), ..Beside::default() };
        match self.run(&command, Actor::Engine, id.due, &beside) {
            Ok(_) => {}
            Err(error @ SubmitError::Stopped { .. }) => return Err(error),
            Err(SubmitError::Refused(refusal)) if ends_what_is_over(&job, &refusal) => {
                self.remove(&id)?
            }
            Err(error) => self.put_aside(id, job, &error)?,
        }
        Ok(true)
    }

    /// Makes of one message a delivery for each scope that waits for it. Nobody waiting is a failure that people see:
    /// the message would be lost otherwise.
    fn spread(
        &mut self,
        id: &TimerId,
        job: &Job,
        message: &OutgoingMessage,
    ) -> Result<(), SubmitError> {
        let waiting = {
            let reader = self.store.snapshot()?;
            let range = Range::prefix(&keys::waits(&message.name, &message.key));
            let page = reader.scan(&range, None, REACHED_MAX + 1, Direction::Ascending)?;
            let mut liveness = Liveness::new(&*reader);
            let mut waiting = Vec::new();
            for (instance, scope) in page.iter().filter_map(|(key, _)| keys::read_wait(key)) {
                if liveness.is_alive(&instance, &scope)? {
                    waiting.push((instance, scope));
                }
            }
            waiting
        };
        if waiting.is_empty() {
            let error = SubmitError::Refused(Refusal::NotAwaited { name: message.name.clone() });
            return self.put_aside(id.clone(), job.clone(), &error);
        }
        if waiting.len() > REACHED_MAX {
            let reason = format!("more than {REACHED_MAX} scopes wait for `{}`", message.name);
            return self.put_aside(id.clone(), job.clone(), &SubmitError::Fault { reason });
        }
        let mut changes = Changes::default();
        changes.delete(keys::timer(id));
        for (part, (instance, scope)) in (1..).zip(waiting) {
            let delivery = Job::Deliver { instance, scope, message: message.clone() };
            changes.put_json(keys::timer(&TimerId { part, ..id.clone() }), &delivery);
        }
        self.apply(&changes)
    }

    fn remove(&mut self, id: &TimerId) -> Result<(), SubmitError> {
        let mut changes = Changes::default();
        changes.delete(keys::timer(id));
        self.apply(&changes)
    }

    fn put_aside(&mut self, id: TimerId, job: Job, error: &SubmitError) -> Result<(), SubmitError> {
        let (code, reason) = match error {
            SubmitError::Refused(refusal) => (refusal.code(), refusal.text()),
            SubmitError::TooLarge(error) => ("too-large", words(&error.to_string())),
            error => ("fault", words(&error.to_string())),
        };
        let mut changes = Changes::default();
        changes.delete(keys::timer(&id));
        let at = self.last_now.max(id.due);
        let failed = FailedJob { id, job, at, code: code.to_owned(), reason };
        changes.put_json(keys::failed(&failed.id), &failed);
        self.apply(&changes)
    }

    /// Tries a timer that was put aside once more. Returns whether there was one.
    pub(crate) fn retry(&mut self, id: &TimerId) -> Result<bool, SubmitError> {
        let key = keys::failed(id);
        let Some(bytes) = self.store.get(&key)? else { return Ok(false) };
        let failed: FailedJob = stored::parse(&key, &bytes)?;
        let mut changes = Changes::default();
        changes.delete(key);
        changes.put_json(keys::timer(id), &failed.job);
        self.apply(&changes)?;
        Ok(true)
    }

    /// Forgets a timer that was put aside. Returns whether there was one.
    pub(crate) fn forget_failed(&mut self, id: &TimerId) -> Result<bool, SubmitError> {
        let key = keys::failed(id);
        let found = self.store.get(&key)?.is_some();
        let mut changes = Changes::default();
        changes.delete(key);
        self.apply(&changes)?;
        Ok(found)
    }

    /// Brings the indices of some scopes in line with whether they are alive.
    fn sweep_next(&mut self) -> Result<bool, SubmitError> {
        let page =
            self.store.scan(&Range::prefix(&keys::sweeps()), None, 1, Direction::Ascending)?;
        let Some((key, cursor)) = page.into_iter().next() else { return Ok(false) };
        let mut changes = Changes::default();
        let done = match keys::read_sweep(&key) {
            Some((instance, start)) => self.sweep(&instance, &start, &cursor, &mut changes)?,
            None => None,
        };
        match done {
            Some(cursor) => changes.put(key, cursor),
            None => changes.delete(key),
        }
        self.apply(&changes)?;
        Ok(true)
    }

    /// Sweeps the next scopes whose path begins so; returns where it stands, or nothing when all are swept.
    fn sweep(
        &self,
        instance: &str,
        start: &str,
        cursor: &[u8],
        changes: &mut Changes,
    ) -> Result<Option<Vec<u8>>, SubmitError> {
        let store = Arc::clone(&self.store);
        let reader = store.snapshot()?;
        let range = Range::prefix(&keys::scopes_from(instance, start));
        let after = (!cursor.is_empty()).then_some(cursor);
        let page = reader.scan(&range, after, SWEPT_AT_ONCE, Direction::Ascending)?;
        let mut liveness = Liveness::new(&*reader);
        let Some(header) = liveness.header(instance)? else { return Ok(None) };
        for (key, value) in &page {
            let scope: Scope = stored::parse(key, value)?;
            let alive = liveness.is_alive(instance, &scope.path)?;
            for (key, value) in index::while_alive(&header, &scope) {
                if alive { changes.put(key, value) } else { changes.delete(key) }
            }
        }
        Ok(page.last().filter(|_| page.len() == SWEPT_AT_ONCE).map(|(key, _)| key.clone()))
    }
}

fn words(text: &str) -> xueji_definition::Text {
    xueji_definition::Text::new(text, text)
}

/// Ending a called case that has ended by itself is what was asked for.
fn ends_what_is_over(job: &Job, refusal: &Refusal) -> bool {
    let ends = matches!(job, Job::Timer { timer: Timer { what: TimerKind::EndCalled { .. }, .. } });
    ends && Core::is_over(refusal)
}

/// Returns the command to a case that a timer is.
fn command(instance: &str, job: &Job) -> Option<Command> {
    let timer = match job {
        Job::Deliver { instance, scope, message } => {
            return Some(Command::Deliver {
                instance: instance.clone(),
                scope: scope.clone(),
                message: message.clone(),
            });
        }
        Job::Called { parent, called } => {
            return Some(Command::Called { parent: parent.clone(), called: called.clone() });
        }
        // Not about one case.
        Job::GoLive { .. } => return None,
        Job::Timer { timer } => timer,
    };
    Some(match &timer.what {
        TimerKind::StartCalled { process, subject, form, parent, applicant } => {
            Command::Start(Start {
                process: process.clone(),
                subject: subject.as_ref().map(|subject| subject.id.clone()),
                form: raw(form),
                parent: parent.clone(),
                applicant: Some(applicant.clone()),
                ..Start::default()
            })
        }
        TimerKind::TellParent { parent, result } => {
            Command::CallEnded { parent: parent.clone(), result: result.clone() }
        }
        TimerKind::EndCalled { called } => Command::Case {
            instance: called.clone(),
            act: CaseAct::Terminate {
                reason: format!("{instance} 已撤回 | {instance} was withdrawn"),
            },
        },
        _ => Command::Fire { instance: instance.to_owned(), timer: timer.clone() },
    })
}

fn raw(form: &Fields) -> RawForm {
    let mut raw = Map::new();
    for (name, value) in form {
        raw.insert(name.clone(), value.to_json());
    }
    raw
}
