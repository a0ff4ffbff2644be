//! Processes and steps as they run.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::Effect;
use crate::Text;
use crate::file::{Act, Call, Candidates, Case, Due, Expr, Gateway, Start};
use crate::finding::Route;

/// A process, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The id.
    pub id: String,
    /// The file it stands in.
    pub file: String,
    /// What it is called.
    pub title: Text,
    /// What it is for.
    pub about: Option<Text>,
    /// The boxes of the office's chart.
    pub source: Vec<String>,
    /// The type of record a case is about.
    pub subject: Option<String>,
    /// How a case starts.
    pub start: Start,
    /// Acts forbidden throughout.
    pub forbid: Vec<Act>,
    /// The step on entering which withdrawing ends.
    pub withdraw_until: Option<String>,
    /// The effects, by name.
    pub effects: IndexMap<String, Effect>,
    /// The first step.
    pub entry: String,
    /// All steps of all scopes, by id, in the order of the file.
    pub steps: IndexMap<String, Step>,
}

/// Where a step's scope hangs: the step that opens it, and the branch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Within {
    /// The `parallel` or `for-each` step.
    pub step: String,
    /// The branch's name; `body` in a for-each.
    pub branch: String,
}

/// A step, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The id, unique in the process.
    pub id: String,
    /// Where in the file it stands.
    pub route: Route,
    /// What it is called.
    pub title: Text,
    /// The boxes of the office's chart.
    pub source: Vec<String>,
    /// The office's name for the stage.
    pub stage: Option<Text>,
    /// The scope it stands in; `None` for the case's own.
    pub within: Option<Within>,
    /// The step is the whole of its branch: an outcome that `next` does not name is the branch's answer.
    pub alone: bool,
    /// What it does.
    pub kind: Kind,
    /// Where each outcome leads.
    pub next: IndexMap<String, String>,
    /// Messages that end it early, and where each leads.
    pub on: IndexMap<String, String>,
    /// By when.
    pub due: Option<Due>,
    /// What a signature here judged; `None`: every form field.
    pub rests_on: Option<Vec<String>>,
    /// Acts forbidden here.
    pub forbid: Vec<Act>,
    /// Steps whose answerers may not answer here.
    pub separate_from: Vec<String>,
    /// The shared step it was made from.
    pub shared: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Somebody does something.
    UserTask(UserTask),
    /// The engine carries out effects, then answers `done`.
    ServiceTask {
        /// The effects, in order.
        effects: Vec<String>,
    },
    /// Choose by rule.
    Gateway(Gateway),
    /// Fixed branches at once.
    Parallel {
        /// The branches, by name.
        branches: IndexMap<String, Branch>,
        /// When it ends, and with what answer.
        join: Join,
    },
    /// One branch an item.
    ForEach(ForEach),
    /// Wait for a time or a message.
    Wait(Wait),
    /// Another process.
    Call(Call),
    /// The scope ends.
    End {
        /// The scope's answer, or the case's result.
        result: String,
        /// Effects carried out before.
        effects: Vec<String>,
    },
}

/// A scope that a step opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The first step.
    pub entry: String,
}

/// One branch an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ForEach {
    /// The query that finds the items.
    pub items: String,
    /// Each item is its row's subject.
    pub subject: bool,
    /// The rows open one after the other.
    pub in_turn: bool,
    /// What is done for each.
    pub body: Branch,
    /// When it ends.
    pub join: Join,
    /// Processes of which none may be open for a row's subject.
    pub excludes: Vec<String>,
    /// Late items may be added until this step is entered.
    pub open_until: Option<String>,
    /// Rows may be reopened until this step is entered.
    pub reopen_until: Option<String>,
}

/// When branches end their step.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// How many counting answers are needed.
    pub need: JoinNeed,
    /// The outcomes that count.
    pub counts: Vec<String>,
    /// The outcomes that end the step at once, strongest first.
    pub at_once: Vec<String>,
    /// When it ends with what is there.
    pub deadline: Option<Due>,
}

/// How many counting answers a join needs.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinNeed {
    /// Every branch that is not held.
    All,
    /// One.
    Any,
    /// So many.
    AtLeast(Expr),
    /// This share, from 0 to 1.
    Share(Expr),
}

