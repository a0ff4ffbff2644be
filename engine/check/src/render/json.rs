//! Findings as JSON.
//!
//! Invariant: one finding a line; a key is never taken away or given another meaning.

use std::fmt::Write as _;

use serde::Serialize;
use xueji_definition::edit::{TextEdit, edits};
use xueji_definition::finding::{Finding, Related, Severity};
use xueji_definition::{Place, Text};

use super::Report;

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
    /// What follows from it, in both languages.
    pub consequence: Option<Text>,
    /// Places that explain it.
    pub related: Vec<Elsewhere>,
    /// What mends it for certain.
    pub fix: Option<Mend>,
    /// Where its code is explained.
    pub link: String,
    /// What stays the same when lines move: 32 hexadecimal digits.
    pub fingerprint: String,
    /// The reason for which it was silenced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silenced: Option<String>,
}

/// A second place of a finding.
#[derive(Debug, Clone, Serialize)]
pub struct Elsewhere {
    /// What stands there.
    pub message: Text,
    /// The file.
    pub file: String,
    /// From where to where.
    #[serde(flatten)]
    pub place: Place,
}

/// What mends a finding for certain.
#[derive(Debug, Clone, Serialize)]
pub struct Mend {
    /// What it does.
    pub title: Text,
    /// What is written where.
    pub edits: Vec<Edit>,
}

/// What is written in place of something else.
#[derive(Debug, Clone, Serialize)]
pub struct Edit {
    /// The file.
    pub file: String,
    /// What is replaced.
    #[serde(flatten)]
    pub place: Place,
    /// What stands there then.
    pub text: String,
}

pub(super) fn told(report: &Report<'_>) -> Vec<Told> {
    let fingerprints = crate::fingerprint::all(report.findings, report.places);
    report
        .findings
        .iter()
        .zip(fingerprints)
        .map(|(finding, fingerprint)| one(report, finding, fingerprint))
        .collect()
}

fn one(report: &Report<'_>, finding: &Finding, fingerprint: String) -> Told {
    let Place { line, column, end_line, end_column } = report.places.place(finding);
    Told {
        code: finding.code,
        severity: finding.severity,
        message: finding.message.clone(),
        help: finding.help.clone(),
        file: finding.file.clone(),
        line,
        column,
        end_line,
        end_column,
        process: finding.process.clone(),
        step: finding.step.clone(),
        consequence: super::consequence(finding.code).cloned(),
        related: finding.related.iter().map(|related| elsewhere(report, related)).collect(),
        fix: mend(report, finding),
        link: report.link(finding.code),
        fingerprint,
        silenced: None,
    }
}

fn elsewhere(report: &Report<'_>, related: &Related) -> Elsewhere {
    Elsewhere {
        message: related.message.clone(),
        file: related.file.clone(),
        place: report.places.spot(&related.file, &related.spot),
    }
}

fn mend(report: &Report<'_>, finding: &Finding) -> Option<Mend> {
    let fix = finding.fix.as_ref()?;
    let edits = edits(fix, report.places)?.into_iter();
    let edits = edits.map(|TextEdit { file, place, text }| Edit { file, place, text }).collect();
    Some(Mend { title: fix.title.clone(), edits })
}

/// Returns the silenced findings, each with its reason.
fn silenced(report: &Report<'_>) -> Vec<Told> {
    let findings: Vec<Finding> =
        report.silenced.iter().map(|silenced| silenced.finding.clone()).collect();
    let hidden = Report { findings: &findings, silenced: &[], ..*report };
    let reasons = report.silenced.iter().map(|silenced| silenced.reason.clone());
    let all = told(&hidden).into_iter().zip(reasons);
    all.map(|(told, reason)| Told { silenced: Some(reason), ..told }).collect()
}

pub(super) fn write(report: &Report<'_>) -> String {
    let mut out = String::from("[");
    for (at, told) in told(report).iter().chain(&silenced(report)).enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Only texts and numbers: writing them as JSON cannot fail.
        let line = serde_json::to_string(told).unwrap_or_default();
        let written = write!(out, "{comma}\n{line}");
        debug_assert!(written.is_ok(), "writing to a string");
    }
    out.push_str("\n]\n");
    out
}
