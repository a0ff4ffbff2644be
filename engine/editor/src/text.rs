//! Places as editors count them, and changes of a text as editors send them.
//!
//! Invariant: a position beyond a line's end is the line's end, one beyond the text is its end; no position splits a
//! character.

use std::ops::Range;

use lsp_types::Position;
use xueji_definition::Place;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16, as every client can.
    #[default]
    Utf16,
}

impl Encoding {
    /// Returns how many units a character counts.
    #[must_use]
    pub fn units(self, c: char) -> u32 {
        let units = match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        };
        u32::try_from(units).unwrap_or(1)
    }
}

/// A text whose lines can be found.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'t> {
    text: &'t str,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    /// Looks at a text.
    #[must_use]
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        Self { text, encoding }
    }

    /// Returns a line, from 0, without its end, and its first byte.
    fn line(self, number: u32) -> Option<(usize, &'t str)> {
        let mut start = 0;
        for _ in 0..number {
            let rest = self.text.get(start..)?;
            let at = rest.find(['\n', '\r'])?;
            let end =
                if rest.get(at..).is_some_and(|r| r.starts_with("\r\n")) { at + 2 } else { at + 1 };
            start += end;
        }
        let rest = self.text.get(start..)?;
        Some((start, rest.split(['\n', '\r']).next().unwrap_or(rest)))
    }

    /// Returns the byte of a position.
    #[must_use]
    pub fn offset(self, at: Position) -> usize {
        let Some((start, line)) = self.line(at.line) else { return self.text.len() };
        let mut units = 0;
        for (byte, c) in line.char_indices() {
            if units >= at.character {
                return start + byte;
            }
            units += self.encoding.units(c);
        }
        start + line.len()
    }

    /// Returns line and column, both from 1, in characters.
    #[must_use]
    pub fn mark(self, at: Position) -> (u32, u32) {
        let Some((_, line)) = self.line(at.line) else { return (at.line + 1, 1) };
        let (mut units, mut column) = (0, 1);
        for c in line.chars() {
            if units >= at.character {
                break;
            }
            units += self.encoding.units(c);
            column += 1;
        }
        (at.line + 1, column)
    }

    /// Returns the position of a line and column, both from 1, in characters.
    #[must_use]
    pub fn position(self, line: u32, column: u32) -> Position {
        let number = line.saturating_sub(1);
        let Some((_, text)) = self.line(number) else { return Position::new(number, 0) };
        let chars = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        Position::new(number, text.chars().take(chars).map(|c| self.encoding.units(c)).sum())
    }

    /// Returns the range of a place.
    #[must_use]
    pub fn range(self, place: Place) -> lsp_types::Range {
        lsp_types::Range::new(
            self.position(place.line, place.column),
            self.position(place.end_line, place.end_column),
        )
    }

    /// Returns the range of the whole text.
    #[must_use]
    pub fn whole(self) -> lsp_types::Range {
        let lines = self.text.replace("\r\n", "\n");
        let last = u32::try_from(lines.matches(['\n', '\r']).count()).unwrap_or(u32::MAX - 1);
        let end = self
            .line(last)
            .map_or(0, |(_, text)| text.chars().map(|c| self.encoding.units(c)).sum());
        lsp_types::Range::new(Position::new(0, 0), Position::new(last, end))
    }

    /// Returns the bytes of a range.
    #[must_use]
    pub fn bytes(self, range: lsp_types::Range) -> Range<usize> {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        start..end.max(start)
    }
}

/// Writes a change into a text; without a range it is the whole text.
pub fn change(text: &mut String, range: Option<lsp_types::Range>, new: &str, encoding: Encoding) {
    match range {
        None => new.clone_into(text),
        Some(range) => {
            let bytes = Lines::new(text, encoding).bytes(range);
            text.replace_range(bytes, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_counts_one_unit_of_utf_16_and_three_bytes_of_utf_8() {
        let text = "a: 1\r\n标题: {zh: 𠮷祥}\n";
        let wide = Lines::new(text, Encoding::Utf16);
        assert_eq!(
            wide.position(2, 11),
            Position::new(1, 11),
            "behind the sign outside of the plane"
        );
        assert_eq!(wide.mark(Position::new(1, 11)), (2, 11));
        let bytes = Lines::new(text, Encoding::Utf8);
        assert_eq!(bytes.position(2, 3), Position::new(1, 6));
        assert_eq!(bytes.mark(Position::new(1, 6)), (2, 3));
        assert_eq!(wide.whole().end, Position::new(2, 0));
    }

    #[test]
    fn a_change_replaces_its_range_and_a_late_one_ends_at_the_end() {
        let mut text = "标题: 甲\n".to_owned();
        let at = |line, from, to| {
            lsp_types::Range::new(Position::new(line, from), Position::new(line, to))
        };
        change(&mut text, Some(at(0, 4, 5)), "乙丙", Encoding::Utf16);
        assert_eq!(text, "标题: 乙丙\n");
        change(&mut text, Some(at(7, 0, 9)), "x: 1", Encoding::Utf16);
        assert_eq!(text, "标题: 乙丙\nx: 1");
        change(&mut text, None, "", Encoding::Utf16);
        assert_eq!(text, "");
    }
}
