//! What a case of a group finds: the records that its rows are of, in the likeness of those that its story has.
//!
//! Invariant: a member is like a record that a scenario file gives; what refers to such a record refers to its likeness,
//! and units of the office, which people work for, are never made anew.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::Date;
use serde_json::Value as Json;
use xueji_definition::file::{FieldKind, GivenRecord, Literal};
use xueji_definition::model::{Kind, Query, Rows, Test};
use xueji_runtime::{Perspective, RecordId};

use super::cast::{Cast, Opening, moved_value, shift};
use super::chance::Chance;

/// Cases of a round for which members are made; later ones find what these left, or nothing.
const CASES: u64 = 5;
/// Members that are made for one case, at most.
const MEMBERS_MAX: u64 = 100;
/// In how many hundredths a member is made to fit a query further on.
const FITTED: u64 = 25;

type Form = IndexMap<String, Literal>;
type Name = (String, String);

impl Cast {
    /// Returns the records that rows of a case are opened for, and those of its story beside them.
    pub(super) fn members(
        &self,
        process: &str,
        opening: &Opening,
        form: &Form,
        number: u64,
        today: Date,
        chance: &mut Chance,
    ) -> Vec<GivenRecord> {
        let queries = self.queries(process);
        if queries.is_empty() || number > CASES {
            return Vec::new();
        }
        let found = self.found(opening);
        let new = self.likenesses(&found, &queries, number);
        let days = shift(&opening.filled, today);
        let mut members = Vec::new();
        for (name, mut values) in found {
            for value in values.values_mut() {
                value.0 = moved_value(&value.0, opening.filled.on, days);
            }
            self.refer(&name.0, &mut values, &new);
            let (record_type, mut id) = name.clone();
            if let Some(likeness) = new.get(&name) {
                id.clone_from(likeness);
                self.fit(&record_type, &queries, form, &mut values, chance);
                let known = self.release().definitions.records.records.get(&record_type);
                if let Some(known) = known.filter(|known| known.fields.contains_key(&known.id)) {
                    values.insert(known.id.clone(), Literal(Json::String(id.clone())));
                }
            }
            members.push(GivenRecord { record_type, id, values });
        }
        members
    }

    /// Returns the queries over records that the process opens rows for.
    fn queries(&self, process: &str) -> Vec<(&str, &Query)> {
        let Some(process) = self.release().process(process) else { return Vec::new() };
        let of_rows = process.steps.values().filter_map(|step| match &step.kind {
            Kind::ForEach(rows) => self.release().definitions.queries.get(&rows.items),
            _ => None,
        });
        let over = of_rows.filter_map(|query| match &query.over {
            Rows::Records(kind) => Some((kind.as_str(), query)),
            Rows::Instances(_) => None,
        });
        over.collect()
    }

    /// Returns what the file and the story give, each record once and whole.
    fn found(&self, opening: &Opening) -> IndexMap<Name, Form> {
        let file = self.file.as_ref().and_then(|id| self.release().definitions.scenarios.get(id));
        let given = file.map_or(&[][..], |file| &file.given).iter().chain(&opening.given);
        let mut found: IndexMap<Name, Form> = IndexMap::new();
        for record in given {
            let name = (record.record_type.clone(), record.id.clone());
            let values = found.entry(name).or_insert_with(|| self.known(record));
            values.extend(record.values.clone());
        }
        found
    }

    fn known(&self, given: &GivenRecord) -> Form {
        let known = self.records.get(&given.record_type).and_then(|all| all.get(&given.id));
        let Some(known) = known else { return Form::new() };
        let fields = known.view(Date::MAX, None, Perspective::Local);
        fields.iter().map(|(name, value)| (name.clone(), Literal(value.to_json()))).collect()
    }

    /// Returns the new ids of the records that are made anew: those that rows are of, and what refers to them.
    fn likenesses(
        &self,
        found: &IndexMap<Name, Form>,
        queries: &[(&str, &Query)],
        number: u64,
    ) -> BTreeMap<Name, String> {
        let kinds: BTreeSet<&str> = queries.iter().map(|(kind, _)| *kind).collect();
        let units = &self.release().definitions.organisation.units;
        let mut new: BTreeMap<Name, String> = BTreeMap::new();
        for rows in [true, false] {
            for (at, (name, values)) in (1..MEMBERS_MAX).zip(found) {
                let meant = if rows {
                    kinds.contains(name.0.as_str()) && !units.contains_key(&name.1)
                } else {
                    self.references(&name.0, values).iter().any(|(_, to)| new.contains_key(to))
                };
                if meant && !new.contains_key(name) {
                    let like = RecordId { kind: name.0.clone(), id: name.1.clone() };
                    new.insert(name.clone(), self.id_like(&like, number * MEMBERS_MAX + at));
                }
            }
        }
        new
    }

    /// Returns the fields of a record that name another record, with what they name.
    fn references(&self, kind: &str, values: &Form) -> Vec<(String, Name)> {
        let Some(known) = self.release().definitions.records.records.get(kind) else {
            return Vec::new();
        };
        let named = values.iter().filter_map(|(field, value)| {
            let to = known.fields.get(field).filter(|known| known.kind == FieldKind::Record)?;
            let id = value.0.as_str()?.to_owned();
            Some((field.clone(), (to.record.clone()?, id)))
        });
        named.collect()
    }

    fn refer(&self, kind: &str, values: &mut Form, new: &BTreeMap<Name, String>) {
        for (field, to) in self.references(kind, values) {
            if let Some(id) = new.get(&to) {
                values.insert(field, Literal(Json::String(id.clone())));
            }
        }
    }

    /// Gives a member, now and then, what one of the queries asks of it.
    fn fit(
        &self,
        kind: &str,
        queries: &[(&str, &Query)],
        form: &Form,
        values: &mut Form,
        chance: &mut Chance,
    ) {
        let over: Vec<&Query> =
            queries.iter().filter(|(over, _)| *over == kind).map(|(_, query)| *query).collect();
        // What steps of the case bring about, such as a state further on, is left to them.
        let whole: Vec<&&Query> = over.iter().filter(|query| fits(query, form, values)).collect();
        let Some(query) = chance.of(&whole).filter(|_| chance.percent(FITTED)) else { return };
        for condition in &query.conditions {
            let value = match &condition.test {
                Test::Is(value) => Some(value.clone()),
                Test::In(values) => chance.of(values).cloned(),
                Test::SameAs(expr) => of_form(&expr.0, form).cloned(),
                Test::IsNot(other) if values.get(&condition.field) == Some(other) => None,
                Test::Present(false) => None,
                _ => continue,
            };
            match value {
                Some(value) => values.insert(condition.field.clone(), value),
                None => values.shift_remove(&condition.field),
            };
        }
    }
}

/// Returns whether each value that a query asks for is said by the query, by the form, or by the row around, and none
/// is other than what the record has: a state that the record was not led to would contradict the rest of it.
fn fits(query: &Query, form: &Form, values: &Form) -> bool {
    query.conditions.iter().all(|condition| match &condition.test {
        Test::Is(value) => values.get(&condition.field).is_none_or(|own| own == value),
        Test::In(one) => values.get(&condition.field).is_none_or(|own| one.contains(own)),
        Test::SameAs(expr) => of_form(&expr.0, form).is_some() || expr.0.starts_with("item."),
        _ => true,
    })
}

fn of_form<'a>(expr: &str, form: &'a Form) -> Option<&'a Literal> {
    form.get(expr.trim().strip_prefix("form.")?)
}
