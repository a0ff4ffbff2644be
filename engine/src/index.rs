//! The index entries of a case, a scope and a record: pure functions of what they index.
//!
//! Invariant: every index entry is one of these, so that indices can be compared with, and made anew from, what they
//! index. Whether a scope is alive is not in them: readers ask [`Liveness`], and a sweep removes what is dead.

use std::collections::{BTreeMap, HashMap};

use xueji_runtime::ScopePath;
use xueji_runtime::record::Record;
use xueji_runtime::state::{Instance, InstanceState, Offer, Open, Scope, Task};
use xueji_store::Reader;

use crate::changes::Entries;
use crate::keys::{self, Reach};
use crate::stored::{self, Place, StoredError};

/// The record fields that are indexed, by type.
pub(crate) type IndexedFields = BTreeMap<String, Vec<String>>;

/// Returns the entries of a case's header.
pub(crate) fn of_case(instance: &Instance) -> Entries {
    Entries::from([(keys::of_state(instance.state, &instance.id), Vec::new())])
}

/// Returns the entries that a scope has for ever: the case's own, and those of a row with a subject.
pub(crate) fn of_scope(instance: &Instance, scope: &Scope) -> Entries {
    let mut entries = Entries::new();
    if !scope.path.is_root() && scope.subject.is_none() {
        return entries;
    }
    entries.insert(keys::of_process(&instance.process, &instance.id, &scope.path), Vec::new());
    if let Some(subject) = &scope.subject {
        entries.insert(
            keys::of_subject(subject, &instance.process, &instance.id, &scope.path),
            Vec::new(),
        );
    }
    entries
}

/// Returns the entries that a scope has while it is alive: its open task, and what it waits for.
pub(crate) fn while_alive(instance: &Instance, scope: &Scope) -> Entries {
    let mut entries = Entries::new();
    let (Some(open), Some(at)) = (&scope.open, &scope.at) else { return entries };
    let wait = |message: &str, key: &str| keys::wait(message, key, &instance.id, &scope.path);
    match open {
        Open::Task(task) => {
            of_task(instance, scope, at, task, &mut entries);
            // Messages that end a step before its time name the case, or what the wait itself asks for.
            entries.extend(
                task.interrupts.iter().map(|message| (wait(message, &instance.id), Vec::new())),
            );
        }
        Open::Wait { message, key, interrupts, .. } => {
            entries.extend(message.iter().map(|message| (wait(message, key), Vec::new())));
            for message in interrupts {
                entries.insert(wait(message, &instance.id), Vec::new());
                entries.insert(wait(message, key), Vec::new());
            }
        }
        Open::Branches | Open::Call { .. } => {}
    }
    entries
}

fn of_task(instance: &Instance, scope: &Scope, step: &str, task: &Task, entries: &mut Entries) {
    let place = TaskPlace { instance: instance.id.clone(), scope: scope.path.clone() };
    entries.insert(keys::task(&task.id), stored::bytes(&place));
    entries
        .insert(keys::task_of_case(&instance.id, step, &scope.path), task.id.clone().into_bytes());
    entries.insert(keys::task_of_process(&instance.process, &task.id), Vec::new());
    if let Some(due) = task.due {
        entries.insert(keys::task_due(due, &task.id), Vec::new());
    }
    let assigned = task.assignee.iter().chain(&task.delegate).chain(&task.copies);
    let signers =
        task.signers.iter().filter(|signer| signer.outcome.is_none()).map(|signer| &signer.person);
    let assigned = assigned.chain(signers).map(|person| Reach::Assigned(person.clone()));
    for reach in assigned.chain([reach(&task.offer)]) {
        entries.insert(keys::offer(&reach, &task.id), Vec::new());
    }
}

/// Where an open task stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct TaskPlace {
    pub(crate) instance: String,
    pub(crate) scope: ScopePath,
}

