//! The graph of a process's steps, scope by scope.
//!
//! Invariant: edges stay inside one scope, and a name that names no step beside makes no edge: other checks tell of it.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::Dfs;
use xueji_definition::Definitions;
use xueji_definition::model::{Kind, Process, Step, Within};

/// The steps of one scope and how they lead on.
pub(crate) struct Scope<'a> {
    /// Where it hangs; nothing for the case's own.
    pub(crate) within: Option<&'a Within>,
    /// The first step.
    pub(crate) entry: &'a str,
    /// The steps.
    pub(crate) steps: Vec<&'a Step>,
    graph: DiGraphMap<&'a str, ()>,
    /// Steps from which the scope is left: by an end, by an answer of a step that is alone, or by an edge that leads
    /// nowhere known.
    exits: HashSet<&'a str>,
}

/// The applicant's own task.
pub(crate) const START: &str = "start";

/// The scopes of all processes, those of each worked out once, for whichever check asks first.
pub(crate) struct Graphs<'a> {
    of: BTreeMap<&'a str, (&'a Process, OnceLock<Vec<Scope<'a>>>)>,
}

impl<'a> Graphs<'a> {
    /// Begins with none worked out.
    pub(crate) fn of(definitions: &'a Definitions) -> Self {
        let all = definitions.processes.iter();
        Self { of: all.map(|(id, process)| (id.as_str(), (process, OnceLock::new()))).collect() }
    }

    /// Returns the scopes of a process, the case's own first.
    pub(crate) fn scopes(&self, process: &str) -> &[Scope<'a>] {
        let Some((process, scopes)) = self.of.get(process) else { return &[] };
        scopes.get_or_init(|| self::scopes(process))
    }
}

fn scopes(process: &Process) -> Vec<Scope<'_>> {
    let mut by_scope: BTreeMap<Option<&Within>, Vec<&Step>> = BTreeMap::new();
    for step in process.steps.values() {
        by_scope.entry(step.within.as_ref()).or_default().push(step);
    }
    let scopes = by_scope.into_iter();
    scopes
        .filter_map(|(within, steps)| Some(scope(process, entry(process, within)?, within, steps)))
        .collect()
}

/// Returns the first step of a scope.
fn entry<'a>(process: &'a Process, within: Option<&Within>) -> Option<&'a str> {
    let Some(within) = within else { return Some(&process.entry) };
    match &process.steps.get(&within.step)?.kind {
        Kind::Parallel { branches, .. } => {
            branches.get(&within.branch).map(|branch| branch.entry.as_str())
        }
        Kind::ForEach(each) => Some(&each.body.entry),
        _ => None,
    }
}

fn scope<'a>(
    process: &'a Process,
    entry: &'a str,
    within: Option<&'a Within>,
    steps: Vec<&'a Step>,
) -> Scope<'a> {
    let mut scope = Scope { within, entry, steps, graph: DiGraphMap::new(), exits: HashSet::new() };
    for step in scope.steps.clone() {
        scope.graph.add_node(&step.id);
        if matches!(step.kind, Kind::End { .. }) {
            scope.exits.insert(&step.id);
        }
        let named = step.outcomes().into_iter().all(|outcome| step.next.contains_key(outcome));
        if !named && !matches!(step.kind, Kind::Gateway(_)) {
            scope.exits.insert(&step.id);
        }
        for target in targets(step) {
            let beside = process.steps.get(target).is_some_and(|to| to.within.as_ref() == within);
            if beside {
                scope.graph.add_edge(&step.id, target, ());
            } else if target == START && within.is_none() {
                scope.graph.add_edge(&step.id, START, ());
                scope.graph.add_edge(START, entry, ());
            } else {
                // Back to the applicant from a branch ends the branch; anything else is told elsewhere.
                scope.exits.insert(&step.id);
            }
        }
    }
    scope
}

/// Returns the steps that a step names as the next one.
pub(crate) fn targets(step: &Step) -> impl Iterator<Item = &str> {
    let (choices, otherwise) = match &step.kind {
        Kind::Gateway(gateway) => (gateway.choices.as_slice(), Some(gateway.otherwise.as_str())),
        _ => (&[][..], None),
    };
    let named = step.next.values().chain(step.on.values()).map(String::as_str);
    named.chain(choices.iter().map(|choice| choice.next.as_str())).chain(otherwise)
}

