//! How a rule file is laid out: indentation, blanks between tokens, empty lines.
//!
//! Invariant: the same tokens in the same lines as before, comments included; only blanks change. Laying out twice gives
//! what laying out once gave.

mod tokens;

pub use tokens::{Token, TokenKind, tokens};

/// Blanks of one level.
const LEVEL: usize = 4;
/// Words that are no value, so that a bracket after them is not a call.
const KEYWORDS: &[&str] = &["if", "else", "let", "const", "fn", "private", "in", "return"];
/// Operators with a value on each side.
const BINARY: &[&str] = &[
    "==", "!=", "<=", ">=", "<", ">", "&&", "=", "+", "*", "/", "%", "=>", "+=", "-=", "*=", "/=",
    "%=", "in",
];

/// Returns the text of a rule file as it should be laid out; nothing when a text or comment in it is never ended.
#[must_use]
pub fn format(text: &str) -> Option<String> {
    let text =
        text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let all = tokens(&text);
    if all.iter().any(unended) {
        return None;
    }
    let mut layout = Layout { out: String::with_capacity(text.len()), levels: Vec::new() };
    let mut rest = all.as_slice();
    let mut last_line = 0;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|token| token.line == first.line).count();
        let (line, after) = rest.split_at(count);
        if last_line > 0 && first.line > last_line + 1 {
            layout.out.push('\n');
        }
        layout.line(line, &text);
        last_line = line.last().map_or(first.line, end_line);
        // What goes on after a text of several lines stands on that line still.
        let joined = after.iter().take_while(|token| token.line == last_line).count();
        let (same, after) = after.split_at(joined);
        if joined > 0 {
            layout.out.pop();
            layout.rest(line.last(), same, &text);
            layout.out.push('\n');
            last_line = same.last().map_or(last_line, end_line);
        }
        rest = after;
    }
    same(&all, &tokens(&layout.out)).then_some(layout.out)
}

fn unended(token: &Token<'_>) -> bool {
    let one = |quote: char| token.text.len() < 2 || !token.text.ends_with(quote);
    match (token.kind, token.text.chars().next()) {
        (TokenKind::Text, Some(quote)) => one(quote),
        (TokenKind::Comment, _) => token.text.starts_with("/*") && !token.text.ends_with("*/"),
        _ => false,
    }
}

fn end_line(token: &Token<'_>) -> u32 {
    token.line + u32::try_from(token.text.matches('\n').count()).unwrap_or(0)
}

fn same(before: &[Token<'_>], after: &[Token<'_>]) -> bool {
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(a, b)| a.kind == b.kind && a.text.trim_end() == b.text.trim_end())
}

struct Layout {
    out: String,
    /// For each level that is open, how many brackets opened it.
    levels: Vec<usize>,
}

impl Layout {
    fn line(&mut self, line: &[Token<'_>], text: &str) {
        let Some(first) = line.first() else { return };
        // Brackets that close at the line's beginning close the level before it is indented.
        let closing = line.iter().take_while(|token| closes(token)).count();
        self.close(closing);
        let base = self.levels.len() * LEVEL;
        let written = usize::try_from(first.column).unwrap_or(1).saturating_sub(1);
        let goes_on = first.kind == TokenKind::Sign
            && (BINARY.contains(&first.text) || ["||", "-", "."].contains(&first.text));
        let indent = if goes_on && written > base { base + LEVEL } else { base };
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(first.text.trim_end());
        self.rest(Some(first), line.get(1..).unwrap_or_default(), text);
        self.out.push('\n');
        self.count(line.get(closing..).unwrap_or_default());
    }

    /// The tokens that follow one on its line.
    fn rest(&mut self, first: Option<&Token<'_>>, rest: &[Token<'_>], text: &str) {
        let mut before = first.copied();
        let mut value = first.is_some_and(is_value);
        for token in rest {
            if let Some(before) = &before {
                let gap =
                    text.get(before.start + before.text.len()..token.start).unwrap_or_default();
                self.out.push_str(&gap_between(before, token, value, gap));
            }
            self.out.push_str(token.text.trim_end());
            // A minus or an exclamation mark without a value before it belongs to what follows.
            value = is_value(token);
            before = Some(*token);
        }
    }

    fn count(&mut self, line: &[Token<'_>]) {
        let mut open = 0_usize;
        for token in line {
            if opens(token) {
                open += 1;
            } else if closes(token) {
                match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => self.close(1),
                }
            }
        }
        if open > 0 {
            self.levels.push(open);
        }
    }

