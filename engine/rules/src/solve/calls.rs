//! Operators and functions: those that are followed, and the kind of what the others answer.
//!
//! Invariant: a function that is not followed is an unknown under the condition that what it is given is there.

use rhai::Expr;
use xueji_definition::value::Value;

use super::cases::Cases;
use super::domain::{Domain, Texts, date_of};
use super::formula::{Cond, Formula, Sum, ToZero, Unknown};
use super::interval::Numbers;
use super::ratio::Ratio;
use super::reader::{Read, Reader, Scope, TooHard};
use super::term::{Known, Term, Val};
use crate::functions::{Function, Gives, Takes, functions};
use crate::inputs::Inputs;

/// Functions that answer whatever they are given of the right kind, while dates stay in the calendar.
const TOTAL: &[&str] = &[
    "len",
    "contains",
    "starts_with",
    "ends_with",
    "upper",
    "lower",
    "trim",
    "is_digits",
    "is_date_text",
    "checksum_mod11_2",
    "add_days",
    "add_months",
    "add_years",
    "days_between",
    "months_between",
    "years_between",
    "floor",
    "to_text",
    "abs",
];

impl Reader<'_> {
    pub(crate) fn binary(&mut self, operator: &str, a: &Val, b: &Val) -> Read<Cases> {
        let text = || format!("({} {operator} {})", a.text, b.text);
        match operator {
            "contains" => {
                let cond = self.membership(a, b)?;
                Ok(Cases::one(Val::truth(cond, format!("contains({}, {})", a.text, b.text))))
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                let cond = self.compare(operator, a, b);
                Ok(Cases::one(Val::truth(cond, text())))
            }
            "+" | "-" | "*" | "/" | "%" => Ok(self.reckon(operator, a, b)),
            _ => Err(TooHard),
        }
    }

    pub(crate) fn unary(&mut self, operator: &str, of: Cases) -> Read<Cases> {
        match operator {
            "!" => self.each(of, |_, val| {
                Ok(Cases::one(Val::truth(val.cond().not(), format!("!({})", val.text))))
            }),
            "-" => self.each(of, |_, val| match &val.term {
                Term::Number(sum, whole) => {
                    let sum = sum.times(Ratio::ONE.negated()).ok_or(TooHard)?;
                    let text = format!("-({})", val.text);
                    Ok(Cases::one(Val { term: Term::Number(sum, *whole), text }))
                }
                _ => Err(TooHard),
            }),
            _ => Err(TooHard),
        }
    }

    /// A call by name; `first` is what stands before the dot.
    pub(crate) fn named(
        &mut self,
        name: &str,
        first: Option<Cases>,
        rest: &[&Expr],
        scope: &Scope,
    ) -> Read<Cases> {
        let mut lists: Vec<Cases> = first.into_iter().collect();
        for expr in rest {
            if is_closure(expr) {
                return Err(TooHard);
            }
            lists.push(self.eval(expr, scope)?.settled());
        }
        let mut rows: Vec<(Formula, Vec<Val>)> = vec![(Formula::True, Vec::new())];
        let mut stop = Formula::False;
        for list in lists {
            let mut next = Vec::new();
            for (when, given) in rows {
                stop = Formula::or([stop, Formula::and([when.clone(), list.stop.clone()])]);
                for (and, val) in &list.values {
                    let both = Formula::and([when.clone(), and.clone()]);
                    let given = given.iter().chain([val]).cloned().collect();
                    next.push((both, given));
                }
            }
            self.spend(next.len())?;
            rows = next;
        }
        let answers = Cases {
            values: rows
                .iter()
                .map(|(when, _)| (when.clone(), Val { term: Term::Nothing, text: String::new() }))
                .collect(),
            stop,
        };
        let mut given = rows.into_iter().map(|(_, given)| given);
        self.each(answers, |reader, _| {
            let given = given.next().ok_or(TooHard)?;
            reader.applied(name, &given)
        })
    }

    fn applied(&mut self, name: &str, given: &[Val]) -> Read<Cases> {
        if self.script.get(name).is_some() {
            return self.own(name, given);
        }
        match (name, given) {
            ("has", [group, Val { term: Term::Text(Known::Text(field)), .. }]) => {
                return self.has(group, field);
            }
            ("contains", [list, item]) => {
                let cond = self.membership(list, item)?;
                let text = format!("contains({}, {})", list.text, item.text);
                return Ok(Cases::one(Val::truth(cond, text)));
            }
            ("add_days", [day, count]) => {
                if let (Term::Date(a), Term::Number(b, true)) = (&day.term, &count.term)
                    && let Some(sum) = a.plus(b)
                {
                    let text = format!("add_days({}, {})", day.text, count.text);
                    return Ok(Cases::one(Val { term: Term::Date(sum), text }));
                }
            }
            ("add_months" | "add_years", [day, count]) => {
                if let (Term::Date(from), Term::Number(count, true)) = (&day.term, &count.term)
                    && !is_known(day)
                    && let Some(count) = count.known().and_then(Ratio::to_int)
                {
                    let text = format!("{name}({}, {count})", day.text);
                    let months =
                        if name == "add_years" { count.checked_mul(12) } else { Some(count) };
                    return self.later(from, months.ok_or(TooHard)?, &text);
                }
            }
            ("days_between", [from, to]) => {
                if let (Term::Date(a), Term::Date(b)) = (&from.term, &to.term)
                    && let Some(sum) = b.minus(a)
                {
                    let text = format!("days_between({}, {})", from.text, to.text);
                    return Ok(Cases::one(Val { term: Term::Number(sum, true), text }));
                }
            }
            ("floor", [number]) => {
                if let Term::Number(sum, whole) = &number.term {
                    let known = sum.known().map(|n| n.floor());
                    let text = format!("floor({})", number.text);
                    if let Some(n) = known {
                        return Ok(Cases::one(Val::number(n, text)));
                    }
                    if *whole {
                        return Ok(Cases::one(Val { term: number.term.clone(), text }));
                    }
                }
            }
            _ => {}
        }
        self.unfollowed_call(name, given)
    }

    /// So many months after a date: an unknown, but no further off than months are long.
    fn later(&mut self, from: &Sum, months: i64, text: &str) -> Read<Cases> {
        let (years, rest) = (months.unsigned_abs() / 12, months.unsigned_abs() % 12);
        let whole = |days: u64| i64::try_from(days).ok().and_then(Ratio::whole).ok_or(TooHard);
        // Three days less, for a month may lack the day.
        let least = whole((365 * years + 28 * rest).saturating_sub(3))?;
        let most = whole(366 * years + 31 * rest)?;
        let (least, most) =
            if months < 0 { (most.negated(), least.negated()) } else { (least, most) };
        let mut cases = self.opaque(text, Domain::dates(Numbers::all()), true, true);
        let between = |day: &Sum| {
            let low = from.plus(&Sum::constant(least))?.minus(day)?;
            let high = day.minus(&from.plus(&Sum::constant(most))?)?;
            let not_above = |sum| Formula::linear(sum, ToZero::AtMost);
            Some(Formula::and([not_above(low)?, not_above(high)?]))
        };
        for (when, val) in &mut cases.values {
            if let Term::Date(day) = &val.term
                && let Some(between) = between(day)
            {
                *when = Formula::and([when.clone(), between]);
            }
        }
        Ok(cases)
    }

    /// A call that is an unknown, or, of known things, what it answers.
    fn unfollowed_call(&mut self, name: &str, given: &[Val]) -> Read<Cases> {
        let texts: Vec<&str> = given.iter().map(|val| val.text.as_str()).collect();
        let text = format!("{name}({})", texts.join(", "));
        if given.iter().all(is_known)
            && let Some(known) = self.worked_out(name, given, &text)
        {
            return Ok(Cases::one(known));
        }
        let row = functions()
            .filter(|function| !function.property && function.name == name)
            .find(|function| fits(function, given))
            .ok_or(TooHard)?;
        let (domain, whole) = answers(row);
        let known_kinds = given.iter().all(|val| !matches!(val.term, Term::Any(_)));
        // A part of a text from a known place is there, if only an empty one.
        let part = name == "sub" && given.iter().skip(1).all(is_not_negative);
        let total = known_kinds && (TOTAL.contains(&name) || part);
        Ok(self.opaque(&text, domain, whole, total))
    }

    /// What a function answers of what is known.
    fn worked_out(&self, name: &str, given: &[Val], text: &str) -> Option<Val> {
        let texts: Option<Vec<String>> = given.iter().map(known_text).collect();
        let script = format!("{name}({})", texts?.join(", "));
        let answer = crate::Expression::compile(&script).ok()?.evaluate(&Inputs::new());
        Val::of(answer.value()?, text)
    }

    /// A field of a date.
    pub(crate) fn property(&mut self, of: &Val, name: &str) -> Read<Cases> {
        let text = format!("{}.{name}", of.text);
        if is_known(of)
            && let Some(script) = known_text(of)
            && let Ok(expression) = crate::Expression::compile(&format!("{script}.{name}"))
            && let Some(value) = expression.evaluate(&Inputs::new()).value()
            && let Some(val) = Val::of(value, &text)
        {
            return Ok(Cases::one(val));
        }
        let between = |low: i64, high: i64| {
            let end = |n: i64| Ratio::whole(n).ok_or(TooHard);
            Ok(Numbers::above(end(low)?, true).meet(&Numbers::below(end(high)?, true)))
        };
        let numbers = match name {
            "year" => Numbers::all(),
            "month" => between(1, 12)?,
            "day" => between(1, 31)?,
            "weekday" => between(1, 7)?,
            _ => return Err(TooHard),
        };
        Ok(self.opaque(&text, Domain::numbers(numbers), true, true))
    }

    fn has(&mut self, group: &Val, field: &str) -> Read<Cases> {
        let path = match &group.term {
            Term::Group(path) => path.clone(),
            Term::Any(Unknown::Path(path)) => path.to_string(),
            _ => return Err(TooHard),
        };
        let whole = format!("{path}.{field}");
        let text = format!("has({path}, \"{field}\")");
        if self.ground.constant(&whole).is_some() {
            return Ok(Cases::one(Val::truth(Cond::known(true), text)));
        }
        let unknown = self.path_unknown(&whole);
        let mut cond = Cond {
            yes: Formula::within(&unknown, Domain::present()),
            no: Formula::within(&unknown, Domain::missing()),
            stop: Formula::False,
        };
        // A group inside of another must be there itself.
        if path.contains('.') {
            let group = self.path_unknown(&path);
            cond.no = Formula::and([cond.no, Formula::within(&group, Domain::other())]);
            cond.stop = Formula::within(&group, Domain::other().complement());
        }
        Ok(Cases::one(Val::truth(cond, text)))
    }
}

