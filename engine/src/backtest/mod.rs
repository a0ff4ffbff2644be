//! Decided cases judged again under edited rules, from what was recorded of them.
//!
//! At each moment at which rules were judged (a start, an answer, a gateway) the edited list of rules is worked out anew and
//! judged on what the history holds: what rules read then, the form as it stood, who, when, and the edited parameters at the
//! case's date and cohort.
//!
//! Invariant: nothing is touched, and nothing is guessed: a rule that reads what was not recorded is told as "cannot tell".

mod case;
mod dates;
mod known;
mod moment;
mod report;

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::civil::Date;
use jiff::tz::Offset;
use xueji_runtime::state::{Instance, InstanceState};
use xueji_runtime::{Recorded, Release};

use crate::past::Past;
use crate::queries::{CaseFilter, PAGE_MAX, Paging, QueryError};

pub use report::{
    CannotTell, Change, ChangeKind, Consequence, ParameterChange, Report, RuleCount, Side, Why,
};

/// Cases judged at a time by all threads together.
const BATCH: usize = 4_096;

/// Which cases are judged again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Era {
    /// The first day on which they started.
    pub since: Date,
    /// The last day on which they started.
    pub until: Option<Date>,
    /// The process; all when not said.
    pub process: Option<String>,
    /// Cases that still go on are judged, too.
    pub open: bool,
}

impl Era {
    fn takes(&self, header: &Instance) -> bool {
        self.since <= header.started
            && self.until.is_none_or(|until| header.started <= until)
            && (self.open || header.state == InstanceState::Ended)
    }
}

/// Judges the cases of an era again under an edited release.
///
/// # Errors
/// The store cannot be read, or the release of a case can no longer be built.
pub fn backtest(
    past: &Past,
    era: &Era,
    edited: &Arc<Release>,
    offset: Offset,
) -> Result<Report, QueryError> {
    let mut report = Report::new(era, edited);
    let state = (!era.open).then_some(InstanceState::Ended);
    let filter = CaseFilter { process: era.process.clone(), state, ..CaseFilter::default() };
    let mut paging = Paging { after: None, limit: Some(PAGE_MAX) };
    let mut batch: Vec<Instance> = Vec::new();
    let mut trials: HashMap<String, Arc<Trial>> = HashMap::new();
    loop {
        let page = past.cases(&filter, &paging)?;
        batch.extend(page.items.into_iter().filter(|header| era.takes(header)));
        let last = page.next.is_none();
        if last || batch.len() >= BATCH {
            for header in &batch {
                if !trials.contains_key(&header.release) {
                    let trial = Trial::new(past, &header.release, edited, offset)?;
                    trials.insert(header.release.clone(), Arc::new(trial));
                }
            }
            report.merge(judge(past, &trials, &batch)?);
            batch.clear();
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    report.close();
    Ok(report)
}

/// Judges cases on all processors.
fn judge(
    past: &Past,
    trials: &HashMap<String, Arc<Trial>>,
    batch: &[Instance],
) -> Result<Report, QueryError> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(batch.len().max(1));
    let results = thread::scope(|scope| {
        let work = || {
            let mut report = Report::default();
            while let Some(header) = batch.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Some(trial) = trials.get(&header.release) {
                    trial.case(header, &history(past, &header.id)?, &mut report);
                }
            }
            Ok(report)
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect::<Result<Vec<Report>, QueryError>>()
    })?;
    let mut all = Report::default();
    results.into_iter().for_each(|report| all.merge(report));
    Ok(all)
}

/// Returns all events of a case.
fn history(past: &Past, id: &str) -> Result<Vec<Recorded>, QueryError> {
    let mut paging = Paging { after: None, limit: Some(PAGE_MAX) };
    let mut events = Vec::new();
    loop {
        let page = past.history(id, &paging)?;
        events.extend(page.items);
        match page.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(events),
        }
    }
}

/// An edited release against the one on which cases were decided.
pub struct Trial {
    old: Arc<Release>,
    edited: Arc<Release>,
    offset: Offset,
    dates: dates::Dates,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("old", &self.old.hash).finish_non_exhaustive()
    }
}

impl Trial {
    fn new(
        past: &Past,
        old: &str,
        edited: &Arc<Release>,
        offset: Offset,
    ) -> Result<Self, QueryError> {
        // Without the old definitions nobody knows which fields were asked for, so that none counts as left empty.
        let old = match past.release(old)? {
            Some(old) => old,
            None => Arc::new(Release::new(old, Default::default(), Default::default())),
        };
        Ok(Self::between(old, Arc::clone(edited), offset))
    }

    /// Returns the trial of an edited release on cases of an old one.
    #[must_use]
    pub fn between(old: Arc<Release>, edited: Arc<Release>, offset: Offset) -> Self {
        let dates = dates::Dates::of(&old.definitions, &edited.definitions);
        Self { old, edited, offset, dates }
    }
}
