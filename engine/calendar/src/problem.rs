//! What can be wrong in a calendar's file, in words.
//!
//! Invariant: a problem holds facts and the route to the value at fault; line and column are found by whoever reads files.

use std::fmt;

use jiff::civil::Date;

use crate::Text;
use crate::describe::{dated, dated_en};

/// One thing that is wrong in a calendar's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarProblem {
    /// Keys and indices from the file's root, for example `["years", "2026", "days-off", "3"]`.
    pub route: Vec<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The offset is not written as `+08:00`.
    TimeZone(String),
    /// A year outside 1900 to 2999.
    YearRange(i16),
    /// A day off has neither a `date` nor `from` and `to`, or it has both.
    DayOffShape,
    /// A range ends before it begins.
    Backwards(String, String),
    /// A date stands under another year.
    OtherYear(Date, i16),
    /// A day off is listed twice.
    DayOffTwice(Date),
    /// A make-up day is listed twice.
    MakeUpTwice(Date),
    /// A make-up day that is a Monday to Friday, and so a working day anyway.
    MakeUpOnWeekday(Date),
    /// A make-up day that is a day off, too.
    MakeUpIsOff(Date),
    /// Two terms have one id.
    TermIdTwice(String),
    /// A term that does not begin on a Monday.
    TermStart(Date),
    /// A term with no weeks, or with more than a year has; or a number that is not counted from 1.
    TermSize(u8),
    /// Two terms overlap: this one, and the other with its last day.
    TermsOverlap(String, String, Date),
    /// A window with no kind of opening.
    WindowEmpty,
    /// A window in whose terms no term of the file falls, or that gives no day at all.
    WindowNeverOpens,
    /// Weeks that a term does not have.
    WeeksBeyondTerm {
        /// The term's id.
        term: String,
        /// How many weeks it has.
        has: u8,
        /// The last week that the window names.
        asked: u8,
    },
    /// A number outside its range: found, least, most.
    OutOfRange(u32, u32, u32),
    /// A named day with neither a rule nor single days.
    DayNever,
    /// `past-month-end` where the reading cannot leave the month.
    PastMonthEndUnused,
    /// A date is listed twice.
    DateTwice(Date),
}

