//! Who starts a case and with what; the rules and papers of a step or a start.
//!
//! Invariant: a list is compared as what it holds, not in its order: all rules of a list are judged.

use std::collections::BTreeSet;

use serde::Serialize;
use xueji_definition::file::{Candidates, Case, Due};
use xueji_definition::finding::Spot;
use xueji_definition::model::Step;
use xueji_definition::route;
use xueji_runtime::Release;

use super::change::{Class, Touch, Weight};
use super::difference::{role, rule};
use super::processes::Pair;

pub(super) type Words = (String, String);
type Told = Vec<((Class, Weight, &'static str), Words)>;

pub(super) fn start(pair: &mut Pair<'_>) {
    let (old, new) = (&pair.before.start, &pair.after.start);
    let touch = || Touch::Start(pair.after.id.clone());
    let mut told: Vec<(&str, (Class, Weight, &'static str), Words)> = Vec::new();
    if (&old.by, &old.or_by) != (&new.by, &new.or_by) {
        let who = |release: &Release, by: &Candidates, or: &[Candidates]| {
            let all = std::iter::once(by).chain(or).map(|to| who(release, to));
            let (zh, en): (Vec<_>, Vec<_>) = all.unzip();
            (zh.join("、"), en.join(", "))
        };
        let (before, after) =
            (who(pair.old, &old.by, &old.or_by), who(pair.new, &new.by, &new.or_by));
        let words = (
            format!("发起人由{}改为{}", before.0, after.0),
            format!("it was started by {}, now by {}", before.1, after.1),
        );
        told.push(("by", (Class::Holder, Weight::Behaviour, "starter-changed"), words));
    }
    if let Some(words) = named("申请表", "form", old.form.as_ref(), new.form.as_ref()) {
        told.push(("form", (Class::Form, Weight::Behaviour, "form-named-otherwise"), words));
    }
    let listed = lists(
        pair,
        (&old.rules, &old.materials, &old.cases),
        (&new.rules, &new.materials, &new.cases),
    );
    told.extend(listed.into_iter().map(|(kind, words)| ("rules", kind, words)));
    for (changed, zh, en) in members(&old.excludes, &new.excludes) {
        let title = pair.new.process(&changed).or_else(|| pair.old.process(&changed));
        let title = title.map_or((changed.clone(), changed.clone()), |process| {
            (process.title.zh.clone(), process.title.en.clone())
        });
        let words = (
            format!("{zh}互斥：“{}”未办结时不能发起", title.0),
            format!("{en} exclusion: not while “{}” is open", title.1),
        );
        told.push(("excludes", (Class::Rule, Weight::Behaviour, "exclusion-changed"), words));
    }
    if old.due != new.due {
        let (before, after) = (due(old.due.as_ref()), due(new.due.as_ref()));
        let words = (
            format!("退回补正的期限由{}改为{}", before.0, after.0),
            format!("a returned case waited {}, now {}", before.1, after.1),
        );
        told.push(("due", (Class::Deadline, Weight::Behaviour, "deadline-changed"), words));
    }
    if old.stage != new.stage {
        let words = ("退回时的阶段名称改了".to_owned(), "other words for its stage".to_owned());
        told.push(("stage", (Class::Wording, Weight::Wording, "stage-wording"), words));
    }
    let touch = touch();
    for (key, kind, words) in told {
        pair.tell(kind, Spot::Key(route!["start", key]), touch.clone(), words);
    }
}

/// Tells what changed in the rules and papers of a step.
pub(super) fn of_step(
    pair: &mut Pair<'_>,
    step: &Step,
    old: (&[String], &[String], &[Case]),
    new: (&[String], &[String], &[Case]),
) {
    for (kind, words) in lists(pair, old, new) {
        pair.tell_step(step, kind, words);
    }
}

fn lists(
    pair: &Pair<'_>,
    old: (&[String], &[String], &[Case]),
    new: (&[String], &[String], &[Case]),
) -> Told {
    let mut told = Told::new();
    let flat = |own: &[String], cases: &[Case], of: fn(&Case) -> &Vec<String>| {
        let own = own.iter().map(|name| (None, name.clone()));
        let some = cases
            .iter()
            .flat_map(|case| of(case).iter().map(|name| (Some(case.when.0.clone()), name.clone())));
        own.chain(some).collect::<Vec<_>>()
    };
    let when = |when: &Option<String>| match when {
        Some(when) => (format!("（当 {when}）"), format!(" (when {when})")),
        None => Words::default(),
    };
    let rules =
        |(rules, _, cases): (&[String], &[String], &[Case])| flat(rules, cases, |c| &c.rules);
    for ((at, name), zh, en) in members(&rules(old), &rules(new)) {
        let title = rule(pair.old, pair.new, &name);
        let (when_zh, when_en) = when(&at);
        let words = (
            format!("{zh}规则“{}”{when_zh}", title.zh),
            format!("{en} rule “{}”{when_en}", title.en),
        );
        told.push(((Class::Rule, Weight::Behaviour, "rule-listed-otherwise"), words));
    }
    let papers =
        |(_, papers, cases): (&[String], &[String], &[Case])| flat(papers, cases, |c| &c.materials);
    for ((at, name), zh, en) in members(&papers(old), &papers(new)) {
        let lists = |release: &Release| release.definitions.materials.get(&name).cloned();
        let title = lists(pair.new).or_else(|| lists(pair.old)).map(|list| list.title);
        let title = title.map_or((name.clone(), name.clone()), |title| (title.zh, title.en));
        let (when_zh, when_en) = when(&at);
        let words = (
            format!("{zh}材料“{}”{when_zh}", title.0),
            format!("{en} papers “{}”{when_en}", title.1),
        );
        told.push(((Class::Material, Weight::Behaviour, "papers-listed-otherwise"), words));
    }
    told
}

/// Returns what two lists do not have in common, each with how to say so.
pub(super) fn members<T: Clone + Ord>(
    old: &[T],
    new: &[T],
) -> Vec<(T, &'static str, &'static str)> {
    let (before, after): (BTreeSet<&T>, BTreeSet<&T>) =
        (old.iter().collect(), new.iter().collect());
    let added = after.difference(&before).map(|one| ((*one).clone(), "新增", "new"));
    let gone = before.difference(&after).map(|one| ((*one).clone(), "取消", "no more"));
    added.chain(gone).collect()
}

/// Says that something is named otherwise, if it is.
pub(super) fn named(
    zh: &str,
    en: &str,
    old: Option<&String>,
    new: Option<&String>,
) -> Option<Words> {
    let said = |name: Option<&String>| name.map_or("—", String::as_str).to_owned();
    (old != new).then(|| {
        let (old, new) = (said(old), said(new));
        (format!("{zh}由 {old} 改为 {new}"), format!("its {en} was {old} and is {new}"))
    })
}

/// Says who.
pub(super) fn who(release: &Release, to: &Candidates) -> Words {
    let title = role(release, &to.role);
    let unit = to.unit.as_ref().map(|unit| unit.0.as_str());
    let (mut zh, mut en) = match unit {
        Some(unit) => (format!("{}（{unit}）", title.zh), format!("{} ({unit})", title.en)),
        None => (title.zh, title.en),
    };
    if to.own || to.applicant {
        zh.push_str("本人");
        en.push_str(" in person");
    }
    (zh, en)
}

/// Says by when.
pub(super) fn due(due: Option<&Due>) -> Words {
    let Some(due) = due else { return ("不限".to_owned(), "no limit".to_owned()) };
    let (mut zh, mut en) = match (&due.working_days, &due.days, &due.until) {
        (Some(n), _, _) => (format!("{}个工作日", n.0), format!("{} working days", n.0)),
        (_, Some(n), _) => (format!("{}天", n.0), format!("{} days", n.0)),
        (_, _, Some(date)) => (format!("至 {}", date.0), format!("until {}", date.0)),
        _ => ("不限".to_owned(), "no limit".to_owned()),
    };
    if let Some(n) = &due.remind_after {
        zh.push_str(&format!("，{}个工作日后催办", n.0));
        en.push_str(&format!(", reminded after {}", n.0));
    }
    if let Some(n) = &due.escalate_after {
        zh.push_str(&format!("，{}个工作日后上报", n.0));
        en.push_str(&format!(", escalated after {}", n.0));
    }
    if let Some(outcome) = &due.outcome {
        zh.push_str(&format!("，到期自动“{outcome}”"));
        en.push_str(&format!(", then `{outcome}` of itself"));
    }
    (zh, en)
}

/// Returns a value as JSON in one line, for what has no words of its own.
pub(super) fn said<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
