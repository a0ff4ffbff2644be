//! What is past, read from a store: that of a running engine, or one that no engine is at work on.
//!
//! Invariant: reads only; on a store that nobody else has open, the one thing it ever writes is the rest of a change that
//! was acknowledged before.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use xueji_runtime::record::Record;
use xueji_runtime::state::Instance;
use xueji_runtime::{RecordId, Recorded, Release};
use xueji_store::{Reader, Store, settled};

use crate::changes;
use crate::engine::Engine;
use crate::queries::{CaseFilter, Page, Paging, QueryError, cases, records};
use crate::releases::{self, LiveRelease, ReleaseBuilder, ReleaseError, Releases};
use crate::stored;
use crate::submission::OpenError;

/// The longest that a question waits for what it saw to be durable.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// The past of a house.
#[derive(Clone)]
pub struct Past {
    store: Arc<dyn Store>,
    releases: Arc<Releases>,
    gate: Arc<RwLock<()>>,
}

impl std::fmt::Debug for Past {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Past").finish_non_exhaustive()
    }
}

impl Past {
    /// Opens the past of a store on which no engine is at work. No clock runs, and nothing falls due.
    ///
    /// # Errors
    /// [`OpenError::Interrupted`] when an interrupted change could not be finished.
    pub fn open(store: Arc<dyn Store>, builder: ReleaseBuilder) -> Result<Self, OpenError> {
        changes::recover(&*store).map_err(|error| OpenError::Interrupted(error.to_string()))?;
        store.flush()?;
        Ok(Self { store, releases: Arc::new(Releases::new(builder)), gate: Arc::default() })
    }

    /// Reads from one moment, and returns once all that it showed is durable.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        settled(&*self.store, SETTLED_WITHIN, move |reader| {
            let answer = read(reader);
            drop(open);
            answer
        })
    }
}

type Answered<T> = Result<T, QueryError>;

#[allow(clippy::missing_errors_doc, reason = "each fails only when the store cannot be read")]
impl Past {
    /// Returns the release that was live last; nothing in a store that never had one.
    pub fn live(&self) -> Answered<Option<LiveRelease>> {
        let info = self.read(|reader| Ok(releases::live(reader)?))?;
        let Some(info) = info else { return Ok(None) };
        let release = self.release(&info.hash)?;
        let release = release.ok_or_else(|| ReleaseError::Unknown(info.hash.clone()))?;
        Ok(Some(LiveRelease::new(release, info)?))
    }

    /// Returns a release, built again when it is not at hand.
    pub fn release(&self, hash: &str) -> Answered<Option<Arc<Release>>> {
        self.read(|reader| Ok(self.releases.get(reader, hash)?))
    }

    /// Returns the header of a case.
    pub fn header(&self, id: &str) -> Answered<Option<Instance>> {
        self.read(|reader| Ok(stored::get(reader, &crate::keys::case(id))?))
    }

    /// Returns cases, the last started first.
    pub fn cases(&self, filter: &CaseFilter, paging: &Paging) -> Answered<Page<Instance>> {
        self.read(|reader| cases::cases(reader, filter, paging))
    }

    /// Returns events of a case, the first one first.
    pub fn history(&self, id: &str, paging: &Paging) -> Answered<Page<Recorded>> {
        self.read(|reader| cases::history(reader, id, paging))
    }

    /// Returns a record with its history.
    pub fn record(&self, id: &RecordId) -> Answered<Option<Record>> {
        self.read(|reader| records::record(reader, id))
    }
}

impl Engine {
    /// Returns the past of this engine's store.
    #[must_use]
    pub fn past(&self) -> Past {
        Past {
            store: Arc::clone(&self.store),
            releases: Arc::clone(&self.releases),
            gate: Arc::clone(&self.gate),
        }
    }
}
