//! One file of a release: its tree, what it says by its types, and what is wrong with it.
//!
//! Invariant: a pure function of path and text, so that what was read once need not be read again; a file with an error
//! among its findings says nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::Text;
use crate::definitions::Definitions;
use crate::file::{
    CodesFile, FactsFile, FormFile, MaterialsFile, NoticesFile, NumberingFile, OrganisationFile,
    ParametersFile, ProcessFile, RecordsFile, ScenarioFile, SharedStepsFile,
};
use crate::finding::{Change, Finding, Fix, Key, Route, Severity, Spot};
use crate::load::{MAX_FINDINGS, sort};
use crate::names;
use crate::places::Places;
use crate::route;
use crate::schema::FileKind;
use crate::shape;
use crate::untyped;
use crate::yaml::{self, Node};

/// What one file says, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct FileRead {
    /// The text that was read, without a byte order mark.
    pub(crate) text: Arc<str>,
    /// All findings, in the file's order.
    pub(crate) findings: Vec<Finding>,
    /// Where they point.
    pub(crate) places: Places,
    said: Said,
}

/// What a file says.
#[derive(Debug)]
enum Said {
    Nothing,
    Process(Box<ProcessFile>),
    Form(FormFile),
    Materials(MaterialsFile),
    Scenario(Box<ScenarioFile>),
    Steps(Box<SharedStepsFile>),
    Codes(CodesFile),
    Records(RecordsFile),
    Facts(Box<FactsFile>),
    Organisation(Box<OrganisationFile>),
    Calendars(Box<xueji_calendar::CalendarFile>),
    Parameters(ParametersFile),
    Numbering(NumberingFile),
    Notices(NoticesFile),
    Document(String),
    Rules,
}

impl FileRead {
    /// Reads a file that was accepted before: what its types can hold is taken, whatever is asked of its text by now.
    /// The findings tell why nothing could be taken.
    pub(crate) fn kept(path: &str, text: &str) -> Self {
        let mut read = Self::new(path, text);
        if !matches!(read.said, Said::Nothing) {
            read.findings.clear();
        } else if let Some((kind, _)) = FileKind::of(path)
            && let Ok(said) = said(kind, Parsed { path, text, tree: None })
        {
            (read.said, read.findings) = (said, Vec::new());
        }
        read
    }

    /// Reads a file.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut read = Self {
            text: text.into(),
            findings: Vec::new(),
            places: Places::default(),
            said: Said::Nothing,
        };
        if let Some((kind, id)) = FileKind::of(path) {
            read.yaml(path, text, kind, id);
            return read;
        }
        read.places.add(path, Arc::clone(&read.text), None);
        let template =
            path.strip_prefix("workflows/documents/").and_then(|name| name.strip_suffix(".html"));
        if let Some(id) = template.filter(|id| !id.contains('/')) {
            read.findings.extend(names::file_name(path, id));
            read.said = Said::Document(id.to_owned());
        } else if path.starts_with("rules/") && path.ends_with(".rhai") {
            read.said = Said::Rules;
        } else {
            read.findings.push(unknown(path));
        }
        read
    }

    /// Puts what the file says among the definitions.
    pub(crate) fn tell(&self, path: &str, all: &mut Definitions) {
        fn keep<T: Clone>(into: &mut BTreeMap<String, T>, id: &str, file: &T) {
            // The id is the file's name, or the file would not have come here; so no two files have the same.
            into.insert(id.to_owned(), file.clone());
        }
        match &self.said {
            Said::Nothing => {}
            Said::Process(file) => keep(&mut all.process_files, &file.process, file),
            Said::Form(file) => keep(&mut all.forms, &file.form, file),
            Said::Materials(file) => keep(&mut all.materials, &file.materials, file),
            Said::Scenario(file) => keep(&mut all.scenarios, &file.scenarios, file),
            Said::Steps(file) => all.steps.clone_from(file),
            Said::Codes(file) => all.codes.clone_from(file),
            Said::Records(file) => all.records.clone_from(file),
            Said::Facts(file) => all.facts_file.clone_from(file),
            Said::Organisation(file) => all.organisation.clone_from(file),
            Said::Calendars(file) => all.calendars.clone_from(file),
            Said::Parameters(file) => all.parameters.clone_from(file),
            Said::Numbering(file) => all.numbering.clone_from(file),
            Said::Notices(file) => all.notices.clone_from(file),
            Said::Document(id) => drop(all.documents.insert(id.clone(), self.text.to_string())),
            Said::Rules => drop(all.rules.insert(path.to_owned(), self.text.to_string())),
        }
    }

    fn yaml(&mut self, path: &str, text: &str, kind: FileKind, id: Option<&str>) {
        let (tree, mut findings) = yaml::read(path, text);
        if let Some(tree) = &tree {
            findings.extend(shape::check(path, tree, kind));
            findings.extend(names::check(path, tree, kind, id));
        }
        let readable = findings.iter().all(|f| f.severity != Severity::Error);
        if let Some(tree) = &tree {
            if readable {
                match said(kind, Parsed { path, text, tree: Some(tree) }) {
                    Ok(said) => self.said = said,
                    Err(finding) => findings.push(*finding),
                }
            }
            findings.extend(schema_comment(path, text, kind));
        }
        if let (FileKind::Process, Some(id)) = (kind, id) {
            findings.iter_mut().for_each(|finding| name(finding, id));
        }
        self.places.add(path, Arc::clone(&self.text), tree);
        sort(&mut findings, &self.places);
        if findings.len() > MAX_FINDINGS {
            let left = findings.len() - MAX_FINDINGS;
            findings.truncate(MAX_FINDINGS);
            let message = Text::new(
                format!("另有 {left} 个问题没有显示"),
                format!("{left} more findings are not shown"),
            );
            findings.push(Finding::error("findings-cut", path, Spot::File, message));
        }
        self.findings = findings;
    }
}

