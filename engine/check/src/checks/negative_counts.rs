//! `count-negative`: a number of days, or of answers that a join needs, that is below zero.
//!
//! Why: no day lies a negative number of days ahead, so a case that comes to the step stays there. Broken:
//! `fixtures/broken/negative-counts`. Mended: by a number from zero.

use std::collections::BTreeSet;

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::value::Value;

use crate::Check;
use crate::site::{Said, Site};
use crate::walk::Want;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "count-negative",
        Error,
        "天数或个数小于零",
        "A number of days or answers is below zero.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A value that several steps use is told where the first does.
    let mut told = BTreeSet::new();
    for (process, uses) in &world.walk.processes {
        for used in uses.exprs.iter().filter(|used| used.want == Want::Int) {
            let text = used.expr.0.trim();
            if text.parse::<i64>().is_ok_and(|number| number < 0) {
                findings.push(used.site.at_value(world.places, said(text)));
                continue;
            }
            let Some(name) = text.strip_prefix("param.") else { continue };
            let Some(parameter) = world.definitions.parameters.parameters.get(name) else {
                continue;
            };
            let ty = parameter.value_type();
            let site = Site::file("workflows/parameters.yaml").then("parameters").then(name);
            for (at, value) in parameter.values.iter().enumerate() {
                let Ok(Some(Value::Int(number @ ..0))) = ty.read(&value.value.0) else { continue };
                if !told.insert((name, at)) {
                    continue;
                }
                let said = said(&number.to_string()).see(used.site.related_value(
                    world.places,
                    "它在这里作天数或个数",
                    "it is a number of days or answers here",
                ));
                let site = site.then("values").then(at).then("value").of_process(process);
                findings.push(site.at_value(world.places, said));
            }
        }
    }
    findings
}

fn said(number: &str) -> Said {
    Said::error(
        "count-negative",
        format!("{number} 小于零，不能作天数或个数"),
        format!("{number} is below zero, and no number of days or answers"),
    )
    .help("写 0 或更大的整数", "write a whole number from 0")
}
