//! Processes that come or go, how cases of them start, their steps and effects.
//!
//! Invariant: a step is the same one when it has the same id, wherever in the file it stands.

use xueji_definition::finding::{Key, Spot};
use xueji_definition::model::{Process, Step};
use xueji_definition::route;
use xueji_runtime::Release;

use super::change::{Change, Class, Touch, Weight};
use super::difference::{both, quoted};
use super::{asked, steps};

/// The file of shared steps.
const STEPS: &str = "workflows/steps.yaml";

/// Two versions of a process, and where to tell of it.
pub(super) struct Pair<'a> {
    pub(super) old: &'a Release,
    pub(super) new: &'a Release,
    pub(super) before: &'a Process,
    pub(super) after: &'a Process,
    pub(super) found: &'a mut Vec<Change>,
}

pub(super) fn compare(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (before, after) = (&old.definitions.processes, &new.definitions.processes);
    for id in both(after.keys(), before.keys()) {
        match (before.get(id), after.get(id)) {
            (Some(before), Some(after)) => {
                process(&mut Pair { old, new, before, after, found });
            }
            (None, Some(after)) => {
                let (zh, en) = quoted(&after.title);
                let words = (format!("新增流程{zh}"), format!("process {en} is new"));
                let change = Change::new(
                    Class::Process,
                    Weight::Additive,
                    "process-added",
                    &after.file,
                    words,
                );
                found.push(change.of(id, None).at(Spot::Key(route!["process"])));
            }
            (Some(before), None) => {
                let (zh, en) = quoted(&before.title);
                let words = (
                    format!("取消流程{zh}：不能再发起，已发起的按原版本办完"),
                    format!(
                        "process {en} is gone: no case can start, open ones end by their release"
                    ),
                );
                let change = Change::new(
                    Class::Process,
                    Weight::Breaking,
                    "process-gone",
                    &before.file,
                    words,
                );
                found.push(change.of(id, None).gone().touching(Touch::Process(id.clone())));
            }
            (None, None) => {}
        }
    }
}

impl Pair<'_> {
    /// Tells of a change of the whole process.
    pub(super) fn tell(
        &mut self,
        (class, weight, what): (Class, Weight, &str),
        spot: Spot,
        touch: Touch,
        (zh, en): (String, String),
    ) {
        let (title, heading) = quoted(&self.after.title);
        let words = (format!("流程{title}：{zh}"), format!("process {heading}: {en}"));
        let change = Change::new(class, weight, what, &self.after.file, words);
        self.found.push(change.of(&self.after.id, None).at(spot).touching(touch));
    }

    /// Tells of a change of a step.
    pub(super) fn tell_step(
        &mut self,
        step: &Step,
        (class, weight, what): (Class, Weight, &str),
        (zh, en): (String, String),
    ) {
        let (title, heading) = quoted(&self.after.title);
        let (of, at) = self.named(step);
        let words = (format!("流程{title}步骤{of}：{zh}"), format!("{heading}, step {at}: {en}"));
        let id = &self.after.id;
        let (file, route) = match self.shared(step) {
            Some(name) => (STEPS, route!["steps", name]),
            None => (self.after.file.as_str(), step.route.clone()),
        };
        let change = Change::new(class, weight, what, file, words)
            .of(id, Some(&step.id))
            .touching(Touch::Step(id.clone(), step.id.clone()));
        let gone = self.after.step(&step.id).is_none();
        let change = change.at(Spot::Key(route));
        self.found.push(if gone { change.gone() } else { change });
    }

    /// Returns the shared step that a step is made from, when it is that one which changed and not what the process says.
    fn shared<'s>(&self, step: &'s Step) -> Option<&'s str> {
        let name = step.shared.as_deref()?;
        let shared = |release: &Release| release.definitions.steps.steps.get(name).cloned();
        let own = |release: &Release, id: &str| {
            let file = serde_json::to_value(release.definitions.process_files.get(id)?).ok()?;
            let written = step.route.0.iter().try_fold(&file, |at, key| match key {
                Key::Name(name) => at.get(name),
                Key::Index(index) => at.get(index),
            });
            written.cloned()
        };
        let id = &self.after.id;
        let is_its_own =
            shared(self.old) == shared(self.new) || own(self.old, id) != own(self.new, id);
        (!is_its_own).then_some(name)
    }

    /// Returns what a step is called, the applicant's own among them.
    pub(super) fn step_title(&self, id: &str) -> (String, String) {
        if id == "start" {
            return ("“申请人”".to_owned(), "the applicant".to_owned());
        }
        match self.after.step(id).or_else(|| self.before.step(id)) {
            Some(step) => self.named(step),
            None => (format!("“{id}”"), format!("“{id}”")),
        }
    }

    /// Returns a step's title, with its id where another step is called so, too.
    fn named(&self, step: &Step) -> (String, String) {
        let (zh, en) = quoted(&step.title);
        let mut all = self.before.steps.values().chain(self.after.steps.values());
        if all.any(|other| other.id != step.id && other.title == step.title) {
            return (format!("{zh}（{}）", step.id), format!("{en} ({})", step.id));
        }
        (zh, en)
    }
}

