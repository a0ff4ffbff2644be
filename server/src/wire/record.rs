//! Records, as callers get them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use xueji_runtime::record::{Entry, Record, Standing};

use crate::sight::mask::Masks;

/// A record's values on a date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecordOut {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// What names the record for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The date.
    pub as_of: Date,
    /// local (what holds in the house) or official.
    pub view: String,
    /// The values, as far as the caller may see them.
    pub values: Map<String, Json>,
    /// How often the record was changed until now; the ETag.
    pub version: u64,
}

/// A record with every value that its fields had.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecordHistory {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// The values of each field, in the order in which they became known.
    pub fields: BTreeMap<String, Vec<RecordValue>>,
    /// How often the record was changed.
    pub version: u64,
}

/// One value that a field had, has or will have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecordValue {
    /// The value; null when the field is empty from then on.
    pub value: Json,
    /// The first date on which it holds.
    pub from: Date,
    /// When it became known.
    pub known: Timestamp,
    /// How it stood when it became known: effective, pending, proposed or refused.
    pub standing: String,
    /// What it became: effective or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// The first date on which it is official.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub official_from: Option<Date>,
    /// Where it came from: a case's id, or `import`.
    pub source: String,
}

impl RecordHistory {
    /// Returns a record's history as far as it may be seen. Fields whose values are left out are not named.
    #[must_use]
    pub fn new(record: &Record, masks: &Masks<'_>) -> Self {
        let mut fields = BTreeMap::new();
        for (name, entries) in &record.fields {
            let seen = entries.iter().filter_map(|entry| {
                let value = match &entry.value {
                    Some(value) => masks.record_value(&record.id.kind, name, value)?,
                    None => Json::Null,
                };
                Some(RecordValue::new(entry, value))
            });
            let seen: Vec<RecordValue> = seen.collect();
            if !seen.is_empty() {
                fields.insert(name.clone(), seen);
            }
        }
        Self {
            kind: record.id.kind.clone(),
            id: record.id.id.clone(),
            fields,
            version: record.version,
        }
    }
}

impl RecordValue {
    fn new(entry: &Entry, value: Json) -> Self {
        Self {
            value,
            from: entry.from,
            known: entry.known,
            standing: standing(entry.standing).to_owned(),
            settled: entry.settled.as_ref().map(|settled| standing(settled.standing).to_owned()),
            official_from: match (&entry.settled, entry.standing) {
                (Some(settled), _) => {
                    Some(settled.from).filter(|_| settled.standing == Standing::Effective)
                }
                (None, Standing::Effective) => Some(entry.from),
                (None, _) => None,
            },
            source: entry.source.clone(),
        }
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Effective => "effective",
        Standing::Pending => "pending",
        Standing::Proposed => "proposed",
        Standing::Refused => "refused",
    }
}
