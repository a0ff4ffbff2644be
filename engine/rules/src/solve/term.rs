//! Values as far as they are known, and what comparing and reckoning with them means.
//!
//! Invariant: the meaning is that of [`crate::operators`]; where it is not followed, the result is an unknown of its own
//! that may be anything.

use rust_decimal::Decimal;
use xueji_definition::value::{Type, Value};

use super::cases::Cases;
use super::domain::{Domain, Texts, days};
use super::formula::{Cond, Formula, Sum, ToZero, Unknown};
use super::interval::{End, Interval, Numbers};
use super::ratio::Ratio;
use super::reader::{Reader, TooHard};
use super::written::quoted;

/// A value as far as it is known, and how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Val {
    pub(crate) term: Term,
    pub(crate) text: String,
}

#[derive(Debug, Clone)]
pub(crate) enum Term {
    Truth(Cond),
    /// A number, and whether it is certain to be a whole one.
    Number(Sum, bool),
    Date(Sum),
    Text(Known),
    /// A value of unknown kind, which is there.
    Any(Unknown),
    /// A list that is written out.
    Items(Vec<Val>),
    /// A list that is read, at its path.
    List(String),
    /// A group that is read, at its path.
    Group(String),
    Nothing,
}

/// A text, or the unknown that is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Known {
    Text(String),
    Unknown(Unknown),
}

impl Val {
    pub(crate) fn truth(cond: Cond, text: impl Into<String>) -> Self {
        Self { term: Term::Truth(cond), text: text.into() }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self { term: Term::Text(Known::Text(text.to_owned())), text: quoted(text) }
    }

    pub(crate) fn number(n: Ratio, text: String) -> Self {
        Self { term: Term::Number(Sum::constant(n), n.is_whole()), text }
    }

    /// A known value, written as `text`; `None` where it is a group, or a number that is not handled exactly.
    pub(crate) fn of(value: &Value, text: &str) -> Option<Self> {
        let term = match value {
            Value::Text(text) => Term::Text(Known::Text(text.clone())),
            Value::Int(n) => Term::Number(Sum::constant(Ratio::whole(*n)?), true),
            Value::Decimal(d) => Term::Number(Sum::constant(Ratio::decimal(*d)?), false),
            Value::Bool(b) => Term::Truth(Cond::known(*b)),
            Value::Date(d) => Term::Date(Sum::constant(Ratio::whole(days(*d)?)?)),
            Value::List(items) => Term::Items(
                items
                    .iter()
                    .map(|item| Self::of(item, &literal(item)?))
                    .collect::<Option<Vec<_>>>()?,
            ),
            Value::Map(_) => return None,
        };
        Some(Self { term, text: text.to_owned() })
    }

    /// The value as true or false.
    pub(crate) fn cond(&self) -> Cond {
        match &self.term {
            Term::Truth(cond) => cond.clone(),
            Term::Any(unknown) => Cond::unknown(unknown),
            _ => Cond::STOP,
        }
    }
}

/// A leaf as a script writes it.
pub(crate) fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) => quoted(text),
        Value::Int(n) => n.to_string(),
        Value::Decimal(d) => d.normalize().to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Date(d) => format!("date(\"{d}\")"),
        Value::List(_) | Value::Map(_) => return None,
    })
}

/// A condition on an unknown that must first be of a kind.
fn of_kind(unknown: &Unknown, kind: &Domain, cond: Cond) -> Cond {
    let is = Formula::within(unknown, kind.clone());
    Cond {
        yes: Formula::and([is.clone(), cond.yes]),
        no: Formula::and([is, cond.no]),
        stop: Formula::or([Formula::within(unknown, kind.complement()), cond.stop]),
    }
}

