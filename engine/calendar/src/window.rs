//! Windows: when something may be done.
//!
//! Invariant: openings are ordered and do not overlap; the next opening of a window is a time at which it is open.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calendar::add;
use crate::{Calendar, CalendarError, Monthly, Term, Text, Window, describe};

/// A range of days in which a window is open, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Opening {
    /// The first day.
    pub from: Date,
    /// The last day; the window closes at its end.
    pub to: Date,
}

impl Opening {
    /// Returns whether a date lies in the opening.
    pub fn holds(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

/// A window on a date: whether it is open, and when it was and will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WindowState {
    /// The date asked about.
    pub date: Date,
    /// What the window is called.
    pub title: Text,
    /// When it is open, by its rule.
    pub rule: Text,
    /// The opening that holds the date.
    pub open: Option<Opening>,
    /// The last opening before the date.
    pub previous: Option<Opening>,
    /// The first opening after the date, as far as the terms are known.
    pub next: Option<Opening>,
}

impl WindowState {
    /// Returns whether the window is open on the date.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns why the window is open or closed, and when it opens next.
    pub fn why(&self) -> Text {
        let (date, title, rule) = (self.date, &self.title, &self.rule);
        let (state_zh, state_en, opening) = match self.open {
            Some(open) => ("在", "is inside", Some(open)),
            None => ("不在", "is outside", self.next),
        };
        let mut text = Text::new(
            format!("{date} {state_zh}“{}”窗口内（{}）", title.zh, rule.zh),
            format!("{date} {state_en} the window \"{}\" ({})", title.en, rule.en),
        );
        let (lead_zh, lead_en) = match self.is_open() {
            true => ("本次", "this time"),
            false => ("下次", "next time"),
        };
        match opening.map(|opening| describe::span(opening.from, opening.to)) {
            Some((zh, en)) => {
                text.zh.push_str(&format!("，{lead_zh}为 {zh}"));
                text.en.push_str(&format!(", {lead_en} {en}"));
            }
            None => {
                text.zh.push_str("，下次时间尚未排定");
                text.en.push_str(", the next time is not set yet");
            }
        }
        text
    }
}

/// A window whose openings by term and by date are worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckedWindow {
    pub(crate) rule: Window,
    /// The openings that hang on terms or single dates: finitely many.
    pub(crate) fixed: Vec<Opening>,
}

impl CheckedWindow {
    /// Returns the window with the openings that the terms give it.
    pub(crate) fn new(rule: Window, terms: &[Term]) -> CheckedWindow {
        let meant =
            |numbers: &[u8], term: &Term| numbers.is_empty() || numbers.contains(&term.number);
        let mut fixed: Vec<Opening> =
            rule.dates.iter().map(|range| Opening { from: range.from, to: range.to }).collect();
        if let Some(weeks) = &rule.weeks {
            for term in terms.iter().filter(|term| meant(&weeks.term_numbers, term)) {
                if let (Some((from, _)), Some((_, to))) =
                    (term.week(weeks.from), term.week(weeks.to))
                {
                    fixed.push(Opening { from, to });
                }
            }
        }
        if let Some(around) = &rule.around_term_start {
            for term in terms.iter().filter(|term| meant(&around.term_numbers, term)) {
                let from = add(term.starts, -i64::from(around.days_before)).unwrap_or(Date::MIN);
                let to = add(term.starts, i64::from(around.days_after)).unwrap_or(Date::MAX);
                fixed.push(Opening { from, to });
            }
        }
        CheckedWindow { rule, fixed }
    }

    /// Returns the openings that may matter around a date: all fixed ones, and the recurring ones of the years near.
    ///
    /// What recurs does so within a year, so the year before and two years on hold the neighbours on both sides.
    pub(crate) fn openings(&self, around: Date) -> Vec<Opening> {
        let mut openings = self.fixed.clone();
        let near = around.year().saturating_sub(2)..=around.year().saturating_add(2);
        for year in near {
            for range in &self.rule.yearly {
                let over_new_year = i16::from(range.to < range.from);
                let from = range.from.in_year(year);
                let to = range.to.in_year(year.saturating_add(over_new_year));
                openings.extend(from.zip(to).map(|(from, to)| Opening { from, to }));
            }
            if let Some(days) = &self.rule.monthly {
                openings.extend(monthly(days, year));
            }
        }
        merge(openings)
    }
}

/// Returns the openings of a monthly rule in one year.
fn monthly(days: &Monthly, year: i16) -> impl Iterator<Item = Opening> + '_ {
    let meant = |month: &i8| {
        days.months.is_empty()
            || u8::try_from(*month).is_ok_and(|month| days.months.contains(&month))
    };
    (1..=12).filter(meant).filter_map(move |month| {
        let first = Date::new(year, month, 1).ok()?;
        let day = |day: u8| i8::try_from(day).unwrap_or(i8::MAX).min(first.days_in_month());
        let from = Date::new(year, month, day(days.from)).ok()?;
        let to = Date::new(year, month, day(days.to)).ok()?;
        Some(Opening { from, to })
    })
}

/// Returns the openings in order, those that overlap made one.
fn merge(mut openings: Vec<Opening>) -> Vec<Opening> {
    openings.sort_unstable();
    let mut merged: Vec<Opening> = Vec::with_capacity(openings.len());
    for opening in openings {
        match merged.last_mut() {
            Some(last) if opening.from <= last.to => last.to = last.to.max(opening.to),
            _ => merged.push(opening),
        }
    }
    merged
}

impl Calendar {
    /// Returns the names of all windows.
    pub fn window_names(&self) -> impl Iterator<Item = &str> {
        self.windows.keys().map(String::as_str)
    }

    /// Returns whether a window is open on a date, with the openings before and after.
    ///
    /// Errors: no window has this name.
    pub fn window(&self, name: &str, date: Date) -> Result<WindowState, CalendarError> {
        let window = self.checked_window(name)?;
        let openings = window.openings(date);
        Ok(WindowState {
            date,
            title: window.rule.title.clone(),
            rule: describe::window(&window.rule),
            open: openings.iter().find(|opening| opening.holds(date)).copied(),
            previous: openings.iter().rev().find(|opening| opening.to < date).copied(),
            next: openings.iter().find(|opening| opening.from > date).copied(),
        })
    }

    /// Returns whether a window is open on a date. [`Calendar::window`] says why.
    pub fn is_open(&self, name: &str, date: Date) -> Result<bool, CalendarError> {
        // Asked of every day of whole years: nothing is put in words for it.
        let openings = self.checked_window(name)?.openings(date);
        Ok(openings.iter().any(|opening| opening.holds(date)))
    }

    /// Returns the opening that holds a date, or else the next one; none when the terms known give no more.
    pub fn next_opening(&self, name: &str, date: Date) -> Result<Option<Opening>, CalendarError> {
        self.window(name, date).map(|state| state.open.or(state.next))
    }

    fn checked_window(&self, name: &str) -> Result<&CheckedWindow, CalendarError> {
        self.windows.get(name).ok_or_else(|| CalendarError::UnknownWindow { name: name.to_owned() })
    }
}
