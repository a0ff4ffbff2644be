//! Traces and acts of a case, who stands in them, and both formats.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::rc::Rc;

use serde_json::Value as Json;
use xueji_definition::model::{Kind, Process, Within};
use xueji_definition::value::{Fields, Value};
use xueji_definition::{Sources, load};
use xueji_runtime::event::Event;
use xueji_runtime::state::{Answer, Instance, InstanceState, Offer, Task};
use xueji_runtime::{RecordId, Recorded, ScopePath};

use super::{CaseLog, CaseWalk, Naming, Ocel, Persons, ScopeState, Xes};

/// The names as the nets have them.
const NAMING: Naming = Naming {
    activity: |step, outcome| format!("{step}:{outcome}"),
    net: |process, within| match within {
        None => process.to_owned(),
        Some(Within { step, branch }) => format!("{process}.{step}.{branch}"),
    },
    kept: |process, step| match &process.steps.get(step)?.kind {
        Kind::UserTask(task) => task.outcomes.first().map(|first| format!("{step}:{first}")),
        _ => None,
    },
    end: |process, step| match &process.steps.get(step)?.kind {
        Kind::End { result, .. } => Some(format!("{step}:{result}")),
        _ => None,
    },
};

const VISIT: &str = "
process: visit
title: {zh: 来访, en: Visit}
subject: guest
start: {by: {role: guest}}
steps:
  greet:
    user-task: {candidates: {role: keeper}, outcomes: [approve, return]}
    next: {approve: rows, return: start}
  rows:
    for-each: {items: everybody, subject: true, body: {user-task: {candidates: {role: keeper}, outcomes: [fine]}}}
    join: {when: all, counts: [fine]}
    next: {approve: over, short: over}
  over: {end: over}
";

fn visit() -> Process {
    let sources = Sources::from_pairs([("workflows/processes/visit.yaml", VISIT)]);
    load(&sources).definitions.processes.remove("visit").unwrap()
}

fn root() -> ScopePath {
    ScopePath::root()
}

fn row() -> ScopePath {
    root().child("rows", 3, "G7")
}

fn entered(scope: ScopePath, step: &str, visit: u32) -> Event {
    Event::Entered { scope, step: step.into(), visit, stage: None }
}

fn answered(scope: ScopePath, step: &str, outcome: &str, by: Option<&str>) -> Event {
    let at = "2026-09-28T01:00:00Z".parse().unwrap();
    Event::Answered {
        scope,
        step: step.into(),
        answer: Answer {
            visit: 1,
            outcome: outcome.into(),
            opinion: None,
            by: by.map(str::to_owned),
            on_behalf: None,
            at,
            rests: String::new(),
        },
        form: [("why".to_owned(), Value::Text("<机密>".into()))].into(),
        cleared: Vec::new(),
        to: None,
        defects: Vec::new(),
        verdicts: Vec::new(),
        recallable: true,
    }
}

fn offered(scope: ScopePath) -> Event {
    let offer = Offer { role: "keeper".into(), unit: None, own: None, person: None };
    Event::TaskOpened {
        scope,
        task: Task {
            id: "t1".into(),
            offer,
            assignee: None,
            delegate: None,
            due: None,
            signers: Vec::new(),
            answered: None,
            kept: None,
            copies: Vec::new(),
            reminded: 0,
            defects: Vec::new(),
            interrupts: Vec::new(),
        },
    }
}

fn started() -> Event {
    Event::Started {
        process: "visit".into(),
        release: "r1".into(),
        subject: Some(RecordId::new("guest", "G7")),
        applicant: "guest:G7".into(),
        date: "2026-09-28".parse().unwrap(),
        cohort: None,
        form: Fields::new(),
        verdicts: Vec::new(),
        parent: None,
    }
}

