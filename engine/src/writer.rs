//! Two threads: one decides command after command, the other flushes what was applied meanwhile and answers.
//!
//! Invariant: nobody is answered before what the answer rests on is durable. While one flush is under way, the next
//! commands are decided; the flush after it serves all of them. A failed flush fails all that were decided on it, and
//! all later commands.

use std::collections::VecDeque;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use xueji_store::Store;

use crate::core::Core;
use crate::submission::SubmitError;

/// The most jobs that wait for the writer.
const QUEUE_MAX: usize = 4_096;
/// The longest the writer sleeps: then it writes down what a running clock shows.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The shortest sleep after the writer could not do what was due, so that a broken store is not asked in a hot loop.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What is called once the flush has succeeded or failed.
pub(crate) type Done = Box<dyn FnOnce(Result<(), SubmitError>) + Send>;
/// Work for the writer; what it returns is called after the flush.
pub(crate) type Work = Box<dyn FnOnce(&mut Core) -> Done + Send>;

/// The threads of an engine.
pub(crate) struct Writer {
    queue: Option<SyncSender<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Writer {
    /// Starts both threads.
    pub(crate) fn start(core: Core, committed: Arc<Committed>) -> std::io::Result<Self> {
        let (queue, work) = sync_channel(QUEUE_MAX);
        let store = Arc::clone(&core.store);
        let pending = Arc::new(Pending::default());
        let to_flush = Arc::clone(&pending);
        let decider = thread::Builder::new()
            .name("decide".to_owned())
            .spawn(move || decide(core, &work, &pending))?;
        let flusher = thread::Builder::new()
            .name("flush".to_owned())
            .spawn(move || flush(&*store, &to_flush, &committed))?;
        Ok(Self { queue: Some(queue), threads: vec![decider, flusher] })
    }

    /// Hands work to the writer.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when too much waits, [`SubmitError::Stopped`] when the writer is gone.
    pub(crate) fn hand_in(&self, work: Work) -> Result<(), SubmitError> {
        let stopped = || SubmitError::Stopped { reason: "the writer has ended".to_owned() };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })
    }

    /// Takes no more work, finishes what was handed in, and returns when both threads have ended.
    pub(crate) fn stop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing to say that its callers were not told.
            drop(thread.join());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What was applied and waits for a flush.
#[derive(Default)]
struct Pending {
    state: Mutex<PendingState>,
    changed: Condvar,
}

#[derive(Default)]
struct PendingState {
    /// What is to be called after the flush; `None` marks changes that nobody waits for.
    dones: VecDeque<Option<Done>>,
    /// The number that the next event of any case gets, as of the last change.
    next_sequence: u64,
    ended: bool,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, PendingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, done: Option<Done>, next_sequence: u64) {
        let mut state = self.lock();
        state.dones.push_back(done);
        state.next_sequence = next_sequence;
        drop(state);
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits until there is something to flush; nothing when the writer has ended and all is flushed.
    fn take(&self) -> Option<(VecDeque<Option<Done>>, u64)> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.dones.is_empty() && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        let dones = std::mem::take(&mut state.dones);
        (!dones.is_empty()).then_some((dones, state.next_sequence))
    }
}

/// Ends the flusher even when the decider panics.
struct EndOnDrop<'a>(&'a Pending);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn decide(mut core: Core, work: &Receiver<Work>, pending: &Pending) {
    let _end = EndOnDrop(pending);
    let mut sleep = Some(Duration::ZERO);
    loop {
        let next = match sleep {
            // Something is due: commands that wait go first, one for each step of the engine's own.
            Some(Duration::ZERO) => {
                work.try_recv().map_err(|error| error == TryRecvError::Disconnected)
            }
            Some(time) => {
                work.recv_timeout(time).map_err(|error| error == RecvTimeoutError::Disconnected)
            }
            None => work.recv().map_err(|_| true),
        };
        match next {
            Ok(work) => {
                let done = work(&mut core);
                show_releases(&mut core, pending);
                pending.add(Some(done), core.next_sequence());
            }
            Err(true) => break,
            Err(false) => {}
        }
        sleep = match core.step() {
            Ok(true) => {
                show_releases(&mut core, pending);
                pending.add(None, core.next_sequence());
                Some(Duration::ZERO)
            }
            Ok(false) => until_due(&mut core, pending),
            Err(_) => Some(AFTER_FAILURE),
        };
    }
    // What a running clock shows is where it goes on from.
    if core.keep_clock().is_ok() {
        pending.add(None, core.next_sequence());
    }
}

