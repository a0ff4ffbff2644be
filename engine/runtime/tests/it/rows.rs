//! A round over all units and, within each, over its people: rows that open in batches, are held, come late, and are
//! reopened, while every other row keeps what it has.

use crate::world::World;
use xueji_definition::value::Value;
use xueji_runtime::command::{CaseAct, Command};
use xueji_runtime::state::InstanceState;
use xueji_runtime::{Actor, Event, Refusal, ScopePath};

const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units:
  a: {title: {zh: 甲, en: A}}
  b: {title: {zh: 乙, en: B}}
roles:
  clerk: {title: {zh: 办事员, en: Clerk}, manages: true}
people:
  clerk: {name: 办}
holders:
  - {person: clerk, role: clerk}
"#;

const RECORDS: &str = r#"
records:
  unit:
    title: {zh: 单位, en: Unit}
    id: code
    fields:
      code: {title: {zh: 代码, en: Code}, type: text}
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      unit: {title: {zh: 单位, en: Unit}, type: text, index: true}
      checked: {title: {zh: 已核, en: Checked}, type: flag}
"#;

const FACTS: &str = r#"
queries:
  units: {title: {zh: 单位, en: Units}, over: {records: unit}}
  guests_of_unit:
    title: {zh: 单位的客人, en: Guests of the unit}
    over: {records: guest}
    where:
      - {field: unit, same-as: item.code}
  all_guests: {title: {zh: 客人, en: Guests}, over: {records: guest}}
"#;

const REVIEW: &str = r#"
process: review
title: {zh: 核对, en: Review}
start:
  by: {role: clerk}
effects:
  tick: {set: {values: {checked: true}}}
steps:
  units:
    for-each:
      items: units
      body:
        steps:
          people:
            for-each:
              items: guests_of_unit
              subject: true
              reopen-until: closed
              open-until: closed
              body:
                steps:
                  look:
                    user-task: {candidates: {role: clerk}, outcomes: [fine, held, wrong]}
                    next: {fine: note, held: put-aside, wrong: bad}
                  note: {service-task: [tick], next: {done: good}}
                  good: {end: good}
                  bad: {end: bad}
                  put-aside: {end: held}
            join: {when: all, counts: [good, bad]}
            next: {approve: sign, short: sign}
          sign:
            user-task: {candidates: {role: clerk}, outcomes: [approve]}
            rests-on: []
            next: {approve: unit-done}
          unit-done: {end: done}
    join: {when: all, counts: [done]}
    next: {approve: closed, short: closed}
  closed: {end: closed}
"#;

const VOTE: &str = r#"
process: vote
title: {zh: 表决, en: Vote}
start:
  by: {role: clerk}
steps:
  votes:
    for-each:
      items: all_guests
      subject: true
      body: {user-task: {candidates: {role: clerk}, outcomes: [yes, no]}}
    join: {when: share, share: "0.5", counts: ["yes"]}
    next: {approve: carried, short: lost}
  carried: {end: carried}
  lost: {end: lost}
"#;

const TURNS: &str = r#"
process: turns
title: {zh: 依次, en: In turn}
start:
  by: {role: clerk}
steps:
  each:
    for-each:
      items: all_guests
      in-turn: true
      body: {user-task: {candidates: {role: clerk}, outcomes: [approve]}}
    join: {when: all, counts: [approve]}
    next: {approve: over, short: over}
  over: {end: over}
"#;

const DESKS: &str = r#"
process: desks
title: {zh: 窗口, en: Desks}
start:
  by: {role: clerk}
steps:
  each:
    for-each:
      items: all_guests
      body:
        steps:
          desk:
            user-task: {candidates: {role: clerk}, outcomes: [approve, reject]}
            next: {approve: cleared, reject: wrong}
          cleared: {end: cleared}
          wrong: {end: wrong}
    join: {when: all, counts: [cleared], at-once: [wrong]}
    next: {approve: over, wrong: again, short: again}
  again:
    user-task: {candidates: {role: clerk}, outcomes: [approve]}
    rests-on: []
    next: {approve: each}
  over: {end: over}
"#;

fn house(guests: usize) -> World {
    let mut world = World::new(
        &[
            ("workflows/organisation.yaml", ORGANISATION),
            ("workflows/records.yaml", RECORDS),
            ("workflows/facts.yaml", FACTS),
            ("workflows/processes/review.yaml", REVIEW),
            ("workflows/processes/vote.yaml", VOTE),
            ("workflows/processes/turns.yaml", TURNS),
            ("workflows/processes/desks.yaml", DESKS),
        ],
        "2026-09-28T01:00:00Z",
    );
    world.record("unit", "a", &[("code", Value::Text("a".into()))]);
    world.record("unit", "b", &[("code", Value::Text("b".into()))]);
    for n in 0..guests {
        add_guest(&mut world, &format!("{n:03}"), "a");
    }
    world
}

fn add_guest(world: &mut World, id: &str, unit: &str) {
    world.record("guest", id, &[("unit", Value::Text(unit.into()))]);
}

