//! Questions about all cases: what is told as impossible has no case, and what is told as a case is one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use xueji_definition::value::{Fields, Type, Value};
use xueji_rules::solve::{
    Answer, Bound, Followed, Found, Ground, Handle, Judged, OneOf, Says, Solver, Verdict, compare,
};
use xueji_rules::{Answer as Evaluated, Env, Expression, Inputs, RuleSet};

/// The types that the expressions below are read with.
fn ground() -> Ground {
    let group = |fields: &[(&str, Type)]| {
        let fields = fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone()));
        Type::Map(fields.collect::<BTreeMap<_, _>>().into())
    };
    let form = group(&[
        ("n", Type::Int),
        ("m", Type::Int),
        ("d", Type::Decimal),
        ("on", Type::Date),
        ("kind", Type::Code("kind".to_owned())),
        ("name", Type::Text),
        ("flag", Type::Bool),
        ("items", Type::List(Box::new(Type::Text))),
        ("inner", group(&[("n", Type::Int)])),
    ]);
    let subject = group(&[("name", Type::Text), ("kind", Type::Code("kind".to_owned()))]);
    let env = Env {
        roots: BTreeMap::from([
            ("form".to_owned(), form),
            ("subject".to_owned(), subject),
            ("today".to_owned(), Type::Date),
        ]),
        codes: BTreeMap::from([(
            "kind".to_owned(),
            ["a", "b", "c"].into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        )])
        .into(),
    };
    let least = OneOf { values: vec![Value::Int(3)], always: true };
    let values = BTreeMap::from([("param.least".to_owned(), least)]);
    Ground { env, values, counts: BTreeSet::new() }
}

/// Asks whether all these can be true at once.
fn ask(texts: &[&str]) -> Answer {
    let ground = ground();
    let compiled: Vec<Expression> =
        texts.iter().map(|text| Expression::compile(text).unwrap()).collect();
    let mut solver = Solver::new(&ground);
    let asked: Vec<(Handle, Says)> = compiled
        .iter()
        .map(|expression| (solver.read(Judged::Expression(expression)), Says::Yes))
        .collect();
    solver.satisfiable(&asked)
}

#[track_caller]
fn never(texts: &[&str]) {
    assert_eq!(ask(texts), Answer::Unsat, "{texts:?}");
}

#[track_caller]
fn sometimes(texts: &[&str]) {
    assert!(matches!(ask(texts), Answer::Sat(_)), "{texts:?}: {:?}", ask(texts));
}

#[test]
fn intervals_of_numbers_decimals_and_dates() {
    never(&["form.n > 3", "form.n < 4"]);
    sometimes(&["form.d > 3", "form.d < 4"]);
    never(&["form.d >= 2.5", "form.d < 2.5"]);
    never(&["form.on < date(\"2026-09-01\")", "form.on.add_days(3) > date(\"2026-09-03\")"]);
    sometimes(&["form.on < date(\"2026-09-01\")", "form.on.add_days(3) > date(\"2026-09-02\")"]);
    never(&["form.n == 2", "form.n != 2"]);
}

#[test]
fn codes_texts_and_truths() {
    never(&["form.kind != \"a\"", "form.kind != \"b\"", "form.kind != \"c\""]);
    sometimes(&["form.name != \"a\"", "form.name != \"b\"", "form.name != \"c\""]);
    never(&["form.kind in [\"a\", \"b\"]", "!(form.kind in [\"a\", \"c\", \"b\"])"]);
    never(&["form.flag", "!form.flag"]);
    never(&["form.name == subject.name", "form.name == \"x\"", "subject.name == \"y\""]);
    never(&["form.name == subject.name", "form.name != subject.name"]);
    sometimes(&["form.kind != subject.kind", "form.name == subject.name"]);
    never(&["(form.n == 1) == (form.flag)", "form.n == 1", "!form.flag"]);
}

#[test]
fn what_is_missing_is_neither_yes_nor_no() {
    never(&["!form.has(\"n\")", "form.n > 0"]);
    never(&["!form.has(\"n\")", "!(form.n > 0)"]);
    sometimes(&["!form.has(\"n\") || form.n > 0", "!form.has(\"n\")"]);
    never(&["!form.inner.has(\"n\")", "form.inner.n > 0"]);
    sometimes(&["!form.inner.has(\"n\")"]);
}

