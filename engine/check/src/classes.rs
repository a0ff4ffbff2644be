//! The class of protected data that a path leads to, and whose id it is.
//!
//! Invariant: nothing is said of a path that cannot be followed to a declared field.

use indexmap::IndexMap;
use xueji_definition::Definitions;
use xueji_definition::file::{Field, Give};
use xueji_definition::model::{Ask, Process, Query, Rows};

use crate::types::subject_of;
use crate::walk::Scene;

/// Returns the class of the field that a path such as `subject.id_no` leads to.
pub(crate) fn class_of<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    scene: Scene<'_>,
    path: &str,
) -> Option<&'a str> {
    let (root, rest) = path.split_once('.')?;
    match root {
        "subject" => of_record(definitions, subject_of(definitions, process, scene)?, rest),
        "form" => of_forms(definitions, process, rest),
        "item" => {
            let each = crate::types::for_each(process, scene.each?)?;
            of_row(definitions, definitions.queries.get(&each.items)?, rest)
        }
        "fact" => {
            let name = rest.split('.').next()?;
            match &definitions.facts.get(name)?.ask {
                // Counting and asking whether there is one tells nothing of the value.
                Ask::Rows { give: Give::Count | Give::Exists | Give::Rank, .. } => None,
                Ask::Rows { over, field, .. } => of_rows(definitions, over, field.as_deref()?),
                Ask::Calendar { .. } => None,
            }
        }
        _ => None,
    }
}

/// Returns the class of a field of a query's rows.
pub(crate) fn of_row<'a>(
    definitions: &'a Definitions,
    query: &Query,
    path: &str,
) -> Option<&'a str> {
    of_rows(definitions, &query.over, path)
}

fn of_rows<'a>(definitions: &'a Definitions, over: &Rows, path: &str) -> Option<&'a str> {
    match over {
        Rows::Records(record) => of_record(definitions, record, path),
        Rows::Instances(processes) => {
            let mut of = processes.iter().filter_map(|id| definitions.processes.get(id));
            of.find_map(|process| {
                if let Some(field) = path.strip_prefix("form.") {
                    return of_forms(definitions, process, field);
                }
                let field = path.strip_prefix("subject.")?;
                of_record(definitions, process.subject.as_deref()?, field)
            })
        }
    }
}

/// Returns the record type whose id a path leads to, where data of such records are protected.
pub(crate) fn id_of<'a>(
    definitions: &'a Definitions,
    process: &'a Process,
    scene: Scene<'_>,
    path: &str,
) -> Option<&'a str> {
    let (root, rest) = path.split_once('.')?;
    match root {
        "subject" => id_in(definitions, subject_of(definitions, process, scene)?, rest),
        "form" => id_in_forms(definitions, process, rest),
        "item" => {
            let each = crate::types::for_each(process, scene.each?)?;
            id_of_row(definitions, definitions.queries.get(&each.items)?, rest)
        }
        _ => None,
    }
}

/// Returns the record type whose id a field of a query's rows is, where data of such records are protected.
pub(crate) fn id_of_row<'a>(
    definitions: &'a Definitions,
    query: &'a Query,
    path: &str,
) -> Option<&'a str> {
    match &query.over {
        Rows::Records(record) => id_in(definitions, record, path),
        Rows::Instances(processes) => {
            let mut of = processes.iter().filter_map(|id| definitions.processes.get(id));
            of.find_map(|process| match path.split_once('.') {
                None if path == "subject" => protected(definitions, process.subject.as_deref()?),
                Some(("form", field)) => id_in_forms(definitions, process, field),
                Some(("subject", field)) => id_in(definitions, process.subject.as_deref()?, field),
                _ => None,
            })
        }
    }
}

fn id_in<'a>(definitions: &'a Definitions, record: &'a str, path: &str) -> Option<&'a str> {
    let of = definitions.records.records.get(record)?;
    if path == "id" || path == of.id {
        return protected(definitions, record);
    }
    named(definitions, &of.fields, path)
}

fn id_in_forms<'a>(definitions: &'a Definitions, process: &Process, path: &str) -> Option<&'a str> {
    let mut forms = process.forms().into_iter().filter_map(|id| definitions.forms.get(id));
    forms.find_map(|form| named(definitions, &form.fields, path))
}

/// Returns the record type that a field names.
fn named<'a>(
    definitions: &'a Definitions,
    fields: &'a IndexMap<String, Field>,
    path: &str,
) -> Option<&'a str> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.get(name)?;
    if rest.is_empty() {
        return protected(definitions, field.record.as_deref()?);
    }
    named(definitions, &field.fields, rest.strip_prefix("*.").unwrap_or(rest))
}

/// Returns a record type if some of its data are protected.
fn protected<'a>(definitions: &'a Definitions, record: &'a str) -> Option<&'a str> {
    fn any(fields: &IndexMap<String, Field>) -> bool {
        fields.values().any(|field| field.class.is_some() || any(&field.fields))
    }
    any(&definitions.records.records.get(record)?.fields).then_some(record)
}

fn of_record<'a>(definitions: &'a Definitions, record: &str, path: &str) -> Option<&'a str> {
    of_fields(&definitions.records.records.get(record)?.fields, path)
}

fn of_forms<'a>(definitions: &'a Definitions, process: &Process, path: &str) -> Option<&'a str> {
    let mut forms = process.forms().into_iter().filter_map(|id| definitions.forms.get(id));
    forms.find_map(|form| of_fields(&form.fields, path))
}

/// Follows a path through groups; a group's class is that of all its fields.
fn of_fields<'a>(fields: &'a IndexMap<String, Field>, path: &str) -> Option<&'a str> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.get(name)?;
    let below = || {
        let rest = rest.strip_prefix("*.").unwrap_or(rest);
        (!rest.is_empty()).then(|| of_fields(&field.fields, rest)).flatten()
    };
    field.class.as_deref().or_else(below)
}
