//! Working days and periods.
//!
//! Invariant: the dates of these tests are those that an office would read off a printed calendar.

use insta::assert_snapshot;
use jiff::Timestamp;

use super::{calendar, day};
use crate::{CalendarError, DayKind};

fn check_period(start: &str, working_days: u32, end: &str) {
    let calendar = calendar();
    let due = calendar.add_working_days(day(start), working_days).unwrap();
    assert_eq!(due.date, day(end), "{working_days} working days from {start}");
    let back = calendar.working_days_between(day(start), day(end)).unwrap();
    assert_eq!(back, i32::try_from(working_days).unwrap());
    assert_eq!(calendar.working_days_between(day(end), day(start)).unwrap(), -back);
}

fn check_days(start: &str, days: u32, end: &str) {
    assert_eq!(calendar().add_days(day(start), days).unwrap().date, day(end));
}

/// A week over the new year counts neither the three holidays nor the day of publishing.
#[test]
fn five_working_days_after_the_last_of_december_end_on_the_eighth() {
    check_period("2026-12-31", 5, "2027-01-08");
    assert_eq!(calendar().add_working_days(day("2026-12-31"), 1).unwrap().date, day("2027-01-04"));
}

/// A single day off in the middle of a week, and a weekend.
#[test]
fn five_working_days_around_a_single_day_off_end_on_the_fourteenth() {
    check_period("2027-06-04", 5, "2027-06-14");
}

#[test]
fn a_make_up_saturday_counts() {
    check_period("2026-10-08", 2, "2026-10-10");
    check_period("2026-09-30", 1, "2026-10-08");
}

#[test]
fn no_working_days_end_on_the_starting_day_itself() {
    check_period("2026-10-03", 0, "2026-10-03");
    check_days("2026-10-03", 0, "2026-10-03");
}

#[test]
fn days_end_on_the_next_working_day_when_the_last_one_is_off() {
    check_days("2026-09-21", 9, "2026-09-30");
    check_days("2026-09-21", 10, "2026-10-08");
    check_days("2026-08-31", 14, "2026-09-14");
    check_days("2026-09-30", 10, "2026-10-10");
}

#[test]
fn the_reason_names_the_days_that_were_skipped() {
    let calendar = calendar();
    let due = calendar.add_working_days(day("2026-12-31"), 5).unwrap();
    assert_snapshot!(due.why().zh, @"2026-12-31 当日不计，2027-01-08 截止；跳过 2027-01-01 至 2027-01-03 元旦；其中有尚未正式公布的放假安排");
    assert_snapshot!(due.why().en, @"2026-12-31 itself is not counted, the last day is 2027-01-08; skipped 2027-01-01 to 2027-01-03 New Year; some of these days off are not announced yet");
    let due = calendar.add_days(day("2026-09-21"), 12).unwrap();
    assert_snapshot!(due.why().zh, @"2026-09-21 当日不计，2026-10-08 截止；跳过 2026-10-03 至 2026-10-07 国庆节");
    let due = calendar.add_working_days(day("2026-09-21"), 1).unwrap();
    assert_snapshot!(due.why().en, @"2026-09-21 itself is not counted, the last day is 2026-09-22");
}

#[test]
fn a_day_says_what_it_is_and_who_ordered_it() {
    let calendar = calendar();
    let why = |date| calendar.day(day(date)).unwrap().why();
    assert_snapshot!(why("2026-10-01").zh, @"2026-10-01（星期四）放假：国庆节（通知 7 号）");
    assert_snapshot!(why("2026-10-10").zh, @"2026-10-10（星期六）调休上班（通知 7 号）");
    assert_snapshot!(why("2026-10-11").zh, @"2026-10-11（星期日）是周末");
    assert_snapshot!(why("2026-10-12").zh, @"2026-10-12（星期一）是工作日");
    assert_snapshot!(why("2027-06-09").en, @"2027-06-09 (Wednesday) is a day off: Dragon Boat (not published), not announced yet");
    assert_eq!(calendar.day(day("2027-01-31")).unwrap().kind, DayKind::MakeUp);
    assert!(!calendar.is_working_day(day("2027-01-02")).unwrap());
}

#[test]
fn a_year_without_data_is_an_error_never_a_guess() {
    let calendar = calendar();
    let missing = Err(CalendarError::YearWithoutData { year: 2028 });
    assert_eq!(calendar.is_working_day(day("2028-01-04")), missing.clone().map(|()| true));
    assert_eq!(calendar.add_working_days(day("2027-12-31"), 1).map(|_| ()), missing);
    assert_eq!(calendar.add_days(day("2027-12-31"), 1).map(|_| ()), missing);
    assert_eq!(calendar.add_working_days(day("2026-01-05"), u32::MAX).map(|_| ()), missing);
    let error = CalendarError::YearWithoutData { year: 2028 };
    assert_snapshot!(error.text().zh, @"日历中没有 2028 年的放假安排");
}

#[test]
fn what_lies_beyond_all_dates_is_an_error() {
    let calendar = calendar();
    assert!(matches!(
        calendar.add_days(day("2026-01-05"), u32::MAX),
        Err(CalendarError::BeyondDates { .. })
    ));
    assert!(matches!(
        calendar.end_of(jiff::civil::Date::MAX),
        Err(CalendarError::BeyondDates { .. })
    ));
}

/// A period that ends on a day ends at 24:00 local time, which is 16:00 of the same day in UTC.
#[test]
fn a_day_ends_at_midnight_of_the_offset() {
    let calendar = calendar();
    let end = calendar.end_of(day("2027-01-08")).unwrap();
    assert_eq!(end, "2027-01-08T16:00:00Z".parse::<Timestamp>().unwrap());
    assert_eq!(calendar.start_of(day("2027-01-09")).unwrap(), end);
    assert_eq!(calendar.local_date(end), day("2027-01-09"));
    assert_eq!(calendar.local_date("2027-01-08T15:59:59Z".parse().unwrap()), day("2027-01-08"));
}
