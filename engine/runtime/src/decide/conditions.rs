//! Conditions on rows: records, cases, and what a query already laid out.
//!
//! Invariant: of a row only that is worked out which a condition, or the question behind it, names.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use xueji_definition::file::Expr;
use xueji_definition::model::{Condition, Rows, Test};
use xueji_definition::value::{Fields, Type, Value};

use super::inputs::literal;
use super::work::Work;
use crate::path::ScopePath;
use crate::record::{Perspective, Record};
use crate::refusal::Refusal;
use crate::state::InstanceState;
use crate::view::CaseRow;

/// A condition with the case's side worked out.
pub(super) struct Ready {
    field: String,
    test: ReadyTest,
}

enum ReadyTest {
    Is(Vec<Value>),
    IsNot(Option<Value>),
    Order(Option<Value>, fn(Ordering) -> bool),
    Present(bool),
}

impl Ready {
    /// Returns whether it asks for a field of the record that a case is about.
    pub(super) fn is_of_subject(&self) -> bool {
        self.field.starts_with("subject.")
    }
}

/// Something that has fields by name.
pub(super) trait Row {
    /// Returns the value at a dotted path.
    fn at(&self, field: &str) -> Option<Cow<'_, Value>>;

    /// Returns all of it.
    fn fields(&self) -> Fields;
}

impl Row for Fields {
    fn at(&self, field: &str) -> Option<Cow<'_, Value>> {
        let (head, rest) = field.split_once('.').unwrap_or((field, ""));
        below(self.get(head)?, rest).map(Cow::Borrowed)
    }

    fn fields(&self) -> Fields {
        self.clone()
    }
}

/// A record as it holds in the house on a day.
pub(super) struct RecordRow<'a> {
    pub(super) record: &'a Record,
    pub(super) on: Date,
}

impl Row for RecordRow<'_> {
    fn at(&self, field: &str) -> Option<Cow<'_, Value>> {
        let (head, rest) = field.split_once('.').unwrap_or((field, ""));
        if head == "id" {
            return rest.is_empty().then(|| Cow::Owned(text(&self.record.id.id)));
        }
        let value = self.record.value(head, self.on, None, Perspective::Local)?;
        below(value, rest).map(Cow::Borrowed)
    }

    fn fields(&self) -> Fields {
        let mut fields = self.record.view(self.on, None, Perspective::Local);
        fields.insert("id".to_owned(), text(&self.record.id.id));
        fields
    }
}

/// A case or a row of one, with the record that it is about where its fields are asked for.
pub(super) struct OfCase<'a> {
    pub(super) row: &'a CaseRow<'a>,
    pub(super) about: Option<RecordRow<'a>>,
    result: Option<Value>,
}

impl<'a> OfCase<'a> {
    pub(super) fn new(row: &'a CaseRow<'a>, about: Option<RecordRow<'a>>) -> Self {
        // Asked for again and again: by each way of ending that is left out.
        Self { row, about, result: row.result.as_deref().map(text) }
    }
}

impl Row for OfCase<'_> {
    fn at(&self, field: &str) -> Option<Cow<'_, Value>> {
        let row = self.row;
        if let Some(rest) = field.strip_prefix("form.") {
            let (head, rest) = rest.split_once('.').unwrap_or((rest, ""));
            return below(row.form.get(head)?, rest).map(Cow::Borrowed);
        }
        if let (Some(rest), Some(about)) = (field.strip_prefix("subject."), &self.about) {
            return about.at(rest);
        }
        if field == "result" {
            return self.result.as_ref().map(Cow::Borrowed);
        }
        let value = match field {
            "id" => Some(text(&row.instance)),
            "row" => Some(Value::Text(row.scope.row())),
            "process" => Some(text(&row.process)),
            "state" => Some(text(state_name(row.state))),
            "started" => Some(Value::Date(row.started)),
            "form" => Some(Value::Map(row.form.clone().into_owned())),
            // With the record loaded, `subject` alone still means its id.
            "subject" | "subject_id" => row.subject.as_ref().map(|subject| text(&subject.id)),
            "step" => row.step.as_deref().map(text),
            _ => None,
        };
        value.map(Cow::Owned)
    }

    fn fields(&self) -> Fields {
        let mut fields = case_fields(self.row);
        if let (Some(about), Some(subject)) = (&self.about, &self.row.subject) {
            fields.insert("subject".to_owned(), Value::Map(about.fields()));
            fields.insert("subject_id".to_owned(), text(&subject.id));
        }
        fields
    }
}

fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

fn below<'v>(value: &'v Value, rest: &str) -> Option<&'v Value> {
    if rest.is_empty() { Some(value) } else { value.at(rest) }
}

fn state_name(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Open => "open",
        InstanceState::Held => "held",
        InstanceState::Ended => "ended",
    }
}

/// Returns a case or row as conditions and items see it.
pub(super) fn case_fields(row: &CaseRow<'_>) -> Fields {
    let mut fields = Fields::new();
    fields.insert("id".to_owned(), text(&row.instance));
    fields.insert("row".to_owned(), Value::Text(row.scope.row()));
    fields.insert("process".to_owned(), text(&row.process));
    fields.insert("state".to_owned(), text(state_name(row.state)));
    fields.insert("started".to_owned(), Value::Date(row.started));
    fields.insert("form".to_owned(), Value::Map(row.form.clone().into_owned()));
    fields.extend(row.subject.as_ref().map(|subject| ("subject".to_owned(), text(&subject.id))));
    fields.extend(row.result.as_ref().map(|result| ("result".to_owned(), text(result))));
    fields.extend(row.step.as_ref().map(|step| ("step".to_owned(), text(step))));
    fields
}

