//! Every expression compiled once, and what each reads.
//!
//! Invariant: what is shared among processes is judged in each scene that uses it, and a fact's own expressions in each
//! scene that reads the fact.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use xueji_definition::model::Process;
use xueji_definition::value::Type;
use xueji_definition::{Definitions, FileKind};
use xueji_rules::{Env, Expression, Problem, Read};

use crate::types;
use crate::walk::{Scene, Walk};
use crate::world::World;

/// The expressions of all files, compiled, by their text.
#[derive(Debug)]
pub(crate) struct Compiled(Expressions);

/// Compiled expressions by their text, kept from one check to the next.
pub(crate) type Expressions = Arc<HashMap<Arc<str>, Arc<Result<Expression, Box<Problem>>>>>;

impl Compiled {
    /// Compiles every expression that is not known yet; only those that are used stay known.
    pub(crate) fn of(walk: &Walk<'_>, known: &mut Expressions) -> Self {
        let mut all = HashMap::with_capacity(known.len());
        for used in walk.exprs() {
            let text = used.expr.0.as_str();
            if !all.contains_key(text) {
                let (text, compiled) = match known.get_key_value(text) {
                    Some((text, compiled)) => (Arc::clone(text), Arc::clone(compiled)),
                    None => (Arc::from(text), Arc::new(Expression::compile(text))),
                };
                all.insert(text, compiled);
            }
        }
        *known = Arc::new(all);
        Self(Arc::clone(known))
    }

    /// Returns an expression that stands in a file.
    pub(crate) fn get(&self, text: &str) -> Option<&Result<Expression, Box<Problem>>> {
        self.0.get(text).map(Arc::as_ref)
    }

    /// Returns every path that an expression may read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Read> {
        self.0
            .values()
            .filter_map(|compiled| compiled.as_ref().as_ref().ok())
            .flat_map(Expression::reads)
    }
}

/// Returns the names of the facts among reads.
pub(crate) fn facts<'r>(reads: impl IntoIterator<Item = &'r Read>) -> BTreeSet<&'r str> {
    let paths = reads.into_iter().filter_map(|read| read.path.strip_prefix("fact."));
    paths.map(|rest| rest.split('.').next().unwrap_or(rest)).collect()
}

/// The types that are the same in every scene; nothing where they are not known.
#[derive(Debug, Clone)]
pub(crate) struct SharedTypes {
    facts: Option<Type>,
    parameters: Option<Type>,
    codes: Arc<BTreeMap<String, BTreeSet<String>>>,
}

impl SharedTypes {
    /// Works them out.
    pub(crate) fn of(world: &World<'_>) -> Self {
        let definitions = world.definitions;
        let parameters = (!world.is_broken(FileKind::Parameters))
            .then(|| world.types.same("param", types::parameter_type(definitions)));
        let lists = definitions.codes.lists.iter();
        let codes =
            lists.map(|(name, list)| (name.clone(), list.entries.keys().cloned().collect()));
        Self {
            facts: fact_types(world).map(|facts| world.types.same("fact", facts)),
            parameters,
            codes: Arc::new(codes.collect()),
        }
    }
}

/// Returns the types in a scene of a process. A root of which something is not known is left out.
pub(crate) fn env<'a>(world: &World<'a>, process: &'a Process, scene: Scene<'a>) -> Env {
    let shared = world.shared_types();
    let mut roots: BTreeMap<String, Type> = BTreeMap::from([
        ("case".to_owned(), types::case_type()),
        ("person".to_owned(), types::person_type()),
        ("today".to_owned(), Type::Date),
    ]);
    for (root, ty) in [
        ("subject", subject(world, process, scene)),
        ("form", form(world, process)),
        ("item", types::item_type(&world.types, process, scene)),
        ("param", shared.parameters.clone()),
        ("fact", shared.facts.clone()),
    ] {
        roots.extend(ty.map(|ty| (root.to_owned(), ty)));
    }
    Env { roots, codes: shared.codes.clone() }
}

fn form(world: &World<'_>, process: &Process) -> Option<Type> {
    let known = types::has_all_forms(world.definitions, process);
    known.then(|| world.types.form(&process.id).cloned())?
}

fn subject(world: &World<'_>, process: &Process, scene: Scene<'_>) -> Option<Type> {
    let definitions = world.definitions;
    let name = match types::subject_of(definitions, process, scene) {
        Some(name) => name,
        // Include rules of a query over cases see the case's fields.
        None if scene.row_of.is_some() => return None,
        None => {
            return Some(Type::map(BTreeMap::new()))
                .filter(|_| !has_unread_rows(definitions, process));
        }
    };
    world.types.record(name).cloned()
}

fn has_unread_rows(definitions: &Definitions, process: &Process) -> bool {
    process.steps.values().any(|step| match &step.kind {
        xueji_definition::model::Kind::ForEach(each) => {
            !definitions.queries.contains_key(&each.items)
        }
        _ => false,
    })
}

/// Returns the types of all facts; nothing when one of them is not known, for then its name would seem unknown.
fn fact_types(world: &World<'_>) -> Option<Type> {
    if world.is_broken(FileKind::Facts) {
        return None;
    }
    let mut all = BTreeMap::new();
    for (name, fact) in &world.definitions.facts {
        all.insert(name.clone(), types::fact_type(&world.types, fact)?);
    }
    Some(Type::map(all))
}
