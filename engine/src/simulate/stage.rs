//! Acts, as scenario files write them, carried out in a world under the engine's invariants.
//!
//! Invariant: an act is found by what it names, never by an id that chance made, so that a shorter list of the same acts
//! means the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use xueji_calendar::Calendar;
use xueji_definition::Text;
use xueji_definition::file::{Literal, ScenarioStep};
use xueji_runtime::command::{CaseAct, Completion, RawForm, Start, TaskAct};
use xueji_runtime::state::Open;
use xueji_runtime::{Actor, Command, Recorded, Refusal, Release, ScopePath, State};

use super::invariants;
use super::records::ByType;
use super::world::{Decide, Done, World};

/// Something that somebody does.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// What.
    pub step: ScenarioStep,
    /// Nobody may do it: it must be refused.
    pub unlawful: bool,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Violation {
    /// Which invariant.
    pub invariant: Invariant,
    /// The process.
    pub process: String,
    /// The step, where there is one.
    pub step: Option<String>,
    /// What was found, in both languages (`中文 | English`) where it is prose.
    pub found: String,
}

/// What holds whatever people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Invariant {
    /// Replaying a case's history gives its state.
    Replay,
    /// A live scope has one token.
    OneToken,
    /// Only those answer a task who hold its role.
    Holders,
    /// What nobody may do is refused.
    Refused,
    /// A case that is over has nothing open, and nothing happens to it.
    Over,
    /// No deadline is before its task.
    Deadline,
    /// No number is given out twice.
    Numbers,
    /// The definition can go on from what people may answer.
    GoesOn,
    /// Every open case can still be moved by somebody or by time.
    NotStuck,
}

impl Invariant {
    /// Returns what must hold, in both languages.
    #[must_use]
    pub fn words(self) -> xueji_definition::Text {
        let (zh, en) = match self {
            Self::Replay => ("历史重放得到同样的状态", "replaying the history gives the state"),
            Self::OneToken => ("每个在办范围只有一个位置", "a live scope has one token"),
            Self::Holders => ("任务只由任职的人办理", "only holders of the role answer a task"),
            Self::Refused => ("无权的操作都被拒绝", "what nobody may do is refused"),
            Self::Over => ("办结的事项不再有待办", "a case that is over has nothing open"),
            Self::Deadline => ("期限不早于开始", "no deadline is before its task"),
            Self::Numbers => ("编号不重复", "no number is given out twice"),
            Self::GoesOn => ("定义总能走下去", "the definition can always go on"),
            Self::NotStuck => {
                ("在办的事项总有人或时间能推动", "somebody or time can move every open case")
            }
        };
        xueji_definition::Text::new(zh, en)
    }
}

/// A world in which acts are carried out.
pub(super) struct Stage {
    pub(super) world: World,
    labels: BTreeMap<String, String>,
    /// What each case's history alone says of it.
    pub(super) replayed: BTreeMap<String, State>,
    /// What happened to each case since it was last asked.
    fresh: BTreeMap<String, Vec<Recorded>>,
}

/// How an act ended.
pub(super) enum Ended {
    /// It was carried out on this case.
    Done(String),
    /// It was refused.
    Refused(Box<Refusal>),
    /// What it names is not there.
    Nowhere,
}

impl Stage {
    pub(super) fn new(
        release: &Arc<Release>,
        calendar: &Arc<Calendar>,
        records: &ByType,
        decide: Decide,
        now: Timestamp,
    ) -> Self {
        Self {
            world: World::new(release, calendar, records, decide, now),
            labels: BTreeMap::new(),
            replayed: BTreeMap::new(),
            fresh: BTreeMap::new(),
        }
    }

    /// Returns what happened to each case since it was last asked, and forgets it.
    pub(super) fn fresh(&mut self) -> BTreeMap<String, Vec<Recorded>> {
        std::mem::take(&mut self.fresh)
    }

    /// Returns what acts call a case: its own label, or for one that another case started, its process.
    pub(super) fn label(&self, instance: &str) -> String {
        let own = self.labels.iter().find(|(_, id)| *id == instance);
        let process = || self.world.header(instance).map(|header| header.process.clone());
        own.map_or_else(|| process().unwrap_or_default(), |(label, _)| label.clone())
    }

