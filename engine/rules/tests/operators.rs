//! Every operator on every pair of kinds: what goes together answers, everything else is an error that says so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use std::str::FromStr;

use rust_decimal::Decimal;
use xueji_definition::value::{Fields, Value};
use xueji_rules::{Answer, Expression, Inputs};

fn answer(text: &str) -> Answer {
    answer_of(text).unwrap_or_else(|| panic!("{text} does not compile"))
}

fn answer_of(text: &str) -> Option<Answer> {
    let group = Value::Map(Fields::from([("x".to_owned(), Value::Int(1))]));
    let inputs = Inputs::new().with("form", group);
    Some(Expression::compile(text).ok()?.evaluate(&inputs).answer)
}

fn value(text: &str) -> Value {
    match answer(text) {
        Answer::Value { value: Some(value) } => value,
        other => panic!("{text}: {other:?}"),
    }
}

/// One of each kind, as scripts write or are given them; `today` is not given.
const KINDS: [(&str, &str); 10] = [
    ("number", "10"),
    ("number", "2.5"),
    ("text", "\"a\""),
    ("text", "'a'"),
    ("bool", "true"),
    ("date", "date(2026, 9, 1)"),
    ("list", "[1, 2]"),
    ("group", "form"),
    ("nothing", "()"),
    ("missing", "today"),
];

#[test]
fn comparing_answers_for_like_kinds_and_is_an_error_for_all_others() {
    for operator in ["==", "!=", "<", "<=", ">", ">="] {
        for (a, x) in KINDS {
            for (b, y) in KINDS {
                let text = format!("{x} {operator} {y}");
                let equality = matches!(operator, "==" | "!=");
                let goes = a == b
                    && (matches!(a, "number" | "text" | "date") || (a == "bool" && equality));
                match answer(&text) {
                    Answer::Value { value: Some(Value::Bool(_)) } => assert!(goes, "{text}"),
                    Answer::Missing { path } => {
                        assert!(!goes && path == "today" && (a == "missing" || b == "missing"));
                    }
                    Answer::Fault { .. } => assert!(!goes, "{text}"),
                    other => panic!("{text}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn arithmetic_answers_for_numbers_and_adds_texts_and_is_an_error_for_all_others() {
    for operator in ["+", "-", "*", "/", "%"] {
        for (a, x) in KINDS {
            for (b, y) in KINDS {
                let text = format!("{x} {operator} {y}");
                let goes = a == b && (a == "number" || (a == "text" && operator == "+"));
                let answered = matches!(answer(&text), Answer::Value { value: Some(_) });
                assert_eq!(answered, goes, "{text}: {:?}", answer(&text));
            }
        }
    }
}

#[test]
fn signs_and_not_are_strict_too() {
    for (kind, x) in KINDS {
        let answered =
            |text: String| matches!(answer_of(&text), Some(Answer::Value { value: Some(_) }));
        assert_eq!(answered(format!("!{x}")), kind == "bool", "!{x}");
        assert_eq!(answered(format!("-({x})")), kind == "number", "-({x})");
        assert_eq!(answered(format!("true && {x}")), kind == "bool", "&& {x}");
        assert_eq!(answered(format!("false || {x}")), kind == "bool", "|| {x}");
        assert_eq!(answered(format!("if {x} {{ 1 }} else {{ 2 }}")), kind == "bool", "if {x}");
        assert!(!answered(format!("true | {x}")), "| {x}");
    }
}

#[test]
fn membership_compares_as_strictly_as_equality() {
    assert_eq!(value("2 in [1, 2]"), Value::Bool(true));
    assert_eq!(value("2.0 in [1, 2]"), Value::Bool(true));
    assert_eq!(value("\"a\" !in [\"b\"]"), Value::Bool(true));
    assert_eq!(value("\"b\" in \"abc\""), Value::Bool(true));
    assert!(matches!(answer("\"1\" in [1, 2]"), Answer::Fault { .. }));
    assert!(matches!(answer("1 in 2"), Answer::Fault { .. }));
    assert!(matches!(answer("today in [1]"), Answer::Missing { .. }));
    assert!(matches!(answer("today in []"), Answer::Missing { .. }));
    assert!(matches!(answer("\"x\" in form"), Answer::Fault { .. }));
}

#[test]
fn numbers_are_exact() {
    let decimal = |text| Value::Decimal(Decimal::from_str(text).unwrap());
    assert_eq!(value("10 / 4"), decimal("2.5"));
    assert_eq!(value("0.1 + 0.2"), decimal("0.3"));
    assert_eq!(value("1 + 0.5"), decimal("1.5"));
    assert_eq!(value("7 % 4"), Value::Int(3));
    assert_eq!(value("165 >= 164.5"), Value::Bool(true));
    assert_eq!(value("10 / 5 == 2"), Value::Bool(true));
    assert_eq!(value("9007199254740993 == 9007199254740992"), Value::Bool(false));
}

#[test]
fn overflow_and_division_by_zero_are_faults() {
    for text in ["9223372036854775807 + 1", "1 / 0", "1 % 0", "-(-9223372036854775807 - 1)"] {
        assert!(matches!(answer(text), Answer::Fault { .. }), "{text}: {:?}", answer(text));
    }
}

#[test]
fn a_fault_names_its_place() {
    let Answer::Fault { line, column, message } = answer("1 == 1 &&\n  \"10\" > 9") else {
        panic!("no fault")
    };
    assert_eq!((line, column), (2, 8));
    assert_eq!(message, "text and number cannot be put in order");
}
