//! One moment: the rules that the edited files ask for at it, judged on what is known, beside what was said then.
//!
//! Invariant: every rule of either list is told exactly once: same, changed, or cannot be told.

use std::collections::BTreeMap;

use serde::Serialize;
use xueji_definition::Text;
use xueji_definition::file::Case;
use xueji_definition::value::Value;
use xueji_rules::{Answer, Effect, Outcome, Reads, Rule};
use xueji_runtime::Release;
use xueji_runtime::verdict::{Says, Verdict};

use super::known::Known;
use super::report::{Change, ChangeKind, Consequence, ParameterChange, Report, Side, Spot, Why};

/// The pseudo-rule of processes that exclude one another.
pub(super) const EXCLUDES: &str = "excludes";

/// A moment at which rules were judged.
pub(super) struct Moment<'a> {
    pub(super) spot: Spot,
    pub(super) then: &'a [Verdict],
    pub(super) known: Known<'a>,
    pub(super) edited: &'a Release,
}

/// A verdict under the edited rules.
struct Now<'a> {
    rule: &'a Rule,
    says: Says,
    reason: Text,
    reads: Reads,
}

/// What came of judging a rule anew.
enum Anew<'a> {
    Said(Now<'a>),
    Off,
    Unknown(Why),
}

impl<'a> Moment<'a> {
    /// Judges the rules of a list, and those of the cases whose condition holds.
    pub(super) fn list(&self, rules: &[String], cases: &[Case], report: &mut Report) {
        let mut listed: BTreeMap<&str, Option<Why>> = BTreeMap::new();
        for rule in rules {
            listed.insert(rule, None);
        }
        for case in cases {
            let asked = self.applies(case);
            for rule in &case.rules {
                match &asked {
                    Ok(false) => {}
                    Ok(true) => {
                        listed.insert(rule, None);
                    }
                    Err(why) => {
                        listed.entry(rule).or_insert_with(|| Some(why.clone()));
                    }
                }
            }
        }
        for verdict in self.then.iter().filter(|said| said.rule != EXCLUDES) {
            match listed.remove(verdict.rule.as_str()) {
                Some(None) => self.again(verdict, report),
                Some(Some(why)) => {
                    report.cannot_tell(&self.spot, &verdict.rule, &verdict.title, why)
                }
                None => self.dropped(verdict, report),
            }
        }
        for (rule, why) in listed {
            self.added(rule, why, report);
        }
    }

    /// Tells whether the rules of a case apply.
    fn applies(&self, case: &Case) -> Result<bool, Why> {
        let compiled = self.edited.expression(&case.when);
        let Ok(expression) = compiled.as_ref() else { return Ok(false) };
        let evaluated = expression.evaluate(&self.known.inputs);
        if let Some(path) = self.known.unknown(&evaluated.reads) {
            return Err(Why::ConditionNotRecorded(path));
        }
        Ok(matches!(evaluated.answer, Answer::Value { value: Some(Value::Bool(true)) }))
    }

