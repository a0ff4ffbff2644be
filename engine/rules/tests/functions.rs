//! What each function answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use xueji_rules::{Answer, Expression, Inputs, functions};

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = match Expression::compile(text).unwrap().evaluate(&Inputs::new()).answer {
        Answer::Value { value: Some(value) } => value.to_string(),
        Answer::Value { value: None } => "()".to_owned(),
        Answer::Missing { path } => format!("missing {path}"),
        Answer::Fault { message, .. } => format!("fault: {message}"),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn texts() {
    check("\"张三abc\".len()", "5");
    check("len(\"\")", "0");
    check("\"abc\".contains(\"b\")", "true");
    check("\"abc\".starts_with(\"ab\")", "true");
    check("\"abc\".ends_with(\"bc\")", "true");
    check("\"张三丰\".sub(1, 2)", "三丰");
    check("\"abc\".sub(2, 5)", "c");
    check("\"abc\".sub(-1, 5)", "fault: `sub` needs positions of 0 or more");
    check("\" aB \".trim().upper()", "AB");
    check("\"AB\".lower()", "ab");
    check("\"012\".to_int()", "12");
    check("\"1x\".to_int()", "fault: the text is no whole number");
    check("\"12\".is_digits()", "true");
    check("\"\".is_digits()", "false");
    check("\"１2\".is_digits()", "false");
}

#[test]
fn check_digits() {
    check("checksum_mod11_2(\"11010519491231002X\")", "true");
    check("checksum_mod11_2(\"440524188001010014\")", "true");
    check("checksum_mod11_2(\"440524188001010015\")", "false");
    check("checksum_mod11_2(\"1101051949123100X2\")", "false");
    check("checksum_mod11_2(\"07940\")", "true");
    check("checksum_mod11_2(\"\")", "false");
    check("checksum_mod11_2(\"1\")", "false");
}

#[test]
fn lists() {
    check("[1, 2].len()", "2");
    check("[1, 2].contains(2)", "true");
    check("[].all(|x| x > 1)", "true");
    check("[1, 2].all(|x| x > 1)", "false");
    check("[1, 2].any(|x| x > 1)", "true");
    check("[1, 2, 3].filter(|x| x > 1)", "[2,3]");
    check("[1, 2, 3].count(|x| x > 1)", "2");
    check("[1, 2].map(|x| x * 2)", "[2,4]");
    check("[1, 2.5].sum()", "3.5");
    check("[].sum()", "0");
    check("[1, 2].sum(|x| x / 2)", "1.5");
    check("[3, 1, 2].min()", "1");
    check("[\"a\", \"c\"].max()", "c");
    check("[1, 2].all(|x| x)", "fault: expected true or false of each element, found number");
    check("[1, \"a\"].max()", "fault: text and number cannot be put in order");
    check("[].min()", "fault: an empty list has no least and no greatest");
    check("[1, 2][1]", "2");
}

#[test]
fn dates() {
    check("date(\"2026-09-01\")", "2026-09-01");
    check("date(2026, 9, 1)", "2026-09-01");
    check("date(2026, 2, 30)", "fault: there is no such date");
    check("date_of_text(\"20260901\")", "2026-09-01");
    check("is_date_text(\"20260230\")", "false");
    check("is_date_text(\"20240229\")", "true");
    check("is_date_text(\"2024\")", "false");
    check("date(2026, 9, 1).year + date(2026, 9, 1).month + date(2026, 9, 1).day", "2036");
    check("date(2026, 9, 6).weekday", "7");
    check("date(2026, 1, 31).add_months(1)", "2026-02-28");
    check("date(2024, 2, 29).add_years(1)", "2025-02-28");
    check("date(2026, 12, 31).add_days(1)", "2027-01-01");
    check("add_days(date(2026, 1, 1), 99999999999)", "fault: the date is out of range");
    check("days_between(date(2026, 1, 1), date(2025, 12, 31))", "-1");
    check("months_between(date(2024, 9, 1), date(2026, 8, 31))", "23");
    check("years_between(date(2024, 9, 1), date(2026, 9, 1))", "2");
    check("date(2026, 9, 1) < date(2026, 9, 2)", "true");
}

#[test]
fn numbers() {
    check("floor(2.9)", "2");
    check("floor(-0.5)", "-1");
    check("round(2.345, 2)", "2.35");
    check("abs(-3)", "3");
    check("abs(-0.5)", "0.5");
    check("to_text(2027)", "2027");
    check("to_text(2.50)", "2.5");
}

#[test]
fn what_does_not_fit_says_so() {
    check("len(1)", "fault: `len` cannot be given (number)");
    check("len(subject)", "missing subject");
    check("has(form, \"x\")", "false");
}

#[test]
fn each_function_is_told_in_both_languages_and_names_are_distinct_by_what_they_take() {
    let mut seen = std::collections::BTreeSet::new();
    for function in functions() {
        assert!(!function.zh.is_empty() && !function.en.is_empty(), "{}", function.name);
        assert!(seen.insert(function.signature()), "{}", function.signature());
    }
}
