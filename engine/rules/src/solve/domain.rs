//! What an unknown may be: missing, a number, a date, a text, true or false, or something else.
//!
//! Invariant: a domain holds every value that is still possible, and perhaps more; an empty one is a proof.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{Span, Unit};
use xueji_definition::value::{Type, Value};

use super::interval::Numbers;
use super::ratio::Ratio;

/// A set of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Texts {
    /// These alone.
    Only(BTreeSet<String>),
    /// All but these.
    AllBut(BTreeSet<String>),
}

impl Texts {
    pub(crate) const NONE: Self = Self::Only(BTreeSet::new());
    pub(crate) const ALL: Self = Self::AllBut(BTreeSet::new());

    pub(crate) fn one(text: &str) -> Self {
        Self::Only(BTreeSet::from([text.to_owned()]))
    }

    pub(crate) fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).cloned().collect()),
            (Self::Only(a), Self::AllBut(b)) | (Self::AllBut(b), Self::Only(a)) => {
                Self::Only(a.difference(b).cloned().collect())
            }
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a.union(b).cloned().collect()),
        }
    }

    pub(crate) fn complement(self) -> Self {
        match self {
            Self::Only(texts) => Self::AllBut(texts),
            Self::AllBut(texts) => Self::Only(texts),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Only(texts) if texts.is_empty())
    }

    /// The one text that it can be.
    pub(crate) fn single(&self) -> Option<&str> {
        match self {
            Self::Only(texts) if texts.len() == 1 => texts.first().map(String::as_str),
            _ => None,
        }
    }
}

/// What an unknown may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain {
    /// Missing; of something worked out: that working it out stops.
    pub(crate) missing: bool,
    pub(crate) numbers: Numbers,
    /// Days since 1970.
    pub(crate) dates: Numbers,
    pub(crate) texts: Texts,
    pub(crate) yes: bool,
    pub(crate) no: bool,
    /// A list or a group.
    pub(crate) other: bool,
}

impl Domain {
    pub(crate) const NONE: Self = Self {
        missing: false,
        numbers: Numbers::NONE,
        dates: Numbers::NONE,
        texts: Texts::NONE,
        yes: false,
        no: false,
        other: false,
    };

    /// Anything at all.
    pub(crate) fn all() -> Self {
        Self { missing: true, ..Self::present() }
    }

    /// Anything but missing.
    pub(crate) fn present() -> Self {
        Self {
            missing: false,
            numbers: Numbers::all(),
            dates: Numbers::all(),
            texts: Texts::ALL,
            yes: true,
            no: true,
            other: true,
        }
    }

    pub(crate) fn missing() -> Self {
        Self { missing: true, ..Self::NONE }
    }

    pub(crate) fn truth(value: bool) -> Self {
        Self { yes: value, no: !value, ..Self::NONE }
    }

    pub(crate) fn truths() -> Self {
        Self { yes: true, no: true, ..Self::NONE }
    }

    pub(crate) fn numbers(numbers: Numbers) -> Self {
        Self { numbers, ..Self::NONE }
    }

    pub(crate) fn dates(dates: Numbers) -> Self {
        Self { dates, ..Self::NONE }
    }

    pub(crate) fn texts(texts: Texts) -> Self {
        Self { texts, ..Self::NONE }
    }

    pub(crate) fn other() -> Self {
        Self { other: true, ..Self::NONE }
    }

    /// What values of a type may be, `codes` telling the entries of a list.
    pub(crate) fn of(ty: &Type, codes: impl Fn(&str) -> Option<BTreeSet<String>>) -> Self {
        match ty {
            Type::Int | Type::Decimal => Self::numbers(Numbers::all()),
            Type::Date => Self::dates(Numbers::all()),
            Type::Bool => Self::truths(),
            Type::Code(list) => match codes(list) {
                Some(codes) => Self::texts(Texts::Only(codes)),
                None => Self::texts(Texts::ALL),
            },
            Type::Text | Type::File | Type::Record(_) => Self::texts(Texts::ALL),
            Type::List(_) | Type::Map(_) => Self::other(),
        }
    }

    /// The domain that holds one value; `None` for a number that is not handled exactly.
    pub(crate) fn value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Text(text) => Self::texts(Texts::one(text)),
            Value::Int(n) => Self::numbers(Numbers::one(Ratio::whole(*n)?)),
            Value::Decimal(d) => Self::numbers(Numbers::one(Ratio::decimal(*d)?)),
            Value::Bool(b) => Self::truth(*b),
            Value::Date(d) => Self::dates(Numbers::one(Ratio::whole(days(*d)?)?)),
            Value::List(_) | Value::Map(_) => Self::other(),
        })
    }

    /// The domain that holds several values; `None` where one of them is a number that is not handled exactly.
    pub(crate) fn among<'v>(values: impl IntoIterator<Item = &'v Value>) -> Option<Self> {
        let (mut numbers, mut dates, mut texts) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut all = Self::NONE;
        for value in values {
            match value {
                Value::Text(text) => {
                    texts.insert(text.clone());
                }
                Value::Int(n) => {
                    numbers.insert(Ratio::whole(*n)?);
                }
                Value::Decimal(d) => {
                    numbers.insert(Ratio::decimal(*d)?);
                }
                Value::Date(d) => {
                    dates.insert(Ratio::whole(days(*d)?)?);
                }
                Value::Bool(true) => all.yes = true,
                Value::Bool(false) => all.no = true,
                Value::List(_) | Value::Map(_) => all.other = true,
            }
        }
        let (numbers, dates) = (Numbers::these(&numbers, false), Numbers::these(&dates, true));
        Some(Self { numbers, dates, texts: Texts::Only(texts), ..all })
    }

    pub(crate) fn meet(&self, other: &Self) -> Self {
        Self {
            missing: self.missing && other.missing,
            numbers: self.numbers.meet(&other.numbers),
            dates: self.dates.meet(&other.dates),
            texts: self.texts.meet(&other.texts),
            yes: self.yes && other.yes,
            no: self.no && other.no,
            other: self.other && other.other,
        }
    }

    pub(crate) fn complement(&self) -> Self {
        Self {
            missing: !self.missing,
            numbers: self.numbers.complement(),
            dates: self.dates.complement(),
            texts: self.texts.clone().complement(),
            yes: !self.yes,
            no: !self.no,
            other: !self.other,
        }
    }

    /// Leaves whole numbers alone.
    pub(crate) fn whole(mut self) -> Self {
        self.numbers = self.numbers.whole();
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.missing
            && !self.yes
            && !self.no
            && !self.other
            && self.texts.is_empty()
            && self.numbers.is_empty()
            && self.dates.is_empty()
    }
}

const EPOCH: Date = date(1970, 1, 1);

/// Days from 1970 to a date.
pub(crate) fn days(date: Date) -> Option<i64> {
    EPOCH.until((Unit::Day, date)).ok().map(|span| span.get_days().into())
}

/// The date so many days after 1970.
pub(crate) fn date_of(days: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}
