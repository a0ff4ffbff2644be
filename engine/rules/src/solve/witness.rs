//! A case for one way: values for all that it assumes something of.
//!
//! Invariant: what stands here is a guess, made well; it is a case only once the rules themselves have judged it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use xueji_definition::value::{Type, Value};

use super::Ground;
use super::domain::{Domain, Texts, date_of};
use super::formula::Unknown;
use super::interval::Interval;
use super::leaf::{Classes, Looked, Rows, look};
use super::linear::numbers;
use super::ratio::Ratio;
use super::search::Way;
use super::solver::inputs;
use crate::expression::{Answer, Expression};

/// Texts to try: letters, a date of eight digits, and the number that GB 11643 gives as an example.
const TEXTS: &[&str] = &["A", "B", "20260901", "11010519491231002X", "1", "C", "D"];
/// 1 September 2026, in days.
const SOME_DAY: i64 = 20_697;

/// Values by path.
pub(crate) type Case = BTreeMap<String, Value>;

/// What is worked out and not looked into, ready to be worked out for a guess.
#[derive(Debug, Default)]
pub(crate) struct Workings(BTreeMap<String, Option<(Expression, BTreeSet<String>)>>);

impl Workings {
    /// The expression that a text is, and the paths that it reads.
    fn get(&mut self, text: &str) -> Option<&(Expression, BTreeSet<String>)> {
        let made = self.0.entry(text.to_owned()).or_insert_with(|| {
            let expression = Expression::compile(text).ok()?;
            let reads = expression.reads().iter().map(|read| read.path.clone());
            let leaves =
                reads.filter(|path| !path.contains('*') && (path.contains('.') || path == "today"));
            let leaves = leaves.collect();
            Some((expression, leaves))
        });
        made.as_ref()
    }
}

/// Makes guesses.
pub(crate) struct Guess<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) workings: &'a mut Workings,
    /// Which guess of several this is; the first takes the plainest values.
    pub(crate) attempt: u64,
    pub(crate) picks: u64,
}

