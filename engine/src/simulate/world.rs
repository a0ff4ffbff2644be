//! A world in memory in which simulated people act: all that was decided, and what follows by itself.
//!
//! Invariant: it changes by decisions alone, each kept whole; what it holds of a case is what its events say.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use xueji_calendar::Calendar;
use xueji_definition::file::{MaterialKind, OrganisationFile};
use xueji_definition::value::{Fields, Value};
use xueji_runtime::command::{CaseAct, RawForm, Start};
use xueji_runtime::event::{OutgoingMessage, Timer, TimerKind};
use xueji_runtime::state::{Allocated, Instance, InstanceState, Open, Scope};
use xueji_runtime::view::{CaseRow, MaterialInfo};
use xueji_runtime::{
    Actor, Command, Context, Decision, Event, ReadError, Record, RecordId, Recorded, Refusal,
    Release, ScopePath, View,
};

use super::records::{ByType, Records};

/// What decides: the runtime's own, or one that a test puts in its place.
pub type Decide = fn(&dyn View, &Command, &Context) -> Result<Decision, Refusal>;

/// A command that was carried out, with what it brought about.
pub(super) struct Done {
    pub(super) command: Command,
    pub(super) actor: Actor,
    /// The case.
    pub(super) instance: String,
    /// What happened.
    pub(super) events: Vec<Recorded>,
    /// The paths of the scopes that were looked at or changed.
    scopes: Vec<String>,
    /// The scope that it named, as it was before.
    pub(super) before: Option<Scope>,
}

/// A case: its header, and its scopes by their paths.
pub(super) struct Case {
    pub(super) header: Instance,
    pub(super) scopes: BTreeMap<String, Scope>,
    /// The paths of the case's own scope, and of its rows that have a subject.
    rows: BTreeSet<String>,
}

/// All that has been decided.
pub(super) struct World {
    pub(super) release: Arc<Release>,
    pub(super) calendar: Arc<Calendar>,
    decide: Decide,
    pub(super) now: Timestamp,
    pub(super) cases: BTreeMap<String, Case>,
    records: Records,
    serials: BTreeMap<(String, String), u64>,
    allocated: BTreeMap<(String, String), Allocated>,
    /// For which key each number of a series was given out.
    given: BTreeMap<(String, String), String>,
    /// A number that was given out for two keys.
    pub(super) given_twice: Option<String>,
    timers: BTreeMap<(Timestamp, u64), (String, Timer)>,
    queue: VecDeque<Command>,
    made: u64,
    timed: u64,
}

impl World {
    pub(super) fn new(
        release: &Arc<Release>,
        calendar: &Arc<Calendar>,
        records: &ByType,
        decide: Decide,
        now: Timestamp,
    ) -> Self {
        Self {
            release: Arc::clone(release),
            calendar: Arc::clone(calendar),
            decide,
            now,
            cases: BTreeMap::new(),
            records: Records::new(records),
            serials: BTreeMap::new(),
            allocated: BTreeMap::new(),
            given: BTreeMap::new(),
            given_twice: None,
            timers: BTreeMap::new(),
            queue: VecDeque::new(),
            made: 0,
            timed: 0,
        }
    }

    pub(super) fn add_record(&mut self, record: Record) {
        self.records.put(record);
    }

    /// Decides a command, and keeps what it brings about.
    pub(super) fn submit(&mut self, actor: Actor, command: Command) -> Result<Done, Refusal> {
        let context = Context {
            now: self.now,
            actor: actor.clone(),
            new_instance: format!("c{}", self.made + 1),
        };
        let decision = (self.decide)(self, &command, &context)?;
        if matches!(command, Command::Start(_)) {
            self.made += 1;
        }
        if let Command::Start(Start { parent: Some(parent), .. }) = &command {
            let called = decision.instance.clone();
            self.queue.push_front(Command::Called { parent: parent.clone(), called });
        }
        let before = match &command {
            Command::Complete { instance, scope, .. } => self.scope_of(instance, scope).cloned(),
            _ => None,
        };
        let instance = decision.instance.clone();
        let scopes = decision.state.scopes.keys().cloned().collect();
        let events = self.keep(decision);
        Ok(Done { command, actor, instance, events, scopes, before })
    }

