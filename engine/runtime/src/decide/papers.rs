//! Papers from templates.
//!
//! Invariant: the same case and template give the same bytes, and everything filled in is escaped.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use xueji_definition::file::DocumentEffect;
use xueji_definition::value::{Fields, Value};

use super::Paper;
use super::facts::PAGE;
use super::work::{Work, unknown};
use crate::path::ScopePath;
use crate::record::Perspective;
use crate::refusal::Refusal;
use crate::templates::{Labels, Sight};

impl Work<'_> {
    /// Makes a paper.
    pub(super) fn paper(
        &mut self,
        path: &ScopePath,
        step: &str,
        document: &DocumentEffect,
        rows: Vec<Fields>,
    ) -> Result<Paper, Refusal> {
        let release = Arc::clone(&self.release);
        let templates = release.templates();
        let Some(template) = templates.get(&document.template) else {
            return Err(unknown("template", &document.template));
        };
        let inputs = self.inputs(path, step, &template.needs, 0)?;
        let mut sight = Sight::new(&document.title, rows, self.labels(&template.kinds)?);
        for root in &template.needs.roots {
            if let Some(value) = inputs.shared(root) {
                sight.show(root, value);
            }
        }
        let html = template.render(sight).map_err(|error| {
            self.fault(step, format!("template `{}`: {error}", document.template))
        })?;
        let hash = format!("{:x}", Sha256::digest(&html));
        let id = format!("{}-d{}", self.instance, self.next_seq());
        Ok(Paper { id, hash, html })
    }

    /// Returns what records of some types are called.
    fn labels(&self, kinds: &BTreeSet<String>) -> Result<Labels, Refusal> {
        let mut labels = Labels::new();
        for kind in kinds {
            let known = self.release.definitions.records.records.get(kind);
            let Some(label) = known.and_then(|kind| kind.label.as_ref()) else { continue };
            let called = labels.entry(kind.clone()).or_default();
            let mut after: Option<String> = None;
            loop {
                let page = self.view.records(kind, &[], after.as_deref(), PAGE)?;
                after = page.last().map(|record| record.id.id.clone());
                let full = page.len() == PAGE;
                for record in page {
                    let name = record.value(label, self.today, None, Perspective::Local);
                    let name = name.map_or_else(|| record.id.id.clone(), Value::to_string);
                    called.insert(record.id.id.clone(), name);
                }
                if !full {
                    break;
                }
            }
        }
        Ok(labels)
    }
}
