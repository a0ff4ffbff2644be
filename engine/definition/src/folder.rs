//! Reading the two folders that an office edits; the only place in this room that touches a disk.
//!
//! Invariant: bounded in files, bytes and depth, and never outside of the two folders. A file that cannot be taken ends
//! in a finding; only when nothing can be read at all is there an error.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Text;
use crate::finding::{Finding, Spot};
use crate::yaml::MAX_BYTES;

/// The most files that are read.
pub const MAX_FILES: usize = 5_000;
/// The most bytes of all files together.
pub const MAX_TOTAL_BYTES: usize = 64 << 20;
/// The deepest folder, counted from `workflows` or `rules`.
pub const MAX_FOLDER_DEPTH: usize = 6;

/// The texts of a release: what an office edits, by path (`workflows/processes/x.yaml`, `rules/x.rhai`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The texts by path, with forward slashes.
    pub files: BTreeMap<String, String>,
}

impl Sources {
    /// Returns sources from pairs of path and text.
    pub fn from_pairs<P: Into<String>, T: Into<String>>(
        pairs: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        Self { files: pairs.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }

    /// Returns the content hash, 64 hexadecimal digits: the same for the same paths and texts, and for no others.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, text) in &self.files {
            for part in [path, text] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such folder, or no definition in it.
    #[error("nothing to read in {}", path.display())]
    NothingToRead {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is there and cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the folders of workflows and rules. `schema` and `sample` in the first and names that begin with a dot are
/// passed over; a folder of rules that is not there counts as empty.
///
/// # Errors
/// [`ReadError::NothingToRead`] without a definition file, [`ReadError::Io`] when a folder cannot be listed.
pub fn read_folder(workflows: &Path, rules: &Path) -> Result<(Sources, Vec<Finding>), ReadError> {
    let mut walk = Walk::default();
    walk.root("workflows", workflows)?;
    // A folder of rules alone is one that was taken for the other.
    let only_rules = walk.sources.files.keys().all(|path| path.ends_with(".rhai"));
    if only_rules && walk.findings.is_empty() {
        return Err(ReadError::NothingToRead { path: workflows.to_owned() });
    }
    match walk.root("rules", rules) {
        Ok(()) | Err(ReadError::NothingToRead { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok((walk.sources, walk.findings))
}

#[derive(Default)]
struct Walk {
    sources: Sources,
    findings: Vec<Finding>,
    bytes: usize,
    entries: usize,
    full: bool,
}

impl Walk {
    fn root(&mut self, name: &str, folder: &Path) -> Result<(), ReadError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ReadError::NothingToRead { path: folder.to_owned() },
            _ => ReadError::Io { path: folder.to_owned(), source },
        };
        let root = fs::canonicalize(folder).map_err(failed)?;
        self.folder(&root, &root, name, 1).map_err(failed)
    }

    fn folder(&mut self, root: &Path, folder: &Path, name: &str, depth: usize) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            entries.push(entry?);
            self.entries += 1;
            if self.entries > MAX_FILES {
                break;
            }
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name().to_string_lossy().into_owned();
            let top = depth == 1 && name == "workflows";
            if file_name.starts_with('.')
                || (top && ["schema", "sample"].contains(&file_name.as_str()))
            {
                continue;
            }
            if self.full || self.is_full(name) {
                return Ok(());
            }
            let path = format!("{name}/{file_name}");
            if let Err(error) = self.entry(root, &entry, &path, depth) {
                self.unreadable(&path, &error);
            }
        }
        Ok(())
    }

    fn is_full(&mut self, name: &str) -> bool {
        self.full = self.entries > MAX_FILES || self.bytes > MAX_TOTAL_BYTES;
        if self.full {
            let megabytes = MAX_TOTAL_BYTES >> 20;
            let message = Text::new(
                format!("文件太多：最多 {MAX_FILES} 个、共 {megabytes} MiB，其余没有读取"),
                format!(
                    "too many files: at most {MAX_FILES}, and {megabytes} MiB together; the rest was not read"
                ),
            );
            self.findings.push(Finding::error("too-many-files", name, Spot::File, message));
        }
        self.full
    }

    fn entry(
        &mut self,
        root: &Path,
        entry: &fs::DirEntry,
        path: &str,
        depth: usize,
    ) -> io::Result<()> {
        let kind = entry.file_type()?;
        let place = entry.path();
        if kind.is_symlink() {
            let target = fs::canonicalize(&place)?;
            if !target.starts_with(root) {
                let message = Text::new("链接指向文件夹之外", "the link leads out of the folder");
                let help = Text::new("把文件本身放进来", "put the file itself here");
                self.findings
                    .push(Finding::error("file-outside", path, Spot::File, message).help(help));
                return Ok(());
            }
            if fs::metadata(&target)?.is_dir() {
                let message =
                    Text::new("链接指向的文件夹不读取", "a link to a folder is not followed");
                let help = Text::new("去掉这个链接", "remove the link");
                self.findings
                    .push(Finding::error("folder-link", path, Spot::File, message).help(help));
                return Ok(());
            }
        } else if kind.is_dir() {
            if depth < MAX_FOLDER_DEPTH {
                return self.folder(root, &place, path, depth + 1);
            }
            let message = Text::new(
                format!("文件夹嵌套太深：最多 {MAX_FOLDER_DEPTH} 层"),
                format!("folders are nested too deeply: at most {MAX_FOLDER_DEPTH}"),
            );
            self.findings.push(Finding::error("folder-too-deep", path, Spot::File, message));
            return Ok(());
        }
        self.file(&place, path)
    }

    fn file(&mut self, place: &Path, path: &str) -> io::Result<()> {
        if path.ends_with(".md") {
            return Ok(());
        }
        // A pipe or device would block the reader or never end.
        if !fs::metadata(place)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(place)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        self.bytes += bytes.len();
        if bytes.len() > MAX_BYTES {
            let message = Text::new(
                format!("文件太大：最多 {MAX_BYTES} 字节"),
                format!("the file is too large: at most {MAX_BYTES} bytes"),
            );
            self.findings.push(Finding::error("yaml-too-large", path, Spot::File, message));
            return Ok(());
        }
        match text(path, bytes) {
            Ok(text) => {
                self.sources.files.insert(path.to_owned(), text);
            }
            Err(finding) => self.findings.push(*finding),
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        let message = Text::new(
            format!("文件无法读取：{}", crate::system::in_chinese(error)),
            format!("the file cannot be read: {error}"),
        );
        self.findings.push(Finding::error("file-unreadable", path, Spot::File, message));
    }
}

/// Returns the text of a file's bytes, without a byte order mark.
fn text(path: &str, bytes: Vec<u8>) -> Result<String, Box<Finding>> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) => {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let good = String::from_utf8_lossy(good);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let (zh, en) =
                if utf16 { ("是 UTF-16", "is UTF-16") } else { ("不是 UTF-8", "is not UTF-8") };
            let message = Text::new(format!("文件的编码{zh}"), format!("the file {en}"));
            let help = Text::new("用编辑器另存为 UTF-8", "save it as UTF-8");
            let spot = Spot::At(small(line), small(column));
            Err(Box::new(Finding::error("yaml-encoding", path, spot, message).help(help)))
        }
    }
}
