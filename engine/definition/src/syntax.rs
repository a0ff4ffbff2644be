//! The words for text that is no YAML, and for characters that nobody can see.
//!
//! Invariant: every finding here has a place; what the parser says in English is told in Chinese as well.

use crate::Text;
use crate::finding::{Finding, Spot};
use crate::yaml::{MAX_DEPTH, Mark};

/// The most characters of a name that are shown in a message.
const SHOWN: usize = 60;
/// The most findings about characters in one file: one is enough to see what kind of file it is.
const TOLD: usize = 20;

/// Returns a name as it is shown in a message: cut, and without line ends.
#[must_use]
pub(crate) fn shown(name: &str) -> String {
    let mut text: String =
        name.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

/// What the parser says, by a part of its words, and what an office can do about it.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "mapping values are not allowed",
        "这里不能再有冒号",
        "a colon cannot stand here",
        "检查这一行和上面几行的缩进；若文字里有冒号，请给整段文字加引号 / check the indentation of this line and of those above; put quotes around text that holds a colon",
    ),
    (
        "tab",
        "缩进不能用制表符（Tab）",
        "tabs cannot be used as indentation",
        "改用空格 / use spaces",
    ),
    (
        "while parsing a tag",
        "不能使用标签（`!`）",
        "tags (`!`) are not read",
        "若本是文字，请加引号 / put quotes around it if it is text",
    ),
    (
        "quoted scalar",
        "引号没有成对",
        "a quote is opened and never closed",
        "补上结尾的引号 / add the closing quote",
    ),
    (
        "did not find expected '-' indicator",
        "列表的每一项要以 `- ` 开头，并与前面各项对齐",
        "every item of a list begins with `- `, below the one before",
        "检查这一行和上面几行的缩进 / check the indentation of this line and of those above",
    ),
    (
        "did not find expected <document start>",
        "前面的内容已经结束，这里多出了内容",
        "what stands before is complete, and more follows",
        "检查这一行和上面几行的缩进 / check the indentation of this line and of those above",
    ),
    (
        "illegal placement of ':'",
        "方括号或花括号没有成对，或冒号放错了地方",
        "a bracket is never closed, or a colon is misplaced",
        "补上 `]` 或 `}` / add the `]` or `}`",
    ),
    (
        "did not find expected ',' or",
        "方括号或花括号里，各项之间要有逗号，结尾要有括号",
        "in brackets, items are parted by commas and the bracket is closed",
        "补上 `,`、`]` 或 `}`，要用半角；文字里有冒号、括号时给整段文字加引号 / add the `,`, `]` or `}`; put quotes around text that holds a colon or a bracket",
    ),
    (
        "did not find expected key",
        "这里应当是一个键，与前面各键对齐",
        "a key is expected here, below the ones before",
        "检查这一行和上面几行的缩进 / check the indentation of this line and of those above",
    ),
    (
        "could not find expected ':'",
        "键后面缺少冒号和空格（`键: 值`，冒号用半角）",
        "a key is not followed by a colon and a space (`key: value`)",
        "全角冒号 `：` 要改成半角 `: ` / write the colon as `: `",
    ),
    (
        "simple key expect",
        "上一行的键后面缺少冒号和空格（`键: 值`，冒号用半角）",
        "the key before is not followed by a colon and a space (`key: value`)",
        "全角冒号 `：` 要改成半角 `: ` / write the colon as `: `",
    ),
    (
        "unknown anchor",
        "不能使用别名（`*`）",
        "aliases (`*`) are not read",
        "若本是文字，请加引号 / put quotes around it if it is text",
    ),
    (
        "unexpected character",
        "文字不能以这个字符开头",
        "text cannot begin with this character",
        "给文字加引号 / put quotes around the text",
    ),
    (
        "invalid indentation",
        "缩进不对",
        "the indentation is wrong",
        "同一组的键要对齐，括号里的内容要比键缩进 / align the keys of a group, and indent what stands in brackets",
    ),
    (
        "did not find expected node content",
        "这里缺少内容，可能是括号没有成对",
        "something is missing here; perhaps a bracket is never closed",
        "补上 `]` 或 `}` / add the `]` or `}`",
    ),
    (
        "unexpected end",
        "内容没有写完",
        "the text ends too early",
        "检查括号和引号 / check brackets and quotes",
    ),
];

/// Returns the finding for text that the parser could not read.
#[must_use]
pub(crate) fn fault(file: &str, at: Mark, info: &str) -> Finding {
    let spot = Spot::At(at.line, at.column);
    if info.contains("recursion limit") {
        return too_deep(file, at);
    }
    let Some((_, zh, en, help)) = FAULTS.iter().find(|(part, ..)| info.contains(part)) else {
        let message =
            Text::new(format!("YAML 写法不对：{info}"), format!("this is not YAML: {info}"));
        return Finding::error("yaml-syntax", file, spot, message);
    };
    let (zh_help, en_help) = help.split_once(" / ").unwrap_or((help, help));
    Finding::error("yaml-syntax", file, spot, Text::new(*zh, *en)).help(Text::new(zh_help, en_help))
}

/// Returns the finding for lists and groups that go too deep.
#[must_use]
pub(crate) fn too_deep(file: &str, at: Mark) -> Finding {
    let message = Text::new(
        format!("嵌套太深：最多 {MAX_DEPTH} 层"),
        format!("nested too deeply: at most {MAX_DEPTH} levels"),
    );
    let help = Text::new("拆成较浅的结构", "split it into something flatter");
    Finding::error("yaml-too-deep", file, Spot::At(at.line, at.column), message).help(help)
}

/// Returns a finding for each character that has no place in a file that people read: control characters, line ends
/// that only some readers see, and marks that hide or turn round what follows.
#[must_use]
pub(crate) fn control_characters(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Nearly every file is without, and is looked through no further than to see it.
    if !text.chars().any(refused) {
        return findings;
    }
    let (mut line, mut column) = (1_u32, 1_u32);
    let mut before = '\0';
    for (at, c) in text.chars().enumerate() {
        if refused(c) && !(at == 0 && c == '\u{feff}') {
            let message = Text::new(
                format!("不可见的控制字符 U+{:04X}", u32::from(c)),
                format!("a control character that nobody sees, U+{:04X}", u32::from(c)),
            );
            let help = Text::new("删去它，或重新输入这一行", "delete it, or type the line again");
            let spot = Spot::At(line, column);
            findings.push(Finding::error("yaml-control-character", file, spot, message).help(help));
            if findings.len() == TOLD {
                break;
            }
        }
        if c == '\r' || (c == '\n' && before != '\r') {
            (line, column) = (line.saturating_add(1), 1);
        } else if c != '\n' && !(at == 0 && c == '\u{feff}') {
            column = column.saturating_add(1);
        }
        before = c;
    }
    findings
}

fn refused(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        ' '..='~' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => true,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => c.is_control(),
    }
}
