//! Form fields that another release asks for otherwise, so that what was entered has to be looked at.
//!
//! Invariant: a field that both releases describe alike is never in the way, whatever stands in it.

use xueji_definition::Text;
use xueji_definition::file::{CodesFile, Field};
use xueji_definition::model::{Kind, Process};
use xueji_definition::value::{Type, Value};

use super::{Obstacle, ObstacleKind};
use crate::release::Release;
use crate::state::Scope;

/// A field that has to be looked at before a case is moved.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The field.
    pub name: String,
    title: Text,
    ty: Type,
    codes: Vec<(String, Vec<String>)>,
    asked: Option<Asked>,
}

/// Where a field is newly required.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// On starting.
    Start,
    /// At a step.
    Step(String),
}

/// Returns the fields of a process that have to be looked at.
#[must_use]
pub fn watched(old: &Release, new: &Release, process: &str) -> Vec<Watched> {
    let (Some(before), Some(after)) = (old.process(process), new.process(process)) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (asked, form) in forms(after) {
        let Some(form) = new.definitions.forms.get(form) else { continue };
        for (name, field) in &form.fields {
            let earlier: Vec<&Field> = fields_called(old, before, name).collect();
            let required = must(field) && !earlier.iter().any(|field| must(field));
            let codes = code_lists(field, &new.definitions.codes);
            let alike = earlier.iter().any(|earlier| {
                earlier.value_type() == field.value_type()
                    && holds_all(&codes, &code_lists(earlier, &old.definitions.codes))
            });
            if required || !(alike || earlier.is_empty()) {
                all.push(Watched {
                    name: name.clone(),
                    title: field.title.clone(),
                    ty: field.value_type(),
                    codes,
                    asked: required.then(|| asked.clone()),
                });
            }
        }
    }
    all
}

fn forms(process: &Process) -> Vec<(Asked, &str)> {
    let start = process.start.form.as_deref().map(|form| (Asked::Start, form));
    let steps = process.steps.values().filter_map(|step| match &step.kind {
        Kind::UserTask(task) => Some((Asked::Step(step.id.clone()), task.form.as_deref()?)),
        _ => None,
    });
    start.into_iter().chain(steps).collect()
}

fn fields_called<'r>(
    release: &'r Release,
    process: &Process,
    name: &str,
) -> impl Iterator<Item = &'r Field> {
    let forms = process.forms().into_iter().filter_map(|form| release.definitions.forms.get(form));
    forms.filter_map(|form| form.fields.get(name)).collect::<Vec<_>>().into_iter()
}

/// Whether the field must be filled in whatever else is said.
fn must(field: &Field) -> bool {
    field.required && field.visible_when.is_none() && field.computed.is_none()
}

/// The codes that a field and its columns take, by where they stand.
fn code_lists(field: &Field, codes: &CodesFile) -> Vec<(String, Vec<String>)> {
    let own = field.codes.as_ref().and_then(|list| codes.lists.get(list));
    let own = own.map(|list| (String::new(), list.entries.keys().cloned().collect()));
    let below = field.fields.iter().flat_map(|(name, field)| {
        let inner = code_lists(field, codes).into_iter();
        inner.map(move |(at, list)| (format!(".{name}{at}"), list))
    });
    own.into_iter().chain(below).collect()
}

/// Whether every code of the earlier lists is in the later ones.
fn holds_all(later: &[(String, Vec<String>)], earlier: &[(String, Vec<String>)]) -> bool {
    earlier.iter().all(|(at, codes)| {
        let list = later.iter().find(|(other, _)| other == at);
        list.is_some_and(|(_, list)| codes.iter().all(|code| list.contains(code)))
    })
}

impl Watched {
    /// Returns what stands in the way in a scope with that form, if something does.
    #[must_use]
    pub fn obstacle(&self, scope: &Scope) -> Option<Obstacle> {
        match scope.form.get(&self.name) {
            Some(value) => self.unfit(value),
            None => self.missing(scope),
        }
    }

    fn missing(&self, scope: &Scope) -> Option<Obstacle> {
        let passed = match self.asked.as_ref()? {
            Asked::Start => scope.path.is_root(),
            Asked::Step(step) => scope.answers.contains_key(step),
        };
        let (zh, en) = (&self.title.zh, &self.title.en);
        passed.then(|| {
            Obstacle::new(
                ObstacleKind::FieldMissing,
                format!("新版本要求填写“{zh}”（{}），此事项没有填；退回补填，或留在原版本", self.name),
                format!(
                    "“{en}” ({}) must be filled in there and is not; return the case for it, or leave it",
                    self.name
                ),
            )
        })
    }

    fn unfit(&self, value: &Value) -> Option<Obstacle> {
        let fits = self.ty.read(&value.to_json()).is_ok()
            && self.codes.iter().all(|(at, list)| codes_at(value, at).all(|c| list.contains(&c)));
        let (zh, en) = (&self.title.zh, &self.title.en);
        (!fits).then(|| {
            Obstacle::new(
                ObstacleKind::FieldUnfit,
                format!("“{zh}”（{}）已填的内容不合新版本；退回更正，或留在原版本", self.name),
                format!(
                    "what was entered in “{en}” ({}) does not fit there; return the case, or leave it",
                    self.name
                ),
            )
        })
    }
}

/// Returns the texts that stand at a place of a value, `.column` going into groups and rows.
fn codes_at(value: &Value, at: &str) -> impl Iterator<Item = String> {
    fn collect(value: &Value, at: &str, into: &mut Vec<String>) {
        match (value, at.strip_prefix('.')) {
            (Value::List(items), _) => items.iter().for_each(|item| collect(item, at, into)),
            (Value::Map(fields), Some(rest)) => {
                let (name, below) = match rest.find('.') {
                    Some(dot) => rest.split_at(dot),
                    None => (rest, ""),
                };
                fields.get(name).into_iter().for_each(|value| collect(value, below, into));
            }
            (Value::Text(text), None) => into.push(text.clone()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(value, at, &mut found);
    found.into_iter()
}