    fn close(&mut self, brackets: usize) {
        for _ in 0..brackets {
            if let Some(open) = self.levels.last_mut() {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    self.levels.pop();
                }
            }
        }
    }
}

fn opens(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Sign && matches!(token.text, "(" | "[" | "{" | "#{" | "?[")
}

fn closes(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Sign && matches!(token.text, ")" | "]" | "}")
}

/// Tells whether a value ends with the token, so that a sign after it stands between two.
fn is_value(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::Text | TokenKind::Number => true,
        TokenKind::Word => !KEYWORDS.contains(&token.text),
        TokenKind::Sign => matches!(token.text, ")" | "]" | "}"),
        TokenKind::Comment => false,
    }
}

/// Returns the blanks between two tokens of a line. Where it is not certain what they are, as many as there were, at most one.
fn gap_between(before: &Token<'_>, token: &Token<'_>, value: bool, gap: &str) -> String {
    let sign = |token: &Token<'_>, one_of: &[&str]| {
        token.kind == TokenKind::Sign && one_of.contains(&token.text)
    };
    if token.kind == TokenKind::Comment {
        return if gap.is_empty() { " ".to_owned() } else { " ".repeat(gap.chars().count()) };
    }
    let blank = |yes: bool| if yes { " ".to_owned() } else { String::new() };
    if sign(token, &[")", "]", ",", ";", "."]) || sign(before, &["(", "[", "."]) || before.is("!") {
        return String::new();
    }
    if sign(before, &[",", ";"]) {
        return " ".to_owned();
    }
    if sign(before, &["{", "#{"]) {
        return blank(!(token.is("}") || (before.is("#{") && gap.is_empty())));
    }
    if token.is("}") || (token.is("{") && value) {
        return blank(token.is("{") || !gap.is_empty() || !value);
    }
    if sign(token, &["(", "["])
        && value
        && (before.kind == TokenKind::Word || closes(before))
        && gap.is_empty()
    {
        return String::new();
    }
    if before.kind == TokenKind::Word && KEYWORDS.contains(&before.text) {
        return " ".to_owned();
    }
    let binary = |token: &Token<'_>| token.kind != TokenKind::Text && BINARY.contains(&token.text);
    if binary(token) || binary(before) || (token.is("||") && value) {
        return " ".to_owned();
    }
    blank(!gap.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let out = format(text);
        assert_eq!(out.as_deref(), Some(expected));
        assert_eq!(format(expected).as_deref(), Some(expected), "laid out again");
    }

    #[test]
    fn blanks_and_indentation_are_mended() {
        check(
            "/// 标题   \nfn  a( form,today ){\n  form.day>=today&&form.has( \"x\" )\n}\n\n\n\nfn b(form) { form.n==-1 }",
            "/// 标题\nfn a(form, today) {\n    form.day >= today && form.has(\"x\")\n}\n\nfn b(form) { form.n == -1 }\n",
        );
    }

    #[test]
    fn lines_that_go_on_stay_beside_or_below() {
        let text =
            "fn a(form) {\n    form.a != \"1\" || (\n        form.b\n        && form.c\n    )\n}\n";
        check(text, text);
        let text = "fn a(form) {\n    form.a\n        && form.b.all(|r| r.n > 1)\n}\n";
        check(text, text);
        check(
            "fn a(form) {\n form.a\n && form.b\n}\n",
            "fn a(form) {\n    form.a\n    && form.b\n}\n",
        );
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "// 开头\nfn a(form) { // 为什么\n    /* x */ form.a   // 说明\n}\n";
        check(text, text);
    }

    #[test]
    fn text_is_left_as_it_is() {
        check("fn a() { \"a  b\\\"  ,c\"   ==  'd' }\n", "fn a() { \"a  b\\\"  ,c\" == 'd' }\n");
        assert_eq!(format("fn a() { \"open }\n"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn any_row_of_tokens_keeps_its_tokens(parts in prop::collection::vec(
            prop::sample::select(vec!["a", "form", ".", "(", ")", "{", "}", "[", "]", "\"x y\"", "1", "1.5", "&&", "||", "|",
                "-", "!", "==", "if", "let", ",", ";", "// c\n", "\n", "\n\n\n", " ", "   ", "in"]), 0..40)) {
            let text = parts.join(" ");
            if let Some(once) = format(&text) {
                prop_assert_eq!(format(&once), Some(once.clone()));
                prop_assert!(same(&tokens(&text), &tokens(&once)));
            }
        }
    }
}
