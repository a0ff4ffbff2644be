//! A parameter without a value, with a value of another type, or with a name that hides another.
//!
//! Why: rules that read it cannot be judged. Broken: `fixtures/broken/parameters`. Mended: by a value of its type.

use xueji_definition::finding::{Finding, Severity::Error};

use crate::Check;
use crate::literal;
use crate::site::{Said, Site};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("parameter-empty", Error, "参数没有值", "A parameter has no value."),
        (
            "parameter-hidden",
            Error,
            "一个参数的名称是另一个的前半",
            "A parameter's name is the beginning of another's.",
        ),
        (
            "literal-type",
            Error,
            "写出的值与类型不合",
            "A value that is written out is of another type.",
        ),
        ("code-unknown", Error, "代码表里没有这个代码", "The code list has no such code."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let all = &world.definitions.parameters.parameters;
    let root = Site::file("workflows/parameters.yaml").then("parameters");
    let mut findings = Vec::new();
    for (name, parameter) in all {
        let site = root.then(name);
        if parameter.values.is_empty() {
            let said = Said::error(
                "parameter-empty",
                format!("参数 `{name}` 没有值"),
                format!("parameter `{name}` has no value"),
            )
            .help("写 values: [{value: …, source: …}]", "write `values: [{value: …, source: …}]`");
            findings.push(site.at_key(world.places, said));
        }
        let below = format!("{name}.");
        if let Some(other) = all.keys().find(|other| other.starts_with(&below)) {
            let said = Said::error(
                "parameter-hidden",
                format!("`{name}` 既是参数，又是 `{other}` 的前半"),
                format!("`{name}` is a parameter and the beginning of `{other}`, too"),
            )
            .see(root.then(other).related(
                world.places,
                "另一个在这里",
                "the other one",
            ));
            findings.push(site.at_key(world.places, said));
        }
        let ty = parameter.value_type();
        for (at, value) in parameter.values.iter().enumerate() {
            if let Some(said) = literal::fault(world.definitions, &ty, &value.value) {
                let kind = site.then("type");
                let said = said.see(kind.related_value(
                    world.places,
                    "类型写在这里",
                    "its type is declared here",
                ));
                findings
                    .push(site.then("values").then(at).then("value").at_value(world.places, said));
            }
        }
    }
    findings
}
