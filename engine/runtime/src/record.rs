//! Records with all their former values.
//!
//! Invariant: nothing is overwritten. Each value keeps from when it holds, when it became known, and how it stands; any
//! past date can be asked, as it is known today or as it was known then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::value::{Fields, Value};

/// A record, by type and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id.
    pub id: String,
}

impl RecordId {
    /// Returns the id of that record.
    #[must_use]
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

/// How a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Official.
    Effective,
    /// Holds locally, not yet officially.
    Pending,
    /// Noted only.
    Proposed,
    /// Void.
    Refused,
}

/// One value that a field had, has or will have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The value; `None`: the field is empty from then on.
    pub value: Option<Value>,
    /// The first date on which it holds.
    pub from: Date,
    /// When it became known.
    pub known: Timestamp,
    /// How it stood when it became known.
    pub standing: Standing,
    /// Where it came from: a case's id, or `import`.
    pub source: String,
    /// What became of a value that was not yet final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// What became of a pending or proposed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Effective or refused.
    pub standing: Standing,
    /// The first date on which it is official.
    pub from: Date,
    /// When that became known.
    pub known: Timestamp,
}

/// Which of two truths is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Perspective {
    /// What holds in the house.
    #[default]
    Local,
    /// What is official.
    Official,
}

/// A record with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Type and id.
    pub id: RecordId,
    /// Every value of every field, in the order in which they became known.
    pub fields: BTreeMap<String, Vec<Entry>>,
    /// How often the record was changed.
    pub version: u64,
}

impl Record {
    /// Returns a record without values.
    #[must_use]
    pub fn new(id: RecordId) -> Self {
        Self { id, fields: BTreeMap::new(), version: 0 }
    }

    /// Returns the value that a field has on a date, as known at an instant (now, when not said).
    #[must_use]
    pub fn value(
        &self,
        field: &str,
        on: Date,
        known_at: Option<Timestamp>,
        perspective: Perspective,
    ) -> Option<&Value> {
        let entries = self.fields.get(field)?;
        let known = |at: Timestamp| known_at.is_none_or(|limit| at <= limit);
        let best = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| known(entry.known))
            .filter_map(|(order, entry)| {
                let settled = entry.settled.as_ref().filter(|settled| known(settled.known));
                let from = holds_from(entry, settled, perspective)?;
                (from <= on).then_some((from, order, entry))
            })
            .max_by_key(|(from, order, _)| (*from, *order));
        best.and_then(|(_, _, entry)| entry.value.as_ref())
    }

    /// Returns whether each field named has, or had, that value.
    #[must_use]
    pub fn has_had(&self, equal: &[(String, Value)]) -> bool {
        equal.iter().all(|(field, value)| {
            let entries = self.fields.get(field).into_iter().flatten();
            entries.filter_map(|entry| entry.value.as_ref()).any(|found| found.equals(value))
        })
    }

    /// Returns all values on a date.
    #[must_use]
    pub fn view(&self, on: Date, known_at: Option<Timestamp>, perspective: Perspective) -> Fields {
        self.fields
            .keys()
            .filter_map(|field| {
                Some((field.clone(), self.value(field, on, known_at, perspective)?.clone()))
            })
            .collect()
    }
}

/// From which date an entry holds in a perspective, if it does at all.
fn holds_from(entry: &Entry, settled: Option<&Settled>, perspective: Perspective) -> Option<Date> {
    let standing = settled.map_or(entry.standing, |settled| settled.standing);
    match (standing, perspective, settled) {
        (Standing::Effective, Perspective::Official, Some(settled)) => Some(settled.from),
        // A proposed value holds nowhere before it is settled.
        (Standing::Effective, Perspective::Local, Some(settled))
            if entry.standing == Standing::Proposed =>
        {
            Some(settled.from)
        }
        (Standing::Effective, _, _) | (Standing::Pending, Perspective::Local, _) => {
            Some(entry.from)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(value: &str, from: &str, known: &str, standing: Standing) -> Entry {
        Entry {
            value: Some(Value::Text(value.to_owned())),
            from: from.parse().unwrap(),
            known: known.parse().unwrap(),
            standing,
            source: "test".to_owned(),
            settled: None,
        }
    }

    fn at<'a>(record: &'a Record, on: &str, perspective: Perspective) -> Option<&'a str> {
        record.value("state", on.parse().unwrap(), None, perspective).and_then(Value::as_text)
    }

    #[test]
    fn a_pending_value_holds_locally_and_becomes_official_from_the_date_it_is_settled_with() {
        let mut record = Record::new(RecordId::new("person", "1"));
        let known = "2026-09-29T01:00:00Z";
        record.fields.insert(
            "state".into(),
            vec![
                entry("in", "2026-01-01", "2026-01-01T00:00:00Z", Standing::Effective),
                entry("away", "2026-09-29", known, Standing::Pending),
            ],
        );
        assert_eq!(at(&record, "2026-10-01", Perspective::Local), Some("away"));
        assert_eq!(at(&record, "2026-10-01", Perspective::Official), Some("in"));
        let settled = Settled {
            standing: Standing::Effective,
            from: "2026-10-27".parse().unwrap(),
            known: "2026-10-27T01:00:00Z".parse().unwrap(),
        };
        record.fields.get_mut("state").unwrap()[1].settled = Some(settled);
        assert_eq!(at(&record, "2026-10-26", Perspective::Official), Some("in"));
        assert_eq!(at(&record, "2026-10-27", Perspective::Official), Some("away"));
        let before = record.value(
            "state",
            "2026-12-01".parse().unwrap(),
            Some("2026-10-01T00:00:00Z".parse().unwrap()),
            Perspective::Official,
        );
        assert_eq!(
            before.and_then(Value::as_text),
            Some("in"),
            "as it was known before the answer came"
        );
    }

    #[test]
    fn a_refused_value_lets_the_former_one_hold_again() {
        let mut record = Record::new(RecordId::new("person", "1"));
        let mut refused = entry("away", "2026-09-29", "2026-09-29T00:00:00Z", Standing::Pending);
        refused.settled = Some(Settled {
            standing: Standing::Refused,
            from: "2026-10-27".parse().unwrap(),
            known: "2026-10-27T01:00:00Z".parse().unwrap(),
        });
        let first = entry("in", "2026-01-01", "2026-01-01T00:00:00Z", Standing::Effective);
        record.fields.insert("state".into(), vec![first, refused]);
        assert_eq!(at(&record, "2026-12-01", Perspective::Local), Some("in"));
    }
}
