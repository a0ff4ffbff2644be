//! Named days that come every month, such as a pay day.
//!
//! Invariant: each month answers one occurrence, kept, moved or fallen out, and says why.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calendar::add;
use crate::describe::{dated, dated_en};
use crate::{
    Calendar, CalendarError, DayKind, DayRule, InVacation, PastMonthEnd, Reading, Text, Weekday,
    WhenOff,
};

/// How many weeks `previous-week` goes back at most: the last week of a month has three before it.
const WEEKS_BACK_MAX: i64 = 3;

/// How many months are looked through for the next day; a rule that gives none in two years gives none.
const MONTHS_AHEAD_MAX: usize = 24;

/// What became of a named day in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Occurrence {
    /// The day that the rule gives, before days off and vacation are looked at.
    pub nominal: Date,
    /// The day that holds; none if it fell out.
    pub date: Option<Date>,
    /// What made it so.
    pub cause: Cause,
}

/// What decided about an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "cause", rename_all = "kebab-case")]
pub enum Cause {
    /// The rule itself.
    Regular,
    /// A single day, set beside the rule.
    Extra,
    /// The day is off, so it moved.
    Moved {
        /// What the nominal day is.
        off: DayKind,
    },
    /// The day is off, so it fell out.
    Off {
        /// What the nominal day is.
        off: DayKind,
    },
    /// It lies in vacation, so it fell out.
    Vacation,
    /// It was taken out by name.
    TakenOut,
    /// It would lie in the next month, so it fell out.
    PastMonthEnd,
}

/// The next named day, and the occurrences before it that fell out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NextDay {
    /// What the day is called.
    pub title: Text,
    /// The day.
    pub date: Date,
    /// How it came about.
    pub occurrence: Occurrence,
    /// What would have come before, and why it did not.
    pub passed: Vec<Occurrence>,
}

impl Occurrence {
    /// Returns why the day is as it is, in words.
    pub fn why(&self) -> Text {
        let (zh, en) = (dated(self.nominal), dated_en(self.nominal));
        let (because_zh, because_en) = match &self.cause {
            Cause::Regular => ("按规定".to_owned(), "by the rule".to_owned()),
            Cause::Extra => ("另行指定".to_owned(), "set beside the rule".to_owned()),
            Cause::Moved { off } | Cause::Off { off } => {
                let name = off.name();
                (format!("遇{}", name.zh), format!("it is off: {}", name.en))
            }
            Cause::Vacation => ("在假期内".to_owned(), "it lies in vacation".to_owned()),
            Cause::TakenOut => ("已取消".to_owned(), "it was taken out".to_owned()),
            Cause::PastMonthEnd => ("已到下月".to_owned(), "it lies in the next month".to_owned()),
        };
        match self.date {
            Some(date) if date == self.nominal => {
                Text::new(format!("{zh}：{because_zh}"), format!("{en}: {because_en}"))
            }
            Some(date) => Text::new(
                format!("{zh}{because_zh}，改为{}", dated(date)),
                format!("{en}: {because_en}, so it moves to {}", dated_en(date)),
            ),
            None => Text::new(
                format!("{zh}{because_zh}，不办理"),
                format!("{en}: {because_en}, so it falls out"),
            ),
        }
    }
}

impl NextDay {
    /// Returns which day is next, and why those before it fell out.
    pub fn why(&self) -> Text {
        let mut text = Text::new(
            format!("下一个“{}”：{}", self.title.zh, dated(self.date)),
            format!("the next \"{}\" is {}", self.title.en, dated_en(self.date)),
        );
        let told = (self.occurrence.cause != Cause::Regular).then_some(&self.occurrence);
        for occurrence in self.passed.iter().chain(told) {
            let why = occurrence.why();
            text.zh.push_str(&format!("；{}", why.zh));
            text.en.push_str(&format!("; {}", why.en));
        }
        text
    }
}

impl Calendar {
    /// Returns the names of all named days.
    pub fn day_names(&self) -> impl Iterator<Item = &str> {
        self.days.keys().map(String::as_str)
    }

    /// Returns what becomes of a named day in a month; none if it has no monthly rule and no single day there.
    ///
    /// Where the rule gives no day that holds, the month's first single day does.
    ///
    /// Errors: no such name, a year without data, or no terms around the day where vacation decides.
    pub fn day_in_month(
        &self,
        name: &str,
        year: i16,
        month: i8,
    ) -> Result<Option<Occurrence>, CalendarError> {
        let rule = self.day_rule(name)?;
        let first =
            Date::new(year, month, 1).map_err(|_| CalendarError::NoSuchMonth { year, month })?;
        let by_rule =
            rule.last_weekday.map(|weekday| self.occurrence(rule, weekday, first)).transpose()?;
        if by_rule.as_ref().is_some_and(|occurrence| occurrence.date.is_some()) {
            return Ok(by_rule);
        }
        let in_month = |date: &&Date| date.first_of_month() == first;
        let extra = rule.extra.iter().filter(in_month).min().copied();
        Ok(extra.map(set_by_hand).or(by_rule))
    }

    /// Returns how a date comes to be this named day; none if it is not.
    ///
    /// Errors: as [`Calendar::day_in_month`].
    pub fn is_day(&self, name: &str, date: Date) -> Result<Option<Occurrence>, CalendarError> {
        let rule = self.day_rule(name)?;
        if rule.extra.contains(&date) {
            return Ok(Some(set_by_hand(date)));
        }
        let Some(weekday) = rule.last_weekday else { return Ok(None) };
        for first in months_from(date).take_while(|first| *first <= date) {
            let Some(occurrence) = self.occurrence_from(rule, weekday, first, date)? else {
                continue;
            };
            if occurrence.date == Some(date) {
                return Ok(Some(occurrence));
            }
        }
        Ok(None)
    }

