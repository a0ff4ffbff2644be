//! What once went wrong, each told as what now holds instead.

use crate::world::World;
use xueji_definition::value::Value;
use xueji_runtime::command::{CaseAct, Command, TaskAct};
use xueji_runtime::state::{InstanceState, SignPlace};
use xueji_runtime::{Actor, Decision, Event, Refusal, ScopePath};

const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units:
  house: {title: {zh: 会馆, en: House}}
  east: {title: {zh: 东厅, en: East hall}, parent: house}
  west: {title: {zh: 西厅, en: West hall}, parent: house}
roles:
  guest: {title: {zh: 客人, en: Guest}, held-by: guest}
  head: {title: {zh: 负责人, en: Head}}
  clerk: {title: {zh: 办事员, en: Clerk}, manages: true}
people:
  ann: {name: 安}
  ben: {name: 本}
  cay: {name: 凯}
  own: {name: 己, record: {type: guest, id: "00"}}
  clerk: {name: 办}
holders:
  - {person: ann, role: head, unit: east, to: 2026-10-10}
  - {person: cay, role: head, unit: west}
  - {person: clerk, role: clerk}
substitutes:
  - {person: ann, by: ben, from: 2026-09-01, to: 2026-10-05}
"#;

const RECORDS: &str = r#"
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    unit: unit
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      unit: {title: {zh: 厅, en: Hall}, type: text}
      seen: {title: {zh: 次数, en: Times}, type: number}
"#;

const FACTS: &str = r#"
queries:
  guests: {title: {zh: 客人, en: Guests}, over: {records: guest}}
"#;

const CALENDARS: &str = r#"
time-zone: "+08:00"
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
terms: []
windows: {}
days: {}
"#;

/// A house with that process and that many guests of the east hall.
pub(crate) fn house(process: &str, guests: usize, more: &[(&str, &str)]) -> World {
    let mut files = vec![
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/records.yaml", RECORDS),
        ("workflows/facts.yaml", FACTS),
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/processes/first.yaml", process),
    ];
    files.extend(more);
    let mut world = World::new(&files, "2026-09-28T01:00:00Z");
    for n in 0..guests {
        guest(&mut world, &format!("{n:02}"));
    }
    world
}

pub(crate) fn guest(world: &mut World, id: &str) {
    world.record("guest", id, &[("unit", Value::Text("east".into())), ("seen", Value::Int(0))]);
}

pub(crate) fn case(
    world: &mut World,
    by: &str,
    id: &str,
    act: CaseAct,
) -> Result<Decision, Refusal> {
    world.submit(Actor::Person(by.into()), Command::Case { instance: id.into(), act })
}

pub(crate) fn hold(world: &mut World, id: &str) {
    case(world, "clerk", id, CaseAct::Hold { reason: "rain".into() }).unwrap();
}

pub(crate) fn resume(world: &mut World, id: &str) {
    case(world, "clerk", id, CaseAct::Resume { reason: None }).unwrap();
}

pub(crate) fn act(
    world: &mut World,
    by: &str,
    id: &str,
    (row, step): (&str, &str),
    act: TaskAct,
) -> Result<Decision, Refusal> {
    let (scope, task) = world.task(id, row, step).unwrap();
    let command = Command::Task { instance: id.into(), scope, task: task.id, act };
    world.submit(Actor::Person(by.into()), command)
}

pub(crate) fn scope(world: &World, id: &str, row: &str) -> ScopePath {
    let found = world.scopes.iter().find(|((of, _), scope)| of == id && scope.path.row() == row);
    found.unwrap().1.path.clone()
}

pub(crate) const YES: &str = r#"{"outcome": "approve", "opinion": "fine"}"#;

#[test]
fn a_value_that_is_missing_is_told_with_the_parameter_behind_it() {
    const FORM: &str = "form: note\ntitle: {zh: 单, en: Note}\nfields:\n  end_day: {title: {zh: 止, en: End}, type: date}\n";
    const PARAMETERS: &str = r#"
parameters:
  note.days: {title: {zh: 天数, en: Days}, type: number, values: [{value: 3, to: 2026-01-01, source: 旧规}]}
"#;
    const LATER: &str = r#"
facts:
  last: {title: {zh: 止, en: Last}, calendar: {plus-working-days: param.note.days}}
queries: {}
"#;
    const PROCESS: &str = r#"
process: first
title: {zh: 等候, en: Waiting}
subject: guest
start: {by: {role: clerk}, form: note}
effects:
  set-until: {fill: {end_day: fact.last}}
steps:
  set: {service-task: [set-until], next: {done: wait}}
  wait: {wait: {until: form.end_day}, next: {elapsed: over}}
  over: {end: over}
"#;
    let more = [
        ("workflows/forms/note.yaml", FORM),
        ("workflows/parameters.yaml", PARAMETERS),
        ("workflows/facts.yaml", LATER),
    ];
    let mut world = house(PROCESS, 1, &more);
    let refused = world.start("clerk", "first", Some("00"), "{}").unwrap_err();
    assert_eq!(
        refused.text().zh,
        "流程定义有误（first/wait）：`form.end_day` 没有值，因为参数 `note.days` 对这件事项的日期和批次没有值"
    );
    assert!(refused.text().en.ends_with(
        "`form.end_day` has no value, since parameter `note.days` has none for the date and cohort of the case"
    ));
}

