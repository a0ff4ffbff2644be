//! Recovery: what is sound in a damaged folder is copied into a new one.
//!
//! Invariant: the damaged folder is only read; the new folder appears whole, at the end, or not at all.

use std::{
    fs,
    ops::Bound,
    path::{Path, PathBuf},
};

use super::{
    Format, SledStore,
    folder::{accept_damaged, files_under, hold_for_reading, log_in, note_in, sync_folder},
    guard::guarded,
    note, open_database, read_mark,
};
use crate::{Batch, Entry, LISTED_MAX, Store, StoreError, envelope};

/// Entries copied at once.
const PAGE: usize = Batch::LIMIT;

/// What a recovery saved, and what was lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// How many entries are in the new folder.
    pub kept: u64,
    /// How many entries were found damaged and left behind.
    pub damaged: u64,
    /// The keys of the first [`LISTED_MAX`] of them.
    pub damaged_keys: Vec<Vec<u8>>,
    /// Where the folder's own structure is broken, so that nobody knows which entries were there.
    pub gap: Option<Gap>,
    /// The last batch found, unless its number is damaged too.
    pub found: Option<u64>,
    /// The last batch known to have been flushed; batches from `found` to here are lost. 0 when it is not known.
    pub flushed: u64,
}

impl Recovery {
    /// Returns whether nothing that had been acknowledged is known to be lost.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damaged == 0
            && self.gap.is_none()
            && self.found.is_some_and(|found| found >= self.flushed)
    }
}

/// A stretch of keys that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The last key read before it, or none when it begins at the first key.
    pub after: Option<Vec<u8>>,
    /// The first key read behind it, or none when it reaches to the last key.
    pub before: Option<Vec<u8>>,
    /// What the embedded database said.
    pub reason: String,
}

/// Copies every sound entry of the folder `from` into a new store at `to`, and reports what was lost.
///
/// `from` stays untouched: the work is done on a copy of it, in `<to>.recovering`, which is removed at the end. When it
/// returned, the new store is durable; it counts its batches anew.
///
/// # Errors
/// [`StoreError::InUse`] when a process has `from` open; [`StoreError::NotOurs`] when there is something at `to` or at
/// `<to>.recovering`; [`StoreError::NewerFormat`]; [`StoreError::Unreadable`] when nothing can be read at all.
pub fn recover(from: &Path, to: &Path, format: Format) -> Result<Recovery, StoreError> {
    let mut name = to.as_os_str().to_owned();
    name.push(".recovering");
    let workshop = PathBuf::from(name);
    for taken in [to, &workshop] {
        if taken.exists() {
            let found = "something is there already".into();
            return Err(StoreError::NotOurs { folder: taken.to_owned(), found });
        }
    }
    accept_damaged(from, format)?;
    let lock = hold_for_reading(from)?;
    fs::create_dir_all(&workshop).map_err(StoreError::io("making the folder"))?;
    let result = rebuild(from, &workshop, format).and_then(|recovery| {
        fs::rename(workshop.join("store"), to).map_err(StoreError::io("naming the new folder"))?;
        to.parent().filter(|parent| parent.is_dir()).map_or(Ok(()), sync_folder)?;
        Ok(recovery)
    });
    drop(lock);
    let removed =
        fs::remove_dir_all(&workshop).map_err(StoreError::io("removing the working copy"));
    result.and_then(|recovery| removed.map(|()| recovery))
}

