//! The server: an HTTP API over the engine, and the `xueji` command line.
//!
//! Invariant: nothing here decides. A handler or a verb takes its arguments, asks the engine one thing, and maps the
//! answer; who sees what is [`sight`]'s alone. Must not know: what any process is about, how things are stored.
//! Start reading at [`api`] or [`cli`].

pub mod api;
mod call;
pub mod cli;
mod compare;
pub mod logs;
pub mod page;
pub mod sight;
mod told;
pub mod webhooks;
pub mod wire;
