//! Periods: so many working days, or so many days, from a start that is not counted.
//!
//! Invariant: a period of at least one day ends on a working day, and counting back gives what was added. Civil Code of
//! the PRC, articles 201 and 203: the starting day is not counted; a last day that is off moves to the next working day.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calendar::add;
use crate::describe::{counted, counted_en};
use crate::{Calendar, CalendarError, DayKind, Text};

/// The last day of a period; it ends at 24:00 of that day, [`Calendar::end_of`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Due {
    /// The starting day, which was not counted.
    pub start: Date,
    /// The last day.
    pub date: Date,
    /// The days that were not counted, or over which the end moved, in order.
    pub skipped: Vec<Skipped>,
    /// Whether all days that were looked at have been announced.
    pub certain: bool,
}

/// A day that did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Skipped {
    /// The day.
    pub date: Date,
    /// Why it did not count.
    pub reason: DayKind,
}

impl Due {
    /// Returns how the end was found, in words.
    pub fn why(&self) -> Text {
        let (start, date) = (self.start, self.date);
        let mut text = Text::new(
            format!("{start} 当日不计，{date} 截止"),
            format!("{start} itself is not counted, the last day is {date}"),
        );
        if !self.skipped.is_empty() {
            text.zh.push_str(&format!("；跳过 {}", counted(&self.skipped)));
            text.en.push_str(&format!("; skipped {}", counted_en(&self.skipped)));
        }
        if !self.certain {
            text.zh.push_str("；其中有尚未正式公布的放假安排");
            text.en.push_str("; some of these days off are not announced yet");
        }
        text
    }
}

impl Calendar {
    /// Returns the `n`th working day after `start`.
    ///
    /// Zero working days end on `start` itself, whatever day that is. Errors: a year on the way is without data.
    pub fn add_working_days(&self, start: Date, n: u32) -> Result<Due, CalendarError> {
        let mut due = Due { start, date: start, skipped: Vec::new(), certain: true };
        let mut left = n;
        // The loop is bounded: every year is some 250 working days, and a year without data ends it.
        while left > 0 {
            if self.step(&mut due)? {
                left -= 1;
            }
        }
        Ok(due)
    }

    /// Returns the `n`th day after `start`, or, if that day is off, the next working day.
    ///
    /// Zero days end on `start` itself. Errors: the year of the last day is without data.
    pub fn add_days(&self, start: Date, n: u32) -> Result<Due, CalendarError> {
        let mut due = Due { start, date: start, skipped: Vec::new(), certain: true };
        if n > 0 {
            due.date = add(start, i64::from(n) - 1)?;
            while !self.step(&mut due)? {}
        }
        Ok(due)
    }

    /// Returns the date itself if it is a working day, or else the next one.
    pub fn working_day_from(&self, date: Date) -> Result<Due, CalendarError> {
        let mut due = Due { start: date, date: add(date, -1)?, skipped: Vec::new(), certain: true };
        while !self.step(&mut due)? {}
        Ok(due)
    }

    /// Returns how many working days lie after `from`, up to `to` and with it; negative when `to` comes first.
    ///
    /// Errors: a year on the way is without data.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<i32, CalendarError> {
        if to < from {
            return self.working_days_between(to, from).map(|days| -days);
        }
        let (mut date, mut days) = (from, 0);
        while date < to {
            date = add(date, 1)?;
            days += i32::from(self.is_working_day(date)?);
        }
        Ok(days)
    }

    /// Goes on by a day, and answers whether that is a working day.
    fn step(&self, due: &mut Due) -> Result<bool, CalendarError> {
        let day = self.day(add(due.date, 1)?)?;
        due.date = day.date;
        due.certain &= day.certain;
        let working = day.is_working();
        if !working {
            due.skipped.push(Skipped { date: day.date, reason: day.kind });
        }
        Ok(working)
    }
}
