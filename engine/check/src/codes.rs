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

/// What the room of rules gives.
const SCRIPTS: &[CodeDoc] = &[
    ("expression-not-single", Error, "这里只能写一个表达式", "Only one expression may stand here."),
    (
        "rule-answer-not-bool",
        Error,
        "规则的答案不是真假",
        "A rule answers something else than true or false.",
    ),
    ("rule-arguments", Error, "函数的参数不对", "A function is given what it does not take."),
    ("rule-assigns-root", Error, "规则改动了给它看的数据", "A rule changes what it is shown."),
    ("rule-code-unknown", Error, "代码表里没有这个代码", "The code list has no such code."),
    ("rule-compare-nothing", Error, "拿空值比较", "Something is compared with nothing."),
    ("rule-construct-refused", Error, "规则里不能用这种写法", "Rules have no such construct."),
    (
        "rule-doc-article-missing",
        Error,
        "依据法规的规则没有写条文",
        "A rule by a regulation names no article.",
    ),
    ("rule-doc-language-missing", Error, "中英文缺一", "The words are there in one language only."),
    ("rule-doc-missing", Error, "规则没有说明", "A rule has no doc comment."),
    ("rule-doc-tag-missing", Error, "规则缺少必须的标签", "A rule lacks a tag that it must have."),
    ("rule-doc-tag-twice", Error, "标签重复", "A tag stands twice."),
    ("rule-doc-tag-unknown", Error, "没有这个标签", "There is no such tag."),
    ("rule-doc-tag-value", Error, "标签的值不对", "A tag has a value that it cannot have."),
    (
        "rule-field-unknown",
        Error,
        "没有这个字段、事实或参数",
        "There is no such field, fact or parameter.",
    ),
    ("rule-function-unknown", Error, "没有这个函数", "There is no such function."),
    ("rule-id-twice", Error, "两条规则编号相同", "Two rules have one id."),
    ("rule-name-twice", Error, "两条规则同名", "Two rules have one name."),
    ("rule-outside-function", Error, "规则文件里只能有函数", "A rule file holds functions only."),
    ("rule-placeholder-open", Error, "花括号没有配对", "A brace is not closed."),
    ("rule-root-unknown", Error, "规则的参数名不对", "A rule's parameter is none of the roots."),
    ("rule-syntax", Error, "写法有误", "It cannot be read."),
    (
        "rule-type-mismatch",
        Error,
        "类型不合，例如文字与数字相比",
        "Values do not go together, such as text and number.",
    ),
    ("rule-variable-unknown", Error, "没有这个变量", "There is no such variable."),
];

/// Returns every code with its weight and its meaning in Chinese and English, in alphabetical order.
#[must_use]
pub fn codes() -> Vec<CodeDoc> {
    let rooms = [xueji_definition::codes::CODES, RESOLVING, SCRIPTS];
    let own = CHECKS.iter().map(|check| check.codes);
    let all = own.chain(rooms).flatten();
    let by_code: BTreeMap<&str, CodeDoc> = all.map(|doc| (doc.0, *doc)).collect();
    by_code.into_values().collect()
}

/// Returns what a code means.
#[must_use]
pub fn explain(code: &str) -> Option<CodeDoc> {
    codes().into_iter().find(|doc| doc.0 == code)
}
