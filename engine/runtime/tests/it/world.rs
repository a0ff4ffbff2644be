//! A world in memory: the smallest thing that a decision can look at and that keeps what was decided.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use xueji_calendar::Calendar;
use xueji_definition::Sources;
use xueji_definition::file::{MaterialKind, OrganisationFile};
use xueji_definition::value::Value;
use xueji_rules::RuleSet;
use xueji_runtime::command::{CaseAct, Completion, RawForm, Start};
use xueji_runtime::event::{OutgoingMessage, Timer, TimerKind};
use xueji_runtime::record::{Entry, Standing};
use xueji_runtime::state::{Allocated, Instance, InstanceState, Open, Scope, Task};
use xueji_runtime::view::{CaseRow, MaterialInfo};
use xueji_runtime::{
    Actor, Command, Context, Decision, Event, ReadError, Record, RecordId, Recorded, Refusal,
    Release, ScopePath, State, View, decide,
};

/// All that has been decided.
pub(crate) struct World {
    pub(crate) release: Arc<Release>,
    /// Releases beside the live one.
    pub(crate) others: Vec<Arc<Release>>,
    pub(crate) calendar: Calendar,
    pub(crate) now: Timestamp,
    pub(crate) instances: BTreeMap<String, Instance>,
    pub(crate) scopes: BTreeMap<(String, String), Scope>,
    pub(crate) records: BTreeMap<RecordId, Record>,
    pub(crate) numbers: Vec<Allocated>,
    pub(crate) history: BTreeMap<String, Vec<Recorded>>,
    pub(crate) timers: Vec<(String, Timer)>,
    queue: VecDeque<Command>,
    made: u32,
}

const EMPTY_CALENDAR: &str =
    r#"{"time-zone": "+08:00", "years": {}, "terms": [], "windows": {}, "days": {}}"#;

impl World {
    /// Builds a world from files.
    pub(crate) fn new(files: &[(&str, &str)], now: &str) -> Self {
        let (definitions, rules) = read(files);
        let mut calendars = definitions.calendars.clone();
        if calendars.years.is_empty() {
            calendars = serde_json::from_str(EMPTY_CALENDAR).unwrap();
        }
        Self {
            calendar: Calendar::new(calendars).unwrap(),
            release: Arc::new(Release::new("r1", definitions, rules)),
            others: Vec::new(),
            now: now.parse().unwrap(),
            instances: BTreeMap::new(),
            scopes: BTreeMap::new(),
            records: BTreeMap::new(),
            numbers: Vec::new(),
            history: BTreeMap::new(),
            timers: Vec::new(),
            queue: VecDeque::new(),
            made: 0,
        }
    }

    /// Keeps another release beside the live one.
    pub(crate) fn beside(&mut self, hash: &str, files: &[(&str, &str)]) {
        let (definitions, rules) = read(files);
        self.others.push(Arc::new(Release::new(hash, definitions, rules)));
    }

    /// Puts a record there, as if it had always been.
    pub(crate) fn record(&mut self, kind: &str, id: &str, values: &[(&str, Value)]) {
        let id = RecordId::new(kind, id);
        let record = self.records.entry(id.clone()).or_insert_with(|| Record::new(id));
        for (field, value) in values {
            record.fields.entry((*field).to_owned()).or_default().push(Entry {
                value: Some(value.clone()),
                from: "2000-01-01".parse().unwrap(),
                known: "2000-01-01T00:00:00Z".parse().unwrap(),
                standing: Standing::Effective,
                source: "given".to_owned(),
                settled: None,
            });
        }
    }

    /// Decides a command and keeps what it brings about, with all that follows at once.
    pub(crate) fn submit(&mut self, by: Actor, command: Command) -> Result<Decision, Refusal> {
        let decision = self.decide_one(by, &command)?;
        self.keep(&decision);
        while let Some(next) = self.queue.pop_front() {
            if let Ok(decision) = self.decide_one(Actor::Engine, &next) {
                if let Command::Start(Start { parent: Some(parent), .. }) = &next {
                    let called = Command::Called {
                        parent: parent.clone(),
                        called: decision.instance.clone(),
                    };
                    self.queue.push_front(called);
                }
                self.keep(&decision);
            }
        }
        Ok(decision)
    }

