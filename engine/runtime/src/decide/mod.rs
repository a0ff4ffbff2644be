//! From a command to events, or to a refusal.
//!
//! Invariant: a decision reads the world through the [`View`] alone, works on a copy of the state, and changes it only by
//! applying the events it will answer with; so what it answers is exactly what happened.

mod acts;
mod advance;
mod branches;
mod complete;
mod conditions;
mod draft;
mod effects;
mod facts;
mod forms;
mod inputs;
mod materials;
mod messages;
mod migrate;
mod missing;
mod numbers;
mod papers;
mod rights;
mod rows;
mod rules;
mod signers;
mod start;
mod timers;
mod work;

use crate::command::{CaseAct, Command, Context};
use crate::event::Recorded;
use crate::refusal::Refusal;
use crate::state::State;
use crate::verdict::Verdict;
use crate::view::View;

pub use inputs::{parameter_value, parameters_at};
pub use migrate::{Trial, try_move};
pub use start::{check, starts_on};

/// What a command brings about.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The case.
    pub instance: String,
    /// What happened, in order.
    pub events: Vec<Recorded>,
    /// The state after it: the case's header, and the scopes, records and numbers that were loaded or made.
    pub state: State,
    /// Papers made, to be kept by their hash.
    pub papers: Vec<Paper>,
    /// What the rules said.
    pub verdicts: Vec<Verdict>,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its id.
    pub id: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// The page.
    pub html: String,
}

/// Decides a command.
///
/// A timer that no longer fits the state decides to nothing: no events.
///
/// # Errors
/// [`Refusal`], with the facts; nothing has changed.
pub fn decide(view: &dyn View, command: &Command, at: &Context) -> Result<Decision, Refusal> {
    match command {
        Command::Start(start) => start::decide(view, start, at),
        Command::Complete { instance, scope, task, answer } => {
            complete::decide(view, instance, scope, task, answer, at)
        }
        Command::Task { instance, scope, task, act } => {
            acts::task(view, instance, scope, task, act, at)
        }
        Command::Recall { instance, scope } => acts::recall(view, instance, scope, at),
        Command::Case { instance, act } => match act {
            CaseAct::Reopen { scope, step, keys, reason } => {
                rows::reopen(view, instance, scope, step, keys, reason, at)
            }
            CaseAct::AddItem { scope, step, key } => {
                rows::add(view, instance, scope, step, key, at)
            }
            act => acts::case(view, instance, act, at),
        },
        Command::Message { instance, scope, name, answer, form } => {
            messages::from_outside(view, instance, scope, name, answer.as_deref(), form, at)
        }
        Command::Deliver { instance, scope, message } => {
            messages::deliver(view, instance, scope, message, at)
        }
        Command::Fire { instance, timer } => timers::fire(view, instance, timer, at),
        Command::Migrate(migrate) => migrate::decide(view, migrate, at),
        Command::Called { parent, called } => messages::called(view, parent, called, at),
        Command::CallEnded { parent, result } => messages::call_ended(view, parent, result, at),
    }
}
