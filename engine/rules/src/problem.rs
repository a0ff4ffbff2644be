//! What is wrong with a rule file or an expression, and where.
//!
//! Invariant: codes are kebab-case, stable and never used for something else; lines and columns count from 1, columns
//! in characters. In an expression they are relative to its own text.

use serde::Serialize;
use xueji_definition::Text;

/// Every code, with what it means in Chinese and English.
pub const CODES: &[(&str, &str, &str)] = &[
    ("expression-not-single", "这里只能写一个表达式", "more than one expression where one stands"),
    (
        "rule-answer-not-bool",
        "规则的回答不是真或假",
        "a path on which a rule answers neither true nor false",
    ),
    ("rule-arguments", "函数的参数不对", "a function that is given what it does not take"),
    ("rule-assigns-root", "规则修改了给它的资料", "a rule that changes what it is given"),
    ("rule-code-unknown", "代码表里没有的代码", "a code that is not in its list"),
    ("rule-compare-nothing", "与“空”比较", "a comparison with `()`"),
    ("rule-construct-refused", "规则里不能用的写法", "a construct that rules do not have"),
    (
        "rule-doc-article-missing",
        "依据法规却没有写条文",
        "a rule by a regulation that names no article",
    ),
    ("rule-doc-language-missing", "缺少一种语言", "words in one language only"),
    ("rule-doc-missing", "规则没有说明", "a rule without a doc comment"),
    ("rule-doc-tag-missing", "缺少必写的标签", "a tag that every rule has is missing"),
    ("rule-doc-tag-twice", "标签写了两次", "a tag that stands twice"),
    ("rule-doc-tag-unknown", "没有这个标签", "a tag that does not exist"),
    ("rule-doc-tag-value", "标签的值不对", "a tag with a value that it does not take"),
    ("rule-field-unknown", "没有这个字段", "a field that does not exist"),
    ("rule-function-unknown", "没有这个函数", "a function that does not exist"),
    ("rule-id-twice", "规则编号重复", "an id that two rules have"),
    ("rule-name-twice", "规则名重复", "a name that two rules have"),
    ("rule-outside-function", "函数之外有语句", "a statement outside of any function"),
    ("rule-placeholder-open", "花括号没有闭合", "a brace in a reason that is not closed"),
    ("rule-root-unknown", "规则的参数名不对", "a parameter of a rule that is no root"),
    ("rule-syntax", "写法有误", "a text that cannot be read"),
    ("rule-type-mismatch", "值的类型不合", "values whose types do not go together"),
    ("rule-variable-unknown", "没有这个变量", "a variable that does not exist"),
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
            meant: None,
        }
    }

    /// Adds how to mend it.
    pub(crate) fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help = Some(Text::new(zh, en));
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