    /// Carries out the next thing that follows from what was decided.
    pub(super) fn follow(&mut self) -> Option<Result<Done, Refusal>> {
        let next = self.queue.pop_front()?;
        Some(self.submit(Actor::Engine, next))
    }

    /// Returns when the next timer is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.timers.keys().next().map(|(due, _)| *due)
    }

    /// Fires the next timer at its time.
    pub(super) fn fire(&mut self) -> Option<Result<Done, Refusal>> {
        let ((due, _), (instance, timer)) = self.timers.pop_first()?;
        self.now = self.now.max(due);
        Some(self.submit(Actor::Engine, Command::Fire { instance, timer }))
    }

    /// Keeps what was decided, and returns what happened.
    fn keep(&mut self, decision: Decision) -> Vec<Recorded> {
        let Decision { instance: id, state, events, .. } = decision;
        if let Some(header) = state.instance {
            match self.cases.get_mut(&id) {
                Some(case) => case.header = header,
                None => {
                    let (scopes, rows) = (BTreeMap::new(), BTreeSet::new());
                    self.cases.insert(id.clone(), Case { header, scopes, rows });
                }
            }
        }
        for record in state.records.into_values() {
            self.add_record(record);
        }
        for number in state.numbers {
            self.count(number);
        }
        if let Some(case) = self.cases.get_mut(&id) {
            let rows =
                state.scopes.iter().filter(|(_, it)| it.path.is_root() || it.subject.is_some());
            case.rows.extend(rows.map(|(path, _)| path.clone()));
            case.scopes.extend(state.scopes);
        }
        for recorded in &events {
            self.follow_up(&id, &recorded.event);
        }
        events
    }

    /// Counts a number as given out.
    fn count(&mut self, number: Allocated) {
        let bucket = (number.series.clone(), number.bucket.clone());
        let last = self.serials.entry(bucket).or_default();
        *last = (*last).max(number.serial);
        let text = (number.series.clone(), number.text.clone());
        let first = self.given.entry(text).or_insert_with(|| number.key.clone());
        if *first != number.key {
            self.given_twice = Some(number.text.clone());
        }
        self.allocated.insert((number.series.clone(), number.key.clone()), number);
    }

    /// Returns the scopes that a command looked at or changed, with their paths.
    pub(super) fn scopes_of<'w>(
        &'w self,
        done: &'w Done,
    ) -> impl Iterator<Item = (&'w String, &'w Scope)> {
        let case = self.cases.get(&done.instance).into_iter();
        let of =
            |case: &'w Case| done.scopes.iter().filter_map(|path| case.scopes.get_key_value(path));
        case.flat_map(of)
    }

    fn follow_up(&mut self, id: &str, event: &Event) {
        match event {
            Event::TimerSet { timer } => match &timer.what {
                TimerKind::Deliver { message } => self.spread(message),
                _ => {
                    self.timed += 1;
                    self.timers.insert((timer.due, self.timed), (id.to_owned(), timer.clone()));
                }
            },
            Event::MessageSent { message } => self.spread(message),
            Event::CallRequested { process, subject, form, parent, .. } => {
                let applicant = self.header(id).map(|header| header.applicant.clone());
                self.queue.push_back(Command::Start(Start {
                    process: process.clone(),
                    subject: subject.as_ref().map(|subject| subject.id.clone()),
                    form: raw(form),
                    parent: parent.clone(),
                    applicant,
                    ..Start::default()
                }));
            }
            Event::ParentTold { parent, result } => self
                .queue
                .push_back(Command::CallEnded { parent: parent.clone(), result: result.clone() }),
            Event::CalledEnded { called } => self.queue.push_back(Command::Case {
                instance: called.clone(),
                act: CaseAct::Terminate { reason: "with its caller".to_owned() },
            }),
            _ => {}
        }
    }

    fn spread(&mut self, message: &OutgoingMessage) {
        let mut found = Vec::new();
        for (instance, Case { scopes, .. }) in &self.cases {
            let waits = |scope: &&Scope| match &scope.open {
                Some(Open::Wait { message: name, key, interrupts, .. }) => {
                    (name.as_deref() == Some(&message.name) && *key == message.key)
                        || (interrupts.contains(&message.name) && *instance == message.key)
                }
                _ => false,
            };
            found.extend(
                scopes
                    .values()
                    .filter(waits)
                    .filter(|scope| self.is_alive(instance, &scope.path))
                    .map(|scope| (instance.clone(), scope.path.clone())),
            );
        }
        for (instance, scope) in found {
            let message = message.clone();
            self.queue.push_back(Command::Deliver { instance, scope, message });
        }
    }

    /// Returns a case's header.
    pub(super) fn header(&self, instance: &str) -> Option<&Instance> {
        self.cases.get(instance).map(|case| &case.header)
    }

    /// Returns the headers of all cases.
    pub(super) fn headers(&self) -> impl DoubleEndedIterator<Item = &Instance> {
        self.cases.values().map(|case| &case.header)
    }

    /// Returns a scope of a case.
    pub(super) fn scope_of(&self, instance: &str, path: &ScopePath) -> Option<&Scope> {
        self.cases.get(instance)?.scopes.get(&path.to_string())
    }

    /// Returns whether every step above stands at the visit that opened the scope.
    pub(super) fn is_alive(&self, instance: &str, path: &ScopePath) -> bool {
        let Some(Case { scopes, .. }) = self.cases.get(instance) else { return false };
        let mut at = path.clone();
        while let Some((above, segment)) = at.split() {
            let Some(scope) = scopes.get(&above.to_string()) else { return false };
            if scope.at.as_deref() != Some(&segment.step) || scope.visit != segment.visit {
                return false;
            }
            at = above;
        }
        true
    }

    /// Returns the scopes of a case that are alive.
    pub(super) fn live_scopes(&self, instance: &str) -> Vec<&Scope> {
        let scopes = self.cases.get(instance).into_iter().flat_map(|case| case.scopes.values());
        scopes.filter(|scope| self.is_alive(instance, &scope.path)).collect()
    }

    /// Returns the keys of the rows that a scope stands in, outermost first, without the names of branches.
    pub(super) fn row(&self, process: &str, path: &ScopePath) -> String {
        use xueji_definition::model::Kind;
        let is_row = |step: &str| {
            let step = self.release.process(process).and_then(|process| process.step(step));
            step.is_some_and(|step| matches!(step.kind, Kind::ForEach(_)))
        };
        let keys = path.segments().iter().filter(|segment| is_row(&segment.step));
        keys.map(|segment| segment.key.as_str()).collect::<Vec<_>>().join("/")
    }

    /// Returns the ids of the records of a type.
    pub(super) fn ids(&self, kind: &str) -> Vec<&String> {
        self.records.ids(kind)
    }
}

