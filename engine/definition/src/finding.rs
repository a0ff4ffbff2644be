//! What is wrong with a definition, where, and how to mend it.
//!
//! Invariant: a finding names its place by a [`Route`] of keys; line and column are looked up in the file's text only
//! when it is shown. Codes are kebab-case, documented, stable and never used for something else.

use serde::Serialize;

use crate::{Place, Text};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definitions cannot go live.
    Error,
    /// They can, but somebody should look.
    Warning,
}

/// One key of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Key {
    /// The value under this key.
    Name(String),
    /// The element at this position of a list, from 0.
    Index(usize),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<&String> for Key {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl From<usize> for Key {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The keys from a file's root to a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Route(pub Vec<Key>);

impl Route {
    /// Returns the route one key further down.
    #[must_use]
    pub fn then(&self, key: impl Into<Key>) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.into());
        Self(keys)
    }
}

/// Makes a [`Route`] from keys: `route!["steps", id, "next"]`.
#[macro_export]
macro_rules! route {
    ($($key:expr),* $(,)?) => { $crate::finding::Route(vec![$($crate::finding::Key::from($key)),*]) };
}

/// Where in a file a finding points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum Spot {
    /// At the key that the route ends with.
    Key(Route),
    /// At the value that the route leads to.
    Value(Route),
    /// At a place inside the scalar that the route leads to: line and column of the scalar's own text, from 1.
    Inside(Route, u32, u32),
    /// At a line and column of the file, both from 1, columns in characters.
    At(u32, u32),
    /// At the file as a whole.
    File,
}

/// A second place, which explains the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The file, as in [`Finding::file`].
    pub file: String,
    /// Where in the file.
    pub spot: Spot,
    /// What stands there, such as "the outcome is declared here".
    pub message: Text,
}

/// Changes that mend a finding for certain: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What they do, in the imperative.
    pub title: Text,
    /// The changes.
    pub changes: Vec<Change>,
}

impl Fix {
    /// Returns the fix that writes one word for another.
    #[must_use]
    pub fn word(file: &str, spot: Spot, old: &str, new: &str) -> Self {
        Self {
            title: Text::new(format!("改为 `{new}`"), format!("write `{new}`")),
            changes: vec![Change::Replace {
                file: file.to_owned(),
                spot,
                old: old.to_owned(),
                new: new.to_owned(),
            }],
        }
    }
}

/// One change of a file; [`crate::edit`] turns it into characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Change {
    /// Writes other words where a spot points.
    Replace {
        /// The file.
        file: String,
        /// The place that holds the words, once.
        spot: Spot,
        /// The words that stand there.
        old: String,
        /// The words that stand there then.
        new: String,
    },
    /// Takes an entry of a group or list away: its key, its value, and the line that nothing else stands on.
    Remove {
        /// The file.
        file: String,
        /// The entry.
        route: Route,
    },
    /// Writes other characters where a place is, or none, such as instead of a comment.
    Write {
        /// The file.
        file: String,
        /// From where to where.
        place: Place,
        /// What stands there then.
        text: String,
    },
    /// Puts lines before a line.
    Insert {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The lines, each with its end.
        lines: String,
    },
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable code.
    pub code: &'static str,
    /// The weight.
    pub severity: Severity,
    /// The file, relative to the folder that was read, with forward slashes (`workflows/processes/…`).
    pub file: String,
    /// Where in the file.
    pub spot: Spot,
    /// What is wrong, in one sentence without a full stop.
    pub message: Text,
    /// How to mend it.
    pub help: Option<Text>,
    /// Second places, which explain the first.
    pub related: Vec<Related>,
    /// What mends it for certain, if anything does.
    pub fix: Option<Fix>,
    /// The process it is about.
    pub process: Option<String>,
    /// The step it is about.
    pub step: Option<String>,
}

impl Finding {
    /// Returns an error at a spot of a file.
    #[must_use]
    pub fn error(code: &'static str, file: &str, spot: Spot, message: Text) -> Self {
        Self {
            code,
            severity: Severity::Error,
            file: file.to_owned(),
            spot,
            message,
            help: None,
            related: Vec::new(),
            fix: None,
            process: None,
            step: None,
        }
    }

    /// Returns a warning at a spot of a file.
    #[must_use]
    pub fn warning(code: &'static str, file: &str, spot: Spot, message: Text) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, file, spot, message) }
    }

    /// Adds the way to mend it.
    #[must_use]
    pub fn help(mut self, help: Text) -> Self {
        self.help = Some(help);
        self
    }

    /// Adds a second place, which explains the first.
    #[must_use]
    pub fn see(mut self, file: &str, spot: Spot, message: Text) -> Self {
        self.related.push(Related { file: file.to_owned(), spot, message });
        self
    }

    /// Adds the known names that may be meant; if just one is near, writing it mends the finding.
    #[must_use]
    pub fn near<'n>(mut self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        self.fix = crate::only_near(name, known.iter().copied())
            .map(|new| Fix::word(&self.file, self.spot.clone(), name, new));
        self.help = did_you_mean(name, known).or(self.help);
        self
    }

    /// Adds what mends it for certain.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds the process it is about, and keeps the step.
    #[must_use]
    pub fn of_process(mut self, process: &str) -> Self {
        self.process = Some(process.to_owned());
        self
    }

    /// Adds the process and the step it is about.
    #[must_use]
    pub fn of(mut self, process: &str, step: Option<&str>) -> Self {
        self.process = Some(process.to_owned());
        self.step = step.map(str::to_owned);
        self
    }
}

/// Returns "did you mean …" in both languages, if there is a near name, else the known names if they are few.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = crate::nearest::nearest(name, known.iter().copied()) {
        return Some(Text::new(format!("是否想写 `{near}`？"), format!("did you mean `{near}`?")));
    }
    let few = (1..=12).contains(&known.len()).then(|| known.join("`, `"))?;
    Some(Text::new(format!("可以写：`{few}`"), format!("known here: `{few}`")))
}
