//! Values that records, forms and rules hold, and the types that definitions declare for them.
//!
//! Invariant: a [`Value`] has no empty form. What is absent is `None` outside of it, so that nobody can compare an
//! empty value by accident; numbers are exact (integers and decimals, never binary floating point).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A map from field name to value, in name order, as records and forms keep it.
pub type Fields = BTreeMap<String, Value>;

/// One value of a record, a form, a parameter or a fact.
///
/// The serde form is the stored one, in which each kind names itself (`{"date": "2026-09-01"}`), so that reading gives
/// back exactly what was written. What callers see is [`Value::to_json`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// Text, a code, or the id of an uploaded file.
    Text(String),
    /// A whole number.
    Int(i64),
    /// An exact decimal: money, credits, scores.
    Decimal(Decimal),
    /// Yes or no.
    Bool(bool),
    /// A civil date.
    Date(Date),
    /// Several values, in order.
    List(Vec<Value>),
    /// A record-like value: a group of named fields.
    Map(Fields),
}

/// What kind of value a field, a parameter or a fact holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Free text.
    Text,
    /// A whole number.
    Int,
    /// An exact decimal.
    Decimal,
    /// Yes or no.
    Bool,
    /// A civil date.
    Date,
    /// One entry of the named code list.
    Code(String),
    /// An uploaded file, by its id.
    File,
    /// The id of a record of the named type.
    Record(String),
    /// Several values of one type.
    List(Box<Type>),
    /// Named fields, each with its type; shared, for whole records are handed from place to place.
    Map(Arc<BTreeMap<String, Type>>),
}

impl Type {
    /// Returns the type of a group of named fields.
    #[must_use]
    pub fn map(fields: BTreeMap<String, Self>) -> Self {
        Self::Map(Arc::new(fields))
    }

    /// Tells whether values of the two types may be compared or assigned to one another.
    ///
    /// Codes, record ids and files are text beneath; a whole number may stand where a decimal is expected.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decimal, Self::Int) => true,
            (Self::List(a), Self::List(b)) => a.accepts(b),
            (Self::Map(a), Self::Map(b)) => {
                b.iter().all(|(name, ty)| a.get(name).is_some_and(|own| own.accepts(ty)))
            }
            (a, b) if a.is_textual() && b.is_textual() => match (a, b) {
                (Self::Code(x), Self::Code(y)) | (Self::Record(x), Self::Record(y)) => x == y,
                _ => true,
            },
            (a, b) => a == b,
        }
    }

    /// Tells whether the value is text beneath.
    #[must_use]
    pub fn is_textual(&self) -> bool {
        matches!(self, Self::Text | Self::Code(_) | Self::File | Self::Record(_))
    }

    /// Reads a value of this type from JSON, as forms and files carry it.
    ///
    /// Empty text and `null` are `Ok(None)`: absent. A decimal may come as number or text. Whether a code exists, or a
    /// length fits, is for the caller, who knows the lists and limits.
    ///
    /// # Errors
    /// [`ValueError`], naming the place inside the value and what was expected there.
    pub fn read(&self, json: &serde_json::Value) -> Result<Option<Value>, ValueError> {
        use serde_json::Value as J;
        let wrong = || ValueError::new(self, json);
        Ok(Some(match (self, json) {
            (_, J::Null) => return Ok(None),
            (_, J::String(s)) if s.trim().is_empty() => return Ok(None),
            (Self::Text | Self::Code(_) | Self::File | Self::Record(_), J::String(s)) => {
                Value::Text(s.clone())
            }
            (Self::Int, J::Number(n)) => Value::Int(n.as_i64().ok_or_else(wrong)?),
            (Self::Int, J::String(s)) => Value::Int(s.trim().parse().map_err(|_| wrong())?),
            (Self::Decimal, J::Number(n)) => {
                Value::Decimal(decimal(&n.to_string()).ok_or_else(wrong)?)
            }
            (Self::Decimal, J::String(s)) => Value::Decimal(decimal(s.trim()).ok_or_else(wrong)?),
            (Self::Bool, J::Bool(b)) => Value::Bool(*b),
            (Self::Bool, J::String(s)) if s == "true" || s == "false" => Value::Bool(s == "true"),
            (Self::Date, J::String(s)) => Value::Date(s.trim().parse().map_err(|_| wrong())?),
            (Self::List(of), J::Array(items)) => {
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    if let Some(value) = of.read(item).map_err(|e| e.under(&at.to_string()))? {
                        list.push(value);
                    }
                }
                Value::List(list)
            }
            (Self::Map(types), J::Object(entries)) => {
                let mut fields = Fields::new();
                for (name, entry) in entries {
                    let ty =
                        types.get(name).ok_or_else(|| ValueError::unknown(name, types.keys()))?;
                    if let Some(value) = ty.read(entry).map_err(|e| e.under(name))? {
                        fields.insert(name.clone(), value);
                    }
                }
                Value::Map(fields)
            }
            _ => return Err(wrong()),
        }))
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

