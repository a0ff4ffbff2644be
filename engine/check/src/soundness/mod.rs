//! The proof that runs of a process come to an end, and that each of its steps has a run: soundness, in the words of
//! workflow nets (van der Aalst): option to complete, proper completion, no dead step.
//!
//! A scope has one token, so its runs are the paths of a finite graph whose edges are the answers that can really come:
//! of tasks that somebody can hold, of gateways' choices that can hold, of joins by what their branches can answer, of
//! calls by what the called process can end with. Scopes are proved from the inside out; what a scope can answer is an
//! edge of the scope around it. Proper completion holds by construction: ending a scope ends what is below it.
//!
//! Invariant: an edge is left out only if no run can take it, so that a scope proved sound has no stuck run under the
//! assumptions told in `docs/semantics.md`; and each stuck run told is the shortest there is.

mod answers;
mod holders;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use xueji_definition::Definitions;
use xueji_definition::model::{Kind, Process, Step};

use crate::graph::{Graphs, START, Scope, targets};

pub(crate) use answers::{Never, Silent};
pub(crate) use holders::bars;

/// One answer of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move<'a> {
    /// The step.
    pub(crate) step: &'a str,
    /// What it answers; nothing where the run goes into one of its branches.
    pub(crate) answer: Option<&'a str>,
}

/// A step that some run comes to and does not leave.
#[derive(Debug)]
pub(crate) struct Stuck<'a> {
    /// The step.
    pub(crate) step: &'a Step,
    /// Why it answers nothing; nothing where it goes round in a circle without a way out.
    pub(crate) silent: Option<Silent<'a>>,
    /// The shortest run that comes to it.
    pub(crate) run: Vec<Move<'a>>,
}

/// A step that no run comes to, although `next` names it.
#[derive(Debug)]
pub(crate) struct Dead<'a> {
    /// The step.
    pub(crate) step: &'a Step,
    /// An answer that would lead to it, and why it never comes.
    pub(crate) never: Option<(&'a Step, &'a str, Never<'a>)>,
}

/// What was proved of a process.
#[derive(Debug, Default)]
pub(crate) struct Proof<'a> {
    /// The steps at which runs get stuck, one for each circle or silent step.
    pub(crate) stuck: Vec<Stuck<'a>>,
    /// The steps without a run.
    pub(crate) dead: Vec<Dead<'a>>,
    /// The results with which its cases can end.
    pub(crate) results: BTreeSet<&'a str>,
}

/// Proves processes, each once, and what they call before them.
pub(crate) struct Prover<'g, 'a> {
    definitions: &'a Definitions,
    graphs: &'g Graphs<'a>,
    /// Rules that no case satisfies, and rules that every case does.
    pub(crate) never: BTreeSet<&'a str>,
    pub(crate) always: BTreeSet<&'a str>,
    results: BTreeMap<&'a str, Option<BTreeSet<&'a str>>>,
}

/// What one scope can answer, by the opener and the branch.
type Answered<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>;

impl<'g, 'a> Prover<'g, 'a> {
    /// Returns a prover that takes every choice of a gateway for possible.
    pub(crate) fn new(definitions: &'a Definitions, graphs: &'g Graphs<'a>) -> Self {
        Self {
            definitions,
            graphs,
            never: BTreeSet::new(),
            always: BTreeSet::new(),
            results: BTreeMap::new(),
        }
    }

    /// Proves a process.
    pub(crate) fn prove(&mut self, process: &'a Process) -> Proof<'a> {
        let mut proof = Proof::default();
        let mut answered = Answered::new();
        let mut all: Vec<&Scope<'a>> = self.graphs.scopes(&process.id).iter().collect();
        // From the inside out: a scope stands below the one that its opener stands in.
        all.sort_by_key(|scope| std::cmp::Reverse(depth(process, scope)));
        for scope in all {
            let results = self.scope(process, scope, &mut answered, &mut proof);
            match scope.within {
                Some(within) => {
                    answered.insert((&within.step, &within.branch), results);
                }
                None => proof.results = results,
            }
        }
        let order = |step: &Step| process.steps.get_index_of(&step.id);
        proof.stuck.sort_by_key(|stuck| order(stuck.step));
        proof.dead.sort_by_key(|dead| order(dead.step));
        self.results.insert(&process.id, Some(proof.results.clone()));
        proof
    }

    /// Returns the results that a process called can end with; all that it names while it is being proved itself.
    fn results(&mut self, id: &str) -> Option<BTreeSet<&'a str>> {
        let (id, process) = self.definitions.processes.get_key_value(id)?;
        match self.results.get(id.as_str()) {
            Some(Some(known)) => return Some(known.clone()),
            Some(None) => {}
            None => {
                self.results.insert(id, None);
                return Some(self.prove(process).results);
            }
        }
        let ends = process.steps.values().filter(|step| step.within.is_none());
        let results = ends.filter_map(|step| match &step.kind {
            Kind::End { result, .. } => Some(result.as_str()),
            _ => None,
        });
        Some(results.collect())
    }

