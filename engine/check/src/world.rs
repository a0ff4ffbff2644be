//! What the checks look at: everything that was read, every use in it, and which files could not be read.
//!
//! Invariant: where a file has errors of its own, nothing is said about names that may stand in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use xueji_definition::finding::{Finding, Severity};
use xueji_definition::model::Process;
use xueji_definition::{Definitions, FileKind, Places, Sources};
use xueji_rules::RuleSet;
use xueji_rules::solve::OneOf;

use crate::graph::Graphs;
use crate::proofs::{Grounds, Proofs};
use crate::scenes::Seen;
use crate::scripts::{self, Compiled, Expressions, SharedTypes};
use crate::solving::{self, envs};
use crate::types::Types;
use crate::walk::{NameKind, Scene, Walk};

/// What the checks look at.
pub(crate) struct World<'a> {
    pub(crate) definitions: &'a Definitions,
    pub(crate) rules: &'a RuleSet,
    pub(crate) places: &'a Places,
    pub(crate) types: Types<'a>,
    pub(crate) walk: Walk<'a>,
    pub(crate) graphs: Graphs<'a>,
    pub(crate) compiled: Compiled,
    pub(crate) proofs: &'a Proofs,
    sources: &'a Sources,
    broken: Broken,
    shared: OnceLock<SharedTypes>,
    scenes: Mutex<BTreeMap<(&'a str, Scene<'a>), Arc<Seen>>>,
    rule_envs: OnceLock<BTreeMap<&'a str, Arc<Seen>>>,
    counts: OnceLock<Arc<BTreeSet<String>>>,
    values: OnceLock<Arc<BTreeMap<String, OneOf>>>,
}

/// Every use in what was read, with its expressions compiled: what can be had before the rules are.
pub(crate) struct Walked<'a> {
    definitions: &'a Definitions,
    types: Types<'a>,
    walk: Walk<'a>,
    compiled: Compiled,
}

impl<'a> Walked<'a> {
    /// Walks what was read, given the expressions that earlier checks compiled.
    pub(crate) fn over(
        definitions: &'a Definitions,
        expressions: &mut Expressions,
        proofs: &'a Proofs,
    ) -> Self {
        let types = Types::of(definitions, &proofs.types);
        let walk = Walk::over(&types);
        let compiled = Compiled::of(&walk, expressions);
        Self { definitions, types, walk, compiled }
    }
}

/// The files that hold errors of their own.
#[derive(Debug, Default)]
struct Broken {
    kinds: BTreeSet<&'static str>,
    ids: BTreeSet<(&'static str, String)>,
    rules: bool,
    files: BTreeSet<String>,
}

impl<'a> World<'a> {
    /// Puts together what the checks look at.
    pub(crate) fn new(
        walked: Walked<'a>,
        rules: &'a RuleSet,
        places: &'a Places,
        sources: &'a Sources,
        findings: &[Finding],
        proofs: &'a Proofs,
    ) -> Self {
        let Walked { definitions, types, walk, compiled } = walked;
        Self {
            definitions,
            rules,
            places,
            types,
            walk,
            graphs: Graphs::of(definitions),
            compiled,
            proofs,
            sources,
            broken: Broken::of(findings),
            shared: OnceLock::new(),
            scenes: Mutex::default(),
            rule_envs: OnceLock::new(),
            counts: OnceLock::new(),
            values: OnceLock::new(),
        }
    }

    /// Returns the types that are the same in every scene.
    pub(crate) fn shared_types(&self) -> &SharedTypes {
        self.shared.get_or_init(|| SharedTypes::of(self))
    }

    /// Returns what is known in a scene where a solver asks; with values, of parameters, too.
    pub(crate) fn grounds(&self, seen: Arc<Seen>, with_values: bool) -> Grounds {
        let counts = || self.proofs.counts.one("", solving::counts(self.definitions));
        let values = || self.proofs.values.one("", solving::values(self.definitions));
        let values = with_values.then(|| Arc::clone(self.values.get_or_init(values)));
        Grounds {
            seen,
            values: values.unwrap_or_default(),
            counts: Arc::clone(self.counts.get_or_init(counts)),
        }
    }

    /// Returns the types that scripts see in a scene of a process.
    pub(crate) fn seen(&self, process: &'a Process, scene: Scene<'a>) -> Arc<Seen> {
        let key = (process.id.as_str(), scene);
        let known = || self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = known().get(&key) {
            return Arc::clone(seen);
        }
        let env = scripts::env(self, process, scene);
        let seen = self.proofs.scenes.one(format!("{key:?}"), Seen::new(env));
        known().insert(key, Arc::clone(&seen));
        seen
    }

    /// Returns the types that each rule sees: what all places that use it have in common.
    pub(crate) fn rule_envs(&self) -> &BTreeMap<&'a str, Arc<Seen>> {
        self.rule_envs.get_or_init(|| envs(self))
    }

    /// Tells whether a file that could not be read holds a name, which then may well be used there.
    pub(crate) fn is_mentioned(&self, name: &str) -> bool {
        // What shared steps name is used by processes, of which one could not be read.
        let shared = self.is_broken(FileKind::Process).then_some(crate::site::STEPS_FILE);
        let mut files = self.broken.files.iter().map(String::as_str).chain(shared);
        // A file that is no text at all may hold any name.
        files.any(|file| self.sources.files.get(file).is_none_or(|text| text.contains(name)))
    }

