//! What types tell before a script runs, each at its very spot; and nothing where they do not know.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::value::Type;
use xueji_rules::{Env, Expression, Problem, RuleSet};

fn map<const N: usize>(fields: [(&str, Type); N]) -> Type {
    Type::map(fields.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect())
}

fn env() -> Env {
    let row = map([("lifted_on", Type::Date), ("kind", Type::Code("kind".into()))]);
    let subject = map([
        ("name", Type::Text),
        ("unit", Type::Record("unit".into())),
        ("status", Type::Code("status".into())),
        ("seats", Type::Int),
        ("fee", Type::Decimal),
        ("active", Type::Bool),
        ("since", Type::Date),
        ("rows", Type::List(Box::new(row))),
        ("tags", Type::List(Box::new(Type::Text))),
        ("target", map([("unit", Type::Record("unit".into()))])),
    ]);
    Env {
        roots: BTreeMap::from([
            ("subject".to_owned(), subject),
            ("today".to_owned(), Type::Date),
            ("fact".to_owned(), map([("count", Type::Int)])),
        ]),
        codes: std::sync::Arc::new(BTreeMap::from([
            ("status".to_owned(), BTreeSet::from(["01".to_owned(), "02".to_owned()])),
            ("kind".to_owned(), BTreeSet::from(["a".to_owned()])),
        ])),
    }
}

