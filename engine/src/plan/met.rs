//! What a case may still meet on its way, from where its tokens stand.
//!
//! Invariant: the way is the one onward: a return leads back into what the case has met before, and is not followed. All
//! that lies onward is in the answer; more may be.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use xueji_definition::file::{Candidates, Due, Field};
use xueji_definition::model::{Kind, Process, Step};
use xueji_runtime::Release;
use xueji_runtime::migration::{At, Token};
use xueji_runtime::state::START;

use super::change::Touch;

/// The outcome that leads back.
const RETURN: &str = "return";

/// Returns what cases meet of which the tokens stand so.
pub(super) fn met(release: &Release, process: &str, tokens: &BTreeSet<Token>) -> BTreeSet<Touch> {
    let Some(of) = release.process(process) else { return BTreeSet::new() };
    let mut way = Way { release, of, met: BTreeSet::new(), ahead: Vec::new() };
    way.met.insert(Touch::Process(of.id.clone()));
    for token in tokens {
        if token.step == START {
            way.start();
        } else if let Some(step) = of.step(&token.step) {
            way.standing(step, &token.at);
        }
    }
    while let Some(step) = way.ahead.pop() {
        if way.met.insert(Touch::Step(of.id.clone(), step.id.clone())) {
            way.step(step, true);
        }
    }
    way.met
}

struct Way<'a> {
    release: &'a Release,
    of: &'a Process,
    met: BTreeSet<Touch>,
    ahead: Vec<&'a Step>,
}

impl<'a> Way<'a> {
    fn go(&mut self, id: &str) {
        self.ahead.extend(self.of.step(id));
    }

    /// The applicant hands the case in once more: all that starting asks for is met.
    fn start(&mut self) {
        let start = &self.of.start;
        self.met.insert(Touch::Start(self.of.id.clone()));
        self.form(start.form.as_deref());
        self.lists(&start.rules, &start.materials);
        for case in &start.cases {
            self.text(&case.when.0);
            self.lists(&case.rules, &case.materials);
        }
        self.go(&self.of.entry);
    }

    /// A step at which a token stands: its branches are open, and are tokens of their own.
    fn standing(&mut self, step: &'a Step, at: &At) {
        self.met.insert(Touch::Step(self.of.id.clone(), step.id.clone()));
        self.step(step, *at != At::Branches || matches!(step.kind, Kind::ForEach(_)));
    }

    fn step(&mut self, step: &'a Step, opens: bool) {
        self.due(step.due.as_ref());
        match &step.kind {
            Kind::UserTask(task) => {
                self.candidates(&task.candidates);
                self.form(task.form.as_deref());
                self.lists(&task.rules, &task.materials);
                for case in &task.cases {
                    self.text(&case.when.0);
                    self.lists(&case.rules, &case.materials);
                }
            }
            Kind::ServiceTask { effects } | Kind::End { effects, .. } => {
                effects.iter().for_each(|effect| self.effect(effect));
            }
            Kind::Gateway(gateway) => {
                for choice in &gateway.choices {
                    self.rule(&choice.when);
                    self.go(&choice.next);
                }
                self.go(&gateway.otherwise);
            }
            Kind::Parallel { branches, join } => {
                self.due(join.deadline.as_ref());
                if opens {
                    branches.values().for_each(|branch| self.go(&branch.entry));
                }
            }
            Kind::ForEach(each) => {
                self.due(each.join.deadline.as_ref());
                self.query(&each.items);
                if opens {
                    self.go(&each.body.entry);
                }
            }
            Kind::Wait(wait) => {
                let json = format!("{:?} {:?}", wait.period, wait.key);
                self.text(&json);
                self.form(wait.form.as_deref());
                wait.by.iter().for_each(|by| self.candidates(by));
            }
            Kind::Call(call) => {
                call.form.values().chain(&call.subject).for_each(|expr| self.text(&expr.0));
            }
        }
        let onward = step.next.iter().filter(|(outcome, _)| *outcome != RETURN);
        for (_, next) in onward.chain(&step.on) {
            self.go(next);
        }
    }

    fn candidates(&mut self, to: &Candidates) {
        to.unit.iter().for_each(|unit| self.text(&unit.0));
    }

    fn due(&mut self, due: Option<&Due>) {
        let Some(due) = due else { return };
        let days =
            [&due.working_days, &due.days, &due.until, &due.remind_after, &due.escalate_after];
        days.into_iter().flatten().for_each(|expr| self.text(&expr.0));
    }

    fn lists(&mut self, rules: &[String], materials: &[String]) {
        rules.iter().for_each(|rule| self.rule(rule));
        for list in materials {
            if self.met.insert(Touch::Materials(list.clone()))
                && let Some(list) = self.release.definitions.materials.get(list)
            {
                let when = list.items.iter().filter_map(|item| item.required_when.as_ref());
                when.for_each(|expr| self.text(&expr.0));
            }
        }
    }

