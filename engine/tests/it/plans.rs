//! Plans: what becomes of each open case, going live by exactly a plan, and moving cases with the engine's writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use xueji_definition::{Places, Sources};
use xueji_engine::plan::{ByPlan, Fate, Plan, Target, Where};
use xueji_engine::queries::QueryError;
use xueji_engine::{Ask, Audience, Deployed, Engine, Origin, Submission};
use xueji_runtime::command::{CaseAct, Migrate};
use xueji_runtime::migration::ObstacleKind;
use xueji_runtime::{Actor, Command, Refusal};

use crate::house::{
    act, builder, case, complete, guest, house, person, round, sources, start, steps,
};

const BOOKING: &str = "workflows/processes/booking.yaml";

fn edited(path: &str, from: &str, to: &str) -> Sources {
    let mut sources = sources();
    let text = sources.files.get_mut(path).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    *text = text.replacen(from, to, 1);
    sources
}

fn plan(engine: &Engine, sources: &Sources) -> Plan {
    let new = Arc::new(builder()(sources).unwrap());
    engine.plan(&new, &Places::default(), Target::default()).unwrap()
}

/// The fate of each case, with the first reason.
fn fates(plan: &Plan) -> BTreeMap<String, (Fate, Option<ObstacleKind>)> {
    let each = plan.groups.iter().flat_map(|group| {
        let why = group.told.obstacles.first().map(|obstacle| obstacle.kind);
        group.instances.iter().map(move |id| (id.clone(), (group.told.fate, why)))
    });
    each.collect()
}

fn ask() -> Ask {
    Ask {
        by: "keeper".into(),
        note: Some("as planned".into()),
        from: None,
        audience: Audience::Others,
        base: None,
        origin: Origin::Deploy,
    }
}

/// Takes a booking to its wait.
fn published(engine: &Engine, guest: &str) -> String {
    let id = start(engine, "booking", guest);
    complete(engine, &id, "own-head", "", "approve", "east-head").unwrap();
    complete(engine, &id, "keeper-look", "", "approve", "keeper").unwrap();
    id
}

#[test]
fn a_case_stays_when_nothing_that_it_will_meet_has_changed() {
    let (_store, engine) = house(3);
    let (open, waiting) = (start(&engine, "booking", "1"), published(&engine, "2"));
    let other = start(&engine, "party", "3");
    // Only those still before their heads meet what changed there.
    let new = edited(
        BOOKING,
        "own-head:\n        user-task: {candidates: {role: head, unit: subject.unit}",
        "own-head:\n        user-task: {candidates: {role: keeper}",
    );
    let told = fates(&plan(&engine, &new));
    assert_eq!(told[&open], (Fate::CanMove, None));
    assert_eq!((told[&waiting], told[&other]), ((Fate::Stays, None), (Fate::Stays, None)));
    // Other words are nothing that a case meets.
    let told = plan(&engine, &edited(BOOKING, "zh: 预订大厅", "zh: 订厅"));
    assert_eq!(
        (told.fates[&Fate::Stays], told.changes.len()),
        (told.groups.iter().map(|g| g.instances.len()).sum(), 1)
    );
}

