//! `class-published`: a public paper shows a protected field; `id-published`: it shows whole the id of somebody of whom
//! data are protected.
//!
//! Why: a mask at the screen is no use for what is put up on the wall, and by a whole id everything else is found. Broken:
//! `fixtures/broken/classes-shown`. Mended: by leaving the field out; the id, by showing a part of it.

use xueji_definition::Text;
use xueji_definition::file::DocumentEffect;
use xueji_definition::finding::{Finding, Related, Severity::Error, Spot};
use xueji_definition::model::{EffectKind, Process};
use xueji_rules::Read;

use crate::Check;
use crate::classes;
use crate::site::Site;
use crate::templates;
use crate::walk::Scene;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "class-published",
            Error,
            "公示的文书里有受保护的数据",
            "A public paper shows protected data.",
        ),
        (
            "id-published",
            Error,
            "公示的文书里有没有遮蔽的编号",
            "A public paper shows an id that is not masked.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let effects = Site::file(process.file.as_str()).of_process(&process.id).then("effects");
        for (name, effect) in &process.effects {
            if let EffectKind::Document(paper) = &effect.kind
                && paper.public
            {
                let site = effects.then(name).then("document");
                let (zh, en) = ("这里说它是公示的", "here it is said to be public");
                let public = site.related(world.places, zh, en);
                findings.extend(shown(world, process, paper, &public));
            }
        }
    }
    findings
}

/// Returns what a public paper shows and should not.
fn shown(
    world: &World<'_>,
    process: &Process,
    paper: &DocumentEffect,
    public: &Related,
) -> Vec<Finding> {
    let definitions = world.definitions;
    let Some(text) = definitions.documents.get(&paper.template) else { return Vec::new() };
    let rows = paper.rows.as_ref().and_then(|rows| definitions.queries.get(rows));
    let file = format!("workflows/documents/{}.html", paper.template);
    let found = templates::reads_with(text, &templates::row_names(text)).into_iter();
    let found = found.filter_map(|read| {
        let of_row = || Some((rows?, read.path.split_once('.')?.1));
        let class =
            classes::class_of(definitions, process, Scene::default(), &read.path).or_else(|| {
                of_row().and_then(|(rows, field)| classes::of_row(definitions, rows, field))
            });
        if let Some(class) = class {
            return Some(published(&file, &read, class));
        }
        let whose =
            classes::id_of(definitions, process, Scene::default(), &read.path).or_else(|| {
                of_row().and_then(|(rows, field)| classes::id_of_row(definitions, rows, field))
            })?;
        templates::shows_whole(text, &read).then(|| unmasked(&file, &read, whose))
    });
    let related = |mut finding: Finding| {
        finding.related.push(public.clone());
        finding
    };
    found.map(related).collect()
}

fn published(file: &str, read: &Read, class: &str) -> Finding {
    let path = &read.path;
    let message = Text::new(
        format!("公示的文书里有 `{path}`，它属于受保护的数据类 `{class}`"),
        format!("a public paper shows `{path}`, which is of the protected class `{class}`"),
    );
    let help = Text::new(
        "公示只写姓名、遮蔽的编号和结果：删去这一项",
        "what is public tells names, masked numbers and results: take it out",
    );
    Finding::error("class-published", file, Spot::At(read.line, read.column), message).help(help)
}

fn unmasked(file: &str, read: &Read, whose: &str) -> Finding {
    let path = &read.path;
    let message = Text::new(
        format!("公示的文书里写出了 `{whose}` 的整个编号 `{path}`，这种记录有受保护的数据"),
        format!(
            "a public paper shows the whole id `{path}` of a `{whose}`, of which data are protected"
        ),
    );
    let help = Text::new(
        format!("只写头尾几位：`{{{{ {path}[:4] }}}}****{{{{ {path}[-3:] }}}}`"),
        format!("show its ends only: `{{{{ {path}[:4] }}}}****{{{{ {path}[-3:] }}}}`"),
    );
    Finding::error("id-published", file, Spot::At(read.line, read.column), message).help(help)
}
