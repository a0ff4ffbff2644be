//! The questions that the engine answers.
//!
//! Invariant: see [`crate::queries`]; this only chooses the moment and hands over what a question needs. All of it
//! blocks, and fails with [`QueryError`] when the store cannot be read or a page mark is not one that was given out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use xueji_definition::Sources;
use xueji_runtime::record::Record;
use xueji_runtime::state::{Allocated, Instance};
use xueji_runtime::{RecordId, Recorded, Release, ScopePath};
use xueji_store::{Direction, Range, SCAN_LIMIT, large};

use crate::engine::Engine;
use crate::index::Liveness;
use crate::queries::tasks::Inbox;
use crate::queries::{
    CaseFilter, CaseView, NumberCount, Page, Paging, QueryError, RecordFilter, RecordView, Row,
    RowPage, TaskFilter, TaskView, cases, house, records, tasks,
};
use crate::stored::{
    self, FailedJob, Live, Material, Notice, Outgoing, PaperInfo, Place, Received, ReleaseEvent,
    StoredEvent, Token,
};
use crate::{keys, releases};

type Answered<T> = Result<T, QueryError>;

/// An event with its place among all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The place.
    pub sequence: u64,
    /// What happened.
    pub what: Happening,
}

/// What happened in a case, or to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// In a case.
    Case(Box<Recorded>),
    /// To a release.
    Release(ReleaseEvent),
}

/// Cases, tasks and what belongs to them.
#[allow(clippy::missing_errors_doc, reason = "the module says it once for all")]
impl Engine {
    /// Returns a case with what is open in it.
    pub fn case(&self, id: &str) -> Answered<Option<CaseView>> {
        self.read(|reader| cases::case(reader, id))
    }

    /// Returns cases, the last started first.
    pub fn cases(&self, filter: &CaseFilter, paging: &Paging) -> Answered<Page<Instance>> {
        self.read(|reader| cases::cases(reader, filter, paging))
    }

    /// Returns events of a case, the first one first.
    pub fn history(&self, id: &str, paging: &Paging) -> Answered<Page<Recorded>> {
        self.read(|reader| cases::history(reader, id, paging))
    }

    /// Returns one scope of a case: a row, a branch, or the case's own.
    pub fn row(&self, id: &str, path: &ScopePath) -> Answered<Option<Row>> {
        self.read(|reader| cases::row(reader, id, path))
    }

    /// Returns the rows that the last visit of a step opened; nothing when it has opened none.
    pub fn rows(
        &self,
        id: &str,
        above: &ScopePath,
        step: &str,
        paging: &Paging,
    ) -> Answered<Option<RowPage>> {
        self.read(|reader| cases::rows(reader, id, above, step, paging))
    }

    /// Returns an open task.
    pub fn task(&self, id: &str) -> Answered<Option<TaskView>> {
        self.read(|reader| tasks::task(reader, id))
    }

    /// Returns open tasks, whoever may do them.
    pub fn tasks(&self, filter: &TaskFilter, paging: &Paging) -> Answered<Page<TaskView>> {
        self.read(|reader| tasks::tasks(reader, filter, paging))
    }

    /// Returns how many tasks of a case are open at each step.
    pub fn open_tasks_by_step(&self, id: &str) -> Answered<BTreeMap<String, u64>> {
        self.read(|reader| tasks::counts(reader, id))
    }

    /// Returns the open tasks that reach a person: in their own right, standing in for others, assigned, to be prepared
    /// or signed, or copied.
    pub fn tasks_of(
        &self,
        person: &str,
        filter: &TaskFilter,
        paging: &Paging,
    ) -> Answered<Page<TaskView>> {
        self.inbox(person, |reader, inbox| inbox.tasks(reader, filter, paging))
    }

    /// Returns the notices that reach a person, the last one first.
    pub fn notices_of(&self, person: &str, paging: &Paging) -> Answered<Page<Notice>> {
        self.inbox(person, |reader, inbox| house::notices(reader, inbox, paging))
    }

