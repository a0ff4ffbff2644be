//! What a backtest found: every changed verdict, what cannot be told, and the counts by rule.
//!
//! Invariant: the same cases and the same edited files give the same report, whatever the number of threads.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_runtime::Release;

use super::Era;

/// What a backtest found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The first day on which the cases started.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The process; all when not said.
    pub process: Option<String>,
    /// The hash of the edited files.
    pub release: String,
    /// Which parameters the edited rules were judged with.
    pub parameters: Text,
    /// The cases.
    pub cases: u64,
    /// The moments at which rules were judged.
    pub moments: u64,
    /// The verdicts looked at: those recorded, and those of rules that are new in a list.
    pub verdicts: u64,
    /// Those that say the same.
    pub same: u64,
    /// Those among them of which only the words of the reason differ.
    pub reworded: u64,
    /// The cases in which at least one verdict changed.
    pub cases_changed: u64,
    /// The counts by process and rule.
    pub rules: Vec<RuleCount>,
    /// Every changed verdict, by case and event.
    pub changes: Vec<Change>,
    /// What cannot be told, by case and event.
    pub cannot_tell: Vec<CannotTell>,
    #[serde(skip)]
    counts: BTreeMap<(String, String), RuleCount>,
}

/// The counts of one rule in one process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The process.
    pub process: String,
    /// The rule.
    pub rule: String,
    /// What it asks for, in the edited files or, where it is gone, as recorded.
    pub title: Text,
    /// How often it was looked at.
    pub verdicts: u64,
    /// How often its verdict changed.
    pub changed: u64,
    /// How often it would now stand in the way where it did not.
    pub now_blocks: u64,
    /// How often it would now let go where it held or blocked.
    pub now_passes: u64,
    /// How often it cannot be told.
    pub cannot_tell: u64,
}

/// Where in which case a rule was judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// The case.
    pub instance: String,
    /// The number of the event.
    pub seq: u64,
    /// The process.
    pub process: String,
    /// The local date.
    pub date: Date,
    /// The step.
    pub step: String,
    /// The row or branch; empty in the case's own scope.
    pub row: String,
}

/// A changed verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// The rule.
    pub rule: String,
    /// The rule's short id.
    pub id: Option<String>,
    /// How it changed.
    pub kind: ChangeKind,
    /// What was said; nothing when the rule is new in the list.
    pub then: Option<Side>,
    /// What would be said; nothing when the rule is no longer judged.
    pub now: Option<Side>,
    /// The parameters that the rule reads and that are not what they were.
    pub parameters: Vec<ParameterChange>,
}

/// How a verdict changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The rule says something else.
    Verdict,
    /// The rule says the same, but that means something else.
    Effect,
    /// The rule is new in the list, and is not satisfied.
    Added,
    /// The rule is no longer judged, and was not satisfied.
    Dropped,
    /// The gateway leads elsewhere.
    Rerouted,
}

/// What a rule says, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// satisfied, not-satisfied, not-judged, fault, or overridden.
    pub says: String,
    /// What follows when it is not satisfied.
    pub effect: String,
    /// Why, with values.
    pub reason: Text,
    /// What it means.
    pub consequence: Consequence,
    /// The step to which the gateway leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<String>,
}

/// What a verdict means for the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// It goes on.
    GoesOn,
    /// It goes on, and those who decide are warned.
    Warned,
    /// It is held.
    Held,
    /// It cannot go on.
    Blocked,
}

/// A parameter that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterChange {
    /// The dotted name.
    pub name: String,
    /// What it was for the case, as JSON.
    pub then: serde_json::Value,
    /// What it would be, as JSON.
    pub now: serde_json::Value,
}

/// A rule of which nobody can tell what it would say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CannotTell {
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// The rule.
    pub rule: String,
    /// Why.
    pub why: Why,
    /// The same in words.
    pub words: Text,
}

/// Why it cannot be told what a rule would say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "kebab-case")]
pub enum Why {
    /// The rule reads what was not recorded.
    NotRecorded(String),
    /// The fact asks something else now, and its old value is no answer to it.
    FactChanged(String),
    /// Whether the rule is judged at all depends on what was not recorded.
    ConditionNotRecorded(String),
    /// The step is no longer there.
    StepGone(String),
    /// The process is no longer there.
    ProcessGone(String),
    /// The processes that exclude one another are others now.
    ExclusionsChanged,
}