impl Type {
    /// Returns what the type is called in Chinese.
    #[must_use]
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Text => "文字".to_owned(),
            Self::Int => "整数".to_owned(),
            Self::Decimal => "数字".to_owned(),
            Self::Bool => "true 或 false".to_owned(),
            Self::Date => "日期（YYYY-MM-DD）".to_owned(),
            Self::Code(list) => format!("代码表 `{list}` 的代码"),
            Self::File => "上传的文件".to_owned(),
            Self::Record(of) => format!("`{of}` 的编号"),
            Self::List(of) => format!("{}的列表", of.in_chinese()),
            Self::Map(_) => "一组字段".to_owned(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Int => f.write_str("whole number"),
            Self::Decimal => f.write_str("decimal number"),
            Self::Bool => f.write_str("true or false"),
            Self::Date => f.write_str("date (YYYY-MM-DD)"),
            Self::Code(list) => write!(f, "code of `{list}`"),
            Self::File => f.write_str("uploaded file"),
            Self::Record(of) => write!(f, "id of a `{of}`"),
            Self::List(of) => write!(f, "list of {of}"),
            Self::Map(_) => f.write_str("group of fields"),
        }
    }
}

/// Why JSON could not be read as a value of a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct ValueError {
    /// Where, inside the value: field names and list positions, outermost first. Empty for the value itself.
    pub path: Vec<String>,
    /// What the type asks for, in words.
    pub expected: String,
    /// What stood there, in words.
    pub found: String,
}

impl ValueError {
    fn new(expected: &Type, found: &serde_json::Value) -> Self {
        Self { path: Vec::new(), expected: expected.to_string(), found: shown(found) }
    }

    fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Self {
        let known: Vec<&str> = known.map(String::as_str).collect();
        Self {
            path: vec![name.to_owned()],
            expected: format!("one of {}", known.join(", ")),
            found: format!("`{name}`"),
        }
    }

    fn under(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }
}

/// Shows a JSON value shortly, for a message: its first 40 characters.
fn shown(json: &serde_json::Value) -> String {
    let text = json.to_string();
    if text.chars().count() <= 40 {
        text
    } else {
        text.chars().take(40).chain("…".chars()).collect()
    }
}

impl Value {
    /// The value as callers see it: dates and decimals as text, everything else as JSON has it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as J;
        match self {
            Self::Text(s) => J::String(s.clone()),
            Self::Int(n) => J::from(*n),
            Self::Decimal(d) => J::String(d.to_string()),
            Self::Bool(b) => J::Bool(*b),
            Self::Date(d) => J::String(d.to_string()),
            Self::List(items) => J::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(fields) => {
                J::Object(fields.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
        }
    }

    /// The text of a text, code, file or record value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(s) = self { Some(s) } else { None }
    }

    /// Returns whether two values are equal; whole numbers and decimals are of one kind.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(whole), Self::Decimal(exact)) | (Self::Decimal(exact), Self::Int(whole)) => {
                *exact == Decimal::from(*whole)
            }
            _ => self == other,
        }
    }

    /// Follows a dotted path (`target.unit`) into nested groups.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, key| match value {
            Self::Map(fields) => fields.get(key),
            _ => None,
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(s) => f.write_str(s),
            Self::Int(n) => n.fmt(f),
            Self::Decimal(d) => d.fmt(f),
            Self::Bool(b) => b.fmt(f),
            Self::Date(d) => d.fmt(f),
            Self::List(_) | Self::Map(_) => write!(f, "{}", self.to_json()),
        }
    }
}
