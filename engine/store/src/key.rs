//! Keys made of segments, so that the order of the bytes is the order of the segments.
//!
//! Invariant: keys of the same shape compare like their tuples, a key reads back as what it was made of, and the keys
//! under a prefix of whole segments are exactly those that begin with these segments.
//!
//! ```text
//! u8, u32, u64   big-endian, fixed width
//! i64            big-endian with its sign bit turned, so that negative numbers come first
//! text, bytes    00 → 00 FF, closed by 00 01; so "a" < "a\0" < "ab", whatever follows
//! ```
//!
//! Segments carry no tag of their type: whoever reads a key knows its shape, as a rule from its first `u8`.

use thiserror::Error;

const NUL: u8 = 0x00;
const ESCAPED: u8 = 0xff;
const CLOSED: u8 = 0x01;
const SIGN: u64 = 1 << 63;

/// Why bytes are not a key of the shape expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The key ends inside the segment.
    #[error("键过早结束 | the key ends too early")]
    Short,
    /// A text segment holds a zero byte that neither closes nor is escaped.
    #[error("键中有不明的转义 | the key holds an unknown escape")]
    Escape,
    /// A text segment is not UTF-8.
    #[error("键中文字不是 UTF-8 | a text in the key is not UTF-8")]
    Text,
    /// Bytes follow the last segment.
    #[error("键的末尾有多余字节 | bytes follow the end of the key")]
    Long,
}

/// Builds a key, segment by segment.
///
/// ```
/// use xueji_store::key::{Key, KeyReader};
///
/// let key = Key::new().u8(7).text("booking").i64(-3).finish();
/// let mut reader = KeyReader::new(&key);
/// assert_eq!((reader.u8(), reader.text(), reader.i64()), (Ok(7), Ok("booking".to_owned()), Ok(-3)));
/// assert_eq!(reader.end(), Ok(()));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Key {
    bytes: Vec<u8>,
}

impl Key {
    /// Returns a key without segments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a key that begins with segments made before.
    pub fn under(prefix: &[u8]) -> Self {
        Self { bytes: prefix.to_vec() }
    }

    /// Adds one byte, such as the tag of a kind of key.
    pub fn u8(mut self, number: u8) -> Self {
        self.bytes.push(number);
        self
    }

    /// Adds a number of four bytes.
    pub fn u32(mut self, number: u32) -> Self {
        self.bytes.extend(number.to_be_bytes());
        self
    }

    /// Adds a number of eight bytes.
    pub fn u64(mut self, number: u64) -> Self {
        self.bytes.extend(number.to_be_bytes());
        self
    }

    /// Adds a signed number of eight bytes, such as a moment or a day.
    pub fn i64(self, number: i64) -> Self {
        self.u64(number.cast_unsigned() ^ SIGN)
    }

    /// Adds a text, closed, so that no other text begins with it.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds the beginning of a text, left open: the prefix of all texts that begin so. Nothing may follow it.
    pub fn text_start(mut self, start: &str) -> Self {
        self.escape(start.as_bytes());
        self
    }

    /// Adds bytes, closed, so that no others begin with them.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.escape(bytes);
        self.bytes.extend([NUL, CLOSED]);
        self
    }

    /// Returns the key's bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn escape(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.bytes.push(*byte);
            if *byte == NUL {
                self.bytes.push(ESCAPED);
            }
        }
    }
}

