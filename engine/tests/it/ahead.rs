//! Releases that wait for different days: each is made on what will be live on its day, and what becomes of one tells on
//! those that were made on it.

use std::sync::Arc;

use jiff::civil::Date;
use xueji_definition::{Places, Sources};
use xueji_engine::plan::{ByPlan, Plan, Target};
use xueji_engine::{
    Ask, Audience, DeployError, Deployed, Engine, Happening, Origin, Proposal, ProposalState,
    ReleaseAct, ReleaseEventKind, ReleaseRefusal, Stands,
};
use xueji_store::MemoryStore;

use crate::house::{ORGANISATION, PARAMETERS, at, builder, house, open, sources};
use crate::waiting::{refused, state};

fn with_limit(limit: u32) -> Sources {
    let mut sources = sources();
    let text = PARAMETERS.replace("value: 2", &format!("value: {limit}"));
    sources.files.insert("workflows/parameters.yaml".to_owned(), text);
    sources
}

fn signed_by_two(mut sources: Sources) -> Sources {
    let text = format!("{ORGANISATION}releases: {{signatures: 2}}\n");
    sources.files.insert("workflows/organisation.yaml".to_owned(), text);
    sources
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().unwrap())
}

fn ask(from: Option<Date>) -> Ask {
    Ask {
        by: "keeper".to_owned(),
        note: None,
        from,
        audience: Audience::Others,
        base: None,
        origin: Origin::Deploy,
    }
}

const OCTOBER: &str = "2026-10-12";
const NOVEMBER: &str = "2026-11-02";

fn waits(engine: &Engine, limit: u32, on: &str) -> Proposal {
    match engine.propose(with_limit(limit), ask(day(on))).unwrap() {
        Deployed::Waits(proposal) => proposal,
        other => panic!("{other:?}"),
    }
}

fn act(engine: &Engine, hash: &str, by: &str, act: ReleaseAct) -> Result<Proposal, DeployError> {
    engine.act_on_release(hash.to_owned(), by.to_owned(), act)
}

fn withdraw(engine: &Engine, hash: &str) {
    let reason = ReleaseAct::Withdraw { reason: "not so".to_owned() };
    act(engine, hash, "keeper", reason).unwrap();
}

fn plan(engine: &Engine, sources: &Sources, on: Option<Date>) -> Plan {
    let new = Arc::new(builder()(sources).unwrap());
    let target = Target { audience: Audience::Others, from: on };
    engine.plan(&new, &Places::default(), target).unwrap()
}

/// A house in which a limit of 3 waits for October, and one of 4 for November.
fn two_wait() -> (Arc<MemoryStore>, Engine, Proposal, Proposal) {
    let (store, engine) = house(1);
    let first = waits(&engine, 3, OCTOBER);
    let second = waits(&engine, 4, NOVEMBER);
    (store, engine, first, second)
}

#[test]
fn the_later_of_two_is_made_on_the_earlier_and_both_go_live_on_their_days() {
    let (store, engine, first, second) = two_wait();
    assert_eq!(second.base, [Stands { hash: first.hash.clone(), cohorts: None }]);
    let told = engine.tied(&second).unwrap();
    assert!(told[0].en.starts_with(&format!("it is made on {}", &first.hash[..12])), "{told:?}");
    drop(engine);
    let engine = open(store);
    engine.advance(at("2026-10-11T16:00:00Z")).unwrap();
    assert_eq!(engine.live().info.hash, first.hash);
    assert_eq!(state(&engine, &second.hash), ProposalState::Scheduled);
    assert!(engine.tied(&second).unwrap().is_empty(), "what it was made on is live");
    engine.advance(at("2026-11-01T16:00:00Z")).unwrap();
    assert_eq!(engine.live().info.hash, second.hash);
}

#[test]
fn a_plan_for_a_day_compares_with_what_will_be_live_on_that_day() {
    let (_store, engine) = house(1);
    let live = engine.live().info.hash.clone();
    let first = waits(&engine, 3, OCTOBER);
    let before = plan(&engine, &with_limit(4), None);
    assert_eq!((&before.from, before.on), (&live, None));
    assert!(before.changes[0].words.en.contains('2'), "{before:#?}");
    let later = plan(&engine, &with_limit(4), day(NOVEMBER));
    assert_eq!((&later.from, later.on), (&first.hash, day(NOVEMBER)));
    assert!(later.changes[0].words.en.contains('3'), "{later:#?}");
    assert!(later.notes.iter().any(|note| note.en.contains("made on")), "{later:#?}");
    // What waits already is no change on its own day, nor is it one to put live what is live then.
    assert!(plan(&engine, &with_limit(3), day(NOVEMBER)).from == live);
    // Going back to what is live now is a change by then.
    let back = plan(&engine, &sources(), day(NOVEMBER));
    assert_eq!((&back.from, &back.to), (&first.hash, &live));
    assert!(!back.is_empty());
    let done = engine.propose_by_plan(with_limit(4), ask(day(NOVEMBER)), later).unwrap();
    assert!(matches!(done, ByPlan::Done(done) if matches!(*done, Deployed::Waits(_))));
    let passed = Target { audience: Audience::Others, from: day("2026-09-01") };
    let new = Arc::new(builder()(&with_limit(5)).unwrap());
    let told = engine.plan(&new, &Places::default(), passed);
    assert!(matches!(refused(told), ReleaseRefusal::DatePassed { .. }));
}

