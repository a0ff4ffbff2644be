//! Starting a case, and asking beforehand whether it could be started.
//!
//! Invariant: the question and the act judge the same rules on the same values.

use std::sync::Arc;

use jiff::civil::Date;
use xueji_definition::Text;
use xueji_definition::file::Candidates;
use xueji_definition::model::Process;
use xueji_definition::value::Value;

use super::Decision;
use super::forms::{Asked, ReadForm};
use super::rules::exclusion;
use super::work::{Work, unknown};
use crate::command::{Actor, Context, Start};
use crate::event::Event;
use crate::path::ScopePath;
use crate::people;
use crate::record::{Perspective, Record, RecordId};
use crate::refusal::Refusal;
use crate::release::Release;
use crate::state::{Instance, InstanceState, START, Scope};
use crate::verdict::{Says, Verdict};
use crate::view::View;

/// Starts a case.
pub(super) fn decide(view: &dyn View, start: &Start, at: &Context) -> Result<Decision, Refusal> {
    let mut work = begin(view, start, at)?;
    let (read, verdicts) = judge(&mut work, start, true)?;
    if verdicts.iter().any(Verdict::blocks) {
        return Err(Refusal::Rules(verdicts));
    }
    let header = work.header()?.clone();
    // The sketch served the judging; what is kept comes from events alone.
    work.state.instance = None;
    work.state.scopes.clear();
    work.verdicts.clone_from(&verdicts);
    let judged = verdicts.clone();
    let process = work.process()?;
    let entry = process.get().map(|process| process.entry.clone()).unwrap_or_default();
    work.emit(Event::Started {
        process: header.process,
        release: header.release,
        subject: header.subject,
        applicant: header.applicant,
        date: header.started,
        cohort: header.cohort,
        form: read.fields,
        verdicts,
        parent: start.parent.clone(),
    });
    work.enter(&ScopePath::root(), &entry)?;
    work.hold_for(&judged)?;
    Ok(work.decision())
}

/// Judges all start rules of a process for a subject and a form, which may be incomplete; starts nothing.
///
/// # Errors
/// [`Refusal`] when the question itself cannot be asked: an unknown process or subject, a field with a wrong value.
pub fn check(view: &dyn View, start: &Start, at: &Context) -> Result<Vec<Verdict>, Refusal> {
    let mut work = begin(view, start, at)?;
    judge(&mut work, start, false).map(|(_, verdicts)| verdicts)
}

/// Draws up the case as it would start, so that rules and expressions can look at it.
fn begin<'a>(view: &'a dyn View, start: &Start, at: &'a Context) -> Result<Work<'a>, Refusal> {
    if at.actor != Actor::Engine && (start.parent.is_some() || start.applicant.is_some()) {
        // Only the engine knows which step of which case waits for this one.
        return Err(Refusal::Forbidden { act: "start" });
    }
    let today = view.calendar().local_date(at.now);
    let release = starts_on(view, &start.process, start.subject.as_deref(), today)?;
    let of = Arc::clone(&release);
    let Some(process) = of.process(&start.process) else {
        return Err(unknown("process", &start.process));
    };
    let mut work = Work::new(view, at, release, &process.id, &at.new_instance);
    let subject = subject(&mut work, process, start)?;
    let cohort = cohort(&mut work, subject.as_ref())?;
    work.state.instance = Some(Instance {
        id: at.new_instance.clone(),
        process: process.id.clone(),
        release: work.release.hash.clone(),
        subject: subject.clone(),
        applicant: at.actor.person().or(start.applicant.as_deref()).unwrap_or("engine").to_owned(),
        started_at: at.now,
        started: work.today,
        cohort,
        state: InstanceState::Open,
        held_because: None,
        result: None,
        stage: None,
        entered: Vec::new(),
        parent: start.parent.clone(),
        parked: Vec::new(),
        version: 0,
    });
    let mut root = Scope::new(ScopePath::root());
    root.subject = subject;
    work.state.scopes.insert(String::new(), root);
    Ok(work)
}

/// Returns the release on which a case starts: that of its subject's cohort on that date.
///
/// Which field is the cohort says the release that is live for all others; of a process that it does not know, the
/// latest that does.
///
/// # Errors
/// [`Refusal`] when the store cannot be read.
pub fn starts_on(
    view: &dyn View,
    process: &str,
    subject: Option<&str>,
    on: Date,
) -> Result<Arc<Release>, Refusal> {
    let all = view.all_live();
    let knows = all.iter().find(|release| release.process(process).is_some());
    let (Some(knows), Some(id)) = (knows.filter(|_| all.len() > 1), subject) else {
        return Ok(view.live());
    };
    let kind = knows.process(process).and_then(|process| process.subject.as_ref());
    let Some(kind) = kind else { return Ok(view.live()) };
    let record = view.record(&RecordId::new(kind, id))?;
    let cohort = record.and_then(|record| cohort_of(knows, &record, on));
    Ok(view.live_for(cohort))
}

