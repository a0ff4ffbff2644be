//! Groups of fields as scripts see them: every read of them is written down.
//!
//! Invariant: what a script learns from a root is in the log, so that the log alone gives the same answer again. Groups
//! and lists of groups stand there as bare shapes (`{}`, `[{}, {}]`), and what was read in them under its own path.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Position};
use rust_decimal::Decimal;
use xueji_definition::value::{Fields, Value};

/// What was read, by dotted path from the root: the value, or `None` where there was none.
pub type Reads = BTreeMap<String, Option<Value>>;

/// The log of one evaluation; none where nobody asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Log(Option<Arc<Mutex<Reads>>>);

impl Default for Log {
    fn default() -> Self {
        Self(Some(Arc::default()))
    }
}

impl Log {
    /// Returns a log that keeps nothing.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Writes a read down.
    pub(crate) fn record(&self, path: &str, value: Option<&Value>) {
        if let Some(mut reads) = self.written() {
            reads.insert(path.to_owned(), value.map(shape));
        }
    }

    /// Writes a value down whole, because it leaves the script as it is.
    pub(crate) fn record_whole(&self, path: &str, value: &Value) {
        if let Some(mut reads) = self.written() {
            reads.insert(path.to_owned(), Some(value.clone()));
        }
    }

    fn written(&self) -> Option<MutexGuard<'_, Reads>> {
        self.0.as_ref().map(|reads| reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns what was read. A group whose fields were read is told by them alone.
    pub(crate) fn reads(&self) -> Reads {
        let Some(reads) = self.written() else { return Reads::new() };
        let is_told = |path: &str| {
            let below = format!("{path}.");
            reads.range(below.clone()..).next().is_some_and(|(next, _)| next.starts_with(&below))
        };
        reads
            .iter()
            .filter(|(path, value)| match value {
                Some(Value::Map(fields)) => !fields.is_empty() || !is_told(path),
                _ => true,
            })
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect()
    }
}

/// The value without what stands inside its groups.
fn shape(value: &Value) -> Value {
    match value {
        Value::Map(_) => Value::Map(Fields::new()),
        Value::List(items) => Value::List(items.iter().map(shape).collect()),
        leaf => leaf.clone(),
    }
}

/// A group of fields, at its path below a root.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    log: Log,
    root: Arc<Value>,
    path: String,
}

/// A root that was not given: reading anything of it is missing.
#[derive(Debug, Clone)]
pub(crate) struct Absent {
    path: String,
    log: Log,
}

/// The error that a missing value raises.
#[derive(Debug, Clone)]
pub(crate) struct Missing(pub(crate) String);

/// Returns the error for a missing path.
pub(crate) fn missing(path: &str) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(Dynamic::from(Missing(path.to_owned())), Position::NONE).into()
}

impl Absent {
    /// The error that any use of it raises.
    pub(crate) fn error(&self) -> Box<EvalAltResult> {
        missing(&self.path)
    }
}

/// Returns a root as scripts see it, and writes down that it was handed over.
pub(crate) fn root(name: &str, value: Option<&Arc<Value>>, log: &Log) -> Dynamic {
    log.record(name, value.map(Arc::as_ref));
    match value {
        Some(root) => seen(root, root, name, log),
        None => Dynamic::from(Absent { path: name.to_owned(), log: log.clone() }),
    }
}

/// Returns a value below a root as scripts see it.
fn seen(value: &Value, root: &Arc<Value>, path: &str, log: &Log) -> Dynamic {
    match value {
        Value::Text(text) => Dynamic::from(ImmutableString::from(text.as_str())),
        Value::Int(n) => Dynamic::from(*n),
        Value::Decimal(d) => Dynamic::from_decimal(*d),
        Value::Bool(b) => Dynamic::from(*b),
        Value::Date(d) => Dynamic::from(*d),
        Value::List(items) => Dynamic::from_array(
            (0..)
                .zip(items)
                .map(|(at, item)| seen(item, root, &format!("{path}.{at}"), log))
                .collect(),
        ),
        Value::Map(_) => {
            Dynamic::from(Node { log: log.clone(), root: root.clone(), path: path.to_owned() })
        }
    }
}