/// Types what a file says.
fn said(kind: FileKind, file: Parsed<'_>) -> Result<Said, Box<Finding>> {
    Ok(match kind {
        FileKind::Process => Said::Process(file.get()?),
        FileKind::Form => Said::Form(file.get()?),
        FileKind::Materials => Said::Materials(file.get()?),
        FileKind::Scenario => Said::Scenario(file.get()?),
        FileKind::Steps => Said::Steps(file.get()?),
        FileKind::Codes => Said::Codes(file.get()?),
        FileKind::Records => Said::Records(file.get()?),
        FileKind::Facts => Said::Facts(file.get()?),
        FileKind::Organisation => Said::Organisation(file.get()?),
        FileKind::Calendars => Said::Calendars(file.get()?),
        FileKind::Parameters => Said::Parameters(file.get()?),
        FileKind::Numbering => Said::Numbering(file.get()?),
        FileKind::Notices => Said::Notices(file.get()?),
    })
}

/// A file parsed, not yet typed.
struct Parsed<'a> {
    path: &'a str,
    text: &'a str,
    /// Its tree, if there is one that holds all that is written.
    tree: Option<&'a Node>,
}

impl Parsed<'_> {
    /// Types it. Trees tell no places: only what they refuse is read from the text again, which tells where.
    fn get<T: DeserializeOwned>(self) -> Result<T, Box<Finding>> {
        let Some(tree) = self.tree else {
            let value = parse(self.path, self.text)?;
            return serde_yaml::from_value(value).or_else(|_| parse(self.path, self.text));
        };
        untyped::typed(tree).or_else(|_| parse(self.path, self.text))
    }
}

/// Names the process that a finding is about, and the innermost step that its route goes through.
fn name(finding: &mut Finding, process: &str) {
    finding.process = Some(process.to_owned());
    let (Spot::Key(route) | Spot::Value(route) | Spot::Inside(route, ..)) = &finding.spot else {
        return;
    };
    let mut keys = route.0.iter();
    while let Some(key) = keys.next() {
        if (*key == Key::from("steps") || *key == Key::from("parallel"))
            && let Some(Key::Name(step)) = keys.next()
        {
            finding.step = Some(step.clone());
        }
    }
}

/// The typed reading. What it refuses after the shape was found good is told with its own words.
fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Box<Finding>> {
    serde_yaml::from_str(text).map_err(|error| {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
        let spot = error
            .location()
            .map_or(Spot::File, |at| Spot::At(small(at.line()), small(at.column())));
        let words = error.to_string();
        let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
        let message = Text::new(
            format!("值不合要求：{words}"),
            format!("the value is not accepted: {words}"),
        );
        Box::new(Finding::error("value-kind", path, spot, message))
    })
}

fn unknown(path: &str) -> Finding {
    let message = Text::new("没有哪一类定义使用这个文件", "no kind of definition uses this file");
    let finding = Finding::warning("file-unknown", path, Spot::File, message);
    if path.ends_with(".yml") {
        return finding.help(Text::new("扩展名改成 `.yaml`", "name it `.yaml`"));
    }
    match near_path(path) {
        Some(near) => finding
            .help(Text::new(format!("是否应为 `{near}`？"), format!("did you mean `{near}`?"))),
        None => finding.help(Text::new(
            "定义放在 `workflows/` 各文件夹，规则放在 `rules/*.rhai`",
            "definitions stand in the folders of `workflows/`, rules in `rules/*.rhai`",
        )),
    }
}

/// The path that a misnamed file or folder was probably meant to have.
fn near_path(path: &str) -> Option<String> {
    let name = path.strip_prefix("workflows/")?;
    if let Some((folder, rest)) = name.split_once('/') {
        let folders = FileKind::ALL.into_iter().filter_map(FileKind::folder).chain(["documents"]);
        let near = crate::nearest(folder, folders).filter(|near| *near != folder)?;
        return Some(format!("workflows/{near}/{rest}"));
    }
    let single =
        FileKind::ALL.into_iter().filter(|kind| kind.folder().is_none()).map(FileKind::name);
    let near = crate::nearest(name.strip_suffix(".yaml")?, single)?;
    Some(format!("workflows/{near}.yaml"))
}

fn schema_comment(path: &str, text: &str, kind: FileKind) -> Option<Finding> {
    let comment = kind.schema_comment();
    if text.lines().next().map(str::trim_end) == Some(comment.as_str()) {
        return None;
    }
    let message = Text::new("第一行没有写明 schema", "the first line names no schema");
    let help = Text::new(format!("第一行写：{comment}"), format!("begin the file with: {comment}"));
    // A line that names another schema is for a person to look at.
    let names_another = text.starts_with("# yaml-language-server:");
    let fix = (!names_another).then(|| Fix {
        title: Text::new("在第一行写明 schema", "name the schema in the first line"),
        changes: vec![Change::Insert {
            file: path.to_owned(),
            line: 1,
            lines: format!("{comment}\n"),
        }],
    });
    let finding = Finding::warning("schema-comment-missing", path, Spot::At(1, 1), message);
    Some(Finding { fix, ..finding.help(help) })
}

/// The route to a file's own id.
pub(crate) fn id_route(kind: FileKind) -> Option<Route> {
    Some(match kind {
        FileKind::Process => route!["process"],
        FileKind::Form => route!["form"],
        FileKind::Materials => route!["materials"],
        FileKind::Scenario => route!["scenarios"],
        _ => return None,
    })
}
