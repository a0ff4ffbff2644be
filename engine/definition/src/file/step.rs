//! A step of a process, as written. Exactly one kind is named; [`crate::model`] turns it into the step that runs.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Act, Candidates, Case, Due, Expr};
use crate::Text;

/// `steps.yaml`: steps written once and shared by `use`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SharedStepsFile {
    /// The shared steps, by name. Those without kind of scope: no `parallel`, `for-each` or `steps`.
    pub steps: IndexMap<String, Step>,
}

/// One step. Exactly one of `use`, `user-task`, `service-task`, `gateway`, `parallel`, `for-each`, `wait`, `call`,
/// `steps` and `end` stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// What the step is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The boxes of the office's chart that the step stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    /// The office's own name for the stage in which a case is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,

    /// Kind: a shared step of `steps.yaml`; what is written beside it here replaces what stands there.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub shared: Option<String>,
    /// Kind: somebody does something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task: Option<UserTask>,
    /// Kind: the engine carries out these effects, then answers `done`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_task: Option<Vec<String>>,
    /// Kind: choose by rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// Kind: fixed branches at once. The branch's name is its step's id, or a name of its own with `steps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<IndexMap<String, Step>>,
    /// Kind: one branch an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<ForEach>,
    /// Kind: wait for a time or a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Kind: another process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Kind: several steps of their own, begun at the first; only as a branch or a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<IndexMap<String, Step>>,
    /// Kind: the scope, or the case, ends with this result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,

    /// With `use`: who may do it, instead of what the shared step says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Candidates>,
    /// With `use`: the form, instead of what the shared step says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// With `use`: the papers, instead of what the shared step says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub materials: Option<Vec<String>>,
    /// With `use`: the rules, instead of what the shared step says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<String>>,
    /// With `use`: the outcomes, instead of what the shared step says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Vec<String>>,

    /// What a signature here judged: entered again with these unchanged, the last counting answer stands.
    /// `form` means every form field (so it is when not said), `form.x` one field, `materials.x` one paper, and an
    /// empty list that the step is always asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<Vec<String>>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// When the branches of a `parallel` or `for-each` make it end, and with what answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// Effects carried out on arriving at an `end`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// Where each outcome leads: a step of the same scope, or `start` for the applicant.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub next: IndexMap<String, String>,
    /// Messages that end a wait or a task before its time, and where each leads.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub on: IndexMap<String, String>,
    /// The acts that nobody may do at this step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<Act>,
    /// Steps whose answerers may not answer this one: maker and checker are two people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub separate_from: Vec<String>,
}

/// Somebody fills in a form, signs an opinion, uploads or checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserTask {
    /// Who may do it.
    pub candidates: Candidates,
    /// What it may answer; the first is the one that goes on.
    pub outcomes: Vec<String>,
    /// The form to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// The lists of papers to hand in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    /// The outcomes for which words are owed; `return` and `reject` always need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinion: Vec<String>,
    /// The rules that must be satisfied before the first outcome can be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Rules and papers that apply only in some cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// The outcomes that the form is filled in and the rules are judged for; the first one when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<String>,
}

/// Choose by rule: the first that is satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gateway {
    /// The choices, tried in order.
    pub choices: Vec<Choice>,
    /// Where to go when none is satisfied.
    #[serde(rename = "else")]
    pub otherwise: String,
}

/// One way out of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choice {
    /// The rule.
    pub when: String,
    /// Where to go when it is satisfied.
    pub next: String,
}

/// One branch an item, at once or in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ForEach {
    /// The query (`facts.yaml`, `queries`) that finds the items.
    pub items: String,
    /// Each item is the subject of its row: exclusions, inbox and search know it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subject: bool,
    /// The rows open one after the other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_turn: bool,
    /// What is done for each item: one step, or `steps`.
    pub body: Box<Step>,
    /// Processes of which none may be open for a row's subject; such a row starts as `held`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// Late items may be added until this step is entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<String>,
    /// Finished rows may be reopened until this step is entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopen_until: Option<String>,
}

/// When branches end their step, and with what answer: the strongest `at-once` outcome given, or `approve` when
/// `when` is met, or `short` when all have answered and it is not, or `deadline`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Join {
    /// How many counting answers are needed.
    #[serde(default)]
    pub when: JoinWhen,
    /// `at-least`: so many; with `when: at-least`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Expr>,
    /// The share of all branches, from 0 to 1, that must answer so; with `when: share`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Expr>,
    /// The outcomes that count.
    pub counts: Vec<String>,
    /// The outcomes that end the step at once, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_once: Vec<String>,
    /// When the step ends with what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Due>,
}

/// How many counting answers a join needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JoinWhen {
    /// Every branch that is not held.
    #[default]
    All,
    /// One.
    Any,
    /// `at-least` so many.
    AtLeast,
    /// A `share` of all branches.
    Share,
}

/// Wait for a time, a window, or a message from outside; answers `elapsed`, or what the message says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wait {
    /// So many working days; the starting day is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days: Option<Expr>,
    /// So many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Expr>,
    /// Until the end of this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Expr>,
    /// Until this window (`calendars.yaml`) is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Until this window (`calendars.yaml`) has closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_end: Option<String>,
    /// Until this named day (`calendars.yaml`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Until this message comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the message must name to be meant for this case; the case's id when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Expr>,
    /// What the message may answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// The form that the message's data are read with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Who may record the message; those who administer, when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Candidates>,
}

/// Another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// The process.
    pub process: String,
    /// Its subject; this case's own when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Expr>,
    /// Its form.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub form: IndexMap<String, Expr>,
    /// Whether to wait for its result, which is then the step's outcome; else the outcome is `started`.
    #[serde(default = "yes")]
    pub wait: bool,
    /// Withdrawing or terminating this case ends the called one, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel: bool,
}

fn yes() -> bool {
    true
}
