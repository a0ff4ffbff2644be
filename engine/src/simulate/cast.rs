//! Who and what there is in a simulation: records of a scenario file, and what its stories fill in.
//!
//! Invariant: every value comes from the office's own files or follows from a field's type; the engine invents no word.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;
use serde_json::Value as Json;
use xueji_definition::file::{
    Field, FieldKind, GivenRecord, Literal, RecordType, Scenario, ScenarioStep,
};
use xueji_definition::model::EffectKind;
use xueji_runtime::record::{Entry, Record, Standing};
use xueji_runtime::{RecordId, Release};

use super::chance::Chance;
use super::records::ByType;
use super::world::World;
use crate::records::{IMPORTED, Put};
use crate::scenario::{LONG_BEFORE, given, long_before, put_of};

/// Days by which a date of a story is moved along with it; farther ones, such as births, stay.
const MOVED_DAYS: i32 = 400;
/// Papers and texts of which a form asks more than a story had.
const PAPER: &str = "simulated.pdf";
const WORDS: &str = "（模拟）";

/// A form that a story fills in, and the day on which it does.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) outcome: Option<String>,
    form: IndexMap<String, Literal>,
    pub(super) on: Option<Date>,
}

/// A case that a story starts.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    values: IndexMap<String, Literal>,
    subject: Option<String>,
    pub(super) filled: Filled,
    pub(super) at: Option<String>,
    /// The records of its story.
    pub(super) given: Vec<GivenRecord>,
}

/// Whoever comes for a case, and what there is for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Newcomer {
    pub(super) subject: Option<GivenRecord>,
    pub(super) form: IndexMap<String, Literal>,
    pub(super) members: Vec<GivenRecord>,
}

impl Newcomer {
    /// Returns the records that are there because of this one.
    pub(super) fn records(&self) -> impl Iterator<Item = &GivenRecord> {
        self.subject.iter().chain(&self.members)
    }
}

/// What a simulation draws on.
pub(super) struct Cast {
    release: Arc<Release>,
    /// The scenario file whose records these are.
    pub(super) file: Option<String>,
    pub(super) records: ByType,
    pub(super) openings: Vec<Opening>,
    answers: BTreeMap<(String, String), Vec<Filled>>,
    messages: BTreeMap<String, Vec<Filled>>,
    /// The values that a field of a record type has among the records.
    seen: BTreeMap<(String, String), Vec<Literal>>,
}

impl Cast {
    /// Gathers what the stories of a process use.
    pub(super) fn of(release: &Arc<Release>, process: &str) -> Self {
        let starts =
            |story: &Scenario| story.steps.iter().filter(|step| opens(step, process)).count();
        let scenarios = release.definitions.scenarios.iter();
        let best = scenarios
            .map(|(id, file)| (file.stories.iter().map(starts).sum::<usize>(), id, file))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        let mut cast = Self {
            release: Arc::clone(release),
            file: None,
            records: BTreeMap::new(),
            openings: Vec::new(),
            answers: BTreeMap::new(),
            messages: BTreeMap::new(),
            seen: BTreeMap::new(),
        };
        let Some((_, id, file)) = best else { return cast };
        cast.file = Some(id.clone());
        for record in given(&release.definitions, file, 0) {
            cast.give(record);
        }
        for other in release.definitions.scenarios.values() {
            for story in &other.stories {
                cast.learn(process, story, std::ptr::eq(other, file));
            }
        }
        cast
    }

    fn give(&mut self, given: &GivenRecord) {
        for (field, value) in &given.values {
            let seen = self.seen.entry((given.record_type.clone(), field.clone())).or_default();
            if !seen.contains(value) && seen.len() < 40 {
                seen.push(value.clone());
            }
        }
        let put = put_of(&self.release, &given.record_type, &given.id, &given.values);
        let Ok(put) = put else { return };
        let of_kind = self.records.entry(given.record_type.clone()).or_default();
        let record = of_kind
            .entry(given.id.clone())
            .or_insert_with(|| Arc::new(Record::new(put.id.clone())));
        lay(Arc::make_mut(record), put);
    }

