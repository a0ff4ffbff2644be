//! Parameters of two releases on dates and for cohorts, each stretch of time worked out once.
//!
//! Invariant: between two boundaries of dates and of cohorts no parameter changes, so that one answer serves all cases there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use xueji_definition::Definitions;
use xueji_definition::model::{Ask, CalendarQuestion, Fact, Test};
use xueji_definition::value::Value;
use xueji_rules::{Expression, Inputs};
use xueji_runtime::parameters_at;

/// How deep facts may read facts.
const FACT_DEPTH_MAX: u32 = 4;

/// What parameters and facts are on a date for a cohort, and how that differs from before.
#[derive(Debug)]
pub(super) struct Settings {
    /// Inputs that hold the edited parameters.
    pub(super) inputs: Inputs,
    /// The parameters by dotted name: before, and edited.
    pub(super) changed: BTreeMap<String, (Option<Value>, Option<Value>)>,
    /// The facts whose recorded values are not what the edited definitions would find.
    pub(super) stale: BTreeSet<String>,
}

type Key = (usize, usize, Option<usize>);

/// The settings by stretch of time and cohorts.
#[derive(Debug)]
pub(super) struct Dates {
    old: Definitions,
    edited: Definitions,
    days: Vec<Date>,
    cohorts: Vec<i64>,
    edited_facts: BTreeSet<String>,
    known: Mutex<HashMap<Key, Arc<Settings>>>,
}

impl Dates {
    /// Returns the settings of an old and an edited release.
    pub(super) fn of(old: &Definitions, edited: &Definitions) -> Self {
        let (mut days, mut cohorts) = (BTreeSet::new(), BTreeSet::new());
        for definitions in [old, edited] {
            let all = definitions.parameters.parameters.values();
            for value in all.flat_map(|parameter| &parameter.values) {
                days.extend(value.from);
                days.extend(value.to.and_then(|to| to.tomorrow().ok()));
                cohorts.extend(value.cohort_from);
                cohorts.extend(value.cohort_to.and_then(|to| to.checked_add(1)));
            }
        }
        Self {
            // Only what settings rest on is kept.
            old: resting(old),
            edited: resting(edited),
            days: days.into_iter().collect(),
            cohorts: cohorts.into_iter().collect(),
            edited_facts: edited_facts(old, edited),
            known: Mutex::default(),
        }
    }

    /// Returns the settings for a case that started on a date, asked on another.
    pub(super) fn settings(
        &self,
        started: Date,
        today: Date,
        cohort: Option<i64>,
    ) -> Arc<Settings> {
        let stretch = |day: Date| self.days.partition_point(|boundary| *boundary <= day);
        let group = cohort.map(|cohort| self.cohorts.partition_point(|bound| *bound <= cohort));
        let key = (stretch(started), stretch(today), group);
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let settings = Arc::new(self.work_out(started, today, cohort));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(key).or_insert(settings))
    }

    fn work_out(&self, started: Date, today: Date, cohort: Option<i64>) -> Settings {
        let before = parameters_at(&self.old, started, today, cohort);
        let now = parameters_at(&self.edited, started, today, cohort);
        let names = self.old.parameters.parameters.keys();
        let mut changed = BTreeMap::new();
        for name in names.chain(self.edited.parameters.parameters.keys()) {
            let (then, now) = (before.at(name), now.at(name));
            if then != now {
                changed.insert(name.clone(), (then.cloned(), now.cloned()));
            }
        }
        let mut stale = self.edited_facts.clone();
        for (name, fact) in &self.edited.facts {
            let mut read = BTreeSet::new();
            reads(&self.edited, fact, 0, &mut read);
            let moved = |name: &String| {
                changed.keys().any(|changed| {
                    changed == name
                        || changed.starts_with(&format!("{name}."))
                        || name.starts_with(&format!("{changed}."))
                })
            };
            if read.iter().any(moved) {
                stale.insert(name.clone());
            }
        }
        Settings { inputs: Inputs::new().with("param", now), changed, stale }
    }
}

