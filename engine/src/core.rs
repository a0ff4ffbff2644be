//! Deciding command after command on the store; without threads, so that a simulator can drive it as well.
//!
//! Invariant: one core writes to a store. What it answers is applied, and durable once the store was flushed; a command
//! that is refused, too large, or at fault has changed nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xueji_definition::Sources;
use xueji_runtime::state::{InstanceState, Open, Scope};
use xueji_runtime::{Actor, Command, Context, Decision, Refusal, Release, ScopePath};
use xueji_store::{Batch, Direction, Range, Reader, Store};

use crate::changes::{self, Changes};
use crate::clock::Clock;
use crate::keys::{self, TimerId};
use crate::projection::{Around, project};
use crate::releases::{self, LiveRelease, LiveTable, ReleaseBuilder, Releases, Unshown};
use crate::stored::{self, Answer, Job, Live, Received, Remembered, StoredError};
use crate::submission::{Idempotency, OpenError, Submission, SubmitError};
use crate::view::StoreView;

/// How long an answer is remembered for a caller's repeat, in seconds: seven days.
const REMEMBERED_SECONDS: i64 = 7 * 24 * 3_600;
/// Old answers forgotten with each new one: more than one, so that they run out.
const FORGOTTEN_AT_ONCE: usize = 4;

/// What is done beside a command, in the same commit.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// The timer that the command is the effect of.
    pub(crate) timer: Option<TimerId>,
    /// By what the caller's repeat is told.
    pub(crate) idempotency: Option<Idempotency>,
    /// The version that the case must have.
    pub(crate) if_version: Option<u64>,
}

/// The one that decides.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) releases: Arc<Releases>,
    pub(crate) live: Arc<LiveTable>,
    /// What happened to releases and is to be made known after the flush.
    pub(crate) unshown: Unshown,
    pub(crate) clock: Arc<Clock>,
    /// Closed while changes go in as several batches; see [`changes`].
    pub(crate) gate: Arc<RwLock<()>>,
    /// The time of the last commit; none is earlier.
    pub(crate) last_now: Timestamp,
    pub(crate) next_sequence: u64,
    next_instance: u64,
}

/// The counters that go on over restarts.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Counter(u64);

