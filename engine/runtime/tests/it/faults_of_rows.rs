//! Faults that were found in rows, recalls and returns, each with the promise that it broke.

use crate::faults::{CALLED, YES, case, guest, house, scope};
use crate::world::World;
use xueji_runtime::command::{CaseAct, Command};
use xueji_runtime::state::InstanceState;
use xueji_runtime::{Actor, Refusal, ScopePath};

const ROWS: &str = r#"
process: first
title: {zh: 逐一, en: Rows}
start: {by: {role: clerk}}
effects:
  count: {set: {record: guest, id: item.id, compute: {seen: item.seen + 1}}}
steps:
  each:
    for-each:
      items: guests
      subject: true
      excludes: [second]
      open-until: over
      reopen-until: over
      body:
        steps:
          look: {user-task: {candidates: {role: clerk}, outcomes: [approve, put-aside, note]}, next: {approve: good, put-aside: aside, note: counted}}
          good: {end: good}
          aside: {end: held}
          counted: {end: good, effects: [count]}
    join: {when: JOIN, counts: [good]}
    next: {approve: sides, short: over}
  sides:
    parallel:
      one: {steps: {sign: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, rests-on: [], next: {approve: signed}}, signed: {end: done}}}
      two: {steps: {seal: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, rests-on: [], next: {approve: sealed}}, sealed: {end: done}}}
    join: {when: all, counts: [done]}
    next: {approve: over, short: over}
  over: {end: over}
"#;

fn rows(guests: usize, join: &str) -> (World, String) {
    let process = ROWS.replace("JOIN", join);
    let mut world = house(&process, guests, &[("workflows/processes/second.yaml", CALLED)]);
    let id = world.start("clerk", "first", None, "{}").unwrap();
    (world, id)
}

#[test]
fn a_late_row_before_the_others_does_not_turn_the_opening_back() {
    let in_turn =
        ROWS.replace("JOIN", "all").replace("subject: true", "in-turn: true\n      subject: true");
    let mut world = house(&in_turn, 0, &[("workflows/processes/second.yaml", CALLED)]);
    for id in ["05", "06", "07"] {
        guest(&mut world, id);
    }
    let id = world.start("clerk", "first", None, "{}").unwrap();
    world.complete("clerk", &id, "05", "look", YES).unwrap();
    guest(&mut world, "01");
    let add = |key: &str| CaseAct::AddItem {
        scope: ScopePath::root(),
        step: "each".into(),
        key: key.into(),
    };
    let refused = case(&mut world, "clerk", &id, add("07"));
    assert!(matches!(refused, Err(Refusal::Already(_))), "its turn comes: {refused:?}");
    case(&mut world, "clerk", &id, add("01")).unwrap();
    for row in ["01", "06", "07"] {
        world.complete("clerk", &id, row, "look", YES).unwrap();
    }
    assert_eq!(world.open(&id), ["one: sign", "two: seal"], "each row was asked once");
}

#[test]
fn a_step_reopened_and_left_again_opens_other_scopes_than_before() {
    let (mut world, id) = rows(2, "all");
    world.complete("clerk", &id, "00", "look", YES).unwrap();
    world.complete("clerk", &id, "01", "look", YES).unwrap();
    let before = scope(&world, &id, "one");
    let keys = vec!["00".to_owned()];
    let (step, reason) = ("each".to_owned(), "wrong paper".to_owned());
    let reopen = CaseAct::Reopen { scope: ScopePath::root(), step, keys, reason };
    case(&mut world, "clerk", &id, reopen).unwrap();
    world.complete("clerk", &id, "00", "look", YES).unwrap();
    let (after, _) = world.task(&id, "one", "sign").unwrap();
    assert_ne!(before, after);
}

