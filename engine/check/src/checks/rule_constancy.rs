//! `rule-always-holds`, `rule-never-holds`: a rule that never says no, or never says yes, whatever the case.
//!
//! Why: it guards nothing, or nobody ever passes; the office believes otherwise. Proved over types and codes, with
//! parameters free to be anything; what cannot be proved is not told. Broken: `fixtures/broken/rule-constancy`. Mended:
//! by the limit that was meant.

use std::sync::Arc;

use xueji_definition::Text;
use xueji_definition::finding::{Finding, Severity, Spot};

use crate::Check;
use crate::proofs::Constancy;
use crate::solving::constancy;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "rule-always-holds",
            Severity::Warning,
            "规则对任何情形都不会回答否",
            "The rule never says no, whatever the case.",
        ),
        (
            "rule-never-holds",
            Severity::Error,
            "规则对任何情形都不会满足",
            "The rule is never satisfied, whatever the case.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, seen) in world.rule_envs() {
        let Some(rule) = world.rules.get(name) else { continue };
        let known = world.grounds(Arc::clone(seen), false);
        let spot = Spot::At(rule.line, rule.column);
        let says = world.proofs.constancy.proved(name, known, |known| constancy(known, rule));
        if says == Constancy::Never {
            let message = Text::new(
                format!("没有任何情形能满足规则 `{name}`"),
                format!("no case can satisfy rule `{name}`"),
            );
            let help = Text::new(
                "各个条件不可能同时成立；改正其中的数值或代码",
                "its conditions cannot hold together; mend the number or code in one of them",
            );
            findings.push(Finding::error("rule-never-holds", &rule.file, spot, message).help(help));
        } else if says == Constancy::Always {
            let message = Text::new(
                format!("规则 `{name}` 对任何情形都不会回答否"),
                format!("rule `{name}` never says no, whatever the case"),
            );
            let help = Text::new(
                "它拦不住任何人；改正其中的数值或代码，或去掉这条规则",
                "it stops nobody; mend a number or code in it, or remove the rule",
            );
            let finding = Finding::error("rule-always-holds", &rule.file, spot, message).help(help);
            findings.push(Finding { severity: Severity::Warning, ..finding });
        }
    }
    findings
}
