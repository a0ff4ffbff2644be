//! Verdicts: what a rule says about a case, why, and what it read.
//!
//! Invariant: only `true` satisfies a rule, and only `false` is a no. What was read gives the same verdict again.

use rhai::{CallFnOptions, Dynamic, Engine, Scope};
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::value::Value;

use crate::fault::{Stop, run};
use crate::inputs::Inputs;
use crate::node::{self, Log, Reads};
use crate::problem::Spot;
use crate::rule::Rule;
use crate::ruleset::RuleSet;

/// What a rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    /// True.
    Satisfied,
    /// False.
    NotSatisfied,
    /// Switched off by its parameter.
    Off,
    /// It cannot be judged, because a value is missing.
    NotJudged {
        /// The path of the missing value.
        missing: String,
    },
    /// The rule is at fault: it did what cannot be done, ran too long, or answered neither true nor false.
    Fault {
        /// What, in English.
        message: String,
        /// The line in the rule's file, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The name of the rule.
    pub rule: String,
    /// What it said.
    pub outcome: Outcome,
    /// Why, unless it is satisfied or off: the rule's own reason with values filled in, or why it was not judged. None
    /// where a rule that is not satisfied gives no reason.
    pub reason: Option<Text>,
    /// What was read.
    pub reads: Reads,
}

impl RuleSet {
    /// Judges a case by a rule. A name that is not in the set is a fault, never a no.
    #[must_use]
    pub fn judge(&self, name: &str, inputs: &Inputs) -> Judgement {
        let log = Log::default();
        let outcome = match self.get(name) {
            Some(rule) => rule.outcome(self.engine(), inputs, &log),
            None => {
                Outcome::Fault { message: format!("there is no rule `{name}`"), line: 1, column: 1 }
            }
        };
        if let Some(tally) = &self.tally {
            tally.count(name, &outcome);
        }
        let reason = match &outcome {
            Outcome::Satisfied | Outcome::Off => None,
            Outcome::NotSatisfied => self.get(name).and_then(|rule| rule.filled(inputs, &log)),
            Outcome::NotJudged { missing } => Some(Text::new(
                format!("无法判断：缺少 {missing}"),
                format!("cannot be judged: {missing} is missing"),
            )),
            Outcome::Fault { message, line, .. } => Some(Text::new(
                format!("规则 {name} 第 {line} 行出错：{message}"),
                format!("rule {name} is at fault in line {line}: {message}"),
            )),
        };
        Judgement { rule: name.to_owned(), outcome, reason, reads: log.reads() }
    }

    /// Judges again from what was read alone. The same rule gives an equal verdict.
    #[must_use]
    pub fn judge_again(&self, name: &str, reads: &Reads) -> Judgement {
        self.judge(name, &Inputs::from_reads(reads))
    }

    /// Returns what the switch and the condition of a rule read, and what the words of its reason read left aside.
    #[must_use]
    pub fn condition_reads(&self, name: &str, inputs: &Inputs) -> Reads {
        let log = Log::default();
        if let Some(rule) = self.get(name) {
            rule.outcome(self.engine(), inputs, &log);
        }
        log.reads()
    }
}

impl Rule {
    pub(crate) fn outcome(&self, engine: &Engine, inputs: &Inputs, log: &Log) -> Outcome {
        match self.decide(engine, inputs, log) {
            Ok(outcome) => outcome,
            Err(Stop::Missing(missing)) => Outcome::NotJudged { missing },
            Err(Stop::Fault(message, Spot { line, column })) => {
                Outcome::Fault { message, line, column }
            }
        }
    }

    fn decide(&self, engine: &Engine, inputs: &Inputs, log: &Log) -> Result<Outcome, Stop> {
        if let Some((switch, spot)) = &self.compiled.off_by {
            match switch.run(inputs, log)? {
                Some(Value::Bool(true)) => {}
                Some(Value::Bool(false)) => return Ok(Outcome::Off),
                _ => {
                    let message = format!("`{}` is not true or false", switch.text());
                    return Err(Stop::Fault(message, *spot));
                }
            }
        }
        let place = Spot { line: self.line, column: self.column };
        let answer = run(place, || {
            let roots: Vec<Dynamic> =
                self.roots.iter().map(|name| node::root(name, inputs.shared(name), log)).collect();
            let answer: Dynamic = engine.call_fn_with_options(
                CallFnOptions::new().eval_ast(false),
                &mut Scope::new(),
                &self.compiled.ast,
                &self.function,
                roots,
            )?;
            crate::operand::Operand::of(&answer)
        })?;
        match answer {
            crate::operand::Operand::Bool(true) => Ok(Outcome::Satisfied),
            crate::operand::Operand::Bool(false) => Ok(Outcome::NotSatisfied),
            other => {
                let message = format!("it answers {}, not true or false", other.kind());
                Err(Stop::Fault(message, place))
            }
        }
    }

    fn filled(&self, inputs: &Inputs, log: &Log) -> Option<Text> {
        let (zh, en) = self.compiled.reason.as_ref()?;
        Some(Text::new(zh.fill(inputs, log), en.fill(inputs, log)))
    }
}
