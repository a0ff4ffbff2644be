//! `docs/findings.md` lists every code that a finding can have. `UPDATE_PAGES=1` writes it anew.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use xueji_check::codes;
use xueji_definition::finding::Severity;

const OPENING: &str = "\
# 校验发现的问题 · What `validate` finds

`xueji validate` 一次列出全部问题：编号、文件、行、列、原文和办法。本页列出全部编号，由程序生成，测试核对。
**错误**不能上线（退出码 1）；**警告**可以上线，但多半是遗漏（`--strict` 时也算失败）。

*`xueji validate` tells all that is wrong at once: code, file, line, column, what stands there and how to mend it. This page
lists every code; it is made from the program and compared by a test. An **error** (错误) does not go live, exit code 1; a
**warning** (警告) does, though something was probably forgotten (`--strict` lets it fail, too).*

";

/// Where a reader of each group of codes looks first.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "YAML 的写法与文件 · YAML and files",
        &["yaml-", "file-", "folder-", "findings-", "too-many-", "schema-"],
    ),
    ("键、值与名称 · Keys, values and names", &["key-", "value-", "id-", "literal-"]),
    ("规则与表达式 · Rules and expressions", &["rule-", "expression-"]),
];

const OTHERS: &str = "流程、组织、日历与其他 · Processes, organisation, calendars and the rest";

fn group(code: &str) -> &'static str {
    let of = |(title, starts): &(&'static str, &[&str])| {
        starts.iter().any(|start| code.starts_with(start)).then_some(*title)
    };
    GROUPS.iter().find_map(of).unwrap_or(OTHERS)
}

fn page() -> String {
    let mut page = OPENING.to_owned();
    for title in GROUPS.iter().map(|(title, _)| *title).chain([OTHERS]) {
        writeln!(page, "## {title}\n").expect("text");
        writeln!(page, "| 编号 · code | | 意思 | meaning |\n| --- | --- | --- | --- |")
            .expect("text");
        for (code, severity, zh, en) in codes().into_iter().filter(|doc| group(doc.0) == title) {
            let weight = if severity == Severity::Error { "错误" } else { "警告" };
            let cell = |text: &str| text.replace('|', "\\|");
            writeln!(page, "| `{code}` | {weight} | {} | {} |", cell(zh), cell(en)).expect("text");
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

#[test]
fn the_page_lists_every_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    let page = page();
    if std::env::var("UPDATE_PAGES").is_ok_and(|value| value == "1") {
        fs::write(&path, &page).expect("a page");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/findings.md is out of date: run with UPDATE_PAGES=1");
}
