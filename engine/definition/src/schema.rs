//! The kinds of file, where each stands, and the JSON Schema of each, made from the types.
//!
//! Invariant: the schemas that editors use are the ones that [`crate::shape`] checks with, so both say the same.

use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::{about, file};

/// A kind of file that an office edits in YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `processes/<id>.yaml`.
    Process,
    /// `forms/<id>.yaml`.
    Form,
    /// `materials/<id>.yaml`.
    Materials,
    /// `scenarios/<id>.yaml`.
    Scenario,
    /// `steps.yaml`.
    Steps,
    /// `codes.yaml`.
    Codes,
    /// `records.yaml`.
    Records,
    /// `facts.yaml`.
    Facts,
    /// `organisation.yaml`.
    Organisation,
    /// `calendars.yaml`.
    Calendars,
    /// `parameters.yaml`.
    Parameters,
    /// `numbering.yaml`.
    Numbering,
    /// `notices.yaml`.
    Notices,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Process,
        Self::Form,
        Self::Materials,
        Self::Scenario,
        Self::Steps,
        Self::Codes,
        Self::Records,
        Self::Facts,
        Self::Organisation,
        Self::Calendars,
        Self::Parameters,
        Self::Numbering,
        Self::Notices,
    ];

    /// Returns the name of the kind's schema, without `.json`; for a kind with one file also that file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Form => "form",
            Self::Materials => "materials",
            Self::Scenario => "scenario",
            Self::Steps => "steps",
            Self::Codes => "codes",
            Self::Records => "records",
            Self::Facts => "facts",
            Self::Organisation => "organisation",
            Self::Calendars => "calendars",
            Self::Parameters => "parameters",
            Self::Numbering => "numbering",
            Self::Notices => "notices",
        }
    }

    /// Returns the folder below `workflows/` that holds the kind's files, if there can be several.
    #[must_use]
    pub fn folder(self) -> Option<&'static str> {
        match self {
            Self::Process => Some("processes"),
            Self::Form => Some("forms"),
            Self::Materials => Some("materials"),
            Self::Scenario => Some("scenarios"),
            _ => None,
        }
    }

    /// Returns the kind that claims a file (`workflows/forms/x.yaml`), and the id that its name gives it.
    #[must_use]
    pub fn of(path: &str) -> Option<(Self, Option<&str>)> {
        let name = path.strip_prefix("workflows/")?.strip_suffix(".yaml")?;
        if let Some((folder, id)) = name.split_once('/') {
            let kind = Self::ALL.into_iter().find(|kind| kind.folder() == Some(folder))?;
            return (!id.contains('/')).then_some((kind, Some(id)));
        }
        let kind =
            Self::ALL.into_iter().find(|kind| kind.folder().is_none() && kind.name() == name)?;
        Some((kind, None))
    }

    /// Returns the first line that makes editors check the kind's files.
    #[must_use]
    pub fn schema_comment(self) -> String {
        let up = if self.folder().is_some() { "../" } else { "" };
        format!("# yaml-language-server: $schema={up}schema/{}.json", self.name())
    }
}

/// By kind, each made when it is first asked for: files of several kinds are read at the same time.
static SCHEMAS: [OnceLock<Value>; FileKind::ALL.len()] =
    [const { OnceLock::new() }; FileKind::ALL.len()];

/// Returns the schemas as they are checked in: name of the file in `workflows/schema/`, and its content.
#[must_use]
pub fn schemas() -> Vec<(String, Value)> {
    FileKind::ALL
        .into_iter()
        .map(|kind| (format!("{}.json", kind.name()), schema_for(kind).clone()))
        .collect()
}

/// Returns the schema of one kind of file.
#[must_use]
pub fn schema_for(kind: FileKind) -> &'static Value {
    SCHEMAS.get(kind as usize).map_or(&Value::Null, |made| made.get_or_init(|| generate(kind)))
}

fn generate(kind: FileKind) -> Value {
    match kind {
        FileKind::Process => of::<file::ProcessFile>(),
        FileKind::Form => of::<file::FormFile>(),
        FileKind::Materials => of::<file::MaterialsFile>(),
        FileKind::Scenario => of::<file::ScenarioFile>(),
        FileKind::Steps => of::<file::SharedStepsFile>(),
        FileKind::Codes => of::<file::CodesFile>(),
        FileKind::Records => of::<file::RecordsFile>(),
        FileKind::Facts => of::<file::FactsFile>(),
        FileKind::Organisation => of::<file::OrganisationFile>(),
        FileKind::Calendars => of::<xueji_calendar::CalendarFile>(),
        FileKind::Parameters => of::<file::ParametersFile>(),
        FileKind::Numbering => of::<file::NumberingFile>(),
        FileKind::Notices => of::<file::NoticesFile>(),
    }
}

fn of<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    without_null(&mut schema);
    in_both_languages(&mut schema);
    schema
}

/// Puts Chinese before the English of descriptions, as an editor then shows them.
fn in_both_languages(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(in_both_languages),
        Value::Object(entries) => {
            if let Some(Value::String(words)) = entries.get_mut("description") {
                *words = about::described(words);
            }
            // What a key that is called `description` holds is a schema, and looked into as such.
            entries.values_mut().for_each(in_both_languages);
        }
        _ => {}
    }
}

/// Takes `null` out of a schema: what is not to be said is left out of a file, it is not written as nothing.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(entries) => {
            entries.values_mut().for_each(without_null);
            if entries.get("default").is_some_and(Value::is_null) {
                entries.shift_remove("default");
            }
            if let Some(Value::Array(types)) = entries.get_mut("type") {
                types.retain(|ty| ty != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    entries.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(ways)) = entries.get_mut("anyOf") {
                ways.retain(|way| way.get("type").is_none_or(|ty| ty != "null"));
                if ways.len() == 1
                    && let Some(ways) = entries.shift_remove("anyOf")
                {
                    entries.insert("allOf".to_owned(), ways);
                }
            }
        }
        _ => {}
    }
}
