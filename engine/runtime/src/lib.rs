//! Decisions without effects.
//!
//! A command and the world as it is become events or a refusal ([`decide`]); events become state ([`apply`]). Both are
//! pure and total.
//!
//! Invariant: a refused command has no events; replaying a case's events gives byte-equal state; nothing under a dead
//! scope is ever accepted. Must not know: stores, threads, HTTP, the wall clock, what any process is about.
//! Start reading at [`decide`].

pub mod apply;
pub mod command;
mod decide;
pub mod event;
pub mod migration;
pub mod path;
pub mod people;
pub mod record;
pub mod refusal;
pub mod release;
pub mod state;
mod templates;
mod timer;
pub mod verdict;
pub mod view;

pub use apply::apply;
pub use command::{Actor, Command, Context};
pub use decide::{
    Decision, Paper, Trial, check, decide, parameter_value, parameters_at, starts_on, try_move,
};
pub use event::{Event, Recorded};
pub use path::ScopePath;
pub use record::{Perspective, Record, RecordId};
pub use refusal::Refusal;
pub use release::Release;
pub use state::State;
pub use view::{ReadError, View};
