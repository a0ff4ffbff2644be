//! What of the processes the stories and examples have tried, and what not yet.
//!
//! Invariant: a pure function of a release and of trails. What is to be tried is read from the definitions alone, so that
//! a step nobody thought of is missing and not forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use xueji_definition::Text;
use xueji_definition::file::Case;
use xueji_definition::model::{Kind, Process, Step};
use xueji_rules::{RuleSet, Said};
use xueji_runtime::Release;
use xueji_runtime::state::START;

use super::trail::{LAPSED, StepOf, Trail, Way};

/// So many of so many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Covered<T> {
    /// How many were tried.
    pub tried: usize,
    /// How many there are.
    pub all: usize,
    /// Those that were not.
    pub missing: Vec<T>,
}

/// What of one process was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProcessCoverage {
    /// The process.
    pub process: String,
    /// What it is called.
    pub title: Text,
    /// The steps entered.
    pub steps: Covered<StepOf>,
    /// The ways taken out of them.
    pub ways: Covered<(StepOf, Way)>,
    /// The rules of the process judged, satisfied and not satisfied each counted by itself.
    pub rules: Covered<(String, Said)>,
    /// The articles and boxes named by rules judged and steps entered.
    pub articles: Covered<String>,
}

impl<T> Covered<T> {
    /// Returns the share tried in hundredths, rounded down; 100 of nothing.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.tried * 100).checked_div(self.all).unwrap_or(100)
    }

    fn of(all: impl IntoIterator<Item = T>, tried: impl Fn(&T) -> bool) -> Self {
        let mut covered = Self { tried: 0, all: 0, missing: Vec::new() };
        for one in all {
            covered.all += 1;
            if tried(&one) {
                covered.tried += 1;
            } else {
                covered.missing.push(one);
            }
        }
        covered
    }

    fn add<U>(&mut self, other: &Covered<U>) {
        self.tried += other.tried;
        self.all += other.all;
    }
}

impl ProcessCoverage {
    /// Returns the least of the four shares, in hundredths.
    #[must_use]
    pub fn least(&self) -> usize {
        let shares = [self.steps.percent(), self.ways.percent(), self.rules.percent()];
        shares.into_iter().min().unwrap_or(100).min(self.articles.percent())
    }
}

/// Returns what of each process trails have tried.
#[must_use]
pub fn coverage<'t>(
    release: &Release,
    trails: impl IntoIterator<Item = &'t Trail>,
) -> Vec<ProcessCoverage> {
    let mut whole = Trail::default();
    trails.into_iter().for_each(|trail| whole.join(trail));
    let processes = release.definitions.processes.values();
    processes.map(|process| of_process(release, process, &whole)).collect()
}

fn of_process(release: &Release, process: &Process, trail: &Trail) -> ProcessCoverage {
    let at = |step: &str| StepOf::new(&process.id, step);
    let steps: Vec<StepOf> = ids(process).into_iter().map(at).collect();
    let ways = process.steps.values().flat_map(|step| {
        let from = at(&step.id);
        ways(step).into_iter().map(move |way| (from.clone(), way))
    });
    let applicant = returns(process).then(|| {
        let ways = [Way::Outcome("submit".to_owned()), Way::Deadline(LAPSED.to_owned())];
        ways.map(|way| (at(START), way))
    });
    let rules = rules_of(release, process);
    let both = rules
        .iter()
        .flat_map(|rule| [Said::Satisfied, Said::NotSatisfied].map(|said| (rule.clone(), said)));
    let said = |(rule, said): &(String, Said)| {
        trail.rules.get(rule).is_some_and(|found| found.contains(said))
    };
    ProcessCoverage {
        process: process.id.clone(),
        title: process.title.clone(),
        steps: Covered::of(steps, |step| trail.steps.contains(step)),
        ways: Covered::of(ways.chain(applicant.into_iter().flatten()), |way| {
            trail.ways.contains(way)
        }),
        rules: Covered::of(both, said),
        articles: articles(&release.rules, process, &rules, trail),
    }
}

/// Returns the steps, with the applicant's own when something leads there.
fn ids(process: &Process) -> Vec<&str> {
    let own = process.steps.keys().map(String::as_str);
    own.chain(returns(process).then_some(START)).collect()
}

