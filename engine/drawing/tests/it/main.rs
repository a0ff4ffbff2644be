//! What drawings promise: nothing overlaps, nothing is left out, ids are unique, and the shipped pictures are of today.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod example;
mod formats;
mod layouts;
mod shipped;
mod whole;
