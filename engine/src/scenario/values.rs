//! Values as stories write them, and whether what is there is what was meant.
//!
//! Invariant: an expected value is compared in the type of what is there, so that `"100"` and `100.00` are one amount of
//! money, and `null` means that nothing is there.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::value::{Fields, Value};

use super::failure::{Words, none};

/// Returns whether what is there is what was expected. Of a group only the named fields are compared.
pub(super) fn same(expected: &Json, actual: Option<&Value>) -> bool {
    let Some(actual) = actual else { return is_empty(expected) };
    match (expected, actual) {
        (Json::Array(expected), Value::List(actual)) => {
            expected.len() == actual.len()
                && expected.iter().zip(actual).all(|(e, a)| same(e, Some(a)))
        }
        (Json::Object(expected), Value::Map(actual)) => {
            expected.iter().all(|(name, value)| same(value, at(actual, name)))
        }
        (expected, Value::Decimal(number)) => {
            as_text(expected).and_then(|text| text.parse::<Decimal>().ok()) == Some(*number)
        }
        (expected, Value::Int(number)) => {
            as_text(expected).and_then(|text| text.parse().ok()) == Some(*number)
        }
        (expected, Value::Date(date)) => {
            as_text(expected).and_then(|text| text.parse::<Date>().ok()) == Some(*date)
        }
        (Json::Bool(expected), Value::Bool(actual)) => expected == actual,
        (expected, Value::Text(actual)) => as_text(expected).as_ref() == Some(actual),
        _ => false,
    }
}

fn is_empty(expected: &Json) -> bool {
    match expected {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn as_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Follows a dotted name into fields; a field whose own name has dots comes first.
pub(super) fn at<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    fields.get(first)?.at(rest)
}

/// Shows a value in a failure.
pub(super) fn shown(value: Option<&Value>) -> Text {
    value.map_or_else(none, |value| value.to_json().to_string().words())
}

/// Reads a value whose type nobody tells: dates are told by their shape.
pub(super) fn guessed(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Decimal(number.to_string().parse().ok()?),
        },
        Json::String(text) => match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => Value::Date(date),
            _ => Value::Text(text.clone()),
        },
        Json::Array(items) => Value::List(items.iter().filter_map(guessed).collect()),
        Json::Object(entries) => Value::Map(
            entries
                .iter()
                .filter_map(|(name, entry)| Some((name.clone(), guessed(entry)?)))
                .collect(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expected_value_is_compared_in_the_type_of_what_is_there() {
        let money = Value::Decimal("100.00".parse().unwrap());
        assert!(same(&json!(100), Some(&money)) && same(&json!("100.0"), Some(&money)));
        assert!(!same(&json!(101), Some(&money)));
        assert!(same(&json!("7"), Some(&Value::Int(7))));
        assert!(same(&json!("2026-12-22"), Some(&Value::Date("2026-12-22".parse().unwrap()))));
        assert!(same(&Json::Null, None) && !same(&json!(false), None));
        let group = guessed(&json!({"hall": "1", "seats": 20})).unwrap();
        assert!(same(&json!({"seats": 20}), Some(&group)));
        let Value::Map(fields) = guessed(&json!({"target": {"hall": "1"}})).unwrap() else {
            panic!()
        };
        assert_eq!(at(&fields, "target.hall"), Some(&Value::Text("1".into())));
    }
}
