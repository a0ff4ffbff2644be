//! The note beside the log: the number of the last batch that was flushed.
//!
//! Invariant: it never names a batch that was not durable when it was written. It is not synced itself: after a power
//! cut it may be older, which only makes it watch less; after a kill it is exact.

use std::{
    fs::File,
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::StoreError;

pub(super) struct Note {
    state: Mutex<State>,
}

struct State {
    file: File,
    noted: u64,
}

impl Note {
    /// Opens the note, or begins one with number 0, which watches nothing.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(StoreError::io("opening the note"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(StoreError::io("reading the note"))?;
        Ok(Self { state: Mutex::new(State { file, noted: decode(&bytes) }) })
    }

    /// Returns the number noted.
    pub(super) fn number(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).noted
    }

    /// Notes that this batch is durable. Flushes may end in any order; the greatest number stays.
    pub(super) fn write(&self, sequence: u64) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if sequence <= state.noted {
            return Ok(());
        }
        state
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| state.file.write_all(&encode(sequence)))
            .map_err(StoreError::io("writing the note"))?;
        state.noted = sequence;
        Ok(())
    }
}

/// Returns the number noted in a file that is only looked at; 0 when there is none.
pub(super) fn peek(path: &Path) -> Result<u64, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(decode(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StoreError::Io { doing: "reading the note", source: error }),
    }
}

/// Eight bytes of number, four of CRC-32.
fn encode(sequence: u64) -> Vec<u8> {
    let number = sequence.to_be_bytes();
    [number.as_slice(), &crc32fast::hash(&number).to_be_bytes()].concat()
}

/// Returns the number, or 0 when a power cut left no whole note: then nothing is known.
fn decode(bytes: &[u8]) -> u64 {
    match bytes.split_first_chunk::<8>() {
        Some((number, sum)) if sum == crc32fast::hash(number).to_be_bytes() => {
            u64::from_be_bytes(*number)
        }
        _ => 0,
    }
}
