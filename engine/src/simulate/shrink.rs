//! From a long list of acts to the shortest that shows the same, as a scenario file.
//!
//! Invariant: what is told was tried: the acts that are printed bring about the very violation.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::{Span, Timestamp};
use serde::Serialize;
use xueji_calendar::Calendar;
use xueji_definition::file::{Expectation, GivenRecord, Literal, ScenarioStep};
use xueji_runtime::state::Scope;
use xueji_runtime::{Release, people};

use super::Options;
use super::cast::{self, Cast, Newcomer};
use super::invariants;
use super::stage::{Act, Invariant, Stage, Violation};

/// Days after the last act within which time could still have moved a case.
const DAYS_AFTER: i32 = 200;

/// What does not hold, and how to see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Story {
    /// What does not hold.
    pub violation: Violation,
    /// How many acts it took at first.
    pub acts_before: usize,
    /// How many it takes.
    pub acts: usize,
    /// A scenario file that `xueji test` plays; its id is [`STORY_FILE`].
    pub scenario: String,
}

/// The id of the scenario file that a story prints.
pub const STORY_FILE: &str = "simulated";
const SCHEMA: &str = "# yaml-language-server: $schema=../schema/scenario.json";

impl Story {
    /// Returns the scenario file with another id: a file's id is the stem of its name.
    #[must_use]
    pub fn named(&self, id: &str) -> String {
        let own = format!("\nscenarios: {STORY_FILE}\n");
        self.scenario.replacen(&own, &format!("\nscenarios: {id}\n"), 1)
    }
}

struct Shrinking<'a> {
    release: &'a Arc<Release>,
    calendar: &'a Arc<Calendar>,
    cast: &'a Cast,
    options: &'a Options,
    violation: Violation,
    began: Timestamp,
}

/// Returns the shortest story that shows a violation.
pub(super) fn shortest(
    release: &Arc<Release>,
    calendar: &Arc<Calendar>,
    cast: &Cast,
    options: &Options,
    violation: Violation,
    log: Vec<Act>,
    newcomers: &[Newcomer],
) -> Story {
    let began = log.first().and_then(|act| time(calendar, act)).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut shrinking = Shrinking { release, calendar, cast, options, violation, began };
    let acts_before = log.len();
    let mut given: Vec<GivenRecord> =
        newcomers.iter().flat_map(Newcomer::records).cloned().collect();
    let mut acts = log;
    if shrinking.shows(&acts, &given) {
        acts = shrinking.without_other_cases(acts, &given);
        acts = shrinking.fewest(acts, &given);
        let used = used_subjects(&acts);
        let fewer: Vec<GivenRecord> =
            given.iter().filter(|record| used.contains(&record.id)).cloned().collect();
        if shrinking.shows(&acts, &fewer) {
            given = fewer;
        } else {
            given = shrinking.fewest_given(&acts, given);
        }
        acts = shrinking.with_shorter_forms(acts, &given);
    }
    let scenario = shrinking.scenario(&acts, &given);
    Story { violation: shrinking.violation, acts_before, acts: acts.len(), scenario }
}

