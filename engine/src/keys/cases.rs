//! Keys of cases: events, headers, scopes, tasks, waits, timers and their indices.

use jiff::Timestamp;
use xueji_runtime::state::InstanceState;
use xueji_runtime::{RecordId, ScopePath};
use xueji_store::key::{Key, KeyReader};

use super::{Reach, after_tag, moment, read_moment, tag};

/// The event of a case with that number.
pub(crate) fn event(instance: &str, seq: u64) -> Vec<u8> {
    Key::new().u8(tag::EVENT).text(instance).u64(seq).finish()
}

/// All events of a case.
pub(crate) fn events(instance: &str) -> Vec<u8> {
    Key::new().u8(tag::EVENT).text(instance).finish()
}

/// A case's header.
pub(crate) fn case(instance: &str) -> Vec<u8> {
    Key::new().u8(tag::CASE).text(instance).finish()
}

/// All headers.
pub(crate) fn cases() -> Vec<u8> {
    Key::new().u8(tag::CASE).finish()
}

/// Reads the case out of the key of a header.
pub(crate) fn read_case(key: &[u8]) -> Option<String> {
    after_tag(key, tag::CASE)?.text().ok()
}

/// A scope.
pub(crate) fn scope(instance: &str, path: &ScopePath) -> Vec<u8> {
    Key::new().u8(tag::SCOPE).text(instance).text(&path.to_string()).finish()
}

/// All scopes of a case.
pub(crate) fn scopes(instance: &str) -> Vec<u8> {
    Key::new().u8(tag::SCOPE).text(instance).finish()
}

/// The scopes whose path begins so.
pub(crate) fn scopes_from(instance: &str, start: &str) -> Vec<u8> {
    Key::new().u8(tag::SCOPE).text(instance).text_start(start).finish()
}

/// A key behind those of all scopes below this one, and before every other.
pub(crate) fn after_scopes_below(instance: &str, path: &ScopePath) -> Vec<u8> {
    let mut key = scopes_from(instance, &format!("{path}/"));
    // No text holds this byte, so that nothing under the path comes later.
    key.push(u8::MAX);
    key
}

/// Reads case and path out of the key of a scope.
pub(crate) fn read_scope(key: &[u8]) -> Option<(String, ScopePath)> {
    let mut reader = after_tag(key, tag::SCOPE)?;
    Some((reader.text().ok()?, read_path(&mut reader)?))
}

fn read_path(reader: &mut KeyReader<'_>) -> Option<ScopePath> {
    reader.text().ok()?.parse().ok()
}

/// The place of an event among those of all cases.
pub(crate) fn sequence(number: u64) -> Vec<u8> {
    Key::new().u8(tag::SEQUENCE).u64(number).finish()
}

/// All places.
pub(crate) fn sequences() -> Vec<u8> {
    Key::new().u8(tag::SEQUENCE).finish()
}

/// Reads the place out of its key.
pub(crate) fn read_sequence(key: &[u8]) -> Option<u64> {
    after_tag(key, tag::SEQUENCE)?.u64().ok()
}

/// A counter or a moment that goes on, by name.
pub(crate) fn latest(name: &str) -> Vec<u8> {
    Key::new().u8(tag::LATEST).text(name).finish()
}

/// Where an open task stands.
pub(crate) fn task(id: &str) -> Vec<u8> {
    Key::new().u8(tag::TASK).text(id).finish()
}

/// An open task of a case.
pub(crate) fn task_of_case(instance: &str, step: &str, path: &ScopePath) -> Vec<u8> {
    Key::new().u8(tag::TASK_OF_CASE).text(instance).text(step).text(&path.to_string()).finish()
}

/// All open tasks of a case.
pub(crate) fn tasks_of_case(instance: &str) -> Vec<u8> {
    Key::new().u8(tag::TASK_OF_CASE).text(instance).finish()
}

/// Reads step and path out of the key of a case's task.
pub(crate) fn read_task_of_case(key: &[u8]) -> Option<(String, String, ScopePath)> {
    let mut reader = after_tag(key, tag::TASK_OF_CASE)?;
    Some((reader.text().ok()?, reader.text().ok()?, read_path(&mut reader)?))
}

