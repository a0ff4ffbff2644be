//! JUnit's XML, which most systems that run tests can show: a suite for each file, a case for each finding.
//!
//! Invariant: well-formed whatever the files hold; an error is a failure, a warning a skipped case unless it fails, too.

use std::fmt::Write as _;

use xueji_definition::finding::{Finding, Severity};

use super::Report;

pub(super) fn write(report: &Report<'_>) -> String {
    let mut suites: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in report.findings {
        match suites.iter_mut().find(|(file, _)| *file == finding.file) {
            Some((_, within)) => within.push(finding),
            None => suites.push((&finding.file, vec![finding])),
        }
    }
    let all = report.findings;
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    tag(&mut out, "<testsuites name=\"xueji validate\"", all.len().max(1), all.iter(), report);
    if suites.is_empty() {
        out.push_str("  <testsuite name=\"xueji validate\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n");
        out.push_str("    <testcase name=\"no findings\" classname=\"xueji validate\"/>\n");
        out.push_str("  </testsuite>\n");
    }
    for (file, findings) in suites {
        let open = format!("  <testsuite name=\"{}\"", escaped(file));
        tag(&mut out, &open, findings.len(), findings.iter().copied(), report);
        for finding in findings {
            case(&mut out, finding, report);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn fails(finding: &Finding, report: &Report<'_>) -> bool {
    finding.severity == Severity::Error || report.strict
}

fn tag<'f>(
    out: &mut String,
    open: &str,
    count: usize,
    findings: impl Iterator<Item = &'f Finding> + Clone,
    report: &Report<'_>,
) {
    let failures = findings.clone().filter(|finding| fails(finding, report)).count();
    let skipped = findings.count() - failures;
    let written = writeln!(
        out,
        "{open} tests=\"{count}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    );
    debug_assert!(written.is_ok(), "writing to a string");
}

fn case(out: &mut String, finding: &Finding, report: &Report<'_>) {
    let place = report.places.place(finding);
    let message = escaped(report.language.of(&finding.message));
    let file = escaped(&finding.file);
    let kind = if fails(finding, report) { "failure" } else { "skipped" };
    let mut words = format!("{}:{}:{}", finding.file, place.line, place.column);
    for more in [super::consequence(finding.code), finding.help.as_ref()].into_iter().flatten() {
        words.push('\n');
        words.push_str(report.language.of(more));
    }
    words.push('\n');
    words.push_str(&report.link(finding.code));
    let written = writeln!(
        out,
        "    <testcase name=\"{code} {line}:{column}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\">\n      \
         <{kind} type=\"{code}\" message=\"{message}\">{words}</{kind}>\n    </testcase>",
        code = finding.code,
        line = place.line,
        column = place.column,
        words = escaped(&words),
    );
    debug_assert!(written.is_ok(), "writing to a string");
}

/// Returns a text as XML holds it; characters that it cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if c < ' ' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_cannot_hold_is_escaped_or_left_out() {
        assert_eq!(super::escaped("a<b & \"c\"\u{7}\n"), "a&lt;b &amp; &quot;c&quot;\n");
    }
}
