//! One case, event by event: the forms as they stood, and the moments at which rules were judged.
//!
//! Invariant: follows the history alone; what the rules of a moment saw is what the events before it, and the event itself,
//! had put there.

use std::collections::HashMap;

use jiff::civil::Date;
use xueji_definition::model::{Kind, Process};
use xueji_definition::value::{Fields, Value};
use xueji_runtime::event::Event;
use xueji_runtime::state::{HELD, Instance, START};
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{RecordId, Recorded, ScopePath};

use super::Trial;
use super::known::{Around, Asked, Known};
use super::moment::Moment;
use super::report::{Report, Spot, Why};

/// Where uploaded papers stand in a form.
const MATERIALS: &str = "materials";

/// What an open scope holds.
#[derive(Debug, Default)]
struct Scope {
    form: Fields,
    subject: Option<RecordId>,
}

/// The scopes of a case as its events fill them.
#[derive(Debug, Default)]
struct Scopes(HashMap<String, Scope>);

impl Scopes {
    fn fill(&mut self, path: &ScopePath, form: &Fields, cleared: &[String]) {
        let scope = self.0.entry(path.to_string()).or_default();
        scope.form.extend(form.clone());
        for field in cleared {
            scope.form.remove(field);
        }
    }

    fn follow(&mut self, event: &Event) {
        match event {
            Event::Started { form, subject, .. } => {
                let scope = Scope { form: form.clone(), subject: subject.clone() };
                self.0.insert(String::new(), scope);
            }
            Event::ScopeOpened { scope, subject, carried, .. } => {
                let form = carried.as_ref().map(|carried| carried.form.clone()).unwrap_or_default();
                let opened = Scope { form, subject: subject.clone() };
                self.0.insert(scope.to_string(), opened);
            }
            Event::Answered { scope, form, cleared, .. } => self.fill(scope, form, cleared),
            Event::Filled { scope, form } | Event::Interrupted { scope, form, .. } => {
                self.fill(scope, form, &[]);
            }
            Event::Numbered { scope, number, into } => {
                let form = Fields::from([(into.clone(), Value::Text(number.text.clone()))]);
                self.fill(scope, &form, &[]);
            }
            _ => {}
        }
    }

    /// Returns the form as a scope sees it: its own values first, then those of the scopes above.
    fn form(&self, path: &ScopePath) -> Fields {
        let mut form = Fields::new();
        for at in chain(path).iter().rev() {
            let Some(scope) = self.0.get(&at.to_string()) else { continue };
            let mut own = scope.form.clone();
            if let (Some(Value::Map(papers)), Some(Value::Map(above))) =
                (own.get_mut(MATERIALS), form.get(MATERIALS))
            {
                for (name, paper) in above {
                    papers.entry(name.clone()).or_insert_with(|| paper.clone());
                }
            }
            form.extend(own);
        }
        form
    }

    fn subject(&self, path: &ScopePath) -> Option<&RecordId> {
        let all = chain(path);
        all.iter().find_map(|at| self.0.get(&at.to_string())?.subject.as_ref())
    }
}

/// Returns the paths of a scope and those above it, innermost first.
fn chain(path: &ScopePath) -> Vec<ScopePath> {
    let mut chain = vec![path.clone()];
    while let Some((above, _)) = chain.last().and_then(ScopePath::split) {
        chain.push(above);
    }
    chain
}

/// Where rules were judged, and what was said.
struct Judged<'a> {
    scope: ScopePath,
    step: &'a str,
    then: &'a [Verdict],
}

impl Trial {
    /// Judges all moments of a case again.
    pub fn case(&self, header: &Instance, events: &[Recorded], report: &mut Report) {
        report.cases += 1;
        let changes = report.changes.len();
        let mut scopes = Scopes::default();
        for recorded in events {
            // Rules see the form as it will be with what is entered along.
            scopes.follow(&recorded.event);
            self.event(header, recorded, &scopes, report);
        }
        report.cases_changed += u64::from(report.changes.len() > changes);
    }