/// Returns fields as a form is sent.
pub(super) fn raw(fields: &Fields) -> RawForm {
    fields.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
}

impl View for World {
    fn live(&self) -> Arc<Release> {
        Arc::clone(&self.release)
    }

    fn release(&self, _: &str) -> Result<Option<Arc<Release>>, ReadError> {
        Ok(Some(Arc::clone(&self.release)))
    }

    fn organisation(&self) -> &OrganisationFile {
        &self.release.definitions.organisation
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn instance(&self, id: &str) -> Result<Option<Instance>, ReadError> {
        Ok(self.header(id).cloned())
    }

    fn scope(&self, instance: &str, path: &ScopePath) -> Result<Option<Scope>, ReadError> {
        Ok(self.scope_of(instance, path).cloned())
    }

    fn scopes(&self, instance: &str, limit: usize) -> Result<Vec<Scope>, ReadError> {
        let scopes = self.cases.get(instance).into_iter().flat_map(|case| case.scopes.values());
        Ok(scopes.take(limit).cloned().collect())
    }

    fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError> {
        Ok(self.records.get(id).map(|record| Record::clone(record)))
    }

    fn records(
        &self,
        kind: &str,
        equal: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, ReadError> {
        Ok(self.records.find(kind, equal, after, limit))
    }

    fn cases(
        &self,
        process: &str,
        subject: Option<&RecordId>,
        form: &[(String, Value)],
    ) -> Result<Vec<CaseRow<'_>>, ReadError> {
        let mut rows = Vec::new();
        for case in self.cases.values().filter(|case| case.header.process == process) {
            for scope in case.rows.iter().filter_map(|path| case.scopes.get(path)) {
                let of = scope.subject.as_ref();
                if subject.is_none_or(|subject| of == Some(subject)) && case.has(scope, form) {
                    rows.push(self.case_row(case, scope));
                }
            }
        }
        Ok(rows)
    }

    fn case(&self, instance: &str, path: &ScopePath) -> Result<Option<CaseRow<'_>>, ReadError> {
        let Some(case) = self.cases.get(instance) else { return Ok(None) };
        Ok(case.scopes.get(&path.to_string()).map(|scope| self.case_row(case, scope)))
    }

