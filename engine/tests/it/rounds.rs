//! A case with many rows: each by itself, and swept when the case leaves them behind.

use xueji_engine::queries::Paging;
use xueji_runtime::ScopePath;
use xueji_store::{Direction, Range, Store};

use crate::house::{case, complete, house, inbox, round, steps};

#[test]
fn rows_open_are_counted_and_listed_page_by_page() {
    let (_store, engine) = house(120);
    let id = round(&engine);
    assert_eq!(engine.open_tasks_by_step(&id).unwrap().values().sum::<u64>(), 120);
    complete(&engine, &id, "guests-row", "7", "fine", "keeper").unwrap();
    let mut paging = Paging { after: None, limit: Some(50) };
    let mut keys = Vec::new();
    loop {
        let rows = engine.rows(&id, &ScopePath::root(), "guests", &paging).unwrap().unwrap();
        assert_eq!((rows.opened, rows.answered.get("fine")), (120, Some(&1)));
        keys.extend(rows.page.items.iter().map(|row| row.scope.path.row()));
        match rows.page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    let mut expected: Vec<String> = (1..=120).map(|number| number.to_string()).collect();
    expected.sort();
    assert_eq!(keys, expected);
}

#[test]
fn a_command_on_one_row_touches_no_other_row() {
    let (store, engine) = house(120);
    let id = round(&engine);
    let scopes = |store: &xueji_store::MemoryStore| {
        let entries = crate::crash::entries(store);
        entries.into_iter().filter(|(key, _)| key[0] == 0x03).collect::<Vec<_>>()
    };
    let before = scopes(&store.after_power_cut(0));
    complete(&engine, &id, "guests-row", "7", "fine", "keeper").unwrap();
    let after = scopes(&store.after_power_cut(0));
    let changed = before.iter().zip(&after).filter(|(one, other)| one != other).count();
    assert_eq!(changed, 2, "the row and the scope that counts its answers");
}

#[test]
fn rows_left_behind_are_in_no_inbox_at_once_and_swept_from_the_indices_in_time() {
    let (store, engine) = house(60);
    let id = round(&engine);
    assert_eq!(inbox(&engine, "keeper").len(), 50);
    complete(&engine, &id, "guests-row", "7", "wrong", "keeper").unwrap();
    assert_eq!(steps(&engine, &id), [""; 0]);
    assert_eq!(inbox(&engine, "keeper"), [""; 0]);
    assert_eq!(case(&engine, &id).header.result.as_deref(), Some("stopped"));
    engine.settle().unwrap();
    let left = store.scan(&Range::between([0x10], [0x16]), None, 10, Direction::Ascending).unwrap();
    assert!(left.is_empty(), "{left:?}");
    let sweeps = store.scan(&Range::prefix(&[0x25]), None, 10, Direction::Ascending).unwrap();
    assert!(sweeps.is_empty());
}