/// A visit returned once, then greeted, with one row, to its end.
fn whole() -> Vec<Event> {
    let opened = Event::ScopeOpened {
        scope: row(),
        subject: Some(RecordId::new("guest", "G7")),
        item: None,
        carried: None,
    };
    let ended = Event::ScopeEnded { scope: row(), outcome: "fine".into() };
    vec![
        started(),
        entered(root(), "greet", 1),
        offered(root()),
        answered(root(), "greet", "return", Some("ann")),
        entered(root(), "start", 2),
        answered(root(), "start", "submit", Some("guest:G7")),
        entered(root(), "greet", 3),
        answered(root(), "greet", "approve", Some("ann")),
        entered(root(), "rows", 3),
        opened,
        entered(row(), "rows-body", 1),
        answered(row(), "rows-body", "fine", Some("ann")),
        ended,
        answered(root(), "rows", "approve", None),
        entered(root(), "over", 4),
        Event::Ended { result: "over".into(), reason: None },
    ]
}

fn log(events: Vec<Event>, state: InstanceState, persons: &Persons<'_>) -> CaseLog {
    let process = visit();
    let header = Instance {
        id: "2026-000001".into(),
        process: "visit".into(),
        release: "r1".into(),
        subject: Some(RecordId::new("guest", "G7")),
        applicant: "guest:G7".into(),
        started_at: "2026-09-28T01:00:00Z".parse().unwrap(),
        started: "2026-09-28".parse().unwrap(),
        cohort: None,
        state,
        held_because: None,
        result: None,
        stage: None,
        entered: Vec::new(),
        parent: None,
        parked: Vec::new(),
        version: 0,
    };
    let mut walk = CaseWalk::new(&header, Some(&process), NAMING, persons);
    for (seq, event) in (0..).zip(events) {
        walk.take(&Recorded {
            instance: header.id.clone(),
            seq,
            at: "2026-09-28T01:00:00Z".parse().unwrap(),
            by: Some("ann".into()),
            event,
        });
    }
    walk.finish()
}

fn activities(log: &CaseLog, scope: usize) -> Vec<&str> {
    log.scopes[scope].steps.iter().map(|step| step.activity.as_str()).collect()
}

fn hidden() -> Persons<'static> {
    Persons::hidden("a salt that nobody can guess")
}

#[test]
fn each_scope_is_a_trace_in_the_words_of_its_net() {
    let log = log(whole(), InstanceState::Ended, &hidden());
    let nets: Vec<&str> = log.scopes.iter().map(|scope| scope.net.as_str()).collect();
    assert_eq!(nets, ["visit", "visit.rows.body"]);
    assert_eq!(
        activities(&log, 0),
        [
            "start:submit",
            "greet:return",
            "start:submit",
            "greet:approve",
            "rows:approve",
            "over:over"
        ]
    );
    assert_eq!(activities(&log, 1), ["rows-body:fine"]);
    assert!(log.scopes.iter().all(|scope| scope.state == ScopeState::Finished));
    assert_eq!(log.scopes[1].above.as_deref(), Some("2026-000001"));
    assert_eq!(log.scopes[0].steps[1].role.as_deref(), Some("keeper"));
    assert!(log.acts.is_empty(), "{:?}", log.acts);
}

#[test]
fn an_answer_taken_back_is_no_part_of_the_trace() {
    let mut events = whole();
    events.truncate(9);
    events.push(Event::Recalled { scope: root(), step: "greet".into() });
    events.push(entered(root(), "greet", 5));
    let log = log(events, InstanceState::Open, &hidden());
    assert_eq!(activities(&log, 0), ["start:submit", "greet:return", "start:submit"]);
    let acts: Vec<&str> = log.acts.iter().map(|act| act.act.as_str()).collect();
    assert_eq!(acts, ["void", "recall"]);
    assert_eq!(log.scopes[0].state, ScopeState::Open);
}

#[test]
fn a_case_ended_from_outside_is_cut_off_and_its_end_an_act() {
    let mut events = whole();
    events.truncate(11);
    events.push(Event::Ended { result: "terminated".into(), reason: Some("错".into()) });
    let log = log(events, InstanceState::Ended, &hidden());
    assert!(log.scopes.iter().all(|scope| scope.state == ScopeState::CutOff), "{:?}", log.scopes);
    assert_eq!(log.acts[0].act, "terminate");
    assert!(!log.scopes[1].has_trace(), "nothing was done in the row");
}