impl Fault {
    /// Returns the fault's stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::TimeZone(_) => "calendar-time-zone",
            Fault::YearRange(_) => "calendar-year-range",
            Fault::DayOffShape => "calendar-day-off-shape",
            Fault::Backwards(..) => "calendar-range-backwards",
            Fault::OtherYear(..) => "calendar-other-year",
            Fault::DayOffTwice(_) => "calendar-day-off-twice",
            Fault::MakeUpTwice(_) => "calendar-make-up-twice",
            Fault::MakeUpOnWeekday(_) => "calendar-make-up-on-weekday",
            Fault::MakeUpIsOff(_) => "calendar-make-up-is-off",
            Fault::TermIdTwice(_) => "calendar-term-twice",
            Fault::TermStart(_) => "calendar-term-start",
            Fault::TermSize(_) => "calendar-term-size",
            Fault::TermsOverlap(..) => "calendar-terms-overlap",
            Fault::WindowEmpty => "calendar-window-empty",
            Fault::WindowNeverOpens => "calendar-window-never-opens",
            Fault::WeeksBeyondTerm { .. } => "calendar-weeks-beyond-term",
            Fault::OutOfRange(..) => "calendar-number-range",
            Fault::DayNever => "calendar-day-never",
            Fault::PastMonthEndUnused => "calendar-past-month-end-unused",
            Fault::DateTwice(_) => "calendar-date-twice",
        }
    }

    /// Returns what is wrong and what to do, in words.
    pub fn text(&self) -> Text {
        Text::new(self.zh(), self.en())
    }

    fn zh(&self) -> String {
        match self {
            Fault::TimeZone(found) => {
                format!("时区应写成“+08:00”这样的固定偏移，现为“{found}”")
            }
            Fault::YearRange(year) => format!("年份应在 1900 至 2999 之间，现为 {year}"),
            Fault::DayOffShape => "放假日要么只写 date，要么写 from 和 to".to_owned(),
            Fault::Backwards(from, to) => format!("起止颠倒：{from} 晚于 {to}"),
            Fault::OtherYear(date, year) => format!("{date} 不在 {year} 年，应写在它自己的年份下"),
            Fault::DayOffTwice(date) => format!("{} 的放假写了两次", dated(*date)),
            Fault::MakeUpTwice(date) => format!("{} 的调休上班写了两次", dated(*date)),
            Fault::MakeUpOnWeekday(date) => {
                format!("{} 不是周末，本来就上班；调休上班日应是星期六或星期日", dated(*date))
            }
            Fault::MakeUpIsOff(date) => format!("{} 既是放假日又是调休上班日", dated(*date)),
            Fault::TermIdTwice(id) => format!("学期“{id}”出现两次"),
            Fault::TermStart(date) => format!("学期应从星期一开始，现为 {}", dated(*date)),
            Fault::TermSize(found) => {
                format!("学期的序号应从 1 起，周数应为 1 至 53，现为 {found}")
            }
            Fault::TermsOverlap(id, other, ends) => {
                format!("学期“{id}”与“{other}”重叠，后者到 {ends} 才结束")
            }
            Fault::WindowEmpty => {
                "窗口没有写开放时间：weeks、around-term-start、dates、yearly 或 monthly".to_owned()
            }
            Fault::WindowNeverOpens => "窗口永远不会开放：没有与之相符的学期或日期".to_owned(),
            Fault::WeeksBeyondTerm { term, has, asked } => {
                format!("窗口到第 {asked} 周，而学期“{term}”只有 {has} 周")
            }
            Fault::OutOfRange(found, least, most) => {
                format!("应在 {least} 至 {most} 之间，现为 {found}")
            }
            Fault::DayNever => {
                "这个日子没有规则，也没有指定日期：写 last-weekday 或 extra".to_owned()
            }
            Fault::PastMonthEndUnused => {
                "past-month-end 只与 reading: week-of-month-end 一起使用".to_owned()
            }
            Fault::DateTwice(date) => format!("{date} 写了两次"),
        }
    }

    fn en(&self) -> String {
        match self {
            Fault::TimeZone(found) => {
                format!("expected a fixed offset such as \"+08:00\", found \"{found}\"")
            }
            Fault::YearRange(year) => format!("expected a year from 1900 to 2999, found {year}"),
            Fault::DayOffShape => "a day off has either `date`, or `from` and `to`".to_owned(),
            Fault::Backwards(from, to) => format!("the range is backwards: {from} is after {to}"),
            Fault::OtherYear(date, year) => {
                format!("{date} is not in {year}; it belongs under its own year")
            }
            Fault::DayOffTwice(date) => format!("{} is a day off twice", dated_en(*date)),
            Fault::MakeUpTwice(date) => format!("{} is a make-up day twice", dated_en(*date)),
            Fault::MakeUpOnWeekday(date) => format!(
                "{} is a working day anyway; a make-up day is a Saturday or Sunday",
                dated_en(*date)
            ),
            Fault::MakeUpIsOff(date) => {
                format!("{} is both a day off and a make-up day", dated_en(*date))
            }
            Fault::TermIdTwice(id) => format!("the term `{id}` is there twice"),
            Fault::TermStart(date) => {
                format!("expected a term to start on a Monday, found {}", dated_en(*date))
            }
            Fault::TermSize(found) => {
                format!("expected a number from 1, and 1 to 53 weeks, found {found}")
            }
            Fault::TermsOverlap(id, other, ends) => {
                format!("the term `{id}` overlaps `{other}`, which ends on {ends}")
            }
            Fault::WindowEmpty => "the window says nowhere when it opens: `weeks`, \
                `around-term-start`, `dates`, `yearly` or `monthly`"
                .to_owned(),
            Fault::WindowNeverOpens => "the window never opens: no term or date fits it".to_owned(),
            Fault::WeeksBeyondTerm { term, has, asked } => {
                format!("the window goes to week {asked}, but the term `{term}` has {has} weeks")
            }
            Fault::OutOfRange(found, least, most) => {
                format!("expected a number from {least} to {most}, found {found}")
            }
            Fault::DayNever => {
                "the day never comes: it needs `last-weekday` or `extra` days".to_owned()
            }
            Fault::PastMonthEndUnused => {
                "`past-month-end` goes with `reading: week-of-month-end` only".to_owned()
            }
            Fault::DateTwice(date) => format!("{date} is there twice"),
        }
    }
}

impl fmt::Display for CalendarProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.route.join("/"), self.fault.text().en)
    }
}
