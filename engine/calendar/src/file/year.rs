//! What a calendar says of a year: days off, make-up working days, terms.
//!
//! Invariant: data only; each list is as it was announced, with the notice that ordered it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// The days off and the make-up working days of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct YearDays {
    /// Whether the days have been announced; `false` marks an assumption, and every answer that rests on it says so.
    pub certain: bool,
    /// The notice that ordered the days, or what the assumption rests on.
    pub notice: Text,
    /// The days off, beside Saturdays and Sundays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_off: Vec<DayOff>,
    /// Saturdays and Sundays that are working days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub make_up_days: Vec<Date>,
}

/// One holiday: either a `date`, or `from` and `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DayOff {
    /// The day, when it is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// What the holiday is called.
    pub name: Text,
}

/// One term. Its weeks run from Monday to Sunday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Term {
    /// The term's id, for example `2026-2027-1`.
    pub id: String,
    /// The year of terms that it belongs to, for example `2026-2027`.
    pub year: String,
    /// Its number in that year, from 1.
    pub number: u8,
    /// The Monday of its first week.
    pub starts: Date,
    /// How many weeks it has.
    pub weeks: u8,
}
