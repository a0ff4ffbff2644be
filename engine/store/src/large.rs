//! Values longer than one entry may be: kept in pieces under keys of their own.
//!
//! Invariant: a large value is read whole, as it was written, or not at all.
//!
//! The piece number is appended to the key, four bytes, big-endian. So no other key may begin with the key of a large
//! value. Pieces may go through several batches, provided that the entry that names the value comes in the last of
//! them: one that nobody names is not there for anybody.

use crate::{Batch, BatchError, Direction, Range, Reader, StoreError, VALUE_LIMIT};

/// The most pieces that a large value may have: 1,024 times [`VALUE_LIMIT`], 32 MiB.
pub const PIECES_MAX: usize = 1_024;

/// The length of the number behind each piece's key.
const NUMBER: usize = 4;

/// Bytes of content in a piece: its first four tell how many pieces there are.
const PIECE: usize = VALUE_LIMIT - NUMBER;

/// Returns the batches that write a large value, in order. Most often it is one.
///
/// When the value replaces a longer one under the same key, its surplus pieces must be deleted: better is a new key.
///
/// # Errors
/// [`BatchError::ValueTooLong`] above [`PIECES_MAX`] pieces, or when the key with its number is too long.
pub fn write(key: &[u8], value: &[u8]) -> Result<Vec<Batch>, BatchError> {
    let count = value.len().div_ceil(PIECE).max(1);
    if count > PIECES_MAX {
        return Err(BatchError::ValueTooLong { length: value.len() });
    }
    let too_long = || BatchError::ValueTooLong { length: value.len() };
    let total = u32::try_from(count).map_err(|_| too_long())?;
    let mut pieces = value.chunks(PIECE);
    let mut batches = vec![Batch::new()];
    for number in 0..total {
        let mut piece = total.to_be_bytes().to_vec();
        piece.extend(pieces.next().unwrap_or_default());
        if batches.last().is_none_or(|batch| batch.room() == 0) {
            batches.push(Batch::new());
        }
        if let Some(batch) = batches.last_mut() {
            batch.put(piece_key(key, number), piece)?;
        }
    }
    Ok(batches)
}

/// Returns a large value, or `None` when not even its first piece is there.
///
/// # Errors
/// [`StoreError::Torn`] when pieces are missing; those of [`Reader::scan`].
pub fn read(reader: &dyn Reader, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let torn = || StoreError::Torn { key: key.to_vec() };
    let pieces = reader.scan(&Range::prefix(key), None, PIECES_MAX, Direction::Ascending)?;
    let mut value = Vec::new();
    let mut expected = None;
    for (number, (found, piece)) in (0_u32..).zip(&pieces) {
        let (total, content) = piece.split_first_chunk::<NUMBER>().ok_or_else(torn)?;
        let total = u32::from_be_bytes(*total);
        if *found != piece_key(key, number) || *expected.get_or_insert(total) != total {
            return Err(torn());
        }
        value.extend(content);
    }
    match expected {
        None => Ok(None),
        Some(total) if usize::try_from(total) == Ok(pieces.len()) => Ok(Some(value)),
        Some(_) => Err(torn()),
    }
}

fn piece_key(key: &[u8], number: u32) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryStore, Store};

    fn written(value: &[u8]) -> MemoryStore {
        let store = MemoryStore::new();
        for batch in write(b"paper", value).unwrap() {
            store.commit(&batch).unwrap();
        }
        store
    }

    #[test]
    fn values_of_any_length_come_back_as_they_were() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 40 * PIECE + 7] {
            let value: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let store = written(&value);
            assert_eq!(read(&*store.snapshot().unwrap(), b"paper").unwrap(), Some(value));
            assert_eq!(read(&*store.snapshot().unwrap(), b"paperback").unwrap(), None);
        }
    }

    #[test]
    fn a_missing_piece_is_told() {
        for missing in 0..3 {
            let store = written(&vec![7; 3 * PIECE]);
            let mut batch = Batch::new();
            batch.delete(piece_key(b"paper", missing)).unwrap();
            store.commit(&batch).unwrap();
            let result = read(&*store.snapshot().unwrap(), b"paper");
            assert!(matches!(result, Err(StoreError::Torn { .. })), "{result:?}");
        }
    }

    #[test]
    fn more_pieces_than_a_batch_holds_go_in_several() {
        let batches = write(b"paper", &vec![7; 300 * PIECE]).unwrap();
        assert_eq!(batches.iter().map(Batch::len).collect::<Vec<_>>(), [256, 44]);
        let far = vec![7; PIECES_MAX * PIECE + 1];
        assert!(matches!(write(b"paper", &far), Err(BatchError::ValueTooLong { .. })));
    }
}
