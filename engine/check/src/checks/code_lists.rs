//! Code lists: a broader code, or the code shown instead, that is not there.
//!
//! Why: those who may not see the code would see nothing, or the code itself. Broken: `fixtures/broken/code-lists`.
//! Mended: by a code of the same list.

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::literal::unknown_code;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "code-class-missing",
        Error,
        "写了 shown-as，没有写受保护数据类",
        "A code with `shown-as` names no class of protected data.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let root = Site::file("workflows/codes.yaml").then("lists");
    let mut findings = Vec::new();
    for (name, list) in &world.definitions.codes.lists {
        for (code, entry) in &list.entries {
            let site = root.then(name).then("entries").then(code);
            for (key, other) in [("parent", &entry.parent), ("shown-as", &entry.shown_as)] {
                let Some(other) =
                    other.as_deref().filter(|other| !list.entries.contains_key(*other))
                else {
                    continue;
                };
                let known = list.entries.keys().map(String::as_str);
                let said = unknown_code(name, other).near(other, known);
                findings.push(site.then(key).at_value(world.places, said));
            }
            if entry.shown_as.is_some() && entry.class.is_none() {
                let said = Said::error(
                    "code-class-missing",
                    "写了 shown-as，也要写 class：谁能看到原来的代码",
                    "`shown-as` needs a `class`, which says who sees the code itself",
                );
                findings.push(site.then("shown-as").at_key(world.places, said));
            }
        }
    }
    findings
}
