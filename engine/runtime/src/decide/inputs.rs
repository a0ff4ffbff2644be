//! What expressions and rules see of a scope.
//!
//! Invariant: only what definitions declare can be read; facts are worked out before, for exactly those that the text
//! reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use xueji_definition::Definitions;
use xueji_definition::file::{Expr, FieldKind, Literal, Parameter, TakenAt};
use xueji_definition::value::{Fields, Type, Value};
use xueji_rules::{Answer, Inputs, Needs};

use super::draft::Seen;
use super::forms::MATERIALS;
use super::work::Work;
use crate::path::ScopePath;
use crate::people;
use crate::record::Perspective;
use crate::refusal::Refusal;
use crate::state::Item;

/// How deep facts may read facts.
const FACT_DEPTH_MAX: u32 = 4;

impl Work<'_> {
    /// Evaluates an expression; `None` when a value that it reads is missing.
    pub(super) fn evaluate(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
    ) -> Result<Option<Value>, Refusal> {
        self.evaluate_within(path, step, expr, &BTreeMap::new(), 0)
    }

    /// Evaluates an expression with some roots replaced.
    pub(super) fn evaluate_within(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
        replaced: &BTreeMap<String, Value>,
        depth: u32,
    ) -> Result<Option<Value>, Refusal> {
        let compiled = self.release.expression(expr);
        let expression = match compiled.as_ref() {
            Ok(expression) => expression,
            Err(message) => return Err(self.fault(step, format!("`{}`: {message}", expr.0))),
        };
        let mut inputs = self.inputs(path, step, expression.needs(), depth)?;
        for (root, value) in replaced {
            inputs = inputs.with(root, value.clone());
        }
        match expression.answer(&inputs) {
            Answer::Value { value } => Ok(value),
            Answer::Missing { .. } => Ok(None),
            Answer::Fault { message, .. } => {
                Err(self.fault(step, format!("`{}`: {message}", expr.0)))
            }
        }
    }

    /// Evaluates an expression that must have a value.
    pub(super) fn required(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
    ) -> Result<Value, Refusal> {
        match self.evaluate(path, step, expr)? {
            Some(value) => Ok(value),
            None => Err(self.without_value(path, step, expr)),
        }
    }

    /// Evaluates a condition; one that reads a missing value does not hold.
    pub(super) fn holds(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
    ) -> Result<bool, Refusal> {
        match self.evaluate(path, step, expr)? {
            Some(Value::Bool(holds)) => Ok(holds),
            None => Ok(false),
            Some(other) => Err(self.gives(step, expr, &other, ("真假", "true or false"))),
        }
    }

    /// Evaluates an expression that must give a whole number, not below 0.
    pub(super) fn count(
        &mut self,
        path: &ScopePath,
        step: &str,
        expr: &Expr,
    ) -> Result<u32, Refusal> {
        let value = self.required(path, step, expr)?;
        let number = match &value {
            Value::Int(n) => u32::try_from(*n).ok(),
            Value::Decimal(d) if d.is_integer() => u32::try_from(*d).ok(),
            _ => None,
        };
        number.ok_or_else(|| {
            self.gives(step, expr, &value, ("不小于 0 的整数", "a whole number from 0"))
        })
    }

    /// Returns what a scope's expressions see, of that what is read.
    pub(super) fn inputs(
        &mut self,
        path: &ScopePath,
        step: &str,
        needs: &Needs,
        depth: u32,
    ) -> Result<Inputs, Refusal> {
        let cohort = self.state.instance.as_ref().and_then(|instance| instance.cohort);
        let mut inputs = Inputs::new();
        for root in &needs.roots {
            let value = match *root {
                "param" => Some(self.parameters(cohort)),
                "case" => Some(Arc::new(self.case_value(path, step))),
                "person" => self.person_value().map(Arc::new),
                "today" => Some(Arc::new(Value::Date(self.today))),
                "subject" | "form" | "item" => self.root(path, root)?,
                _ => None,
            };
            if let Some(value) = value {
                inputs = inputs.sharing(root, value);
            }
        }
        if !needs.facts.is_empty() {
            if depth > FACT_DEPTH_MAX {
                return Err(self.fault(step, "facts read one another in a circle"));
            }
            let mut values = Fields::new();
            for name in &needs.facts {
                if let Some(value) = self.known_fact(path, step, name, depth)? {
                    values.insert(name.clone(), Value::clone(&value));
                }
            }
            inputs = inputs.with("fact", Value::Map(values));
        }
        Ok(inputs)
    }

    /// Returns what stands in the scope's subject, form or item; worked out once until the state changes.
    fn root(
        &mut self,
        path: &ScopePath,
        name: &'static str,
    ) -> Result<Option<Arc<Value>>, Refusal> {
        let what = Seen::Root { name, scope: path.clone() };
        if let Some(known) = self.state.known(&what) {
            return Ok(known);
        }
        let value = match name {
            "subject" => return self.subject_root(path),
            "form" => Some(Value::Map(self.form(path)?)),
            _ => self.item_value(path)?,
        };
        let value = value.map(Arc::new);
        self.state.remember(what, value.clone());
        Ok(value)
    }

    /// Returns a fact; worked out once until the state changes.
    fn known_fact(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
        depth: u32,
    ) -> Result<Option<Arc<Value>>, Refusal> {
        let (scope, step_id) = (path.clone(), step.to_owned());
        let what = Seen::Fact { name: name.to_owned(), scope, step: step_id };
        if let Some(known) = self.state.known(&what) {
            return Ok(known);
        }
        let value = self.fact(path, step, name, depth)?.map(Arc::new);
        self.state.remember(what, value.clone());
        Ok(value)
    }

    /// Returns the subject's record; worked out once until the record changes.
    fn subject_root(&mut self, path: &ScopePath) -> Result<Option<Arc<Value>>, Refusal> {
        let Some(subject) = self.subject(path)? else { return Ok(None) };
        let Some(version) = self.record(&subject)?.map(|record| record.version) else {
            return Ok(None);
        };
        if let Some((_, known)) = self.laid_out.get(&subject).filter(|(of, _)| *of == version) {
            return Ok(Some(Arc::clone(known)));
        }
        let value = self.record_value(&subject)?.map(Arc::new);
        if let Some(value) = &value {
            self.laid_out.insert(subject, (version, Arc::clone(value)));
        }
        Ok(value)
    }

    /// Returns a record's values of today, local view, with its id.
    pub(super) fn record_value(&mut self, id: &crate::RecordId) -> Result<Option<Value>, Refusal> {
        let today = self.today;
        let Some(record) = self.record(id)? else { return Ok(None) };
        let mut fields = record.view(today, None, Perspective::Local);
        fields.insert("id".to_owned(), Value::Text(id.id.clone()));
        Ok(Some(Value::Map(fields)))
    }

    /// Returns the form as a scope sees it: its own values first, then those of the scopes above.
    pub(super) fn form(&mut self, path: &ScopePath) -> Result<Fields, Refusal> {
        let mut form = self.scope(&ScopePath::root())?.form.clone();
        for at in Self::chain(path).iter().rev().skip(1) {
            let mut own = self.scope(at)?.form.clone();
            // Papers are handed in one by one: those of a row stand beside those of its case.
            if let (Some(Value::Map(papers)), Some(Value::Map(above))) =
                (own.get_mut(MATERIALS), form.get(MATERIALS))
            {
                for (name, paper) in above {
                    papers.entry(name.clone()).or_insert_with(|| paper.clone());
                }
            }
            form.extend(own);
        }
        Ok(form)
    }

    fn item_value(&mut self, path: &ScopePath) -> Result<Option<Value>, Refusal> {
        for at in Self::chain(path) {
            let Some(item) = self.scope(&at)?.item.clone() else { continue };
            let key = at.split().map(|(_, segment)| segment.key.clone()).unwrap_or_default();
            let mut value = match &item {
                Item::Record(id) => self.record_value(id)?,
                Item::Case { instance, scope } => self.case_item(instance, scope)?,
            };
            if let Some(Value::Map(fields)) = &mut value {
                fields.insert("key".to_owned(), Value::Text(key));
            }
            return Ok(value);
        }
        Ok(None)
    }

    fn case_item(&mut self, instance: &str, scope: &ScopePath) -> Result<Option<Value>, Refusal> {
        let row = self.view.case(instance, scope)?;
        Ok(row.map(|row| Value::Map(super::conditions::case_fields(&row))))
    }

    fn case_value(&self, path: &ScopePath, step: &str) -> Value {
        let text = |s: &str| Value::Text(s.to_owned());
        let mut case = Fields::new();
        case.insert("id".to_owned(), text(&self.instance));
        case.insert("process".to_owned(), text(&self.process));
        case.insert("step".to_owned(), text(step));
        if let Some(row) = path.split().map(|(_, segment)| segment.key.clone()) {
            case.insert("row".to_owned(), Value::Text(row));
        }
        match &self.state.instance {
            Some(instance) => {
                case.insert("started".to_owned(), Value::Date(instance.started));
                case.insert("applicant".to_owned(), text(&instance.applicant));
            }
            None => {
                case.insert("started".to_owned(), Value::Date(self.today));
                if let Some(person) = self.at.actor.person() {
                    case.insert("applicant".to_owned(), text(person));
                }
            }
        }
        Value::Map(case)
    }

    fn person_value(&self) -> Option<Value> {
        let id = self.at.actor.person()?;
        let organisation = self.view.organisation();
        let mut person = Fields::new();
        person.insert("id".to_owned(), Value::Text(id.to_owned()));
        if let Some(name) = people::name(organisation, id) {
            person.insert("name".to_owned(), Value::Text(name.to_owned()));
        }
        if let Some(record) = people::record_of(organisation, id) {
            person.insert("record".to_owned(), Value::Text(record.id));
        }
        Some(Value::Map(person))
    }

    /// Returns every parameter that has a value for the case's start and cohort, nested by its dots.
    pub(super) fn parameters(&self, cohort: Option<i64>) -> Arc<Value> {
        let started = self.state.instance.as_ref().map_or(self.today, |instance| instance.started);
        self.release.parameters(started, self.today, cohort)
    }
}

