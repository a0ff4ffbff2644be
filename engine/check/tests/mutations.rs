//! Whatever is done to good definitions, checking answers: it never panics, and every finding has a place and a code; and
//! whatever was checked before changes nothing of what is found.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use xueji_check::{Checker, check, codes, find, render};
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
    mutate(&mut sources, file, word, with);
    sources
}

/// Puts another word for one in a file.
fn mutate(sources: &mut Sources, file: usize, word: usize, with: &str) {
    let paths: Vec<String> = sources.files.keys().cloned().collect();
    let path = paths.get(file % paths.len()).expect("a file");
    let text = sources.files.get_mut(path).expect("its text");
    let all = words(text);
    let Some((at, old)) = all.get(word % all.len().max(1)).copied() else { return };
    let new = if with == "twice" { format!("{old}{old}") } else { with.to_owned() };
    let range = at..at + old.len();
    text.replace_range(range, &new);
}

/// Takes a line of a file out, or writes it twice.
fn lines(sources: &mut Sources, file: usize, line: usize, twice: bool) {
    let paths: Vec<String> = sources.files.keys().cloned().collect();
    let path = paths.get(file % paths.len()).expect("a file");
    let text = sources.files.get_mut(path).expect("its text");
    let mut all: Vec<&str> = text.split('\n').collect();
    let at = line % all.len();
    let old = all.remove(at);
    if twice {
        all.splice(at..at, [old, old]);
    }
    *text = all.join("\n");
}

/// One thing that somebody does at a keyboard.
#[derive(Debug, Clone)]
enum Done {
    /// Writes another word.
    Word(usize, usize, &'static str),
    /// Takes a line out, or writes it twice.
    Line(usize, usize, bool),
    /// Takes the last change back.
    Undo,
    /// Takes a file away.
    Removed(usize),
}

fn done() -> impl Strategy<Value = Done> {
    let words =
        vec!["", "x", "start", "twice", "0", "[]", "held", "form", "true", "approve", "hall"];
    prop_oneof![
        6 => (0usize..100, 0usize..2000, prop::sample::select(words))
            .prop_map(|(file, word, with)| Done::Word(file, word, with)),
        3 => (0usize..100, 0usize..400, any::<bool>())
            .prop_map(|(file, line, twice)| Done::Line(file, line, twice)),
        4 => Just(Done::Undo),
        1 => (0usize..100).prop_map(Done::Removed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_was_checked_before_changes_nothing_of_what_is_found(all in prop::collection::vec(done(), 1..10)) {
        let mut checker = Checker::default();
        let mut texts = vec![good()];
        prop_assert_eq!(checker.find(&good(), Vec::new()).findings.len(), 0);
        for one in &all {
            let mut sources = texts.last().expect("the texts before").clone();
            match *one {
                Done::Word(file, word, with) => mutate(&mut sources, file, word, with),
                Done::Line(file, line, twice) => lines(&mut sources, file, line, twice),
                Done::Removed(file) => {
                    let path = sources.files.keys().nth(file % sources.files.len()).cloned();
                    sources.files.remove(&path.expect("a file"));
                }
                Done::Undo if texts.len() > 1 => {
                    texts.pop();
                    sources.clone_from(texts.last().expect("the texts before"));
                    texts.pop();
                }
                Done::Undo => {}
            }
            let (kept, fresh) = (checker.find(&sources, Vec::new()), find(&sources, Vec::new()));
            prop_assert_eq!(&kept.findings, &fresh.findings, "after {:?} of {:?}", one, all);
            prop_assert_eq!(&kept.silenced, &fresh.silenced);
            for finding in &fresh.findings {
                prop_assert_eq!(kept.places.place(finding), fresh.places.place(finding));
            }
            texts.push(sources);
        }
    }
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