fn told(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|p| {
        let help = p.help.as_ref().map(|h| format!(" ({})", h.en)).unwrap_or_default();
        format!("{}:{} {}: {}{help}", p.line, p.column, p.code, p.message.en)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(text: &str, ty: &str, expected: &str) {
    let (found, problems) = Expression::compile(text).unwrap().check(&env());
    assert_eq!(told(&problems), expected, "{text}");
    assert_eq!(found.map_or("?".to_owned(), |ty| ty.to_string()), ty, "{text}");
}

#[track_caller]
fn rule(body: &str, expected: &str) {
    let text = format!(
        "/// 题\n/// Title\n/// @id A1\n/// @effect include\n/// @source P\nfn probe(subject, today, fact, form) {{\n{body}\n}}\n"
    );
    let (rules, problems) = RuleSet::compile([("probe.rhai".to_owned(), text)]);
    assert_eq!(told(&problems), "");
    assert_eq!(told(&rules.check("probe", &env()).1), expected, "{body}");
}

#[test]
fn what_is_right_is_silent_and_has_a_type() {
    check("subject.unit", "id of a `unit`", "");
    check("fact.count + 1", "whole number", "");
    check("fact.count / 2", "decimal number", "");
    check("date(today.year, 9, 1)", "date (YYYY-MM-DD)", "");
    check("subject.status == \"01\"", "true or false", "");
    check("subject.unit != subject.target.unit", "true or false", "");
    check("subject.status in [\"01\", \"02\"]", "true or false", "");
    check(
        "subject.rows.all(|r| has(r, \"lifted_on\") && r.lifted_on < today)",
        "true or false",
        "",
    );
    check("subject.rows.filter(|r| r.kind == \"a\").len()", "whole number", "");
    check("subject.rows.map(|r| r.kind)", "list of code of `kind`", "");
    check("subject.rows[0].lifted_on.year", "whole number", "");
    check("subject.tags.any(|t| t == subject.name)", "true or false", "");
    check("subject.fee >= subject.seats", "true or false", "");
    check("if subject.active { 1 } else { 2.5 }", "decimal number", "");
    check("-subject.fee", "decimal number", "");
    check("subject.name + \"!\"", "text", "");
    check("subject.tags.contains(\"x\")", "true or false", "");
    check("[1, 2].max()", "whole number", "");
}

#[test]
fn functions_within_functions_see_what_is_around_them() {
    rule(
        "let least = fact.count; subject.rows.all(|r| subject.tags.any(|t| t == subject.name && r.lifted_on < today && least > 1))",
        "",
    );
    rule(
        "subject.rows.all(|r| subject.tags.any(|t| t > r.lifted_on))",
        "7:45 rule-type-mismatch: `>` cannot compare text with date (YYYY-MM-DD)",
    );
    let text = "/// 题\n/// T\n/// @id A1\n/// @effect include\n/// @source P\nfn probe(subject) { own(subject.seats) }\n\
                private fn own(n) { n == \"x\" }\n";
    let (rules, _) = RuleSet::compile([("probe.rhai".to_owned(), text.to_owned())]);
    assert_eq!(
        told(&rules.check("probe", &env()).1),
        "7:23 rule-type-mismatch: `==` cannot compare whole number with text (no quotes around a number; quotes are for text and codes)"
    );
}

#[test]
fn what_is_not_known_is_silent() {
    check("form.anything.at.all > 3", "true or false", "");
    check("form.rows.all(|r| r.x == 1 || r.y == \"a\")", "true or false", "");
    check("form.x + 1", "?", "");
    check("len(form.x)", "whole number", "");
    check("form.x.sum()", "?", "");
}

#[test]
fn a_field_that_does_not_exist() {
    check(
        "subject.nmae == \"x\"",
        "true or false",
        "1:9 rule-field-unknown: `subject` has no field `nmae` (did you mean `name`?)",
    );
    check(
        "subject.target.units",
        "?",
        "1:16 rule-field-unknown: `subject.target` has no field `units` (did you mean `unit`?)",
    );
    check(
        "subject.has(\"fees\")",
        "true or false",
        "1:13 rule-field-unknown: `subject` has no field `fees` (did you mean `fee`?)",
    );
    check(
        "subject.rows.all(|r| r.lifted < today)",
        "true or false",
        "1:24 rule-field-unknown: `subject.rows.*` has no field `lifted`",
    );
    check(
        "subject.unit.head == \"x\"",
        "true or false",
        "1:14 rule-field-unknown: an id of a `unit` has no field `head` (here is only its id; a fact reads its fields: `{over: {records: unit}, where: [{field: id, same-as: subject.unit}], give: first, field: head}`)",
    );
    check(
        "today.yaer",
        "?",
        "1:7 rule-field-unknown: a date (YYYY-MM-DD) has no field `yaer` (did you mean `year`?)",
    );
}

#[test]
fn values_that_do_not_go_together() {
    check(
        "subject.active && subject.name > 3",
        "true or false",
        "1:32 rule-type-mismatch: `>` cannot compare text with whole number (no quotes around a number; quotes are for text and codes)",
    );
    check(
        "subject.seats && true",
        "true or false",
        "1:1 rule-type-mismatch: expected true or false, found whole number",
    );
    check(
        "today + 1",
        "?",
        "1:1 rule-type-mismatch: `+` cannot be used on date (YYYY-MM-DD) (use add_days, add_months or days_between with dates)",
    );
    check("!subject.name", "?", "1:2 rule-type-mismatch: `!` cannot be used on text");
    check(
        "1 in subject.tags",
        "true or false",
        "1:3 rule-type-mismatch: `in` cannot compare whole number with text (no quotes around a number; quotes are for text and codes)",
    );
    check(
        "subject.seats == ()",
        "true or false",
        "1:15 rule-compare-nothing: a missing value cannot be compared with `()` (ask `has(group, \"field\")`)",
    );
    check(
        "subject.rows.any(|r| r.kind)",
        "true or false",
        "1:22 rule-type-mismatch: expected true or false of each element, found code of `kind`",
    );
}

#[test]
fn codes_that_are_not_in_their_list() {
    check(
        "subject.status == \"03\"",
        "true or false",
        "1:19 rule-code-unknown: code list `status` has no `03` (did you mean `01`?)",
    );
    check(
        "subject.status in [\"01\", \"xyz\"]",
        "true or false",
        "1:26 rule-code-unknown: code list `status` has no `xyz`",
    );
    check(
        "subject.status == subject.rows[0].kind",
        "true or false",
        "1:16 rule-type-mismatch: `==` cannot compare code of `status` with code of `kind`",
    );
}

#[test]
fn functions_and_variables_that_do_not_exist_or_do_not_fit() {
    check(
        "subject.name.lenn()",
        "?",
        "1:14 rule-function-unknown: there is no function `lenn` (did you mean `len`?)",
    );
    check(
        "floor(subject.name)",
        "?",
        "1:1 rule-arguments: `floor` cannot be given (text) (it is floor(number))",
    );
    check(
        "add_days(today)",
        "?",
        "1:1 rule-arguments: `add_days` cannot be given (date (YYYY-MM-DD)) (it is add_days(date, whole number))",
    );
    check(
        "subjet.name",
        "?",
        "1:1 rule-variable-unknown: there is no variable `subjet` (did you mean `subject`?)",
    );
    check(
        "`${subject.name}`",
        "text",
        "1:1 rule-construct-refused: rules have no `${…}` inside texts (join texts with `+`)",
    );
}

#[test]
fn rules_answer_true_or_false_on_every_path() {
    rule(
        "let t = subject.target; if t.unit == subject.unit { return true; } today > subject.since",
        "",
    );
    rule(
        "subject.seats",
        "7:1 rule-answer-not-bool: a rule must answer true or false, found whole number (end every path with an expression that is true or false; compare with `==`)",
    );
    rule(
        "if subject.active { true }",
        "7:1 rule-answer-not-bool: a rule must answer true or false, found nothing (end every path with an expression that is true or false; compare with `==`)",
    );
    rule(
        "if subject.active { return 3; } true",
        "7:28 rule-answer-not-bool: a rule must answer true or false, found whole number (end every path with an expression that is true or false; compare with `==`)",
    );
    rule("subject = 3; true", "7:1 rule-assigns-root: a rule cannot change `subject`");
    rule("subject.seats = 3; true", "7:1 rule-assigns-root: a rule cannot change `subject`");
    rule("let n = 1; if subject.active { n = 2; } n > 1", "");
    rule(
        "item.x == 1",
        "7:1 rule-variable-unknown: there is no variable `item` (name `item` among the parameters of the function)",
    );
}

#[test]
fn reads_are_known_without_running() {
    let reads = |text| -> Vec<String> {
        let expression = Expression::compile(text).unwrap();
        expression.reads().iter().map(|r| format!("{}@{}", r.path, r.column)).collect()
    };
    assert_eq!(reads("subject.a.b + fact.c"), ["fact.c@15", "subject.a.b@1"]);
    assert_eq!(
        reads("form.has(\"x.y\") && today > form.x.y"),
        ["form.x.y@6", "form.x.y@28", "today@20"]
    );
    assert_eq!(
        reads("form.rows.all(|r| r.n > param.least)"),
        ["form.rows@6", "form.rows.*.n@19", "param.least@25"]
    );
}

#[test]
fn functions_that_call_functions_many_times_are_checked_in_bounded_time() {
    let mut text = "/// 题\n/// T\n/// @id A1\n/// @effect include\n/// @source P\nfn probe(fact) { f0(fact) }\n".to_owned();
    for n in 0..9 {
        let calls = vec![format!("f{}(x)", n + 1); 30].join(" && ");
        text += &format!("private fn f{n}(x) {{ {calls} }}\n");
    }
    text += "private fn f9(x) { true }\n";
    let (rules, problems) = RuleSet::compile([("probe.rhai".to_owned(), text)]);
    assert_eq!(told(&problems), "");
    assert_eq!(told(&rules.check("probe", &env()).1), "");
}
