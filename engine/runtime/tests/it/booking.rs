//! Booking a hall: two heads agree side by side, a keeper checks, the booking is published, then written down.
//!
//! Each test is one thing that the runtime promises about such a case.

use crate::world::World;
use xueji_definition::value::Value;
use xueji_runtime::command::{CaseAct, Command, TaskAct};
use xueji_runtime::state::{InstanceState, SignPlace};
use xueji_runtime::{Actor, Event, Refusal};

const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units:
  house: {title: {zh: 会馆, en: House}}
  east: {title: {zh: 东厅, en: East hall}, parent: house}
  west: {title: {zh: 西厅, en: West hall}, parent: house}
roles:
  guest: {title: {zh: 客人, en: Guest}, held-by: guest}
  head: {title: {zh: 负责人, en: Head}}
  keeper: {title: {zh: 管理员, en: Keeper}, manages: true}
people:
  east-head: {name: 东}
  west-head: {name: 西}
  keeper: {name: 管}
  second-keeper: {name: 副}
holders:
  - {person: east-head, role: head, unit: east}
  - {person: west-head, role: head, unit: west}
  - {person: keeper, role: keeper}
  - {person: second-keeper, role: keeper}
"#;

const RECORDS: &str = r#"
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields:
      number: {title: {zh: 编号, en: Number}, type: text}
      unit: {title: {zh: 厅, en: Hall}, type: text}
      bookings: {title: {zh: 次数, en: Bookings}, type: number}
      debt: {title: {zh: 欠款, en: Debt}, type: money}
"#;

const FORM: &str = r#"
form: booking
title: {zh: 预订, en: Booking}
fields:
  other: {title: {zh: 另一厅, en: Other hall}, type: text, required: true}
  seats: {title: {zh: 座位, en: Seats}, type: number, required: true, min: 1, max: 500}
  why: {title: {zh: 事由, en: Reason}, type: text}
"#;

const RULES: &str = r#"
/// 预订次数未到上限
/// The limit of bookings is not reached
/// @id B1
/// @effect block
/// @source P
/// @reason zh 已预订{subject.bookings}次，上限{param.booking.max}次
/// @reason en booked {subject.bookings} times, the limit is {param.booking.max}
/// @override-role keeper
fn few_bookings(subject, param) { subject.bookings < param.booking.max }

/// 没有欠款
/// Nothing is owed
/// @id B2
/// @effect block
/// @source P
/// @reason zh 尚欠{subject.debt}元
/// @reason en {subject.debt} is owed
fn no_debt(subject) { subject.debt == 0 }
"#;

const PARAMETERS: &str = r#"
parameters:
  booking.max: {title: {zh: 上限, en: Limit}, type: number, values: [{value: 2, source: 习惯}]}
"#;

const NUMBERING: &str = r#"
series:
  booking:
    title: {zh: 预订号, en: Booking number}
    pattern: "H{year}-{serial:3}"
    parts: {year: today.year}
    restart-per: [year]
"#;

const NOTICES: &str = r#"
notices:
  reminder: {title: {zh: 催办, en: Reminder}, text: {zh: "{case.id} 待办", en: "{case.id} waits"}}
  booked: {title: {zh: 已预订, en: Booked}, text: {zh: "座位 {form.seats}", en: "{form.seats} seats"}}
"#;

const CALENDARS: &str = r#"
time-zone: "+08:00"
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [{date: 2026-10-01, name: {zh: 国庆, en: National Day}}], make-up-days: []}
terms: []
windows: {}
days: {}
"#;

const BOOKING: &str = r#"
process: booking
title: {zh: 预订大厅, en: Booking a hall}
subject: guest
start:
  by: {role: guest, self: true}
  form: booking
  rules: [few-bookings, no-debt]
  excludes: [booking]
withdraw-until: written
effects:
  number-it: {number: {series: booking, key: case.id, into: why}}
  count-it: {set: {compute: {bookings: subject.bookings + 1}}}
  say-so: {notice: {notice: booked, to: [{role: guest, self: true}]}}
steps:
  both-heads:
    parallel:
      own-head:
        user-task: {candidates: {role: head, unit: subject.unit}, outcomes: [approve, return, reject], opinion: [approve]}
        due: {working-days: 3, remind-after: 2}
        rests-on: [form.seats]
      other-head:
        user-task: {candidates: {role: head, unit: form.other}, outcomes: [approve, return, reject]}
        rests-on: [form.other]
    join: {when: all, counts: [approve], at-once: [reject, return]}
    next: {approve: check, return: start, reject: refused}
  check:
    user-task: {candidates: {role: keeper}, outcomes: [approve, return]}
    rests-on: []
    next: {approve: publish, return: start}
  publish:
    wait: {working-days: 2}
    on: {objection: check}
    next: {elapsed: written}
  written:
    service-task: [number-it, count-it, say-so]
    next: {done: booked}
  booked: {end: booked}
  refused: {end: refused}
