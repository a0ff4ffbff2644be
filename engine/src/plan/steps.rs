//! Steps: those that come or go, and what each does, for whom, by when, and where it leads.
//!
//! Invariant: each difference of a step is told once, under the class that a reader looks for it in.

use xueji_definition::file::Gateway;
use xueji_definition::model::{ForEach, Join, JoinNeed, Kind, Period, Step, UserTask, Wait};

use super::asked::{self, Words, due, members, named, who};
use super::change::{Class, Weight};
use super::difference::{both, quoted};
use super::processes::Pair;

pub(super) fn compare(pair: &mut Pair<'_>) {
    let (before, after) = (pair.before, pair.after);
    for id in both(after.steps.keys(), before.steps.keys()) {
        match (before.steps.get(id), after.steps.get(id)) {
            (Some(old), Some(new)) => step(pair, old, new),
            (None, Some(new)) => {
                let (zh, en) = outline(pair, new);
                let words = (format!("新增（{zh}）"), format!("new ({en})"));
                pair.tell_step(new, (Class::Step, Weight::Behaviour, "step-added"), words);
            }
            (Some(old), None) => {
                // One that looks like it is likely to be the same step by another name.
                let alike = after.steps.values().filter(|new| {
                    !before.steps.contains_key(&new.id)
                        && new.title == old.title
                        && std::mem::discriminant(&new.kind) == std::mem::discriminant(&old.kind)
                });
                let alike: Vec<&str> = alike.map(|new| new.id.as_str()).collect();
                let words = match alike.as_slice() {
                    [new] => (
                        format!("取消，像是改名为 {new}；停在这里的事项迁移时用 --map {id}={new}"),
                        format!(
                            "gone, perhaps called {new} now; cases that stand here are moved with --map {id}={new}"
                        ),
                    ),
                    _ => (
                        "取消；停在这里的事项要指明由哪一步代替".to_owned(),
                        "gone; cases that stand here need a step in its place".to_owned(),
                    ),
                };
                pair.tell_step(old, (Class::Step, Weight::Breaking, "step-gone"), words);
            }
            (None, None) => {}
        }
    }
}

/// Says what a step of a kind is.
fn kind(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::UserTask(_) => ("人工办理", "somebody does it"),
        Kind::ServiceTask { .. } => ("系统自动", "the engine does it"),
        Kind::Gateway(_) => ("按规则分流", "rules choose"),
        Kind::Parallel { .. } => ("并行", "branches side by side"),
        Kind::ForEach(_) => ("逐项办理", "one branch an item"),
        Kind::Wait(_) => ("等待", "a wait"),
        Kind::Call(_) => ("发起另一流程", "another process"),
        Kind::End { .. } => ("结束", "an end"),
    }
}

/// Says what a step is, for whom, with which form, and by when.
fn outline(pair: &Pair<'_>, step: &Step) -> Words {
    let (zh, en) = kind(&step.kind);
    let (mut zh, mut en) = (vec![zh.to_owned()], vec![en.to_owned()]);
    let mut say = |words: Words| {
        zh.push(words.0);
        en.push(words.1);
    };
    let form = |form: &String| {
        let title = pair.new.definitions.forms.get(form).map(|form| &form.title);
        title.map_or_else(
            || (format!("表单“{form}”"), format!("form “{form}”")),
            |title| (format!("表单“{}”", title.zh), format!("form “{}”", title.en)),
        )
    };
    match &step.kind {
        Kind::UserTask(task) => {
            let (by_zh, by_en) = who(pair.new, &task.candidates);
            say((format!("由{by_zh}办理"), format!("for {by_en}")));
            task.form.iter().for_each(|name| say(form(name)));
        }
        Kind::Wait(wait) => {
            let (until_zh, until_en) = period(wait.period.as_ref());
            say((format!("等{until_zh}"), until_en));
            wait.form.iter().for_each(|name| say(form(name)));
        }
        Kind::Call(call) => {
            let title = pair.new.process(&call.process).map(|process| quoted(&process.title));
            say(title.unwrap_or_else(|| (call.process.clone(), call.process.clone())));
        }
        _ => {}
    }
    if step.due.is_some() {
        let (due_zh, due_en) = due(step.due.as_ref());
        say((format!("期限{due_zh}"), format!("due: {due_en}")));
    }
    (zh.join("，"), en.join(", "))
}