    fn decide_one(&mut self, actor: Actor, command: &Command) -> Result<Decision, Refusal> {
        self.made += 1;
        let context = Context { now: self.now, actor, new_instance: format!("c{}", self.made) };
        decide(self, command, &context)
    }

    fn keep(&mut self, decision: &Decision) {
        let id = decision.instance.clone();
        if let Some(instance) = &decision.state.instance {
            self.instances.insert(id.clone(), instance.clone());
        }
        for (path, scope) in &decision.state.scopes {
            self.scopes.insert((id.clone(), path.clone()), scope.clone());
        }
        self.records.extend(decision.state.records.clone());
        self.numbers.extend(decision.state.numbers.clone());
        for recorded in &decision.events {
            self.follow_up(&id, &recorded.event);
        }
        self.history.entry(id).or_default().extend(decision.events.clone());
    }

    fn follow_up(&mut self, id: &str, event: &Event) {
        match event {
            Event::TimerSet { timer } if timer.due <= self.now => {
                self.due(id, timer);
            }
            Event::TimerSet { timer } => self.timers.push((id.to_owned(), timer.clone())),
            Event::MessageSent { message } => self.spread(message),
            Event::CallRequested { process, subject, form, parent, .. } => {
                let form = Value::Map(form.clone()).to_json();
                self.queue.push_back(Command::Start(Start {
                    process: process.clone(),
                    subject: subject.as_ref().map(|s| s.id.clone()),
                    form: form.as_object().cloned().unwrap_or_default(),
                    parent: parent.clone(),
                    ..Start::default()
                }));
            }
            Event::ParentTold { parent, result } => {
                self.queue.push_back(Command::CallEnded {
                    parent: parent.clone(),
                    result: result.clone(),
                });
            }
            Event::CalledEnded { called } => self.queue.push_back(Command::Case {
                instance: called.clone(),
                act: CaseAct::Terminate { reason: "with its caller".to_owned() },
            }),
            _ => {}
        }
    }

    fn due(&mut self, id: &str, timer: &Timer) {
        let command = match &timer.what {
            TimerKind::Deliver { message } => return self.spread(message),
            TimerKind::TellParent { parent, result } => {
                Command::CallEnded { parent: parent.clone(), result: result.clone() }
            }
            _ => Command::Fire { instance: id.to_owned(), timer: timer.clone() },
        };
        self.queue.push_back(command);
    }

    fn spread(&mut self, message: &OutgoingMessage) {
        for (instance, scope) in self.waiting(message) {
            let message = message.clone();
            self.queue.push_back(Command::Deliver { instance, scope, message });
        }
    }

    fn waiting(&self, message: &OutgoingMessage) -> Vec<(String, ScopePath)> {
        let waits = |scope: &Scope| match &scope.open {
            Some(Open::Wait { message: name, key, .. }) => {
                name.as_deref() == Some(&message.name) && *key == message.key
            }
            _ => false,
        };
        let found = self.scopes.iter().filter(|(_, scope)| waits(scope));
        found.map(|((instance, _), scope)| (instance.clone(), scope.path.clone())).collect()
    }

    /// Moves time on; what falls due on the way is fired in its order.
    pub(crate) fn at(&mut self, now: &str) {
        let now: Timestamp = now.parse().unwrap();
        loop {
            self.timers.sort_by_key(|(_, timer)| timer.due);
            let Some((instance, timer)) =
                self.timers.first().cloned().filter(|(_, t)| t.due <= now)
            else {
                break;
            };
            self.timers.remove(0);
            self.now = timer.due;
            self.submit(Actor::Engine, Command::Fire { instance, timer }).unwrap();
        }
        self.now = now;
    }

