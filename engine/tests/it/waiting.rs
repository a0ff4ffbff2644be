//! Releases that wait: for a second signature, for a date, and side by side for some cohorts.

use std::sync::Arc;

use xueji_definition::Sources;
use xueji_definition::value::Value;
use xueji_engine::{
    Ask, Audience, Cohorts, DeployError, Deployed, Engine, Listed, Origin, Proposal, ProposalState,
    Put, ReleaseAct, ReleaseRefusal, SubmitError,
};
use xueji_runtime::{RecordId, Refusal};
use xueji_store::MemoryStore;

use crate::house::{ORGANISATION, PARAMETERS, at, case, house, open, sources, start, start_of};

/// The house with guests who have an entry year, and that limit of bookings.
fn with_limit(limit: u32) -> Sources {
    let mut sources = sources();
    let text = PARAMETERS.replace("value: 2", &format!("value: {limit}"));
    sources.files.insert("workflows/parameters.yaml".to_owned(), text);
    let records = sources.files.get_mut("workflows/records.yaml").unwrap();
    *records = records.replace("id: number\n", "id: number\n    cohort: since\n").replace(
        "      fee:",
        "      since: {title: {zh: 入馆年, en: Since}, type: number}\n      fee:",
    );
    sources
}

fn with_rule(mut sources: Sources, rule: &str) -> Sources {
    let text = format!("{ORGANISATION}releases: {rule}\n");
    sources.files.insert("workflows/organisation.yaml".to_owned(), text);
    sources
}

fn ask(by: &str) -> Ask {
    Ask {
        by: by.to_owned(),
        note: Some("why".to_owned()),
        from: None,
        audience: Audience::Others,
        base: None,
        origin: Origin::Deploy,
    }
}

fn from(by: &str, day: &str) -> Ask {
    Ask { from: Some(day.parse().unwrap()), ..ask(by) }
}

fn cohorts(text: &str) -> Audience {
    Audience::Cohorts { cohorts: text.parse().unwrap() }
}

