//! Gathers what [`crate::sight`] needs to say who sees what: the caller's roles today, where a subject belongs, and
//! whether the caller may take up an open task.
//!
//! Invariant: reads only; what is seen is decided in [`crate::sight`] alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_definition::Definitions;
use xueji_definition::model::{Kind, Process};
use xueji_engine::queries::{CaseFilter, Paging, QueryError, TaskFilter, TaskView};
use xueji_engine::{Engine, LiveRelease, ReleaseError};
use xueji_runtime::record::Record;
use xueji_runtime::state::{Instance, Item};
use xueji_runtime::{Perspective, RecordId, Release, ScopePath};

use crate::sight::mask::Masks;
use crate::sight::{self, Eyes, Offered, Ownership, Place, Thing, Viewer};

use super::extract::Caller;

/// Pages of the inbox that are looked through for a task on a record.
const INBOX_PAGES: usize = 4;

/// One caller's look at the house, for one request.
pub struct Look<'e> {
    /// The engine.
    pub engine: &'e Engine,
    /// The live release.
    pub live: Arc<LiveRelease>,
    /// The caller.
    pub person: String,
    /// The local date.
    pub today: Date,
    /// Now.
    pub now: Timestamp,
    places: RefCell<HashMap<RecordId, Place>>,
    hands: RefCell<Option<HashMap<RecordId, Hand>>>,
}

impl<'e> Look<'e> {
    /// Returns a caller's look at the house as it is now.
    #[must_use]
    pub fn new(engine: &'e Engine, caller: &Caller) -> Self {
        let live = engine.live();
        let now = engine.now();
        let today = live.calendar.local_date(now);
        Self {
            engine,
            live,
            person: caller.person.clone(),
            today,
            now,
            places: RefCell::default(),
            hands: RefCell::default(),
        }
    }

