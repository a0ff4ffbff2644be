//! `field-not-yet`: an expression or rule that reads a form field at a step before which nobody and nothing can have
//! filled it in; `field-unread`: a form field that nothing reads and that nobody is shown afterwards.
//!
//! Why: what reads it can never be judged, or people fill in something for nobody. Broken:
//! `fixtures/broken/fields-in-time`. Mended: by asking for it earlier, by `has` first, or by leaving it out.

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::FileKind;
use xueji_definition::file::FieldKind;
use xueji_definition::finding::{Finding, Severity::Error, Severity::Warning};
use xueji_definition::model::{EffectKind, Kind, Process, Step};

use crate::Check;
use crate::graph::START;
use crate::order::Order;
use crate::site::{Said, Site};
use crate::types::has_all_forms;
use crate::walk::NameKind;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "field-not-yet",
            Error,
            "读这个表单字段时，它还不可能填过",
            "A form field is read before it can have been filled in.",
        ),
        (
            "field-unread",
            Warning,
            "填了的表单字段没有谁读",
            "A form field is filled in, and nothing reads it.",
        ),
    ],
    run,
};

/// The steps that can fill in a field, by its name; `start` is the applicant's own.
type Fillers<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Form) || world.is_broken(FileKind::Process) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (id, uses) in &world.walk.processes {
        let Some(process) = world.definitions.processes.get(*id) else { continue };
        if !has_all_forms(world.definitions, process) {
            continue;
        }
        let order = Order::of(process, world.graphs.scopes(id));
        let look = Look { world, process, fillers: fillers(world, process), order };
        for used in &uses.exprs {
            let Some(Ok(expression)) = world.compiled.get(&used.expr.0) else { continue };
            let reads = expression.reads().iter().map(|read| read.path.as_str());
            look.reads(reads, &used.expr.0, &used.site, &mut findings);
        }
        for used in uses.names.iter().filter(|used| used.kind == NameKind::Rule) {
            let Some(rule) = world.rules.get(used.name) else { continue };
            let text = world.definitions.rules.get(&rule.file).map_or("", String::as_str);
            let reads = rule.reads.iter().map(|read| read.path.as_str());
            look.reads(reads, text, &used.site, &mut findings);
        }
    }
    findings.extend(unread(world));
    findings
}

/// Returns what fills in which field.
fn fillers<'a>(world: &World<'a>, process: &'a Process) -> Fillers<'a> {
    let mut all = Fillers::new();
    let forms = &world.definitions.forms;
    let mut fill = |form: Option<&String>, step: &'a str| {
        for name in form.and_then(|id| forms.get(id)).into_iter().flat_map(|f| f.fields.keys()) {
            all.entry(name).or_default().insert(step);
        }
    };
    fill(process.start.form.as_ref(), START);
    for step in process.steps.values() {
        match &step.kind {
            Kind::UserTask(task) => fill(task.form.as_ref(), &step.id),
            Kind::Wait(wait) => fill(wait.form.as_ref(), &step.id),
            _ => {}
        }
    }
    for step in process.steps.values() {
        for effect in effects_of(step).iter().filter_map(|name| process.effects.get(name)) {
            let fields: Vec<&str> = match &effect.kind {
                EffectKind::Fill(fields) => fields.keys().map(String::as_str).collect(),
                EffectKind::Number(number) => vec![&number.into],
                EffectKind::Document(paper) => paper.into.as_deref().into_iter().collect(),
                _ => Vec::new(),
            };
            for field in fields {
                all.entry(field).or_default().insert(&step.id);
            }
        }
    }
    all
}

/// Returns the effects that a step carries out.
fn effects_of(step: &Step) -> &[String] {
    match &step.kind {
        Kind::ServiceTask { effects } | Kind::End { effects, .. } => effects,
        _ => &[],
    }
}

struct Look<'w, 'a> {
    world: &'w World<'a>,
    process: &'a Process,
    fillers: Fillers<'a>,
    order: Order<'w, 'a>,
}