#[test]
fn sums_of_several_unknowns() {
    never(&["form.n > form.m", "form.m > form.n"]);
    never(&["form.n + form.m == 10", "form.n * 2 + form.m * 2 < 19"]);
    never(&["form.n * 2 == form.m * 2 + 1"]);
    sometimes(&["form.n * 3 >= form.m * 2", "form.n <= form.m", "form.m >= 9"]);
    sometimes(&["form.on <= today", "form.on.add_days(param.least) >= today", "form.on != today"]);
    never(&["form.on.add_days(param.least) < form.on"]);
}

#[test]
fn parameters_that_hold_one_value_are_that_value() {
    never(&["form.n < param.least", "form.n >= 3"]);
    sometimes(&["form.n * param.least == 12"]);
    never(&["form.n * param.least == 13"]);
}

#[test]
fn lists_hold_an_item_or_do_not() {
    never(&["form.items.contains(\"x\")", "!form.items.contains(\"x\")"]);
    sometimes(&["form.items.contains(\"x\")", "!form.items.contains(\"y\")"]);
    sometimes(&["form.items.contains(subject.name)", "subject.name != \"A\""]);
}

#[test]
fn what_is_not_looked_into_is_the_same_wherever_it_is_written_alike() {
    never(&["form.name.starts_with(\"x\")", "!starts_with(form.name, \"x\")"]);
    never(&["form.n % 2 == 1", "form.n % 2 == 0"]);
    never(&["form.n % 2 == 2"]);
    sometimes(&["form.n % 2 == 1"]);
    sometimes(&["today <= form.on.add_months(form.n)", "form.n > 2"]);
    assert_eq!(
        ask(&["form.name.starts_with(\"zzz\")"]),
        Answer::NotDecided(BTreeSet::from(["starts_with(form.name, \"zzz\")".to_owned()]))
    );
}

#[test]
fn months_are_no_longer_than_months() {
    never(&["form.on.add_years(2) <= today", "today < form.on.add_years(1)"]);
    never(&["form.on.add_months(6) < form.on"]);
    never(&["form.on.add_months(-1) >= form.on"]);
    never(&["form.on.add_months(24) < form.on.add_months(23)"]);
    sometimes(&["form.on.add_years(1) <= today", "today < form.on.add_years(2)"]);
    sometimes(&["form.on.add_months(1) == form.on.add_days(30)"]);
}

#[test]
fn branches_and_variables() {
    never(&["if form.flag { form.n > 3 } else { form.n > 5 }", "form.n < 4"]);
    sometimes(&["if form.flag { form.n > 3 } else { form.n > 5 }", "form.n < 5"]);
}

const DOC: &str = "/// 甲\n/// A\n/// @id X\n/// @effect block\n/// @source P\n/// @reason zh 否\n/// @reason en no\n";

fn rule(tags: &str, body: &str) -> RuleSet {
    let text = format!(
        "{DOC}{tags}fn rule(form, param, subject, today) {{ {body} }}\nprivate fn small(n) {{ n < 3 }}\n"
    );
    let (set, problems) = RuleSet::compile([("rules/a.rhai".to_owned(), text)]);
    assert_eq!(problems, []);
    set
}

#[test]
fn rules_follow_variables_returns_and_functions_of_their_file() {
    let set = rule(
        "",
        "let a = form.n + 1; if form.flag { return small(a); } let b = a; b = b + 1; b > 10",
    );
    let ground = ground();
    let mut solver = Solver::new(&ground);
    let handle = solver.read(Judged::Rule(set.get("rule").unwrap()));
    assert_eq!(solver.followed(handle), Followed::Wholly);
    let low = Expression::compile("form.n <= 8 && !form.flag").unwrap();
    let low = solver.read(Judged::Expression(&low));
    assert_eq!(solver.satisfiable(&[(handle, Says::Yes), (low, Says::Yes)]), Answer::Unsat);
    assert!(matches!(solver.satisfiable(&[(handle, Says::No), (low, Says::Yes)]), Answer::Sat(_)));
    assert!(matches!(solver.satisfiable(&[(handle, Says::Stops)]), Answer::Sat(_)));
}

