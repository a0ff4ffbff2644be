//! `docs/findings.md` explains every code that a finding can have, `docs/functions.md` every function of rules.
//! `UPDATE_PAGES=1` writes them anew.
#![allow(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use xueji_check::codes;
use xueji_check::explain::section;
use xueji_definition::finding::Severity;
use xueji_rules::functions;

const OPENING: &str = "\
# 校验发现的问题 · What `validate` finds

`xueji validate` 一次列出全部问题：编号、文件、行、列、原文和办法；`xueji explain 编号` 说明一个编号。本页列出全部编号，由
`engine/check/pages/` 生成，测试核对：每个错误的例子恰好给出这个问题，改正以后一个也没有。
**错误**不能上线（退出码 1）；**警告**可以上线，但多半是遗漏（`--strict` 时也算失败）。

*`xueji validate` tells all that is wrong at once: code, file, line, column, what stands there and how to mend it;
`xueji explain CODE` explains one code. This page lists every code; it is made from `engine/check/pages/`, and a test proves
that each broken example gives just its finding and the mended one none. An **error** (错误) does not go live, exit code 1;
a **warning** (警告) does, though something was probably forgotten (`--strict` lets it fail, too).*

确有理由的警告可以就地免除：在那一行末尾或上一行写 `# xueji: allow 编号 — 理由`（规则文件里用 `//`）；没有理由、没有作用的免除本身是警告。
`xueji validate --fix` 改正有把握的错误，`--fix --dry-run` 只显示会改什么；`--write-baseline` 记下旧文件夹已有的问题，`--baseline` 以后只报新的。

*A warning may be silenced in place for a reason: `# xueji: allow CODE — reason` at the end of its line or above it (`//` in
rules); a silencing without reason or effect is a warning itself. `--fix` mends what is certain, `--fix --dry-run` only shows
it; `--write-baseline FILE` writes down what an old folder has, and `--baseline FILE` tells only what is new.*

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
            writeln!(page, "| [`{code}`](#{code}) | {weight} | {} | {} |", cell(zh), cell(en))
                .expect("text");
        }
        page.push('\n');
    }
    page.push_str("## 逐个说明 · Each code\n");
    for (code, ..) in codes() {
        page.push('\n');
        page.push_str(&section(code).expect("a code"));
    }
    page
}

const CALLED: &str = "\
# 规则可用的函数 · Functions of rules

规则和表达式里可以用的全部函数，由程序生成，测试核对。`f(a, b)` 也可以写成 `a.f(b)`；没有括号的是属性，如 `today.year`。
此外有 `+ - * / %`、`== != < <= > >=`、`&& || !`、`in`、`if … { … } else { … }`。没有循环，没有时钟。

*All functions of rules and expressions; made from the program and compared by a test. `f(a, b)` may be written `a.f(b)`; one
without parentheses is a property, such as `today.year`. Besides there are the operators above, and no loops and no clock.*

| 函数 · function | 意思 | meaning |
| --- | --- | --- |
";

fn called() -> String {
    let mut page = CALLED.to_owned();
    for function in functions() {
        let how = if function.property {
            format!("date.{}", function.name)
        } else {
            function.signature()
        };
        let cell = |text: &str| text.replace('|', "\\|");
        writeln!(page, "| `{how}` | {} | {} |", cell(function.zh), cell(function.en))
            .expect("text");
    }
    page
}

fn as_written(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var("UPDATE_PAGES").is_ok_and(|value| value == "1") {
        fs::write(&path, page).expect("a page");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/{name} is out of date: run with UPDATE_PAGES=1");
}

#[test]
fn a_page_lists_every_code() {
    as_written("findings.md", &page());
}

#[test]
fn a_page_lists_every_function() {
    as_written("functions.md", &called());
}