fn resting(definitions: &Definitions) -> Definitions {
    Definitions {
        parameters: definitions.parameters.clone(),
        facts: definitions.facts.clone(),
        ..Definitions::default()
    }
}

/// Returns the facts that ask something else than before, directly or by way of another fact.
fn edited_facts(old: &Definitions, edited: &Definitions) -> BTreeSet<String> {
    let calendar = goes_on(old, edited);
    let same = |name: &String, fact: &Fact| {
        let before = old.facts.get(name).map(|fact| &fact.ask);
        before == Some(&fact.ask) && (calendar || !matches!(fact.ask, Ask::Calendar { .. }))
    };
    let mut stale: BTreeSet<String> = edited
        .facts
        .iter()
        .filter(|(name, fact)| !same(name, fact))
        .map(|(name, _)| name.clone())
        .collect();
    for _ in 0..FACT_DEPTH_MAX {
        for (name, fact) in &edited.facts {
            let by_way = expressions(fact).any(|text| {
                let reads =
                    Expression::compile(text).map(|e| e.reads().to_vec()).unwrap_or_default();
                reads.iter().any(|read| {
                    let fact =
                        read.path.strip_prefix("fact.").and_then(|rest| rest.split('.').next());
                    fact.is_some_and(|fact| stale.contains(fact))
                })
            });
            if by_way {
                stale.insert(name.clone());
            }
        }
    }
    stale
}

/// Tells whether the edited calendar says the same as before of everything that the old one knew: later years and terms may
/// have come in.
fn goes_on(old: &Definitions, edited: &Definitions) -> bool {
    let (old, edited) = (&old.calendars, &edited.calendars);
    old.time_zone == edited.time_zone
        && old.years.iter().all(|(year, told)| edited.years.get(year) == Some(told))
        && old.terms.iter().all(|term| edited.terms.contains(term))
        && old.windows == edited.windows
        && old.days == edited.days
}

/// Gathers the parameters that a fact reads, also by way of other facts.
fn reads(definitions: &Definitions, fact: &Fact, depth: u32, into: &mut BTreeSet<String>) {
    for text in expressions(fact) {
        let Ok(expression) = Expression::compile(text) else { continue };
        for read in expression.reads() {
            if let Some(name) = read.path.strip_prefix("param.") {
                into.insert(name.to_owned());
            }
            let other = read.path.strip_prefix("fact.").and_then(|rest| rest.split('.').next());
            let other = other.and_then(|name| definitions.facts.get(name));
            if let Some(other) = other.filter(|_| depth < FACT_DEPTH_MAX) {
                reads(definitions, other, depth + 1, into);
            }
        }
    }
}

/// Returns the texts of a fact's expressions.
fn expressions(fact: &Fact) -> impl Iterator<Item = &str> {
    let mut all = Vec::new();
    match &fact.ask {
        Ask::Rows { conditions, rank_by, .. } => {
            for condition in conditions {
                match &condition.test {
                    Test::SameAs(expr)
                    | Test::OtherThan(expr)
                    | Test::Below(expr)
                    | Test::AtMost(expr)
                    | Test::Above(expr)
                    | Test::AtLeast(expr) => all.push(expr.0.as_str()),
                    Test::Is(_) | Test::IsNot(_) | Test::In(_) | Test::Present(_) => {}
                }
            }
            all.extend(rank_by.iter().map(|by| by.own.0.as_str()));
        }
        Ask::Calendar { on, question } => {
            all.extend(on.as_ref().map(|expr| expr.0.as_str()));
            match question {
                CalendarQuestion::PlusWorkingDays(expr)
                | CalendarQuestion::WorkingDaysSince(expr)
                | CalendarQuestion::TermsSince(expr) => all.push(expr.0.as_str()),
                _ => {}
            }
        }
    }
    all.into_iter()
}
