//! `run-gets-stuck`: a run that comes to a step and can never end; `step-dead`: a step that no run comes to;
//! `join-never-met`: a join that asks for more than its branches can answer.
//!
//! Why: a case lies open for ever, or the office believes in a step that never happens. Broken:
//! `fixtures/broken/stuck-runs`. Mended: by somebody who can hold the task, a deadline, or another condition.

use std::collections::BTreeSet;
use std::sync::Arc;

use xueji_definition::FileKind;
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{Kind, Process, Step};

use crate::Check;
use crate::graph::Scope;
use crate::proofs::{Constancy, Grounds};
use crate::site::{Said, Site};
use crate::solving::constancy;
use crate::soundness::{Dead, Move, Never, Prover, Silent, Stuck};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "run-gets-stuck",
            Error,
            "有一种走法走到这里就再也办不完",
            "A run comes here and can never end.",
        ),
        (
            "step-dead",
            Error,
            "没有哪种走法真能走到这个步骤",
            "No run can really come to this step.",
        ),
        ("join-never-met", Error, "汇合的要求永远达不到", "What a join asks for can never be met."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    // Whoever holds roles stands in a file that could not be read: nothing is known of holders.
    if world.is_broken(FileKind::Organisation) || world.is_broken(FileKind::Process) {
        return Vec::new();
    }
    let mut prover = Prover::new(world.definitions, &world.graphs);
    (prover.never, prover.always) = constant(world);
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let proof = prover.prove(process);
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let at = |step: &Step| root.step(&step.id, &step.route, step.shared.as_deref());
        let told = told_elsewhere(world.graphs.scopes(&process.id));
        let mut silent = BTreeSet::new();
        for stuck in &proof.stuck {
            silent.insert(stuck.step.id.as_str());
            if stuck.silent.is_none() && told.contains(stuck.step.id.as_str()) {
                continue;
            }
            if matches!(stuck.silent, Some(Silent::NobodyHolds(role)) if is_unheld(world, role)) {
                continue;
            }
            findings.push(at(stuck.step).at_key(world.places, gets_stuck(process, stuck)));
        }
        for dead in &proof.dead {
            findings.extend(never_reached(world, process, dead, &silent, &at));
        }
    }
    findings
}

/// Returns the rules of gateways that no case satisfies, and those that every case does.
fn constant<'a>(world: &World<'a>) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let steps = world.definitions.processes.values().flat_map(|process| process.steps.values());
    let choices = steps.flat_map(|step| match &step.kind {
        Kind::Gateway(gateway) => gateway.choices.as_slice(),
        _ => &[],
    });
    let envs = world.rule_envs();
    let (mut never, mut always) = (BTreeSet::new(), BTreeSet::new());
    for name in choices.map(|choice| choice.when.as_str()) {
        let (Some(rule), Some(seen)) = (world.rules.get(name), envs.get(name)) else { continue };
        let known = Grounds { seen: Arc::clone(seen), ..Grounds::default() };
        match world.proofs.choices.proved(name, known, |known| constancy(known, rule)) {
            Constancy::Never => drop(never.insert(name)),
            Constancy::Always => drop(always.insert(name)),
            Constancy::Open => {}
        }
    }
    (never, always)
}

/// Steps that the graph alone shows to be without an end.
fn told_elsewhere<'a>(scopes: &[Scope<'a>]) -> BTreeSet<&'a str> {
    let circles = scopes.iter().filter(|scope| !scope.never_ending().is_empty());
    circles.flat_map(|scope| &scope.steps).map(|step| step.id.as_str()).collect()
}

/// Tells whether nobody holds the role anywhere, which `role-unheld` tells.
fn is_unheld(world: &World<'_>, role: &str) -> bool {
    !world.definitions.organisation.holders.iter().any(|holder| holder.role == role)
}

fn gets_stuck(process: &Process, stuck: &Stuck<'_>) -> Said {
    let step = &stuck.step.id;
    let (why_zh, why_en) = why(stuck.silent.as_ref());
    let (run_zh, run_en) = told_run(process, &stuck.run, stuck.step);
    Said::error(
        "run-gets-stuck",
        format!("走到 `{step}` 就再也办不完：{why_zh}"),
        format!("a run that comes to `{step}` can never end: {why_en}"),
    )
    .help(
        format!("最短的走法：{run_zh}。让别人也能办，或写 due: {{…, outcome: …}}，或改去向"),
        format!(
            "the shortest run: {run_en}; let somebody else hold it, write `due: {{…, outcome: …}}`, or lead elsewhere"
        ),
    )
}

