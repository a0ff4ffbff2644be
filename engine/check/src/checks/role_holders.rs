//! `role-unheld`: a role that candidates or notices name, and that nobody holds.
//!
//! Why: the task lies open, and nobody sees it. Broken: `fixtures/broken/role-holders`. Mended: by a holder in
//! `organisation.yaml`.

use std::collections::BTreeSet;

use xueji_definition::FileKind;
use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::walk::NameKind;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[("role-unheld", Error, "没有人担任这个角色", "Nobody holds this role.")],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Organisation) {
        return Vec::new();
    }
    let organisation = &world.definitions.organisation;
    let held: BTreeSet<&str> =
        organisation.holders.iter().map(|holder| holder.role.as_str()).collect();
    let processes = world.walk.processes.iter().flat_map(|(_, uses)| &uses.names);
    let unheld = processes.filter(|used| used.kind == NameKind::Role).filter(|used| {
        let role = organisation.roles.get(used.name);
        role.is_some_and(|role| role.held_by.is_none() && !held.contains(used.name))
    });
    unheld
        .map(|used| {
            let said = Said::error(
                "role-unheld",
                format!("没有人担任角色 `{}`", used.name),
                format!("nobody holds the role `{}`", used.name),
            )
            .help(
                "在 workflows/organisation.yaml 的 holders 里写上担任的人",
                "name a holder in `holders` of workflows/organisation.yaml",
            )
            .see(
                Site::file("workflows/organisation.yaml").then("roles").then(used.name).related(
                    world.places,
                    "角色在这里声明",
                    "the role is declared here",
                ),
            );
            used.site.at_value(world.places, said)
        })
        .collect()
}
