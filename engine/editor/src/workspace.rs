//! The texts that an editor has before it, and what is known of them.
//!
//! Invariant: a change of one file reads that file's names anew and no other's; whether all is well is worked out once,
//! when it is first asked for after a change.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use lsp_types::{Position, Range};
use xueji_check::{Checker, Found};
use xueji_definition::finding::Finding;
use xueji_definition::{Place, Sources, Text};

use crate::names::{FileNames, Index, Mention};
use crate::text::{Encoding, Lines};

/// The language in which an editor is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// Returns a text in the language.
    #[must_use]
    pub fn say(self, text: &Text) -> &str {
        match self {
            Self::Zh => &text.zh,
            Self::En => &text.en,
        }
    }

    /// Returns one of two texts.
    #[must_use]
    pub fn of<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// The addresses of the two folders, without a slash at their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The definitions.
    pub workflows: String,
    /// The rules.
    pub rules: String,
}

/// The names of a file, read when they are first asked for.
#[derive(Debug, Default)]
struct Read {
    now: OnceCell<FileNames>,
    /// Those of an earlier text, which could be read.
    before: Option<FileNames>,
    /// An earlier text, of which nobody asked for the names yet.
    earlier: Option<String>,
}

impl Read {
    /// The text is another one.
    fn renew(&mut self, old: Option<String>) {
        match self.now.take() {
            Some(names) if !names.stale => {
                (self.before, self.earlier) = (Some(names), None);
            }
            Some(_) => {}
            None => self.earlier = self.earlier.take().or(old),
        }
    }

    /// The names that a text has which cannot be read: those of an earlier one.
    fn stale(&self, path: &str) -> FileNames {
        let earlier = self.earlier.as_ref().and_then(|text| FileNames::read(path, text));
        let known = earlier.or_else(|| self.before.clone()).unwrap_or_default();
        FileNames { stale: true, ..known }
    }
}

/// All texts, as they are in the editor.
#[derive(Debug)]
pub struct Workspace {
    pub(crate) sources: Sources,
    names: BTreeMap<String, Read>,
    pub(crate) encoding: Encoding,
    pub(crate) language: Language,
    pub(crate) folders: Folders,
    /// Where the pages of codes stand, if they stand anywhere.
    pub(crate) pages: Option<String>,
    /// What was found already while files were read.
    found: Vec<Finding>,
    checked: OnceCell<Found>,
    /// What it read before, so that a change is checked quickly.
    checker: RefCell<Checker>,
}

impl Workspace {
    /// Takes the texts of a folder.
    #[must_use]
    pub fn new(sources: Sources, folders: Folders, encoding: Encoding, language: Language) -> Self {
        let mut workspace = Self {
            sources: Sources::default(),
            names: BTreeMap::new(),
            encoding,
            language,
            folders,
            pages: None,
            found: Vec::new(),
            checked: OnceCell::new(),
            checker: RefCell::default(),
        };
        for (path, text) in sources.files {
            workspace.set(&path, text);
        }
        workspace
    }

    /// Says where the pages of codes stand: `<address>#<code>` is the page of a code.
    pub fn pages(&mut self, address: Option<String>) {
        self.pages = address;
    }

    /// Says what was found already while the folder was read.
    pub fn found(&mut self, found: Vec<Finding>) {
        self.found = found;
        self.checked = OnceCell::new();
    }

    /// Takes a file's new text.
    pub fn set(&mut self, path: &str, text: String) {
        if self.sources.files.get(path) == Some(&text) {
            return;
        }
        let old = self.sources.files.insert(path.to_owned(), text);
        self.names.entry(path.to_owned()).or_default().renew(old);
        self.checked = OnceCell::new();
    }

    /// Takes changes of a file, one after the other; a file that is not there begins empty.
    pub fn edit_text(
        &mut self,
        path: &str,
        changes: impl IntoIterator<Item = (Option<Range>, String)>,
    ) {
        let mut text = self.sources.files.get(path).cloned().unwrap_or_default();
        for (range, new) in changes {
            crate::text::change(&mut text, range, &new, self.encoding);
        }
        self.set(path, text);
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &str) {
        if self.sources.files.remove(path).is_some() {
            self.names.remove(path);
            self.checked = OnceCell::new();
        }
    }

