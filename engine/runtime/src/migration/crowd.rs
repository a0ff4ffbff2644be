//! More of a case than one move can write: how many scopes a move writes, and which steps make it write them.
//!
//! Invariant: what a move may write is never counted as less than it is.

use std::collections::BTreeSet;

use super::obstacle::{Obstacle, ObstacleKind};
use crate::release::Release;
use xueji_definition::model::{Kind, Step};

/// The most scopes that one move writes, so that its batch stays small.
const WRITTEN_MAX: usize = 60;

/// Returns what stands in the way of a move that writes so many scopes, if that is too many.
#[must_use]
pub fn crowded(count: usize) -> Option<Obstacle> {
    (count > WRITTEN_MAX).then(|| too_many(count))
}

pub(crate) fn too_many(count: usize) -> Obstacle {
    Obstacle::new(
        ObstacleKind::TooMany,
        format!("有 {count} 处要同时改，一次迁移容不下；等逐项的步骤办完"),
        format!(
            "{count} scopes would be written at once, too many for one move; wait until the rows are over"
        ),
    )
}

/// Returns the tasks and waits of a process whose holders, times or messages the other release writes otherwise.
#[must_use]
pub fn reoffered(old: &Release, new: &Release, process: &str) -> BTreeSet<String> {
    let (Some(before), Some(after)) = (old.process(process), new.process(process)) else {
        return BTreeSet::new();
    };
    let changed = before
        .steps
        .iter()
        .filter(|(id, step)| after.steps.get(*id).is_some_and(|other| is_reoffered(step, other)));
    changed.map(|(id, _)| id.clone()).collect()
}

fn is_reoffered(old: &Step, new: &Step) -> bool {
    let offered = match (&old.kind, &new.kind) {
        (Kind::UserTask(old), Kind::UserTask(new)) => old.candidates != new.candidates,
        (Kind::Wait(old), Kind::Wait(new)) => {
            (&old.period, &old.message, &old.key) != (&new.period, &new.message, &new.key)
        }
        _ => return false,
    };
    offered || old.due != new.due || !old.on.keys().eq(new.on.keys())
}
