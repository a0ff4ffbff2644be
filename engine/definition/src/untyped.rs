//! What a tree says, without its places: what the typed reading is made from.
//!
//! Invariant: the same that serde_yaml reads in the text, which tests hold it to; and as there is one reading, no check
//! looks at something else than what runs.

use serde_yaml::{Mapping, Value};

use crate::plain::{self, Read};
use crate::yaml::{Kind, Node, Scalar};

/// Returns what a node says. What was refused says nothing.
#[must_use]
pub fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar(scalar) => of_scalar(scalar),
        Kind::Sequence(items) => Value::Sequence(items.iter().map(value).collect()),
        Kind::Mapping(entries) => {
            let mut mapping = Mapping::with_capacity(entries.len());
            for (key, entry) in entries {
                mapping.insert(of_scalar(&key.scalar), value(entry));
            }
            Value::Mapping(mapping)
        }
        Kind::Refused => Value::Null,
    }
}

fn of_scalar(scalar: &Scalar) -> Value {
    let text = scalar.text.as_str();
    match plain::read(scalar) {
        Read::Null => Value::Null,
        Read::Bool(yes) => Value::Bool(yes),
        Read::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) => Value::from(number),
            // No number that anything here can hold: its type refuses it as it is written.
            _ => Value::from(text),
        },
        Read::Float => Value::from(float(text)),
        Read::Text => Value::from(text),
    }
}

fn float(text: &str) -> f64 {
    match text.to_ascii_lowercase().as_str() {
        ".inf" | "+.inf" => f64::INFINITY,
        "-.inf" => f64::NEG_INFINITY,
        other => other.parse().unwrap_or(f64::NAN),
    }
}