const WAITING: &str = r#"
process: first
title: {zh: 等候, en: Waiting}
subject: guest
start: {by: {role: clerk}}
steps:
  both:
    parallel:
      shown: {steps: {show: {wait: {days: 2}, next: {elapsed: shown-end}}, shown-end: {end: done}}}
      rows: {steps: {each: {for-each: {items: guests, body: {wait: {days: 3}}}, join: {when: all, counts: [elapsed]}, next: {approve: rows-end, short: rows-end}}, rows-end: {end: done}}}
    join: {when: all, counts: [done]}
    next: {approve: over, short: over}
  over: {end: over}
"#;

#[test]
fn what_fell_due_in_branches_and_rows_of_a_held_case_happens_when_it_goes_on() {
    let mut world = house(WAITING, 3, &[]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    hold(&mut world, &id);
    world.at("2026-10-09T00:00:00Z");
    assert_eq!(world.open(&id).len(), 4, "nothing moves while it is held");
    resume(&mut world, &id);
    assert_eq!(world.stands(&id).1.as_deref(), Some("over"));
}

#[test]
fn a_held_case_with_very_many_waits_goes_on_within_a_day() {
    let mut world = house(WAITING, 80, &[]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    hold(&mut world, &id);
    world.at("2026-10-09T00:00:00Z");
    assert_eq!(world.instances[&id].parked.len(), 64, "a header stays small");
    resume(&mut world, &id);
    assert_eq!(world.stands(&id).0, InstanceState::Open);
    world.at("2026-10-10T00:00:00Z");
    assert_eq!(world.stands(&id).1.as_deref(), Some("over"));
}

const CALLER: &str = r#"
process: first
title: {zh: 调用, en: Caller}
subject: guest
start: {by: {role: clerk}}
steps:
  ask: {call: {process: second, cancel: true}, next: {done: news}}
  news: {wait: {message: news}, next: {news: over}}
  over: {end: over}
"#;

pub(crate) const CALLED: &str = r#"
process: second
title: {zh: 被调, en: Called}
subject: guest
start: {by: {role: clerk}}
steps:
  look: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, next: {approve: done}}
  done: {end: done}
"#;

#[test]
fn the_result_of_a_called_case_waits_while_its_caller_is_held() {
    let mut world = house(CALLER, 1, &[("workflows/processes/second.yaml", CALLED)]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    let called = world.instances.keys().find(|other| **other != id).unwrap().clone();
    hold(&mut world, &id);
    world.complete("clerk", &called, "", "look", YES).unwrap();
    assert_eq!(world.open(&id), ["ask"], "a held case does not move");
    resume(&mut world, &id);
    assert_eq!(world.open(&id), ["news"]);
}

#[test]
fn a_message_of_another_case_waits_while_the_case_is_held() {
    let mut world = house(CALLER, 1, &[("workflows/processes/second.yaml", CALLED)]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    let called = world.instances.keys().find(|other| **other != id).unwrap().clone();
    world.complete("clerk", &called, "", "look", YES).unwrap();
    hold(&mut world, &id);
    let message = xueji_runtime::event::OutgoingMessage {
        name: "news".into(),
        key: id.clone(),
        answer: None,
        form: Default::default(),
    };
    let deliver = Command::Deliver { instance: id.clone(), scope: ScopePath::root(), message };
    world.submit(Actor::Engine, deliver).unwrap();
    assert_eq!(world.open(&id), ["news"]);
    resume(&mut world, &id);
    assert_eq!(world.stands(&id).1.as_deref(), Some("over"));
}

const DESK: &str = r#"
process: first
title: {zh: 窗口, en: Desk}
subject: guest
start: {by: {role: clerk}}
steps:
  look:
    user-task: {candidates: {role: head, unit: subject.unit}, outcomes: [approve, agree, return], rules: [seen-twice], judged: [approve, agree]}
    forbid: [return]
    next: {approve: sides, agree: sides, return: start}
  sides:
    parallel:
      maker: {steps: {make: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, next: {approve: made}}, made: {end: done}}}
      other: {steps: {check: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, separate-from: [make], next: {approve: checked}}, checked: {end: done}}}
    join: {when: all, counts: [done]}
    next: {approve: last, short: last}
  last:
    user-task: {candidates: {role: clerk}, outcomes: [approve]}
    separate-from: [start]
    next: {approve: over}
  over: {end: over}
"#;

const SEEN: &str = r#"
/// 已来两次
/// Seen twice
/// @id S1
/// @effect block
/// @source P
/// @override-role head
/// @reason zh 来过{subject.seen}次
/// @reason en seen {subject.seen} times
fn seen_twice(subject) { subject.seen >= 2 }
"#;

fn desk(seen: i64) -> (World, String) {
    let mut world = house(DESK, 1, &[("rules/seen.rhai", SEEN)]);
    world.record("guest", "00", &[("seen", Value::Int(seen))]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    (world, id)
}

const LOOK: (&str, &str) = ("", "look");

#[test]
fn a_claimed_task_is_lost_with_the_role_and_a_stand_in_signs_for_the_absent() {
    let (mut world, id) = desk(2);
    act(&mut world, "ben", &id, LOOK, TaskAct::Claim).unwrap();
    let decision = world.complete("ben", &id, "", "look", YES).unwrap();
    let for_whom = decision.events.iter().find_map(|e| match &e.event {
        Event::Answered { answer, .. } => Some(answer.on_behalf.clone()),
        _ => None,
    });
    assert_eq!(for_whom, Some(Some("ann".into())), "claimed or not, it is for the absent");

    let (mut world, id) = desk(2);
    act(&mut world, "ann", &id, LOOK, TaskAct::Claim).unwrap();
    world.at("2026-10-11T00:00:00Z");
    let refused = world.complete("ann", &id, "", "look", YES);
    assert!(matches!(refused, Err(Refusal::NotAllowed { .. })), "{refused:?}");
}

#[test]
fn maker_and_checker_are_two_in_branches_side_by_side_and_for_whoever_started() {
    let (mut world, id) = desk(2);
    world.complete("ann", &id, "", "look", YES).unwrap();
    world.complete("clerk", &id, "maker", "make", YES).unwrap();
    let refused = world.complete("clerk", &id, "other", "check", YES);
    assert!(matches!(refused, Err(Refusal::NotSeparate { .. })), "{refused:?}");
    let starter = r#"
process: first
title: {zh: 窗口, en: Desk}
subject: guest
start: {by: {role: clerk}}
steps:
  last: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, separate-from: [start], next: {approve: over}}
  over: {end: over}
"#;
    let mut world = house(starter, 1, &[]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    let refused = world.complete("clerk", &id, "", "last", YES);
    assert!(matches!(refused, Err(Refusal::NotSeparate { .. })), "{refused:?}");
}

fn add_signer(world: &mut World, id: &str, person: &str) -> Result<Decision, Refusal> {
    let ask = TaskAct::AddSigner { person: person.into(), place: SignPlace::Beside };
    act(world, "ann", id, LOOK, ask)
}

#[test]
fn a_further_signer_is_bound_like_everybody_who_answers() {
    let (mut world, id) = desk(0);
    let refused = add_signer(&mut world, &id, "own");
    assert!(matches!(refused, Err(Refusal::OwnCase { .. })), "{refused:?}");
    add_signer(&mut world, &id, "cay").unwrap();
    let refused =
        world.complete("cay", &id, "", "look", r#"{"outcome": "return", "opinion": "no"}"#);
    assert!(matches!(refused, Err(Refusal::Forbidden { .. })), "{refused:?}");
    let refused = world.complete("cay", &id, "", "look", r#"{"outcome": "agree"}"#);
    assert!(matches!(refused, Err(Refusal::Rules(_))), "no way around the rules: {refused:?}");
}

#[test]
fn what_the_rules_said_of_an_answer_that_waited_for_signers_stands_in_the_history() {
    let (mut world, id) = desk(2);
    add_signer(&mut world, &id, "cay").unwrap();
    world.complete("ann", &id, "", "look", YES).unwrap();
    let decision = world.complete("cay", &id, "", "look", YES).unwrap();
    let verdicts = decision.events.iter().find_map(|e| match &e.event {
        Event::Answered { verdicts, .. } => Some(verdicts.len()),
        _ => None,
    });
    assert_eq!(verdicts, Some(1));
}

#[test]
fn a_delegate_proposes_an_outcome_that_there_is_and_fills_in_nothing() {
    let (mut world, id) = desk(2);
    let to = TaskAct::Delegate { to: "cay".into(), note: None };
    act(&mut world, "ann", &id, LOOK, to).unwrap();
    let refused = world.complete("cay", &id, "", "look", r#"{"outcome": "nonsense"}"#);
    assert!(matches!(refused, Err(Refusal::UnknownOutcome { .. })), "{refused:?}");
    let refused =
        world.complete("cay", &id, "", "look", r#"{"outcome": "approve", "form": {"a": 1}}"#);
    assert!(matches!(refused, Err(Refusal::Form(_))), "{refused:?}");
    world.complete("cay", &id, "", "look", YES).unwrap();
    assert_eq!(world.open(&id), ["look"], "only whoever has the task answers it");
}
