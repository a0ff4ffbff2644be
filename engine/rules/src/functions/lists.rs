//! Functions of lists. Those that take a function ask it element by element.

use rhai::{Array, Dynamic, FnPtr, NativeCallContext};

use super::texts::count;
use super::{Function, Gives, Takes, arg, function, row};
use crate::operand::{Operand, Refusal, order, same};
use crate::operators::BINARY;

pub(super) const TABLE: &[Function] = &[
    row("len", &[Takes::List], Gives::Int, "元素个数", "the number of elements", |_, a| {
        Ok(count(list(a)?.len()))
    }),
    row(
        "contains",
        &[Takes::List, Takes::Any],
        Gives::Bool,
        "列表中是否有某值（也写作 `值 in 列表`）",
        "whether a list holds a value (also written `value in list`)",
        |_, a| {
            let sought = arg(a, 1)?;
            Operand::of(sought)?;
            for item in list(a)? {
                if same(&item, sought)? {
                    return Ok(true.into());
                }
            }
            Ok(false.into())
        },
    ),
    row(
        "all",
        &[Takes::List, Takes::Test],
        Gives::Bool,
        "是否每个元素都满足；空列表为真",
        "whether every element passes; true of an empty list",
        |c, a| {
            let test = function(a, 1)?;
            for item in list(a)? {
                if !passes(c, &test, item)? {
                    return Ok(false.into());
                }
            }
            Ok(true.into())
        },
    ),
    row(
        "any",
        &[Takes::List, Takes::Test],
        Gives::Bool,
        "是否有元素满足；空列表为假",
        "whether some element passes; false of an empty list",
        |c, a| {
            let test = function(a, 1)?;
            for item in list(a)? {
                if passes(c, &test, item)? {
                    return Ok(true.into());
                }
            }
            Ok(false.into())
        },
    ),
    row(
        "filter",
        &[Takes::List, Takes::Test],
        Gives::Same,
        "满足的元素",
        "the elements that pass",
        |c, a| Ok(Dynamic::from_array(passing(c, a)?)),
    ),
    row(
        "count",
        &[Takes::List, Takes::Test],
        Gives::Int,
        "满足的元素个数",
        "how many elements pass",
        |c, a| Ok(count(passing(c, a)?.len())),
    ),
    row(
        "map",
        &[Takes::List, Takes::Each],
        Gives::ListOfEach,
        "由每个元素得出的列表",
        "what the function makes of each element",
        |c, a| Ok(Dynamic::from_array(made(c, a)?)),
    ),
    row(
        "sum",
        &[Takes::List],
        Gives::Element,
        "数的和；空列表为 0",
        "the sum of numbers; 0 if empty",
        |_, a| sum(list(a)?),
    ),
    row(
        "sum",
        &[Takes::List, Takes::Each],
        Gives::Each,
        "由每个元素得出的数的和",
        "the sum of what the function makes of each element",
        |c, a| sum(made(c, a)?),
    ),
    row(
        "min",
        &[Takes::List],
        Gives::Element,
        "最小者；列表不可为空",
        "the least; of a list that is not empty",
        |_, a| extreme(list(a)?, std::cmp::Ordering::Less),
    ),
    row(
        "max",
        &[Takes::List],
        Gives::Element,
        "最大者；列表不可为空",
        "the greatest; of a list that is not empty",
        |_, a| extreme(list(a)?, std::cmp::Ordering::Greater),
    ),
];

fn list(args: &[Dynamic]) -> Result<Array, Refusal> {
    arg(args, 0)?.clone().try_cast().ok_or_else(|| "expected a list".into())
}

fn passes(context: &NativeCallContext<'_>, test: &FnPtr, item: Dynamic) -> Result<bool, Refusal> {
    let answer: Dynamic = test.call_within_context(context, (item,))?;
    match Operand::of(&answer)? {
        Operand::Bool(b) => Ok(b),
        other => {
            Err(format!("expected true or false of each element, found {}", other.kind()).into())
        }
    }
}

fn passing(context: &NativeCallContext<'_>, args: &[Dynamic]) -> Result<Array, Refusal> {
    let test = function(args, 1)?;
    let mut kept = Array::new();
    for item in list(args)? {
        if passes(context, &test, item.clone())? {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn made(context: &NativeCallContext<'_>, args: &[Dynamic]) -> Result<Array, Refusal> {
    let each = function(args, 1)?;
    list(args)?.into_iter().map(|item| each.call_within_context(context, (item,))).collect()
}

fn sum(items: Array) -> Result<Dynamic, Refusal> {
    let plus = BINARY.iter().find(|(name, _)| *name == "+").map(|(_, act)| *act);
    let plus = plus.ok_or("no addition")?;
    items.iter().try_fold(Dynamic::from(0_i64), |sum, item| match Operand::of(item)?.number() {
        Some(_) => plus(&sum, item),
        None => Err("`sum` needs numbers".into()),
    })
}

fn extreme(items: Array, wanted: std::cmp::Ordering) -> Result<Dynamic, Refusal> {
    let mut items = items.into_iter();
    let first = items.next().ok_or("an empty list has no least and no greatest")?;
    items.try_fold(first, |best, item| Ok(if order(&item, &best)? == wanted { item } else { best }))
}
