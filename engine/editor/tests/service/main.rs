//! What an editor is told over a small house of definitions: each text has a cursor, `⌶`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod goodbye;
mod house;
mod names;
mod offers;
mod shown;
