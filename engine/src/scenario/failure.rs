//! What was not as a story expects, with all that helps to see why.
//!
//! Invariant: a failure names its place in the scenario file by keys; who shows it looks up the line.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use xueji_definition::finding::{Key, Route};
use xueji_definition::value::Value;
use xueji_runtime::verdict::{Says, Verdict};

/// What was not as expected.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Failure {
    /// The step of the story, from 1; 0 before the first.
    pub step: usize,
    /// What was done, in short.
    pub act: String,
    /// What was looked at.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub actual: String,
    /// What the rules said.
    pub verdicts: Vec<Judged>,
    /// The tasks of the case that are open then, a line each.
    pub open: Vec<String>,
    /// Where in the scenario file it is written.
    #[serde(skip)]
    pub route: Route,
}

/// What a rule said, and what it read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// The rule.
    pub rule: String,
    /// satisfied, not-satisfied, not-judged, overridden or fault.
    pub says: &'static str,
    /// Why, in Chinese.
    pub reason: String,
    /// What it read; nothing where there was no value.
    pub inputs: BTreeMap<String, Option<serde_json::Value>>,
}

impl Failure {
    /// Says under which keys the failure's place stands.
    pub(super) fn under(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        let mut route: Vec<Key> = keys.into_iter().collect();
        route.append(&mut self.route.0);
        self.route = Route(route);
        self
    }
}

impl Judged {
    pub(super) fn of(verdict: &Verdict) -> Self {
        let reason = match &verdict.says {
            Says::Fault { message } => message.clone(),
            Says::NotJudged { missing } => format!("缺少 | missing {missing}"),
            _ => verdict.reason.zh.clone(),
        };
        let inputs = verdict.reads.iter();
        let inputs = inputs.map(|(path, value)| (path.clone(), value.as_ref().map(Value::to_json)));
        Self { rule: verdict.rule.clone(), says: says(verdict), reason, inputs: inputs.collect() }
    }
}

/// Returns what a rule said, as stories write it.
pub(super) fn says(verdict: &Verdict) -> &'static str {
    match &verdict.says {
        _ if verdict.overridden.is_some() => "overridden",
        Says::Satisfied => "satisfied",
        Says::NotSatisfied => "not-satisfied",
        Says::NotJudged { .. } => "not-judged",
        Says::Fault { .. } => "fault",
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.rule, self.says, self.reason)?;
        for (path, value) in &self.inputs {
            match value {
                Some(value) => write!(f, "\n      {path} = {value}")?,
                None => write!(f, "\n      {path} （无） | none")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "第 {} 步 | step {}: {}", self.step, self.step, self.act)?;
        writeln!(f, "  {}", self.what)?;
        writeln!(f, "  预期 | expected: {}", self.expected)?;
        write!(f, "  实际 | actual:   {}", self.actual)?;
        if !self.verdicts.is_empty() {
            write!(f, "\n  规则 | rules:")?;
        }
        for verdict in &self.verdicts {
            write!(f, "\n  · {verdict}")?;
        }
        if !self.open.is_empty() {
            write!(f, "\n  当时的待办 | tasks open then:")?;
        }
        for task in &self.open {
            write!(f, "\n  · {task}")?;
        }
        Ok(())
    }
}
