//! The room of Rhai: sandbox, rule files, expressions, their types, and verdicts that can be given again.
//!
//! Invariant: only this room knows Rhai. The same rule over the same inputs gives the same verdict; a script's fault, a
//! missing value, or unlike values compared is never a "no", but an outcome of its own. Must not know: processes,
//! stores, HTTP, the clock. Start reading at [`RuleSet`] and [`Expression`]; what scripts may do is in `sandbox`.

mod doc;
mod expression;
mod fault;
pub mod functions;
mod inputs;
mod judge;
pub mod layout;
mod needs;
mod node;
mod operand;
mod operators;
mod problem;
mod rule;
mod ruleset;
mod sandbox;
pub mod solve;
mod tally;
mod typing;
mod words;

pub use expression::{Answer, Evaluated, Expression};
pub use functions::{Function, functions};
pub use inputs::{Inputs, ROOTS};
pub use judge::{Judgement, Outcome};
pub use needs::Needs;
pub use node::Reads;
pub use problem::{CODES, Problem, Spot};
pub use rule::{Certainty, Effect, Rule};
pub use ruleset::RuleSet;
pub use sandbox::{LIMITS, Limits};
pub use tally::{Said, Tally};
pub use typing::{Env, Read};
