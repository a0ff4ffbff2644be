//! Verdicts: what was read tells them again, and nothing but false is a no.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's own functions cannot do fails the test"
)]

use proptest::prelude::*;
use xueji_definition::value::{Fields, Value};
use xueji_rules::{Answer, Expression, Inputs, Judgement, Outcome, Problem, RuleSet};

const HEAD: &str = "/// 预约不超过上限\n/// Not booked too often\n/// @id H1\n/// @effect block\n/// @source P\n\
    /// @reason zh 已预约{fact.booked}次，上限{param.most}次\n/// @reason en booked {fact.booked} times of {param.most}\n";

fn compiled(text: &str) -> (RuleSet, Vec<Problem>) {
    RuleSet::compile([("hall.rhai".to_owned(), text.to_owned())])
}

fn rules(text: &str) -> RuleSet {
    let (rules, problems) = compiled(text);
    assert_eq!(problems, []);
    rules
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn judged(body: &str, inputs: &Inputs) -> Judgement {
    let rules = rules(&format!("{HEAD}fn booked_seldom(form, fact, param, today) {{ {body} }}"));
    let judgement = rules.judge("booked-seldom", inputs);
    assert_eq!(rules.judge_again("booked-seldom", &judgement.reads), judgement);
    let json = serde_json::to_string(&judgement).unwrap();
    assert_eq!(serde_json::from_str::<Judgement>(&json).unwrap(), judgement);
    judgement
}

#[test]
fn a_no_has_its_reason_filled_in_from_the_case() {
    let inputs = Inputs::new()
        .with("fact", map([("booked", Value::Int(3))]))
        .with("param", map([("most", Value::Int(2))]));
    let judgement = judged("fact.booked <= param.most", &inputs);
    assert_eq!(judgement.outcome, Outcome::NotSatisfied);
    let reason = judgement.reason.unwrap();
    assert_eq!(reason.zh, "已预约3次，上限2次");
    assert_eq!(reason.en, "booked 3 times of 2");
    assert_eq!(judgement.reads.get("fact.booked"), Some(&Some(Value::Int(3))));
}

#[test]
fn a_missing_value_is_no_verdict() {
    let inputs = Inputs::new().with("fact", map([("booked", Value::Int(3))]));
    let judgement = judged("fact.booked <= param.most", &inputs);
    assert_eq!(judgement.outcome, Outcome::NotJudged { missing: "param".into() });
    assert_eq!(judgement.reason.unwrap().zh, "无法判断：缺少 param");
    let inputs = inputs.with("param", map([("other", Value::Int(1))]));
    let judgement = judged("fact.booked <= param.most", &inputs);
    assert_eq!(judgement.outcome, Outcome::NotJudged { missing: "param.most".into() });
    assert_eq!(judgement.reads.get("param.most"), Some(&None));
    let judgement = judged("today < date(2026, 1, 1)", &inputs);
    assert_eq!(judgement.outcome, Outcome::NotJudged { missing: "today".into() });
}

#[test]
fn what_is_missing_in_a_reason_is_told_as_missing() {
    let inputs = Inputs::new().with("fact", map([("booked", Value::Int(3))]));
    let judgement = judged("fact.booked < 2", &inputs);
    assert_eq!(judgement.reason.unwrap().zh, "已预约3次，上限「缺」次");
}

#[test]
fn what_is_behind_a_decided_condition_is_not_asked() {
    let inputs = Inputs::new().with("form", map([]));
    assert_eq!(judged("!form.has(\"x\") || form.x > 3", &inputs).outcome, Outcome::Satisfied);
    assert_eq!(judged("form.has(\"x\") && form.x > 3", &inputs).outcome, Outcome::NotSatisfied);
}

#[test]
fn other_answers_are_faults() {
    let inputs = Inputs::new().with("form", map([("n", Value::Int(1))]));
    for body in
        ["form.n", "()", "form", "\"true\"", "[true]", "1 == \"1\"", "form.n.x == 1", "nope(1)"]
    {
        let outcome = judged(body, &inputs).outcome;
        assert!(matches!(outcome, Outcome::Fault { line: 8, .. }), "{body}: {outcome:?}");
    }
    assert!(matches!(rules("").judge("none", &inputs).outcome, Outcome::Fault { .. }));
}

#[test]
fn elements_of_lists_are_read_one_by_one() {
    let rows = Value::List(vec![
        map([("n", Value::Int(1)), ("secret", Value::Text("s".into()))]),
        map([("m", Value::Int(2))]),
    ]);
    let inputs = Inputs::new().with("form", map([("rows", rows), ("least", Value::Int(0))]));
    let judgement = judged("form.rows.all(|r| r.n > form.least)", &inputs);
    assert_eq!(judgement.outcome, Outcome::NotJudged { missing: "form.rows.1.n".into() });
    assert!(!format!("{:?}", judgement.reads).contains("secret"));
    assert_eq!(judged("form.rows[0].n == 1", &inputs).outcome, Outcome::Satisfied);
    assert_eq!(
        judged("form.rows.len() == 2 && has(form, \"rows\")", &inputs).outcome,
        Outcome::Satisfied
    );
}

#[test]
fn a_rule_can_be_switched_off() {
    let head = HEAD.replace("/// @source P\n", "/// @source P\n/// @off-by param.on\n");
    let rules = rules(&format!("{head}fn booked_seldom(fact) {{ fact.booked < 1 }}"));
    let judge = |on: Value| {
        let inputs = Inputs::new()
            .with("fact", map([("booked", Value::Int(3))]))
            .with("param", map([("on", on)]));
        let judgement = rules.judge("booked-seldom", &inputs);
        assert_eq!(rules.judge_again("booked-seldom", &judgement.reads), judgement);
        judgement.outcome
    };
    assert_eq!(judge(Value::Bool(false)), Outcome::Off);
    assert_eq!(judge(Value::Bool(true)), Outcome::NotSatisfied);
    assert!(matches!(judge(Value::Int(1)), Outcome::Fault { line: 6, .. }));
    assert!(
        rules
            .get("booked-seldom")
            .unwrap()
            .reads
            .iter()
            .any(|r| r.path == "param.on" && r.line == 6)
    );
}

#[test]
fn rules_are_shared_among_threads() {
    fn shared<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    let rules = std::sync::Arc::new(shared(rules(&format!("{HEAD}fn ok(fact) {{ fact.n == 1 }}"))));
    let inputs = shared(Inputs::new().with("fact", map([("n", Value::Int(1))])));
    let threads = (0..4).map(|_| {
        let (rules, inputs) = (rules.clone(), inputs.clone());
        std::thread::spawn(move || rules.judge("ok", &inputs).outcome)
    });
    for thread in threads.collect::<Vec<_>>() {
        assert_eq!(thread.join().unwrap(), Outcome::Satisfied);
    }
}

#[test]
fn closures_may_look_at_what_they_stand_in() {
    let inputs = Inputs::new()
        .with("form", map([("rows", Value::List(vec![map([("n", Value::Int(1))])]))]))
        .with("param", map([("most", Value::Int(2))]));
    let body = "let most = param.most; form.rows.all(|r| form.rows.any(|s| s.n == r.n && s.n < most && most == param.most))";
    assert_eq!(judged(body, &inputs).outcome, Outcome::Satisfied);
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..3).prop_map(Value::Int),
        "[ab]{0,2}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            fields(inner).prop_map(Value::Map),
        ]
    })
}