#[test]
fn a_switch_that_is_off_passes() {
    let mut ground = ground();
    let off = OneOf { values: vec![Value::Bool(false)], always: true };
    ground.values.insert("param.on".to_owned(), off);
    let set = rule("/// @off-by param.on\n", "form.n > 3");
    let mut solver = Solver::new(&ground);
    let handle = solver.read(Judged::Rule(set.get("rule").unwrap()));
    assert_eq!(solver.satisfiable(&[(handle, Says::Fails)]), Answer::Unsat);
    assert!(matches!(solver.satisfiable(&[(handle, Says::Off)]), Answer::Sat(_)));
}

#[test]
fn regions_tell_where_two_versions_differ() {
    let ground = ground();
    let (old, new) = (rule("", "form.d >= 2.0"), rule("", "form.d >= 2.2 && form.has(\"name\")"));
    let mut solver = Solver::new(&ground);
    let old = solver.read(Judged::Rule(old.get("rule").unwrap()));
    let new = solver.read(Judged::Rule(new.get("rule").unwrap()));
    let lost = solver.regions(&[(old, Says::Passes), (new, Says::Fails)]);
    assert_eq!(lost.regions.len(), 2, "{lost:?}");
    assert!(!lost.more);
    let case = |found: &Found| matches!(found, Found::Case(_));
    assert!(lost.regions.iter().all(|region| case(&region.found)));
    let bounds = lost.regions.iter().flat_map(|region| &region.conditions);
    assert!(bounds.clone().any(|c| c.about == "form.name" && c.bound == Bound::Missing));
    assert!(solver.regions(&[(old, Says::Fails), (new, Says::Passes)]).none());
}

fn compared(old: &str, new: &str) -> Verdict {
    let free = Ground { values: BTreeMap::new(), ..ground() };
    let (old, new) = (rule("", old), rule("", new));
    let rule = |set: &RuleSet| set.get("rule").unwrap().clone();
    compare(&rule(&old), &rule(&new), &free, &ground()).verdict
}

#[test]
fn two_versions_are_compared_by_what_they_say() {
    assert_eq!(compared("form.n > 3", "let least = 4; !(form.n < least)"), Verdict::Same);
    assert_eq!(compared("form.d > 3", "form.d >= 4"), Verdict::Differs);
    assert_eq!(compared("form.n > param.least", "form.n > 3"), Verdict::SameAtValues);
    assert_eq!(compared("form.n > 3", "form.has(\"n\") && form.n > 3"), Verdict::Differs);
    assert_eq!(
        compared(
            "form.name.starts_with(\"x\") && form.n > 3",
            "form.n >= 4 && starts_with(form.name, \"x\")"
        ),
        Verdict::Differs,
        "one of them cannot be judged where the other says no"
    );
    assert_eq!(
        compared("form.name.starts_with(\"zzz\")", "form.name.ends_with(\"zzz\")"),
        Verdict::NotDecided
    );
}

/// Expressions of the decidable part, and some that go beyond it.
fn conditions() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("form.n".to_owned()),
        Just("form.m".to_owned()),
        Just("form.d".to_owned()),
        Just("param.least".to_owned()),
        (-3_i64..6).prop_map(|n| n.to_string()),
        Just("2.5".to_owned()),
        Just("(form.n + form.m)".to_owned()),
        Just("(form.n * 2 - 1)".to_owned()),
        Just("(form.n % 3)".to_owned()),
        Just("form.name.len()".to_owned()),
    ];
    let order = prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")];
    let text = prop_oneof![
        Just("form.name".to_owned()),
        Just("subject.name".to_owned()),
        Just("form.kind".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"b\"".to_owned()),
    ];
    let equal = prop_oneof![Just("=="), Just("!=")];
    let leaf = prop_oneof![
        (number.clone(), order.clone(), number).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        (text.clone(), equal, text).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        Just("form.flag".to_owned()),
        Just("form.has(\"n\")".to_owned()),
        Just("form.has(\"name\")".to_owned()),
        Just("form.kind in [\"a\", \"b\"]".to_owned()),
        Just("form.items.contains(\"a\")".to_owned()),
        Just("form.items.contains(form.name)".to_owned()),
        (order, -2_i64..3).prop_map(|(o, n)| format!("form.on {o} today.add_days({n})")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) == ({b}))")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(if {a} {{ {b} }} else {{ {c} }})")),
        ]
    })
}

