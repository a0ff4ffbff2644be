//! From a process as written to the process that runs.
//!
//! Invariant: every fault is told, none stops the reading; a process with a step that has no kind is not answered.

use indexmap::IndexMap;

use super::effect::resolve_effect;
use super::{Branch, ForEach, Join, JoinNeed, Kind, Period, Process, Step, UserTask, Wait, Within};
use crate::Text;
use crate::file::{
    Expr, Join as JoinFile, JoinWhen, ProcessFile, SharedStepsFile, Step as StepFile,
    Wait as WaitFile,
};
use crate::finding::{Finding, Related, Route, Spot};
use crate::route;

/// Resolves a process: shared steps replaced, kinds chosen, scopes flattened.
#[must_use]
pub fn resolve_process(
    file: &str,
    process: &ProcessFile,
    shared: &SharedStepsFile,
) -> (Option<Process>, Vec<Finding>) {
    let mut work = Resolving {
        file,
        process: &process.process,
        shared,
        steps: IndexMap::new(),
        findings: Vec::new(),
        faulty: false,
    };
    let entry = work.graph(&process.steps, &route!["steps"], None);
    let mut effects = IndexMap::new();
    for (name, effect) in &process.effects {
        match resolve_effect(file, &route!["effects", name], effect, &mut work.findings) {
            Some(effect) => {
                effects.insert(name.clone(), effect);
            }
            None => work.faulty = true,
        }
    }
    let findings: Vec<Finding> =
        work.findings.into_iter().map(|f| f.of_process(&process.process)).collect();
    let resolved = entry.filter(|_| !work.faulty).map(|entry| Process {
        id: process.process.clone(),
        file: file.to_owned(),
        title: process.title.clone(),
        about: process.about.clone(),
        source: process.source.clone(),
        subject: process.subject.clone(),
        start: process.start.clone(),
        forbid: process.forbid.clone(),
        withdraw_until: process.withdraw_until.clone(),
        effects,
        entry,
        steps: work.steps,
    });
    (resolved, findings)
}

struct Resolving<'a> {
    file: &'a str,
    process: &'a str,
    shared: &'a SharedStepsFile,
    steps: IndexMap<String, Step>,
    findings: Vec<Finding>,
    faulty: bool,
}

