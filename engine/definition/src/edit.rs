//! From the changes of a fix to characters of a file, and their writing into its text.
//!
//! Invariant: what is not meant stays byte for byte as it was, comments and line ends included; a change whose words do
//! not stand where it expects them is refused, and nothing is written.

use std::ops::Range;

use crate::finding::{Change, Fix, Key, Route};
use crate::places::{Place, Places};
use crate::yaml::{Kind, Node};

/// A replacement of characters in a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TextEdit {
    /// The file.
    pub file: String,
    /// What is replaced; empty to insert.
    pub place: Place,
    /// What stands there then.
    pub text: String,
}

/// Returns the edits of a fix, or nothing when one of its changes does not fit the files.
#[must_use]
pub fn edits(fix: &Fix, places: &Places) -> Option<Vec<TextEdit>> {
    fix.changes.iter().map(|change| edit(change, places)).collect()
}

fn edit(change: &Change, places: &Places) -> Option<TextEdit> {
    match change {
        Change::Replace { file, spot, old, new } => {
            let place = words(places, file, places.spot(file, spot), old)?;
            Some(TextEdit { file: file.clone(), place, text: new.clone() })
        }
        Change::Remove { file, route } => removal(places, file, route),
        Change::Write { file, place, text } => {
            Some(TextEdit { file: file.clone(), place: *place, text: text.clone() })
        }
        Change::Insert { file, line, lines } => {
            let place = Place { line: *line, column: 1, end_line: *line, end_column: 1 };
            Some(TextEdit { file: file.clone(), place, text: lines.clone() })
        }
    }
}

/// Returns where in a place of one line certain words stand, if they stand there once.
fn words(places: &Places, file: &str, place: Place, old: &str) -> Option<Place> {
    if place.line != place.end_line || old.is_empty() {
        return None;
    }
    let from = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let long = usize::try_from(place.end_column.checked_sub(place.column)?).ok()?;
    let line = places.line_text(file, place.line)?;
    let here: String = line.chars().skip(from).take(long).collect();
    let mut found = here.match_indices(old);
    let (at, _) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let before = u32::try_from(here.get(..at)?.chars().count()).ok()?;
    let column = place.column.checked_add(before)?;
    let end_column = column.checked_add(u32::try_from(old.chars().count()).ok()?)?;
    Some(Place { column, end_column, ..place })
}

/// Returns the edit that takes an entry away; nothing when it is the only one of its group, which would leave a hole.
fn removal(places: &Places, file: &str, route: &Route) -> Option<TextEdit> {
    let (last, above) = route.0.split_last()?;
    let mut parent = places.tree(file)?;
    for key in above {
        parent = crate::places::child(parent, key)?.1;
    }
    let entries = entries(parent);
    let at = match (&parent.kind, last) {
        (Kind::Mapping(all), Key::Name(name)) => {
            all.iter().position(|(key, _)| key.scalar.text == *name)?
        }
        (Kind::Sequence(_), Key::Index(at)) => *at,
        _ => return None,
    };
    if entries.len() < 2 {
        return None;
    }
    let own = places.entry(file, *entries.get(at)?)?;
    let opening = places.line_text(file, parent.span.start.line)?;
    let column = usize::try_from(parent.span.start.column).ok()?.checked_sub(1)?;
    let flow = opening.chars().nth(column).is_some_and(|c| c == '{' || c == '[');
    let place = if !flow {
        Place { line: own.line, column: 1, end_line: own.end_line.checked_add(1)?, end_column: 1 }
    } else if let Some(next) = entries.get(at + 1) {
        let next = places.entry(file, *next)?;
        Place { end_line: next.line, end_column: next.column, ..own }
    } else {
        let before = places.entry(file, *entries.get(at.checked_sub(1)?)?)?;
        Place { line: before.end_line, column: before.end_column, ..own }
    };
    Some(TextEdit { file: file.to_owned(), place, text: String::new() })
}