    fn judge(&self, name: &str) -> Anew<'a> {
        let Some(rule) = self.edited.rules.get(name) else { return Anew::Off };
        let rules = &self.edited.rules;
        let judged = rules.judge(name, &self.known.inputs);
        // A no is a no even where its reason has words that nobody recorded.
        let unknown = self.known.unknown(&judged.reads).and_then(|path| match judged.outcome {
            Outcome::NotSatisfied => {
                self.known.unknown(&rules.condition_reads(name, &self.known.inputs))
            }
            _ => Some(path),
        });
        if let Some(path) = unknown {
            let fact = path.strip_prefix("fact.").and_then(|rest| rest.split('.').next());
            let stale = fact.filter(|fact| self.known.settings.stale.contains(*fact));
            return Anew::Unknown(match stale {
                Some(fact) => Why::FactChanged(fact.to_owned()),
                None => Why::NotRecorded(path),
            });
        }
        let says = match judged.outcome {
            Outcome::Off => return Anew::Off,
            Outcome::Satisfied => Says::Satisfied,
            Outcome::NotSatisfied => Says::NotSatisfied,
            Outcome::NotJudged { missing } => Says::NotJudged { missing },
            Outcome::Fault { message, .. } => Says::Fault { message },
        };
        let reason = match says {
            Says::Satisfied => rule.title.clone(),
            _ => judged.reason.unwrap_or_else(|| rule.title.clone()),
        };
        Anew::Said(Now { rule, says, reason, reads: judged.reads })
    }

    /// Judges a recorded verdict again.
    fn again(&self, then: &Verdict, report: &mut Report) {
        match self.judge(&then.rule) {
            Anew::Off => self.dropped(then, report),
            Anew::Unknown(why) => report.cannot_tell(&self.spot, &then.rule, &then.title, why),
            Anew::Said(now) => {
                let title = now.rule.title.clone();
                let (before, after) = (side_then(then), side_now(&now, then.overridden.is_some()));
                let kind = if kind_of(&then.says) != kind_of(&now.says) {
                    ChangeKind::Verdict
                } else if before.consequence != after.consequence {
                    ChangeKind::Effect
                } else {
                    let reworded = now.says != Says::Satisfied && before.reason != after.reason;
                    report.same(&self.spot, &then.rule, &title, reworded);
                    return;
                };
                let parameters = self.parameters(&now.reads);
                let change = self.change(now.rule, kind, Some(before), Some(after), parameters);
                report.changed(change, &title);
            }
        }
    }

    fn change(
        &self,
        rule: &Rule,
        kind: ChangeKind,
        then: Option<Side>,
        now: Option<Side>,
        parameters: Vec<ParameterChange>,
    ) -> Change {
        Change {
            spot: self.spot.clone(),
            rule: rule.name.clone(),
            id: Some(rule.id.clone()),
            kind,
            then,
            now,
            parameters,
        }
    }

    /// A rule that is no longer judged. Where it was satisfied, nothing changes for the case.
    fn dropped(&self, then: &Verdict, report: &mut Report) {
        if then.says == Says::Satisfied {
            report.same(&self.spot, &then.rule, &then.title, false);
            return;
        }
        let change = Change {
            spot: self.spot.clone(),
            rule: then.rule.clone(),
            id: then.id.clone(),
            kind: ChangeKind::Dropped,
            then: Some(side_then(then)),
            now: None,
            parameters: Vec::new(),
        };
        report.changed(change, &then.title);
    }

    /// A rule that is new in the list. Where it is satisfied, nothing changes for the case.
    fn added(&self, name: &str, why: Option<Why>, report: &mut Report) {
        let Some(rule) = self.edited.rules.get(name) else { return };
        if let Some(why) = why {
            report.cannot_tell(&self.spot, name, &rule.title, why);
            return;
        }
        match self.judge(name) {
            Anew::Off => {}
            Anew::Unknown(why) => report.cannot_tell(&self.spot, name, &rule.title, why),
            Anew::Said(now) if now.says == Says::Satisfied => {
                report.same(&self.spot, name, &rule.title, false);
            }
            Anew::Said(now) => {
                let parameters = self.parameters(&now.reads);
                let side = side_now(&now, false);
                let change = self.change(rule, ChangeKind::Added, None, Some(side), parameters);
                report.changed(change, &rule.title);
            }
        }
    }

    /// Walks a gateway again.
    pub(super) fn gateway(
        &self,
        gateway: &xueji_definition::file::Gateway,
        next: &str,
        report: &mut Report,
    ) {
        let mut judged: Vec<Now<'_>> = Vec::new();
        let mut leads = gateway.otherwise.as_str();
        for choice in &gateway.choices {
            match self.judge(&choice.when) {
                Anew::Off => continue,
                Anew::Unknown(why) => {
                    let rule = self.edited.rules.get(&choice.when);
                    let title = rule.map(|rule| rule.title.clone()).unwrap_or_default();
                    report.cannot_tell(&self.spot, &choice.when, &title, why);
                    return;
                }
                Anew::Said(now) => {
                    let satisfied = now.says == Says::Satisfied;
                    judged.push(now);
                    if satisfied {
                        leads = &choice.next;
                        break;
                    }
                }
            }
        }
        let deciding = judged.last().map(|now| now.rule.name.clone());
        for now in &judged {
            let then = self.then.iter().find(|said| said.rule == now.rule.name);
            let decides = deciding.as_ref() == Some(&now.rule.name);
            if leads == next || !decides {
                report.same(&self.spot, &now.rule.name, &now.rule.title, false);
                continue;
            }
            let mut after = side_now(now, false);
            after.leads_to = Some(leads.to_owned());
            let mut before = then.or(self.then.last()).map(side_then);
            if let Some(before) = &mut before {
                before.leads_to = Some(next.to_owned());
            }
            let parameters = self.parameters(&now.reads);
            let change =
                self.change(now.rule, ChangeKind::Rerouted, before, Some(after), parameters);
            report.changed(change, &now.rule.title);
        }
    }

    /// All rules of a moment whose step or process is gone.
    pub(super) fn gone(&self, why: &Why, report: &mut Report) {
        for said in self.then {
            report.cannot_tell(&self.spot, &said.rule, &said.title, why.clone());
        }
    }

    /// The processes that exclude one another.
    pub(super) fn exclusions(&self, same: bool, report: &mut Report) {
        for said in self.then.iter().filter(|said| said.rule == EXCLUDES) {
            if same {
                report.same(&self.spot, EXCLUDES, &said.title, false);
            } else {
                report.cannot_tell(&self.spot, EXCLUDES, &said.title, Why::ExclusionsChanged);
            }
        }
    }

    fn parameters(&self, reads: &Reads) -> Vec<ParameterChange> {
        let json =
            |value: &Option<Value>| value.as_ref().map_or(serde_json::Value::Null, Value::to_json);
        let moved = self.known.moved(reads).filter_map(|name| {
            let (then, now) = self.known.settings.changed.get(name)?;
            Some(ParameterChange { name: name.to_owned(), then: json(then), now: json(now) })
        });
        moved.collect()
    }
}

