//! Findings as people and programs read them: text with the words of the place, and JSON.
//!
//! Invariant: the words shown are those of the file, and carets stand under what is meant, Chinese text included; both
//! forms tell the same findings in the same order.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use xueji_definition::finding::{Finding, Severity, Spot};
use xueji_definition::{Place, Places, Text};

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
        match self {
            Self::Zh => &text.zh,
            Self::En => &text.en,
        }
    }
}

/// The most lines of one place that are shown.
const LINES_SHOWN: u32 = 6;

/// Returns findings as text: for each its weight and code, where it is, the words there, and how to mend it.
#[must_use]
pub fn text(findings: &[Finding], places: &Places, language: Language, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for finding in findings {
        out.push_str(&one(finding, places, language, &renderer));
        out.push_str("\n\n");
    }
    out.push_str(&summary(findings, language));
    out.push('\n');
    out
}

fn one(finding: &Finding, places: &Places, language: Language, renderer: &Renderer) -> String {
    let level = match (finding.severity, language) {
        (Severity::Error, Language::Zh) => Level::ERROR.with_name("错误"),
        (Severity::Error, Language::En) => Level::ERROR,
        (Severity::Warning, Language::Zh) => Level::WARNING.with_name("警告"),
        (Severity::Warning, Language::En) => Level::WARNING,
    };
    let help_level = match language {
        Language::Zh => Level::HELP.with_name("办法"),
        Language::En => Level::HELP,
    };
    let title = level.primary_title(language.of(&finding.message)).id(finding.code);
    let place = places.place(finding);
    let shown = words(finding, places, place);
    let element: Element<'_> = match &shown {
        Some(Words { source, from, to }) => Snippet::source(source.as_str())
            .line_start(usize::try_from(place.line).unwrap_or(1))
            .path(finding.file.as_str())
            .annotation(AnnotationKind::Primary.span(*from..*to))
            .into(),
        None => Origin::path(finding.file.as_str()).into(),
    };
    let mut group = Group::with_title(title).element(element);
    if let Some(help) = &finding.help {
        group = group.element(help_level.message(language.of(help)));
    }
    if let Some(whose) = whose(finding, language) {
        let level = match language {
            Language::Zh => Level::NOTE.with_name("所在"),
            Language::En => Level::NOTE.with_name("in"),
        };
        group = group.element(level.message(whose));
    }
    renderer.render(&[group]).clone()
}

/// The lines of a place, and from where to where in them it goes, in bytes.
struct Words {
    source: String,
    from: usize,
    to: usize,
}

fn words(finding: &Finding, places: &Places, place: Place) -> Option<Words> {
    if finding.spot == Spot::File {
        return None;
    }
    let last = place.end_line.min(place.line.saturating_add(LINES_SHOWN)).max(place.line);
    let lines: Vec<&str> =
        (place.line..=last).map_while(|line| places.line_text(&finding.file, line)).collect();
    let first = lines.first()?;
    let from = byte(first, place.column);
    let before_last: usize = lines.iter().rev().skip(1).map(|line| line.len() + 1).sum();
    let source = lines.join("\n");
    let end = if last == place.end_line
        && lines.len() == usize::try_from(last - place.line + 1).unwrap_or(0)
    {
        before_last + lines.last().map_or(0, |line| byte(line, place.end_column))
    } else {
        source.len()
    };
    Some(Words { to: end.max(from).min(source.len()), source, from })
}

/// Returns the byte at which a column of a line, counted in characters from 1, begins.
fn byte(line: &str, column: u32) -> usize {
    let at = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    line.char_indices().nth(at).map_or(line.len(), |(byte, _)| byte)
}

fn whose(finding: &Finding, language: Language) -> Option<String> {
    let process = finding.process.as_ref()?;
    Some(match (language, &finding.step) {
        (Language::Zh, Some(step)) => format!("流程 {process}，步骤 {step}"),
        (Language::Zh, None) => format!("流程 {process}"),
        (Language::En, Some(step)) => format!("process {process}, step {step}"),
        (Language::En, None) => format!("process {process}"),
    })
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

/// One finding as programs read it. Lines and columns count from 1, columns in characters; the end is behind the last.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// The stable code.
    pub code: &'static str,
    /// The weight.
    pub severity: Severity,
    /// What is wrong, in both languages.
    pub message: Text,
    /// How to mend it, in both languages.
    pub help: Option<Text>,
    /// The file.
    pub file: String,
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column behind the last character.
    pub end_column: u32,
    /// The process it is about.
    pub process: Option<String>,
    /// The step it is about.
    pub step: Option<String>,
}

/// Returns findings as programs read them.
#[must_use]
pub fn told(findings: &[Finding], places: &Places) -> Vec<Told> {
    let each = |finding: &Finding| {
        let place = places.place(finding);
        Told {
            code: finding.code,
            severity: finding.severity,
            message: finding.message.clone(),
            help: finding.help.clone(),
            file: finding.file.clone(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            process: finding.process.clone(),
            step: finding.step.clone(),
        }
    };
    findings.iter().map(each).collect()
}

/// Returns findings as JSON: a list of objects, one a line.
#[must_use]
pub fn json(findings: &[Finding], places: &Places) -> String {
    let mut out = String::from("[");
    for (at, told) in told(findings, places).iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Only texts and numbers: writing them as JSON cannot fail.
        let line = serde_json::to_string(told).unwrap_or_default();
        let written = write!(out, "{comma}\n{line}");
        debug_assert!(written.is_ok(), "writing to a string");
    }
    out.push_str("\n]\n");
    out
}