#[test]
fn a_plan_for_a_day_does_not_hold_once_another_waits_before_it() {
    let (_store, engine) = house(1);
    let made = plan(&engine, &with_limit(4), day(NOVEMBER));
    waits(&engine, 3, OCTOBER);
    let moved = engine.propose_by_plan(with_limit(4), ask(day(NOVEMBER)), made.clone()).unwrap();
    assert!(matches!(&moved, ByPlan::Moved(told) if told[0].en.contains("the plan was made on")));
    // Nor does it for another day, or for at once.
    for other in [day(OCTOBER), None] {
        let moved = engine.propose_by_plan(with_limit(4), ask(other), made.clone()).unwrap();
        assert!(matches!(&moved, ByPlan::Moved(told) if told[0].en.contains("another day")));
    }
}

#[test]
fn what_was_made_on_one_that_is_taken_back_is_overtaken_with_it() {
    let (_store, engine, first, second) = two_wait();
    let third = waits(&engine, 5, "2026-12-01");
    withdraw(&engine, &first.hash);
    for (waits, on) in [(&second, &first), (&third, &second)] {
        let told = state(&engine, &waits.hash);
        assert!(matches!(&told, ProposalState::Overtaken { left: true, .. }), "{told:?} {on:?}");
    }
    assert!(engine.waiting_releases().unwrap().is_empty());
    engine.advance(at("2026-12-02T00:00:00Z")).unwrap();
    assert_eq!(engine.live().info.number, 0, "none of them goes live by itself");
}

#[test]
fn one_that_is_put_off_takes_the_place_of_its_new_day() {
    let (_store, engine, first, second) = two_wait();
    let renewal = |on| Ask { origin: Origin::Renewal, ..ask(day(on)) };
    // Still before the second: nothing happens to that.
    engine.propose_again(&first.hash, renewal("2026-10-20")).unwrap();
    assert_eq!(state(&engine, &second.hash), ProposalState::Scheduled);
    // Behind the second, which was made on it.
    engine.propose_again(&first.hash, renewal("2026-12-01")).unwrap();
    assert_eq!(state(&engine, &second.hash).word(), "overtaken");
    assert_eq!(engine.waiting_releases().unwrap().len(), 1);
}

#[test]
fn one_that_is_put_before_another_is_told_to_overtake_it_and_does_so_when_it_goes_live() {
    let (_store, engine) = house(1);
    let later = waits(&engine, 4, NOVEMBER);
    let noted = plan(&engine, &with_limit(3), day(OCTOBER));
    assert!(noted.notes.iter().any(|note| note.en.contains("it overtakes")), "{noted:#?}");
    let earlier = waits(&engine, 3, OCTOBER);
    assert!(engine.tied(&earlier).unwrap()[0].en.contains(&later.hash[..12]));
    // Taken back before its day, it has done nothing to the other.
    assert_eq!(state(&engine, &later.hash), ProposalState::Scheduled);
    withdraw(&engine, &earlier.hash);
    assert_eq!(state(&engine, &later.hash), ProposalState::Scheduled);
    waits(&engine, 5, OCTOBER);
    engine.advance(at("2026-10-12T00:00:00Z")).unwrap();
    assert_eq!(state(&engine, &later.hash).word(), "overtaken");
}

#[test]
fn a_second_release_for_the_same_day_and_people_is_refused_and_told_what_to_do() {
    let (_store, engine) = house(1);
    let first = waits(&engine, 3, OCTOBER);
    let told = refused(engine.propose(with_limit(4), ask(day(OCTOBER))));
    let hash = first.hash.clone();
    assert_eq!(told, ReleaseRefusal::DayTaken { hash, from: day(OCTOBER).unwrap() });
    let noted = plan(&engine, &with_limit(4), day(OCTOBER));
    assert!(noted.notes.iter().any(|note| note.en.contains("waits for 2026-10-12 already")));
    // For some cohorts, the day is free.
    let own = Audience::Cohorts { cohorts: ">=2026".parse().unwrap() };
    let young = Ask { audience: own, ..ask(day(OCTOBER)) };
    let Deployed::Waits(young) = engine.propose(with_limit(5), young).unwrap() else { panic!() };
    engine.advance(at("2026-10-12T00:00:00Z")).unwrap();
    let table = engine.live_table();
    assert_eq!(table.for_cohort(None).info.hash, first.hash);
    assert_eq!(table.for_cohort(Some(2026)).info.hash, young.hash);
}

