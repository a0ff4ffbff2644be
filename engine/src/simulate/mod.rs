//! Simulation: random people, lawful and not, walk a process under the engine's invariants.
//!
//! Cases go in rounds. Each round is an office of its own that begins on the day on which one of the process's stories
//! begins, with the records of that story's file; figures of all rounds are added up.
//!
//! Invariant: pure. The same release, options and seed give the same report, on one thread or on many; what is found not
//! to hold is told by the shortest list of acts that shows it. Start reading at [`simulate`].

mod cast;
mod chance;
mod figures;
mod hands;
mod hours;
mod invariants;
mod members;
mod office;
mod records;
mod shrink;
mod stage;
mod strangers;
mod world;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde::Serialize;
use xueji_calendar::Calendar;
use xueji_runtime::Release;

use cast::Cast;
pub use figures::{Figures, QueueFigures, StepFigures};
use office::Office;
pub use shrink::{STORY_FILE, Story};
pub use stage::{Act, Invariant, Violation};
pub use world::Decide;

/// How long a task takes that nothing is said of, in minutes.
const WORK: (u64, u64) = (10, 60);

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Options {
    /// The process.
    pub process: String,
    /// How many cases somebody asks to start.
    pub cases: u64,
    /// The seed of chance.
    pub seed: u64,
    /// In how many hundredths of the moments somebody tries what they may not.
    pub unlawful: u8,
    /// How many cases come on a working day.
    pub arrivals: u64,
    /// The least and the most minutes of work at a step.
    pub work: BTreeMap<String, (u64, u64)>,
    /// How many cases a round has.
    pub round: u64,
    /// When rounds begin, in local time; when a story of the process does, if not said.
    pub from: Option<String>,
    /// What decides.
    pub decide: Decide,
}

impl Options {
    /// Returns what is usual for a process.
    #[must_use]
    pub fn new(process: impl Into<String>) -> Self {
        Self {
            process: process.into(),
            cases: 1_000,
            seed: 1,
            unlawful: 10,
            arrivals: 10,
            work: BTreeMap::new(),
            round: 100,
            from: None,
            decide: xueji_runtime::decide,
        }
    }

    fn work_at(&self, step: &str) -> (u64, u64) {
        self.work.get(step).copied().unwrap_or(WORK)
    }
}

/// What a simulation found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// What was counted, up to where something was found not to hold.
    pub figures: Figures,
    /// What does not hold, with the shortest story that shows it.
    pub failure: Option<Story>,
}

/// Why nothing can be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulateError {
    /// There is no such process.
    #[error("没有流程 {0} | there is no process `{0}`")]
    NoProcess(String),
    /// The process has no such step.
    #[error("流程没有步骤 {0} | the process has no step `{0}`")]
    NoStep(String),
    /// The calendar contradicts itself.
    #[error("日历有误 | the calendar is at fault")]
    Calendar,
}

/// Lets random people walk a process.
///
/// # Errors
/// [`SimulateError`] when there is nothing to simulate.
pub fn simulate(release: &Arc<Release>, options: &Options) -> Result<Report, SimulateError> {
    let Some(process) = release.process(&options.process) else {
        return Err(SimulateError::NoProcess(options.process.clone()));
    };
    if let Some(unknown) = options.work.keys().find(|step| process.step(step).is_none()) {
        return Err(SimulateError::NoStep(unknown.clone()));
    }
    let calendar = Calendar::new(release.definitions.calendars.clone());
    let calendar = Arc::new(calendar.map_err(|_| SimulateError::Calendar)?);
    let cast = Cast::of(release, &options.process);
    let size = options.round.max(1);
    let rounds = options.cases.div_ceil(size);
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let round = next.fetch_add(1, Ordering::Relaxed);
            if round >= rounds {
                break;
            }
            let cases = size.min(options.cases - round * size);
            let mut office = Office::open(release, &calendar, &cast, options, round, cases);
            let found = office.run().err();
            if found.is_some() {
                stop.store(true, Ordering::Relaxed);
            }
            let (log, subjects) = (office.log, office.newcomers);
            let found = found.map(|violation| (violation, log, subjects));
            done.push((round, office.figures, found));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    // Rounds are taken in their order up to the first that failed. Every one before it was begun before it, and is done.
    done.sort_by_key(|(round, ..)| *round);
    let mut figures = Figures::default();
    for (_, counted, found) in done {
        figures.add(&counted);
        figures.leave_out(process);
        if let Some((violation, log, subjects)) = found {
            let failure =
                shrink::shortest(release, &calendar, &cast, options, violation, log, &subjects);
            return Ok(Report { figures, failure: Some(failure) });
        }
    }
    Ok(Report { figures, failure: None })
}