#[test]
fn more_rows_than_one_move_can_write_are_told_beforehand_as_the_move_would_tell_them() {
    const ROUND: &str = "workflows/processes/round.yaml";
    let (_store, engine) = house(61);
    let campaign = round(&engine);
    let new = edited(
        ROUND,
        "body: {user-task: {candidates: {role: keeper}",
        "body: {user-task: {candidates: {role: head}",
    );
    let plan = plan(&engine, &new);
    assert_eq!(fates(&plan)[&campaign], (Fate::MustWait, Some(ObstacleKind::TooMany)));
    engine.deploy(new, None).unwrap();
    let migrate =
        Migrate { instance: campaign, to: plan.to, steps: BTreeMap::new(), reason: "new".into() };
    let planned = plan.groups[0].told.obstacles.clone();
    match engine.try_move(&migrate, &Actor::Engine) {
        Err(QueryError::Refused(Refusal::CannotMove(found))) => assert_eq!(found, planned),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_of_the_same_files_has_no_changes_and_touches_nothing() {
    let (_store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    let before = (engine.last_place(), case(&engine, &id));
    let plan = plan(&engine, &sources());
    assert!(plan.is_empty() && plan.from == plan.to, "{plan:#?}");
    assert_eq!((engine.last_place(), case(&engine, &id)), before);
}

#[test]
fn open_branches_wait_a_step_that_is_gone_and_a_field_that_is_owed_need_a_person() {
    let (_store, engine) = house(2);
    let (open, waiting) = (start(&engine, "booking", "1"), published(&engine, "2"));
    let joined = edited(BOOKING, "when: all, counts: [approve]", "when: any, counts: [approve]");
    let told = fates(&plan(&engine, &joined));
    assert_eq!(told[&open], (Fate::MustWait, Some(ObstacleKind::JoinChanged)));
    assert_eq!(told[&waiting].0, Fate::Stays);
    let gone = edited(
        BOOKING,
        "next: {approve: publish, return: start",
        "next: {approve: written, return: start",
    );
    let mut gone = gone;
    let text = gone.files.get_mut(BOOKING).unwrap();
    *text = text.replace("  publish:\n    wait: {working-days: 2}\n    on: {objection: refused}\n    next: {elapsed: written}\n", "");
    let told = fates(&plan(&engine, &gone));
    assert_eq!(told[&open].0, Fate::CanMove);
    assert_eq!(told[&waiting], (Fate::NeedsPerson, Some(ObstacleKind::StepGone)));
    let owed = edited(
        "workflows/forms/booking.yaml",
        "  why:",
        "  who: {title: {zh: 联系人, en: Contact}, type: text, required: true}\n  why:",
    );
    let mut owed = owed;
    let text = owed.files.get_mut(BOOKING).unwrap();
    *text = text.replace(
        "outcomes: [approve, return, reject]}",
        "outcomes: [approve, return, reject], form: booking}",
    );
    let told = fates(&plan(&engine, &owed));
    assert_eq!(told[&open], (Fate::NeedsPerson, Some(ObstacleKind::FieldMissing)));
    let nobody = edited("workflows/organisation.yaml", "  - {person: keeper, role: keeper}\n", "");
    let mut nobody = nobody;
    let text = nobody.files.get_mut(BOOKING).unwrap();
    *text = text.replace("{role: head, unit: subject.unit}", "{role: keeper}");
    assert_eq!(
        fates(&plan(&engine, &nobody))[&open],
        (Fate::NeedsPerson, Some(ObstacleKind::NoHolder))
    );
    let mut none = sources();
    none.files.remove("workflows/processes/booking.yaml");
    none.files.remove("workflows/scenarios/booking.yaml");
    assert_eq!(
        fates(&plan(&engine, &none))[&open],
        (Fate::NeedsPerson, Some(ObstacleKind::ProcessGone))
    );
}

#[test]
fn a_parameter_matters_only_to_cases_for_whose_start_it_has_another_value() {
    let (_store, engine) = house(1);
    let open = start(&engine, "booking", "1");
    let mut with =
        edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: param.booking.max}");
    engine.deploy(with.clone(), None).unwrap();
    engine.put_records(vec![guest("2", "east")], false).unwrap();
    let later = start(&engine, "booking", "2");
    let text = with.files.get_mut("workflows/parameters.yaml").unwrap();
    *text =
        text.replace("source: 习惯}", "source: 习惯}, {value: 9, from: 2026-09-29, source: 新规}");
    let told = plan(&engine, &with);
    assert_eq!(fates(&told)[&later].0, Fate::Stays, "it started before the new value holds");
    assert_eq!(fates(&told)[&open].0, Fate::CanMove, "on its release the wait is another one");
    *with.files.get_mut("workflows/parameters.yaml").unwrap() =
        crate::house::PARAMETERS.replace("value: 2", "value: 9");
    assert_eq!(fates(&plan(&engine, &with))[&later].0, Fate::CanMove);
}

#[test]
fn rows_of_a_campaign_and_held_cases_are_counted_with_their_case() {
    let (_store, engine) = house(30);
    let campaign = round(&engine);
    let held = start(&engine, "booking", "1");
    act(&engine, &held, CaseAct::Hold { reason: "so".into() }, "keeper").unwrap();
    let new = edited(
        "workflows/processes/round.yaml",
        "outcomes: [fine, wrong]",
        "outcomes: [fine, wrong, unsure]",
    );
    let told = plan(&engine, &new);
    assert_eq!(fates(&told)[&campaign].0, Fate::CanMove);
    assert_eq!(told.fates.values().sum::<usize>(), 2);
    assert_eq!(told.groups[0].steps, ["guests", "guests-row"]);
}

#[test]
fn going_live_by_a_plan_does_it_or_tells_what_has_moved() {
    let (_store, engine) = house(3);
    let waiting = published(&engine, "1");
    let new = edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 3}");
    let made = plan(&engine, &new);
    assert_eq!(fates(&made)[&waiting].0, Fate::CanMove);
    // A case that goes on without another fate is no matter, nor is a new one that can move.
    let another = start(&engine, "booking", "2");
    complete(&engine, &another, "own-head", "", "approve", "east-head").unwrap();
    let other_files = edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 4}");
    let moved = engine.propose_by_plan(other_files, ask(), made.clone()).unwrap();
    assert!(
        matches!(&moved, ByPlan::Moved(told)
            if told[0].en.starts_with("the files have changed") && told[1].en.ends_with(BOOKING)),
        "{moved:?}"
    );
    assert_eq!(engine.live().info.hash, made.from);
    let done = engine.propose_by_plan(new.clone(), ask(), made.clone()).unwrap();
    assert!(
        matches!(&done, ByPlan::Done(done) if matches!(&**done, Deployed::Live(live) if live.hash == made.to)),
        "{done:?}"
    );
    let again = engine.propose_by_plan(new, ask(), made).unwrap();
    assert!(
        matches!(&again, ByPlan::Moved(told) if told[0].en.contains("is live now")),
        "{again:?}"
    );
}