/// Follows a path of field names and list positions.
pub(crate) fn follow<'a>(root: &'a Value, below: &str) -> Option<&'a Value> {
    below.split('.').filter(|key| !key.is_empty()).try_fold(root, |value, key| match value {
        Value::Map(fields) => fields.get(key),
        Value::List(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

impl Node {
    /// The group's fields as a value.
    fn value(&self) -> Option<&Value> {
        follow(&self.root, self.path.split_once('.').map_or("", |(_, below)| below))
    }

    /// Reads a field, or a dotted path of them, and writes each step down.
    fn read(&self, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
        let mut path = self.path.clone();
        let mut value = self.value();
        for key in name.split('.') {
            path.push('.');
            path.push_str(key);
            value = value.and_then(|value| follow(value, key));
            self.log.record(&path, value);
            if value.is_none() {
                return Err(missing(&path));
            }
        }
        match value {
            Some(value) => Ok(seen(value, &self.root, &path, &self.log)),
            None => Err(missing(&path)),
        }
    }
}

/// Tells whether a group has a field (or a dotted path of them); asking counts as a read.
pub(crate) fn has(group: &Dynamic, name: &str) -> Option<bool> {
    if let Some(node) = group.read_lock::<Node>() {
        return Some(node.read(name).is_ok());
    }
    if let Some(absent) = group.read_lock::<Absent>() {
        absent.log.record(&absent.path, None);
        return Some(false);
    }
    group.as_map_ref().ok().map(|map| map.contains_key(name))
}

/// Teaches the engine to read fields of groups.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Date>("date");
    engine.register_type_with_name::<Node>("group");
    engine.register_type_with_name::<Absent>("missing value");
    engine.register_indexer_get(|node: &mut Node, name: ImmutableString| node.read(&name));
    engine.register_indexer_get(
        |absent: &mut Absent, _: ImmutableString| -> Result<Dynamic, Box<EvalAltResult>> {
            Err(absent.error())
        },
    );
}

/// Teaches the engine some fields by name, which it then reads without asking first whether there is such a property.
pub(crate) fn register_fields<'n>(engine: &mut Engine, names: impl IntoIterator<Item = &'n str>) {
    for name in names {
        let field = name.to_owned();
        engine.register_get(name, move |node: &mut Node| node.read(&field));
        engine.register_get(name, |absent: &mut Absent| -> Result<Dynamic, Box<EvalAltResult>> {
            Err(absent.error())
        });
    }
}

/// Returns what a script answered as a value: `Ok(None)` for `()`.
///
/// # Errors
/// The missing path, or the name of what is no value.
pub(crate) fn value_of(answer: &Dynamic) -> Result<Option<Value>, Box<EvalAltResult>> {
    if answer.is_unit() {
        return Ok(None);
    }
    if let Some(absent) = answer.read_lock::<Absent>() {
        return Err(absent.error());
    }
    if let Some(node) = answer.read_lock::<Node>() {
        let value = node.value().ok_or_else(|| missing(&node.path))?;
        node.log.record_whole(&node.path, value);
        return Ok(Some(value.clone()));
    }
    if let Ok(items) = answer.as_array_ref() {
        let values = items.iter().map(value_of).collect::<Result<Vec<_>, _>>()?;
        return Ok(Some(Value::List(values.into_iter().flatten().collect())));
    }
    if let Ok(map) = answer.as_map_ref() {
        let mut fields = Fields::new();
        for (name, entry) in &*map {
            if let Some(value) = value_of(entry)? {
                fields.insert(name.to_string(), value);
            }
        }
        return Ok(Some(Value::Map(fields)));
    }
    leaf(answer).map(Some)
}

fn leaf(answer: &Dynamic) -> Result<Value, Box<EvalAltResult>> {
    if let Ok(text) = answer.as_immutable_string_ref() {
        return Ok(Value::Text(text.to_string()));
    }
    if let Ok(c) = answer.as_char() {
        return Ok(Value::Text(c.to_string()));
    }
    if let Ok(n) = answer.as_int() {
        return Ok(Value::Int(n));
    }
    if let Ok(d) = answer.as_decimal() {
        return Ok(Value::Decimal(d));
    }
    if let Ok(b) = answer.as_bool() {
        return Ok(Value::Bool(b));
    }
    match answer.read_lock::<Date>() {
        Some(date) => Ok(Value::Date(*date)),
        None => Err(format!("the answer is no value but a {}", answer.type_name()).into()),
    }
}

/// Returns a decimal as scripts see it.
pub(crate) fn decimal(d: Decimal) -> Dynamic {
    Dynamic::from_decimal(d)
}
