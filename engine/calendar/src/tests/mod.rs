//! What the calendar promises, read as a specification.
//!
//! Invariant: all tests ask the one fixture, whose days off are those of 2026 and an assumed 2027.

mod named_days;
mod problems;
mod properties;
mod terms;
mod windows;
mod working_days;

use jiff::civil::Date;

use crate::{Calendar, CalendarFile};

fn file() -> CalendarFile {
    serde_json::from_str(include_str!("../../fixtures/calendar.json")).unwrap()
}

fn calendar() -> Calendar {
    Calendar::new(file()).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}