    fn event(&self, header: &Instance, recorded: &Recorded, scopes: &Scopes, report: &mut Report) {
        let edited = self.edited.process(&header.process);
        match &recorded.event {
            Event::Started { verdicts, .. } => {
                let judged = Judged { scope: ScopePath::root(), step: START, then: verdicts };
                let moment = self.moment(header, recorded, scopes, judged);
                self.start(edited, &moment, report);
            }
            Event::Answered { scope, step, answer, verdicts, .. } if answer.by.is_some() => {
                let judged = Judged { scope: scope.clone(), step, then: verdicts };
                if step == START {
                    let moment = self.moment(header, recorded, scopes, judged);
                    self.start(edited, &moment, report);
                    return;
                }
                let known = edited.and_then(|process| process.step(step)).map(|step| &step.kind);
                let asked = match known {
                    Some(Kind::UserTask(task)) => {
                        let judges = task.judged.contains(&answer.outcome)
                            || (answer.outcome == HELD && !verdicts.is_empty());
                        let rules = task.rules.is_empty() && task.cases.is_empty();
                        (judges && !rules).then_some(task)
                    }
                    _ => None,
                };
                if verdicts.is_empty() && asked.is_none() {
                    return;
                }
                let moment = self.moment(header, recorded, scopes, judged);
                report.moments += 1;
                match (asked, known, edited) {
                    (Some(task), ..) => moment.list(&task.rules, &task.cases, report),
                    (None, Some(Kind::UserTask(_)), _) => moment.list(&[], &[], report),
                    (None, _, Some(_)) => moment.gone(&Why::StepGone(step.clone()), report),
                    (None, _, None) => {
                        moment.gone(&Why::ProcessGone(header.process.clone()), report);
                    }
                }
            }
            Event::Routed { scope, step, next, verdicts } => {
                let judged = Judged { scope: scope.clone(), step, then: verdicts };
                let known = edited.and_then(|process| process.step(step)).map(|step| &step.kind);
                let moment = self.moment(header, recorded, scopes, judged);
                report.moments += 1;
                match (known, edited) {
                    (Some(Kind::Gateway(gateway)), _) => moment.gateway(gateway, next, report),
                    (_, Some(_)) => moment.gone(&Why::StepGone(step.clone()), report),
                    (_, None) => moment.gone(&Why::ProcessGone(header.process.clone()), report),
                }
            }
            _ => {}
        }
    }

    fn start(&self, edited: Option<&Process>, moment: &Moment<'_>, report: &mut Report) {
        report.moments += 1;
        let Some(process) = edited else {
            moment.gone(&Why::ProcessGone(moment.spot.process.clone()), report);
            return;
        };
        moment.list(&process.start.rules, &process.start.cases, report);
        let before = self.old.process(&process.id).map(|old| &old.start.excludes);
        moment.exclusions(before == Some(&process.start.excludes), report);
    }

    fn moment<'a>(
        &'a self,
        header: &Instance,
        recorded: &Recorded,
        scopes: &Scopes,
        judged: Judged<'a>,
    ) -> Moment<'a> {
        let today = self.offset.to_datetime(recorded.at).date();
        let settings = self.dates.settings(header.started, today, header.cohort);
        let around = Around {
            form: scopes.form(&judged.scope),
            case: case_fields(header, &judged),
            more: more(recorded, scopes, &judged.scope),
            today,
        };
        let old = self.old.process(&header.process);
        let asked = Asked { definitions: &self.old.definitions, process: old };
        Moment {
            spot: spot(header, recorded, &judged, today),
            then: judged.then,
            known: Known::new(judged.then, around, settings, asked),
            edited: &self.edited,
        }
    }
}

fn spot(header: &Instance, recorded: &Recorded, judged: &Judged<'_>, date: Date) -> Spot {
    Spot {
        instance: header.id.clone(),
        seq: recorded.seq,
        process: header.process.clone(),
        date,
        step: judged.step.to_owned(),
        row: judged.scope.row(),
    }
}

fn case_fields(header: &Instance, judged: &Judged<'_>) -> Fields {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut case = Fields::from([
        ("id".to_owned(), text(&header.id)),
        ("process".to_owned(), text(&header.process)),
        ("step".to_owned(), text(judged.step)),
        ("started".to_owned(), Value::Date(header.started)),
        ("applicant".to_owned(), text(&header.applicant)),
    ]);
    if let Some((_, last)) = judged.scope.split() {
        case.insert("row".to_owned(), Value::Text(last.key.clone()));
    }
    case
}

/// Returns what the history holds beside forms and reads: who acted, and whom or what the scope is about.
fn more(recorded: &Recorded, scopes: &Scopes, scope: &ScopePath) -> Vec<(String, Value)> {
    let mut more = Vec::new();
    if let Some(person) = &recorded.by {
        more.push(("person.id".to_owned(), Value::Text(person.clone())));
    }
    if let Some(subject) = scopes.subject(scope) {
        more.push(("subject.id".to_owned(), Value::Text(subject.id.clone())));
    }
    if let Some((_, last)) = scope.split() {
        more.push(("item.key".to_owned(), Value::Text(last.key.clone())));
    }
    more
}
