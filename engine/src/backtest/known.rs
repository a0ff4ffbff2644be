//! What is known of a moment: inputs for rules, and which of their reads can be trusted.
//!
//! Invariant: a value that is not there counts as missing only where the record says so; everywhere else it is unknown.

use std::collections::BTreeSet;
use std::sync::Arc;

use xueji_definition::Definitions;
use xueji_definition::model::Process;
use xueji_definition::value::{Fields, Value};
use xueji_rules::{Inputs, Reads};
use xueji_runtime::verdict::Verdict;

use super::dates::Settings;

/// Where uploaded papers stand in a form.
const MATERIALS: &str = "materials";

/// What is known of a moment.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// What rules are judged on.
    pub(super) inputs: Inputs,
    /// What parameters and facts are.
    pub(super) settings: Arc<Settings>,
    reads: Reads,
    whole: &'static [&'static str],
    asked: Asked<'a>,
}

/// The forms and papers that were asked for when the case was decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) definitions: &'a Definitions,
    pub(super) process: Option<&'a Process>,
}

/// What a moment has beside what rules read in it.
#[derive(Debug, Clone)]
pub(super) struct Around {
    /// The form as the rules saw it.
    pub(super) form: Fields,
    /// What is known of the case.
    pub(super) case: Fields,
    /// What else is known, by dotted path.
    pub(super) more: Vec<(String, Value)>,
    /// The date.
    pub(super) today: jiff::civil::Date,
}

impl<'a> Known<'a> {
    /// Gathers what is known: what all rules of the moment read, and what the history holds beside.
    pub(super) fn new(
        verdicts: &[Verdict],
        around: Around,
        settings: Arc<Settings>,
        asked: Asked<'a>,
    ) -> Self {
        let mut reads = Reads::new();
        for (path, value) in verdicts.iter().flat_map(|verdict| &verdict.reads) {
            let root = path.split('.').next().unwrap_or(path);
            if !["form", "param", "case", "today"].contains(&root) && !is_stale(&settings, path) {
                reads.insert(path.clone(), value.clone());
            }
        }
        for (path, value) in around.more {
            reads.insert(path, Some(value));
        }
        let recorded = Inputs::from_reads(&reads);
        let mut inputs = settings
            .inputs
            .clone()
            .with("form", Value::Map(around.form))
            .with("case", Value::Map(around.case))
            .with("today", Value::Date(around.today));
        for root in ["subject", "item", "fact", "person"] {
            inputs = inputs.with(root, recorded.get(root).cloned());
        }
        Self { inputs, settings, reads, whole: &["param", "case", "today"], asked }
    }

    /// Returns the first path of these reads of which nobody knows what stood there.
    pub(super) fn unknown(&self, reads: &Reads) -> Option<String> {
        let missing = reads.iter().filter(|(_, value)| value.is_none());
        missing.map(|(path, _)| path).find(|path| !self.is_missing(path)).cloned()
    }

    /// Tells whether it is known that nothing stood at a path.
    fn is_missing(&self, path: &str) -> bool {
        let root = path.split('.').next().unwrap_or(path);
        if self.whole.contains(&root) {
            return true;
        }
        if let Some(field) = path.strip_prefix("form.") {
            return self.asked.for_field(field);
        }
        let mut at = path;
        loop {
            match self.reads.get(at) {
                Some(None) => return true,
                Some(Some(_)) => return false,
                None => {}
            }
            match at.rsplit_once('.') {
                Some((above, _)) => at = above,
                None => return false,
            }
        }
    }

    /// Returns the parameters among reads that are not what they were.
    pub(super) fn moved<'r>(&'r self, reads: &'r Reads) -> impl Iterator<Item = &'r str> {
        let names = reads.keys().filter_map(|path| path.strip_prefix("param."));
        names.filter(|name| self.settings.changed.contains_key(*name))
    }
}

fn is_stale(settings: &Settings, path: &str) -> bool {
    let fact = path.strip_prefix("fact.").and_then(|rest| rest.split('.').next());
    fact.is_some_and(|fact| settings.stale.contains(fact))
}

impl Asked<'_> {
    /// Tells whether a field was asked for when the case was decided, so that one that is not there was left empty.
    fn for_field(&self, path: &str) -> bool {
        let keys: Vec<&str> = path.split('.').filter(|key| key.parse::<usize>().is_err()).collect();
        let Some((first, rest)) = keys.split_first() else { return false };
        if *first == MATERIALS {
            return rest.first().is_none_or(|paper| self.papers().contains(paper));
        }
        let forms = self.process.map(Process::forms).unwrap_or_default();
        let mut fields = forms
            .into_iter()
            .filter_map(|form| self.definitions.forms.get(form)?.fields.get(*first));
        let Some(mut at) = fields.next() else { return false };
        rest.iter().all(|key| match at.fields.get(*key) {
            Some(field) => {
                at = field;
                true
            }
            None => false,
        })
    }

    fn papers(&self) -> BTreeSet<&str> {
        let lists = self.definitions.materials.values();
        lists.flat_map(|list| &list.items).map(|item| item.id.as_str()).collect()
    }
}
