//! What is left of protected values for those who may not see them.
//!
//! Invariant: a value is shown as it is only when its field has no class, or the class is seen, and, for a code, when
//! the code itself reveals nothing that is not seen.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use xueji_definition::Definitions;
use xueji_definition::file::{CodeEntry, Field, Mask};
use xueji_definition::model::Process;
use xueji_definition::value::{Fields, Value};

use super::Eyes;

/// How many characters stay at the beginning and at the end of a value masked in its middle.
const STAYS: (usize, usize) = (4, 2);

/// The form field under which handed-in papers stand.
const MATERIALS: &str = "materials";

/// The definitions of a case's or a record's fields, with the eyes that look at them.
#[derive(Debug)]
pub struct Masks<'a> {
    definitions: &'a Definitions,
    forms: BTreeMap<&'a str, &'a Field>,
    papers: BTreeMap<&'a str, &'a str>,
    eyes: Eyes,
}

impl<'a> Masks<'a> {
    /// Returns the masks for the forms of a process and for records.
    #[must_use]
    pub fn new(definitions: &'a Definitions, process: Option<&Process>, eyes: Eyes) -> Self {
        let mut forms: BTreeMap<&str, &Field> = BTreeMap::new();
        for id in process.map(Process::forms).unwrap_or_default() {
            let fields = definitions.forms.get(id).into_iter().flat_map(|form| &form.fields);
            for (name, field) in fields {
                // Where two forms name a field alike, the protected one decides.
                if field.class.is_some() || !forms.contains_key(name.as_str()) {
                    forms.insert(name, field);
                }
            }
        }
        let items = definitions.materials.values().flat_map(|list| &list.items);
        let papers =
            items.filter_map(|item| Some((item.id.as_str(), item.class.as_deref()?))).collect();
        Self { definitions, forms, papers, eyes }
    }

    /// Returns the eyes.
    #[must_use]
    pub fn eyes(&self) -> &Eyes {
        &self.eyes
    }

    /// Returns a form as it is shown.
    #[must_use]
    pub fn form(&self, form: &Fields) -> Map<String, Json> {
        let mut shown = Map::new();
        for (name, value) in form {
            let value = match value {
                Value::Map(papers) if name == MATERIALS => Some(self.materials(papers)),
                value => self.optional(self.forms.get(name.as_str()).copied(), value),
            };
            shown.extend(value.map(|value| (name.clone(), value)));
        }
        shown
    }

    fn materials(&self, papers: &Fields) -> Json {
        let seen = papers.iter().filter(|(name, _)| self.sees_paper(name));
        Json::Object(seen.map(|(name, value)| (name.clone(), value.to_json())).collect())
    }

    /// Returns whether a paper of that name may be opened.
    #[must_use]
    pub fn sees_paper(&self, name: &str) -> bool {
        self.papers.get(name).is_none_or(|class| self.eyes.sees_class(class))
    }

    /// Returns a record's values as they are shown.
    #[must_use]
    pub fn record(&self, kind: &str, values: &Fields) -> Map<String, Json> {
        let mut shown = Map::new();
        for (name, value) in values {
            let value = self.record_value(kind, name, value);
            shown.extend(value.map(|value| (name.clone(), value)));
        }
        shown
    }

    /// Returns one value of a record as it is shown; nothing when it is left out.
    #[must_use]
    pub fn record_value(&self, kind: &str, field: &str, value: &Value) -> Option<Json> {
        let fields = self.definitions.records.records.get(kind).map(|kind| &kind.fields);
        self.optional(fields.and_then(|fields| fields.get(field)), value)
    }