fn answer(
    world: &mut World,
    id: &str,
    row: &str,
    step: &str,
    outcome: &str,
) -> Result<(), Refusal> {
    world.complete("clerk", id, row, step, &format!(r#"{{"outcome": "{outcome}"}}"#)).map(|_| ())
}

#[test]
fn a_unit_without_people_is_signed_at_once_and_the_others_wait_for_theirs() {
    let mut world = house(2);
    let id = world.start("clerk", "review", None, "{}").unwrap();
    assert_eq!(world.open(&id), ["a/000: look", "a/001: look", "b: sign"]);
    answer(&mut world, &id, "b", "sign", "approve").unwrap();
    answer(&mut world, &id, "a/000", "look", "fine").unwrap();
    assert_eq!(world.open(&id), ["a/001: look"]);
    answer(&mut world, &id, "a/001", "look", "held").unwrap();
    assert_eq!(world.open(&id), ["a: sign"], "a held row leaves the join");
    answer(&mut world, &id, "a", "sign", "approve").unwrap();
    assert_eq!(world.stands(&id), (InstanceState::Ended, Some("closed".into())));
}

#[test]
fn many_rows_open_batch_by_batch_each_of_its_own_command() {
    let mut world = house(100);
    let id = world.start("clerk", "review", None, "{}").unwrap();
    assert_eq!(world.open(&id).len(), 101);
    let opened =
        world.history[&id].iter().filter(|e| matches!(e.event, Event::TimerSet { .. })).count();
    assert_eq!(
        opened, 8,
        "12 rows at once, so 9 batches for 100, each but the last asking for the next"
    );
}

#[test]
fn an_answer_on_one_row_touches_that_row_and_its_counters_alone() {
    let mut world = house(40);
    let id = world.start("clerk", "review", None, "{}").unwrap();
    let decision =
        world.complete("clerk", &id, "a/007", "look", r#"{"outcome": "wrong"}"#).unwrap();
    let touched: Vec<String> = decision.state.scopes.values().map(|s| s.path.row()).collect();
    assert_eq!(touched, ["", "a", "a/007"]);
}

#[test]
fn a_late_person_is_let_in_and_a_finished_row_reopened_until_the_unit_is_closed() {
    let mut world = house(1);
    let id = world.start("clerk", "review", None, "{}").unwrap();
    answer(&mut world, &id, "a/000", "look", "wrong").unwrap();
    assert_eq!(world.open(&id), ["a: sign", "b: sign"]);
    add_guest(&mut world, "500", "a");
    let unit = world.scopes.values().find(|s| s.path.row() == "a").unwrap().path.clone();
    let act = |act| Command::Case { instance: id.clone(), act };
    let clerk = Actor::Person("clerk".into());
    let add =
        act(CaseAct::AddItem { scope: unit.clone(), step: "people".into(), key: "500".into() });
    world.submit(clerk.clone(), add.clone()).unwrap();
    assert_eq!(world.open(&id), ["a/500: look", "b: sign"], "the unit waits for its people again");
    assert!(matches!(world.submit(clerk.clone(), add), Err(Refusal::Already(_))));
    let reopen = act(CaseAct::Reopen {
        scope: unit,
        step: "people".into(),
        keys: vec!["000".into()],
        reason: "looked at the wrong paper".into(),
    });
    world.submit(clerk, reopen).unwrap();
    assert_eq!(world.open(&id), ["a/000: look", "a/500: look", "b: sign"]);
    answer(&mut world, &id, "a/000", "look", "fine").unwrap();
    answer(&mut world, &id, "a/500", "look", "fine").unwrap();
    assert_eq!(world.open(&id), ["a: sign", "b: sign"]);
}

#[test]
fn a_share_is_met_or_short_when_all_have_answered() {
    for (yes, result) in [(2, "carried"), (1, "lost")] {
        let mut world = house(4);
        let id = world.start("clerk", "vote", None, "{}").unwrap();
        for n in 0..4 {
            if world.stands(&id).0 == InstanceState::Open {
                let outcome = if n < yes { "yes" } else { "no" };
                answer(&mut world, &id, &format!("{n:03}"), "votes-row", outcome).unwrap();
            }
        }
        assert_eq!(world.stands(&id).1.as_deref(), Some(result));
    }
}

#[test]
fn rows_in_turn_open_one_after_the_other() {
    let mut world = house(3);
    let id = world.start("clerk", "turns", None, "{}").unwrap();
    for n in 0..3 {
        assert_eq!(world.open(&id), [format!("{n:03}: each-row")]);
        answer(&mut world, &id, &format!("{n:03}"), "each-row", "approve").unwrap();
    }
    assert_eq!(world.stands(&id).1.as_deref(), Some("over"));
}

#[test]
fn nothing_under_a_scope_that_is_over_is_visible_or_accepted() {
    let mut world = house(3);
    let id = world.start("clerk", "review", None, "{}").unwrap();
    let (scope, task) = world.task(&id, "a/001", "look").unwrap();
    let end =
        Command::Case { instance: id.clone(), act: CaseAct::Terminate { reason: "twice".into() } };
    world.submit(Actor::Person("clerk".into()), end).unwrap();
    assert_eq!(world.open(&id), Vec::<String>::new());
    let late = Command::Complete {
        instance: id.clone(),
        scope: scope.clone(),
        task: task.id,
        answer: xueji_runtime::command::Completion { outcome: "fine".into(), ..Default::default() },
    };
    assert!(world.submit(Actor::Person("clerk".into()), late).is_err());
    assert!(scope != ScopePath::root());
}

#[test]
fn a_for_each_entered_again_keeps_what_its_rows_have_cleared() {
    let mut world = house(2);
    let id = world.start("clerk", "desks", None, "{}").unwrap();
    answer(&mut world, &id, "000", "desk", "approve").unwrap();
    world
        .complete("clerk", &id, "001", "desk", r#"{"outcome": "reject", "opinion": "wrong"}"#)
        .unwrap();
    assert_eq!(world.open(&id), ["again"]);
    answer(&mut world, &id, "", "again", "approve").unwrap();
    assert_eq!(world.open(&id), ["001: desk"], "the first desk stays cleared");
}
