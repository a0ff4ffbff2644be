//! A case moves to another release: proved or refused, each change of a step with what becomes of the case, and the way
//! back told beforehand.

use std::collections::BTreeMap;

use crate::world::World;
use xueji_definition::value::Value;
use xueji_runtime::command::{Command, Migrate};
use xueji_runtime::migration::{ObstacleKind, Remedy};
use xueji_runtime::state::Open;
use xueji_runtime::{Actor, Context, Decision, Event, Refusal, ScopePath, Trial, try_move};

const ORGANISATION: &str = r#"
title: {zh: 会馆, en: House}
units: {}
roles:
  guest: {title: {zh: 客人, en: Guest}, held-by: guest}
  keeper: {title: {zh: 管理员, en: Keeper}}
  warden: {title: {zh: 值守, en: Warden}}
  nobody: {title: {zh: 无人, en: Nobody}}
  steward: {title: {zh: 总管, en: Steward}, administers: true}
people:
  keeper: {name: 管}
  warden: {name: 值}
  both: {name: 双}
  steward: {name: 总}
holders:
  - {person: keeper, role: keeper}
  - {person: both, role: keeper}
  - {person: both, role: warden}
  - {person: warden, role: warden}
  - {person: steward, role: steward}
"#;

const RECORDS: &str = r#"
records:
  guest:
    title: {zh: 客人, en: Guest}
    id: number
    fields: {number: {title: {zh: 编号, en: Number}, type: text}}
"#;

const FORM: &str = r#"
form: loan
title: {zh: 借用, en: Loan}
fields:
  what: {title: {zh: 物品, en: Thing}, type: text}
"#;

const PARAMETERS: &str = r#"
parameters:
  notice.days: {title: {zh: 公示天数, en: Days of notice}, type: number, values: [{value: 5, source: 习惯}]}
"#;

const CALENDARS: &str = r#"
time-zone: "+08:00"
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
terms: []
windows: {}
days: {}
"#;

const LOAN: &str = r#"
process: loan
title: {zh: 借用, en: Loan}
subject: guest
start: {by: {role: guest, self: true}, form: loan}
steps:
  look:
    title: {zh: 初审, en: First look}
    user-task: {candidates: {role: keeper}, outcomes: [approve, reject]}
    due: {working-days: 5, outcome: reject}
    next: {approve: second, reject: refused}
  second:
    title: {zh: 复核, en: Second look}
    user-task: {candidates: {role: keeper}, outcomes: [approve]}
    separate-from: [look]
    next: {approve: notice}
  notice:
    title: {zh: 公示, en: Notice}
    wait: {working-days: param.notice.days}
    next: {elapsed: desks}
  desks:
    title: {zh: 各处, en: Desks}
    parallel:
      one: {user-task: {candidates: {role: keeper}, outcomes: [done]}}
      two: {user-task: {candidates: {role: warden}, outcomes: [done]}}
    join: {when: all, counts: [done]}
    next: {approve: lent, short: refused}
  lent: {end: lent}
  refused: {end: refused}
"#;

/// A Monday.
const MONDAY: &str = "2026-09-21T01:00:00Z";

/// A case that has just started, and a second release that an edit of the first makes.
fn house(edit: impl Fn(&str, &str) -> String) -> (World, String) {
    house_with(&[], str::to_owned, edit)
}

