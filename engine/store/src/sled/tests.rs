//! What only a disk can show: locks, formats, torn and damaged folders, recovery.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::*;
use crate::{
    Direction, Range, VALUE_LIMIT,
    contract::{Bed, exercise},
    verify,
};

const FORMAT: Format = Format { application: "example", number: 3 };

fn open(path: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(path, FORMAT)
}

fn batch_of(puts: &[(&str, &str)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in puts {
        batch.put(*key, *value).unwrap();
    }
    batch
}

struct Disk {
    root: TempDir,
    made: Cell<u32>,
}

impl Bed for Disk {
    type Store = SledStore;

    fn make(&self) -> SledStore {
        self.made.set(self.made.get() + 1);
        open(&self.root.path().join(self.made.get().to_string())).unwrap()
    }

    fn reopen(&self, store: SledStore) -> SledStore {
        let path = store.path();
        drop(store);
        open(&path).unwrap()
    }

    fn spoil(&self, store: &SledStore, key: &[u8]) {
        assert!(store.spoil(key).unwrap());
    }

    fn histories(&self) -> u32 {
        24
    }
}

#[test]
fn sled_keeps_the_contract() {
    exercise(&Disk { root: TempDir::new().unwrap(), made: Cell::new(0) });
}

#[test]
fn a_folder_in_use_is_refused_at_once_and_free_again_afterwards() {
    let root = TempDir::new().unwrap();
    let store = open(root.path()).unwrap();
    assert!(matches!(open(root.path()), Err(StoreError::InUse { .. })));
    let copy = root.path().join("copy");
    assert!(matches!(recover(root.path(), &copy, FORMAT), Err(StoreError::InUse { .. })));
    drop(store);
    open(root.path()).unwrap();
}

#[test]
fn a_snapshot_that_a_kill_left_unfinished_does_not_stand_in_the_way() {
    let root = TempDir::new().unwrap();
    open(root.path()).unwrap().commit(&batch_of(&[("a", "1")])).unwrap();
    let unfinished = root.path().join("sled").join("snap.FFFFFFFFFFFFFFFF.generating");
    fs::write(&unfinished, b"half of it").unwrap();
    let store = open(root.path()).unwrap();
    assert_eq!(store.snapshot().unwrap().get(b"a").unwrap().as_deref(), Some(&b"1"[..]));
    assert!(!unfinished.exists());
}

#[test]
fn a_newer_or_older_format_is_refused_and_left_as_it_was() {
    let root = TempDir::new().unwrap();
    open(root.path()).unwrap().commit(&batch_of(&[("a", "1")])).unwrap();
    let before = contents(root.path());
    let older = Format { number: 2, ..FORMAT };
    let newer = Format { number: 4, ..FORMAT };
    assert!(matches!(
        SledStore::open(root.path(), older),
        Err(StoreError::NewerFormat { part: "application", found: 3, known: 2 })
    ));
    assert!(matches!(
        SledStore::open(root.path(), newer),
        Err(StoreError::OlderFormat { part: "application", found: 3, known: 4 })
    ));
    fs::write(root.path().join("FORMAT"), "example\nformat 3\nstore 2\n").unwrap();
    assert!(matches!(
        open(root.path()),
        Err(StoreError::NewerFormat { part: "store", found: 2, known: 1 })
    ));
    fs::write(root.path().join("FORMAT"), "example\nformat 3\nstore 1\n").unwrap();
    assert_eq!(contents(root.path()), before);
    assert_eq!(open(root.path()).unwrap().get(b"a").unwrap(), Some(b"1".to_vec()));
}

#[test]
fn a_folder_that_holds_something_else_is_refused_and_left_as_it_was() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("letter.txt"), "dear").unwrap();
    let before = contents(root.path());
    let Err(StoreError::NotOurs { found, .. }) = open(root.path()) else { panic!("was taken") };
    assert_eq!(found, "letter.txt");
    assert_eq!(contents(root.path()), before);
    assert!(matches!(open(&root.path().join("letter.txt")), Err(StoreError::NotOurs { .. })));

    let other = Format { application: "other", ..FORMAT };
    let folder = root.path().join("folder");
    drop(open(&folder).unwrap());
    assert!(matches!(SledStore::open(&folder, other), Err(StoreError::NotOurs { .. })));
}

#[test]
fn a_making_that_was_killed_is_begun_again() {
    let root = TempDir::new().unwrap();
    let made = root.path().join("made");
    drop(open(&made).unwrap());
    // Killed after the lock, after the name, in the database, and just before the last step.
    let stages: [&[&str]; 4] = [
        &["LOCK"],
        &["LOCK", "FORMAT.new"],
        &["LOCK", "FORMAT.new", "sled/conf"],
        &["LOCK", "FORMAT.new", "FLUSHED", "sled/conf", "sled/db"],
    ];
    for (number, files) in stages.iter().enumerate() {
        let folder = root.path().join(number.to_string());
        fs::create_dir_all(folder.join("sled")).unwrap();
        if files.len() < 3 {
            fs::remove_dir(folder.join("sled")).unwrap();
        }
        for file in *files {
            let from = made.join(file.trim_end_matches(".new"));
            fs::copy(from, folder.join(file)).unwrap();
        }
        let store = open(&folder).unwrap();
        store.commit(&batch_of(&[("a", "1")])).unwrap();
        drop(store);
        assert_eq!(open(&folder).unwrap().get(b"a").unwrap(), Some(b"1".to_vec()));
    }
}