    fn last_serial(&self, series: &str, bucket: &str) -> Result<u64, ReadError> {
        Ok(self.serials.get(&(series.to_owned(), bucket.to_owned())).copied().unwrap_or(0))
    }

    fn allocated(&self, series: &str, key: &str) -> Result<Option<Allocated>, ReadError> {
        Ok(self.allocated.get(&(series.to_owned(), key.to_owned())).cloned())
    }

    fn material(&self, id: &str) -> Result<Option<MaterialInfo>, ReadError> {
        let kind = crate::scenario::paper_kind(id).unwrap_or(MaterialKind::Pdf);
        Ok(Some(MaterialInfo { kind, by: "somebody".to_owned() }))
    }
}

impl World {
    fn case_row<'v>(&'v self, case: &'v Case, scope: &'v Scope) -> CaseRow<'v> {
        let header = &case.header;
        let root = scope.path.is_root();
        let over = !root && (scope.ended.is_some() || !self.is_alive(&header.id, &scope.path));
        let mut form = Cow::Borrowed(&scope.form);
        for outer in case.above(scope) {
            for (name, value) in &outer.form {
                form.to_mut().entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        let result = if root { &header.result } else { &scope.ended };
        CaseRow {
            instance: Cow::Borrowed(&header.id),
            scope: Cow::Borrowed(&scope.path),
            process: Cow::Borrowed(&header.process),
            subject: scope.subject.as_ref().map(Cow::Borrowed),
            state: if over { InstanceState::Ended } else { header.state },
            result: result.as_deref().map(Cow::Borrowed),
            step: scope.at.as_deref().map(Cow::Borrowed),
            started: header.started,
            form,
        }
    }
}

impl Case {
    /// Returns the scopes above one, the nearest first.
    fn above<'c>(&'c self, scope: &'c Scope) -> impl Iterator<Item = &'c Scope> {
        let over = |path: &ScopePath| path.split().map(|(above, _)| above);
        let paths = std::iter::successors(over(&scope.path), over);
        paths.filter_map(|above| self.scopes.get(&above.to_string()))
    }

    /// Returns whether the form that a scope sees has each value named.
    fn has(&self, scope: &Scope, equal: &[(String, Value)]) -> bool {
        equal.iter().all(|(field, value)| {
            let own = scope.form.get(field);
            let found = own.or_else(|| self.above(scope).find_map(|outer| outer.form.get(field)));
            found.is_some_and(|found| found.equals(value))
        })
    }
}
