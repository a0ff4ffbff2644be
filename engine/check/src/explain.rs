//! What a code means, told to people: the words of its page, as text, Markdown or JSON.
//!
//! Invariant: the title and the weight come from the list of codes, all else from the page.

use std::fmt::Write as _;

use serde::Serialize;
use xueji_definition::finding::Severity;
use xueji_definition::{Text, nearest};

use crate::pages::{Excerpt, Page, page};
use crate::render::Language;
use crate::{CodeDoc, codes};

/// What a code means, as programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The code.
    pub code: &'static str,
    /// The weight.
    pub severity: Severity,
    /// What it means, in one sentence.
    pub title: Text,
    /// Why it is told.
    pub why: Option<Text>,
    /// What follows if nobody mends it.
    pub consequence: Option<Text>,
    /// How to mend it.
    pub mend: Option<Text>,
    /// Lines of files that give it.
    pub broken: Vec<Shown>,
    /// The same lines, mended.
    pub mended: Vec<Shown>,
}

/// Lines of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The file.
    pub file: &'static str,
    /// The lines.
    pub text: String,
}

fn doc(code: &str) -> Option<CodeDoc> {
    codes().into_iter().find(|doc| doc.0 == code)
}

/// Returns the known code that was probably meant.
#[must_use]
pub fn meant(code: &str) -> Option<&'static str> {
    nearest(code, codes().into_iter().map(|doc| doc.0))
}

/// Returns what a code means.
#[must_use]
pub fn explain(code: &str) -> Option<Explained> {
    let (code, severity, zh, en) = doc(code)?;
    let page = page(code);
    let shown = |excerpts: &[Excerpt]| {
        let each = |excerpt: &Excerpt| Shown { file: excerpt.file, text: excerpt.text.clone() };
        excerpts.iter().map(each).collect()
    };
    Some(Explained {
        code,
        severity,
        title: Text::new(zh, en),
        why: page.map(|page| page.why.clone()),
        consequence: page.map(|page| page.consequence.clone()),
        mend: page.map(|page| page.mend.clone()),
        broken: page.map(|page| shown(&page.broken)).unwrap_or_default(),
        mended: page.map(|page| shown(&page.mended)).unwrap_or_default(),
    })
}

fn weight(severity: Severity, language: Language) -> &'static str {
    match severity {
        Severity::Error => language.choose("错误", "error"),
        Severity::Warning => language.choose("警告", "warning"),
    }
}

/// The sections of a page in one language, each with its heading.
fn sections(page: &Page, language: Language) -> [(&'static str, &str); 3] {
    [
        (language.choose("为什么", "Why"), language.of(&page.why)),
        (language.choose("后果", "Consequence"), language.of(&page.consequence)),
        (language.choose("办法", "Mend"), language.of(&page.mend)),
    ]
}

fn examples(page: &Page, language: Language) -> [(&'static str, &[Excerpt]); 2] {
    [
        (language.choose("错", "Broken"), page.broken.as_slice()),
        (language.choose("对", "Mended"), page.mended.as_slice()),
    ]
}

/// Returns what a code means, in Markdown; nothing for an unknown one.
#[must_use]
pub fn markdown(code: &str, language: Language) -> Option<String> {
    let (code, severity, zh, en) = doc(code)?;
    let title = language.choose(zh, en);
    let mut out = format!("# `{code}`\n\n**{}** · {title}\n", weight(severity, language));
    if let Some(page) = page(code) {
        for (heading, words) in sections(page, language) {
            add(&mut out, format_args!("\n## {heading}\n\n{words}\n"));
        }
        for (heading, excerpts) in examples(page, language) {
            add(&mut out, format_args!("\n## {heading}\n"));
            fences(&mut out, excerpts);
        }
    }
    Some(out)
}

/// Returns a code's part of the page of all codes, in both languages.
#[must_use]
pub fn section(code: &str) -> Option<String> {
    let (code, severity, zh, en) = doc(code)?;
    let mut out = format!("### {code}\n\n{} · **{zh}** · *{en}*\n", weight(severity, Language::Zh));
    if let Some(page) = page(code) {
        for ((heading, words), (_, english)) in
            sections(page, Language::Zh).into_iter().zip(sections(page, Language::En))
        {
            add(&mut out, format_args!("\n{heading}：{words}\n\n*{english}*\n"));
        }
        for (heading, excerpts) in [("错 · broken", &page.broken), ("对 · mended", &page.mended)]
        {
            add(&mut out, format_args!("\n{heading}\n"));
            fences(&mut out, excerpts);
        }
    }
    Some(out)
}

fn fences(out: &mut String, excerpts: &[Excerpt]) {
    for Excerpt { language, file, text, .. } in excerpts {
        add(out, format_args!("\n`{file}`\n\n```{language}\n{text}```\n"));
    }
}

fn add(out: &mut String, words: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(words);
    debug_assert!(written.is_ok(), "writing to a string");
}

/// How words are set off on a terminal.
struct Ink(bool);

impl Ink {
    fn with(&self, style: &str, words: &str) -> String {
        if self.0 { format!("\u{1b}[{style}m{words}\u{1b}[0m") } else { words.to_owned() }
    }

    fn weight(&self, severity: Severity, words: &str) -> String {
        let style = if severity == Severity::Error { "1;31" } else { "1;33" };
        self.with(style, words)
    }
}

/// Returns what a code means, for a terminal; nothing for an unknown one.
#[must_use]
pub fn text(code: &str, language: Language, colour: bool) -> Option<String> {
    let (code, severity, zh, en) = doc(code)?;
    let ink = Ink(colour);
    let name = format!("{}[{code}]", weight(severity, language));
    let mut out = format!("{}: {}\n", ink.weight(severity, &name), language.choose(zh, en));
    let Some(page) = page(code) else { return Some(out) };
    for (heading, words) in sections(page, language) {
        add(&mut out, format_args!("\n{}\n  {words}\n", ink.with("1", heading)));
    }
    for (heading, excerpts) in examples(page, language) {
        add(&mut out, format_args!("\n{}\n", ink.with("1", heading)));
        for excerpt in excerpts {
            add(&mut out, format_args!("  {}\n", ink.with("2", excerpt.file)));
            for line in excerpt.text.lines() {
                add(&mut out, format_args!("  {} {line}\n", ink.with("2", "|")));
            }
        }
    }
    Some(out)
}

/// Returns all codes with their meanings, a line each.
#[must_use]
pub fn list(language: Language, colour: bool) -> String {
    let ink = Ink(colour);
    let all = codes();
    let wide = all.iter().map(|doc| doc.0.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (code, severity, zh, en) in all {
        let padded = format!("{code:<wide$}");
        let weight = ink.weight(severity, weight(severity, language));
        add(&mut out, format_args!("{padded}  {weight}  {}\n", language.choose(zh, en)));
    }
    out
}
