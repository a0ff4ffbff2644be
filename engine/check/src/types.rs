//! The types of what expressions and rules see in a process.
//!
//! Invariant: `None` means "not known", because a name is wrong elsewhere or a file could not be read; then nothing is
//! said about types that hang on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use xueji_definition::Definitions;
use xueji_definition::file::Give;
use xueji_definition::model::{Ask, CalendarQuestion, Fact, ForEach, Kind, Process, Rows};
use xueji_definition::value::Type;

use crate::proofs::Same;
use crate::walk::Scene;

type Fields = BTreeMap<String, Type>;

/// The types of whole records and forms, each worked out once, for whichever check asks first.
pub(crate) struct Types<'a> {
    pub(crate) definitions: &'a Definitions,
    records: BTreeMap<&'a str, OnceLock<Type>>,
    forms: BTreeMap<&'a str, OnceLock<Type>>,
    /// Those of earlier checks.
    before: &'a Same<Type>,
}

impl<'a> Types<'a> {
    /// Begins with none worked out.
    pub(crate) fn of(definitions: &'a Definitions, before: &'a Same<Type>) -> Self {
        let records = definitions.records.records.keys();
        let processes = definitions.processes.keys();
        Self {
            definitions,
            records: records.map(|name| (name.as_str(), OnceLock::new())).collect(),
            forms: processes.map(|id| (id.as_str(), OnceLock::new())).collect(),
            before,
        }
    }

    /// Returns the type of a record.
    pub(crate) fn record(&self, name: &str) -> Option<&Type> {
        let record = self.definitions.records.records.get(name)?;
        Some(
            self.records
                .get(name)?
                .get_or_init(|| self.same(&format!("record {name}"), record.value_type())),
        )
    }

    /// Returns the type of `form` in a process.
    pub(crate) fn form(&self, process: &str) -> Option<&Type> {
        let process = self.definitions.processes.get(process)?;
        let known = self.forms.get(process.id.as_str())?;
        let form =
            || self.same(&format!("form {}", process.id), form_type(self.definitions, process));
        Some(known.get_or_init(form))
    }

    /// Returns a type as it was in an earlier check, if it is the same.
    pub(crate) fn same(&self, name: &str, ty: Type) -> Type {
        Type::clone(&self.before.one(name, ty))
    }
}

/// What is text of a case, or of a row of one, as queries and facts see it.
const CASE_TEXTS: [&str; 7] = ["id", "row", "process", "state", "step", "result", "subject"];

/// Returns the for-each of that id.
pub(crate) fn for_each<'a>(process: &'a Process, id: &str) -> Option<&'a ForEach> {
    match &process.steps.get(id)?.kind {
        Kind::ForEach(each) => Some(each),
        _ => None,
    }
}

/// Returns the record type of the subject in a scene: the row's own, if a for-each around gives it one, else the case's.
pub(crate) fn subject_of<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    scene: Scene<'_>,
) -> Option<&'a str> {
    if let Some(query) = scene.row_of {
        return match &definitions.queries.get(query)?.over {
            Rows::Records(record) => Some(record),
            Rows::Instances(_) => None,
        };
    }
    let mut each = scene.each;
    for _ in 0..=process.steps.len() {
        let Some(id) = each else { return process.subject.as_deref() };
        let opened = for_each(process, id)?;
        if opened.subject {
            return match &definitions.queries.get(&opened.items)?.over {
                Rows::Records(record) => Some(record),
                Rows::Instances(of) => subject_types(definitions, of).into_iter().next(),
            };
        }
        each = process.steps.get(id).and_then(|step| crate::walk::innermost(process, step));
    }
    None
}

