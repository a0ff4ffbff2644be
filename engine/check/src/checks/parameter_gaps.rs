//! `parameter-gap`: dates or cohorts between the values of a parameter for which it has none.
//!
//! Why: rules that read it cannot be judged for those cases. Broken: `fixtures/broken/parameter-gaps`. Mended: by a value
//! for the dates and cohorts in between.

use std::collections::BTreeSet;

use jiff::civil::Date;
use xueji_definition::file::DatedValue;
use xueji_definition::finding::{Finding, Severity::Warning};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "parameter-gap",
        Warning,
        "参数对某些日期或年级没有值",
        "A parameter has no value for certain dates or cohorts.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let root = Site::file("workflows/parameters.yaml").then("parameters");
    let mut findings = Vec::new();
    for (name, parameter) in &world.definitions.parameters.parameters {
        let Some((date, cohort)) = gap(&parameter.values) else { continue };
        let (of_zh, of_en) = match cohort {
            Cohort::All => ("所有年级".to_owned(), "for every cohort".to_owned()),
            Cohort::Of(cohort) => (format!("{cohort} 级"), format!("for cohort {cohort}")),
        };
        let (on_zh, on_en) = match date {
            Some(date) => (format!("从 {date} 起"), format!(" from {date} on")),
            None => Default::default(),
        };
        let said = Said::warning(
            "parameter-gap",
            format!("参数 `{name}` 对{of_zh}{on_zh}没有值"),
            format!("parameter `{name}` has no value {of_en}{on_en}"),
        )
        .help(
            "补一个值，或放宽 from、to、cohort-from、cohort-to",
            "add a value, or widen `from`, `to`, `cohort-from` and `cohort-to`",
        );
        findings.push(root.then(name).then("values").at_key(world.places, said));
    }
    findings
}

/// Whose value is missing.
#[derive(Debug, PartialEq, Eq)]
enum Cohort {
    All,
    Of(i64),
}

/// Returns a date and cohort in the midst of the values for which none holds. What lies before the first date, and below
/// the first cohort, is left alone where every value begins somewhere: there were no such cases yet.
fn gap(values: &[DatedValue]) -> Option<(Option<Date>, Cohort)> {
    let mut dates: BTreeSet<Option<Date>> = values.iter().map(|value| value.from).collect();
    dates.extend(values.iter().filter_map(|value| value.to?.tomorrow().ok()).map(Some));
    let mut cohorts: BTreeSet<i64> = values.iter().filter_map(|value| value.cohort_from).collect();
    cohorts.extend(values.iter().filter_map(|value| value.cohort_to?.checked_add(1)));
    // Below the first bound, where some value is open below.
    let below = values.iter().any(|value| value.cohort_from.is_none());
    let below = cohorts.first().and_then(|first| first.checked_sub(1)).filter(|_| below);
    let holds = |value: &DatedValue, date: Option<Date>, cohort: Option<i64>| {
        let in_time = match date {
            None => value.from.is_none(),
            Some(date) => {
                value.from.is_none_or(|from| from <= date) && value.to.is_none_or(|to| date <= to)
            }
        };
        let of_cohort = match cohort {
            None => value.cohort_from.is_none() && value.cohort_to.is_none(),
            Some(cohort) => {
                value.cohort_from.is_none_or(|from| from <= cohort)
                    && value.cohort_to.is_none_or(|to| cohort <= to)
            }
        };
        in_time && of_cohort
    };
    let any = |date, cohort| values.iter().any(|value| holds(value, date, cohort));
    // After the last day of all values the next one is still to come.
    let is_past = |date: &Option<Date>| {
        date.is_some_and(|date| values.iter().all(|v| v.to.is_some_and(|to| to < date)))
    };
    for date in dates.into_iter().filter(|date| !is_past(date)) {
        if cohorts.is_empty() {
            if !any(date, None) {
                return Some((date, Cohort::All));
            }
            continue;
        }
        let missing = below.iter().chain(&cohorts).find(|cohort| !any(date, Some(**cohort)));
        if let Some(cohort) = missing {
            return Some((date, Cohort::Of(*cohort)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use xueji_definition::file::Literal;

    fn value(
        from: Option<&str>,
        to: Option<&str>,
        cohort_from: Option<i64>,
        cohort_to: Option<i64>,
    ) -> DatedValue {
        let date = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        DatedValue {
            value: Literal(1.into()),
            from: date(from),
            to: date(to),
            cohort_from,
            cohort_to,
            source: String::new(),
        }
    }

    #[test]
    fn one_value_for_all_and_values_that_follow_one_another_have_no_gap() {
        assert_eq!(gap(&[value(None, None, None, None)]), None);
        let old = value(None, Some("2026-12-31"), None, None);
        assert_eq!(gap(&[old.clone(), value(Some("2027-01-01"), None, None, None)]), None);
        let new = value(Some("2027-01-01"), None, Some(2026), None);
        let rest = value(Some("2027-01-01"), None, None, Some(2025));
        assert_eq!(gap(&[old, new, rest]), None);
        assert_eq!(
            gap(&[value(None, Some("2026-12-31"), None, None)]),
            None,
            "next year's is to come"
        );
    }

    #[test]
    fn a_day_or_a_cohort_left_out_is_told() {
        let date = |text: &str| text.parse().ok();
        let old = value(None, Some("2026-12-30"), None, None);
        let new = value(Some("2027-01-01"), None, None, None);
        assert_eq!(gap(&[old, new]), Some((date("2026-12-31"), Cohort::All)));
        let young = value(None, None, Some(2026), None);
        let old = value(None, None, None, Some(2024));
        assert_eq!(gap(&[old, young]), Some((None, Cohort::Of(2025))));
        let past = value(None, None, None, Some(2024));
        assert_eq!(gap(&[past]), Some((None, Cohort::Of(2025))), "new cohorts have none");
    }
}