impl Work<'_> {
    /// Works out the case's side of conditions.
    pub(super) fn ready(
        &mut self,
        path: &ScopePath,
        step: &str,
        over: &Rows,
        conditions: &[Condition],
        depth: u32,
    ) -> Result<Vec<Ready>, Refusal> {
        let mut all = Vec::with_capacity(conditions.len());
        for condition in conditions {
            let like = self.field_type(over, &condition.field);
            let mut own =
                |expr: &Expr| self.evaluate_within(path, step, expr, &BTreeMap::new(), depth + 1);
            let test = match &condition.test {
                Test::Is(value) => {
                    ReadyTest::Is(literal(value, like.as_ref()).into_iter().collect())
                }
                Test::IsNot(value) => ReadyTest::IsNot(literal(value, like.as_ref())),
                Test::In(values) => ReadyTest::Is(
                    values.iter().filter_map(|value| literal(value, like.as_ref())).collect(),
                ),
                Test::SameAs(expr) => ReadyTest::Is(own(expr)?.into_iter().collect()),
                Test::OtherThan(expr) => ReadyTest::IsNot(own(expr)?),
                Test::Below(expr) => ReadyTest::Order(own(expr)?, Ordering::is_lt),
                Test::AtMost(expr) => ReadyTest::Order(own(expr)?, Ordering::is_le),
                Test::Above(expr) => ReadyTest::Order(own(expr)?, Ordering::is_gt),
                Test::AtLeast(expr) => ReadyTest::Order(own(expr)?, Ordering::is_ge),
                Test::Present(present) => ReadyTest::Present(*present),
            };
            all.push(Ready { field: condition.field.clone(), test });
        }
        Ok(all)
    }

    fn field_type(&self, over: &Rows, field: &str) -> Option<Type> {
        let definitions = &self.release.definitions;
        let record_field = |kind: &str, field: &str| {
            let (head, rest) = field.split_once('.').unwrap_or((field, ""));
            let ty = definitions.records.records.get(kind)?.fields.get(head)?.value_type();
            inner(&ty, rest)
        };
        match over {
            Rows::Records(kind) => record_field(kind, field),
            Rows::Instances(processes) => {
                if let Some(rest) = field.strip_prefix("form.") {
                    let (head, tail) = rest.split_once('.').unwrap_or((rest, ""));
                    let forms = processes.iter().filter_map(|id| definitions.processes.get(id));
                    let mut names = forms.flat_map(xueji_definition::model::Process::forms);
                    return names
                        .find_map(|form| definitions.forms.get(form)?.fields.get(head))
                        .and_then(|field| inner(&field.value_type(), tail));
                }
                let subject = field.strip_prefix("subject.")?;
                let mut kinds = processes
                    .iter()
                    .filter_map(|id| definitions.processes.get(id)?.subject.as_deref());
                kinds.find_map(|kind| record_field(kind, subject))
            }
        }
    }
}

fn inner(ty: &Type, path: &str) -> Option<Type> {
    if path.is_empty() {
        return Some(ty.clone());
    }
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    match ty {
        Type::Map(fields) => inner(fields.get(head)?, rest),
        _ => None,
    }
}

/// Returns the equalities that the store may use to look at fewer records.
pub(super) fn hints(ready: &[Ready]) -> Vec<(String, Value)> {
    let equal = ready.iter().filter_map(|condition| match &condition.test {
        ReadyTest::Is(values) if values.len() == 1 => {
            values.first().map(|value| (condition.field.clone(), value.clone()))
        }
        _ => None,
    });
    equal.filter(|(field, _)| field != "id" && !field.contains('.')).collect()
}

/// Returns the one id that the conditions let pass, if they name one.
pub(super) fn asked_by_id(ready: &[Ready]) -> Option<&str> {
    ready.iter().filter(|condition| condition.field == "id").find_map(|condition| match &condition
        .test
    {
        ReadyTest::Is(values) if values.len() == 1 => values.first().and_then(Value::as_text),
        _ => None,
    })
}

/// Returns the equalities on a case's own form that the view may use to look at fewer cases.
pub(super) fn form_hints(ready: &[Ready]) -> Vec<(String, Value)> {
    let equal = ready.iter().filter_map(|condition| match &condition.test {
        ReadyTest::Is(values) if values.len() == 1 => {
            let field = condition.field.strip_prefix("form.")?;
            values.first().map(|value| (field.to_owned(), value.clone()))
        }
        _ => None,
    });
    equal.filter(|(field, _)| !field.contains('.')).collect()
}

pub(super) fn meets(row: &dyn Row, ready: &[Ready]) -> bool {
    ready.iter().all(|condition| {
        let value = row.at(&condition.field);
        let value = value.as_deref();
        match &condition.test {
            ReadyTest::Is(values) => {
                value.is_some_and(|value| values.iter().any(|v| same(value, v)))
            }
            ReadyTest::IsNot(other) => match (value, other) {
                (Some(value), Some(other)) => !same(value, other),
                _ => true,
            },
            ReadyTest::Order(other, holds) => match (value, other) {
                (Some(value), Some(other)) => compare(value, other).is_some_and(holds),
                _ => false,
            },
            ReadyTest::Present(present) => value.is_some() == *present,
        }
    })
}

fn same(a: &Value, b: &Value) -> bool {
    compare(a, b).map_or(a == b, Ordering::is_eq)
}

/// Compares values of one kind; whole numbers and decimals are one kind.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Decimal(b)) => Some(Decimal::from(*a).cmp(b)),
        (Value::Decimal(a), Value::Int(b)) => Some(a.cmp(&Decimal::from(*b))),
        (Value::Text(_), Value::Text(_))
        | (Value::Int(_), Value::Int(_))
        | (Value::Decimal(_), Value::Decimal(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Date(_), Value::Date(_)) => Some(a.cmp(b)),
        _ => None,
    }
}