    /// Moves time on; what is due on the way happens at its time.
    pub(super) fn advance(&mut self, to: Timestamp) -> Result<(), Violation> {
        self.settle()?;
        while self.world.next_due().is_some_and(|due| due <= to) {
            if let Some(fired) = self.world.fire() {
                self.keep(fired, true)?;
            }
            self.settle()?;
        }
        self.world.now = self.world.now.max(to);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Violation> {
        while let Some(followed) = self.world.follow() {
            self.keep(followed, false)?;
        }
        Ok(())
    }

    /// Looks at what the engine did by itself. A message or a result that nobody waits for any longer is no fault, nor is
    /// a called case that its rules refuse: both are put aside for people to see.
    fn keep(&mut self, result: Result<Done, Refusal>, timer: bool) -> Result<(), Violation> {
        match result {
            Ok(done) => self.check(done),
            Err(Refusal::Definition { place, message }) if timer => {
                Err(Self::cannot_go_on(&place, &message))
            }
            Err(_) => Ok(()),
        }
    }

    fn cannot_go_on(place: &str, found: &Text) -> Violation {
        let (process, step) = place.split_once('/').unwrap_or((place, ""));
        Violation {
            invariant: Invariant::GoesOn,
            process: process.to_owned(),
            step: Some(step.to_owned()),
            found: format!("{} | {}", found.zh, found.en),
        }
    }

    fn check(&mut self, done: Done) -> Result<(), Violation> {
        let replayed = self.replayed.entry(done.instance.clone()).or_default();
        for recorded in &done.events {
            xueji_runtime::apply(replayed, recorded);
        }
        invariants::after(&self.world, &done, replayed)?;
        self.fresh.entry(done.instance).or_default().extend(done.events);
        Ok(())
    }

    /// Carries out an act.
    pub(super) fn act(&mut self, act: &Act) -> Result<Ended, Violation> {
        if let Some(at) = act.step.at.as_deref().and_then(|at| self.time(at)) {
            self.advance(at)?;
        }
        let Some((actor, command)) = self.command(&act.step) else { return Ok(Ended::Nowhere) };
        let step = act.step.complete.as_ref().map(|complete| complete.step.clone());
        let result = self.world.submit(actor, command);
        match result {
            Ok(done) if act.unlawful => Err(Violation {
                invariant: Invariant::Refused,
                process: self.process_of(&done.instance),
                step,
                found: format!(
                    "未被拒绝：{0} | not refused: {0}",
                    act.step.by.as_deref().unwrap_or_default()
                ),
            }),
            Ok(done) => {
                let instance = done.instance.clone();
                if let Some(start) = &act.step.start {
                    let label = start.label.as_ref().unwrap_or(&start.process);
                    self.labels.insert(label.clone(), instance.clone());
                }
                self.check(done)?;
                self.settle()?;
                Ok(Ended::Done(instance))
            }
            Err(Refusal::Definition { place, message }) if !act.unlawful => {
                Err(Self::cannot_go_on(&place, &message))
            }
            Err(refusal) => Ok(Ended::Refused(Box::new(refusal))),
        }
    }

    fn process_of(&self, instance: &str) -> String {
        let header = self.world.header(instance);
        header.map_or_else(String::new, |header| header.process.clone())
    }

    /// Reads a time as acts write it.
    fn time(&self, at: &str) -> Option<Timestamp> {
        let local: DateTime = at.parse().ok()?;
        self.world.calendar.offset().to_timestamp(local).ok()
    }

    fn instance(&self, label: Option<&str>) -> Option<String> {
        let label = label?;
        let named = self.labels.get(label).cloned();
        named.or_else(|| {
            let of = self.world.headers().filter(|header| header.process == label);
            of.max_by_key(|header| (header.started_at, header.id.len(), header.id.clone()))
                .map(|header| header.id.clone())
        })
    }

    fn command(&self, step: &ScenarioStep) -> Option<(Actor, Command)> {
        let actor = step.by.clone().map_or(Actor::Engine, Actor::Person);
        if let Some(start) = &step.start {
            let start = Start {
                process: start.process.clone(),
                subject: start.subject.clone(),
                form: raw(&start.form),
                ..Start::default()
            };
            return Some((actor, Command::Start(start)));
        }
        if let Some(act) = &step.complete {
            let instance = self.instance(act.of.as_deref())?;
            let (scope, task) = self.task(&instance, &act.step, act.row.as_deref())?;
            let answer = Completion {
                outcome: act.outcome.clone(),
                opinion: act.opinion.clone(),
                form: raw(&act.form),
                ..Completion::default()
            };
            return Some((actor, Command::Complete { instance, scope, task, answer }));
        }
        if let Some(act) = &step.task {
            let instance = self.instance(act.of.as_deref())?;
            let (scope, task) = self.task(&instance, &act.step, act.row.as_deref())?;
            let act = if act.act == "claim" { TaskAct::Claim } else { TaskAct::Remind };
            return Some((actor, Command::Task { instance, scope, task, act }));
        }
        if let Some(act) = &step.message {
            let instance = self.instance(act.of.as_deref())?;
            let scope = self.waiting(&instance, &act.name, act.row.as_deref())?;
            let (name, answer, form) = (act.name.clone(), act.answer.clone(), raw(&act.form));
            return Some((actor, Command::Message { instance, scope, name, answer, form }));
        }
        let act = step.case.as_ref()?;
        let instance = self.instance(act.of.as_deref())?;
        let reason = act.reason.clone().unwrap_or_default();
        let act = match act.act.as_str() {
            "withdraw" => CaseAct::Withdraw { reason: act.reason.clone() },
            "resume" => CaseAct::Resume { reason: act.reason.clone() },
            "hold" => CaseAct::Hold { reason },
            _ => CaseAct::Terminate { reason },
        };
        Some((actor, Command::Case { instance, act }))
    }

    fn is_row(&self, instance: &str, path: &ScopePath, row: Option<&str>) -> bool {
        row.is_none_or(|row| self.world.row(&self.process_of(instance), path) == row)
    }

    fn task(&self, instance: &str, step: &str, row: Option<&str>) -> Option<(ScopePath, String)> {
        let live = self.world.live_scopes(instance).into_iter();
        let mut found = live.filter(|scope| {
            scope.at.as_deref() == Some(step) && self.is_row(instance, &scope.path, row)
        });
        found.find_map(|scope| Some((scope.path.clone(), scope.task()?.id.clone())))
    }

    fn waiting(&self, instance: &str, name: &str, row: Option<&str>) -> Option<ScopePath> {
        let live = self.world.live_scopes(instance).into_iter();
        let mut found = live.filter(|scope| {
            let waits = match &scope.open {
                Some(Open::Wait { message, interrupts, .. }) => {
                    message.as_deref() == Some(name) || interrupts.iter().any(|m| m == name)
                }
                Some(Open::Task(task)) => task.interrupts.iter().any(|m| m == name),
                _ => false,
            };
            waits && self.is_row(instance, &scope.path, row)
        });
        found.next().map(|scope| scope.path.clone())
    }
}

fn raw(form: &indexmap::IndexMap<String, Literal>) -> RawForm {
    form.iter().map(|(name, literal)| (name.clone(), literal.0.clone())).collect()
}
