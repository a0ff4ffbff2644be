//! The storage room: one ordered keyspace of bytes, kept by a store that can be replaced.
//!
//! Invariant: a batch is there whole or not at all, and no damaged value is ever handed out as sound.
//!
//! It knows nothing of processes: keys and values are bytes. Start reading at [`Store`]; what every store must do is
//! written as tests in `contract`, which memory, sled and the store that fails on demand all pass.

mod batch;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod envelope;
mod error;
#[cfg(any(test, feature = "contract"))]
pub mod faulty;
pub mod key;
pub mod large;
mod memory;
mod progress;
mod range;
pub mod sled;
mod store;
mod verify;

pub use batch::{Batch, BatchError, KEY_LIMIT, VALUE_LIMIT};
pub use error::StoreError;
pub use memory::MemoryStore;
pub use progress::Progress;
pub use range::{Direction, Range};
pub use sled::{Format, SledStore};
pub use store::{Entry, Reader, SCAN_LIMIT, Store, settled};
pub use verify::{LISTED_MAX, Report, verify};
