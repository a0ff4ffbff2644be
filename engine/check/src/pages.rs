//! The page of each code: why it is told, what follows from it, how it is mended, and an example of both.
//!
//! Invariant: pages are the files of `pages/`, one a code, each with the same headings in the same order; a test plays
//! every example.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use xueji_definition::Text;

/// Every page as it is written, by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The headings of a page, in their order; only [`BEFORE`] may be missing.
const WHY: &str = "为什么 · Why";
const CONSEQUENCE: &str = "后果 · Consequence";
const MEND: &str = "办法 · Mend";
const BEFORE: &str = "原来 · Before";
const BROKEN: &str = "错 · Broken";
const MENDED: &str = "对 · Mended";

/// What a line of the broken example begins with that names the findings which necessarily come along.
const ALONG: &str = "一起出现 · Along with: ";

/// What is to be said about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// Why it is told.
    pub why: Text,
    /// What happens if nobody mends it, in one sentence.
    pub consequence: Text,
    /// How to mend it.
    pub mend: Text,
    /// What stands in the good definitions, where neither example does.
    pub before: Vec<Excerpt>,
    /// Files that give the finding.
    pub broken: Vec<Excerpt>,
    /// The same, mended.
    pub mended: Vec<Excerpt>,
    /// Codes of the findings that necessarily come along with the broken example.
    pub along: Vec<&'static str>,
}

/// Some lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// What the lines are written in: `yaml`, `rhai`, `html` or `text`.
    pub language: &'static str,
    /// The file.
    pub file: &'static str,
    /// What the lines are of the file.
    pub extent: Extent,
    /// The lines.
    pub text: String,
}

/// What the lines of an excerpt are of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Whole lines that stand in it, once.
    Lines,
    /// The whole file.
    Whole,
    /// The file is not there; the lines say so.
    Gone,
    /// How to make the file, for what cannot be shown on a page.
    Recipe,
}

impl Extent {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "" => Self::Lines,
            "whole" => Self::Whole,
            "gone" => Self::Gone,
            "recipe" => Self::Recipe,
            _ => return None,
        })
    }
}

static READ: LazyLock<BTreeMap<&str, Page>> = LazyLock::new(|| {
    let pages = PAGES.iter().filter_map(|(code, text)| read(code, text).ok());
    pages.map(|page| (page.code, page)).collect()
});

/// Returns the page of a code.
#[must_use]
pub fn page(code: &str) -> Option<&'static Page> {
    READ.get(code)
}

/// Returns what is wrong with how the pages are written, one sentence each.
#[must_use]
pub fn faults() -> Vec<String> {
    let read = |(code, text): &(&'static str, &'static str)| read(code, text).err();
    PAGES.iter().filter_map(read).collect()
}

/// Returns the codes that have a file.
pub fn names() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code)
}

fn read(code: &'static str, text: &'static str) -> Result<Page, String> {
    let wrong = |what: &str| format!("pages/{code}.md: {what}");
    let mut sections = text.split("\n## ");
    if sections.next().map(str::trim) != Some(&format!("# {code}")) {
        return Err(wrong("its first line is `# ` and the code"));
    }
    let sections: Vec<(&str, &str)> = sections.filter_map(|part| part.split_once('\n')).collect();
    let titles: Vec<&str> =
        sections.iter().map(|(title, _)| *title).filter(|title| *title != BEFORE).collect();
    if titles != [WHY, CONSEQUENCE, MEND, BROKEN, MENDED] {
        return Err(wrong("it has not the headings of a page in their order"));
    }
    let body = |wanted: &str| sections.iter().find(|(title, _)| *title == wanted).map(|(_, b)| *b);
    let words = |title: &str| {
        both(body(title).unwrap_or_default()).ok_or_else(|| {
            wrong(&format!("`{title}` has a Chinese paragraph, then an English one, and no more"))
        })
    };
    let lines = |title: &str| {
        excerpts(body(title).unwrap_or_default())
            .ok_or_else(|| wrong(&format!("`{title}`: a fence names a language and a file")))
    };
    let broken = body(BROKEN).unwrap_or_default();
    let along = broken.lines().filter_map(|line| line.strip_prefix(ALONG));
    Ok(Page {
        code,
        why: words(WHY)?,
        consequence: words(CONSEQUENCE)?,
        mend: words(MEND)?,
        before: lines(BEFORE)?,
        broken: lines(BROKEN)?,
        mended: lines(MENDED)?,
        along: along.flat_map(|line| line.split(", ")).flat_map(times).collect(),
    })
}

/// Returns a code as often as it is said to come: `` `code` `` or `` `code` × 3 ``.
fn times(words: &'static str) -> impl Iterator<Item = &'static str> {
    let (code, count) = words.split_once(" × ").unwrap_or((words, "1"));
    std::iter::repeat_n(code.trim_matches('`'), count.parse().unwrap_or(1))
}

/// Returns the two paragraphs of a section.
fn both(body: &str) -> Option<Text> {
    let (zh, en) = body.trim().split_once("\n\n")?;
    let line = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let (zh, en) = (line(zh), line(en));
    (!en.is_empty() && body.trim().matches("\n\n").count() == 1).then(|| Text::new(zh, en))
}

fn excerpts(body: &'static str) -> Option<Vec<Excerpt>> {
    let mut found = Vec::new();
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let Some(opening) = line.strip_prefix("```") else { continue };
        let mut words = opening.split(' ');
        let (language, file) = (words.next()?, words.next()?);
        let extent = Extent::of(words.next().unwrap_or_default())?;
        let within: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = within.iter().map(|line| format!("{line}\n")).collect();
        found.push(Excerpt { language, file, extent, text });
    }
    Some(found)
}
