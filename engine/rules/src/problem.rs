//! What is wrong with a rule file or an expression, and where.
//!
//! Invariant: codes are kebab-case, stable and never used for something else; lines and columns count from 1, columns
//! in characters. In an expression they are relative to its own text.

use serde::Serialize;
use xueji_definition::Text;
use xueji_definition::codes::CodeDoc;
use xueji_definition::finding::Severity::Error;

/// Every code of this room, in alphabetical order.
pub const CODES: &[CodeDoc] = &[
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

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stable code.
    pub code: &'static str,
    /// The rule file; empty for an expression, whose file its caller knows.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters, from 1.
    pub column: u32,
    /// What is wrong, in one sentence without a full stop.
    pub message: Text,
    /// How to mend it.
    pub help: Option<Text>,
    /// Where the first of two stands: its file, and the place.
    pub first: Option<(String, Spot)>,
    /// The word that is written and the one that was meant for certain.
    pub meant: Option<(String, String)>,
}

/// A line and a column, both from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct Spot {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl Spot {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// Returns Rhai's position, or `otherwise` where Rhai knows none.
    pub(crate) fn of(position: rhai::Position, otherwise: Self) -> Self {
        match (position.line(), position.position()) {
            (Some(line), Some(column)) => Self { line: number(line), column: number(column) },
            (Some(line), None) => Self { line: number(line), column: 1 },
            _ => otherwise,
        }
    }
}

/// Returns a count as the number that places are made of.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Problem {
    /// Returns a problem at a spot, in no file yet.
    pub(crate) fn new(
        code: &'static str,
        spot: Spot,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code,
            file: String::new(),
            line: spot.line,
            column: spot.column,
            message: Text::new(zh, en),
            help: None,
            first: None,
            meant: None,
        }
    }

    /// Adds how to mend it.
    pub(crate) fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help = Some(Text::new(zh, en));
        self
    }

    /// Adds where the first of two stands.
    pub(crate) fn after(mut self, file: &str, spot: Spot) -> Self {
        self.first = Some((file.to_owned(), spot));
        self
    }

    /// Adds the nearest of the known names, if one is near.
    pub(crate) fn near<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        self.meant = xueji_definition::only_near(name, known.iter().copied())
            .map(|meant| (name.to_owned(), meant.to_owned()));
        match xueji_definition::nearest(name, known) {
            // To a single letter every other one is near.
            Some(near) if name.chars().nth(1).is_some() => {
                self.help(format!("是不是想写 `{near}`？"), format!("did you mean `{near}`?"))
            }
            _ => self,
        }
    }

    /// Says in which file it is.
    pub(crate) fn within(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }
}
