//! The envelope in which every value is kept: version, checksum, value.
//!
//! Invariant: what `open` hands out was sealed under that very key, byte for byte.

use crc32fast::Hasher;

use crate::StoreError;

const VERSION: u8 = 1;
/// One byte of version, four of CRC-32.
const HEAD: usize = 5;

/// Returns the value in its envelope. The key is part of the checksum, so that a value cannot stray to another key.
pub(crate) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD.saturating_add(value.len()));
    sealed.push(VERSION);
    sealed.extend(checksum(key, value).to_be_bytes());
    sealed.extend(value);
    sealed
}

/// Returns the value out of its envelope.
///
/// # Errors
/// [`StoreError::Damaged`] when it is not what was sealed under this key.
pub(crate) fn open(key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sound = match sealed.split_first_chunk::<HEAD>() {
        Some(([VERSION, sum @ ..], value)) if *sum == checksum(key, value).to_be_bytes() => value,
        _ => return Err(StoreError::Damaged { key: key.to_vec() }),
    };
    Ok(sound.to_vec())
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&[VERSION]);
    // The length keeps key and value apart: ("ab", "c") is not ("a", "bc").
    hasher.update(&u64::try_from(key.len()).unwrap_or(u64::MAX).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_damaged(result: Result<Vec<u8>, StoreError>) -> bool {
        matches!(result, Err(StoreError::Damaged { .. }))
    }

    proptest! {
        #[test]
        fn what_was_sealed_comes_out_again(key: Vec<u8>, value: Vec<u8>) {
            prop_assert_eq!(open(&key, &seal(&key, &value)).unwrap(), value);
        }

        #[test]
        fn any_changed_bit_is_noticed(key: Vec<u8>, value: Vec<u8>, place: prop::sample::Index, bit in 0..8) {
            let mut sealed = seal(&key, &value);
            let place = place.index(sealed.len());
            sealed[place] ^= 1_u8 << bit;
            prop_assert!(is_damaged(open(&key, &sealed)));
        }

        #[test]
        fn any_missing_tail_is_noticed(key: Vec<u8>, value: Vec<u8>, kept: prop::sample::Index) {
            let sealed = seal(&key, &value);
            let torn = &sealed[..kept.index(sealed.len())];
            prop_assert!(is_damaged(open(&key, torn)));
        }
    }

    #[test]
    fn a_value_under_another_key_is_damage() {
        assert!(matches!(open(b"a", &seal(b"ab", b"c")), Err(StoreError::Damaged { .. })));
        assert!(matches!(open(b"a", &seal(b"b", b"c")), Err(StoreError::Damaged { .. })));
    }
}
