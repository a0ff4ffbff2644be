//! The copy of a case's state on which a decision is worked out, with what was worked out from it.
//!
//! Invariant: what was worked out is forgotten as soon as the copy may change; loading what the view knows changes
//! nothing.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use xueji_definition::value::Value;

use crate::path::ScopePath;
use crate::record::{Record, RecordId};
use crate::state::{Scope, State};

/// A state that remembers what was read out of it until it is next written to.
#[derive(Default)]
pub(super) struct Draft {
    state: State,
    seen: BTreeMap<Seen, Option<Arc<Value>>>,
}

/// What may be worked out of a state, for a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// A root of expressions.
    Root { name: &'static str, scope: ScopePath },
    /// A fact, asked at a step.
    Fact { name: String, scope: ScopePath, step: String },
}

impl Draft {
    /// Returns what was worked out before, if nothing has changed since.
    pub(super) fn known(&self, what: &Seen) -> Option<Option<Arc<Value>>> {
        self.seen.get(what).cloned()
    }

    /// Remembers what was worked out.
    pub(super) fn remember(&mut self, what: Seen, value: Option<Arc<Value>>) {
        self.seen.insert(what, value);
    }

    /// Forgets what was worked out, because it rested on more than the state.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Takes in a scope as the view knows it.
    pub(super) fn load_scope(&mut self, key: String, scope: Scope) {
        self.state.scopes.insert(key, scope);
    }

    /// Takes in a record as the view knows it.
    pub(super) fn load_record(&mut self, id: RecordId, record: Record) {
        self.state.records.insert(id, record);
    }

    /// Ends the work.
    pub(super) fn into_state(self) -> State {
        self.state
    }
}

impl Deref for Draft {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut State {
        self.seen.clear();
        &mut self.state
    }
}
