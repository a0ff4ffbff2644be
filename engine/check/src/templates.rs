//! What templates of papers read: the dotted paths in their `{{ … }}` and `{% … %}`.
//!
//! Invariant: only paths that begin with a root are looked at; names that a template makes itself are left alone, and so
//! is everything behind the first name that cannot be followed.

use xueji_definition::Text;
use xueji_definition::finding::did_you_mean;
use xueji_definition::only_near;
use xueji_definition::value::Type;
use xueji_rules::{Env, Problem, Read};

/// The roots that are looked at.
const ROOTS: [&str; 7] = ["subject", "form", "item", "param", "fact", "case", "person"];

/// Returns the paths that a template reads, each with its place.
pub(crate) fn reads(text: &str) -> Vec<Read> {
    reads_with(text, &[])
}

/// Returns the names under which a template goes through its rows, and through lists of them.
pub(crate) fn row_names(text: &str) -> Vec<&str> {
    let loops = text.split("{%").skip(1).filter_map(|tag| tag.split("%}").next());
    let words = loops.filter_map(|tag| tag.trim().strip_prefix("for "));
    words.filter_map(|tag| tag.split_whitespace().next()).collect()
}

/// Returns the paths that a template reads, those that begin with some names of its own among them.
pub(crate) fn reads_with(text: &str, more: &[&str]) -> Vec<Read> {
    let mut reads = Vec::new();
    let mut open = false;
    for (line, words) in (1..).zip(text.lines()) {
        let mut before = ' ';
        let mut quote: Option<char> = None;
        let mut rest = words.char_indices().peekable();
        let mut column = 0;
        while let Some((at, c)) = rest.next() {
            column += 1;
            let next = rest.peek().map(|(_, c)| *c);
            match (open, c, next) {
                (false, '{', Some('{' | '%')) => open = true,
                (true, '}' | '%', Some('}')) if quote.is_none() => open = false,
                (true, '"' | '\'', _) if quote.is_none() => quote = Some(c),
                (true, c, _) if quote == Some(c) => quote = None,
                (true, _, _) if quote.is_none() && starts(before, c) => {
                    let path: String = words
                        .get(at..)
                        .unwrap_or_default()
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
                        .collect();
                    let called =
                        words.get(at + path.len()..).is_some_and(|rest| rest.starts_with('('));
                    reads.extend(read(&path, called, more, line, column));
                }
                _ => {}
            }
            before = c;
        }
    }
    reads
}

/// Tells whether a template prints what it reads there, and all of it: not a part (`[:4]`), its length, or what a function
/// makes of it.
pub(crate) fn shows_whole(text: &str, read: &Read) -> bool {
    let line = usize::try_from(read.line).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(read.column).unwrap_or(usize::MAX).saturating_sub(1);
    let lines = text.split_inclusive('\n');
    let begin: usize = lines.clone().take(line).map(str::len).sum();
    let words = lines.clone().nth(line).unwrap_or_default();
    let at = begin + words.char_indices().nth(column).map_or(words.len(), |(at, _)| at);
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let Some((_, tag)) = before.rsplit_once("{{").filter(|(_, tag)| !tag.contains("}}")) else {
        return false;
    };
    let is_argument = tag.matches('(').count() > tag.matches(')').count();
    let after = after.get(read.path.len()..).unwrap_or_default().trim_start();
    let part = after.strip_prefix('[').and_then(|inner| inner.split_once(']'));
    let is_part = part.is_some_and(|(part, _)| part.contains(':'));
    let filter = after.strip_prefix('|').map(str::trim_start).unwrap_or_default();
    let is_length = filter.starts_with("length") || filter.starts_with("count");
    !is_argument && !is_part && !is_length
}

/// Tells whether a name begins with this character.
fn starts(before: char, c: char) -> bool {
    c.is_ascii_lowercase() && !before.is_alphanumeric() && !matches!(before, '_' | '.')
}

fn read(path: &str, called: bool, more: &[&str], line: u32, column: u32) -> Option<Read> {
    let mut path = path.trim_end_matches('.');
    if called {
        path = path.rsplit_once('.')?.0;
    }
    let (root, _) = path.split_once('.')?;
    let known = ROOTS.contains(&root) || more.contains(&root);
    known.then(|| Read { path: path.to_owned(), line, column })
}

/// Returns what is wrong with a path, if its types are known.
pub(crate) fn fault(read: &Read, env: &Env) -> Option<Problem> {
    let mut names = read.path.split('.');
    let root = names.next()?;
    let mut ty = env.roots.get(root)?;
    let mut whole = root.to_owned();
    for name in names {
        let Type::Map(fields) = ty else { return None };
        let Some(below) = fields.get(name) else {
            return Some(Problem {
                code: "paper-field-unknown",
                file: String::new(),
                line: read.line,
                column: read.column,
                message: Text::new(
                    format!("`{whole}` 没有名为 `{name}` 的字段"),
                    format!("`{whole}` has no field `{name}`"),
                ),
                first: None,
                help: did_you_mean(name, fields.keys().map(String::as_str)),
                meant: only_near(name, fields.keys().map(String::as_str))
                    .map(|meant| (name.to_owned(), meant.to_owned())),
            });
        };
        whole = format!("{whole}.{name}");
        ty = below;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{reads, shows_whole};

    #[test]
    fn a_value_is_shown_whole_unless_a_part_its_length_or_something_made_of_it_is() {
        let whole = |text: &str| {
            let reads = reads(text);
            assert_eq!(reads.len(), 1, "{text}");
            shows_whole(text, &reads[0])
        };
        assert!(whole("{{ subject.id }}") && whole("会员\n号：{{subject.id | upper}}"));
        assert!(whole("{{ label('x', y) }} {{ subject.id }}"));
        assert!(!whole("{{ subject.id[:4] }}****") && !whole("{{ subject.id[-3:] }}"));
        assert!(!whole("{{ subject.id|length }}") && !whole("{{ label('member', subject.id) }}"));
        assert!(!whole("{% if subject.id %}x{% endif %}") && !whole("{{ x }}{% if subject.id %}"));
    }
}
