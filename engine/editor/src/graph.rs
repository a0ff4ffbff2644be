//! A picture of a process on command.
//!
//! Invariant: drawn from the very texts that are in the editor. Who draws is handed in, so that this room needs no fonts.

use xueji_definition::Definitions;
use xueji_definition::model::Process;
use xueji_rules::RuleSet;

use crate::names::Kind;
use crate::rename::{Refusal, refuse};
use crate::workspace::{Language, Workspace};

/// Draws a process as SVG.
pub type Draw = fn(&Picture<'_>) -> String;

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The process.
    pub process: &'a Process,
    /// Everything beside it.
    pub definitions: &'a Definitions,
    /// The rules.
    pub rules: &'a RuleSet,
    /// The language of its words.
    pub language: Language,
}

impl Workspace {
    /// Returns the process that a file is about: itself, or the first that it names.
    #[must_use]
    pub fn process_of(&self, path: &str) -> Option<String> {
        let mentions = &self.names_of(path)?.mentions;
        mentions
            .iter()
            .find(|mention| mention.kind == Kind::Process)
            .map(|mention| mention.name.clone())
    }

    /// Returns a process as SVG.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such process, or its file cannot be read at the moment.
    pub fn graph(&self, process: &str, draw: Draw) -> Result<String, Refusal> {
        let loaded = xueji_definition::load(&self.sources);
        let (rules, _) = RuleSet::compile(loaded.definitions.rules.clone());
        let definitions = &loaded.definitions;
        let process = definitions.processes.get(process).ok_or_else(|| {
            refuse(
                format!("没有流程 `{process}`，或它的文件有误"),
                format!("there is no process `{process}`, or its file has errors"),
            )
        })?;
        Ok(draw(&Picture { process, definitions, rules: &rules, language: self.language }))
    }
}
