//! `unit-circle`: units that are above one another in a circle; `dates-backwards`: an end before its beginning.
//!
//! Why: no role held above would ever be found, or nobody would ever hold it. Broken: `fixtures/broken/organisation`.
//! Mended: by taking one `parent` away, or by the dates that were meant.

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("unit-circle", Error, "单位的上级绕成一圈", "Units are above one another in a circle."),
        ("dates-backwards", Error, "止日在起日之前", "The last day comes before the first."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let organisation = &world.definitions.organisation;
    let root = Site::file("workflows/organisation.yaml");
    let mut findings = Vec::new();
    for (id, unit) in &organisation.units {
        let mut above = unit.parent.as_deref();
        for _ in 0..organisation.units.len() {
            if above == Some(id.as_str()) {
                let mut others = Vec::new();
                let mut next = unit.parent.as_deref();
                while let Some(name) = next.filter(|name| *name != id) {
                    let there = root.then("units").then(name).then("parent");
                    others.push(there.related(
                        world.places,
                        format!("`{name}` 的上级"),
                        format!("what is above `{name}`"),
                    ));
                    next = organisation.units.get(name).and_then(|unit| unit.parent.as_deref());
                }
                let said = Said::error(
                    "unit-circle",
                    format!("单位 `{id}` 绕一圈成了自己的上级"),
                    format!("unit `{id}` is above itself"),
                )
                .see_all(others);
                findings
                    .push(root.then("units").then(id).then("parent").at_value(world.places, said));
                break;
            }
            above = above.and_then(|id| organisation.units.get(id)?.parent.as_deref());
        }
    }
    let mut spans = Vec::new();
    for (at, holder) in organisation.holders.iter().enumerate() {
        spans.push((root.then("holders").then(at), holder.from, holder.to));
    }
    for (at, away) in organisation.substitutes.iter().enumerate() {
        spans.push((root.then("substitutes").then(at), Some(away.from), Some(away.to)));
    }
    let parameters = Site::file("workflows/parameters.yaml").then("parameters");
    for (name, parameter) in &world.definitions.parameters.parameters {
        for (at, value) in parameter.values.iter().enumerate() {
            spans.push((parameters.then(name).then("values").then(at), value.from, value.to));
        }
    }
    for (site, from, to) in spans {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            let said = Said::error(
                "dates-backwards",
                format!("止日 {to} 在起日 {from} 之前"),
                format!("the last day {to} comes before the first, {from}"),
            );
            findings.push(site.then("to").at_value(world.places, said));
        }
    }
    findings
}
