//! What the operators mean: numbers are exact, and unlike or missing values are never silently unequal.
//!
//! Invariant: each operator that a script can write has one registered meaning for every pair of values, so that none
//! of Rhai's own (in which `"10" > 9` is false) is ever asked.

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{Dynamic, Engine};
use rust_decimal::Decimal;

use crate::node::decimal;
use crate::operand::{Operand, Refusal, order, same, unlike};

type Answer = Result<Dynamic, Refusal>;
type Binary = fn(&Dynamic, &Dynamic) -> Answer;
type Unary = fn(&Dynamic) -> Answer;

/// The operators on two values.
pub(crate) const BINARY: &[(&str, Binary)] = &[
    ("==", |a, b| Ok(same(a, b)?.into())),
    ("!=", |a, b| Ok((!same(a, b)?).into())),
    ("<", |a, b| Ok((order(a, b)? == Ordering::Less).into())),
    ("<=", |a, b| Ok((order(a, b)? != Ordering::Greater).into())),
    (">", |a, b| Ok((order(a, b)? == Ordering::Greater).into())),
    (">=", |a, b| Ok((order(a, b)? != Ordering::Less).into())),
    ("+", add),
    ("-", |a, b| arithmetic(a, b, "subtracted", i64::checked_sub, Decimal::checked_sub)),
    ("*", |a, b| arithmetic(a, b, "multiplied", i64::checked_mul, Decimal::checked_mul)),
    ("/", divide),
    ("%", |a, b| arithmetic(a, b, "divided", i64::checked_rem, Decimal::checked_rem)),
    ("|", |_, _| Err("`|` is no operator; write `||`".into())),
];

/// The operators on one value.
pub(crate) const UNARY: &[(&str, Unary)] = &[
    ("!", |a| match Operand::of(a)? {
        Operand::Bool(b) => Ok((!b).into()),
        other => Err(format!("`!` needs true or false, found {}", other.kind()).into()),
    }),
    ("-", |a| match Operand::of(a)? {
        Operand::Int(n) => n.checked_neg().map(Dynamic::from).ok_or_else(overflow),
        Operand::Decimal(d) => Ok(decimal(-d)),
        other => Err(format!("`-` needs a number, found {}", other.kind()).into()),
    }),
    ("+", |a| match Operand::of(a)? {
        Operand::Int(_) | Operand::Decimal(_) => Ok(a.clone()),
        other => Err(format!("`+` needs a number, found {}", other.kind()).into()),
    }),
];

fn overflow() -> Refusal {
    "the number is too large, or divided by zero".into()
}

fn add(a: &Dynamic, b: &Dynamic) -> Answer {
    if let (Operand::Text(x), Operand::Text(y)) = (Operand::of(a)?, Operand::of(b)?) {
        return Ok(Dynamic::from(x + y));
    }
    arithmetic(a, b, "added", i64::checked_add, Decimal::checked_add)
}

fn arithmetic(
    a: &Dynamic,
    b: &Dynamic,
    act: &str,
    whole: fn(i64, i64) -> Option<i64>,
    exact: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Answer {
    let (x, y) = (Operand::of(a)?, Operand::of(b)?);
    if let (Operand::Int(x), Operand::Int(y)) = (&x, &y) {
        return whole(*x, *y).map(Dynamic::from).ok_or_else(overflow);
    }
    match (x.number(), y.number()) {
        (Some(p), Some(q)) => exact(p, q).map(decimal).ok_or_else(overflow),
        _ => Err(unlike(act, &x, &y)),
    }
}

/// Divides exactly, whole numbers too: `10 / 4` is 2.5.
fn divide(a: &Dynamic, b: &Dynamic) -> Answer {
    let (x, y) = (Operand::of(a)?, Operand::of(b)?);
    match (x.number(), y.number()) {
        (Some(p), Some(q)) => p.checked_div(q).map(|d| decimal(d.normalize())).ok_or_else(overflow),
        _ => Err(unlike("divided", &x, &y)),
    }
}

/// Gives the engine its operators.
pub(crate) fn register(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    for (name, act) in BINARY {
        engine.register_raw_fn(*name, [any, any], move |_, args| match args {
            [a, b] => act(a, b),
            _ => Err("an operator needs two values".into()),
        });
    }
    for (name, act) in UNARY {
        engine.register_raw_fn(*name, [any], move |_, args| match args {
            [a] => act(a),
            _ => Err("an operator needs a value".into()),
        });
    }
}
