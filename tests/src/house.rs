//! A small house that lets halls: definitions, guests and their tokens in a folder of its own.
//!
//! The definitions are `fixtures/house`; each test has a copy, which it may change.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{Ran, xueji};
use crate::http::Client;
use crate::server::Server;
use crate::tree;

/// The moment at which the house's clock starts: a Monday morning.
pub const CLOCK: &str = "2026-09-28T09:00:00+08:00";
/// The staff, each with a token.
pub const STAFF: &[&str] = &["east-head", "west-head", "watch", "keeper", "steward"];

/// A house.
#[derive(Debug)]
pub struct House {
    folder: TempDir,
    steward: String,
}

/// The people of a running house.
#[derive(Debug, Clone)]
pub struct People {
    client: Client,
    tokens: BTreeMap<String, String>,
}

impl House {
    /// Returns a house with definitions, an empty data folder, and a token for its steward.
    #[must_use]
    pub fn new() -> Self {
        let mut house = Self { folder: small(), steward: String::new() };
        // The first start sets the clock of the data folder, which every later one goes on with.
        assert_eq!(house.start().stop(), Some(0), "a server that is asked to stop ends well");
        house.steward = secret(&house.token(&["create", "steward"]));
        house
    }

    /// Returns a house whose guests know the year in which they came, and that has a second steward.
    #[must_use]
    pub fn yearly() -> Self {
        let house = Self::new();
        let records = house.path("workflows/records.yaml");
        tree::edit(&records, "    label: name\n", "    label: name\n    cohort: since\n");
        tree::edit(
            &records,
            "      unit: {title: {zh: 厅, en: Hall}, type: text}\n",
            "      unit: {title: {zh: 厅, en: Hall}, type: text}\n      since: {title: {zh: 入馆年, en: Since}, type: number}\n",
        );
        let organisation = house.path("workflows/organisation.yaml");
        tree::edit(
            &organisation,
            "  steward: {name: 总}\n",
            "  steward: {name: 总}\n  deputy: {name: 副}\n",
        );
        tree::edit(
            &organisation,
            "  - {person: steward, role: steward}\n",
            "  - {person: steward, role: steward}\n  - {person: deputy, role: steward}\n",
        );
        house
    }

    /// Returns a path in the house's folder.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Returns the data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Returns the arguments that say where definitions and data lie.
    #[must_use]
    pub fn places(&self) -> Vec<OsString> {
        let mut arguments = definitions(self.folder.path());
        arguments.extend(["--data".into(), self.data().into()]);
        arguments
    }

    /// Runs `xueji token` on the data folder.
    #[must_use]
    pub fn token(&self, act: &[&str]) -> Ran {
        let verb = std::iter::once(OsString::from("token"));
        xueji(verb.chain(self.places()).chain(act.iter().map(OsString::from)))
    }

    /// Starts a server on the house, or tells how it ended.
    ///
    /// # Errors
    /// It ended without becoming ready.
    pub fn try_start(&self) -> Result<Server, Ran> {
        Server::start(&self.serving(), &self.path("server.log"))
    }

    /// Starts a server on the house, and kills it after a while, be it ready or not.
    pub fn start_and_kill(&self, moment: Duration) {
        Server::killed_after(&self.serving(), &self.path("server.log"), moment);
    }

    fn serving(&self) -> Vec<OsString> {
        let mut arguments = self.places();
        arguments.extend(["--clock".into(), CLOCK.into()]);
        arguments
    }

    /// Starts a server on the house.
    #[must_use]
    pub fn start(&self) -> Server {
        self.try_start().unwrap_or_else(|ended| panic!("the server ended: {ended:#?}"))
    }

    /// Returns the steward's token.
    #[must_use]
    pub fn steward(&self) -> &str {
        &self.steward
    }

