//! Cases: damage to a value.
//!
//! Invariant: damage is told with the key, and never handed out.

use super::{Bed, batch_of};
use crate::{Direction, Range, Store, StoreError, verify};

pub(super) fn told<B: Bed>(bed: &B) {
    let store = bed.make();
    store.commit(&batch_of(&[("a", "1"), ("b", "2"), ("c", "3")])).unwrap();
    assert!(verify(&store).unwrap().is_clean());
    bed.spoil(&store, b"b");

    let is_b = |error: &StoreError| matches!(error, StoreError::Damaged { key } if key == b"b");
    assert!(is_b(&store.get(b"b").unwrap_err()));
    for direction in [Direction::Ascending, Direction::Descending] {
        assert!(is_b(&store.scan(&Range::all(), None, 10, direction).unwrap_err()));
        assert_eq!(store.scan(&Range::all(), None, 1, direction).unwrap().len(), 1);
    }
    assert_eq!(store.get(b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.get(b"c").unwrap(), Some(b"3".to_vec()));

    let report = verify(&store).unwrap();
    assert_eq!((report.sound, report.damaged), (2, 1));
    assert_eq!(report.damaged_keys, [b"b".to_vec()]);

    // Writing the key anew mends it.
    store.commit(&batch_of(&[("b", "4")])).unwrap();
    assert!(verify(&store).unwrap().is_clean());
}