/// Reads a key back, segment by segment, in the order in which they were added.
#[derive(Debug, Clone)]
pub struct KeyReader<'a> {
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// Returns a reader of a key.
    #[must_use]
    pub fn new(key: &'a [u8]) -> Self {
        Self { rest: key }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], KeyError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(KeyError::Short)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Returns the next byte.
    ///
    /// # Errors
    /// [`KeyError::Short`] when the key has ended.
    pub fn u8(&mut self) -> Result<u8, KeyError> {
        self.take().map(u8::from_be_bytes)
    }

    /// Returns the next number of four bytes.
    ///
    /// # Errors
    /// [`KeyError::Short`] when the key ends before.
    pub fn u32(&mut self) -> Result<u32, KeyError> {
        self.take().map(u32::from_be_bytes)
    }

    /// Returns the next number of eight bytes.
    ///
    /// # Errors
    /// [`KeyError::Short`] when the key ends before.
    pub fn u64(&mut self) -> Result<u64, KeyError> {
        self.take().map(u64::from_be_bytes)
    }

    /// Returns the next signed number of eight bytes.
    ///
    /// # Errors
    /// [`KeyError::Short`] when the key ends before.
    pub fn i64(&mut self) -> Result<i64, KeyError> {
        self.u64().map(|number| (number ^ SIGN).cast_signed())
    }

    /// Returns the next text.
    ///
    /// # Errors
    /// When the key ends before the text is closed, or the text is no UTF-8 or wrongly escaped.
    pub fn text(&mut self) -> Result<String, KeyError> {
        String::from_utf8(self.bytes()?).map_err(|_| KeyError::Text)
    }

    /// Returns the next bytes.
    ///
    /// # Errors
    /// When the key ends before they are closed, or they are wrongly escaped.
    pub fn bytes(&mut self) -> Result<Vec<u8>, KeyError> {
        let mut bytes = Vec::new();
        loop {
            match self.u8()? {
                NUL => match self.u8()? {
                    CLOSED => return Ok(bytes),
                    ESCAPED => bytes.push(NUL),
                    _ => return Err(KeyError::Escape),
                },
                byte => bytes.push(byte),
            }
        }
    }

    /// Closes the reading.
    ///
    /// # Errors
    /// [`KeyError::Long`] when the key has not ended.
    pub fn end(self) -> Result<(), KeyError> {
        if self.rest.is_empty() { Ok(()) } else { Err(KeyError::Long) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Range;

    type Tuple = (u8, String, i64, Vec<u8>, u64, u32);

    fn text() -> impl Strategy<Value = String> {
        // Few letters with the borders among them, so that equal beginnings are common.
        prop::collection::vec(prop::sample::select(vec!['\0', '\u{1}', 'a', 'ÿ', '楼']), 0..4)
            .prop_map(String::from_iter)
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(vec![0_u8, 1, 2, 254, 255]), 0..4)
    }

    fn tuple() -> impl Strategy<Value = Tuple> {
        let number = prop_oneof![-2..2_i64, Just(i64::MIN), Just(i64::MAX), any::<i64>()];
        (0..2_u8, text(), number, bytes(), any::<u64>(), 0..3_u32)
    }

    fn key(tuple: &Tuple) -> Vec<u8> {
        let (tag, name, day, raw, long, short) = tuple;
        Key::new().u8(*tag).text(name).i64(*day).bytes(raw).u64(*long).u32(*short).finish()
    }

    proptest! {
        #[test]
        fn the_order_of_the_tuples_is_the_order_of_the_keys(one in tuple(), other in tuple()) {
            prop_assert_eq!(one.cmp(&other), key(&one).cmp(&key(&other)));
        }

        #[test]
        fn a_key_reads_back_as_what_it_was_made_of(tuple in tuple()) {
            let key = key(&tuple);
            let mut reader = KeyReader::new(&key);
            let read = (
                reader.u8().unwrap(), reader.text().unwrap(), reader.i64().unwrap(),
                reader.bytes().unwrap(), reader.u64().unwrap(), reader.u32().unwrap(),
            );
            prop_assert_eq!(read, tuple);
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn a_prefix_of_whole_segments_holds_exactly_the_keys_that_begin_with_them(
            tag in 0..2_u8, name in text(), tuple in tuple(),
        ) {
            let range = Range::prefix(&Key::new().u8(tag).text(&name).finish());
            prop_assert_eq!(range.contains(&key(&tuple)), tuple.0 == tag && tuple.1 == name);
        }

        #[test]
        fn the_start_of_a_text_holds_exactly_the_texts_that_begin_so(start in text(), tuple in tuple()) {
            let range = Range::prefix(&Key::new().u8(0).text_start(&start).finish());
            prop_assert_eq!(range.contains(&key(&tuple)), tuple.0 == 0 && tuple.1.starts_with(&start));
        }

        #[test]
        fn no_bytes_at_all_make_the_reader_panic(key: Vec<u8>) {
            let mut reader = KeyReader::new(&key);
            while let Ok(text) = reader.text() {
                prop_assert!(text.len() < key.len());
            }
        }
    }

    #[test]
    fn bytes_of_another_shape_are_refused() {
        assert_eq!(KeyReader::new(b"open").text(), Err(KeyError::Short));
        assert_eq!(KeyReader::new(b"open\0").text(), Err(KeyError::Short));
        assert_eq!(KeyReader::new(b"odd\0\x07").text(), Err(KeyError::Escape));
        assert_eq!(KeyReader::new(b"\xff\0\x01").text(), Err(KeyError::Text));
        assert_eq!(KeyReader::new(b"123").u64(), Err(KeyError::Short));
        assert_eq!(KeyReader::new(b"1").end(), Err(KeyError::Long));
    }
}