impl Shrinking<'_> {
    /// Returns whether acts bring about the same violation; takes over how it is then told.
    fn shows(&mut self, acts: &[Act], given: &[GivenRecord]) -> bool {
        let Some(found) = self.play(acts, given) else { return false };
        let same = (found.invariant, &found.process, &found.step)
            == (self.violation.invariant, &self.violation.process, &self.violation.step);
        if same {
            self.violation = found;
        }
        same
    }

    fn play(&self, acts: &[Act], given: &[GivenRecord]) -> Option<Violation> {
        let records = &self.cast.records;
        let mut stage =
            Stage::new(self.release, self.calendar, records, self.options.decide, self.began);
        for record in given.iter().filter_map(|given| cast::record(self.release, given)) {
            stage.world.add_record(record);
        }
        for act in acts {
            if let Err(violation) = stage.act(act) {
                return Some(violation);
            }
        }
        let violation = self.violation.invariant;
        let after = matches!(violation, Invariant::NotStuck | Invariant::GoesOn | Invariant::Over);
        if !after {
            return None;
        }
        let end = stage.world.now.checked_add(Span::new().hours(24 * DAYS_AFTER)).ok()?;
        if let Err(violation) = stage.advance(end) {
            return Some(violation);
        }
        let ids: Vec<String> = stage.world.cases.keys().cloned().collect();
        ids.iter().find_map(|id| {
            invariants::stuck(&stage.world, id, |scope| self.answerable(&stage, id, scope))
        })
    }

    /// Returns whether somebody could answer the task of a scope: tried, for what stands in the way may be more than roles.
    fn answerable(&self, stage: &Stage, id: &str, scope: &Scope) -> bool {
        let Some(task) = scope.task() else { return true };
        let organisation = &self.release.definitions.organisation;
        let today = stage.world.calendar.local_date(stage.world.now);
        let mut who = people::candidates(organisation, &task.offer, today);
        let header = stage.world.header(id);
        who.extend(task.assignee.clone());
        who.extend(header.map(|header| header.applicant.clone()));
        let answer = xueji_runtime::command::Completion {
            outcome: "\u{0}".to_owned(),
            ..Default::default()
        };
        who.into_iter().any(|person| {
            let command = xueji_runtime::Command::Complete {
                instance: id.to_owned(),
                scope: scope.path.clone(),
                task: task.id.clone(),
                answer: answer.clone(),
            };
            let context = xueji_runtime::Context {
                now: stage.world.now,
                actor: xueji_runtime::Actor::Person(person),
                new_instance: String::new(),
            };
            match (self.options.decide)(&stage.world, &command, &context) {
                // No such outcome: so it was not the person that was refused.
                Err(refusal) => !super::hands::of_person(&refusal),
                Ok(_) => true,
            }
        })
    }

    /// Leaves out all cases but one, where one is enough.
    fn without_other_cases(&mut self, acts: Vec<Act>, given: &[GivenRecord]) -> Vec<Act> {
        let labels: BTreeSet<String> = acts.iter().filter_map(label).collect();
        for wanted in labels.iter().rev() {
            let own: Vec<Act> =
                acts.iter().filter(|act| label(act).as_ref() == Some(wanted)).cloned().collect();
            if own.len() < acts.len() && self.shows(&own, given) {
                return own;
            }
        }
        acts
    }

    /// Leaves out as many acts as can be (delta debugging).
    fn fewest(&mut self, mut acts: Vec<Act>, given: &[GivenRecord]) -> Vec<Act> {
        let mut size = acts.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            let mut left_out = false;
            while at < acts.len() {
                let mut fewer = acts.clone();
                fewer.drain(at..(at + size).min(acts.len()));
                if self.shows(&fewer, given) {
                    acts = fewer;
                    left_out = true;
                } else {
                    at += size;
                }
            }
            if size > 1 {
                size = size.div_ceil(2);
            } else if !left_out {
                return acts;
            }
        }
    }

    /// Leaves out records that do not matter, most at once first.
    fn fewest_given(&mut self, acts: &[Act], mut given: Vec<GivenRecord>) -> Vec<GivenRecord> {
        let mut size = given.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < given.len() {
                let mut fewer = given.clone();
                fewer.drain(at..(at + size).min(given.len()));
                if self.shows(acts, &fewer) {
                    given = fewer;
                } else {
                    at += size;
                }
            }
            if size == 1 {
                return given;
            }
            size = size.div_ceil(2);
        }
    }

    /// Leaves out fields of forms that do not matter.
    fn with_shorter_forms(&mut self, mut acts: Vec<Act>, given: &[GivenRecord]) -> Vec<Act> {
        for at in 0..acts.len() {
            let names: Vec<String> = acts
                .get_mut(at)
                .and_then(|act| form(&mut act.step))
                .map(|form| form.keys().cloned().collect())
                .unwrap_or_default();
            for name in names {
                let mut fewer = acts.clone();
                let form = fewer.get_mut(at).and_then(|act| form(&mut act.step));
                if form.and_then(|form| form.shift_remove(&name)).is_some()
                    && self.shows(&fewer, given)
                {
                    acts = fewer;
                }
            }
        }
        acts
    }

    /// Writes acts as a scenario file, with what should be so at its end.
    fn scenario(&self, acts: &[Act], given: &[GivenRecord]) -> String {
        let words = self.violation.invariant.words();
        let mut text = format!("{SCHEMA}\n\n");
        let title = serde_json::json!({"zh": format!("模拟发现：{}", words.zh), "en": format!("Found by simulation: {}", words.en)});
        text.push_str(&format!("scenarios: {STORY_FILE}\ntitle: {title}\n"));
        if let Some(with) = &self.cast.file {
            text.push_str(&format!("with: [{with}]\n"));
        }
        let name = serde_json::json!({"zh": format!("{} {}", self.violation.process, self.violation.step.as_deref().unwrap_or_default()), "en": format!("seed {}", self.options.seed)});
        text.push_str(&format!("stories:\n  - name: {name}\n"));
        if !given.is_empty() {
            text.push_str("    given:\n");
        }
        for record in given {
            text.push_str(&format!("      - {}\n", flow(record)));
        }
        text.push_str("    steps:\n");
        for (number, act) in (1..).zip(acts) {
            let mut step = act.step.clone();
            if act.unlawful {
                // Whoever reads it sees what should have come.
                let refused = Some("not-allowed".to_owned());
                step.expect = Some(Expectation { refused, ..Expectation::default() });
            } else if number == acts.len() && self.violation.invariant == Invariant::NotStuck {
                text.push_str(&format!("      - {}\n", flow(&step)));
                step = self.end(acts);
            }
            text.push_str(&format!("      - {}\n", flow(&step)));
        }
        text
    }

    /// Returns the step that looks whether the case has ended.
    fn end(&self, acts: &[Act]) -> ScenarioStep {
        let last = acts.last();
        let at = last.and_then(|act| time(self.calendar, act));
        let at = at.and_then(|at| at.checked_add(Span::new().hours(24 * DAYS_AFTER)).ok());
        let day = at.map(|at| self.calendar.local_date(at).to_string());
        let ended = Expectation {
            of: last.and_then(label),
            state: Some("ended".to_owned()),
            ..Expectation::default()
        };
        ScenarioStep { at: day, expect: Some(ended), ..ScenarioStep::default() }
    }
}

