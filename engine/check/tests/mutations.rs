//! Whatever is done to good definitions, checking answers: it never panics, and every finding has a place and a code.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use xueji_check::{check, codes, render};
use xueji_definition::{Sources, read_folder};

fn good() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ok");
    read_folder(&root.join("workflows"), &root.join("rules")).expect("a folder").0
}

/// The words of a text, each with the byte at which it begins: runs of what names and numbers are made of.
fn words(text: &str) -> Vec<(usize, &str)> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut words = Vec::new();
    let mut begun: Option<usize> = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        match (begun, inner(c)) {
            (None, true) => begun = Some(at),
            (Some(from), false) => {
                words.push((from, text.get(from..at).unwrap_or_default()));
                begun = None;
            }
            _ => {}
        }
    }
    words
}

fn mutated(file: usize, word: usize, with: &str) -> Sources {
    let mut sources = good();
    let paths: Vec<String> = sources.files.keys().cloned().collect();
    let path = paths.get(file % paths.len()).expect("a file");
    let text = sources.files.get_mut(path).expect("its text");
    let all = words(text);
    let (at, old) = *all.get(word % all.len()).expect("a word");
    let new = if with == "twice" { format!("{old}{old}") } else { with.to_owned() };
    let range = at..at + old.len();
    text.replace_range(range, &new);
    sources
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_one_word_makes_checking_fail(
        file in 0usize..100,
        word in 0usize..2000,
        with in prop::sample::select(vec!["", "x", "start", "twice", "0", "[]", "{}", "held", "form", "'('", "true"]),
    ) {
        let checked = check(&mutated(file, word, with));
        let known: BTreeSet<&str> = codes().iter().map(|doc| doc.0).collect();
        for finding in &checked.findings {
            prop_assert!(known.contains(finding.code), "{} is not documented", finding.code);
            let place = checked.places.place(finding);
            prop_assert!(place.line > 0 && place.column > 0);
        }
        let told = render::text(&checked.findings, &checked.places, render::Language::Zh, false);
        prop_assert!(told.ends_with('\n'));
        let again = check(&mutated(file, word, with));
        prop_assert_eq!(&again.findings, &checked.findings);
    }

    #[test]
    fn no_file_taken_away_makes_checking_fail(file in 0usize..100, cut in 0usize..4000) {
        let mut sources = good();
        let paths: Vec<String> = sources.files.keys().cloned().collect();
        let path = paths.get(file % paths.len()).expect("a file");
        let text = sources.files.remove(path).expect("its text");
        let half: String = text.chars().take(cut).collect();
        if cut % 2 == 0 {
            sources.files.insert(path.clone(), half);
        }
        let checked = check(&sources);
        prop_assert_eq!(checked.release.is_some(), !checked.has_errors());
    }
}