impl<'a> Scope<'a> {
    /// Returns the steps that no path from the first one reaches, without those that others of them lead to.
    pub(crate) fn unreachable(&self) -> Vec<&'a Step> {
        let mut reached: HashSet<&str> = HashSet::new();
        let mut search = Dfs::new(&self.graph, self.entry);
        while let Some(step) = search.next(&self.graph) {
            reached.insert(step);
        }
        let mut heads: HashSet<&str> = HashSet::new();
        // In the order of components each comes after what it leads to; so those that nothing leads to come last.
        for component in tarjan_scc(&self.graph).into_iter().rev() {
            let Some(first) = self.steps.iter().find(|step| component.contains(&step.id.as_str()))
            else {
                continue;
            };
            if component.iter().any(|node| reached.contains(node)) {
                continue;
            }
            heads.insert(&first.id);
            for member in component {
                let mut search = Dfs::new(&self.graph, member);
                while let Some(step) = search.next(&self.graph) {
                    reached.insert(step);
                }
            }
        }
        self.steps.iter().copied().filter(|step| heads.contains(step.id.as_str())).collect()
    }

    /// Returns how the steps lead on.
    pub(crate) fn graph(&self) -> &DiGraphMap<&'a str, ()> {
        &self.graph
    }

    /// Tells whether every path from the first step to one passes another.
    pub(crate) fn passes(&self, through: &str, to: &str) -> bool {
        if !self.graph.contains_node(through) || self.entry == to {
            return false;
        }
        let mut search = Dfs::new(&self.graph, self.entry);
        // What is marked as seen is not gone through.
        search.discovered.insert(through);
        let mut reached = self.entry == through;
        while let Some(step) = search.next(&self.graph) {
            reached |= step == to;
        }
        self.entry == through || !reached
    }

    /// Returns the steps from which the scope is never left, one for each circle or blind end.
    pub(crate) fn never_ending(&self) -> Vec<&'a Step> {
        // Components come in reverse order: what they lead to comes before them.
        let mut ending: HashSet<&str> = HashSet::new();
        let mut found = Vec::new();
        for component in tarjan_scc(&self.graph) {
            let members: HashSet<&str> = component.iter().copied().collect();
            let leaves = |node: &&str| {
                self.exits.contains(*node)
                    || self.graph.neighbors(node).any(|next| ending.contains(next))
            };
            if component.iter().any(leaves) {
                ending.extend(members);
                continue;
            }
            let onward = component.iter().flat_map(|node| self.graph.neighbors(node));
            if onward.into_iter().all(|next| members.contains(next)) {
                found.extend(
                    self.steps.iter().find(|step| members.contains(step.id.as_str())).copied(),
                );
            }
        }
        found
    }

    /// Returns the circles in which nothing waits, each by its steps in the order of the file.
    pub(crate) fn spinning(&self, process: &Process) -> Vec<Vec<&'a Step>> {
        let waiting: HashSet<&str> = self
            .steps
            .iter()
            .filter(|step| waits(process, step))
            .map(|step| step.id.as_str())
            .collect();
        let mut quick = self.graph.clone();
        quick.remove_node(START);
        for step in &waiting {
            quick.remove_node(step);
        }
        let mut circles = Vec::new();
        for component in tarjan_scc(&quick) {
            let [first, rest @ ..] = component.as_slice() else { continue };
            if !rest.is_empty() || quick.contains_edge(first, first) {
                let members: HashSet<&str> = component.iter().copied().collect();
                circles.push(
                    self.steps
                        .iter()
                        .copied()
                        .filter(|s| members.contains(s.id.as_str()))
                        .collect(),
                );
            }
        }
        circles
    }
}

/// Tells whether a step waits for somebody or something, or one in its branches does.
fn waits(process: &Process, step: &Step) -> bool {
    let opens = matches!(step.kind, Kind::Parallel { .. } | Kind::ForEach(_));
    step.waits()
        || (opens
            && process
                .steps
                .values()
                .any(|inner| inner.waits() && is_under(process, inner, &step.id)))
}

fn is_under(process: &Process, step: &Step, opener: &str) -> bool {
    let mut within = step.within.as_ref();
    for _ in 0..=process.steps.len() {
        let Some(at) = within else { return false };
        if at.step == opener {
            return true;
        }
        within = process.steps.get(&at.step).and_then(|step| step.within.as_ref());
    }
    false
}
