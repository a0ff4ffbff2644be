//! Windows and named days: each can come about, and names only weeks, months and days that there are.
//!
//! Invariant: a window that passes opens at least once.

use indexmap::IndexMap;

use super::Problems;
use crate::window::CheckedWindow;
use crate::{DayRule, Fault, Monthly, PastMonthEnd, Reading, Term, Weeks, Window};

/// The most days that a window may reach out from a term's start.
const DAYS_AROUND_MAX: u32 = 366;

pub(super) fn windows(
    file: IndexMap<String, Window>,
    terms: &[Term],
    problems: &mut Problems,
) -> IndexMap<String, CheckedWindow> {
    let check = |(name, window): (String, Window)| {
        check_window(&name, &window, terms, problems);
        let checked = CheckedWindow::new(window, terms);
        (name, checked)
    };
    file.into_iter().map(check).collect()
}

fn check_window(name: &str, window: &Window, terms: &[Term], problems: &mut Problems) {
    let recurs = !window.yearly.is_empty() || window.monthly.is_some();
    let hangs_on_terms = window.weeks.is_some() || window.around_term_start.is_some();
    if !recurs && !hangs_on_terms && window.dates.is_empty() {
        return problems.add(&["windows", name], Fault::WindowEmpty);
    }
    let before = problems.0.len();
    if let Some(weeks) = &window.weeks {
        check_weeks(name, weeks, terms, problems);
    }
    if let Some(around) = &window.around_term_start {
        let route = |key| ["windows", name, "around-term-start", key];
        for (key, days) in [("days-before", around.days_before), ("days-after", around.days_after)]
        {
            problems.within(&route(key), u32::from(days), 0, DAYS_AROUND_MAX);
        }
    }
    for (index, range) in window.dates.iter().enumerate() {
        problems.in_order(&["windows", name, "dates", &index.to_string()], range.from, range.to);
    }
    if let Some(days) = &window.monthly {
        check_monthly(name, days, problems);
    }
    // A window that is written wrongly is told so once; whether it opens is asked only of the others.
    let opens = recurs || !CheckedWindow::new(window.clone(), terms).fixed.is_empty();
    if problems.0.len() == before && !opens {
        problems.add(&["windows", name], Fault::WindowNeverOpens);
    }
}

fn check_weeks(name: &str, weeks: &Weeks, terms: &[Term], problems: &mut Problems) {
    let route = |key| ["windows", name, "weeks", key];
    if !problems.within(&route("from"), u32::from(weeks.from), 1, 53) {
        return;
    }
    if weeks.to < weeks.from {
        let fault = Fault::Backwards(weeks.from.to_string(), weeks.to.to_string());
        return problems.add(&["windows", name, "weeks"], fault);
    }
    let meant =
        |term: &&Term| weeks.term_numbers.is_empty() || weeks.term_numbers.contains(&term.number);
    for term in terms.iter().filter(meant).filter(|term| term.weeks < weeks.to) {
        let (term, has) = (term.id.clone(), term.weeks);
        problems.add(&route("to"), Fault::WeeksBeyondTerm { term, has, asked: weeks.to });
    }
}

fn check_monthly(name: &str, days: &Monthly, problems: &mut Problems) {
    let route = |key| ["windows", name, "monthly", key];
    let from = problems.within(&route("from"), u32::from(days.from), 1, 31);
    let to = problems.within(&route("to"), u32::from(days.to), 1, 31);
    if from && to && days.to < days.from {
        let fault = Fault::Backwards(days.from.to_string(), days.to.to_string());
        problems.add(&["windows", name, "monthly"], fault);
    }
    for (index, month) in days.months.iter().enumerate() {
        let route = ["windows", name, "monthly", "months", &index.to_string()];
        problems.within(&route, u32::from(*month), 1, 12);
    }
}

pub(super) fn days(file: &IndexMap<String, DayRule>, problems: &mut Problems) {
    for (name, rule) in file {
        if rule.last_weekday.is_none() && rule.extra.is_empty() {
            problems.add(&["days", name], Fault::DayNever);
        }
        if rule.reading == Reading::LastInMonth && rule.past_month_end != PastMonthEnd::Keep {
            problems.add(&["days", name, "past-month-end"], Fault::PastMonthEndUnused);
        }
        for (key, dates) in [("extra", &rule.extra), ("without", &rule.without)] {
            for (index, date) in dates.iter().enumerate() {
                if dates.iter().take(index).any(|other| other == date) {
                    let route = ["days", name, key, &index.to_string()];
                    problems.add(&route, Fault::DateTwice(*date));
                }
            }
        }
    }
}
