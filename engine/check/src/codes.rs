//! Every code that a finding can have, with what it means.
//!
//! Invariant: a code is listed here before anything gives it, keeps its meaning, and is never used for something else.

use std::collections::BTreeMap;

use Severity::Error;
use xueji_definition::finding::Severity;

pub use xueji_definition::codes::CodeDoc;

use crate::checks::CHECKS;

/// What resolving a process gives, in the room of definitions.
const RESOLVING: &[CodeDoc] = &[
    ("branches-missing", Error, "并行步骤没有分支", "A parallel step has no branches."),
    (
        "condition-test",
        Error,
        "一个条件要写且只写一种比较",
        "A condition has exactly one comparison.",
    ),
    ("effect-kind", Error, "一个效果要写且只写一种", "An effect is of exactly one kind."),
    (
        "fact-calendar",
        Error,
        "对日历要问且只问一件事",
        "A fact asks the calendar exactly one thing.",
    ),
    ("fact-kind", Error, "事实要么数行，要么问日历", "A fact is asked of rows or of the calendar."),
    (
        "fact-rows",
        Error,
        "行的来源写 records 或 instances 之一",
        "Rows come from records or from instances.",
    ),
    (
        "join-missing",
        Error,
        "分支没有写怎样算办完",
        "Branches lack a join, which says when they are done.",
    ),
    (
        "join-need",
        Error,
        "join 的 when 与 at-least、share 不相配",
        "A join's `when` does not go with its numbers.",
    ),
    (
        "outcomes-missing",
        Error,
        "办理步骤没有写可以怎样答复",
        "A task does not say what it may answer.",
    ),
    (
        "override-without-use",
        Error,
        "只有引用共用步骤时才能这样改写",
        "Only a step made from a shared one has parts replaced beside it.",
    ),
    ("step-duplicate", Error, "步骤编号在流程中重复", "A step's id stands twice in its process."),
    (
        "step-id-taken",
        Error,
        "`start` 是申请人的步骤，不能另用",
        "`start` is the applicant's own step.",
    ),
    ("step-kind", Error, "步骤要写且只写一种类型", "A step is of exactly one kind."),
    ("steps-missing", Error, "这里一个步骤也没有", "There is no step here."),
    ("use-unknown", Error, "没有这个共用步骤", "There is no such shared step."),
    (
        "wait-for",
        Error,
        "没有写等什么，或写了几种时间",
        "A wait is for nothing, or for several times.",
    ),
];

/// Returns every code with its weight and its meaning in Chinese and English, in alphabetical order.
#[must_use]
pub fn codes() -> Vec<CodeDoc> {
    let rooms =
        [xueji_definition::codes::CODES, RESOLVING, xueji_rules::CODES, crate::silence::CODES];
    let own = CHECKS.iter().map(|check| check.codes);
    let all = own.chain(rooms).flatten();
    let by_code: BTreeMap<&str, CodeDoc> = all.map(|doc| (doc.0, *doc)).collect();
    by_code.into_values().collect()
}
