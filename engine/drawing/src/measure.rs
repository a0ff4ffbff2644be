//! How wide text is, and where it is broken into lines.
//!
//! Invariant: no fonts are asked, so that a drawing is the same everywhere; a Chinese character is one em wide, others are taken a little
//! wider than common fonts have them.

/// Returns how wide a text is at a size in pixels.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(c: char) -> f64 {
    match c {
        ' ' => 0.32,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        '(' | ')' | '[' | ']' | '{' | '}' | '-' | '/' | 'f' | 'r' | 't' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' => 0.72,
        c if c.is_ascii() => 0.6,
        c if wide(c) => 1.0,
        _ => 0.62,
    }
}

/// Tells whether a character is as wide as it is high.
fn wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115f | 0x2014..=0x201d | 0x2026 | 0x2190..=0x21ff | 0x2300..=0x27bf | 0x2e80..=0xa4cf | 0xac00..=0xd7a3
        | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x3ffff)
}

/// May not begin a line.
const CLOSING: &str = "，。、；：？！）》」』”’％,.;:?!)]}%";
/// May not end a line.
const OPENING: &str = "（《「『“‘([{";

/// Returns a text in lines no wider than a width in pixels; a single word that is wider is broken.
pub(crate) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    let total = width(text, size);
    if total <= limit {
        return vec![text.to_owned()];
    }
    // Lines of about the same length look better than a full line and a rest.
    let even = [2.0, 3.0, 4.0].into_iter().map(|lines| total / lines + size).find(|w| *w <= limit);
    let within = even.unwrap_or(limit).max(size * 4.0).min(limit);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let joined = width(&line, size) + width(piece.trim_end(), size);
        if joined > within && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
            line = String::new();
        }
        for c in piece.trim_start_matches(|c: char| line.is_empty() && c == ' ').chars() {
            if width(&line, size) + em(c) * size > limit && !line.is_empty() && c != ' ' {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Cuts a text where lines may break: between Chinese characters and after spaces, hyphens and slashes.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    let mut before: Option<char> = None;
    for c in text.chars() {
        let may = before.is_some_and(|b| {
            let between = wide(b) || wide(c) || matches!(b, ' ' | '-' | '/' | '_');
            between && c != ' ' && !CLOSING.contains(c) && !OPENING.contains(b)
        });
        if may {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(c);
        before = Some(c);
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{width, wrap};

    #[test]
    fn chinese_breaks_anywhere_but_before_a_comma_and_english_between_words() {
        assert_eq!(wrap("转出、转入两方意见", 14.0, 80.0), ["转出、转入", "两方意见"]);
        assert_eq!(wrap("look into the objection", 14.0, 100.0), ["look into the", "objection"]);
        assert_eq!(wrap("短", 14.0, 80.0), ["短"]);
        for line in wrap("a-very-long-identifier-without-any-space", 12.0, 90.0) {
            assert!(width(&line, 12.0) <= 90.0, "{line}");
        }
    }
}
