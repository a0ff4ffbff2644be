//! One process of the book: picture, who begins it with what, on which conditions, step by step, and what it ends in.
//!
//! Invariant: the steps stand in the order of the file, those of a branch under the step that opens it.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};
use xueji_definition::file::{Case, Expr, Field};
use xueji_definition::model::{Kind, Process, Step};
use xueji_drawing::{Chart, Target};
use xueji_rules::{Effect, Rule};

use crate::Book;

impl Book<'_> {
    /// Returns the parts of a process, without its heading.
    pub(crate) fn process(&self, process: &Process) -> Markup {
        let chart = Chart {
            process,
            definitions: self.definitions,
            rules: self.rules,
            language: self.language,
        };
        html! {
            @if let Some(about) = &process.about { p.about { (self.text(about)) } }
            @if !process.source.is_empty() {
                p.source { (self.say("流程图框：", "Boxes of the chart: ")) (process.source.join(self.say("、", ", "))) }
            }
            figure { (PreEscaped(xueji_drawing::svg::svg(&chart))) }
            (self.start(process))
            h3 { (self.say("办理步骤", "Step by step")) }
            (self.steps(&chart))
            (self.parameters(process))
        }
    }

    fn start(&self, process: &Process) -> Markup {
        let start = &process.start;
        let who = std::iter::once(&start.by).chain(&start.or_by).map(|by| self.who(process, by));
        let form = start.form.as_ref().and_then(|id| self.definitions.forms.get(id));
        html! {
            h3 { (self.say("申请", "Application")) }
            dl {
                dt { (self.say("谁可以申请", "Who may apply")) }
                dd { (who.collect::<Vec<_>>().join(self.say("；", "; "))) }
                @if let Some(form) = form {
                    dt { (self.say("要填的", "What is asked")) }
                    dd { ul { @for field in form.fields.values().filter(|field| is_asked(field)) {
                        li {
                            (self.text(&field.title))
                            @if field.required { span.must { (self.say("（必填）", " (required)")) } }
                        }
                    } } }
                }
                (self.papers(process, &start.materials, &start.cases))
                (self.conditions(process, &start.rules, &start.cases))
                @if !start.excludes.is_empty() {
                    dt { (self.say("同时不能办理", "Not beside")) }
                    dd { (start.excludes.iter().map(|id| format!("“{}”", self.title_of(id))).collect::<Vec<_>>().join(self.say("、", ", "))) }
                }
            }
        }
    }

    fn papers(&self, process: &Process, lists: &[String], cases: &[Case]) -> Markup {
        let ids = lists.iter().chain(cases.iter().flat_map(|case| &case.materials));
        let lists: Vec<_> = ids.filter_map(|id| self.definitions.materials.get(id)).collect();
        html! {
            @if !lists.is_empty() {
                dt { (self.say("要交的材料", "Papers to hand in")) }
                dd { ul { @for item in lists.iter().flat_map(|list| &list.items) {
                    li {
                        (self.text(&item.title))
                        @if item.required { span.must { (self.say("（必交）", " (required)")) } }
                        @if let Some(when) = &item.required_when { span.when { (self.when(process, when)) } }
                        @if item.original { (self.say("，验原件", ", the original is shown")) }
                        @if let Some(source) = &item.source { span.source { " " (source) } }
                    }
                } } }
            }
        }
    }

    fn conditions(&self, process: &Process, rules: &[String], cases: &[Case]) -> Markup {
        html! {
            @if !rules.is_empty() || !cases.is_empty() {
                dt { (self.say("条件", "Conditions")) }
                dd {
                    (self.rules(rules))
                    @for case in cases.iter().filter(|case| !case.rules.is_empty()) {
                        p.when { (self.when(process, &case.when)) }
                        (self.rules(&case.rules))
                    }
                }
            }
        }
    }

    fn rules(&self, names: &[String]) -> Markup {
        let rules: Vec<&Rule> = names.iter().filter_map(|name| self.rules.get(name)).collect();
        html! {
            @if !rules.is_empty() {
                ul.rules { @for rule in rules {
                    li {
                        (self.text(&rule.title))
                        span.source { " " (rule.id) @if !rule.articles.is_empty() { "，" (rule.articles.join("；")) } }
                        span.effect { " " (self.effect(rule.effect)) }
                        @if let Some(role) = &rule.override_role {
                            span.effect { (self.say("；可由", "; may be set aside by ")) (self.role(role)) (self.say("写明理由放行", ", with a reason")) }
                        }
                    }
                } }
            }
        }
    }

    fn effect(&self, effect: Effect) -> &str {
        match effect {
            Effect::Block => self.say("不符合即不能办", "else it is refused"),
            Effect::Require => self.say("不符合即须补齐", "else something is owed"),
            Effect::Hold => self.say("不符合即暂缓", "else it waits"),
            Effect::Warn => self.say("不符合即提示", "else it is pointed out"),
            Effect::Include | Effect::Conclude | Effect::Decide | Effect::Route | Effect::Rank => {
                ""
            }
        }
    }

    fn when(&self, process: &Process, when: &Expr) -> String {
        let condition = self.condition(process, when);
        format!("{}{condition}{}", self.say("（当", " (when "), self.say("）", ")"))
    }

    fn steps(&self, chart: &Chart<'_>) -> Markup {
        html! {
            table.steps {
                thead { tr {
                    th { (self.say("步骤", "Step")) }
                    th { (self.say("谁办", "Who")) }
                    th { (self.say("期限", "By when")) }
                    th { (self.say("结果与去向", "Answers, and where they lead")) }
                    th { (self.say("依据", "On which ground")) }
                } }
                tbody { @for step in chart.process.steps.values().filter(|step| !is_bare_end(step)) {
                    (self.step(chart, step))
                } }
            }
        }
    }

    fn step(&self, chart: &Chart<'_>, step: &Step) -> Markup {
        let depth = depth(chart.process, step);
        let ways = chart.ways(step);
        html! {
            tr {
                td class={ "depth-" (depth.min(4)) } {
                    b { (self.text(&step.title)) }
                    @if let Kind::UserTask(task) = &step.kind {
                        @if let Some(form) = task.form.as_ref().and_then(|id| self.definitions.forms.get(id)) {
                            p.small { (self.say("填写：", "Fills in: ")) (self.text(&form.title)) }
                        }
                        @if !step.separate_from.is_empty() {
                            p.small { (self.say("不得与这些步骤同一人：", "Not the one who did: ")) (self.titles(chart.process, &step.separate_from)) }
                        }
                    }
                }
                td {
                    (self.who_does(chart.process, step))
                    @for done in self.does(chart.process, step) { p.small { (done) } }
                }
                td { (step.due.as_ref().and_then(|due| self.due(chart, due)).unwrap_or_default()) }
                td {
                    @if let Kind::End { result, .. } = &step.kind {
                        (self.say("结束：", "End: ")) (chart.word(&xueji_drawing::Word::Outcome(result)))
                    }
                    ul.ways { @for way in &ways {
                        li { (chart.word(&way.word)) " → " (self.goal(chart, &way.to)) }
                    } }
                }
                td { (self.grounds(chart.process, step)) }
            }
        }
    }

    fn who_does(&self, process: &Process, step: &Step) -> Markup {
        let own = match &step.kind {
            Kind::UserTask(task) => self.who(process, &task.candidates),
            Kind::ServiceTask { .. } => self.say("系统自动", "The system").to_owned(),
            Kind::Gateway(_) => self.say("系统按条件判断", "By rule").to_owned(),
            Kind::Parallel { .. } => self.say("同时进行", "Side by side").to_owned(),
            Kind::ForEach(each) => {
                let query = self.definitions.queries.get(&each.items);
                let title = query.map_or(each.items.as_str(), |query| self.text(&query.title));
                format!("{}{title}", self.say("逐项：", "For each: "))
            }
            Kind::Wait(wait) => {
                let time = wait.period.as_ref().map(|period| self.period(process, period));
                let told = wait.message.as_ref().map(|_| match &wait.by {
                    Some(by) => format!(
                        "{}{}",
                        self.say("等外部结果，登记人：", "An answer from outside, recorded by "),
                        self.who(process, by)
                    ),
                    None => self.say("等外部结果", "An answer from outside").to_owned(),
                });
                time.into_iter().chain(told).collect::<Vec<_>>().join(self.say("；", "; "))
            }
            Kind::Call(call) => {
                format!(
                    "{}{}",
                    self.say("另办：", "Another process: "),
                    self.title_of(&call.process)
                )
            }
            Kind::End { .. } => String::new(),
        };
        html! { (own) }
    }

    fn grounds(&self, process: &Process, step: &Step) -> Markup {
        let (rules, cases): (&[String], &[Case]) = match &step.kind {
            Kind::UserTask(task) => (&task.rules, &task.cases),
            _ => (&[], &[]),
        };
        html! {
            @if !step.source.is_empty() { span.source { (step.source.join(self.say("、", ", "))) } }
            (self.rules(rules))
            @for case in cases.iter().filter(|case| !case.rules.is_empty()) {
                p.when { (self.when(process, &case.when)) }
                (self.rules(&case.rules))
            }
        }
    }

    fn goal(&self, chart: &Chart<'_>, to: &Target<'_>) -> String {
        let bare = |id: &str| chart.process.steps.get(id).filter(|step| is_bare_end(step));
        match to {
            Target::Step(id) => match bare(id).map(|step| &step.kind) {
                Some(Kind::End { result, .. }) => self.goal(chart, &Target::Answer(result)),
                _ => self.title_of_step(chart.process, id),
            },
            Target::Start => self.say("退回申请人", "back to who applied").to_owned(),
            Target::Answer(answer) => format!(
                "{}{}",
                self.say("本分支答：", "the branch answers: "),
                chart.word(&xueji_drawing::Word::Outcome(answer))
            ),
        }
    }

    /// The parameters that the process and its rules read: what can be changed without changing a step.
    fn parameters(&self, process: &Process) -> Markup {
        let mut text = format!("{process:?}");
        for rule in self.rules.rules() {
            if text.contains(&format!("{:?}", rule.name)) {
                text.extend(rule.reads.iter().map(|read| format!(" {} ", read.path)));
            }
        }
        // Facts are worked out with parameters, too, and from other facts.
        let facts = &self.definitions.facts;
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        while let Some((name, fact)) = facts.iter().find(|(name, _)| {
            !asked.contains(name.as_str()) && names_it(&text, &format!("fact.{name}"))
        }) {
            asked.insert(name);
            text.push_str(&format!("{fact:?}"));
        }
        let parameters = &self.definitions.parameters.parameters;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        names.extend(
            parameters
                .keys()
                .map(String::as_str)
                .filter(|n| names_it(&text, &format!("param.{n}"))),
        );
        let all = names.iter().filter_map(|name| self.definitions.parameters.parameters.get(*name));
        html! {
            @if !names.is_empty() {
                h3 { (self.say("数值与期限", "Numbers and periods")) }
                table { tbody { @for parameter in all { @for value in &parameter.values {
                    tr {
                        td { (self.text(&parameter.title)) }
                        td { (self.dated(parameter, value)) }
                        td.source { (value.source) }
                    }
                } } } }
            }
        }
    }

    fn title_of(&self, process: &str) -> String {
        let known = self.definitions.processes.get(process);
        known.map_or_else(|| process.to_owned(), |known| self.text(&known.title).to_owned())
    }

    fn title_of_step(&self, process: &Process, step: &str) -> String {
        let known = process.steps.get(step);
        known.map_or_else(|| step.to_owned(), |known| self.text(&known.title).to_owned())
    }

    fn titles(&self, process: &Process, steps: &[String]) -> String {
        let titles = steps.iter().map(|step| self.title_of_step(process, step));
        titles.collect::<Vec<_>>().join(self.say("、", ", "))
    }
}

/// Tells whether a text names a path itself, and not only one that begins alike.
fn names_it(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let next = text.get(at + path.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Tells whether somebody is asked for a field; others the engine fills in.
fn is_asked(field: &Field) -> bool {
    let hidden = field.visible_when.as_ref().is_some_and(|when| when.0.trim() == "false");
    field.computed.is_none() && !hidden
}

/// Tells whether a step is the bare end of a branch, which nobody gave a name.
fn is_bare_end(step: &Step) -> bool {
    matches!(step.kind, Kind::End { .. }) && step.title.zh == step.id
}

/// How many scopes are around a step.
fn depth(process: &Process, step: &Step) -> usize {
    let mut within = step.within.as_ref();
    let mut depth = 0;
    while let Some(at) = within.filter(|_| depth <= process.steps.len()) {
        depth += 1;
        within = process.steps.get(&at.step).and_then(|step| step.within.as_ref());
    }
    depth
}
