//! How far a store has come: what is durable, and whether it has failed.
//!
//! Invariant: the durable sequence only grows, and a failed store never works again.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::StoreError;

/// The durable sequence of one store, for those who wait for it.
#[derive(Debug)]
pub struct Progress {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug)]
struct State {
    durable: u64,
    failure: Option<String>,
}

impl Progress {
    /// Returns the progress of a store whose batches are durable up to this one.
    #[must_use]
    pub fn new(durable: u64) -> Self {
        Self { state: Mutex::new(State { durable, failure: None }), moved: Condvar::new() }
    }

    /// Returns the number of the last batch that survives a power cut.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.state().durable
    }

    /// Returns an error when the store has failed.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] with the first failure.
    pub fn sound(&self) -> Result<(), StoreError> {
        match &self.state().failure {
            None => Ok(()),
            Some(reason) => Err(StoreError::Poisoned { reason: reason.clone() }),
        }
    }

    /// Notes that all batches up to this one survive a power cut, and wakes those who wait. For stores.
    pub fn flushed(&self, sequence: u64) {
        let mut state = self.state();
        state.durable = state.durable.max(sequence);
        drop(state);
        self.moved.notify_all();
    }

    /// Notes that the store has failed, and wakes those who wait. The first failure stays. For stores.
    pub fn poison(&self, reason: impl Into<String>) {
        let mut state = self.state();
        state.failure.get_or_insert_with(|| reason.into());
        drop(state);
        self.moved.notify_all();
    }

    /// Blocks until the batch of this number is durable, for at most the given time.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when the store failed before it was, [`StoreError::NotDurable`] when the time is over.
    pub fn wait(&self, sequence: u64, at_most: Duration) -> Result<(), StoreError> {
        let (state, _) = self
            .moved
            .wait_timeout_while(self.state(), at_most, |state| {
                state.durable < sequence && state.failure.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        if state.durable >= sequence {
            return Ok(());
        }
        match &state.failure {
            Some(reason) => Err(StoreError::Poisoned { reason: reason.clone() }),
            None => Err(StoreError::NotDurable { sequence, durable: state.durable }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code between lock and unlock can panic, so a poisoned lock still holds a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
