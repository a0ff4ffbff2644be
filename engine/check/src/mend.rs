//! Everything that can be mended for certain, mended: again and again, until nothing is left.
//!
//! Invariant: pure and bounded; a fix is written whole or not at all, two never touch the same characters, and nothing
//! is taken away while an error is left, for what seems unused may be what was misspelt. A round that would leave more
//! findings than there were is not kept.

use std::collections::BTreeMap;

use xueji_definition::edit::{TextEdit, apply, edits};
use xueji_definition::finding::{Change, Finding, Fix};
use xueji_definition::{Place, Sources, Text};

use crate::{Checker, Found};

/// How often the texts are checked again.
const ROUNDS: usize = 20;

/// What was mended.
#[derive(Debug)]
pub struct Mended {
    /// The texts as they are then.
    pub sources: Sources,
    /// What was done, in order.
    pub done: Vec<Done>,
    /// What is still found.
    pub checked: Found,
}

/// One finding that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The code of the finding.
    pub code: &'static str,
    /// The file.
    pub file: String,
    /// Where it was when it was mended.
    pub place: Place,
    /// What was done.
    pub title: Text,
}

/// Mends what can be mended for certain, given what was found while the files were fetched.
#[must_use]
pub fn mend(sources: &Sources, found: &[Finding]) -> Mended {
    let mut sources = sources.clone();
    let mut done = Vec::new();
    let mut checker = Checker::default();
    let mut checked = checker.find(&sources, found.to_vec());
    for _ in 0..ROUNDS {
        let words: Vec<&Finding> = fixable(&checked, |fix| !takes_away(fix));
        let chosen = if words.is_empty() && !checked.has_errors() {
            fixable(&checked, takes_away)
        } else {
            words
        };
        let Some((texts, mended)) = round(&sources, &checked, &chosen) else { break };
        let after = checker.find(&texts, found.to_vec());
        if after.findings.len() > checked.findings.len() {
            break;
        }
        sources = texts;
        checked = after;
        done.extend(mended);
    }
    Mended { sources, done, checked }
}

fn fixable(checked: &Found, wanted: impl Fn(&Fix) -> bool) -> Vec<&Finding> {
    let has = |finding: &&Finding| finding.fix.as_ref().is_some_and(&wanted);
    checked.findings.iter().filter(has).collect()
}

/// Tells whether a fix takes something away.
fn takes_away(fix: &Fix) -> bool {
    fix.changes.iter().any(|change| match change {
        Change::Remove { .. } => true,
        Change::Write { text, .. } => text.is_empty(),
        Change::Replace { .. } | Change::Insert { .. } => false,
    })
}

/// Returns the texts after the fixes that do not touch each other; nothing when none can be written.
fn round(
    sources: &Sources,
    checked: &Found,
    findings: &[&Finding],
) -> Option<(Sources, Vec<Done>)> {
    let mut chosen: BTreeMap<String, Vec<TextEdit>> = BTreeMap::new();
    let mut done = Vec::new();
    for finding in findings {
        let Some(fix) = &finding.fix else { continue };
        let Some(new) = edits(fix, &checked.places) else { continue };
        let meets = |edit: &TextEdit| {
            chosen.get(&edit.file).into_iter().flatten().any(|other| touch(edit.place, other.place))
        };
        if new.iter().any(meets) {
            continue;
        }
        for edit in new {
            chosen.entry(edit.file.clone()).or_default().push(edit);
        }
        done.push(Done {
            code: finding.code,
            file: finding.file.clone(),
            place: checked.places.place(finding),
            title: fix.title.clone(),
        });
    }
    if done.is_empty() {
        return None;
    }
    let mut texts = sources.clone();
    for (file, edits) in &chosen {
        let text = texts.files.get_mut(file)?;
        *text = apply(text, edits)?;
    }
    Some((texts, done))
}

/// Tells whether two places have a character or a border in common.
fn touch(a: Place, b: Place) -> bool {
    let start = |place: Place| (place.line, place.column);
    let end = |place: Place| (place.end_line, place.end_column);
    start(a) <= end(b) && start(b) <= end(a)
}
