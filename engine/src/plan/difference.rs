//! The difference of two releases, by meaning.
//!
//! Invariant: pure. Both releases are compared as they run, shared steps replaced, so that text moved from one file to
//! another is no change. Scenarios are examples, and no part of what runs.

use std::collections::BTreeSet;

use xueji_definition::Text;
use xueji_runtime::Release;

use super::change::Change;
use super::{forms, lists, parameters, processes, rules};

/// Returns what differs, by class, the weightiest first in each.
#[must_use]
pub fn difference(old: &Release, new: &Release) -> Vec<Change> {
    if old.hash == new.hash {
        return Vec::new();
    }
    let mut found = Vec::new();
    processes::compare(old, new, &mut found);
    rules::compare(old, new, &mut found);
    parameters::compare(old, new, &mut found);
    forms::compare(old, new, &mut found);
    lists::compare(old, new, &mut found);
    found.sort_by(|a, b| {
        let by =
            |change: &Change| (change.class, std::cmp::Reverse(change.weight), change.file.clone());
        by(a).cmp(&by(b))
    });
    found
}

/// Returns the keys of two lists, each once, those of the newer one first.
pub(super) fn both<'a>(
    newer: impl Iterator<Item = &'a String>,
    older: impl Iterator<Item = &'a String>,
) -> Vec<&'a String> {
    let mut seen = BTreeSet::new();
    newer.chain(older).filter(|key| seen.insert(*key)).collect()
}

/// Returns a heading in quotes.
pub(super) fn quoted(title: &Text) -> (String, String) {
    (format!("“{}”", title.zh), format!("“{}”", title.en))
}

/// Returns what a role is called.
pub(super) fn role(release: &Release, role: &str) -> Text {
    let known = release.definitions.organisation.roles.get(role);
    known.map_or_else(|| Text::new(role, role), |known| known.title.clone())
}

/// Returns what a rule is called.
pub(super) fn rule(old: &Release, new: &Release, name: &str) -> Text {
    let known = new.rules.get(name).or_else(|| old.rules.get(name));
    known.map_or_else(
        || Text::new(name, name),
        |rule| {
            let id = &rule.id;
            Text::new(format!("{id} {}", rule.title.zh), format!("{id} {}", rule.title.en))
        },
    )
}
