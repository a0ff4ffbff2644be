//! What `validate` finds: everything that is wrong with a set of definitions, in one run.
//!
//! Invariant: pure and total. The same texts give the same findings in the same order, and a release comes out only
//! when none of them is an error. Must not know: YAML's grammar, Rhai's, stores, HTTP, the clock. Start reading at
//! [`check`]; each check is a file in `checks`, listed once in [`CHECKS`].

mod answers;
pub mod baseline;
mod checks;
mod classes;
mod codes;
pub mod explain;
pub mod fingerprint;
mod graph;
mod literal;
pub mod mend;
mod order;
pub mod pages;
mod proofs;
pub mod render;
mod scenes;
mod scripts;
pub mod silence;
mod site;
pub mod solving;
mod soundness;
mod template_tags;
mod templates;
mod types;
mod walk;
mod world;

pub use checks::CHECKS;
pub use codes::{CodeDoc, codes};

use std::collections::{BTreeMap, HashSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use xueji_definition::finding::{Finding, Fix, Related, Severity, Spot};
use xueji_definition::load::{MAX_FINDINGS, sort};
use xueji_definition::{Definitions, Loaded, Places, Reader, Sources, Text};
use xueji_rules::{Problem, RuleSet};
use xueji_runtime::Release;

use proofs::Proofs;
use scripts::Expressions;
use silence::Silenced;
use world::{Walked, World};

/// One check.
#[derive(Debug)]
pub struct Check {
    /// The codes that it gives.
    pub codes: &'static [CodeDoc],
    run: fn(&World<'_>) -> Vec<Finding>,
}

/// What checking found, and what may go live.
#[derive(Debug)]
pub struct Checked {
    /// All findings, by file, line, column and code.
    pub findings: Vec<Finding>,
    /// The findings that were silenced in place.
    pub silenced: Vec<Silenced>,
    /// The release; there when no finding is an error.
    pub release: Option<Release>,
    /// Where findings point.
    pub places: Places,
}

impl Checked {
    /// Tells whether a finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.release.is_none()
    }
}

/// What checking found.
#[derive(Debug)]
pub struct Found {
    /// All findings, by file, line, column and code.
    pub findings: Vec<Finding>,
    /// The findings that were silenced in place.
    pub silenced: Vec<Silenced>,
    /// Where findings point.
    pub places: Places,
}

impl Found {
    /// Tells whether a finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Reads and checks texts of which no release is to be made, with what was found already while their files were fetched.
#[must_use]
pub fn find(sources: &Sources, found: Vec<Finding>) -> Found {
    Checker::default().find(sources, found)
}

/// Reads and checks the texts of a release.
#[must_use]
pub fn check(sources: &Sources) -> Checked {
    check_with(sources, Vec::new())
}

/// Reads and checks the texts of a release, with what was found already while its files were fetched.
#[must_use]
pub fn check_with(sources: &Sources, found: Vec<Finding>) -> Checked {
    Checker::default().check_with(sources, found)
}

/// Checks releases one after the other, and reads again only what changed since the last: for editors, and for tests of
/// many small changes.
#[derive(Debug, Default)]
pub struct Checker {
    reader: Reader,
    /// The rules last compiled, by path and text.
    compiled: Option<(BTreeMap<String, String>, Arc<Compiled>)>,
    expressions: Expressions,
    proofs: Proofs,
}

/// Rules, and what is wrong with them.
type Compiled = (RuleSet, Vec<Problem>);

impl Checker {
    /// Reads and checks the texts of a release.
    #[must_use]
    pub fn check(&mut self, sources: &Sources) -> Checked {
        self.check_with(sources, Vec::new())
    }

    /// Reads and checks the texts of a release, with what was found already while its files were fetched.
    #[must_use]
    pub fn check_with(&mut self, sources: &Sources, found: Vec<Finding>) -> Checked {
        let (found, definitions, compiled) = self.look(sources, found);
        let sound = !found.has_errors();
        let release = sound.then(|| Release::new(sources.hash(), definitions, compiled.0.clone()));
        let Found { findings, silenced, places } = found;
        Checked { findings, silenced, release, places }
    }

    /// Reads and checks texts of which no release is to be made, with what was found already while their files were
    /// fetched.
    #[must_use]
    pub fn find(&mut self, sources: &Sources, found: Vec<Finding>) -> Found {
        self.look(sources, found).0
    }

    fn look(
        &mut self,
        sources: &Sources,
        found: Vec<Finding>,
    ) -> (Found, Definitions, Arc<Compiled>) {
        let Loaded { definitions, findings, places } = self.reader.load(sources);
        // Shared steps that could not be fetched may be there.
        let unread = found.iter().any(|finding| finding.file == site::STEPS_FILE);
        let read = findings.into_iter().filter(|finding| !unread || finding.code != "use-unknown");
        let mut findings: Vec<Finding> = found.into_iter().chain(read).collect();
        let (walked, compiled, proofs) = self.prepare(&definitions);
        let (rules, problems) = &*compiled;
        findings.extend(problems.iter().map(of_rule));
        let world = World::new(walked, rules, &places, sources, &findings, proofs);
        let more = run_all(&world);
        drop(world);
        findings.extend(more);
        once(&mut findings);
        readable(&mut findings);
        sort(&mut findings, &places);
        let silenced = silence::apply(&mut findings, sources, &places, &codes());
        sort(&mut findings, &places);
        findings.truncate(MAX_FINDINGS * 4);
        (Found { findings, silenced, places }, definitions, compiled)
    }

    /// Walks the definitions, and compiles the rules beside it unless they are the last ones.
    fn prepare<'d>(
        &'d mut self,
        definitions: &'d Definitions,
    ) -> (Walked<'d>, Arc<Compiled>, &'d Proofs) {
        let scripts = &definitions.rules;
        let last = self.compiled.take().filter(|(known, _)| known == scripts);
        if last.is_none() {
            self.proofs = Proofs::default();
        }
        let (expressions, proofs) = (&mut self.expressions, &self.proofs);
        let (walked, (scripts, compiled)) = match last {
            Some(last) => (Walked::over(definitions, expressions, proofs), last),
            None => thread::scope(|scope| {
                let walking = scope.spawn(|| Walked::over(definitions, expressions, proofs));
                let compiled = Arc::new(RuleSet::compile(scripts.clone()));
                let walked = walking.join().unwrap_or_else(|panic| resume_unwind(panic));
                (walked, (scripts.clone(), compiled))
            }),
        };
        self.compiled = Some((scripts, Arc::clone(&compiled)));
        (walked, compiled, proofs)
    }
}

/// Runs every check, on all cores; what they find stands in the order of the list.
fn run_all(world: &World<'_>) -> Vec<Finding> {
    let found: Vec<OnceLock<Vec<Finding>>> = CHECKS.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            // The last of the list take longest, and are begun first, so that none is left for the end.
            let Some(at) = CHECKS.len().checked_sub(1 + next.fetch_add(1, Ordering::Relaxed))
            else {
                return;
            };
            let (Some(check), Some(found)) = (CHECKS.get(at), found.get(at)) else { return };
            found.get_or_init(|| (check.run)(world));
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 1..cores.min(CHECKS.len()) {
            scope.spawn(work);
        }
        work();
    });
    found.into_iter().filter_map(OnceLock::into_inner).flatten().collect()
}

