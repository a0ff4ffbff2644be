//! Persons, subjects and keys of rows, as they stand in a log.
//!
//! Invariant: within one export the same person has the same pseudonym; without the salt nobody can work out whose it is.

use sha2::{Digest, Sha256};
use xueji_definition::value::Fields;
use xueji_runtime::RecordId;

use super::{Object, Person};

/// What people are called.
type Names<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// How persons stand in a log.
pub struct Persons<'a> {
    salt: String,
    names: Option<&'a Names<'a>>,
}

impl std::fmt::Debug for Persons<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Persons").field("personal", &self.personal()).finish_non_exhaustive()
    }
}

impl<'a> Persons<'a> {
    /// Returns persons under pseudonyms, made with a salt that nobody can guess.
    #[must_use]
    pub fn hidden(salt: &str) -> Self {
        Self { salt: salt.to_owned(), names: None }
    }

    /// Returns persons as they are, with their names.
    #[must_use]
    pub fn open(names: &'a Names<'a>) -> Self {
        Self { salt: String::new(), names: Some(names) }
    }

    /// Tells whether personal data is in the log.
    #[must_use]
    pub fn personal(&self) -> bool {
        self.names.is_some()
    }

    fn pseudonym(&self, kind: &str, id: &str) -> String {
        let hash = Sha256::new()
            .chain_update(&self.salt)
            .chain_update([0])
            .chain_update(kind)
            .chain_update([0])
            .chain_update(id)
            .finalize();
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns a person.
    pub(super) fn person(&self, id: &str) -> Person {
        match self.names {
            Some(names) => Person { id: id.to_owned(), name: names(id) },
            // A person who is a record has the record's pseudonym, so that both can be told to be one.
            None => match id.split_once(':') {
                Some((kind, id)) => Person { id: self.hidden_record(kind, id), name: None },
                None => Person { id: format!("p-{}", self.pseudonym("person", id)), name: None },
            },
        }
    }

    fn hidden_record(&self, kind: &str, id: &str) -> String {
        format!("{kind}-{}", self.pseudonym(kind, id))
    }

    /// Returns a record.
    pub(super) fn record(&self, id: &RecordId) -> Object {
        let shown = if self.personal() {
            format!("{}:{}", id.kind, id.id)
        } else {
            self.hidden_record(&id.kind, &id.id)
        };
        Object { kind: id.kind.clone(), id: shown }
    }

    /// Returns the key of a row.
    pub(super) fn key(&self, key: &str) -> String {
        if self.personal() { key.to_owned() } else { format!("r-{}", self.pseudonym("row", key)) }
    }

    /// Returns what was entered; nothing in a log without personal data.
    pub(super) fn form(&self, form: &Fields) -> serde_json::Map<String, serde_json::Value> {
        let shown = form.iter().filter(|_| self.personal());
        shown.map(|(name, value)| (name.clone(), value.to_json())).collect()
    }
}
