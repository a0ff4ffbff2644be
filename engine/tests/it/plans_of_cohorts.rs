//! Plans where releases of several cohorts stand side by side: each case beside its own release, what changes for whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use xueji_definition::value::Value;
use xueji_definition::{Places, Sources};
use xueji_engine::plan::{ByPlan, Fate, Plan, Target};
use xueji_engine::{Ask, Audience, Deployed, Engine, Origin, Put};
use xueji_runtime::RecordId;

use crate::house::{builder, case, complete, house, sources, start};

const BOOKING: &str = "workflows/processes/booking.yaml";
const LOOK: &str = "keeper-look:\n        user-task: {candidates: {role: keeper}";

/// The house whose guests know their year; publicity takes that many working days.
fn days(days: u32) -> Sources {
    let mut sources = sources();
    edit(&mut sources, "workflows/records.yaml", "id: number\n", "id: number\n    cohort: since\n");
    let since = "      since: {title: {zh: 入馆年, en: Since}, type: number}\n      fee:";
    edit(&mut sources, "workflows/records.yaml", "      fee:", since);
    edit(&mut sources, BOOKING, "working-days: 2", &format!("working-days: {days}"));
    sources
}

fn edit(sources: &mut Sources, path: &str, from: &str, to: &str) {
    let text = sources.files.get_mut(path).unwrap();
    assert!(text.contains(from), "{path}: {from}");
    *text = text.replacen(from, to, 1);
}

fn cohorts(text: &str) -> Audience {
    Audience::Cohorts { cohorts: text.parse().unwrap() }
}

fn ask(audience: Audience) -> Ask {
    Ask {
        by: "keeper".into(),
        note: None,
        from: None,
        audience,
        base: None,
        origin: Origin::Deploy,
    }
}

fn live(engine: &Engine, sources: Sources, audience: Audience) -> String {
    match engine.propose(sources, ask(audience)).unwrap() {
        Deployed::Live(live) => live.hash,
        other => panic!("{other:?}"),
    }
}

fn plan(engine: &Engine, sources: &Sources, audience: Audience) -> Plan {
    let new = Arc::new(builder()(sources).unwrap());
    engine.plan(&new, &Places::default(), Target { audience, from: None }).unwrap()
}

fn fates(plan: &Plan) -> BTreeMap<String, (Fate, Option<String>)> {
    let each = plan.groups.iter().flat_map(|group| {
        let told = (group.told.fate, group.told.elsewhere.clone());
        group.instances.iter().map(move |id| (id.clone(), told.clone()))
    });
    each.collect()
}

/// A house in which publicity takes 2 days, and 5 for those who came since 2026.
struct Side {
    engine: Engine,
    main: String,
    young: String,
    /// Bookings of those who came in 2022 and 2026, and of one whose year is not known.
    of_22: String,
    of_26: String,
    of_nobody: String,
    /// One of 2026 that was begun before they had a release of their own.
    early: String,
}

fn side_by_side() -> Side {
    let (_store, engine) = house(0);
    let main = engine.deploy(days(2), None).unwrap().info.hash.clone();
    for (number, since) in
        [("22", Some(2022)), ("26", Some(2026)), ("126", Some(2026)), ("0", None)]
    {
        let values = vec![
            ("number".to_owned(), Some(Value::Text(number.to_owned()))),
            ("unit".to_owned(), Some(Value::Text("east".to_owned()))),
            ("bookings".to_owned(), Some(Value::Int(0))),
            ("since".to_owned(), since.map(Value::Int)),
        ];
        engine.put_records(vec![Put::new(RecordId::new("guest", number), values)], false).unwrap();
    }
    let early = start(&engine, "booking", "126");
    let young = live(&engine, days(5), cohorts(">=2026"));
    let (of_22, of_26) = (start(&engine, "booking", "22"), start(&engine, "booking", "26"));
    let of_nobody = start(&engine, "booking", "0");
    assert_eq!(case(&engine, &of_26).header.release, young);
    Side { engine, main, young, of_22, of_26, of_nobody, early }
}

#[test]
fn a_plan_for_all_others_leaves_the_cohorts_with_a_release_of_their_own_alone_and_says_so() {
    let Side { engine, main, young, of_22, of_26, of_nobody, early } = side_by_side();
    let plan = plan(&engine, &days(3), Audience::Others);
    assert_eq!((&plan.from, plan.changes.len()), (&main, 1));
    let told = fates(&plan);
    assert_eq!(told[&of_22], (Fate::CanMove, None));
    assert_eq!(told[&of_nobody], (Fate::CanMove, None));
    for id in [&of_26, &early] {
        assert_eq!(told[id], (Fate::Stays, Some(young.clone())), "not for those of 2026");
    }
    let words = &plan.notes[0].en;
    assert!(words.contains(">=2026") && words.contains("--every-cohort"), "{plan:#?}");
}

