//! Where in a case a scope stands.
//!
//! Invariant: a path names, from the case's own scope down, each step that opened a scope, the visit of that step, and
//! the branch or item. A step entered again opens other scopes, so that those of an earlier visit can never be mistaken
//! for them.

use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One step down: the step that opened the scope, its visit, and the branch's name or the item's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The `parallel` or `for-each` step.
    pub step: String,
    /// Which entering of that step, from 1.
    pub visit: u32,
    /// The branch's name, or the item's key.
    pub key: String,
}

/// The way from the case's own scope (empty) down to a scope.
///
/// Written as `step#visit:key` joined by `/`; `/`, `#`, `:` and `%` inside a key are percent-encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ScopePath(Vec<Segment>);

impl ScopePath {
    /// Returns the case's own scope.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns whether this is the case's own scope.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the scope one step further down.
    #[must_use]
    pub fn child(&self, step: &str, visit: u32, key: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment { step: step.to_owned(), visit, key: key.to_owned() });
        Self(segments)
    }

    /// Returns the scope above and the segment that leads here; nothing for the case's own.
    #[must_use]
    pub fn split(&self) -> Option<(Self, &Segment)> {
        let (last, above) = self.0.split_last()?;
        Some((Self(above.to_vec()), last))
    }

    /// Returns the segments, outermost first.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Returns the keys alone, outermost first, joined by `/`: how people name a row.
    #[must_use]
    pub fn row(&self) -> String {
        self.0.iter().map(|s| s.key.as_str()).collect::<Vec<_>>().join("/")
    }

    /// Returns the beginning that the paths of all scopes have which that visit of a step of this scope opened.
    #[must_use]
    pub fn opened_by(&self, step: &str, visit: u32) -> String {
        let above = if self.is_root() { String::new() } else { format!("{self}/") };
        format!("{above}{step}#{visit}:")
    }
}

impl fmt::Display for ScopePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('/')?;
            }
            f.write_str(&segment.step)?;
            f.write_char('#')?;
            segment.visit.fmt(f)?;
            f.write_char(':')?;
            encode(&segment.key, f)?;
        }
        Ok(())
    }
}

fn encode(key: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for piece in key.split_inclusive(['%', '/', '#', ':']) {
        let escaped = match piece.as_bytes().last() {
            Some(b'%') => "%25",
            Some(b'/') => "%2F",
            Some(b'#') => "%23",
            Some(b':') => "%3A",
            _ => {
                f.write_str(piece)?;
                continue;
            }
        };
        f.write_str(piece.get(..piece.len() - 1).unwrap_or_default())?;
        f.write_str(escaped)?;
    }
    Ok(())
}

fn decode(key: &str) -> String {
    key.replace("%3A", ":").replace("%23", "#").replace("%2F", "/").replace("%25", "%")
}

/// Text that is no scope's path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the path of a scope")]
pub struct NotAPath(String);

impl FromStr for ScopePath {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        let segment = |part: &str| {
            let (step, rest) = part.split_once('#')?;
            let (visit, key) = rest.split_once(':')?;
            Some(Segment { step: step.to_owned(), visit: visit.parse().ok()?, key: decode(key) })
        };
        let segments: Option<Vec<Segment>> = text.split('/').map(segment).collect();
        segments.map(Self).ok_or_else(|| NotAPath(text.to_owned()))
    }
}

impl From<ScopePath> for String {
    fn from(path: ScopePath) -> Self {
        path.to_string()
    }
}

impl TryFrom<String> for ScopePath {
    type Error = NotAPath;

    fn try_from(text: String) -> Result<Self, NotAPath> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::ScopePath;

    #[test]
    fn a_path_reads_back_whatever_its_keys_hold() {
        let path = ScopePath::root().child("units", 2, "a/b#c:d%e").child("rows", 1, "中");
        assert_eq!(path.to_string().parse(), Ok(path.clone()));
        assert_eq!(path.row(), "a/b#c:d%e/中");
        assert!(path.to_string().starts_with(&ScopePath::root().opened_by("units", 2)));
    }
}