#[test]
fn with_two_signatures_the_later_waits_until_the_earlier_is_signed() {
    let (_store, engine) = house(1);
    engine.deploy(signed_by_two(sources()), None).unwrap();
    let propose = |limit, on| match engine.propose(signed_by_two(with_limit(limit)), ask(day(on))) {
        Ok(Deployed::Waits(proposal)) => proposal,
        other => panic!("{other:?}"),
    };
    let (first, second) = (propose(3, OCTOBER), propose(4, NOVEMBER));
    assert_eq!(second.base[0].hash, first.hash, "the earlier counts as soon as it is proposed");
    // November has come, and nobody has signed the earlier: the later cannot go live before it.
    engine.advance(at("2026-11-03T00:00:00Z")).unwrap();
    let told = refused(act(&engine, &second.hash, "house-head", ReleaseAct::Approve));
    let (hash, on) = (second.hash.clone(), first.hash.clone());
    assert_eq!(told, ReleaseRefusal::NotYet { hash, on });
    act(&engine, &first.hash, "house-head", ReleaseAct::Approve).unwrap();
    assert_eq!(engine.live().info.hash, first.hash);
    act(&engine, &second.hash, "house-head", ReleaseAct::Approve).unwrap();
    assert_eq!(engine.live().info.hash, second.hash);
}

#[test]
fn one_whose_day_comes_while_the_earlier_is_unsigned_is_overtaken_on_that_day() {
    let (_store, engine) = house(1);
    engine.deploy(signed_by_two(sources()), None).unwrap();
    let propose = |limit, on| match engine.propose(signed_by_two(with_limit(limit)), ask(day(on))) {
        Ok(Deployed::Waits(proposal)) => proposal,
        other => panic!("{other:?}"),
    };
    let (first, second) = (propose(3, OCTOBER), propose(4, NOVEMBER));
    act(&engine, &second.hash, "house-head", ReleaseAct::Approve).unwrap();
    engine.advance(at("2026-11-03T00:00:00Z")).unwrap();
    assert_eq!(state(&engine, &second.hash).word(), "overtaken");
    assert_eq!(state(&engine, &first.hash), ProposalState::Proposed);
}

#[test]
fn what_happens_to_releases_stands_among_the_events_in_its_order() {
    let (store, engine) = house(1);
    engine.deploy(signed_by_two(sources()), None).unwrap();
    let begin = engine.last_place();
    let propose = |limit, on| match engine.propose(signed_by_two(with_limit(limit)), ask(on)) {
        Ok(Deployed::Waits(proposal)) => proposal.hash,
        other => panic!("{other:?}"),
    };
    let old = engine.live().info.hash.clone();
    let first = propose(3, None);
    act(&engine, &first, "house-head", ReleaseAct::Approve).unwrap();
    let second = propose(4, day(OCTOBER));
    let reject = ReleaseAct::Reject { reason: "no".to_owned() };
    act(&engine, &second, "house-head", reject).unwrap();
    let third = propose(5, day(OCTOBER));
    let back = Ask { origin: Origin::Rollback, ..ask(None) };
    engine.propose_again(&old, back).unwrap();
    act(&engine, &old, "house-head", ReleaseAct::Approve).unwrap();
    use ReleaseEventKind::{Approved, Live, Overtaken, Proposed, Rejected, RolledBack};
    let expected = [
        (&first, Proposed),
        (&first, Approved),
        (&first, Live),
        (&second, Proposed),
        (&second, Rejected),
        (&third, Proposed),
        (&old, Proposed),
        (&old, Approved),
        (&old, RolledBack),
        (&third, Overtaken),
    ];
    let followed = |engine: &Engine| {
        let followed = engine.follow(begin, 100).unwrap();
        let places: Vec<u64> = followed.iter().map(|one| one.sequence).collect();
        assert_eq!(places, (begin + 1..=begin + 10).collect::<Vec<_>>(), "each has its place");
        let told = followed.into_iter().map(|one| match one.what {
            Happening::Release(event) => (event.hash, event.kind),
            Happening::Case(event) => panic!("{event:?}"),
        });
        told.collect::<Vec<_>>()
    };
    let expected: Vec<_> = expected.iter().map(|(hash, kind)| ((*hash).clone(), *kind)).collect();
    assert_eq!(followed(&engine), expected);
    drop(engine);
    assert_eq!(followed(&open(store)), expected, "they are kept");
}
