//! Windows: open, closed, and when next.
//!
//! Invariant: both ends of an opening belong to it.

use insta::assert_snapshot;

use super::{calendar, day};
use crate::{CalendarError, Opening};

fn check(name: &str, date: &str, open: bool, next: Option<(&str, &str)>) {
    let calendar = calendar();
    assert_eq!(calendar.is_open(name, day(date)), Ok(open), "{name} on {date}");
    let next = next.map(|(from, to)| Opening { from: day(from), to: day(to) });
    assert_eq!(calendar.next_opening(name, day(date)), Ok(next), "{name} from {date} on");
}

#[test]
fn weeks_of_a_term_open_a_window() {
    let this_year = Some(("2026-12-21", "2027-01-10"));
    check("move", "2026-12-20", false, this_year);
    check("move", "2026-12-21", true, this_year);
    check("move", "2027-01-10", true, this_year);
    check("move", "2027-01-11", false, Some(("2027-12-20", "2028-01-09")));
    check("move", "2028-01-10", false, None);
}

#[test]
fn the_start_of_a_term_opens_a_window_on_both_sides() {
    check("come-back", "2026-09-14", true, Some(("2026-08-01", "2026-09-14")));
    check("come-back", "2026-09-15", false, Some(("2027-01-30", "2027-03-15")));
}

#[test]
fn a_yearly_window_may_run_over_the_new_year() {
    check("spring", "2026-03-31", true, Some(("2026-03-01", "2026-03-31")));
    check("spring", "2027-01-10", true, Some(("2026-12-20", "2027-01-10")));
    check("spring", "2027-01-11", false, Some(("2027-03-01", "2027-03-31")));
    check("spring", "2027-04-01", false, Some(("2027-12-20", "2028-01-10")));
}

#[test]
fn a_monthly_window_ends_with_a_short_month() {
    check("batch", "2027-02-28", true, Some(("2027-02-28", "2027-02-28")));
    check("batch", "2027-03-01", false, Some(("2027-03-28", "2027-03-31")));
    check("quarter", "2026-12-06", false, Some(("2027-03-01", "2027-03-05")));
}

#[test]
fn openings_that_overlap_are_one() {
    check("sign-up", "2027-01-12", true, Some(("2027-01-10", "2027-01-20")));
    check("sign-up", "2027-01-21", false, None);
}

#[test]
fn a_closed_window_says_when_it_opens_next() {
    let calendar = calendar();
    let why = |name, date| calendar.window(name, day(date)).unwrap().why();
    assert_snapshot!(why("move", "2027-03-20").zh, @"2027-03-20 不在“调换”窗口内（第 1 学期第 17–19 周），下次为 2027-12-20 至 2028-01-09");
    assert_snapshot!(why("move", "2027-03-20").en, @r#"2027-03-20 is outside the window "Move" (weeks 17–19 of term 1), next time 2027-12-20 to 2028-01-09"#);
    assert_snapshot!(why("move", "2026-12-22").zh, @"2026-12-22 在“调换”窗口内（第 1 学期第 17–19 周），本次为 2026-12-21 至 2027-01-10");
    assert_snapshot!(why("sign-up", "2027-02-01").en, @r#"2027-02-01 is outside the window "Sign up" (2027-01-10 to 2027-01-17; 2027-01-15 to 2027-01-20), the next time is not set yet"#);
    assert_snapshot!(why("quarter", "2026-12-06").zh, @"2026-12-06 不在“季报”窗口内（每年 3、12 月 1–5 日），下次为 2027-03-01 至 2027-03-05");
    assert_snapshot!(why("come-back", "2026-09-20").zh, @"2026-09-20 不在“返回”窗口内（每学期开始前 30 日至开始后 14 日），下次为 2027-01-30 至 2027-03-15");
}

#[test]
fn the_opening_that_was_missed_is_told() {
    let state = calendar().window("come-back", day("2026-09-20")).unwrap();
    assert_eq!(state.previous.map(|opening| opening.to), Some(day("2026-09-14")));
}

#[test]
fn an_unknown_window_is_an_error() {
    let error = calendar().is_open("mvoe", day("2026-09-14")).unwrap_err();
    assert_eq!(error, CalendarError::UnknownWindow { name: "mvoe".to_owned() });
}
