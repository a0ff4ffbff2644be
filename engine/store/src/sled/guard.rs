//! Calls into sled, with its errors and panics turned into ours.
//!
//! Invariant: no panic of sled leaves this room.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use crate::StoreError;

/// Runs a call into sled. After an error the caller either gives the store up or only goes on reading, so that a
/// state half changed by a panic is never built upon.
pub(super) fn guarded<T>(
    doing: &'static str,
    call: impl FnOnce() -> ::sled::Result<T>,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(::sled::Error::Io(source))) => Err(StoreError::Io { doing, source }),
        Ok(Err(other)) => Err(StoreError::Unreadable { doing, reason: other.to_string() }),
        Err(panic) => Err(StoreError::Unreadable { doing, reason: words(panic.as_ref()) }),
    }
}

/// Runs an opening, again while sled says that its own lock is held. The folder's lock is ours by then, so it is held
/// by threads of a store that this process has just dropped, and only for a moment; at most two seconds are waited.
pub(super) fn patiently<T>(
    doing: &'static str,
    open: impl Fn() -> ::sled::Result<T>,
) -> Result<T, StoreError> {
    const TRIES: u32 = 200;
    const PAUSE: Duration = Duration::from_millis(10);
    let mut result = guarded(doing, &open);
    for _ in 1..TRIES {
        match &result {
            Err(StoreError::Io { source, .. }) if source.to_string().contains("acquire lock") => {
                std::thread::sleep(PAUSE);
                result = guarded(doing, &open);
            }
            _ => break,
        }
    }
    result
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the database broke off without words".to_owned())
}
