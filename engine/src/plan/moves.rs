//! Which cases are to be moved to another release, and what one move would do.
//!
//! Invariant: a trial decides exactly what the move itself would decide, on the same moment, and keeps nothing.

use xueji_runtime::command::Migrate;
use xueji_runtime::state::{InstanceState, Open, Scope};
use xueji_runtime::{Actor, Context, Trial, try_move};
use xueji_store::{Direction, Range};

use super::AT_ONCE;
use super::census;
use crate::engine::Engine;
use crate::keys;
use crate::queries::QueryError;
use crate::stored;

/// The cases that are chosen: everything that is named must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    /// The process.
    pub process: Option<String>,
    /// A step at which a live token stands.
    pub step: Option<String>,
    /// The release they stand on.
    pub release: Option<String>,
}

/// A case that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The case.
    pub instance: String,
    /// The release it stands on.
    pub release: String,
}

impl Engine {
    /// Returns the open and held cases that are chosen, by id, at most `limit`.
    ///
    /// # Errors
    /// [`QueryError`] when the store cannot be read.
    pub fn choose(&self, chosen: &Where, limit: usize) -> Result<Vec<Chosen>, QueryError> {
        let named = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
        let mut found = Vec::new();
        for state in [InstanceState::Open, InstanceState::Held] {
            let mut after: Option<String> = None;
            loop {
                let (heads, full) = self.read(|reader| {
                    let mut heads = census::heads(reader, state, after.as_deref(), AT_ONCE)?;
                    let last = heads.last().filter(|_| heads.len() == AT_ONCE);
                    let last = last.map(|head| head.id.clone());
                    heads.retain(|head| {
                        named(&chosen.process, &head.process)
                            && named(&chosen.release, &head.release)
                    });
                    let mut kept = Vec::new();
                    for head in heads {
                        if match &chosen.step {
                            Some(step) => stands(reader, &head.id, step)?,
                            None => true,
                        } {
                            kept.push(Chosen { instance: head.id, release: head.release });
                        }
                    }
                    Ok((kept, last))
                })?;
                found.extend(heads);
                match full.filter(|_| found.len() < limit) {
                    Some(last) => after = Some(last),
                    None => break,
                }
            }
        }
        found.truncate(limit);
        found.sort_by(|a, b| a.instance.cmp(&b.instance));
        Ok(found)
    }

    /// Works out a move without making it, and whether it could be undone.
    ///
    /// # Errors
    /// [`QueryError::Refused`] when the case cannot be moved.
    pub fn try_move(&self, migrate: &Migrate, actor: &Actor) -> Result<Trial, QueryError> {
        let now = self.now();
        self.read(|reader| {
            let view = self.view(reader);
            let context =
                Context { now, actor: actor.clone(), new_instance: migrate.instance.clone() };
            Ok(try_move(&view, migrate, &context)?)
        })
    }
}

/// Whether a live token of a case stands at a step.
fn stands(
    reader: &dyn xueji_store::Reader,
    id: &str,
    step: &str,
) -> Result<bool, stored::StoredError> {
    let range = Range::prefix(&keys::scopes(id));
    let mut openers: Vec<(xueji_runtime::ScopePath, String, u32)> = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = reader.scan(&range, after.as_deref(), 1_000, Direction::Ascending)?;
        for (key, value) in &page {
            let scope: Scope = stored::parse(key, value)?;
            let lives = scope.path.split().is_none_or(|(above, segment)| {
                openers.iter().any(|(path, at, visit)| {
                    *path == above && *at == segment.step && *visit == segment.visit
                })
            });
            let Some(at) = scope.at.filter(|_| lives) else { continue };
            if at == step {
                return Ok(true);
            }
            if scope.open == Some(Open::Branches) {
                openers.push((scope.path, at, scope.visit));
            }
        }
        match page.last().filter(|_| page.len() == 1_000) {
            Some((key, _)) => after = Some(key.clone()),
            None => return Ok(false),
        }
    }
}
