//! Questions that a calendar cannot answer.
//!
//! Invariant: an error says what is missing; no answer is ever made up in its place.

use jiff::civil::Date;

use crate::Text;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The days off of this year are not in the calendar.
    #[error("the calendar holds no days off for the year {year}")]
    YearWithoutData {
        /// The year that was asked about.
        year: i16,
    },
    /// The date lies before the first term or after the last one.
    #[error("no term of the calendar lies around {date}")]
    OutsideTerms {
        /// The date that was asked about.
        date: Date,
    },
    /// The answer would lie outside the years −9999 to 9999.
    #[error("{days} days from {date} is beyond all dates")]
    BeyondDates {
        /// Where the count began.
        date: Date,
        /// How many days were counted.
        days: i64,
    },
    /// There is no such month.
    #[error("there is no month {year}-{month}")]
    NoSuchMonth {
        /// The year that was asked about.
        year: i16,
        /// The month that was asked about.
        month: i8,
    },
    /// No window has this name.
    #[error("the calendar has no window `{name}`")]
    UnknownWindow {
        /// The name that was asked for.
        name: String,
    },
    /// No named day has this name.
    #[error("the calendar has no named day `{name}`")]
    UnknownDay {
        /// The name that was asked for.
        name: String,
    },
}

impl CalendarError {
    /// Returns the words for people.
    pub fn text(&self) -> Text {
        let zh = match self {
            CalendarError::YearWithoutData { year } => format!("日历中没有 {year} 年的放假安排"),
            CalendarError::OutsideTerms { date } => format!("日历中没有 {date} 前后的学期"),
            CalendarError::BeyondDates { date, days } => {
                format!("自 {date} 起 {days} 天超出可计算的日期")
            }
            CalendarError::NoSuchMonth { year, month } => format!("没有 {year} 年 {month} 月"),
            CalendarError::UnknownWindow { name } => format!("日历中没有名为“{name}”的时间窗口"),
            CalendarError::UnknownDay { name } => format!("日历中没有名为“{name}”的日子"),
        };
        Text::new(zh, self.to_string())
    }
}
