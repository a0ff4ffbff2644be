//! What people do without the right to: every such act must be refused.
//!
//! Invariant: an act counts as unlawful only where the organisation alone says so, not where chance made it fail.

use xueji_definition::file::{CompleteAct, InstanceAct, MessageAct, ScenarioStep, StartAct};
use xueji_definition::model::Kind;
use xueji_runtime::people;
use xueji_runtime::state::{InstanceState, Open, START};

use super::invariants;
use super::office::Office;
use super::stage::Violation;

/// Words of somebody who has no right to them.
const REASON: &str = "（模拟：无权）";

impl Office<'_> {
    /// Lets somebody try what they may not, now and then.
    pub(super) fn strangers(&mut self) -> Result<(), Violation> {
        if !self.chance.percent(u64::from(self.options.unlawful)) {
            return Ok(());
        }
        let step = match self.chance.below(5) {
            0 | 1 => self.answer_of_a_stranger(),
            2 => self.end_by_a_stranger(),
            3 => self.start_by_a_stranger(),
            _ => self.message_of_a_stranger(),
        };
        match step {
            Some(step) => self.act(step, true).map(|_| ()),
            None => Ok(()),
        }
    }

    fn anybody(&mut self) -> Option<String> {
        let organisation = &self.release.definitions.organisation;
        let mut who: Vec<String> = organisation.people.keys().cloned().collect();
        let subjects = self.newcomers.iter().filter_map(|newcomer| newcomer.subject.as_ref());
        who.extend(subjects.take(20).map(|given| format!("{}:{}", given.record_type, given.id)));
        self.chance.of(&who).cloned()
    }

    fn any_case(&mut self) -> Option<String> {
        let open = self.stage.world.headers();
        let open = open.filter(|header| header.state == InstanceState::Open).rev().take(30);
        let open: Vec<String> = open.map(|header| header.id.clone()).collect();
        self.chance.of(&open).cloned()
    }

    fn answer_of_a_stranger(&mut self) -> Option<ScenarioStep> {
        let id = self.any_case()?;
        let person = self.anybody()?;
        let world = &self.stage.world;
        let process = world.header(&id)?.process.clone();
        let found = world.live_scopes(&id).into_iter().find_map(|scope| {
            let (step, task) = (scope.at.clone()?, scope.task()?);
            let may = invariants::may(world, &process, task, &person, world.now);
            (!may).then(|| (step, scope.path.clone()))
        });
        let (step, path) = found?;
        let row = world.row(&process, &path);
        let outcome = match self.release.process(&process)?.step(&step).map(|step| &step.kind) {
            Some(Kind::UserTask(task)) => self.chance.of(&task.outcomes)?.clone(),
            _ if step == START => "submit".to_owned(),
            _ => return None,
        };
        let today = self.today();
        let form = self.cast.answer(&process, &step, &outcome, today, &mut self.chance);
        Some(ScenarioStep {
            by: Some(person),
            complete: Some(CompleteAct {
                of: Some(self.stage.label(&id)),
                step,
                row: (!row.is_empty()).then_some(row),
                outcome,
                opinion: Some(REASON.to_owned()),
                form,
                ..CompleteAct::default()
            }),
            ..ScenarioStep::default()
        })
    }

    fn end_by_a_stranger(&mut self) -> Option<ScenarioStep> {
        let id = self.any_case()?;
        let person = self.anybody()?;
        let applicant = self.stage.world.header(&id)?.applicant.clone();
        let withdraw = self.chance.percent(50);
        if (withdraw && person == applicant) || (!withdraw && self.manages(&person)) {
            return None;
        }
        let act = if withdraw { "withdraw" } else { "terminate" };
        Some(ScenarioStep {
            by: Some(person),
            case: Some(InstanceAct {
                act: act.to_owned(),
                of: Some(self.stage.label(&id)),
                step: None,
                row: None,
                keys: Vec::new(),
                reason: Some(REASON.to_owned()),
            }),
            ..ScenarioStep::default()
        })
    }

    fn start_by_a_stranger(&mut self) -> Option<ScenarioStep> {
        let person = self.anybody()?;
        let process = self.release.process(&self.options.process)?;
        let organisation = &self.release.definitions.organisation;
        let today = self.today();
        let stands_in = organisation.substitutes.iter().any(|away| away.by == person);
        let starters = std::iter::once(&process.start.by).chain(&process.start.or_by);
        let may = starters.into_iter().any(|by| {
            let kind = organisation.roles.get(&by.role).and_then(|role| role.held_by.as_ref());
            people::holds(organisation, &person, &by.role, None, today)
                || kind.is_some_and(|kind| person.starts_with(&format!("{kind}:")))
        });
        if may || stands_in {
            return None;
        }
        let process = process.id.clone();
        let newcomer = self.chance.of(&self.newcomers)?;
        let (subject, form) = (newcomer.subject.clone(), newcomer.form.clone());
        Some(ScenarioStep {
            by: Some(person),
            start: Some(StartAct {
                process,
                subject: subject.map(|given| given.id),
                form,
                label: Some("stranger".to_owned()),
                overrides: indexmap::IndexMap::new(),
            }),
            ..ScenarioStep::default()
        })
    }

    fn message_of_a_stranger(&mut self) -> Option<ScenarioStep> {
        let id = self.any_case()?;
        let person = self.anybody()?;
        let process = self.stage.world.header(&id)?.process.clone();
        if self.manages(&person) {
            return None;
        }
        let (name, path, step) =
            self.stage.world.live_scopes(&id).into_iter().find_map(|scope| {
                let Some(Open::Wait { message: Some(name), .. }) = &scope.open else { return None };
                Some((name.clone(), scope.path.clone(), scope.at.clone()?))
            })?;
        let by = match &self.release.process(&process)?.step(&step)?.kind {
            Kind::Wait(wait) => wait.by.clone(),
            _ => None,
        };
        let organisation = &self.release.definitions.organisation;
        let stands_in = organisation.substitutes.iter().any(|away| away.by == person);
        let holds = by.as_ref().is_some_and(|by| {
            let kind = organisation.roles.get(&by.role).and_then(|role| role.held_by.as_ref());
            kind.is_some() || people::holds(organisation, &person, &by.role, None, self.today())
        });
        if stands_in || holds {
            return None;
        }
        let row = self.stage.world.row(&process, &path);
        Some(ScenarioStep {
            by: Some(person),
            message: Some(MessageAct {
                name,
                of: Some(self.stage.label(&id)),
                row: (!row.is_empty()).then_some(row),
                key: None,
                answer: None,
                form: indexmap::IndexMap::new(),
            }),
            ..ScenarioStep::default()
        })
    }

    fn manages(&self, person: &str) -> bool {
        let organisation = &self.release.definitions.organisation;
        let stands_in = organisation.substitutes.iter().any(|away| away.by == person);
        let held = people::roles(organisation, person, self.today());
        stands_in
            || held
                .iter()
                .any(|held| organisation.roles.get(&held.role).is_some_and(|role| role.manages))
    }
}
