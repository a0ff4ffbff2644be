//! XES 2.0 (IEEE 1849-2016): a log a net, and one of the acts beside them.
//!
//! Invariant: each log is written trace by trace; nothing of a case is kept after it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use super::xml::escaped;
use super::{Act, CaseLog, LogStep, Person, ScopeLog, ScopeState, moment};

/// The log of the acts beside the nets.
pub const ACTS: &str = "acts";

/// Who stands for what the engine does by itself.
const ENGINE: &str = "engine";

/// Writes logs, one a net. `open` gives the place of a log by its name.
pub struct Xes<W, F> {
    open: F,
    logs: BTreeMap<String, W>,
    personal: bool,
}

impl<W, F> std::fmt::Debug for Xes<W, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xes").field("logs", &self.logs.keys()).finish_non_exhaustive()
    }
}

impl<W: Write, F: FnMut(&str) -> io::Result<W>> Xes<W, F> {
    /// Returns a writer that says in each log whether personal data is in it.
    pub fn new(open: F, personal: bool) -> Self {
        Self { open, logs: BTreeMap::new(), personal }
    }

    /// Writes one case.
    ///
    /// # Errors
    /// What writing answers.
    pub fn case(&mut self, case: &CaseLog) -> io::Result<()> {
        for scope in case.scopes.iter().filter(|scope| scope.has_trace()) {
            let log = self.log(&scope.net)?;
            trace(log, case, scope)?;
        }
        if !case.acts.is_empty() {
            let log = self.log(ACTS)?;
            acts(log, case)?;
        }
        Ok(())
    }

    /// Ends all logs, and returns their names.
    ///
    /// # Errors
    /// What writing answers.
    pub fn finish(mut self) -> io::Result<Vec<String>> {
        for log in self.logs.values_mut() {
            writeln!(log, "</log>")?;
            log.flush()?;
        }
        Ok(self.logs.into_keys().collect())
    }

    fn log(&mut self, name: &str) -> io::Result<&mut W> {
        if !self.logs.contains_key(name) {
            let mut log = (self.open)(name)?;
            head(&mut log, name, self.personal)?;
            self.logs.insert(name.to_owned(), log);
        }
        self.logs.get_mut(name).ok_or_else(|| io::Error::other("the log was just put there"))
    }
}

fn head(out: &mut dyn Write, name: &str, personal: bool) -> io::Result<()> {
    let extension = |name: &str, prefix: &str| {
        let uri = format!("http://www.xes-standard.org/{prefix}.xesext");
        format!("  <extension name=\"{name}\" prefix=\"{prefix}\" uri=\"{uri}\"/>\n")
    };
    write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <log xes.version=\"2.0\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n{}{}{}{}",
        extension("Concept", "concept"),
        extension("Time", "time"),
        extension("Organizational", "org"),
        extension("Lifecycle", "lifecycle"),
    )?;
    write!(
        out,
        "  <global scope=\"trace\">\n    <string key=\"concept:name\" value=\"\"/>\n  </global>\n  \
         <global scope=\"event\">\n    <string key=\"concept:name\" value=\"\"/>\n    \
         <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00Z\"/>\n    \
         <string key=\"lifecycle:transition\" value=\"complete\"/>\n  </global>\n  \
         <classifier name=\"Activity\" keys=\"concept:name\"/>\n"
    )?;
    text(out, 1, "concept:name", name)?;
    text(out, 1, "lifecycle:model", "standard")?;
    boolean(out, 1, "personal-data", personal)
}

fn text(out: &mut dyn Write, depth: usize, key: &str, value: &str) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    writeln!(out, "{indent}<string key=\"{}\" value=\"{}\"/>", escaped(key), escaped(value))
}

fn date(out: &mut dyn Write, depth: usize, key: &str, at: Timestamp) -> io::Result<()> {
    writeln!(out, "{}<date key=\"{key}\" value=\"{}\"/>", "  ".repeat(depth), moment(at))
}

