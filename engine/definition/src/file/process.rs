//! `processes/<id>.yaml`: one process as an office writes it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Expr, Step};
use crate::Text;

/// `processes/<id>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProcessFile {
    /// The process's id; the same as the file's name.
    pub process: String,
    /// What the process is called.
    pub title: Text,
    /// One or two sentences on what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// The boxes of the office's chart that the process stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    /// The type of record that a case is about; a campaign has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who starts a case, with what, and when it may not be started.
    pub start: Start,
    /// The acts that nobody may do in this process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<Act>,
    /// The step on entering which the applicant can no longer withdraw; always possible when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraw_until: Option<String>,
    /// The effects that steps name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub effects: IndexMap<String, Effect>,
    /// The steps; a case begins at the first.
    pub steps: IndexMap<String, Step>,
}

/// How a case starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Start {
    /// Who may start it.
    pub by: Candidates,
    /// Another who may start it (for the subject, or on the organisation's own motion).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or_by: Vec<Candidates>,
    /// The form to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// The list of papers to hand in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    /// The rules that are always judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Rules and papers that apply only in some cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// Processes of which none may be open for the same subject, in either direction. The process's own id forbids a
    /// second case beside the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// How long a returned case waits for its applicant (15 days when not said); then it lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// The office's own name for the stage of a case that waits for its applicant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,
}

/// Rules and papers for the cases in which a condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// When they apply.
    pub when: Expr,
    /// The rules judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The papers needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
}

/// Who may do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Candidates {
    /// The role.
    pub role: String,
    /// The unit where the role is held; anywhere when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Expr>,
    /// Only the person whose record is the subject.
    #[serde(default, rename = "self", skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Only the person who started the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub applicant: bool,
}

/// By when something is to be done, and what follows if it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Due {
    /// In so many working days; the starting day is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days: Option<Expr>,
    /// In so many days; a last day that is off moves to the next working day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Expr>,
    /// By the end of this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Expr>,
    /// Remind after so many working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_after: Option<Expr>,
    /// Escalate after so many working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_after: Option<Expr>,
    /// The role that is told on escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// The outcome that the step then answers of itself; without it the step stays open, overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// What people may do with a task or a case, beside completing and claiming, unless a definition forbids it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// 委派: have somebody prepare the answer.
    Delegate,
    /// 转办: hand the task to somebody else.
    Transfer,
    /// 加签: ask for a further signature before, after or beside.
    AddSigner,
    /// 退回: return to an earlier step.
    Return,
    /// 收回: take back one's own last answer before the next person acted.
    Recall,
    /// 撤回: the applicant withdraws the case.
    Withdraw,
    /// 催办: remind those who have the task.
    Remind,
    /// 抄送: copy somebody in.
    Copy,
    /// 代理: stand in for somebody who is away.
    Substitute,
    /// 挂起: hold the case, and go on with it.
    Hold,
    /// 终止: end the case from outside.
    Terminate,
    /// Let a late item into an open for-each.
    AddItem,
    /// Enter finished items of a for-each again.
    Reopen,
}