fn process(pair: &mut Pair<'_>) {
    let (before, after) = (pair.before, pair.after);
    let whole = || Touch::Process(after.id.clone());
    if (&before.title, &before.about, &before.source) != (&after.title, &after.about, &after.source)
    {
        let words =
            ("名称、说明或出处的文字改了".to_owned(), "other words for its title".to_owned());
        let kind = (Class::Wording, Weight::Wording, "process-wording");
        pair.tell(kind, Spot::Key(route!["title"]), whole(), words);
    }
    if before.subject != after.subject {
        let said = |subject: &Option<String>| subject.clone().unwrap_or_else(|| "—".to_owned());
        let (old, new) = (said(&before.subject), said(&after.subject));
        let words = (
            format!("对象由 {old} 改为 {new}，未办结的事项不能迁移"),
            format!("cases were about {old} and are about {new}; open ones cannot be moved"),
        );
        let kind = (Class::Process, Weight::Breaking, "subject-changed");
        pair.tell(kind, Spot::Key(route!["subject"]), whole(), words);
    }
    if before.forbid != after.forbid {
        let words = ("允许的操作改了".to_owned(), "other acts are forbidden".to_owned());
        let kind = (Class::Holder, Weight::Behaviour, "acts-changed");
        pair.tell(kind, Spot::Key(route!["forbid"]), whole(), words);
    }
    if before.withdraw_until != after.withdraw_until {
        let until = |pair: &Pair<'_>, step: &Option<String>| match step {
            Some(step) => pair.step_title(step),
            None => ("办结".to_owned(), "the end".to_owned()),
        };
        let (old, new) = (until(pair, &before.withdraw_until), until(pair, &after.withdraw_until));
        let words = (
            format!("申请人可撤回的期限由{}改为{}", old.0, new.0),
            format!("withdrawing was possible until {}, now until {}", old.1, new.1),
        );
        let kind = (Class::Process, Weight::Behaviour, "withdraw-changed");
        pair.tell(kind, Spot::Key(route!["withdraw-until"]), whole(), words);
    }
    asked::start(pair);
    if before.entry != after.entry {
        let (old, new) = (pair.step_title(&before.entry), pair.step_title(&after.entry));
        let words = (
            format!("提交后先到{}，原来先到{}", new.0, old.0),
            format!("a case begins at {}, before at {}", new.1, old.1),
        );
        let kind = (Class::Flow, Weight::Behaviour, "entry-changed");
        let touch = Touch::Start(after.id.clone());
        pair.tell(kind, Spot::Key(route!["steps"]), touch, words);
    }
    steps::compare(pair);
    effects(pair);
}

fn effects(pair: &mut Pair<'_>) {
    let (before, after) = (pair.before, pair.after);
    for name in both(after.effects.keys(), before.effects.keys()) {
        let (what, weight, zh, en) = match (before.effects.get(name), after.effects.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), Some(_)) => ("effect-changed", Weight::Behaviour, "改了", "changed"),
            (None, _) => ("effect-added", Weight::Additive, "是新的", "is new"),
            (_, None) => ("effect-gone", Weight::Behaviour, "取消了", "is gone"),
        };
        let words = (
            format!("效果 {name} {zh}{}", kind_of(pair, name).0),
            format!("effect `{name}` {en}{}", kind_of(pair, name).1),
        );
        let touch = Touch::Effect(after.id.clone(), name.clone());
        pair.tell((Class::Effect, weight, what), Spot::Key(route!["effects", name]), touch, words);
    }
}

/// Says what an effect does.
fn kind_of(pair: &Pair<'_>, name: &str) -> (&'static str, &'static str) {
    use xueji_definition::model::EffectKind as K;
    let effect = pair.after.effects.get(name).or_else(|| pair.before.effects.get(name));
    match effect.map(|effect| &effect.kind) {
        Some(K::Set(_)) => ("（写入记录）", " (it writes a record)"),
        Some(K::Settle(_)) => ("（使待定的值生效或作废）", " (it settles pending values)"),
        Some(K::Create(_)) => ("（新建记录）", " (it makes a record)"),
        Some(K::Fill(_)) => ("（填写表单）", " (it fills in the form)"),
        Some(K::Number(_)) => ("（编号）", " (it gives a number)"),
        Some(K::Document(_)) => ("（出具文书）", " (it makes a paper)"),
        Some(K::Notice(_)) => ("（发通知）", " (it tells people)"),
        Some(K::Send(_)) => ("（告知其他事项）", " (it tells other cases)"),
        Some(K::Webhook(_)) => ("（通知外部系统）", " (it calls out)"),
        None => ("", ""),
    }
}
