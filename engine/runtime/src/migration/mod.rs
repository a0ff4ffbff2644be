//! What stands in the way of a case's move to another release, from definitions alone.
//!
//! Invariant: pure. A plan over many cases and the move of one ask the same functions, so that what was told beforehand
//! is what is then done. Only what can be proved passes; anything else is an [`Obstacle`].

mod crowd;
mod fields;
mod obstacle;
mod proof;

pub(crate) use crowd::too_many;
pub use crowd::{crowded, reoffered};
pub use fields::{Watched, watched};
pub use obstacle::{Obstacle, ObstacleKind, Remedy};
pub use proof::{At, Token, obstacles};

use std::collections::BTreeMap;

/// Which steps of the other release stand for steps that are not there by their old names: old to new.
pub type StepMap = BTreeMap<String, String>;
