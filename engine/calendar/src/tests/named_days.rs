//! The pay day on the Wednesday of every month's last week, in both readings.
//!
//! Invariant: a day that falls out is told with its reason.

use insta::assert_snapshot;

use super::{calendar, day};
use crate::{CalendarError, Cause};

fn in_month(name: &str, year: i16, month: i8) -> Option<String> {
    let occurrence = calendar().day_in_month(name, year, month).unwrap().unwrap();
    occurrence.date.map(|date| date.to_string())
}

fn next(name: &str, from: &str) -> Option<String> {
    calendar().next_day(name, day(from)).unwrap().map(|next| next.date.to_string())
}

#[test]
fn the_last_wednesdays_are_those_of_the_printed_calendar() {
    let months = [(2026, 9), (2026, 10), (2026, 11), (2026, 12), (2027, 1), (2027, 2), (2027, 3)];
    let days = months.map(|(year, month)| in_month("plain", year, month).unwrap());
    assert_eq!(
        days,
        [
            "2026-09-30",
            "2026-10-28",
            "2026-11-25",
            "2026-12-30",
            "2027-01-27",
            "2027-02-24",
            "2027-03-31"
        ]
    );
}

/// The other reading differs in four months of 2026, where that Wednesday falls into the next month.
#[test]
fn the_week_of_the_months_end_differs_where_it_reaches_into_the_next_month() {
    let differing: Vec<i8> = (1..=12)
        .filter(|month| in_month("plain", 2026, *month) != in_month("month-end-week", 2026, *month))
        .collect();
    assert_eq!(differing, [3, 6, 8, 11]);
    assert_eq!(in_month("month-end-week", 2026, 8).unwrap(), "2026-09-02");
    assert_eq!(in_month("month-end-week-dropped", 2026, 8), None);
    let calendar = calendar();
    assert!(calendar.is_day("month-end-week", day("2026-09-02")).unwrap().is_some());
    assert!(calendar.is_day("month-end-week", day("2026-08-26")).unwrap().is_none());
    assert_eq!(next("month-end-week", "2026-09-01").unwrap(), "2026-09-02");
    assert_eq!(next("month-end-week-dropped", "2026-08-01").unwrap(), "2026-09-30");
}

#[test]
fn a_wednesday_before_the_last_one_is_no_pay_day() {
    let calendar = calendar();
    assert_eq!(calendar.is_day("pay-day", day("2026-10-21")).unwrap(), None);
    assert_eq!(next("pay-day", "2026-10-21").unwrap(), "2026-10-28");
    assert_eq!(next("pay-day", "2026-10-28").unwrap(), "2026-10-28");
    assert_eq!(next("pay-day", "2026-09-14").unwrap(), "2026-09-30");
}

#[test]
fn a_pay_day_in_vacation_is_closed_unless_it_was_set_by_hand() {
    let calendar = calendar();
    assert_eq!(calendar.is_day("pay-day", day("2027-02-24")).unwrap(), None);
    assert_eq!(next("pay-day", "2027-01-18").unwrap(), "2027-01-27");
    let found = calendar.next_day("pay-day", day("2027-02-24")).unwrap().unwrap();
    assert_eq!(found.date, day("2027-03-31"));
    assert_snapshot!(found.why().zh, @"下一个“缴费日”：2027-03-31（星期三）；2027-02-24（星期三）在假期内，不办理");
    assert_snapshot!(found.why().en, @r#"the next "Pay day" is 2027-03-31 (Wednesday); 2027-02-24 (Wednesday): it lies in vacation, so it falls out"#);
    let extra = calendar.is_day("pay-day", day("2027-01-27")).unwrap().unwrap();
    assert_eq!(extra.cause, Cause::Extra);
    assert_eq!(in_month("pay-day", 2027, 1).unwrap(), "2027-01-27");
    assert_eq!(in_month("pay-day", 2027, 2), None);
    let extra = calendar.next_day("pay-day", day("2027-01-20")).unwrap().unwrap();
    assert_snapshot!(extra.why().zh, @"下一个“缴费日”：2027-01-27（星期三）；2027-01-27（星期三）：另行指定");
}

/// The last Friday of September 2026 is a holiday.
#[test]
fn a_day_off_moves_the_named_day_as_the_rule_says() {
    assert_eq!(in_month("friday-next", 2026, 9).unwrap(), "2026-09-28");
    assert_eq!(in_month("friday-before", 2026, 9).unwrap(), "2026-09-18");
    assert_eq!(in_month("friday-skipped", 2026, 9), None);
    let calendar = calendar();
    let moved = calendar.is_day("friday-next", day("2026-09-28")).unwrap().unwrap();
    assert_snapshot!(moved.why().zh, @"2026-09-25（星期五）遇中秋节，改为2026-09-28（星期一）");
    assert_eq!(next("friday-skipped", "2026-09-01").unwrap(), "2026-11-27");
    let taken_out = calendar.day_in_month("friday-skipped", 2026, 10).unwrap().unwrap();
    assert_eq!(taken_out.cause, Cause::TakenOut);
}

#[test]
fn a_day_may_have_single_dates_only() {
    assert_eq!(next("single", "2026-10-01").unwrap(), "2026-10-20");
    assert_eq!(next("single", "2026-10-21").unwrap(), "2026-11-03");
    assert_eq!(next("single", "2026-11-04"), None);
    assert_eq!(in_month("single", 2026, 10).unwrap(), "2026-10-20");
    assert_eq!(calendar().day_in_month("single", 2026, 12).unwrap(), None);
}

#[test]
fn what_is_not_known_is_an_error() {
    let calendar = calendar();
    let date = day("2026-07-29");
    assert_eq!(calendar.is_day("pay-day", date), Err(CalendarError::OutsideTerms { date }));
    assert_eq!(
        calendar.is_day("plain", day("2028-01-26")),
        Err(CalendarError::YearWithoutData { year: 2028 })
    );
    assert_eq!(
        calendar.day_in_month("plain", 2026, 13),
        Err(CalendarError::NoSuchMonth { year: 2026, month: 13 })
    );
    assert_eq!(
        calendar.next_day("pya-day", date),
        Err(CalendarError::UnknownDay { name: "pya-day".to_owned() })
    );
}