/// What the room of rules says about a rule file, as a finding.
fn of_rule(problem: &Problem) -> Finding {
    let spot = Spot::At(problem.line, problem.column);
    let mut finding = Finding::error(problem.code, &problem.file, spot, problem.message.clone());
    finding.help.clone_from(&problem.help);
    finding.related.extend(problem.first.as_ref().map(|(file, at)| Related {
        file: file.clone(),
        spot: Spot::At(at.line, at.column),
        message: Text::new("第一个在这里", "the first stands here"),
    }));
    finding.fix = problem
        .meant
        .as_ref()
        .map(|(old, new)| Fix::word(&problem.file, finding.spot.clone(), old, new));
    finding
}

/// What is proved of rules, and only of such as can be read.
const PROVED: [&str; 2] = ["rule-always-holds", "rule-never-holds"];

/// Takes out what was proved of rules in files that have errors: a comparison that cannot be read holds for nobody.
fn readable(findings: &mut Vec<Finding>) {
    let proved = |finding: &Finding| PROVED.contains(&finding.code);
    let broken = findings.iter().filter(|f| f.severity == Severity::Error && !proved(f));
    let broken: HashSet<String> = broken.map(|finding| finding.file.clone()).collect();
    findings.retain(|finding| !proved(finding) || !broken.contains(&finding.file));
}

/// Keeps the first of findings that say the same of the same place: what is shared is looked at from several processes.
fn once(findings: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    findings.retain(|finding| {
        let said =
            (finding.code, finding.file.clone(), finding.spot.clone(), finding.message.clone());
        seen.insert(said)
    });
}