impl Guess<'_> {
    /// Returns a case for a way, if one comes to mind.
    pub(crate) fn case(&mut self, way: &Way<'_>, constants: &Case) -> Option<Case> {
        let mut way = way.clone();
        let mut case = constants.clone();
        self.work_out(&mut way, &mut case)?;
        let Looked::Open(Some(rows)) = look(&way) else { return None };
        self.sums(&way, &rows, &mut case)?;
        self.texts(&way, &mut case)?;
        for unknown in involved(&way) {
            if let Unknown::Path(path) = &unknown
                && !case.contains_key(path.as_ref())
                && let Some(value) = self.pick(&way, &unknown)?
            {
                case.insert(path.to_string(), value);
            }
        }
        members(&way, &mut case)?;
        Some(case)
    }

    /// Chooses what the workings read, works them out, and takes their answers for known.
    fn work_out(&mut self, way: &mut Way<'_>, case: &mut Case) -> Option<()> {
        let texts: Vec<String> = involved(way)
            .into_iter()
            .filter_map(|unknown| match unknown {
                Unknown::Opaque(text) => Some(text.to_string()),
                _ => None,
            })
            .collect();
        let mut inner = BTreeSet::new();
        for text in &texts {
            if let Some((_, reads)) = self.workings.get(text) {
                inner.extend(reads.iter().cloned());
            }
        }
        for path in
            inner.iter().filter(|path| !case.contains_key(*path)).cloned().collect::<Vec<_>>()
        {
            let unknown = Unknown::Path(path.as_str().into());
            let picked = self.pick(way, &unknown)?;
            let domain = match &picked {
                Some(value) => Domain::value(value)?,
                None => Domain::missing(),
            };
            if !way.narrow(&unknown, &domain) {
                return None;
            }
            if let Some(value) = picked {
                case.insert(path, value);
            }
        }
        members(way, case)?;
        let inputs = inputs(case);
        for text in texts {
            let Some((expression, _)) = self.workings.get(&text) else { continue };
            let domain = match expression.evaluate(&inputs).answer {
                Answer::Value { value: Some(value) } => Domain::value(&value)?,
                Answer::Value { value: None } => return None,
                Answer::Missing { .. } | Answer::Fault { .. } => Domain::missing(),
            };
            way.narrow(&Unknown::Opaque(text.as_str().into()), &domain).then_some(())?;
        }
        Some(())
    }

    fn sums(&mut self, way: &Way<'_>, rows: &Rows, case: &mut Case) -> Option<()> {
        let chosen = numbers(&rows.order, rows.unknowns.len(), |at, interval| {
            let unknown = rows.unknowns.get(at)?;
            let whole = rows.whole.get(at).copied().unwrap_or(false);
            let is_date = way.domain(unknown).numbers.is_empty();
            let all = near(interval, whole, is_date);
            self.take(&all).copied()
        })?;
        for (unknown, n) in rows.unknowns.iter().zip(chosen) {
            if let Unknown::Path(path) = unknown {
                let value = self.number(way, unknown, n)?;
                case.insert(path.to_string(), value);
            }
        }
        Some(())
    }

    fn number(&self, way: &Way<'_>, unknown: &Unknown, n: Ratio) -> Option<Value> {
        if way.domain(unknown).numbers.is_empty() {
            return Some(Value::Date(date_of(n.to_int()?)?));
        }
        let is_decimal =
            matches!(unknown, Unknown::Path(path) if self.ground.ty(path) == Some(&Type::Decimal));
        match n.to_int() {
            Some(n) if is_decimal => Some(Value::Decimal(Decimal::from(n))),
            Some(n) => Some(Value::Int(n)),
            None => n.to_decimal().map(Value::Decimal),
        }
    }

    fn texts(&mut self, way: &Way<'_>, case: &mut Case) -> Option<()> {
        let classes = Classes::of(way);
        let texts = classes.texts(way);
        let mut chosen: BTreeMap<Unknown, String> = BTreeMap::new();
        let named = |unknown: &Unknown, case: &Case| match unknown {
            Unknown::Path(path) => case.get(path.as_ref()).cloned(),
            _ => None,
        };
        for unknown in involved(way) {
            if let Some(Value::Text(text)) = named(&unknown, case) {
                chosen.entry(classes.root(&unknown)).or_insert(text);
            }
        }
        for (root, domain) in &texts {
            if chosen.contains_key(root) {
                continue;
            }
            let others: BTreeSet<&String> = way
                .differ
                .iter()
                .map(|(a, b)| (classes.root(a), classes.root(b)))
                .filter(|(a, b)| a == root || b == root)
                .filter_map(|(a, b)| chosen.get(if a == *root { &b } else { &a }))
                .collect();
            let all: Vec<String> =
                samples(domain).into_iter().filter(|text| !others.contains(text)).collect();
            let text = self.take(&all)?.clone();
            chosen.insert(root.clone(), text);
        }
        for (a, b) in way.same.iter().chain(&way.differ) {
            for unknown in [a, b] {
                if let (Unknown::Path(path), Some(text)) =
                    (unknown, chosen.get(&classes.root(unknown)))
                {
                    case.insert(path.to_string(), Value::Text(text.clone()));
                }
            }
        }
        Some(())
    }

    /// Picks what an unknown may be; `None` inside: missing.
    fn pick(&mut self, way: &Way<'_>, unknown: &Unknown) -> Option<Option<Value>> {
        let domain = match unknown {
            Unknown::Path(path) if !way.natures.contains_key(unknown) => {
                let known = self.ground.domain(path, self.ground.ty(path)).0;
                way.domains.get(unknown).cloned().unwrap_or(known)
            }
            _ => way.domain(unknown),
        };
        let mut all = Vec::new();
        if domain.yes {
            all.push(Some(Value::Bool(true)));
        }
        if domain.no {
            all.push(Some(Value::Bool(false)));
        }
        let whole = match unknown {
            Unknown::Path(path) => self.ground.ty(path) == Some(&Type::Int),
            _ => false,
        } || way.is_whole(unknown);
        for interval in domain.numbers.intervals() {
            for n in near(*interval, whole, false) {
                all.push(self.number(way, unknown, n).or_else(|| n.to_int().map(Value::Int)));
            }
        }
        for interval in domain.dates.intervals() {
            let days = near(*interval, true, true);
            all.extend(
                days.into_iter()
                    .filter_map(Ratio::to_int)
                    .filter_map(date_of)
                    .map(|day| Some(Value::Date(day))),
            );
        }
        all.extend(samples(&domain.texts).into_iter().map(|text| Some(Value::Text(text))));
        if domain.other {
            let is_map = matches!(unknown, Unknown::Path(path) if matches!(self.ground.ty(path), Some(Type::Map(_))));
            all.push(Some(if is_map {
                Value::Map(BTreeMap::new())
            } else {
                Value::List(Vec::new())
            }));
        }
        all.retain(Option::is_some);
        // What is below zero is rarely what people look for.
        all.sort_by_key(|value| {
            matches!(value, Some(Value::Int(n)) if *n < 0)
                || matches!(value, Some(Value::Decimal(d)) if d.is_sign_negative())
        });
        if domain.missing && all.is_empty() {
            return Some(None);
        }
        self.take(&all).cloned()
    }

    /// Takes one of several: the first at the first attempt, any at later ones.
    fn take<'v, T>(&mut self, all: &'v [T]) -> Option<&'v T> {
        if self.attempt == 0 {
            return all.first();
        }
        self.picks = self
            .picks
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let count = u64::try_from(all.len()).ok().filter(|count| *count > 0)?;
        all.get(usize::try_from((self.picks >> 33) % count).ok()?)
    }
}

