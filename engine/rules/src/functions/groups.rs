//! Functions of groups of fields.

use super::{Function, Gives, Takes, arg, row, text};
use crate::node;

pub(super) const TABLE: &[Function] = &[row(
    "has",
    &[Takes::Group, Takes::Text],
    Gives::Bool,
    "是否填有某项（可写路径，如 form.has(\"target.unit\")）",
    "whether a field is present (or a path, as in form.has(\"target.unit\"))",
    |_, a| {
        let name = text(a, 1)?;
        Ok(node::has(arg(a, 0)?, &name).ok_or("`has` needs a group of fields")?.into())
    },
)];
