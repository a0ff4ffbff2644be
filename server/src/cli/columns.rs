//! Words in columns of a terminal, on which a Chinese character is two wide.
//!
//! Invariant: a cell is never cut; one that is too long pushes the rest to the right.

/// Returns words with blanks after them.
pub(super) fn left(words: &str, columns: usize) -> String {
    format!("{words}{}", " ".repeat(columns.saturating_sub(wide(words))))
}

/// Returns words with blanks before them.
pub(super) fn right(words: &str, columns: usize) -> String {
    format!("{}{words}", " ".repeat(columns.saturating_sub(wide(words))))
}

fn wide(words: &str) -> usize {
    words.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::{left, right};

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        assert_eq!(left("步骤", 6), "步骤  ");
        assert_eq!(right("步骤", 6), "  步骤");
        assert_eq!(right("longer", 3), "longer");
    }
}
