//! One line a finding, for editors and `grep`.
//!
//! Invariant: `file:line:column: weight: message [code]`, and nothing else on the line.

use std::fmt::Write as _;

use super::{Report, weight};

pub(super) fn write(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let place = report.places.place(finding);
        let message = report.language.of(&finding.message).replace(['\n', '\r'], " ");
        let written = writeln!(
            out,
            "{}:{}:{}: {}: {message} [{}]",
            finding.file,
            place.line,
            place.column,
            weight(finding.severity),
            finding.code
        );
        debug_assert!(written.is_ok(), "writing to a string");
    }
    out
}
