//! Dates, days and rules in words, Chinese and English.
//!
//! Invariant: words only; nothing is decided here.

use jiff::civil::{Date, Weekday};

use crate::working::Skipped;
use crate::{Text, Window};

/// How many ranges of dates are named in a window's rule; more than that say little to a reader.
const DATES_MAX: usize = 2;

/// Returns a date with its weekday: `2026-10-10（星期六）`.
pub(crate) fn dated(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    };
    format!("{date}（星期{weekday}）")
}

/// Returns a date with its weekday: `2026-10-10 (Saturday)`.
pub(crate) fn dated_en(date: Date) -> String {
    format!("{date} ({:?})", date.weekday())
}

/// Returns skipped days in Chinese, neighbours of one kind as a range: `2027-01-01 至 2027-01-03 元旦`.
pub(crate) fn counted(skipped: &[Skipped]) -> String {
    let part = |(from, to, name): (Date, Date, Text)| match from == to {
        true => format!("{from} {}", name.zh),
        false => format!("{from} 至 {to} {}", name.zh),
    };
    runs(skipped).into_iter().map(part).collect::<Vec<_>>().join("、")
}

/// Returns skipped days in English, neighbours of one kind as a range.
pub(crate) fn counted_en(skipped: &[Skipped]) -> String {
    let part = |(from, to, name): (Date, Date, Text)| match from == to {
        true => format!("{from} {}", name.en),
        false => format!("{from} to {to} {}", name.en),
    };
    runs(skipped).into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Returns the runs of neighbouring days of one kind.
fn runs(skipped: &[Skipped]) -> Vec<(Date, Date, Text)> {
    let mut runs: Vec<(Date, Date, Text)> = Vec::new();
    for day in skipped {
        let name = day.reason.name();
        match runs.last_mut() {
            Some((_, to, last)) if *last == name && to.tomorrow().ok() == Some(day.date) => {
                *to = day.date;
            }
            _ => runs.push((day.date, day.date, name)),
        }
    }
    runs
}

/// Returns when a window is open, by its rule: `第 1 学期第 17–19 周`.
pub(crate) fn window(window: &Window) -> Text {
    let mut parts: Vec<(String, String)> = Vec::new();
    if let Some(weeks) = &window.weeks {
        let (zh, en) = terms(&weeks.term_numbers);
        let (from, to) = (weeks.from, weeks.to);
        parts.push((format!("{zh}第 {from}–{to} 周"), format!("weeks {from}–{to} of {en}")));
    }
    if let Some(around) = &window.around_term_start {
        let (zh, en) = terms(&around.term_numbers);
        let after = around.days_after;
        let (from_zh, from_en) = match around.days_before {
            0 => ("开始当日".to_owned(), "the first day".to_owned()),
            days => (format!("开始前 {days} 日"), format!("{days} days before")),
        };
        parts.push((
            format!("{zh}{from_zh}至开始后 {after} 日"),
            format!("from {from_en} to {after} days after the start of {en}"),
        ));
    }
    if window.dates.len() > DATES_MAX {
        parts.push(("另行公布的日期".to_owned(), "dates set one by one".to_owned()));
    } else {
        parts.extend(window.dates.iter().map(|range| span(range.from, range.to)));
    }
    for range in &window.yearly {
        let (from, to) = (range.from, range.to);
        parts.push((format!("每年 {from} 至 {to}"), format!("{from} to {to} of every year")));
    }
    if let Some(days) = &window.monthly {
        let list = |sep| days.months.iter().map(u8::to_string).collect::<Vec<_>>().join(sep);
        let (zh, en) = match days.months.is_empty() {
            true => ("每月".to_owned(), "every month".to_owned()),
            false => (format!("每年 {} 月", list("、")), format!("month {}", list(", "))),
        };
        let (from, to) = (days.from, days.to);
        parts.push((format!("{zh} {from}–{to} 日"), format!("days {from}–{to} of {en}")));
    }
    let (zh, en): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    Text::new(zh.join("；"), en.join("; "))
}

/// Returns a range of dates in both languages.
pub(crate) fn span(from: Date, to: Date) -> (String, String) {
    (format!("{from} 至 {to}"), format!("{from} to {to}"))
}

fn terms(numbers: &[u8]) -> (String, String) {
    let list = |sep| numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(sep);
    match numbers.is_empty() {
        true => ("每学期".to_owned(), "every term".to_owned()),
        false => (format!("第 {} 学期", list("、")), format!("term {}", list(" and "))),
    }
}
