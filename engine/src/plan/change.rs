//! One difference between two releases, by meaning.
//!
//! Invariant: what two texts say alike is no change, however they are laid out or commented. The words are for whoever
//! signs the release off, not for whoever wrote it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xueji_definition::finding::Spot;
use xueji_definition::{Places, Text};

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Processes that come or go, and what holds for a whole process.
    Process,
    /// Steps that come, go, or do something else.
    Step,
    /// Which step follows which.
    Flow,
    /// Who does something.
    Holder,
    /// By when.
    Deadline,
    /// How long, or for what, a step waits.
    Wait,
    /// Rules and where they are judged.
    Rule,
    /// Numbers, limits and switches.
    Parameter,
    /// What is filled in.
    Form,
    /// What papers are handed in.
    Material,
    /// What the engine does of itself.
    Effect,
    /// Facts and queries.
    Fact,
    /// Code lists.
    Code,
    /// Types of record.
    Record,
    /// Series of numbers.
    Number,
    /// Notices.
    Notice,
    /// Templates of papers.
    Document,
    /// Working days, terms, windows, named days.
    Calendar,
    /// Units, roles and who holds them.
    Organisation,
    /// Words alone.
    Wording,
}

/// How much a change weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Other words for the same.
    Wording,
    /// Something more, which nobody has to use.
    Additive,
    /// Something goes otherwise than before.
    Behaviour,
    /// Something is no longer there, so that open cases or callers may miss it.
    Breaking,
}

/// What a change touches, and what a case may meet on its way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// How cases of a process start.
    Start(String),
    /// A step of a process.
    Step(String, String),
    /// A whole process.
    Process(String),
    /// An effect of a process.
    Effect(String, String),
    /// A form.
    Form(String),
    /// A list of papers.
    Materials(String),
    /// A rule.
    Rule(String),
    /// A parameter.
    Parameter(String),
    /// A fact.
    Fact(String),
    /// A query.
    Query(String),
    /// A code list.
    Codes(String),
    /// A record type.
    Record(String),
    /// A series of numbers.
    Series(String),
    /// A notice.
    Notice(String),
    /// A template.
    Document(String),
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What it is about.
    pub class: Class,
    /// How much it weighs.
    pub weight: Weight,
    /// What happened, as a stable word: `step-added`, `outcome-led-elsewhere`, …
    pub what: String,
    /// The process, when it is one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The file: of the new release, or of the old one for what is gone.
    pub file: String,
    /// The line, from 1, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What it is, in both languages.
    pub words: Text,
    /// Where in the file.
    #[serde(skip)]
    pub spot: Option<Spot>,
    /// What it is where cases are told that meet it, when that is less.
    #[serde(skip)]
    pub brief: Option<Text>,
    /// What it touches.
    #[serde(skip)]
    pub touches: BTreeSet<Touch>,
    /// Whether the file is that of the old release.
    #[serde(skip)]
    pub gone: bool,
}

/// What takes a change in: its weight, its stable word, its words in Chinese and English.
pub(super) type Tell<'a> = dyn FnMut(Weight, &str, (String, String)) + 'a;

impl Change {
    pub(super) fn new(
        class: Class,
        weight: Weight,
        what: &str,
        file: &str,
        (zh, en): (String, String),
    ) -> Self {
        Self {
            class,
            weight,
            what: what.to_owned(),
            process: None,
            step: None,
            file: file.to_owned(),
            line: None,
            words: Text::new(zh, en),
            spot: None,
            brief: None,
            touches: BTreeSet::new(),
            gone: false,
        }
    }

    pub(super) fn of(mut self, process: &str, step: Option<&str>) -> Self {
        self.process = Some(process.to_owned());
        self.step = step.map(str::to_owned);
        self
    }

    pub(super) fn at(mut self, spot: Spot) -> Self {
        self.spot = Some(spot);
        self
    }

    pub(super) fn in_brief(mut self, words: Text) -> Self {
        self.brief = Some(words);
        self
    }

    /// Returns what it is, for cases that meet it.
    pub(super) fn told_of_cases(&self) -> &Text {
        self.brief.as_ref().unwrap_or(&self.words)
    }

    pub(super) fn gone(mut self) -> Self {
        self.gone = true;
        self
    }

    pub(super) fn touching(mut self, touch: Touch) -> Self {
        self.touches.insert(touch);
        self
    }
}

/// Looks up the lines of changes in the files of the new release.
pub fn locate(changes: &mut [Change], places: &Places) {
    for change in changes.iter_mut().filter(|change| !change.gone) {
        if let Some(spot) = &change.spot {
            change.line = Some(places.spot(&change.file, spot).line);
        }
    }
}
