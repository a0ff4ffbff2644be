//! Releases: stored whole by their hash, one of them live, old ones read again when a case asks for them.
//!
//! Invariant: what goes live was accepted without an error, as exactly the sources that its hash names; a broken set of
//! sources changes nothing. What was accepted once is never judged again, so that it runs to the end of its cases.

mod asked;
mod cohorts;
mod going_live;
mod kept;
mod news;
mod proposal;
mod proposing;
mod standing;
mod table;
mod waiting;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use xueji_calendar::{Calendar, CalendarProblem, Text};
use xueji_definition::Sources;
use xueji_definition::finding::Finding;
use xueji_runtime::Release;
use xueji_runtime::record::Record;
use xueji_store::{Batch, Direction, Range, Reader, Store, large};

use crate::changes::{ApplyError, Changes, TooLarge};
use crate::index::{self, IndexedFields};
use crate::stored::{self, Live, StoredError};

use crate::{changes, keys};
pub use asked::{Deployed, Listed};
pub use cohorts::{Audience, Cohorts, NoCohorts};
pub use news::{Happened, News, ReleaseEvent, ReleaseEventKind};
pub(crate) use news::{Shown, Unshown};
pub use proposal::{
    Ask, NOTE_MAX, Origin, Proposal, ProposalState, ReleaseAct, ReleaseRefusal, Signature,
};
pub(crate) use proposing::{due, outlook};
pub(crate) use standing::{Standing, before, take_overtaken};
pub use table::{LiveTable, Stands};
pub(crate) use waiting::read_table;

/// Builds a release from its sources, or tells what is wrong with them. Its hash is that of the sources.
pub type ReleaseBuilder = Arc<dyn Fn(&Sources) -> Result<Release, Vec<Finding>> + Send + Sync>;

/// Why a release is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The sources have errors. Nothing has changed.
    #[error("定义有 {} 处错误 | the definitions have {} errors", .0.len(), .0.len())]
    Broken(Vec<Finding>),
    /// The calendar of the sources contradicts itself. Nothing has changed.
    #[error("日历有误：{zh} | the calendar is at fault: {en}")]
    Calendar {
        /// Where and what, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// The program cannot hold what a stored release says.
    #[error(
        "版本 {} 已无法读取：{zh} | release {} can no longer be read: {en}", short(.hash), short(.hash)
    )]
    Unreadable {
        /// The release.
        hash: String,
        /// Where and why, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// The store has no release of that hash.
    #[error("没有版本 {0} | there is no release {0}")]
    Unknown(String),
    /// The release is too large to be kept.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The store cannot be read or written.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

/// Returns a hash as it is told to people.
pub(crate) fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// The release that new cases start on, with what is asked of it often.
pub struct LiveRelease {
    /// The release.
    pub release: Arc<Release>,
    /// Its calendar, checked.
    pub calendar: Calendar,
    /// Since when, and who put it live.
    pub info: Live,
    pub(crate) indexed: IndexedFields,
}

impl fmt::Debug for LiveRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveRelease").field("info", &self.info).finish_non_exhaustive()
    }
}

impl LiveRelease {
    /// Returns the live form of a built release.
    ///
    /// # Errors
    /// [`ReleaseError::Calendar`] when its calendar contradicts itself.
    pub(crate) fn new(release: Arc<Release>, info: Live) -> Result<Self, ReleaseError> {
        let calendar =
            Calendar::new(release.definitions.calendars.clone()).map_err(|problems| {
                let first = problems.first();
                let say = |pick: fn(Text) -> String| {
                    let words = |problem: &CalendarProblem| {
                        format!("{}: {}", problem.route.join("/"), pick(problem.fault.text()))
                    };
                    first.map(words).unwrap_or_default()
                };
                ReleaseError::Calendar { zh: say(|text| text.zh), en: say(|text| text.en) }
            })?;
        let mut indexed = IndexedFields::new();
        for (kind, record) in &release.definitions.records.records {
            let fields =
                record.fields.iter().filter(|(_, field)| field.index).map(|(name, _)| name.clone());
            indexed.insert(kind.clone(), fields.collect());
        }
        Ok(Self { release, calendar, info, indexed })
    }
}

/// The builder, and the releases built so far.
pub(crate) struct Releases {
    builder: ReleaseBuilder,
    built: Mutex<HashMap<String, Arc<Release>>>,
}

impl Releases {
    pub(crate) fn new(builder: ReleaseBuilder) -> Self {
        Self { builder, built: Mutex::default() }
    }

    /// Returns releases of which there is only this one.
    pub(crate) fn only(release: &Arc<Release>) -> Self {
        let releases = Self::new(Arc::new(|_: &Sources| Err(Vec::new())));
        let mut built = releases.built.lock().unwrap_or_else(PoisonError::into_inner);
        built.insert(release.hash.clone(), Arc::clone(release));
        drop(built);
        releases
    }

