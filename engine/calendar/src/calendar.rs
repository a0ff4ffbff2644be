//! The checked calendar, and the way between civil dates and instants.
//!
//! Invariant: a `Calendar` exists only when nothing in its file contradicts itself; all questions are pure.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::window::CheckedWindow;
use crate::{CalendarError, CalendarFile, CalendarProblem, DayRule, Term, Text, check};

/// A calendar that was checked, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub(crate) offset: Offset,
    pub(crate) years: BTreeMap<i16, Year>,
    /// INVARIANT: ordered by first day, and no two overlap.
    pub(crate) terms: Vec<Term>,
    pub(crate) windows: IndexMap<String, CheckedWindow>,
    pub(crate) days: IndexMap<String, DayRule>,
}

/// The days of one year, indexed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Year {
    pub(crate) certain: bool,
    pub(crate) notice: Text,
    pub(crate) off: BTreeMap<Date, Text>,
    pub(crate) make_up: BTreeSet<Date>,
}

impl Calendar {
    /// Returns the calendar that a file describes.
    ///
    /// Errors: everything that is wrong in the file, each with its route.
    pub fn new(file: CalendarFile) -> Result<Calendar, Vec<CalendarProblem>> {
        check::check(file)
    }

    /// Returns the instant at which a day begins, 00:00 local time.
    pub fn start_of(&self, date: Date) -> Result<Timestamp, CalendarError> {
        let beyond = CalendarError::BeyondDates { date, days: 0 };
        self.offset.to_timestamp(date.to_datetime(Time::midnight())).map_err(|_| beyond)
    }

    /// Returns the instant at which a day has passed, 24:00 local time: a period that ends on it is over then.
    pub fn end_of(&self, date: Date) -> Result<Timestamp, CalendarError> {
        self.start_of(add(date, 1)?)
    }

    /// Returns the local date at an instant.
    pub fn local_date(&self, at: Timestamp) -> Date {
        self.offset.to_datetime(at).date()
    }

    /// Returns the offset from UTC that all dates are meant in.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// Returns the years whose days off are known, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.keys().copied()
    }
}

/// Returns the date so many days later, or earlier when negative.
pub(crate) fn add(date: Date, days: i64) -> Result<Date, CalendarError> {
    let beyond = CalendarError::BeyondDates { date, days };
    let Some(hours) = days.checked_mul(24).filter(|hours| hours.abs() < 1_000_000_000) else {
        return Err(beyond);
    };
    date.checked_add(SignedDuration::from_hours(hours)).map_err(|_| beyond)
}

/// Returns how many days `to` lies after `from`.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
