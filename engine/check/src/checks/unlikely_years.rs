//! `year-unlikely`: a date or a cohort from or until which something holds, in a year that no case can be of.
//!
//! Why: `0026-09-01` and cohort `26` are read as the year 26, so that the value holds for everybody or for nobody.
//! Broken: `fixtures/broken/unlikely-years`. Mended: by the year in four digits.

use jiff::civil::Date;
use xueji_definition::finding::{Finding, Severity::Warning};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "year-unlikely",
        Warning,
        "起止的年份不像是真的",
        "The year from or until which something holds is an unlikely one.",
    )],
    run,
};

/// The years that something may hold from or until: those of calendars.
const YEARS: std::ops::RangeInclusive<i64> = 1900..=2999;

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut bounds: Vec<(Site, &str, Option<i64>)> = Vec::new();
    let mut cohorts = Vec::new();
    let mut dates = |site: &Site, from: Option<Date>, to: Option<Date>| {
        for (key, date) in [("from", from), ("to", to)] {
            bounds.push((site.clone(), key, date.map(|date| i64::from(date.year()))));
        }
    };
    let organisation = &world.definitions.organisation;
    let root = Site::file("workflows/organisation.yaml");
    for (at, holder) in organisation.holders.iter().enumerate() {
        dates(&root.then("holders").then(at), holder.from, holder.to);
    }
    for (at, away) in organisation.substitutes.iter().enumerate() {
        dates(&root.then("substitutes").then(at), Some(away.from), Some(away.to));
    }
    let root = Site::file("workflows/parameters.yaml").then("parameters");
    for (name, parameter) in &world.definitions.parameters.parameters {
        for (at, value) in parameter.values.iter().enumerate() {
            let site = root.then(name).then("values").then(at);
            dates(&site, value.from, value.to);
            cohorts.push((site.clone(), "cohort-from", value.cohort_from));
            cohorts.push((site, "cohort-to", value.cohort_to));
        }
    }
    let unlikely = bounds.into_iter().chain(cohorts).filter_map(|(site, key, year)| {
        let year = year.filter(|year| !YEARS.contains(year))?;
        let said = Said::warning(
            "year-unlikely",
            format!("{key} 的年份 {year} 不像是真的"),
            format!("the year {year} in `{key}` is an unlikely one"),
        );
        let said = said.help("年份写四位数字", "write the year in four digits");
        Some(site.then(key).at_value(world.places, said))
    });
    unlikely.collect()
}
