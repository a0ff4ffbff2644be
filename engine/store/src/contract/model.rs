//! Case: random histories, compared with a sorted map.
//!
//! Invariant: the same histories every time, so that a failure comes again.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::Bed;
use crate::{Batch, Direction, Entry, Range, Store};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Debug, Clone)]
enum Step {
    /// A batch; `None` deletes.
    Commit(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Scan {
        range: Range,
        after: Option<Vec<u8>>,
        limit: usize,
        down: bool,
    },
    Reopen,
}

/// Keys of few letters, so that they meet; the borders 00 and ff among them.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0_u8, 1, b'a', b'b', 0xff]), 1..5)
}

fn range() -> impl Strategy<Value = Range> {
    prop_oneof![
        Just(Range::all()),
        key().prop_map(|prefix| Range::prefix(&prefix)),
        key().prop_map(Range::from),
        (key(), key()).prop_map(|(start, end)| Range::between(start, end)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let value = prop::collection::vec(any::<u8>(), 0..200);
    let change = (key(), prop::option::weighted(0.7, value));
    prop_oneof![
        6 => prop::collection::vec(change, 0..40).prop_map(Step::Commit),
        10 => (range(), prop::option::of(key()), 0..12_usize, any::<bool>())
            .prop_map(|(range, after, limit, down)| Step::Scan { range, after, limit, down }),
        1 => Just(Step::Reopen),
    ]
}

pub(super) fn compare<B: Bed>(bed: &B) {
    let config = Config { cases: bed.histories(), failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng)
        .run(&prop::collection::vec(step(), 1..40), |steps| play(bed, steps));
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

fn play<B: Bed>(bed: &B, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut store = bed.make();
    let mut model = Model::new();
    for step in steps {
        match step {
            Step::Commit(changes) => {
                let mut batch = Batch::new();
                for (key, value) in changes {
                    match value {
                        Some(value) => {
                            batch.put(key.clone(), value.clone()).unwrap();
                            model.insert(key, value);
                        }
                        None => {
                            batch.delete(key.clone()).unwrap();
                            model.remove(&key);
                        }
                    }
                }
                store.commit(&batch).unwrap();
            }
            Step::Scan { range, after, limit, down } => {
                let direction = if down { Direction::Descending } else { Direction::Ascending };
                let found = store.scan(&range, after.as_deref(), limit, direction).unwrap();
                prop_assert_eq!(found, expected(&model, &range, after.as_deref(), limit, down));
            }
            Step::Reopen => store = bed.reopen(store),
        }
    }
    let all = store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap();
    prop_assert_eq!(all, model.clone().into_iter().collect::<Vec<_>>());
    for (key, value) in model {
        prop_assert_eq!(store.get(&key).unwrap(), Some(value));
    }
    Ok(())
}

/// What a scan must answer, said as plainly as possible: filter, turn, cut.
fn expected(
    model: &Model,
    range: &Range,
    after: Option<&[u8]>,
    limit: usize,
    down: bool,
) -> Vec<Entry> {
    let is_left = |key: &[u8]| match after {
        None => true,
        Some(after) if down => key < after,
        Some(after) => key > after,
    };
    let mut entries: Vec<Entry> = model
        .iter()
        .filter(|(key, _)| range.contains(key) && is_left(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if down {
        entries.reverse();
    }
    entries.truncate(limit);
    entries
}