/// Somebody does something.
#[derive(Debug, Clone, PartialEq)]
pub struct UserTask {
    /// Who may do it.
    pub candidates: Candidates,
    /// What it may answer; the first is the one that goes on. Never empty.
    pub outcomes: Vec<String>,
    /// The form.
    pub form: Option<String>,
    /// The lists of papers.
    pub materials: Vec<String>,
    /// The outcomes for which words are owed.
    pub opinion: Vec<String>,
    /// The rules.
    pub rules: Vec<String>,
    /// Rules and papers for some cases.
    pub cases: Vec<Case>,
    /// The outcomes that the form and the rules are judged for.
    pub judged: Vec<String>,
}

/// Wait for a time or a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// The time; `None` when only a message ends it.
    pub period: Option<Period>,
    /// The message.
    pub message: Option<String>,
    /// What the message must name; the case's id when not said.
    pub key: Option<Expr>,
    /// What the message may answer.
    pub answers: Vec<String>,
    /// The form for the message's data.
    pub form: Option<String>,
    /// Who may record the message.
    pub by: Option<Candidates>,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Period {
    /// So many working days.
    WorkingDays(Expr),
    /// So many days.
    Days(Expr),
    /// Until the end of a date.
    Until(Expr),
    /// Until a window is open.
    Window(String),
    /// Until a window has closed.
    WindowEnd(String),
    /// Until a named day.
    Day(String),
}

impl Process {
    /// Returns the step of that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.get(id)
    }

    /// Returns the lists of papers that the process may ask for, at its start or at a step.
    pub fn material_lists(&self) -> impl Iterator<Item = &str> {
        let tasks = self.steps.values().filter_map(|step| match &step.kind {
            Kind::UserTask(task) => Some((&task.materials, &task.cases)),
            _ => None,
        });
        let asked = std::iter::once((&self.start.materials, &self.start.cases)).chain(tasks);
        let lists = asked.flat_map(|(own, cases)| {
            own.iter().chain(cases.iter().flat_map(|case| &case.materials))
        });
        lists.map(String::as_str)
    }

    /// Returns the ids of every form that the process uses, each once.
    #[must_use]
    pub fn forms(&self) -> Vec<&str> {
        let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
        let mut forms = Vec::new();
        let own = self.steps.values().filter_map(|step| match &step.kind {
            Kind::UserTask(task) => task.form.as_deref(),
            Kind::Wait(wait) => wait.form.as_deref(),
            _ => None,
        });
        for form in self.start.form.as_deref().into_iter().chain(own) {
            if seen.insert(form, ()).is_none() {
                forms.push(form);
            }
        }
        forms
    }
}

impl Step {
    /// Returns every outcome that the step can answer, without those of `on`, which lead away by themselves.
    ///
    /// For a `call` that waits, and a wait for a message without `answers`, they are the other side's to say.
    #[must_use]
    pub fn outcomes(&self) -> Vec<&str> {
        let mut all: Vec<&str> = match &self.kind {
            Kind::UserTask(task) => task.outcomes.iter().map(String::as_str).collect(),
            Kind::ServiceTask { .. } => vec!["done"],
            Kind::Gateway(_) | Kind::End { .. } => Vec::new(),
            Kind::Parallel { join, .. } => join.outcomes(),
            Kind::ForEach(each) => each.join.outcomes(),
            Kind::Wait(wait) => {
                let elapsed = wait.period.is_some().then_some("elapsed");
                let answers = wait.answers.iter().map(String::as_str);
                answers.chain(elapsed).collect()
            }
            Kind::Call(call) => {
                if call.wait {
                    self.next.keys().map(String::as_str).collect()
                } else {
                    vec!["started"]
                }
            }
        };
        if let Some(outcome) = self.due.as_ref().and_then(|due| due.outcome.as_deref())
            && !all.contains(&outcome)
        {
            all.push(outcome);
        }
        all
    }

    /// Returns where a person, a time or an outside party is waited for, so that a loop through here cannot spin.
    #[must_use]
    pub fn waits(&self) -> bool {
        match &self.kind {
            Kind::UserTask(_) | Kind::Wait(_) => true,
            Kind::Call(call) => call.wait,
            _ => false,
        }
    }
}

impl Join {
    /// Returns every answer that the join can give.
    #[must_use]
    pub fn outcomes(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.at_once.iter().map(String::as_str).collect();
        for fixed in ["approve", "short"] {
            if !all.contains(&fixed) {
                all.push(fixed);
            }
        }
        if self.deadline.is_some() {
            all.push("deadline");
        }
        all
    }
}
