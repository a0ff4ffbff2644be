//! `paper-duplicate`: two papers of one list have one id.
//!
//! Why: handing in one would count for the other. Broken: `fixtures/broken/papers`. Mended: by another id.

use std::collections::BTreeMap;

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[("paper-duplicate", Error, "材料编号重复", "Two papers of a list have one id.")],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, list) in &world.definitions.materials {
        let root = Site::file(format!("workflows/materials/{id}.yaml")).then("items");
        let mut seen = BTreeMap::new();
        for (at, item) in list.items.iter().enumerate() {
            let first = *seen.entry(&item.id).or_insert(at);
            if first != at {
                let said = Said::error(
                    "paper-duplicate",
                    format!("材料 `{}` 已经有了", item.id),
                    format!("there is already a paper `{}`", item.id),
                )
                .see(root.then(first).then("id").related_value(
                    world.places,
                    "第一份在这里",
                    "the first stands here",
                ));
                findings.push(root.then(at).then("id").at_value(world.places, said));
            }
        }
    }
    findings
}
