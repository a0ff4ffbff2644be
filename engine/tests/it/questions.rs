//! Questions: lists, pages, following events, tokens and uploads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use xueji_definition::file::MaterialKind;
use xueji_engine::Happening;
use xueji_engine::Upload;
use xueji_engine::queries::{CaseFilter, Paging, TaskFilter};
use xueji_engine::stored::Token;
use xueji_runtime::RecordId;
use xueji_runtime::command::{CaseAct, Start};
use xueji_runtime::state::InstanceState;

use crate::house::{act, at, house, monday, person, round, start};

#[test]
fn cases_are_listed_by_process_subject_and_state_the_last_first() {
    let (_store, engine) = house(3);
    let ids = ["1", "2", "3"].map(|number| start(&engine, "booking", number));
    let round = round(&engine);
    act(&engine, &ids[0], CaseAct::Withdraw { reason: None }, "guest:1").unwrap();
    let list = |filter: CaseFilter| {
        let page = engine.cases(&filter, &Paging::default()).unwrap();
        page.items.into_iter().map(|case| case.id).collect::<Vec<_>>()
    };
    let of = |process: &str| CaseFilter { process: Some(process.into()), ..CaseFilter::default() };
    assert_eq!(list(of("booking")), [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(list(of("round")), std::slice::from_ref(&round), "its rows are not cases");
    let ended = CaseFilter { state: Some(InstanceState::Ended), ..of("booking") };
    assert_eq!(list(ended), [ids[0].clone()]);
    let about = CaseFilter { subject: Some(RecordId::new("guest", "2")), ..CaseFilter::default() };
    assert_eq!(list(about), [round, ids[1].clone()], "a row about the guest counts for its case");
    let page = engine.cases(&of("booking"), &Paging { after: None, limit: Some(2) }).unwrap();
    let rest = engine.cases(&of("booking"), &Paging { after: page.next, limit: Some(2) }).unwrap();
    assert_eq!(rest.items[0].id, ids[0]);
    assert_eq!(rest.next, None);
}

#[test]
fn what_the_rules_say_is_told_before_anything_starts() {
    let (_store, engine) = house(1);
    let start = Start { process: "booking".into(), subject: Some("1".into()), ..Start::default() };
    let verdicts = engine.check(&start, &person("guest:1")).unwrap();
    assert!(verdicts.iter().any(|verdict| verdict.rule == "few-bookings"));
    assert!(engine.cases(&CaseFilter::default(), &Paging::default()).unwrap().items.is_empty());
}

#[test]
fn all_events_can_be_followed_from_a_place_on() {
    let (_store, engine) = house(2);
    let told = Arc::new(AtomicU64::new(0));
    let listener = Arc::clone(&told);
    engine.on_committed(move |place| listener.store(place, Ordering::SeqCst));
    start(&engine, "booking", "1");
    let place = engine.last_place();
    let second = start(&engine, "booking", "2");
    assert!(engine.wait_for_events(place, Duration::from_secs(5)));
    let followed = engine.follow(place, 1_000).unwrap();
    let of_second =
        |what: &Happening| matches!(what, Happening::Case(event) if event.instance == second);
    assert!(followed.iter().all(|event| of_second(&event.what)));
    assert_eq!(followed[0].sequence, place + 1);
    assert_eq!(followed.last().map(|event| event.sequence), Some(engine.last_place()));
    assert!(engine.follow(engine.last_place(), 10).unwrap().is_empty());
    engine.close();
    assert!(told.load(Ordering::SeqCst) > place);
}

#[test]
fn late_tasks_are_found_by_their_last_day() {
    let (_store, engine) = house(1);
    start(&engine, "booking", "1");
    let late = TaskFilter { overdue_at: Some(at("2027-01-01T00:00:00Z")), ..TaskFilter::default() };
    let found = engine.tasks(&late, &Paging::default()).unwrap().items;
    assert!(found.iter().all(|task| task.task.due.is_some()));
    let of = TaskFilter { process: Some("booking".into()), ..TaskFilter::default() };
    assert_eq!(engine.tasks(&of, &Paging::default()).unwrap().items.len(), 2);
    let task = engine.tasks(&of, &Paging::default()).unwrap().items.remove(0);
    assert_eq!(engine.task(&task.task.id).unwrap(), Some(task));
}

#[test]
fn a_token_is_known_by_its_hash_until_it_is_revoked() {
    let (_store, engine) = house(0);
    let token = Token {
        id: "t1".into(),
        person: "keeper".into(),
        name: "portal".into(),
        created: monday(),
        expires: None,
    };
    engine.put_token("hash".into(), token.clone()).unwrap();
    assert_eq!(engine.token("hash").unwrap(), Some(token));
    assert_eq!(engine.token("other").unwrap(), None);
    assert!(engine.revoke_token("t1".into()).unwrap());
    assert!(!engine.revoke_token("t1".into()).unwrap());
    assert_eq!(engine.token("hash").unwrap(), None);
}

#[test]
fn an_upload_of_many_pieces_comes_back_whole() {
    let (_store, engine) = house(0);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|place| (place % 251) as u8).collect();
    let upload = Upload {
        kind: MaterialKind::Pdf,
        by: "guest:1".into(),
        name: "a.pdf".into(),
        bytes: bytes.clone(),
    };
    let material = engine.put_material(upload.clone()).unwrap();
    assert_eq!(
        engine.put_material(upload).unwrap(),
        material,
        "the same file again is the same upload"
    );
    assert_eq!(engine.material_bytes(&material.id).unwrap(), Some(bytes));
    assert_eq!(engine.material(&material.id).unwrap().map(|m| m.length), Some(3_000_000));
}
