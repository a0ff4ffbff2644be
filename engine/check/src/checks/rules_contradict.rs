//! `rules-contradict`: rules that a case must pass together, and that no case can.
//!
//! Why: whoever passes the one is refused by the other, so that nobody gets through. Proved over types, codes and the
//! values that parameters have. Broken: `fixtures/broken/rules-contradict`. Mended: by changing one of them.

use xueji_definition::Text;
use xueji_definition::file::Case;
use xueji_definition::finding::{Finding, Related, Severity::Error, Spot};
use xueji_definition::model::Kind;
use xueji_rules::solve::{Ground, Handle, Judged, Says, Solver};
use xueji_rules::{Effect, Rule};

use crate::Check;
use crate::proofs::Together;
use crate::scripts::Envs;
use crate::site::{Said, Site};
use crate::solving::{counts, values};
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
    let mut envs = Envs::new(world);
    let (values, counts) = (values(world.definitions), counts(world.definitions));
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut look = |scene, rules: &[String], cases: &[Case], site: &Site| {
            if rules.len() + cases.iter().map(|case| case.rules.len()).sum::<usize>() > 0 {
                let env = envs.env(process, scene);
                let ground = Ground { env, values: values.clone(), counts: counts.clone() };
                let (rules, cases) = (rules.to_vec(), cases.to_vec());
                let of = format!("{} {site:?}", process.id);
                let together = Together { ground, rules, cases, site: site.clone() };
                findings.extend(world.proofs.together.proved(&of, together, |at| lists(world, at)));
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

/// What must hold for somebody to get through: a rule, or that a condition applies.
struct Must<'a> {
    asked: (Handle, Says),
    rule: Option<&'a Rule>,
    site: Site,
}

/// Looks at the rules of one place, and at those that a condition adds to them.
fn lists(world: &World<'_>, at: &Together) -> Vec<Finding> {
    let Together { ground, rules, cases, site } = at;
    let mut solver = Solver::new(ground);
    let base = musts(world, &mut solver, rules, &site.then("rules"));
    if let Some(core) = core(&solver, base.iter().collect()) {
        return told(world, &core, None).into_iter().collect();
    }
    let mut findings = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let site = site.then("cases").then(at);
        let Some(Ok(when)) = world.compiled.get(&case.when.0) else { continue };
        let asked = (solver.read(Judged::Expression(when)), Says::Yes);
        let when = Must { asked, rule: None, site: site.then("when") };
        let added = musts(world, &mut solver, &case.rules, &site.then("rules"));
        let all = base.iter().chain(&added).chain([&when]).collect();
        if let Some(core) = core(&solver, all) {
            findings.extend(told(world, &core, Some(&case.when.0)));
        }
    }
    findings
}

/// The rules of a list that nobody gets past.
fn musts<'w>(
    world: &'w World<'_>,
    solver: &mut Solver<'w>,
    rules: &[String],
    site: &Site,
) -> Vec<Must<'w>> {
    let blocks = |rule: &&Rule| matches!(rule.effect, Effect::Block | Effect::Require);
    let mut found = Vec::new();
    for (at, name) in rules.iter().enumerate() {
        if let Some(rule) = world.rules.get(name).filter(blocks) {
            let asked = (solver.read(Judged::Rule(rule)), Says::Passes);
            found.push(Must { asked, rule: Some(rule), site: site.then(at) });
        }
    }
    found
}

/// Returns the fewest of these that cannot hold together; nothing where they may.
fn core<'m, 'w>(solver: &Solver<'_>, all: Vec<&'m Must<'w>>) -> Option<Vec<&'m Must<'w>>> {
    let refuted = |some: &[&Must<'_>]| {
        let asked: Vec<(Handle, Says)> = some.iter().map(|must| must.asked).collect();
        solver.is_refuted(&asked)
    };
    if all.len() < 2 || !refuted(&all) {
        return None;
    }
    let mut core = all;
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
fn told(world: &World<'_>, core: &[&Must<'_>], when: Option<&str>) -> Option<Finding> {
    let rules: Vec<(&Rule, &Must<'_>)> =
        core.iter().filter_map(|must| Some((must.rule?, *must))).collect();
    let ((last, must), others) = rules.split_last()?;
    let names: Vec<String> = others.iter().map(|(rule, _)| format!("`{}`", rule.name)).collect();
    let needs_when = core.iter().any(|must| must.rule.is_none());
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
    for (rule, _) in others.iter().chain([&(*last, *must)]) {
        said = said.see(Related {
            file: rule.file.clone(),
            spot: Spot::At(rule.line, rule.column),
            message: Text::new(
                format!("规则 `{}` 写在这里", rule.name),
                format!("rule `{}` is written here", rule.name),
            ),
        });
    }
    Some(must.site.at_value(world.places, said))
}
