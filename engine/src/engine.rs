//! The engine as its callers hold it: commands in, answers out, and questions.
//!
//! Invariant: whatever it answers is durable. It decides nothing itself: commands go to the writer, questions to the
//! store. Questions block their thread until what they saw is on disk, so ask them where blocking is allowed.

use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use xueji_definition::Sources;
use xueji_runtime::command::Start;
use xueji_runtime::verdict::Verdict;
use xueji_runtime::{Actor, Context};
use xueji_store::{Reader, Store, settled};

use crate::clock::Clock;
use crate::core::Core;
use crate::keys::TimerId;
use crate::queries::QueryError;
use crate::records::{Imported, Put};
use crate::releases::{LiveRelease, LiveTable, ReleaseBuilder, Releases, Shown};
use crate::stored::Answer;
use crate::submission::{OpenError, Submission, SubmitError};
use crate::view::StoreView;
use crate::writer::{Committed, Writer};

/// The longest that a question waits for what it saw to be durable.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// A running engine on a store.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) releases: Arc<Releases>,
    /// The live releases, once something has happened to them.
    pub(crate) shown: Arc<Shown>,
    /// The live releases until then.
    pub(crate) at_first: Arc<LiveTable>,
    clock: Arc<Clock>,
    pub(crate) gate: Arc<RwLock<()>>,
    pub(crate) committed: Arc<Committed>,
    writer: Writer,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("live", &self.live().info).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens an engine on a store: finishes what was interrupted, puts the seed live if nothing is, and begins to work.
    ///
    /// The store belongs to the engine from then on: nobody else may write to it.
    ///
    /// # Errors
    /// [`OpenError`]; the store is then as it was, but for what was finished.
    pub fn open(
        store: Arc<dyn Store>,
        builder: ReleaseBuilder,
        clock: Clock,
        seed: Option<Sources>,
    ) -> Result<Self, OpenError> {
        let clock = Arc::new(clock);
        let core = Core::open(Arc::clone(&store), builder, Arc::clone(&clock), seed)?;
        let releases = Arc::clone(&core.releases);
        let (shown, at_first) = (Arc::clone(&core.unshown.shown), Arc::clone(&core.live));
        let gate = Arc::clone(&core.gate);
        let committed = Arc::new(Committed::new(core.next_sequence()));
        let writer = Writer::start(core, Arc::clone(&committed))
            .map_err(|error| OpenError::Interrupted(error.to_string()))?;
        Ok(Self { store, releases, shown, at_first, clock, gate, committed, writer })
    }

    /// Takes no more commands, finishes those handed in, and returns when all of it is on disk.
    pub fn close(mut self) {
        self.writer.stop();
    }

    /// Carries out a command, and returns its answer once it is durable. Blocks.
    ///
    /// # Errors
    /// [`SubmitError`]; with every kind but `Stopped`, nothing has changed.
    pub fn submit(&self, submission: Submission) -> Result<Answer, SubmitError> {
        self.wait_for(move |core| core.submit(&submission))
    }

    /// Hands a command in and returns at once; `answer` is called with the answer once it is durable.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] or [`SubmitError::Stopped`] when it was not taken; `answer` is then not called.
    pub fn submit_with(
        &self,
        submission: Submission,
        answer: impl FnOnce(Result<Answer, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        self.hand_in(move |core| core.submit(&submission), answer)
    }

    /// Hands in work for the writer; `answer` is called with what it returned once that is durable.
    pub(crate) fn hand_in<T: Send + 'static, E: From<SubmitError> + Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> Result<T, E> + Send + 'static,
        answer: impl FnOnce(Result<T, E>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        self.writer.hand_in(Box::new(move |core| {
            let result = work(core);
            Box::new(move |flushed| answer(flushed.map_err(E::from).and(result)))
        }))
    }

    /// Hands in work and waits until what it returned is durable.
    pub(crate) fn wait_for<T: Send + 'static, E: From<SubmitError> + Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (sender, receiver) = mpsc::sync_channel(1);
        // The receiver waits below, so that sending only fails when this thread is gone.
        self.hand_in(work, move |result| drop(sender.send(result)))?;
        let stopped = || SubmitError::Stopped { reason: "the writer has ended".to_owned() };
        receiver.recv().map_err(|_| E::from(stopped()))?
    }

    /// Returns what the rules say about starting a case, without starting it.
    ///
    /// # Errors
    /// [`QueryError::Refused`] when the question cannot be asked so.
    pub fn check(&self, start: &Start, actor: &Actor) -> Result<Vec<Verdict>, QueryError> {
        let now = self.now();
        self.read(|reader| {
            let view = self.view(reader);
            let context = Context { now, actor: actor.clone(), new_instance: "new".to_owned() };
            Ok(xueji_runtime::check(&view, start, &context)?)
        })
    }

    /// Puts values of records from outside, all or none; a trial run changes nothing and answers the same. Blocks.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing has changed, unless it is `Stopped`.
    pub fn put_records(&self, puts: Vec<Put>, trial: bool) -> Result<Imported, SubmitError> {
        self.wait_for(move |core| core.put_records(&puts, trial))
    }

    /// Moves the clock forward, after all timers due until then have run in their order, each at its own time. Blocks.
    ///
    /// # Errors
    /// [`SubmitError::Clock`] when the clock is the real one, or shows a later time.
    pub fn advance(&self, to: Timestamp) -> Result<Timestamp, SubmitError> {
        self.wait_for(move |core| core.advance(to))
    }

    /// Runs everything that is due now. Blocks. The writer does so by itself; this is for those who want to see it done.
    ///
    /// # Errors
    /// [`SubmitError::Stopped`] when the store failed.
    pub fn settle(&self) -> Result<(), SubmitError> {
        self.wait_for(Core::settle)
    }

    /// Tries a timer that was put aside once more. Returns whether there was one. Blocks.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn retry_failed(&self, id: TimerId) -> Result<bool, SubmitError> {
        self.wait_for(move |core| core.retry(&id))
    }

    /// Forgets a timer that was put aside. Returns whether there was one. Blocks.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn forget_failed(&self, id: TimerId) -> Result<bool, SubmitError> {
        self.wait_for(move |core| core.forget_failed(&id))
    }

    /// Returns what the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns whether time can be moved by hand.
    #[must_use]
    pub fn clock_can_be_moved(&self) -> bool {
        self.clock.can_be_moved()
    }

    /// Returns the release that new cases start on, unless their cohort has one of its own.
    #[must_use]
    pub fn live(&self) -> Arc<LiveRelease> {
        Arc::clone(self.live_table().others())
    }

    /// Returns why nothing more is carried out, if the store has failed.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.store.progress().sound().err().map(|error| error.to_string())
    }

    /// Reads from one moment, and returns once all that it showed is durable.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        settled(&*self.store, SETTLED_WITHIN, move |reader| {
            let answer = read(reader);
            // Waiting for the flush must not keep the writer waiting.
            drop(open);
            answer
        })
    }

    pub(crate) fn view<'a>(&'a self, reader: &'a dyn Reader) -> StoreView<'a> {
        StoreView::new(reader, self.live_table(), &self.releases)
    }
}