impl Resolving<'_> {
    fn fault(
        &mut self,
        code: &'static str,
        spot: Spot,
        step: Option<&str>,
        message: Text,
        help: Option<Text>,
    ) {
        let mut finding = Finding::error(code, self.file, spot, message).of(self.process, step);
        finding.help = help;
        self.findings.push(finding);
        self.faulty = true;
    }

    /// Resolves the steps of one scope and returns the first one's id.
    fn graph(
        &mut self,
        steps: &IndexMap<String, StepFile>,
        at: &Route,
        within: Option<&Within>,
    ) -> Option<String> {
        for (id, step) in steps {
            self.step(id, step, &at.then(id), within, false);
        }
        let first = steps.keys().next().cloned();
        if first.is_none() {
            self.fault(
                "steps-missing",
                Spot::Key(at.clone()),
                None,
                Text::new("这里一个步骤也没有", "there is no step here"),
                None,
            );
        }
        first
    }

    /// Resolves a branch or a body: one step, or several below `steps`.
    fn branch(&mut self, id: &str, step: &StepFile, at: &Route, within: &Within) -> Branch {
        let entry = match &step.steps {
            Some(steps) => self.graph(steps, &at.then("steps"), Some(within)).unwrap_or_default(),
            None => {
                self.step(id, step, at, Some(within), true);
                id.to_owned()
            }
        };
        Branch { entry }
    }

    fn step(
        &mut self,
        id: &str,
        written: &StepFile,
        at: &Route,
        within: Option<&Within>,
        alone: bool,
    ) {
        if id == "start" {
            let words = Text::new(
                "`start` 是申请人的步骤，不能另用",
                "`start` is the applicant's own step, the name is taken",
            );
            self.fault("step-id-taken", Spot::Key(at.clone()), Some(id), words, None);
        }
        if let Some(other) = self.steps.get(id) {
            let words = Text::new(
                format!("步骤 `{id}` 在本流程中已经有了（{}）", other.title.zh),
                format!("there is already a step `{id}` in this process ({})", other.title.en),
            );
            let first = Related {
                file: self.file.to_owned(),
                spot: Spot::Key(other.route.clone()),
                message: Text::new("第一个在这里", "the first stands here"),
            };
            self.fault("step-duplicate", Spot::Key(at.clone()), Some(id), words, None);
            if let Some(finding) = self.findings.last_mut() {
                finding.related.push(first);
            }
            return;
        }
        let Some(step) = self.shared_step(id, written, at) else { return };
        // The place is taken first, so that the order of steps is that of the file although scopes nest.
        let place = self.steps.len();
        let Some(kind) = self.kind(id, &step, at, written.shared.is_some()) else { return };
        let title = step.title.clone().unwrap_or_else(|| Text::new(id, id));
        let resolved = Step {
            id: id.to_owned(),
            route: at.clone(),
            title,
            source: step.source.clone(),
            stage: step.stage.clone(),
            within: within.cloned(),
            alone,
            kind,
            next: step.next.clone(),
            on: step.on.clone(),
            due: step.due.clone(),
            rests_on: step.rests_on.clone(),
            forbid: step.forbid.clone(),
            separate_from: step.separate_from.clone(),
            shared: written.shared.clone(),
        };
        self.steps.shift_insert(place.min(self.steps.len()), id.to_owned(), resolved);
    }

    /// Replaces `use` by the shared step, with what is written beside it laid over.
    fn shared_step(&mut self, id: &str, written: &StepFile, at: &Route) -> Option<StepFile> {
        let Some(name) = &written.shared else {
            self.refuse_overrides(id, written, at);
            return Some(written.clone());
        };
        let Some(shared) = self.shared.steps.get(name) else {
            let words = Text::new(
                format!("没有共用步骤 `{name}`"),
                format!("there is no shared step `{name}`"),
            );
            let spot = Spot::Value(at.then("use"));
            let known = self.shared.steps.keys().map(String::as_str);
            let finding = Finding::error("use-unknown", self.file, spot, words);
            self.findings.push(finding.of(self.process, Some(id)).near(name, known));
            self.faulty = true;
            return None;
        };
        let mut step = shared.clone();
        if let Some(task) = &mut step.user_task {
            if let Some(candidates) = &written.candidates {
                task.candidates = candidates.clone();
            }
            task.form = written.form.clone().or(task.form.take());
            task.materials = written.materials.clone().unwrap_or_else(|| task.materials.clone());
            task.rules = written.rules.clone().unwrap_or_else(|| task.rules.clone());
            task.outcomes = written.outcomes.clone().unwrap_or_else(|| task.outcomes.clone());
        }
        step.title = written.title.clone().or(step.title);
        step.stage = written.stage.clone().or(step.stage);
        step.due = written.due.clone().or(step.due);
        step.rests_on = written.rests_on.clone().or(step.rests_on);
        if !written.source.is_empty() {
            step.source.clone_from(&written.source);
        }
        for (outcome, next) in &written.next {
            step.next.insert(outcome.clone(), next.clone());
        }
        for (message, next) in &written.on {
            step.on.insert(message.clone(), next.clone());
        }
        step.forbid.extend(written.forbid.iter().copied());
        step.separate_from.extend(written.separate_from.iter().cloned());
        Some(step)
    }

    fn refuse_overrides(&mut self, id: &str, written: &StepFile, at: &Route) {
        let given = [
            ("candidates", written.candidates.is_some()),
            ("form", written.form.is_some()),
            ("materials", written.materials.is_some()),
            ("rules", written.rules.is_some()),
            ("outcomes", written.outcomes.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            self.fault(
                "override-without-use",
                Spot::Key(at.then(key)),
                Some(id),
                Text::new(
                    format!("`{key}` 写在步骤上只用于改写共用步骤"),
                    format!("`{key}` beside a step's kind only replaces what a shared step says"),
                ),
                Some(Text::new("写进 user-task 里", "write it inside `user-task`")),
            );
        }
    }

    fn kind(&mut self, id: &str, step: &StepFile, at: &Route, used: bool) -> Option<Kind> {
        let given: Vec<&str> = [
            ("user-task", step.user_task.is_some()),
            ("service-task", step.service_task.is_some()),
            ("gateway", step.gateway.is_some()),
            ("parallel", step.parallel.is_some()),
            ("for-each", step.for_each.is_some()),
            ("wait", step.wait.is_some()),
            ("call", step.call.is_some()),
            ("end", step.end.is_some()),
            ("steps", step.steps.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect();
        let scope_shared =
            used && given.iter().any(|kind| ["parallel", "for-each", "steps"].contains(kind));
        if given.len() != 1 || given == ["steps"] || scope_shared {
            let found = if given.is_empty() { "—".to_owned() } else { given.join(", ") };
            let words = Text::new(
                format!("步骤 `{id}` 必须且只能有一种类型，这里是：{found}"),
                format!("step `{id}` is of exactly one kind, found: {found}"),
            );
            let help = Text::new(
                "写 use、user-task、service-task、gateway、parallel、for-each、wait、call、end 之一（steps 只能作分支或逐项的内容）",
                "write one of use, user-task, service-task, gateway, parallel, for-each, wait, call, end (`steps` only as a branch or a body)",
            );
            self.fault("step-kind", Spot::Key(at.clone()), Some(id), words, Some(help));
            return None;
        }
        self.chosen(id, step, at)
    }

    fn chosen(&mut self, id: &str, step: &StepFile, at: &Route) -> Option<Kind> {
        if let Some(task) = &step.user_task {
            if task.outcomes.is_empty() {
                let words =
                    Text::new("人工步骤至少要有一个结果", "a user task has at least one outcome");
                self.fault(
                    "outcomes-missing",
                    Spot::Key(at.then("user-task")),
                    Some(id),
                    words,
                    None,
                );
            }
            let task = task.clone();
            let judged = if task.judged.is_empty() {
                task.outcomes.first().cloned().into_iter().collect()
            } else {
                task.judged
            };
            return Some(Kind::UserTask(UserTask {
                candidates: task.candidates,
                outcomes: task.outcomes,
                form: task.form,
                materials: task.materials,
                opinion: task.opinion,
                rules: task.rules,
                cases: task.cases,
                judged,
            }));
        }
        if let Some(effects) = &step.service_task {
            return Some(Kind::ServiceTask { effects: effects.clone() });
        }
        if let Some(gateway) = &step.gateway {
            return Some(Kind::Gateway(gateway.clone()));
        }
        if let Some(branches) = &step.parallel {
            return self.parallel(id, branches, step, at);
        }
        if let Some(each) = &step.for_each {
            let within = Within { step: id.to_owned(), branch: "body".to_owned() };
            let join = self.join(id, step.join.as_ref(), at)?;
            let body = self.branch(
                &format!("{id}-row"),
                &each.body,
                &at.then("for-each").then("body"),
                &within,
            );
            return Some(Kind::ForEach(ForEach {
                items: each.items.clone(),
                subject: each.subject,
                in_turn: each.in_turn,
                body,
                join,
                excludes: each.excludes.clone(),
                open_until: each.open_until.clone(),
                reopen_until: each.reopen_until.clone(),
            }));
        }
        if let Some(wait) = &step.wait {
            return self.wait(id, wait, at).map(Kind::Wait);
        }
        if let Some(call) = &step.call {
            return Some(Kind::Call(call.clone()));
        }
        let result = step.end.clone()?;
        Some(Kind::End { result, effects: step.effects.clone() })
    }

    fn parallel(
        &mut self,
        id: &str,
        branches: &IndexMap<String, StepFile>,
        step: &StepFile,
        at: &Route,
    ) -> Option<Kind> {
        let join = self.join(id, step.join.as_ref(), at)?;
        let mut resolved = IndexMap::new();
        for (name, branch) in branches {
            let within = Within { step: id.to_owned(), branch: name.clone() };
            let branch = self.branch(name, branch, &at.then("parallel").then(name), &within);
            resolved.insert(name.clone(), branch);
        }
        if resolved.is_empty() {
            let words = Text::new("并行步骤没有分支", "a parallel step has no branches");
            self.fault("branches-missing", Spot::Key(at.then("parallel")), Some(id), words, None);
        }
        Some(Kind::Parallel { branches: resolved, join })
    }

    fn join(&mut self, id: &str, join: Option<&JoinFile>, at: &Route) -> Option<Join> {
        let Some(join) = join else {
            let words = Text::new(
                format!("步骤 `{id}` 没有写 join：分支怎样算办完"),
                format!("step `{id}` has no `join`: when are its branches done"),
            );
            let help = Text::new(
                "例如 join: {when: all, counts: [approve], at-once: [reject, return]}",
                "for example join: {when: all, counts: [approve], at-once: [reject, return]}",
            );
            self.fault("join-missing", Spot::Key(at.clone()), Some(id), words, Some(help));
            return None;
        };
        let need = match (join.when, &join.at_least, &join.share) {
            (JoinWhen::All, None, None) => JoinNeed::All,
            (JoinWhen::Any, None, None) => JoinNeed::Any,
            (JoinWhen::AtLeast, Some(n), None) => JoinNeed::AtLeast(n.clone()),
            (JoinWhen::Share, None, Some(share)) => JoinNeed::Share(share.clone()),
            _ => {
                let words = Text::new(
                    "join 的 when 与 at-least、share 不相配",
                    "`when` of the join does not go with its `at-least` and `share`",
                );
                let help = Text::new(
                    "when: at-least 配 at-least，when: share 配 share，其余都不写",
                    "`when: at-least` with `at-least`, `when: share` with `share`, otherwise neither",
                );
                self.fault("join-need", Spot::Key(at.then("join")), Some(id), words, Some(help));
                return None;
            }
        };
        Some(Join {
            need,
            counts: join.counts.clone(),
            at_once: join.at_once.clone(),
            deadline: join.deadline.clone(),
        })
    }

    fn wait(&mut self, id: &str, wait: &WaitFile, at: &Route) -> Option<Wait> {
        let mut periods: Vec<Period> = Vec::new();
        let days = |expr: &Option<Expr>, period: fn(Expr) -> Period| expr.clone().map(period);
        let named = |name: &Option<String>, period: fn(String) -> Period| name.clone().map(period);
        periods.extend(days(&wait.working_days, Period::WorkingDays));
        periods.extend(days(&wait.days, Period::Days));
        periods.extend(days(&wait.until, Period::Until));
        periods.extend(named(&wait.window, Period::Window));
        periods.extend(named(&wait.window_end, Period::WindowEnd));
        periods.extend(named(&wait.day, Period::Day));
        let several = periods.len() > 1;
        if several || (periods.is_empty() && wait.message.is_none()) {
            let words = Text::new(
                "等待要写一种时间，或一个消息，或两者",
                "a wait is for one stretch of time, or a message, or both",
            );
            self.fault("wait-for", Spot::Key(at.then("wait")), Some(id), words, None);
            return None;
        }
        Some(Wait {
            period: periods.pop(),
            message: wait.message.clone(),
            key: wait.key.clone(),
            answers: wait.answers.clone(),
            form: wait.form.clone(),
            by: wait.by.clone(),
        })
    }
}