/// Returns the spans of a group's or list's entries, from the key to behind the value.
fn entries(parent: &Node) -> Vec<(crate::yaml::Span, &Node)> {
    match &parent.kind {
        Kind::Mapping(all) => all.iter().map(|(key, value)| (key.span, value)).collect(),
        Kind::Sequence(items) => items.iter().map(|item| (item.span, item)).collect(),
        Kind::Scalar(_) | Kind::Refused => Vec::new(),
    }
}

/// Writes the edits of one file into its text; nothing when they overlap or lie outside of it.
#[must_use]
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let lines = line_starts(text);
    let mut ranges: Vec<(Range<usize>, &str)> = edits
        .iter()
        .map(|edit| {
            let start = offset(text, &lines, edit.place.line, edit.place.column)?;
            let end = offset(text, &lines, edit.place.end_line, edit.place.end_column)?;
            (start <= end).then_some((start..end, edit.text.as_str()))
        })
        .collect::<Option<_>>()?;
    ranges.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in ranges {
        out.push_str(text.get(done..range.start)?);
        out.push_str(new);
        done = range.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Returns where each line begins, in bytes; a line ends at LF, CR, or CR LF.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let ends = bytes.iter().enumerate().filter(|(at, byte)| {
        **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
    });
    std::iter::once(first).chain(ends.map(|(at, _)| at + 1)).collect()
}

fn offset(text: &str, lines: &[usize], line: u32, column: u32) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let Some(start) = lines.get(line) else {
        // Behind the last line stands the end.
        return (line == lines.len() && column == 0).then_some(text.len());
    };
    let rest = text.get(*start..)?;
    let at = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).nth(column)?;
    Some(start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;
    use crate::finding::Spot;
    use crate::route;

    fn after(text: &str, change: Change) -> Option<String> {
        let mut places = Places::default();
        places.add("f.yaml", text, crate::yaml::read("f.yaml", text).0);
        let fix = Fix { title: Text::default(), changes: vec![change] };
        apply(text, &edits(&fix, &places)?)
    }

    fn remove(route: Route) -> Change {
        Change::Remove { file: "f.yaml".to_owned(), route }
    }

    #[test]
    fn a_word_is_replaced_within_its_quotes_and_beside_its_comment() {
        let change = |old: &str| Change::Replace {
            file: "f.yaml".to_owned(),
            spot: Spot::Value(route!["步骤"]),
            old: old.to_owned(),
            new: "approve".to_owned(),
        };
        let text = "步骤: 'aprove'  # 同意\r\nb: 1\r\n";
        assert_eq!(
            after(text, change("aprove")).as_deref(),
            Some("步骤: 'approve'  # 同意\r\nb: 1\r\n")
        );
        assert_eq!(after(text, change("other")), None, "the words are not there");
    }

    #[test]
    fn an_entry_goes_with_its_lines_and_comments_stay() {
        let text = "a: 1\n# about b\nb:\n  c: 2\n  d: 3\n\n# about e\ne: [x, y, z]\n";
        assert_eq!(
            after(text, remove(route!["b"])).as_deref(),
            Some("a: 1\n# about b\n\n# about e\ne: [x, y, z]\n")
        );
        assert_eq!(
            after(text, remove(route!["b", "d"])).as_deref(),
            Some("a: 1\n# about b\nb:\n  c: 2\n\n# about e\ne: [x, y, z]\n")
        );
        for (at, left) in [(0, "[y, z]"), (1, "[x, z]"), (2, "[x, y]")] {
            let out = after(text, remove(route!["e", at])).unwrap_or_default();
            assert!(out.ends_with(&format!("e: {left}\n")), "{out}");
        }
    }

    #[test]
    fn the_only_entry_stays() {
        assert_eq!(after("a: {b: 1}\n", remove(route!["a", "b"])), None);
    }

    #[test]
    fn edits_that_overlap_are_refused() {
        let edit = |column, end_column| TextEdit {
            file: String::new(),
            place: Place { line: 1, column, end_line: 1, end_column },
            text: "x".to_owned(),
        };
        assert_eq!(apply("abcdef", &[edit(1, 3), edit(2, 4)]), None);
        assert_eq!(apply("abcdef", &[edit(4, 5), edit(1, 3)]).as_deref(), Some("xcxef"));
    }
}
