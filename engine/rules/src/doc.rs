//! The doc comments of rule files: titles and tags, each with its place.
//!
//! Invariant: every line of a doc comment is a title, a known tag, or goes on with the one before it.

use std::collections::BTreeMap;

use crate::problem::{Problem, Spot, number};
use crate::words::Words;

/// A function of a rule file, with the doc comment above it.
#[derive(Debug, Clone)]
pub(crate) struct Documented {
    pub(crate) name: String,
    /// Where its name stands.
    pub(crate) spot: Spot,
    pub(crate) private: bool,
    /// The line that it begins on, to look for its parameters.
    pub(crate) text: String,
    doc: Vec<Words>,
}

/// The tags of a doc comment, and its titles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doc {
    pub(crate) zh: Words,
    pub(crate) en: Words,
    tags: BTreeMap<&'static str, Vec<(Spot, Words)>>,
}

/// The tags that a doc comment may have; those in two languages once for each.
const TAGS: [&str; 10] = [
    "@id",
    "@effect",
    "@source",
    "@article",
    "@reason zh",
    "@reason en",
    "@override-role",
    "@off-by",
    "@require zh",
    "@require en",
];

/// The tag that may stand several times.
const MANY: &str = "@article";

/// Finds the functions of a file.
pub(crate) fn scan(text: &str) -> Vec<Documented> {
    let (mut found, mut doc) = (Vec::new(), Vec::new());
    for (line, raw) in (1_u32..).zip(text.lines()) {
        let raw = if line == 1 { raw.trim_start_matches('\u{feff}') } else { raw };
        let trimmed = raw.trim_start();
        let indent = number(raw.chars().count() - trimmed.chars().count());
        if let Some(content) = trimmed.strip_prefix("///") {
            let words = content.trim();
            let blanks = content.chars().take_while(|c| c.is_whitespace()).count();
            let column = indent + 4 + number(blanks);
            doc.push(Words::at(words, Spot { line, column }));
            continue;
        }
        let doc = std::mem::take(&mut doc);
        let (private, rest) = match trimmed.strip_prefix("private ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, trimmed),
        };
        let Some(after) = rest.strip_prefix("fn ") else { continue };
        let name: String = after.trim_start().chars().take_while(|c| is_word(*c)).collect();
        let before = raw.find(&format!("{name}(")).and_then(|at| raw.get(..at)).unwrap_or_default();
        let column = number(before.chars().count()) + 1;
        let spot = Spot { line, column };
        found.push(Documented { name, spot, private, text: raw.to_owned(), doc });
    }
    found
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Documented {
    /// Where a parameter stands, or else the function.
    pub(crate) fn parameter(&self, name: &str) -> Spot {
        let chars: Vec<char> = self.text.chars().collect();
        let sought: Vec<char> = name.chars().collect();
        let after = usize::try_from(self.spot.column).unwrap_or_default();
        let found = (after..chars.len()).find(|at| {
            let edge =
                |at: Option<usize>| at.and_then(|at| chars.get(at)).is_none_or(|c| !is_word(*c));
            let end = at + sought.len();
            chars.get(*at..end) == Some(sought.as_slice())
                && edge(at.checked_sub(1))
                && edge(Some(end))
        });
        let column = found.map_or(self.spot.column, |at| number(at) + 1);
        Spot { line: self.spot.line, column }
    }

    pub(crate) fn has_doc(&self) -> bool {
        !self.doc.is_empty()
    }

    /// Reads the doc comment.
    pub(crate) fn read(&self, problems: &mut Vec<Problem>) -> Doc {
        let mut doc = Doc::default();
        let mut open: Option<&'static str> = None;
        for words in self.doc.iter().filter(|words| !words.is_empty()) {
            let (text, spot) = (words.text(), words.start(self.spot));
            if !text.starts_with('@') {
                match open.and_then(|tag| doc.tags.get_mut(tag)).and_then(|all| all.last_mut()) {
                    Some((_, value)) => value.go_on(words.clone()),
                    // The first line without Chinese begins the English title.
                    None if doc.en.is_empty() && text.chars().any(is_chinese) => {
                        doc.zh.go_on(words.clone());
                    }
                    None => doc.en.go_on(words.clone()),
                }
                continue;
            }
            let tag = TAGS.into_iter().find(|tag| {
                text.strip_prefix(tag).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            open = tag.or(open);
            let Some(tag) = tag else {
                problems.push(unknown(&text, spot));
                continue;
            };
            let value = text.strip_prefix(tag).unwrap_or_default();
            let blanks = value.chars().take_while(|c| c.is_whitespace()).count();
            let column = spot.column + number(tag.chars().count() + blanks);
            let all = doc.tags.entry(tag).or_default();
            if !all.is_empty() && tag != MANY {
                problems.push(Problem::new(
                    "rule-doc-tag-twice",
                    spot,
                    format!("`{tag}` 写了两次"),
                    format!("`{tag}` stands twice"),
                ));
                continue;
            }
            all.push((spot, Words::at(value.trim(), Spot { column, ..spot })));
        }
        doc
    }
}

impl Doc {
    /// Returns a tag that stands once, with where its value begins.
    pub(crate) fn one(&self, tag: &str) -> Option<(Spot, &Words)> {
        let (spot, words) = self.tags.get(tag)?.first()?;
        Some((words.start(*spot), words)).filter(|(_, words)| !words.is_empty())
    }

    /// Returns the values of a tag that may stand several times.
    pub(crate) fn many(&self, tag: &str) -> Vec<String> {
        self.tags
            .get(tag)
            .into_iter()
            .flatten()
            .map(|(_, words)| words.text())
            .filter(|text| !text.is_empty())
            .collect()
    }
}

fn unknown(text: &str, spot: Spot) -> Problem {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or(text);
    if matches!(first, "@reason" | "@require") {
        return Problem::new(
            "rule-doc-tag-value",
            spot,
            format!("`{first}` 后面要写语言 `zh` 或 `en`"),
            format!("expected the language `zh` or `en` after `{first}`"),
        );
    }
    let known = TAGS.map(|tag| tag.split(' ').next().unwrap_or(tag));
    Problem::new(
        "rule-doc-tag-unknown",
        spot,
        format!("没有名为 `{first}` 的标签"),
        format!("there is no tag `{first}`"),
    )
    .near(first, known)
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}
