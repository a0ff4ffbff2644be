//! `rule-effect-misplaced`: a rule where its effect has no meaning; and roles that rules name.
//!
//! Why: a rule that only says which way a case goes stops nobody when a start lists it. Broken:
//! `fixtures/broken/rule-places`. Mended: by another `@effect`, or by naming the rule where its effect works.

use xueji_definition::Text;
use xueji_definition::finding::{Finding, Related, Severity, Spot};
use xueji_rules::Effect;

use crate::Check;
use crate::site::Said;
use crate::walk::NameKind;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "rule-effect-misplaced",
        Severity::Warning,
        "规则的 @effect 在这里不起作用",
        "The rule's `@effect` does nothing here.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for used in world.walk.names().filter(|used| used.kind == NameKind::Rule) {
        let Some(rule) = world.rules.get(used.name) else { continue };
        let fits = if used.scene.row_of.is_some() {
            rule.effect == Effect::Include
        } else if used.site.ends_with("when") {
            true
        } else {
            matches!(rule.effect, Effect::Block | Effect::Hold | Effect::Warn | Effect::Require)
        };
        if !fits {
            let (zh, en) = if used.scene.row_of.is_some() {
                ("查询只用 @effect include 的规则", "a query takes rules of `@effect include`")
            } else {
                (
                    "这里只用 block、hold、warn、require 的规则",
                    "here rules block, hold, warn or require",
                )
            };
            let said = Said::warning(
                "rule-effect-misplaced",
                format!("规则 `{}` 的 @effect 在这里不起作用", used.name),
                format!("the `@effect` of rule `{}` does nothing here", used.name),
            )
            .help(zh, en)
            .see(Related {
                file: rule.file.clone(),
                spot: Spot::At(rule.line, rule.column),
                message: Text::new("规则在这里", "the rule stands here"),
            });
            findings.push(used.site.at_value(world.places, said));
        }
    }
    for rule in world.rules.rules() {
        let Some(role) = &rule.override_role else { continue };
        if world.knows(NameKind::Role, role) || world.may_exist(NameKind::Role, role) {
            continue;
        }
        let message = Text::new(format!("没有角色 `{role}`"), format!("there is no role `{role}`"));
        let spot = Spot::At(rule.line, rule.column);
        let finding = Finding::error("role-unknown", &rule.file, spot, message);
        findings.push(finding.near(role, world.known(NameKind::Role)));
    }
    findings
}
