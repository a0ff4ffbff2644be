//! From the texts of a release to its definitions, with all findings and the places of all nodes.
//!
//! Invariant: total. Whatever the texts are, the answer comes in bounded time, one faulty file takes no other away, and
//! a file whose findings hold an error is not in the definitions.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::Text;
use crate::agree;
use crate::definitions::Definitions;
use crate::finding::{Finding, Key, Route, Severity, Spot};
use crate::folder::{MAX_FILES, Sources};
use crate::names;
use crate::places::Places;
use crate::route;
use crate::schema::{FileKind, schema_for};
use crate::shape;
use crate::yaml::{self, Node};

/// The most findings that are told of one file.
pub const MAX_FINDINGS: usize = 500;

/// What the texts of a release say, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The files that could be read.
    pub definitions: Definitions,
    /// All findings, by file, line, column and code.
    pub findings: Vec<Finding>,
    /// Where findings point.
    pub places: Places,
}

impl Loaded {
    /// Tells whether a finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Reads the texts of a release.
#[must_use]
pub fn load(sources: &Sources) -> Loaded {
    let mut loaded = Loaded::default();
    for (path, text) in sources.files.iter().take(MAX_FILES) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        loaded.file(path, text);
    }
    if sources.files.len() > MAX_FILES {
        let message = Text::new(
            format!("文件太多：最多 {MAX_FILES} 个"),
            format!("too many files: at most {MAX_FILES}"),
        );
        loaded.findings.push(Finding::error("too-many-files", "workflows", Spot::File, message));
    }
    let resolving = loaded.definitions.resolve();
    loaded.findings.extend(resolving);
    sort(&mut loaded.findings, &loaded.places);
    loaded
}

/// Orders findings by file, line, column and code.
pub fn sort(findings: &mut [Finding], places: &Places) {
    findings
        .sort_by_cached_key(|finding| (finding.file.clone(), places.place(finding), finding.code));
}

impl Loaded {
    fn file(&mut self, path: &str, text: &str) {
        if let Some((kind, id)) = FileKind::of(path) {
            self.yaml(path, text, kind, id);
            return;
        }
        self.places.add(path, text, None);
        let template =
            path.strip_prefix("workflows/documents/").and_then(|name| name.strip_suffix(".html"));
        if let Some(id) = template.filter(|id| !id.contains('/')) {
            self.findings.extend(names::file_name(path, id));
            self.definitions.documents.insert(id.to_owned(), text.to_owned());
        } else if path.starts_with("rules/") && path.ends_with(".rhai") {
            self.definitions.rules.insert(path.to_owned(), text.to_owned());
        } else {
            self.findings.push(unknown(path));
        }
    }

    fn yaml(&mut self, path: &str, text: &str, kind: FileKind, id: Option<&str>) {
        let (tree, mut findings) = yaml::read(path, text);
        if let Some(tree) = &tree {
            findings.extend(shape::check(path, tree, schema_for(kind)));
            findings.extend(names::check(path, tree, kind, id));
        }
        let readable = findings.iter().all(|f| f.severity != Severity::Error);
        if let Some(tree) = &tree {
            if readable && let Err(finding) = self.typed(path, text, tree, kind) {
                findings.push(*finding);
            }
            findings.extend(schema_comment(path, text, kind));
        }
        if let (FileKind::Process, Some(id)) = (kind, id) {
            findings.iter_mut().for_each(|finding| name(finding, id));
        }
        self.places.add(path, text, tree);
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
        self.findings.extend(findings);
    }

    fn typed(
        &mut self,
        path: &str,
        text: &str,
        tree: &Node,
        kind: FileKind,
    ) -> Result<(), Box<Finding>> {
        agree(path, text, tree)?;
        let all = &mut self.definitions;
        match kind {
            FileKind::Process => keep(path, text, &mut all.process_files, |file| &file.process),
            FileKind::Form => keep(path, text, &mut all.forms, |file| &file.form),
            FileKind::Materials => keep(path, text, &mut all.materials, |file| &file.materials),
            FileKind::Scenario => keep(path, text, &mut all.scenarios, |file| &file.scenarios),
            FileKind::Steps => take(path, text, &mut all.steps),
            FileKind::Codes => take(path, text, &mut all.codes),
            FileKind::Records => take(path, text, &mut all.records),
            FileKind::Facts => take(path, text, &mut all.facts_file),
            FileKind::Organisation => take(path, text, &mut all.organisation),
            FileKind::Calendars => take(path, text, &mut all.calendars),
            FileKind::Parameters => take(path, text, &mut all.parameters),
            FileKind::Numbering => take(path, text, &mut all.numbering),
            FileKind::Notices => take(path, text, &mut all.notices),
        }
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

fn agree(path: &str, text: &str, tree: &Node) -> Result<(), Box<Finding>> {
    let Some(route) = agree::first_difference(tree, &parse(path, text)?) else { return Ok(()) };
    let message = Text::new("这段文字有两种读法", "this text can be read in two ways");
    let help = Text::new("换一种写法，例如加引号", "write it another way, such as in quotes");
    Err(Box::new(Finding::error("yaml-ambiguous", path, Spot::Value(route), message).help(help)))
}

fn take<T: DeserializeOwned>(path: &str, text: &str, into: &mut T) -> Result<(), Box<Finding>> {
    *into = parse(path, text)?;
    Ok(())
}

fn keep<T: DeserializeOwned>(
    path: &str,
    text: &str,
    into: &mut BTreeMap<String, T>,
    id: impl Fn(&T) -> &String,
) -> Result<(), Box<Finding>> {
    let file: T = parse(path, text)?;
    // The id is the file's name, or the file would not have come here; so no two files have the same.
    into.insert(id(&file).clone(), file);
    Ok(())
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
    Some(Finding::warning("schema-comment-missing", path, Spot::At(1, 1), message).help(help))
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
