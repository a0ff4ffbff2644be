//! How the open cases of a store stand: read page by page, in part only, and counted where they stand alike.
//!
//! Invariant: each page is one moment of the store; a case is read whole within one. Of a scope only its token is read,
//! unless a form changed so that what was entered has to be looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xueji_runtime::Release;
use xueji_runtime::migration::{At, Obstacle, Token, Watched, crowded, reoffered, watched};
use xueji_runtime::parameter_value;
use xueji_runtime::state::{InstanceState, Open, Scope};
use xueji_store::{Direction, Range, Reader};

use super::fate::Stand;
use super::uses;
use crate::keys;
use crate::stored::{self, StoredError};

/// The part of a header that matters.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) process: String,
    pub(super) release: String,
    pub(super) started: Date,
    pub(super) cohort: Option<i64>,
    state: InstanceState,
}

#[derive(Deserialize)]
struct Standing {
    at: Option<String>,
    visit: u32,
    open: Option<Waits>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Waits {
    Task(Answered),
    Wait(IgnoredAny),
    Branches,
    Call(IgnoredAny),
}

#[derive(Deserialize)]
struct Answered {
    answered: Option<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    outcome: String,
}

impl Head {
    /// Returns whether the case is over.
    pub(super) fn is_over(&self) -> bool {
        self.state == InstanceState::Ended
    }
}

/// What has to be looked at in the cases of a process on a release.
pub(super) struct Lens {
    watched: Vec<Watched>,
    /// The steps whose tasks and waits a move writes anew.
    reoffered: BTreeSet<String>,
    /// Those that it writes when a changed parameter has another value for the case.
    timed: BTreeMap<String, BTreeSet<String>>,
    /// Changed parameters, each with the values for a start and cohort asked about before.
    parameters: Vec<String>,
    known: HashMap<(Date, Option<i64>), BTreeSet<String>>,
    old: Arc<Release>,
    new: Arc<Release>,
}

impl Lens {
    pub(super) fn new(
        old: Arc<Release>,
        new: Arc<Release>,
        process: &str,
        parameters: &BTreeSet<String>,
    ) -> Self {
        let watched = watched(&old, &new, process);
        let reoffered = reoffered(&old, &new, process);
        let timed = parameters.iter().map(|name| {
            let steps = uses::timed(&old, process, name).into_iter();
            let steps = steps.chain(uses::timed(&new, process, name)).map(str::to_owned);
            (name.clone(), steps.collect())
        });
        let timed = timed.collect();
        let parameters = parameters.iter().cloned().collect();
        Self { watched, reoffered, timed, parameters, known: HashMap::new(), old, new }
    }

    /// Returns what looks at where cases stand alone, their own release being unreadable.
    pub(super) fn blind(new: Arc<Release>) -> Self {
        let old = Arc::clone(&new);
        Self {
            watched: Vec::new(),
            reoffered: BTreeSet::new(),
            timed: BTreeMap::new(),
            parameters: Vec::new(),
            known: HashMap::new(),
            old,
            new,
        }
    }

    /// Returns what keeps a case from being moved at once that stands so often at some steps.
    fn crowd(
        &self,
        standing: &HashMap<String, usize>,
        concerned: &BTreeSet<String>,
    ) -> Option<Obstacle> {
        let timed = |step: &String| {
            concerned.iter().any(|name| self.timed.get(name).is_some_and(|s| s.contains(step)))
        };
        let written =
            standing.iter().filter(|(step, _)| self.reoffered.contains(*step) || timed(step));
        crowded(written.map(|(_, count)| count).sum())
    }

