//! The store on disk: sled 0.34, one tree, one process a folder. The only place that knows sled.
//!
//! Invariant: when `flush` returned, the batches are on the disk itself, and the folder remembers that they were.
//!
//! What sled 0.34 does not do, and this module therefore does:
//! - It has no snapshots: reads pass a gate that only the applying of a batch closes.
//! - Its flush asks Linux for `sync_file_range` alone, which reaches neither the file's length nor the disk's own cache:
//!   a sync of the log file follows each flush.
//! - It moves large pages into files that it never syncs: values are short and segments long enough that none is moved.
//! - On damage inside its log it drops all that comes later, silently: each batch writes its number, each flush notes
//!   the number in a file beside, and a folder that shows less than it noted is refused ([`StoreError::Lost`]).
//! - It may panic on damaged input: every call is guarded, and a panic becomes [`StoreError::Unreadable`].

mod folder;
mod guard;
mod note;
mod recover;
mod snapshot;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

pub use folder::Format;
pub use recover::{Gap, Recovery, recover};

use crate::{Batch, Progress, Reader, Store, StoreError, envelope};
use folder::Folder;
use guard::guarded;
use note::Note;
use snapshot::Snapshot;

/// The key of the store's own mark: the number of the last batch, eight bytes, big-endian. Batches refuse it.
const MARK: &[u8] = b"";

/// Bytes of pages that sled keeps in memory.
const CACHE_BYTES: u64 = 128 * 1_024 * 1_024;

/// Bytes of a segment of sled's log. A quarter of it must hold a whole page of values at [`crate::VALUE_LIMIT`]; see there.
/// It cannot be changed for a folder once made.
const SEGMENT_BYTES: usize = 4 * 1_024 * 1_024;

/// How many copies of a folder must show damage before it is taken for damaged.
const TRIALS: u32 = 3;

/// A store in a folder of its own.
pub struct SledStore {
    // Fields are dropped in this order: the lock on the folder goes last.
    database: ::sled::Db,
    gate: RwLock<u64>,
    progress: Progress,
    log: File,
    note: Note,
    folder: Folder,
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}

impl SledStore {
    /// Opens the store in a folder, or makes a new one where there is nothing or an empty folder.
    ///
    /// When it returned, all that the store shows survives a power cut. The folder is locked until the store is dropped.
    ///
    /// # Errors
    /// [`StoreError::InUse`] at once when another process has it; [`StoreError::NewerFormat`],
    /// [`StoreError::OlderFormat`], [`StoreError::NotOurs`] and [`StoreError::Incomplete`] leave the folder as it was;
    /// [`StoreError::Lost`], [`StoreError::Damaged`] and [`StoreError::Unreadable`] call for [`recover`].
    pub fn open(path: impl AsRef<Path>, format: Format) -> Result<Self, StoreError> {
        let folder = Folder::enter(path.as_ref(), format)?;
        let is_new = folder.is_new();
        if !is_new {
            try_on_copy(&folder)?;
        }
        let database = open_database(&folder.database())?;
        if is_new {
            write_mark(&database)?;
            guarded("making the store", || database.flush())?;
        }
        let sequence = read_mark(&database)?;
        let note = Note::open(&folder.note())?;
        if note.number() > sequence {
            return Err(StoreError::Lost { found: sequence, flushed: note.number() });
        }
        // What a killed process had written may still be in the machine's memory only.
        folder.sync()?;
        folder.complete()?;
        let log = File::options()
            .write(true)
            .open(folder.log())
            .map_err(StoreError::io("opening the log"))?;
        let progress = Progress::new(sequence);
        Ok(Self { database, gate: RwLock::new(sequence), progress, log, note, folder })
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Changes one bit of a kept value, as a bad disk would. Returns whether there was such a value.
    ///
    /// # Errors
    /// When the machine cannot read or write.
    #[cfg(any(test, feature = "contract"))]
    pub fn spoil(&self, key: &[u8]) -> Result<bool, StoreError> {
        guarded("spoiling", || {
            let Some(mut sealed) = self.database.get(key)? else { return Ok(false) };
            if let Some(byte) = sealed.last_mut() {
                *byte ^= 1;
            }
            self.database.insert(key, sealed)?;
            self.database.flush().map(|_| true)
        })
    }
}

/// Looks on a copy whether the folder shows all that it noted as flushed.
///
/// Sled cuts a damaged log off as it opens it, and with it what [`recover`] might still save; so the folder itself is
/// opened only when a copy of it has shown to be sound. The copy costs as much time and room as the store is large.
///
/// What fails once may have been the copying; a folder is taken for damaged only when [`TRIALS`] copies say so.
fn try_on_copy(folder: &Folder) -> Result<(), StoreError> {
    let mut name = folder.path().as_os_str().to_owned();
    name.push(".trial");
    let trial = PathBuf::from(name);
    let mut shown = one_trial(folder, &trial);
    for _ in 1..TRIALS {
        if !matches!(shown, Err(StoreError::Unreadable { .. } | StoreError::Damaged { .. })) {
            break;
        }
        shown = one_trial(folder, &trial);
    }
    let (found, flushed) = (shown?, note::peek(&folder.note())?);
    if flushed > found { Err(StoreError::Lost { found, flushed }) } else { Ok(()) }
}

/// Returns the number of the last batch that a copy of the folder shows.
fn one_trial(folder: &Folder, trial: &Path) -> Result<u64, StoreError> {
    let remove =
        |path: &Path| fs::remove_dir_all(path).map_err(StoreError::io("removing the trial copy"));
    if trial.exists() {
        // Left by a process that was killed while it looked.
        remove(trial)?;
    }
    fs::create_dir_all(trial).map_err(StoreError::io("making the trial copy"))?;
    let copy = trial.join("copy");
    let shown = recover::copy_database(folder.path(), &copy)
        .and_then(|()| open_database(&copy))
        .and_then(|database| read_mark(&database));
    remove(trial)?;
    shown
}

impl Store for SledStore {
    fn snapshot(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        // The gate guards one number, written last; a panic while it was held leaves the store poisoned, not the gate.
        let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.progress.sound()?;
        Ok(Box::new(Snapshot::new(&self.database, gate)))
    }

