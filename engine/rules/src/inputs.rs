//! What a rule or an expression is given: named roots.
//!
//! Invariant: what was read of some inputs, made into inputs again, reads the same.

use std::sync::Arc;

use xueji_definition::value::{Fields, Value};

use crate::node::Reads;

/// The roots that rules and expressions may name.
pub const ROOTS: [&str; 8] =
    ["subject", "form", "item", "param", "fact", "case", "today", "person"];

/// Values by root name. Cheap to clone, so that many rules judge one case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs([Option<Arc<Value>>; ROOTS.len()]);

impl Inputs {
    /// Returns inputs without any root.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the inputs with a root set, or taken away by `None`. What is no root is left out: nothing can name it.
    #[must_use]
    pub fn with(mut self, root: &str, value: impl Into<Option<Value>>) -> Self {
        self.put(root, value.into().map(Arc::new));
        self
    }

    /// Returns the inputs with a root set to a value that others hold, too.
    #[must_use]
    pub fn sharing(mut self, root: &str, value: Arc<Value>) -> Self {
        self.put(root, Some(value));
        self
    }

    fn put(&mut self, root: &str, value: Option<Arc<Value>>) {
        let at = ROOTS.iter().position(|name| *name == root);
        if let Some(place) = at.and_then(|at| self.0.get_mut(at)) {
            *place = value;
        }
    }

    /// Returns the value of a root.
    #[must_use]
    pub fn get(&self, root: &str) -> Option<&Value> {
        self.shared(root).map(Arc::as_ref)
    }

    /// Returns the value of a root, to be held elsewhere, too.
    #[must_use]
    pub fn shared(&self, root: &str) -> Option<&Arc<Value>> {
        let at = ROOTS.iter().position(|name| *name == root)?;
        self.0.get(at)?.as_ref()
    }

    /// Returns inputs that hold what was read, and nothing else.
    #[must_use]
    pub fn from_reads(reads: &Reads) -> Self {
        let mut roots = Fields::new();
        // Paths come in order, so a group or list comes before what stands in it.
        for (path, value) in reads {
            let mut keys: Vec<&str> = path.split('.').collect();
            let (Some(last), root) = (keys.pop(), &mut roots) else { continue };
            place(root, &keys, last, value.as_ref());
        }
        roots.into_iter().fold(Self::new(), |inputs, (name, value)| inputs.with(&name, value))
    }
}

/// Sets a value at a path, making the groups on the way; `None` makes the groups alone.
pub(crate) fn place(fields: &mut Fields, keys: &[&str], last: &str, value: Option<&Value>) {
    let Some((first, rest)) = keys.split_first() else {
        if let Some(value) = value {
            fields.insert(last.to_owned(), value.clone());
        }
        return;
    };
    let mut at = fields.entry((*first).to_owned()).or_insert_with(|| Value::Map(Fields::new()));
    for (depth, key) in rest.iter().enumerate() {
        match at {
            Value::Map(fields) => {
                return place(fields, rest.get(depth..).unwrap_or_default(), last, value);
            }
            Value::List(items) => {
                let Some(item) = key.parse::<usize>().ok().and_then(|at| items.get_mut(at)) else {
                    return;
                };
                at = item;
            }
            _ => return,
        }
    }
    match (at, value) {
        (Value::Map(fields), Some(value)) => {
            fields.insert(last.to_owned(), value.clone());
        }
        (Value::List(items), Some(value)) => {
            if let Some(item) = last.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                *item = value.clone();
            }
        }
        _ => {}
    }
}
