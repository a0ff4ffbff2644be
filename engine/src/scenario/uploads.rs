//! Papers in stories: a file is written by its name, and counts as uploaded.
//!
//! Invariant: what a story calls `photo.jpg` is there, of the kind that the name's ending says, before the act that
//! names it.

use indexmap::IndexMap;
use serde_json::Value as Json;
use xueji_definition::file::{Literal, MaterialKind};

use super::Failure;
use super::stage::{Stage, broken};
use crate::changes::Changes;
use crate::keys;
use crate::stored::Material;

impl Stage {
    /// Puts every file that a form names where uploads are kept.
    pub(super) fn upload(&mut self, form: &IndexMap<String, Literal>) -> Result<(), Box<Failure>> {
        let mut names = Vec::new();
        for literal in form.values() {
            files(&literal.0, &mut names);
        }
        if names.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        for (name, kind) in names {
            let material = Material {
                id: name.to_owned(),
                kind,
                by: "story".to_owned(),
                name: name.to_owned(),
                length: 0,
                hash: String::new(),
                at: self.core.clock.now(),
            };
            changes.put_json(keys::material(name), &material);
        }
        self.core.apply(&changes).map_err(|error| Box::new(broken("files", &error)))
    }
}

fn files<'f>(json: &'f Json, found: &mut Vec<(&'f str, MaterialKind)>) {
    match json {
        Json::String(text) => found.extend(kind(text).map(|kind| (text.as_str(), kind))),
        Json::Array(items) => items.iter().for_each(|item| files(item, found)),
        Json::Object(fields) => fields.values().for_each(|field| files(field, found)),
        _ => {}
    }
}

/// Returns the kind of file that a name says.
pub(crate) fn kind(name: &str) -> Option<MaterialKind> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "pdf" => MaterialKind::Pdf,
        "png" => MaterialKind::Png,
        "jpg" | "jpeg" => MaterialKind::Jpeg,
        "csv" => MaterialKind::Csv,
        "txt" => MaterialKind::Text,
        "docx" | "xlsx" => MaterialKind::Office,
        _ => return None,
    })
}