impl Look<'_, '_> {
    fn reads<'r>(
        &self,
        reads: impl Iterator<Item = &'r str>,
        text: &str,
        site: &Site,
        findings: &mut Vec<Finding>,
    ) {
        let fields: BTreeSet<&str> = reads
            .filter_map(|path| path.strip_prefix("form."))
            .map(|rest| rest.split('.').next().unwrap_or(rest))
            .collect();
        for field in fields {
            let Some(fillers) = self.fillers.get(field) else { continue };
            // What asks first whether it is there does not need it.
            if text.contains(&format!("\"{field}\"")) {
                continue;
            }
            for step in self.steps_of(site) {
                // When a case begins there is nothing but what its form brings.
                let can = |filler: &str| {
                    filler == step
                        || filler == START
                        || (step != START && self.order.may_come_before(filler, step))
                };
                if fillers.iter().any(|filler| can(filler)) {
                    continue;
                }
                findings.push(self.not_yet(field, step, fillers, site));
                break;
            }
        }
    }

    /// Returns the steps at which something that stands at a place is worked out.
    fn steps_of(&self, site: &Site) -> Vec<&str> {
        if let Some(step) = site.step_id() {
            return self.process.steps.get(step).map(|step| step.id.as_str()).into_iter().collect();
        }
        if site.is_under("start") {
            return vec![START];
        }
        let Some(effect) = site.name_under("effects") else { return Vec::new() };
        let uses = |step: &&Step| effects_of(step).iter().any(|name| name == effect);
        self.process.steps.values().filter(uses).map(|step| step.id.as_str()).collect()
    }

    fn not_yet(&self, field: &str, step: &str, fillers: &BTreeSet<&str>, site: &Site) -> Finding {
        let at = fillers.iter().map(|filler| format!("`{filler}`")).collect::<Vec<_>>();
        let mut said = Said::error(
            "field-not-yet",
            format!("在 `{step}` 读表单字段 `{field}`，而它要到 {} 才填", at.join("、")),
            format!(
                "`{step}` reads the form field `{field}`, which is only filled in at {}",
                at.join(", ")
            ),
        )
        .help(
            format!("早一点填它，或先问 form.has(\"{field}\")"),
            format!("ask for it earlier, or ask `form.has(\"{field}\")` first"),
        );
        let root = Site::file(self.process.file.as_str()).of_process(&self.process.id);
        for filler in fillers.iter().filter_map(|filler| self.process.steps.get(*filler)) {
            let there = root.step(&filler.id, &filler.route, filler.shared.as_deref());
            said =
                said.see(there.related(self.world.places, "要到这里才填", "it is filled in here"));
        }
        site.at_value(self.world.places, said)
    }
}

/// Form fields whose name stands nowhere but in their form, and after which nobody is shown the form.
fn unread(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, form) in &world.definitions.forms {
        let users: Vec<&Process> = world
            .definitions
            .processes
            .values()
            .filter(|process| process.forms().contains(&id.as_str()))
            .collect();
        if users.is_empty() || users.iter().any(|process| is_shown_later(world, process, id)) {
            continue;
        }
        let site = Site::file(format!("workflows/forms/{id}.yaml")).then("fields");
        for (name, field) in &form.fields {
            // Free text is for people: whoever looks a case up reads it.
            let free = matches!(field.kind, FieldKind::Text | FieldKind::LongText);
            if free || field.computed.is_some() || world.stands_elsewhere(name, &form_file(id)) {
                continue;
            }
            let said = Said::warning(
                "field-unread",
                format!("表单字段 `{name}` 填了没有谁读：没有规则、效果、文书用它，后面也没有人看到这张表"),
                format!(
                    "nothing reads the form field `{name}`: no rule, effect or paper, and nobody is shown the form afterwards"
                ),
            )
            .help("用上它，或从表单里删去", "use it, or take it out of the form")
            .removable();
            findings.push(site.then(name).at_key(world.places, said));
        }
    }
    findings
}

fn form_file(id: &str) -> String {
    format!("workflows/forms/{id}.yaml")
}

/// Tells whether a person comes after a step that fills in the form.
fn is_shown_later(world: &World<'_>, process: &Process, form: &str) -> bool {
    let order = Order::of(process, world.graphs.scopes(&process.id));
    let fills = |step: &&Step| match &step.kind {
        Kind::UserTask(task) => task.form.as_deref() == Some(form),
        Kind::Wait(wait) => wait.form.as_deref() == Some(form),
        _ => false,
    };
    let tasks: Vec<&Step> =
        process.steps.values().filter(|step| matches!(step.kind, Kind::UserTask(_))).collect();
    if process.start.form.as_deref() == Some(form) {
        return !tasks.is_empty();
    }
    process.steps.values().filter(fills).any(|filler| {
        tasks.iter().any(|task| task.id != filler.id && order.may_come_before(&filler.id, &task.id))
    })
}