fn rebuild(from: &Path, workshop: &Path, format: Format) -> Result<Recovery, StoreError> {
    let copy = workshop.join("copy");
    copy_database(from, &copy)?;
    let damaged = open_damaged(&copy)?;
    let target = SledStore::open(workshop.join("store"), format)?;
    let mut recovery = Recovery {
        found: read_mark(&damaged).ok(),
        flushed: note::peek(&note_in(from))?,
        ..Recovery::default()
    };
    let (low, broken) = recovery.walk(&damaged, &target, None, Way::Up)?;
    if let Some(reason) = broken {
        // From the other end as well, down to where the way up broke off.
        let (high, _) = recovery.walk(&damaged, &target, low.clone(), Way::Down)?;
        recovery.gap = Some(Gap { after: low, before: high, reason });
    }
    target.flush()?;
    Ok(recovery)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Recovery {
    /// Copies sound entries above `floor` until the way ends, and returns the last key met, and why it broke off if it did.
    fn walk(
        &mut self,
        damaged: &::sled::Db,
        target: &SledStore,
        floor: Option<Vec<u8>>,
        way: Way,
    ) -> Result<(Option<Vec<u8>>, Option<String>), StoreError> {
        let floor = floor.unwrap_or_default();
        let mut last: Option<Vec<u8>> = None;
        loop {
            let ends = match (&last, way) {
                (None, _) => (Bound::Excluded(floor.clone()), Bound::Unbounded),
                (Some(last), Way::Up) => (Bound::Excluded(last.clone()), Bound::Unbounded),
                (Some(last), Way::Down) if *last <= floor => return Ok((Some(last.clone()), None)),
                (Some(last), Way::Down) => {
                    (Bound::Excluded(floor.clone()), Bound::Excluded(last.clone()))
                }
            };
            let (page, broken) = read_page(damaged, ends, way);
            let ended = page.len() < PAGE;
            last = page.last().map(|(key, _)| key.clone()).or(last);
            self.copy_page(page, target)?;
            if broken.is_some() || ended {
                return Ok((last, broken));
            }
        }
    }

    fn copy_page(&mut self, page: Vec<Entry>, target: &SledStore) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for (key, sealed) in page {
            // A key or value that no batch takes was never written by a store either.
            let sound = envelope::open(&key, &sealed)
                .is_ok_and(|value| batch.put(key.clone(), value).is_ok());
            if sound {
                self.kept = self.kept.saturating_add(1);
                continue;
            }
            self.damaged = self.damaged.saturating_add(1);
            if self.damaged_keys.len() < LISTED_MAX {
                self.damaged_keys.push(key);
            }
        }
        target.commit(&batch).map(|_| ())
    }
}

/// Reads a page as far as it goes, and tells why it broke off if it did.
fn read_page(
    database: &::sled::Db,
    ends: (Bound<Vec<u8>>, Bound<Vec<u8>>),
    way: Way,
) -> (Vec<Entry>, Option<String>) {
    let mut page = Vec::new();
    let read = guarded("reading a damaged folder", || {
        let mut within = database.range(ends);
        while page.len() < PAGE {
            let next = if way == Way::Up { within.next() } else { within.next_back() };
            let Some(entry) = next else { break };
            let (key, sealed) = entry?;
            page.push((key.to_vec(), sealed.to_vec()));
        }
        Ok(())
    });
    (page, read.err().map(|error| error.to_string()))
}

/// Opens the working copy; if sled cannot, once more without its snapshots, which it makes again from the log.
fn open_damaged(copy: &Path) -> Result<::sled::Db, StoreError> {
    let first = match open_database(copy) {
        Ok(database) => return Ok(database),
        Err(error) => error,
    };
    let mut removed = false;
    for path in files_under(copy)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap") {
            fs::remove_file(&path).map_err(StoreError::io("removing a snapshot"))?;
            removed = true;
        }
    }
    if removed { open_database(copy) } else { Err(first) }
}

pub(super) fn copy_database(from: &Path, copy: &Path) -> Result<(), StoreError> {
    let doing = "copying the folder";
    let log = log_in(from);
    let database = log.parent().unwrap_or(from);
    for path in files_under(database)? {
        let Ok(below) = path.strip_prefix(database) else { continue };
        let target = copy.join(below);
        let parent = target.parent().unwrap_or(copy);
        fs::create_dir_all(parent).map_err(StoreError::io(doing))?;
        fs::copy(&path, &target).map_err(StoreError::io(doing))?;
    }
    Ok(())
}
