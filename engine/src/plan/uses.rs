//! What a parameter times, and what effects it works in: also through facts, and through the fields that effects fill in.
//!
//! Invariant: every wait and deadline that reads it is counted; the words stay short however many there are.

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::Text;
use xueji_definition::file::{Due, Effect, FormFile};
use xueji_definition::model::{Kind, Period, Process, Step};
use xueji_runtime::Release;

use super::asked::said;
use super::met::reads;

/// The most steps that are named; more are counted.
const NAMED: usize = 3;

/// What reads a parameter in one process.
#[derive(Default)]
struct Uses<'a> {
    /// Waits and deadlines.
    timed: Vec<&'a Text>,
    /// Effects, when they time nothing.
    effects: Vec<&'a str>,
}

/// Returns the waits and deadlines of a process that go by a parameter when they are worked out anew.
pub(super) fn timed<'a>(release: &'a Release, process: &str, name: &str) -> Vec<&'a str> {
    let facts = facts(release, name);
    let steps = release.process(process).into_iter().flat_map(|process| process.steps.values());
    steps
        .filter(|step| is_timed(step, &|text| read(text, name, &facts)))
        .map(|step| step.id.as_str())
        .collect()
}

/// Says which waits and deadlines go by a parameter, and else which effects; empty when there are none.
pub(super) fn of_parameter(release: &Release, name: &str) -> (String, String) {
    let mut timed: Vec<(&Process, Vec<&Text>)> = Vec::new();
    let mut worked: Vec<(&Process, Vec<&str>)> = Vec::new();
    let facts = facts(release, name);
    for process in release.definitions.processes.values() {
        let uses = in_process(release, process, name, &facts);
        if !uses.timed.is_empty() {
            timed.push((process, uses.timed));
        } else if !uses.effects.is_empty() {
            worked.push((process, uses.effects));
        }
    }
    let (mut zh, mut en) = of_steps(&timed);
    if !worked.is_empty() {
        let (titles_zh, titles_en) = titles(worked.iter().map(|(process, _)| *process));
        let names: BTreeSet<&str> = worked.iter().flat_map(|(_, names)| names).copied().collect();
        let names = names.into_iter().collect::<Vec<_>>();
        zh.push_str(&format!("；{titles_zh}的效果 {} 用到它", names.join("、")));
        en.push_str(&format!("; effects {} of {titles_en} read it", names.join(", ")));
    }
    (zh, en)
}

fn of_steps(timed: &[(&Process, Vec<&Text>)]) -> (String, String) {
    let steps: usize = timed.iter().map(|(_, steps)| steps.len()).sum();
    if steps == 0 {
        return Default::default();
    }
    if steps <= NAMED {
        let named = timed.iter().flat_map(|(process, steps)| {
            steps.iter().map(|step| {
                (
                    format!("“{}·{}”", process.title.zh, step.zh),
                    format!("“{}, {}”", process.title.en, step.en),
                )
            })
        });
        let (zh, en): (Vec<_>, Vec<_>) = named.unzip();
        return (format!("；用于{}的期限", zh.join("、")), format!("; it times {}", en.join(", ")));
    }
    let (zh, en) = titles(timed.iter().map(|(process, _)| *process));
    let count = timed.len();
    (
        format!("；用于 {count} 个流程（{zh}）{steps} 个步骤的期限"),
        format!("; it times {steps} steps of {count} processes ({en})"),
    )
}

fn titles<'a>(processes: impl Iterator<Item = &'a Process>) -> (String, String) {
    let (zh, en): (Vec<_>, Vec<_>) = processes
        .map(|process| (format!("“{}”", process.title.zh), format!("“{}”", process.title.en)))
        .unzip();
    (zh.join("、"), en.join(", "))
}

/// Returns the facts that read a parameter, or a fact that does.
fn facts<'a>(release: &'a Release, name: &str) -> BTreeSet<&'a str> {
    let all: BTreeMap<&str, String> = release
        .definitions
        .facts_file
        .facts
        .iter()
        .map(|(fact, asks)| (fact.as_str(), said(asks)))
        .collect();
    let mut found = BTreeSet::new();
    loop {
        let more: Vec<&str> = all
            .iter()
            .filter(|(fact, text)| !found.contains(*fact) && read(text, name, &found))
            .map(|(fact, _)| *fact)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Tells whether a text reads the parameter, or one of these facts.
fn read(text: &str, name: &str, facts: &BTreeSet<&str>) -> bool {
    reads(text, "param", name) || facts.iter().any(|fact| reads(text, "fact", fact))
}

fn in_process<'a>(
    release: &'a Release,
    process: &'a Process,
    name: &str,
    facts: &BTreeSet<&str>,
) -> Uses<'a> {
    let mut uses = Uses::default();
    let mut fields: BTreeSet<&str> = BTreeSet::new();
    let file = release.definitions.process_files.get(&process.id);
    for (id, effect) in file.into_iter().flat_map(|file| &file.effects) {
        if read(&said(effect), name, facts) {
            uses.effects.push(id);
            fields.extend(filled(effect, name, facts));
        }
    }
    for form in forms(release, process) {
        let computed = form.fields.iter().filter(|(_, field)| {
            field.computed.as_ref().is_some_and(|expr| read(&expr.0, name, facts))
        });
        fields.extend(computed.map(|(field, _)| field.as_str()));
    }
    let goes_by = |text: &str| {
        read(text, name, facts) || fields.iter().any(|field| reads(text, "form", field))
    };
    let steps = process.steps.values().filter(|step| is_timed(step, &goes_by));
    uses.timed.extend(steps.map(|step| &step.title));
    uses
}

/// Returns the fields of the case's form into which an effect puts what it reads.
fn filled<'a>(
    effect: &'a Effect,
    name: &'a str,
    facts: &'a BTreeSet<&str>,
) -> impl Iterator<Item = &'a str> {
    let fill = effect.fill.iter().flatten();
    fill.filter(move |(_, expr)| read(&expr.0, name, facts)).map(|(field, _)| field.as_str())
}

fn forms<'a>(release: &'a Release, process: &'a Process) -> impl Iterator<Item = &'a FormFile> {
    let of_steps = process.steps.values().filter_map(|step| match &step.kind {
        Kind::UserTask(task) => task.form.as_ref(),
        _ => None,
    });
    let names: BTreeSet<&String> = process.start.form.iter().chain(of_steps).collect();
    names.into_iter().filter_map(|form| release.definitions.forms.get(form))
}

/// Tells whether a step waits, or is due, by what one of these texts says.
fn is_timed(step: &Step, goes_by: &dyn Fn(&str) -> bool) -> bool {
    let waits = match &step.kind {
        Kind::Wait(wait) => match &wait.period {
            Some(Period::WorkingDays(e) | Period::Days(e) | Period::Until(e)) => goes_by(&e.0),
            _ => false,
        },
        _ => false,
    };
    let join = match &step.kind {
        Kind::Parallel { join, .. } => join.deadline.as_ref(),
        Kind::ForEach(each) => each.join.deadline.as_ref(),
        _ => None,
    };
    let due = |due: &Due| {
        let all =
            [&due.working_days, &due.days, &due.until, &due.remind_after, &due.escalate_after];
        all.into_iter().flatten().any(|expr| goes_by(&expr.0))
    };
    waits || step.due.iter().chain(join).any(due)
}
