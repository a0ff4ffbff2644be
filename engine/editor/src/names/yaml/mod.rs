//! The names in a YAML file, found by walking its tree beside its schema; with a mark in the text, what may stand there.
//!
//! Invariant: needs a tree and nothing more: a file that breaks its schema elsewhere has its names all the same.

mod answers;
mod scalars;
mod special;

use serde_json::Value;
use xueji_definition::finding::{Route, Spot};
use xueji_definition::yaml::{Kind as Node_, Node};
use xueji_definition::{FileKind, Place};

use special::{over, started};

use super::{FieldShape, FileNames, Kind, Mention, Over, Owner, Row, Within, meaning};

/// What stands for the cursor in a text that is looked into.
pub(crate) const MARK: &str = "xuejimark0";

/// What may stand at the mark.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    /// A key of a group whose keys are known.
    Key { schema: &'static Value, present: Vec<String> },
    /// A key of a group whose keys name things.
    FreeKey { kind: Kind, owner: Owner, present: Vec<String> },
    /// A key of a group of fields that stands in a field.
    FieldKey { kind: Kind, owner: Owner, path: Vec<String>, present: Vec<String> },
    /// A value.
    Value { kind: Option<Kind>, schema: &'static Value, owner: Owner },
    /// A place in an expression, whose text up to the mark is told.
    Expression { before: String, within: Within },
    /// Nothing is known of what may stand here.
    Free,
}

/// What is known from above of the place that is walked.
#[derive(Debug, Clone)]
struct Frame {
    within: Within,
    /// Whose fields are named here.
    record: Owner,
    /// Whose steps and form fields are named here.
    process: Owner,
    over: Option<Over>,
    /// The step that is walked.
    step: Option<String>,
    /// The branch of several steps that is walked.
    branch: Option<String>,
    /// Whose outcomes the ends are.
    scope: String,
    /// Whose outcomes are named, where it is not the step.
    answers: Option<Owner>,
}

struct Walk<'s> {
    file: &'s str,
    root: &'static Value,
    names: FileNames,
    slot: Option<Slot>,
}

/// Returns the names in a YAML file that could be read.
pub(crate) fn file(
    path: &str,
    text: &str,
    tree: Node,
    kind: FileKind,
    id: Option<&str>,
) -> FileNames {
    walk(path, text, tree, kind, id).0
}

/// Returns what may stand at the mark in a text.
pub(crate) fn slot(
    path: &str,
    text: &str,
    tree: Node,
    kind: FileKind,
    id: Option<&str>,
) -> Option<Slot> {
    walk(path, text, tree, kind, id).1
}

fn walk(
    path: &str,
    text: &str,
    tree: Node,
    kind: FileKind,
    id: Option<&str>,
) -> (FileNames, Option<Slot>) {
    let own = match kind {
        FileKind::Process => Kind::Process,
        FileKind::Form => Kind::Form,
        FileKind::Materials => Kind::Materials,
        FileKind::Scenario => Kind::Scenario,
        FileKind::Steps => Kind::SharedStep,
        FileKind::Codes => Kind::Codes,
        FileKind::Records => Kind::Record,
        FileKind::Facts => Kind::Fact,
        FileKind::Numbering => Kind::Series,
        FileKind::Notices => Kind::Notice,
        FileKind::Organisation => Kind::Role,
        FileKind::Calendars => Kind::Window,
        FileKind::Parameters => Kind::Parameter,
    };
    let within = (own, id.unwrap_or_default().to_owned());
    let here = Owner::Of(within.0, within.1.clone());
    let frame = Frame {
        record: Owner::Subject(Box::new(here.clone())),
        process: here,
        scope: format!("{}/", within.1),
        within,
        over: None,
        step: None,
        branch: None,
        answers: None,
    };
    let mut walk = Walk {
        file: path,
        root: xueji_definition::schema::schema_for(kind),
        names: FileNames::default(),
        slot: None,
    };
    walk.names.places.add(path, text, Some(tree.clone()));
    walk.node(&tree, walk.root, ("", ""), &Route::default(), &frame);
    (walk.names, walk.slot)
}