    /// Returns the first such day on or after a date; none if there is none in the next two years.
    ///
    /// Errors: as [`Calendar::day_in_month`].
    pub fn next_day(&self, name: &str, from: Date) -> Result<Option<NextDay>, CalendarError> {
        let rule = self.day_rule(name)?;
        let found = |occurrence: Occurrence, date, mut passed: Vec<Occurrence>| {
            // A day that fell out by rule but was set by hand did not pass.
            passed.retain(|other| other.nominal != date);
            Ok(Some(NextDay { title: rule.title.clone(), date, occurrence, passed }))
        };
        let extra = rule.extra.iter().copied().filter(|date| *date >= from).min();
        let mut passed = Vec::new();
        let months = rule.last_weekday.map(|weekday| (weekday, months_from(from)));
        for (weekday, first) in months.into_iter().flat_map(|(day, all)| all.map(move |m| (day, m)))
        {
            if let Some(date) = extra.filter(|date| *date < first) {
                return found(set_by_hand(date), date, passed);
            }
            let Some(occurrence) = self.occurrence_from(rule, weekday, first, from)? else {
                continue;
            };
            match occurrence.date {
                Some(date) if date >= from => {
                    return match extra.filter(|extra| *extra < date) {
                        Some(extra) => found(set_by_hand(extra), extra, passed),
                        None => found(occurrence, date, passed),
                    };
                }
                None if occurrence.nominal >= from => passed.push(occurrence),
                _ => {}
            }
        }
        extra.map_or(Ok(None), |date| found(set_by_hand(date), date, passed))
    }

    /// Returns the occurrence in the month that begins with `first`; none if it cannot lie on or after a date.
    ///
    /// What lies before can only reach the date by moving on, so no terms are asked for a day that is long over.
    fn occurrence_from(
        &self,
        rule: &DayRule,
        weekday: Weekday,
        first: Date,
        from: Date,
    ) -> Result<Option<Occurrence>, CalendarError> {
        let nominal = nominal(rule.reading, weekday, first)?;
        let over = nominal < from
            && (rule.when_off != WhenOff::NextWorkingDay
                || self.working_day_from(nominal)?.date < from);
        if over { Ok(None) } else { self.occurrence(rule, weekday, first).map(Some) }
    }

    /// Returns the occurrence of a rule in the month that begins with `first`.
    fn occurrence(
        &self,
        rule: &DayRule,
        weekday: Weekday,
        first: Date,
    ) -> Result<Occurrence, CalendarError> {
        let nominal = nominal(rule.reading, weekday, first)?;
        let fallen = |cause| Ok(Occurrence { nominal, date: None, cause });
        let past_month_end = nominal > first.last_of_month();
        if past_month_end && rule.past_month_end == PastMonthEnd::Drop {
            return fallen(Cause::PastMonthEnd);
        }
        let closed = rule.in_vacation == InVacation::Closed;
        if rule.without.contains(&nominal) {
            return fallen(Cause::TakenOut);
        }
        if closed && self.in_vacation(nominal)? {
            return fallen(Cause::Vacation);
        }
        let day = self.day(nominal)?;
        if day.is_working() {
            return Ok(Occurrence { nominal, date: Some(nominal), cause: Cause::Regular });
        }
        let moved = match rule.when_off {
            WhenOff::Skip => None,
            WhenOff::NextWorkingDay => Some(self.working_day_from(nominal)?.date),
            WhenOff::PreviousWeek => self.week_before(nominal)?,
        };
        match moved {
            None => fallen(Cause::Off { off: day.kind }),
            Some(date) if rule.without.contains(&date) => fallen(Cause::TakenOut),
            Some(date) if closed && self.in_vacation(date)? => fallen(Cause::Vacation),
            date => Ok(Occurrence { nominal, date, cause: Cause::Moved { off: day.kind } }),
        }
    }

    /// Returns the same weekday, the fewest weeks before, that is a working day.
    fn week_before(&self, date: Date) -> Result<Option<Date>, CalendarError> {
        for weeks in 1..=WEEKS_BACK_MAX {
            let before = add(date, -7 * weeks)?;
            if self.is_working_day(before)? {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }

    fn day_rule(&self, name: &str) -> Result<&DayRule, CalendarError> {
        self.days.get(name).ok_or_else(|| CalendarError::UnknownDay { name: name.to_owned() })
    }
}

/// Returns the occurrence of a single day.
fn set_by_hand(date: Date) -> Occurrence {
    Occurrence { nominal: date, date: Some(date), cause: Cause::Extra }
}

/// Returns the day that a reading gives in a month, before anything else is looked at.
fn nominal(reading: Reading, weekday: Weekday, first: Date) -> Result<Date, CalendarError> {
    let (weekday, last) = (jiff::civil::Weekday::from(weekday), first.last_of_month());
    match reading {
        Reading::LastInMonth => add(last, -i64::from(last.weekday().since(weekday))),
        Reading::WeekOfMonthEnd => {
            let days = weekday.to_monday_zero_offset() - last.weekday().to_monday_zero_offset();
            add(last, i64::from(days))
        }
    }
}

/// Returns the first days of the months to look at, from a date on.
///
/// The month before can still reach into the first half of this one, by a move or by the other reading.
fn months_from(from: Date) -> impl Iterator<Item = Date> {
    let before = (from.day() <= 15).then(|| from.first_of_month().yesterday().ok()).flatten();
    let start = before.unwrap_or(from).first_of_month();
    std::iter::successors(Some(start), |first| first.last_of_month().tomorrow().ok())
        .take(MONTHS_AHEAD_MAX)
}
