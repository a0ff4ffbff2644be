//! The player of scenario files: stories and examples that offices write, tried against a release.
//!
//! Invariant: each story has a store, a clock and a history of its own, so that none can help or harm another, and the
//! same files give the same results.

mod acts;
mod coverage;
mod examples;
mod expect;
mod failure;
mod stage;
mod trail;
mod uploads;
mod values;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use xueji_definition::file::{GivenRecord, Literal, Scenario, ScenarioFile};
use xueji_definition::finding::Key;
use xueji_definition::{Definitions, Sources, Text};
use xueji_rules::Tally;
use xueji_runtime::Release;

use crate::releases::{ReleaseBuilder, ReleaseError};
pub use coverage::{Covered, ProcessCoverage, Total, coverage, rules_of, total};
pub use failure::{Failure, Judged};
use failure::{Words, none};
use stage::Prepared;
pub(crate) use stage::{LONG_BEFORE, Names, Stage, long_before, put as put_of};
pub use trail::{StepOf, Trail, Way};
pub(crate) use uploads::kind as paper_kind;

/// How deeply scenario files may take over the records of others.
const WITH_DEPTH_MAX: u32 = 10;

/// Which stories and examples are played; all of them when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoryFilter {
    /// The scenario file.
    pub file: Option<String>,
    /// Words that stand in the story's name, in either language, or the name of the rule of an example.
    pub name: Option<String>,
    /// Words that stand in the name of the file or of the story.
    pub words: Option<String>,
}

impl StoryFilter {
    fn takes(&self, file: &str, name: &Text) -> bool {
        let named = |words: &String| name.zh.contains(words) || name.en.contains(words);
        self.file.as_ref().is_none_or(|wanted| wanted == file)
            && self.name.as_ref().is_none_or(named)
            && self.words.as_ref().is_none_or(|words| file.contains(words) || named(words))
    }
}

/// How one story or example went.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StoryResult {
    /// The scenario file.
    pub file: String,
    /// Its place among the stories, or the examples, of the file, from 1.
    pub number: usize,
    /// Whether it is an example of a rule.
    pub example: bool,
    /// What it is called.
    pub name: Text,
    /// What was not as expected; nothing when all was.
    pub failure: Option<Failure>,
    /// What it went through; empty unless that was asked for.
    #[serde(skip)]
    pub trail: Trail,
}

/// Plays the stories and examples of a release's sources.
///
/// # Errors
/// [`ReleaseError`] when there is no release to play them on. What a story finds wrong is in its result.
pub fn play(
    sources: &Sources,
    builder: &ReleaseBuilder,
    filter: &StoryFilter,
) -> Result<Vec<StoryResult>, ReleaseError> {
    let release = Arc::new(builder(sources).map_err(ReleaseError::Broken)?);
    play_on(&release, filter)
}

/// Plays the stories and examples that a release's own definitions hold.
///
/// # Errors
/// [`ReleaseError`] when the release's calendar contradicts itself.
pub fn play_on(
    release: &Arc<Release>,
    filter: &StoryFilter,
) -> Result<Vec<StoryResult>, ReleaseError> {
    play_files(release, |id| filter.file.as_ref().is_none_or(|file| file == id), filter, false)
}

/// Plays the stories and examples of the files chosen, and tells of each what it went through.
///
/// # Errors
/// [`ReleaseError`] when the release's calendar contradicts itself.
pub fn play_traced(
    release: &Arc<Release>,
    filter: &StoryFilter,
    chosen: impl Fn(&str) -> bool,
) -> Result<Vec<StoryResult>, ReleaseError> {
    play_files(release, chosen, filter, true)
}