/// Returns the cohort that a record belongs to on a date.
fn cohort_of(release: &Release, record: &Record, on: Date) -> Option<i64> {
    let kind = release.definitions.records.records.get(&record.id.kind)?;
    match record.value(kind.cohort.as_ref()?, on, None, Perspective::Local) {
        Some(Value::Int(cohort)) => Some(*cohort),
        _ => None,
    }
}

fn subject(
    work: &mut Work<'_>,
    process: &Process,
    start: &Start,
) -> Result<Option<RecordId>, Refusal> {
    match (&process.subject, &start.subject) {
        (Some(kind), Some(id)) => {
            let subject = RecordId::new(kind, id);
            if work.record(&subject)?.is_none() {
                return Err(unknown("record", id));
            }
            Ok(Some(subject))
        }
        (Some(kind), None) => Err(Refusal::Form(vec![crate::refusal::FieldFault {
            pointer: "/subject".to_owned(),
            message: Text::new(
                "须指明事项的对象",
                format!("name the {kind} that the case is about"),
            ),
        }])),
        (None, _) => Ok(None),
    }
}

fn cohort(work: &mut Work<'_>, subject: Option<&RecordId>) -> Result<Option<i64>, Refusal> {
    let Some(subject) = subject else { return Ok(None) };
    let (release, today) = (Arc::clone(&work.release), work.today);
    Ok(work.record(subject)?.and_then(|record| cohort_of(&release, record, today)))
}

fn judge(
    work: &mut Work<'_>,
    start: &Start,
    complete: bool,
) -> Result<(ReadForm, Vec<Verdict>), Refusal> {
    let process = work.process()?;
    let Some(process) = process.get() else {
        return Err(unknown("process", &start.process));
    };
    let root = ScopePath::root();
    let asked = Asked {
        form: process.start.form.as_deref(),
        materials: &process.start.materials,
        cases: &process.start.cases,
        complete: false,
    };
    // Who may start can depend on the form (a unit named there); values first, completeness last, so that an applicant
    // is told what stands in the way before being asked for papers.
    let read = work.read_form(&root, START, &asked, &start.form)?;
    if let Some(scope) = work.state.scopes.get_mut("") {
        scope.form.clone_from(&read.fields);
    }
    require_starter(work, process)?;
    let rules = work.applicable(&root, START, &process.start.rules, &process.start.cases)?;
    let mut verdicts = work.judge(&root, START, &rules, &start.overrides)?;
    work.require_overrides_used(&start.overrides, &verdicts)?;
    if let Some(subject) = work.subject(&root)? {
        let against = work.against(&process.start.excludes, &subject)?;
        if !process.start.excludes.is_empty() || !against.is_empty() {
            verdicts.push(exclusion(&work.release.hash, &against));
        }
    }
    // A value that a rule misses may be one that the form asks for: that is told as such.
    let missing = |verdict: &Verdict| matches!(verdict.says, Says::NotJudged { .. });
    if complete && !verdicts.iter().any(|verdict| verdict.blocks() && !missing(verdict)) {
        if let Some(scope) = work.state.scopes.get_mut("") {
            scope.form.clear();
        }
        let read = work.read_form(&root, START, &Asked { complete: true, ..asked }, &start.form)?;
        return Ok((read, verdicts));
    }
    Ok((read, verdicts))
}

/// Refuses unless the person may start the process for that subject.
fn require_starter(work: &mut Work<'_>, process: &Process) -> Result<(), Refusal> {
    let Actor::Person(person) = &work.at.actor else { return Ok(()) };
    let starters: Vec<Candidates> =
        std::iter::once(&process.start.by).chain(&process.start.or_by).cloned().collect();
    let mut needs = Vec::new();
    for by in &starters {
        let offer = work.offer(&ScopePath::root(), START, by)?;
        let organisation = work.view.organisation();
        if people::right(organisation, person, &offer, &process.id, true, work.today).is_some() {
            return Ok(());
        }
        needs.push(super::rights::needs(organisation, &offer));
    }
    let zh: Vec<&str> = needs.iter().map(|n| n.zh.as_str()).collect();
    let en: Vec<&str> = needs.iter().map(|n| n.en.as_str()).collect();
    Err(Refusal::NotAllowed {
        person: person.clone(),
        act: "start",
        needs: Text::new(zh.join("或"), en.join(" or ")),
    })
}
