//! OCEL 2.0 as JSON: objects are cases, scopes, tasks, subjects, persons and releases; events are steps and acts.
//!
//! Objects are written as they come; events wait in a spool that the caller gives, and follow at the end.
//!
//! Invariant: every object that an event or another object names is written once, before the end.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read, Seek, SeekFrom, Write};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::json::Items;
use super::{Act, CaseLog, LogStep, Object, Person, ScopeLog, moment};

/// The object type of persons of whom no record is known.
const PERSON: &str = "person";

/// Writes one log.
pub struct Ocel<W, S> {
    out: W,
    spool: S,
    objects: Items,
    events: Items,
    /// Objects that come again in other cases, once written.
    written: HashSet<String>,
    object_types: BTreeSet<String>,
    event_types: BTreeSet<String>,
    personal: bool,
}

impl<W, S> std::fmt::Debug for Ocel<W, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ocel").field("object_types", &self.object_types).finish_non_exhaustive()
    }
}

/// The attributes of events, all text.
const EVENT_ATTRIBUTES: [&str; 4] = ["step", "role", "unit", "activity"];

impl<W: Write, S: Read + Write + Seek> Ocel<W, S> {
    /// Begins a log.
    ///
    /// # Errors
    /// What writing answers.
    pub fn new(mut out: W, spool: S, personal: bool) -> io::Result<Self> {
        out.write_all(b"{\n\"objects\": [")?;
        Ok(Self {
            out,
            spool,
            objects: Items::default(),
            events: Items::default(),
            written: HashSet::new(),
            object_types: BTreeSet::new(),
            event_types: BTreeSet::new(),
            personal,
        })
    }

    /// Writes one case.
    ///
    /// # Errors
    /// What writing answers.
    pub fn case(&mut self, case: &CaseLog) -> io::Result<()> {
        let about = case.subject.as_ref().map(|subject| (subject.id.as_str(), "about"));
        let relations = [Some((case.release.as_str(), "on-release")), about];
        self.once("release", &case.release, &[], &[])?;
        self.subject(case.subject.as_ref())?;
        let attributes = [
            ("process", case.process.as_str()),
            ("state", &case.state),
            ("result", case.result.as_deref().unwrap_or("")),
            // The calling case need not be in the log.
            ("called-by", case.parent.as_deref().unwrap_or("")),
        ];
        let relations: Vec<_> = relations.into_iter().flatten().collect();
        self.object("case", &case.case, &attributes, &relations, case.started)?;
        for scope in &case.scopes {
            self.scope(case, scope)?;
        }
        let mut tasks = HashSet::new();
        for scope in &case.scopes {
            for step in &scope.steps {
                self.step(case, scope, step, &mut tasks)?;
            }
        }
        for act in &case.acts {
            self.act(case, act, &mut tasks)?;
        }
        Ok(())
    }

    fn scope(&mut self, case: &CaseLog, scope: &ScopeLog) -> io::Result<()> {
        let name = scope_id(&scope.name);
        let above = scope.above.as_deref().map(scope_id);
        let mut relations = vec![(case.case.as_str(), "of-case")];
        relations.extend(above.as_deref().map(|above| (above, "opened-by")));
        relations.extend(scope.subject.as_ref().map(|subject| (subject.id.as_str(), "about")));
        self.subject(scope.subject.as_ref())?;
        let state = serde_json::to_value(scope.state).unwrap_or_default();
        let attributes =
            [("net", scope.net.as_str()), ("state", state.as_str().unwrap_or_default())];
        self.object("scope", &name, &attributes, &relations, case.started)
    }

