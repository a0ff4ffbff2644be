//! What kind of day a date is.
//!
//! Invariant: a year without data is an error, even for a Sunday, which may have been made a working day.

use jiff::civil::{Date, Weekday};
use schemars::JsonSchema;
use serde::Serialize;

use crate::describe::{dated, dated_en};
use crate::{Calendar, CalendarError, Text};

/// A date, what kind of day it is, and on whose word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Day {
    /// The date.
    pub date: Date,
    /// What kind of day it is.
    pub kind: DayKind,
    /// Whether the year's days have been announced.
    pub certain: bool,
    /// The notice that ordered the year's days.
    pub notice: Text,
}

/// What kind of day a date is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DayKind {
    /// A working day, Monday to Friday.
    Working,
    /// A Saturday or Sunday that is a working day.
    MakeUp,
    /// A Saturday or Sunday.
    Weekend,
    /// A day off.
    DayOff {
        /// What the holiday is called.
        name: Text,
    },
}

impl DayKind {
    /// Returns whether people work on such a day.
    pub fn is_working(&self) -> bool {
        matches!(self, DayKind::Working | DayKind::MakeUp)
    }

    /// Returns the kind's name: the holiday's, or `周末`, `调休上班`, `工作日`.
    pub fn name(&self) -> Text {
        match self {
            DayKind::Working => Text::new("工作日", "working day"),
            DayKind::MakeUp => Text::new("调休上班", "make-up working day"),
            DayKind::Weekend => Text::new("周末", "weekend"),
            DayKind::DayOff { name } => name.clone(),
        }
    }
}

impl Day {
    /// Returns whether people work on this day.
    pub fn is_working(&self) -> bool {
        self.kind.is_working()
    }

    /// Returns why the day is, or is not, a working day.
    pub fn why(&self) -> Text {
        let (zh, en) = (dated(self.date), dated_en(self.date));
        let Text { zh: notice_zh, en: notice_en } = &self.notice;
        let mut text = match &self.kind {
            DayKind::Working => {
                Text::new(format!("{zh}是工作日"), format!("{en} is a working day"))
            }
            DayKind::MakeUp => Text::new(
                format!("{zh}调休上班（{notice_zh}）"),
                format!("{en} is a make-up working day ({notice_en})"),
            ),
            DayKind::Weekend => Text::new(format!("{zh}是周末"), format!("{en} is a weekend")),
            DayKind::DayOff { name } => Text::new(
                format!("{zh}放假：{}（{notice_zh}）", name.zh),
                format!("{en} is a day off: {} ({notice_en})", name.en),
            ),
        };
        if !self.certain {
            text.zh.push_str("，尚未正式公布");
            text.en.push_str(", not announced yet");
        }
        text
    }
}

impl Calendar {
    /// Returns what kind of day a date is, and on whose word.
    ///
    /// Errors: the date's year is without data.
    pub fn day(&self, date: Date) -> Result<Day, CalendarError> {
        let Some(year) = self.years.get(&date.year()) else {
            return Err(CalendarError::YearWithoutData { year: date.year() });
        };
        let kind = if let Some(name) = year.off.get(&date) {
            DayKind::DayOff { name: name.clone() }
        } else if year.make_up.contains(&date) {
            DayKind::MakeUp
        } else if is_weekend(date) {
            DayKind::Weekend
        } else {
            DayKind::Working
        };
        Ok(Day { date, kind, certain: year.certain, notice: year.notice.clone() })
    }

    /// Returns whether a date is a working day.
    ///
    /// Errors: the date's year is without data. [`Calendar::day`] says why.
    pub fn is_working_day(&self, date: Date) -> Result<bool, CalendarError> {
        self.day(date).map(|day| day.is_working())
    }
}

/// Returns whether a date is a Saturday or a Sunday.
pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
