//! Writing what was mended: each file whole, and only if it is still what was read.
//!
//! Invariant: a file is replaced by renaming a finished one over it, with its permissions and byte order mark kept; one
//! that changed meanwhile is left as it is.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;
use xueji_definition::Sources;

use crate::cli::args::Folders;
use crate::cli::{Exit, Trouble, fmt};

/// The lines around a change that are shown.
const AROUND: usize = 3;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Returns the files that are different, with their texts before and after.
fn changed<'s>(before: &'s Sources, after: &'s Sources) -> Vec<(&'s str, &'s str, &'s str)> {
    let all = before.files.iter().filter_map(|(path, old)| {
        let new = after.files.get(path)?;
        (old != new).then_some((path.as_str(), old.as_str(), new.as_str()))
    });
    all.collect()
}

/// Lays the files out again that were laid out before they were mended; in others nothing else changes.
pub(super) fn as_laid_out(before: &Sources, after: Sources) -> Sources {
    let mut laid = after.clone();
    for (path, old, new) in changed(before, &after) {
        if fmt::laid_out(path, old).is_ok_and(|text| text == old)
            && let Ok(text) = fmt::laid_out(path, new)
        {
            laid.files.insert(path.to_owned(), text);
        }
    }
    laid
}

/// Returns the differences as a unified diff.
pub(super) fn diff(before: &Sources, after: &Sources) -> String {
    let each = changed(before, after).into_iter().map(|(path, old, new)| {
        let diff = TextDiff::from_lines(old, new);
        let mut unified = diff.unified_diff();
        unified
            .context_radius(AROUND)
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string()
    });
    each.collect()
}

/// Writes the files that are different.
pub(super) fn write(folders: &Folders, before: &Sources, after: &Sources) -> Result<(), Trouble> {
    for (path, old, new) in changed(before, after) {
        let place = place(folders, path).ok_or_else(|| moved(path))?;
        let there = fs::read(&place)?;
        let mark = if there.starts_with(BYTE_ORDER_MARK.as_bytes()) { BYTE_ORDER_MARK } else { "" };
        if there.get(mark.len()..) != Some(old.as_bytes()) {
            return Err(moved(path));
        }
        replace(&place, format!("{mark}{new}").as_bytes())?;
    }
    Ok(())
}

fn moved(path: &str) -> Trouble {
    Trouble::new(
        Exit::Io,
        format!("{path} 在此期间改动过，没有写入"),
        format!("{path} changed meanwhile and was not written"),
    )
    .hint("再运行一次", "run it again")
}

/// Returns where a file of the sources stands.
fn place(folders: &Folders, path: &str) -> Option<PathBuf> {
    let (folder, rest) = match path.strip_prefix("workflows/") {
        Some(rest) => (&folders.workflows, rest),
        None => (&folders.rules, path.strip_prefix("rules/")?),
    };
    Some(folder.join(rest))
}

/// Writes a file whole: another beside it, then renamed over it. Permissions are kept, links are followed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        if let Ok(there) = fs::metadata(&path) {
            file.set_permissions(there.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &path)
    })();
    written.map_err(|error: std::io::Error| {
        // What could not be finished is not left lying about; if that fails, too, the first fault is what counts.
        drop(fs::remove_file(&beside));
        Trouble::unwritable(&path, &error)
    })
}