/// Returns whom an offer reaches: the narrowest of what it says.
pub(crate) fn reach(offer: &Offer) -> Reach {
    match (&offer.person, &offer.own) {
        (Some(person), _) => Reach::Person(person.clone()),
        (None, Some(own)) => Reach::Own(own.kind.clone(), own.id.clone()),
        (None, None) => Reach::Role(offer.role.clone(), offer.unit.clone().unwrap_or_default()),
    }
}

/// Returns the entries of a record: every value that an indexed field has or had.
pub(crate) fn of_record(record: &Record, indexed: &IndexedFields) -> Entries {
    let mut entries = Entries::new();
    for field in indexed.get(&record.id.kind).into_iter().flatten() {
        for value in
            record.fields.get(field).into_iter().flatten().filter_map(|entry| entry.value.as_ref())
        {
            entries.insert(keys::record_index(&record.id, field, value), Vec::new());
        }
    }
    entries
}

/// Tells which scopes of cases are alive, reading each scope above once.
pub(crate) struct Liveness<'a> {
    reader: &'a dyn Reader,
    headers: HashMap<String, Option<Instance>>,
    scopes: HashMap<(String, ScopePath), Option<Scope>>,
}

impl<'a> Liveness<'a> {
    pub(crate) fn new(reader: &'a dyn Reader) -> Self {
        Self { reader, headers: HashMap::new(), scopes: HashMap::new() }
    }

    /// Returns a case's header.
    pub(crate) fn header(&mut self, instance: &str) -> Result<Option<Instance>, StoredError> {
        if let Some(known) = self.headers.get(instance) {
            return Ok(known.clone());
        }
        let header: Option<Instance> = stored::get(self.reader, &keys::case(instance))?;
        self.headers.insert(instance.to_owned(), header.clone());
        Ok(header)
    }

    /// Returns a scope that others hang under.
    pub(crate) fn above(
        &mut self,
        instance: &str,
        path: &ScopePath,
    ) -> Result<Option<Scope>, StoredError> {
        let key = (instance.to_owned(), path.clone());
        if let Some(known) = self.scopes.get(&key) {
            return Ok(known.clone());
        }
        let scope: Option<Scope> = stored::get(self.reader, &keys::scope(instance, path))?;
        self.scopes.insert(key, scope.clone());
        Ok(scope)
    }

    /// Returns whether the case goes on and each scope above stands at the very visit that opened the next.
    pub(crate) fn is_alive(
        &mut self,
        instance: &str,
        path: &ScopePath,
    ) -> Result<bool, StoredError> {
        if self.header(instance)?.is_none_or(|header| header.state == InstanceState::Ended) {
            return Ok(false);
        }
        let mut path = path.clone();
        while let Some((above, segment)) = path.split() {
            let stands = self.above(instance, &above)?.is_some_and(|scope| {
                scope.at.as_deref() == Some(&segment.step) && scope.visit == segment.visit
            });
            if !stands {
                return Ok(false);
            }
            path = above;
        }
        Ok(true)
    }

    /// Returns an open task with its case, scope and whether it is alive.
    pub(crate) fn task(&mut self, id: &str) -> Result<Option<(Instance, Scope)>, StoredError> {
        let Some(place) = stored::get::<TaskPlace>(self.reader, &keys::task(id))? else {
            return Ok(None);
        };
        if !self.is_alive(&place.instance, &place.scope)? {
            return Ok(None);
        }
        let Some(header) = self.header(&place.instance)? else { return Ok(None) };
        let scope: Option<Scope> =
            stored::get(self.reader, &keys::scope(&place.instance, &place.scope))?;
        Ok(scope
            .filter(|scope| scope.task().is_some_and(|task| task.id == id))
            .map(|scope| (header, scope)))
    }
}

/// Returns the place of an event among those of all cases.
pub(crate) fn place(instance: &str, seq: u64) -> Place {
    Place { instance: instance.to_owned(), seq, release: None }
}