fn is_closure(expr: &Expr) -> bool {
    match expr {
        Expr::DynamicConstant(value, _) => value.read_lock::<rhai::FnPtr>().is_some(),
        Expr::FnCall(call, _) => call.name == "curry",
        Expr::Stmt(block) => matches!(block.statements(), [rhai::Stmt::Share(_), ..]),
        _ => false,
    }
}

fn is_not_negative(val: &Val) -> bool {
    matches!(&val.term, Term::Number(sum, true) if sum.known().is_some_and(|n| !n.is_negative()))
}

fn is_known(val: &Val) -> bool {
    match &val.term {
        Term::Number(sum, _) | Term::Date(sum) => sum.known().is_some(),
        Term::Text(known) => matches!(known, Known::Text(_)),
        _ => false,
    }
}

fn known_text(val: &Val) -> Option<String> {
    super::term::literal(&match &val.term {
        Term::Text(Known::Text(text)) => Value::Text(text.clone()),
        Term::Number(sum, true) => Value::Int(sum.known()?.to_int()?),
        Term::Number(sum, false) => Value::Decimal(sum.known()?.to_decimal()?),
        Term::Date(sum) => Value::Date(date_of(sum.known()?.to_int()?)?),
        _ => return None,
    })
}

/// Tells whether a function may take these.
fn fits(function: &Function, given: &[Val]) -> bool {
    function.takes.len() == given.len()
        && function.takes.iter().zip(given).all(|(takes, val)| match &val.term {
            Term::Any(_) => true,
            Term::Number(..) => matches!(takes, Takes::Number | Takes::Int | Takes::Any),
            Term::Date(_) => matches!(takes, Takes::Date | Takes::Any),
            Term::Text(_) => matches!(takes, Takes::Text | Takes::Any),
            Term::Items(_) | Term::List(_) => matches!(takes, Takes::List | Takes::Any),
            Term::Group(_) => matches!(takes, Takes::Group | Takes::Any),
            Term::Truth(_) => *takes == Takes::Any,
            Term::Nothing => false,
        })
}

/// What a function may answer, and whether it is a whole number.
fn answers(function: &Function) -> (Domain, bool) {
    let counts = Numbers::above(Ratio::ZERO, true);
    match function.gives {
        Gives::Text => (Domain::texts(Texts::ALL), false),
        Gives::Int if function.name == "len" => (Domain::numbers(counts), true),
        Gives::Int => (Domain::numbers(Numbers::all()), true),
        Gives::Decimal => (Domain::numbers(Numbers::all()), false),
        Gives::Bool => (Domain::truths(), false),
        Gives::Date => (Domain::dates(Numbers::all()), true),
        Gives::Same | Gives::Element | Gives::Each | Gives::ListOfEach => {
            (Domain::present(), false)
        }
    }
}
