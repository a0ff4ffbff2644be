//! The files of the workspace, and copies of folders.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in the workspace")
        .to_owned()
}

/// Returns all files under a folder whose name ends with `.<extension>`, in order. `target` folders are left out.
#[must_use]
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, &mut |path| {
        if path.extension().is_some_and(|is| is == extension) {
            found.push(path.to_owned());
        }
    });
    found.sort();
    found
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                walk(&path, visit);
            }
        } else {
            visit(&path);
        }
    }
}

/// Returns a file's text; what is not UTF-8 in it is replaced.
#[must_use]
pub fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    walk(from, &mut |path| {
        let inside = path.strip_prefix(from).expect("what is walked lies inside");
        let target = to.join(inside);
        fs::create_dir_all(target.parent().expect("a file lies in a folder"))
            .expect("the folder can be made");
        fs::copy(path, &target).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    });
}

/// Changes a text in a file, which must be there.
pub fn edit(path: &Path, from: &str, to: &str) {
    let before = text(path);
    assert!(before.contains(from), "{} holds no {from:?}", path.display());
    fs::write(path, before.replace(from, to)).expect("the file can be written");
}
