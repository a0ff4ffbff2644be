//! Rule files: what a doc comment tells, and every way in which it can be wrong, at its line and column.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use xueji_rules::{Certainty, Effect, Problem, RuleSet};

const GOOD: &str = "\
/// 首次预约
/// First booking
/// @id H5
/// @effect block
/// @source R* + P
/// @article 《场馆办法》第 5 条
/// @article 细则第 2 条
/// @reason zh 已预约{fact.booked}次，
///   上限{param.hall.most}次
/// @reason en booked {fact.booked} times,
///   at most {param.hall.most}
/// @override-role hall_head
/// @off-by param.hall.check
/// @require zh 说明
/// @require en a statement
fn first_booking(fact, param) { few(fact.booked, param.hall.most) }

private fn few(n, most) { n < most }
";

fn compile(text: &str) -> (RuleSet, Vec<Problem>) {
    RuleSet::compile([("hall.rhai".to_owned(), text.to_owned())])
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = compile(text)
        .1
        .iter()
        .map(|p| {
            assert!(!p.message.zh.is_empty() && p.file == "hall.rhai");
            let help = p.help.as_ref().map(|h| format!(" ({})", h.en)).unwrap_or_default();
            format!("{}:{} {}: {}{help}", p.line, p.column, p.code, p.message.en)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_rule_tells_all_about_itself() {
    let (rules, problems) = compile(GOOD);
    assert_eq!(problems, []);
    let rule = rules.get("first-booking").unwrap();
    assert_eq!((rule.id.as_str(), rule.function.as_str()), ("H5", "first_booking"));
    assert_eq!((rule.title.zh.as_str(), rule.title.en.as_str()), ("首次预约", "First booking"));
    assert_eq!(rule.effect, Effect::Block);
    assert_eq!(rule.source, [Certainty::Unchecked, Certainty::Practice]);
    assert_eq!(rule.articles, ["《场馆办法》第 5 条", "细则第 2 条"]);
    let reason = rule.reason.as_ref().unwrap();
    assert_eq!(reason.zh, "已预约{fact.booked}次，上限{param.hall.most}次");
    assert_eq!(reason.en, "booked {fact.booked} times, at most {param.hall.most}");
    assert_eq!(rule.override_role.as_deref(), Some("hall_head"));
    assert_eq!(rule.off_by.as_deref(), Some("param.hall.check"));
    assert_eq!(rule.require.as_ref().unwrap().zh, "说明");
    assert_eq!(rule.roots, ["fact", "param"]);
    assert_eq!((rule.line, rule.column), (16, 4));
    let reads: Vec<String> =
        rule.reads.iter().map(|r| format!("{}@{}:{}", r.path, r.line, r.column)).collect();
    assert!(reads.contains(&"fact.booked@16:37".to_owned()), "{reads:?}");
    assert!(reads.contains(&"param.hall.most@9:10".to_owned()), "{reads:?}");
    assert!(reads.contains(&"param.hall.check@13:13".to_owned()), "{reads:?}");
}

#[test]
fn tags_that_do_not_exist_or_are_missing() {
    check(
        &GOOD.replace("@effect", "@efect").replace("@id H5", "@id"),
        &[
            "4:5 rule-doc-tag-unknown: there is no tag `@efect` (did you mean `@effect`?)",
            "16:4 rule-doc-tag-missing: rule `first_booking` lacks `@id` (add a line `/// @id A1` above `fn`)",
            "16:4 rule-doc-tag-missing: rule `first_booking` lacks `@effect` (add a line `/// @effect block` above `fn`)",
        ],
    );
}

#[test]
fn tags_with_wrong_values() {
    check(
        &GOOD.replace("@effect block", "@effect blok").replace("R* + P", "R* + Q"),
        &[
            "4:13 rule-doc-tag-value: `@effect` has no `blok`; it is one of block, hold, warn, require, include, conclude, decide, route, rank (did you mean `block`?)",
            "5:13 rule-doc-tag-value: `@source` has no `Q`; it is one of R, R*, S, P, D",
        ],
    );
    check(
        &GOOD.replace("@off-by param.hall.check", "@off-by hall"),
        &[
            "13:13 rule-doc-tag-value: expected the path of a parameter after `@off-by`, found `hall` (as in `@off-by param.hall.check_term`)",
        ],
    );
    check(
        &GOOD.replace("@reason en", "@reason de"),
        &[
            "10:5 rule-doc-tag-value: expected the language `zh` or `en` after `@reason`",
            "16:4 rule-doc-language-missing: rule `first_booking` lacks `@reason en` (add a line `/// @reason en …` above `fn`)",
        ],
    );
}

#[test]
fn what_the_grounds_and_languages_need() {
    check(
        &GOOD.replace("/// @article 《场馆办法》第 5 条\n/// @article 细则第 2 条\n", ""),
        &[
            "14:4 rule-doc-article-missing: rule `first_booking` lacks `@article` (add a line `/// @article …` above `fn`)",
        ],
    );
    check(
        &GOOD.replace("/// First booking\n", ""),
        &[
            "15:4 rule-doc-language-missing: rule `first_booking` lacks `中文标题 / English title` (add a line `/// …` above `fn`)",
        ],
    );
    check(
        &GOOD.replace("/// @id H5\n", "/// @id H5\n/// @id H6\n"),
        &["4:5 rule-doc-tag-twice: `@id` stands twice"],
    );
}

#[test]
fn placeholders_are_checked_at_their_spot() {
    check(
        &GOOD.replace("{param.hall.most}次", "{param..most}次"),
        &[
            "9:15 rule-construct-refused: rules have no `..` (rules have conditions, variables, functions and operators; no loops, no catching of errors)",
        ],
    );
    check(
        &GOOD.replace("{param.hall.most}次", "{param.hall.most次"),
        &["9:9 rule-placeholder-open: `{` is not closed by `}` (write `{{` for a brace itself)"],
    );
}

#[test]
fn names_ids_and_roots() {
    let other = GOOD.replace("private fn few(n, most) { n < most }\n", "").replace("few(", "!(");
    let other = other.replace("!(fact.booked, param.hall.most)", "fact.booked < 1");
    let twice = format!("{GOOD}\n{}", other.replace("first_booking", "second_booking"));
    check(&twice, &["35:4 rule-id-twice: id `H5` is used already at hall.rhai:16"]);
    let (_, problems) =
        RuleSet::compile([("a.rhai".to_owned(), GOOD.to_owned()), ("b.rhai".to_owned(), other)]);
    assert_eq!(problems[0].code, "rule-name-twice");
    assert_eq!((problems[0].file.as_str(), problems[0].line), ("b.rhai", 16));
    check(
        &GOOD
            .replace("(fact, param) {", "(fact, parm) {")
            .replace("param.hall.most) }", "parm.hall.most) }"),
        &[
            "16:24 rule-root-unknown: parameters of a rule are subject, form, item, param, fact, case, today, person (did you mean `param`?)",
        ],
    );
}

#[test]
fn functions_without_words_and_text_outside_functions() {
    check(
        "fn lone(fact) { true }\n",
        &[
            "1:4 rule-doc-missing: rule `lone` has no doc comment (write titles and tags above it with `///`, or `private fn` if it only helps others)",
        ],
    );
    check(
        "let x = 1;\n",
        &["1:1 rule-outside-function: a rule file holds functions only (write it inside a `fn`)"],
    );
    check(
        "fn x( {\n",
        &[
            "1:7 rule-syntax: it cannot be read: Expecting ')' to close the parameters list of function 'x' (add `)`)",
        ],
    );
    assert!(compile("fn x_y( {\n").0.broken().contains("x-y"));
}

#[test]
fn a_helper_is_seen_in_its_own_file_alone() {
    let other = "/// 甲\n/// A\n/// @id B1\n/// @effect include\n/// @source P\nfn uses(fact) { few(fact.booked, 2) }\n";
    let (rules, problems) = RuleSet::compile([
        ("a.rhai".to_owned(), GOOD.to_owned()),
        ("b.rhai".to_owned(), other.to_owned()),
    ]);
    assert_eq!(problems, []);
    let (_, problems) = rules.check("uses", &xueji_rules::Env::default());
    assert_eq!(problems[0].code, "rule-function-unknown");
}

#[test]
fn every_code_is_documented_and_none_in_vain() {
    let mut used = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("problem.rs") {
                let text = std::fs::read_to_string(path).unwrap();
                used.extend(text.split('"').map(str::to_owned).filter(|word| {
                    (word.starts_with("rule-") || word.starts_with("expression-"))
                        && word.chars().all(|c| c == '-' || c.is_ascii_lowercase())
                }));
            }
        }
    }
    let documented: std::collections::BTreeSet<String> =
        xueji_rules::CODES.iter().map(|doc| doc.0.to_owned()).collect();
    assert_eq!(used, documented);
}