"#;

fn house() -> World {
    let mut world = World::new(
        &[
            ("workflows/organisation.yaml", ORGANISATION),
            ("workflows/records.yaml", RECORDS),
            ("workflows/forms/booking.yaml", FORM),
            ("workflows/parameters.yaml", PARAMETERS),
            ("workflows/numbering.yaml", NUMBERING),
            ("workflows/notices.yaml", NOTICES),
            ("workflows/calendars.yaml", CALENDARS),
            ("workflows/processes/booking.yaml", BOOKING),
            ("rules/booking.rhai", RULES),
        ],
        "2026-09-28T01:00:00Z",
    );
    guest(&mut world, "7", 0);
    world
}

fn guest(world: &mut World, id: &str, bookings: i64) {
    let values = [
        ("unit", Value::Text("east".into())),
        ("bookings", Value::Int(bookings)),
        ("debt", Value::Decimal(0.into())),
    ];
    world.record("guest", id, &values);
}

fn booked(world: &mut World) -> String {
    world.start("guest:7", "booking", Some("7"), r#"{"other": "west", "seats": 30}"#).unwrap()
}

const APPROVE: &str = r#"{"outcome": "approve", "opinion": "fine"}"#;

#[test]
fn two_signatures_side_by_side_then_one_after_the_other_to_the_end() {
    let mut world = house();
    let id = booked(&mut world);
    assert_eq!(world.open(&id), ["other-head: other-head", "own-head: own-head"]);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    assert_eq!(world.open(&id), ["other-head: other-head"]);
    world.complete("west-head", &id, "other-head", "other-head", APPROVE).unwrap();
    world.complete("keeper", &id, "", "check", APPROVE).unwrap();
    assert_eq!(world.open(&id), ["publish"]);
    // Two working days after Monday 28th, the 1st being off: the end of Wednesday 30th.
    world.at("2026-09-30T15:59:59Z");
    assert_eq!(world.stands(&id).0, InstanceState::Open);
    world.at("2026-09-30T16:00:00Z");
    assert_eq!(world.stands(&id), (InstanceState::Ended, Some("booked".into())));
    assert_eq!(world.numbers[0].text, "H2026-001");
}

#[test]
fn the_first_rejection_ends_the_pair_and_takes_the_other_task_away() {
    let mut world = house();
    let id = booked(&mut world);
    let (scope, other) = world.task(&id, "other-head", "other-head").unwrap();
    world
        .complete(
            "east-head",
            &id,
            "own-head",
            "own-head",
            r#"{"outcome": "reject", "opinion": "full"}"#,
        )
        .unwrap();
    assert_eq!(world.stands(&id), (InstanceState::Ended, Some("refused".into())));
    let late = Command::Task { instance: id.clone(), scope, task: other.id, act: TaskAct::Claim };
    let refused = world.submit(Actor::Person("west-head".into()), late);
    assert!(matches!(refused, Err(Refusal::NotOpen { .. })), "{refused:?}");
}

#[test]
fn after_a_return_only_the_signature_whose_field_changed_is_asked_for_again() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world
        .complete(
            "west-head",
            &id,
            "other-head",
            "other-head",
            r#"{"outcome": "return", "opinion": "say why"}"#,
        )
        .unwrap();
    assert_eq!(world.open(&id), ["start"]);
    let submit =
        r#"{"outcome": "submit", "form": {"other": "west", "seats": 30, "why": "a feast"}}"#;
    let decision = world.complete("guest:7", &id, "", "start", submit).unwrap();
    let kept =
        decision.events.iter().filter(|e| matches!(e.event, Event::SignatureKept { .. })).count();
    assert_eq!(kept, 1, "the east head judged the seats, which did not change");
    assert_eq!(world.open(&id), ["other-head: other-head"]);
}

#[test]
fn a_changed_field_voids_the_signature_that_rests_on_it() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world
        .complete(
            "west-head",
            &id,
            "other-head",
            "other-head",
            r#"{"outcome": "return", "opinion": "too many"}"#,
        )
        .unwrap();
    let submit = r#"{"outcome": "submit", "form": {"other": "west", "seats": 20}}"#;
    world.complete("guest:7", &id, "", "start", submit).unwrap();
    assert_eq!(world.open(&id), ["other-head: other-head", "own-head: own-head"]);
}