#[test]
fn a_missing_part_is_told_and_never_made_anew() {
    for part in ["sled/db", "sled/conf"] {
        let (root, _) = folder_with_history();
        fs::remove_file(root.path().join(part)).unwrap();
        let Err(StoreError::Incomplete { missing, .. }) = open(root.path()) else {
            panic!("{part} was made anew")
        };
        assert_eq!(missing, part);
        assert!(!root.path().join(part).exists());
    }
}

#[test]
fn values_up_to_the_limit_stay_inside_the_log() {
    let root = TempDir::new().unwrap();
    let store = open(root.path()).unwrap();
    // In order, out of order, thinned out until pages merge, and filled again.
    for round in 0..8_u8 {
        let mut batch = Batch::new();
        for number in 0..=255_u8 {
            let key = if round % 2 == 0 { number } else { number.wrapping_mul(167) };
            if round % 4 == 2 && number % 7 < 5 {
                batch.delete([key]).unwrap();
            } else {
                batch.put([key], vec![number ^ round; VALUE_LIMIT]).unwrap();
            }
        }
        store.commit(&batch).unwrap();
    }
    let outside = fs::read_dir(root.path().join("sled/blobs")).unwrap().count();
    assert_eq!(outside, 0, "sled does not sync these files");
}

/// Everything that was ever committed, state after state; the number of batches is the index.
type History = Vec<BTreeMap<Vec<u8>, Vec<u8>>>;

/// A closed folder of 60 batches of three changes each, and every state that it has been in.
fn folder_with_history() -> (TempDir, History) {
    let root = TempDir::new().unwrap();
    let store = open(root.path()).unwrap();
    let mut history = vec![BTreeMap::new()];
    for number in 0..60_u32 {
        let mut state = history.last().unwrap().clone();
        let mut batch = Batch::new();
        let value = format!("{number} ").repeat(600).into_bytes();
        for key in [format!("new-{number}"), format!("hot-{}", number % 4)] {
            batch.put(key.clone(), value.clone()).unwrap();
            state.insert(key.into_bytes(), value.clone());
        }
        let old = format!("new-{}", number / 2).into_bytes();
        batch.delete(old.clone()).unwrap();
        state.remove(&old);
        store.commit(&batch).unwrap();
        history.push(state);
    }
    drop(store);
    (root, history)
}

fn copy_folder(from: &Path) -> (TempDir, PathBuf) {
    let root = TempDir::new().unwrap();
    for path in folder::files_under(from).unwrap() {
        let target = root.path().join("copy").join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, target).unwrap();
    }
    fs::create_dir_all(root.path().join("copy/sled/blobs")).unwrap();
    let copy = root.path().join("copy");
    (root, copy)
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = folder::files_under(folder).unwrap().into_iter();
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Opens a copy after something was done to it: a clean error, or one of the states that were, whole.
/// Returns the number of the state, if it opened and was sound.
fn state_shown(folder: &Path, history: &History) -> Option<usize> {
    let store = match open(folder) {
        Ok(store) => store,
        Err(
            StoreError::Damaged { .. }
            | StoreError::Unreadable { .. }
            | StoreError::Lost { .. }
            | StoreError::Incomplete { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Io { .. },
        ) => return None,
        Err(other) => panic!("an error of another kind: {other}"),
    };
    let number = usize::try_from(store.snapshot().unwrap().sequence()).unwrap();
    match store.scan(&Range::all(), None, 10_000, Direction::Ascending) {
        Ok(entries) => {
            let shown: BTreeMap<_, _> = entries.into_iter().collect();
            assert!(history[number] == shown, "state {number} is not what it was");
            Some(number)
        }
        Err(StoreError::Damaged { .. } | StoreError::Unreadable { .. } | StoreError::Io { .. }) => {
            None
        }
        Err(other) => panic!("an error of another kind: {other}"),
    }
}

#[test]
fn a_torn_log_shows_an_earlier_state_or_an_error() {
    let (root, history) = folder_with_history();
    let whole = fs::metadata(root.path().join("sled/db")).unwrap().len();
    let mut earlier = 0;
    for twentieth in 0..20 {
        let (_held, copy) = copy_folder(root.path());
        let log = fs::File::options().write(true).open(copy.join("sled/db")).unwrap();
        log.set_len(whole * twentieth / 20).unwrap();
        drop(log);
        // With the note, what was acknowledged is missed; without it, as after a power cut, an earlier state is shown.
        let shown = state_shown(&copy, &history);
        assert!(shown.is_none_or(|number| number == 60), "{twentieth}/20 shows {shown:?}");
        fs::write(copy.join("FLUSHED"), "").unwrap();
        let shown = state_shown(&copy, &history);
        earlier += u32::from(shown.is_some_and(|number| number < 60));
    }
    assert!(earlier > 0, "no tear was survived");
}

#[test]
fn a_changed_byte_anywhere_is_harmless_or_told() {
    let (root, history) = folder_with_history();
    let mut told = 0;
    let mut tried = 0;
    for path in folder::files_under(root.path()).unwrap() {
        let bytes = fs::read(&path).unwrap();
        let written: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place] != 0).collect();
        for place in written.iter().step_by((written.len() / 16).max(1)) {
            let (_held, copy) = copy_folder(root.path());
            let mut changed = bytes.clone();
            changed[*place] ^= 0x55;
            fs::write(copy.join(path.strip_prefix(root.path()).unwrap()), changed).unwrap();
            let shown = state_shown(&copy, &history);
            assert!(shown.is_none_or(|number| number == 60), "{path:?} {place} shows {shown:?}");
            tried += 1;
            if shown.is_none() {
                told += 1;
                assert_recovery_is_sound(&copy, &history);
            }
        }
    }
    assert!(told > 0 && tried > 30, "{told} of {tried} were told");
}

