//! Conditions over unknowns, without negation: what must hold for a rule to say yes, to say no, or to stop.
//!
//! Invariant: each formula holds wherever what it stands for holds, and perhaps elsewhere; so one that cannot hold is a
//! proof. The three of a [`Cond`] leave nothing out: every case satisfies one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::domain::Domain;
use super::interval::Numbers;
use super::ratio::Ratio;

/// Something whose value is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unknown {
    /// A value that is read: `form.members`.
    Path(Arc<str>),
    /// Whether a list that is read holds an item, given as it is written.
    Member {
        /// The path of the list.
        list: Arc<str>,
        /// The item.
        item: Arc<str>,
    },
    /// Something worked out that is not looked into, given as it is written; the same text is the same unknown.
    Opaque(Arc<str>),
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(text) | Self::Opaque(text) => f.write_str(text),
            Self::Member { list, item } => write!(f, "contains({list}, {item})"),
        }
    }
}

/// A sum of unknowns, each so many times, and a number. Dates count as days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) terms: BTreeMap<Unknown, Ratio>,
    pub(crate) constant: Ratio,
}

impl Sum {
    pub(crate) fn constant(constant: Ratio) -> Self {
        Self { terms: BTreeMap::new(), constant }
    }

    pub(crate) fn of(unknown: Unknown) -> Self {
        Self { terms: BTreeMap::from([(unknown, Ratio::ONE)]), constant: Ratio::ZERO }
    }

    /// The number that it is, whatever the unknowns are.
    pub(crate) fn known(&self) -> Option<Ratio> {
        self.terms.is_empty().then_some(self.constant)
    }

    pub(crate) fn plus(&self, other: &Self) -> Option<Self> {
        let mut terms = self.terms.clone();
        for (unknown, times) in &other.terms {
            let sum = terms.get(unknown).copied().unwrap_or(Ratio::ZERO).plus(*times)?;
            terms.insert(unknown.clone(), sum);
        }
        terms.retain(|_, times| !times.is_zero());
        Some(Self { terms, constant: self.constant.plus(other.constant)? })
    }

    pub(crate) fn minus(&self, other: &Self) -> Option<Self> {
        self.plus(&other.times(Ratio::ONE.negated())?)
    }

    pub(crate) fn times(&self, factor: Ratio) -> Option<Self> {
        if factor.is_zero() {
            return Some(Self::constant(Ratio::ZERO));
        }
        let terms = self.terms.iter().map(|(unknown, n)| Some((unknown.clone(), n.times(factor)?)));
        Some(Self { terms: terms.collect::<Option<_>>()?, constant: self.constant.times(factor)? })
    }
}

/// How a sum stands to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToZero {
    Below,
    AtMost,
    Equal,
}

/// A condition that is not made of others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// The unknown is in a domain.
    In(Unknown, Domain),
    /// A sum of several unknowns stands so to zero.
    Linear(Sum, ToZero),
    /// Two texts are the same.
    Same(Unknown, Unknown),
    /// Two texts differ.
    Differ(Unknown, Unknown),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    True,
    False,
    Literal(Arc<Literal>),
    And(Arc<[Formula]>),
    Or(Arc<[Formula]>),
}

impl Formula {
    pub(crate) fn within(unknown: &Unknown, domain: Domain) -> Self {
        if domain.is_empty() {
            return Self::False;
        }
        Self::Literal(Arc::new(Literal::In(unknown.clone(), domain)))
    }

    pub(crate) fn same(a: &Unknown, b: &Unknown) -> Self {
        Self::Literal(Arc::new(Literal::Same(a.clone(), b.clone())))
    }

    pub(crate) fn differ(a: &Unknown, b: &Unknown) -> Self {
        Self::Literal(Arc::new(Literal::Differ(a.clone(), b.clone())))
    }