    /// Builds a release and keeps it at hand.
    pub(crate) fn build(&self, sources: &Sources) -> Result<Arc<Release>, ReleaseError> {
        let release = Arc::new((self.builder)(sources).map_err(ReleaseError::Broken)?);
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(built.entry(release.hash.clone()).or_insert(release)))
    }

    /// Returns the release of sources that were accepted before, and keeps it at hand. Checks that came later refuse nothing.
    pub(crate) fn kept(&self, hash: &str, sources: &Sources) -> Result<Arc<Release>, ReleaseError> {
        let release = Arc::new(kept::read(hash, sources)?);
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(built.entry(release.hash.clone()).or_insert(release)))
    }

    /// Returns a release by its hash, read from the stored sources when it is not at hand.
    pub(crate) fn get(
        &self,
        reader: &dyn Reader,
        hash: &str,
    ) -> Result<Option<Arc<Release>>, ReleaseError> {
        if let Some(known) = self.built.lock().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(Some(Arc::clone(known)));
        }
        match sources(reader, hash)? {
            Some(sources) => self.kept(hash, &sources).map(Some),
            None => Ok(None),
        }
    }
}

/// Returns the sources of a stored release.
pub(crate) fn sources(reader: &dyn Reader, hash: &str) -> Result<Option<Sources>, StoredError> {
    let key = keys::release(hash);
    let bytes = large::read(reader, &key)?;
    bytes.map(|bytes| stored::parse(&key, &bytes)).transpose()
}

/// Returns the stored mark of the live release.
pub(crate) fn live(reader: &dyn Reader) -> Result<Option<Live>, StoredError> {
    stored::get(reader, &keys::live())
}

/// Returns the releases that went live, the last one first.
pub(crate) fn history(reader: &dyn Reader, limit: usize) -> Result<Vec<Live>, StoredError> {
    let page =
        reader.scan(&Range::prefix(&keys::all_live_since()), None, limit, Direction::Descending)?;
    page.iter().map(|(key, value)| stored::parse(key, value)).collect()
}

/// Returns the stored marks of the live releases of some cohorts, in the order in which they went live.
pub(crate) fn live_cohorts(reader: &dyn Reader) -> Result<Vec<Live>, StoredError> {
    Ok(stored::get(reader, &keys::live_cohorts())?.unwrap_or_default())
}

/// Returns how many releases went live.
pub(crate) fn count(reader: &dyn Reader) -> Result<u64, StoredError> {
    Ok(history(reader, 1)?.first().map_or(0, |last| last.number + 1))
}

/// Returns what puts the first release of a store live.
pub(crate) fn seeding(sources: &Sources, info: &Live) -> Result<Changes, ReleaseError> {
    let mut changes = Changes::default();
    changes.put_large(&keys::release(&info.hash), &stored::bytes(sources))?;
    changes.put_json(keys::live(), info);
    changes.put_json(keys::live_since(info.number), info);
    Ok(changes)
}

/// Indexes the record fields that a release declares and the store does not index yet. Fields no longer declared stay
/// indexed as far as they were; what is written afterwards is not, so that they are indexed anew when declared again.
pub(crate) fn index_records(store: &dyn Store, indexed: &IndexedFields) -> Result<(), StoredError> {
    let known: IndexedFields = store
        .get(&keys::indexed_fields())?
        .map(|bytes| stored::parse(&keys::indexed_fields(), &bytes))
        .transpose()?
        .unwrap_or_default();
    for (kind, fields) in indexed {
        let missing =
            |field: &&String| !known.get(kind).is_some_and(|known| known.contains(*field));
        let added: Vec<String> = fields.iter().filter(missing).cloned().collect();
        if !added.is_empty() {
            index_type(store, kind, &IndexedFields::from([(kind.clone(), added)]))?;
        }
    }
    let mut changes = Changes::default();
    changes.put_json(keys::indexed_fields(), indexed);
    apply(store, &changes)
}

fn index_type(store: &dyn Store, kind: &str, added: &IndexedFields) -> Result<(), StoredError> {
    let range = Range::prefix(&keys::records(kind));
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.scan(&range, after.as_deref(), 32, Direction::Ascending)?;
        let mut changes = Changes::default();
        for (key, value) in &page {
            let record: Record = stored::parse(key, value)?;
            for (key, value) in index::of_record(&record, added) {
                changes.put(key, value);
                // Each batch stands by itself: indexing again from the beginning does no harm.
                if changes.len() >= Batch::LIMIT {
                    apply(store, &std::mem::take(&mut changes))?;
                }
            }
        }
        apply(store, &changes)?;
        match page.last() {
            Some((key, _)) => after = Some(key.clone()),
            None => return Ok(()),
        }
    }
}

fn apply(store: &dyn Store, changes: &Changes) -> Result<(), StoredError> {
    changes::apply(store, changes).map_err(|error| match error {
        ApplyError::Store(error) => error.into(),
        ApplyError::TooLarge(error) => {
            StoredError::Shape { key: "index".to_owned(), reason: error.to_string() }
        }
    })
}
