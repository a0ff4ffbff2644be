//! The world as a decision sees it.
//!
//! Invariant: a decision reads through a [`View`] alone, so that it can be taken again anywhere from the same reads.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;
use xueji_calendar::Calendar;
use xueji_definition::file::OrganisationFile;
use xueji_definition::value::{Fields, Value};

use crate::path::ScopePath;
use crate::record::{Record, RecordId};
use crate::release::Release;
use crate::state::{Allocated, Instance, InstanceState, Scope};

/// What a decision may ask of the world. Answers hold all that was decided before, flushed or not.
pub trait View {
    /// Returns the live release: what new cases start on, unless their cohort has one of its own.
    fn live(&self) -> Arc<Release>;

    /// Returns the release that new cases of a cohort start on.
    fn live_for(&self, _cohort: Option<i64>) -> Arc<Release> {
        self.live()
    }

    /// Returns every live release: the one for all others first, then those of some cohorts, the latest first.
    fn all_live(&self) -> Vec<Arc<Release>> {
        vec![self.live()]
    }

    /// Returns the release of that hash.
    ///
    /// # Errors
    /// [`ReadError`] when the store cannot be read; so for all that follow.
    fn release(&self, hash: &str) -> Result<Option<Arc<Release>>, ReadError>;

    /// Returns who holds which role; of the live release, for it is asked by date.
    fn organisation(&self) -> &OrganisationFile;

    /// Returns the calendar of the live release.
    fn calendar(&self) -> &Calendar;

    /// Returns a case's header.
    fn instance(&self, id: &str) -> Result<Option<Instance>, ReadError>;

    /// Returns one scope of a case.
    fn scope(&self, instance: &str, path: &ScopePath) -> Result<Option<Scope>, ReadError>;

    /// Returns the scopes of a case, dead ones too, in the order of their paths, at most `limit`.
    fn scopes(&self, instance: &str, limit: usize) -> Result<Vec<Scope>, ReadError>;

    /// Returns a record with its history.
    fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError>;

    /// Returns the records of a type of which each field named has, or had, that value; a superset of those that have
    /// it today. In the order of their ids, after `after`, at most `limit`.
    fn records(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, ReadError>;

    /// Returns the cases of a process, and its rows that have a subject; of one subject only, when said, and only those
    /// whose form has each value named.
    fn cases(
        &self,
        process: &str,
        subject: Option<&RecordId>,
        form: &[(String, Value)],
    ) -> Result<Vec<CaseRow<'_>>, ReadError>;

    /// Returns a case, or a row of it.
    fn case(&self, instance: &str, scope: &ScopePath) -> Result<Option<CaseRow<'_>>, ReadError>;

    /// Returns the last running number given out in a bucket of a series; 0 when none was.
    fn last_serial(&self, series: &str, bucket: &str) -> Result<u64, ReadError>;

    /// Returns the number of a series that was given out for a key.
    fn allocated(&self, series: &str, key: &str) -> Result<Option<Allocated>, ReadError>;

    /// Returns an uploaded file's kind and uploader.
    fn material(&self, id: &str) -> Result<Option<MaterialInfo>, ReadError>;
}

/// A case, or a row with a subject, as facts and queries see it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow<'v> {
    /// The case.
    pub instance: Cow<'v, str>,
    /// The scope; the case's own, or the row's.
    pub scope: Cow<'v, ScopePath>,
    /// The process.
    pub process: Cow<'v, str>,
    /// What it is about.
    pub subject: Option<Cow<'v, RecordId>>,
    /// Whether it goes on.
    pub state: InstanceState,
    /// How it ended.
    pub result: Option<Cow<'v, str>>,
    /// The step at which its token stands.
    pub step: Option<Cow<'v, str>>,
    /// When the case started.
    pub started: Date,
    /// The form of the scope, and what the scopes above add to it.
    pub form: Cow<'v, Fields>,
}

/// What is known of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialInfo {
    /// The kind, told by its content.
    pub kind: xueji_definition::file::MaterialKind,
    /// Who uploaded it.
    pub by: String,
}

/// The store could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store cannot be read: {0}")]
pub struct ReadError(pub String);