/// Returns the record types that cases of these processes, and their rows, may be about.
fn subject_types<'a>(definitions: &'a Definitions, processes: &[String]) -> BTreeSet<&'a str> {
    let mut types = BTreeSet::new();
    for process in processes.iter().filter_map(|id| definitions.processes.get(id)) {
        types.extend(process.subject.as_deref());
        let rows = process.steps.values().filter_map(|step| match &step.kind {
            Kind::ForEach(each) if each.subject => definitions.queries.get(&each.items),
            _ => None,
        });
        types.extend(rows.filter_map(|query| match &query.over {
            Rows::Records(record) => Some(record.as_str()),
            Rows::Instances(_) => None,
        }));
    }
    types
}

/// Returns the fields of a process's forms; the first form that has a field says its type.
pub(crate) fn form_fields(definitions: &Definitions, process: &Process) -> Fields {
    let mut fields = Fields::new();
    for form in process.forms().into_iter().filter_map(|id| definitions.forms.get(id)) {
        for (name, ty) in form.field_types() {
            fields.entry(name).or_insert(ty);
        }
    }
    fields
}

/// Returns the type of a form field of a process.
pub(crate) fn form_field_type(
    definitions: &Definitions,
    process: &Process,
    name: &str,
) -> Option<Type> {
    let mut forms = process.forms().into_iter().filter_map(|id| definitions.forms.get(id));
    forms.find_map(|form| form.fields.get(name)).map(xueji_definition::file::Field::value_type)
}

/// Tells whether every form and list of papers that a process names is there.
pub(crate) fn has_all_forms(definitions: &Definitions, process: &Process) -> bool {
    process.forms().into_iter().all(|id| definitions.forms.contains_key(id))
        && process.material_lists().all(|id| definitions.materials.contains_key(id))
}

/// Returns the type of `form` in a process: the fields of its forms, its papers, and what the engine itself puts there.
fn form_type(definitions: &Definitions, process: &Process) -> Type {
    let mut fields = form_fields(definitions, process);
    let lists: BTreeSet<&str> = process.material_lists().collect();
    let papers = lists.into_iter().filter_map(|id| definitions.materials.get(id));
    let papers: Fields = papers.flat_map(|list| list.item_types()).collect();
    if !papers.is_empty() {
        fields.insert("materials".to_owned(), Type::map(papers));
    }
    let told = process.steps.values().any(|step| match &step.kind {
        Kind::Wait(wait) => wait.form.is_none() && (wait.message.is_some() || !step.on.is_empty()),
        _ => !step.on.is_empty(),
    });
    if told {
        fields.entry("reason".to_owned()).or_insert(Type::Text);
    }
    let rows = process.steps.values().any(|step| matches!(step.kind, Kind::ForEach(_)));
    if rows {
        fields.entry("held_because".to_owned()).or_insert(Type::Text);
    }
    Type::map(fields)
}

/// Returns the type of a row that a query or a fact looks at, as `item` and papers see it.
pub(crate) fn row_type(types: &Types<'_>, over: &Rows) -> Option<Fields> {
    match over {
        Rows::Records(record) => match types.record(record)? {
            Type::Map(fields) => Some(Fields::clone(fields)),
            _ => None,
        },
        Rows::Instances(of) => {
            let mut forms = Fields::new();
            for form in of.iter().filter_map(|id| types.form(id)) {
                if let Type::Map(fields) = form {
                    forms.extend(Fields::clone(fields));
                }
            }
            let mut fields = texts(&CASE_TEXTS);
            fields.insert("started".to_owned(), Type::Date);
            fields.insert("form".to_owned(), Type::map(forms));
            Some(fields)
        }
    }
}

/// Returns the type of a row's field, dotted, as conditions name it.
pub(crate) fn row_field_type(types: &Types<'_>, over: &Rows, field: &str) -> Option<Type> {
    let definitions = types.definitions;
    if let (Rows::Instances(of), Some(rest)) = (over, field.strip_prefix("subject.")) {
        let mut records = subject_types(definitions, of).into_iter();
        return records.find_map(|record| inner(types.record(record)?, rest));
    }
    own_field_type(definitions, over, field)
        .or_else(|| inner(&Type::map(row_type(types, over)?), field))
}

