//! Conditions on rows: records, cases, and what a query already laid out.
//!
//! Invariant: of a row only that is worked out which a condition, or the question behind it, names.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use xueji_definition::file::{Expr, Literal};
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
pub(super) struct Ready<'c> {
    field: Dotted<'c>,
    test: ReadyTest,
}

enum ReadyTest {
    Is(Vec<Value>),
    /// None of these.
    IsNot(Vec<Value>),
    Order(Option<Value>, fn(Ordering) -> bool),
    Present(bool),
}

impl Ready<'_> {
    /// Returns whether it asks for a field of the record that a case is about.
    pub(super) fn is_of_subject(&self) -> bool {
        self.field.is_of_subject()
    }

    /// Returns the one value that it lets pass, if it names one.
    fn only(&self) -> Option<&Value> {
        match &self.test {
            ReadyTest::Is(values) if values.len() == 1 => values.first(),
            _ => None,
        }
    }
}

/// The name of a field: its first part, and what is below that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dotted<'c> {
    head: &'c str,
    below: &'c str,
}

impl<'c> Dotted<'c> {
    pub(super) fn new(field: &'c str) -> Self {
        let (head, below) = field.split_once('.').unwrap_or((field, ""));
        Self { head, below }
    }

    pub(super) fn is_of_subject(self) -> bool {
        self.head == "subject" && !self.below.is_empty()
    }
}

/// What a row has in a field.
#[derive(Debug)]
pub(super) enum Held<'r> {
    /// A value that stands there.
    Value(&'r Value),
    /// A text that stands there.
    Text(&'r str),
    /// A value made for the asking.
    Made(Value),
}

impl Held<'_> {
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Self::Value(value), _) => compare(value, other),
            (Self::Text(text), Value::Text(other)) => Some((*text).cmp(other)),
            (Self::Text(_), _) => None,
            (Self::Made(value), _) => compare(value, other),
        }
    }

    fn is(&self, other: &Value) -> bool {
        match self {
            Self::Value(value) => value.equals(other),
            Self::Text(text) => other.as_text() == Some(text),
            Self::Made(value) => value.equals(other),
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Text(it) => text(it),
            Self::Made(value) => value,
        }
    }
}