/// An open task of a process.
pub(crate) fn task_of_process(process: &str, id: &str) -> Vec<u8> {
    Key::new().u8(tag::TASK_OF_PROCESS).text(process).text(id).finish()
}

/// The open tasks of a process; of all processes when not said.
pub(crate) fn tasks_of_process(process: Option<&str>) -> Vec<u8> {
    let key = Key::new().u8(tag::TASK_OF_PROCESS);
    process.map_or(key.clone(), |process| key.text(process)).finish()
}

/// Reads the task out of the key of a process's task.
pub(crate) fn read_task_of_process(key: &[u8]) -> Option<String> {
    let mut reader = after_tag(key, tag::TASK_OF_PROCESS)?;
    reader.text().ok()?;
    reader.text().ok()
}

/// An open task by the end of its last day.
pub(crate) fn task_due(at: Timestamp, id: &str) -> Vec<u8> {
    moment(Key::new().u8(tag::TASK_DUE), at).text(id).finish()
}

/// The beginning of all tasks by due, and the first of those that are due later than a moment.
pub(crate) fn tasks_due_until(at: Timestamp) -> (Vec<u8>, Vec<u8>) {
    let mut end = moment(Key::new().u8(tag::TASK_DUE), at).finish();
    end.push(u8::MAX);
    (Key::new().u8(tag::TASK_DUE).finish(), end)
}

/// Reads the task out of the key of a task by due.
pub(crate) fn read_task_due(key: &[u8]) -> Option<String> {
    let mut reader = after_tag(key, tag::TASK_DUE)?;
    read_moment(&mut reader)?;
    reader.text().ok()
}

/// An open task, by whom it reaches.
pub(crate) fn offer(reach: &Reach, task: &str) -> Vec<u8> {
    reach.under(Key::new().u8(tag::OFFER)).text(task).finish()
}

/// The open tasks that reach somebody.
pub(crate) fn offers(reach: &Reach) -> Vec<u8> {
    reach.under(Key::new().u8(tag::OFFER)).finish()
}

/// The open tasks that reach holders of a role, wherever.
pub(crate) fn offers_of_role(role: &str) -> Vec<u8> {
    Reach::role_start(Key::new().u8(tag::OFFER), role).finish()
}

/// Reads reach and task out of the key of an offer.
pub(crate) fn read_offer(key: &[u8]) -> Option<(Reach, String)> {
    let mut reader = after_tag(key, tag::OFFER)?;
    Some((Reach::read(&mut reader)?, reader.text().ok()?))
}

/// A scope that waits for a message.
pub(crate) fn wait(message: &str, key: &str, instance: &str, path: &ScopePath) -> Vec<u8> {
    let prefix = Key::under(&waits(message, key));
    prefix.text(instance).text(&path.to_string()).finish()
}

/// All scopes that wait for a message naming that key.
pub(crate) fn waits(message: &str, key: &str) -> Vec<u8> {
    Key::new().u8(tag::WAIT).text(message).text(key).finish()
}

/// Reads case and path out of the key of a wait.
pub(crate) fn read_wait(key: &[u8]) -> Option<(String, ScopePath)> {
    let mut reader = after_tag(key, tag::WAIT)?;
    reader.text().ok()?;
    reader.text().ok()?;
    Some((reader.text().ok()?, read_path(&mut reader)?))
}

/// A case, or a row with a subject, of a process.
pub(crate) fn of_process(process: &str, instance: &str, path: &ScopePath) -> Vec<u8> {
    Key::new().u8(tag::OF_PROCESS).text(process).text(instance).text(&path.to_string()).finish()
}

/// All cases and rows of a process.
pub(crate) fn all_of_process(process: &str) -> Vec<u8> {
    Key::new().u8(tag::OF_PROCESS).text(process).finish()
}

/// Reads case and path out of the key of a case of a process.
pub(crate) fn read_of_process(key: &[u8]) -> Option<(String, ScopePath)> {
    let mut reader = after_tag(key, tag::OF_PROCESS)?;
    reader.text().ok()?;
    Some((reader.text().ok()?, read_path(&mut reader)?))
}

