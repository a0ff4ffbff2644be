//! Findings with the words of their places, as a compiler shows them.
//!
//! Invariant: the words shown are those of the file, and carets stand under what is meant, Chinese text included.

use annotate_snippets::{AnnotationKind, Group, Level, Message, Origin, Renderer, Snippet};
use xueji_definition::finding::{Finding, Related, Severity, Spot};
use xueji_definition::{Place, Places};

use super::{Language, Report};
use crate::silence::By;

/// The most lines of one place that are shown.
const LINES_SHOWN: u32 = 6;
/// How far two places of a file may be apart to be shown together, in lines.
const TOGETHER: u32 = 500;
/// The most places that are shown beside a finding's own.
const SECOND_PLACES: usize = 8;

pub(super) fn write(report: &Report<'_>, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for finding in report.findings {
        out.push_str(&one(finding, report, &renderer));
        out.push_str("\n\n");
    }
    let language = report.language;
    out.push_str(&super::summary(report.findings, language));
    out.push_str(&hidden(report));
    out.push('\n');
    if let Some(first) = report.findings.first() {
        let how = language.choose("每个编号的说明", "more about a code");
        out.push_str(&format!("{how}: xueji explain {}\n", first.code));
    }
    out
}

/// Returns how many findings are not told, and why.
fn hidden(report: &Report<'_>) -> String {
    let mut out = String::new();
    for (by, zh, en) in [
        (By::Comment, "就地写明理由", "silenced in place"),
        (By::Baseline, "在基线里", "in the baseline"),
    ] {
        let count = report.silenced.iter().filter(|silenced| silenced.by == by).count();
        if count > 0 {
            out.push_str(&match report.language {
                Language::Zh => format!("；另有 {count} 个{zh}，不提示"),
                Language::En => format!("; {count} {en}, not told"),
            });
        }
    }
    out
}

fn note(language: Language, zh: &'static str, en: &'static str) -> Level<'static> {
    Level::NOTE.with_name(language.choose(zh, en))
}

fn one(finding: &Finding, report: &Report<'_>, renderer: &Renderer) -> String {
    let language = report.language;
    let level = match (finding.severity, language) {
        (Severity::Error, Language::Zh) => Level::ERROR.with_name("错误"),
        (Severity::Error, Language::En) => Level::ERROR,
        (Severity::Warning, Language::Zh) => Level::WARNING.with_name("警告"),
        (Severity::Warning, Language::En) => Level::WARNING,
    };
    let mut title = level.primary_title(language.of(&finding.message)).id(finding.code);
    if report.docs.is_some() {
        title = title.id_url(report.link(finding.code));
    }
    let snippets = snippets(finding, report.places, language);
    let mut group = Group::with_title(title);
    for snippet in &snippets {
        group = snippet.add_to(group);
    }
    let mut messages: Vec<Message<'_>> = Vec::new();
    if let Some(consequence) = super::consequence(finding.code) {
        messages.push(note(language, "后果", "consequence").message(language.of(consequence)));
    }
    if let Some(help) = &finding.help {
        let level = Level::HELP.with_name(language.choose("办法", "help"));
        messages.push(level.message(language.of(help)));
    }
    if let Some(whose) = whose(finding, language) {
        messages.push(note(language, "所在", "in").message(whose));
    }
    renderer.render(&[group.elements(messages)])
}

/// Consecutive lines of a file, with what is marked in them.
struct Lines<'f> {
    file: &'f str,
    first: u32,
    /// The text; nothing for a file that is meant as a whole.
    source: Option<String>,
    marks: Vec<Marked>,
}

/// A place in lines, in bytes, with what is said of it; the finding's own has no words.
struct Marked {
    from: usize,
    to: usize,
    words: Option<String>,
}

impl Lines<'_> {
    fn add_to<'l>(&'l self, group: Group<'l>) -> Group<'l> {
        let Some(source) = &self.source else {
            return group.element(Origin::path(self.file));
        };
        let marks = self.marks.iter().map(|mark| {
            let kind = match mark.words {
                None => AnnotationKind::Primary,
                Some(_) => AnnotationKind::Context,
            };
            kind.span(mark.from..mark.to).label(mark.words.as_deref())
        });
        group.element(
            Snippet::source(source.as_str())
                .line_start(usize::try_from(self.first).unwrap_or(1))
                .path(self.file)
                .annotations(marks),
        )
    }
}

/// One place that is to be shown.
struct Shown<'f> {
    file: &'f str,
    place: Place,
    whole: bool,
    words: Option<String>,
}

/// Returns what is shown: the finding's own lines with the second places near them, then the others.
fn snippets<'f>(finding: &'f Finding, places: &Places, language: Language) -> Vec<Lines<'f>> {
    let own = Shown {
        file: &finding.file,
        place: places.place(finding),
        whole: finding.spot == Spot::File,
        words: None,
    };
    let second = |related: &'f Related| Shown {
        file: &related.file,
        place: places.spot(&related.file, &related.spot),
        whole: related.spot == Spot::File,
        words: Some(language.of(&related.message).to_owned()),
    };
    let mut groups: Vec<Vec<Shown<'f>>> = vec![vec![own]];
    for shown in finding.related.iter().take(SECOND_PLACES).map(second) {
        let beside = groups.iter_mut().find(|group| {
            group.iter().all(|other| {
                other.file == shown.file
                    && !other.whole
                    && !shown.whole
                    && other.place.line.abs_diff(shown.place.line) <= TOGETHER
            })
        });
        match beside {
            Some(group) => group.push(shown),
            None => groups.push(vec![shown]),
        }
    }
    groups.into_iter().filter_map(|group| lines(group, places)).collect()
}

fn lines<'f>(group: Vec<Shown<'f>>, places: &Places) -> Option<Lines<'f>> {
    let file = group.first()?.file;
    let first = group.iter().map(|shown| shown.place.line).min()?;
    let ends = group.iter().map(|shown| {
        shown.place.end_line.min(shown.place.line.saturating_add(LINES_SHOWN)).max(shown.place.line)
    });
    let last = ends.max()?;
    let texts: Vec<&str> = (first..=last).map_while(|line| places.line_text(file, line)).collect();
    if texts.is_empty() || group.iter().any(|shown| shown.whole) {
        return Some(Lines { file, first: 1, source: None, marks: Vec::new() });
    }
    let source = texts.join("\n");
    let at = |line: u32, column: u32| {
        let above = usize::try_from(line.saturating_sub(first)).unwrap_or(0);
        let before: usize = texts.iter().take(above).map(|text| text.len() + 1).sum();
        texts.get(above).map_or(source.len(), |text| before + byte(text, column))
    };
    let marks = group.into_iter().map(|shown| {
        let from = at(shown.place.line, shown.place.column);
        let to = at(shown.place.end_line, shown.place.end_column);
        Marked { from, to: to.max(from).min(source.len()), words: shown.words }
    });
    let marks = marks.collect();
    Some(Lines { file, first, source: Some(source), marks })
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
