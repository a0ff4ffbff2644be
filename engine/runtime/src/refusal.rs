//! Why a command was refused, with the facts.
//!
//! Invariant: a refused command has changed nothing.

use xueji_definition::Text;

use crate::migration::Obstacle;
use crate::state::InstanceState;
use crate::verdict::Verdict;
use crate::view::ReadError;

/// One field of a form that is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field as a JSON pointer into the form: `/target/programme`.
    pub pointer: String,
    /// What is wrong, and what to do.
    pub message: Text,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("no {what} `{id}`")]
    Unknown {
        /// What: process, case, step, task, record, item, person.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The person may not do this.
    #[error("{person} may not {act}: needs {}", needs.en)]
    NotAllowed {
        /// Who.
        person: String,
        /// What.
        act: &'static str,
        /// What would be needed, in words.
        needs: Text,
    },
    /// Somebody else has the task.
    #[error("the task is with {assignee}")]
    Assigned {
        /// Who.
        assignee: String,
    },
    /// Nobody decides a case of their own.
    #[error("{person} is what the case is about")]
    OwnCase {
        /// Who.
        person: String,
    },
    /// Maker and checker are two people.
    #[error("{person} has answered `{step}`")]
    NotSeparate {
        /// Who.
        person: String,
        /// The other step.
        step: String,
    },
    /// A definition forbids the act.
    #[error("`{act}` is not possible here")]
    Forbidden {
        /// The act.
        act: &'static str,
    },
    /// The case is held or over.
    #[error("the case is {state:?}")]
    NotOpen {
        /// What it is.
        state: InstanceState,
    },
    /// The task or the scope is no longer there.
    #[error("the task is no longer open")]
    TaskGone,
    /// The step has no such outcome.
    #[error("no outcome `{outcome}`")]
    UnknownOutcome {
        /// The outcome.
        outcome: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// Words are owed.
    #[error("an opinion is needed for `{outcome}`")]
    OpinionMissing {
        /// The outcome.
        outcome: String,
    },
    /// The form is not right.
    #[error("{} fields are at fault", .0.len())]
    Form(Vec<FieldFault>),
    /// Rules stand in the way.
    #[error("rules are not satisfied")]
    Rules(Vec<Verdict>),
    /// A rule may not be set aside so.
    #[error("rule `{rule}` cannot be set aside: {}", why.en)]
    Override {
        /// The rule.
        rule: String,
        /// Why not.
        why: Text,
    },
    /// Further signatures come first.
    #[error("signatures are still out: {}", .0.join(", "))]
    SignaturesOut(Vec<String>),
    /// There is nothing that could be taken back.
    #[error("nothing to recall")]
    NothingToRecall,
    /// Too late.
    #[error("too late: step `{step}` has been entered")]
    TooLate {
        /// The step that ended the possibility.
        step: String,
    },
    /// Nobody waits for the message.
    #[error("nobody waits for message `{name}`")]
    NotAwaited {
        /// The message.
        name: String,
    },
    /// The definition cannot go on from here: an expression, rule or effect failed. Names the place.
    #[error("{place}: {}", message.en)]
    Definition {
        /// The process and step.
        place: String,
        /// What failed.
        message: Text,
    },
    /// The case cannot be moved to another release: it cannot be proved that it goes on there.
    #[error("the case cannot be moved: {} obstacles", .0.len())]
    CannotMove(Vec<Obstacle>),
    /// Something asked for twice.
    #[error("already there: {0}")]
    Already(String),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Refusal {
    /// Returns the stable code, kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::NotAllowed { .. } => "not-allowed",
            Self::Assigned { .. } => "assigned",
            Self::OwnCase { .. } => "own-case",
            Self::NotSeparate { .. } => "not-separate",
            Self::Forbidden { .. } => "forbidden",
            Self::NotOpen { .. } => "not-open",
            Self::TaskGone => "task-gone",
            Self::UnknownOutcome { .. } => "unknown-outcome",
            Self::OpinionMissing { .. } => "opinion-missing",
            Self::Form(_) => "form",
            Self::Rules(_) => "rules",
            Self::Override { .. } => "override",
            Self::SignaturesOut(_) => "signatures-out",
            Self::NothingToRecall => "nothing-to-recall",
            Self::TooLate { .. } => "too-late",
            Self::NotAwaited { .. } => "not-awaited",
            Self::Definition { .. } => "definition",
            Self::CannotMove(_) => "cannot-move",
            Self::Already(_) => "already",
            Self::Read(_) => "read",
        }
    }

    /// Returns what is wrong and what to do, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Unknown { what, id } => {
                Text::new(format!("没有这个{}：{id}", thing(what)), self.to_string())
            }
            Self::NotAllowed { person, needs, .. } => Text::new(
                format!("{person} 无权办理：需要{}", needs.zh),
                format!("{person} may not do this: it needs {}", needs.en),
            ),
            Self::Assigned { assignee } => Text::new(
                format!("任务已由 {assignee} 认领，请其退回或转办"),
                format!("the task is with {assignee}, who can release or transfer it"),
            ),
            Self::OwnCase { person } => Text::new(
                format!("{person} 不能办理自己的事项"),
                format!("{person} cannot decide a case of their own"),
            ),
            Self::NotSeparate { person, step } => Text::new(
                format!("{person} 已办理步骤 {step}，经办与审核须为两人"),
                format!("{person} has answered `{step}`; maker and checker are two people"),
            ),
            Self::Forbidden { act } => Text::new(format!("此处不能进行 {act}"), self.to_string()),
            Self::NotOpen { state } => match state {
                InstanceState::Held => {
                    Text::new("事项已挂起，恢复后才能办理", "the case is held; resume it first")
                }
                InstanceState::Open => Text::new("事项没有挂起", "the case is not held"),
                InstanceState::Ended => Text::new("事项已经结束", "the case is over"),
            },
            Self::TaskGone => {
                Text::new("任务已不在待办中，请刷新", "the task is no longer open; load it again")
            }
            Self::UnknownOutcome { outcome, known } => Text::new(
                format!("没有结果 {outcome}，可选：{}", known.join("、")),
                format!("there is no outcome `{outcome}`; known: {}", known.join(", ")),
            ),
            Self::OpinionMissing { outcome } => Text::new(
                format!("结果 {outcome} 须填写意见"),
                format!("outcome `{outcome}` needs an opinion"),
            ),
            Self::Form(faults) => Text::new(
                format!("表单有 {} 处须更正", faults.len()),
                match faults.len() {
                    1 => "one field is to be mended".to_owned(),
                    count => format!("{count} fields are to be mended"),
                },
            ),
            Self::Rules(verdicts) => rules_text(verdicts),
            Self::Override { rule, why } => Text::new(
                format!("规则 {rule} 不能这样特批：{}", why.zh),
                format!("rule `{rule}` cannot be set aside so: {}", why.en),
            ),
            Self::SignaturesOut(people) => Text::new(
                format!("尚待加签：{}", people.join("、")),
                format!("signatures are still out: {}", people.join(", ")),
            ),
            Self::NothingToRecall => Text::new(
                "没有可收回的意见：下一步已有人办理",
                "nothing can be recalled: the next step has been acted on",
            ),
            Self::TooLate { step } => {
                Text::new(format!("已进入步骤 {step}，不能再这样做"), self.to_string())
            }
            Self::NotAwaited { name } => {
                Text::new(format!("没有事项在等待消息 {name}"), self.to_string())
            }
            Self::Definition { place, message } => Text::new(
                format!("流程定义有误（{place}）：{}", message.zh),
                format!("the definition is at fault ({place}): {}", message.en),
            ),
            Self::CannotMove(obstacles) => {
                let zh: Vec<&str> = obstacles.iter().map(|o| o.words.zh.as_str()).collect();
                let en: Vec<&str> = obstacles.iter().map(|o| o.words.en.as_str()).collect();
                Text::new(
                    format!("不能迁移：{}", zh.join("；")),
                    format!("cannot be moved: {}", en.join("; ")),
                )
            }
            Self::Already(what) => Text::new(format!("已经有了：{what}"), self.to_string()),
            Self::Read(_) => {
                Text::new("数据暂时不能读取，请稍后再试", "the data cannot be read now; try again")
            }
        }
    }
}

fn thing(what: &str) -> &'static str {
    match what {
        "process" => "流程",
        "case" => "事项",
        "step" => "步骤",
        "task" => "任务",
        "record" => "记录",
        "item" => "行",
        "person" => "人员",
        _ => "对象",
    }
}

fn rules_text(verdicts: &[Verdict]) -> Text {
    let against: Vec<&Verdict> = verdicts.iter().filter(|v| v.blocks() || v.holds()).collect();
    let zh: Vec<&str> = against.iter().map(|v| v.reason.zh.as_str()).collect();
    let en: Vec<&str> = against.iter().map(|v| v.reason.en.as_str()).collect();
    Text::new(zh.join("；"), en.join("; "))
}