#[test]
fn a_held_row_leaves_the_share_as_well() {
    let (mut world, id) = rows(4, "share, share: \"0.6\"");
    for row in ["00", "01"] {
        world.complete("clerk", &id, row, "look", r#"{"outcome": "put-aside"}"#).unwrap();
    }
    world.complete("clerk", &id, "02", "look", YES).unwrap();
    world.complete("clerk", &id, "03", "look", YES).unwrap();
    assert_eq!(world.open(&id), ["one: sign", "two: seal"], "two of the two that stayed");
}

#[test]
fn what_a_row_excludes_is_excluded_by_the_row() {
    let (mut world, _) = rows(1, "all");
    let refused = world.start("clerk", "second", Some("00"), "{}");
    assert!(matches!(refused, Err(Refusal::Rules(_))), "{refused:?}");
}

#[test]
fn an_answer_whose_effects_are_done_is_not_taken_back() {
    let (mut world, id) = rows(2, "all");
    world.complete("clerk", &id, "00", "look", r#"{"outcome": "note"}"#).unwrap();
    let recall = Command::Recall { instance: id.clone(), scope: scope(&world, &id, "00") };
    let refused = world.submit(Actor::Person("clerk".into()), recall);
    assert!(matches!(refused, Err(Refusal::NothingToRecall)), "{refused:?}");
}

const FORM: &str = r#"
form: note
title: {zh: 记录, en: Note}
fields:
  kind: {title: {zh: 类, en: Kind}, type: text, required: true}
  more: {title: {zh: 详, en: More}, type: text, visible-when: 'form.kind == "b"'}
  sum: {title: {zh: 计, en: Sum}, type: text, computed: form.more}
"#;

const BACK: &str = r#"
process: first
title: {zh: 退回, en: Back}
subject: guest
start: {by: {role: clerk}, form: note, rules: [seen-once]}
steps:
  look: {user-task: {candidates: {role: clerk}, outcomes: [approve, return]}, next: {approve: check, return: start}}
  check: {user-task: {candidates: {role: clerk}, outcomes: [approve, return]}, next: {approve: publish, return: look}}
  publish: {wait: {message: answer, form: note}, on: {objection: look}, next: {answer: over}}
  over: {end: over}
"#;

const ONCE: &str = r#"
/// 来过
/// Seen once
/// @id S2
/// @effect hold
/// @source P
/// @reason zh 来过{subject.seen}次
/// @reason en seen {subject.seen} times
fn seen_once(subject, form) { subject.seen >= 1 || form.kind == "b" }
"#;

const RETURN: &str = r#"{"outcome": "return", "opinion": "unclear"}"#;

fn back() -> (World, String) {
    let more = [("workflows/forms/note.yaml", FORM), ("rules/once.rhai", ONCE)];
    let mut world = house(BACK, 1, &more);
    let form = r#"{"kind": "b", "more": "words"}"#;
    let id = world.start("clerk", "first", Some("00"), form).unwrap();
    (world, id)
}

#[test]
fn what_is_no_longer_asked_for_is_gone_and_a_hold_holds_when_handed_in_again() {
    let (mut world, id) = back();
    world.complete("clerk", &id, "", "look", RETURN).unwrap();
    let submit = r#"{"outcome": "submit", "form": {"kind": "a"}}"#;
    world.complete("clerk", &id, "", "start", submit).unwrap();
    let root = &world.scopes[&(id.clone(), String::new())];
    assert_eq!(root.form.keys().collect::<Vec<_>>(), ["kind"], "nor what was worked out from it");
    assert_eq!(world.stands(&id).0, InstanceState::Held);
}

#[test]
fn whoever_something_is_returned_to_is_asked_though_nothing_changed() {
    let (mut world, id) = back();
    world.complete("clerk", &id, "", "look", YES).unwrap();
    world.complete("clerk", &id, "", "check", RETURN).unwrap();
    assert_eq!(world.open(&id), ["look"]);
    assert_eq!(world.task(&id, "", "look").unwrap().1.defects, ["unclear"]);
}

#[test]
fn a_return_gives_a_day_that_is_still_to_come() {
    let (mut world, id) = back();
    let (scope, task) = world.task(&id, "", "look").unwrap();
    let answer = xueji_runtime::command::Completion {
        outcome: "return".into(),
        opinion: Some("unclear".into()),
        deadline: Some("2026-09-27".parse().unwrap()),
        ..Default::default()
    };
    let command = Command::Complete { instance: id.clone(), scope, task: task.id, answer };
    let refused = world.submit(Actor::Person("clerk".into()), command);
    assert!(matches!(refused, Err(Refusal::Form(_))), "{refused:?}");
}

#[test]
fn a_message_that_interrupts_owes_no_form_of_the_one_waited_for() {
    let (mut world, id) = back();
    world.complete("clerk", &id, "", "look", YES).unwrap();
    world.complete("clerk", &id, "", "check", YES).unwrap();
    let message = Command::Message {
        instance: id.clone(),
        scope: ScopePath::root(),
        name: "objection".into(),
        answer: None,
        form: crate::world::json(r#"{"reason": "noise"}"#),
    };
    world.submit(Actor::Person("clerk".into()), message).unwrap();
}

#[test]
fn nobody_but_the_engine_says_who_waits_for_a_new_case() {
    let (mut world, id) = back();
    let parent = xueji_runtime::state::Parent {
        instance: id,
        scope: ScopePath::root(),
        step: "look".into(),
        visit: 1,
    };
    let start = xueji_runtime::command::Start {
        process: "first".into(),
        subject: Some("00".into()),
        parent: Some(parent),
        ..Default::default()
    };
    let refused = world.submit(Actor::Person("clerk".into()), Command::Start(start));
    assert!(matches!(refused, Err(Refusal::Forbidden { .. })), "{refused:?}");
}

#[test]
fn a_case_called_by_a_branch_ends_with_its_caller() {
    let caller = r#"
process: first
title: {zh: 调用, en: Caller}
subject: guest
start: {by: {role: clerk}}
steps:
  both:
    parallel:
      ask: {steps: {call-it: {call: {process: second, cancel: true}, next: {done: asked}}, asked: {end: done}}}
      see: {steps: {look-on: {user-task: {candidates: {role: clerk}, outcomes: [approve]}, next: {approve: seen}}, seen: {end: done}}}
    join: {when: all, counts: [done]}
    next: {approve: over, short: over}
  over: {end: over}
"#;
    let mut world = house(caller, 1, &[("workflows/processes/second.yaml", CALLED)]);
    let id = world.start("clerk", "first", Some("00"), "{}").unwrap();
    let called = world.instances.keys().find(|other| **other != id).unwrap().clone();
    case(&mut world, "clerk", &id, CaseAct::Withdraw { reason: None }).unwrap();
    assert_eq!(world.stands(&called).1.as_deref(), Some("terminated"));
}