    fn inbox<T>(
        &self,
        person: &str,
        ask: impl FnOnce(&dyn xueji_store::Reader, &Inbox<'_>) -> Answered<T>,
    ) -> Answered<T> {
        let live = self.live();
        let on = live.calendar.local_date(self.now());
        let organisation = &live.release.definitions.organisation;
        let inbox = Inbox { organisation, releases: &self.releases, person, on };
        self.read(|reader| ask(reader, &inbox))
    }

    /// Returns the scopes that wait for a message naming that key, at most 1,000.
    pub fn waiting_for(&self, message: &str, key: &str) -> Answered<Vec<(String, ScopePath)>> {
        self.read(|reader| {
            let page = reader.scan(
                &Range::prefix(&keys::waits(message, key)),
                None,
                1_000,
                Direction::Ascending,
            )?;
            let mut liveness = Liveness::new(reader);
            let mut waiting = Vec::new();
            for (instance, scope) in page.iter().filter_map(|(key, _)| keys::read_wait(key)) {
                if liveness.is_alive(&instance, &scope)? {
                    waiting.push((instance, scope));
                }
            }
            Ok(waiting)
        })
    }

    /// Returns timers that were put aside; of one case when said.
    pub fn failed_timers(
        &self,
        instance: Option<&str>,
        paging: &Paging,
    ) -> Answered<Page<FailedJob>> {
        self.read(|reader| house::failed(reader, instance, paging))
    }

    /// Returns the events of all cases, and what happened to releases, after a place, in the order of the commits.
    pub fn follow(&self, after: u64, limit: usize) -> Answered<Vec<Followed>> {
        self.read(|reader| {
            let range = Range::prefix(&keys::sequences());
            let after = keys::sequence(after);
            let page =
                reader.scan(&range, Some(&after), limit.min(SCAN_LIMIT), Direction::Ascending)?;
            let mut followed = Vec::with_capacity(page.len());
            for (key, value) in page {
                let place: Place = stored::parse(&key, &value)?;
                let what = match place.release {
                    Some(release) => Some(Happening::Release(release)),
                    None => {
                        let key = keys::event(&place.instance, place.seq);
                        let event: Option<StoredEvent> = stored::get(reader, &key)?;
                        event.map(|event| Happening::Case(Box::new(event.recorded)))
                    }
                };
                if let (Some(sequence), Some(what)) = (keys::read_sequence(&key), what) {
                    followed.push(Followed { sequence, what });
                }
            }
            Ok(followed)
        })
    }

    /// Returns the place of the last event that is durable; 0 when there is none.
    #[must_use]
    pub fn last_place(&self) -> u64 {
        self.committed.next().saturating_sub(1)
    }

    /// Waits until an event after that place is durable. Returns whether there is one.
    #[must_use]
    pub fn wait_for_events(&self, after: u64, at_most: Duration) -> bool {
        self.committed.wait(after + 1, at_most)
    }

    /// Has a function called after each flush, with the place of the last durable event. It must not block.
    pub fn on_committed(&self, listener: impl Fn(u64) + Send + Sync + 'static) {
        self.committed.listen(Box::new(listener));
    }
}

/// Records, numbers, papers, releases and the house.
#[allow(clippy::missing_errors_doc, reason = "the module says it once for all")]
impl Engine {
    /// Returns a record with its history.
    pub fn record(&self, id: &RecordId) -> Answered<Option<Record>> {
        self.read(|reader| records::record(reader, id))
    }

    /// Returns the records of a type that have these values on that date, in the order of their ids.
    pub fn records(&self, filter: &RecordFilter, paging: &Paging) -> Answered<Page<RecordView>> {
        self.read(|reader| records::records(&self.view(reader), filter, paging))
    }

    /// Returns what is known of a paper, and its page.
    pub fn paper(&self, id: &str) -> Answered<Option<(PaperInfo, String)>> {
        self.read(|reader| house::paper(reader, id))
    }

    /// Returns the papers of a case, the first one first.
    pub fn papers(&self, instance: &str, paging: &Paging) -> Answered<Page<PaperInfo>> {
        self.read(|reader| house::papers(reader, instance, paging))
    }

    /// Returns how far each bucket of a series has come; of all series when not said.
    pub fn numbers(&self, series: Option<&str>, paging: &Paging) -> Answered<Page<NumberCount>> {
        self.read(|reader| house::numbers(reader, series, paging))
    }

    /// Returns the numbers given out of a series, by what they are for.
    pub fn allocated(&self, series: &str, paging: &Paging) -> Answered<Page<Allocated>> {
        self.read(|reader| house::allocated(reader, series, paging))
    }

    /// Returns the messages of a name that were received from outside, the last one first.
    pub fn received(
        &self,
        name: &str,
        key: Option<&str>,
        paging: &Paging,
    ) -> Answered<Page<Received>> {
        self.read(|reader| house::received(reader, name, key, paging))
    }

    /// Returns what is still to leave the house, the oldest first, after a place.
    pub fn outbox(&self, after: Option<u64>, limit: usize) -> Answered<Vec<Outgoing>> {
        self.read(|reader| house::outbox(reader, after, limit.min(SCAN_LIMIT)))
    }

    /// Returns what a token stands for, by the hash of its secret. Whether it has expired is for the caller to see.
    pub fn token(&self, hash: &str) -> Answered<Option<Token>> {
        self.read(|reader| Ok(stored::get(reader, &keys::token(hash))?))
    }

    /// Returns all tokens.
    pub fn tokens(&self, paging: &Paging) -> Answered<Page<Token>> {
        self.read(|reader| house::tokens(reader, paging))
    }

    /// Returns what is known of an upload.
    pub fn material(&self, id: &str) -> Answered<Option<Material>> {
        self.read(|reader| Ok(stored::get(reader, &keys::material(id))?))
    }

    /// Returns the bytes of an upload.
    pub fn material_bytes(&self, id: &str) -> Answered<Option<Vec<u8>>> {
        self.read(|reader| Ok(large::read(reader, &keys::material_bytes(id))?))
    }

    /// Returns the releases that went live, the last one first.
    pub fn releases(&self, limit: usize) -> Answered<Vec<Live>> {
        self.read(|reader| Ok(releases::history(reader, limit.min(SCAN_LIMIT))?))
    }

    /// Returns the sources of a release.
    pub fn sources(&self, hash: &str) -> Answered<Option<Sources>> {
        self.read(|reader| Ok(releases::sources(reader, hash)?))
    }

    /// Returns a release, built again when it is not at hand.
    pub fn release(&self, hash: &str) -> Answered<Option<Arc<Release>>> {
        self.read(|reader| Ok(self.releases.get(reader, hash)?))
    }
}