    fn learn(&mut self, process: &str, story: &Scenario, own: bool) {
        let mut on = None;
        for step in &story.steps {
            let at = step.at.as_deref();
            on = at.and_then(|at| at.get(..10)).and_then(|day| day.parse().ok()).or(on);
            let refused = step.expect.iter().any(|expected| expected.refused.is_some());
            let filled = |form: &IndexMap<String, Literal>, outcome: Option<&String>| Filled {
                outcome: outcome.cloned(),
                form: form.clone(),
                on,
            };
            if let Some(start) = step.start.as_ref().filter(|_| own && opens(step, process)) {
                let overrides =
                    story.given.iter().find(|given| Some(&given.id) == start.subject.as_ref());
                let opening = Opening {
                    values: overrides.map(|given| given.values.clone()).unwrap_or_default(),
                    subject: start.subject.clone(),
                    filled: filled(&start.form, None),
                    at: on.map(|on| format!("{on}T09:00")),
                    given: story.given.clone(),
                };
                if !refused && start.overrides.is_empty() {
                    self.openings.push(opening);
                }
            }
            if let Some(act) = step.complete.as_ref().filter(|_| !refused) {
                let key = (process.to_owned(), act.step.clone());
                let known = self.answers.entry(key).or_default();
                known.push(filled(&act.form, Some(&act.outcome)));
            }
            if let Some(act) = step.message.as_ref().filter(|_| !refused) {
                let known = self.messages.entry(act.name.clone()).or_default();
                known.push(filled(&act.form, act.answer.as_ref()));
            }
        }
    }

    pub(super) fn release(&self) -> &Release {
        &self.release
    }

    /// Returns a new subject, the form with which its case is begun, and the members of a group.
    pub(super) fn newcomer(
        &self,
        process: &str,
        number: u64,
        today: Date,
        chance: &mut Chance,
    ) -> Newcomer {
        let opening = chance.of(&self.openings).cloned();
        let form =
            opening.as_ref().map(|opening| moved(&opening.filled, today)).unwrap_or_default();
        let Some(kind) = self.release.process(process).and_then(|known| known.subject.clone())
        else {
            let members = opening
                .as_ref()
                .map(|opening| self.members(process, opening, &form, number, today, chance));
            return Newcomer { subject: None, form, members: members.unwrap_or_default() };
        };
        let known: Vec<&Arc<Record>> =
            self.records.get(&kind).into_iter().flat_map(BTreeMap::values).collect();
        let like = opening.as_ref().and_then(|opening| opening.subject.as_deref());
        let like = like.and_then(|id| self.records.get(&kind)?.get(id));
        let like = if chance.percent(90) { like } else { None };
        let like = like.or_else(|| chance.of(&known).copied());
        let mut values: IndexMap<String, Literal> = IndexMap::new();
        if let Some(like) = like {
            let fields = like.view(today, None, xueji_runtime::Perspective::Local);
            values.extend(
                fields.iter().map(|(name, value)| (name.clone(), Literal(value.to_json()))),
            );
        }
        if let Some(opening) = opening {
            values.extend(opening.values);
        }
        let id = like.map_or_else(|| format!("{number:06}"), |like| self.id_like(&like.id, number));
        if let Some(record) = self.release.definitions.records.records.get(&kind) {
            if record.fields.contains_key(&record.id) {
                values.insert(record.id.clone(), Literal(Json::String(id.clone())));
            }
            if chance.percent(30) {
                self.change_one(&kind, record, &mut values, chance);
            }
        }
        let subject = Some(GivenRecord { record_type: kind, id, values });
        Newcomer { subject, form, members: Vec::new() }
    }

