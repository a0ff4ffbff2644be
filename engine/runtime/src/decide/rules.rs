//! All verdicts of a list of rules on one scope, and rules set aside.
//!
//! Invariant: every rule is judged, whatever the ones before it said; a rule that fails is never taken for "no".

use std::collections::BTreeSet;

use xueji_definition::Text;
use xueji_definition::file::{Case, Gateway};
use xueji_rules::{Certainty, Effect, Outcome};

use super::work::Work;
use crate::command::Overrides;
use crate::event::Event;
use crate::path::ScopePath;
use crate::people;
use crate::refusal::Refusal;
use crate::state::InstanceState;
use crate::verdict::{Override, Says, Verdict};

impl Work<'_> {
    /// Returns the rules that apply: those always judged, and those of the cases whose condition holds.
    pub(super) fn applicable(
        &mut self,
        path: &ScopePath,
        step: &str,
        rules: &[String],
        cases: &[Case],
    ) -> Result<Vec<String>, Refusal> {
        let mut all = rules.to_vec();
        for case in cases {
            if !case.rules.is_empty() && self.holds(path, step, &case.when)? {
                all.extend(case.rules.iter().cloned());
            }
        }
        let mut seen = BTreeSet::new();
        all.retain(|rule| seen.insert(rule.clone()));
        Ok(all)
    }

    /// Judges rules.
    pub(super) fn judge(
        &mut self,
        path: &ScopePath,
        step: &str,
        rules: &[String],
        overrides: &Overrides,
    ) -> Result<Vec<Verdict>, Refusal> {
        let mut verdicts = Vec::with_capacity(rules.len());
        for name in rules {
            if let Some(verdict) = self.verdict(path, step, name)? {
                verdicts.push(self.set_aside(path, verdict, overrides)?);
            }
        }
        Ok(verdicts)
    }

    /// Judges one rule; `None` when a parameter switches it off.
    pub(super) fn verdict(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
    ) -> Result<Option<Verdict>, Refusal> {
        let release = self.release.clone();
        let Some(rule) = release.rules.get(name) else {
            return Err(self.fault(step, format!("there is no rule `{name}`")));
        };
        let inputs = self.inputs(path, step, &rule.needs, 0)?;
        let judged = release.rules.judge(name, &inputs);
        let says = match judged.outcome {
            Outcome::Off => return Ok(None),
            Outcome::Satisfied => Says::Satisfied,
            Outcome::NotSatisfied => Says::NotSatisfied,
            Outcome::NotJudged { missing } => Says::NotJudged { missing },
            Outcome::Fault { message, .. } => Says::Fault { message },
        };
        let reason = match &says {
            Says::NotJudged { missing } => Text::new(
                format!("{}：缺少 {missing}，无法判断", rule.title.zh),
                format!("cannot be judged: {missing} is missing"),
            ),
            Says::Fault { message } => Text::new(
                format!("规则 {name} 出错：{message}"),
                format!("rule `{name}` failed: {message}"),
            ),
            Says::Satisfied => rule.title.clone(),
            Says::NotSatisfied => judged.reason.unwrap_or_else(|| rule.title.clone()),
        };
        Ok(Some(Verdict {
            rule: name.to_owned(),
            id: Some(rule.id.clone()),
            release: release.hash.clone(),
            title: rule.title.clone(),
            effect: rule.effect,
            says,
            reason,
            articles: rule.articles.clone(),
            source: rule.source.clone(),
            override_role: rule.override_role.clone(),
            overridden: None,
            reads: judged.reads,
        }))
    }

    /// Takes the way of a gateway whose rule is satisfied first, and tells what all rules asked until then said.
    pub(super) fn choose(
        &mut self,
        path: &ScopePath,
        step: &str,
        gateway: &Gateway,
    ) -> Result<(), Refusal> {
        let mut judged = Vec::new();
        let mut next = &gateway.otherwise;
        for choice in &gateway.choices {
            let Some(verdict) = self.verdict(path, step, &choice.when)? else { continue };
            let says = verdict.says.clone();
            self.verdicts.push(verdict.clone());
            judged.push(verdict);
            match says {
                Says::Satisfied => {
                    next = &choice.next;
                    break;
                }
                Says::NotSatisfied => {}
                Says::NotJudged { .. } | Says::Fault { .. } => {
                    let reason = judged.pop().map(|verdict| verdict.reason.en);
                    return Err(self.fault(step, reason.unwrap_or_default()));
                }
            }
        }
        self.emit(Event::Routed {
            scope: path.clone(),
            step: step.to_owned(),
            next: next.clone(),
            verdicts: judged,
        });
        self.enter(path, next)
    }

    /// Holds the case for the rules that ask for it.
    pub(super) fn hold_for(&mut self, verdicts: &[Verdict]) -> Result<(), Refusal> {
        let reasons: Vec<&str> =
            verdicts.iter().filter(|v| v.holds()).map(|v| v.reason.zh.as_str()).collect();
        if !reasons.is_empty() && self.header()?.state == InstanceState::Open {
            self.emit(Event::Held { reason: reasons.join("；") });
        }
        Ok(())
    }

    /// Sets a verdict aside, if that was asked for and the person may.
    fn set_aside(
        &mut self,
        path: &ScopePath,
        mut verdict: Verdict,
        overrides: &Overrides,
    ) -> Result<Verdict, Refusal> {
        let Some(reason) = overrides.get(&verdict.rule) else { return Ok(verdict) };
        if verdict.says == Says::Satisfied {
            return Ok(verdict);
        }
        let refuse = |why: Text| Refusal::Override { rule: verdict.rule.clone(), why };
        let Some(role) = verdict.override_role.clone() else {
            return Err(refuse(Text::new("这条规则不可特批", "nobody may set this rule aside")));
        };
        if reason.trim().is_empty() {
            return Err(refuse(Text::new("须写明理由", "a reason is needed")));
        }
        let person = self.person()?;
        if !people::holds(self.view.organisation(), person, &role, None, self.today) {
            return Err(refuse(Text::new(
                format!("须由 {role} 特批"),
                format!("only a `{role}` may"),
            )));
        }
        let own = people::record_of(self.view.organisation(), person);
        if own.is_some() && own == self.subject(path)? {
            return Err(Refusal::OwnCase { person: person.to_owned() });
        }
        verdict.overridden = Some(Override { by: person.to_owned(), role, reason: reason.clone() });
        Ok(verdict)
    }

    /// Refuses when a rule that was to be set aside was not among those judged.
    pub(super) fn require_overrides_used(
        &self,
        overrides: &Overrides,
        verdicts: &[Verdict],
    ) -> Result<(), Refusal> {
        let idle = overrides.keys().find(|rule| !verdicts.iter().any(|v| v.rule == **rule));
        match idle {
            Some(rule) => Err(Refusal::Override {
                rule: rule.clone(),
                why: Text::new("这里不判断这条规则", "the rule is not judged here"),
            }),
            None => Ok(()),
        }
    }
}

/// Returns the verdict that other open cases of the same subject stand in the way, or do not.
pub(super) fn exclusion(release: &str, against: &[(String, Text)]) -> Verdict {
    let names = |pick: fn(&Text) -> &String| {
        let all: Vec<String> =
            against.iter().map(|(case, title)| format!("{}（{case}）", pick(title))).collect();
        all.join("、")
    };
    let (says, reason) = if against.is_empty() {
        (Says::Satisfied, Text::new("没有冲突的在办事项", "no other case stands in the way"))
    } else {
        let zh = format!("尚有在办事项：{}", names(|t| &t.zh));
        let en = format!("still open: {}", names(|t| &t.en));
        (Says::NotSatisfied, Text::new(zh, en))
    };
    Verdict {
        rule: "excludes".to_owned(),
        id: None,
        release: release.to_owned(),
        title: Text::new("没有互斥的在办事项", "no case that excludes this one is open"),
        effect: Effect::Block,
        says,
        reason,
        articles: Vec::new(),
        source: vec![Certainty::Inferred],
        override_role: None,
        overridden: None,
        reads: std::collections::BTreeMap::new(),
    }
}
