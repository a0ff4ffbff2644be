//! What the cursor stands in, of a text that is still being written.
//!
//! Invariant: what is typed is completed in thought until it can be read: a mark for the word, a colon behind it, brackets and
//! quotes closed, what follows left out. The first way that can be read says what may stand there.

use xueji_definition::{FileKind, yaml as text_of_yaml};

use crate::names::yaml::{MARK, Slot, slot};

/// Returns what may stand at a byte of a YAML file.
pub(crate) fn at(path: &str, text: &str, offset: usize) -> Option<Slot> {
    let (kind, id) = FileKind::of(path)?;
    let (before, after) = (text.get(..offset)?, text.get(offset..)?);
    let word = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
    let after = after.get(word..)?;
    let line = before.rsplit('\n').next().unwrap_or(before);
    let (rest, following) = after.split_at(after.find('\n').unwrap_or(after.len()));
    let closers = closers(line);
    let colon = if rest.trim().is_empty() || rest.trim_start().starts_with(['}', ',']) {
        ": 1"
    } else {
        ""
    };
    for following in [following, ""] {
        for (more, rest) in
            [("", rest), (colon, rest), ("", closers.as_str()), (": 1", closers.as_str())]
        {
            let whole = format!("{before}{MARK}{more}{rest}{following}\n");
            let (tree, _) = text_of_yaml::read(path, &whole);
            let Some(tree) = tree else { continue };
            if let Some(found) = slot(path, &whole, tree, kind, id) {
                return Some(found);
            }
        }
    }
    None
}

/// Tells whether a character belongs to a name in YAML.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// Returns the quotes and brackets that a line leaves open.
fn closers(line: &str) -> String {
    let (mut open, mut quote) = (Vec::new(), None);
    let mut before = ' ';
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !is_word(before) => quote = Some(c),
            (None, '{') => open.push('}'),
            (None, '[') => open.push(']'),
            (None, '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    quote.into_iter().chain(open.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Kind;

    fn shown(path: &str, text: &str) -> String {
        let offset = text.find('⌶').unwrap();
        match at(path, &text.replace('⌶', ""), offset) {
            Some(Slot::Key { present, schema }) => {
                format!(
                    "key of {} keys, beside {present:?}",
                    schema["properties"].as_object().unwrap().len()
                )
            }
            Some(Slot::FreeKey { kind, .. }) => format!("key {kind:?}"),
            Some(Slot::FieldKey { path, .. }) => format!("key below {}", path.join(".")),
            Some(Slot::Value { kind, .. }) => format!("value {kind:?}"),
            Some(Slot::Expression { before, .. }) => format!("expression {before}"),
            Some(Slot::Free) => "free".to_owned(),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_text_that_is_not_yet_whole_is_understood() {
        let path = "workflows/processes/a.yaml";
        assert_eq!(
            shown(path, "process: a\nstart:\n  by: {role: ⌶\nsteps:\n  x: {end: done}\n"),
            "value Some(Role)"
        );
        assert_eq!(
            shown(path, "process: a\nstart:\n  by: {role: m, un⌶}\n"),
            "key of 4 keys, beside [\"role\"]"
        );
        assert_eq!(shown(path, "steps:\n  x:\n    next: {done: ⌶}\n"), "value Some(Step)");
        assert_eq!(shown(path, "steps:\n  x:\n    next:\n      ⌶\n  y: {end: a}\n"), "key Outcome");
        assert_eq!(shown(path, "steps:\n  x:\n    due: {days: param.⌶}\n"), "expression param.");
        assert_eq!(shown(path, "start:\n  rules:\n    - fi⌶\n    - b\n"), "value Some(Rule)");
        assert_eq!(
            shown(path, "process: a\nsta⌶\nsteps:\n  x: {end: a}\n").split(' ').next(),
            Some("key")
        );
        assert_eq!(
            shown("workflows/facts.yaml", "facts:\n  n:\n    over: {records: ⌶}\n"),
            format!("value {:?}", Some(Kind::Record))
        );
    }

    #[test]
    fn open_brackets_and_quotes_are_closed() {
        assert_eq!(closers("  a: {b: [x, \"y"), "\"]}");
        assert_eq!(closers("  a: it's [x]"), "");
    }
}
