//! Everything that the files of a release say, by kind and id.
//!
//! Invariant: holds only files that read without an error; a file with one is absent, and its findings say why.

use std::collections::BTreeMap;

use crate::file::{
    CodesFile, FactsFile, FormFile, MaterialItem, MaterialsFile, NoticesFile, NumberingFile,
    OrganisationFile, ParametersFile, ProcessFile, RecordsFile, ScenarioFile, SharedStepsFile,
};
use crate::finding::Finding;
use crate::model::{Fact, Process, Query, resolve_facts, resolve_process};

/// The file that facts and queries stand in.
const FACTS_FILE: &str = "workflows/facts.yaml";

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
    /// Facts and queries as written.
    pub facts_file: FactsFile,
    /// Processes as they run, by id.
    pub processes: BTreeMap<String, Process>,
    /// Facts as they are asked, by name.
    pub facts: BTreeMap<String, Fact>,
    /// Queries as they are asked, by name.
    pub queries: BTreeMap<String, Query>,
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

impl Definitions {
    /// Returns the papers that a process may ask for.
    pub fn papers_of<'d>(&'d self, process: &'d Process) -> impl Iterator<Item = &'d MaterialItem> {
        let lists = process.material_lists().filter_map(|list| self.materials.get(list));
        lists.flat_map(|list| &list.items)
    }

    /// Works out processes, facts and queries as they run from the files as written, and tells what cannot be.
    pub fn resolve(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (id, file) in &self.process_files {
            let path = format!("workflows/processes/{id}.yaml");
            let (process, found) = resolve_process(&path, file, &self.steps);
            findings.extend(found);
            self.processes.extend(process.map(|process| (id.clone(), process)));
        }
        let (facts, queries, found) = resolve_facts(FACTS_FILE, &self.facts_file);
        self.facts = facts;
        self.queries = queries;
        findings.extend(found);
        findings
    }
}
