//! Expressions and literals inside YAML.
//!
//! Invariant: an [`Expr`] keeps exactly the text that stood in the file, so that a place inside the expression can be
//! turned into a place in the file.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// An expression in the rule language, written as text, or a plain number or yes/no standing for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Expr(pub String);

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            other @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => {
                Ok(Self(other.to_string()))
            }
            _ => Err(serde::de::Error::custom(
                "expected an expression: text, a number, or true or false",
            )),
        }
    }
}

impl JsonSchema for Expr {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expr".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An expression over subject, form, item, param, fact, case, person and today; \
                            a plain number or true/false stands for itself.",
            "type": ["string", "number", "boolean"]
        })
    }
}

/// A value written out in a file; its type comes from the field or parameter that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Literal(pub serde_json::Value);

impl JsonSchema for Literal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Literal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value as the field's type asks for: text, number, true/false, date (YYYY-MM-DD), list or group.",
            "type": ["string", "number", "boolean", "array", "object"]
        })
    }
}