    /// Proves one scope, whose inner ones are proved, and returns what it can answer.
    fn scope(
        &mut self,
        process: &'a Process,
        scope: &Scope<'a>,
        answered: &mut Answered<'a>,
        proof: &mut Proof<'a>,
    ) -> BTreeSet<&'a str> {
        let mut ways = Ways::default();
        for step in &scope.steps {
            let given = self.answers(process, step, answered);
            for (answer, never) in given.never {
                ways.never.insert((&step.id, answer), never);
            }
            ways.silent.extend(given.silent.map(|why| (step.id.as_str(), why)));
            for answer in given.possible {
                ways.add(process, scope, step, answer);
            }
        }
        ways.reach(scope.entry);
        let outer = scope.within.map(|within| within.step.as_str());
        for dead in ways.dead(scope) {
            proof.dead.push(dead);
        }
        for (step, silent) in ways.stuck(scope) {
            let mut run =
                outer.map(|opener| way_in(self.graphs, process, opener)).unwrap_or_default();
            run.extend(ways.run(&step.id));
            proof.stuck.push(Stuck { step, silent, run });
        }
        ways.results
    }
}

/// How many scopes are around a scope.
fn depth(process: &Process, scope: &Scope<'_>) -> usize {
    let mut within = scope.within;
    let mut depth = 0;
    while let Some(at) = within.filter(|_| depth <= process.steps.len()) {
        depth += 1;
        within = process.steps.get(&at.step).and_then(|step| step.within.as_ref());
    }
    depth
}

/// Returns a shortest way from the start of a case into the branches of a step, by what `next` names.
fn way_in<'a>(graphs: &Graphs<'a>, process: &'a Process, opener: &'a str) -> Vec<Move<'a>> {
    let mut chain = Vec::new();
    let mut at = Some(opener);
    while let Some(step) = at.filter(|_| chain.len() <= process.steps.len()) {
        chain.push(step);
        at = process.steps.get(step).and_then(|s| s.within.as_ref()).map(|w| w.step.as_str());
    }
    let mut run = Vec::new();
    let all = graphs.scopes(&process.id);
    for step in chain.into_iter().rev() {
        let Some(scope) = all.iter().find(|scope| scope.steps.iter().any(|s| s.id == step)) else {
            continue;
        };
        let mut ways = Ways::default();
        for inner in &scope.steps {
            for (answer, _) in named(inner) {
                ways.add(process, scope, inner, answer);
            }
        }
        ways.reach(scope.entry);
        run.extend(ways.run(step));
        run.push(Move { step, answer: None });
    }
    run
}

/// Returns the answers that a step names, with where each leads.
fn named(step: &Step) -> Vec<(&str, &str)> {
    let mut all: Vec<(&str, &str)> =
        step.next.iter().chain(&step.on).map(|(a, b)| (a.as_str(), b.as_str())).collect();
    if let Kind::Gateway(gateway) = &step.kind {
        let choices = gateway.choices.iter();
        all.extend(choices.map(|choice| (choice.when.as_str(), choice.next.as_str())));
        all.push(("else", &gateway.otherwise));
    }
    all
}

/// The answers that can come in one scope, and what they reach.
#[derive(Default)]
struct Ways<'a> {
    /// From a step: by which answer to which step.
    edges: BTreeMap<&'a str, Vec<(&'a str, &'a str)>>,
    /// Steps from which the scope can end.
    exits: BTreeSet<&'a str>,
    /// What the scope can answer.
    results: BTreeSet<&'a str>,
    never: BTreeMap<(&'a str, &'a str), Never<'a>>,
    silent: BTreeMap<&'a str, Silent<'a>>,
    /// Each step reached, with the step and answer that first reached it.
    reached: BTreeMap<&'a str, Option<(&'a str, &'a str)>>,
}

