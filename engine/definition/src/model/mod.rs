//! Processes, effects and facts as they run: every shared step replaced, every choice of kind made.
//!
//! Invariant: a [`Step`] is of exactly one kind, its id is unique in its process, and it knows the scope it stands in.
//! Whether the names in it exist is for the check room to find; the runtime treats an unknown one as a refusal.

mod effect;
mod facts;
mod resolve;
mod step;

pub use effect::{Effect, EffectKind};
pub use facts::{Ask, CalendarQuestion, Condition, Fact, Query, Rows, Test, resolve_facts};
pub use resolve::resolve_process;
pub use step::{
    Branch, ForEach, Join, JoinNeed, Kind, Period, Process, Step, UserTask, Wait, Within,
};
