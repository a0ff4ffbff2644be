//! The sample as its users meet it: a data folder filled once, and the people of `sample-tokens.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use xueji_tests::http::Client;
use xueji_tests::server::Server;
use xueji_tests::tree;

/// A sample that is served, on a data folder of its own.
pub(crate) struct Office {
    pub(crate) server: Server,
    pub(crate) people: Vec<Value>,
    folder: TempDir,
}

/// What the first start said, and the folder that it filled.
struct First {
    data: PathBuf,
    said: String,
}

/// Fills a folder with the sample once for all tests of this run.
fn first() -> &'static First {
    static FIRST: OnceLock<First> = OnceLock::new();
    FIRST.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let data = folder.join("data");
        let server = start(&data, &folder.join("server.log"));
        let said = server.said.clone();
        assert_eq!(server.stop(), Some(0));
        First { data, said }
    })
}

fn start(data: &Path, log: &Path) -> Server {
    let arguments = ["--sample".into(), "--data".into(), data.into()];
    Server::start(&arguments, log)
        .unwrap_or_else(|ended| panic!("the sample is not served: {ended:#?}"))
}

/// Returns what the start that filled the folder said on stdout.
pub(crate) fn said_first() -> &'static str {
    &first().said
}

impl Office {
    /// Serves a copy of the sample.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        tree::copy(&first().data, &data);
        let server = start(&data, &folder.path().join("server.log"));
        let tokens = tree::text(&data.join("sample-tokens.json"));
        let people = serde_json::from_str(&tokens).unwrap();
        Self { server, people, folder }
    }

    /// Stops the server, and serves the same data again.
    pub(crate) fn again(self) -> Self {
        let Self { server, people, folder } = self;
        assert_eq!(server.stop(), Some(0));
        let server = start(&folder.path().join("data"), &folder.path().join("server.log"));
        Self { server, people, folder }
    }

    /// Returns a client of somebody who holds a role, in a unit if one is named.
    pub(crate) fn holder(&self, role: &str, unit: Option<&str>) -> Client {
        let holds =
            |held: &Value| held["role"] == role && unit.is_none_or(|unit| held["unit"] == unit);
        let person =
            self.people.iter().find(|person| person["roles"].as_array().unwrap().iter().any(holds));
        let person = person.unwrap_or_else(|| panic!("nobody holds {role} in {unit:?}"));
        self.of(person)
    }

    /// Returns a client of a person of `sample-tokens.json`.
    pub(crate) fn of(&self, person: &Value) -> Client {
        self.server.client().with(person["token"].as_str().unwrap())
    }
}
