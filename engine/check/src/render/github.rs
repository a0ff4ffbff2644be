//! Commands that a workflow on GitHub shows beside the lines of a change.
//!
//! Invariant: whatever a message holds, it stays within its command.

use std::fmt::Write as _;

use super::{Report, weight};

pub(super) fn write(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let place = report.places.place(finding);
        let mut message = report.language.of(&finding.message).to_owned();
        for more in [super::consequence(finding.code), finding.help.as_ref()].into_iter().flatten()
        {
            message.push('\n');
            message.push_str(report.language.of(more));
        }
        message.push('\n');
        message.push_str(&report.link(finding.code));
        // Columns are told of one line only.
        let columns = if place.line == place.end_line {
            format!(",col={},endColumn={}", place.column, place.end_column)
        } else {
            String::new()
        };
        let written = writeln!(
            out,
            "::{} file={},line={},endLine={}{columns},title={}::{}",
            weight(finding.severity),
            property(&finding.file),
            place.line,
            place.end_line,
            property(finding.code),
            data(&message)
        );
        debug_assert!(written.is_ok(), "writing to a string");
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_message_ends_its_command() {
        assert_eq!(data("100 %\r\n::error::x"), "100 %25%0D%0A::error::x");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
