//! Records read from a table of comma-separated values.
//!
//! Invariant: reading is pure and tells every fault of every row; nothing is guessed: a column that is no field is a
//! fault unless the caller maps it or leaves it out.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use xueji_definition::file::{Field, RecordType};
use xueji_definition::value::{Type, Value};
use xueji_definition::{Definitions, Text};
use xueji_runtime::RecordId;

use crate::records::Put;

/// The most rows of one table.
pub const ROWS_MAX: usize = 100_000;
/// The most faults that are told.
const FAULTS_MAX: usize = 200;

/// Which field each column is for, by the column's heading; `None` leaves the column out. A heading that is not here is
/// taken for the field of that name or title.
pub type Mapping = BTreeMap<String, Option<String>>;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowFault {
    /// The line in the file, from 1; the heading is line 1.
    pub line: u64,
    /// The column's heading.
    pub column: Option<String>,
    /// What is wrong, and what to do.
    pub message: Text,
}

/// Returns the values of a table for a record type. An empty cell says nothing about its field.
///
/// # Errors
/// Every fault, at most the first 200.
pub fn read_table(
    definitions: &Definitions,
    kind: &str,
    bytes: &[u8],
    mapping: &Mapping,
) -> Result<Vec<Put>, Vec<RowFault>> {
    let Some(record) = definitions.records.records.get(kind) else {
        let message =
            Text::new(format!("没有记录类型 {kind}"), format!("there is no record type `{kind}`"));
        return Err(vec![RowFault { line: 1, column: None, message }]);
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headings = reader.headers().map_err(|error| vec![unreadable(&error)])?.clone();
    let columns = columns(record, &headings, mapping)?;
    let mut table =
        Table { definitions, record, kind, columns, puts: Vec::new(), faults: Vec::new() };
    let mut seen = BTreeMap::new();
    for row in reader.records() {
        match row {
            Ok(row) => table.row(&row, &mut seen),
            Err(error) => table.faults.push(unreadable(&error)),
        }
        if table.faults.len() >= FAULTS_MAX || table.puts.len() > ROWS_MAX {
            break;
        }
    }
    if table.puts.len() > ROWS_MAX {
        let message = Text::new(format!("最多 {ROWS_MAX} 行"), format!("at most {ROWS_MAX} rows"));
        table.faults.push(RowFault { line: 1, column: None, message });
    }
    if table.faults.is_empty() { Ok(table.puts) } else { Err(table.faults) }
}

fn unreadable(error: &csv::Error) -> RowFault {
    let line = error.position().map_or(1, csv::Position::line);
    let message =
        Text::new(format!("这一行无法读取：{error}"), format!("the row cannot be read: {error}"));
    RowFault { line, column: None, message }
}

struct Column<'a> {
    heading: String,
    field: &'a str,
    spec: &'a Field,
    value: Type,
}

fn columns<'a>(
    record: &'a RecordType,
    headings: &csv::StringRecord,
    mapping: &Mapping,
) -> Result<Vec<Option<Column<'a>>>, Vec<RowFault>> {
    let mut columns = Vec::new();
    let mut faults = Vec::new();
    for heading in headings {
        let wanted = match mapping.get(heading) {
            Some(None) => {
                columns.push(None);
                continue;
            }
            Some(Some(field)) => field.as_str(),
            None => heading,
        };
        let found = record.fields.get_key_value(wanted).or_else(|| {
            record
                .fields
                .iter()
                .find(|(_, field)| field.title.zh == wanted || field.title.en == wanted)
        });
        if let Some((field, spec)) = found {
            columns.push(Some(Column {
                heading: heading.to_owned(),
                field,
                spec,
                value: spec.value_type(),
            }));
        } else {
            let known: Vec<&str> = record.fields.keys().map(String::as_str).collect();
            let message = Text::new(
                format!("没有字段 {wanted}，可选：{}", known.join("、")),
                format!("there is no field `{wanted}`; known: {}", known.join(", ")),
            );
            faults.push(RowFault { line: 1, column: Some(heading.to_owned()), message });
        }
    }
    if faults.is_empty() && !columns.iter().flatten().any(|column| column.field == record.id) {
        let message = Text::new(
            format!("缺少标识列 {}", record.id),
            format!("the column `{}`, which identifies a record, is missing", record.id),
        );
        faults.push(RowFault { line: 1, column: None, message });
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

struct Table<'a> {
    definitions: &'a Definitions,
    record: &'a RecordType,
    kind: &'a str,
    columns: Vec<Option<Column<'a>>>,
    puts: Vec<Put>,
    faults: Vec<RowFault>,
}

