//! Whether a value written in a file is one of a type, and whether its code exists.
//!
//! Invariant: reads with the same function as the runtime, so that what passes here can be read there.

use xueji_definition::file::Literal;
use xueji_definition::finding::{Related, Spot};
use xueji_definition::value::{Type, Value};
use xueji_definition::{Definitions, Text, route};

use crate::site::Said;

/// Returns what is wrong with a literal of a type.
pub(crate) fn fault(definitions: &Definitions, ty: &Type, literal: &Literal) -> Option<Said> {
    match ty.read(&literal.0) {
        Ok(Some(value)) => code(definitions, ty, &value),
        Ok(None) => None,
        Err(error) => {
            let inside = if error.path.is_empty() {
                String::new()
            } else {
                format!("{}: ", error.path.join("."))
            };
            let wanted = ty.in_chinese();
            Some(Said::error(
                "literal-type",
                format!("{inside}应为{wanted}，现为 {}", error.found),
                format!("{inside}expected {}, found {}", error.expected, error.found),
            ))
        }
    }
}

/// Returns what is wrong with the codes in a value.
fn code(definitions: &Definitions, ty: &Type, value: &Value) -> Option<Said> {
    match (ty, value) {
        (Type::Code(list), Value::Text(code)) => {
            let entries = &definitions.codes.lists.get(list)?.entries;
            if entries.contains_key(code) {
                return None;
            }
            let known = entries.keys().map(String::as_str);
            Some(unknown_code(list, code).near(code, known))
        }
        (Type::List(of), Value::List(items)) => {
            items.iter().find_map(|item| code(definitions, of, item))
        }
        (Type::Map(types), Value::Map(fields)) => fields
            .iter()
            .find_map(|(name, value)| types.get(name).and_then(|ty| code(definitions, ty, value))),
        _ => None,
    }
}

/// Says that a code list has no such code.
pub(crate) fn unknown_code(list: &str, code: &str) -> Said {
    Said::error(
        "code-unknown",
        format!("代码表 `{list}` 没有 `{code}`"),
        format!("code list `{list}` has no `{code}`"),
    )
    .see(Related {
        file: "workflows/codes.yaml".to_owned(),
        spot: Spot::Key(route!["lists", list]),
        message: Text::new("代码表在这里", "the code list stands here"),
    })
}