    /// Tells whether a name stands, as a word of its own, in another file than this one; stories left aside.
    pub(crate) fn stands_elsewhere(&self, name: &str, file: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let others =
            self.sources.files.iter().filter(|(path, _)| {
                path.as_str() != file && !path.starts_with("workflows/scenarios/")
            });
        let mut texts = others.map(|(_, text)| text.as_str());
        texts.any(|text| {
            text.match_indices(name).any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        })
    }

    /// Tells whether the file of a kind, or one of them, could not be read.
    pub(crate) fn is_broken(&self, kind: FileKind) -> bool {
        self.broken.kinds.contains(kind.name())
    }

    /// Tells whether a name may well be there, in a file that could not be read.
    pub(crate) fn may_exist(&self, kind: NameKind, name: &str) -> bool {
        let file = match kind {
            NameKind::Form => return self.has_broken(FileKind::Form, name),
            NameKind::Materials => return self.has_broken(FileKind::Materials, name),
            NameKind::Process => return self.has_broken(FileKind::Process, name),
            NameKind::Rule => return self.rules.broken().contains(name) || self.broken.rules,
            NameKind::Template => return false,
            NameKind::Class | NameKind::Record => FileKind::Records,
            NameKind::Codes => FileKind::Codes,
            NameKind::Day | NameKind::Window => FileKind::Calendars,
            NameKind::Notice => FileKind::Notices,
            NameKind::Parameter => FileKind::Parameters,
            NameKind::Person | NameKind::Role | NameKind::Unit => FileKind::Organisation,
            NameKind::Query => FileKind::Facts,
            NameKind::Series => FileKind::Numbering,
        };
        self.is_broken(file)
    }

    fn has_broken(&self, kind: FileKind, id: &str) -> bool {
        self.broken.ids.contains(&(kind.name(), id.to_owned()))
    }

    /// Returns every name of a kind.
    pub(crate) fn known(&self, kind: NameKind) -> Vec<&'a str> {
        fn keys<V>(map: &indexmap::IndexMap<String, V>) -> Vec<&str> {
            map.keys().map(String::as_str).collect()
        }
        let all = self.definitions;
        match kind {
            NameKind::Class => keys(&all.records.classes),
            NameKind::Codes => keys(&all.codes.lists),
            NameKind::Day => keys(&all.calendars.days),
            NameKind::Form => all.forms.keys().map(String::as_str).collect(),
            NameKind::Materials => all.materials.keys().map(String::as_str).collect(),
            NameKind::Notice => keys(&all.notices.notices),
            NameKind::Parameter => keys(&all.parameters.parameters),
            NameKind::Person => keys(&all.organisation.people),
            NameKind::Process => all.process_files.keys().map(String::as_str).collect(),
            NameKind::Query => keys(&all.facts_file.queries),
            NameKind::Record => keys(&all.records.records),
            NameKind::Role => keys(&all.organisation.roles),
            NameKind::Rule => self.rules.rules().map(|rule| rule.name.as_str()).collect(),
            NameKind::Series => keys(&all.numbering.series),
            NameKind::Template => all.documents.keys().map(String::as_str).collect(),
            NameKind::Unit => keys(&all.organisation.units),
            NameKind::Window => keys(&all.calendars.windows),
        }
    }

    /// Tells whether there is such a name.
    pub(crate) fn knows(&self, kind: NameKind, name: &str) -> bool {
        let all = self.definitions;
        match kind {
            NameKind::Class => all.records.classes.contains_key(name),
            NameKind::Codes => all.codes.lists.contains_key(name),
            NameKind::Day => all.calendars.days.contains_key(name),
            NameKind::Form => all.forms.contains_key(name),
            NameKind::Materials => all.materials.contains_key(name),
            NameKind::Notice => all.notices.notices.contains_key(name),
            NameKind::Parameter => all.parameters.parameters.contains_key(name),
            NameKind::Person => all.organisation.people.contains_key(name),
            NameKind::Process => all.process_files.contains_key(name),
            NameKind::Query => all.facts_file.queries.contains_key(name),
            NameKind::Record => all.records.records.contains_key(name),
            NameKind::Role => all.organisation.roles.contains_key(name),
            NameKind::Rule => self.rules.get(name).is_some(),
            NameKind::Series => all.numbering.series.contains_key(name),
            NameKind::Template => all.documents.contains_key(name),
            NameKind::Unit => all.organisation.units.contains_key(name),
            NameKind::Window => all.calendars.windows.contains_key(name),
        }
    }
}

impl Broken {
    fn of(findings: &[Finding]) -> Self {
        let mut broken = Self::default();
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            broken.files.insert(finding.file.clone());
            if finding.file.starts_with("rules/") || finding.file == "rules" {
                broken.rules = true;
            } else if let Some((kind, id)) = FileKind::of(&finding.file) {
                broken.kinds.insert(kind.name());
                broken.ids.extend(id.map(|id| (kind.name(), id.to_owned())));
            }
        }
        broken
    }
}
