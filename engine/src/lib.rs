//! The engine that the server holds: releases, the command queue with group commit, timers, the outbox, queries.
//!
//! Invariant: nothing is answered before it is durable; one writer decides, in one order; what is refused has changed
//! nothing. Must not know: HTTP, files, what any process is about. Start reading at [`Engine`].

mod asking;
mod background;
pub mod backtest;
mod changes;
mod clock;
mod core;
mod engine;
pub mod export;
mod house;
mod index;
mod keys;
mod opened;
mod past;
pub mod plan;
mod projection;
pub mod queries;
mod records;
mod releases;
mod said;
pub mod sample;
pub mod scenario;
pub mod simulate;
pub mod stored;
mod submission;
mod table;
pub mod trace;
mod view;
mod writer;

pub use asking::{Followed, Happening};
pub use changes::{BYTES_MAX, CHANGES_MAX, TooLarge};
pub use clock::{Clock, ClockError};
pub use engine::Engine;
pub use house::Upload;
pub use keys::{IdempotencyKey, TimerId};
pub use past::Past;
pub use records::{IMPORTED, Imported, Put};
pub use releases::{
    Ask, Audience, Cohorts, Deployed, Happened, Listed, LiveRelease, LiveTable, NOTE_MAX, News,
    NoCohorts, Origin, Proposal, ProposalState, ReleaseAct, ReleaseBuilder, ReleaseError,
    ReleaseEvent, ReleaseEventKind, ReleaseRefusal, Signature, Stands,
};
pub use said::both;
pub use stored::{Answer, StoredError};
pub use submission::{DeployError, Idempotency, OpenError, Submission, SubmitError};
pub use table::{Mapping, ROWS_MAX, RowFault, read_table};
