//! What is defined and never used: rules, forms, notices, facts, parameters, shared steps and so on.
//!
//! Why: somebody believes that it is in force. Broken: `fixtures/broken/unused`. Mended: by using it, or removing it.

use std::collections::BTreeSet;

use xueji_definition::finding::{Finding, Severity::Warning, Spot};
use xueji_definition::{Text, nearest};

use crate::Check;
use crate::scripts::facts;
use crate::site::{STEPS_FILE, Said, Site};
use crate::walk::NameKind;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("fact-unused", Warning, "没有用到这个事实", "Nothing reads this fact."),
        ("form-unused", Warning, "没有用到这个表单", "Nothing uses this form."),
        ("materials-unused", Warning, "没有用到这份材料清单", "Nothing uses this list of papers."),
        ("notice-unused", Warning, "没有用到这个通知", "Nothing sends this notice."),
        ("parameter-unused", Warning, "没有用到这个参数", "Nothing reads this parameter."),
        ("query-unused", Warning, "没有用到这个查询", "Nothing uses this query."),
        ("rule-unused", Warning, "没有用到这条规则", "Nothing uses this rule."),
        (
            "series-unused",
            Warning,
            "没有用到这个编号系列",
            "Nothing takes a number of this series.",
        ),
        ("shared-step-unused", Warning, "没有用到这个共用步骤", "Nothing uses this shared step."),
        (
            "template-unused",
            Warning,
            "没有用到这个文书模板",
            "Nothing makes a paper of this template.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    // Definitions without a process use nothing yet.
    if world.definitions.process_files.is_empty() {
        return Vec::new();
    }
    let mut used: BTreeSet<(NameKind, &str)> = BTreeSet::new();
    for name in world.walk.names() {
        used.insert((name.kind, name.name));
        // A misspelt name uses the one that was meant.
        if !world.knows(name.kind, name.name) {
            used.extend(nearest(name.name, world.known(name.kind)).map(|meant| (name.kind, meant)));
        }
    }
    let is_used = |kind, name: &str| used.contains(&(kind, name));

    let mut unused = Unused { world, findings: Vec::new() };
    let all = world.definitions;
    for name in all.forms.keys().filter(|name| !is_used(NameKind::Form, name)) {
        unused.tell(
            "form-unused",
            "表单",
            "form",
            name,
            &Site::file(format!("workflows/forms/{name}.yaml")).then("form"),
        );
    }
    for name in all.materials.keys().filter(|name| !is_used(NameKind::Materials, name)) {
        let site = Site::file(format!("workflows/materials/{name}.yaml")).then("materials");
        unused.tell("materials-unused", "材料清单", "list of papers", name, &site);
    }
    for name in all.documents.keys().filter(|name| !is_used(NameKind::Template, name)) {
        let site = Site::file(format!("workflows/documents/{name}.html"));
        unused.tell("template-unused", "文书模板", "template", name, &site);
    }
    let notices = Site::file("workflows/notices.yaml").then("notices");
    // The engine itself sends these, as definitions ask for it.
    let own = ["reminder", "escalation"];
    for name in all.notices.notices.keys().filter(|name| !own.contains(&name.as_str())) {
        if !is_used(NameKind::Notice, name) {
            unused.tell("notice-unused", "通知", "notice", name, &notices.then(name));
        }
    }
    let series = Site::file("workflows/numbering.yaml").then("series");
    for name in all.numbering.series.keys().filter(|name| !is_used(NameKind::Series, name)) {
        unused.tell("series-unused", "编号系列", "series", name, &series.then(name));
    }
    read(world, &is_used, &mut unused);
    shared_steps(world, &mut unused);
    rules(world, &is_used, &mut unused);
    unused.findings
}

struct Unused<'w, 'a> {
    world: &'w World<'a>,
    findings: Vec<Finding>,
}

impl Unused<'_, '_> {
    fn tell(&mut self, code: &'static str, zh: &str, en: &str, name: &str, site: &Site) {
        if self.world.is_mentioned(name) {
            return;
        }
        let said = Said::warning(
            code,
            format!("没有用到{zh} `{name}`"),
            format!("the {en} `{name}` is never used"),
        )
        .help("用上它，或删去", "use it, or remove it");
        // A file is taken away by people, never by its key.
        let said = if site.is_file() { said } else { said.removable() };
        self.findings.push(site.at_key(self.world.places, said));
    }
}

/// Facts, queries and parameters: what expressions, rules and papers read.
fn read(world: &World<'_>, is_used: &dyn Fn(NameKind, &str) -> bool, unused: &mut Unused<'_, '_>) {
    let all = world.definitions;
    let compiled = &world.compiled;
    let rules = || world.rules.rules().flat_map(|rule| &rule.reads);
    let read_facts = facts(compiled.reads().chain(rules()));
    let read_paths: BTreeSet<&str> = compiled
        .reads()
        .chain(rules())
        .filter_map(|read| read.path.strip_prefix("param."))
        .collect();
    let root = Site::file("workflows/facts.yaml");
    for name in all
        .facts
        .keys()
        .filter(|name| !read_facts.contains(name.as_str()) && !in_papers(world, "fact", name))
    {
        unused.tell("fact-unused", "事实", "fact", name, &root.then("facts").then(name));
    }
    for name in all.queries.keys().filter(|name| !is_used(NameKind::Query, name)) {
        unused.tell("query-unused", "查询", "query", name, &root.then("queries").then(name));
    }
    let parameters = Site::file("workflows/parameters.yaml").then("parameters");
    for name in all.parameters.parameters.keys() {
        let below = format!("{name}.");
        let read = read_paths.iter().any(|path| {
            *path == name || path.starts_with(&below) || name.starts_with(&format!("{path}."))
        });
        if !read && !is_used(NameKind::Parameter, name) && !in_papers(world, "param", name) {
            unused.tell("parameter-unused", "参数", "parameter", name, &parameters.then(name));
        }
    }
}

/// Tells whether a template of a paper reads something.
fn in_papers(world: &World<'_>, root: &str, name: &str) -> bool {
    let path = format!("{root}.{name}");
    world.definitions.documents.values().any(|text| text.contains(&path))
}

fn shared_steps(world: &World<'_>, unused: &mut Unused<'_, '_>) {
    let steps = world.definitions.processes.values().flat_map(|process| process.steps.values());
    let used: BTreeSet<&str> = steps.filter_map(|step| step.shared.as_deref()).collect();
    let site = Site::file(STEPS_FILE).then("steps");
    for name in world.definitions.steps.steps.keys().filter(|name| !used.contains(name.as_str())) {
        unused.tell("shared-step-unused", "共用步骤", "shared step", name, &site.then(name));
    }
}

fn rules(world: &World<'_>, is_used: &dyn Fn(NameKind, &str) -> bool, unused: &mut Unused<'_, '_>) {
    for rule in world.rules.rules().filter(|rule| !is_used(NameKind::Rule, &rule.name)) {
        let name = &rule.name;
        if world.is_mentioned(name) {
            continue;
        }
        let message =
            Text::new(format!("没有用到规则 `{name}`"), format!("the rule `{name}` is never used"));
        let spot = Spot::At(rule.line, rule.column);
        let help = Text::new("写进某个流程，或删去", "name it in a process, or remove it");
        unused.findings.push(Finding::warning("rule-unused", &rule.file, spot, message).help(help));
    }
}