    fn step(
        &mut self,
        case: &CaseLog,
        scope: &ScopeLog,
        step: &LogStep,
        tasks: &mut HashSet<String>,
    ) -> io::Result<()> {
        let mut relations = self.relations(case, &scope.name, scope.subject.as_ref());
        if let Some(task) = self.task(&scope.name, step.task.as_deref(), step.at, tasks)? {
            relations.push(relation(&task, "answers"));
        }
        self.person(step.by.as_ref(), "by", &mut relations)?;
        self.person(step.on_behalf.as_ref(), "on-behalf-of", &mut relations)?;
        let kind = format!("{}/{}", case.process, step.activity);
        let values = [
            ("step", Some(step.step.as_str())),
            ("role", step.role.as_deref()),
            ("unit", step.unit.as_deref()),
            ("activity", Some(step.activity.as_str())),
        ];
        let form = step.form.iter().map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            json!({"name": format!("form:{name}"), "value": value})
        });
        let values = attributes(&values).into_iter().chain(form).collect::<Vec<_>>();
        self.event(case, step.seq, step.at, &kind, values, relations)
    }

    fn act(&mut self, case: &CaseLog, act: &Act, tasks: &mut HashSet<String>) -> io::Result<()> {
        let mut relations = self.relations(case, &act.scope, None);
        if let Some(task) = self.task(&act.scope, act.task.as_deref(), act.at, tasks)? {
            relations.push(relation(&task, "on-task"));
        }
        self.person(act.by.as_ref(), "by", &mut relations)?;
        self.person(act.to.as_ref(), "to", &mut relations)?;
        let values = [("step", act.step.as_deref()), ("activity", act.activity.as_deref())];
        let kind = format!("act/{}", act.act);
        self.event(case, act.seq, act.at, &kind, attributes(&values), relations)
    }

    fn relations(&self, case: &CaseLog, scope: &str, row: Option<&Object>) -> Vec<Json> {
        let mut relations = vec![
            relation(&case.case, "of-case"),
            relation(&case.release, "on-release"),
            relation(&scope_id(scope), "in-scope"),
        ];
        let about = row.or(case.subject.as_ref());
        relations.extend(about.map(|subject| relation(&subject.id, "about")));
        relations
    }

    fn task(
        &mut self,
        scope: &str,
        task: Option<&str>,
        at: Timestamp,
        tasks: &mut HashSet<String>,
    ) -> io::Result<Option<String>> {
        let Some(task) = task else { return Ok(None) };
        let id = format!("task {task}");
        if tasks.insert(id.clone()) {
            self.object("task", &id, &[], &[(&scope_id(scope), "in-scope")], at)?;
        }
        Ok(Some(id))
    }

    fn person(
        &mut self,
        person: Option<&Person>,
        qualifier: &str,
        relations: &mut Vec<Json>,
    ) -> io::Result<()> {
        let Some(person) = person else { return Ok(()) };
        let name = person.name.as_deref().map(|name| ("name", name));
        let attributes: Vec<_> = name.into_iter().collect();
        let kind = self.kind_of_person(&person.id);
        self.once(&kind, &person.id, &attributes, &[])?;
        relations.push(relation(&person.id, qualifier));
        Ok(())
    }

    /// A person who is a record is an object of that type, under the same id.
    fn kind_of_person(&self, id: &str) -> String {
        let between = if self.personal { ':' } else { '-' };
        match id.rsplit_once(between) {
            Some((kind, _)) if kind != "p" => kind.to_owned(),
            _ => PERSON.to_owned(),
        }
    }

    fn subject(&mut self, subject: Option<&Object>) -> io::Result<()> {
        match subject {
            Some(subject) => self.once(&subject.kind, &subject.id, &[], &[]),
            None => Ok(()),
        }
    }

    /// Writes an object that may come again, the first time that it comes.
    fn once(
        &mut self,
        kind: &str,
        id: &str,
        attributes: &[(&str, &str)],
        relations: &[(&str, &str)],
    ) -> io::Result<()> {
        if self.written.insert(id.to_owned()) {
            self.object(kind, id, attributes, relations, Timestamp::UNIX_EPOCH)?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        kind: &str,
        id: &str,
        attributes: &[(&str, &str)],
        relations: &[(&str, &str)],
        at: Timestamp,
    ) -> io::Result<()> {
        self.object_types.insert(kind.to_owned());
        let attribute = |(name, value): &(&str, &str)| json!({"name": name, "value": value, "time": moment(at)});
        let object = json!({
            "id": id,
            "type": kind,
            "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
            "relationships": relations.iter().map(|(id, how)| relation(id, how)).collect::<Vec<_>>(),
        });
        self.objects.push(&mut self.out, &object)
    }

    fn event(
        &mut self,
        case: &CaseLog,
        seq: u64,
        at: Timestamp,
        kind: &str,
        attributes: Vec<Json>,
        relations: Vec<Json>,
    ) -> io::Result<()> {
        self.event_types.insert(kind.to_owned());
        let event = json!({
            "id": format!("{}#{seq}", case.case),
            "type": kind,
            "time": moment(at),
            "attributes": attributes,
            "relationships": relations,
        });
        self.events.push(&mut self.spool, &event)
    }

    /// Ends the log.
    ///
    /// # Errors
    /// What writing answers.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n],\n\"events\": [")?;
        self.spool.flush()?;
        self.spool.seek(SeekFrom::Start(0))?;
        io::copy(&mut self.spool, &mut self.out)?;
        let text = |name: &str| json!({"name": name, "type": "string"});
        let named = |name: &str, attributes: Vec<Json>| {
            let mut entry = Map::new();
            entry.insert("name".to_owned(), Json::from(name));
            entry.insert("attributes".to_owned(), Json::from(attributes));
            Json::Object(entry)
        };
        let of_object = |kind: &str| match kind {
            "case" => ["process", "state", "result", "called-by"].map(text).to_vec(),
            "scope" => ["net", "state"].map(text).to_vec(),
            _ if self.personal => vec![text("name")],
            _ => Vec::new(),
        };
        let objects: Vec<Json> =
            self.object_types.iter().map(|kind| named(kind, of_object(kind))).collect();
        let events: Vec<Json> = self
            .event_types
            .iter()
            .map(|kind| named(kind, EVENT_ATTRIBUTES.map(text).to_vec()))
            .collect();
        let rest =
            json!({"objectTypes": objects, "eventTypes": events, "personalData": self.personal});
        let rest = rest.to_string();
        // The rest goes on in the object that the log is.
        write!(self.out, "\n],\n{}\n", rest.trim_start_matches('{'))?;
        self.out.flush()
    }
}

fn scope_id(name: &str) -> String {
    format!("scope {name}")
}

fn relation(id: &str, qualifier: &str) -> Json {
    json!({"objectId": id, "qualifier": qualifier})
}

fn attributes(values: &[(&str, Option<&str>)]) -> Vec<Json> {
    let given = values.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    given.map(|(name, value)| json!({"name": name, "value": value})).collect()
}