fn why(silent: Option<&Silent<'_>>) -> (String, String) {
    let names = |people: &BTreeSet<&str>, mark: &str| {
        people.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(mark)
    };
    match silent {
        None => ("从这里走不出去".to_owned(), "no way leads out of here".to_owned()),
        Some(Silent::NobodyHolds(role)) => (
            format!("那里没有人担任角色 `{role}`"),
            format!("nobody holds the role `{role}` there"),
        ),
        Some(Silent::AllBarred { role, people, by }) => (
            format!(
                "能办的（角色 `{role}`）只有 {}，而 `{by}` 必须由他办，又不得再办这一步",
                names(people, "、")
            ),
            format!(
                "only {} can hold it (role `{role}`), who must answer `{by}` and may then not answer this one",
                names(people, ", ")
            ),
        ),
        Some(Silent::Branches) => (
            "汇合要等的分支答不出算数的结果，又没有别的办法结束".to_owned(),
            "branches that the join waits for never answer so that it counts, and nothing else ends it"
                .to_owned(),
        ),
        Some(Silent::CallNeverEnds(process)) => (
            format!("所调用的流程 `{process}` 永远办不完"),
            format!("the called process `{process}` never ends"),
        ),
    }
}

/// Writes a run as `apply:done → review`.
fn told_run(process: &Process, run: &[Move<'_>], last: &Step) -> (String, String) {
    let moves = |zh: bool| {
        let one = |step: &Move<'_>| match step.answer {
            Some(answer) => format!("{}:{answer}", step.step),
            None if zh => format!("{} 的分支", step.step),
            None => format!("into {}", step.step),
        };
        let mut all: Vec<String> = run.iter().map(one).collect();
        all.push(last.id.clone());
        all.join(" → ")
    };
    debug_assert!(process.steps.contains_key(&last.id), "a step of the process");
    (moves(true), moves(false))
}

fn never_reached(
    world: &World<'_>,
    process: &Process,
    dead: &Dead<'_>,
    silent: &BTreeSet<&str>,
    at: &dyn Fn(&Step) -> Site,
) -> Option<Finding> {
    let (from, answer, never) = dead.never.as_ref()?;
    if silent.contains(from.id.as_str()) {
        return None;
    }
    let (zh, en) = match never {
        // What nobody can hold is told at that step.
        Never::Unheld(_) | Never::NoBranch => return None,
        Never::RuleNeverHolds(rule) => {
            (format!("规则 `{rule}` 不可能成立"), format!("no case satisfies the rule `{rule}`"))
        }
        Never::RuleBeforeAlwaysHolds(rule) => (
            format!("前面的规则 `{rule}` 总是成立"),
            format!("every case satisfies the rule `{rule}` before it"),
        ),
        Never::NotCalled(called) => {
            (format!("流程 `{called}` 不会以此结束"), format!("process `{called}` never ends so"))
        }
        Never::JoinNeverMet { can, needed } => {
            let said = Said::error(
                "join-never-met",
                format!("要 {needed} 个分支算数，最多只有 {can} 个能答算数的结果"),
                format!("the join needs {needed} branches that count, and only {can} can answer so"),
            )
            .help(
                format!("减少要求的个数，或在 counts 里写上分支的答复；`{}` 因此走不到", dead.step.id),
                format!(
                    "ask for fewer, or name the branches' answers in `counts`; `{}` is never reached",
                    dead.step.id
                ),
            );
            return Some(at(from).then("join").at_key(world.places, said));
        }
    };
    let there = at(from).related(
        world.places,
        format!("`{}` 在这里通向它", from.id),
        format!("`{}` leads to it here", from.id),
    );
    let said = Said::error(
        "step-dead",
        format!("步骤 `{}` 走不到：`{}` 不会答 `{answer}`，{zh}", dead.step.id, from.id),
        format!(
            "no run comes to step `{}`: `{}` never answers `{answer}`, for {en}",
            dead.step.id, from.id
        ),
    )
    .help("改条件，或删去这个步骤", "change the condition, or remove the step")
    .see(there);
    debug_assert!(process.steps.contains_key(&dead.step.id), "a step of the process");
    Some(at(dead.step).at_key(world.places, said))
}
