//! A story's own world: a store, a clock, and the names that the story gives to its cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use xueji_definition::file::{GivenRecord, Literal, Scenario};
use xueji_definition::model::Kind;
use xueji_definition::value::{Type, Value};
use xueji_runtime::state::{Instance, Scope};
use xueji_runtime::{Actor, RecordId, Recorded, Release, ScopePath};
use xueji_store::{Direction, MemoryStore, Range, Store};

use super::failure::{Failure, Words};
use crate::clock::Clock;
use crate::core::Core;
use crate::keys;
use crate::queries::cases::{self, CaseFilter};
use crate::queries::tasks::{self, TaskView};
use crate::queries::{PAGE_MAX, Paging, QueryError};
use crate::records::Put;
use crate::releases::ReleaseError;
use crate::said::both;
use crate::stored::{self, StoredEvent};

/// From when given records hold, and when they became known: long before any story.
pub(crate) const LONG_BEFORE: Date = jiff::civil::date(1900, 1, 1);

/// The most open tasks that a failure shows.
const OPEN_SHOWN: usize = 12;

/// The world that all stories of a file begin with.
pub(super) struct Prepared {
    store: MemoryStore,
    /// What of the given records is wrong; each story then fails with it.
    fault: Option<Failure>,
}

impl Prepared {
    pub(super) fn new(
        release: &Arc<Release>,
        given: &[&GivenRecord],
    ) -> Result<Self, ReleaseError> {
        let store = Arc::new(MemoryStore::new());
        let mut core = Core::on_release(
            store.clone(),
            Arc::clone(release),
            Arc::new(Clock::manual(long_before())),
        )?;
        let fault = put_given(&mut core, given.iter().copied()).err().map(|failure| *failure);
        drop(core);
        let flushed = store.flush();
        let fault = fault.or_else(|| flushed.err().map(|error| broken("store", &error)));
        Ok(Self { store: store.after_power_cut(usize::MAX), fault })
    }
}

pub(crate) fn long_before() -> Timestamp {
    LONG_BEFORE
        .to_datetime(jiff::civil::Time::midnight())
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::MIN, |at| at.timestamp())
}

/// Returns a failure that is not about an expectation.
pub(super) fn broken(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure {
        what: what.words(),
        expected: "—".words(),
        actual: both(&error.to_string()),
        ..Failure::default()
    }
}

fn put_given<'a>(
    core: &mut Core,
    given: impl Iterator<Item = &'a GivenRecord>,
) -> Result<(), Box<Failure>> {
    let mut puts = Vec::new();
    for record in given {
        let mut put = put(&core.live.release, &record.record_type, &record.id, &record.values)?;
        put.from = Some(LONG_BEFORE);
        puts.push(put);
    }
    core.put_records(&puts, false).map(|_| ()).map_err(|error| Box::new(broken("given", &error)))
}

/// Returns the values of a record as the record type has them.
pub(crate) fn put(
    release: &Release,
    kind: &str,
    id: &str,
    values: &IndexMap<String, Literal>,
) -> Result<Put, Box<Failure>> {
    let place = format!("{kind}:{id}");
    let Some(record) = release.definitions.records.records.get(kind) else {
        return Err(Box::new(broken(
            &place,
            &format!("没有记录类型 {kind} | no record type `{kind}`"),
        )));
    };
    let mut read = Vec::new();
    // The field that is the id need not be written twice.
    if let Some(field) = record.fields.get(&record.id)
        && !values.contains_key(&record.id)
    {
        let value = field.value_type().read(&serde_json::Value::String(id.to_owned()));
        read.extend(value.ok().flatten().map(|value| (record.id.clone(), Some(value))));
    }
    for (name, literal) in values {
        let Some(field) = record.fields.get(name) else {
            return Err(Box::new(broken(&place, &format!("没有字段 {name} | no field `{name}`"))));
        };
        let value = value(&field.value_type(), literal);
        read.push((
            name.clone(),
            value.map_err(|error| Box::new(broken(&format!("{place}.{name}"), &error)))?,
        ));
    }
    Ok(Put::new(RecordId::new(kind, id), read))
}

fn value(ty: &Type, literal: &Literal) -> Result<Option<Value>, String> {
    // A code written without quotation marks is a number to YAML.
    let json = match (&literal.0, ty.is_textual()) {
        (serde_json::Value::Number(number), true) => serde_json::Value::String(number.to_string()),
        (json, _) => json.clone(),
    };
    ty.read(&json).map_err(|error| format!("{}: {error}", error.path.join(".")))
}