fn boolean(out: &mut dyn Write, depth: usize, key: &str, value: bool) -> io::Result<()> {
    writeln!(out, "{}<boolean key=\"{key}\" value=\"{value}\"/>", "  ".repeat(depth))
}

fn trace(out: &mut dyn Write, case: &CaseLog, scope: &ScopeLog) -> io::Result<()> {
    writeln!(out, "  <trace>")?;
    text(out, 2, "concept:name", &scope.name)?;
    text(out, 2, "net", &scope.net)?;
    text(out, 2, "case", &case.case)?;
    text(out, 2, "process", &case.process)?;
    text(out, 2, "release", &case.release)?;
    let state = match scope.state {
        ScopeState::Finished => "finished",
        ScopeState::Open => "open",
        ScopeState::CutOff => "cut-off",
    };
    text(out, 2, "state", state)?;
    if let Some(result) = case.result.as_ref().filter(|_| scope.above.is_none()) {
        text(out, 2, "result", result)?;
    }
    if let Some(above) = &scope.above {
        text(out, 2, "above", above)?;
    }
    if let Some(subject) = &scope.subject {
        text(out, 2, "subject", &subject.id)?;
    }
    for step in &scope.steps {
        event(out, step)?;
    }
    writeln!(out, "  </trace>")
}

fn event(out: &mut dyn Write, step: &LogStep) -> io::Result<()> {
    writeln!(out, "    <event>")?;
    text(out, 3, "concept:name", &step.activity)?;
    text(out, 3, "lifecycle:transition", "complete")?;
    date(out, 3, "time:timestamp", step.at)?;
    resource(out, step.by.as_ref())?;
    let optional = [("org:role", &step.role), ("org:group", &step.unit), ("task", &step.task)];
    for (key, value) in optional {
        if let Some(value) = value {
            text(out, 3, key, value)?;
        }
    }
    if let Some(other) = &step.on_behalf {
        text(out, 3, "on-behalf", &other.id)?;
    }
    if let Some(entered) = step.entered {
        date(out, 3, "entered", entered)?;
    }
    for (name, value) in &step.form {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text(out, 3, &format!("form:{name}"), &value)?;
    }
    writeln!(out, "    </event>")
}

fn resource(out: &mut dyn Write, person: Option<&Person>) -> io::Result<()> {
    let Some(person) = person else { return text(out, 3, "org:resource", ENGINE) };
    text(out, 3, "org:resource", &person.id)?;
    match &person.name {
        Some(name) => text(out, 3, "name", name),
        None => Ok(()),
    }
}

fn acts(out: &mut dyn Write, case: &CaseLog) -> io::Result<()> {
    writeln!(out, "  <trace>")?;
    text(out, 2, "concept:name", &case.case)?;
    text(out, 2, "process", &case.process)?;
    for act in &case.acts {
        one_act(out, act)?;
    }
    writeln!(out, "  </trace>")
}

fn one_act(out: &mut dyn Write, act: &Act) -> io::Result<()> {
    writeln!(out, "    <event>")?;
    let name = match &act.activity {
        Some(activity) => format!("{}:{activity}", act.act),
        None => act.act.clone(),
    };
    text(out, 3, "concept:name", &name)?;
    // An answer taken back, or outside of its net, is told as one that does not count.
    let transition = if act.act == "void" { "withdraw" } else { "complete" };
    text(out, 3, "lifecycle:transition", transition)?;
    date(out, 3, "time:timestamp", act.at)?;
    resource(out, act.by.as_ref())?;
    text(out, 3, "scope", &act.scope)?;
    for (key, value) in [("step", &act.step), ("task", &act.task)] {
        if let Some(value) = value {
            text(out, 3, key, value)?;
        }
    }
    if let Some(to) = &act.to {
        text(out, 3, "to", &to.id)?;
    }
    writeln!(out, "    </event>")
}