#[test]
fn a_case_on_another_release_and_a_row_reopened_have_no_trace() {
    let mut events = whole();
    events.truncate(8);
    events.push(Event::Migrated {
        from: "r1".into(),
        to: "r2".into(),
        steps: BTreeMap::new(),
        reason: "新规".into(),
    });
    let moved = log(events, InstanceState::Open, &hidden());
    assert!(!moved.scopes[0].has_trace());
    assert_eq!(moved.acts.iter().filter(|act| act.act == "aside").count(), 4);
    let mut events = whole();
    events.truncate(15);
    events.push(Event::StepReopened { scope: root(), step: "rows".into(), visit: 3 });
    let again = log(events, InstanceState::Open, &hidden());
    assert!(!again.scopes[0].has_trace());
}

#[test]
fn nobody_is_named_unless_asked_for_and_a_pseudonym_is_the_same_throughout() {
    let log_hidden = log(whole(), InstanceState::Ended, &hidden());
    let text = serde_json::to_string(&log_hidden).unwrap();
    for word in ["G7", "ann", "机密"] {
        assert!(!text.contains(word), "{word} stands in {text}");
    }
    let subject = log_hidden.subject.as_ref().unwrap();
    let submitter = log_hidden.scopes[0].steps[2].by.as_ref().unwrap();
    assert_eq!(subject.id, submitter.id, "the guest is one and the same");
    let other = Persons::hidden("another salt nobody can guess");
    assert_ne!(log(whole(), InstanceState::Ended, &other).subject, log_hidden.subject);
    let names = |person: &str| (person == "ann").then(|| "安".to_owned());
    let open = log(whole(), InstanceState::Ended, &Persons::open(&names));
    let text = serde_json::to_string(&open).unwrap();
    assert!(text.contains("G7") && text.contains("安") && text.contains("机密"));
}

/// A place to write to that can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

#[test]
fn xes_has_a_log_a_net_and_says_whether_personal_data_is_in_it() {
    let written: Rc<RefCell<BTreeMap<String, Shared>>> = Rc::default();
    let places = Rc::clone(&written);
    let open = move |name: &str| {
        let place = Shared::default();
        places.borrow_mut().insert(name.to_owned(), place.clone());
        Ok(place)
    };
    let names = |_: &str| None;
    let mut xes = Xes::new(open, true);
    xes.case(&log(whole(), InstanceState::Ended, &Persons::open(&names))).unwrap();
    assert_eq!(xes.finish().unwrap(), ["visit", "visit.rows.body"]);
    let text = written.borrow()["visit"].text();
    assert!(text.starts_with("<?xml"), "{text}");
    assert!(text.contains("<boolean key=\"personal-data\" value=\"true\"/>"));
    assert!(text.contains("value=\"2026-09-28T01:00:00.000+00:00\""));
    assert!(text.contains("value=\"&lt;机密&gt;\""), "what XML gives a meaning is escaped");
    assert_eq!(text.matches("<event>").count(), 6);
    assert_eq!(text.matches("<trace>").count(), text.matches("</trace>").count());
}

#[test]
fn ocel_is_one_object_in_which_all_that_is_named_is_there_once() {
    let out = Shared::default();
    let mut ocel = Ocel::new(out.clone(), Cursor::new(Vec::new()), false).unwrap();
    ocel.case(&log(whole(), InstanceState::Ended, &hidden())).unwrap();
    ocel.finish().unwrap();
    let json: Json = serde_json::from_str(&out.text()).unwrap();
    let objects = json["objects"].as_array().unwrap();
    let mut ids: Vec<&str> = objects.iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(count, ids.len(), "{ids:?}");
    let events = json["events"].as_array().unwrap();
    assert_eq!(events.len(), 7);
    for thing in events.iter().chain(objects) {
        for relation in thing["relationships"].as_array().unwrap() {
            let id = relation["objectId"].as_str().unwrap();
            assert!(ids.contains(&id), "{id} is named and not there");
        }
    }
    let types = |key: &str| json[key].as_array().unwrap().len();
    assert_eq!(types("eventTypes"), 6, "start:submit came twice");
    assert_eq!(json["personalData"], Json::Bool(false));
}