    fn apply(&self, batch: &Batch) -> Result<u64, StoreError> {
        let mut gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.progress.sound()?;
        if batch.is_empty() {
            return Ok(*gate);
        }
        let sequence = gate.saturating_add(1);
        let mut changes = ::sled::Batch::default();
        for (key, value) in batch.iter() {
            match value {
                Some(value) => changes.insert(key, envelope::seal(key, value)),
                None => changes.remove(key),
            }
        }
        changes.insert(MARK, envelope::seal(MARK, &sequence.to_be_bytes()));
        guarded("applying a batch", || self.database.apply_batch(changes))
            .inspect_err(|error| self.progress.poison(error.to_string()))?;
        *gate = sequence;
        Ok(sequence)
    }

    fn flush(&self) -> Result<u64, StoreError> {
        self.progress.sound()?;
        let sequence = *self.gate.read().unwrap_or_else(PoisonError::into_inner);
        if sequence > self.progress.durable() {
            guarded("flushing", || self.database.flush())
                .and_then(|_| self.log.sync_data().map_err(StoreError::io("syncing the log")))
                .and_then(|()| self.note.write(sequence))
                .inspect_err(|error| self.progress.poison(error.to_string()))?;
            self.progress.flushed(sequence);
        }
        Ok(sequence)
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

fn open_database(path: &Path) -> Result<::sled::Db, StoreError> {
    remove_unfinished_snapshots(path)?;
    guard::patiently("opening the store", || {
        ::sled::Config::new()
            .path(path)
            .mode(::sled::Mode::HighThroughput)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .segment_size(SEGMENT_BYTES)
            .open()
    })
}

/// Removes the snapshots of its index that sled had begun to write when it was killed: it takes them for finished ones,
/// and refuses the folder. It makes what it needs again from its log.
fn remove_unfinished_snapshots(path: &Path) -> Result<(), StoreError> {
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(StoreError::io("listing the store"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())
                .map_err(StoreError::io("removing an unfinished snapshot"))?;
        }
    }
    Ok(())
}

fn write_mark(database: &::sled::Db) -> Result<(), StoreError> {
    let sealed = envelope::seal(MARK, &0_u64.to_be_bytes());
    guarded("making the store", || database.insert(MARK, sealed)).map(|_| ())
}

/// Returns the number of the last batch in the database.
fn read_mark(database: &::sled::Db) -> Result<u64, StoreError> {
    let damaged = || StoreError::Damaged { key: MARK.to_vec() };
    let sealed = guarded("reading the mark", || database.get(MARK))?.ok_or_else(damaged)?;
    let number = envelope::open(MARK, &sealed)?;
    number.try_into().map(u64::from_be_bytes).map_err(|_| damaged())
}