/// Returns which case an act is about.
fn label(act: &Act) -> Option<String> {
    let step = &act.step;
    let started = step.start.as_ref().and_then(|start| start.label.clone());
    started
        .or_else(|| step.complete.as_ref().and_then(|act| act.of.clone()))
        .or_else(|| step.task.as_ref().and_then(|act| act.of.clone()))
        .or_else(|| step.message.as_ref().and_then(|act| act.of.clone()))
        .or_else(|| step.case.as_ref().and_then(|act| act.of.clone()))
}

fn form(step: &mut ScenarioStep) -> Option<&mut IndexMap<String, Literal>> {
    if let Some(start) = &mut step.start {
        return Some(&mut start.form);
    }
    if let Some(complete) = &mut step.complete {
        return Some(&mut complete.form);
    }
    step.message.as_mut().map(|message| &mut message.form)
}

fn used_subjects(acts: &[Act]) -> BTreeSet<String> {
    let subjects = acts.iter().filter_map(|act| act.step.start.as_ref()?.subject.clone());
    let people = acts.iter().filter_map(|act| act.step.by.as_deref()?.split_once(':'));
    subjects.chain(people.map(|(_, id)| id.to_owned())).collect()
}

fn time(calendar: &Calendar, act: &Act) -> Option<Timestamp> {
    let local: jiff::civil::DateTime = act.step.at.as_deref()?.parse().ok()?;
    calendar.offset().to_timestamp(local).ok()
}

/// Writes a part of a file on one line: what JSON writes, YAML reads.
fn flow(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
