//! The world as decisions see it: one moment of the store.
//!
//! Invariant: everything comes from one reader, so that a decision never sees two moments.

use std::borrow::Cow;
use std::sync::Arc;

use xueji_calendar::Calendar;
use xueji_definition::file::OrganisationFile;
use xueji_definition::value::{Fields, Value};
use xueji_runtime::record::Record;
use xueji_runtime::state::{Allocated, Instance, InstanceState, Scope};
use xueji_runtime::view::{CaseRow, MaterialInfo};
use xueji_runtime::{ReadError, RecordId, Release, ScopePath, View};
use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use crate::index::Liveness;
use crate::keys;
use crate::releases::{LiveTable, Releases};
use crate::stored::{self, Material, StoredError};

/// A view over one moment of the store.
pub(crate) struct StoreView<'a> {
    reader: &'a dyn Reader,
    live: Arc<LiveTable>,
    releases: &'a Releases,
}

impl<'a> StoreView<'a> {
    pub(crate) fn new(
        reader: &'a dyn Reader,
        live: Arc<LiveTable>,
        releases: &'a Releases,
    ) -> Self {
        Self { reader, live, releases }
    }

    fn row(
        &self,
        liveness: &mut Liveness<'a>,
        instance: &str,
        path: &ScopePath,
    ) -> Result<Option<CaseRow<'static>>, ReadError> {
        let Some(header) = liveness.header(instance).map_err(read)? else { return Ok(None) };
        let Some(scope) = self.scope(instance, path)? else { return Ok(None) };
        let form = merged_form(liveness, instance, &scope).map_err(read)?;
        let ended = !path.is_root()
            && (scope.ended.is_some() || !liveness.is_alive(instance, path).map_err(read)?);
        let result = if path.is_root() { header.result } else { scope.ended.clone() };
        Ok(Some(CaseRow {
            instance: header.id.into(),
            scope: Cow::Owned(path.clone()),
            process: header.process.into(),
            subject: scope.subject.map(Cow::Owned),
            state: if ended { InstanceState::Ended } else { header.state },
            result: result.map(Cow::Owned),
            step: scope.at.map(Cow::Owned),
            started: header.started,
            form: Cow::Owned(form),
        }))
    }

    /// Returns every key under a prefix.
    fn all_keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let after = keys.last().map(Vec::as_slice);
            let page = self
                .reader
                .scan(&Range::prefix(prefix), after, SCAN_LIMIT, Direction::Ascending)
                .map_err(|error| read(error.into()))?;
            let full = page.len() == SCAN_LIMIT;
            keys.extend(page.into_iter().map(|(key, _)| key));
            if !full {
                return Ok(keys);
            }
        }
    }

    fn indexed<'e>(&self, kind: &str, equal: &'e [(String, Value)]) -> Option<&'e (String, Value)> {
        let fields = self.live.indexed.get(kind)?;
        equal.iter().find(|(field, _)| fields.contains(field))
    }
}

fn read(error: StoredError) -> ReadError {
    ReadError(error.to_string())
}

/// Returns whether each field named has that value.
fn has(form: &Fields, equal: &[(String, Value)]) -> bool {
    equal.iter().all(|(field, value)| form.get(field).is_some_and(|found| found.equals(value)))
}