/// Something that has fields by name.
pub(super) trait Row {
    /// Returns what stands in a field.
    fn at(&self, field: Dotted<'_>) -> Option<Held<'_>>;

    /// Returns all of it.
    fn fields(&self) -> Fields;
}

impl Row for Fields {
    fn at(&self, field: Dotted<'_>) -> Option<Held<'_>> {
        below(self.get(field.head)?, field.below).map(Held::Value)
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
    fn at(&self, field: Dotted<'_>) -> Option<Held<'_>> {
        if field.head == "id" {
            return field.below.is_empty().then_some(Held::Text(&self.record.id.id));
        }
        let value = self.record.value(field.head, self.on, None, Perspective::Local)?;
        below(value, field.below).map(Held::Value)
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
}

impl Row for OfCase<'_> {
    fn at(&self, field: Dotted<'_>) -> Option<Held<'_>> {
        let row = self.row;
        let text = match (field.head, &self.about) {
            ("form", _) if !field.below.is_empty() => {
                let Dotted { head, below: rest } = Dotted::new(field.below);
                return below(row.form.get(head)?, rest).map(Held::Value);
            }
            ("subject", Some(about)) if !field.below.is_empty() => {
                return about.at(Dotted::new(field.below));
            }
            _ if !field.below.is_empty() => None,
            ("result", _) => row.result.as_deref(),
            ("id", _) => Some(&*row.instance),
            ("process", _) => Some(&*row.process),
            ("state", _) => Some(state_name(row.state)),
            // With the record loaded, `subject` alone still means its id.
            ("subject" | "subject_id", _) => row.subject.as_ref().map(|subject| &*subject.id),
            ("step", _) => row.step.as_deref(),
            ("row", _) => return Some(Held::Made(Value::Text(row.scope.row()))),
            ("started", _) => return Some(Held::Made(Value::Date(row.started))),
            ("form", _) => return Some(Held::Made(Value::Map(row.form.clone().into_owned()))),
            _ => None,
        };
        text.map(Held::Text)
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
    pub(super) fn ready<'c>(
        &mut self,
        path: &ScopePath,
        step: &str,
        over: &Rows,
        conditions: &'c [Condition],
        depth: u32,
    ) -> Result<Vec<Ready<'c>>, Refusal> {
        let mut all: Vec<Ready<'c>> = Vec::with_capacity(conditions.len());
        for condition in conditions {
            let field = Dotted::new(&condition.field);
            let mut own =
                |expr: &Expr| self.evaluate_within(path, step, expr, &BTreeMap::new(), depth + 1);
            let test = match &condition.test {
                Test::SameAs(expr) => ReadyTest::Is(own(expr)?.into_iter().collect()),
                Test::OtherThan(expr) => ReadyTest::IsNot(own(expr)?.into_iter().collect()),
                Test::Below(expr) => ReadyTest::Order(own(expr)?, Ordering::is_lt),
                Test::AtMost(expr) => ReadyTest::Order(own(expr)?, Ordering::is_le),
                Test::Above(expr) => ReadyTest::Order(own(expr)?, Ordering::is_gt),
                Test::AtLeast(expr) => ReadyTest::Order(own(expr)?, Ordering::is_ge),
                Test::Present(present) => ReadyTest::Present(*present),
                Test::Is(value) => ReadyTest::Is(self.literals(over, condition, [value])),
                Test::In(values) => ReadyTest::Is(self.literals(over, condition, values)),
                Test::IsNot(value) => ReadyTest::IsNot(self.literals(over, condition, [value])),
            };
            match (all.last_mut(), test) {
                // One look at the field tells whether it is any of what it must not be.
                (
                    Some(Ready { field: before, test: ReadyTest::IsNot(barred) }),
                    ReadyTest::IsNot(more),
                ) if *before == field => {
                    barred.extend(more);
                }
                (_, test) => all.push(Ready { field, test }),
            }
        }
        Ok(all)
    }

    /// Reads literals as values of the field that a condition looks at.
    fn literals<'l>(
        &self,
        over: &Rows,
        condition: &Condition,
        literals: impl IntoIterator<Item = &'l Literal>,
    ) -> Vec<Value> {
        let like = self.field_type(over, &condition.field);
        literals.into_iter().filter_map(|value| literal(value, like.as_ref())).collect()
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
pub(super) fn hints(ready: &[Ready<'_>]) -> Vec<(String, Value)> {
    let own = ready.iter().filter(|it| it.field.below.is_empty() && it.field.head != "id");
    own.filter_map(|it| Some((it.field.head.to_owned(), it.only()?.clone()))).collect()
}

/// Returns the one id that the conditions let pass, if they name one.
pub(super) fn asked_by_id<'r>(ready: &'r [Ready<'_>]) -> Option<&'r str> {
    let of_id = ready.iter().filter(|it| it.field == Dotted::new("id"));
    of_id.filter_map(Ready::only).find_map(Value::as_text)
}

/// Parts the conditions on cases into equalities on their own form, which the view looks after, and the others.
pub(super) fn form_first(ready: Vec<Ready<'_>>) -> (Vec<(String, Value)>, Vec<Ready<'_>>) {
    let mut equal = Vec::new();
    let mut others = Vec::with_capacity(ready.len());
    for it in ready {
        let Dotted { head, below } = it.field;
        match it.test {
            ReadyTest::Is(mut values)
                if head == "form"
                    && !below.is_empty()
                    && !below.contains('.')
                    && values.len() == 1 =>
            {
                equal.extend(values.pop().map(|value| (below.to_owned(), value)));
            }
            test => others.push(Ready { field: it.field, test }),
        }
    }
    (equal, others)
}

pub(super) fn meets(row: &dyn Row, ready: &[Ready<'_>]) -> bool {
    ready.iter().all(|condition| {
        let held = row.at(condition.field);
        let is_any = |values: &[Value]| {
            held.as_ref().is_some_and(|held| values.iter().any(|value| held.is(value)))
        };
        match &condition.test {
            ReadyTest::Is(values) => is_any(values),
            ReadyTest::IsNot(values) => !is_any(values),
            ReadyTest::Order(other, holds) => match (&held, other) {
                (Some(held), Some(other)) => held.compare(other).is_some_and(holds),
                _ => false,
            },
            ReadyTest::Present(present) => held.is_some() == *present,
        }
    })
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
