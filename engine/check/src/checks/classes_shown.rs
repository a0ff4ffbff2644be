//! `class-shown`: a notice tells people of a class of data that their role may not see; `class-published`: a public paper
//! shows a protected field.
//!
//! Why: a mask at the screen is no use where the value goes out by notice or on the wall. Broken:
//! `fixtures/broken/classes-shown`. Mended: by leaving the field out, or by a role that may see it.

use std::collections::BTreeSet;

use xueji_definition::file::{Candidates, NoticeEffect};
use xueji_definition::finding::{Finding, Related, Severity::Error, Spot};
use xueji_definition::model::{EffectKind, Process};

use crate::Check;
use crate::classes::{class_of, of_row};
use crate::site::{Said, Site};
use crate::templates;
use crate::walk::{Scene, Shared};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "class-shown",
            Error,
            "通知把受保护的数据发给了无权看的角色",
            "A notice tells a role of data that it may not see.",
        ),
        (
            "class-published",
            Error,
            "公示的文书里有受保护的数据",
            "A public paper shows protected data.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let effects = Site::file(process.file.as_str()).of_process(&process.id).then("effects");
        for (name, effect) in &process.effects {
            let site = effects.then(name);
            match &effect.kind {
                EffectKind::Notice(notice) => {
                    told(world, process, notice, &site.then("notice"), &mut findings);
                }
                EffectKind::Document(paper) if paper.public => {
                    let query =
                        paper.rows.as_ref().and_then(|rows| world.definitions.queries.get(rows));
                    let Some(text) = world.definitions.documents.get(&paper.template) else {
                        continue;
                    };
                    let file = format!("workflows/documents/{}.html", paper.template);
                    let related = site.then("document").related(
                        world.places,
                        "这里说它是公示的",
                        "here it is said to be public",
                    );
                    for read in templates::reads_with(text, &templates::row_names(text)) {
                        let class =
                            class_of(world.definitions, process, Scene::default(), &read.path)
                                .or_else(|| {
                                    let (_, field) = read.path.split_once('.')?;
                                    of_row(world.definitions, query?, field)
                                });
                        let Some(class) = class else { continue };
                        let spot = Spot::At(read.line, read.column);
                        findings.push(published(&file, spot, &read.path, class, &related));
                    }
                }
                _ => {}
            }
        }
    }
    findings
}

fn published(file: &str, spot: Spot, path: &str, class: &str, related: &Related) -> Finding {
    let message = xueji_definition::Text::new(
        format!("公示的文书里有 `{path}`，它属于受保护的数据类 `{class}`"),
        format!("a public paper shows `{path}`, which is of the protected class `{class}`"),
    );
    let help = xueji_definition::Text::new(
        "公示只写姓名、遮蔽的编号和结果：删去这一项",
        "what is public tells names, masked numbers and results: take it out",
    );
    let mut finding = Finding::error("class-published", file, spot, message).help(help);
    finding.related.push(related.clone());
    finding
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
