//! Cases: scans, page by page, in both directions.
//!
//! Invariant: the neighbours of the prefix are always there, so that a scan that overruns is seen.

use super::{Bed, batch_of, walk};
use crate::{Batch, Direction, Range, SCAN_LIMIT, Store, StoreError};

/// A store with 25 keys under `b/`, and neighbours before and behind.
fn with_neighbours<B: Bed>(bed: &B) -> (B::Store, Vec<Vec<u8>>) {
    let store = bed.make();
    let mut batch =
        batch_of(&[("a", ""), ("a/99", ""), ("b", ""), ("b.", ""), ("b0", ""), ("c/1", "")]);
    let keys: Vec<Vec<u8>> = (0..25).map(|number| format!("b/{number:02}").into_bytes()).collect();
    for key in &keys {
        batch.put(key.clone(), key.clone()).unwrap();
    }
    store.commit(&batch).unwrap();
    (store, keys)
}

fn keys_by_page(store: &dyn Store, page: usize, direction: Direction) -> Vec<Vec<u8>> {
    let entries = walk(store, &Range::prefix(b"b/"), page, direction);
    assert!(entries.iter().all(|(key, value)| key == value), "a key came with another's value");
    entries.into_iter().map(|(key, _)| key).collect()
}

pub(super) fn upwards<B: Bed>(bed: &B) {
    let (store, keys) = with_neighbours(bed);
    for page in [1, 7, 25, 26, 100] {
        assert_eq!(keys_by_page(&store, page, Direction::Ascending), keys, "pages of {page}");
    }
}

pub(super) fn downwards<B: Bed>(bed: &B) {
    let (store, mut keys) = with_neighbours(bed);
    keys.reverse();
    for page in [1, 7, 25, 26, 100] {
        assert_eq!(keys_by_page(&store, page, Direction::Descending), keys, "pages of {page}");
    }
}

pub(super) fn after_a_missing_key<B: Bed>(bed: &B) {
    let (store, _) = with_neighbours(bed);
    let first = |after: &str, direction| {
        let page = store.scan(&Range::prefix(b"b/"), Some(after.as_bytes()), 1, direction).unwrap();
        page.into_iter().next().map(|(key, _)| String::from_utf8(key).unwrap())
    };
    let expect = |key: &str| Some(key.to_owned());
    assert_eq!(first("b/07x", Direction::Ascending), expect("b/08"));
    assert_eq!(first("b/07x", Direction::Descending), expect("b/07"));
    // Outside the range: on the near side everything is left, on the far side nothing.
    assert_eq!(first("a", Direction::Ascending), expect("b/00"));
    assert_eq!(first("c", Direction::Ascending), None);
    assert_eq!(first("c", Direction::Descending), expect("b/24"));
    assert_eq!(first("a", Direction::Descending), None);

    // The key answered last may be deleted before the next page is read.
    let mut removal = Batch::new();
    removal.delete("b/08").unwrap();
    store.commit(&removal).unwrap();
    assert_eq!(first("b/08", Direction::Ascending), expect("b/09"));
    assert_eq!(first("b/08", Direction::Descending), expect("b/07"));
}

pub(super) fn sizes<B: Bed>(bed: &B) {
    let (store, _) = with_neighbours(bed);
    let scan = |limit| store.scan(&Range::all(), None, limit, Direction::Ascending);
    assert_eq!(scan(0).unwrap(), Vec::new());
    assert_eq!(scan(SCAN_LIMIT).unwrap().len(), 31);
    assert!(matches!(scan(SCAN_LIMIT + 1), Err(StoreError::ScanTooLarge { .. })));
    let nothing = Range::between("c", "a");
    assert_eq!(store.scan(&nothing, None, 10, Direction::Descending).unwrap(), Vec::new());
}