impl Reader<'_> {
    /// Returns what a comparison of two values says.
    pub(crate) fn compare(&mut self, operator: &str, a: &Val, b: &Val) -> Cond {
        use Term::{Any, Date, Number, Text, Truth};
        let (numbers, dates) = (Domain::numbers(Numbers::all()), Domain::dates(Numbers::all()));
        let written = || format!("({} {operator} {})", a.text, b.text);
        match (&a.term, &b.term) {
            (Number(x, _), Number(y, _)) | (Date(x), Date(y)) => {
                self.ordered(operator, x, y, written)
            }
            (Any(u), Number(y, _)) => {
                let cond = self.ordered(operator, &Sum::of(u.clone()), y, written);
                of_kind(u, &numbers, cond)
            }
            (Number(x, _), Any(u)) => {
                let cond = self.ordered(operator, x, &Sum::of(u.clone()), written);
                of_kind(u, &numbers, cond)
            }
            (Any(u), Date(y)) => {
                let cond = self.ordered(operator, &Sum::of(u.clone()), y, written);
                of_kind(u, &dates, cond)
            }
            (Date(x), Any(u)) => {
                let cond = self.ordered(operator, x, &Sum::of(u.clone()), written);
                of_kind(u, &dates, cond)
            }
            (Text(x), Text(y)) => self.texts(operator, x, y, written),
            (Any(u), Text(y)) | (Text(y), Any(u)) => {
                let cond = self.texts(operator, &Known::Unknown(u.clone()), y, written);
                of_kind(u, &Domain::texts(Texts::ALL), cond)
            }
            (Truth(x), Truth(y)) => truths(operator, x.clone(), y.clone()),
            (Any(u), Truth(x)) | (Truth(x), Any(u)) => {
                truths(operator, Cond::unknown(u), x.clone())
            }
            (Any(_), Any(_)) => self.opaque_truth(&written(), false),
            _ => Cond::STOP,
        }
    }

    fn ordered(&mut self, operator: &str, x: &Sum, y: &Sum, written: impl Fn() -> String) -> Cond {
        let against = || {
            let (low, high) = (x.minus(y)?, y.minus(x)?);
            let linear = |sum: &Sum, to| Formula::linear(sum.clone(), to);
            let (below, above) = (linear(&low, ToZero::Below)?, linear(&high, ToZero::Below)?);
            let (yes, no) = match operator {
                "<" => (below, linear(&high, ToZero::AtMost)?),
                "<=" => (linear(&low, ToZero::AtMost)?, above),
                ">" => (above, linear(&low, ToZero::AtMost)?),
                ">=" => (linear(&high, ToZero::AtMost)?, below),
                "==" => (linear(&low, ToZero::Equal)?, Formula::unequal(&low)?),
                "!=" => (Formula::unequal(&low)?, linear(&low, ToZero::Equal)?),
                _ => return None,
            };
            Some(Cond { yes, no, stop: Formula::False })
        };
        against().unwrap_or_else(|| self.opaque_truth(&written(), true))
    }

    fn texts(
        &mut self,
        operator: &str,
        x: &Known,
        y: &Known,
        written: impl Fn() -> String,
    ) -> Cond {
        let same = match (x, y) {
            _ if !matches!(operator, "==" | "!=") => return self.opaque_truth(&written(), true),
            (Known::Text(x), Known::Text(y)) => Cond::known(x == y),
            (Known::Unknown(u), Known::Text(text)) | (Known::Text(text), Known::Unknown(u)) => {
                let one = Texts::one(text);
                Cond {
                    yes: Formula::within(u, Domain::texts(one.clone())),
                    no: Formula::within(u, Domain::texts(one.complement())),
                    stop: Formula::False,
                }
            }
            (Known::Unknown(u), Known::Unknown(v)) if u == v => Cond::known(true),
            (Known::Unknown(u), Known::Unknown(v)) => {
                Cond { yes: Formula::same(u, v), no: Formula::differ(u, v), stop: Formula::False }
            }
        };
        if operator == "==" { same } else { same.not() }
    }

    /// Returns whether a list holds an item.
    pub(crate) fn membership(&mut self, list: &Val, item: &Val) -> Result<Cond, TooHard> {
        let written = format!("contains({}, {})", list.text, item.text);
        match &list.term {
            Term::Items(items) => {
                let mut found = Cond::known(false);
                for each in items {
                    let same = self.compare("==", each, item);
                    found = found.or(same);
                    self.spend(1)?;
                }
                Ok(simplified(items, item).unwrap_or(found))
            }
            Term::List(path) => {
                let alike = match (self.type_of(path), &item.term) {
                    (Some(Type::List(of)), Term::Text(_)) => of.is_textual(),
                    (Some(Type::List(of)), Term::Number(..)) => {
                        matches!(of.as_ref(), Type::Int | Type::Decimal)
                    }
                    (Some(Type::List(of)), Term::Date(_)) => **of == Type::Date,
                    _ => false,
                };
                if !alike {
                    return Ok(self.opaque_truth(&written, false));
                }
                let unknown =
                    Unknown::Member { list: path.as_str().into(), item: item.text.as_str().into() };
                self.nature(&unknown, Domain::truths(), false);
                let Cond { yes, no, .. } = Cond::unknown(&unknown);
                Ok(Cond { yes, no, stop: Formula::False })
            }
            Term::Text(_) => Ok(match (&list.term, &item.term) {
                (Term::Text(Known::Text(whole)), Term::Text(Known::Text(part))) => {
                    Cond::known(whole.contains(part))
                }
                (_, Term::Text(_)) => self.opaque_truth(&written, true),
                _ => self.opaque_truth(&written, false),
            }),
            _ => Ok(self.opaque_truth(&written, false)),
        }
    }

    /// Returns what reckoning with two values gives.
    pub(crate) fn reckon(&mut self, operator: &str, a: &Val, b: &Val) -> Cases {
        let text = format!("({} {operator} {})", a.text, b.text);
        let number = |sum: Sum, whole: bool| {
            Cases::one(Val { term: Term::Number(sum, whole), text: text.clone() })
        };
        match (&a.term, &b.term) {
            (Term::Number(x, whole_x), Term::Number(y, whole_y)) => {
                let whole = *whole_x && *whole_y;
                let sum = match operator {
                    "+" => x.plus(y).map(|sum| (sum, whole)),
                    "-" => x.minus(y).map(|sum| (sum, whole)),
                    "*" => x
                        .known()
                        .and_then(|n| y.times(n))
                        .or_else(|| y.known().and_then(|n| x.times(n)))
                        .map(|sum| (sum, whole)),
                    "/" => y
                        .known()
                        .and_then(|n| Ratio::ONE.by(n))
                        .filter(|n| n.to_decimal().is_some())
                        .and_then(|n| x.times(n))
                        .map(|sum| (sum, false)),
                    _ => None,
                };
                if let Some((sum, whole)) = sum {
                    return number(sum, whole);
                }
                let rest = (operator == "%").then(|| remainder(y)).flatten();
                let numbers = rest.clone().unwrap_or_else(Numbers::all);
                let total = operator == "*" || rest.is_some();
                let whole = whole && operator != "/";
                self.opaque(&text, Domain::numbers(numbers), whole, total)
            }
            (Term::Text(x), Term::Text(y)) if operator == "+" => match (x, y) {
                (Known::Text(x), Known::Text(y)) => {
                    let joined = x.clone() + y.as_str();
                    Cases::one(Val { term: Term::Text(Known::Text(joined)), text })
                }
                _ => self.opaque(&text, Domain::texts(Texts::ALL), false, true),
            },
            (Term::Any(_), _) | (_, Term::Any(_)) => {
                self.opaque(&text, Domain::present(), false, false)
            }
            _ => Cases::stop(),
        }
    }
}

