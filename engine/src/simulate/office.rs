//! One round: people of an office and those who come to it, from the first case to the last thing that happens.
//!
//! Invariant: all that is done goes through [`Stage::act`] and is written down, so that a round can be told again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_calendar::Calendar;
use xueji_definition::file::{Literal, ScenarioStep, StartAct};
use xueji_runtime::event::Event;
use xueji_runtime::state::Task;
use xueji_runtime::{Recorded, Release, ScopePath, people};

use super::Options;
use super::cast::{self, Cast, Newcomer};
use super::chance::Chance;
use super::figures::{Figures, minutes_between};
use super::hours;
use super::invariants;
use super::stage::{Act, Ended, Stage, Violation};

/// Hours that somebody who comes to the office takes to answer, at most.
const ANSWER_HOURS: u64 = 72;
/// Days within which a message from outside comes.
const MESSAGE_DAYS: u64 = 10;

/// What somebody means to do at a time.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// A newcomer asks for a case.
    Ask(u64),
    /// Somebody answers a task.
    Answer(Box<Work>),
    /// A message comes.
    Speak { instance: String, path: ScopePath, step: String, name: String, by_itself: bool },
    /// A held case goes on.
    Resume { instance: String },
    /// Somebody thinks better of it.
    Withdraw { instance: String },
}

/// A task that somebody has taken up.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) instance: String,
    pub(super) path: ScopePath,
    pub(super) step: String,
    pub(super) task: Task,
    pub(super) person: String,
    /// Minutes of work on it.
    pub(super) minutes: u64,
    /// Who may not after all.
    pub(super) barred: BTreeSet<String>,
    pub(super) tries: u32,
}

/// A round under way.
pub(super) struct Office<'a> {
    pub(super) release: Arc<Release>,
    pub(super) cast: &'a Cast,
    pub(super) options: &'a Options,
    pub(super) stage: Stage,
    pub(super) chance: Chance,
    pub(super) figures: Figures,
    /// All that was done.
    pub(super) log: Vec<Act>,
    /// The subjects and members that were made.
    pub(super) newcomers: Vec<Newcomer>,
    agenda: BTreeMap<(Timestamp, u64), Plan>,
    planned: u64,
    busy: BTreeMap<String, Timestamp>,
    entered: BTreeMap<(String, String), (String, Timestamp)>,
    pub(super) worked: BTreeMap<(String, String), u64>,
    waits: BTreeMap<String, Vec<(Timestamp, Timestamp)>>,
    pub(super) hopeless: BTreeSet<String>,
    horizon: Timestamp,
    began: Timestamp,
    /// The messages that cases send.
    sent: BTreeSet<String>,
}

impl<'a> Office<'a> {
    /// Opens an office on the day on which a story of the process begins.
    pub(super) fn open(
        release: &Arc<Release>,
        calendar: &Arc<Calendar>,
        cast: &'a Cast,
        options: &'a Options,
        round: u64,
        cases: u64,
    ) -> Self {
        let mut chance = Chance::new(options.seed, round);
        let opening = chance.of(&cast.openings).and_then(|opening| opening.at.clone());
        let at = options.from.clone().or(opening);
        let first = calendar.years().min().and_then(|year| Date::new(year, 1, 1).ok());
        let local = at.and_then(|at| at.parse().ok());
        let local = local.or_else(|| first.map(|day| day.at(9, 0, 0, 0)));
        let began = local.and_then(|local| calendar.offset().to_timestamp(local).ok());
        let began = began.unwrap_or(Timestamp::UNIX_EPOCH);
        let today = calendar.local_date(began);
        let horizon = hours::horizon(calendar, began);
        let mut stage = Stage::new(release, calendar, &cast.records, options.decide, began);
        let mut newcomers = Vec::new();
        for number in 0..cases {
            let newcomer = cast.newcomer(&options.process, number + 1, today, &mut chance);
            for record in newcomer.records().filter_map(|given| cast::record(release, given)) {
                stage.world.add_record(record);
            }
            newcomers.push(newcomer);
        }
        let mut office = Self {
            release: Arc::clone(release),
            cast,
            options,
            stage,
            chance,
            figures: Figures::default(),
            log: Vec::new(),
            newcomers,
            agenda: BTreeMap::new(),
            planned: 0,
            busy: BTreeMap::new(),
            entered: BTreeMap::new(),
            worked: BTreeMap::new(),
            waits: BTreeMap::new(),
            hopeless: BTreeSet::new(),
            horizon,
            began,
            sent: cast::sent(release),
        };
        for number in 0..cases {
            office.plan(office.arrival(number), Plan::Ask(number));
        }
        office
    }

