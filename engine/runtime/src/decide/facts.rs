//! Facts: declared questions to records, cases and the calendar.
//!
//! Invariant: a fact is worked out from the view alone, never by a script; the same view gives the same answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use xueji_calendar::CalendarError;
use xueji_definition::Text;
use xueji_definition::file::{Expr, Give, RankBy};
use xueji_definition::model::{Ask, CalendarQuestion, Condition, Fact, Rows, Test};
use xueji_definition::value::{Fields, Type, Value};

use super::inputs::literal;
use super::work::{Work, unknown};
use crate::path::ScopePath;
use crate::record::{Perspective, Record, RecordId};
use crate::refusal::Refusal;
use crate::state::InstanceState;
use crate::view::CaseRow;

/// Records read from the view at a time.
pub(super) const PAGE: usize = 500;

/// Some records, and after which id there may be more.
pub(super) struct RecordPage {
    pub(super) records: Vec<Record>,
    pub(super) next: Option<String>,
}

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

impl Work<'_> {
    /// Works out a fact; `None` when it has no value.
    pub(super) fn fact(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
        depth: u32,
    ) -> Result<Option<Value>, Refusal> {
        let Some(Fact { ask, .. }) = self.release.definitions.facts.get(name).cloned() else {
            return Err(unknown("fact", name));
        };
        match ask {
            Ask::Calendar { on, question } => {
                let on = match on {
                    Some(expr) => match self.date(path, step, &expr, depth)? {
                        Some(date) => date,
                        None => return Ok(None),
                    },
                    None => self.today,
                };
                self.ask_calendar(path, step, on, &question, depth)
            }
            Ask::Rows { over, conditions, give, field, rank_by } => {
                let ready = self.ready(path, step, &over, &conditions, depth)?;
                let rows = self.rows(&over, &ready)?;
                if give == Give::Rank {
                    return self.rank(path, step, &rows, &rank_by, depth);
                }
                Ok(tell(give, field.as_deref(), &rows))
            }
        }
    }

    fn date(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
        depth: u32,
    ) -> Result<Option<Date>, Refusal> {
        match self.evaluate_within(path, step, expr, &BTreeMap::new(), depth + 1)? {
            Some(Value::Date(date)) => Ok(Some(date)),
            None => Ok(None),
            Some(other) => Err(self.gives(step, expr, &other, ("日期", "a date"))),
        }
    }

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

    /// Returns the rows that meet all conditions, each as the fields that conditions name.
    pub(super) fn rows(&mut self, over: &Rows, ready: &[Ready]) -> Result<Vec<Fields>, Refusal> {
        let mut found = Vec::new();
        match over {
            Rows::Records(kind) => {
                if let Some(id) = asked_by_id(ready) {
                    let record = self.record(&RecordId::new(kind, id))?.cloned();
                    let row = record.map(|record| self.record_fields(&record));
                    return Ok(row.into_iter().filter(|row| meets(row, ready)).collect());
                }
                let mut after: Option<String> = None;
                loop {
                    let page = self.records_after(kind, &hints(ready), after.as_deref())?;
                    after = page.next;
                    let rows = page.records.iter().map(|record| self.record_fields(record));
                    found.extend(rows.filter(|row| meets(row, ready)));
                    if after.is_none() {
                        break;
                    }
                }
            }
            Rows::Instances(processes) => {
                let by_subject = ready.iter().any(|r| r.field.starts_with("subject."));
                for process in processes {
                    for row in self.view.cases(process, None)? {
                        let mut fields = case_fields(&row);
                        if by_subject && let Some(subject) = &row.subject {
                            let record = self.view.record(subject)?;
                            let known =
                                record.map(|record| Value::Map(self.record_fields(&record)));
                            fields.extend(known.map(|value| ("subject".to_owned(), value)));
                            fields.insert("subject_id".to_owned(), Value::Text(subject.id.clone()));
                        }
                        if meets(&fields, ready) {
                            found.push(fields);
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    /// Returns the next records of a type in the order of their ids, as this decision has changed them.
    pub(super) fn records_after(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
    ) -> Result<RecordPage, Refusal> {
        let mut records = self.view.records(kind, equal, after, PAGE)?;
        let next =
            records.last().filter(|_| records.len() == PAGE).map(|record| record.id.id.clone());
        records.retain(|record| !self.state.records.contains_key(&record.id));
        let here = |id: &str| {
            after.is_none_or(|after| id > after) && next.as_deref().is_none_or(|next| id <= next)
        };
        let own = self
            .state
            .records
            .values()
            .filter(|record| record.id.kind == kind && here(&record.id.id));
        records.extend(own.cloned());
        records.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(RecordPage { records, next })
    }

    pub(super) fn record_fields(&self, record: &Record) -> Fields {
        let mut fields = record.view(self.today, None, Perspective::Local);
        fields.insert("id".to_owned(), Value::Text(record.id.id.clone()));
        fields
    }

    fn rank(
        &mut self,
        path: &ScopePath,
        step: &str,
        rows: &[Fields],
        rank_by: &[RankBy],
        depth: u32,
    ) -> Result<Option<Value>, Refusal> {
        let mut own = Vec::with_capacity(rank_by.len());
        for by in rank_by {
            own.push(self.evaluate_within(path, step, &by.own, &BTreeMap::new(), depth + 1)?);
        }
        let ahead = rows.iter().filter(|row| stands_ahead(row, rank_by, &own)).count();
        Ok(i64::try_from(ahead + 1).ok().map(Value::Int))
    }

    fn ask_calendar(
        &mut self,
        path: &ScopePath,
        step: &str,
        on: Date,
        question: &CalendarQuestion,
        depth: u32,
    ) -> Result<Option<Value>, Refusal> {
        use CalendarQuestion as Q;
        let calendar = self.view.calendar();
        let fault = |error: CalendarError| Refusal::Definition {
            place: format!("calendar/{on}"),
            message: Text::new(error.to_string(), error.to_string()),
        };
        Ok(match question {
            Q::WindowOpen(name) => Some(Value::Bool(calendar.is_open(name, on).map_err(fault)?)),
            Q::WindowOpens(name) => calendar
                .next_opening(name, on)
                .map_err(fault)?
                .map(|opening| Value::Date(opening.from)),
            Q::WindowCloses(name) => calendar
                .next_opening(name, on)
                .map_err(fault)?
                .map(|opening| Value::Date(opening.to)),
            Q::IsDay(name) => {
                Some(Value::Bool(calendar.is_day(name, on).map_err(fault)?.is_some()))
            }
            Q::NextDay(name) => {
                calendar.next_day(name, on).map_err(fault)?.map(|next| Value::Date(next.date))
            }
            Q::WorkingDay => Some(Value::Bool(calendar.is_working_day(on).map_err(fault)?)),
            Q::PlusWorkingDays(days) => {
                match self.evaluate_within(path, step, days, &BTreeMap::new(), depth + 1)? {
                    Some(Value::Int(days)) => {
                        let days = u32::try_from(days).unwrap_or(0);
                        let due = self.view.calendar().add_working_days(on, days).map_err(fault)?;
                        Some(Value::Date(due.date))
                    }
                    _ => None,
                }
            }
            Q::WorkingDaysSince(since) => match self.date(path, step, since, depth)? {
                Some(since) => {
                    let days =
                        self.view.calendar().working_days_between(since, on).map_err(fault)?;
                    Some(Value::Int(i64::from(days)))
                }
                None => None,
            },
            Q::TermStart => calendar
                .current_term(on)
                .or_else(|| calendar.next_term(on))
                .map(|t| Value::Date(t.starts)),
            Q::LastTermStart => calendar.last_begun_term(on).map(|term| Value::Date(term.starts)),
            Q::TermsSince(since) => match self.date(path, step, since, depth)? {
                Some(since) => {
                    i64::try_from(self.view.calendar().terms_begun(since, on)).ok().map(Value::Int)
                }
                None => None,
            },
            Q::YearStart => calendar.first_term_of_year(on).map(|term| Value::Date(term.starts)),
        })
    }
}

/// Returns a case or row as conditions and items see it.
pub(super) fn case_fields(row: &CaseRow) -> Fields {
    let text = |s: &str| Value::Text(s.to_owned());
    let state = match row.state {
        InstanceState::Open => "open",
        InstanceState::Held => "held",
        InstanceState::Ended => "ended",
    };
    let mut fields = Fields::new();
    fields.insert("id".to_owned(), text(&row.instance));
    fields.insert("row".to_owned(), Value::Text(row.scope.row()));
    fields.insert("process".to_owned(), text(&row.process));
    fields.insert("state".to_owned(), text(state));
    fields.insert("started".to_owned(), Value::Date(row.started));
    fields.insert("form".to_owned(), Value::Map(row.form.clone()));
    fields.extend(row.subject.as_ref().map(|subject| ("subject".to_owned(), text(&subject.id))));
    fields.extend(row.result.as_ref().map(|result| ("result".to_owned(), text(result))));
    fields.extend(row.step.as_ref().map(|step| ("step".to_owned(), text(step))));
    fields
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
fn asked_by_id(ready: &[Ready]) -> Option<&str> {
    ready.iter().filter(|condition| condition.field == "id").find_map(|condition| match &condition
        .test
    {
        ReadyTest::Is(values) if values.len() == 1 => values.first().and_then(Value::as_text),
        _ => None,
    })
}

fn at<'a>(row: &'a Fields, field: &str) -> Option<&'a Value> {
    let (head, rest) = field.split_once('.').unwrap_or((field, ""));
    let value = row.get(head)?;
    if rest.is_empty() { Some(value) } else { value.at(rest) }
}

pub(super) fn meets(row: &Fields, ready: &[Ready]) -> bool {
    ready.iter().all(|condition| {
        let value = match (at(row, &condition.field), condition.field.as_str()) {
            // With the subject's record loaded, `subject` alone still means its id.
            (Some(Value::Map(_)), "subject") => row.get("subject_id"),
            (value, _) => value,
        };
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

fn stands_ahead(row: &Fields, rank_by: &[RankBy], own: &[Option<Value>]) -> bool {
    for (by, own) in rank_by.iter().zip(own) {
        let order = match (at(row, &by.field), own) {
            (Some(theirs), Some(own)) => compare(theirs, own).unwrap_or(Ordering::Equal),
            // Who has a value stands ahead of who has none.
            (Some(_), None) => return true,
            (None, Some(_)) => return false,
            (None, None) => Ordering::Equal,
        };
        let order = if by.lowest_first { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order.is_gt();
        }
    }
    false
}

fn tell(give: Give, field: Option<&str>, rows: &[Fields]) -> Option<Value> {
    let values = || rows.iter().filter_map(|row| at(row, field?));
    match give {
        Give::Count => i64::try_from(rows.len()).ok().map(Value::Int),
        Give::Exists => Some(Value::Bool(!rows.is_empty())),
        Give::First => rows.first().and_then(|row| at(row, field?)).cloned(),
        Give::Min => values().min_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal)).cloned(),
        Give::Max => values().max_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal)).cloned(),
        Give::Sum => Some(sum(values())),
        Give::Rank => None,
    }
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Value {
    let mut whole: i64 = 0;
    let mut exact: Option<Decimal> = None;
    for value in values {
        match value {
            Value::Int(n) => whole = whole.saturating_add(*n),
            Value::Decimal(d) => exact = Some(exact.unwrap_or_default() + d),
            _ => {}
        }
    }
    exact.map_or(Value::Int(whole), |exact| Value::Decimal(exact + Decimal::from(whole)))
}