#[test]
fn a_case_whose_fate_has_changed_since_the_plan_is_named() {
    let (_store, engine) = house(2);
    let id = start(&engine, "booking", "1");
    let gone = edited(
        BOOKING,
        "  publish:\n    wait: {working-days: 2}\n    on: {objection: refused}\n    next: {elapsed: written}\n",
        "",
    );
    let mut gone = gone;
    let text = gone.files.get_mut(BOOKING).unwrap();
    *text = text.replace("next: {approve: publish, ", "next: {approve: written, ");
    let made = plan(&engine, &gone);
    assert_eq!(fates(&made)[&id].0, Fate::CanMove);
    complete(&engine, &id, "own-head", "", "approve", "east-head").unwrap();
    complete(&engine, &id, "keeper-look", "", "approve", "keeper").unwrap();
    let since = published(&engine, "2");
    let ByPlan::Moved(told) = engine.propose_by_plan(gone, ask(), made).unwrap() else { panic!() };
    let told: Vec<&str> = told.iter().map(|text| text.zh.as_str()).collect();
    assert_eq!(
        told,
        [
            format!("事项 {id}：计划时可以迁移，现在须人处理"),
            format!("事项 {since} 是计划之后才有的，须人处理"),
        ]
    );
}

#[test]
fn a_plan_is_moved_by_time_alone_when_nobody_holds_a_role_any_more() {
    let (_store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    let mut new = edited(
        BOOKING,
        "keeper-look:\n        user-task: {candidates: {role: keeper}",
        "keeper-look:\n        user-task: {candidates: {role: guard}",
    );
    let organisation = new.files.get_mut("workflows/organisation.yaml").unwrap();
    *organisation = organisation
        .replace("people:", "  guard: {title: {zh: 保安, en: Guard}}\npeople:")
        .replace("holders:", "holders:\n  - {person: helper, role: guard, to: 2026-09-29}");
    let made = plan(&engine, &new);
    assert_eq!(fates(&made)[&id].0, Fate::CanMove);
    engine.advance(crate::house::at("2026-09-30T01:00:00Z")).unwrap();
    let moved = engine.propose_by_plan(new, ask(), made).unwrap();
    assert!(
        matches!(&moved, ByPlan::Moved(told) if told[0].zh == format!("事项 {id}：计划时可以迁移，现在须人处理")),
        "{moved:?}"
    );
}

#[test]
fn a_plan_does_not_hold_once_the_calendar_that_is_live_is_another() {
    let (_store, engine) = house(1);
    start(&engine, "booking", "1");
    let new = edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 3}");
    let made = plan(&engine, &new);
    let holiday = edited(
        "workflows/calendars.yaml",
        "name: {zh: 国庆, en: National Day}}",
        "name: {zh: 国庆, en: National Day}}, {date: 2026-10-02, name: {zh: 国庆, en: National Day}}",
    );
    engine.deploy(holiday, None).unwrap();
    let moved = engine.propose_by_plan(new, ask(), made).unwrap();
    assert!(
        matches!(&moved, ByPlan::Moved(told) if told[0].en.contains("is live now")),
        "{moved:?}"
    );
}

