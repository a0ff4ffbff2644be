//! Laying out a file keeps what it says, every comment, and the groups of its lines.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may fail by panicking"
)]

use proptest::prelude::*;
use xueji_definition::format::{FormatError, format};

fn check(text: &str, expected: &str) {
    let out = format("x.yaml", text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(out, expected, "from:\n{text}");
    assert_eq!(format("x.yaml", expected).as_deref(), Ok(expected), "laid out again");
}

#[test]
fn indentation_blanks_and_lists_are_mended() {
    check(
        "a:\n    b:   1\n    c:\n    -  x\n    -   y : z\n        w: 2\n",
        "a:\n  b: 1\n  c:\n    - x\n    - y: z\n      w: 2\n",
    );
    check("a: {b:   1 ,c: [ x,y ]}   \n\n\n\nd: 2", "a: {b: 1, c: [x, y]}\n\nd: 2\n");
    check("a:\n  -\n    b: 1\n  - - c\n    - d\n", "a:\n  - b: 1\n  - - c\n    - d\n");
    check("a:\n  value\nb:\n", "a: value\nb:\n");
}

#[test]
fn quotes_stay_where_they_are_needed() {
    check(
        "a: 'x'\n\"b\": \"y-z\"\nc: \"1\"\nd: 'no'\ne: 'a: b'\nf: \"中文\"\n",
        "a: x\nb: y-z\nc: \"1\"\nd: 'no'\ne: 'a: b'\nf: 中文\n",
    );
}

#[test]
fn quotes_of_a_pair_are_alike() {
    check("a: {zh: \"中文\", en: \"two words\"}\n", "a: {zh: \"中文\", en: \"two words\"}\n");
    check("a: {zh: \"中文\", en: \"word\"}\n", "a: {zh: 中文, en: word}\n");
}

#[test]
fn what_stands_in_brackets_below_its_key_stays_there_if_it_is_long() {
    check("a:\n   {b: 1,\n    c: 2}\nd:\n  {e: 1}\n", "a:\n  {b: 1,\n   c: 2}\nd: {e: 1}\n");
}

#[test]
fn comments_stay_with_what_they_are_about() {
    let text = "# 开头\n\n# 说明\na: 1            # 甲\nb:              # 乙\n  # 内\n  c: 2\n  # 内尾\n# 外\nd: [1, 2]       # 丁\n# 末\n";
    check(text, text);
    check(
        "b:\n      # 内\n      c: 2 # 一\n      # 内尾\nd: 1\n",
        "b:\n  # 内\n  c: 2 # 一\n  # 内尾\nd: 1\n",
    );
    check("a:\n  - # 空\n    b: 1\n", "a:\n  # 空\n  - b: 1\n");
}

#[test]
fn text_of_several_lines_keeps_its_lines() {
    let text = "a: |\n  x\n    y\n\n  # 不是注释\nb: >-\n  z\n";
    check(text, text);
    check(
        "k:\n    a: |\n        x\n          y\n    b: one\n      two\n",
        "k:\n  a: |\n      x\n        y\n  b: one\n    two\n",
    );
    check("k:\n    a: [x,\n        y]   # 丙\n", "k:\n  a: [x,\n      y]   # 丙\n");
}

#[test]
fn the_schema_comes_first() {
    let path = "workflows/forms/hall.yaml";
    let first = "# yaml-language-server: $schema=../schema/form.json\n";
    assert_eq!(format(path, "form: hall\n"), Ok(format!("{first}form: hall\n")));
    assert_eq!(
        format(path, &format!("# 一\n{first}form: hall\n")),
        Ok(format!("{first}# 一\nform: hall\n"))
    );
}

#[test]
fn what_cannot_be_read_is_left() {
    assert!(matches!(format("x.yaml", "a: [\n"), Err(FormatError::Unreadable(_))));
    assert!(matches!(format("x.yaml", "a: &x 1\n"), Err(FormatError::Unreadable(_))));
}

fn scalar() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "1",
        "x",
        "'y'",
        "\"no\"",
        "中文",
        "\"a: b # c\"",
        "a.b-c",
        "'it''s'",
        "true",
        "\"\\\"q\\\"\"",
    ])
    .prop_map(str::to_owned)
}

fn note() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", " # 注", "      # later"])
}

fn above() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", "# above", "\n", "\n\n# parted", "# two\n\n\n"])
}

/// Lines of a block, not yet indented, and how far what is below is indented.
fn block(depth: u32) -> BoxedStrategy<Vec<String>> {
    let key = prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    let flow =
        prop::collection::vec(scalar(), 0..3).prop_map(|all| format!("[{}]", all.join(" , ")));
    let leaf = prop_oneof![
        scalar(),
        flow,
        Just("{a:  1}".to_owned()),
        Just("|\n   x\n\n    y".to_owned()),
        Just(String::new())
    ];
    let value = if depth == 0 {
        leaf.prop_map(|text| (vec![text], 0)).boxed()
    } else {
        prop_oneof![leaf.prop_map(|text| (vec![text], 0)), (block(depth - 1), 1..5_usize)].boxed()
    };
    prop::collection::vec((key, value, note(), above()), 1..4)
        .prop_map(|entries| {
            let mut seen = std::collections::BTreeSet::new();
            let mut lines = Vec::new();
            for (key, (value, by), note, above) in entries {
                if !seen.insert(key) {
                    continue;
                }
                lines.extend(above.split('\n').filter(|_| !above.is_empty()).map(str::to_owned));
                if by == 0 {
                    let text = value.concat();
                    let note = if text.contains('|') { "" } else { note };
                    let mut parts = text.split('\n');
                    lines.push(format!("{key}:   {}{note}", parts.next().unwrap()));
                    lines.extend(parts.map(str::to_owned));
                } else {
                    lines.push(format!("{key}:{note}"));
                    lines.extend(value.iter().map(|line| {
                        if line.is_empty() {
                            String::new()
                        } else {
                            format!("{}{line}", " ".repeat(by))
                        }
                    }));
                }
            }
            lines
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn laying_out_twice_is_laying_out_once(lines in block(3)) {
        let text = lines.join("\n");
        match format("x.yaml", &text) {
            Ok(once) => {
                prop_assert_eq!(format("x.yaml", &once), Ok(once.clone()), "from:\n{}\nonce:\n{}", text, once);
                prop_assert_eq!(once.matches('#').count(), text.matches('#').count());
            }
            Err(error) => prop_assert!(matches!(error, FormatError::Unreadable(_)), "{error}\n{text}"),
        }
    }
}
