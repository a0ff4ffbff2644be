//! The world as it would be after a decision.
//!
//! Invariant: the case that was decided on is as the decision leaves it; all else is as it was.

use std::sync::Arc;

use xueji_calendar::Calendar;
use xueji_definition::file::OrganisationFile;
use xueji_definition::value::Value;

use crate::path::ScopePath;
use crate::record::{Record, RecordId};
use crate::release::Release;
use crate::state::{Allocated, Instance, Scope, State};
use crate::view::{CaseRow, MaterialInfo, ReadError, View};

pub(super) struct After<'a> {
    pub(super) view: &'a dyn View,
    pub(super) state: &'a State,
}

impl After<'_> {
    fn is_of(&self, instance: &str) -> bool {
        self.state.instance.as_ref().is_some_and(|header| header.id == instance)
    }

    fn changed(&self, path: &ScopePath) -> Option<Scope> {
        self.state.scopes.get(&path.to_string()).cloned()
    }
}

impl View for After<'_> {
    fn live(&self) -> Arc<Release> {
        self.view.live()
    }

    fn release(&self, hash: &str) -> Result<Option<Arc<Release>>, ReadError> {
        self.view.release(hash)
    }

    fn organisation(&self) -> &OrganisationFile {
        self.view.organisation()
    }

    fn calendar(&self) -> &Calendar {
        self.view.calendar()
    }

    fn instance(&self, id: &str) -> Result<Option<Instance>, ReadError> {
        if self.is_of(id) { Ok(self.state.instance.clone()) } else { self.view.instance(id) }
    }

    fn scope(&self, instance: &str, path: &ScopePath) -> Result<Option<Scope>, ReadError> {
        match self.changed(path).filter(|_| self.is_of(instance)) {
            Some(scope) => Ok(Some(scope)),
            None => self.view.scope(instance, path),
        }
    }

    fn scopes(&self, instance: &str, limit: usize) -> Result<Vec<Scope>, ReadError> {
        let mut scopes = self.view.scopes(instance, limit)?;
        if self.is_of(instance) {
            for scope in &mut scopes {
                if let Some(changed) = self.changed(&scope.path) {
                    *scope = changed;
                }
            }
        }
        Ok(scopes)
    }

    fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError> {
        self.view.record(id)
    }

    fn records(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, ReadError> {
        self.view.records(kind, equal, after, limit)
    }

    fn cases(
        &self,
        process: &str,
        subject: Option<&RecordId>,
        form: &[(String, Value)],
    ) -> Result<Vec<CaseRow<'_>>, ReadError> {
        self.view.cases(process, subject, form)
    }

    fn case(&self, instance: &str, scope: &ScopePath) -> Result<Option<CaseRow<'_>>, ReadError> {
        self.view.case(instance, scope)
    }

    fn last_serial(&self, series: &str, bucket: &str) -> Result<u64, ReadError> {
        self.view.last_serial(series, bucket)
    }

    fn allocated(&self, series: &str, key: &str) -> Result<Option<Allocated>, ReadError> {
        self.view.allocated(series, key)
    }

    fn material(&self, id: &str) -> Result<Option<MaterialInfo>, ReadError> {
        self.view.material(id)
    }
}
