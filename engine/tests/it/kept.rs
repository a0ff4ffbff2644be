//! What was accepted once: read again by a program that asks more of its files, and told of when it no longer can be.

use std::sync::Arc;

use xueji_definition::finding::{Finding, Spot};
use xueji_definition::{Places, Sources, Text};
use xueji_engine::plan::{Fate, Target};
use xueji_engine::queries::QueryError;
use xueji_engine::{
    Ask, Audience, Clock, DeployError, Deployed, Engine, OpenError, Origin, ReleaseBuilder,
    ReleaseError,
};
use xueji_store::MemoryStore;

use crate::house::{PARAMETERS, builder, complete, house, monday, open, sources, start};

const CODES: &str = "workflows/codes.yaml";

fn with_limit(limit: u32) -> Sources {
    let mut sources = sources();
    let text = PARAMETERS.replace("value: 2", &format!("value: {limit}"));
    sources.files.insert("workflows/parameters.yaml".to_owned(), text);
    sources
}

/// A program that finds fault with every set of files, as one with a new check may.
fn stricter() -> ReleaseBuilder {
    Arc::new(|_| {
        let words = Text::new("新的检查", "a new check");
        Err(vec![Finding::error("new-check", CODES, Spot::File, words)])
    })
}

fn opened(store: &Arc<MemoryStore>, builder: ReleaseBuilder) -> Result<Engine, OpenError> {
    Engine::open(store.clone(), builder, Clock::manual(monday()), None)
}

/// A word that only an earlier program knew.
fn with_old_word(mut sources: Sources) -> Sources {
    sources.files.get_mut(CODES).unwrap().push_str("colours: {}\n");
    sources
}

/// The earlier program, which knew that word.
fn earlier() -> ReleaseBuilder {
    Arc::new(|sources| {
        let mut known = sources.clone();
        let text = known.files.get_mut(CODES).unwrap();
        *text = text.replace("colours: {}\n", "");
        let release = builder()(&known)?;
        Ok(xueji_runtime::Release::new(sources.hash(), release.definitions, release.rules))
    })
}

fn back() -> Ask {
    Ask {
        by: "keeper".into(),
        note: None,
        from: None,
        audience: Audience::Others,
        base: None,
        origin: Origin::Rollback,
    }
}

#[test]
fn a_new_check_stands_in_the_way_of_nothing_that_was_accepted_before_it() {
    let (store, engine) = house(2);
    let first = engine.live().info.hash.clone();
    let open = start(&engine, "booking", "1");
    engine.deploy(with_limit(3), None).unwrap();
    drop(engine);
    let engine = opened(&store, stricter()).unwrap();
    // Cases go on, on the old release and on the one that is live.
    complete(&engine, &open, "own-head", "", "approve", "east-head").unwrap();
    start(&engine, "booking", "2");
    let new = Arc::new(builder()(&with_limit(4)).unwrap());
    let plan = engine.plan(&new, &Places::default(), Target::default()).unwrap();
    assert_eq!(plan.fates[&Fate::NeedsPerson], 0, "{plan:#?}");
    // The new check holds for what is new, and keeps nobody from going back.
    let refused = engine.deploy(with_limit(4), None);
    assert!(matches!(refused, Err(DeployError::Release(ReleaseError::Broken(_)))));
    let gone = engine.propose_again(&first, back()).unwrap();
    assert!(matches!(gone, Deployed::Live(live) if live.hash == first));
}

#[test]
fn cases_whose_release_can_no_longer_be_read_need_a_person_and_the_plan_says_why() {
    let (store, engine) = house(2);
    drop(engine);
    let engine = opened(&store, earlier()).unwrap();
    let old = engine.deploy(with_old_word(with_limit(3)), None).unwrap().info.hash.clone();
    let lost = start(&engine, "booking", "1");
    engine.deploy(with_limit(3), None).unwrap();
    let sound = start(&engine, "booking", "2");
    drop(engine);

    let engine = open(store);
    let new = Arc::new(builder()(&with_limit(4)).unwrap());
    let plan = engine.plan(&new, &Places::default(), Target::default()).unwrap();
    assert!(!plan.changes.is_empty());
    let of = |id: &str| {
        let group = plan.groups.iter().find(|group| group.instances.iter().any(|one| one == id));
        group.unwrap().told.clone()
    };
    let told = of(&lost);
    assert_eq!(told.fate, Fate::NeedsPerson);
    let why = told.why.unwrap().en;
    assert!(why.starts_with("their release can no longer be read, because: workflows/codes.yaml"));
    assert_ne!(of(&sound).fate, Fate::NeedsPerson);
    // The plan goes live; to the old one nobody can go back, and who asks for it is told why.
    let by_plan =
        engine.propose_by_plan(with_limit(4), Ask { origin: Origin::Deploy, ..back() }, plan);
    assert!(matches!(by_plan, Ok(xueji_engine::plan::ByPlan::Done(_))), "{by_plan:?}");
    let refused = engine.propose_again(&old, back());
    assert!(matches!(
        refused,
        Err(DeployError::Release(ReleaseError::Unreadable { hash, .. })) if hash == old
    ));
    let asked = engine.release(&old);
    assert!(matches!(asked, Err(QueryError::Release(ReleaseError::Unreadable { .. }))));
}

#[test]
fn a_program_that_cannot_read_what_is_live_does_not_start_and_says_what_it_cannot_read() {
    let (store, engine) = house(1);
    drop(engine);
    let engine = opened(&store, earlier()).unwrap();
    let live = engine.deploy(with_old_word(sources()), None).unwrap().info.hash.clone();
    drop(engine);
    let Err(OpenError::Release(error)) = opened(&store, builder()) else { panic!("it started") };
    let told = error.to_string();
    assert!(told.contains(&live[..12]) && told.contains(CODES), "{told}");
    // Nothing was touched: the earlier program goes on with it.
    assert_eq!(opened(&store, earlier()).unwrap_err().to_string(), told);
}