impl Core {
    /// Opens a store: finishes what was interrupted, and puts the seed live when nothing is.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        builder: ReleaseBuilder,
        clock: Arc<Clock>,
        seed: Option<Sources>,
    ) -> Result<Self, OpenError> {
        changes::recover(&*store).map_err(|error| OpenError::Interrupted(error.to_string()))?;
        let releases = Arc::new(Releases::new(builder));
        let shown: Option<Timestamp> = read(&*store, &keys::latest("clock"))?;
        if let Some(shown) = shown {
            clock.go_on_from(shown);
        }
        // The snapshot must be gone before the store is seeded: no batch is applied while it lives.
        let table = releases::read_table(&*store.snapshot()?, &releases)?;
        let live = match (table, seed) {
            (Some(table), _) => table,
            (None, Some(seed)) => seed_store(&*store, &releases, &seed, clock.now())?,
            (None, None) => return Err(OpenError::NothingLive),
        };
        let (next_sequence, next_instance) = counters(&*store)?;
        let gate = Arc::new(RwLock::new(()));
        let last_now = shown.unwrap_or(Timestamp::MIN);
        let mut core = Self {
            store,
            releases,
            live: Arc::new(live),
            unshown: Unshown::default(),
            clock,
            gate,
            last_now,
            next_sequence,
            next_instance,
        };
        core.look_for_due().map_err(|error| OpenError::Interrupted(error.to_string()))?;
        core.keep_clock().map_err(|error| OpenError::Interrupted(error.to_string()))?;
        core.store.flush()?;
        Ok(core)
    }

    /// Opens a store on a release that is at hand, for trying definitions out; the store keeps no release then.
    pub(crate) fn on_release(
        store: Arc<dyn Store>,
        release: Arc<Release>,
        clock: Arc<Clock>,
    ) -> Result<Self, releases::ReleaseError> {
        let (next_sequence, next_instance) = counters(&*store)?;
        let releases = Arc::new(Releases::only(&release));
        let info = Live::bare(&release.hash, clock.now(), 0);
        let live = Arc::new(LiveTable::only(Arc::new(LiveRelease::new(release, info)?)));
        let gate = Arc::new(RwLock::new(()));
        Ok(Self {
            store,
            releases,
            live,
            unshown: Unshown::default(),
            clock,
            gate,
            last_now: Timestamp::MIN,
            next_sequence,
            next_instance,
        })
    }

    /// Decides a command now.
    pub(crate) fn submit(&mut self, submission: &Submission) -> Result<Answer, SubmitError> {
        self.go_live_if_due()?;
        let beside = Beside {
            timer: None,
            idempotency: submission.idempotency.clone(),
            if_version: submission.if_version,
        };
        let now = self.clock.now();
        self.run(&submission.command, submission.actor.clone(), now, &beside)
    }

    /// Decides a command at a moment, and applies what it changes together with what is done beside it.
    pub(crate) fn run(
        &mut self,
        command: &Command,
        actor: Actor,
        now: Timestamp,
        beside: &Beside,
    ) -> Result<Answer, SubmitError> {
        let now = now.max(self.last_now);
        let store = Arc::clone(&self.store);
        let (changes, answer, events) = {
            let reader = store.snapshot()?;
            if let Some(answer) = repeated(&*reader, beside)? {
                return Ok(answer);
            }
            self.decide(&*reader, command, actor, now, beside)?
        };
        self.apply(&changes)?;
        self.last_now = now;
        self.next_sequence += events;
        if matches!(command, Command::Start(_)) {
            self.next_instance += 1;
        }
        Ok(answer)
    }

    /// Returns the changes of a command, its answer, and how many events it has.
    fn decide(
        &self,
        reader: &dyn Reader,
        command: &Command,
        actor: Actor,
        now: Timestamp,
        beside: &Beside,
    ) -> Result<(Changes, Answer, u64), SubmitError> {
        let view = StoreView::new(reader, Arc::clone(&self.live), &self.releases);
        let by = actor.person().map(str::to_owned);
        let context = Context { now, actor, new_instance: self.new_instance(now) };
        let decided =
            catch_unwind(AssertUnwindSafe(|| xueji_runtime::decide(&view, command, &context)));
        let decision = decided
            .map_err(|_| SubmitError::Fault { reason: "deciding panicked".to_owned() })??;
        let version = decision.state.instance.as_ref().map_or(0, |header| header.version);
        let from = version - u64::try_from(decision.events.len()).unwrap_or(0).min(version);
        if beside.if_version.is_some_and(|expected| expected != from) {
            return Err(SubmitError::Changed { found: from });
        }
        let answer = Answer {
            instance: decision.instance.clone(),
            version,
            from,
            verdicts: decision.verdicts.clone(),
            at: now,
            repeated: false,
        };
        let around = Around { reader, indexed: &self.live.indexed, sequence: self.next_sequence };
        let mut changes = project(&around, &decision)?;
        self.add_beside(reader, command, &decision, &answer, beside, &mut changes)?;
        if let Command::Message { instance, scope, name, answer, .. } = command {
            let key = awaited_key(reader, instance, scope)?;
            let at = keys::received(name, &key, now, self.next_sequence);
            let (name, answer) = (name.clone(), answer.clone());
            let (instance, scope) = (instance.clone(), scope.clone());
            changes.put_json(at, &Received { name, key, instance, scope, answer, at: now, by });
        }
        changes.put_json(keys::latest("clock"), &now);
        Ok((changes, answer, u64::try_from(decision.events.len()).unwrap_or(u64::MAX)))
    }

    fn add_beside(
        &self,
        reader: &dyn Reader,
        command: &Command,
        decision: &Decision,
        answer: &Answer,
        beside: &Beside,
        changes: &mut Changes,
    ) -> Result<(), SubmitError> {
        if let Some(timer) = &beside.timer {
            changes.delete(keys::timer(timer));
        }
        if let Some(idempotency) = &beside.idempotency {
            let remembered = Remembered {
                body: idempotency.body.clone(),
                answer: answer.clone(),
                at: answer.at,
            };
            changes.put_json(keys::answered(&idempotency.key), &remembered);
            changes.put(keys::answered_at(answer.at, &idempotency.key), Vec::new());
            forget(reader, answer.at, changes)?;
        }
        if let Command::Start(start) = command {
            changes.put_json(keys::latest("instance"), &Counter(self.next_instance + 1));
            if let Some(parent) = &start.parent {
                // Number 0 is that of the case's first event, which sets no timer: the caller is told before anything
                // that the called case brings about at once.
                let id = TimerId {
                    due: answer.at,
                    instance: decision.instance.clone(),
                    number: 0,
                    part: 0,
                };
                let job = Job::Called { parent: parent.clone(), called: decision.instance.clone() };
                changes.put_json(keys::timer(&id), &job);
            }
        }
        Ok(())
    }

    /// Returns the id of the next case: the year in which it starts, and a number that never starts anew.
    fn new_instance(&self, now: Timestamp) -> String {
        let year = self.live.calendar.local_date(now).year();
        format!("{year}-{:06}", self.next_instance)
    }

    /// Applies changes as one; readers of the engine see them whole.
    pub(crate) fn apply(&self, changes: &Changes) -> Result<(), SubmitError> {
        let closed = (changes.len() > Batch::LIMIT)
            .then(|| self.gate.write().unwrap_or_else(PoisonError::into_inner));
        let applied = changes::apply(&*self.store, changes);
        drop(closed);
        Ok(applied?)
    }

    /// Returns whether a case is over, so that ending it once more is no failure.
    pub(crate) fn is_over(refusal: &Refusal) -> bool {
        matches!(refusal, Refusal::NotOpen { state: InstanceState::Ended })
    }

    /// Writes down what the clock shows, so that it goes on from here.
    pub(crate) fn keep_clock(&mut self) -> Result<(), SubmitError> {
        let now = self.clock.now().max(self.last_now);
        let mut changes = Changes::default();
        changes.put_json(keys::latest("clock"), &now);
        self.apply(&changes)?;
        self.last_now = now;
        Ok(())
    }

    /// Returns the number that the next event of any case gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }
}

