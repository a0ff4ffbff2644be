//! A sample: tables of records and stories, played into an empty store, so that there is something to look at.
//!
//! Invariant: a sample comes in by the same ways as everything else, by records put from outside and by commands, and
//! is there whole or not at all in the sense that a fault anywhere ends the loading with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use xueji_definition::file::{ScenarioFile, ScenarioStep};
use xueji_definition::{Sources, load as read_definitions};
use xueji_store::{Store, StoreError};

use crate::clock::Clock;
use crate::core::Core;
use crate::records::Put;
use crate::releases::ReleaseBuilder;
use crate::scenario::{self, Failure, LONG_BEFORE, Stage};
use crate::submission::{OpenError, SubmitError};
use crate::table::{Mapping, RowFault, read_table};

/// The id of the stories of a sample among scenario files.
const STORIES: &str = "sample";

/// The texts of a sample.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Tables of records, each with its record type.
    pub tables: Vec<(String, Vec<u8>)>,
    /// The stories: a scenario file with the id `sample`.
    pub stories: Option<String>,
}

/// What a sample brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// How many records came from tables.
    pub records: usize,
    /// How many stories were played.
    pub stories: usize,
}

/// Why a sample was not loaded. The store is then of no further use.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The store or the definitions could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table is not right.
    #[error("样例表 {kind} 第 {} 行：{} | table `{kind}`, line {}: {}", .fault.line, .fault.message.zh, .fault.line, .fault.message.en)]
    Table {
        /// The record type.
        kind: String,
        /// The first fault.
        fault: RowFault,
    },
    /// Records could not be put.
    #[error(transparent)]
    Put(#[from] SubmitError),
    /// The stories cannot be read.
    #[error("样例故事无法读取：{0} | the sample's stories cannot be read: {0}")]
    Stories(String),
    /// A story did not go as it says.
    #[error("样例故事“{story}”：{} | the sample's story “{story}”: {}", failure.told(&|text| &text.zh), failure.told(&|text| &text.en))]
    Story {
        /// The story.
        story: String,
        /// What was not as expected.
        failure: Box<Failure>,
    },
}

/// Fills an empty store: tables first, then all stories side by side in order of time, then nothing until `until`.
///
/// # Errors
/// [`SampleError`], with the place.
pub fn load(
    store: &Arc<dyn Store>,
    builder: &ReleaseBuilder,
    seed: Sources,
    sample: &Sample,
    until: Timestamp,
) -> Result<Loaded, SampleError> {
    let stories = match &sample.stories {
        Some(text) => Some(stories(&seed, text)?),
        None => None,
    };
    let clock = Arc::new(Clock::manual(scenario::long_before()));
    let mut core = Core::open(Arc::clone(store), builder.clone(), clock, Some(seed))?;
    let mut records = 0;
    for (kind, bytes) in &sample.tables {
        let read = read_table(&core.live.release.definitions, kind, bytes, &Mapping::new());
        let mut puts = read.map_err(|faults| {
            let first = faults.into_iter().next();
            let fault = first.unwrap_or_else(|| RowFault {
                line: 1,
                column: None,
                message: Default::default(),
            });
            SampleError::Table { kind: kind.clone(), fault }
        })?;
        puts.iter_mut().for_each(|put: &mut Put| put.from = Some(LONG_BEFORE));
        records += puts.len();
        core.put_records(&puts, false)?;
        core.store.flush()?;
    }
    let mut played = 0;
    let mut stage = Stage::on(core, Arc::clone(store));
    let mut first = None;
    if let Some(file) = &stories {
        played = file.stories.len();
        first = play(&mut stage, file)?;
    }
    // The tables hold from long before; the release, from when the first case needs one.
    stage.core.date_first(first.unwrap_or(until))?;
    stage.core.advance(until)?;
    store.flush()?;
    Ok(Loaded { records, stories: played })
}

/// Reads the stories as a scenario file beside those of the definitions.
fn stories(seed: &Sources, text: &str) -> Result<ScenarioFile, SampleError> {
    let path = format!("workflows/scenarios/{STORIES}.yaml");
    let mut files = seed.files.clone();
    files.insert(path.clone(), text.to_owned());
    let loaded = read_definitions(&Sources { files });
    let mut definitions = loaded.definitions;
    let Some(mut file) = definitions.scenarios.remove(STORIES) else {
        let finding = loaded.findings.iter().find(|finding| finding.file == path);
        let place =
            finding.map(|finding| (loaded.places.place(finding), finding.message.zh.clone()));
        let words = place.map(|(at, words)| format!("{}:{}: {words}", at.line, at.column));
        return Err(SampleError::Stories(words.unwrap_or_else(|| format!("id ≠ {STORIES}"))));
    };
    let taken: Vec<_> = file.with.iter().filter_map(|id| definitions.scenarios.get(id)).collect();
    let given =
        taken.iter().flat_map(|other| other.given.clone()).chain(file.given.clone()).collect();
    file.given = given;
    Ok(file)
}

/// Plays all stories in one world, each step at its time. Returns when the first step was.
fn play(stage: &mut Stage, file: &ScenarioFile) -> Result<Option<Timestamp>, SampleError> {
    let fails = |story: &str| {
        let story = story.to_owned();
        move |failure| SampleError::Story { story, failure }
    };
    stage.put_given(file.given.iter()).map_err(fails("given"))?;
    let mut names = vec![scenario::Names::default(); file.stories.len()];
    let mut order: BTreeMap<(String, usize, usize), &ScenarioStep> = BTreeMap::new();
    for (number, story) in file.stories.iter().enumerate() {
        stage.put_given(story.given.iter()).map_err(fails(&story.name.zh))?;
        let mut at = String::new();
        for (index, step) in story.steps.iter().enumerate() {
            if let Some(later) = &step.at {
                // A bare date is nine o'clock; written out, so that texts order as times do.
                at = if later.len() > 10 { later.clone() } else { format!("{later}T09:00") };
            }
            order.insert((at.clone(), number, index), step);
        }
    }
    let mut first = None;
    for ((at, number, index), step) in order {
        let Some((story, names)) = file.stories.get(number).zip(names.get_mut(number)) else {
            continue;
        };
        stage.move_to(&at).map_err(fails(&story.name.zh))?;
        first = first.or(Some(stage.core.clock.now()));
        stage.swap_names(names);
        let step = ScenarioStep { at: None, ..step.clone() };
        let done = stage.step(&step);
        stage.swap_names(names);
        done.map_err(|mut failure| {
            failure.step = index + 1;
            fails(&story.name.zh)(failure)
        })?;
    }
    Ok(first)
}
