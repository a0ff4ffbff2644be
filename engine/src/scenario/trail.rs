//! What a story went through: steps, ways out of them, rules and what they said, papers.
//!
//! Invariant: a trail is read from the events that the story recorded, and from nothing that it expects.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use xueji_definition::Text;
use xueji_definition::model::{Kind, Step};
use xueji_rules::Said;
use xueji_runtime::event::Event;
use xueji_runtime::state::START;
use xueji_runtime::verdict::Says;
use xueji_runtime::{Recorded, Release};

/// A step of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StepOf {
    /// The process.
    pub process: String,
    /// The step; `start` for the applicant's own task.
    pub step: String,
}

impl StepOf {
    pub(crate) fn new(process: &str, step: &str) -> Self {
        Self { process: process.to_owned(), step: step.to_owned() }
    }
}

/// A way out of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It was answered so: by a person, a time waited for, a message, a join, a called case.
    Outcome(String),
    /// Its deadline passed, and the engine answered so.
    Deadline(String),
    /// A message ended it.
    Message(String),
    /// The rule of a gateway's choice was satisfied.
    Choice(String),
    /// None of a gateway's rules was.
    Otherwise,
}

impl Way {
    /// Returns what people call it.
    #[must_use]
    pub fn words(&self) -> Text {
        let by = |name: &str, zh: &str, en: &str| {
            Text::new(format!("{name}（{zh}）"), format!("{name} ({en})"))
        };
        match self {
            Self::Outcome(outcome) => Text::new(outcome, outcome),
            Self::Deadline(outcome) => by(outcome, "到期", "deadline"),
            Self::Message(message) => by(message, "消息", "message"),
            Self::Choice(rule) => by(rule, "满足", "satisfied"),
            Self::Otherwise => Text::new("其余情形（else）", "else"),
        }
    }
}

/// What a story went through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trail {
    /// The steps entered.
    pub steps: BTreeSet<StepOf>,
    /// The ways taken.
    pub ways: BTreeSet<(StepOf, Way)>,
    /// The rules judged.
    pub rules: BTreeMap<String, BTreeSet<Said>>,
    /// The templates of the papers made.
    pub papers: BTreeSet<String>,
}

impl Trail {
    /// Reads what recorded events went through.
    pub(super) fn of(release: &Release, events: &[Recorded]) -> Self {
        let mut trail = Self::default();
        let mut processes: BTreeMap<&str, &str> = BTreeMap::new();
        let mut with_applicant: BTreeSet<&str> = BTreeSet::new();
        for Recorded { instance, event, .. } in events {
            match event {
                Event::Started { process, .. } => {
                    processes.insert(instance, process);
                }
                Event::Entered { scope, step, .. } if scope.is_root() && step == START => {
                    with_applicant.insert(instance);
                }
                Event::Entered { scope, .. } if scope.is_root() => {
                    with_applicant.remove(instance.as_str());
                }
                _ => {}
            }
            let Some(process) = processes.get(instance.as_str()) else { continue };
            match event {
                // The applicant's task that nobody mends ends the case without an answer.
                Event::Ended { result, reason: None }
                    if result == LAPSED && with_applicant.contains(instance.as_str()) =>
                {
                    let way = Way::Deadline(LAPSED.to_owned());
                    trail.ways.insert((StepOf::new(process, START), way));
                }
                event => trail.take(release, process, event),
            }
        }
        trail
    }

    fn take(&mut self, release: &Release, process: &str, event: &Event) {
        let mut way = |step: &str, way: Way| self.ways.insert((StepOf::new(process, step), way));
        match event {
            Event::Entered { step, .. } => {
                self.steps.insert(StepOf::new(process, step));
            }
            // Who returns to a step of their own choice takes none of those written.
            Event::Answered { step, answer, to: None, .. } => {
                let known = release.process(process).and_then(|process| process.step(step));
                let timed = answer.by.is_none() && answers_of_itself(known, &answer.outcome);
                let outcome = answer.outcome.clone();
                way(step, if timed { Way::Deadline(outcome) } else { Way::Outcome(outcome) });
            }
            Event::Interrupted { step, message, .. } => {
                way(step, Way::Message(message.clone()));
            }
            Event::Routed { step, verdicts, .. } => {
                let chosen = verdicts.iter().find(|verdict| verdict.says == Says::Satisfied);
                way(step, chosen.map_or(Way::Otherwise, |v| Way::Choice(v.rule.clone())));
            }
            Event::DocumentMade { template, .. } => {
                self.papers.insert(template.clone());
            }
            _ => {}
        }
    }

    /// Adds what another trail went through.
    pub fn join(&mut self, other: &Self) {
        self.steps.extend(other.steps.iter().cloned());
        self.ways.extend(other.ways.iter().cloned());
        for (rule, said) in &other.rules {
            self.rules.entry(rule.clone()).or_default().extend(said);
        }
        self.papers.extend(other.papers.iter().cloned());
    }
}

/// Tells whether the engine answers a step so at its deadline. For steps that it answers anyway, that is no way of its
/// own.
fn answers_of_itself(step: Option<&Step>, outcome: &str) -> bool {
    step.is_some_and(|step| {
        let due = step.due.as_ref().and_then(|due| due.outcome.as_deref());
        matches!(step.kind, Kind::UserTask(_)) && due == Some(outcome)
    })
}

/// What becomes of a case that its applicant does not mend in time.
pub(super) const LAPSED: &str = "lapsed";
