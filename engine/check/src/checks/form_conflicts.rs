//! `form-field-type`: two forms of one process have a field of one name and different types.
//!
//! Why: both write to `form.<name>`, so what was entered as one would be read as the other.
//! Broken: `fixtures/broken/form-conflicts`. Mended: by another name, or the same type.

use std::collections::BTreeMap;

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "form-field-type",
        Error,
        "同一流程的两个表单有同名字段，类型不同",
        "Two forms of one process have a field of one name and different types.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let mut seen = BTreeMap::new();
        for form in process.forms().into_iter().filter_map(|id| world.definitions.forms.get(id)) {
            let site =
                Site::file(format!("workflows/forms/{}.yaml", form.form)).of_process(&process.id);
            for (name, field) in &form.fields {
                let ty = field.value_type();
                let (first, other) = seen.entry(name).or_insert((&form.form, ty.clone()));
                if *other == ty {
                    continue;
                }
                let said = Said::error(
                    "form-field-type",
                    format!("字段 `{name}` 在表单 `{first}` 里是另一种类型，同一流程里不能同名"),
                    format!(
                        "field `{name}` has another type in form `{first}` of the same process"
                    ),
                )
                .help("改名，或用同样的类型", "give it another name, or the same type")
                .see(
                    Site::file(format!("workflows/forms/{first}.yaml"))
                        .then("fields")
                        .then(name)
                        .then("type")
                        .related_value(world.places, "那里的类型", "its type there"),
                );
                findings.push(site.then("fields").then(name).at_key(world.places, said));
            }
        }
    }
    findings
}
