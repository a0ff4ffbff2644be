//! Examples: one rule, or an expression, on given values.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use xueji_definition::file::{Example, Field, VerdictWord};
use xueji_definition::value::{Fields, Type, Value};
use xueji_definition::{Definitions, Text};
use xueji_rules::{Expression, Inputs, Outcome, RuleSet};
use xueji_runtime::Release;

use super::failure::{Failure, Words};
use super::values::guessed;

/// Returns what an example is called: its rule.
pub(super) fn name(rules: &RuleSet, example: &Example) -> Text {
    rules.get(&example.rule).map_or_else(
        || Text::new(example.rule.clone(), example.rule.clone()),
        |rule| {
            Text::new(
                format!("{} {}", rule.name, rule.title.zh),
                format!("{} {}", rule.name, rule.title.en),
            )
        },
    )
}

/// Tries an example out.
pub(super) fn try_out(release: &Release, example: &Example) -> Option<Failure> {
    let inputs = inputs(&release.definitions, example);
    let judged = release.rules.judge(&example.rule, &inputs);
    let (says, detail) = match &judged.outcome {
        Outcome::Satisfied | Outcome::Off => (VerdictWord::Satisfied, String::new()),
        Outcome::NotSatisfied => (VerdictWord::NotSatisfied, String::new()),
        Outcome::NotJudged { missing } => (VerdictWord::NotJudged, format!(": {missing}")),
        Outcome::Fault { message, line, column } => {
            (VerdictWord::Fault, format!(": {line}:{column}: {message}"))
        }
    };
    let rule = &example.rule;
    let failure = |what: Text, expected: Text, actual: Text| Failure {
        act: Text::new(format!("规则 {rule}"), format!("rule {rule}")),
        what,
        expected,
        actual,
        ..Failure::default()
    };
    let expected = VerdictWord::from(example.says);
    if says != expected {
        let Text { zh, en } = says.words();
        let actual = Text::new(format!("{zh}{detail}"), format!("{en}{detail}"));
        return Some(failure(Text::new("判定", "says"), expected.words(), actual));
    }
    if let Some(words) = &example.reason {
        let reason = judged.reason.map(|reason| reason.zh).unwrap_or_default();
        if !reason.contains(words.as_str()) {
            return Some(failure(
                Text::new("理由", "reason"),
                words.as_str().words(),
                reason.words(),
            ));
        }
    }
    let holds = example.holds.as_ref()?;
    let what = || Text::new("表达式", "holds");
    match Expression::compile(&holds.0) {
        Ok(expression) => {
            let evaluated = expression.evaluate(&inputs);
            let value = evaluated.value();
            (value != Some(&Value::Bool(true))).then(|| {
                failure(what(), holds.0.as_str().words(), format!("{:?}", evaluated.answer).words())
            })
        }
        Err(problem) => Some(failure(what(), holds.0.as_str().words(), problem.message)),
    }
}

fn inputs(definitions: &Definitions, example: &Example) -> Inputs {
    let mut inputs = Inputs::new();
    for (root, given) in &example.given {
        let types = types(definitions, root, &given.keys().map(String::as_str).collect::<Vec<_>>());
        let mut fields = Fields::new();
        for (name, literal) in given {
            let typed = types.get(name).and_then(|ty| ty.read(&literal.0).ok());
            if let Some(value) = typed.unwrap_or_else(|| guessed(&literal.0)) {
                put(&mut fields, name, value);
            }
        }
        inputs = inputs.with(root, Value::Map(fields));
    }
    if let Some(today) = example.today {
        inputs = inputs.with("today", Value::Date(today));
    }
    inputs
}

/// Puts a value under a dotted name into nested groups.
fn put(fields: &mut Fields, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            fields.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let group = fields.entry(first.to_owned()).or_insert_with(|| Value::Map(Fields::new()));
            if let Value::Map(inner) = group {
                put(inner, rest, value);
            }
        }
    }
}

/// Returns the types of the fields of a root: of parameters by name, else of the record type or form that has most of
/// the fields named.
fn types(definitions: &Definitions, root: &str, names: &[&str]) -> BTreeMap<String, Type> {
    let fields = |fields: &indexmap::IndexMap<String, Field>| -> BTreeMap<String, Type> {
        fields.iter().map(|(name, field)| (name.clone(), field.value_type())).collect()
    };
    let candidates: Vec<BTreeMap<String, Type>> = match root {
        "param" => {
            let parameters = definitions.parameters.parameters.iter();
            return parameters
                .map(|(name, parameter)| (name.clone(), parameter.value_type()))
                .collect();
        }
        "subject" | "item" => {
            definitions.records.records.values().map(|record| fields(&record.fields)).collect()
        }
        "form" => definitions.forms.values().map(|form| fields(&form.fields)).collect(),
        _ => Vec::new(),
    };
    let fit = |types: &BTreeMap<String, Type>| {
        names.iter().filter(|name| types.contains_key(**name)).count()
    };
    let best = candidates.into_iter().max_by_key(fit).unwrap_or_default();
    flat(best)
}

/// Adds the fields of groups under their dotted names.
fn flat(types: BTreeMap<String, Type>) -> BTreeMap<String, Type> {
    let mut all = BTreeMap::new();
    for (name, ty) in types {
        if let Type::Map(inner) = &ty {
            let within = inner.iter().map(|(name, ty)| (name.clone(), ty.clone())).collect();
            all.extend(flat(within).into_iter().map(|(inner, ty)| (format!("{name}.{inner}"), ty)));
        }
        all.insert(name, ty);
    }
    all
}

/// A literal as forms take it.
pub(super) fn raw(
    form: &indexmap::IndexMap<String, xueji_definition::file::Literal>,
) -> serde_json::Map<String, Json> {
    form.iter().map(|(name, literal)| (name.clone(), literal.0.clone())).collect()
}