/// Returns every parameter that has a value for a case that started on a date, asked on another, nested by its dots: the
/// `param` of rules and expressions.
#[must_use]
pub fn parameters_at(
    definitions: &Definitions,
    started: jiff::civil::Date,
    today: jiff::civil::Date,
    cohort: Option<i64>,
) -> Value {
    let mut all = Fields::new();
    for (name, parameter) in &definitions.parameters.parameters {
        let on = if parameter.at == TakenAt::Start { started } else { today };
        if let Some(value) = parameter_value(parameter, on, cohort) {
            place(&mut all, name, value);
        }
    }
    Value::Map(all)
}

/// Puts a value under a dotted name.
fn place(into: &mut Fields, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            into.insert(name.to_owned(), value);
        }
        Some((head, rest)) => {
            let group = into.entry(head.to_owned()).or_insert_with(|| Value::Map(Fields::new()));
            if let Value::Map(inner) = group {
                place(inner, rest, value);
            }
        }
    }
}

/// Returns the last value of a parameter that holds on a date for a cohort.
///
/// A value for some cohorts does not hold where the cohort is not known.
#[must_use]
pub fn parameter_value(
    parameter: &Parameter,
    on: jiff::civil::Date,
    cohort: Option<i64>,
) -> Option<Value> {
    let holds = |value: &&xueji_definition::file::DatedValue| {
        value.from.is_none_or(|from| from <= on)
            && value.to.is_none_or(|to| on <= to)
            && value.cohort_from.is_none_or(|from| cohort.is_some_and(|c| from <= c))
            && value.cohort_to.is_none_or(|to| cohort.is_some_and(|c| c <= to))
    };
    let found = parameter.values.iter().rev().find(holds)?;
    parameter.value_type().read(&found.value.0).ok().flatten()
}

/// Reads a literal as text, numbers, flags and lists say themselves.
pub(super) fn literal(literal: &Literal, like: Option<&Type>) -> Option<Value> {
    if let Some(value) = like.and_then(|ty| ty.read(&literal.0).ok().flatten()) {
        return Some(value);
    }
    match &literal.0 {
        serde_json::Value::String(text) => match text.parse() {
            Ok(date) => Some(Value::Date(date)),
            Err(_) => Some(Value::Text(text.clone())),
        },
        serde_json::Value::Bool(flag) => Some(Value::Bool(*flag)),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Some(Value::Int(int)),
            None => number.to_string().parse::<Decimal>().ok().map(Value::Decimal),
        },
        serde_json::Value::Array(items) => {
            let read =
                |item: &serde_json::Value| super::inputs::literal(&Literal(item.clone()), None);
            Some(Value::List(items.iter().filter_map(read).collect()))
        }
        _ => None,
    }
}

/// Tells which kinds are money or other decimals.
pub(super) fn is_decimal(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Decimal | FieldKind::Money)
}
