//! Terms, their weeks, and the vacations between them.
//!
//! Invariant: vacation lies between two terms that are both known; outside them nothing is said.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calendar::{add, days_between};
use crate::{Calendar, CalendarError, Term};

/// A term and one of its weeks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TermWeek {
    /// The term.
    pub term: Term,
    /// The week, counted from 1.
    pub week: u8,
}

impl Term {
    /// Returns the term's last day, the Sunday of its last week.
    pub fn ends(&self) -> Date {
        self.last_of_week(self.weeks)
    }

    /// Returns the first and the last day of a week; none if the term has no such week.
    pub fn week(&self, week: u8) -> Option<(Date, Date)> {
        let monday = add(self.starts, (i64::from(week) - 1) * 7).ok()?;
        (1..=self.weeks).contains(&week).then(|| (monday, self.last_of_week(week)))
    }

    /// Returns whether a date lies in the term.
    pub fn holds(&self, date: Date) -> bool {
        self.starts <= date && date <= self.ends()
    }

    fn last_of_week(&self, week: u8) -> Date {
        // A calendar lets in no term that ends beyond all dates.
        add(self.starts, i64::from(week) * 7 - 1).unwrap_or(Date::MAX)
    }
}

impl Calendar {
    /// Returns all terms, the earliest first.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Returns the term with this id.
    pub fn term(&self, id: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.id == id)
    }

    /// Returns the term and week that a date lies in; none in vacation and outside the known terms.
    pub fn term_of(&self, date: Date) -> Option<TermWeek> {
        let term = self.current_term(date)?;
        let week = u8::try_from(days_between(term.starts, date) / 7 + 1).ok()?;
        Some(TermWeek { term: term.clone(), week })
    }

    /// Returns the term that a date lies in.
    pub fn current_term(&self, date: Date) -> Option<&Term> {
        self.terms.iter().find(|term| term.holds(date))
    }

    /// Returns the first term that begins after a date.
    pub fn next_term(&self, date: Date) -> Option<&Term> {
        self.terms.iter().find(|term| term.starts > date)
    }

    /// Returns the last term that was over before a date.
    pub fn previous_term(&self, date: Date) -> Option<&Term> {
        self.terms.iter().rev().find(|term| term.ends() < date)
    }

    /// Returns the latest term that began on or before a date, whether or not it is over.
    pub fn last_begun_term(&self, date: Date) -> Option<&Term> {
        self.terms.iter().rev().find(|term| term.starts <= date)
    }

    /// Returns the first term of the year of terms that a date belongs to: the year of the latest term begun.
    pub fn first_term_of_year(&self, date: Date) -> Option<&Term> {
        let year = &self.last_begun_term(date)?.year;
        self.terms.iter().find(|term| term.year == *year)
    }

    /// Returns how many terms began from `from` to `to`, both days included.
    pub fn terms_begun(&self, from: Date, to: Date) -> usize {
        self.terms.iter().filter(|term| from <= term.starts && term.starts <= to).count()
    }

    /// Returns whether a date lies in vacation.
    ///
    /// Errors: the date lies before the first known term or after the last one.
    pub fn in_vacation(&self, date: Date) -> Result<bool, CalendarError> {
        if self.current_term(date).is_some() {
            return Ok(false);
        }
        match (self.previous_term(date), self.next_term(date)) {
            (Some(_), Some(_)) => Ok(true),
            _ => Err(CalendarError::OutsideTerms { date }),
        }
    }
}