/// A domain instead of many comparisons, where texts are sought among texts.
fn simplified(items: &[Val], item: &Val) -> Option<Cond> {
    let texts = items.iter().map(|each| match &each.term {
        Term::Text(Known::Text(text)) => Some(text.clone()),
        _ => None,
    });
    let texts = Texts::Only(texts.collect::<Option<_>>()?);
    let (unknown, any) = match &item.term {
        Term::Text(Known::Unknown(unknown)) => (unknown, false),
        // In an empty list nothing is compared, whatever its kind.
        Term::Any(unknown) if !items.is_empty() => (unknown, true),
        _ => return None,
    };
    let cond = Cond {
        yes: Formula::within(unknown, Domain::texts(texts.clone())),
        no: Formula::within(unknown, Domain::texts(texts.complement())),
        stop: Formula::False,
    };
    Some(if any { of_kind(unknown, &Domain::texts(Texts::ALL), cond) } else { cond })
}

/// What is left over by division by a known number.
fn remainder(by: &Sum) -> Option<Numbers> {
    let by = by.known().filter(|n| !n.is_zero())?;
    let most = if by.is_negative() { by.negated() } else { by };
    let (low, high) = (End { at: most.negated(), closed: false }, End { at: most, closed: false });
    Some(Numbers::within(Interval { low: Some(low), high: Some(high) }))
}

fn truths(operator: &str, x: Cond, y: Cond) -> Cond {
    match operator {
        "==" => x.same(y),
        "!=" => x.same(y).not(),
        _ => Cond::STOP,
    }
}

/// The number that a literal decimal is.
pub(crate) fn decimal(d: Decimal) -> Option<Val> {
    Some(Val {
        term: Term::Number(Sum::constant(Ratio::decimal(d)?), false),
        text: d.normalize().to_string(),
    })
}
