//! Properties that hold for every date of the two years.
//!
//! Invariant: what is added can be counted back, and an opening that is promised is open.

use jiff::civil::Date;
use proptest::prelude::*;

use super::{calendar, day};
use crate::calendar::add;

/// A date from which three hundred days stay within the two years.
fn a_date() -> impl Strategy<Value = Date> {
    (0_i64..400).prop_map(|days| add(day("2026-01-01"), days).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn working_days_added_are_counted_back(start in a_date(), n in 0_u32..200) {
        let calendar = calendar();
        let due = calendar.add_working_days(start, n).unwrap();
        prop_assert_eq!(calendar.working_days_between(start, due.date).unwrap(), i32::try_from(n).unwrap());
        let days = crate::calendar::days_between(start, due.date);
        prop_assert_eq!(days, i64::from(n) + i64::try_from(due.skipped.len()).unwrap());
    }

    #[test]
    fn a_period_ends_on_a_working_day(start in a_date(), n in 1_u32..200) {
        let calendar = calendar();
        let working = calendar.add_working_days(start, n).unwrap();
        prop_assert!(calendar.is_working_day(working.date).unwrap());
        let days = calendar.add_days(start, n).unwrap();
        prop_assert!(calendar.is_working_day(days.date).unwrap());
        prop_assert!(days.date >= add(start, i64::from(n)).unwrap());
        prop_assert!(working.date >= days.date || n < 7);
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is(date in a_date()) {
        let calendar = calendar();
        for name in calendar.window_names() {
            if let Some(next) = calendar.next_opening(name, date).unwrap() {
                prop_assert!(next.to >= date);
                prop_assert!(calendar.is_open(name, next.from.max(date)).unwrap());
                prop_assert!(calendar.is_open(name, next.to).unwrap());
                let mut before = date;
                while before < next.from {
                    prop_assert!(!calendar.is_open(name, before).unwrap());
                    before = add(before, 1).unwrap();
                }
            }
        }
    }

    #[test]
    fn the_next_named_day_is_such_a_day_and_nothing_before_it_is(date in a_date()) {
        let calendar = calendar();
        for name in ["plain", "month-end-week", "friday-next", "friday-before", "friday-skipped"] {
            // The last day of 2025 is not in the fixture.
            let Ok(Some(next)) = calendar.next_day(name, date) else { continue };
            prop_assert!(calendar.is_day(name, next.date).unwrap().is_some());
            let mut before = date;
            while before < next.date {
                prop_assert!(calendar.is_day(name, before).unwrap().is_none());
                before = add(before, 1).unwrap();
            }
        }
    }

    #[test]
    fn an_instant_lies_in_its_local_day(seconds in 0_i64..4_000_000_000) {
        let calendar = calendar();
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        let date = calendar.local_date(at);
        prop_assert!(calendar.start_of(date).unwrap() <= at && at < calendar.end_of(date).unwrap());
    }
}