/// Whatever happened to a folder, recovery ends in an error or in a store of values that were written.
fn assert_recovery_is_sound(damaged: &Path, history: &History) {
    let to = damaged.with_extension("recovered");
    if let Ok(recovery) = recover(damaged, &to, FORMAT) {
        let store = open(&to).unwrap();
        let entries = store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap();
        assert_eq!(entries.len() as u64, recovery.kept);
        assert_values_known(entries, history);
    }
}

#[test]
fn an_emptied_database_is_not_taken_for_a_new_one() {
    let (root, _) = folder_with_history();
    let empty = TempDir::new().unwrap();
    drop(open(empty.path()).unwrap());
    for file in folder::files_under(&root.path().join("sled")).unwrap() {
        fs::remove_file(file).unwrap();
    }
    for file in folder::files_under(&empty.path().join("sled")).unwrap() {
        let name = file.file_name().unwrap();
        fs::copy(&file, root.path().join("sled").join(name)).unwrap();
    }
    let opened = open(root.path());
    assert!(matches!(opened, Err(StoreError::Lost { found: 0, flushed: 60 })), "{opened:?}");
}

#[test]
fn recovery_saves_what_is_sound_tells_what_is_not_and_leaves_the_folder_alone() {
    let (root, history) = folder_with_history();
    let store = open(root.path()).unwrap();
    for key in ["hot-1", "new-59"] {
        assert!(store.spoil(key.as_bytes()).unwrap());
    }
    drop(store);
    let before = contents(root.path());
    let place = TempDir::new().unwrap();
    let to = place.path().join("recovered");
    let recovery = recover(root.path(), &to, FORMAT).unwrap();
    assert_eq!(contents(root.path()), before);
    let mut expected = history[60].clone();
    assert_eq!(recovery.kept, expected.len() as u64 - 2);
    assert_eq!(recovery.damaged_keys, [b"hot-1".to_vec(), b"new-59".to_vec()]);
    assert_eq!((recovery.found, recovery.flushed, recovery.gap.clone()), (Some(60), 60, None));
    assert!(!recovery.is_complete());

    expected.retain(|key, _| !recovery.damaged_keys.contains(key));
    let store = open(&to).unwrap();
    assert!(verify(&store).unwrap().is_clean());
    let entries = store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap();
    assert_eq!(entries.into_iter().collect::<BTreeMap<_, _>>(), expected);
    assert!(matches!(recover(root.path(), &to, FORMAT), Err(StoreError::NotOurs { .. })));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "the working copy is gone");
}

#[test]
fn recovery_of_a_torn_log_tells_how_many_batches_are_lost() {
    let (root, history) = folder_with_history();
    let log = fs::File::options().write(true).open(root.path().join("sled/db")).unwrap();
    let whole = log.metadata().unwrap().len();
    let mut recovered = 0;
    for tenth in (1..10).rev() {
        log.set_len(whole * tenth / 10).unwrap();
        let before = contents(root.path());
        let place = TempDir::new().unwrap();
        let to = place.path().join("recovered");
        let result = recover(root.path(), &to, FORMAT);
        assert_eq!(contents(root.path()), before);
        let Ok(recovery) = result else {
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing half made is left");
            continue;
        };
        recovered += 1;
        assert_eq!(recovery.flushed, 60);
        let store = open(&to).unwrap();
        let entries = store.scan(&Range::all(), None, 10_000, Direction::Ascending).unwrap();
        assert_eq!(entries.len() as u64, recovery.kept);
        assert_values_known(entries, &history);
    }
    assert!(recovered > 0, "nothing was ever saved");
}

fn assert_values_known(entries: Vec<crate::Entry>, history: &History) {
    for (key, value) in entries {
        let known = history.iter().any(|state| state.get(&key) == Some(&value));
        assert!(known, "a value that was never written");
    }
}