/// Returns the numbers that the next event and the next case get.
fn counters(store: &dyn Store) -> Result<(u64, u64), StoredError> {
    let last = store.scan(&Range::prefix(&keys::sequences()), None, 1, Direction::Descending)?;
    let next_sequence =
        last.first().and_then(|(key, _)| keys::read_sequence(key)).map_or(1, |last| last + 1);
    let Counter(next_instance) = read(store, &keys::latest("instance"))?.unwrap_or(Counter(1));
    Ok((next_sequence, next_instance))
}

fn read<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    key: &[u8],
) -> Result<Option<T>, StoredError> {
    store.get(key)?.map(|bytes| stored::parse(key, &bytes)).transpose()
}

fn seed_store(
    store: &dyn Store,
    releases: &Releases,
    seed: &Sources,
    now: Timestamp,
) -> Result<LiveTable, OpenError> {
    let release = releases.build(seed)?;
    let info = Live::bare(&release.hash, now, 0);
    let changes = releases::seeding(seed, &info)?;
    let table = LiveTable::only(Arc::new(LiveRelease::new(release, info)?));
    releases::index_records(store, &table.indexed)?;
    changes::apply(store, &changes).map_err(|error| OpenError::Interrupted(error.to_string()))?;
    Ok(table)
}

/// Returns what a message to a scope names: what the wait asks for, else the case.
fn awaited_key(
    reader: &dyn Reader,
    instance: &str,
    path: &ScopePath,
) -> Result<String, StoredError> {
    let scope: Option<Scope> = stored::get(reader, &keys::scope(instance, path))?;
    Ok(match scope.and_then(|scope| scope.open) {
        Some(Open::Wait { key, .. }) if !key.is_empty() => key,
        _ => instance.to_owned(),
    })
}

/// Returns the answer to the same command sent before.
fn repeated(reader: &dyn Reader, beside: &Beside) -> Result<Option<Answer>, SubmitError> {
    let Some(idempotency) = &beside.idempotency else { return Ok(None) };
    let known: Option<Remembered> = stored::get(reader, &keys::answered(&idempotency.key))?;
    match known {
        Some(known) if known.body == idempotency.body => {
            Ok(Some(Answer { repeated: true, ..known.answer }))
        }
        Some(_) => Err(SubmitError::OtherBody),
        None => Ok(None),
    }
}

/// Forgets a few answers that are too old.
fn forget(reader: &dyn Reader, now: Timestamp, changes: &mut Changes) -> Result<(), StoredError> {
    let oldest = Range::prefix(&keys::all_answered_at());
    for (key, _) in reader.scan(&oldest, None, FORGOTTEN_AT_ONCE, Direction::Ascending)? {
        let Some((at, idempotency)) = keys::read_answered_at(&key) else { continue };
        if now.as_second().saturating_sub(at.as_second()) > REMEMBERED_SECONDS {
            changes.delete(key);
            changes.delete(keys::answered(&idempotency));
        }
    }
    Ok(())
}
