//! What the system says when it will not, with the file that it is about.
//!
//! Invariant: the file is named in either language.

use std::io::Error;
use std::path::{Path, PathBuf};

use xueji_definition::system;

/// Returns the words for an error of the system, with the file that it is about where it holds one.
pub(super) fn in_chinese(error: &Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Named>()) {
        Some(Named { path, error }) => {
            format!("{}：{}", path.display(), system::in_chinese(error))
        }
        None => system::in_chinese(error),
    }
}

/// An error with the file that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
struct Named {
    path: PathBuf,
    error: Error,
}

/// Returns an error with the file that it is about.
pub(super) fn named(path: &Path, error: Error) -> Error {
    Error::new(error.kind(), Named { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_with_what_is_wrong_with_it() {
        let named = named(Path::new("logs"), Error::from_raw_os_error(13));
        assert_eq!(in_chinese(&named), "logs：没有权限");
    }
}
