//! What keys and words of definitions are for, in Chinese: the types say it in English alone.
//!
//! Invariant: keyed by the English words, so that a changed meaning finds no stale translation; a test knows that none of
//! a key that must be written, and of what processes, forms, papers and the organisation may hold, lacks.

mod flow;
mod house;
mod required;

/// What stands between the two languages of a description.
const BETWEEN: &str = "\n\n";

/// Returns what an English description is in Chinese.
fn chinese(english: &str) -> Option<&'static str> {
    let english = english.replace('\n', " ");
    let tables = [required::WORDS, flow::WORDS, house::WORDS];
    tables.into_iter().flatten().find(|words| words.0 == english).map(|(_, zh)| *zh)
}

/// Returns a description in both languages, Chinese first; as it is, if it has no Chinese.
pub(crate) fn described(english: &str) -> String {
    chinese(english).map_or_else(|| english.to_owned(), |zh| format!("{zh}{BETWEEN}{english}"))
}

/// Cuts the description of a schema in two: Chinese and English, the same where it has one language.
#[must_use]
pub fn both(description: &str) -> (&str, &str) {
    description.split_once(BETWEEN).unwrap_or((description, description))
}

#[cfg(test)]
mod tests {
    use super::{both, flow, house, required};
    use crate::FileKind;
    use crate::schema::schema_for;
    use serde_json::Value;

    fn is_chinese(words: &str) -> bool {
        words.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
    }

    fn missing(schema: &Value, root: &Value, found: &mut Vec<String>) {
        if let Some(required) = schema.get("required").and_then(Value::as_array) {
            for name in required.iter().filter_map(Value::as_str) {
                let of = schema.pointer(&format!("/properties/{name}"));
                let near = of.and_then(|of| of.get("description"));
                let there = of
                    .and_then(|of| of.get("$ref")?.as_str()?.strip_prefix('#'))
                    .and_then(|path| root.pointer(path)?.get("description"));
                let words = near.or(there).and_then(Value::as_str);
                found.extend(words.filter(|words| !is_chinese(words)).map(str::to_owned));
            }
        }
        match schema {
            Value::Object(all) => all.values().for_each(|below| missing(below, root, found)),
            Value::Array(all) => all.iter().for_each(|below| missing(below, root, found)),
            _ => {}
        }
    }

    fn all<'s>(schema: &'s Value, found: &mut Vec<&'s str>) {
        found.extend(schema.get("description").and_then(Value::as_str));
        match schema {
            Value::Object(entries) => entries.values().for_each(|below| all(below, found)),
            Value::Array(items) => items.iter().for_each(|below| all(below, found)),
            _ => {}
        }
    }

    #[test]
    fn what_a_required_key_is_for_is_said_in_chinese_too() {
        let mut found = Vec::new();
        for kind in FileKind::ALL {
            missing(schema_for(kind), schema_for(kind), &mut found);
        }
        assert!(found.is_empty(), "no Chinese for:\n{}", found.join("\n"));
    }

    #[test]
    fn everything_in_processes_forms_papers_and_the_organisation_is_said_in_chinese_first() {
        use FileKind as K;
        for kind in [K::Process, K::Steps, K::Form, K::Materials, K::Organisation] {
            let mut found = Vec::new();
            all(schema_for(kind), &mut found);
            let english = |words: &&str| !is_chinese(both(words).0);
            let without: Vec<&str> = found.into_iter().filter(english).collect();
            assert!(without.is_empty(), "{}: {}", kind.name(), without.join("\n"));
        }
    }

    #[test]
    fn no_translation_is_left_over() {
        let mut found = Vec::new();
        FileKind::ALL.into_iter().for_each(|kind| all(schema_for(kind), &mut found));
        let told: Vec<String> =
            found.iter().map(|words| both(words).1.replace('\n', " ")).collect();
        let tables = [required::WORDS, flow::WORDS, house::WORDS];
        let idle =
            tables.into_iter().flatten().filter(|(english, _)| !told.iter().any(|t| t == english));
        assert_eq!(idle.map(|words| words.0).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