    /// Returns an id of the same shape that nobody has.
    pub(super) fn id_like(&self, like: &RecordId, number: u64) -> String {
        let digits = like.id.chars().rev().take_while(char::is_ascii_digit).count().min(5);
        let kept = like.id.len().saturating_sub(digits);
        let head = like.id.get(..kept).unwrap_or_default();
        let mut number = number;
        loop {
            let id = if digits < 4 {
                format!("{}-{number}", like.id)
            } else {
                format!("{head}{number:0digits$}")
            };
            let taken = self.records.get(&like.kind).is_some_and(|all| all.contains_key(&id));
            if !taken {
                return id;
            }
            number += 50_000;
        }
    }

    fn change_one(
        &self,
        kind: &str,
        record: &RecordType,
        values: &mut IndexMap<String, Literal>,
        chance: &mut Chance,
    ) {
        let names: Vec<&String> = record.fields.keys().filter(|name| **name != record.id).collect();
        let Some(name) = chance.of(&names) else { return };
        let Some(field) = record.fields.get(*name) else { return };
        let seen = self.seen.get(&(kind.to_owned(), (*name).clone()));
        let other = match field.kind {
            FieldKind::Flag => Some(Literal(Json::Bool(chance.percent(50)))),
            FieldKind::Code if chance.percent(50) => self.code(field, chance).map(Literal),
            _ => seen.and_then(|seen| chance.of(seen)).cloned(),
        };
        if let Some(other) = other {
            values.insert((*name).clone(), other);
        }
    }

    /// Returns a form for a step: one that a story fills in, or none.
    pub(super) fn answer(
        &self,
        process: &str,
        step: &str,
        outcome: &str,
        today: Date,
        chance: &mut Chance,
    ) -> IndexMap<String, Literal> {
        let known = self.answers.get(&(process.to_owned(), step.to_owned()));
        let alike: Vec<&Filled> = known
            .into_iter()
            .flatten()
            .filter(|filled| filled.outcome.as_deref() == Some(outcome))
            .collect();
        chance.of(&alike).map(|filled| moved(filled, today)).unwrap_or_default()
    }

    /// Returns what a message says: its answer and its data.
    pub(super) fn message(
        &self,
        name: &str,
        today: Date,
        chance: &mut Chance,
    ) -> Option<(Option<String>, IndexMap<String, Literal>)> {
        let filled = chance.of(self.messages.get(name)?)?;
        Some((filled.outcome.clone(), moved(filled, today)))
    }

    fn code(&self, field: &Field, chance: &mut Chance) -> Option<Json> {
        let list = self.release.definitions.codes.lists.get(field.codes.as_ref()?)?;
        let codes: Vec<&String> = list.entries.keys().collect();
        chance.of(&codes).map(|code| Json::String((*code).clone()))
    }

    /// Returns a value that fits a field.
    pub(super) fn value(
        &self,
        world: &World,
        field: &Field,
        today: Date,
        chance: &mut Chance,
    ) -> Json {
        let one = match field.kind {
            FieldKind::Text | FieldKind::LongText => {
                let most = usize::try_from(field.max_length.unwrap_or(20)).unwrap_or(20);
                Json::String(WORDS.chars().take(most).collect())
            }
            FieldKind::Number | FieldKind::Decimal | FieldKind::Money => number(field, chance),
            FieldKind::Date => {
                let days = i32::try_from(chance.below(60)).unwrap_or(0);
                let day = today.checked_add(jiff::Span::new().days(days));
                Json::String(day.unwrap_or(today).to_string())
            }
            FieldKind::Code => self.code(field, chance).unwrap_or(Json::Null),
            FieldKind::Flag => Json::Bool(chance.percent(85)),
            FieldKind::Record => {
                let ids = world.ids(field.record.as_deref().unwrap_or_default());
                chance.of(&ids).map_or(Json::Null, |id| Json::String((*id).clone()))
            }
            FieldKind::File => Json::String(PAPER.to_owned()),
            FieldKind::Table => Json::Array(vec![self.group(world, field, today, chance)]),
            FieldKind::Group => self.group(world, field, today, chance),
        };
        if field.many && !one.is_null() { Json::Array(vec![one]) } else { one }
    }

