//! When people work: from nine to five on working days.
//!
//! Invariant: work takes exactly the minutes it was said to take, none of them out of hours.

use jiff::civil::{Date, DateTime, time};
use jiff::{Span, Timestamp};
use xueji_calendar::Calendar;

/// The first and the last hour of a day of work.
const FROM: i8 = 9;
const TO: i8 = 17;
/// The most days after the first case that are looked at.
const DAYS_MAX: i32 = 400;

/// Returns the first moment from then on in which somebody works.
pub(super) fn begins(calendar: &Calendar, from: Timestamp) -> Timestamp {
    let mut local = calendar.offset().to_datetime(from);
    for _ in 0..60 {
        let day = local.date();
        if local.time() >= time(TO, 0, 0, 0) || !works(calendar, day) {
            let Ok(next) = day.tomorrow() else { break };
            local = next.at(FROM, 0, 0, 0);
        } else {
            local = local.max(day.at(FROM, 0, 0, 0));
            break;
        }
    }
    moment(calendar, local).unwrap_or(from)
}

/// Returns when work of so many minutes that begins then is done.
pub(super) fn done(calendar: &Calendar, from: Timestamp, minutes: u64) -> Timestamp {
    let mut left = minutes;
    let mut at = begins(calendar, from);
    for _ in 0..400 {
        let local = calendar.offset().to_datetime(at);
        let Some(evening) = moment(calendar, local.date().at(TO, 0, 0, 0)) else { break };
        let today = super::figures::minutes_between(at, evening);
        if left <= today {
            return later(at, left);
        }
        left -= today;
        at = begins(calendar, evening);
    }
    later(at, left)
}

/// Returns the moment so many minutes later.
pub(super) fn later(at: Timestamp, minutes: u64) -> Timestamp {
    let minutes = i64::try_from(minutes).unwrap_or(i64::MAX / 120);
    at.checked_add(Span::new().minutes(minutes)).unwrap_or(at)
}

/// Returns the start of the next minute, or the moment itself if it is one.
pub(super) fn whole(at: Timestamp) -> Timestamp {
    let over = at.as_second().rem_euclid(60);
    if over == 0 && at.subsec_nanosecond() == 0 {
        return at;
    }
    Timestamp::from_second(at.as_second() - over + 60).unwrap_or(at)
}

/// Returns how far is looked: not so near the end of the calendar that a deadline would lie behind it.
pub(super) fn horizon(calendar: &Calendar, began: Timestamp) -> Timestamp {
    let last = calendar.years().max();
    let of_last = |month: i8| {
        let day = last.and_then(|year| Date::new(year, month, 1).ok());
        day.and_then(|day| calendar.start_of(day).ok()).filter(|at| *at > began)
    };
    let end = of_last(7).or_else(|| of_last(11)).unwrap_or(Timestamp::MAX);
    began.checked_add(Span::new().hours(24 * DAYS_MAX)).unwrap_or(end).min(end)
}

fn works(calendar: &Calendar, day: Date) -> bool {
    // A year that the calendar does not hold has no days off that anybody knows.
    calendar.is_working_day(day).unwrap_or(true)
}

fn moment(calendar: &Calendar, local: DateTime) -> Option<Timestamp> {
    calendar.offset().to_timestamp(local).ok()
}