/// Cases with few values each, so that sampling hits what is rare.
fn cases() -> impl Strategy<Value = Inputs> {
    use proptest::option::weighted;
    let texts = prop_oneof![Just("a"), Just("b"), Just("c"), Just("")];
    let codes = prop_oneof![Just("a"), Just("b"), Just("c")];
    let form = (
        weighted(0.9, -4_i64..7),
        weighted(0.9, -4_i64..7),
        weighted(0.9, -10_i64..20),
        weighted(0.9, 1_i8..5),
        weighted(0.9, codes),
        weighted(0.9, texts.clone()),
        weighted(0.9, any::<bool>()),
        weighted(0.9, proptest::collection::vec(texts.clone(), 0..3)),
    );
    (form, weighted(0.9, texts)).prop_map(|((n, m, d, on, kind, name, flag, items), other)| {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut form = Fields::new();
        let mut put = |name: &str, value: Option<Value>| {
            form.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("n", n.map(Value::Int));
        put("m", m.map(Value::Int));
        put("d", d.map(|d| Value::Decimal(Decimal::new(d, 1))));
        put("on", on.map(|day| Value::Date(jiff::civil::date(2026, 9, day))));
        put("kind", kind.map(text));
        put("name", name.map(text));
        put("flag", flag.map(Value::Bool));
        put("items", items.map(|items| Value::List(items.into_iter().map(text).collect())));
        let mut subject = Fields::new();
        subject.extend(other.map(|name| ("name".to_owned(), text(name))));
        let param = Fields::from([("least".to_owned(), Value::Int(3))]);
        Inputs::new()
            .with("form", Value::Map(form))
            .with("subject", Value::Map(subject))
            .with("param", Value::Map(param))
            .with("today", Value::Date(jiff::civil::date(2026, 9, 2)))
    })
}

fn says(expression: &Expression, inputs: &Inputs) -> Says {
    match expression.evaluate(inputs).answer {
        Evaluated::Value { value: Some(Value::Bool(true)) } => Says::Yes,
        Evaluated::Value { value: Some(Value::Bool(false)) } => Says::No,
        _ => Says::Stops,
    }
}

fn inputs_of(case: &BTreeMap<String, Value>) -> Inputs {
    let mut inputs = Inputs::new();
    for root in ["form", "subject", "param"] {
        let below = format!("{root}.");
        let fields = case.iter().filter_map(|(path, value)| {
            Some((path.strip_prefix(&below)?.to_owned(), value.clone()))
        });
        inputs = inputs.with(root, Value::Map(fields.collect()));
    }
    inputs.with("today", case.get("today").cloned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_told_as_impossible_has_no_case_and_a_case_is_one(
        texts in (conditions(), conditions()),
        samples in proptest::collection::vec(cases(), 60),
    ) {
        let ground = ground();
        let (a, b) = (Expression::compile(&texts.0).unwrap(), Expression::compile(&texts.1).unwrap());
        let mut solver = Solver::new(&ground);
        let handles = (solver.read(Judged::Expression(&a)), solver.read(Judged::Expression(&b)));
        for first in [Says::Yes, Says::No, Says::Stops] {
            for second in [Says::Yes, Says::No, Says::Stops] {
                match solver.satisfiable(&[(handles.0, first), (handles.1, second)]) {
                    Answer::Sat(case) => {
                        let inputs = inputs_of(&case);
                        prop_assert_eq!(says(&a, &inputs), first, "{:?} of {}", case, texts.0);
                        prop_assert_eq!(says(&b, &inputs), second, "{:?} of {}", case, texts.1);
                    }
                    Answer::Unsat => {
                        for inputs in &samples {
                            let both = (says(&a, inputs), says(&b, inputs));
                            prop_assert!(both != (first, second), "{:?} of {:?} by {:?}", both, texts, inputs);
                        }
                    }
                    Answer::NotDecided(_) => {}
                }
            }
        }
    }
}
