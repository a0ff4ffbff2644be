//! The token's way through a scope.
//!
//! Invariant: after each command every token stands at a step that waits for somebody or something, or its scope has
//! ended.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use xueji_definition::Text;
use xueji_definition::file::{Call, Candidates, Due};
use xueji_definition::model::{Kind, Period, Step, UserTask, Wait};
use xueji_definition::value::{Fields, Value};

use super::work::Work;
use crate::event::{Event, OutgoingMessage, Timer, TimerKind};
use crate::path::ScopePath;
use crate::refusal::Refusal;
use crate::state::{Answer, Offer, Parent, START, Task};

/// How long a returned case waits for its applicant when the definition does not say: days.
const CORRECTION_DAYS: &str = "15";

/// How a case ends that its applicant did not mend in time.
pub(super) const LAPSED: &str = "lapsed";

impl Work<'_> {
    /// Moves the token of a scope to a step and lets the step begin.
    pub(super) fn enter(&mut self, path: &ScopePath, id: &str) -> Result<(), Refusal> {
        self.moved(id)?;
        let step = self.step(id)?;
        if let Some(correction) = &mut self.correction
            && !matches!(step.kind, Kind::UserTask(_) | Kind::End { .. })
        {
            correction.straight = false;
        }
        let visit = self.scope(path)?.next_visit();
        self.emit(Event::Entered {
            scope: path.clone(),
            step: id.to_owned(),
            visit,
            stage: step.stage.clone(),
        });
        match &step.kind {
            Kind::UserTask(task) => self.begin_task(path, &step, task, visit),
            Kind::ServiceTask { effects } => {
                self.run_effects(path, id, effects)?;
                self.answer_by_engine(path, &step, "done")
            }
            Kind::Gateway(gateway) => self.choose(path, id, gateway),
            Kind::Parallel { branches, .. } => self.open_parallel(path, &step, branches, visit),
            Kind::ForEach(each) => self.open_for_each(path, &step, each, visit),
            Kind::Wait(wait) => self.begin_wait(path, &step, wait, visit),
            Kind::Call(call) => self.begin_call(path, &step, call, visit),
            Kind::End { result, effects } => {
                self.run_effects(path, id, effects)?;
                self.end_scope(path, result)
            }
        }
    }

    /// Goes on from a step with an outcome.
    pub(super) fn follow(
        &mut self,
        path: &ScopePath,
        step: &Step,
        outcome: &str,
    ) -> Result<(), Refusal> {
        match step.next.get(outcome).map(String::as_str) {
            Some(START) => self.open_start(),
            Some(next) => self.enter(path, next),
            None if step.alone => self.end_scope(path, outcome),
            None => Err(self.fault(
                &step.id,
                Text::new(
                    format!("结果 `{outcome}` 没有去向"),
                    format!("outcome `{outcome}` leads nowhere"),
                ),
            )),
        }
    }

    /// Lets the engine answer a step, and goes on.
    pub(super) fn answer_by_engine(
        &mut self,
        path: &ScopePath,
        step: &Step,
        outcome: &str,
    ) -> Result<(), Refusal> {
        let answer = self.engine_answer(path, outcome)?;
        self.emit(Event::Answered {
            scope: path.clone(),
            step: step.id.clone(),
            answer,
            form: Fields::new(),
            cleared: Vec::new(),
            to: None,
            defects: Vec::new(),
            verdicts: Vec::new(),
            recallable: false,
        });
        self.follow(path, step, outcome)
    }

    pub(super) fn engine_answer(
        &mut self,
        path: &ScopePath,
        outcome: &str,
    ) -> Result<Answer, Refusal> {
        Ok(Answer {
            visit: self.scope(path)?.visit,
            outcome: outcome.to_owned(),
            opinion: None,
            by: None,
            on_behalf: None,
            at: self.at.now,
            rests: String::new(),
        })
    }

    fn begin_task(
        &mut self,
        path: &ScopePath,
        step: &Step,
        task: &UserTask,
        visit: u32,
    ) -> Result<(), Refusal> {
        let kept = self.scope(path)?.answers.get(&step.id).cloned();
        let always_asked = step.rests_on.as_ref().is_some_and(Vec::is_empty)
            || self.correction.as_ref().is_some_and(|correction| correction.straight);
        if let Some(kept) = kept
            && !always_asked
            && task.outcomes.first() == Some(&kept.outcome)
            && kept.rests == self.rests(path, step)?
        {
            self.emit(Event::SignatureKept { scope: path.clone(), step: step.id.clone(), visit });
            return self.follow(path, step, &kept.outcome);
        }
        let offer = self.offer(path, &step.id, &task.candidates)?;
        self.open_task(
            path,
            step.id.as_str(),
            visit,
            offer,
            step.due.as_ref(),
            step.on.keys().cloned().collect(),
        )
    }

    /// Returns the hash of what an answer to this step rests on.
    pub(super) fn rests(&mut self, path: &ScopePath, step: &Step) -> Result<String, Refusal> {
        let whole = Value::Map(self.form(path)?);
        let fields = if let Value::Map(form) = &whole { Some(form) } else { None };
        let fields = fields.into_iter().flatten();
        let fields = fields.filter(|(name, _)| *name != super::forms::MATERIALS);
        let fields = fields.map(|(name, value)| (name.as_str(), Some(value)));
        let mut on: Vec<(&str, Option<&Value>)> = Vec::new();
        match &step.rests_on {
            None => on.extend(fields),
            Some(names) => {
                for name in names {
                    if name == "form" {
                        on.extend(fields.clone());
                        continue;
                    }
                    let field = name.strip_prefix("form.").unwrap_or(name);
                    on.push((field, whole.at(field)));
                }
            }
        }
        on.sort();
        let text =
            serde_json::to_string(&on).map_err(|error| self.fault(&step.id, error.to_string()))?;
        Ok(format!("{:x}", Sha256::digest(text)))
    }

    /// Offers work, with its timers.
    pub(super) fn open_task(
        &mut self,
        path: &ScopePath,
        step: &str,
        visit: u32,
        offer: Offer,
        due: Option<&Due>,
        interrupts: Vec<String>,
    ) -> Result<(), Refusal> {
        let correction = self.correction.take().unwrap_or_default();
        let end = match correction.deadline {
            Some(day) => Some(self.end_of(step, day)?),
            None => match due {
                Some(due) => self.due_end(path, step, due)?,
                None => None,
            },
        };
        let id = format!("{}-{}", self.instance, self.next_seq());
        self.emit(Event::TaskOpened {
            scope: path.clone(),
            task: Task {
                id,
                offer,
                assignee: None,
                delegate: None,
                due: end,
                signers: Vec::new(),
                answered: None,
                kept: None,
                copies: Vec::new(),
                reminded: 0,
                defects: correction.defects,
                interrupts,
            },
        });
        if let Some(due) = due {
            self.due_timers(path, step, visit, due, end)?;
        }
        Ok(())
    }

    pub(super) fn due_timers(
        &mut self,
        path: &ScopePath,
        step: &str,
        visit: u32,
        due: &Due,
        end: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        if let Some(days) = &due.remind_after {
            let at = self.working_days_end(path, step, days)?;
            self.set_timer(path, step, visit, at, TimerKind::Remind);
        }
        if let Some(days) = &due.escalate_after {
            let at = self.working_days_end(path, step, days)?;
            self.set_timer(
                path,
                step,
                visit,
                at,
                TimerKind::Escalate { role: due.escalate_to.clone() },
            );
        }
        if let (Some(outcome), Some(end)) = (&due.outcome, end) {
            self.set_timer(path, step, visit, end, TimerKind::Answer { outcome: outcome.clone() });
        }
        Ok(())
    }

    pub(super) fn set_timer(
        &mut self,
        path: &ScopePath,
        step: &str,
        visit: u32,
        due: Timestamp,
        what: TimerKind,
    ) {
        let timer = Timer { due, scope: path.clone(), step: step.to_owned(), visit, what };
        self.emit(Event::TimerSet { timer });
    }

    /// Returns the end of the last day of a `due`.
    pub(super) fn due_end(
        &mut self,
        path: &ScopePath,
        step: &str,
        due: &Due,
    ) -> Result<Option<Timestamp>, Refusal> {
        if let Some(days) = &due.working_days {
            return self.working_days_end(path, step, days).map(Some);
        }
        if let Some(days) = &due.days {
            let days = self.count(path, step, days)?;
            let end = self.view.calendar().add_days(self.today, days);
            let day = end.map_err(|error| self.fault(step, error.to_string()))?.date;
            return self.end_of(step, day).map(Some);
        }
        if let Some(until) = &due.until {
            return match self.evaluate(path, step, until)? {
                Some(Value::Date(day)) => self.end_of(step, day).map(Some),
                None => Ok(None),
                Some(other) => Err(self.gives(step, until, &other, ("日期", "a date"))),
            };
        }
        Ok(None)
    }

    fn working_days_end(
        &mut self,
        path: &ScopePath,
        step: &str,
        days: &xueji_definition::file::Expr,
    ) -> Result<Timestamp, Refusal> {
        let days = self.count(path, step, days)?;
        let end = self.view.calendar().add_working_days(self.today, days);
        let day = end.map_err(|error| self.fault(step, error.to_string()))?.date;
        self.end_of(step, day)
    }

    pub(super) fn end_of(&self, step: &str, day: jiff::civil::Date) -> Result<Timestamp, Refusal> {
        self.view.calendar().end_of(day).map_err(|error| self.fault(step, error.to_string()))
    }

    fn begin_wait(
        &mut self,
        path: &ScopePath,
        step: &Step,
        wait: &Wait,
        visit: u32,
    ) -> Result<(), Refusal> {
        let until = match &wait.period {
            Some(period) => Some(self.period_end(path, &step.id, period)?),
            None => None,
        };
        let key = match &wait.key {
            Some(expr) => self.text(path, &step.id, expr)?,
            None => self.instance.clone(),
        };
        self.emit(Event::WaitOpened {
            scope: path.clone(),
            until,
            message: wait.message.clone(),
            key,
            interrupts: step.on.keys().cloned().collect(),
        });
        if let Some(until) = until {
            self.set_timer(
                path,
                &step.id,
                visit,
                until,
                TimerKind::Answer { outcome: "elapsed".to_owned() },
            );
        }
        if let Some(due) = &step.due {
            let end = self.due_end(path, &step.id, due)?;
            self.due_timers(path, &step.id, visit, due, end)?;
        }
        Ok(())
    }

    pub(super) fn period_end(
        &mut self,
        path: &ScopePath,
        step: &str,
        period: &Period,
    ) -> Result<Timestamp, Refusal> {
        let calendar = self.view.calendar();
        let place = format!("{}/{step}", self.process);
        let fault = |error: String| Refusal::Definition {
            place: place.clone(),
            message: Text::new(error.as_str(), error.as_str()),
        };
        match period {
            Period::WorkingDays(days) => self.working_days_end(path, step, days),
            Period::Days(days) => {
                let days = self.count(path, step, days)?;
                let end = self.view.calendar().add_days(self.today, days);
                let day = end.map_err(|error| self.fault(step, error.to_string()))?.date;
                self.end_of(step, day)
            }
            Period::Until(expr) => match self.required(path, step, expr)? {
                Value::Date(day) => self.end_of(step, day),
                other => Err(self.gives(step, expr, &other, ("日期", "a date"))),
            },
            Period::Window(name) => {
                let opening =
                    calendar.next_opening(name, self.today).map_err(|e| fault(e.to_string()))?;
                let opening =
                    opening.ok_or_else(|| fault(format!("window `{name}` does not open again")))?;
                if opening.from <= self.today {
                    return Ok(self.at.now);
                }
                calendar.start_of(opening.from).map_err(|e| fault(e.to_string()))
            }
            Period::WindowEnd(name) => {
                if !calendar.is_open(name, self.today).map_err(|e| fault(e.to_string()))? {
                    return Ok(self.at.now);
                }
                let opening =
                    calendar.next_opening(name, self.today).map_err(|e| fault(e.to_string()))?;
                match opening {
                    Some(opening) => calendar.end_of(opening.to).map_err(|e| fault(e.to_string())),
                    None => Ok(self.at.now),
                }
            }
            Period::Day(name) => {
                let next = calendar.next_day(name, self.today).map_err(|e| fault(e.to_string()))?;
                let next =
                    next.ok_or_else(|| fault(format!("there is no further day `{name}`")))?;
                calendar.start_of(next.date).map_err(|e| fault(e.to_string()))
            }
        }
    }

    fn begin_call(
        &mut self,
        path: &ScopePath,
        step: &Step,
        call: &Call,
        visit: u32,
    ) -> Result<(), Refusal> {
        let kind = self.release.process(&call.process).and_then(|process| process.subject.clone());
        let subject = match (&call.subject, kind) {
            (Some(expr), Some(kind)) => {
                Some(crate::RecordId::new(kind, self.text(path, &step.id, expr)?))
            }
            (None, Some(_)) => self.subject(path)?,
            (_, None) => None,
        };
        let mut form = Fields::new();
        for (name, expr) in &call.form {
            if let Some(value) = self.evaluate(path, &step.id, expr)? {
                form.insert(name.clone(), value);
            }
        }
        let parent = call.wait.then(|| Parent {
            instance: self.instance.clone(),
            scope: path.clone(),
            step: step.id.clone(),
            visit,
        });
        self.emit(Event::CallRequested {
            scope: path.clone(),
            process: call.process.clone(),
            subject,
            form,
            parent,
        });
        if call.wait { Ok(()) } else { self.answer_by_engine(path, step, "started") }
    }

    /// Sends the case back to its applicant.
    pub(super) fn open_start(&mut self) -> Result<(), Refusal> {
        self.moved(START)?;
        let root = ScopePath::root();
        let process = self.process()?;
        let Some(start) = process.get().map(|process| process.start.clone()) else {
            return Err(Refusal::TaskGone);
        };
        let visit = self.scope(&root)?.next_visit();
        let stage = start.stage.clone().or_else(|| Some(Text::new("退回补正", "returned")));
        self.emit(Event::Entered { scope: root.clone(), step: START.to_owned(), visit, stage });
        let applicant = Candidates { unit: None, own: false, applicant: true, ..start.by.clone() };
        let mut offer = self.offer(&root, START, &applicant)?;
        // Whoever started the case mends it, in whichever of the roles it was started in.
        let person = self.header()?.applicant.clone();
        let held = crate::people::roles(self.view.organisation(), &person, self.today);
        let roles = std::iter::once(&start.by).chain(&start.or_by).map(|by| by.role.clone());
        if let Some(role) =
            roles.into_iter().find(|role| held.iter().any(|held| held.role == *role))
        {
            offer.role = role;
        }
        let mut due = start.due.clone().unwrap_or_else(|| Due {
            days: Some(xueji_definition::file::Expr(CORRECTION_DAYS.to_owned())),
            ..Due::default()
        });
        due.outcome = Some(LAPSED.to_owned());
        self.open_task(&root, START, visit, offer, Some(&due), Vec::new())
    }

    /// Ends a scope with an answer, and lets the step above take it.
    pub(super) fn end_scope(&mut self, path: &ScopePath, outcome: &str) -> Result<(), Refusal> {
        let Some((above, segment)) = path.split() else { return self.end_case(outcome, None) };
        let (step, key) = (segment.step.clone(), segment.key.clone());
        self.emit(Event::ScopeEnded { scope: path.clone(), outcome: outcome.to_owned() });
        self.emit(Event::BranchAnswered {
            scope: above.clone(),
            step: step.clone(),
            key,
            outcome: outcome.to_owned(),
        });
        self.join(&above, &step)
    }

    /// Ends the case.
    pub(super) fn end_case(&mut self, result: &str, reason: Option<String>) -> Result<(), Refusal> {
        let parent = self.header()?.parent.clone();
        self.emit(Event::Ended { result: result.to_owned(), reason });
        if let Some(parent) = parent {
            self.emit(Event::ParentTold { parent, result: result.to_owned() });
        }
        Ok(())
    }

    /// Sends a message on its way.
    pub(super) fn send(&mut self, message: OutgoingMessage) {
        self.emit(Event::MessageSent { message });
    }
}
