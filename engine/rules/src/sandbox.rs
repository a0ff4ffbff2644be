//! The one place where the Rhai engine is made: what scripts may do, and how much of it.
//!
//! Invariant: everything starts from an empty engine; what a script can call stands in [`crate::functions`] or is an
//! operator of [`crate::operators`]. There is no file, module, clock, sleep, eval, print, loop, or catching of errors.

use std::cell::Cell;
use std::sync::LazyLock;

use rhai::{Dynamic, Engine, OptimizationLevel, Token};

use crate::{functions, node, operators};

/// How much a script may use. Each limit is reached in a test below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Operations of one evaluation, those inside closures included.
    pub operations: u64,
    /// Calls within calls.
    pub call_depth: usize,
    /// Nesting of an expression, at the top and inside a function.
    pub expression_depth: usize,
    /// Bytes of one text.
    pub text_bytes: usize,
    /// Elements of one list, those of nested lists included.
    pub list_items: usize,
    /// Entries of one group written in a script.
    pub group_entries: usize,
    /// Variables in sight at once.
    pub variables: usize,
    /// Functions of one file, closures among them.
    pub functions: usize,
}

/// The limits in force.
pub const LIMITS: Limits = Limits {
    operations: 50_000,
    call_depth: 16,
    expression_depth: 48,
    text_bytes: 64 * 1024,
    list_items: 10_000,
    group_entries: 256,
    variables: 64,
    functions: 512,
};

/// Keywords and symbols that scripts do not have: what hides an error, runs text, loops, or works on bits.
const REFUSED: &[&str] = &[
    "eval",
    "print",
    "debug",
    "type_of",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "Fn",
    "call",
    "curry",
    "this",
    "import",
    "export",
    "as",
    "global",
    "switch",
    "try",
    "catch",
    "throw",
    "??",
    "?.",
    "?[",
    "..",
    "..=",
    "**",
    "<<",
    ">>",
    "&",
    "^",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "**=",
    "<<=",
    ">>=",
    "&=",
    "|=",
    "^=",
];

/// Tells whether a word is one that scripts do not have.
pub(crate) fn is_refused(word: &str) -> bool {
    REFUSED.contains(&word)
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(LIMITS));

thread_local! {
    /// Operations left to the evaluation that runs on this thread. Rhai counts anew in each closure that a native
    /// function calls, so that its own limit alone would multiply.
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// The engine that all rules share.
pub(crate) fn shared() -> &'static Engine {
    &ENGINE
}

/// Makes an engine like the shared one, which also knows some fields by name.
pub(crate) fn knowing<'n>(fields: impl IntoIterator<Item = &'n str>) -> Engine {
    let mut engine = engine(LIMITS);
    node::register_fields(&mut engine, fields);
    engine
}

/// Gives the evaluation that begins on this thread its full number of operations.
pub(crate) fn refill() {
    LEFT.set(LIMITS.operations);
}

/// Makes the engine.
fn engine(limits: Limits) -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_operations(limits.operations)
        .set_max_call_levels(limits.call_depth)
        .set_max_expr_depths(limits.expression_depth, limits.expression_depth)
        .set_max_string_size(limits.text_bytes)
        .set_max_array_size(limits.list_items)
        .set_max_map_size(limits.group_entries)
        .set_max_variables(limits.variables)
        .set_max_functions(limits.functions)
        .set_fast_operators(false)
        .set_fail_on_invalid_map_property(true)
        .set_allow_looping(false)
        .set_allow_shadowing(false);
    for symbol in REFUSED {
        engine.disable_symbol(*symbol);
    }
    // `case` is a root, and a word that Rhai keeps for itself.
    #[expect(
        deprecated,
        reason = "the hook is marked volatile, not doomed; a test reads `case.id`"
    )]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "case" => Token::Identifier(word),
        token => token,
    });
    engine.on_progress(|_| match LEFT.get().checked_sub(1) {
        Some(left) => {
            LEFT.set(left);
            None
        }
        None => Some(Dynamic::UNIT),
    });
    copy_captured(&mut engine);
    node::register(&mut engine);
    operators::register(&mut engine);
    functions::register(&mut engine);
    engine
}

/// Hands out copies of variables that a closure captured. Rhai shares those behind a lock, and holds it through
/// `form.rows.all(|r| r.n > form.least)`, so that the closure could not look at `form`.
#[expect(
    deprecated,
    reason = "Rhai marks `on_var` so because it may change, not because it will go"
)]
fn copy_captured(engine: &mut Engine) {
    engine.on_var(|name, _, context| {
        let captured = context.scope().get(name).filter(|value| value.is_shared());
        Ok(captured.map(Dynamic::flatten_clone))
    });
}