fn step(pair: &mut Pair<'_>, old: &Step, new: &Step) {
    if (&old.title, &old.stage, &old.source) != (&new.title, &new.stage, &new.source) {
        let words = if old.title == new.title {
            ("阶段名称或出处改了".to_owned(), "other words for its stage or source".to_owned())
        } else {
            (format!("原名“{}”", old.title.zh), format!("it was called “{}”", old.title.en))
        };
        pair.tell_step(new, (Class::Wording, Weight::Wording, "step-wording"), words);
    }
    if std::mem::discriminant(&old.kind) != std::mem::discriminant(&new.kind) {
        let (before, after) = (kind(&old.kind), kind(&new.kind));
        let words = (
            format!("由{}改为{}", before.0, after.0),
            format!("it was: {}; it is: {}", before.1, after.1),
        );
        pair.tell_step(new, (Class::Step, Weight::Breaking, "kind-changed"), words);
        return;
    }
    if old.within != new.within {
        let words =
            ("移到了另一处（分支或逐项）".to_owned(), "it stands in another branch".to_owned());
        pair.tell_step(new, (Class::Step, Weight::Breaking, "step-moved"), words);
    }
    does(pair, old, new);
    leads(pair, new, (&old.next, &new.next), ("结果", "outcome"));
    leads(pair, new, (&old.on, &new.on), ("消息", "message"));
    if old.due != new.due {
        let (before, after) = (due(old.due.as_ref()), due(new.due.as_ref()));
        let words = (
            format!("期限由{}改为{}", before.0, after.0),
            format!("its deadline was {}, now {}", before.1, after.1),
        );
        pair.tell_step(new, (Class::Deadline, Weight::Behaviour, "deadline-changed"), words);
    }
    if old.rests_on != new.rests_on {
        let words = (
            "退回后何时要重签改了".to_owned(),
            "what a signature rests on after a return is otherwise".to_owned(),
        );
        pair.tell_step(new, (Class::Flow, Weight::Behaviour, "rests-on-changed"), words);
    }
    if old.forbid != new.forbid {
        let words = ("允许的操作改了".to_owned(), "other acts are forbidden".to_owned());
        pair.tell_step(new, (Class::Holder, Weight::Behaviour, "acts-changed"), words);
    }
    for (other, zh, en) in members(&old.separate_from, &new.separate_from) {
        let other = pair.step_title(&other);
        let words = (
            format!("{zh}回避：办过{}的人不能办", other.0),
            format!("{en} separation: not by whoever did {}", other.1),
        );
        pair.tell_step(new, (Class::Holder, Weight::Behaviour, "separation-changed"), words);
    }
}

fn leads(
    pair: &mut Pair<'_>,
    step: &Step,
    (old, new): (&indexmap::IndexMap<String, String>, &indexmap::IndexMap<String, String>),
    (zh, en): (&str, &str),
) {
    for outcome in both(new.keys(), old.keys()) {
        let (before, after) = (old.get(outcome), new.get(outcome));
        let to = |target: Option<&String>| target.map(|id| pair.step_title(id));
        let words = match (to(before), to(after)) {
            _ if before == after => continue,
            (Some(was), Some(is)) => (
                format!("{zh}“{outcome}”原去{}，改去{}", was.0, is.0),
                format!("{en} `{outcome}` led to {}, now to {}", was.1, is.1),
            ),
            (None, Some(is)) => (
                format!("{zh}“{outcome}”去{}，是新的", is.0),
                format!("{en} `{outcome}` leads to {}, which is new", is.1),
            ),
            (Some(was), None) => (
                format!("{zh}“{outcome}”取消了，原去{}", was.0),
                format!("{en} `{outcome}` is gone; it led to {}", was.1),
            ),
            (None, None) => continue,
        };
        pair.tell_step(step, (Class::Flow, Weight::Behaviour, "way-changed"), words);
    }
}

