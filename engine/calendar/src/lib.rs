//! Working days, terms, windows and named days: pure questions to a checked calendar, each answered with its reason.
//!
//! Invariant: a year without data is an error, never a guess, and the time comes in with the question; this room has
//! no clock. Must not know: files' syntax, processes, the runtime. Office dates are civil dates; instants appear only
//! in [`Calendar::end_of`], [`Calendar::start_of`] and [`Calendar::local_date`]. Start reading at [`Calendar`], whose
//! raw form is [`CalendarFile`].

mod calendar;
mod check;
mod day;
mod describe;
mod error;
mod file;
mod named_day;
mod problem;
mod term;
mod text;
mod window;
mod working;

#[cfg(test)]
mod tests;

pub use calendar::Calendar;
pub use day::{Day, DayKind};
pub use error::CalendarError;
pub use file::{
    AroundTermStart, CalendarFile, DateRange, DayOff, DayRule, InVacation, MonthDay, Monthly,
    PastMonthEnd, Reading, Term, Weekday, Weeks, WhenOff, Window, YearDays, Yearly,
};
pub use named_day::{Cause, NextDay, Occurrence};
pub use problem::{CalendarProblem, Fault};
pub use term::TermWeek;
pub use text::Text;
pub use window::{Opening, WindowState};
pub use working::{Due, Skipped};