fn returns(process: &Process) -> bool {
    process.steps.values().any(|step| {
        let chosen = match &step.kind {
            Kind::Gateway(gateway) => {
                gateway.otherwise == START || gateway.choices.iter().any(|c| c.next == START)
            }
            _ => false,
        };
        chosen || step.next.values().chain(step.on.values()).any(|next| next == START)
    })
}

/// Returns every way out of a step.
fn ways(step: &Step) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    let mut add = |way: Way| {
        if !ways.contains(&way) {
            ways.push(way);
        }
    };
    if let Kind::Gateway(gateway) = &step.kind {
        gateway.choices.iter().for_each(|choice| add(Way::Choice(choice.when.clone())));
        add(Way::Otherwise);
        return ways;
    }
    let written = step.next.keys().map(String::as_str);
    let timed = step.due.as_ref().and_then(|due| due.outcome.as_deref());
    let person = matches!(&step.kind, Kind::UserTask(_));
    let given = |outcome: &&str| match &step.kind {
        Kind::UserTask(task) => {
            timed != Some(*outcome) || task.outcomes.iter().any(|own| own == *outcome)
        }
        _ => true,
    };
    for outcome in written.filter(given) {
        add(Way::Outcome(outcome.to_owned()));
    }
    // Alone in its branch, a step answers for it what `next` does not name.
    if step.alone {
        let answers: Vec<&str> = match &step.kind {
            Kind::UserTask(task) => task.outcomes.iter().map(String::as_str).collect(),
            Kind::Wait(_) => step.outcomes(),
            _ => Vec::new(),
        };
        answers.into_iter().for_each(|outcome| add(Way::Outcome(outcome.to_owned())));
    }
    if let Some(outcome) = timed.filter(|_| person) {
        add(Way::Deadline(outcome.to_owned()));
    }
    step.on.keys().for_each(|message| add(Way::Message(message.clone())));
    ways
}

/// Returns the rules that a process asks: of its start, its steps, its gateways, and the queries of its rows.
#[must_use]
pub fn rules_of(release: &Release, process: &Process) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let mut judged = |own: &[String], cases: &[Case]| {
        rules.extend(own.iter().cloned());
        rules.extend(cases.iter().flat_map(|case| case.rules.iter().cloned()));
    };
    judged(&process.start.rules, &process.start.cases);
    for step in process.steps.values() {
        match &step.kind {
            Kind::UserTask(task) => judged(&task.rules, &task.cases),
            Kind::Gateway(gateway) => {
                gateway.choices.iter().for_each(|c| judged(std::slice::from_ref(&c.when), &[]));
            }
            Kind::ForEach(each) => {
                if let Some(query) = release.definitions.queries.get(&each.items) {
                    judged(&query.rules, &[]);
                }
            }
            _ => {}
        }
    }
    rules
}

/// Returns the articles of the rules, tried where one that names them was judged, and the boxes of the steps, tried
/// where one was entered.
fn articles(
    rules: &RuleSet,
    process: &Process,
    names: &BTreeSet<String>,
    trail: &Trail,
) -> Covered<String> {
    let mut tried: BTreeMap<&str, bool> = BTreeMap::new();
    for rule in names.iter().filter_map(|name| rules.get(name)) {
        let judged = trail.rules.contains_key(&rule.name);
        rule.articles.iter().for_each(|article| *tried.entry(article).or_default() |= judged);
    }
    for step in process.steps.values() {
        let entered = trail.steps.contains(&StepOf::new(&process.id, &step.id));
        step.source.iter().for_each(|source| *tried.entry(source).or_default() |= entered);
    }
    let all: Vec<String> = tried.keys().map(|article| (*article).to_owned()).collect();
    Covered::of(all, |article| tried.get(article.as_str()).copied().unwrap_or(false))
}

/// Returns the sum of all processes.
#[must_use]
pub fn total(processes: &[ProcessCoverage]) -> Total {
    let mut total = Total::default();
    for process in processes {
        total.steps.add(&process.steps);
        total.ways.add(&process.ways);
        total.rules.add(&process.rules);
        total.articles.add(&process.articles);
    }
    total
}

/// The sum of all processes; what is missing stands with each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The steps entered.
    pub steps: Covered<()>,
    /// The ways taken.
    pub ways: Covered<()>,
    /// The rules judged both ways.
    pub rules: Covered<()>,
    /// The articles and boxes.
    pub articles: Covered<()>,
}