    /// Returns the live definitions.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.live.release.definitions
    }

    /// Returns the caller with what they may do.
    #[must_use]
    pub fn viewer(&self) -> Viewer<'_> {
        Viewer::new(&self.definitions().organisation, &self.person, self.today)
    }

    /// Returns the release of a case.
    pub fn release(&self, header: &Instance) -> Result<Arc<Release>, QueryError> {
        let found = self.engine.release(&header.release)?;
        Ok(found.unwrap_or_else(|| Arc::clone(&self.live.release)))
    }

    /// Returns the release by which a case stands in a list, where none of its data are shown: the live one when its own can
    /// no longer be read, so that one case does not keep others from being listed.
    pub fn listed(&self, hash: &str) -> Result<Arc<Release>, QueryError> {
        match self.engine.release(hash) {
            Ok(Some(release)) => Ok(release),
            Ok(None) | Err(QueryError::Release(ReleaseError::Unreadable { .. })) => {
                Ok(Arc::clone(&self.live.release))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns where something about a record belongs.
    fn place(&self, subject: Option<&RecordId>) -> Result<Place, QueryError> {
        let Some(subject) = subject else { return Ok(Place::House) };
        if let Some(known) = self.places.borrow().get(subject) {
            return Ok(known.clone());
        }
        let record = self.engine.record(subject)?;
        let place = sight::place_of(self.definitions(), record.as_ref(), &subject.kind, self.today);
        self.places.borrow_mut().insert(subject.clone(), place.clone());
        Ok(place)
    }

    /// Returns how the caller sees something about a record, or the house.
    pub fn at(
        &self,
        subject: Option<&RecordId>,
        applicant: Option<&str>,
        decides: bool,
    ) -> Result<Eyes, QueryError> {
        let place = self.place(subject)?;
        let thing = Thing {
            about: subject.cloned(),
            place,
            applicant: applicant.map(str::to_owned),
            decides,
        };
        Ok(self.viewer().eyes(&thing))
    }

    /// Returns what a record is called today.
    pub fn label(&self, id: &RecordId) -> Result<Option<String>, QueryError> {
        let kinds = &self.definitions().records.records;
        let Some(field) = kinds.get(&id.kind).and_then(|kind| kind.label.as_deref()) else {
            return Ok(None);
        };
        let record = self.engine.record(id)?;
        let value =
            record.as_ref().and_then(|r| r.value(field, self.today, None, Perspective::Local));
        Ok(value.and_then(|value| value.as_text()).map(str::to_owned))
    }

    /// Returns whether the caller may take a task up.
    #[must_use]
    pub fn takes_up(&self, task: &TaskView, process: Option<&Process>) -> bool {
        let offered = Offered {
            task: &task.task,
            subject: task.subject.as_ref(),
            process: &task.process,
            substitutes: sight::substitutes(process, &task.step),
        };
        self.viewer().takes_up(offered, self.today)
    }

    /// Returns whether the caller decides by a task that they may take up, or runs an errand with it.
    fn hand(&self, task: &TaskView, process: Option<&Process>) -> Hand {
        match self.takes_up(task, process) {
            false => Hand::None,
            true if task.subject.is_some() && sight::errand(process, &task.step) => Hand::Errand,
            true => Hand::Decides,
        }
    }

    /// Returns how the caller sees what a task of theirs is about.
    fn by_hand(
        &self,
        subject: Option<&RecordId>,
        applicant: Option<&str>,
        hand: Hand,
    ) -> Result<Eyes, QueryError> {
        let eyes = self.at(subject, applicant, hand == Hand::Decides)?;
        Ok(if hand == Hand::Errand { eyes.or(Eyes::Masked(Default::default())) } else { eyes })
    }

    /// Returns how the caller sees a task that they may know of.
    pub fn of_task(
        &self,
        task: &TaskView,
        applicant: Option<&str>,
        process: Option<&Process>,
    ) -> Result<Eyes, QueryError> {
        self.by_hand(task.subject.as_ref(), applicant, self.hand(task, process))
    }

    /// Returns how the caller sees a case as a whole, and what they see of it when they see it only in part: because a
    /// row is about them, or a task of it reaches them.
    pub fn of_case(
        &self,
        header: &Instance,
        tasks: &[TaskView],
        process: Option<&Process>,
    ) -> Result<CaseEyes, QueryError> {
        // A task on a row about somebody else decides on the row, not on the whole.
        let of_whole = |task: &&TaskView| {
            task.subject == header.subject && (header.subject.is_some() || !in_row(process, task))
        };
        let whole = tasks.iter().filter(of_whole);
        let hand = whole.map(|task| self.hand(task, process)).max().unwrap_or_default();
        let eyes = self.by_hand(header.subject.as_ref(), Some(&header.applicant), hand)?;
        if eyes.sees() {
            return Ok(CaseEyes::Whole(eyes));
        }
        let viewer = self.viewer();
        let one = Paging { after: None, limit: Some(1) };
        if let Some(own) = viewer.record() {
            let filter = CaseFilter {
                process: Some(header.process.clone()),
                subject: Some(own.clone()),
                ..CaseFilter::default()
            };
            let mine = self.engine.cases(&filter, &Paging { after: None, limit: Some(200) })?;
            if mine.items.iter().any(|case| case.id == header.id) {
                return Ok(CaseEyes::Part);
            }
        }
        let filter = TaskFilter { instance: Some(header.id.clone()), ..TaskFilter::default() };
        let reached = !self.engine.tasks_of(&self.person, &filter, &one)?.items.is_empty();
        Ok(if reached { CaseEyes::Part } else { CaseEyes::Closed })
    }

    /// Returns how the caller sees a row, or a branch, of a case that they see so.
    pub fn of_scope(
        &self,
        header: &Instance,
        whole: &CaseEyes,
        path: &ScopePath,
        task: Option<&TaskView>,
        process: Option<&Process>,
    ) -> Result<Eyes, QueryError> {
        let hand = task.map(|task| self.hand(task, process)).unwrap_or_default();
        match self.row_subject(&header.id, path)? {
            Some(subject) if Some(&subject) != header.subject.as_ref() => {
                self.by_hand(Some(&subject), None, hand)
            }
            _ if hand == Hand::Decides => Ok(Eyes::Open),
            _ => Ok(whole.eyes()),
        }
    }

    /// Returns what the row is about in which a scope stands: its subject, or the person's record that is its item.
    pub fn row_subject(
        &self,
        instance: &str,
        path: &ScopePath,
    ) -> Result<Option<RecordId>, QueryError> {
        let mut at = path.clone();
        while !at.is_root() {
            let Some(row) = self.engine.row(instance, &at)? else { return Ok(None) };
            let item = match row.scope.item {
                Some(Item::Record(record)) => Some(record),
                _ => None,
            };
            let personal = |record: &RecordId| {
                sight::ownership(self.definitions(), &record.kind) != Ownership::House
            };
            if let Some(subject) = row.scope.subject.or(item.filter(personal)) {
                return Ok(Some(subject));
            }
            let Some((above, _)) = at.split() else { break };
            at = above;
        }
        Ok(None)
    }

    /// Returns how the caller sees a record.
    pub fn of_record(&self, record: &Record) -> Result<Eyes, QueryError> {
        let definitions = self.definitions();
        let owner = match sight::ownership(definitions, &record.id.kind) {
            Ownership::House => {
                return Ok(self.at(None, None, false)?.or(Eyes::Masked(Default::default())));
            }
            Ownership::Itself => record.id.clone(),
            Ownership::Named { field, kind } => {
                let named = record.value(field, self.today, None, Perspective::Local);
                match named.and_then(|value| value.as_text()) {
                    Some(id) => RecordId::new(kind, id),
                    None => record.id.clone(),
                }
            }
        };
        let eyes = self.at(Some(&owner), None, false)?;
        if eyes == Eyes::Open {
            return Ok(eyes);
        }
        self.by_hand(Some(&owner), None, self.hand_on(&owner)?)
    }

    /// Returns what the caller's inbox has about a record, but for copies. The inbox is read once.
    fn hand_on(&self, record: &RecordId) -> Result<Hand, QueryError> {
        let of = |hands: &HashMap<RecordId, Hand>| hands.get(record).copied().unwrap_or_default();
        if let Some(known) = self.hands.borrow().as_ref() {
            return Ok(of(known));
        }
        let mut hands: HashMap<RecordId, Hand> = HashMap::new();
        let mut paging = Paging { after: None, limit: Some(500) };
        for _ in 0..INBOX_PAGES {
            let page = self.engine.tasks_of(&self.person, &TaskFilter::default(), &paging)?;
            for task in &page.items {
                let Some(subject) = task.subject.clone() else { continue };
                let release = self.listed(&task.release)?;
                let process = release.process(&task.process);
                let known = hands.entry(subject).or_default();
                *known = (*known).max(self.hand(task, process));
            }
            match page.next {
                Some(next) => paging.after = Some(next),
                None => break,
            }
        }
        let found = of(&hands);
        *self.hands.borrow_mut() = Some(hands);
        Ok(found)
    }

    /// Returns the masks for a case's forms.
    #[must_use]
    pub fn masks<'a>(&self, release: &'a Release, process: &str, eyes: Eyes) -> Masks<'a> {
        Masks::new(&release.definitions, release.process(process), eyes)
    }
}

/// What somebody has to do with a thing by the tasks that they may take up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Hand {
    /// Nothing.
    #[default]
    None,
    /// An errand.
    Errand,
    /// A decision.
    Decides,
}

/// How somebody sees a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseEyes {
    /// Not at all.
    Closed,
    /// Its header, and those rows and tasks that are theirs.
    Part,
    /// As a whole.
    Whole(Eyes),
}

impl CaseEyes {
    /// Returns whether anything is seen.
    #[must_use]
    pub fn sees(&self) -> bool {
        *self != Self::Closed
    }

    /// Returns how what belongs to the case itself is seen.
    #[must_use]
    pub fn eyes(&self) -> Eyes {
        match self {
            Self::Whole(eyes) => eyes.clone(),
            Self::Part | Self::Closed => Eyes::Closed,
        }
    }
}

/// Returns whether a task stands in a row of a for-each.
fn in_row(process: Option<&Process>, task: &TaskView) -> bool {
    let opens_rows = |step: &str| {
        let step = process.and_then(|process| process.step(step));
        step.is_some_and(|step| matches!(step.kind, Kind::ForEach(_)))
    };
    task.scope.segments().iter().any(|segment| opens_rows(&segment.step))
}