/// The same with further files, and a process written otherwise from the beginning.
fn house_with(
    further: &[(&'static str, &'static str)],
    loan: impl Fn(&str) -> String,
    edit: impl Fn(&str, &str) -> String,
) -> (World, String) {
    let loan = loan(LOAN);
    let mut files = vec![
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/records.yaml", RECORDS),
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/parameters.yaml", PARAMETERS),
        ("workflows/forms/loan.yaml", FORM),
        ("workflows/processes/loan.yaml", &*loan),
    ];
    files.extend(further);
    let mut world = World::new(&files, MONDAY);
    let edited: Vec<(&str, String)> =
        files.iter().map(|(path, text)| (*path, edit(path, text))).collect();
    let edited: Vec<(&str, &str)> = edited.iter().map(|(path, text)| (*path, &**text)).collect();
    world.beside("r2", &edited);
    world.record("guest", "g1", &[("number", Value::Text("g1".into()))]);
    let id = world.start("guest:g1", "loan", Some("g1"), r#"{"what": "chair"}"#).unwrap();
    (world, id)
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(&str, &str) -> String {
    move |_, text| text.replace(from, to)
}

fn migrate(id: &str, to: &str, steps: &[(&str, &str)]) -> Migrate {
    Migrate {
        instance: id.to_owned(),
        to: to.to_owned(),
        steps: steps.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        reason: "the board's decision".to_owned(),
    }
}

fn moved(world: &mut World, id: &str, steps: &[(&str, &str)]) -> Result<Decision, Refusal> {
    let steward = Actor::Person("steward".into());
    let decision = world.submit(steward, Command::Migrate(migrate(id, "r2", steps)));
    let replayed = world.replay(id);
    assert_eq!(replayed.instance.as_ref(), world.instances.get(id), "the history gives the header");
    for (path, scope) in &replayed.scopes {
        assert_eq!(scope, &world.scopes[&(id.to_owned(), path.clone())], "{path}");
    }
    decision
}

fn trial(world: &World, id: &str, steps: &[(&str, &str)]) -> Trial {
    let at = Context {
        now: world.now,
        actor: Actor::Person("steward".into()),
        new_instance: String::new(),
    };
    try_move(world, &migrate(id, "r2", steps), &at).unwrap()
}

fn obstacles(refused: Result<Decision, Refusal>) -> Vec<(ObstacleKind, Remedy)> {
    match refused {
        Err(Refusal::CannotMove(found)) => {
            found.iter().map(|obstacle| (obstacle.kind, obstacle.kind.remedy())).collect()
        }
        other => panic!("expected obstacles, found {other:#?}"),
    }
}

fn approve(world: &mut World, by: &str, id: &str, step: &str) {
    world.complete(by, id, "", step, r#"{"outcome": "approve"}"#).unwrap();
}

fn until(world: &World, id: &str) -> String {
    match &world.scopes[&(id.to_owned(), String::new())].open {
        Some(Open::Wait { until: Some(until), .. }) => until.to_string(),
        Some(Open::Task(task)) => task.due.map_or("never".to_owned(), |due| due.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_nothing_differs_at_its_step_a_case_changes_its_release_and_nothing_else() {
    let (mut world, id) = house(replaced("{zh: 借用, en: Loan}", "{zh: 出借, en: Lending}"));
    let before = world.scopes.clone();
    let decision = moved(&mut world, &id, &[]).unwrap();
    assert_eq!(decision.events.len(), 1);
    assert!(matches!(&decision.events[0].event, Event::Migrated { from, to, reason, .. }
            if from == "r1" && to == "r2" && reason == "the board's decision"));
    assert_eq!(decision.events[0].by.as_deref(), Some("steward"));
    assert_eq!((world.scopes.clone(), world.instances[&id].release.as_str()), (before, "r2"));
    let again = moved(&mut world, &id, &[]);
    assert_eq!(again.unwrap_err(), Refusal::Already("r2".into()));
}

#[test]
fn a_wait_whose_parameter_changed_ends_as_if_it_had_been_counted_so_from_the_beginning() {
    let (mut world, id) = house(replaced("value: 5", "value: 3"));
    approve(&mut world, "keeper", &id, "look");
    approve(&mut world, "both", &id, "second");
    // Monday's notice of 5 working days ends with the next Monday; one of 3 with Thursday.
    assert_eq!(until(&world, &id), "2026-09-28T16:00:00Z");
    world.at("2026-09-22T02:00:00Z");
    assert_eq!(trial(&world, &id, &[]).no_way_back, None);
    moved(&mut world, &id, &[]).unwrap();
    assert_eq!(until(&world, &id), "2026-09-24T16:00:00Z");
    world.at("2026-09-24T15:59:59Z");
    assert_eq!(world.open(&id), ["notice"]);
    world.at("2026-09-24T16:00:00Z");
    assert_eq!(world.open(&id), ["one: one", "two: two"]);
}

#[test]
fn a_wait_until_a_fact_that_counts_from_today_is_shifted_by_the_working_days_between() {
    const FACTS: &str = "facts:\n  over: {title: {zh: 期满, en: Over}, calendar: {plus-working-days: param.notice.days}}\n";
    let by_fact = |text: &str| text.replace("working-days: param.notice.days", "until: fact.over");
    let (mut world, id) = house_with(&[("workflows/facts.yaml", FACTS)], by_fact, |_, text| {
        text.replace("value: 5", "value: 3")
    });
    approve(&mut world, "keeper", &id, "look");
    approve(&mut world, "both", &id, "second");
    assert_eq!(until(&world, &id), "2026-09-28T16:00:00Z");
    // Thursday: five days on are Thursday next, three are Tuesday; the notice has been out since Monday.
    world.at("2026-09-24T02:00:00Z");
    moved(&mut world, &id, &[]).unwrap();
    assert_eq!(until(&world, &id), "2026-09-24T16:00:00Z");
}

#[test]
fn an_end_that_would_lie_behind_comes_with_the_end_of_the_day_of_the_move() {
    let (mut world, id) = house(replaced("value: 5", "value: 1"));
    approve(&mut world, "keeper", &id, "look");
    approve(&mut world, "both", &id, "second");
    world.at("2026-09-24T02:00:00Z");
    moved(&mut world, &id, &[]).unwrap();
    assert_eq!(until(&world, &id), "2026-09-24T16:00:00Z");
}

#[test]
fn a_task_whose_deadline_changed_is_shifted_and_lapses_at_its_new_time_only() {
    let (mut world, id) = house(replaced("working-days: 5, outcome", "working-days: 7, outcome"));
    let task = world.task(&id, "", "look").unwrap().1;
    moved(&mut world, &id, &[]).unwrap();
    assert_eq!(until(&world, &id), "2026-09-30T16:00:00Z");
    assert_eq!(
        world.task(&id, "", "look").unwrap().1.id,
        task.id,
        "whoever has it open may answer"
    );
    world.at("2026-09-29T00:00:00Z");
    assert_eq!(world.open(&id), ["look"], "the earlier deadline is no more");
    world.at("2026-09-30T16:00:00Z");
    assert_eq!(world.stands(&id).1.as_deref(), Some("refused"));
}

#[test]
fn a_task_with_other_holders_is_offered_to_them_and_stays_with_whom_may_still_do_it() {
    for (holder, keeps) in [("keeper", false), ("both", true)] {
        let (mut world, id) = house(replaced(
            "user-task: {candidates: {role: keeper}, outcomes: [approve, reject]}",
            "user-task: {candidates: {role: warden}, outcomes: [approve, reject]}",
        ));
        let (scope, task) = world.task(&id, "", "look").unwrap();
        let claim = Command::Task {
            instance: id.clone(),
            scope,
            task: task.id,
            act: xueji_runtime::command::TaskAct::Claim,
        };
        world.submit(Actor::Person(holder.into()), claim).unwrap();
        moved(&mut world, &id, &[]).unwrap();
        let task = world.task(&id, "", "look").unwrap().1;
        assert_eq!((task.offer.role.as_str(), task.assignee.is_some()), ("warden", keeps));
        if !keeps {
            approve(&mut world, "warden", &id, "look");
        }
    }
}

#[test]
fn a_role_that_nobody_holds_is_told_instead_of_a_task_that_nobody_sees() {
    let (mut world, id) = house(replaced(
        "user-task: {candidates: {role: keeper}, outcomes: [approve, reject]}",
        "user-task: {candidates: {role: nobody}, outcomes: [approve, reject]}",
    ));
    assert_eq!(obstacles(moved(&mut world, &id, &[])), [(ObstacleKind::NoHolder, Remedy::Person)]);
}

/// Gives the first step another name.
fn renamed(_: &str, text: &str) -> String {
    text.replace("  look:\n", "  first-look:\n").replace("[look]", "[first-look]")
}

#[test]
fn a_step_of_another_name_needs_a_mapping_and_keeps_its_deadline() {
    let (mut world, id) = house(renamed);
    assert_eq!(obstacles(moved(&mut world, &id, &[])), [(ObstacleKind::StepGone, Remedy::Person)]);
    assert_eq!(trial(&world, &id, &[("look", "first-look")]).no_way_back, None);
    moved(&mut world, &id, &[("look", "first-look")]).unwrap();
    assert_eq!(
        (world.open(&id), until(&world, &id)),
        (vec!["first-look".into()], "2026-09-28T16:00:00Z".into())
    );
    world.at("2026-09-28T16:00:00Z");
    assert_eq!(world.stands(&id).1.as_deref(), Some("refused"));
}

#[test]
fn makers_and_checkers_stay_apart_when_the_step_that_parts_them_gets_another_name() {
    let (mut world, id) = house(renamed);
    approve(&mut world, "both", &id, "look");
    moved(&mut world, &id, &[("look", "first-look")]).unwrap();
    let refused = world.complete("both", &id, "", "second", r#"{"outcome": "approve"}"#);
    assert!(matches!(refused, Err(Refusal::NotSeparate { .. })), "{refused:?}");
    approve(&mut world, "keeper", &id, "second");
}

/// Takes the first step away: cases begin at the second.
fn without_the_first(path: &str, text: &str) -> String {
    if !path.ends_with("loan.yaml") || path.contains("forms") {
        return text.to_owned();
    }
    let (before, rest) = text.split_once("  look:\n").unwrap();
    let (_, after) = rest.split_once("  second:\n").unwrap();
    format!("{before}  second:\n{after}").replace("    separate-from: [look]\n", "")
}

#[test]
fn a_step_that_is_gone_can_be_led_to_one_that_was_there_and_the_way_back_is_known() {
    let (mut world, id) = house(without_the_first);
    assert_eq!(trial(&world, &id, &[("look", "second")]).no_way_back, None);
    moved(&mut world, &id, &[("look", "second")]).unwrap();
    assert_eq!(world.open(&id), ["second"]);
    assert_eq!(until(&world, &id), "never", "the second look has no deadline");
    approve(&mut world, "keeper", &id, "second");
    assert_eq!(world.open(&id), ["notice"]);
}

#[test]
fn open_branches_must_be_the_same_there_until_they_are_left() {
    let third = "two: {user-task: {candidates: {role: warden}, outcomes: [done]}}\n      \
                 three: {user-task: {candidates: {role: warden}, outcomes: [done]}}";
    let (mut world, id) =
        house(replaced("two: {user-task: {candidates: {role: warden}, outcomes: [done]}}", third));
    approve(&mut world, "keeper", &id, "look");
    assert!(trial(&world, &id, &[]).no_way_back.is_none(), "not yet opened, they are no matter");
    approve(&mut world, "both", &id, "second");
    world.at("2026-09-28T16:00:00Z");
    assert_eq!(
        obstacles(moved(&mut world, &id, &[])),
        [(ObstacleKind::BranchesChanged, Remedy::Wait)]
    );
    world.complete("keeper", &id, "one", "one", r#"{"outcome": "done"}"#).unwrap();
    assert!(moved(&mut world, &id, &[]).is_err(), "one branch is still open");
}

#[test]
fn a_field_that_is_newly_required_is_told_unless_it_was_filled_in() {
    let field = "  what: {title: {zh: 物品, en: Thing}, type: text}\n";
    let (mut world, id) = house(|_, text| {
        text.replace(
            field,
            &format!(
                "{field}  why: {{title: {{zh: 事由, en: Why}}, type: text, required: true}}\n"
            ),
        )
    });
    assert_eq!(
        obstacles(moved(&mut world, &id, &[])),
        [(ObstacleKind::FieldMissing, Remedy::Person)]
    );
    let (mut world, id) =
        house(|_, text| text.replace("type: text}\n", "type: text, required: true}\n"));
    moved(&mut world, &id, &[]).unwrap();
}

#[test]
fn what_was_entered_must_fit_the_field_as_it_is_there() {
    let (mut world, id) =
        house(replaced("{zh: 物品, en: Thing}, type: text", "{zh: 物品, en: Thing}, type: number"));
    assert_eq!(
        obstacles(moved(&mut world, &id, &[])),
        [(ObstacleKind::FieldUnfit, Remedy::Person)]
    );
}

#[test]
fn only_who_administers_moves_a_case_and_never_without_a_reason() {
    let (mut world, id) = house(replaced("value: 5", "value: 3"));
    let keeper = Actor::Person("keeper".into());
    let refused = world.submit(keeper, Command::Migrate(migrate(&id, "r2", &[])));
    assert!(matches!(refused, Err(Refusal::NotAllowed { .. })));
    let silent = Migrate { reason: " ".into(), ..migrate(&id, "r2", &[]) };
    let refused = world.submit(Actor::Person("steward".into()), Command::Migrate(silent));
    assert!(matches!(refused, Err(Refusal::OpinionMissing { .. })));
    let nowhere = migrate(&id, "r9", &[]);
    let refused = world.submit(Actor::Person("steward".into()), Command::Migrate(nowhere));
    assert!(matches!(refused, Err(Refusal::Unknown { what: "release", .. })));
}

#[test]
fn moved_there_and_back_a_case_stands_as_it_stood() {
    let (mut world, id) = house(renamed);
    let before = world.open(&id);
    let due = until(&world, &id);
    moved(&mut world, &id, &[("look", "first-look")]).unwrap();
    let back = Migrate { to: "r1".into(), ..migrate(&id, "r1", &[("first-look", "look")]) };
    world.submit(Actor::Person("steward".into()), Command::Migrate(back)).unwrap();
    assert_eq!((world.open(&id), until(&world, &id)), (before, due));
    assert_eq!(world.replay(&id).instance.as_ref(), world.instances.get(&id));
    let names: BTreeMap<_, _> =
        world.scopes.iter().map(|(key, scope)| (key, &scope.path)).collect();
    assert!(names.values().all(|path| **path == ScopePath::root()));
}
