//! What a reader of a story may see.
//!
//! Invariant: decides nothing; whoever tells a story to somebody hands in what they may see.

use serde_json::{Map, Value as Json};
use xueji_definition::value::{Fields, Value};

/// What a reader may see of values.
pub trait Sight {
    /// Returns a form as it is shown.
    fn form(&self, form: &Fields) -> Map<String, Json>;

    /// Returns a value of a record as it is shown; nothing when it is left out.
    fn record_value(&self, kind: &str, field: &str, value: &Value) -> Option<Json>;

    /// Tells whether a value read by a rule, named by its dotted path, is shown as it is.
    fn sees(&self, path: &str, value: &Value) -> bool;

    /// Tells whether words that were addressed to others, or rest on values of any kind, are shown.
    fn sees_words(&self) -> bool;
}

/// Sees everything: who holds the data folder in hand.
#[derive(Debug, Clone, Copy)]
pub struct AllSeeing;

impl Sight for AllSeeing {
    fn form(&self, form: &Fields) -> Map<String, Json> {
        form.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    }

    fn record_value(&self, _: &str, _: &str, value: &Value) -> Option<Json> {
        Some(value.to_json())
    }

    fn sees(&self, _: &str, _: &Value) -> bool {
        true
    }

    fn sees_words(&self) -> bool {
        true
    }
}
