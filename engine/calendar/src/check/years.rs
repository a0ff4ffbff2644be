//! Days off and make-up days: each in its own year, once, and not both.
//!
//! Invariant: a year that passes holds only dates of its own.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil::Date;

use super::Problems;
use crate::calendar::{Year, days_between};
use crate::day::is_weekend;
use crate::{DayOff, Fault, YearDays};

pub(super) fn check(file: IndexMap<i16, YearDays>, problems: &mut Problems) -> BTreeMap<i16, Year> {
    let mut years = BTreeMap::new();
    for (number, days) in file {
        let key = number.to_string();
        if !(1900..=2999).contains(&number) {
            problems.add(&["years", &key], Fault::YearRange(number));
            continue;
        }
        let mut year = Year { certain: days.certain, notice: days.notice, ..Year::default() };
        for (index, day_off) in days.days_off.into_iter().enumerate() {
            let route = ["years", &key, "days-off", &index.to_string()];
            add_days_off(&mut year, number, day_off, &route, problems);
        }
        for (index, date) in days.make_up_days.into_iter().enumerate() {
            let route = ["years", &key, "make-up-days", &index.to_string()];
            if date.year() != number {
                problems.add(&route, Fault::OtherYear(date, number));
            }
            if year.off.contains_key(&date) {
                problems.add(&route, Fault::MakeUpIsOff(date));
            } else if !is_weekend(date) {
                problems.add(&route, Fault::MakeUpOnWeekday(date));
            }
            if !year.make_up.insert(date) {
                problems.add(&route, Fault::MakeUpTwice(date));
            }
        }
        years.insert(number, year);
    }
    years
}

fn add_days_off(
    year: &mut Year,
    number: i16,
    day_off: DayOff,
    route: &[&str],
    problems: &mut Problems,
) {
    let (from, to) = match (day_off.date, day_off.from, day_off.to) {
        (Some(date), None, None) => (date, date),
        (None, Some(from), Some(to)) => (from, to),
        _ => return problems.add(route, Fault::DayOffShape),
    };
    if let Some(outside) = [from, to].into_iter().find(|date| date.year() != number) {
        return problems.add(route, Fault::OtherYear(outside, number));
    }
    if !problems.in_order(route, from, to) {
        return;
    }
    // Both ends lie in one year, so there are at most 366 days.
    let days = usize::try_from(days_between(from, to)).unwrap_or(0) + 1;
    let dates = std::iter::successors(Some(from), |date: &Date| date.tomorrow().ok()).take(days);
    for date in dates {
        if year.off.insert(date, day_off.name.clone()).is_some() {
            problems.add(route, Fault::DayOffTwice(date));
        }
    }
}
