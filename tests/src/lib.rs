//! Whole-system tests: the shipped definitions, the server over HTTP, killed and restarted.
//!
//! Invariant: every test drives the system as its users do, by the `xueji` command and over HTTP; nothing inside is
//! reached into. What is here starts, asks and stops it; the tests stand beside this folder, a file a promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this crate is scaffolding for tests, which fail by panicking"
)]

pub mod chance;
pub mod command;
pub mod house;
pub mod http;
pub mod server;
pub mod tree;
