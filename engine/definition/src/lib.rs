//! The files an office edits, parsed into types, with the place of every node kept.
//!
//! Invariant: only this room knows YAML. What leaves it as [`Definitions`] has the shape that the types say, every
//! shared step replaced and every step of exactly one kind; whether the names in it exist is for the check room.
//! Must not know: rules' scripts, the runtime, HTTP. Start reading at [`load`].

pub mod file;
pub mod finding;
pub mod model;
mod nearest;
pub mod value;

pub use nearest::nearest;
pub use xueji_calendar::Text;
