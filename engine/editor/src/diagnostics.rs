//! Findings as an editor shows them.
//!
//! Invariant: every finding is shown once, at its own place, with the places that explain it, what follows and
//! the way to mend it.

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    NumberOrString, Range,
};
use xueji_definition::Place;
use xueji_definition::finding::{Finding, Severity};

use crate::workspace::Workspace;

impl Workspace {
    /// Returns what is to be shown in a file.
    #[must_use]
    pub fn diagnostics(&self, path: &str) -> Vec<Diagnostic> {
        let findings = self.checked().findings.iter().filter(|finding| finding.file == path);
        findings.map(|finding| self.diagnostic(finding)).collect()
    }

    /// Returns the files that something is to be shown in.
    pub fn faulty(&self) -> impl Iterator<Item = &str> {
        let mut files: Vec<&str> =
            self.checked().findings.iter().map(|finding| finding.file.as_str()).collect();
        files.dedup();
        files.into_iter()
    }

    pub(crate) fn shown_at(&self, path: &str, place: Place) -> Range {
        let mut range = self.range(path, place);
        // A place without width is shown as the rest of its line, so that it can be seen.
        if range.start == range.end {
            let end = self.lines(path).position(place.line, u32::MAX);
            range.end = end.max(range.start);
        }
        range
    }

    pub(crate) fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let places = &self.checked().places;
        let mut message = self.language.say(&finding.message).to_owned();
        if let Some(page) = xueji_check::pages::page(finding.code) {
            message.push_str(self.language.of("\n后果：", "\nconsequence: "));
            message.push_str(self.language.say(&page.consequence));
        }
        if let Some(help) = &finding.help {
            message.push_str(self.language.of("\n办法：", "\nhelp: "));
            message.push_str(self.language.say(help));
        }
        let related = finding.related.iter().filter_map(|there| {
            let location = self.location(&there.file, places.spot(&there.file, &there.spot))?;
            Some(DiagnosticRelatedInformation {
                location,
                message: self.language.say(&there.message).to_owned(),
            })
        });
        let related: Vec<_> = related.collect();
        let href =
            self.pages.as_ref().and_then(|pages| format!("{pages}#{}", finding.code).parse().ok());
        Diagnostic {
            range: self.shown_at(&finding.file, places.place(finding)),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(finding.code.to_owned())),
            code_description: href.map(|href| CodeDescription { href }),
            source: Some("xueji".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            tags: finding.code.ends_with("-unused").then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: None,
        }
    }
}
