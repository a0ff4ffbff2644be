//! `template-syntax`: a template of a paper that cannot be read; `template-word-unknown`: a filter, test or function in
//! it that there is none of.
//!
//! Why: the case stops at the step that makes the paper. Broken: `fixtures/broken/template-words`. Mended: by closing what
//! is open, or by a word that there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{Environment, ErrorKind};
use xueji_definition::Text;
use xueji_definition::finding::{Finding, Severity::Error, Spot};

use crate::Check;
use crate::template_tags::{Kind, Word, words};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("template-syntax", Error, "文书模板的写法不对", "The template of a paper cannot be read."),
        (
            "template-word-unknown",
            Error,
            "文书模板里没有这个过滤器、判断或函数",
            "Templates have no such filter, test or function.",
        ),
    ],
    run,
};

/// What the engine adds to the words of templates.
const OWN_FILTERS: [&str; 1] = ["date_zh"];
const OWN_FUNCTIONS: [&str; 2] = ["code", "label"];

/// Words that templates have, for those that are misspelt.
const FILTERS: [&str; 44] = [
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "default",
    "dictsort",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];
const TESTS: [&str; 20] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "undefined",
];
const FUNCTIONS: [&str; 4] = ["debug", "dict", "namespace", "range"];
/// Statements that take in another file, which a template of a paper has not.
const OTHER_FILES: [&str; 4] = ["extends", "from", "import", "include"];

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, template) in &world.definitions.documents {
        let file = format!("workflows/documents/{id}.html");
        let found = world
            .proofs
            .templates
            .proved(id, template.clone(), |template| Arc::new(faults(&file, template)));
        findings.extend(found.iter().cloned());
    }
    findings
}

/// Returns what is wrong with a template.
fn faults(file: &str, template: &str) -> Vec<Finding> {
    let environment = Environment::new();
    let words = words(template);
    let made: BTreeSet<&str> =
        words.iter().filter(|word| word.kind == Kind::Made).map(|word| word.name).collect();
    let others = words.iter().filter(|word| !made.contains(word.name));
    let unknown = others.filter_map(|word| {
        let spot = || place(template, word.at);
        unknown(&environment, file, word, spot)
    });
    syntax(&environment, file, template).into_iter().chain(unknown).collect()
}

/// Returns what keeps a template from being read.
fn syntax(environment: &Environment<'_>, file: &str, template: &str) -> Option<Finding> {
    let error = environment.template_from_str(template).err()?;
    let detail = error.detail().unwrap_or("it cannot be read");
    let spot = match error.range() {
        Some(range) => place(template, range.start),
        None => Spot::At(error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(1), 1),
    };
    let message = Text::new(
        format!("文书模板的写法不对：{}", in_chinese(detail)),
        format!("the template cannot be read: {detail}"),
    );
    let finding = Finding::error("template-syntax", file, spot, message);
    Some(match detail.contains("end of input") || detail.contains("end of block") {
        true => finding.help(Text::new(
            "{{ 要有 }}，{% 要有 %}，{% if %} 要有 {% endif %}，{% for %} 要有 {% endfor %}",
            "`{{` needs `}}`, `{%` needs `%}`, `{% if %}` needs `{% endif %}`, `{% for %}` needs `{% endfor %}`",
        )),
        false => finding,
    })
}

/// Returns what is wrong in Chinese, as far as it is put in known words.
fn in_chinese(detail: &str) -> String {
    if let Some(name) = detail.strip_prefix("unknown statement ") {
        return format!("没有语句 `{name}`");
    }
    let Some((found, expected)) =
        detail.strip_prefix("unexpected ").and_then(|rest| rest.split_once(", expected "))
    else {
        return detail.to_owned();
    };
    if found == "end of input" {
        return "到文件末尾还没有写完".to_owned();
    }
    let (found, expected) = (thing(found), thing(expected));
    format!("应为{expected}，现为{found}")
}

fn thing(words: &str) -> String {
    match words {
        "end of block" => " %}".to_owned(),
        "end of variable block" => " }}".to_owned(),
        "start of block" => " {%".to_owned(),
        "start of variable block" => " {{".to_owned(),
        "identifier" => "名称".to_owned(),
        "expression" => "表达式".to_owned(),
        other => format!(" {other}"),
    }
}

/// Returns where a byte of a text stands.
fn place(text: &str, at: usize) -> Spot {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Spot::At(small(line), small(column))
}

/// Returns that a word is none, if it is none.
fn unknown(
    environment: &Environment<'_>,
    file: &str,
    word: &Word<'_>,
    spot: impl Fn() -> Spot,
) -> Option<Finding> {
    let name = word.name;
    let (own, known, zh, en, tried): (&[&str], &[&str], _, _, _) = match word.kind {
        Kind::Filter => {
            (&OWN_FILTERS, &FILTERS, "过滤器", "filter", format!("{{{{ ''|{name} }}}}"))
        }
        Kind::Test => (&[], &TESTS, "判断", "test", format!("{{{{ '' is {name} }}}}")),
        Kind::Function => {
            (&OWN_FUNCTIONS, &FUNCTIONS, "函数", "function", format!("{{{{ {name}() }}}}"))
        }
        Kind::Statement if OTHER_FILES.contains(&name) => {
            let message = Text::new(
                format!("文书模板不能引用别的文件（`{name}`）"),
                format!("a template takes in no other file (`{name}`)"),
            );
            let help = Text::new("把内容写在这个文件里", "write what it says in this file");
            return Some(Finding::error("template-syntax", file, spot(), message).help(help));
        }
        Kind::Statement | Kind::Made => return None,
    };
    if own.contains(&name) || known.contains(&name) {
        return None;
    }
    let kind = environment.render_str(&tried, ()).err()?.kind();
    if !matches!(
        kind,
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction
    ) {
        return None;
    }
    let message =
        Text::new(format!("文书模板没有{zh} `{name}`"), format!("templates have no {en} `{name}`"));
    let finding = Finding::error("template-word-unknown", file, spot(), message);
    Some(finding.near(name, own.iter().chain(known).copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_are_offered_are_there() {
        let environment = Environment::new();
        let kind =
            |tried: String| environment.render_str(&tried, ()).err().map(|error| error.kind());
        for name in FILTERS {
            assert_ne!(
                kind(format!("{{{{ ''|{name} }}}}")),
                Some(ErrorKind::UnknownFilter),
                "{name}"
            );
        }
        for name in TESTS {
            assert_ne!(
                kind(format!("{{{{ '' is {name} }}}}")),
                Some(ErrorKind::UnknownTest),
                "{name}"
            );
        }
        for name in FUNCTIONS {
            assert_ne!(
                kind(format!("{{{{ {name}() }}}}")),
                Some(ErrorKind::UnknownFunction),
                "{name}"
            );
        }
    }
}