    pub(crate) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => kept.extend(inner.iter().cloned()),
                other => kept.push(other),
            }
        }
        match (kept.pop(), kept.is_empty()) {
            (None, _) => Self::True,
            (Some(last), true) => last,
            (Some(last), false) => {
                kept.push(last);
                Self::And(kept.into())
            }
        }
    }

    pub(crate) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => kept.extend(inner.iter().cloned()),
                other => kept.push(other),
            }
        }
        match (kept.pop(), kept.is_empty()) {
            (None, _) => Self::False,
            (Some(last), true) => last,
            (Some(last), false) => {
                kept.push(last);
                Self::Or(kept.into())
            }
        }
    }

    /// Adds the unknowns that stand in it.
    pub(crate) fn unknowns(&self, to: &mut BTreeSet<Unknown>) {
        match self {
            Self::True | Self::False => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.unknowns(to)),
            Self::Literal(literal) => match literal.as_ref() {
                Literal::In(unknown, _) => {
                    to.insert(unknown.clone());
                }
                Literal::Linear(sum, _) => to.extend(sum.terms.keys().cloned()),
                Literal::Same(a, b) | Literal::Differ(a, b) => to.extend([a.clone(), b.clone()]),
            },
        }
    }

    /// A sum against zero. With one unknown it is a domain: of numbers and of dates, for the reading has said which.
    pub(crate) fn linear(sum: Sum, to_zero: ToZero) -> Option<Self> {
        if let Some(known) = sum.known() {
            let holds = match to_zero {
                ToZero::Below => known.is_negative(),
                ToZero::AtMost => known.is_negative() || known.is_zero(),
                ToZero::Equal => known.is_zero(),
            };
            return Some(if holds { Self::True } else { Self::False });
        }
        let mut terms = sum.terms.iter();
        if let (Some((unknown, times)), None) = (terms.next(), terms.next()) {
            let at = sum.constant.negated().by(*times)?;
            let numbers = match (to_zero, times.is_negative()) {
                (ToZero::Equal, _) => Numbers::one(at),
                (ToZero::AtMost, false) => Numbers::below(at, true),
                (ToZero::Below, false) => Numbers::below(at, false),
                (ToZero::AtMost, true) => Numbers::above(at, true),
                (ToZero::Below, true) => Numbers::above(at, false),
            };
            let domain = Domain { dates: numbers.clone(), numbers, ..Domain::NONE };
            return Some(Self::within(unknown, domain));
        }
        Some(Self::Literal(Arc::new(Literal::Linear(sum, to_zero))))
    }
}

impl Formula {
    /// A sum that is not zero.
    pub(crate) fn unequal(sum: &Sum) -> Option<Self> {
        let mut terms = sum.terms.iter();
        if let (Some((unknown, times)), None) = (terms.next(), terms.next()) {
            let others = Numbers::one(sum.constant.negated().by(*times)?).complement();
            let domain = Domain { dates: others.clone(), numbers: others, ..Domain::NONE };
            return Some(Self::within(unknown, domain));
        }
        let below = Self::linear(sum.clone(), ToZero::Below)?;
        let above = Self::linear(sum.times(Ratio::ONE.negated())?, ToZero::Below)?;
        Some(Self::or([below, above]))
    }
}

/// When something says yes, says no, or stops without an answer.
#[derive(Debug, Clone)]
pub(crate) struct Cond {
    pub(crate) yes: Formula,
    pub(crate) no: Formula,
    pub(crate) stop: Formula,
}

impl Cond {
    pub(crate) const STOP: Self =
        Self { yes: Formula::False, no: Formula::False, stop: Formula::True };

    pub(crate) fn known(value: bool) -> Self {
        let (yes, no) =
            if value { (Formula::True, Formula::False) } else { (Formula::False, Formula::True) };
        Self { yes, no, stop: Formula::False }
    }

    /// An unknown that is looked at as true or false.
    pub(crate) fn unknown(unknown: &Unknown) -> Self {
        Self {
            yes: Formula::within(unknown, Domain::truth(true)),
            no: Formula::within(unknown, Domain::truth(false)),
            stop: Formula::within(unknown, Domain::truths().complement()),
        }
    }

    pub(crate) fn not(self) -> Self {
        Self { yes: self.no, no: self.yes, stop: self.stop }
    }

    /// Asks the second only when the first says yes.
    pub(crate) fn and(self, second: Self) -> Self {
        let when = |then: Formula| Formula::and([self.yes.clone(), then]);
        Self {
            yes: when(second.yes),
            no: Formula::or([self.no.clone(), when(second.no)]),
            stop: Formula::or([self.stop.clone(), when(second.stop)]),
        }
    }

    /// Asks the second only when the first says no.
    pub(crate) fn or(self, second: Self) -> Self {
        self.not().and(second.not()).not()
    }

    /// Asks both; yes when they say the same.
    pub(crate) fn same(self, other: Self) -> Self {
        let both = |a: &Formula, b: &Formula| Formula::and([a.clone(), b.clone()]);
        Self {
            yes: Formula::or([both(&self.yes, &other.yes), both(&self.no, &other.no)]),
            no: Formula::or([both(&self.yes, &other.no), both(&self.no, &other.yes)]),
            stop: Formula::or([self.stop.clone(), other.stop.clone()]),
        }
    }

    /// That there is an answer.
    pub(crate) fn settled(&self) -> Formula {
        Formula::or([self.yes.clone(), self.no.clone()])
    }
}
