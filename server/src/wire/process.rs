//! Processes and rules, as callers get them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use xueji_definition::file::{Act, Candidates, Case, Field, MaterialItem};
use xueji_definition::model::{Kind, Process, Step};
use xueji_definition::{Definitions, Text};
use xueji_rules::{Rule, RuleSet};

use super::verdict::{certainty, word};

/// A process in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProcessSummary {
    /// The process's id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// The type of record that a case is about; a campaign has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl From<&Process> for ProcessSummary {
    fn from(process: &Process) -> Self {
        Self {
            id: process.id.clone(),
            title: process.title.clone(),
            about: process.about.clone(),
            subject: process.subject.clone(),
        }
    }
}

/// A process with what is needed to start it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProcessDetail {
    /// The process.
    #[serde(flatten)]
    pub process: ProcessSummary,
    /// The boxes of the office's chart that it stands for.
    pub source: Vec<String>,
    /// The release that new cases start on.
    pub release: String,
    /// Who may start it.
    pub by: Vec<Candidates>,
    /// The form to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<StartForm>,
    /// The papers to hand in.
    pub materials: Vec<MaterialList>,
    /// The rules that are always judged.
    pub rules: Vec<RuleOut>,
    /// Rules and papers that apply only in some cases.
    pub cases: Vec<Case>,
    /// Every rule that the process uses, at the start or later.
    pub all_rules: Vec<RuleOut>,
    /// Processes of which none may be open for the same subject.
    pub excludes: Vec<String>,
    /// The acts that nobody may do in it.
    pub forbidden: Vec<Act>,
    /// The steps, in the order of the file.
    pub steps: Vec<StepOut>,
}

/// A form.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StartForm {
    /// The form's id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// The fields in the order in which they are asked for.
    pub fields: IndexMap<String, Field>,
}

/// A list of papers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MaterialList {
    /// The list's id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// The papers. Upload one at `/materials`, and name its id in the form as `materials.<paper>`.
    pub items: Vec<MaterialItem>,
}

/// A rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RuleOut {
    /// The rule's name.
    pub rule: String,
    /// Its short id in the office's papers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it asks for.
    pub title: Text,
    /// What follows when it is not satisfied.
    pub effect: String,
    /// The articles it rests on.
    pub articles: Vec<String>,
    /// Where it comes from: R, R*, S, P, D.
    pub source: Vec<String>,
    /// How certain that is, in words.
    pub certainty: Text,
    /// The role that may set it aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_role: Option<String>,
    /// The parameter that switches it off when it is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_by: Option<String>,
}

impl From<&Rule> for RuleOut {
    fn from(rule: &Rule) -> Self {
        Self {
            rule: rule.name.clone(),
            id: Some(rule.id.clone()),
            title: rule.title.clone(),
            effect: word(&rule.effect),
            articles: rule.articles.clone(),
            source: rule.source.iter().map(word).collect(),
            certainty: certainty(&rule.source),
            override_role: rule.override_role.clone(),
            off_by: rule.off_by.clone(),
        }
    }
}

/// A step.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepOut {
    /// The step's id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// What it does: user-task, service-task, gateway, parallel, for-each, wait, call or end.
    pub kind: String,
    /// The office's own name for the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,
    /// The boxes of the office's chart that it stands for.
    pub source: Vec<String>,
    /// The step whose branch it stands in; absent for the case's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Who may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Candidates>,
    /// Where each outcome leads.
    pub next: IndexMap<String, String>,
    /// Messages that end it early, and where each leads.
    pub on: IndexMap<String, String>,
}

impl From<&Step> for StepOut {
    fn from(step: &Step) -> Self {
        let candidates = match &step.kind {
            Kind::UserTask(task) => Some(task.candidates.clone()),
            Kind::Wait(wait) => wait.by.clone(),
            _ => None,
        };
        let mut next = step.next.clone();
        if let Kind::Gateway(gateway) = &step.kind {
            next.extend(
                gateway.choices.iter().map(|choice| (choice.when.clone(), choice.next.clone())),
            );
            next.insert("else".to_owned(), gateway.otherwise.clone());
        }
        Self {
            id: step.id.clone(),
            title: step.title.clone(),
            kind: kind(&step.kind).to_owned(),
            stage: step.stage.clone(),
            source: step.source.clone(),
            within: step.within.as_ref().map(|within| within.step.clone()),
            candidates,
            next,
            on: step.on.clone(),
        }
    }
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::UserTask(_) => "user-task",
        Kind::ServiceTask { .. } => "service-task",
        Kind::Gateway(_) => "gateway",
        Kind::Parallel { .. } => "parallel",
        Kind::ForEach(_) => "for-each",
        Kind::Wait(_) => "wait",
        Kind::Call(_) => "call",
        Kind::End { .. } => "end",
    }
}

/// Returns the rules of these names, as far as they are known.
#[must_use]
pub fn rules<'a>(set: &RuleSet, names: impl IntoIterator<Item = &'a String>) -> Vec<RuleOut> {
    names.into_iter().filter_map(|name| set.get(name)).map(RuleOut::from).collect()
}

/// Returns the lists of papers of these names, as far as they are known.
#[must_use]
pub fn materials<'a>(
    definitions: &Definitions,
    names: impl IntoIterator<Item = &'a String>,
) -> Vec<MaterialList> {
    let lists = names.into_iter().filter_map(|name| definitions.materials.get(name));
    let list = |list: &xueji_definition::file::MaterialsFile| MaterialList {
        id: list.materials.clone(),
        title: list.title.clone(),
        items: list.items.clone(),
    };
    lists.map(list).collect()
}

impl ProcessDetail {
    /// Returns a process as callers get it.
    #[must_use]
    pub fn new(process: &Process, definitions: &Definitions, set: &RuleSet, release: &str) -> Self {
        let start = &process.start;
        let form = start.form.as_ref().and_then(|id| definitions.forms.get(id));
        let mut names: Vec<String> = Vec::new();
        for name in used(process) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Self {
            process: process.into(),
            source: process.source.clone(),
            release: release.to_owned(),
            by: std::iter::once(&start.by).chain(&start.or_by).cloned().collect(),
            form: form.map(|form| StartForm {
                id: form.form.clone(),
                title: form.title.clone(),
                fields: form.fields.clone(),
            }),
            materials: materials(definitions, &start.materials),
            rules: rules(set, &start.rules),
            cases: start.cases.clone(),
            all_rules: rules(set, &names),
            excludes: start.excludes.clone(),
            forbidden: process.forbid.clone(),
            steps: process.steps.values().map(StepOut::from).collect(),
        }
    }
}

/// Returns the names of all rules that a process uses.
fn used(process: &Process) -> Vec<&String> {
    let mut names: Vec<&String> = process.start.rules.iter().collect();
    names.extend(process.start.cases.iter().flat_map(|case| &case.rules));
    for step in process.steps.values() {
        match &step.kind {
            Kind::UserTask(task) => {
                names.extend(&task.rules);
                names.extend(task.cases.iter().flat_map(|case| &case.rules));
            }
            Kind::Gateway(gateway) => {
                names.extend(gateway.choices.iter().map(|choice| &choice.when))
            }
            _ => {}
        }
    }
    names
}
