//! The note beside the log: the number of the last batch that was flushed.
//!
//! Invariant: it never names a batch that was not durable when it was written. It is not synced itself: after a power
//! cut it may be older, which only makes it watch less; after a kill it is exact.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::StoreError;

/// Eight bytes of number, four of CRC-32.
const LENGTH: usize = 12;

pub(super) struct Note {
    file: Mutex<File>,
}

impl Note {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(StoreError::io("opening the note"))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Returns the number noted; 0, which watches nothing, when a power cut left no whole note.
    pub(super) fn read(&self) -> Result<u64, StoreError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| Read::by_ref(&mut *file).take(LENGTH as u64).read_to_end(&mut bytes))
            .map_err(StoreError::io("reading the note"))?;
        Ok(decode(&bytes).unwrap_or(0))
    }

    /// Notes that this batch is durable. Flushes may end in any order; the greatest number stays.
    pub(super) fn write(&self, sequence: u64) -> Result<(), StoreError> {
        let sequence = self.read()?.max(sequence);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&encode(sequence)))
            .map_err(StoreError::io("writing the note"))
    }
}

/// Returns the number noted in a file that is only looked at, 0 when there is none.
pub(super) fn peek(path: &Path) -> u64 {
    std::fs::read(path).ok().and_then(|bytes| decode(&bytes)).unwrap_or(0)
}

fn encode(sequence: u64) -> Vec<u8> {
    let number = sequence.to_be_bytes();
    [number.as_slice(), &crc32fast::hash(&number).to_be_bytes()].concat()
}

fn decode(bytes: &[u8]) -> Option<u64> {
    let (number, sum) = bytes.split_first_chunk::<8>()?;
    (sum == crc32fast::hash(number).to_be_bytes()).then(|| u64::from_be_bytes(*number))
}
