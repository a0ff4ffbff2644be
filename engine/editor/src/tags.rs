//! What may be written in the doc comment of a rule: its tags, and the words that some of them take.
//!
//! Invariant: a word that is offered behind a tag is one that the tag takes.

use lsp_types::CompletionItemKind;

use crate::complete::{Offer, plain};
use crate::workspace::Language;

/// The tags of a rule's doc comment, with what each says.
const TAGS: &[(&str, &str, &str)] = &[
    ("@id", "编号", "the rule's id"),
    (
        "@effect",
        "作用：block、hold、warn、require、include、route …",
        "block, hold, warn, require, include, route …",
    ),
    ("@source", "依据的可靠程度", "on what ground"),
    ("@article", "条文", "the article"),
    ("@reason zh", "中文理由", "the reason in Chinese"),
    ("@reason en", "英文理由", "the reason in English"),
    ("@override-role", "可以破例的角色", "the role that may set it aside"),
    ("@off-by", "关闭它的参数", "the parameter that switches it off"),
    ("@require zh", "欠缺的中文说明", "what is owed, in Chinese"),
    ("@require en", "欠缺的英文说明", "what is owed, in English"),
];

/// What each effect means.
const EFFECTS: &[(&str, &str, &str)] = &[
    ("block", "不满足就不能提交", "it cannot be submitted"),
    ("hold", "不满足就等待，不拒绝", "it waits, and is not refused"),
    ("warn", "只提示审批的人", "it is shown to those who decide"),
    ("require", "要求补一份材料或一个步骤", "a material or a step is asked for"),
    ("include", "决定查询包括哪些", "it says what a query takes in"),
    ("conclude", "决定审核的结论", "it says what a review concludes"),
    ("decide", "给出几个答复之一", "it is one of several answers to choose from"),
    ("route", "决定走哪条路", "it says which way a case goes"),
    ("rank", "决定先后次序", "it says who comes first"),
];

/// What each ground means.
const SOURCES: &[(&str, &str, &str)] = &[
    ("R", "规定中读到", "read in the regulation"),
    (
        "R*",
        "规定中有，尚未核对原文",
        "in the regulation, not yet checked against the official text",
    ),
    ("S", "部门的流程图写明", "stated by the office's chart"),
    ("P", "通行做法", "common practice"),
    ("D", "推断", "inferred"),
];

/// Returns what may stand at the end of a line of a doc comment, given without its slashes.
pub(crate) fn offers(doc: &str, language: Language) -> Vec<Offer> {
    let said = doc.trim_start();
    let words = |all: &[(&str, &str, &str)]| -> Vec<Offer> {
        let word = |(word, zh, en): &(&str, &str, &str)| {
            plain(word, CompletionItemKind::ENUM_MEMBER, language.of(zh, en))
        };
        all.iter().map(word).collect()
    };
    match said.split_once(' ') {
        Some(("@effect", _)) => return words(EFFECTS),
        Some(("@source", _)) => return words(SOURCES),
        // A text or a name that only the author knows.
        Some((tag, _))
            if !matches!(tag, "@reason" | "@require")
                && TAGS.iter().any(|(known, ..)| known.split(' ').next() == Some(tag)) =>
        {
            return Vec::new();
        }
        _ => {}
    }
    let tags = TAGS
        .iter()
        .map(|(tag, zh, en)| plain(tag, CompletionItemKind::KEYWORD, language.of(zh, en)));
    let written = |tag: &Offer| {
        let rest = tag.name.strip_prefix('@').filter(|_| doc.contains('@'));
        rest.map(|rest| format!("{rest} "))
    };
    tags.map(|tag| Offer { written: written(&tag), ..tag }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_word_that_is_offered_is_one_that_rules_take() {
        for (word, ..) in EFFECTS {
            let word = Value::String((*word).to_owned());
            assert!(serde_json::from_value::<xueji_rules::Effect>(word.clone()).is_ok(), "{word}");
        }
        for (word, ..) in SOURCES {
            let word = Value::String((*word).to_owned());
            assert!(
                serde_json::from_value::<xueji_rules::Certainty>(word.clone()).is_ok(),
                "{word}"
            );
        }
    }
}
