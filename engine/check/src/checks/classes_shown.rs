//! `class-shown`: a notice tells people of a class of data that their role may not see.
//!
//! Why: a mask at the screen is no use where the value goes out by notice. Broken: `fixtures/broken/classes-shown`. Mended:
//! by leaving the field out, or by a role that may see it.

use std::collections::BTreeSet;

use xueji_definition::file::{Candidates, NoticeEffect};
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{EffectKind, Process};

use crate::Check;
use crate::classes::class_of;
use crate::site::{Said, Site};
use crate::walk::{Scene, Shared};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "class-shown",
        Error,
        "通知把受保护的数据发给了无权看的角色",
        "A notice tells a role of data that it may not see.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let effects = Site::file(process.file.as_str()).of_process(&process.id).then("effects");
        for (name, effect) in &process.effects {
            if let EffectKind::Notice(notice) = &effect.kind {
                told(world, process, notice, &effects.then(name).then("notice"), &mut findings);
            }
        }
    }
    findings
}

fn told(
    world: &World<'_>,
    process: &Process,
    effect: &NoticeEffect,
    site: &Site,
    findings: &mut Vec<Finding>,
) {
    let Some((name, _)) = world.definitions.notices.notices.get_key_value(&effect.notice) else {
        return;
    };
    let Some(uses) = world.walk.shared.get(&Shared::Notice(name)) else { return };
    let mut said: BTreeSet<(usize, &str)> = BTreeSet::new();
    for used in &uses.exprs {
        let Some(Ok(expression)) = world.compiled.get(&used.expr.0) else { continue };
        for read in expression.reads() {
            let class = class_of(world.definitions, process, Scene::default(), &read.path);
            let Some(class) = class else { continue };
            for (at, to) in effect.to.iter().enumerate() {
                if may_see(world, to, class) || !said.insert((at, class)) {
                    continue;
                }
                let words = used.site.related(
                    world.places,
                    format!("通知里写到 `{}`", read.path),
                    format!("the notice tells `{}`", read.path),
                );
                let said = Said::error(
                    "class-shown",
                    format!(
                        "角色 `{}` 无权看数据类 `{class}`，通知 `{name}` 却写到 `{}`",
                        to.role, read.path
                    ),
                    format!(
                        "role `{}` may not see the class `{class}`, and notice `{name}` tells `{}`",
                        to.role, read.path
                    ),
                )
                .help(
                    "从通知里删去它，或不通知这个角色",
                    "take it out of the notice, or do not tell this role",
                )
                .see(words);
                let there = site.then("to").then(at).then("role");
                findings.push(there.at_value(world.places, said));
            }
        }
    }
}

/// Whom a case is about, and who began it, know what they handed in.
fn may_see(world: &World<'_>, to: &Candidates, class: &str) -> bool {
    let role = world.definitions.organisation.roles.get(&to.role);
    to.own || to.applicant || role.is_none_or(|role| role.sees.iter().any(|seen| seen == class))
}
