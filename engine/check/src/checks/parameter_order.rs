//! `parameter-value-shadowed`: a value of a parameter that never holds, since a later line holds wherever it would.
//!
//! Why: values are searched from the last line, and somebody believes that this one is in force.
//! Broken: the wider value below the narrower one. Mended: by putting the narrower one last.

use xueji_definition::file::DatedValue;
use xueji_definition::finding::{Finding, Severity::Warning};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "parameter-value-shadowed",
        Warning,
        "参数的一个值永远用不上",
        "A value of a parameter never holds.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let root = Site::file("workflows/parameters.yaml").then("parameters");
    let mut findings = Vec::new();
    for (name, parameter) in &world.definitions.parameters.parameters {
        let site = root.then(name).then("values");
        for (at, by) in shadowed(&parameter.values) {
            let said = Said::warning(
                "parameter-value-shadowed",
                format!("参数 `{name}` 的这个值永远用不上"),
                format!("this value of parameter `{name}` never holds"),
            )
            .help(
                "把管得宽的值写在前面，管得窄的写在后面；或删去这一个",
                "put the wider value first and the narrower one below it, or remove this one",
            )
            .see(site.then(by).related_value(
                world.places,
                "后写的这个值，它管的日期和年级也都管，总是先取到",
                "this later value holds wherever it would, and is taken first",
            ));
            findings.push(site.then(at).at_value(world.places, said));
        }
    }
    findings
}

/// Returns the values that never hold, each with the first later one that holds wherever it would.
fn shadowed(values: &[DatedValue]) -> Vec<(usize, usize)> {
    let all = || values.iter().enumerate();
    let hidden = all().filter_map(|(at, value)| {
        let (by, _) = all().skip(at + 1).find(|(_, later)| covers(later, value))?;
        Some((at, by))
    });
    hidden.collect()
}

/// Tells whether a value holds for every date and cohort that another holds for.
fn covers(later: &DatedValue, value: &DatedValue) -> bool {
    fn from<T: PartialOrd>(later: Option<T>, value: Option<T>) -> bool {
        later.is_none_or(|later| value.is_some_and(|value| later <= value))
    }
    fn to<T: PartialOrd>(later: Option<T>, value: Option<T>) -> bool {
        later.is_none_or(|later| value.is_some_and(|value| value <= later))
    }
    from(later.from, value.from)
        && to(later.to, value.to)
        && from(later.cohort_from, value.cohort_from)
        && to(later.cohort_to, value.cohort_to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xueji_definition::file::Literal;

    fn value(from: Option<&str>, cohort_from: Option<i64>) -> DatedValue {
        DatedValue {
            value: Literal(1.into()),
            from: from.and_then(|text| text.parse().ok()),
            to: None,
            cohort_from,
            cohort_to: None,
            source: String::new(),
        }
    }

    #[test]
    fn a_value_is_hidden_by_a_later_one_that_holds_wherever_it_would() {
        let (wide, narrow) = (value(None, None), value(Some("2027-01-01"), Some(2026)));
        assert_eq!(shadowed(&[narrow.clone(), wide.clone()]), [(0, 1)]);
        assert_eq!(shadowed(&[wide.clone(), wide.clone()]), [(0, 1)]);
        assert_eq!(shadowed(&[wide, narrow]), []);
    }

    #[test]
    fn a_later_value_that_leaves_a_day_or_a_cohort_out_hides_nothing() {
        let (dated, young) = (value(Some("2027-01-01"), None), value(None, Some(2026)));
        assert_eq!(shadowed(&[dated.clone(), young.clone()]), []);
        assert_eq!(shadowed(&[young, dated]), []);
    }
}
