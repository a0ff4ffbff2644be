//! `rules-contradict`: rules that a case must pass together, and that no case can.
//!
//! Why: whoever passes the one is refused by the other, so that nobody gets through. Proved over types, codes and the
//! values that parameters have. Broken: `fixtures/broken/rules-contradict`. Mended: by changing one of them.

use xueji_definition::Text;
use xueji_definition::file::Case;
use xueji_definition::finding::{Finding, Related, Severity::Error, Spot};
use xueji_definition::model::Kind;
use xueji_rules::solve::{Handle, Judged, Says, Solver};
use xueji_rules::{Effect, Expression, Rule};

use crate::Check;
use crate::proofs::{Core, Together};
use crate::site::{Said, Site};
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "rules-contradict",
        Error,
        "这些规则没有一件事项能同时通过",
        "No case can pass these rules together.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut look = |scene, rules: &[String], cases: &[Case], site: &Site| {
            if rules.len() + cases.iter().map(|case| case.rules.len()).sum::<usize>() > 0 {
                let known = world.grounds(world.seen(process, scene), true);
                let at = Together { known, rules: rules.to_vec(), cases: cases.to_vec() };
                let of = format!("{} {:?}", process.id, site.step_id());
                let cores = world.proofs.together.proved(&of, at, |at| cores(world, at));
                let told = cores.iter().filter_map(|core| told(world, core, rules, cases, site));
                findings.extend(told);
            }
        };
        let start = &process.start;
        look(Scene::default(), &start.rules, &start.cases, &root.then("start"));
        for step in process.steps.values() {
            let Kind::UserTask(task) = &step.kind else { continue };
            let scene = Scene { each: innermost(process, step), row_of: None };
            let site = root.step(&step.id, &step.route, step.shared.as_deref()).then("user-task");
            look(scene, &task.rules, &task.cases, &site);
        }
    }
    findings
}