/// Returns the type of a field of a record, or of a form, without laying out the whole row, where that can be told.
fn own_field_type(definitions: &Definitions, over: &Rows, field: &str) -> Option<Type> {
    let below = |ty: Type, rest: &str| if rest.is_empty() { Some(ty) } else { inner(&ty, rest) };
    match over {
        Rows::Records(record) => {
            let (name, rest) = field.split_once('.').unwrap_or((field, ""));
            let field = definitions.records.records.get(record)?.fields.get(name)?;
            below(field.value_type(), rest)
        }
        Rows::Instances(of) => {
            if CASE_TEXTS.contains(&field) {
                return Some(Type::Text);
            }
            let field = field.strip_prefix("form.")?;
            let (name, rest) = field.split_once('.').unwrap_or((field, ""));
            let known = of.iter().rev().filter_map(|id| definitions.processes.get(id));
            below(known.into_iter().find_map(|of| form_field_type(definitions, of, name))?, rest)
        }
    }
}

/// Follows a dotted path through groups.
fn inner(ty: &Type, path: &str) -> Option<Type> {
    path.split('.')
        .try_fold(ty, |ty, key| match ty {
            Type::Map(fields) => fields.get(key),
            _ => None,
        })
        .cloned()
}

/// Returns the type of `item` in a scene: the innermost row's item with its key; nothing outside of rows.
pub(crate) fn item_type(types: &Types<'_>, process: &Process, scene: Scene<'_>) -> Option<Type> {
    let Some(id) = scene.each else { return Some(Type::map(Fields::new())) };
    let query = types.definitions.queries.get(&for_each(process, id)?.items)?;
    let mut fields = row_type(types, &query.over)?;
    fields.insert("key".to_owned(), Type::Text);
    Some(Type::map(fields))
}

/// Returns the type of a fact's value.
pub(crate) fn fact_type(types: &Types<'_>, fact: &Fact) -> Option<Type> {
    use CalendarQuestion as Q;
    match &fact.ask {
        Ask::Rows { over, give, field, .. } => match give {
            Give::Count | Give::Rank => Some(Type::Int),
            Give::Exists => Some(Type::Bool),
            Give::Sum | Give::Min | Give::Max | Give::First => {
                row_field_type(types, over, field.as_deref()?)
            }
        },
        Ask::Calendar { question, .. } => Some(match question {
            Q::WindowOpen(_) | Q::IsDay(_) | Q::WorkingDay => Type::Bool,
            Q::WorkingDaysSince(_) | Q::TermsSince(_) => Type::Int,
            Q::WindowOpens(_)
            | Q::WindowCloses(_)
            | Q::NextDay(_)
            | Q::PlusWorkingDays(_)
            | Q::TermStart
            | Q::LastTermStart
            | Q::YearStart => Type::Date,
        }),
    }
}

/// Returns the types of all parameters, nested by their dots.
pub(crate) fn parameter_type(definitions: &Definitions) -> Type {
    let mut all = Fields::new();
    for (name, parameter) in &definitions.parameters.parameters {
        place(&mut all, name, parameter.value_type());
    }
    Type::map(all)
}

fn place(into: &mut Fields, name: &str, ty: Type) {
    let Some((head, rest)) = name.split_once('.') else {
        into.insert(name.to_owned(), ty);
        return;
    };
    let group = into.entry(head.to_owned()).or_insert_with(|| Type::map(Fields::new()));
    if let Type::Map(inner) = group {
        place(std::sync::Arc::make_mut(inner), rest, ty);
    }
}

/// Returns the type of `case`.
pub(crate) fn case_type() -> Type {
    let mut fields = texts(&["id", "process", "step", "applicant", "row", "result"]);
    fields.insert("started".to_owned(), Type::Date);
    Type::map(fields)
}

/// Returns the type of `person`.
pub(crate) fn person_type() -> Type {
    Type::map(texts(&["id", "name", "record"]))
}

fn texts(names: &[&str]) -> Fields {
    names.iter().map(|name| ((*name).to_owned(), Type::Text)).collect()
}
