//! What a calendar says by rule: windows, and named days that come again.
//!
//! Invariant: a rule names no term of one year, only numbers, weeks, months and weekdays; single dates stand apart.

use std::fmt;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Text;

/// When something may be done. At least one kind of opening; several kinds add up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Window {
    /// What the window is called.
    pub title: Text,
    /// Open in these weeks of a term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weeks: Option<Weeks>,
    /// Open around the first day of a term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around_term_start: Option<AroundTermStart>,
    /// Open in these ranges of dates, both ends included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<DateRange>,
    /// Open on these days of every year, both ends included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yearly: Vec<Yearly>,
    /// Open on these days of a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Monthly>,
}

/// Weeks of a term, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weeks {
    /// The first week, counted from 1.
    pub from: u8,
    /// The last week.
    pub to: u8,
    /// The numbers of the terms meant; all terms when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub term_numbers: Vec<u8>,
}

/// Days around the first day of a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AroundTermStart {
    /// How many days before the first day the window opens.
    pub days_before: u16,
    /// How many days after the first day is the window's last day.
    pub days_after: u16,
    /// The numbers of the terms meant; all terms when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub term_numbers: Vec<u8>,
}

/// A range of dates, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DateRange {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A range of days in every year, both included; it may run over the year's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Yearly {
    /// The first day, month and day: `"03-01"`.
    pub from: MonthDay,
    /// The last day, month and day: `"03-31"`.
    pub to: MonthDay,
}

/// Days of a month, both included. A day that the month does not have means its last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Monthly {
    /// The first day of the month, from 1.
    pub from: u8,
    /// The last day, at most 31.
    pub to: u8,
    /// The months meant, 1 to 12; all months when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u8>,
}

/// A named day that comes every month, and single days beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DayRule {
    /// What the day is called.
    pub title: Text,
    /// The weekday that is meant, in the last week of every month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_weekday: Option<Weekday>,
    /// How "the last week of the month" is read.
    #[serde(default)]
    pub reading: Reading,
    /// What happens when that weekday falls into the next month; only with `reading: week-of-month-end`.
    #[serde(default)]
    pub past_month_end: PastMonthEnd,
    /// What happens when the day is off.
    #[serde(default)]
    pub when_off: WhenOff,
    /// Whether the day is kept in vacation.
    #[serde(default)]
    pub in_vacation: InVacation,
    /// Single days beside the rule, kept whatever else holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Date>,
    /// Days of the rule that fall out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Date>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl From<Weekday> for jiff::civil::Weekday {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// How "the weekday of the month's last week" is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The last such weekday of the month.
    #[default]
    LastInMonth,
    /// The weekday of the week, Monday to Sunday, that holds the month's last day; it may fall into the next month.
    WeekOfMonthEnd,
}

/// What happens when the weekday of the month's last week falls into the next month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PastMonthEnd {
    /// It is kept there.
    #[default]
    Keep,
    /// The month has none.
    Drop,
}

/// What happens when a named day is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenOff {
    /// It moves to the next working day.
    #[default]
    NextWorkingDay,
    /// It moves to the same weekday a week before, at most three times.
    PreviousWeek,
    /// The month has none.
    Skip,
}

/// Whether a named day is kept in vacation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InVacation {
    /// It is kept.
    #[default]
    Open,
    /// It falls out.
    Closed,
}

/// A month and a day, written `03-01`. In a year without 29 February, that day means 28 February.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl MonthDay {
    /// Returns this day in a year; the month's last day where the year lacks it.
    pub(crate) fn in_year(self, year: i16) -> Option<Date> {
        let first = Date::new(year, self.month, 1).ok()?;
        Date::new(year, self.month, self.day.min(first.days_in_month())).ok()
    }
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<MonthDay, String> {
        // 2024 is a leap year, so 02-29 is read as well.
        let two_and_two = text.len() == 5 && text.get(2..3) == Some("-");
        match format!("2024-{text}").parse::<Date>() {
            Ok(date) if two_and_two => Ok(MonthDay { month: date.month(), day: date.day() }),
            _ => Err(format!("expected a month and a day such as \"03-01\", found \"{text}\"")),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}-{:02}", self.month, self.day)
    }
}

impl From<MonthDay> for String {
    fn from(value: MonthDay) -> String {
        value.to_string()
    }
}

impl JsonSchema for MonthDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MonthDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A month and a day, written `03-01`.",
            "pattern": "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
        })
    }
}
