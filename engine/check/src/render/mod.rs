//! Findings as people and programs read them.
//!
//! Invariant: every form tells the same findings in the same order; lines and columns count from 1, columns in
//! characters, and an end is behind the last character.

mod github;
mod json;
mod junit;
mod plain;
mod sarif;
mod text;

use xueji_definition::finding::{Finding, Severity};
use xueji_definition::{Places, Text};

pub use json::{Edit, Elsewhere, Mend, Told};

use crate::silence::Silenced;

/// The language in which findings are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// Returns the words in this language.
    #[must_use]
    pub fn of(self, text: &Text) -> &str {
        self.choose(&text.zh, &text.en)
    }

    /// Returns the Chinese or the English words.
    pub(crate) fn choose<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// Where the page of all codes stands, seen from the project's folder.
pub const PAGE: &str = "docs/findings.md";

/// Findings with all that is needed to tell them.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The findings, in order.
    pub findings: &'a [Finding],
    /// Where they point.
    pub places: &'a Places,
    /// The findings that were silenced in place.
    pub silenced: &'a [Silenced],
    /// The language of words for people; forms for programs hold both, where they can.
    pub language: Language,
    /// What links begin with; without it they lead to [`PAGE`].
    pub docs: Option<&'a str>,
    /// Whether warnings fail, too.
    pub strict: bool,
}

impl<'a> Report<'a> {
    /// Returns a report in Chinese, of findings none of which was silenced.
    #[must_use]
    pub fn of(findings: &'a [Finding], places: &'a Places) -> Self {
        Self { findings, places, silenced: &[], language: Language::Zh, docs: None, strict: false }
    }

    /// Returns where a code is explained.
    #[must_use]
    pub fn link(&self, code: &str) -> String {
        match self.docs {
            None => format!("{PAGE}#{code}"),
            Some(base) if base.ends_with(['/', '#', '=']) => format!("{base}{code}"),
            Some(base) => format!("{base}#{code}"),
        }
    }

    /// Returns findings as text: for each its weight and code, where it is, the words there and in places that explain
    /// it, what follows from it, and how to mend it.
    #[must_use]
    pub fn text(&self, colour: bool) -> String {
        text::write(self, colour)
    }

    /// Returns findings one a line: `file:line:column: weight: message [code]`.
    #[must_use]
    pub fn plain(&self) -> String {
        plain::write(self)
    }

    /// Returns findings as JSON: a list of objects, one a line; then those that were silenced.
    #[must_use]
    pub fn json(&self) -> String {
        json::write(self)
    }

    /// Returns findings as a log in SARIF 2.1.0, by this version of the program.
    #[must_use]
    pub fn sarif(&self, version: &str) -> String {
        sarif::write(self, version)
    }

    /// Returns findings as commands that a workflow on GitHub shows beside the lines.
    #[must_use]
    pub fn github(&self) -> String {
        github::write(self)
    }

    /// Returns findings as JUnit's XML, a suite for each file.
    #[must_use]
    pub fn junit(&self) -> String {
        junit::write(self)
    }

    /// Returns findings as programs read them.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        json::told(self)
    }
}

/// Returns findings as text; see [`Report::text`].
#[must_use]
pub fn text(findings: &[Finding], places: &Places, language: Language, colour: bool) -> String {
    Report { language, ..Report::of(findings, places) }.text(colour)
}

/// Returns findings one a line; see [`Report::plain`].
#[must_use]
pub fn plain(findings: &[Finding], places: &Places, language: Language) -> String {
    Report { language, ..Report::of(findings, places) }.plain()
}

/// Returns findings as programs read them.
#[must_use]
pub fn told(findings: &[Finding], places: &Places) -> Vec<Told> {
    Report::of(findings, places).told()
}

/// Returns findings as JSON; see [`Report::json`].
#[must_use]
pub fn json(findings: &[Finding], places: &Places) -> String {
    Report::of(findings, places).json()
}

/// Returns the closing line: how many errors and warnings.
#[must_use]
pub fn summary(findings: &[Finding], language: Language) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    match language {
        Language::Zh if findings.is_empty() => "没有发现问题".to_owned(),
        Language::En if findings.is_empty() => "no findings".to_owned(),
        Language::Zh => format!("错误 {errors} 个，警告 {warnings} 个"),
        Language::En => {
            let many =
                |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
            format!("{}, {}", many(errors, "error"), many(warnings, "warning"))
        }
    }
}

/// Returns a weight as programs know it.
const fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Returns what follows from a finding of a code, if its page says so.
fn consequence(code: &str) -> Option<&'static Text> {
    crate::pages::page(code).map(|page| &page.consequence)
}