#[test]
fn a_plan_made_on_what_a_waiting_release_replaces_the_next_moment_does_not_hold() {
    let (_store, engine) = house(1);
    let (later, new) = (
        edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 4}"),
        edited(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 3}"),
    );
    let from = Some("2026-10-08".parse().unwrap());
    engine.propose(later, Ask { from, ..ask() }).unwrap();
    engine.advance(crate::house::at("2026-10-07T15:59:59Z")).unwrap();
    let made = plan(&engine, &new);
    engine.advance(crate::house::at("2026-10-07T16:00:00Z")).unwrap();
    let moved = engine.propose_by_plan(new, ask(), made).unwrap();
    assert!(matches!(&moved, ByPlan::Moved(told) if told[0].en.contains("is live now")));
}

fn migrate(id: &str, to: &str) -> Migrate {
    Migrate { instance: id.into(), to: to.into(), steps: BTreeMap::new(), reason: "so".into() }
}

#[test]
fn chosen_cases_move_are_found_at_their_new_holders_and_replay_to_the_same_bytes() {
    let (_store, engine) = house(3);
    let mut new = edited(
        BOOKING,
        "keeper-look:\n        user-task: {candidates: {role: keeper}",
        "keeper-look:\n        user-task: {candidates: {role: head}",
    );
    let organisation = "workflows/organisation.yaml";
    let text = new.files.get_mut(organisation).unwrap();
    *text = text.replace("manages: true}", "manages: true, administers: true}");
    let (one, two) = (start(&engine, "booking", "1"), start(&engine, "booking", "2"));
    let live = engine.deploy(new, None).unwrap();
    let of =
        Where { process: Some("booking".into()), step: Some("keeper-look".into()), release: None };
    let chosen: Vec<_> =
        engine.choose(&of, 10).unwrap().into_iter().map(|one| one.instance).collect();
    assert_eq!(chosen, [one.clone(), two]);
    let trial = engine.try_move(&migrate(&one, &live.info.hash), &person("keeper")).unwrap();
    assert_eq!(trial.no_way_back, None);
    assert_ne!(case(&engine, &one).header.release, live.info.hash, "a trial keeps nothing");
    let command = Command::Migrate(migrate(&one, &live.info.hash));
    engine.submit(Submission::new(command, person("keeper"))).unwrap();
    assert_eq!(case(&engine, &one).header.release, live.info.hash);
    assert!(crate::house::inbox(&engine, "house-head").contains(&"keeper-look".to_owned()));
    complete(&engine, &one, "keeper-look", "", "approve", "west-head").unwrap();
    assert_eq!(steps(&engine, &one), ["own-head"]);
    crate::replay::replays(&engine);
    crate::replay::tasks_agree(&engine);
}