    fn rule(&mut self, name: &str) {
        if !self.met.insert(Touch::Rule(name.to_owned())) {
            return;
        }
        let Some(rule) = self.release.rules.get(name) else { return };
        for read in &rule.reads {
            self.text(&read.path);
        }
        rule.off_by.iter().for_each(|path| self.text(path));
    }

    fn form(&mut self, form: Option<&str>) {
        let Some(id) = form else { return };
        if self.met.insert(Touch::Form(id.to_owned()))
            && let Some(form) = self.release.definitions.forms.get(id)
        {
            form.fields.values().for_each(|field| self.field(field));
        }
    }

    fn field(&mut self, field: &Field) {
        self.met.extend(field.codes.clone().map(Touch::Codes));
        self.met.extend(field.record.clone().map(Touch::Record));
        let when = [&field.required_when, &field.visible_when, &field.computed];
        when.into_iter().flatten().for_each(|expr| self.text(&expr.0));
        field.fields.values().for_each(|field| self.field(field));
    }

    fn effect(&mut self, name: &str) {
        if !self.met.insert(Touch::Effect(self.of.id.clone(), name.to_owned())) {
            return;
        }
        let file = self.release.definitions.process_files.get(&self.of.id);
        let Some(effect) = file.and_then(|file| file.effects.get(name)) else { return };
        if let Some(number) = &effect.number {
            self.series(&number.series);
        }
        self.met.extend(effect.document.iter().map(|d| Touch::Document(d.template.clone())));
        self.met.extend(effect.notice.iter().map(|n| Touch::Notice(n.notice.clone())));
        self.json(&serde_json::to_value(effect).unwrap_or_default());
    }

    fn series(&mut self, name: &str) {
        if self.met.insert(Touch::Series(name.to_owned()))
            && let Some(series) = self.release.definitions.numbering.series.get(name)
        {
            series.parts.values().for_each(|part| self.text(&part.0));
        }
    }

    fn fact(&mut self, name: &str) {
        if self.met.insert(Touch::Fact(name.to_owned()))
            && let Some(fact) = self.release.definitions.facts_file.facts.get(name)
        {
            self.json(&serde_json::to_value(fact).unwrap_or_default());
        }
    }

    fn query(&mut self, name: &str) {
        if self.met.insert(Touch::Query(name.to_owned()))
            && let Some(query) = self.release.definitions.facts_file.queries.get(name)
        {
            query.rules.iter().for_each(|rule| self.rule(rule));
            self.json(&serde_json::to_value(query).unwrap_or_default());
        }
    }

    /// Looks through every text: any may be an expression, or name a query.
    fn json(&mut self, json: &Json) {
        match json {
            Json::String(text) => {
                self.text(text);
                if self.release.definitions.facts_file.queries.contains_key(text) {
                    self.query(text);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.json(item)),
            Json::Object(map) => map.values().for_each(|value| self.json(value)),
            _ => {}
        }
    }

    /// Notes the parameters and facts that an expression reads.
    fn text(&mut self, text: &str) {
        if text.contains("param") {
            let all = self.release.definitions.parameters.parameters.keys();
            let read = all.filter(|name| reads(text, "param", name)).cloned();
            self.met.extend(read.map(Touch::Parameter));
        }
        if text.contains("fact.") {
            let all: Vec<String> =
                self.release.definitions.facts_file.facts.keys().cloned().collect();
            all.iter().filter(|name| reads(text, "fact", name)).for_each(|name| self.fact(name));
        }
    }
}

/// Tells whether a text reads `root.name`, or something that holds it or that it holds.
pub(super) fn reads(text: &str, root: &str, name: &str) -> bool {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.split(|c: char| !is_path(c)).any(|path| {
        let Some(path) = path.strip_prefix(root) else { return false };
        if path.is_empty() {
            return true;
        }
        let Some(path) = path.strip_prefix('.').map(|path| path.trim_end_matches('.')) else {
            return false;
        };
        let holds = |one: &str, other: &str| {
            other.strip_prefix(one).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        holds(path, name) || holds(name, path)
    })
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn a_parameter_is_read_by_its_path_by_what_holds_it_and_by_what_it_holds() {
        for text in ["param.notice.days", "x + param.notice.days.first", "f(param.notice)", "param"]
        {
            assert!(reads(text, "param", "notice.days"), "{text}");
        }
        for text in ["param.notice.daysoff", "params.notice.days", "form.param", "param.not"] {
            assert!(!reads(text, "param", "notice.days"), "{text}");
        }
    }
}