impl Walk<'_> {
    /// Returns a schema without references, and the name of the group that it describes.
    fn resolve(&self, schema: &'static Value) -> (Option<&'static str>, &'static Value) {
        let (mut name, mut schema) = (None, schema);
        for _ in 0..8 {
            if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
                let own = path.rsplit('/').next().unwrap_or(path);
                let Some(inner) = self.root.get("definitions").and_then(|all| all.get(own)) else {
                    break;
                };
                (name, schema) = (Some(own), inner);
            } else if let Some(inner) = schema.get("allOf").and_then(|all| all.get(0)) {
                schema = inner;
            } else {
                break;
            }
        }
        (name.or_else(|| schema.get("title").and_then(Value::as_str)), schema)
    }

    fn node(
        &mut self,
        node: &Node,
        schema: &'static Value,
        at: (&str, &str),
        route: &Route,
        frame: &Frame,
    ) {
        let (name, schema) = self.resolve(schema);
        if name == Some("Expr") {
            return self.expression(node, route, frame);
        }
        match &node.kind {
            Node_::Mapping(_) if schema.get("properties").is_some() => {
                self.group(node, name.unwrap_or_default(), schema, route, frame);
            }
            Node_::Mapping(entries) => self.free(entries, schema, at, route, frame),
            Node_::Sequence(items) => {
                let of = schema.get("items").unwrap_or(&Value::Null);
                for (index, item) in items.iter().enumerate() {
                    self.node(item, of, at, &route.then(index), frame);
                }
            }
            Node_::Scalar(scalar) => self.scalar(&scalar.text, schema, at, route, frame),
            Node_::Refused => {}
        }
    }

    /// A group whose keys are known.
    fn group(
        &mut self,
        node: &Node,
        name: &str,
        schema: &'static Value,
        route: &Route,
        frame: &Frame,
    ) {
        let Node_::Mapping(entries) = &node.kind else { return };
        let frame = self.frame(node, name, frame);
        let properties = schema.get("properties");
        for (key, value) in entries {
            let text = key.scalar.text.as_str();
            let below = route.then(text);
            if text.contains(MARK) {
                let others = entries.iter().map(|(key, _)| key.scalar.text.clone());
                let present = others.filter(|other| other != text).collect();
                self.slot = Some(Slot::Key { schema, present });
            }
            let of = properties.and_then(|all| all.get(text)).unwrap_or(&Value::Null);
            if name == "Text" && frame.within.0 == Kind::Notice {
                self.braces(value, &below, &frame);
            }
            if (name, text) == ("ProcessFile", "start") {
                let owner = self.owner(Kind::Step, true, &frame);
                self.emit(Kind::Step, text, Spot::Key(below.clone()), "", owner, true, &frame);
            }
            self.special(name, text, value, &below, &frame);
            self.node(value, of, (name, text), &below, &frame);
        }
    }

    /// What is known below a group that was not known above it.
    fn frame(&mut self, node: &Node, name: &str, above: &Frame) -> Frame {
        let mut frame = above.clone();
        let said = |key: &str| node.get(key).and_then(text_of);
        match name {
            "ProcessFile" => {
                if let Some(record) = said("subject") {
                    self.names.subjects.push((above.within.1.clone(), record.to_owned()));
                }
            }
            "Scenario" | "ScenarioFile" => frame.process = Owner::Processes(started(node)),
            "StartAct" | "Call" => {
                if let Some(process) = said("process") {
                    frame.process = Owner::Processes(vec![process.to_owned()]);
                }
            }
            "SetEffect" | "CreateEffect" => {
                if let Some(record) = said("record") {
                    frame.record = Owner::Of(Kind::Record, record.to_owned());
                }
            }
            "GivenRecord" | "PutRecord" => {
                let record = said("type").unwrap_or_default();
                frame.record = Owner::Of(Kind::Record, record.to_owned());
            }
            "Fact" | "Query" => {
                let over = node.get("over").and_then(over);
                if let Some(over) = &over {
                    self.names.overs.push((above.within.clone(), over.clone()));
                    if let Over::Records(record) = over {
                        frame.record = Owner::Of(Kind::Record, record.clone());
                    }
                }
                frame.over = over;
            }
            "ForEach" => {
                if let Some(query) = said("items") {
                    let subject = said("subject") == Some("true");
                    self.names.rows.push(Row {
                        within: above.within.clone(),
                        query: query.to_owned(),
                        subject,
                    });
                }
            }
            _ => {}
        }
        self.answering(name, node, &mut frame);
        frame
    }

    /// A group whose keys are free.
    fn free(
        &mut self,
        entries: &[(xueji_definition::yaml::KeyNode, Node)],
        schema: &'static Value,
        at: (&str, &str),
        route: &Route,
        frame: &Frame,
    ) {
        let of = schema.get("additionalProperties").unwrap_or(&Value::Null);
        let meant = meaning::keys(at.0, at.1);
        for (key, value) in entries {
            let name = key.scalar.text.as_str();
            let below = route.then(name);
            let mut inner = frame.clone();
            let mut field = None;
            // A branch of several steps is none itself, and papers stand among the form's fields.
            let branch = at == ("Step", "parallel") && value.get("steps").is_some();
            let papers = meant == Some((Kind::FormField, false)) && name == "materials";
            if papers {
                self.papers(value, &below, frame);
                continue;
            }
            if let Some((kind, defines)) = meant.filter(|_| !branch) {
                let owner = self.owner(kind, defines, frame);
                if name.contains(MARK) {
                    let present = entries
                        .iter()
                        .map(|(key, _)| key.scalar.text.clone())
                        .filter(|k| k != name)
                        .collect();
                    let slot = Slot::FreeKey { kind, owner, present };
                    self.slot = Some(if defines { Slot::Free } else { slot });
                } else {
                    self.emit(
                        kind,
                        name,
                        Spot::Key(below.clone()),
                        "",
                        owner.clone(),
                        defines,
                        frame,
                    );
                    if meaning::holds_literals(at.0, at.1) {
                        field = Some(Owner::Field(kind, name.to_owned(), Box::new(owner)));
                    }
                }
                if defines {
                    self.defined(kind, name, value, &mut inner);
                }
            }
            if branch {
                inner.branch = Some(name.to_owned());
            }
            match field {
                Some(owner) => self.literal(value, &below, owner, &[], frame),
                None => self.node(value, of, at, &below, &inner),
            }
        }
    }

    /// What a definition changes for what stands below it.
    fn defined(&mut self, kind: Kind, name: &str, value: &Node, inner: &mut Frame) {
        let named = (kind, name.to_owned());
        match kind {
            Kind::Step => inner.step = Some(name.to_owned()),
            Kind::SharedStep => {
                inner.within = named;
                inner.step = Some(name.to_owned());
                inner.process = Owner::Of(kind, name.to_owned());
                inner.record = Owner::Subject(Box::new(inner.process.clone()));
            }
            Kind::Fact | Kind::Query | Kind::Notice | Kind::Series | Kind::Record | Kind::Codes => {
                inner.within = named;
                let here = Owner::Of(kind, name.to_owned());
                inner.process = here.clone();
                inner.record =
                    if kind == Kind::Record { here } else { Owner::Subject(Box::new(here)) };
            }
            Kind::FormField | Kind::RecordField => {
                let said = |key: &str| value.get(key).and_then(text_of).map(str::to_owned);
                self.names.fields.push(FieldShape {
                    kind,
                    owner: inner.within.1.clone(),
                    name: name.to_owned(),
                    codes: said("codes"),
                    record: said("record"),
                });
            }
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        schema: &'static Value,
        at: (&str, &str),
        route: &Route,
        frame: &Frame,
    ) {
        let kind = meaning::value(at.0, at.1);
        let owner = kind.map_or(Owner::Global, |kind| self.owner(kind, false, frame));
        if text.contains(MARK) && self.slot.is_some() {
            return;
        }
        if text.contains(MARK) {
            let is_free = schema.get("additionalProperties").is_some_and(Value::is_object);
            self.slot = Some(if schema.get("properties").is_some() {
                Slot::Key { schema, present: Vec::new() }
            } else if let Some((kind, false)) = meaning::keys(at.0, at.1).filter(|_| is_free) {
                let owner = self.owner(kind, false, frame);
                Slot::FreeKey { kind, owner, present: Vec::new() }
            } else {
                Slot::Value { kind, schema, owner }
            });
            return;
        }
        // A condition's literals are codes if its field holds codes.
        if at.0 == "Condition" && matches!(at.1, "is" | "is-not" | "in") {
            return self.condition(text, route, frame);
        }
        if at == ("Step", "end") {
            let owner = Owner::Of(Kind::Step, frame.scope.clone());
            return self.emit(
                Kind::Outcome,
                text,
                Spot::Value(route.clone()),
                "",
                owner,
                true,
                frame,
            );
        }
        let Some(kind) = kind.filter(|_| !text.is_empty()) else { return };
        let defines = meaning::defines(at.0, at.1);
        let owner = if defines { self.owner(kind, true, frame) } else { owner };
        let named = if kind == Kind::Person { text.trim() } else { text };
        self.emit(kind, named, Spot::Value(route.clone()), "", owner, defines, frame);
    }

    fn owner(&self, kind: Kind, defines: bool, frame: &Frame) -> Owner {
        let here = || Owner::Of(frame.within.0, frame.within.1.clone());
        match kind {
            Kind::Step | Kind::FormField if !defines => frame.process.clone(),
            Kind::Outcome if frame.answers.is_some() => {
                frame.answers.clone().unwrap_or(Owner::Global)
            }
            Kind::Outcome => {
                let step = frame.step.as_deref().unwrap_or_default();
                Owner::Of(Kind::Step, format!("{}/{step}", frame.within.1))
            }
            Kind::Step | Kind::Effect | Kind::FormField | Kind::Paper => here(),
            Kind::RecordField if defines => here(),
            Kind::RecordField => frame.record.clone(),
            Kind::Code => here(),
            _ => Owner::Global,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each says one thing of the mention")]
    fn emit(
        &mut self,
        kind: Kind,
        name: &str,
        spot: Spot,
        before: &str,
        owner: Owner,
        defines: bool,
        frame: &Frame,
    ) {
        let place = self.names.places.spot(self.file, &spot);
        let line = self.names.places.line_text(self.file, place.line).unwrap_or_default();
        let place = shrink(line, place, before, name).unwrap_or(place);
        let (Spot::Key(route) | Spot::Value(route)) = spot else { return };
        let route = Some(if meaning_of_own(kind, defines) { Route::default() } else { route })
            .filter(|_| defines);
        let within = frame.within.clone();
        self.names.mentions.push(Mention {
            kind,
            name: name.to_owned(),
            place,
            owner,
            within,
            defines,
            route,
        });
    }
}

/// A thing that is a file of its own is told by its file's root.
fn meaning_of_own(kind: Kind, defines: bool) -> bool {
    defines && matches!(kind, Kind::Process | Kind::Form | Kind::Materials | Kind::Scenario)
}

/// Makes a place as narrow as a word that stands in it, behind what stands before the word.
fn shrink(line: &str, place: Place, before: &str, word: &str) -> Option<Place> {
    let chars: Vec<char> = line.chars().collect();
    let from = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let sought: Vec<char> = before.chars().chain(word.chars()).collect();
    let at = (from..=from + 3)
        .find(|at| chars.get(*at..*at + sought.len()) == Some(sought.as_slice()))?;
    let column = u32::try_from(at + before.chars().count()).ok()? + 1;
    let end_column = column + u32::try_from(word.chars().count()).ok()?;
    Some(Place { line: place.line, column, end_line: place.line, end_column })
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.kind {
        Node_::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}