impl Table<'_> {
    fn row(&mut self, row: &csv::StringRecord, seen: &mut BTreeMap<String, u64>) {
        let line = row.position().map_or(0, csv::Position::line);
        let mut id = None;
        let mut values = Vec::new();
        let mut faults = Vec::new();
        for (cell, column) in row.iter().zip(&self.columns) {
            let Some(column) = column else { continue };
            match self.cell(cell, column) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    if column.field == self.record.id {
                        id = Some(value.to_string());
                    }
                    values.push((column.field.to_owned(), Some(value)));
                }
                Err(message) => {
                    faults.push(RowFault { line, column: Some(column.heading.clone()), message })
                }
            }
        }
        match &id {
            None if faults.is_empty() => {
                let message = Text::new(
                    format!("{} 为空", self.record.id),
                    format!("`{}` is empty", self.record.id),
                );
                faults.push(RowFault { line, column: Some(self.record.id.clone()), message });
            }
            Some(id) => {
                if let Some(first) = seen.insert(id.clone(), line) {
                    let message = Text::new(
                        format!("与第 {first} 行是同一条记录（{id}）"),
                        format!("the same record as in line {first} (`{id}`)"),
                    );
                    faults.push(RowFault { line, column: Some(self.record.id.clone()), message });
                }
            }
            None => {}
        }
        if let (Some(id), true) = (id, faults.is_empty()) {
            self.puts.push(Put::new(RecordId::new(self.kind, id), values));
        }
        self.faults.extend(faults);
    }

    fn cell(&self, cell: &str, column: &Column<'_>) -> Result<Option<Value>, Text> {
        let json = match &column.value {
            // Several values stand in one cell, between semicolons.
            Type::List(of) if !matches!(**of, Type::Map(_)) => {
                let parts = cell.split([';', '；']).map(str::trim).filter(|part| !part.is_empty());
                let parts: Vec<Json> = parts.map(|part| Json::String(part.to_owned())).collect();
                if parts.is_empty() { Json::Null } else { Json::Array(parts) }
            }
            Type::List(_) | Type::Map(_) if !cell.is_empty() => serde_json::from_str(cell)
                .map_err(|error| {
                    Text::new(format!("不是 JSON：{error}"), format!("not JSON: {error}"))
                })?,
            Type::Bool => match cell {
                "是" | "yes" | "1" => Json::Bool(true),
                "否" | "no" | "0" => Json::Bool(false),
                other => Json::String(other.to_owned()),
            },
            _ => Json::String(cell.to_owned()),
        };
        let value = column.value.read(&json).map_err(|error| {
            Text::new(
                format!("应为{}，却是 {}", error.expected, error.found),
                format!("expected {}, found {}", error.expected, error.found),
            )
        })?;
        if let (Some(list), Some(value)) = (&column.spec.codes, &value) {
            self.known_code(list, value)?;
        }
        Ok(value)
    }

    fn known_code(&self, list: &str, value: &Value) -> Result<(), Text> {
        let Some(codes) = self.definitions.codes.lists.get(list) else { return Ok(()) };
        let several = if let Value::List(several) = value {
            several.as_slice()
        } else {
            std::slice::from_ref(value)
        };
        for code in several.iter().filter_map(Value::as_text) {
            if !codes.entries.contains_key(code) {
                return Err(Text::new(
                    format!("代码表 {list} 中没有 {code}"),
                    format!("the code list `{list}` has no `{code}`"),
                ));
            }
        }
        Ok(())
    }
}