/// Returns what is said, without what differs from moment to moment.
fn kind_of(says: &Says) -> &'static str {
    match says {
        Says::Satisfied => "satisfied",
        Says::NotSatisfied => "not-satisfied",
        Says::NotJudged { .. } => "not-judged",
        Says::Fault { .. } => "fault",
    }
}

fn word(effect: impl Serialize) -> String {
    match serde_json::to_value(effect) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Returns what a verdict means for the case.
fn consequence(says: &Says, effect: Effect, overridden: bool) -> Consequence {
    if overridden || *says == Says::Satisfied {
        return Consequence::GoesOn;
    }
    match (says, effect) {
        (Says::Fault { .. }, _) | (_, Effect::Block | Effect::Require) => Consequence::Blocked,
        (_, Effect::Hold) => Consequence::Held,
        (_, Effect::Warn) => Consequence::Warned,
        (Says::NotJudged { .. }, _) => Consequence::Blocked,
        _ => Consequence::GoesOn,
    }
}

fn side_then(said: &Verdict) -> Side {
    let overridden = said.overridden.is_some();
    Side {
        says: if overridden { "overridden" } else { kind_of(&said.says) }.to_owned(),
        effect: word(said.effect),
        reason: said.reason.clone(),
        consequence: consequence(&said.says, said.effect, overridden),
        leads_to: None,
    }
}

fn side_now(now: &Now<'_>, overridden: bool) -> Side {
    // Whoever set the rule aside then could do so now, if the rule still allows it.
    let aside = overridden && now.rule.override_role.is_some() && now.says != Says::Satisfied;
    Side {
        says: if aside { "overridden" } else { kind_of(&now.says) }.to_owned(),
        effect: word(now.rule.effect),
        reason: now.reason.clone(),
        consequence: consequence(&now.says, now.rule.effect, aside),
        leads_to: None,
    }
}