/// Has everybody see what happened to releases once it is durable, before whoever asked for it is answered.
fn show_releases(core: &mut Core, pending: &Pending) {
    if let Some(done) = core.publish() {
        pending.add(Some(done), core.next_sequence());
    }
}

/// Returns how long nothing is due.
fn until_due(core: &mut Core, pending: &Pending) -> Option<Duration> {
    if core.clock_is_behind(LONGEST_SLEEP) && core.keep_clock().is_ok() {
        pending.add(None, core.next_sequence());
    }
    let due = match core.next_due() {
        Ok(due) => due,
        Err(_) => return Some(AFTER_FAILURE),
    };
    // A timer due this very moment is taken up after the shortest sleep that is one.
    let shortest = Duration::from_millis(1);
    let until = due.map_or(Some(LONGEST_SLEEP), |due| core.clock.until(due));
    until.map(|until| until.clamp(shortest, LONGEST_SLEEP))
}

fn flush(store: &dyn Store, pending: &Pending, committed: &Committed) {
    while let Some((dones, next_sequence)) = pending.take() {
        let flushed = store
            .flush()
            .map(|_| ())
            .map_err(|error| SubmitError::Stopped { reason: error.to_string() });
        if flushed.is_ok() {
            committed.reached(next_sequence);
        }
        for done in dones.into_iter().flatten() {
            done(flushed.clone());
        }
    }
    committed.end();
}

/// What is told of each flush.
pub(crate) type Listener = Box<dyn Fn(u64) + Send + Sync>;

/// How far the events of all cases are durable, for those who follow them.
pub(crate) struct Committed {
    state: Mutex<CommittedState>,
    moved: Condvar,
    listeners: RwLock<Vec<Listener>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct CommittedState {
    next: u64,
    ended: bool,
}

impl Committed {
    pub(crate) fn new(next: u64) -> Self {
        let state = Mutex::new(CommittedState { next, ended: false });
        Self { state, moved: Condvar::new(), listeners: RwLock::default() }
    }

    /// Has a function called after each flush that made events durable, with the place of the last of them.
    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Returns the number that the next event gets, once all before it are durable.
    pub(crate) fn next(&self) -> u64 {
        self.lock().next
    }

    fn reached(&self, next: u64) {
        let mut state = self.lock();
        if next <= state.next {
            return;
        }
        state.next = next;
        drop(state);
        self.moved.notify_all();
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(next.saturating_sub(1));
        }
    }

    fn end(&self) {
        self.lock().ended = true;
        self.moved.notify_all();
    }

    /// Waits until the event of that number is durable. Returns whether it is; false as well when the engine has ended.
    pub(crate) fn wait(&self, sequence: u64, at_most: Duration) -> bool {
        let (state, _) = self
            .moved
            .wait_timeout_while(self.lock(), at_most, |state| {
                state.next <= sequence && !state.ended
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.next > sequence
    }

    fn lock(&self) -> MutexGuard<'_, CommittedState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Returns whether what the clock shows is further from what was written down than that.
    fn clock_is_behind(&self, by: Duration) -> bool {
        let written = self.last_now.max(Timestamp::UNIX_EPOCH);
        let passed = self.clock.now().duration_since(written);
        Duration::try_from(passed).is_ok_and(|passed| passed >= by)
    }
}