impl<'a> Ways<'a> {
    /// Adds an answer that can come.
    fn add(&mut self, process: &'a Process, scope: &Scope<'a>, step: &'a Step, answer: &'a str) {
        if let Kind::End { result, .. } = &step.kind {
            self.exits.insert(&step.id);
            self.results.insert(result);
            return;
        }
        let to = named(step).into_iter().find(|(name, _)| *name == answer).map(|(_, to)| to);
        match to {
            Some(to)
                if process.steps.get(to).is_some_and(|s| s.within.as_ref() == scope.within) =>
            {
                self.edges.entry(&step.id).or_default().push((answer, to));
            }
            Some(START) if scope.within.is_none() => {
                // The applicant hands the case in again, and it begins anew.
                self.edges.entry(&step.id).or_default().push((answer, scope.entry));
            }
            Some(_) => {
                // Back to the applicant from a branch, or a name that is told of elsewhere.
                self.exits.insert(&step.id);
            }
            None => {
                self.exits.insert(&step.id);
                self.results.insert(answer);
            }
        }
    }

    /// Goes through what can be reached, nearest first.
    fn reach(&mut self, entry: &'a str) {
        let mut ahead = VecDeque::from([entry]);
        self.reached.insert(entry, None);
        while let Some(step) = ahead.pop_front() {
            for (answer, to) in self.edges.get(step).into_iter().flatten() {
                if !self.reached.contains_key(to) {
                    self.reached.insert(to, Some((step, answer)));
                    ahead.push_back(to);
                }
            }
        }
        let reached = &self.reached;
        self.exits.retain(|step| reached.contains_key(step));
    }

    /// Returns the shortest run to a step, without the step's own answer.
    fn run(&self, step: &str) -> Vec<Move<'a>> {
        let mut run = Vec::new();
        let mut at = self.reached.get(step).copied().flatten();
        while let Some((step, answer)) = at {
            run.push(Move { step, answer: Some(answer) });
            at = self.reached.get(step).copied().flatten();
        }
        run.reverse();
        run
    }

    /// Returns the steps that can be reached and from which the scope cannot end, one for each circle.
    fn stuck(&self, scope: &Scope<'a>) -> Vec<(&'a Step, Option<Silent<'a>>)> {
        let mut ending = self.exits.clone();
        loop {
            let more: Vec<&str> = self
                .edges
                .iter()
                .filter(|(from, to)| {
                    !ending.contains(*from) && to.iter().any(|(_, to)| ending.contains(to))
                })
                .map(|(from, _)| *from)
                .collect();
            if more.is_empty() {
                break;
            }
            ending.extend(more);
        }
        let left: Vec<&Step> = scope
            .steps
            .iter()
            .copied()
            .filter(|step| self.reached.contains_key(step.id.as_str()))
            .filter(|step| !ending.contains(step.id.as_str()))
            .collect();
        let silent = |step: &&Step| self.edges.get(step.id.as_str()).is_none_or(Vec::is_empty);
        let mut told: Vec<(&Step, Option<Silent<'a>>)> = left
            .iter()
            .copied()
            .filter(silent)
            .map(|step| (step, self.silent.get(step.id.as_str()).cloned()))
            .collect();
        // No step of them is silent: they go round in circles.
        if told.is_empty() {
            told.extend(left.first().map(|step| (*step, None)));
        }
        told
    }

    /// Returns the steps that are not reached, though one that is reached names them.
    fn dead(&self, scope: &Scope<'a>) -> Vec<Dead<'a>> {
        let is_reached = |step: &&Step| self.reached.contains_key(step.id.as_str());
        let mut dead = Vec::new();
        for step in scope.steps.iter().copied().filter(|step| !is_reached(step)) {
            let before = scope.steps.iter().copied().filter(is_reached);
            let named_by: Vec<&Step> =
                before.filter(|from| targets(from).any(|to| to == step.id)).collect();
            if named_by.is_empty() {
                continue;
            }
            let never = named_by.into_iter().find_map(|from| {
                let (answer, _) = named(from).into_iter().find(|(_, to)| *to == step.id)?;
                let why = self.never.get(&(from.id.as_str(), answer))?;
                Some((from, answer, why.clone()))
            });
            dead.push(Dead { step, never });
        }
        dead
    }
}
