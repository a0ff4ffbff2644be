//! The tokens of a rule file or an expression, comments included, each with its place.
//!
//! Invariant: total, and nothing is lost: the tokens and the blanks between them are the text. What Rhai would refuse is a
//! token like any other, so that an editor can look into a text that is still being written.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `// …`, `/// …` or `/* … */`.
    Comment,
    /// Text in quotes, or what was begun as such and not ended.
    Text,
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// An operator, a bracket or any other sign.
    Sign,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind,
    /// As it is written.
    pub text: &'t str,
    /// Its first byte in the text.
    pub start: usize,
    /// Its line, from 1.
    pub line: u32,
    /// The column of its first character, from 1.
    pub column: u32,
}

impl Token<'_> {
    /// Returns the column behind its last character, for a token of one line.
    #[must_use]
    pub fn end_column(&self) -> u32 {
        self.column + u32::try_from(self.text.chars().count()).unwrap_or(0)
    }

    /// Tells whether it is this sign or word.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, TokenKind::Sign | TokenKind::Word) && self.text == text
    }
}

/// Signs of several characters, longest first.
const SIGNS: &[&str] = &[
    "**=", "<<=", ">>=", "..=", "==", "!=", "<=", ">=", "&&", "||", "=>", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "**", "<<", ">>", "??", "?.", "?[", "..", "::", "#{",
];

/// Returns the tokens of a text.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line, mut column) = (0, 1, 1);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.chars().next().is_some_and(char::is_whitespace);
        let (kind, long) = if blank { (None, blanks(rest)) } else { token(rest) };
        let piece = rest.get(..long).unwrap_or(rest);
        if let Some(kind) = kind {
            found.push(Token { kind, text: piece, start: at, line, column });
        }
        for c in piece.chars() {
            if c == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        at += piece.len().max(1);
    }
    found
}

fn blanks(rest: &str) -> usize {
    rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
}

fn token(rest: &str) -> (Option<TokenKind>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let (kind, long) = if rest.starts_with("//") {
        (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (TokenKind::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2))
    } else if matches!(first, '"' | '`' | '\'') {
        (TokenKind::Text, quoted(rest, first))
    } else if first.is_ascii_digit() {
        (TokenKind::Number, number(rest))
    } else if is_word(first) {
        (TokenKind::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len()))
    } else {
        let known = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        (TokenKind::Sign, known.map_or(first.len_utf8(), |sign| sign.len()))
    };
    (Some(kind), long)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Text goes to its quote, past escapes; only that in back quotes goes on over a line's end.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == '\n' && quote != '`' {
            return at;
        }
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    rest.len()
}

/// Digits, with a point only where a digit follows: `1.max` is a call.
fn number(rest: &str) -> usize {
    let chars: Vec<char> = rest.chars().collect();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let point = *c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if !(point || c.is_ascii_alphanumeric() || *c == '_') {
            break;
        }
        at += 1;
    }
    at
}
