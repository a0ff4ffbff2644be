//! What differs between the files of two releases, as text.
//!
//! Invariant: pure; the same files give the same answer, in the order of their paths.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use similar::TextDiff;
use xueji_definition::{Sources, Text};
use xueji_engine::ReleaseError;
use xueji_engine::plan::difference;
use xueji_engine::queries::QueryError;
use xueji_runtime::Release;

/// Lines shown around a change.
const AROUND: usize = 3;

/// What differs between two releases: by meaning, and as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What changes by meaning: `class, weight, what, process, step, file, words`. None for a change of comments or
    /// layout alone.
    pub changes: Vec<Json>,
    /// The files that differ, with their lines.
    pub files: Vec<FileChange>,
    /// Why the changes by meaning cannot be told: which release can no longer be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Text>,
}

/// A release, or why it can no longer be read.
pub(crate) type Readable = Result<Arc<Release>, Text>;

/// Returns a release that was asked for, or why it can no longer be read.
///
/// # Errors
/// There is none, or the store cannot be read.
pub(crate) fn readable(
    asked: Result<Option<Arc<Release>>, QueryError>,
    hash: &str,
) -> Result<Readable, QueryError> {
    match asked {
        Ok(Some(release)) => Ok(Ok(release)),
        Ok(None) => Err(ReleaseError::Unknown(hash.to_owned()).into()),
        Err(QueryError::Release(ReleaseError::Unreadable { hash, zh, en })) => {
            let short: String = hash.chars().take(12).collect();
            Ok(Err(Text::new(
                format!("版本 {short} 已无法读取：{zh}"),
                format!("release {short} can no longer be read: {en}"),
            )))
        }
        Err(other) => Err(other),
    }
}

/// Returns what differs between two releases.
#[must_use]
pub(crate) fn releases(old: (Readable, &Sources), new: (Readable, &Sources)) -> Difference {
    let files = files(old.1, new.1);
    match (old.0, new.0) {
        (Ok(before), Ok(after)) => {
            let changes = difference(&before, &after);
            let changes = changes.iter().filter_map(|change| serde_json::to_value(change).ok());
            Difference { changes: changes.collect(), files, unreadable: None }
        }
        (Err(why), _) | (_, Err(why)) => {
            Difference { changes: Vec::new(), files, unreadable: Some(why) }
        }
    }
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What happened to it.
    pub change: Change,
    /// The change as a unified diff.
    pub diff: String,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It reads otherwise.
    Changed,
}

/// Returns the files that differ, by path.
#[must_use]
pub(crate) fn files(old: &Sources, new: &Sources) -> Vec<FileChange> {
    let mut changes: Vec<FileChange> = Vec::new();
    for (path, before) in &old.files {
        match new.files.get(path) {
            Some(after) if after == before => {}
            Some(after) => changes.push(file(path, Change::Changed, before, after)),
            None => changes.push(file(path, Change::Removed, before, "")),
        }
    }
    let added = new.files.iter().filter(|(path, _)| !old.files.contains_key(*path));
    changes.extend(added.map(|(path, after)| file(path, Change::Added, "", after)));
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

fn file(path: &str, change: Change, before: &str, after: &str) -> FileChange {
    let name = |side: &str, there: bool| {
        if there { format!("{side}/{path}") } else { "/dev/null".to_owned() }
    };
    let (old, new) = (name("a", change != Change::Added), name("b", change != Change::Removed));
    let diff = TextDiff::from_lines(before, after);
    let diff = diff.unified_diff().context_radius(AROUND).header(&old, &new).to_string();
    FileChange { path: path.to_owned(), change, diff }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Sources {
        Sources::from_pairs(files.iter().copied())
    }

    #[test]
    fn files_that_differ_are_told_with_their_lines() {
        let old = sources(&[("workflows/a.yaml", "x: 1\ny: 2\n"), ("workflows/b.yaml", "z: 3\n")]);
        let new = sources(&[("workflows/a.yaml", "x: 1\ny: 3\n"), ("rules/c.rhai", "fn c() {}\n")]);
        let changes = files(&old, &new);
        let kinds: Vec<_> = changes.iter().map(|file| (file.path.as_str(), file.change)).collect();
        assert_eq!(
            kinds,
            [
                ("rules/c.rhai", Change::Added),
                ("workflows/a.yaml", Change::Changed),
                ("workflows/b.yaml", Change::Removed)
            ]
        );
        let expected = "--- a/workflows/a.yaml\n+++ b/workflows/a.yaml\n@@ -1,2 +1,2 @@\n x: 1\n-y: 2\n+y: 3\n";
        assert_eq!(changes[1].diff, expected);
        assert!(files(&old, &old).is_empty());
    }
}