impl View for StoreView<'_> {
    fn live(&self) -> Arc<Release> {
        Arc::clone(&self.live.release)
    }

    fn live_for(&self, cohort: Option<i64>) -> Arc<Release> {
        Arc::clone(&self.live.for_cohort(cohort).release)
    }

    fn all_live(&self) -> Vec<Arc<Release>> {
        self.live.all().map(|live| Arc::clone(&live.release)).collect()
    }

    fn release(&self, hash: &str) -> Result<Option<Arc<Release>>, ReadError> {
        if hash == self.live.release.hash {
            return Ok(Some(Arc::clone(&self.live.release)));
        }
        self.releases.get(self.reader, hash).map_err(|error| ReadError(error.to_string()))
    }

    fn organisation(&self) -> &OrganisationFile {
        &self.live.release.definitions.organisation
    }

    fn calendar(&self) -> &Calendar {
        &self.live.calendar
    }

    fn instance(&self, id: &str) -> Result<Option<Instance>, ReadError> {
        stored::get(self.reader, &keys::case(id)).map_err(read)
    }

    fn scope(&self, instance: &str, path: &ScopePath) -> Result<Option<Scope>, ReadError> {
        stored::get(self.reader, &keys::scope(instance, path)).map_err(read)
    }

    fn scopes(&self, instance: &str, limit: usize) -> Result<Vec<Scope>, ReadError> {
        let range = Range::prefix(&keys::scopes(instance));
        let mut scopes: Vec<Scope> = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        while scopes.len() < limit {
            let size = (limit - scopes.len()).min(1_000);
            let page = self.reader.scan(&range, after.as_deref(), size, Direction::Ascending);
            let page = page.map_err(|error| read(error.into()))?;
            for (key, value) in &page {
                scopes.push(stored::parse(key, value).map_err(read)?);
            }
            match page.last().filter(|_| page.len() == size) {
                Some((key, _)) => after = Some(key.clone()),
                None => break,
            }
        }
        Ok(scopes)
    }

    fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError> {
        stored::get(self.reader, &keys::record(id)).map_err(read)
    }

    fn records(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, ReadError> {
        let index = self.indexed(kind, equal);
        let prefix = index.map_or_else(
            || keys::records(kind),
            |(field, value)| keys::record_indices(kind, field, value),
        );
        let key_of = |id: &str| {
            let id = RecordId::new(kind, id);
            index.map_or_else(
                || keys::record(&id),
                |(field, value)| keys::record_index(&id, field, value),
            )
        };
        let page_size = limit.clamp(16, 1_000);
        let mut after = after.map(key_of);
        let mut found = Vec::new();
        while found.len() < limit {
            let page = self
                .reader
                .scan(&Range::prefix(&prefix), after.as_deref(), page_size, Direction::Ascending)
                .map_err(|error| read(error.into()))?;
            let full = page.len() == page_size;
            after = page.last().map(|(key, _)| key.clone());
            for (key, value) in page {
                let record = match index {
                    None => Some(stored::parse(&key, &value).map_err(read)?),
                    Some(_) => match keys::read_record_index(&key) {
                        Some(id) => self.record(&id)?,
                        None => None,
                    },
                };
                let record = record.filter(|record| found.len() < limit && record.has_had(equal));
                found.extend(record.map(Arc::new));
            }
            if !full {
                break;
            }
        }
        Ok(found)
    }

    fn cases(
        &self,
        process: &str,
        subject: Option<&RecordId>,
        form: &[(String, Value)],
    ) -> Result<Vec<CaseRow<'_>>, ReadError> {
        let places: Vec<(String, ScopePath)> = match subject {
            Some(subject) => {
                let keys = self.all_keys(&keys::all_of_subject(subject, Some(process)))?;
                keys.iter().filter_map(|key| keys::read_of_subject(key)).collect()
            }
            None => {
                let keys = self.all_keys(&keys::all_of_process(process))?;
                keys.iter().filter_map(|key| keys::read_of_process(key)).collect()
            }
        };
        let mut liveness = Liveness::new(self.reader);
        let mut rows = Vec::with_capacity(places.len());
        for (instance, path) in places {
            let row = self.row(&mut liveness, &instance, &path)?;
            rows.extend(row.filter(|row| has(&row.form, form)));
        }
        Ok(rows)
    }

    fn case(&self, instance: &str, scope: &ScopePath) -> Result<Option<CaseRow<'_>>, ReadError> {
        self.row(&mut Liveness::new(self.reader), instance, scope)
    }

    fn last_serial(&self, series: &str, bucket: &str) -> Result<u64, ReadError> {
        let last: Option<u64> =
            stored::get(self.reader, &keys::last_serial(series, bucket)).map_err(read)?;
        Ok(last.unwrap_or(0))
    }

    fn allocated(&self, series: &str, key: &str) -> Result<Option<Allocated>, ReadError> {
        stored::get(self.reader, &keys::number(series, key)).map_err(read)
    }

    fn material(&self, id: &str) -> Result<Option<MaterialInfo>, ReadError> {
        let material: Option<Material> =
            stored::get(self.reader, &keys::material(id)).map_err(read)?;
        Ok(material.map(|material| MaterialInfo { kind: material.kind, by: material.by }))
    }
}

/// Returns the form that a scope sees: its own fields first, then those of the scopes above.
pub(crate) fn merged_form(
    liveness: &mut Liveness<'_>,
    instance: &str,
    scope: &Scope,
) -> Result<Fields, StoredError> {
    let mut form = scope.form.clone();
    let mut at = scope.path.clone();
    while let Some((above, _)) = at.split() {
        if let Some(outer) = liveness.above(instance, &above)? {
            for (name, value) in outer.form {
                form.entry(name).or_insert(value);
            }
        }
        at = above;
    }
    Ok(form)
}