    /// Returns whether a value read by a rule, named by its dotted path, is shown as it is. A path may lead through
    /// records and rows, so that every field of the last name counts.
    #[must_use]
    pub fn sees_path(&self, path: &str, value: &Value) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        let records =
            self.definitions.records.records.values().filter_map(|kind| kind.fields.get(last));
        let mut fields = self.forms.get(last).copied().into_iter().chain(records);
        fields.all(|field| self.optional(Some(field), value).as_ref() == Some(&value.to_json()))
    }

    fn optional(&self, field: Option<&Field>, value: &Value) -> Option<Json> {
        let Some(field) = field.filter(|_| self.eyes != Eyes::Open) else {
            return Some(value.to_json());
        };
        match value {
            Value::List(items) => {
                Some(items.iter().filter_map(|item| self.optional(Some(field), item)).collect())
            }
            Value::Map(parts) => {
                let part = |(name, value): (&String, &Value)| {
                    Some((name.clone(), self.optional(field.fields.get(name), value)?))
                };
                Some(Json::Object(parts.iter().filter_map(part).collect()))
            }
            value => self.one(field, value),
        }
    }

    fn one(&self, field: &Field, value: &Value) -> Option<Json> {
        let entry = self.entry(field, value);
        if let Some(class) = &field.class
            && !self.eyes.sees_class(class)
        {
            let mask = self.definitions.records.classes.get(class).map(|class| class.mask);
            return match (mask, entry) {
                (Some(Mask::Middle), _) => Some(Json::String(middle(&value.to_string()))),
                (Some(Mask::ShownAs), Some(entry)) => Some(shown_as(entry, value)),
                // A class that is not declared, which the check refuses, hides rather than shows.
                _ => None,
            };
        }
        match entry {
            Some(entry)
                if entry.class.as_ref().is_some_and(|class| !self.eyes.sees_class(class)) =>
            {
                entry.shown_as.clone().map(Json::String)
            }
            _ => Some(value.to_json()),
        }
    }

    fn entry(&self, field: &Field, value: &Value) -> Option<&'a CodeEntry> {
        let list = self.definitions.codes.lists.get(field.codes.as_ref()?)?;
        list.entries.get(value.as_text()?)
    }
}

fn shown_as(entry: &CodeEntry, value: &Value) -> Json {
    entry.shown_as.clone().map_or_else(|| value.to_json(), Json::String)
}

/// Returns a text of which only the first four and the last two characters stay; nothing of a short one.
#[must_use]
pub fn middle(text: &str) -> String {
    let count = text.chars().count();
    let (first, last) = if count > STAYS.0 + STAYS.1 { STAYS } else { (0, 0) };
    let star = |(at, char)| if at < first || at >= count - last { char } else { '*' };
    text.chars().enumerate().map(star).collect()
}

impl Masks<'_> {
    /// Returns the words that a paper about these values must not show, each with what stands in their place: protected
    /// values, and what protected codes are called.
    #[must_use]
    pub fn words(&self, kind: Option<&str>, values: &Fields) -> Vec<(String, String)> {
        let record = kind.and_then(|kind| self.definitions.records.records.get(kind));
        let mut words = Vec::new();
        for (name, value) in values {
            let field = record.map_or_else(
                || self.forms.get(name.as_str()).copied(),
                |record| record.fields.get(name),
            );
            let Some(field) = field else { continue };
            let shown = self.optional(Some(field), value);
            if shown.as_ref() == Some(&value.to_json()) {
                continue;
            }
            let shown = shown.as_ref().and_then(Json::as_str).unwrap_or("***");
            let list = field.codes.as_ref().and_then(|list| self.definitions.codes.lists.get(list));
            if let (Some(list), Some(entry)) = (list, self.entry(field, value)) {
                let other = list.entries.get(shown);
                words.push((
                    entry.zh.clone(),
                    other.map_or("***", |other| other.zh.as_str()).to_owned(),
                ));
                words.push((
                    entry.en.clone(),
                    other.map_or("***", |other| other.en.as_str()).to_owned(),
                ));
            } else if let Some(text) = value.as_text() {
                words.push((text.to_owned(), shown.to_owned()));
            }
        }
        // The longest first, so that a word inside another does not spoil it.
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        words.retain(|(word, _)| word.chars().count() > 1);
        words
    }
}
