//! `scenarios/<id>.yaml`: stories that a clerk can read and `xueji test` plays against the definitions.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expr, Literal};
use crate::Text;

/// `scenarios/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScenarioFile {
    /// The file's id; the same as its name.
    pub scenarios: String,
    /// What the stories are about.
    pub title: Text,
    /// Records that every story of the file finds; each story starts from these alone and its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<GivenRecord>,
    /// Other scenario files whose `given` is taken over, before this file's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// The stories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stories: Vec<Scenario>,
    /// Single rules and expressions tried on given values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// A record that is there before a story begins. A later one of the same id changes the fields that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenRecord {
    /// The record type.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The record's id.
    pub id: String,
    /// The fields.
    #[serde(default)]
    pub values: IndexMap<String, Literal>,
}

/// One story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What happens, in a few words.
    pub name: Text,
    /// Where the story comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why the story differs from its source, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Records beside the file's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<GivenRecord>,
    /// Parameters that differ from `parameters.yaml` in this story.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, Literal>,
    /// What happens, in order of time.
    pub steps: Vec<ScenarioStep>,
}

/// One thing that happens; at most one act, and what is then so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScenarioStep {
    /// When, in local time (`2026-12-22` is 09:00 of that day, `2026-12-22T14:30`); timers due by then have run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Who: a person of `organisation.yaml`, or the id of a record whose type holds a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Start a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartAct>,
    /// Ask what the rules say, and start nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<StartAct>,
    /// Complete a task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<CompleteAct>,
    /// Do something else with a task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskAct>,
    /// Do something with a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<InstanceAct>,
    /// A message comes from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageAct>,
    /// Records are imported or changed from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<PutRecord>,
    /// What is then so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectation>,
    /// More that is then so, of other cases or rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub and: Vec<Expectation>,
}

/// Starts a case, or asks whether it could be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StartAct {
    /// The process.
    pub process: String,
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The form.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub form: IndexMap<String, Literal>,
    /// A name for the case in the rest of the story; the process's id when not said.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Rules set aside, each with the reason.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty", rename = "override")]
    pub overrides: IndexMap<String, String>,
}

/// Completes a task, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CompleteAct {
    /// The case; the last one named when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The step; `start` for the applicant's own task.
    pub step: String,
    /// The item whose row is meant, outermost first for nested rows (`01/2023…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Every open row at that step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_rows: bool,
    /// The outcome.
    pub outcome: String,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// The form.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub form: IndexMap<String, Literal>,
    /// The step to return to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What is to be mended; with `return`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<String>,
    /// Until when it is to be mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<jiff::civil::Date>,
    /// Rules set aside, each with the reason.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty", rename = "override")]
    pub overrides: IndexMap<String, String>,
}

/// Does something with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskAct {
    /// claim, release, delegate, transfer, add-signer, recall, remind or copy.
    pub act: String,
    /// The case; the last one named when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The step.
    pub step: String,
    /// The item whose row is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The person meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where a further signature stands: before, after or beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
}

/// Does something with a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InstanceAct {
    /// withdraw, hold, resume, terminate, reopen or add-item.
    pub act: String,
    /// The case; the last one named when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The for-each step; with `reopen` and `add-item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The row that the step stands in, for nested for-eaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The items; with `reopen` and `add-item`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A message from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageAct {
    /// The message.
    pub name: String,
    /// The case whose id it names; the last one named when neither this nor `key` is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The item whose row is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// What it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Its data.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub form: IndexMap<String, Literal>,
}

/// Values of a record that come from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PutRecord {
    /// The record type.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The record's id.
    pub id: String,
    /// The fields.
    pub values: IndexMap<String, Literal>,
    /// The date from which the values hold; the day of the step when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<jiff::civil::Date>,
}

/// What is so after a step. Everything that is named is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expectation {
    /// The case; the last one named when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The item whose row is meant; `tasks`, `form` and `result` are then the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The act is refused with this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Verdicts among those given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<ExpectedVerdict>,
    /// The case's state: open, held or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The case's or row's result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The case's stage, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The steps with an open task, all of them, in any order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// How many tasks are open at a step, over all rows.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub open: IndexMap<String, u32>,
    /// The last day for a step's task.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub due: IndexMap<String, jiff::civil::Date>,
    /// Form fields of the case or row.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub form: IndexMap<String, Literal>,
    /// Records, with the named fields in the local view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<GivenRecord>,
    /// Records, with the named fields in the official view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub official: Vec<GivenRecord>,
    /// Notices sent by this step, among others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Papers made by this step, among others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<ExpectedDocument>,
    /// Kinds of event among those that the step recorded, such as `signature-kept`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// A verdict that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectedVerdict {
    /// The rule.
    pub rule: String,
    /// What it says.
    pub says: VerdictWord,
    /// Words that stand in the reason, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a verdict says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// The rule is satisfied.
    Satisfied,
    /// It is not.
    NotSatisfied,
    /// A value that it needs is not there.
    NotJudged,
    /// Somebody set it aside.
    Overridden,
    /// The rule itself goes wrong.
    Fault,
}

impl VerdictWord {
    /// Returns the word as stories write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::NotSatisfied => "not-satisfied",
            Self::NotJudged => "not-judged",
            Self::Overridden => "overridden",
            Self::Fault => "fault",
        }
    }
}

/// What a rule says of given values; nobody sets it aside there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExampleWord {
    /// The rule is satisfied.
    Satisfied,
    /// It is not.
    NotSatisfied,
    /// A value that it needs is not there.
    NotJudged,
    /// The rule itself goes wrong.
    Fault,
}

impl From<ExampleWord> for VerdictWord {
    fn from(word: ExampleWord) -> Self {
        match word {
            ExampleWord::Satisfied => Self::Satisfied,
            ExampleWord::NotSatisfied => Self::NotSatisfied,
            ExampleWord::NotJudged => Self::NotJudged,
            ExampleWord::Fault => Self::Fault,
        }
    }
}

/// A paper that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectedDocument {
    /// The template.
    pub template: String,
    /// Words that stand in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
}

/// A rule or an expression tried on given values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// The rule.
    pub rule: String,
    /// What it sees: `subject`, `form`, `item`, `param`, `fact`, `case`, `person`, `today`.
    pub given: IndexMap<String, IndexMap<String, Literal>>,
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<jiff::civil::Date>,
    /// What it says.
    pub says: ExampleWord,
    /// Words that stand in the reason, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// An expression over the same values that must be true as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Expr>,
}