    /// Returns the texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Returns a file's text.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.sources.files.get(path).map(String::as_str)
    }

    /// Returns what checking all files found.
    #[must_use]
    pub fn checked(&self) -> &Found {
        self.checked
            .get_or_init(|| self.checker.borrow_mut().find(&self.sources, self.found.clone()))
    }

    /// Returns what checking other texts would find, without taking them.
    pub(crate) fn tried(&self, sources: &Sources) -> Found {
        self.checker.borrow_mut().find(sources, self.found.clone())
    }

    /// Returns all names of all files.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index::new(self.names.keys().filter_map(|path| Some((path.as_str(), self.names_of(path)?))))
    }

    /// Returns the names of a file. What cannot be read at the moment keeps the names that it had.
    pub(crate) fn names_of(&self, path: &str) -> Option<&FileNames> {
        let (read, text) = (self.names.get(path)?, self.sources.files.get(path)?);
        let names = || FileNames::read(path, text).unwrap_or_else(|| read.stale(path));
        Some(read.now.get_or_init(names))
    }

    pub(crate) fn lines(&self, path: &str) -> Lines<'_> {
        let text = self.text(path).unwrap_or_default();
        Lines::new(text.strip_prefix('\u{feff}').unwrap_or(text), self.encoding)
    }

    pub(crate) fn range(&self, path: &str, place: Place) -> Range {
        self.lines(path).range(place)
    }

    pub(crate) fn mark(&self, path: &str, at: Position) -> (u32, u32) {
        self.lines(path).mark(at)
    }

    pub(crate) fn location(&self, path: &str, place: Place) -> Option<lsp_types::Location> {
        Some(lsp_types::Location { uri: self.folders.uri(path)?, range: self.range(path, place) })
    }

    /// Returns what the thing that a mention defines is called.
    pub(crate) fn title(&self, path: &str, mention: &Mention) -> Option<Text> {
        crate::hover::title(self, path, mention)
    }
}

impl Folders {
    /// Returns the address of a file.
    #[must_use]
    pub fn uri(&self, path: &str) -> Option<lsp_types::Uri> {
        let (folder, rest) = match path.strip_prefix("workflows/") {
            Some(rest) => (&self.workflows, rest),
            None => (&self.rules, path.strip_prefix("rules/")?),
        };
        let rest: String = rest.split('/').map(encode).collect::<Vec<_>>().join("/");
        format!("{folder}/{rest}").parse().ok()
    }

    /// Returns the path of an address, if it is that of a file in one of the folders.
    #[must_use]
    pub fn path(&self, uri: &lsp_types::Uri) -> Option<String> {
        let own = decode(uri.as_str());
        let below = |folder: &str, name: &str| {
            let rest = own.strip_prefix(&decode(folder))?.strip_prefix('/')?;
            Some(format!("{name}/{rest}"))
        };
        let path = below(&self.workflows, "workflows").or_else(|| below(&self.rules, "rules"))?;
        let skipped = path.ends_with(".md") || path.split('/').any(|part| part.starts_with('.'));
        let generated = ["workflows/schema/", "workflows/sample/"]
            .iter()
            .any(|folder| path.starts_with(folder));
        (!skipped && !generated).then_some(path)
    }
}

/// Writes a name as a part of an address.
#[must_use]
pub fn encode(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Reads what an address writes with `%`.
#[must_use]
pub fn decode(address: &str) -> String {
    let mut out = Vec::new();
    let mut rest = address.bytes();
    while let Some(byte) = rest.next() {
        let digits = rest.clone().take(2).collect::<Vec<u8>>();
        let code =
            std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(|_| byte == b'%' && digits.len() == 2) {
            Some(code) => {
                out.push(code);
                rest.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
