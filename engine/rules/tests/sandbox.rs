//! Scripts can do what the table says and nothing else, and each limit is reached.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use xueji_rules::{Answer, Expression, Inputs, LIMITS, Outcome, RuleSet};

fn fault(text: &str) -> String {
    match Expression::compile(text) {
        Err(problem) => problem.code.to_owned(),
        Ok(expression) => match expression.evaluate(&Inputs::new()).answer {
            Answer::Fault { message, .. } => message,
            other => panic!("{text}: {other:?}"),
        },
    }
}

fn rule(body: &str) -> (RuleSet, Vec<xueji_rules::Problem>) {
    let text = format!(
        "/// 题\n/// Title\n/// @id A1\n/// @effect include\n/// @source P\nfn probe() {{ {body} }}\n"
    );
    RuleSet::compile([("probe.rhai".to_owned(), text)])
}

fn outcome(body: &str) -> String {
    let (rules, problems) = rule(body);
    assert_eq!(problems, []);
    match rules.judge("probe", &Inputs::new()).outcome {
        Outcome::Fault { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn there_is_no_way_out() {
    for text in [
        "sleep(1)",
        "timestamp()",
        "rand()",
        "exit(1)",
        "open(\"x\")",
        "to_string(1)",
        "parse_int(\"1\")",
        "[1].push(2)",
    ] {
        assert!(fault(text).starts_with("there is no function"), "{text}: {}", fault(text));
    }
    for text in [
        "eval(\"1\")",
        "print(1)",
        "debug(1)",
        "type_of(1)",
        "Fn(\"x\")",
        "is_def_var(\"x\")",
        "switch 1 { 1 => 2 }",
        "try { 1 } catch { 2 }",
        "throw 1",
        "() ?? 1",
        "1..2",
        "2 ** 3",
        "1 << 2",
        "1 & 2",
        "this.x",
    ] {
        let problem = Expression::compile(text).unwrap_err();
        assert_eq!(problem.code, "rule-construct-refused", "{text}: {problem:?}");
    }
    for text in
        ["import \"x\" as y", "while true { }", "loop { }", "for x in [1] { }", "let x = 1; x"]
    {
        assert!(Expression::compile(text).is_err(), "{text}");
    }
}

#[test]
fn operations_are_counted() {
    let deep = "[1,2,3,4,5,6,7,8,9,10]".to_owned();
    let nested = format!(
        "let l = {deep}; l.all(|a| l.all(|b| l.all(|c| l.all(|d| l.all(|e| a + b + c + d + e > 0)))))"
    );
    assert_eq!(outcome(&nested), "it takes too many operations");
}

#[test]
fn call_depth_is_bounded() {
    let text = "/// 题\n/// Title\n/// @id A1\n/// @effect include\n/// @source P\n\
                fn probe() { deeper(1) }\nprivate fn deeper(n) { deeper(n + 1) }\n";
    let (rules, problems) = RuleSet::compile([("probe.rhai".to_owned(), text.to_owned())]);
    assert_eq!(problems, []);
    let Outcome::Fault { message, line, .. } = rules.judge("probe", &Inputs::new()).outcome else {
        panic!("no fault")
    };
    assert_eq!(message, "calls are nested too deeply");
    assert!(line >= 6);
}

#[test]
fn expression_depth_is_bounded() {
    let text = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    assert!(Expression::compile(&text).is_err());
    let text = format!("1{}", " + 1".repeat(200));
    assert!(Expression::compile(&text).is_err());
    let (_, problems) = rule(&format!("1{} > 0", " + 1".repeat(200)));
    assert_eq!(problems[0].code, "rule-syntax");
}

#[test]
fn texts_are_bounded() {
    let piece = "x".repeat(LIMITS.text_bytes / 2 + 1);
    assert!(outcome(&format!("let t = \"{piece}\"; t + t == t")).starts_with("too large"));
    assert!(Expression::compile(&format!("\"{piece}{piece}\"")).is_err());
}

#[test]
fn lists_are_bounded() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let body = format!(
        "let l = {ten}; let m = l.map(|a| l.map(|b| l)); let n = m.map(|x| m); n.map(|x| n).len() > 0"
    );
    assert!(outcome(&body).starts_with("too large"), "{}", outcome(&body));
}

#[test]
fn groups_are_bounded() {
    let entries: Vec<String> = (0..=LIMITS.group_entries).map(|n| format!("a{n}: {n}")).collect();
    assert!(Expression::compile(&format!("#{{{}}}", entries.join(", "))).is_err());
}

#[test]
fn variables_are_bounded() {
    let all: Vec<String> = (0..=LIMITS.variables).map(|n| format!("let a{n} = {n};")).collect();
    let (rules, problems) = rule(&format!("{} true", all.join(" ")));
    let stopped = !problems.is_empty()
        || matches!(rules.judge("probe", &Inputs::new()).outcome, Outcome::Fault { .. });
    assert!(stopped);
}

#[test]
fn functions_are_bounded() {
    let text: String =
        (0..=LIMITS.functions).map(|n| format!("private fn f{n}() {{ true }}\n")).collect();
    let (_, problems) = RuleSet::compile([("many.rhai".to_owned(), text)]);
    assert_eq!(problems[0].code, "rule-syntax");
}

#[test]
fn modules_are_none() {
    let (_, problems) = rule("import \"x\" as y; true");
    assert_eq!(problems[0].code, "rule-construct-refused");
}

#[test]
fn chinese_names_work() {
    assert!(outcome("let 天数 = 3; 天数 + 1").contains("answers number"));
}
