//! The workflow nets of a process: one a scope, each with one token.
//!
//! Invariant: a net is a state machine with one source and one sink. Its names follow `docs/semantics.md`, "Net and log"; the
//! export of a log takes them from here.

use std::collections::BTreeMap;

use xueji_definition::model::{Kind, Process, Step, Within};

use crate::chart::{Chart, START, Scope};
use crate::ways::{Target, Way, Word};

/// The outcome with which the applicant hands in.
pub const SUBMIT: &str = "submit";

/// How a case ends that its applicant did not mend in time.
pub const LAPSED: &str = "lapsed";

/// Returns the activity of a step that was answered: a transition's label, and an event's name in a log.
#[must_use]
pub fn activity(step: &str, outcome: &str) -> String {
    format!("{step}:{outcome}")
}

/// Returns which net a scope is a run of: the process's id, for a branch followed by the step that opened it and the branch's name,
/// for a row by the step and `body`.
#[must_use]
pub fn net_id(process: &str, within: Option<&Within>) -> String {
    match within {
        None => process.to_owned(),
        Some(Within { step, branch }) => format!("{process}.{step}.{branch}"),
    }
}

/// Returns the step's activity when an earlier answer of it still holds: its first outcome, the only one that is kept.
#[must_use]
pub fn kept_activity(process: &Process, step: &str) -> Option<String> {
    match &process.steps.get(step)?.kind {
        Kind::UserTask(task) => task.outcomes.first().map(|outcome| activity(step, outcome)),
        _ => None,
    }
}

/// Returns the activity of arriving at an end; nothing for any other step.
#[must_use]
pub fn end_activity(process: &Process, step: &str) -> Option<String> {
    match &process.steps.get(step)?.kind {
        Kind::End { result, .. } => Some(activity(step, result)),
        _ => None,
    }
}

/// A workflow net.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Net {
    /// Its id, which a trace names as its `net`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The places: the source first, the sink last.
    pub places: Vec<Place>,
    /// The transitions.
    pub transitions: Vec<Transition>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id, unique in the net.
    pub id: String,
    /// What it is called.
    pub title: String,
}

/// A transition; in a state machine each has one place before and one after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Its id, unique in the net.
    pub id: String,
    /// The activity; nothing if it is silent.
    pub label: Option<String>,
    /// The place before, by its index.
    pub from: usize,
    /// The place after, by its index.
    pub to: usize,
}

/// Returns the nets of a process, the case's own last.
#[must_use]
pub fn nets(chart: &Chart<'_>) -> Vec<Net> {
    chart.scopes().iter().map(|scope| net(chart, scope)).collect()
}

fn net(chart: &Chart<'_>, scope: &Scope<'_>) -> Net {
    let steps = chart.steps(scope.within);
    let own = scope.within.is_none();
    let mut build = Build::default();
    build.place("source", "source");
    if own {
        build.place(START, chart.say("申请人", "the applicant"));
    }
    for step in &steps {
        build.place(&format!("at.{}", step.id), chart.text(&step.title));
    }
    build.place("sink", "sink");

    build.silent("begin", "source", &if own { START.to_owned() } else { at(scope.entry) });
    if own {
        build.labelled(START, SUBMIT, START, &at(scope.entry));
        build.labelled(START, LAPSED, START, "sink");
        build.silent("leave.start", START, "sink");
    }
    for step in steps {
        ways(chart, &mut build, step, own);
    }
    let id = net_id(&chart.process.id, scope.within);
    let title = match scope.within {
        None => chart.text(&chart.process.title).to_owned(),
        Some(within) => {
            let opener = chart.process.steps.get(&within.step);
            let entry = chart.process.steps.get(scope.entry);
            let [opener, entry] =
                [opener, entry].map(|step| step.map(|step| chart.title(step)).unwrap_or_default());
            // Branches of one step are told apart by what they begin with.
            format!("{opener} · {entry}")
        }
    };
    Net { id, title, places: build.places, transitions: build.transitions }
}

fn at(step: &str) -> String {
    format!("at.{step}")
}

fn ways(chart: &Chart<'_>, build: &mut Build, step: &Step, own: bool) {
    let here = at(&step.id);
    for Way { word, to } in chart.ways(step) {
        let there = match to {
            Target::Step(next) => at(next),
            Target::Start if own => START.to_owned(),
            // Back to the applicant ends the branch.
            Target::Start | Target::Answer(_) => "sink".to_owned(),
        };
        match word {
            Word::Outcome(word) | Word::Message(word) => {
                build.labelled(&step.id, word, &here, &there);
            }
            Word::Choice(rule) => build.silent(&format!("{}.{rule}", step.id), &here, &there),
            Word::Otherwise => build.silent(&format!("{}.else", step.id), &here, &there),
        }
    }
    if let Kind::End { result, .. } = &step.kind {
        build.labelled(&step.id, result, &here, "sink");
    }
    if own && returns_below(chart, step) {
        build.silent(&format!("return.{}", step.id), &here, START);
    }
    if rests(step) {
        build.silent(&format!("leave.{}", step.id), &here, "sink");
    }
}

/// Tells whether a token may stay at a step.
fn rests(step: &Step) -> bool {
    !matches!(step.kind, Kind::ServiceTask { .. } | Kind::Gateway(_) | Kind::End { .. })
}

/// Tells whether a branch somewhere under a step goes back to the applicant.
pub(crate) fn returns_below(chart: &Chart<'_>, step: &Step) -> bool {
    chart.opened_by_id(&step.id).any(|inner| {
        chart.ways(inner).iter().any(|way| way.to == Target::Start) || returns_below(chart, inner)
    })
}

impl<'a> Chart<'a> {
    /// Returns the steps of all scopes that a step opens.
    pub(crate) fn opened_by_id(&self, opener: &str) -> impl Iterator<Item = &'a Step> {
        let opener = opener.to_owned();
        let process = self.process;
        process
            .steps
            .values()
            .filter(move |step| step.within.as_ref().is_some_and(|within| within.step == opener))
    }
}

#[derive(Default)]
struct Build {
    places: Vec<Place>,
    transitions: Vec<Transition>,
    ids: BTreeMap<String, usize>,
}

impl Build {
    fn place(&mut self, id: &str, title: &str) {
        self.places.push(Place { id: id.to_owned(), title: title.to_owned() });
    }

    fn labelled(&mut self, step: &str, outcome: &str, from: &str, to: &str) {
        let label = activity(step, outcome);
        self.transition(&format!("{step}.{outcome}"), Some(label), from, to);
    }

    fn silent(&mut self, id: &str, from: &str, to: &str) {
        self.transition(id, None, from, to);
    }

    fn transition(&mut self, id: &str, label: Option<String>, from: &str, to: &str) {
        let index = |id: &str| self.places.iter().position(|place| place.id == id);
        let (Some(from), Some(to)) = (index(from), index(to)) else { return };
        let id = format!("t.{id}");
        let count = self.ids.entry(id.clone()).or_default();
        *count += 1;
        let id = if *count == 1 { id } else { format!("{id}.{count}") };
        self.transitions.push(Transition { id, label, from, to });
    }
}