fn fields(of: impl Strategy<Value = Value>) -> impl Strategy<Value = Fields> {
    prop::collection::btree_map("[xyz]".prop_map(String::from), of, 0..3)
}

fn operand() -> impl Strategy<Value = String> {
    let path = ("(form|fact|today)", "(\\.[xyz]|\\.[xyz]\\.[xyz]|\\.[xyz]\\[[01]\\]|)")
        .prop_map(|(root, rest)| format!("{root}{rest}"));
    prop_oneof![path, "[0-3]", Just("\"a\"".to_owned()), Just("true".to_owned())]
}

fn test() -> impl Strategy<Value = String> {
    let comparison =
        (operand(), "(==|!=|<|>=|in)", operand()).prop_map(|(a, op, b)| format!("({a} {op} {b})"));
    let presence = ("(form|fact)", "[xyz](\\.[xyz])?")
        .prop_map(|(root, path)| format!("{root}.has(\"{path}\")"));
    let each = ("(form|fact)\\.[xyz]", "(all|any)", "[xyz]", operand())
        .prop_map(|(list, all, field, b)| format!("{list}.{all}(|e| e.{field} == {b})"));
    let length = operand().prop_map(|a| format!("(len({a}) > 1)"));
    prop_oneof![comparison, presence, each, length].prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), "(&&|\\|\\|)", inner).prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    })
}

/// The same, but for where in its text an expression failed.
fn unplaced(mut answer: Answer) -> Answer {
    if let Answer::Fault { line, column, .. } = &mut answer {
        (*line, *column) = (1, 1);
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_read_gives_the_same_verdict_again(
        body in test(),
        form in prop::option::of(value()),
        fact in prop::option::of(fields(value()).prop_map(Value::Map)),
        today in prop::option::of(leaf()),
    ) {
        let inputs = Inputs::new().with("form", form).with("fact", fact).with("today", today);
        judged(&body, &inputs);
    }

    #[test]
    fn a_path_is_followed_to_what_the_script_would_answer(
        path in prop::collection::vec("[xyz]", 1..4),
        form in prop::option::of(value()),
    ) {
        let text = format!("form.{}", path.join("."));
        let inputs = Inputs::new().with("form", form);
        let followed = unplaced(Expression::compile(&text).unwrap().answer(&inputs));
        // In brackets it is no bare path, and Rhai works it out.
        let run = unplaced(Expression::compile(&format!("({text})")).unwrap().answer(&inputs));
        prop_assert_eq!(followed, run);
    }
}
