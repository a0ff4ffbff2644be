//! What stands on either side of an operator, and what a function is given.
//!
//! Invariant: a missing value is never one of the values; looking at it is an error that names its path.

use std::cmp::Ordering;

use jiff::civil::Date;
use rhai::{Array, Dynamic, EvalAltResult, FnPtr, ImmutableString, Map};
use rust_decimal::Decimal;

use crate::node::{Absent, Node};

/// Why an operation could not be done.
pub(crate) type Refusal = Box<EvalAltResult>;

/// One operand.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Text.
    Text(ImmutableString),
    /// Yes or no.
    Bool(bool),
    /// A date.
    Date(Date),
    /// Several values.
    List,
    /// Named fields.
    Group,
    /// A function.
    Function,
    /// Nothing at all.
    Nothing,
}

impl Operand {
    /// Looks at a value.
    ///
    /// # Errors
    /// When it is missing.
    pub(crate) fn of(value: &Dynamic) -> Result<Self, Refusal> {
        if let Ok(n) = value.as_int() {
            Ok(Self::Int(n))
        } else if let Ok(d) = value.as_decimal() {
            Ok(Self::Decimal(d))
        } else if let Ok(text) = value.as_immutable_string_ref() {
            Ok(Self::Text(text.clone()))
        } else if let Ok(b) = value.as_bool() {
            Ok(Self::Bool(b))
        } else if let Ok(c) = value.as_char() {
            Ok(Self::Text(ImmutableString::from(c.to_string())))
        } else if let Some(absent) = value.read_lock::<Absent>() {
            Err(absent.error())
        } else if let Some(date) = value.read_lock::<Date>() {
            Ok(Self::Date(*date))
        } else if value.read_lock::<Array>().is_some() {
            Ok(Self::List)
        } else if value.read_lock::<Node>().is_some() || value.read_lock::<Map>().is_some() {
            Ok(Self::Group)
        } else if value.read_lock::<FnPtr>().is_some() {
            Ok(Self::Function)
        } else {
            Ok(Self::Nothing)
        }
    }

    /// The number, if it is one.
    pub(crate) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Int(n) => Some(Decimal::from(*n)),
            Self::Decimal(d) => Some(*d),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) | Self::Decimal(_) => "number",
            Self::Text(_) => "text",
            Self::Bool(_) => "true or false",
            Self::Date(_) => "date",
            Self::List => "list",
            Self::Group => "group of fields",
            Self::Function => "function",
            Self::Nothing => "nothing",
        }
    }

    /// Tells whether two values of one kind are the same; `None` for unlike kinds.
    pub(crate) fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            _ => self.order(other).map(Ordering::is_eq),
        }
    }

    /// Returns which of two values of one kind comes first; `None` where there is no order.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.as_str().cmp(b.as_str())),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            _ => Some(self.number()?.cmp(&other.number()?)),
        }
    }
}

/// Tells whether two values are the same.
///
/// # Errors
/// When one is missing, or they are of unlike kinds.
pub(crate) fn same(a: &Dynamic, b: &Dynamic) -> Result<bool, Refusal> {
    let (x, y) = (Operand::of(a)?, Operand::of(b)?);
    x.same(&y).ok_or_else(|| unlike("compared", &x, &y))
}

/// Returns which of two values comes first.
///
/// # Errors
/// When one is missing, or they have no order.
pub(crate) fn order(a: &Dynamic, b: &Dynamic) -> Result<Ordering, Refusal> {
    let (x, y) = (Operand::of(a)?, Operand::of(b)?);
    x.order(&y).ok_or_else(|| unlike("put in order", &x, &y))
}

/// The error for two values that do not go together.
pub(crate) fn unlike(act: &str, x: &Operand, y: &Operand) -> Refusal {
    format!("{} and {} cannot be {act}", x.kind(), y.kind()).into()
}
