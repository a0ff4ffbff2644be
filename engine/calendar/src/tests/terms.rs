//! Terms, weeks and vacations.
//!
//! Invariant: outside the known terms nothing is said.

use super::{calendar, day};
use crate::CalendarError;

fn id(term: Option<&crate::Term>) -> Option<&str> {
    term.map(|term| term.id.as_str())
}

#[test]
fn a_date_lies_in_a_week_of_its_term() {
    let calendar = calendar();
    let week = |date| calendar.term_of(day(date)).map(|found| (found.term.id, found.week));
    assert_eq!(week("2026-08-31"), Some(("2026-2027-1".to_owned(), 1)));
    assert_eq!(week("2026-12-20"), Some(("2026-2027-1".to_owned(), 16)));
    assert_eq!(week("2026-12-21"), Some(("2026-2027-1".to_owned(), 17)));
    assert_eq!(week("2026-12-27"), Some(("2026-2027-1".to_owned(), 17)));
    assert_eq!(week("2027-01-17"), Some(("2026-2027-1".to_owned(), 20)));
    assert_eq!(week("2027-01-18"), None);
    let term = calendar.term("2026-2027-1").unwrap();
    assert_eq!(term.week(17), Some((day("2026-12-21"), day("2026-12-27"))));
    assert_eq!((term.week(0), term.week(21)), (None, None));
}

#[test]
fn vacation_lies_between_two_known_terms() {
    let calendar = calendar();
    assert_eq!(calendar.in_vacation(day("2027-02-24")), Ok(true));
    assert_eq!(calendar.in_vacation(day("2027-03-01")), Ok(false));
    for date in ["2026-08-30", "2028-01-17"] {
        let date = day(date);
        assert_eq!(calendar.in_vacation(date), Err(CalendarError::OutsideTerms { date }));
    }
}

#[test]
fn the_neighbours_of_a_date_are_found() {
    let calendar = calendar();
    let date = day("2027-02-24");
    assert_eq!(id(calendar.current_term(date)), None);
    assert_eq!(id(calendar.previous_term(date)), Some("2026-2027-1"));
    assert_eq!(id(calendar.next_term(date)), Some("2026-2027-2"));
    assert_eq!(id(calendar.last_begun_term(day("2027-03-01"))), Some("2026-2027-2"));
    assert_eq!(id(calendar.first_term_of_year(day("2027-07-20"))), Some("2026-2027-1"));
    assert_eq!(calendar.terms_begun(day("2026-08-31"), day("2027-03-01")), 2);
    assert_eq!(calendar.terms_begun(day("2026-09-01"), day("2027-02-28")), 0);
}
