//! The folder of a store: whose it is, in which format, and who has it open.
//!
//! Invariant: a folder that is not ours, newer, or in use is left as it was.
//!
//! ```text
//! LOCK         held by the one process that has the folder open
//! FORMAT       whose folder this is and in which format; FORMAT.new while the folder is being made
//! FLUSHED      the number of the last batch that was flushed
//! sled/        sled's own files
//! ```

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::StoreError;

/// The format of the envelope, the mark and this folder.
const STORE_FORMAT: u32 = 1;

const LOCK: &str = "LOCK";
const FORMAT: &str = "FORMAT";
const FORMAT_NEW: &str = "FORMAT.new";
const FLUSHED: &str = "FLUSHED";
const DATABASE: &str = "sled";

/// Whose folder it is, and the number of the format of what the application keeps in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The application's name: one word.
    pub application: &'static str,
    /// The newest format that the application knows, and the one that it writes.
    pub number: u32,
}

impl Format {
    fn text(self) -> String {
        format!("{}\nformat {}\nstore {STORE_FORMAT}\n", self.application, self.number)
    }

    /// Checks the text of a FORMAT file.
    fn accept(self, folder: &Path, text: &str) -> Result<(), StoreError> {
        let mut lines = text.lines();
        let name = lines.next().unwrap_or_default();
        if name != self.application {
            let found = format!("{FORMAT}: {}", name.escape_debug());
            return Err(StoreError::NotOurs { folder: folder.to_owned(), found });
        }
        let mut number = |part: &str| {
            let line = lines.next().and_then(|line| line.strip_prefix(part));
            line.and_then(|line| line.trim().parse::<u32>().ok())
        };
        let (Some(found), Some(store)) = (number("format "), number("store ")) else {
            let missing = format!("{FORMAT}: format, store");
            return Err(StoreError::Incomplete { folder: folder.to_owned(), missing });
        };
        same_format("store", store, STORE_FORMAT)?;
        same_format("application", found, self.number)
    }
}