impl Why {
    /// Returns the reason in words.
    #[must_use]
    pub fn words(&self) -> Text {
        let text = |zh: String, en: String| Text::new(zh, en);
        match self {
            Self::NotRecorded(path) => {
                text(format!("当时没有记录 {path}"), format!("{path} was not recorded"))
            }
            Self::FactChanged(name) => text(
                format!("事实 {name} 的问法已改，记录的值不再适用"),
                format!("the fact {name} asks something else now, and its recorded value is no answer"),
            ),
            Self::ConditionNotRecorded(path) => text(
                format!("是否适用取决于没有记录的 {path}"),
                format!("whether it applies depends on {path}, which was not recorded"),
            ),
            Self::StepGone(step) => {
                text(format!("步骤 {step} 已不存在"), format!("step {step} is no longer there"))
            }
            Self::ProcessGone(process) => text(
                format!("流程 {process} 已不存在"),
                format!("process {process} is no longer there"),
            ),
            Self::ExclusionsChanged => text(
                "互斥的流程有变，当时在办的事项没有全部记录".to_owned(),
                "other processes exclude one another now, and which cases were open was not recorded"
                    .to_owned(),
            ),
        }
    }
}

impl Report {
    /// Returns a report of which nothing has been found yet.
    pub(super) fn new(era: &Era, edited: &Release) -> Self {
        Self {
            since: Some(era.since),
            until: era.until,
            process: era.process.clone(),
            release: edited.hash.clone(),
            parameters: Text::new(
                "参数取改后文件中适用于该事项发起日期（或当天）和所属批次的值",
                "parameters are those of the edited files, at the case's start (or the day) and for its cohort",
            ),
            ..Self::default()
        }
    }

    fn count(&mut self, spot: &Spot, rule: &str, title: &Text) -> &mut RuleCount {
        let key = (spot.process.clone(), rule.to_owned());
        self.counts.entry(key).or_insert_with(|| RuleCount {
            process: spot.process.clone(),
            rule: rule.to_owned(),
            title: title.clone(),
            ..RuleCount::default()
        })
    }

    /// Takes note of a verdict that says the same.
    pub(super) fn same(&mut self, spot: &Spot, rule: &str, title: &Text, reworded: bool) {
        self.verdicts += 1;
        self.same += 1;
        self.reworded += u64::from(reworded);
        self.count(spot, rule, title).verdicts += 1;
    }

    /// Takes note of a changed verdict.
    pub(super) fn changed(&mut self, change: Change, title: &Text) {
        self.verdicts += 1;
        let consequence = |side: &Option<Side>| {
            side.as_ref().map_or(Consequence::GoesOn, |side| side.consequence)
        };
        let (then, now) = (consequence(&change.then), consequence(&change.now));
        let count = self.count(&change.spot, &change.rule, title);
        count.verdicts += 1;
        count.changed += 1;
        count.now_blocks += u64::from(now >= Consequence::Held && now > then);
        count.now_passes += u64::from(then >= Consequence::Held && now < then);
        self.changes.push(change);
    }

    /// Takes note that it cannot be told what a rule would say.
    pub(super) fn cannot_tell(&mut self, spot: &Spot, rule: &str, title: &Text, why: Why) {
        self.verdicts += 1;
        let count = self.count(spot, rule, title);
        count.verdicts += 1;
        count.cannot_tell += 1;
        let words = why.words();
        self.cannot_tell.push(CannotTell { spot: spot.clone(), rule: rule.to_owned(), why, words });
    }

    /// Takes over what another part found.
    pub(super) fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        self.moments += other.moments;
        self.verdicts += other.verdicts;
        self.same += other.same;
        self.reworded += other.reworded;
        self.cases_changed += other.cases_changed;
        self.changes.extend(other.changes);
        self.cannot_tell.extend(other.cannot_tell);
        for (key, count) in other.counts {
            match self.counts.get_mut(&key) {
                Some(known) => {
                    known.verdicts += count.verdicts;
                    known.changed += count.changed;
                    known.now_blocks += count.now_blocks;
                    known.now_passes += count.now_passes;
                    known.cannot_tell += count.cannot_tell;
                }
                None => {
                    self.counts.insert(key, count);
                }
            }
        }
    }

    /// Brings all into order.
    pub(super) fn close(&mut self) {
        self.changes.sort_by(|a, b| (&a.spot, &a.rule).cmp(&(&b.spot, &b.rule)));
        self.cannot_tell.sort_by(|a, b| (&a.spot, &a.rule).cmp(&(&b.spot, &b.rule)));
        self.rules = self.counts.values().cloned().collect();
    }
}
