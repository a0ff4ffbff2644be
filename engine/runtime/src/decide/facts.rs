//! Facts: declared questions to records, cases and the calendar.
//!
//! Invariant: a fact is worked out from the view alone, never by a script; the same view gives the same answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use xueji_calendar::CalendarError;
use xueji_definition::Text;
use xueji_definition::file::{Expr, Give, RankBy};
use xueji_definition::model::{Ask, CalendarQuestion, Fact, Rows};
use xueji_definition::value::{Fields, Value};

use super::conditions::{
    Dotted, Held, OfCase, Ready, RecordRow, Row, asked_by_id, compare, form_first, hints, meets,
};
use super::work::{Work, unknown};
use crate::path::ScopePath;
use crate::record::{Record, RecordId};
use crate::refusal::Refusal;

/// Records read from the view at a time.
pub(super) const PAGE: usize = 500;

/// Some records, and after which id there may be more.
pub(super) struct RecordPage {
    pub(super) records: Vec<Arc<Record>>,
    pub(super) next: Option<String>,
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
        let release = Arc::clone(&self.release);
        let Some(Fact { ask, .. }) = release.definitions.facts.get(name) else {
            return Err(unknown("fact", name));
        };
        match ask {
            Ask::Calendar { on, question } => {
                let on = match on {
                    Some(expr) => match self.date(path, step, expr, depth)? {
                        Some(date) => date,
                        None => return Ok(None),
                    },
                    None => self.today,
                };
                self.ask_calendar(path, step, on, question, depth)
            }
            Ask::Rows { over, conditions, give, field, rank_by } => {
                let ready = self.ready(path, step, over, conditions, depth)?;
                if *give == Give::Rank {
                    return self.rank(path, step, over, ready, rank_by, depth);
                }
                let field = field.as_deref().map(Dotted::new);
                let about = field.is_some_and(Dotted::is_of_subject)
                    || ready.iter().any(Ready::is_of_subject);
                let mut found = Found::default();
                self.each(over, ready, about, &mut |row| found.take(row, field))?;
                Ok(found.tell(*give))
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

    /// Returns the rows that meet all conditions, with all their fields.
    pub(super) fn rows(
        &mut self,
        over: &Rows,
        ready: Vec<Ready<'_>>,
    ) -> Result<Vec<Fields>, Refusal> {
        let about = ready.iter().any(Ready::is_of_subject);
        let mut found = Vec::new();
        self.each(over, ready, about, &mut |row| found.push(row.fields()))?;
        Ok(found)
    }

    /// Shows the rows that meet all conditions, one after the other; those of cases with the record that they are about
    /// where that is asked for.
    fn each(
        &mut self,
        over: &Rows,
        ready: Vec<Ready<'_>>,
        about: bool,
        see: &mut dyn FnMut(&dyn Row),
    ) -> Result<(), Refusal> {
        let on = self.today;
        match over {
            Rows::Records(kind) => {
                let mut show = |row: &dyn Row| {
                    if meets(row, &ready) {
                        see(row);
                    }
                };
                if let Some(id) = asked_by_id(&ready) {
                    if let Some(record) = self.record(&RecordId::new(kind, id))? {
                        show(&RecordRow { record, on });
                    }
                    return Ok(());
                }
                let mut after: Option<String> = None;
                loop {
                    let page = self.records_after(kind, &hints(&ready), after.as_deref())?;
                    after = page.next;
                    for record in &page.records {
                        show(&RecordRow { record, on });
                    }
                    if after.is_none() {
                        break;
                    }
                }
            }
            Rows::Instances(processes) => {
                let (form, ready) = form_first(ready);
                for process in processes {
                    for row in self.view.cases(process, None, &form)? {
                        let subject = row.subject.as_ref().filter(|_| about);
                        let record = subject.map(|subject| self.view.record(subject));
                        let record = record.transpose()?.flatten();
                        let about = record.as_ref().map(|record| RecordRow { record, on });
                        let row = OfCase { row: &row, about };
                        if meets(&row, &ready) {
                            see(&row);
                        }
                    }
                }
            }
        }
        Ok(())
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
        records.extend(own.cloned().map(Arc::new));
        records.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(RecordPage { records, next })
    }

    pub(super) fn record_fields(&self, record: &Record) -> Fields {
        RecordRow { record, on: self.today }.fields()
    }

    fn rank(
        &mut self,
        path: &ScopePath,
        step: &str,
        over: &Rows,
        ready: Vec<Ready<'_>>,
        rank_by: &[RankBy],
        depth: u32,
    ) -> Result<Option<Value>, Refusal> {
        let mut order = Vec::with_capacity(rank_by.len());
        for by in rank_by {
            let own = self.evaluate_within(path, step, &by.own, &BTreeMap::new(), depth + 1)?;
            order.push((Dotted::new(&by.field), own, by.lowest_first));
        }
        let about = ready.iter().any(Ready::is_of_subject)
            || order.iter().any(|(field, ..)| field.is_of_subject());
        let mut place: i64 = 1;
        self.each(over, ready, about, &mut |row| {
            place += i64::from(stands_ahead(row, &order));
        })?;
        Ok(Some(Value::Int(place)))
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

/// Returns whether a row stands ahead by fields, each with the case's own value and whether the lowest comes first.
fn stands_ahead(row: &dyn Row, by: &[(Dotted<'_>, Option<Value>, bool)]) -> bool {
    for (field, own, lowest_first) in by {
        let order = match (row.at(*field), own) {
            (Some(theirs), Some(own)) => theirs.compare(own).unwrap_or(Ordering::Equal),
            // Who has a value stands ahead of who has none.
            (Some(_), None) => return true,
            (None, Some(_)) => return false,
            (None, None) => Ordering::Equal,
        };
        let order = if *lowest_first { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order.is_gt();
        }
    }
    false
}

/// What a question over rows gathers: how many there are, and what each has in the field asked for.
#[derive(Default)]
struct Found {
    rows: i64,
    values: Vec<Option<Value>>,
}

impl Found {
    fn take(&mut self, row: &dyn Row, field: Option<Dotted<'_>>) {
        self.rows += 1;
        if let Some(field) = field {
            self.values.push(row.at(field).map(Held::into_value));
        }
    }

    fn tell(self, give: Give) -> Option<Value> {
        let by_size = |a: &Value, b: &Value| compare(a, b).unwrap_or(Ordering::Equal);
        let mut values = self.values.into_iter();
        match give {
            Give::Count => Some(Value::Int(self.rows)),
            Give::Exists => Some(Value::Bool(self.rows > 0)),
            Give::First => values.next().flatten(),
            Give::Min => values.flatten().min_by(by_size),
            Give::Max => values.flatten().max_by(by_size),
            Give::Sum => Some(sum(values.flatten())),
            Give::Rank => None,
        }
    }
}

fn sum(values: impl Iterator<Item = Value>) -> Value {
    let mut whole: i64 = 0;
    let mut exact: Option<Decimal> = None;
    for value in values {
        match value {
            Value::Int(n) => whole = whole.saturating_add(n),
            Value::Decimal(d) => exact = Some(exact.unwrap_or_default() + d),
            _ => {}
        }
    }
    exact.map_or(Value::Int(whole), |exact| Value::Decimal(exact + Decimal::from(whole)))
}