fn same_format(part: &'static str, found: u32, known: u32) -> Result<(), StoreError> {
    match found.cmp(&known) {
        std::cmp::Ordering::Greater => Err(StoreError::NewerFormat { part, found, known }),
        std::cmp::Ordering::Less => Err(StoreError::OlderFormat { part, found, known }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// A folder that this process holds.
pub(super) struct Folder {
    path: PathBuf,
    is_new: bool,
    /// Held, never read: the lock ends when the file is closed.
    _lock: File,
}

impl Folder {
    /// Takes hold of a folder, or begins a new one.
    pub(super) fn enter(path: &Path, format: Format) -> Result<Self, StoreError> {
        if path.is_dir() {
            look(path, format)?;
        } else {
            make_folder(path)?;
        }
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(StoreError::io("opening the lock"))?;
        hold(path, &lock)?;
        // Another process may have made the folder between the first look and the lock.
        let is_new = look(path, format)?;
        let folder = Self { path: path.to_owned(), is_new, _lock: lock };
        if is_new {
            folder.begin(format)?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(super) fn log(&self) -> PathBuf {
        log_in(&self.path)
    }

    pub(super) fn note(&self) -> PathBuf {
        note_in(&self.path)
    }

    /// Begins a folder: whose it is stands there before anything else, under a name that says "not finished".
    fn begin(&self, format: Format) -> Result<(), StoreError> {
        let doing = "making the folder";
        if self.database().exists() {
            // Left by a making that was killed; no store was ever opened on it.
            fs::remove_dir_all(self.database()).map_err(StoreError::io(doing))?;
        }
        let mut file = File::create(self.path.join(FORMAT_NEW)).map_err(StoreError::io(doing))?;
        file.write_all(format.text().as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(StoreError::io(doing))?;
        sync_folder(&self.path)
    }

    /// Ends the making of a new folder. Until here it counts as never made.
    pub(super) fn complete(&self) -> Result<(), StoreError> {
        if !self.is_new {
            return Ok(());
        }
        fs::rename(self.path.join(FORMAT_NEW), self.path.join(FORMAT))
            .map_err(StoreError::io("making the folder"))?;
        sync_folder(&self.path)
    }

    /// Syncs every file of the database, and the folders that name them.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let database = self.database();
        for path in files_under(&database)? {
            let synced = File::options().write(true).open(&path).and_then(|file| file.sync_all());
            match synced {
                // Sled removes files of its own at any time.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                other => other.map_err(StoreError::io("syncing the folder"))?,
            }
        }
        sync_folder(&database)?;
        sync_folder(&self.path)
    }
}

pub(super) fn log_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE).join("db")
}

pub(super) fn note_in(folder: &Path) -> PathBuf {
    folder.join(FLUSHED)
}

/// Takes hold of a folder only to read it, as far as it has a lock; changes nothing in it.
pub(super) fn hold_for_reading(folder: &Path) -> Result<Option<File>, StoreError> {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => {
            hold(folder, &lock)?;
            Ok(Some(lock))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Io { doing: "opening the lock", source: error }),
    }
}

/// Checks whose folder it is; one whose FORMAT is gone or unreadable passes, since it may be what is damaged.
pub(super) fn accept_damaged(folder: &Path, format: Format) -> Result<(), StoreError> {
    let checked = fs::read(folder.join(FORMAT))
        .map_err(StoreError::io("reading the format"))
        .and_then(|text| format.accept(folder, &String::from_utf8_lossy(&text)));
    match checked {
        Err(error @ (StoreError::NewerFormat { .. } | StoreError::OlderFormat { .. })) => {
            Err(error)
        }
        _ if log_in(folder).is_file() => Ok(()),
        _ => Err(StoreError::Incomplete { folder: folder.to_owned(), missing: "sled/db".into() }),
    }
}

fn hold(folder: &Path, lock: &File) -> Result<(), StoreError> {
    match lock.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => {
            Err(StoreError::Io { doing: "locking the folder", source })
        }
    }
}

/// Looks at a folder without touching it, and returns whether the store in it has still to be made.
fn look(folder: &Path, format: Format) -> Result<bool, StoreError> {
    let names = names_in(folder)?;
    let foreign =
        |name: &str| StoreError::NotOurs { folder: folder.to_owned(), found: name.into() };
    let text = |name: &str| {
        fs::read(folder.join(name))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(StoreError::io("reading the format"))
    };
    if names.contains(FORMAT) {
        format.accept(folder, &text(FORMAT)?)?;
        for file in ["db", "conf"] {
            let length =
                fs::metadata(folder.join(DATABASE).join(file)).map_or(0, |data| data.len());
            if length == 0 {
                let missing = format!("{DATABASE}/{file}");
                return Err(StoreError::Incomplete { folder: folder.to_owned(), missing });
            }
        }
        return Ok(false);
    }
    let ours = [LOCK, FORMAT_NEW, FLUSHED, DATABASE];
    if let Some(other) = names.iter().find(|name| !ours.contains(&name.as_str())) {
        return Err(foreign(other));
    }
    if names.contains(DATABASE) {
        if !names.contains(FORMAT_NEW) {
            return Err(foreign(DATABASE));
        }
        format.accept(folder, &text(FORMAT_NEW)?)?;
    }
    Ok(true)
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>, StoreError> {
    let doing = "looking into the folder";
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(StoreError::io(doing))? {
        let name = entry.map_err(StoreError::io(doing))?.file_name();
        names.insert(name.to_string_lossy().into_owned());
    }
    Ok(names)
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Err(StoreError::NotOurs { folder: path.to_owned(), found: "a file".into() });
    }
    fs::create_dir_all(path).map_err(StoreError::io("making the folder"))?;
    path.parent().filter(|parent| parent.is_dir()).map_or(Ok(()), sync_folder)
}

/// Returns the plain files in a folder and in those below it.
pub(super) fn files_under(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let doing = "looking into the folder";
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(StoreError::io(doing))? {
            let entry = entry.map_err(StoreError::io(doing))?;
            let kind = entry.file_type().map_err(StoreError::io(doing))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

/// Makes the names in a folder durable. Only Unix lets a folder be synced, and only there is it needed.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(path)
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io("syncing the folder"))?;
    }
    Ok(())
}