    /// Returns when a newcomer comes: so many a working day, evenly over its hours.
    fn arrival(&self, number: u64) -> Timestamp {
        let a_day = self.options.arrivals.max(1);
        let minutes = number.saturating_mul(480) / a_day;
        hours::done(&self.stage.world.calendar, self.began, minutes)
    }

    pub(super) fn plan(&mut self, at: Timestamp, plan: Plan) {
        self.planned += 1;
        self.agenda.insert((hours::whole(at), self.planned), plan);
    }

    /// Lets everything happen, until nothing more does.
    pub(super) fn run(&mut self) -> Result<(), Violation> {
        loop {
            let planned = self.agenda.keys().next().map(|(at, _)| *at);
            let due = self.stage.world.next_due();
            let Some(next) = planned.into_iter().chain(due).min() else { break };
            if next > self.horizon {
                break;
            }
            self.stage.advance(next)?;
            if planned == Some(next)
                && let Some((_, plan)) = self.agenda.pop_first()
            {
                self.carry_out(plan)?;
            }
            self.look()?;
        }
        self.nothing_stuck()?;
        self.close();
        Ok(())
    }

    fn carry_out(&mut self, plan: Plan) -> Result<(), Violation> {
        match plan {
            Plan::Ask(number) => self.ask(number),
            Plan::Answer(work) => self.answer(*work),
            Plan::Speak { instance, path, step, name, by_itself } => {
                self.speak(&instance, &path, &step, &name, by_itself)
            }
            Plan::Resume { instance } => self.resume(&instance),
            Plan::Withdraw { instance } => self.withdraw(&instance),
        }
    }

    /// Carries out an act and writes it down.
    pub(super) fn act(
        &mut self,
        mut step: ScenarioStep,
        unlawful: bool,
    ) -> Result<Ended, Violation> {
        let local = self.stage.world.calendar.offset().to_datetime(self.stage.world.now);
        step.at = Some(local.strftime("%Y-%m-%dT%H:%M").to_string());
        let act = Act { step, unlawful };
        self.log.push(act.clone());
        let ended = self.stage.act(&act)?;
        match &ended {
            Ended::Done(_) => self.figures.carried_out += 1,
            Ended::Refused(_) if unlawful => self.figures.unlawful += 1,
            // What was refused or meant nothing is no part of the story.
            _ if !unlawful => {
                self.log.pop();
            }
            _ => {}
        }
        Ok(ended)
    }

    pub(super) fn today(&self) -> Date {
        self.stage.world.calendar.local_date(self.stage.world.now)
    }

    fn ask(&mut self, number: u64) -> Result<(), Violation> {
        let at = usize::try_from(number).unwrap_or(0);
        let Some(newcomer) = self.newcomers.get(at) else { return Ok(()) };
        let (subject, form) = (newcomer.subject.clone(), newcomer.form.clone());
        self.figures.asked += 1;
        let release = Arc::clone(&self.release);
        let Some(process) = release.process(&self.options.process) else { return Ok(()) };
        let starters = self.starters(process, subject.as_ref());
        let form = self.fitting(&process.id, process.start.form.as_deref(), form);
        let label = format!("c{}", number + 1);
        let step = |by: &String, form: indexmap::IndexMap<String, Literal>| ScenarioStep {
            by: Some(by.clone()),
            start: Some(StartAct {
                process: process.id.clone(),
                subject: subject.as_ref().map(|given| given.id.clone()),
                form,
                label: Some(label.clone()),
                overrides: indexmap::IndexMap::new(),
            }),
            ..ScenarioStep::default()
        };
        let mut ended = Ended::Nowhere;
        for by in &starters {
            ended =
                self.filled(process.start.form.as_deref(), form.clone(), |form| step(by, form))?;
            match &ended {
                Ended::Refused(refusal) if super::hands::of_person(refusal) => {}
                _ => break,
            }
        }
        match ended {
            Ended::Done(instance) => {
                self.figures.started += 1;
                if self.chance.percent(2) {
                    let at = hours::later(self.stage.world.now, self.chance.below(14_400));
                    self.plan(at, Plan::Withdraw { instance });
                }
                self.strangers()
            }
            Ended::Refused(refusal) => {
                for rule in super::hands::blocking(&refusal) {
                    *self.figures.refused_by.entry(rule).or_default() += 1;
                }
                Ok(())
            }
            Ended::Nowhere => Ok(()),
        }
    }

