//! Everything that the files of a release say, by kind and id.
//!
//! Invariant: holds only files that read without an error; a file with one is absent, and its findings say why.

use std::collections::BTreeMap;

use crate::file::{
    CodesFile, FactsFile, FormFile, MaterialsFile, NoticesFile, NumberingFile, OrganisationFile,
    ParametersFile, ProcessFile, RecordsFile, ScenarioFile, SharedStepsFile,
};

/// The files of a release, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definitions {
    /// Processes as written, by id.
    pub process_files: BTreeMap<String, ProcessFile>,
    /// Shared steps.
    pub steps: SharedStepsFile,
    /// Forms, by id.
    pub forms: BTreeMap<String, FormFile>,
    /// Lists of papers, by id.
    pub materials: BTreeMap<String, MaterialsFile>,
    /// Scenario files, by id.
    pub scenarios: BTreeMap<String, ScenarioFile>,
    /// Code lists.
    pub codes: CodesFile,
    /// Record types and classes of data.
    pub records: RecordsFile,
    /// Facts and queries.
    pub facts: FactsFile,
    /// Units, roles and who holds them.
    pub organisation: OrganisationFile,
    /// Working days, terms and windows.
    pub calendars: xueji_calendar::CalendarFile,
    /// Parameters.
    pub parameters: ParametersFile,
    /// Series of numbers.
    pub numbering: NumberingFile,
    /// Words of notices.
    pub notices: NoticesFile,
    /// Templates of papers in HTML, by id.
    pub documents: BTreeMap<String, String>,
    /// Scripts, by path (`rules/x.rhai`).
    pub rules: BTreeMap<String, String>,
}