/// The unknowns of which a way assumes something.
pub(crate) fn involved(way: &Way<'_>) -> BTreeSet<Unknown> {
    let mut all: BTreeSet<Unknown> = way.domains.keys().cloned().collect();
    all.extend(way.linear.iter().flat_map(|(sum, _)| sum.terms.keys().cloned()));
    all.extend(way.same.iter().chain(&way.differ).flat_map(|(a, b)| [a.clone(), b.clone()]));
    all
}

/// Texts of a set, the plainest first.
fn samples(texts: &Texts) -> Vec<String> {
    match texts {
        Texts::Only(texts) => texts.iter().take(64).cloned().collect(),
        Texts::AllBut(texts) => TEXTS
            .iter()
            .map(|text| (*text).to_owned())
            .filter(|text| !texts.contains(text))
            .collect(),
    }
}

/// Numbers of an interval, the plainest first.
fn near(interval: Interval, whole: bool, is_date: bool) -> Vec<Ratio> {
    let (low, high) = (interval.low.map(|end| end.at), interval.high.map(|end| end.at));
    let half = Ratio::new(1, 2);
    let middle = low.zip(high).and_then(|(a, b)| a.plus(b)?.times(half?));
    let liked = if is_date { Ratio::whole(SOME_DAY) } else { Some(Ratio::ZERO) };
    let beside = |n: Option<Ratio>, by: i64| n?.plus(Ratio::whole(by)?);
    let mut all = vec![
        liked.filter(|_| low.is_none() && high.is_none() || is_date),
        low,
        high,
        low.map(Ratio::ceil),
        high.map(Ratio::floor),
        beside(low.map(Ratio::floor), 1),
        beside(high.map(Ratio::ceil), -1),
        middle,
        beside(low, 1),
        beside(high, -1),
        beside(low, 30),
        beside(high, -30),
        beside(liked, 1),
        beside(liked, 4),
        beside(liked, -400),
    ];
    for places in [10, 100, 1_000] {
        let scale = Ratio::new(places, 1);
        all.push(middle.and_then(|n| n.times(scale?)?.floor().by(scale?)));
    }
    let mut kept: Vec<Ratio> = Vec::new();
    for n in all.into_iter().flatten() {
        let end = Some(super::interval::End { at: n, closed: true });
        let inside = !interval.meet(&Interval { low: end, high: end }).is_empty();
        let told = if whole { n.is_whole() } else { n.to_decimal().is_some() };
        if inside && told && !kept.contains(&n) {
            kept.push(n);
        }
    }
    kept
}

/// Puts items into lists of which it is assumed what they hold.
fn members(way: &Way<'_>, case: &mut Case) -> Option<()> {
    for (unknown, domain) in &way.domains {
        let Unknown::Member { list, item } = unknown else { continue };
        let entry = case.entry(list.to_string()).or_insert_with(|| Value::List(Vec::new()));
        let Value::List(_) = entry else { return None };
        if domain.no {
            continue;
        }
        let value = match case.get(item.as_ref()) {
            Some(value) => value.clone(),
            // What is written out, or worked out of what is chosen already.
            None => match Expression::compile(item).ok()?.evaluate(&inputs(case)).value() {
                Some(value) => value.clone(),
                None => continue,
            },
        };
        if let Some(Value::List(items)) = case.get_mut(list.as_ref())
            && !items.contains(&value)
        {
            items.push(value);
        }
    }
    Some(())
}