#[test]
fn a_plan_for_a_cohort_compares_with_the_release_that_governs_it_now() {
    let Side { engine, young, of_22, of_26, early, .. } = side_by_side();
    // For all others it would be the same as now; for those of 2026 it is another number of days.
    let made = plan(&engine, &days(2), cohorts(">=2026"));
    // Files that are live for others are no change for them, and one for the cohort.
    assert_eq!((&made.from, made.audience), (&young, cohorts(">=2026")));
    assert_eq!(made.changes.len(), 1, "{made:#?}");
    let told = fates(&made);
    assert_eq!(told[&of_26], (Fate::CanMove, None));
    assert_eq!(told[&early], (Fate::Stays, None), "what it stands on says the same");
    assert_eq!(told[&of_22].0, Fate::Stays);
    assert!(plan(&engine, &days(5), cohorts(">=2026")).is_empty());
    // The plan is for those, and for nobody else.
    for other in [Audience::Others, cohorts("2026"), Audience::Everyone] {
        let moved = engine.propose_by_plan(days(2), ask(other), made.clone()).unwrap();
        assert!(matches!(&moved, ByPlan::Moved(told) if told[0].en.contains("other cohorts")));
    }
    let done = engine.propose_by_plan(days(2), ask(cohorts(">=2026")), made).unwrap();
    assert!(matches!(done, ByPlan::Done(_)), "{done:?}");
}

#[test]
fn a_plan_for_several_cohorts_tells_what_changes_from_each_release() {
    let Side { engine, main, young, of_22, of_26, .. } = side_by_side();
    let plan = plan(&engine, &days(5), Audience::Everyone);
    assert_eq!((&plan.from, plan.changes.len()), (&main, 1));
    let beside: Vec<_> = plan.beside.iter().map(|one| (&one.from, one.changes.len())).collect();
    assert_eq!(beside, [(&young, 0)], "for those of 2026 nothing changes");
    let base: Vec<_> =
        plan.base.iter().map(|one| (one.cohorts.map(|c| c.to_string()), &one.hash)).collect();
    assert_eq!(base, [(Some(">=2026".to_owned()), &young), (None, &main)]);
    let told = fates(&plan);
    assert_eq!((told[&of_22].0, told[&of_26].0), (Fate::CanMove, Fate::Stays));
    // A change that only the second release shows is a change all the same.
    let again = self::plan(&engine, &days(2), Audience::Everyone);
    assert!(again.changes.is_empty() && !again.is_empty(), "{again:#?}");
}

#[test]
fn who_holds_a_role_says_the_release_for_all_others_also_where_a_cohort_s_says_otherwise() {
    let Side { engine, of_26, early, .. } = side_by_side();
    let mut files = days(4);
    edit(&mut files, BOOKING, LOOK, "keeper-look:\n        user-task: {candidates: {role: cook}");
    let organisation = "workflows/organisation.yaml";
    edit(&mut files, organisation, "people:", "  cook: {title: {zh: 厨师, en: Cook}}\npeople:");
    edit(&mut files, organisation, "holders:", "holders:\n  - {person: helper, role: cook}");
    let own = plan(&engine, &files, cohorts(">=2026"));
    assert!(own.notes.iter().any(|note| note.en.contains("organisation.yaml")), "{own:#?}");
    assert!(own.changes.iter().all(|change| change.file != organisation), "{own:#?}");
    assert_eq!(fates(&own)[&of_26].0, Fate::NeedsPerson, "nobody is a cook by the live one");
    // For everybody, the files' own holders count.
    let all = plan(&engine, &files, Audience::Everyone);
    assert_eq!((fates(&all)[&of_26].0, fates(&all)[&early].0), (Fate::CanMove, Fate::CanMove));
}

#[test]
fn a_release_for_some_cohorts_that_goes_live_meanwhile_moves_a_plan_for_all_others() {
    let Side { engine, of_22, .. } = side_by_side();
    let mut gone = days(2);
    edit(&mut gone, BOOKING, "when: all, counts: [approve]", "when: any, counts: [approve]");
    let made = plan(&engine, &gone, Audience::Others);
    assert_eq!(fates(&made)[&of_22].0, Fate::MustWait);
    live(&engine, days(6), cohorts("2022"));
    let moved = engine.propose_by_plan(gone.clone(), ask(Audience::Others), made).unwrap();
    let ByPlan::Moved(told) = moved else { panic!("{moved:?}") };
    assert!(told[0].zh.contains(&of_22), "{told:?}");
    // A case that goes on with the same fate is no matter.
    let made = plan(&engine, &days(3), Audience::Others);
    complete(&engine, &of_22, "own-head", "", "approve", "east-head").unwrap();
    let done = engine.propose_by_plan(days(3), ask(Audience::Others), made).unwrap();
    assert!(matches!(done, ByPlan::Done(_)));
}
