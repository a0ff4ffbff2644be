//! `organisation.yaml`: units, roles, who holds them and who stands in, each from when to when.

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// `organisation.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganisationFile {
    /// What the organisation is called.
    pub title: Text,
    /// The units, by id.
    pub units: IndexMap<String, Unit>,
    /// The roles, by name.
    pub roles: IndexMap<String, Role>,
    /// The people who hold roles, by id.
    #[serde(default)]
    pub people: IndexMap<String, Person>,
    /// Who holds which role where, from when to when.
    #[serde(default)]
    pub holders: Vec<Holder>,
    /// Who stands in for whom.
    #[serde(default)]
    pub substitutes: Vec<Substitute>,
    /// What a new release needs before it goes live. That of the live release counts, so that none frees itself.
    #[serde(default)]
    pub releases: ReleaseRule,
}

/// What a new release needs before it goes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReleaseRule {
    /// How many people sign a release off, the one who proposes it included: 2 means that another one approves.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 9))]
    pub signatures: u32,
    /// Whether a release says what it changes and why.
    #[serde(default)]
    pub note: NoteRule,
}

fn one() -> u32 {
    1
}

impl Default for ReleaseRule {
    fn default() -> Self {
        Self { signatures: one(), note: NoteRule::default() }
    }
}

/// Whether a release comes with a note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteRule {
    /// It may.
    #[default]
    Optional,
    /// It must.
    Required,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unit {
    /// What the unit is called.
    pub title: Text,
    /// The unit above; a role held there reaches down to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Other names of the same place, such as a room on old forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Role {
    /// What the role is called.
    pub title: Text,
    /// Every record of this type is a holder of the role, for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// The classes of data that holders see unmasked in their unit, decide or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sees: Vec<String>,
    /// Holders may read records, cases and history of their unit (without a unit: of all).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads: bool,
    /// Holders may hold, resume, terminate and reopen cases of their unit, and record messages from outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manages: bool,
    /// Holders may administer: deploy releases, import records, make tokens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub administers: bool,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Person {
    /// The person's name.
    pub name: String,
    /// The record that is this person, so that nobody decides their own case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRef>,
}

/// A record, by type and id.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordRef {
    /// The record type.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The record's id.
    pub id: String,
}

/// One person holding one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Holder {
    /// The person's id.
    pub person: String,
    /// The role.
    pub role: String,
    /// The unit where the role is held; everywhere when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// One person standing in for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Substitute {
    /// The person who is away.
    pub person: String,
    /// The person who stands in.
    pub by: String,
    /// The roles meant; all when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The processes meant; all when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<String>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}