fn does(pair: &mut Pair<'_>, old: &Step, new: &Step) {
    match (&old.kind, &new.kind) {
        (Kind::UserTask(before), Kind::UserTask(after)) => task(pair, new, before, after),
        (Kind::ServiceTask { effects: before }, Kind::ServiceTask { effects: after }) => {
            effects(pair, new, before, after);
        }
        (Kind::Gateway(before), Kind::Gateway(after)) => gateway(pair, new, before, after),
        (
            Kind::Parallel { branches: before, join: join_before },
            Kind::Parallel { branches: after, join },
        ) => {
            let keys = |branches: &indexmap::IndexMap<String, _>| {
                branches.keys().cloned().collect::<Vec<String>>()
            };
            for (branch, zh, en) in members(&keys(before), &keys(after)) {
                let words = (format!("{zh}分支“{branch}”"), format!("{en} branch `{branch}`"));
                pair.tell_step(new, (Class::Step, Weight::Behaviour, "branch-changed"), words);
            }
            joined(pair, new, join_before, join);
        }
        (Kind::ForEach(before), Kind::ForEach(after)) => rows(pair, new, before, after),
        (Kind::Wait(before), Kind::Wait(after)) => waits(pair, new, before, after),
        (Kind::Call(before), Kind::Call(after)) if before != after => {
            let words = if before.process == after.process {
                ("发起的子事项带的内容或等法改了".to_owned(), "it calls otherwise".to_owned())
            } else {
                (
                    format!("由发起 {} 改为发起 {}", before.process, after.process),
                    format!("it called `{}` and calls `{}`", before.process, after.process),
                )
            };
            pair.tell_step(new, (Class::Flow, Weight::Behaviour, "call-changed"), words);
        }
        (Kind::End { result: before, effects: old }, Kind::End { result: after, effects: now }) => {
            if before != after {
                let words = (
                    format!("结果由“{before}”改为“{after}”"),
                    format!("its result was `{before}` and is `{after}`"),
                );
                pair.tell_step(new, (Class::Flow, Weight::Breaking, "result-changed"), words);
            }
            effects(pair, new, old, now);
        }
        _ => {}
    }
}

fn task(pair: &mut Pair<'_>, step: &Step, old: &UserTask, new: &UserTask) {
    if old.candidates != new.candidates {
        let (before, after) = (who(pair.old, &old.candidates), who(pair.new, &new.candidates));
        let words = (
            format!("由{}办理，原来是{}", after.0, before.0),
            format!("it is for {}, before for {}", after.1, before.1),
        );
        pair.tell_step(step, (Class::Holder, Weight::Behaviour, "holder-changed"), words);
    }
    for (outcome, zh, en) in members(&old.outcomes, &new.outcomes) {
        let weight = if zh == "取消" { Weight::Breaking } else { Weight::Behaviour };
        let words = (format!("{zh}结果“{outcome}”"), format!("{en} outcome `{outcome}`"));
        pair.tell_step(step, (Class::Flow, weight, "outcome-changed"), words);
    }
    if old.outcomes.first() != new.outcomes.first() {
        let words =
            ("办妥的结果换了一个".to_owned(), "another outcome is the one that goes on".to_owned());
        pair.tell_step(step, (Class::Flow, Weight::Behaviour, "first-outcome-changed"), words);
    }
    if let Some(words) = named("表单", "form", old.form.as_ref(), new.form.as_ref()) {
        pair.tell_step(step, (Class::Form, Weight::Behaviour, "form-named-otherwise"), words);
    }
    let lists = |task: &UserTask| (task.opinion.clone(), task.judged.clone());
    if lists(old) != lists(new) {
        let words = (
            "哪些结果要写意见、要审核表单和规则改了".to_owned(),
            "other outcomes owe words, or are judged".to_owned(),
        );
        pair.tell_step(step, (Class::Rule, Weight::Behaviour, "judged-changed"), words);
    }
    asked::of_step(
        pair,
        step,
        (&old.rules, &old.materials, &old.cases),
        (&new.rules, &new.materials, &new.cases),
    );
}

fn effects(pair: &mut Pair<'_>, step: &Step, old: &[String], new: &[String]) {
    let changed = members(old, new);
    for (name, zh, en) in &changed {
        let words = (format!("{zh}效果 {name}"), format!("{en} effect `{name}`"));
        pair.tell_step(step, (Class::Effect, Weight::Behaviour, "effect-listed-otherwise"), words);
    }
    if changed.is_empty() && old != new {
        let words = ("效果的先后改了".to_owned(), "its effects come in another order".to_owned());
        pair.tell_step(step, (Class::Effect, Weight::Behaviour, "effects-in-other-order"), words);
    }
}

fn gateway(pair: &mut Pair<'_>, step: &Step, old: &Gateway, new: &Gateway) {
    if old == new {
        return;
    }
    let said = |gateway: &Gateway| {
        let ways = gateway.choices.iter().map(|choice| {
            let to = pair.step_title(&choice.next);
            let when = super::difference::rule(pair.old, pair.new, &choice.when);
            (format!("{}→{}", when.zh, to.0), format!("{} → {}", when.en, to.1))
        });
        let (zh, en): (Vec<_>, Vec<_>) = ways.unzip();
        let rest = pair.step_title(&gateway.otherwise);
        (
            format!("{}；其余→{}", zh.join("；"), rest.0),
            format!("{}; else → {}", en.join("; "), rest.1),
        )
    };
    let (before, after) = (said(old), said(new));
    let words = (
        format!("分流改为：{}（原来：{}）", after.0, before.0),
        format!("it chooses: {} (before: {})", after.1, before.1),
    );
    pair.tell_step(step, (Class::Flow, Weight::Behaviour, "choices-changed"), words);
}