    /// Returns the changed parameters that have another value for a case.
    fn concerned(&mut self, head: &Head) -> BTreeSet<String> {
        let Self { known, parameters, old, new, .. } = self;
        let key = (head.started, head.cohort);
        known
            .entry(key)
            .or_insert_with(|| {
                let differs = |name: &&String| {
                    let of = |release: &Release| {
                        let all = &release.definitions.parameters.parameters;
                        let one = all.get(*name)?;
                        // One that is taken at the step's date may be asked at any date to come.
                        let at_start = one.at == xueji_definition::file::TakenAt::Start;
                        at_start.then(|| parameter_value(one, head.started, head.cohort))
                    };
                    match (of(old), of(new)) {
                        (Some(before), Some(after)) => before != after,
                        _ => true,
                    }
                };
                parameters.iter().filter(differs).cloned().collect()
            })
            .clone()
    }
}

/// Returns the headers of the next open or held cases, after a case; fewer than `limit` when these were the last.
pub(super) fn heads(
    reader: &dyn Reader,
    state: InstanceState,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Head>, StoredError> {
    let after = after.map(|id| keys::of_state(state, id));
    let range = Range::prefix(&keys::all_of_state(state));
    let page = reader.scan(&range, after.as_deref(), limit, Direction::Ascending)?;
    let ids = page.iter().filter_map(|(key, _)| keys::read_of_state(key));
    ids.filter_map(|id| head(reader, &id).transpose()).collect()
}

/// Returns a case's header.
pub(super) fn head(reader: &dyn Reader, id: &str) -> Result<Option<Head>, StoredError> {
    stored::get(reader, &keys::case(id))
}

/// Returns how a case stands.
pub(super) fn stand(
    reader: &dyn Reader,
    head: &Head,
    lens: &mut Lens,
) -> Result<Stand, StoredError> {
    let mut case = Case::default();
    let range = Range::prefix(&keys::scopes(&head.id));
    let mut after: Option<Vec<u8>> = None;
    // Most cases have a scope or two.
    let mut size = 8;
    loop {
        let page = reader.scan(&range, after.as_deref(), size, Direction::Ascending)?;
        for (key, value) in &page {
            case.scope(key, value, &lens.watched)?;
        }
        match page.last().filter(|_| page.len() == size) {
            Some((key, _)) => after = Some(key.clone()),
            None => break,
        }
        size = 1_000;
    }
    let parameters = lens.concerned(head);
    case.data.extend(lens.crowd(&case.standing, &parameters));
    Ok(Stand {
        process: head.process.clone(),
        release: head.release.clone(),
        tokens: case.tokens,
        parameters,
        data: case.data,
        elsewhere: None,
    })
}

#[derive(Default)]
struct Case {
    /// Live scopes with open branches: the step and its visit.
    openers: HashMap<String, (String, u32)>,
    tokens: BTreeSet<Token>,
    /// How many tasks and waits are open at which steps.
    standing: HashMap<String, usize>,
    data: BTreeSet<Obstacle>,
}

impl Case {
    /// Takes a scope in; those above come before it.
    fn scope(&mut self, key: &[u8], value: &[u8], watched: &[Watched]) -> Result<(), StoredError> {
        let Some((_, path)) = keys::read_scope(key) else { return Ok(()) };
        let lives = path.split().is_none_or(|(above, segment)| {
            let opener = self.openers.get(&above.to_string());
            opener.is_some_and(|(step, visit)| *step == segment.step && *visit == segment.visit)
        });
        if !lives {
            return Ok(());
        }
        let standing: Standing = if watched.is_empty() {
            stored::parse(key, value)?
        } else {
            let scope: Scope = stored::parse(key, value)?;
            self.data.extend(watched.iter().filter_map(|field| field.obstacle(&scope)));
            Standing { at: scope.at, visit: scope.visit, open: scope.open.map(Waits::from) }
        };
        let (Some(step), Some(open)) = (standing.at, standing.open) else { return Ok(()) };
        let at = match open {
            Waits::Task(Answered { answered: Some(answer) }) => At::Signatures(answer.outcome),
            Waits::Task(_) => At::Task,
            Waits::Wait(_) => At::Wait,
            Waits::Call(_) => At::Call,
            Waits::Branches => {
                self.openers.insert(path.to_string(), (step.clone(), standing.visit));
                At::Branches
            }
        };
        if matches!(at, At::Task | At::Signatures(_) | At::Wait) {
            *self.standing.entry(step.clone()).or_default() += 1;
        }
        self.tokens.insert(Token { step, at });
        Ok(())
    }
}

impl From<Open> for Waits {
    fn from(open: Open) -> Self {
        match open {
            Open::Task(task) => Self::Task(Answered {
                answered: task.answered.map(|answer| Outcome { outcome: answer.outcome }),
            }),
            Open::Wait { .. } => Self::Wait(IgnoredAny),
            Open::Branches => Self::Branches,
            Open::Call { .. } => Self::Call(IgnoredAny),
        }
    }
}
