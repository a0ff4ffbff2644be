//! From a step to nodes of BPMN.
//!
//! Invariant: every way of the step leaves through exactly one exit.

use xueji_definition::file::{Due, Expr};
use xueji_definition::model::{JoinNeed, Kind, Period, Step};

use super::draft::{Draft, Exit};
use super::{Ending, Level, NodeKind, Rows, Trigger};
use crate::ways::{Target, Way, Word};

/// The answer of a wait whose time is over.
const ELAPSED: &str = "elapsed";

/// Ways with the same goal.
type Group<'a> = (Target<'a>, Vec<Way<'a>>);

impl<'a> Draft<'a, '_> {
    /// Adds a step; returns the node at which it begins, and how it is left.
    pub(super) fn step(&mut self, level: &mut Level, step: &'a Step) -> (String, Vec<Exit<'a>>) {
        let title = self.chart.text(&step.title).to_owned();
        let kind = match &step.kind {
            Kind::UserTask(task) => NodeKind::User { resource: self.resource(&task.candidates) },
            Kind::ServiceTask { .. } => NodeKind::Service,
            Kind::Call(call) => NodeKind::Call { process: call.process.clone() },
            Kind::Gateway(_) => return self.choice(level, step),
            Kind::Wait(_) => return self.wait(level, step),
            Kind::End { result, .. } => {
                let title = if title == step.id { self.chart.outcome(result) } else { title };
                let kind = NodeKind::End(Ending::Plain);
                let id = self.add(level, &format!("step_{}", step.id), &title, kind);
                self.about(level, step);
                return (id, Vec::new());
            }
            Kind::Parallel { .. } => {
                let inside = self.branches(step);
                NodeKind::Sub { level: inside, rows: None }
            }
            Kind::ForEach(each) => {
                let mut inside = Level::default();
                for (branch, entry, steps) in self.chart.opened(step) {
                    inside = self.inner(step, branch, entry, &steps);
                }
                let until = match &each.join.need {
                    JoinNeed::All => None,
                    JoinNeed::Any => Some("count >= 1".to_owned()),
                    JoinNeed::AtLeast(least) => Some(format!("count >= {}", least.0)),
                    JoinNeed::Share(share) => Some(format!("count >= {} * total", share.0)),
                };
                NodeKind::Sub { level: inside, rows: Some(Rows { in_turn: each.in_turn, until }) }
            }
        };
        let id = self.add(level, &format!("step_{}", step.id), &title, kind);
        self.about(level, step);
        let exits = self.activity(level, step, &id);
        (id, exits)
    }

    /// Says in words what BPMN has no element for.
    fn about(&self, level: &mut Level, step: &Step) {
        let mut said: Vec<String> = Vec::new();
        said.extend(self.chart.join(step));
        match &step.kind {
            Kind::ServiceTask { effects } | Kind::End { effects, .. } if !effects.is_empty() => {
                said.push(format!(
                    "{}{}",
                    self.chart.say("效果：", "effects: "),
                    effects.join(", ")
                ));
            }
            Kind::ForEach(each) => {
                said.push(format!("{}{}", self.chart.say("各项：", "items: "), each.items))
            }
            _ => {}
        }
        if let Some(due) = &step.due
            && due.outcome.is_none()
        {
            let Trigger::Timer { text, .. } = timer(due) else { return };
            said.push(format!("{}{text}", self.chart.say("期限：", "due: ")));
        }
        if let (Some(node), false) = (level.nodes.last_mut(), said.is_empty()) {
            node.about = Some(said.join("; "));
        }
    }

    /// Returns how an activity is left: by its outcomes, at its deadline, or by a message.
    fn activity(&mut self, level: &mut Level, step: &'a Step, host: &str) -> Vec<Exit<'a>> {
        let by_clock = step.due.as_ref().and_then(|due| due.outcome.as_deref());
        let said = match &step.kind {
            Kind::UserTask(task) => {
                by_clock.is_some_and(|o| task.outcomes.iter().any(|own| own == o))
            }
            _ => false,
        };
        let mut outcomes: Vec<Group<'a>> = Vec::new();
        let mut exits: Vec<Exit<'a>> = Vec::new();
        let groups = self.chart.grouped(step);
        for (to, ways) in merged_answers(groups) {
            let clock = |way: &Way<'a>| matches!(way.word, Word::Outcome(o) if Some(o) == by_clock);
            if let (Some(due), Some(_)) = (&step.due, ways.iter().find(|way| clock(way))) {
                let word = self.chart.outcome(by_clock.unwrap_or_default());
                exits.push(self.border(level, step, host, timer(due), &word, to));
            }
            let mut rest: Vec<Way<'a>> = Vec::new();
            for way in ways {
                match way.word {
                    Word::Message(message) => {
                        let word = self.chart.outcome(message);
                        let trigger = Trigger::Message(self.message(message));
                        exits.push(self.border(level, step, host, trigger, &word, to));
                    }
                    _ if clock(&way) && !said => {}
                    _ => rest.push(way),
                }
            }
            if !rest.is_empty() {
                outcomes.push((to, rest));
            }
        }
        let mut all = self.by_outcome(level, step, host, outcomes);
        all.extend(exits);
        all
    }

    fn border(
        &mut self,
        level: &mut Level,
        step: &Step,
        host: &str,
        trigger: Trigger,
        name: &str,
        to: Target<'a>,
    ) -> Exit<'a> {
        let what = if matches!(trigger, Trigger::Message(_)) { "on" } else { "due" };
        let kind = NodeKind::Border { host: host.to_owned(), trigger };
        let from = self.add(level, &format!("{what}_{}", step.id), name, kind);
        Exit { from, to, name: String::new(), condition: None, default: false, main: false }
    }

    /// Returns the exits by outcome, behind a gateway if there are several.
    fn by_outcome(
        &mut self,
        level: &mut Level,
        step: &'a Step,
        from: &str,
        groups: Vec<Group<'a>>,
    ) -> Vec<Exit<'a>> {
        let several = groups.len() > 1;
        let from = if several {
            let says = self.chart.say("结果", "outcome");
            let gateway =
                self.add(level, &format!("outcome_{}", step.id), says, NodeKind::Exclusive);
            self.flow(level, from, &gateway, true);
            gateway
        } else {
            from.to_owned()
        };
        let exits = groups.into_iter().enumerate().map(|(place, (to, ways))| Exit {
            from: from.clone(),
            to,
            name: if several { self.chart.label(&ways) } else { String::new() },
            condition: (several && place > 0).then(|| condition(&ways)),
            default: several && place == 0,
            main: place == 0,
        });
        exits.collect()
    }

    fn choice(&mut self, level: &mut Level, step: &'a Step) -> (String, Vec<Exit<'a>>) {
        let groups = self.chart.grouped(step);
        let several = groups.len() > 1;
        let title = self.chart.text(&step.title).to_owned();
        let kind = if several { NodeKind::Exclusive } else { NodeKind::Rule };
        let id = self.add(level, &format!("step_{}", step.id), &title, kind);
        let exits = groups.into_iter().enumerate().map(|(place, (to, ways))| {
            let otherwise = ways.iter().any(|way| way.word == Word::Otherwise);
            Exit {
                from: id.clone(),
                to,
                name: if several { self.chart.label(&ways) } else { String::new() },
                condition: (several && !otherwise).then(|| condition(&ways)),
                default: several && otherwise,
                main: place == 0,
            }
        });
        let exits = exits.collect();
        (id, exits)
    }

    /// A wait is an event, or several behind a gateway of which the first that happens is taken.
    fn wait(&mut self, level: &mut Level, step: &'a Step) -> (String, Vec<Exit<'a>>) {
        let Kind::Wait(wait) = &step.kind else { return (String::new(), Vec::new()) };
        let by_clock = step.due.as_ref().and_then(|due| due.outcome.as_deref());
        let mut events: Vec<(Trigger, String, Vec<Group<'a>>)> = Vec::new();
        let mut answers: Vec<Group<'a>> = Vec::new();
        for (to, ways) in merged_answers(self.chart.grouped(step)) {
            let mut rest = Vec::new();
            for way in ways {
                match (way.word, &wait.period, &step.due) {
                    (Word::Outcome(ELAPSED), Some(period), _) => {
                        let word = self.chart.outcome(ELAPSED);
                        events.push((period_timer(period), word, vec![(to, vec![way])]));
                    }
                    (Word::Outcome(outcome), _, Some(due)) if Some(outcome) == by_clock => {
                        let word = self.chart.outcome(outcome);
                        events.push((timer(due), word, vec![(to, vec![way])]));
                    }
                    (Word::Message(message), _, _) => {
                        let trigger = Trigger::Message(self.message(message));
                        events.push((trigger, self.chart.outcome(message), vec![(to, vec![way])]));
                    }
                    _ => rest.push(way),
                }
            }
            if !rest.is_empty() {
                answers.push((to, rest));
            }
        }
        if let Some(message) = &wait.message {
            let trigger = Trigger::Message(self.message(message));
            events.insert(0, (trigger, self.chart.outcome(message), answers));
        }
        let title = self.chart.text(&step.title).to_owned();
        let wished = format!("step_{}", step.id);
        let several = events.len() > 1;
        let mut head = None;
        if several {
            head = Some(self.add(level, &wished, &title, NodeKind::EventBased));
        }
        let mut exits = Vec::new();
        for (trigger, word, groups) in events {
            let what = if matches!(trigger, Trigger::Message(_)) { "message" } else { "time" };
            let (wished, title) = match &head {
                Some(_) => (format!("{what}_{}", step.id), word),
                None => (wished.clone(), title.clone()),
            };
            let event = self.add(level, &wished, &title, NodeKind::Catch(trigger));
            match &head {
                Some(head) => self.flow(level, head, &event, exits.is_empty()),
                None => head = Some(event.clone()),
            }
            exits.extend(self.by_outcome(level, step, &event, groups));
        }
        (head.unwrap_or_default(), exits)
    }

    /// The branches of a `parallel`, between a fork and a join.
    fn branches(&mut self, step: &'a Step) -> Level {
        let Kind::Parallel { join, .. } = &step.kind else { return Level::default() };
        let opened = self.chart.opened(step);
        if let [(branch, entry, steps)] = opened.as_slice() {
            return self.inner(step, branch, entry, steps);
        }
        let mut level = Level::default();
        let say = |zh, en| self.chart.say(zh, en);
        let begins = self.add(
            &mut level,
            &format!("begin_{}", step.id),
            say("开始", "begin"),
            NodeKind::Start,
        );
        let fork = self.add(
            &mut level,
            &format!("fork_{}", step.id),
            say("并行", "at once"),
            NodeKind::Parallel,
        );
        self.flow(&mut level, &begins, &fork, true);
        let mut heads: Vec<(String, String)> = Vec::new();
        let mut answered: Vec<String> = Vec::new();
        let mut exits: Vec<Exit<'a>> = Vec::new();
        let mut endless = false;
        for (branch, entry, steps) in opened {
            let (head, out) = if ends(&steps) {
                self.branch(&mut level, step, branch, entry, &steps)
            } else {
                endless = true;
                self.endless(&mut level, entry, &steps, &mut heads)
            };
            self.flow(&mut level, &fork, &head, answered.is_empty());
            let (out, on): (Vec<Exit<'a>>, Vec<Exit<'a>>) =
                out.into_iter().partition(|exit| matches!(exit.to, Target::Answer(_)));
            if !out.is_empty() {
                answered.push(self.one(&mut level, branch, out));
            }
            exits.extend(on);
        }
        self.joined(&mut level, step, &answered, endless || join.need == JoinNeed::Any);
        self.connect(&mut level, &heads, exits, None);
        level
    }

    /// Where the branches end: when all have answered; or with the first, which ends the others.
    fn joined(&mut self, level: &mut Level, step: &Step, answered: &[String], first: bool) {
        let say = |zh, en| self.chart.say(zh, en);
        let (all, over) = (say("等候各方", "all of them"), say("汇合", "joined"));
        let wished = format!("end_{}", step.id);
        if first {
            for from in answered {
                let end = self.add(level, &wished, over, NodeKind::End(Ending::All));
                self.flow(level, from, &end, false);
            }
            return;
        }
        let end = self.add(level, &wished, over, NodeKind::End(Ending::Plain));
        let join = self.add(level, &format!("join_{}", step.id), all, NodeKind::Parallel);
        self.flow(level, &join, &end, true);
        for from in answered {
            self.flow(level, from, &join, false);
        }
    }

    fn branch(
        &mut self,
        level: &mut Level,
        step: &'a Step,
        branch: &str,
        entry: &str,
        steps: &[&'a Step],
    ) -> (String, Vec<Exit<'a>>) {
        if let [only] = steps {
            return self.step(level, only);
        }
        let inside = self.inner(step, branch, entry, steps);
        let title = self.chart.say("分支", "branch").to_owned();
        let kind = NodeKind::Sub { level: inside, rows: None };
        let id = self.add(level, &format!("branch_{}_{branch}", step.id), &title, kind);
        let (name, condition) = (String::new(), None);
        let to = Target::Answer("done");
        let exit = Exit { from: id.clone(), to, name, condition, default: false, main: true };
        (id, vec![exit])
    }

    /// A branch that goes round until the others end it: that is asked at its first step, for it must have an end.
    fn endless(
        &mut self,
        level: &mut Level,
        entry: &str,
        steps: &[&'a Step],
        heads: &mut Vec<(String, String)>,
    ) -> (String, Vec<Exit<'a>>) {
        let say = |zh, en| self.chart.say(zh, en);
        let (asks, no, yes) =
            (say("其他分支已答复", "have the others answered"), say("否", "no"), say("是", "yes"));
        let asked = self.add(level, &format!("over_{entry}"), asks, NodeKind::Exclusive);
        let over = self.add(level, &format!("stop_{entry}"), asks, NodeKind::End(Ending::Plain));
        let mut exits = Vec::new();
        for step in steps {
            let (head, out) = self.step(level, step);
            if step.id == entry {
                self.flow(level, &asked, &head, true);
                if let Some(flow) = level.flows.last_mut() {
                    (flow.name, flow.default) = (no.to_owned(), true);
                }
                heads.push((step.id.clone(), asked.clone()));
            } else {
                heads.push((step.id.clone(), head));
            }
            exits.extend(out);
        }
        self.flow(level, &asked, &over, false);
        if let Some(flow) = level.flows.last_mut() {
            (flow.name, flow.condition) = (yes.to_owned(), Some("others answered".to_owned()));
        }
        (asked, exits)
    }

    /// Leads several answers of one branch together, so that the join takes one token of it.
    fn one(&mut self, level: &mut Level, branch: &str, answers: Vec<Exit<'a>>) -> String {
        if let [only] = answers.as_slice() {
            return only.from.clone();
        }
        let merge = self.add(level, &format!("merge_{branch}"), "", NodeKind::Exclusive);
        for exit in answers {
            self.flow(level, &exit.from, &merge, exit.main);
        }
        merge
    }
}

/// Tells whether a branch can answer.
fn ends(steps: &[&Step]) -> bool {
    steps.iter().any(|step| step.alone || matches!(step.kind, Kind::End { .. }))
}

/// The answers of a branch of one step all lead out of it: one goal.
fn merged_answers(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let mut merged: Vec<Group<'_>> = Vec::new();
    for (to, ways) in groups {
        let answer = matches!(to, Target::Answer(_));
        match merged.iter_mut().find(|(known, _)| answer && matches!(known, Target::Answer(_))) {
            Some((_, known)) => known.extend(ways),
            None => merged.push((to, ways)),
        }
    }
    merged
}

fn condition(ways: &[Way<'_>]) -> String {
    let said = ways.iter().map(|way| match way.word {
        Word::Outcome(outcome) | Word::Message(outcome) => format!("outcome == \"{outcome}\""),
        Word::Choice(rule) => format!("rule(\"{rule}\")"),
        Word::Otherwise => "otherwise".to_owned(),
    });
    said.collect::<Vec<_>>().join(" || ")
}

/// Returns a deadline as a timer.
pub(super) fn timer(due: &Due) -> Trigger {
    let date = due.working_days.is_none() && due.days.is_none();
    let text = match (&due.working_days, &due.days, &due.until) {
        (Some(days), _, _) => format!("working-days({})", days.0),
        (_, Some(days), _) => days_of(days),
        (_, _, Some(until)) => until.0.clone(),
        _ => String::new(),
    };
    Trigger::Timer { date, text }
}

fn days_of(days: &Expr) -> String {
    let plain = !days.0.is_empty() && days.0.chars().all(|c| c.is_ascii_digit());
    if plain { format!("P{}D", days.0) } else { format!("days({})", days.0) }
}

fn period_timer(period: &Period) -> Trigger {
    let (date, text) = match period {
        Period::WorkingDays(days) => (false, format!("working-days({})", days.0)),
        Period::Days(days) => (false, days_of(days)),
        Period::Until(until) => (true, until.0.clone()),
        Period::Window(window) => (true, format!("window-opens(\"{window}\")")),
        Period::WindowEnd(window) => (true, format!("window-ends(\"{window}\")")),
        Period::Day(day) => (true, format!("day(\"{day}\")")),
    };
    Trigger::Timer { date, text }
}
