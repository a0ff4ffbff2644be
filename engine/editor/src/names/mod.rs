//! Every name in every file: where it is defined, where it is used, and whose it is.
//!
//! Invariant: a file's names come from its own text alone, so that a change reads one file anew. Whose a name is (which
//! form's field, which process's step) is worked out over all files by [`Index`].

mod index;
mod kind;
mod meaning;
pub(crate) mod script;
pub(crate) mod yaml;

use xueji_definition::finding::Route;
use xueji_definition::{FileKind, Place, Places};

pub use index::{Index, Named};
pub use kind::{Kind, Spelling};

/// The thing that a name is written in: a process, a rule, a form …
pub type Within = (Kind, String);

/// Whose a name is, as far as the file says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Everybody's: there is one of that name.
    Global,
    /// Of this thing, or of whatever process uses this thing.
    Of(Kind, String),
    /// Of one of these processes.
    Processes(Vec<String>),
    /// Of the record that cases of an owner are about.
    Subject(Box<Owner>),
    /// Of the items of an owner's rows.
    Item(Box<Owner>),
    /// Of the code list that a field of an owner holds; of the outcomes of a step of an owner, of who waits for a message
    /// there, or of the ends of its scopes.
    Field(Kind, String, Box<Owner>),
}

/// A name, where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What it names.
    pub kind: Kind,
    /// The name; a rule's is in kebab-case wherever it stands.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whose it is.
    pub owner: Owner,
    /// What it is written in.
    pub within: Within,
    /// Whether it is defined here.
    pub defines: bool,
    /// Where in the tree what it names is described, for a definition in YAML.
    pub route: Option<Route>,
}

/// What a fact or a query looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Over {
    /// Records of a type.
    Records(String),
    /// Cases of processes.
    Instances(Vec<String>),
}

/// A for-each: what it is written in, its query, and whether its rows have a subject of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) within: Within,
    pub(crate) query: String,
    pub(crate) subject: bool,
}

/// What is known of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldShape {
    pub(crate) kind: Kind,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) codes: Option<String>,
    pub(crate) record: Option<String>,
}

/// The names of one file.
#[derive(Debug, Clone, Default)]
pub struct FileNames {
    /// The names, in the order in which they were found.
    pub mentions: Vec<Mention>,
    pub(crate) subjects: Vec<(String, String)>,
    pub(crate) rows: Vec<Row>,
    pub(crate) overs: Vec<(Within, Over)>,
    pub(crate) fields: Vec<FieldShape>,
    /// Whose outcomes are also those of another owner.
    pub(crate) answers: Vec<(String, String)>,
    /// Whose outcomes the answers of a message are.
    pub(crate) hears: Vec<(String, String)>,
    pub(crate) places: Places,
    /// Whether they are of an earlier text, because the present one cannot be read.
    pub stale: bool,
}

impl FileNames {
    /// Reads the names of a file; nothing when it is YAML that cannot be read to its end.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some((kind, id)) = FileKind::of(path) {
            let (tree, _) = xueji_definition::yaml::read(path, text);
            return Some(yaml::file(path, text, tree?, kind, id));
        }
        let paper =
            path.strip_prefix("workflows/documents/").and_then(|name| name.strip_suffix(".html"));
        Some(match paper {
            Some(id) => script::template(path, id, text),
            None if path.ends_with(".rhai") => script::rule_file(path, text),
            None => Self::default(),
        })
    }
}
