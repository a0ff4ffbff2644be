//! `calendars.yaml` as it is written: the raw form that [`Calendar::new`](crate::Calendar::new) checks.
//!
//! Invariant: every key is known and has its type; whether the dates make sense together is not judged here.

mod rule;
mod year;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use rule::{
    AroundTermStart, DateRange, DayRule, InVacation, MonthDay, Monthly, PastMonthEnd, Reading,
    Weekday, Weeks, WhenOff, Window, Yearly,
};
pub use year::{DayOff, Term, YearDays};

/// `calendars.yaml`: days off, terms, windows and named days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CalendarFile {
    /// The offset from UTC that all dates are meant in, for example `"+08:00"`.
    pub time_zone: String,
    /// Days off and make-up working days, by year. A year that is not here cannot be asked about.
    pub years: IndexMap<i16, YearDays>,
    /// The terms. What lies between two of them is vacation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// When something may be done, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub windows: IndexMap<String, Window>,
    /// Days that come again, by name, such as a pay day.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub days: IndexMap<String, DayRule>,
}
