//! The times of a step under two releases, and what a move makes of an end that was told.
//!
//! Invariant: where both releases count alike, with the same number, the end stays. Where they count alike with another
//! number, the end is shifted by the difference. Where they count otherwise, it is counted from the day of the move. No
//! end comes before that day is over.

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_calendar::Calendar;
use xueji_definition::file::{Due, Expr};
use xueji_definition::model::{Kind, Period, Step};
use xueji_definition::value::Value;

use crate::decide::work::Work;
use crate::path::ScopePath;
use crate::refusal::Refusal;

/// How an end is counted.
#[derive(Debug, Clone, PartialEq)]
enum Counted {
    /// There is none.
    No,
    WorkingDays(u32),
    Days(u32),
    Until(Option<Date>),
    /// By a name of the calendar, which is not pinned to a release.
    Named(Period),
    /// It could not be worked out.
    Unknown,
}

/// The times of a step under one release.
pub(super) struct Times {
    period: Counted,
    due: Counted,
    rest: Vec<Option<u32>>,
}

/// What the other release makes of them.
pub(super) struct Compared {
    until: Shift,
    due: Shift,
    rest_differs: bool,
}

enum Shift {
    Same,
    To(Box<dyn Fn(Option<Timestamp>) -> Option<Timestamp>>),
}

impl Times {
    pub(super) fn of(work: &mut Work<'_>, path: &ScopePath, step: &Step) -> Self {
        let period = match &step.kind {
            Kind::Wait(wait) => match &wait.period {
                Some(period) => of_period(work, path, &step.id, period),
                None => Counted::No,
            },
            _ => Counted::No,
        };
        let due = step.due.as_ref().map_or(Counted::No, |due| of_due(work, path, &step.id, due));
        let after = |due: &Due| [due.remind_after.clone(), due.escalate_after.clone()];
        let rest = step
            .due
            .iter()
            .flat_map(after)
            .map(|days| days.and_then(|days| work.count(path, &step.id, &days).ok()));
        let rest = rest.collect();
        Self { period, due, rest }
    }

    /// Compares them with those of the release that the work is on now.
    pub(super) fn against(
        self,
        work: &mut Work<'_>,
        path: &ScopePath,
        step: &Step,
    ) -> Result<Compared, Refusal> {
        let now = Self::of(work, path, step);
        let anew = |work: &mut Work<'_>| match &step.kind {
            Kind::Wait(wait) => wait
                .period
                .as_ref()
                .map(|period| work.period_end(path, &step.id, period))
                .transpose(),
            _ => Ok(None),
        };
        let until = shift(work, &self.period, &now.period, anew)?;
        let anew = |work: &mut Work<'_>| match &step.due {
            Some(due) => work.due_end(path, &step.id, due),
            None => Ok(None),
        };
        let due = shift(work, &self.due, &now.due, anew)?;
        Ok(Compared { until, due, rest_differs: self.rest != now.rest })
    }
}

impl Compared {
    /// Tells whether timers have to be set anew.
    pub(super) fn differ(&self) -> bool {
        self.rest_differs || !matches!((&self.until, &self.due), (Shift::Same, Shift::Same))
    }

    pub(super) fn until(&self, told: Option<Timestamp>) -> Option<Timestamp> {
        self.until.of(told)
    }

    pub(super) fn due(&self, told: Option<Timestamp>) -> Option<Timestamp> {
        self.due.of(told)
    }
}

impl Shift {
    fn of(&self, told: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Same => told,
            Self::To(end) => end(told),
        }
    }
}

fn of_period(work: &mut Work<'_>, path: &ScopePath, step: &str, period: &Period) -> Counted {
    match period {
        Period::WorkingDays(days) => count(work, path, step, days, Counted::WorkingDays),
        Period::Days(days) => count(work, path, step, days, Counted::Days),
        Period::Until(date) => until(work, path, step, date),
        named => Counted::Named(named.clone()),
    }
}

fn of_due(work: &mut Work<'_>, path: &ScopePath, step: &str, due: &Due) -> Counted {
    match (&due.working_days, &due.days, &due.until) {
        (Some(days), _, _) => count(work, path, step, days, Counted::WorkingDays),
        (None, Some(days), _) => count(work, path, step, days, Counted::Days),
        (None, None, Some(date)) => until(work, path, step, date),
        (None, None, None) => Counted::No,
    }
}

fn count(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &str,
    days: &Expr,
    of: fn(u32) -> Counted,
) -> Counted {
    work.count(path, step, days).map_or(Counted::Unknown, of)
}

fn until(work: &mut Work<'_>, path: &ScopePath, step: &str, date: &Expr) -> Counted {
    match work.evaluate(path, step, date) {
        Ok(Some(Value::Date(date))) => Counted::Until(Some(date)),
        Ok(None) => Counted::Until(None),
        _ => Counted::Unknown,
    }
}

fn shift(
    work: &mut Work<'_>,
    before: &Counted,
    after: &Counted,
    anew: impl Fn(&mut Work<'_>) -> Result<Option<Timestamp>, Refusal>,
) -> Result<Shift, Refusal> {
    let by = match (before, after) {
        _ if before == after && *after != Counted::Unknown => return Ok(Shift::Same),
        (Counted::WorkingDays(old), Counted::WorkingDays(new)) => {
            (i64::from(*new) - i64::from(*old), true)
        }
        (Counted::Days(old), Counted::Days(new)) => (i64::from(*new) - i64::from(*old), false),
        (Counted::Until(Some(old)), Counted::Until(Some(new))) => {
            let (calendar, today) = (work.view.calendar().clone(), work.today);
            let (old, new, from_today) = (*old, *new, anew(work)?);
            return Ok(Shift::To(Box::new(move |told| {
                told.and_then(|told| other_date(&calendar, told, (old, new), today)).or(from_today)
            })));
        }
        _ => {
            let end = anew(work)?;
            return Ok(Shift::To(Box::new(move |_| end)));
        }
    };
    let calendar = work.view.calendar().clone();
    let (from_today, today) = (anew(work)?, work.today);
    Ok(Shift::To(Box::new(move |told| {
        // An end that cannot be shifted, past the years that the calendar knows, is counted from today.
        told.and_then(|told| shifted(&calendar, told, by, today)).or(from_today)
    })))
}

/// Returns the end that was told, moved on as the date has moved from one release to the other: to the other date where
/// it was the one, and by the working days between them where the date counts from today.
fn other_date(
    calendar: &Calendar,
    told: Timestamp,
    (old, new): (Date, Date),
    today: Date,
) -> Option<Timestamp> {
    if calendar.end_of(old).ok()? == told {
        return calendar.end_of(new.max(today)).ok();
    }
    let by = calendar.working_days_between(old, new).ok()?;
    shifted(calendar, told, (i64::from(by), true), today)
}

/// Returns the end of the day that lies so many days, or working days, after the last day told; today at the earliest.
fn shifted(
    calendar: &Calendar,
    told: Timestamp,
    (by, working): (i64, bool),
    today: Date,
) -> Option<Timestamp> {
    // An end is told as the first moment of the next day.
    let last = calendar.local_date(told.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?);
    let step = if by < 0 { jiff::ToSpan::days(-1) } else { jiff::ToSpan::days(1) };
    let (mut day, mut left) = (last, by.unsigned_abs());
    while left > 0 {
        day = day.checked_add(step).ok()?;
        if !working || calendar.is_working_day(day).ok()? {
            left -= 1;
        }
    }
    if !working {
        day = calendar.working_day_from(day).ok()?.date;
    }
    calendar.end_of(day.max(today)).ok()
}
