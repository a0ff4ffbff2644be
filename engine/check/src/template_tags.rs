//! The words in the tags of a template that must be known: filters, tests, functions and statements, each with where it stands.
//!
//! Invariant: what stands in quotes, in comments, in raw blocks or outside of tags is no word.

/// What a word is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Behind a `|`.
    Filter,
    /// Behind `is` or `is not`.
    Test,
    /// Before a `(`.
    Function,
    /// The first of a `{% … %}`.
    Statement,
    /// A name that the template makes itself.
    Made,
}

/// A word in a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    pub(crate) kind: Kind,
    pub(crate) name: &'t str,
    /// Where it begins in the template, in bytes.
    pub(crate) at: usize,
}

/// Words before a `(` that are no functions.
const OPERATORS: [&str; 12] =
    ["and", "or", "not", "in", "is", "if", "else", "elif", "for", "set", "with", "call"];

/// Statements behind which names stand that the template makes.
const MAKING: [&str; 4] = ["macro", "set", "for", "with"];

/// Returns the words of a template's tags.
pub(crate) fn words(template: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let start = template.len() - rest.len() + at;
        let tag = template.get(start..).unwrap_or_default();
        let end = match tag.as_bytes().get(1) {
            Some(b'#') => tag.find("#}").map(|end| end + 2),
            Some(b'{') => tag.find("}}").map(|end| end + 2),
            Some(b'%') => tag.find("%}").map(|end| end + 2),
            _ => Some(1),
        };
        // What is not closed is told by who reads the template.
        let Some(end) = end else { break };
        let inner = tag.get(..end).unwrap_or_default();
        if !inner.starts_with("{#") && inner.len() > 1 {
            within(start, inner, &mut found);
        }
        rest = tag.get(end..).unwrap_or_default();
        if inner.starts_with("{%") && first_word(inner) == "raw" {
            rest = rest.find("endraw").and_then(|at| rest.get(at..)).unwrap_or_default();
        }
    }
    found
}

fn first_word(tag: &str) -> &str {
    let bare = tag.get(2..).unwrap_or_default().trim_start_matches(['-', '+', ' ', '\n']);
    bare.split(|c: char| !is_part(c)).next().unwrap_or_default()
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Gathers the words of one tag, which begins at a byte of the template.
fn within<'t>(start: usize, tag: &'t str, found: &mut Vec<Word<'t>>) {
    let is_statement = tag.starts_with("{%");
    let first = first_word(tag);
    let (mut before, mut last) = (' ', "");
    let mut number = 0;
    let mut at = 2;
    while let Some(c) = tag.get(at..).and_then(|rest| rest.chars().next()) {
        if c == '"' || c == '\'' {
            let inside = tag.get(at + 1..).unwrap_or_default();
            at += 1 + inside.find(c).map_or(inside.len(), |end| end + 1);
            (before, last) = (c, "");
            continue;
        }
        if !is_part(c) {
            at += c.len_utf8();
            before = if c.is_whitespace() { before } else { c };
            last = if c.is_whitespace() { last } else { "" };
            continue;
        }
        let rest = tag.get(at..).unwrap_or_default();
        let name = rest.split(|c: char| !is_part(c)).next().unwrap_or_default();
        let after = rest.get(name.len()..).unwrap_or_default();
        number += 1;
        let called = after.starts_with('(') && !OPERATORS.contains(&name);
        let kind = if is_statement && number == 1 {
            Some(Kind::Statement)
        } else if is_statement && MAKING.contains(&first) && last == first {
            Some(Kind::Made)
        } else if before == '|' {
            Some(Kind::Filter)
        } else if (last == "is" || last == "is not") && name != "not" {
            Some(Kind::Test)
        } else if called && before != '.' {
            Some(Kind::Function)
        } else {
            None
        };
        if let Some(kind) = kind.filter(|_| name.starts_with(|c: char| !c.is_ascii_digit())) {
            found.push(Word { kind, name, at: start + at });
        }
        last = if last == "is" && name == "not" { "is not" } else { name };
        before = ' ';
        at += name.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, words};

    #[test]
    fn words_of_tags_are_told_from_what_stands_in_quotes_comments_and_raw_text() {
        let of = |kind: Kind, text: &'static str| -> Vec<&str> {
            words(text).into_iter().filter(|word| word.kind == kind).map(|word| word.name).collect()
        };
        assert_eq!(of(Kind::Filter, "{{ a|one | two('|three') }} | four"), ["one", "two"]);
        assert_eq!(of(Kind::Filter, "{# {{ a|one }} #}{% raw %}{{ a|two }}{% endraw %}"), [""; 0]);
        assert_eq!(of(Kind::Test, "{% if a is not odd and b is defined %}"), ["odd", "defined"]);
        assert_eq!(
            of(Kind::Function, "{{ f(g(x), a.h(1), b|k(2)) }}{% if (a) or not (b) %}"),
            ["f", "g"]
        );
        assert_eq!(
            of(Kind::Statement, "{%- if a %}{% else %}{% endif %}"),
            ["if", "else", "endif"]
        );
        assert_eq!(of(Kind::Made, "{% macro row(a) %}{% set b = f(1) %}"), ["row", "b"]);
        let found = words("甲\n乙 {{ a|one }}");
        assert_eq!(found[0].at, "甲\n乙 {{ a|".len());
    }
}
