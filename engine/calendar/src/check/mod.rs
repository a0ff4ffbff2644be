//! From the file to the checked calendar: all that is wrong, at once.
//!
//! Invariant: checking never stops at the first problem, and a file with a problem gives no calendar.

mod rules;
mod terms;
mod years;

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::{Calendar, CalendarFile, CalendarProblem, Fault};

/// Collects problems, each with the route to the value at fault.
#[derive(Default)]
struct Problems(Vec<CalendarProblem>);

impl Problems {
    fn add(&mut self, route: &[&str], fault: Fault) {
        let route = route.iter().map(|key| (*key).to_owned()).collect();
        self.0.push(CalendarProblem { route, fault });
    }

    /// Tells of a range that ends before it begins, and answers whether it is in order.
    fn in_order(&mut self, route: &[&str], from: Date, to: Date) -> bool {
        if to < from {
            self.add(route, Fault::Backwards(from.to_string(), to.to_string()));
        }
        from <= to
    }

    /// Tells of a number outside its range, and answers whether it is inside.
    fn within(&mut self, route: &[&str], found: u32, least: u32, most: u32) -> bool {
        let inside = (least..=most).contains(&found);
        if !inside {
            self.add(route, Fault::OutOfRange(found, least, most));
        }
        inside
    }
}

/// Returns the checked calendar, or all problems.
pub(crate) fn check(file: CalendarFile) -> Result<Calendar, Vec<CalendarProblem>> {
    let mut problems = Problems::default();
    let offset = offset(&file.time_zone);
    if offset.is_none() {
        problems.add(&["time-zone"], Fault::TimeZone(file.time_zone));
    }
    let years = years::check(file.years, &mut problems);
    let terms = terms::check(file.terms, &mut problems);
    let windows = rules::windows(file.windows, &terms, &mut problems);
    rules::days(&file.days, &mut problems);
    match offset {
        Some(offset) if problems.0.is_empty() => {
            Ok(Calendar { offset, years, terms, windows, days: file.days })
        }
        _ => Err(problems.0),
    }
}

/// Returns the offset written as `+08:00`; at most 14 hours, the greatest in use.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    let known = minutes < 60 && seconds <= 14 * 3600;
    known.then(|| Offset::from_seconds(sign * seconds).ok()).flatten()
}
