//! The kinds of names that definitions hold.
//!
//! Invariant: a kind says how its names are spelt and where they are known.

use xueji_definition::Text;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the word that definitions have for it")]
pub enum Kind {
    Class,
    Code,
    Codes,
    Day,
    Effect,
    Fact,
    Form,
    FormField,
    Function,
    Materials,
    Message,
    Notice,
    Outcome,
    Paper,
    Parameter,
    Person,
    Process,
    Query,
    Record,
    RecordField,
    Role,
    Rule,
    Scenario,
    Series,
    SharedStep,
    Step,
    Template,
    Unit,
    Window,
}

/// How names of a kind are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `like-this`.
    Kebab,
    /// `like_this`.
    Snake,
    /// `like.this`.
    Dotted,
    /// With letters, digits, `_`, `-` and `.`.
    Free,
}

impl Kind {
    /// Returns what it is called.
    #[must_use]
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::Class => ("数据类别", "class of data"),
            Self::Code => ("代码", "code"),
            Self::Codes => ("代码表", "code list"),
            Self::Day => ("日历上的日子", "named day"),
            Self::Effect => ("效果", "effect"),
            Self::Fact => ("事实", "fact"),
            Self::Form => ("表单", "form"),
            Self::FormField => ("表单字段", "form field"),
            Self::Function => ("函数", "function"),
            Self::Materials => ("材料清单", "list of papers"),
            Self::Message => ("消息", "message"),
            Self::Notice => ("通知", "notice"),
            Self::Outcome => ("答复", "outcome"),
            Self::Paper => ("材料", "paper"),
            Self::Parameter => ("参数", "parameter"),
            Self::Person => ("人员", "person"),
            Self::Process => ("流程", "process"),
            Self::Query => ("查询", "query"),
            Self::Record => ("记录类型", "record type"),
            Self::RecordField => ("记录字段", "record field"),
            Self::Role => ("角色", "role"),
            Self::Rule => ("规则", "rule"),
            Self::Scenario => ("场景", "scenario file"),
            Self::Series => ("编号系列", "series"),
            Self::SharedStep => ("共用步骤", "shared step"),
            Self::Step => ("步骤", "step"),
            Self::Template => ("文书模板", "template"),
            Self::Unit => ("单位", "unit"),
            Self::Window => ("时间窗口", "window"),
        };
        Text::new(zh, en)
    }

    /// Returns how its names are spelt.
    #[must_use]
    pub fn spelling(self) -> Spelling {
        match self {
            Self::Form | Self::Materials | Self::Process | Self::Rule | Self::Scenario => {
                Spelling::Kebab
            }
            Self::SharedStep | Self::Step | Self::Template => Spelling::Kebab,
            Self::Codes | Self::Fact | Self::FormField | Self::Function | Self::Paper => {
                Spelling::Snake
            }
            Self::Record | Self::RecordField | Self::Role => Spelling::Snake,
            Self::Parameter => Spelling::Dotted,
            _ => Spelling::Free,
        }
    }

    /// Returns the file that is named after a thing of this kind.
    #[must_use]
    pub fn file(self, name: &str) -> Option<String> {
        Some(match self {
            Self::Process => format!("workflows/processes/{name}.yaml"),
            Self::Form => format!("workflows/forms/{name}.yaml"),
            Self::Materials => format!("workflows/materials/{name}.yaml"),
            Self::Scenario => format!("workflows/scenarios/{name}.yaml"),
            Self::Template => format!("workflows/documents/{name}.html"),
            _ => return None,
        })
    }
}

impl Spelling {
    /// Tells whether a name is spelt so.
    #[must_use]
    pub fn fits(self, name: &str) -> bool {
        let joined = |joint: char, part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && !part.ends_with(joint)
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
        };
        match self {
            Self::Kebab => joined('-', name),
            Self::Snake => joined('_', name),
            Self::Dotted => !name.is_empty() && name.split('.').all(|part| joined('_', part)),
            Self::Free => {
                name.starts_with(|c: char| c.is_alphanumeric())
                    && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
            }
        }
    }

    /// Returns what to write instead.
    #[must_use]
    pub fn help(self) -> Text {
        let (zh, en) = match self {
            Self::Kebab => (
                "用小写字母、数字和 `-`，字母开头，如 `hall-booking`",
                "use small letters, digits and `-`, a letter first, such as `hall-booking`",
            ),
            Self::Snake => (
                "用小写字母、数字和 `_`，字母开头，如 `unit_head`",
                "use small letters, digits and `_`, a letter first, such as `unit_head`",
            ),
            Self::Dotted => (
                "用小写字母、数字、`_`，各段之间用 `.`，如 `hall.fee`",
                "use small letters, digits and `_`, with `.` between the parts, such as `hall.fee`",
            ),
            Self::Free => ("用字母、数字、`_`、`-`、`.`", "use letters, digits, `_`, `-` and `.`"),
        };
        Text::new(zh, en)
    }
}