    /// Starts a case.
    pub(crate) fn start(
        &mut self,
        by: &str,
        process: &str,
        subject: Option<&str>,
        form: &str,
    ) -> Result<String, Refusal> {
        let start = Start {
            process: process.to_owned(),
            subject: subject.map(str::to_owned),
            form: json(form),
            ..Start::default()
        };
        self.submit(Actor::Person(by.to_owned()), Command::Start(start))
            .map(|decision| decision.instance)
    }

    /// Completes the open task of a step, in the row of that name.
    pub(crate) fn complete(
        &mut self,
        by: &str,
        id: &str,
        row: &str,
        step: &str,
        answer: &str,
    ) -> Result<Decision, Refusal> {
        let Some((scope, task)) = self.task(id, row, step) else { return Err(Refusal::TaskGone) };
        let json = json(answer);
        let text = |name: &str| json.get(name).and_then(|v| v.as_str()).map(str::to_owned);
        let answer = Completion {
            outcome: text("outcome").unwrap_or_default(),
            opinion: text("opinion"),
            to: text("to"),
            form: json.get("form").and_then(|v| v.as_object()).cloned().unwrap_or_default(),
            ..Completion::default()
        };
        let command = Command::Complete { instance: id.to_owned(), scope, task: task.id, answer };
        self.submit(Actor::Person(by.to_owned()), command)
    }

    /// Returns the open, live task of a step in the row of that name.
    pub(crate) fn task(&self, id: &str, row: &str, step: &str) -> Option<(ScopePath, Task)> {
        let own = self.scopes.iter().filter(|((instance, _), _)| instance == id);
        own.map(|(_, scope)| scope)
            .filter(|scope| {
                scope.path.row() == row
                    && scope.at.as_deref() == Some(step)
                    && self.alive(id, &scope.path)
            })
            .find_map(|scope| Some((scope.path.clone(), scope.task()?.clone())))
    }

    /// Returns the steps that wait for somebody or something, with their rows.
    pub(crate) fn open(&self, id: &str) -> Vec<String> {
        let own =
            self.scopes.iter().filter(|((instance, _), _)| instance == id).map(|(_, scope)| scope);
        let waiting = own.filter(|s| s.open.is_some() && !matches!(s.open, Some(Open::Branches)));
        let alive = waiting.filter(|scope| self.alive(id, &scope.path));
        let named = alive.filter_map(|scope| {
            let step = scope.at.clone()?;
            let row = scope.path.row();
            Some(if row.is_empty() { step } else { format!("{row}: {step}") })
        });
        named.collect()
    }

    /// Returns whether every step above stands at the visit that opened the scope.
    pub(crate) fn alive(&self, id: &str, path: &ScopePath) -> bool {
        let mut at = path.clone();
        while let Some((above, segment)) = at.split() {
            let Some(scope) = self.scopes.get(&(id.to_owned(), above.to_string())) else {
                return false;
            };
            if scope.at.as_deref() != Some(&segment.step) || scope.visit != segment.visit {
                return false;
            }
            at = above;
        }
        true
    }

    /// Returns how a case stands.
    pub(crate) fn stands(&self, id: &str) -> (InstanceState, Option<String>) {
        let instance = &self.instances[id];
        (instance.state, instance.result.clone())
    }

    /// Returns a case's state as its history alone gives it.
    pub(crate) fn replay(&self, id: &str) -> State {
        let mut state = State::default();
        for recorded in &self.history[id] {
            xueji_runtime::apply(&mut state, recorded);
        }
        state
    }
}

fn read(files: &[(&str, &str)]) -> (xueji_definition::Definitions, RuleSet) {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let loaded = xueji_definition::load(&Sources::from_pairs(files));
    assert!(!loaded.has_errors(), "{:#?}", loaded.findings);
    let (rules, problems) = RuleSet::compile(loaded.definitions.rules.clone());
    assert!(problems.is_empty(), "{problems:#?}");
    (loaded.definitions, rules)
}

/// Reads a form.
pub(crate) fn json(text: &str) -> RawForm {
    serde_json::from_str(text).unwrap()
}