    /// Lets guests in and gives everybody a token.
    #[must_use]
    pub fn open(&self, server: &Server) -> People {
        let client = server.client();
        let mut people = People {
            client,
            tokens: BTreeMap::from([("steward".to_owned(), self.steward.clone())]),
        };
        let clock = people.of("steward").read("/api/v1/clock");
        assert!(
            clock["now"].as_str().is_some_and(|now| now.starts_with("2026-09-28T01:")),
            "{clock}"
        );
        let table = tree::text(&self.path("guests.csv"));
        let reply =
            people.of("steward").upload("/api/v1/imports/guest", "text/csv", table.as_bytes());
        let imported = reply.expect("the server answers").expect(200);
        let guests: Vec<&str> =
            table.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
        assert_eq!(imported["created"], json!(guests.len()), "{imported}");
        for guest in guests {
            people.admit(&format!("guest:{guest}"));
        }
        for person in STAFF.iter().filter(|person| **person != "steward") {
            people.admit(person);
        }
        people
    }
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a folder with the house's definitions alone.
#[must_use]
pub fn small() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    tree::copy(&tree::root().join("tests/fixtures/house"), folder.path());
    folder
}

/// Runs `xueji` on the definitions of a folder.
#[must_use]
pub fn on(folder: &Path, arguments: &[&str]) -> Ran {
    let own = arguments.iter().map(OsString::from);
    xueji(own.chain(definitions(folder)))
}

/// Returns the arguments that say where a folder's definitions lie.
#[must_use]
pub fn definitions(folder: &Path) -> Vec<OsString> {
    ["workflows", "rules"]
        .into_iter()
        .flat_map(|name| [OsString::from(format!("--{name}")), folder.join(name).into()])
        .collect()
}

/// Finds the secret in what `xueji token create` said.
#[must_use]
pub fn secret(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let start = ran.stdout.find("xj_").unwrap_or_else(|| panic!("no token in {ran:#?}"));
    ran.stdout[start..]
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .next()
        .unwrap_or_default()
        .to_owned()
}

impl People {
    fn admit(&mut self, person: &str) {
        let body = json!({"person": person, "name": "test"});
        let reply = self.of("steward").post("/api/v1/tokens", &body).expect("the server answers");
        let secret =
            reply.expect(201)["secret"].as_str().expect("a new token has a secret").to_owned();
        self.tokens.insert(person.to_owned(), secret);
    }

    /// Returns a client that asks in a person's name: of the staff, or `guest:<id>`.
    #[must_use]
    pub fn of(&self, person: &str) -> Client {
        let token = self.tokens.get(person).unwrap_or_else(|| panic!("{person} has no token"));
        self.client.with(token)
    }

    /// Returns the same people before a server that was started anew.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Self { client: server.client(), tokens: self.tokens.clone() }
    }

    /// Starts a booking, and returns the case's id.
    #[must_use]
    pub fn book(&self, guest: &str, seats: u32, mark: &str) -> String {
        let body = booking(guest, seats, mark);
        let reply = self
            .of(&format!("guest:{guest}"))
            .post("/api/v1/instances", &body)
            .expect("the server answers");
        reply.expect(201)["id"].as_str().expect("a case has an id").to_owned()
    }

    /// Returns a case, as the steward sees it.
    #[must_use]
    pub fn case(&self, id: &str) -> Value {
        self.of("steward").read(&format!("/api/v1/instances/{id}"))
    }

    /// Returns the id of a case's open task at a step.
    #[must_use]
    pub fn task(&self, case: &str, step: &str) -> Option<String> {
        let tasks = self.case(case)["open_tasks"].as_array().cloned().unwrap_or_default();
        let task = tasks.into_iter().find(|task| task["step"] == step)?;
        task["id"].as_str().map(str::to_owned)
    }

    /// Answers a case's open task at a step.
    pub fn complete(&self, person: &str, case: &str, step: &str, answer: &Value) -> Value {
        let task = self.task(case, step).unwrap_or_else(|| panic!("{step} is not open in {case}"));
        let reply = self.of(person).post(&format!("/api/v1/tasks/{task}/complete"), answer);
        reply.expect("the server answers").expect(200)
    }
}

/// Returns the body that starts a booking.
#[must_use]
pub fn booking(guest: &str, seats: u32, mark: &str) -> Value {
    json!({"process": "hall-booking", "subject": guest, "form": {"seats": seats, "mark": mark}})
}