/// A story under way.
pub(crate) struct Stage {
    pub(crate) core: Core,
    store: Arc<dyn Store>,
    pub(super) names: Names,
}

/// What a story calls its cases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    cases: BTreeMap<String, String>,
    /// The one named last.
    pub(super) last: Option<String>,
}

impl Stage {
    /// Sets the stage for a story; the inner error is the story's failure.
    pub(super) fn new(
        prepared: &Prepared,
        release: Arc<Release>,
        story: &Scenario,
    ) -> Result<Result<Self, Failure>, ReleaseError> {
        if let Some(fault) = &prepared.fault {
            return Ok(Err(fault.clone()));
        }
        let store = Arc::new(prepared.store.after_power_cut(usize::MAX));
        let mut core =
            Core::on_release(store.clone(), release, Arc::new(Clock::manual(long_before())))?;
        if let Err(failure) = put_given(&mut core, story.given.iter()) {
            return Ok(Err(*failure));
        }
        Ok(Ok(Self::on(core, store)))
    }

    /// Sets the stage on a world that is there.
    pub(crate) fn on(core: Core, store: Arc<dyn Store>) -> Self {
        Self { core, store, names: Names::default() }
    }

    /// Puts records there as if they had always been.
    pub(crate) fn put_given<'a>(
        &mut self,
        given: impl Iterator<Item = &'a GivenRecord>,
    ) -> Result<(), Box<Failure>> {
        put_given(&mut self.core, given)
    }

    /// Takes up the names of another story, and leaves those of this one in their place.
    pub(crate) fn swap_names(&mut self, names: &mut Names) {
        std::mem::swap(&mut self.names, names);
    }

    /// Moves the clock to a time as stories write it.
    pub(crate) fn move_to(&mut self, at: &str) -> Result<(), Box<Failure>> {
        let local = at.parse::<DateTime>().ok().filter(|_| at.len() > 10);
        let nine = || at.parse::<Date>().ok().map(|date| date.at(9, 0, 0, 0));
        let Some(local) = local.or_else(nine) else {
            return Err(Box::new(broken("at", &format!("不是时间：{at} | not a time: {at}"))));
        };
        let to = self.core.live.calendar.offset().to_timestamp(local);
        let to = to.map_err(|error| Box::new(broken("at", &error)))?;
        self.core.advance(to).map(|_| ()).map_err(|error| Box::new(broken("at", &error)))
    }

    /// Returns who acts: a person of the organisation, or the record of that id whose type holds a role.
    pub(super) fn actor(&self, by: Option<&str>) -> Result<Actor, Box<Failure>> {
        let Some(by) = by else { return Ok(Actor::Engine) };
        let organisation = &self.core.live.release.definitions.organisation;
        if organisation.people.contains_key(by) || by.contains(':') {
            return Ok(Actor::Person(by.to_owned()));
        }
        for kind in organisation.roles.values().filter_map(|role| role.held_by.as_deref()) {
            let key = keys::record(&RecordId::new(kind, by));
            if self.store.get(&key).is_ok_and(|found| found.is_some()) {
                return Ok(Actor::Person(format!("{kind}:{by}")));
            }
        }
        Err(Box::new(broken("by", &format!("没有这个人：{by} | no such person: {by}"))))
    }

    /// Names a case.
    pub(super) fn name(&mut self, label: &str, instance: &str) {
        self.names.cases.insert(label.to_owned(), instance.to_owned());
        self.names.last = Some(label.to_owned());
    }

    /// Returns the case of a name; a case that no step started goes by its process, the last started first.
    pub(super) fn case(&self, label: Option<&str>) -> Result<String, Box<Failure>> {
        let label = label.or(self.names.last.as_deref());
        let Some(label) = label else {
            return Err(Box::new(broken("of", &"还没有事项 | there is no case yet")));
        };
        if let Some(instance) = self.names.cases.get(label) {
            return Ok(instance.clone());
        }
        let filter = CaseFilter { process: Some(label.to_owned()), ..CaseFilter::default() };
        let paging = Paging { after: None, limit: Some(1) };
        let found = self.read(|reader| cases::cases(reader, &filter, &paging))?;
        let found = found.items.into_iter().next().map(|header| header.id);
        found
            .ok_or_else(|| Box::new(broken("of", &format!("没有事项：{label} | no case: {label}"))))
    }

    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&dyn xueji_store::Reader) -> Result<T, QueryError>,
    ) -> Result<T, Box<Failure>> {
        let read =
            self.store.snapshot().map_err(QueryError::from).and_then(|reader| read(&*reader));
        read.map_err(|error| Box::new(broken("store", &error)))
    }

    pub(super) fn header(&self, instance: &str) -> Result<Option<Instance>, Box<Failure>> {
        self.read(|reader| Ok(stored::get(reader, &keys::case(instance))?))
    }

    /// Returns the open tasks of a case.
    pub(super) fn tasks(&self, instance: &str) -> Result<Vec<TaskView>, Box<Failure>> {
        let mut found = Vec::new();
        let mut paging = Paging { after: None, limit: Some(PAGE_MAX) };
        loop {
            let page = self.read(|reader| tasks::of_case(reader, instance, &paging))?;
            found.extend(page.items);
            match page.next {
                Some(next) => paging.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Returns all scopes of a case.
    pub(super) fn scopes(&self, instance: &str) -> Result<Vec<Scope>, Box<Failure>> {
        self.read(|reader| {
            let range = Range::prefix(&keys::scopes(instance));
            let page = reader.scan(&range, None, xueji_store::SCAN_LIMIT, Direction::Ascending)?;
            page.iter().map(|(key, value)| Ok(stored::parse(key, value)?)).collect()
        })
    }

    /// Returns the keys of the rows that a scope stands in, outermost first: branches with a name are left out.
    pub(super) fn row(&self, process: &str, path: &ScopePath) -> String {
        let release = &self.core.live.release;
        let is_row = |step: &str| {
            let step = release.process(process).and_then(|process| process.step(step));
            step.is_some_and(|step| matches!(step.kind, Kind::ForEach(_)))
        };
        let keys = path
            .segments()
            .iter()
            .filter(|segment| is_row(&segment.step))
            .map(|segment| segment.key.as_str());
        keys.collect::<Vec<_>>().join("/")
    }

    /// Returns the events that were recorded from that place on.
    pub(super) fn events_from(&self, sequence: u64) -> Result<Vec<Recorded>, Box<Failure>> {
        self.read(|reader| {
            let range = Range::from(keys::sequence(sequence));
            let end = keys::sequence(u64::MAX);
            let mut events = Vec::new();
            let mut after: Option<Vec<u8>> = None;
            loop {
                let page = reader.scan(
                    &range,
                    after.as_deref(),
                    xueji_store::SCAN_LIMIT,
                    Direction::Ascending,
                )?;
                after = page.last().map(|(key, _)| key.clone());
                let full = page.len() == xueji_store::SCAN_LIMIT;
                for (key, value) in page {
                    if key > end {
                        return Ok(events);
                    }
                    let place: stored::Place = stored::parse(&key, &value)?;
                    let event: Option<StoredEvent> =
                        stored::get(reader, &keys::event(&place.instance, place.seq))?;
                    events.extend(event.map(|event| event.recorded));
                }
                if !full {
                    return Ok(events);
                }
            }
        })
    }

    /// Returns the open tasks of the case named last, a line each: the step, the row, and who may answer.
    pub(super) fn open_lines(&self) -> Vec<String> {
        let Ok(instance) = self.case(None) else { return Vec::new() };
        let tasks = self.tasks(&instance).unwrap_or_default();
        let lines = tasks.iter().take(OPEN_SHOWN).map(|task| {
            let row = self.row(&task.process, &task.scope);
            let row = if row.is_empty() { row } else { format!(" ({row})") };
            let offer = &task.task.offer;
            let unit = offer.unit.as_ref().map(|unit| format!("@{unit}")).unwrap_or_default();
            let who = task.task.assignee.as_ref().or(offer.person.as_ref());
            let who = who.map(|who| format!(" {who}")).unwrap_or_default();
            format!("{}{row} → {}{unit}{who}", task.step, offer.role)
        });
        let mut lines: Vec<String> = lines.collect();
        if tasks.len() > OPEN_SHOWN {
            lines.push(format!("… {}", tasks.len() - OPEN_SHOWN));
        }
        lines
    }
}

/// Returns whether a row is the one meant: its keys, outermost first, or the innermost of them.
pub(super) fn is_row(row: &str, wanted: &str) -> bool {
    row == wanted || row.ends_with(&format!("/{wanted}"))
}