/// What must hold for somebody to get through.
enum Must<'a> {
    /// A rule, which stands there in a list of rules.
    Rule(&'a Rule, usize),
    /// That a condition applies.
    When(&'a Expression),
}

impl<'a> Must<'a> {
    fn asked(&self, solver: &mut Solver<'a>) -> (Handle, Says) {
        match self {
            Self::Rule(rule, _) => (solver.read(Judged::Rule(rule)), Says::Passes),
            Self::When(when) => (solver.read(Judged::Expression(when)), Says::Yes),
        }
    }
}

/// Returns what cannot hold together: of the rules of one place, else of them and those that a condition adds to them.
fn cores(world: &World<'_>, at: &Together) -> Vec<Core> {
    let ground = at.known.ground();
    let mut solver = Solver::new(&ground);
    let base: Vec<(Handle, Says)> =
        rules_of(world, &at.rules).iter().map(|must| must.asked(&mut solver)).collect();
    if let Some(members) = fewest(&solver, &base) {
        return vec![Core { case: None, members }];
    }
    let mut cores = Vec::new();
    for (number, case) in at.cases.iter().enumerate() {
        let Some(added) = added(world, case) else { continue };
        let added = added.iter().map(|must| must.asked(&mut solver));
        let all: Vec<(Handle, Says)> =
            base.iter().copied().chain(added.collect::<Vec<_>>()).collect();
        let members = fewest(&solver, &all);
        cores.extend(members.map(|members| Core { case: Some(number), members }));
    }
    cores
}

/// Returns the rules of a list that nobody gets past.
fn rules_of<'w>(world: &'w World<'_>, rules: &[String]) -> Vec<Must<'w>> {
    let known = rules.iter().enumerate();
    let known = known.filter_map(|(at, name)| Some((at, world.rules.get(name)?)));
    let blocking = known.filter(|(_, rule)| matches!(rule.effect, Effect::Block | Effect::Require));
    blocking.map(|(at, rule)| Must::Rule(rule, at)).collect()
}

/// Returns what a condition adds, itself last; nothing where it cannot be read.
fn added<'w>(world: &'w World<'_>, case: &Case) -> Option<Vec<Must<'w>>> {
    let Some(Ok(when)) = world.compiled.get(&case.when.0) else { return None };
    let mut added = rules_of(world, &case.rules);
    added.push(Must::When(when));
    Some(added)
}

/// Returns the numbers of the fewest of these that cannot hold together; nothing where they may.
fn fewest(solver: &Solver<'_>, all: &[(Handle, Says)]) -> Option<Vec<usize>> {
    let refuted = |some: &[usize]| {
        let asked: Vec<(Handle, Says)> =
            some.iter().filter_map(|at| all.get(*at)).copied().collect();
        solver.is_refuted(&asked)
    };
    let mut core: Vec<usize> = (0..all.len()).collect();
    if all.len() < 2 || !refuted(&core) {
        return None;
    }
    let mut at = 0;
    while at < core.len() {
        let mut fewer = core.clone();
        fewer.remove(at);
        if refuted(&fewer) {
            core = fewer;
        } else {
            at += 1;
        }
    }
    // What cannot hold by itself is another finding, or a parameter that closes the way on purpose.
    (core.len() > 1).then_some(core)
}

/// Tells of rules that cannot be passed together; the last of them is the first place.
fn told(
    world: &World<'_>,
    core: &Core,
    rules: &[String],
    cases: &[Case],
    site: &Site,
) -> Option<Finding> {
    let base: Vec<(Must<'_>, Site)> = placed(rules_of(world, rules), &site.then("rules"));
    let case = core.case.and_then(|at| Some((at, cases.get(at)?)));
    let more = case.and_then(|(at, case)| {
        let list = site.then("cases").then(at).then("rules");
        Some(placed(added(world, case)?, &list))
    });
    let all: Vec<(Must<'_>, Site)> = base.into_iter().chain(more.into_iter().flatten()).collect();
    let members = core.members.iter().filter_map(|at| all.get(*at));
    let rules: Vec<(&Rule, &Site)> = members
        .clone()
        .filter_map(|(must, site)| match must {
            Must::Rule(rule, _) => Some((*rule, site)),
            Must::When(_) => None,
        })
        .collect();
    let needs_when = members.count() > rules.len();
    let when = case.map(|(_, case)| case.when.0.as_str());
    let ((last, last_site), others) = rules.split_last()?;
    let names: Vec<String> = others.iter().map(|(rule, _)| format!("`{}`", rule.name)).collect();
    let name = &last.name;
    let mut said = match when.filter(|_| needs_when) {
        Some(when) if others.is_empty() => Said::error(
            "rules-contradict",
            format!("`{when}` 时没有一件事项能通过规则 `{name}`"),
            format!("no case can pass rule `{name}` when `{when}`"),
        ),
        Some(when) => Said::error(
            "rules-contradict",
            format!("`{when}` 时没有一件事项能同时通过规则 `{name}` 与 {}", names.join("、")),
            format!("when `{when}`, no case can pass rule `{name}` and {}", names.join(", ")),
        ),
        None => Said::error(
            "rules-contradict",
            format!("没有一件事项能同时通过规则 `{name}` 与 {}", names.join("、")),
            format!("no case can pass rule `{name}` and {} together", names.join(", ")),
        ),
    };
    said = said.help(
        "改其中一条的数值、代码或所用的参数，或从这里去掉一条",
        "mend a number, a code or a parameter of one of them, or take one away from here",
    );
    for (rule, _) in &rules {
        said = said.see(Related {
            file: rule.file.clone(),
            spot: Spot::At(rule.line, rule.column),
            message: Text::new(
                format!("规则 `{}` 写在这里", rule.name),
                format!("rule `{}` is written here", rule.name),
            ),
        });
    }
    Some(last_site.at_value(world.places, said))
}

/// Says where in its list each of them stands; a condition has no place there.
fn placed<'w>(all: Vec<Must<'w>>, list: &Site) -> Vec<(Must<'w>, Site)> {
    let place = |must: &Must<'_>| match must {
        Must::Rule(_, at) => list.then(*at),
        Must::When(_) => list.clone(),
    };
    all.into_iter().map(|must| (place(&must), must)).map(|(site, must)| (must, site)).collect()
}
