//! What a broken calendar is told.
//!
//! Invariant: all problems come at once, each with its route.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::file;
use crate::{Calendar, CalendarFile};

/// Puts values at JSON pointers into the fixture, and returns the problems, one a line.
fn broken(changes: &[(&str, Value)]) -> String {
    let mut json = serde_json::to_value(file()).unwrap();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        json.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    let file: CalendarFile = serde_json::from_value(json).unwrap();
    let problems = Calendar::new(file).unwrap_err();
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn a_file_that_is_written_again_is_the_same() {
    let json = serde_json::to_string(&file()).unwrap();
    assert_eq!(serde_json::from_str::<CalendarFile>(&json).unwrap(), file());
}

#[test]
fn days_off_and_make_up_days_must_agree() {
    let name = json!({"zh": "休", "en": "off"});
    let days_off = json!([
        {"from": "2026-05-05", "to": "2026-05-01", "name": name},
        {"date": "2026-05-01", "to": "2026-05-02", "name": name},
        {"date": "2025-12-31", "name": name},
        {"from": "2026-10-01", "to": "2026-10-03", "name": name},
        {"date": "2026-10-03", "name": name},
    ]);
    let make_up = json!(["2026-10-02", "2026-10-08", "2026-10-10", "2026-10-10", "2027-01-31"]);
    let text = broken(&[
        ("/years/2026/days-off", days_off),
        ("/years/2026/make-up-days", make_up),
        ("/time-zone", json!("Asia/Shanghai")),
    ]);
    assert_snapshot!(text, @r#"
    time-zone: expected a fixed offset such as "+08:00", found "Asia/Shanghai"
    years/2026/days-off/0: the range is backwards: 2026-05-05 is after 2026-05-01
    years/2026/days-off/1: a day off has either `date`, or `from` and `to`
    years/2026/days-off/2: 2025-12-31 is not in 2026; it belongs under its own year
    years/2026/days-off/4: 2026-10-03 (Saturday) is a day off twice
    years/2026/make-up-days/0: 2026-10-02 (Friday) is both a day off and a make-up day
    years/2026/make-up-days/1: 2026-10-08 (Thursday) is a working day anyway; a make-up day is a Saturday or Sunday
    years/2026/make-up-days/3: 2026-10-10 (Saturday) is a make-up day twice
    years/2026/make-up-days/4: 2027-01-31 is not in 2026; it belongs under its own year
    "#);
}

#[test]
fn terms_must_begin_on_a_monday_and_not_overlap() {
    let text = broken(&[
        ("/terms/1/starts", json!("2027-01-11")),
        ("/terms/2/id", json!("2026-2027-1")),
        ("/terms/2/starts", json!("2027-09-01")),
        ("/terms/2/weeks", json!(0)),
        ("/windows", json!({})),
    ]);
    assert_snapshot!(text, @r"
    terms/2/id: the term `2026-2027-1` is there twice
    terms/2/starts: expected a term to start on a Monday, found 2027-09-01 (Wednesday)
    terms/2/weeks: expected a number from 1, and 1 to 53 weeks, found 0
    terms/1/starts: the term `2026-2027-2` overlaps `2026-2027-1`, which ends on 2027-01-17
    ");
}

#[test]
fn windows_and_days_must_come_about() {
    let title = json!({"zh": "窗口", "en": "Window"});
    let windows = json!({
        "empty": {"title": title},
        "never": {"title": title, "weeks": {"from": 1, "to": 2, "term-numbers": [3]}},
        "beyond": {"title": title, "weeks": {"from": 17, "to": 19}},
        "backwards": {"title": title, "weeks": {"from": 9, "to": 8}},
        "dates": {"title": title, "dates": [{"from": "2027-01-02", "to": "2027-01-01"}]},
        "month": {"title": title, "monthly": {"from": 5, "to": 32, "months": [13]}},
    });
    let days = json!({
        "never": {"title": title},
        "unused": {"title": title, "last-weekday": "monday", "past-month-end": "drop"},
        "twice": {"title": title, "extra": ["2027-01-27", "2027-01-27"]},
    });
    assert_snapshot!(broken(&[("/windows", windows), ("/days", days)]), @r"
    windows/empty: the window says nowhere when it opens: `weeks`, `around-term-start`, `dates`, `yearly` or `monthly`
    windows/never: the window never opens: no term or date fits it
    windows/beyond/weeks/to: the window goes to week 19, but the term `2026-2027-2` has 18 weeks
    windows/backwards/weeks: the range is backwards: 9 is after 8
    windows/dates/dates/0: the range is backwards: 2027-01-02 is after 2027-01-01
    windows/month/monthly/to: expected a number from 1 to 31, found 32
    windows/month/monthly/months/0: expected a number from 1 to 12, found 13
    days/never: the day never comes: it needs `last-weekday` or `extra` days
    days/unused/past-month-end: `past-month-end` goes with `reading: week-of-month-end` only
    days/twice/extra/1: 2027-01-27 is there twice
    ");
}

#[test]
fn an_unknown_key_and_an_unreadable_day_are_refused_by_name() {
    let refused = |yearly: &str| {
        let file = format!(
            r#"{{"time-zone": "+08:00", "years": {{}}, "windows": {{"w": {{"title": {{"zh": "", "en": ""}}, "yearly": [{yearly}]}}}}}}"#
        );
        serde_json::from_str::<CalendarFile>(&file).unwrap_err().to_string()
    };
    assert!(refused(r#"{"from": "3-1", "to": "03-31"}"#).contains("found \"3-1\""));
    assert!(refused(r#"{"from": "03-01", "till": "03-31"}"#).contains("unknown field `till`"));
}

#[test]
fn the_schema_describes_the_years_and_forbids_unknown_keys() {
    let schema = schemars::schema_for!(CalendarFile).to_value();
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(
        schema["properties"]["years"]["patternProperties"].as_object().unwrap().keys().next(),
        Some(&r"^-?\d+$".to_owned())
    );
}
