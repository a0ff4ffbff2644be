//! Whether the reading with places and the typed reading found the same in a file.
//!
//! Invariant: two parsers stand behind this room. Where they take the same text for different things, the file is
//! refused, so that no check looks at something else than what runs.

use serde_yaml::Value;

use crate::finding::Route;
use crate::plain::{self, Read};
use crate::yaml::{Kind, Node, Scalar};

/// Returns the route to the first node that the two readings take differently.
#[must_use]
pub(crate) fn first_difference(own: &Node, theirs: &Value) -> Option<Route> {
    let mut route = Route::default();
    (!same(own, theirs, &mut route)).then_some(route)
}

fn same(own: &Node, theirs: &Value, route: &mut Route) -> bool {
    match (&own.kind, theirs) {
        (Kind::Sequence(own), Value::Sequence(theirs)) => {
            let mut pairs = own.iter().zip(theirs).enumerate();
            own.len() == theirs.len()
                && pairs
                    .all(|(at, (own, theirs))| under(route, at, |route| same(own, theirs, route)))
        }
        (Kind::Mapping(own), Value::Mapping(theirs)) => {
            let mut pairs = own.iter().zip(theirs);
            own.len() == theirs.len()
                && pairs.all(|((key, own), (name, theirs))| {
                    let text = key.scalar.text.as_str();
                    same_scalar(&key.scalar, name)
                        && under(route, text, |route| same(own, theirs, route))
                })
        }
        (Kind::Scalar(own), theirs) => same_scalar(own, theirs),
        _ => false,
    }
}

/// Goes on below a key, which stays in the route if a difference is found there.
fn under<K: Into<crate::finding::Key>>(
    route: &mut Route,
    key: K,
    look: impl FnOnce(&mut Route) -> bool,
) -> bool {
    route.0.push(key.into());
    let same = look(route);
    if same {
        route.0.pop();
    }
    same
}

fn same_scalar(own: &Scalar, theirs: &Value) -> bool {
    match plain::read(own) {
        Read::Null => theirs.is_null(),
        Read::Bool(own) => theirs.as_bool() == Some(own),
        Read::Int(own) => {
            theirs.as_i64().map(i128::from).or_else(|| theirs.as_u64().map(i128::from)) == Some(own)
        }
        Read::Float => theirs.is_f64(),
        Read::Text => theirs.as_str() == Some(own.text.as_str()),
    }
}