#[test]
fn a_returned_case_that_nobody_mends_lapses() {
    let mut world = house();
    let id = booked(&mut world);
    world
        .complete(
            "east-head",
            &id,
            "own-head",
            "own-head",
            r#"{"outcome": "return", "opinion": "unclear"}"#,
        )
        .unwrap();
    world.at("2026-10-14T00:00:00Z");
    assert_eq!(world.stands(&id), (InstanceState::Ended, Some("lapsed".into())));
}

#[test]
fn every_rule_that_stands_in_the_way_is_told_with_the_values_of_the_case() {
    let mut world = house();
    world.record(
        "guest",
        "8",
        &[("unit", Value::Text("east".into())), ("bookings", Value::Int(2))],
    );
    let refused = world.start("guest:8", "booking", Some("8"), r#"{"other": "west", "seats": 3}"#);
    let Err(Refusal::Rules(verdicts)) = refused else { panic!("{refused:?}") };
    let reasons: Vec<&str> = verdicts.iter().map(|v| v.reason.zh.as_str()).collect();
    assert_eq!(
        reasons,
        ["已预订2次，上限2次", "没有欠款：缺少 subject.debt，无法判断", "没有冲突的在办事项"],
        "an amount that is not there is told as missing, never taken for paid"
    );
}

#[test]
fn a_second_case_of_the_same_subject_is_excluded() {
    let mut world = house();
    booked(&mut world);
    let refused = world.start("guest:7", "booking", Some("7"), r#"{"other": "west", "seats": 3}"#);
    let Err(Refusal::Rules(verdicts)) = refused else { panic!("{refused:?}") };
    assert!(verdicts.iter().any(|v| v.rule == "excludes" && v.blocks()));
}

#[test]
fn all_faults_of_a_form_are_told_at_once_with_pointers() {
    let mut world = house();
    let refused = world.start("guest:7", "booking", Some("7"), r#"{"seats": 501, "othr": "west"}"#);
    let Err(Refusal::Form(faults)) = refused else { panic!("{refused:?}") };
    let pointers: Vec<&str> = faults.iter().map(|f| f.pointer.as_str()).collect();
    assert_eq!(pointers, ["/seats", "/othr"]);
    assert_eq!(faults[1].message.en, "the form has no such field; did you mean `other`?");
}

#[test]
fn nobody_acts_without_the_role_or_in_another_unit() {
    let mut world = house();
    let id = booked(&mut world);
    let refused = world.complete("west-head", &id, "own-head", "own-head", APPROVE);
    assert!(matches!(refused, Err(Refusal::NotAllowed { .. })), "{refused:?}");
    let before = world.replay(&id);
    assert_eq!(world.replay(&id), before);
}

#[test]
fn an_approval_without_the_words_that_are_owed_is_refused() {
    let mut world = house();
    let id = booked(&mut world);
    let refused = world.complete(
        "east-head",
        &id,
        "own-head",
        "own-head",
        r#"{"outcome": "approve", "opinion": " "}"#,
    );
    assert!(matches!(refused, Err(Refusal::OpinionMissing { .. })), "{refused:?}");
}

#[test]
fn an_answer_can_be_taken_back_until_the_next_person_acts() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    let scope = world.scopes.values().find(|s| s.path.row() == "own-head").unwrap().path.clone();
    let recall = Command::Recall { instance: id.clone(), scope };
    world.submit(Actor::Person("east-head".into()), recall.clone()).unwrap();
    assert_eq!(world.open(&id), ["other-head: other-head", "own-head: own-head"]);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world.complete("west-head", &id, "other-head", "other-head", APPROVE).unwrap();
    assert!(
        world.submit(Actor::Person("east-head".into()), recall).is_err(),
        "the pair is decided"
    );
}

#[test]
fn a_further_signature_before_the_answer_holds_it_up_and_one_against_it_answers() {
    let mut world = house();
    let id = booked(&mut world);
    let (scope, task) = world.task(&id, "own-head", "own-head").unwrap();
    let ask = Command::Task {
        instance: id.clone(),
        scope,
        task: task.id,
        act: TaskAct::AddSigner { person: "keeper".into(), place: SignPlace::Before },
    };
    world.submit(Actor::Person("east-head".into()), ask).unwrap();
    let early = world.complete("east-head", &id, "own-head", "own-head", APPROVE);
    assert!(matches!(early, Err(Refusal::SignaturesOut(_))), "{early:?}");
    world
        .complete(
            "keeper",
            &id,
            "own-head",
            "own-head",
            r#"{"outcome": "reject", "opinion": "repairs"}"#,
        )
        .unwrap();
    assert_eq!(world.stands(&id).1.as_deref(), Some("refused"));
}

#[test]
fn a_claimed_task_is_its_holders_until_given_back_or_handed_over() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world.complete("west-head", &id, "other-head", "other-head", APPROVE).unwrap();
    let act = |world: &mut World, by: &str, act: TaskAct| {
        let (scope, task) = world.task(&id, "", "check").unwrap();
        let command = Command::Task { instance: id.clone(), scope, task: task.id, act };
        world.submit(Actor::Person(by.into()), command)
    };
    act(&mut world, "keeper", TaskAct::Claim).unwrap();
    let refused = act(&mut world, "second-keeper", TaskAct::Claim);
    assert!(matches!(refused, Err(Refusal::Assigned { .. })), "{refused:?}");
    act(&mut world, "keeper", TaskAct::Transfer { to: "second-keeper".into(), note: None })
        .unwrap();
    assert!(world.complete("keeper", &id, "", "check", APPROVE).is_err());
    world.complete("second-keeper", &id, "", "check", APPROVE).unwrap();
    let handed = Actor::Person("keeper".into());
    let hold = Command::Case { instance: id.clone(), act: CaseAct::Hold { reason: "rain".into() } };
    world.submit(handed.clone(), hold).unwrap();
    assert_eq!(world.stands(&id).0, InstanceState::Held);
    world.at("2026-10-09T00:00:00Z");
    assert_eq!(world.stands(&id).0, InstanceState::Held, "a held case does not move by itself");
    let resume = Command::Case { instance: id.clone(), act: CaseAct::Resume { reason: None } };
    world.submit(handed, resume).unwrap();
    assert_eq!(world.stands(&id).1.as_deref(), Some("booked"));
}

#[test]
fn an_objection_ends_the_publicity_before_its_time_and_leads_back() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world.complete("west-head", &id, "other-head", "other-head", APPROVE).unwrap();
    world.complete("keeper", &id, "", "check", APPROVE).unwrap();
    let message = |by: &str| {
        let command = Command::Message {
            instance: id.clone(),
            scope: xueji_runtime::ScopePath::root(),
            name: "objection".into(),
            answer: None,
            form: crate::world::json(r#"{"reason": "noise"}"#),
        };
        (Actor::Person(by.into()), command)
    };
    let (by, command) = message("guest:7");
    assert!(world.submit(by, command).is_err(), "only somebody who manages cases records it");
    let (by, command) = message("keeper");
    world.submit(by, command).unwrap();
    assert_eq!(world.open(&id), ["check"], "asked again, since it rests on nothing");
}

#[test]
fn withdrawing_is_the_applicants_until_the_step_that_ends_it() {
    let mut world = house();
    let id = booked(&mut world);
    let withdraw = Command::Case { instance: id.clone(), act: CaseAct::Withdraw { reason: None } };
    assert!(world.submit(Actor::Person("keeper".into()), withdraw.clone()).is_err());
    world.submit(Actor::Person("guest:7".into()), withdraw).unwrap();
    assert_eq!(world.stands(&id), (InstanceState::Ended, Some("withdrawn".into())));
    assert_eq!(world.open(&id), Vec::<String>::new());
}

#[test]
fn people_are_reminded_at_the_end_of_the_day_that_is_said() {
    let mut world = house();
    let id = booked(&mut world);
    world.at("2026-09-30T16:00:00Z");
    let reminders =
        world.history[&id].iter().filter(|e| matches!(e.event, Event::Noticed { .. })).count();
    assert_eq!(reminders, 1);
}

#[test]
fn a_history_replays_to_the_very_state() {
    let mut world = house();
    let id = booked(&mut world);
    world.complete("east-head", &id, "own-head", "own-head", APPROVE).unwrap();
    world
        .complete(
            "west-head",
            &id,
            "other-head",
            "other-head",
            r#"{"outcome": "return", "opinion": "say why"}"#,
        )
        .unwrap();
    let replayed = world.replay(&id);
    assert_eq!(bytes(replayed.instance.as_ref().unwrap()), bytes(&world.instances[&id]));
    for (path, scope) in &replayed.scopes {
        assert_eq!(bytes(scope), bytes(&world.scopes[&(id.clone(), path.clone())]), "scope {path}");
    }
}

fn bytes(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}
