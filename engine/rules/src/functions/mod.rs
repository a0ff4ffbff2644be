//! Every function that scripts may call, in one table: how it is registered, checked and documented.
//!
//! Invariant: functions are pure; what one takes is told by its row alone, at validation and at run time. A missing
//! value handed to any but `has` is the error that names its path.

mod dates;
mod groups;
mod lists;
mod numbers;
mod texts;

use std::any::TypeId;
use std::collections::BTreeMap;

use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};

use crate::node::Absent;
use crate::operand::{Operand, Refusal};

/// What a function may be given at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Text, a code, a record's or a file's id.
    Text,
    /// A whole number.
    Int,
    /// A whole number or a decimal.
    Number,
    /// A date.
    Date,
    /// Several values.
    List,
    /// Named fields.
    Group,
    /// Any value.
    Any,
    /// A function of one element that answers true or false.
    Test,
    /// A function of one element that answers any value.
    Each,
}

/// What a function answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A decimal.
    Decimal,
    /// True or false.
    Bool,
    /// A date.
    Date,
    /// What its first argument is.
    Same,
    /// An element of the list that it was given.
    Element,
    /// What the function that it was given answers.
    Each,
    /// A list of what the function that it was given answers.
    ListOfEach,
}

pub(crate) type Native = fn(&NativeCallContext<'_>, &[Dynamic]) -> Result<Dynamic, Refusal>;

/// One function of scripts.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name. Several rows may share it, with other arguments.
    pub name: &'static str,
    /// Whether it is written without parentheses (`today.year`).
    pub property: bool,
    /// What it is given, the value before the dot first.
    pub takes: &'static [Takes],
    /// What it answers.
    pub gives: Gives,
    /// What it does, in one line of Chinese.
    pub zh: &'static str,
    /// What it does, in one line of English.
    pub en: &'static str,
    pub(crate) act: Native,
}

/// One row, written shortly.
const fn row(
    name: &'static str,
    takes: &'static [Takes],
    gives: Gives,
    zh: &'static str,
    en: &'static str,
    act: Native,
) -> Function {
    Function { name, property: false, takes, gives, zh, en, act }
}

const TABLES: &[&[Function]] =
    &[texts::TABLE, lists::TABLE, dates::TABLE, numbers::TABLE, groups::TABLE];

/// Returns every function that scripts may call, grouped by what it is about.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    TABLES.iter().copied().flatten()
}

/// Tells whether a name is written without parentheses after a date.
pub(crate) fn is_property(name: &str) -> bool {
    functions().any(|function| function.property && function.name == name)
}

impl Function {
    /// Returns how it is written, with what it is given: `sub(text, whole number, whole number)`.
    #[must_use]
    pub fn signature(&self) -> String {
        self.written(Takes::words)
    }

    /// Returns how it is called, what it takes in Chinese.
    #[must_use]
    pub fn signature_in_chinese(&self) -> String {
        self.written(Takes::in_chinese)
    }

    fn written(&self, words: impl Fn(Takes) -> &'static str) -> String {
        let takes: Vec<&str> = self.takes.iter().map(|takes| words(*takes)).collect();
        if self.property {
            return format!("{}.{}", takes.join(", "), self.name);
        }
        format!("{}({})", self.name, takes.join(", "))
    }
}

impl Takes {
    /// Tells whether a value may stand here.
    fn accepts(self, operand: &Operand) -> bool {
        match self {
            Self::Any => true,
            Self::Text => matches!(operand, Operand::Text(_)),
            Self::Int => matches!(operand, Operand::Int(_)),
            Self::Number => operand.number().is_some(),
            Self::Date => matches!(operand, Operand::Date(_)),
            Self::List => matches!(operand, Operand::List),
            Self::Group => matches!(operand, Operand::Group),
            Self::Test | Self::Each => matches!(operand, Operand::Function),
        }
    }

    /// Returns what may stand here, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.both().1
    }

    /// Returns what may stand here, in Chinese.
    #[must_use]
    pub fn in_chinese(self) -> &'static str {
        self.both().0
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("文字", "text"),
            Self::Int => ("整数", "whole number"),
            Self::Number => ("数字", "number"),
            Self::Date => ("日期", "date"),
            Self::List => ("列表", "list"),
            Self::Group => ("一组字段", "group of fields"),
            Self::Any => ("任意值", "any value"),
            Self::Test | Self::Each => ("对每一项的函数", "function of one element"),
        }
    }
}

/// Gives the engine all functions: one for each name and number of arguments, which finds its row by what it is given.
pub(crate) fn register(engine: &mut Engine) {
    let mut rows: BTreeMap<(&str, usize), Vec<&'static Function>> = BTreeMap::new();
    for function in functions().filter(|function| !function.property) {
        rows.entry((function.name, function.takes.len())).or_default().push(function);
    }
    for ((name, count), rows) in rows {
        let types = vec![TypeId::of::<Dynamic>(); count];
        engine.register_raw_fn(name, types, move |context, args| {
            let args: Vec<Dynamic> = args.iter().map(|arg| arg.flatten_clone()).collect();
            call(&rows, &context, &args)
        });
    }
    for function in functions().filter(|function| function.property) {
        engine.register_raw_fn(
            format!("get${}", function.name),
            [TypeId::of::<jiff::civil::Date>()],
            move |context, args| {
                let args: Vec<Dynamic> = args.iter().map(|arg| arg.flatten_clone()).collect();
                (function.act)(&context, &args)
            },
        );
    }
}

fn call(
    rows: &[&'static Function],
    context: &NativeCallContext<'_>,
    args: &[Dynamic],
) -> Result<Dynamic, Refusal> {
    let fits = |function: &Function| -> Result<bool, Refusal> {
        for (takes, arg) in function.takes.iter().zip(args) {
            let may_be_missing = *takes == Takes::Group && arg.read_lock::<Absent>().is_some();
            if !may_be_missing && !takes.accepts(&Operand::of(arg)?) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    for function in rows {
        if fits(function)? {
            return (function.act)(context, args);
        }
    }
    let found = args
        .iter()
        .map(|arg| Operand::of(arg).map(|operand| operand.kind()))
        .collect::<Result<Vec<_>, _>>()?
        .join(", ");
    let name = rows.first().map_or("", |function| function.name);
    Err(format!("`{name}` cannot be given ({found})").into())
}

/// Returns an argument.
fn arg(args: &[Dynamic], at: usize) -> Result<&Dynamic, Refusal> {
    args.get(at).ok_or_else(|| "an argument is missing".into())
}

fn text(args: &[Dynamic], at: usize) -> Result<rhai::ImmutableString, Refusal> {
    match Operand::of(arg(args, at)?)? {
        Operand::Text(text) => Ok(text),
        other => Err(format!("expected text, found {}", other.kind()).into()),
    }
}

fn int(args: &[Dynamic], at: usize) -> Result<i64, Refusal> {
    arg(args, at)?.as_int().map_err(|found| format!("expected whole number, found {found}").into())
}

fn function(args: &[Dynamic], at: usize) -> Result<FnPtr, Refusal> {
    arg(args, at)?.clone().try_cast().ok_or_else(|| "expected a function of one element".into())
}
