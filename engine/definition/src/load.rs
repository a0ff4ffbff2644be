//! From the texts of a release to its definitions, with all findings and the places of all nodes.
//!
//! Invariant: total. Whatever the texts are, the answer comes in bounded time, one faulty file takes no other away, and
//! a file whose findings hold an error is not in the definitions.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::Text;
use crate::definitions::Definitions;
use crate::finding::{Finding, Severity, Spot};
use crate::folder::{MAX_FILES, Sources};
use crate::places::Places;
use crate::read::FileRead;
use crate::schema::FileKind;

/// The most findings that are told of one file.
pub const MAX_FINDINGS: usize = 500;

/// What the texts of a release say, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The files that could be read.
    pub definitions: Definitions,
    /// All findings, by file, line, column and code.
    pub findings: Vec<Finding>,
    /// Where findings point.
    pub places: Places,
}

impl Loaded {
    /// Tells whether a finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Reads the texts of a release.
#[must_use]
pub fn load(sources: &Sources) -> Loaded {
    Reader::default().load(sources)
}

/// Reads the texts of a release that was accepted before, perhaps by an earlier version of the program.
///
/// Whatever the types can hold is taken, whatever is asked of a text by now; so a finding, always an error,
/// tells of what is not to be had at all. Scenarios are examples and are not missed.
#[must_use]
pub fn load_kept(sources: &Sources) -> Loaded {
    let mut loaded = Loaded::default();
    for (path, text) in &sources.files {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let read = FileRead::kept(path, text);
        if !matches!(FileKind::of(path), Some((FileKind::Scenario, _))) {
            loaded.findings.extend(read.findings.iter().cloned());
        }
        loaded.places.join(&read.places);
        read.tell(path, &mut loaded.definitions);
    }
    let resolving = loaded.definitions.resolve();
    loaded.findings.extend(resolving);
    loaded.findings.retain(|finding| finding.severity == Severity::Error);
    sort(&mut loaded.findings, &loaded.places);
    loaded
}

/// Reads releases one after the other, and reads again only the files whose text is another than the last time.
#[derive(Debug, Default)]
pub struct Reader {
    known: HashMap<String, Arc<FileRead>>,
}

impl Reader {
    /// Reads the texts of a release, as [`load`] does.
    #[must_use]
    pub fn load(&mut self, sources: &Sources) -> Loaded {
        let mut loaded = Loaded::default();
        self.known = self.read(sources);
        for path in sources.files.keys().take(MAX_FILES) {
            let Some(read) = self.known.get(path) else { continue };
            loaded.findings.extend(read.findings.iter().cloned());
            loaded.places.join(&read.places);
            read.tell(path, &mut loaded.definitions);
        }
        if sources.files.len() > MAX_FILES {
            let message = Text::new(
                format!("文件太多：最多 {MAX_FILES} 个"),
                format!("too many files: at most {MAX_FILES}"),
            );
            loaded.findings.push(Finding::error(
                "too-many-files",
                "workflows",
                Spot::File,
                message,
            ));
        }
        let resolving = loaded.definitions.resolve();
        loaded.findings.extend(resolving);
        sort(&mut loaded.findings, &loaded.places);
        loaded
    }

    /// Takes what is known already, and reads the rest, on all cores.
    fn read(&mut self, sources: &Sources) -> HashMap<String, Arc<FileRead>> {
        let mut done = HashMap::new();
        let mut ahead: Vec<(&str, &str, OnceLock<FileRead>)> = Vec::new();
        for (path, text) in sources.files.iter().take(MAX_FILES) {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            match self.known.remove(path) {
                Some(read) if *read.text == *text => {
                    done.insert(path.clone(), read);
                }
                _ => ahead.push((path, text, OnceLock::new())),
            }
        }
        // The longest first, so that none is left for the end.
        ahead.sort_by_key(|(_, text, _)| std::cmp::Reverse(text.len()));
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((path, text, read)) = ahead.get(next.fetch_add(1, Ordering::Relaxed)) {
                read.get_or_init(|| FileRead::new(path, text));
            }
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 1..cores.min(ahead.len()) {
                scope.spawn(work);
            }
            work();
        });
        let read = ahead
            .into_iter()
            .filter_map(|(path, _, read)| Some((path.to_owned(), Arc::new(read.into_inner()?))));
        done.extend(read);
        done
    }
}

/// Orders findings by file, line, column and code.
pub fn sort(findings: &mut [Finding], places: &Places) {
    findings
        .sort_by_cached_key(|finding| (finding.file.clone(), places.place(finding), finding.code));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str, text: &str) -> Loaded {
        load_kept(&Sources::from_pairs([(path, text)]))
    }

    #[test]
    fn what_was_accepted_once_is_read_whatever_is_asked_of_its_text_by_now() {
        // A name that is not kebab-case is refused today, and yet the types hold it.
        let (path, text) = (
            "workflows/codes.yaml",
            "lists:\n  Halls: {title: {zh: 厅, en: Halls}, entries: {}}\n",
        );
        let sources = Sources::from_pairs([(path, text)]);
        assert!(load(&sources).has_errors(), "{:?}", load(&sources).findings);
        let kept = load_kept(&sources);
        assert_eq!((kept.findings.len(), kept.definitions.codes.lists.len()), (0, 1));
    }

    #[test]
    fn what_the_types_cannot_hold_is_told_and_scenarios_are_not_missed() {
        let gone = one("workflows/codes.yaml", "lists: {}\ncolours: {}\n");
        assert!(gone.has_errors() && gone.definitions.codes.lists.is_empty());
        assert!(!one("workflows/scenarios/x.yaml", "nothing: so").has_errors());
    }
}