fn joined(pair: &mut Pair<'_>, step: &Step, old: &Join, new: &Join) {
    if old == new {
        return;
    }
    let said = |join: &Join| {
        let (zh, en) = match &join.need {
            JoinNeed::All => ("全部".to_owned(), "all".to_owned()),
            JoinNeed::Any => ("任一".to_owned(), "any".to_owned()),
            JoinNeed::AtLeast(n) => (format!("至少{}个", n.0), format!("at least {}", n.0)),
            JoinNeed::Share(n) => (format!("比例达到{}", n.0), format!("a share of {}", n.0)),
        };
        let (counts, at_once) = (join.counts.join("、"), join.at_once.join("、"));
        let (until_zh, until_en) = due(join.deadline.as_ref());
        (
            format!("{zh}“{counts}”，立即结束：{at_once}，截止：{until_zh}"),
            format!("{en} of {counts}; at once: {at_once}; by: {until_en}"),
        )
    };
    let (before, after) = (said(old), said(new));
    let words = (
        format!("汇合改为{}（原来{}）", after.0, before.0),
        format!("joined by {} (before: {})", after.1, before.1),
    );
    pair.tell_step(step, (Class::Flow, Weight::Behaviour, "join-changed"), words);
}

fn rows(pair: &mut Pair<'_>, step: &Step, old: &ForEach, new: &ForEach) {
    let what = |each: &ForEach| {
        (
            each.items.clone(),
            each.subject,
            each.in_turn,
            each.excludes.clone(),
            each.open_until.clone(),
            each.reopen_until.clone(),
        )
    };
    if what(old) != what(new) {
        let words = if old.items == new.items {
            ("逐项开启的条件改了".to_owned(), "its rows are opened otherwise".to_owned())
        } else {
            (
                format!("各项由 {} 改为 {}", old.items, new.items),
                format!("its items were `{}` and are `{}`", old.items, new.items),
            )
        };
        pair.tell_step(step, (Class::Flow, Weight::Behaviour, "rows-changed"), words);
    }
    joined(pair, step, &old.join, &new.join);
}

fn waits(pair: &mut Pair<'_>, step: &Step, old: &Wait, new: &Wait) {
    if old.period != new.period {
        let (before, after) = (period(old.period.as_ref()), period(new.period.as_ref()));
        let words = (
            format!("等待由{}改为{}", before.0, after.0),
            format!("it waited {}, now {}", before.1, after.1),
        );
        pair.tell_step(step, (Class::Wait, Weight::Behaviour, "wait-changed"), words);
    }
    let message = |wait: &Wait| (wait.message.clone(), wait.key.clone(), wait.answers.clone());
    if message(old) != message(new) {
        let words = ("等待的消息改了".to_owned(), "it waits for another message".to_owned());
        pair.tell_step(step, (Class::Wait, Weight::Behaviour, "message-changed"), words);
    }
    if let Some(words) = named("回执的表单", "form", old.form.as_ref(), new.form.as_ref()) {
        pair.tell_step(step, (Class::Form, Weight::Behaviour, "form-named-otherwise"), words);
    }
    if old.by != new.by {
        let said = |release, by: &Option<_>| {
            by.as_ref().map_or_else(
                || ("管理员".to_owned(), "who administers".to_owned()),
                |by| who(release, by),
            )
        };
        let (before, after) = (said(pair.old, &old.by), said(pair.new, &new.by));
        let words = (
            format!("消息由{}登记，原来是{}", after.0, before.0),
            format!("{} records the message, before {}", after.1, before.1),
        );
        pair.tell_step(step, (Class::Holder, Weight::Behaviour, "recorder-changed"), words);
    }
}

fn period(period: Option<&Period>) -> Words {
    match period {
        None => ("消息到来".to_owned(), "for a message".to_owned()),
        Some(Period::WorkingDays(n)) => {
            (format!("{}个工作日", n.0), format!("{} working days", n.0))
        }
        Some(Period::Days(n)) => (format!("{}天", n.0), format!("{} days", n.0)),
        Some(Period::Until(date)) => (format!("至 {}", date.0), format!("until {}", date.0)),
        Some(Period::Window(name)) => (format!("时段 {name} 开放"), format!("for window `{name}`")),
        Some(Period::WindowEnd(name)) => {
            (format!("时段 {name} 结束"), format!("for the end of window `{name}`"))
        }
        Some(Period::Day(name)) => (format!("日期 {name}"), format!("for day `{name}`")),
    }
}