fn state_byte(state: InstanceState) -> u8 {
    match state {
        InstanceState::Open => 1,
        InstanceState::Held => 2,
        InstanceState::Ended => 3,
    }
}

/// A case in a state.
pub(crate) fn of_state(state: InstanceState, instance: &str) -> Vec<u8> {
    Key::under(&all_of_state(state)).text(instance).finish()
}

/// All cases in a state.
pub(crate) fn all_of_state(state: InstanceState) -> Vec<u8> {
    Key::new().u8(tag::OF_STATE).u8(state_byte(state)).finish()
}

/// Reads the case out of the key of a case in a state.
pub(crate) fn read_of_state(key: &[u8]) -> Option<String> {
    let mut reader = after_tag(key, tag::OF_STATE)?;
    reader.u8().ok()?;
    reader.text().ok()
}

/// A case, or a row, about a subject.
pub(crate) fn of_subject(
    subject: &RecordId,
    process: &str,
    instance: &str,
    path: &ScopePath,
) -> Vec<u8> {
    Key::under(&all_of_subject(subject, Some(process)))
        .text(instance)
        .text(&path.to_string())
        .finish()
}

/// All cases and rows about a subject, of one process when said.
pub(crate) fn all_of_subject(subject: &RecordId, process: Option<&str>) -> Vec<u8> {
    let key = Key::new().u8(tag::OF_SUBJECT).text(&subject.kind).text(&subject.id);
    process.map_or(key.clone(), |process| key.text(process)).finish()
}

/// Reads case and path out of the key of a case about a subject.
pub(crate) fn read_of_subject(key: &[u8]) -> Option<(String, ScopePath)> {
    let mut reader = after_tag(key, tag::OF_SUBJECT)?;
    for _ in 0..3 {
        reader.text().ok()?;
    }
    Some((reader.text().ok()?, read_path(&mut reader)?))
}

/// What identifies a timer: when, of which case, which event set it, and which part of a shared one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct TimerId {
    /// When it is due.
    pub due: Timestamp,
    /// The case.
    pub instance: String,
    /// The number of the event that set it.
    pub number: u64,
    /// Which part of it, 0 for the whole.
    pub part: u32,
}

/// A timer.
pub(crate) fn timer(id: &TimerId) -> Vec<u8> {
    moment(Key::new().u8(tag::TIMER), id.due)
        .text(&id.instance)
        .u64(id.number)
        .u32(id.part)
        .finish()
}

/// All timers.
pub(crate) fn timers() -> Vec<u8> {
    Key::new().u8(tag::TIMER).finish()
}

/// Reads a timer's key.
pub(crate) fn read_timer(key: &[u8]) -> Option<TimerId> {
    let mut reader = after_tag(key, tag::TIMER)?;
    Some(TimerId {
        due: read_moment(&mut reader)?,
        instance: reader.text().ok()?,
        number: reader.u64().ok()?,
        part: reader.u32().ok()?,
    })
}

/// A timer that failed.
pub(crate) fn failed(id: &TimerId) -> Vec<u8> {
    moment(Key::new().u8(tag::FAILED).text(&id.instance), id.due)
        .u64(id.number)
        .u32(id.part)
        .finish()
}

/// All timers that failed; of one case when said.
pub(crate) fn all_failed(instance: Option<&str>) -> Vec<u8> {
    let key = Key::new().u8(tag::FAILED);
    instance.map_or(key.clone(), |instance| key.text(instance)).finish()
}

/// Scopes whose indices are to be brought in line, by the beginning of their paths.
pub(crate) fn sweep(instance: &str, start: &str) -> Vec<u8> {
    Key::new().u8(tag::SWEEP).text(instance).text(start).finish()
}

/// All sweeps.
pub(crate) fn sweeps() -> Vec<u8> {
    Key::new().u8(tag::SWEEP).finish()
}

/// Reads case and beginning out of the key of a sweep.
pub(crate) fn read_sweep(key: &[u8]) -> Option<(String, String)> {
    let mut reader = after_tag(key, tag::SWEEP)?;
    Some((reader.text().ok()?, reader.text().ok()?))
}
