//! What was not as a story expects, with all that helps to see why.
//!
//! Invariant: a failure names its place in the scenario file by keys; who shows it looks up the line. What it says comes
//! in both languages; what stands in files and data reads the same in both.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use xueji_definition::Text;
use xueji_definition::file::VerdictWord;
use xueji_definition::finding::{Key, Route};
use xueji_definition::value::Value;
use xueji_runtime::verdict::{Says, Verdict};

/// What was not as expected.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Failure {
    /// The step of the story, from 1; 0 before the first.
    pub step: usize,
    /// What was done, in short.
    pub act: Text,
    /// What was looked at.
    pub what: Text,
    /// What was expected.
    pub expected: Text,
    /// What was found.
    pub actual: Text,
    /// What the rules said.
    pub verdicts: Vec<Judged>,
    /// The tasks of the case that are open then, a line each.
    pub open: Vec<String>,
    /// Where in the scenario file it is written.
    #[serde(skip)]
    pub route: Route,
}

/// What a rule said, and what it read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// The rule.
    pub rule: String,
    /// What it said.
    pub says: VerdictWord,
    /// Why.
    pub reason: Text,
    /// What it read; nothing where there was no value.
    pub inputs: BTreeMap<String, Option<serde_json::Value>>,
}

impl Failure {
    /// Says under which keys the failure's place stands.
    pub(super) fn under(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        let mut route: Vec<Key> = keys.into_iter().collect();
        route.append(&mut self.route.0);
        self.route = Route(route);
        self
    }
}

impl Judged {
    pub(super) fn of(verdict: &Verdict) -> Self {
        let reason = match &verdict.says {
            Says::Fault { message } => message.words(),
            Says::NotJudged { missing } => {
                Text::new(format!("缺少 {missing}"), format!("missing {missing}"))
            }
            _ => verdict.reason.clone(),
        };
        // A group that stands there only as a shape says nothing to people.
        let shape =
            |value: &Option<Value>| matches!(value, Some(Value::Map(fields)) if fields.is_empty());
        let inputs = verdict.reads.iter().filter(|(_, value)| !shape(value));
        let inputs = inputs.map(|(path, value)| (path.clone(), value.as_ref().map(Value::to_json)));
        Self { rule: verdict.rule.clone(), says: says(verdict), reason, inputs: inputs.collect() }
    }
}

/// Returns what a rule said, as stories write it.
pub(super) fn says(verdict: &Verdict) -> VerdictWord {
    match &verdict.says {
        _ if verdict.overridden.is_some() => VerdictWord::Overridden,
        Says::Satisfied => VerdictWord::Satisfied,
        Says::NotSatisfied => VerdictWord::NotSatisfied,
        Says::NotJudged { .. } => VerdictWord::NotJudged,
        Says::Fault { .. } => VerdictWord::Fault,
    }
}

/// What a failure shows.
pub(super) trait Words {
    /// Returns the words; what is no prose reads the same in both languages.
    fn words(self) -> Text;
}

impl Words for Text {
    fn words(self) -> Text {
        self
    }
}

impl Words for VerdictWord {
    fn words(self) -> Text {
        let zh = match self {
            Self::Satisfied => "满足",
            Self::NotSatisfied => "不满足",
            Self::NotJudged => "无法判断",
            Self::Overridden => "特批",
            Self::Fault => "规则出错",
        };
        Text::new(zh, self.as_str())
    }
}

impl Words for &String {
    fn words(self) -> Text {
        self.as_str().words()
    }
}

impl Words for &str {
    fn words(self) -> Text {
        Text::new(self, self)
    }
}

impl Words for String {
    fn words(self) -> Text {
        Text::new(self.clone(), self)
    }
}

/// Returns the words for what is not there.
pub(super) fn none() -> Text {
    Text::new("（无）", "(none)")
}

/// Chooses the words of a language.
type Choose<'c> = &'c dyn Fn(&Text) -> &str;

impl Judged {
    fn told(&self, of: Choose<'_>) -> String {
        let said = self.says.words();
        let colon = of(&Text::new("：", ": ")).to_owned();
        let mut told = format!("{} {}{colon}{}", self.rule, of(&said), of(&self.reason));
        for (path, value) in &self.inputs {
            let value = value.as_ref();
            let value = value.map_or_else(|| of(&none()).to_owned(), serde_json::Value::to_string);
            told += &format!("\n      {path} = {value}");
        }
        told
    }
}

impl Failure {
    /// Returns the failure as people read it, on several lines, in the language that `of` chooses.
    pub fn told(&self, of: Choose<'_>) -> String {
        let say = |zh: &str, en: &str| of(&Text::new(zh, en)).to_owned();
        let head = Text::new(format!("第 {} 步：", self.step), format!("step {}: ", self.step));
        let mut lines = vec![
            format!("{}{}", of(&head), of(&self.act)),
            format!("  {}", of(&self.what)),
            format!("  {}{}", say("预期：", "expected: "), of(&self.expected)),
            format!("  {}{}", say("实际：", "actual:   "), of(&self.actual)),
        ];
        if !self.verdicts.is_empty() {
            lines.push(say("  规则：", "  rules:"));
        }
        lines.extend(self.verdicts.iter().map(|verdict| format!("  · {}", verdict.told(of))));
        if !self.open.is_empty() {
            lines.push(say("  当时的待办：", "  tasks open then:"));
        }
        lines.extend(self.open.iter().map(|task| format!("  · {task}")));
        lines.join("\n")
    }
}

impl fmt::Display for Failure {
    /// Tells it in Chinese.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&|text| &text.zh))
    }
}
