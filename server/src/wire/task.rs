//! Tasks, as callers get them.

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use xueji_definition::Text;
use xueji_definition::file::Field;
use xueji_definition::file::OrganisationFile;
use xueji_engine::queries::TaskView;
use xueji_runtime::people;
use xueji_runtime::state::{Offer, SignPlace, Signer};

use super::{MaterialList, RuleOut, Subject};

/// An open task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Task {
    /// The task's id.
    pub id: String,
    /// The case.
    pub instance: String,
    /// The process.
    pub process: String,
    /// The step.
    pub step: String,
    /// What the step is called.
    pub title: Text,
    /// Where in the case it stands; empty for the case's own steps.
    pub scope: String,
    /// The keys of the rows it stands in, outermost first, joined by `/`.
    pub row: String,
    /// What the case or row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Who may do it.
    pub candidates: Candidates,
    /// Who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Who prepares the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate: Option<String>,
    /// The end of the last day for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Whether that is over.
    pub overdue: bool,
    /// What may be answered; the first goes on.
    pub outcomes: Vec<String>,
    /// For whom the caller would act, when standing in for somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<String>,
    /// The caller was copied in only.
    pub copy: bool,
}

/// Who may do a task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Candidates {
    /// The role.
    pub role: String,
    /// What the role is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The unit; anywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the unit is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_title: Option<Text>,
    /// Only this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
}

impl Candidates {
    /// Returns an offer as callers get it.
    #[must_use]
    pub fn new(offer: &Offer, organisation: &OrganisationFile) -> Self {
        let own = offer.own.as_ref().map(|own| format!("{}:{}", own.kind, own.id));
        let unit = offer.unit.as_ref().and_then(|unit| organisation.units.get(unit));
        Self {
            role: offer.role.clone(),
            title: organisation.roles.get(&offer.role).map(|role| role.title.clone()),
            unit: offer.unit.clone(),
            unit_title: unit.map(|unit| unit.title.clone()),
            person: offer.person.clone().or(own),
        }
    }
}

impl Task {
    /// Returns a task as callers get it.
    #[must_use]
    pub fn new(
        view: &TaskView,
        organisation: &OrganisationFile,
        title: Text,
        outcomes: Vec<String>,
        now: Timestamp,
        person: &str,
    ) -> Self {
        let task = &view.task;
        let mine =
            task.assignee.as_deref() == Some(person) || task.delegate.as_deref() == Some(person);
        Self {
            id: task.id.clone(),
            instance: view.instance.clone(),
            process: view.process.clone(),
            step: view.step.clone(),
            title,
            scope: view.scope.to_string(),
            row: view.scope.row(),
            subject: view.subject.as_ref().map(Subject::from),
            candidates: Candidates::new(&task.offer, organisation),
            assignee: task.assignee.clone(),
            delegate: task.delegate.clone(),
            due: task.due,
            overdue: task.due.is_some_and(|due| due <= now),
            outcomes,
            on_behalf: view.on_behalf.clone(),
            copy: !mine && task.copies.iter().any(|copied| copied == person),
        }
    }
}

/// A further signature.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignerOut {
    /// Who is asked.
    pub person: String,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// before, after or beside the main answer.
    pub place: String,
    /// Who asked.
    pub asked_by: String,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
}

impl SignerOut {
    /// Returns a further signature as callers get it.
    #[must_use]
    pub fn new(signer: &Signer, organisation: &OrganisationFile) -> Self {
        let place = match signer.place {
            SignPlace::Before => "before",
            SignPlace::After => "after",
            SignPlace::Beside => "beside",
        };
        Self {
            person: signer.person.clone(),
            name: people::name(organisation, &signer.person).map(str::to_owned),
            place: place.to_owned(),
            asked_by: signer.asked_by.clone(),
            outcome: signer.outcome.clone(),
            opinion: signer.opinion.clone(),
        }
    }
}

/// A task with what is needed to do it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskDetail {
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// The outcomes for which words are owed.
    pub opinion: Vec<String>,
    /// The outcomes that the form is filled in and the rules are judged for.
    pub judged: Vec<String>,
    /// The fields to fill in.
    pub fields: IndexMap<String, Field>,
    /// The papers to hand in.
    pub materials: Vec<MaterialList>,
    /// The rules that are judged.
    pub rules: Vec<RuleOut>,
    /// What is to be mended, when the task is a correction.
    pub defects: Vec<String>,
    /// Further signatures asked for.
    pub signers: Vec<SignerOut>,
    /// How often people were reminded of it.
    pub reminded: u32,
    /// What was entered so far, as far as the caller may see it.
    pub form: Map<String, Json>,
    /// The case's version; the ETag.
    pub version: u64,
}
