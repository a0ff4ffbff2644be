//! Functions of numbers.

use rhai::Dynamic;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Function, Gives, Takes, arg, int, row};
use crate::node::decimal;
use crate::operand::{Operand, Refusal};

pub(super) const TABLE: &[Function] = &[
    row(
        "floor",
        &[Takes::Number],
        Gives::Int,
        "不大于它的最大整数",
        "the greatest whole number that is not above it",
        |_, a| whole(number(a)?.floor()),
    ),
    row(
        "round",
        &[Takes::Number, Takes::Int],
        Gives::Decimal,
        "四舍五入到若干位小数",
        "rounded to so many places, halves away from zero",
        |_, a| {
            let places = u32::try_from(int(a, 1)?).ok().filter(|places| *places <= 28);
            let places = places.ok_or("`round` needs 0 to 28 places")?;
            Ok(decimal(
                number(a)?.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero),
            ))
        },
    ),
    row("to_text", &[Takes::Number], Gives::Text, "写成文字", "written as text", |_, a| {
        Ok(Dynamic::from(number(a)?.normalize().to_string()))
    }),
    row("abs", &[Takes::Number], Gives::Same, "绝对值", "without its sign", |_, a| {
        match Operand::of(arg(a, 0)?)? {
            Operand::Int(n) => Ok(Dynamic::from(n.checked_abs().ok_or("the number is too large")?)),
            _ => Ok(decimal(number(a)?.abs())),
        }
    }),
];

fn number(args: &[Dynamic]) -> Result<Decimal, Refusal> {
    Operand::of(arg(args, 0)?)?.number().ok_or_else(|| "expected a number".into())
}

fn whole(d: Decimal) -> Result<Dynamic, Refusal> {
    Ok(Dynamic::from(d.to_i64().ok_or("the number is too large")?))
}
