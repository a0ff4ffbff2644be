//! The `xueji` command, run to its end.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::tree;

/// Returns the path of the binary: `XUEJI_BIN`, or the one that the tests' own profile builds.
///
/// # Panics
/// It is not there; the message says how to build it.
#[must_use]
pub fn binary() -> PathBuf {
    let given = std::env::var_os("XUEJI_BIN").map(PathBuf::from);
    let path = given.unwrap_or_else(|| tree::root().join("target/debug/xueji"));
    assert!(
        path.is_file(),
        "{} is not there: build it with `cargo build -p xueji-server`, or run everything with `tests/run`",
        path.display()
    );
    path
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// Its results.
    pub stdout: String,
    /// Everything else that it said.
    pub stderr: String,
}

impl Ran {
    /// Returns the results as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Returns all that it said.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs `xueji` with arguments, in the workspace's folder.
#[must_use]
pub fn xueji<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(tree::root()).env("XUEJI_LANG", "zh");
    let output = command.output();
    let Output { status, stdout, stderr } = output.expect("the binary can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what it says is UTF-8");
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}