fn play_files(
    release: &Arc<Release>,
    chosen: impl Fn(&str) -> bool,
    filter: &StoryFilter,
    traced: bool,
) -> Result<Vec<StoryResult>, ReleaseError> {
    let files = release.definitions.scenarios.iter().filter(|(id, _)| chosen(id));
    let files: Vec<(&String, &ScenarioFile)> = files.collect();
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    // Files share nothing but the release, which never changes: they are played side by side.
    let mut played = thread::scope(|scope| {
        let work = || {
            let mut played = Vec::new();
            while let Some((id, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                played.push((*id, play_file(release, id, file, filter, traced)));
            }
            played
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .flat_map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    played.sort_by_key(|(id, _)| *id);
    let mut results = Vec::new();
    for (_, result) in played {
        results.extend(result?);
    }
    Ok(results)
}

fn play_file(
    release: &Arc<Release>,
    id: &str,
    file: &ScenarioFile,
    filter: &StoryFilter,
    traced: bool,
) -> Result<Vec<StoryResult>, ReleaseError> {
    let takes = |name: &Text| filter.takes(id, name);
    let names = file.stories.iter().map(|story| story.name.clone());
    let mut names = names.chain(file.examples.iter().map(|e| examples::name(&release.rules, e)));
    if !names.any(|name| takes(&name)) {
        return Ok(Vec::new());
    }
    let tally = Arc::new(Tally::default());
    let counted = if traced {
        let rules = release.rules.counted(&tally);
        let definitions = release.definitions.clone();
        Arc::new(Release::new(release.hash.clone(), definitions, rules))
    } else {
        Arc::clone(release)
    };
    let release = &counted;
    let mut results = Vec::new();
    let mut add = |number: usize, example, name: &Text, failure: Option<Failure>, trail: Trail| {
        let list = if example { "examples" } else { "stories" };
        let place = || [Key::from(list), Key::from(number.saturating_sub(1))];
        let failure = failure.map(|failure| failure.under(place()));
        let trail = Trail { rules: tally.take(), ..trail };
        let (file, name) = (id.to_owned(), name.clone());
        results.push(StoryResult { file, number, example, name, failure, trail });
    };
    let prepared = Prepared::new(release, &given(&release.definitions, file, 0))?;
    for (number, story) in (1..).zip(&file.stories) {
        if takes(&story.name) {
            let (failure, trail) = tell(&prepared, release, story, traced)?;
            add(number, false, &story.name, failure, trail);
        }
    }
    for (number, example) in (1..).zip(&file.examples) {
        let name = examples::name(&release.rules, example);
        if takes(&name) {
            add(number, true, &name, examples::try_out(release, example), Trail::default());
        }
    }
    Ok(results)
}

/// Returns the records that every story of a file finds: those of the files it names, then its own.
pub(crate) fn given<'a>(
    definitions: &'a Definitions,
    file: &'a ScenarioFile,
    depth: u32,
) -> Vec<&'a GivenRecord> {
    let mut records = Vec::new();
    // A circle among files, which the check finds, ends at the bound.
    if depth < WITH_DEPTH_MAX {
        for other in file.with.iter().filter_map(|id| definitions.scenarios.get(id)) {
            records.extend(given(definitions, other, depth + 1));
        }
    }
    records.extend(&file.given);
    records
}

fn tell(
    prepared: &Prepared,
    release: &Arc<Release>,
    story: &Scenario,
    traced: bool,
) -> Result<(Option<Failure>, Trail), ReleaseError> {
    let release = if story.parameters.is_empty() {
        Arc::clone(release)
    } else {
        match with_parameters(release, &story.parameters) {
            Ok(changed) => Arc::new(changed),
            Err(failure) => return Ok((Some(*failure), Trail::default())),
        }
    };
    let mut stage = match Stage::new(prepared, Arc::clone(&release), story)? {
        Ok(stage) => stage,
        Err(failure) => return Ok((Some(failure), Trail::default())),
    };
    let mut failed = None;
    for (number, step) in (1..).zip(&story.steps) {
        if let Err(failure) = stage.step(step) {
            let place = [Key::from("steps"), Key::from(number - 1)];
            failed = Some(Failure { step: number, ..failure.under(place) });
            break;
        }
    }
    let trail = match stage.events_from(0) {
        Ok(events) if traced => Trail::of(&release, &events),
        _ => Trail::default(),
    };
    Ok((failed, trail))
}

/// Returns the release with some parameters that always have these values.
fn with_parameters(
    release: &Release,
    changed: &indexmap::IndexMap<String, Literal>,
) -> Result<Release, Box<Failure>> {
    let mut definitions = release.definitions.clone();
    let known: BTreeMap<String, ()> =
        definitions.parameters.parameters.keys().map(|k| (k.clone(), ())).collect();
    for (name, value) in changed {
        let Some(parameter) = definitions.parameters.parameters.get_mut(name) else {
            return Err(Box::new(Failure {
                act: "parameters".words(),
                what: Text::new(format!("参数 {name}"), format!("parameter `{name}`")),
                expected: known.into_keys().collect::<Vec<_>>().join(", ").words(),
                actual: none(),
                ..Failure::default()
            }));
        };
        for dated in &mut parameter.values {
            dated.value = value.clone();
        }
    }
    Ok(Release::new(release.hash.clone(), definitions, release.rules.clone()))
}