    fn group(&self, world: &World, field: &Field, today: Date, chance: &mut Chance) -> Json {
        let inner = field
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), self.value(world, field, today, chance)));
        Json::Object(inner.collect())
    }
}

/// Returns the name of a paper that a list asks for.
pub(super) fn paper() -> Json {
    Json::String(PAPER.to_owned())
}

/// Returns a record as it is given.
pub(super) fn record(release: &Release, given: &GivenRecord) -> Option<Record> {
    let put = put_of(release, &given.record_type, &given.id, &given.values).ok()?;
    let mut record = Record::new(put.id.clone());
    lay(&mut record, put);
    Some(record)
}

fn lay(record: &mut Record, put: Put) {
    for (field, value) in put.values {
        let entry = Entry {
            value,
            from: LONG_BEFORE,
            known: long_before(),
            standing: Standing::Effective,
            source: IMPORTED.to_owned(),
            settled: None,
        };
        record.fields.insert(field, vec![entry]);
    }
}

fn opens(step: &ScenarioStep, process: &str) -> bool {
    step.start.as_ref().is_some_and(|start| start.process == process)
}

fn number(field: &Field, chance: &mut Chance) -> Json {
    let bound = |literal: &Option<Literal>| {
        let text = match literal.as_ref().map(|literal| &literal.0) {
            Some(Json::Number(number)) => number.to_string(),
            Some(Json::String(text)) => text.clone(),
            _ => return None,
        };
        text.split('.').next().and_then(|whole| whole.parse::<u64>().ok())
    };
    let least = bound(&field.min).unwrap_or(0);
    let most = bound(&field.max).unwrap_or(least + 100);
    Json::from(chance.between(least, most))
}

/// Returns a story's form with its dates moved to another day.
fn moved(filled: &Filled, today: Date) -> IndexMap<String, Literal> {
    let shift = shift(filled, today);
    let move_date = |json: &Json| moved_value(json, filled.on, shift);
    filled
        .form
        .iter()
        .map(|(name, literal)| (name.clone(), Literal(move_date(&literal.0))))
        .collect()
}

/// Returns how many days after a story's day a day is.
pub(super) fn shift(filled: &Filled, today: Date) -> i32 {
    filled.on.and_then(|on| today.since(on).ok()).map_or(0, |span| span.get_days())
}

pub(super) fn moved_value(json: &Json, on: Option<Date>, shift: i32) -> Json {
    match json {
        Json::String(text) if text.len() == 10 => {
            let near = |date: &Date| {
                let away = on.and_then(|on| date.since(on).ok()).map(|span| span.get_days());
                away.is_some_and(|days| days.abs() <= MOVED_DAYS)
            };
            let date = text.parse::<Date>().ok().filter(near);
            let date = date.and_then(|date| date.checked_add(jiff::Span::new().days(shift)).ok());
            date.map_or_else(|| json.clone(), |date| Json::String(date.to_string()))
        }
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| moved_value(item, on, shift)).collect())
        }
        Json::Object(entries) => {
            let moved =
                |(name, value): (&String, &Json)| (name.clone(), moved_value(value, on, shift));
            Json::Object(entries.iter().map(moved).collect())
        }
        other => other.clone(),
    }
}

/// Returns the messages that the cases of any process send.
pub(super) fn sent(release: &Release) -> BTreeSet<String> {
    let effects = release.definitions.processes.values().flat_map(|p| p.effects.values());
    let sent = effects.filter_map(|effect| match &effect.kind {
        EffectKind::Send(send) => Some(send.message.clone()),
        _ => None,
    });
    sent.collect()
}
