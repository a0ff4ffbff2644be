//! What an editor asks while definitions are being written: what is wrong, what may stand here, what a name means, where
//! it is used, how it is renamed.
//!
//! Invariant: a [`Workspace`] is pure. It holds texts and answers; it reads no disk, knows no clock, and the same texts
//! give the same answers. Only [`server`] speaks to a client and reads folders. Must not know: stores, cases, HTTP.
//! Start reading at [`Workspace`]; where names stand is in [`names`], what each key means in `names::meaning`.

mod actions;
mod complete;
mod cursor;
mod diagnostics;
mod graph;
mod hover;
mod layout;
mod lookup;
pub mod names;
mod nested;
mod outcomes;
mod outline;
mod rename;
pub mod server;
mod tags;
pub mod text;
mod workspace;

pub use graph::{Draw, Picture};
pub use rename::Refusal;
pub use text::Encoding;
pub use workspace::{Folders, Language, Workspace, decode, encode};
