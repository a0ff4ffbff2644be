//! A series of numbers whose pattern cannot be filled in.
//!
//! Why: the first case that asks for a number is refused. Broken: `fixtures/broken/numbering`. Mended: by `{serial}` and
//! the names of `parts`.

use xueji_definition::file::Series;
use xueji_definition::finding::{Finding, Severity};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "series-pattern",
            Severity::Error,
            "编号的 pattern 写法不对",
            "The pattern of a series cannot be filled in.",
        ),
        ("series-part-unknown", Severity::Error, "parts 里没有这一部分", "There is no such part."),
        ("series-part-unused", Severity::Warning, "这一部分没有用到", "The part is not used."),
        (
            "series-range",
            Severity::Error,
            "最后一号在第一号之前",
            "The last number comes before the first.",
        ),
    ],
    run,
};

const SERIAL: &str = "serial";

fn run(world: &World<'_>) -> Vec<Finding> {
    let root = Site::file("workflows/numbering.yaml").then("series");
    let mut findings = Vec::new();
    for (name, series) in &world.definitions.numbering.series {
        findings.extend(one(world, series, &root.then(name)));
    }
    findings
}

fn one(world: &World<'_>, series: &Series, site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at_pattern = |said: Said| site.then("pattern").at_value(world.places, said);
    let (parts, faults) = parts(&series.pattern);
    findings.extend(faults.into_iter().map(at_pattern));
    if !parts.contains(&SERIAL) {
        let said = Said::error(
            "series-pattern",
            "pattern 里没有 `{serial}`，号码会重复",
            "the pattern has no `{serial}`, so numbers would repeat",
        );
        findings.push(at_pattern(said));
    }
    let known = |part: &str| series.parts.contains_key(part);
    let unknown = |part: &str| {
        let names = series.parts.keys().map(String::as_str).chain([SERIAL]);
        Said::error(
            "series-part-unknown",
            format!("parts 里没有 `{part}`"),
            format!("there is no part `{part}`"),
        )
        .near(part, names)
    };
    findings.extend(
        parts.iter().filter(|p| **p != SERIAL && !known(p)).map(|p| at_pattern(unknown(p))),
    );
    for (at, part) in series.restart_per.iter().enumerate().filter(|(_, part)| !known(part)) {
        findings.push(site.then("restart-per").then(at).at_value(world.places, unknown(part)));
    }
    for part in series.parts.keys() {
        if !parts.contains(&part.as_str()) && !series.restart_per.contains(part) {
            let said = Said::warning(
                "series-part-unused",
                format!("`{part}` 没有用到"),
                format!("the part `{part}` is not used"),
            );
            findings.push(site.then("parts").then(part).at_key(world.places, said));
        }
    }
    if let Some(last) = series.last.filter(|last| *last < series.first) {
        let first = series.first;
        let said = Said::error(
            "series-range",
            format!("最后一号 {last} 在第一号 {first} 之前"),
            format!("the last number {last} comes before the first, {first}"),
        );
        findings.push(site.then("last").at_value(world.places, said));
    }
    findings
}

/// Returns the names in braces, and what is wrong with the braces.
fn parts(pattern: &str) -> (Vec<&str>, Vec<Said>) {
    let (mut names, mut faults) = (Vec::new(), Vec::new());
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else {
            faults.push(Said::error("series-pattern", "花括号没有配对", "a brace is not closed"));
            break;
        };
        let (name, width) =
            inside.split_once(':').map_or((inside, None), |(name, width)| (name, Some(width)));
        if let Some(width) = width.filter(|width| !width.parse::<u8>().is_ok_and(|n| n > 0)) {
            faults.push(Said::error(
                "series-pattern",
                format!("宽度应为数字，现为 `{width}`"),
                format!("expected a width such as `{{{name}:6}}`, found `{width}`"),
            ));
        }
        names.push(name);
        rest = behind;
    }
    (names, faults)
}