fn waits(deployed: Deployed) -> Proposal {
    match deployed {
        Deployed::Waits(proposal) => proposal,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, DeployError>) -> ReleaseRefusal {
    match result {
        Err(DeployError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn state(engine: &Engine, hash: &str) -> ProposalState {
    engine.proposal(hash).unwrap().unwrap().state
}

fn approve(engine: &Engine, hash: &str, by: &str) -> Result<Proposal, DeployError> {
    engine.act_on_release(hash.to_owned(), by.to_owned(), ReleaseAct::Approve)
}

/// A house in which the limit is 2 and guests know their year.
fn yearly(rule: Option<&str>) -> (Arc<MemoryStore>, Engine) {
    let (store, engine) = house(1);
    let sources = rule.map_or_else(|| with_limit(2), |rule| with_rule(with_limit(2), rule));
    engine.deploy(sources, None).unwrap();
    (store, engine)
}

fn guest(engine: &Engine, number: &str, since: Option<i64>, bookings: i64) {
    let values = vec![
        ("number".to_owned(), Some(Value::Text(number.to_owned()))),
        ("unit".to_owned(), Some(Value::Text("east".to_owned()))),
        ("bookings".to_owned(), Some(Value::Int(bookings))),
        ("since".to_owned(), since.map(Value::Int)),
    ];
    engine.put_records(vec![Put::new(RecordId::new("guest", number), values)], false).unwrap();
}

fn may_book(engine: &Engine, number: &str) -> bool {
    match engine.submit(start_of("booking", number)) {
        Ok(_) => true,
        Err(SubmitError::Refused(Refusal::Rules(_))) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_same_files_again_do_nothing() {
    let (_store, engine) = yearly(None);
    let before = engine.all_releases(10).unwrap();
    let deployed = engine.propose(with_limit(2), ask("keeper")).unwrap();
    assert_eq!(deployed, Deployed::Unchanged(engine.live().info.clone()));
    let scheduled = engine.propose(with_limit(2), from("keeper", "2027-01-01")).unwrap();
    assert!(matches!(scheduled, Deployed::Unchanged(_)));
    assert_eq!(engine.all_releases(10).unwrap(), before);
}

#[test]
fn a_note_is_kept_and_required_where_the_live_release_says_so() {
    let (_store, engine) = yearly(Some("{note: required}"));
    let without = Ask { note: Some("  ".to_owned()), ..ask("keeper") };
    // The release that is proposed would not ask for one: what counts is the one that is live.
    assert_eq!(refused(engine.propose(with_limit(3), without)), ReleaseRefusal::NoteMissing);
    let long = Ask { note: Some("x".repeat(2_001)), ..ask("keeper") };
    assert_eq!(refused(engine.propose(with_limit(3), long)), ReleaseRefusal::NoteShape);
    engine.propose(with_limit(3), ask("keeper")).unwrap();
    let live = engine.live().info.clone();
    assert_eq!((live.note.as_deref(), live.by.as_deref()), (Some("why"), Some("keeper")));
    assert_eq!(live.signatures.len(), 1);
}

#[test]
fn a_second_person_signs_what_the_first_proposes() {
    let (_store, engine) = yearly(Some("{signatures: 2}"));
    let before = engine.live().info.clone();
    let proposal = waits(engine.propose(with_limit(3), ask("keeper")).unwrap());
    assert_eq!((proposal.state.word(), proposal.needed), ("proposed", 2));
    // Proposed again it is the same; nothing is live yet.
    assert_eq!(waits(engine.propose(with_limit(3), ask("keeper")).unwrap()), proposal);
    assert_eq!(engine.live().info, before);
    let own = refused(approve(&engine, &proposal.hash, "keeper"));
    assert_eq!(own, ReleaseRefusal::OwnProposal { by: "keeper".to_owned() });
    let gone = approve(&engine, &proposal.hash, "house-head").unwrap();
    assert_eq!(gone.state.word(), "live");
    let live = engine.live().info.clone();
    assert_eq!((&live.hash, live.proposal), (&proposal.hash, Some(proposal.number)));
    let signed: Vec<&str> = live.signatures.iter().map(|s| s.by.as_str()).collect();
    assert_eq!(signed, ["keeper", "house-head"]);
    // Approving again says the same and does nothing.
    assert_eq!(approve(&engine, &proposal.hash, "house-head").unwrap(), gone);
    assert_eq!(engine.live().info, live);
    let other = refused(approve(&engine, &proposal.hash, "east-head"));
    assert!(matches!(other, ReleaseRefusal::NotWaiting { .. }));
}

#[test]
fn one_person_signs_once_however_often() {
    let (_store, engine) = yearly(Some("{signatures: 3}"));
    let proposal = waits(engine.propose(with_limit(3), ask("keeper")).unwrap());
    let signed = |proposal: &Proposal| proposal.signatures.len();
    assert_eq!(signed(&approve(&engine, &proposal.hash, "house-head").unwrap()), 2);
    let again = approve(&engine, &proposal.hash, "house-head").unwrap();
    assert_eq!((signed(&again), again.state.word()), (2, "proposed"));
    assert!(matches!(
        refused(approve(&engine, &proposal.hash, "keeper")),
        ReleaseRefusal::OwnProposal { .. }
    ));
    assert_eq!(approve(&engine, &proposal.hash, "east-head").unwrap().state.word(), "live");
}

#[test]
fn what_is_rejected_or_withdrawn_stays_so_with_its_reason() {
    let (_store, engine) = yearly(Some("{signatures: 2}"));
    let act =
        |hash: &str, by: &str, act| engine.act_on_release(hash.to_owned(), by.to_owned(), act);
    let proposal = waits(engine.propose(with_limit(3), ask("keeper")).unwrap());
    let reject = |reason: &str| ReleaseAct::Reject { reason: reason.to_owned() };
    assert_eq!(
        refused(act(&proposal.hash, "house-head", reject(" "))),
        ReleaseRefusal::ReasonMissing
    );
    assert!(matches!(
        refused(act(&proposal.hash, "keeper", reject("no"))),
        ReleaseRefusal::OwnProposal { .. }
    ));
    act(&proposal.hash, "house-head", reject("no")).unwrap();
    assert!(
        matches!(state(&engine, &proposal.hash), ProposalState::Rejected { reason, .. } if reason == "no")
    );
    assert!(matches!(
        refused(approve(&engine, &proposal.hash, "east-head")),
        ReleaseRefusal::NotWaiting { .. }
    ));
    let again = waits(engine.propose(with_limit(3), ask("keeper")).unwrap());
    assert_eq!(again.number, proposal.number + 1);
    let withdraw = ReleaseAct::Withdraw { reason: "wait".to_owned() };
    act(&again.hash, "keeper", withdraw).unwrap();
    assert_eq!(state(&engine, &again.hash).word(), "withdrawn");
    assert!(engine.waiting_releases().unwrap().is_empty());
    let unknown = refused(approve(&engine, "0000", "keeper"));
    assert_eq!(unknown, ReleaseRefusal::NothingWaits("0000".to_owned()));
}

#[test]
fn a_release_goes_live_at_the_midnight_of_its_date() {
    let (store, engine) = yearly(None);
    let before = engine.live().info.clone();
    let proposal = waits(engine.propose(with_limit(0), from("keeper", "2026-10-01")).unwrap());
    assert_eq!(proposal.state, ProposalState::Scheduled);
    assert_eq!(proposal.due, Some(at("2026-09-30T16:00:00Z")));
    // It survives that the engine is opened anew.
    drop(engine);
    let engine = open(store);
    engine.advance(at("2026-09-30T15:59:59Z")).unwrap();
    assert_eq!(engine.live().info, before);
    let last = start(&engine, "booking", "1");
    engine.advance(at("2026-09-30T16:00:00Z")).unwrap();
    let live = engine.live().info.clone();
    assert_eq!((live.hash, live.at), (proposal.hash.clone(), at("2026-09-30T16:00:00Z")));
    assert_eq!(live.from, proposal.from);
    assert!(matches!(state(&engine, &proposal.hash), ProposalState::Live { number: 2, .. }));
    assert_eq!(case(&engine, &last).header.release, before.hash);
    guest(&engine, "2", None, 0);
    assert!(!may_book(&engine, "2"), "the limit is 0 from that day on");
    assert_eq!(engine.all_releases(10).unwrap().len(), 3, "one that went live is listed once");
}

#[test]
fn a_date_of_today_is_now_and_one_that_has_passed_is_refused() {
    let (_store, engine) = yearly(None);
    let passed = refused(engine.propose(with_limit(3), from("keeper", "2026-09-27")));
    assert!(matches!(passed, ReleaseRefusal::DatePassed { .. }));
    let today = engine.propose(with_limit(3), from("keeper", "2026-09-28")).unwrap();
    assert!(matches!(today, Deployed::Live(_)));
}

#[test]
fn a_later_deploy_overtakes_what_waits_and_a_person_renews_it() {
    let (_store, engine) = yearly(None);
    let proposal = waits(engine.propose(with_limit(0), from("keeper", "2026-10-01")).unwrap());
    engine.propose(with_limit(5), ask("helper")).unwrap();
    let live = engine.live().info.clone();
    assert!(
        matches!(state(&engine, &proposal.hash), ProposalState::Overtaken { by, .. } if by == live.hash)
    );
    engine.advance(at("2026-10-02T00:00:00Z")).unwrap();
    assert_eq!(engine.live().info, live, "it does not go live silently");
    let renewal = Ask { origin: Origin::Renewal, ..from("helper", "2026-10-05") };
    let renewed = waits(engine.propose_again(&proposal.hash, renewal).unwrap());
    assert_eq!((renewed.by(), renewed.number), ("helper", proposal.number + 1));
    // Another day for what waits: the old one is taken back.
    let renewal = Ask { origin: Origin::Renewal, ..from("helper", "2026-10-06") };
    let later = waits(engine.propose_again(&proposal.hash, renewal).unwrap());
    assert_eq!(engine.waiting_releases().unwrap(), [later]);
    engine.advance(at("2026-10-05T16:00:00Z")).unwrap();
    assert_eq!(engine.live().info.hash, proposal.hash);
}

#[test]
fn signatures_and_a_date_go_together() {
    let (_store, engine) = yearly(Some("{signatures: 2}"));
    let proposal = waits(engine.propose(with_limit(0), from("keeper", "2026-10-01")).unwrap());
    assert_eq!(proposal.state, ProposalState::Proposed);
    let otherwise = refused(engine.propose(with_limit(0), from("keeper", "2026-10-02")));
    assert!(matches!(otherwise, ReleaseRefusal::WaitsOtherwise { .. }));
    // Without a second signature the day passes; with it, after the day, it is live at once.
    engine.advance(at("2026-10-02T00:00:00Z")).unwrap();
    assert_eq!(state(&engine, &proposal.hash), ProposalState::Proposed);
    approve(&engine, &proposal.hash, "house-head").unwrap();
    assert_eq!(engine.live().info.hash, proposal.hash);
    // The rule that counts is the live one's, and that release had none: the next goes live by one signature.
    assert!(matches!(engine.propose(with_limit(1), ask("keeper")).unwrap(), Deployed::Live(_)));
}

#[test]
fn cohorts_have_releases_of_their_own_side_by_side() {
    let (store, engine) = yearly(None);
    for (number, since) in [("22", Some(2022)), ("26", Some(2026)), ("27", Some(2027)), ("0", None)]
    {
        guest(&engine, number, since, 2);
    }
    let others = engine.live().info.clone();
    let first = Ask { audience: cohorts(">=2026"), ..ask("keeper") };
    let Deployed::Live(first) = engine.propose(with_limit(3), first).unwrap() else { panic!() };
    assert_eq!(engine.live().info, others, "the live release is the one for all others");
    let second = Ask { audience: cohorts(">=2027"), ..ask("keeper") };
    let Deployed::Live(second) = engine.propose(with_limit(0), second).unwrap() else { panic!() };
    drop(engine);
    let engine = open(store);
    let on = |cohort: Option<i64>| engine.live_table().for_cohort(cohort).info.hash.clone();
    assert_eq!(on(Some(2022)), others.hash);
    assert_eq!(on(Some(2026)), first.hash);
    assert_eq!(on(Some(2027)), second.hash);
    assert_eq!(on(None), others.hash);
    let table = engine.live_table();
    let shown = |number| {
        table.live_for(number).map(|all| all.iter().map(Cohorts::to_string).collect::<Vec<_>>())
    };
    assert_eq!(shown(first.number), Some(vec!["2026".to_owned()]));
    assert_eq!(shown(second.number), Some(vec![">=2027".to_owned()]));
    assert_eq!(shown(others.number), Some(Vec::new()));
    assert_eq!(shown(0), None);
    // Two bookings: too many by the limit of 2, not by that of 3.
    assert!(!may_book(&engine, "22"));
    assert!(may_book(&engine, "26"));
    assert!(!may_book(&engine, "27"));
    assert!(!may_book(&engine, "0"));
    // Called cases, too, start on the release of their own subject's cohort.
    let party = start(&engine, "party", "26");
    engine.settle().unwrap();
    let release = |id: &str| case(&engine, id).header.release;
    assert_eq!(release(&party), first.hash);
    let called = engine
        .cases(
            &xueji_engine::queries::CaseFilter {
                process: Some("cleaning".into()),
                ..Default::default()
            },
            &Default::default(),
        )
        .unwrap();
    assert_eq!(called.items.first().map(|case| &case.release), Some(&first.hash));
    assert_eq!(engine.open_by_release().unwrap().get(&first.hash), Some(&3));
    // One for everybody ends those of some cohorts.
    let all = Ask { audience: Audience::Everyone, ..ask("keeper") };
    let Deployed::Live(all) = engine.propose(with_limit(9), all).unwrap() else { panic!() };
    for cohort in [Some(2022), Some(2026), Some(2027), None] {
        assert_eq!(engine.live_table().for_cohort(cohort).info.number, all.number);
    }
}

#[test]
fn a_release_of_some_cohorts_waits_for_its_date_on_what_is_live_for_them() {
    let (_store, engine) = yearly(None);
    let dated = |limit, range: &str| {
        let ask = Ask { audience: cohorts(range), ..from("keeper", "2027-01-01") };
        waits(engine.propose(with_limit(limit), ask).unwrap())
    };
    let young = dated(3, ">=2026");
    let old = dated(4, "<=2020");
    // A release for the old ones moves nothing for the young.
    let now = Ask { audience: cohorts("<=2021"), ..ask("keeper") };
    engine.propose(with_limit(7), now).unwrap();
    assert_eq!(state(&engine, &young.hash), ProposalState::Scheduled);
    assert_eq!(state(&engine, &old.hash).word(), "overtaken");
    engine.advance(at("2026-12-31T16:00:00Z")).unwrap();
    let on = |cohort| engine.live_table().for_cohort(Some(cohort)).info.hash.clone();
    assert_eq!(on(2026), young.hash);
    assert_ne!(on(2025), young.hash);
}

#[test]
fn going_back_is_a_new_release_with_the_old_content() {
    let (_store, engine) = yearly(None);
    let first = engine.live().info.clone();
    engine.propose(with_limit(0), ask("keeper")).unwrap();
    let open = engine.live().info.hash.clone();
    let back = Ask { origin: Origin::Rollback, ..ask("helper") };
    let Deployed::Live(back) = engine.propose_again(&first.hash, back).unwrap() else { panic!() };
    assert_eq!((back.hash.as_str(), back.number), (first.hash.as_str(), first.number + 2));
    assert_eq!(back.origin, Origin::Rollback);
    let all = engine.all_releases(10).unwrap();
    assert_eq!(
        all.iter().map(Listed::hash).collect::<Vec<_>>()[..3],
        [&first.hash, &open, &first.hash]
    );
    let unknown = engine.propose_again("0000", Ask { origin: Origin::Rollback, ..ask("helper") });
    assert!(matches!(unknown, Err(DeployError::Release(xueji_engine::ReleaseError::Unknown(_)))));
}

#[test]
fn who_knew_another_live_release_is_told_and_changes_nothing() {
    let (_store, engine) = yearly(None);
    let known = engine.live().info.hash.clone();
    engine.propose(with_limit(0), ask("keeper")).unwrap();
    let stale = Ask { base: Some(known.clone()), ..ask("helper") };
    let moved = refused(engine.propose(with_limit(5), stale));
    assert!(matches!(moved, ReleaseRefusal::Moved { expected, .. } if expected == known));
}

/// The house whose publicity lasts 5 working days; 3 from 2027 on for those who came since 2026.
fn with_publicity(at: &str) -> Sources {
    let mut sources = with_limit(9);
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = sources.files.get_mut(path).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        *text = text.replace(from, to);
    };
    let days = format!(
        "parameters:\n  show.days:\n    title: {{zh: 公示天数, en: Days}}\n    type: number\n    at: {at}\n    values:\n      \
         - {{value: 5, source: 旧规}}\n      - {{value: 3, from: 2027-01-01, cohort-from: 2026, source: 新规}}"
    );
    edit("workflows/parameters.yaml", "parameters:", &days);
    edit("workflows/processes/booking.yaml", "working-days: 2", "working-days: param.show.days");
    edit(
        "workflows/calendars.yaml",
        "terms: []",
        "  2027: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}\nterms: []",
    );
    sources
}

/// Has a guest's booking published now, and returns on which local day its publicity ends.
fn published_until(engine: &Engine, id: &str) -> String {
    crate::house::complete(engine, id, "own-head", "", "approve", "east-head").unwrap();
    crate::house::complete(engine, id, "keeper-look", "", "approve", "keeper").unwrap();
    match case(engine, id).root.open {
        Some(xueji_runtime::state::Open::Wait { until: Some(until), .. }) => {
            let ends = until.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
            engine.live().calendar.local_date(ends).to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dated_parameter_for_some_cohorts_goes_by_the_start_or_by_the_step() {
    for (at_word, begun_before) in [("start", "2027-01-11"), ("step", "2027-01-07")] {
        let (_store, engine) = house(1);
        engine.deploy(with_publicity(at_word), None).unwrap();
        for (number, since) in [("22", 2022), ("26", 2026), ("126", 2026), ("122", 2022)] {
            guest(&engine, number, Some(since), 0);
        }
        engine.advance(at("2026-12-31T01:00:00Z")).unwrap();
        let before = start(&engine, "booking", "126");
        // Monday, 4 January 2027: five working days end on the 11th, three on the 7th.
        engine.advance(at("2027-01-04T01:00:00Z")).unwrap();
        let (young, old) = (start(&engine, "booking", "26"), start(&engine, "booking", "22"));
        assert_eq!(published_until(&engine, &young), "2027-01-07", "{at_word}");
        assert_eq!(published_until(&engine, &old), "2027-01-11", "{at_word}");
        assert_eq!(published_until(&engine, &before), begun_before, "{at_word}");
    }
}
