//! Papers from templates.
//!
//! Invariant: the same case and template give the same bytes, and everything filled in is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use sha2::{Digest, Sha256};
use xueji_definition::file::DocumentEffect;
use xueji_definition::value::{Fields, Value};
use xueji_rules::ROOTS;

use super::Paper;
use super::facts::PAGE;
use super::work::{Work, unknown};
use crate::path::ScopePath;
use crate::record::Perspective;
use crate::refusal::Refusal;
use crate::release::Release;

/// Steps that a template may take: enough for some ten thousand rows, and no endless loop.
const FUEL: u64 = 5_000_000;

impl Work<'_> {
    /// Makes a paper.
    pub(super) fn paper(
        &mut self,
        path: &ScopePath,
        step: &str,
        document: &DocumentEffect,
        rows: &[Fields],
    ) -> Result<Paper, Refusal> {
        let release = self.release.clone();
        let Some(template) = release.definitions.documents.get(&document.template) else {
            return Err(unknown("template", &document.template));
        };
        let named = words_after(template, "fact.");
        let facts = release.definitions.facts.keys().filter(|name| named.contains(name.as_str()));
        let facts: Vec<String> = facts.cloned().collect();
        let mut context = serde_json::Map::new();
        let inputs = self.inputs(path, step, &super::inputs::Reading::all(facts), 0)?;
        for root in ROOTS {
            let value = inputs.get(root).map_or(serde_json::Value::Null, Value::to_json);
            context.insert(root.to_owned(), value);
        }
        let rows = rows.iter().map(|row| Value::Map(row.clone()).to_json()).collect();
        context.insert("rows".to_owned(), serde_json::Value::Array(rows));
        context.insert(
            "title".to_owned(),
            serde_json::json!({"zh": document.title.zh, "en": document.title.en}),
        );
        let labels = self.labels(template)?;
        let html = render(template, &context, &release, labels).map_err(|error| {
            self.fault(step, format!("template `{}`: {error:#}", document.template))
        })?;
        let hash = Sha256::digest(&html).iter().map(|byte| format!("{byte:02x}")).collect();
        let id = format!("{}-d{}", self.instance, self.next_seq());
        Ok(Paper { id, hash, html })
    }

    /// Returns what records are called, of the types that a template asks `label("type", …)` for.
    fn labels(&self, template: &str) -> Result<Labels, Refusal> {
        let mut labels = Labels::new();
        let mut asked = words_after(template, "label(\"");
        asked.extend(words_after(template, "label('"));
        let kinds = &self.release.definitions.records.records;
        for (kind, label) in kinds.iter().filter_map(|(kind, of)| Some((kind, of.label.as_ref()?)))
        {
            if !asked.contains(kind.as_str()) {
                continue;
            }
            let mut after: Option<String> = None;
            loop {
                let page = self.view.records(kind, &[], after.as_deref(), PAGE)?;
                after = page.last().map(|record| record.id.id.clone());
                let full = page.len() == PAGE;
                for record in page {
                    let name = record.value(label, self.today, None, Perspective::Local);
                    let name = name.map_or_else(|| record.id.id.clone(), Value::to_string);
                    labels.insert((kind.clone(), record.id.id.clone()), name);
                }
                if !full {
                    break;
                }
            }
        }
        Ok(labels)
    }
}

/// Returns the words that stand right after a mark in a text.
fn words_after<'t>(text: &'t str, mark: &str) -> BTreeSet<&'t str> {
    let after = text.match_indices(mark).filter_map(|(at, _)| text.get(at + mark.len()..));
    let word = |rest: &'t str| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    };
    after.map(word).collect()
}

/// What records are called, by type and id.
type Labels = BTreeMap<(String, String), String>;

fn render(
    template: &str,
    context: &serde_json::Map<String, serde_json::Value>,
    release: &Arc<Release>,
    labels: Labels,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // What is missing shows as nothing: a paper with a gap is seen, one that fails is not.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    let release = Arc::clone(release);
    environment.add_function("code", move |list: String, code: Option<String>| {
        let code = code.unwrap_or_default();
        let words =
            release.definitions.codes.lists.get(&list).and_then(|list| list.entries.get(&code));
        words.map_or(code, |words| words.zh.clone())
    });
    environment.add_function("label", move |kind: String, id: Option<String>| {
        let key = (kind, id.unwrap_or_default());
        labels.get(&key).cloned().unwrap_or(key.1)
    });
    environment.add_filter("date_zh", date_zh);
    environment.render_str(template, context)
}

/// Writes a date as official papers do: 2026年9月29日.
fn date_zh(date: Option<String>) -> String {
    let Some(date) = date else { return String::new() };
    match date.parse::<jiff::civil::Date>() {
        Ok(day) => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Err(_) => date,
    }
}