    /// Takes note of what happened since it was last looked, and plans what people do about it.
    fn look(&mut self) -> Result<(), Violation> {
        for (id, events) in self.stage.fresh() {
            for Recorded { at, event, .. } in events {
                self.note(&id, at, &event);
            }
        }
        Ok(())
    }

    fn note(&mut self, id: &str, at: Timestamp, event: &Event) {
        match event {
            Event::Entered { scope, step, .. } => {
                self.left(id, scope, at);
                if self.is_own(id) && !self.figures.reached.contains(step) {
                    self.figures.reached.insert(step.clone());
                }
                let key = (id.to_owned(), scope.to_string());
                self.entered.insert(key, (step.clone(), at));
            }
            Event::ScopeEnded { scope, .. } => self.left(id, scope, at),
            Event::TaskOpened { scope, task } => self.offer(id, scope, task, at),
            Event::WaitOpened { scope, until, message, interrupts, .. } => {
                let most = until.map_or(MESSAGE_DAYS * 1_440, |until| minutes_between(at, until));
                let share = |name: &String| match until {
                    None => 100,
                    // What other cases send comes from outside only now and then.
                    Some(_) if self.sent.contains(name) => 5,
                    Some(_) => 60,
                };
                let named = message.iter().map(|name| (name, share(name), true));
                let others = interrupts.iter().map(|name| (name, 8, false));
                let all: Vec<(String, u64, bool)> = named
                    .chain(others)
                    .map(|(name, share, own)| (name.clone(), share, own))
                    .collect();
                for (name, share, own) in all {
                    self.expect_message(id, scope, at, most, &name, share, own);
                }
            }
            Event::Held { .. } => {
                let at = hours::later(at, self.chance.between(60, 5_760));
                self.plan(at, Plan::Resume { instance: id.to_owned() });
            }
            Event::Ended { result, .. } => {
                self.left(id, &ScopePath::root(), at);
                let header = self.stage.world.header(id);
                if let Some(header) = header.filter(|h| h.process == self.options.process) {
                    *self.figures.results.entry(result.clone()).or_default() += 1;
                    self.figures.ended += 1;
                    self.figures.minutes += minutes_between(header.started_at, at);
                }
            }
            _ => {}
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one wait, told in full")]
    fn expect_message(
        &mut self,
        id: &str,
        scope: &ScopePath,
        at: Timestamp,
        most: u64,
        name: &str,
        share: u64,
        by_itself: bool,
    ) {
        if !self.chance.percent(share) {
            return;
        }
        let minutes = self.chance.between(1, most.clamp(1, MESSAGE_DAYS * 1_440));
        let step = self.stage.world.scope_of(id, scope);
        let Some(step) = step.and_then(|scope| scope.at.clone()) else { return };
        let (instance, path, name) = (id.to_owned(), scope.clone(), name.to_owned());
        self.plan(hours::later(at, minutes), Plan::Speak { instance, path, step, name, by_itself });
    }

    /// Returns whether a case is one of the process.
    fn is_own(&self, id: &str) -> bool {
        let header = self.stage.world.header(id);
        header.is_some_and(|header| header.process == self.options.process)
    }

    /// Counts the time at a step that is left.
    fn left(&mut self, id: &str, scope: &ScopePath, at: Timestamp) {
        let key = (id.to_owned(), scope.to_string());
        let Some((step, from)) = self.entered.remove(&key) else { return };
        if !self.is_own(id) {
            return;
        }
        let worked = self.worked.remove(&key).unwrap_or(0);
        let figures = self.figures.steps.entry(step).or_default();
        figures.times += 1;
        figures.working += worked;
        figures.waiting += minutes_between(from, at).saturating_sub(worked);
    }

    /// Finds somebody for a task.
    fn offer(&mut self, id: &str, scope: &ScopePath, task: &Task, at: Timestamp) {
        let Some(at_step) = self.stage.world.scope_of(id, scope) else { return };
        let Some(step) = at_step.at.clone() else { return };
        for name in task.interrupts.clone() {
            self.expect_message(id, scope, at, MESSAGE_DAYS * 1_440, &name, 5, false);
        }
        self.take_up(
            Work {
                instance: id.to_owned(),
                path: scope.clone(),
                step,
                task: task.clone(),
                person: String::new(),
                minutes: 0,
                barred: BTreeSet::new(),
                tries: 0,
            },
            at,
        );
    }

    /// Gives a task to whoever is free first among those who may, or gives it up.
    pub(super) fn take_up(&mut self, mut work: Work, at: Timestamp) {
        let who = self.candidates(&work);
        let free =
            |person: &String| self.busy.get(person).copied().unwrap_or(Timestamp::MIN).max(at);
        let first = who.iter().map(free).min();
        let idle: Vec<&String> = who.iter().filter(|person| Some(free(person)) == first).collect();
        let (Some(person), Some(free)) = (self.chance.of(&idle).map(|p| (*p).clone()), first)
        else {
            self.hopeless.insert(work.task.id.clone());
            return;
        };
        let calendar = Arc::clone(&self.stage.world.calendar);
        let (least, most) = self.options.work_at(&work.step);
        work.person.clone_from(&person);
        let role = work.task.offer.role.clone();
        let outside = self.release.definitions.organisation.roles.get(&role);
        if outside.is_some_and(|role| role.held_by.is_some()) {
            let minutes = self.chance.between(30, ANSWER_HOURS * 60);
            return self.plan(hours::later(at, minutes), Plan::Answer(Box::new(work)));
        }
        let begun = hours::begins(&calendar, free);
        let minutes = self.chance.between(least, most);
        work.minutes += minutes;
        let done = hours::done(&calendar, begun, minutes);
        self.busy.insert(person, done);
        self.waits.entry(role).or_default().push((at, begun));
        self.plan(done, Plan::Answer(Box::new(work)));
    }

    /// Returns who may answer a task and was not turned away.
    fn candidates(&self, work: &Work) -> Vec<String> {
        let organisation = &self.release.definitions.organisation;
        let today = self.today();
        let mut who = people::candidates(organisation, &work.task.offer, today);
        who.extend(work.task.assignee.clone());
        let role = organisation.roles.get(&work.task.offer.role);
        if let Some(kind) = role.and_then(|role| role.held_by.as_ref())
            && who.is_empty()
        {
            let header = self.stage.world.header(&work.instance);
            who.extend(header.map(|header| header.applicant.clone()));
            let subject = header.and_then(|header| header.subject.as_ref());
            who.extend(subject.filter(|s| s.kind == *kind).map(|s| format!("{}:{}", s.kind, s.id)));
        }
        let held = |person: &String| !work.barred.contains(person);
        let may = |person: &String| {
            let header = self.stage.world.header(&work.instance);
            header.is_some_and(|header| {
                let now = self.stage.world.now;
                invariants::may(&self.stage.world, &header.process, &work.task, person, now)
            })
        };
        let mut seen = BTreeSet::new();
        who.retain(|person| held(person) && may(person) && seen.insert(person.clone()));
        who
    }

    fn nothing_stuck(&self) -> Result<(), Violation> {
        let answerable = |scope: &xueji_runtime::state::Scope| match scope.task() {
            Some(task) => !self.hopeless.contains(&task.id),
            None => true,
        };
        for id in self.stage.world.cases.keys() {
            if let Some(violation) = invariants::stuck(&self.stage.world, id, answerable) {
                return Err(violation);
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        let open = self.stage.world.headers().filter(|header| {
            header.process == self.options.process
                && header.state != xueji_runtime::state::InstanceState::Ended
        });
        let open = u64::try_from(open.count()).unwrap_or(0);
        if open > 0 {
            *self.figures.results.entry("open".to_owned()).or_default() += open;
        }
        let minutes = minutes_between(self.began, self.stage.world.now);
        for (role, waits) in std::mem::take(&mut self.waits) {
            self.figures.queue(&role, &waits, minutes);
        }
    }
}