impl View for World {
    fn live(&self) -> Arc<Release> {
        Arc::clone(&self.release)
    }

    fn release(&self, hash: &str) -> Result<Option<Arc<Release>>, ReadError> {
        Ok(std::iter::once(&self.release).chain(&self.others).find(|r| r.hash == hash).cloned())
    }

    fn organisation(&self) -> &OrganisationFile {
        &self.release.definitions.organisation
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn instance(&self, id: &str) -> Result<Option<Instance>, ReadError> {
        Ok(self.instances.get(id).cloned())
    }

    fn scope(&self, instance: &str, path: &ScopePath) -> Result<Option<Scope>, ReadError> {
        Ok(self.scopes.get(&(instance.to_owned(), path.to_string())).cloned())
    }

    fn scopes(&self, instance: &str, limit: usize) -> Result<Vec<Scope>, ReadError> {
        let own = self.scopes.iter().filter(|((of, _), _)| of == instance);
        Ok(own.map(|(_, scope)| scope.clone()).take(limit).collect())
    }

    fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError> {
        Ok(self.records.get(id).cloned())
    }

    fn records(
        &self,
        kind: &str,
        _: &[(String, Value)],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, ReadError> {
        let of_kind = self.records.values().filter(|record| record.id.kind == kind);
        let later =
            of_kind.filter(|record| after.is_none_or(|after| record.id.id.as_str() > after));
        Ok(later.take(limit).cloned().map(Arc::new).collect())
    }

    fn cases(
        &self,
        process: &str,
        subject: Option<&RecordId>,
        form: &[(String, Value)],
    ) -> Result<Vec<CaseRow<'_>>, ReadError> {
        let mut rows = Vec::new();
        for ((id, _), scope) in &self.scopes {
            let instance = &self.instances[id];
            let of = scope.subject.as_ref();
            let wanted = instance.process == process && (scope.path.is_root() || of.is_some());
            let has = |(field, value): &(String, Value)| {
                scope.form.get(field).is_some_and(|found| found.equals(value))
            };
            if wanted && subject.is_none_or(|subject| of == Some(subject)) && form.iter().all(has) {
                rows.push(row_of(instance, scope));
            }
        }
        Ok(rows)
    }

    fn case(&self, instance: &str, path: &ScopePath) -> Result<Option<CaseRow<'_>>, ReadError> {
        let scope = self.scopes.get(&(instance.to_owned(), path.to_string()));
        Ok(scope.and_then(|scope| Some(row_of(self.instances.get(instance)?, scope))))
    }

    fn last_serial(&self, series: &str, bucket: &str) -> Result<u64, ReadError> {
        let of = self.numbers.iter().filter(|n| n.series == series && n.bucket == bucket);
        Ok(of.map(|n| n.serial).max().unwrap_or(0))
    }

    fn allocated(&self, series: &str, key: &str) -> Result<Option<Allocated>, ReadError> {
        Ok(self.numbers.iter().find(|n| n.series == series && n.key == key).cloned())
    }

    fn material(&self, id: &str) -> Result<Option<MaterialInfo>, ReadError> {
        Ok(id
            .starts_with('m')
            .then(|| MaterialInfo { kind: MaterialKind::Pdf, by: "somebody".to_owned() }))
    }
}

fn row_of<'v>(instance: &'v Instance, scope: &'v Scope) -> CaseRow<'v> {
    let result = if scope.path.is_root() { &instance.result } else { &scope.ended };
    CaseRow {
        instance: Cow::Borrowed(&instance.id),
        scope: Cow::Borrowed(&scope.path),
        process: Cow::Borrowed(&instance.process),
        subject: scope.subject.as_ref().map(Cow::Borrowed),
        state: instance.state,
        result: result.as_deref().map(Cow::Borrowed),
        step: scope.at.as_deref().map(Cow::Borrowed),
        started: instance.started,
        form: Cow::Borrowed(&scope.form),
    }
}
