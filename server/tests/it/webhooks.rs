//! Addresses outside are called after the commit, with a key, until they say yes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use xueji_definition::Sources;
use xueji_engine::{Clock, Engine, ReleaseBuilder, Submission};
use xueji_runtime::Actor;
use xueji_runtime::command::{Command, Start};
use xueji_server::webhooks;
use xueji_store::MemoryStore;

const CALENDARS: &str = "
time-zone: '+08:00'
years:
  2026: {certain: true, notice: {zh: 通知, en: Notice}, days-off: [], make-up-days: []}
terms: []
windows: {}
days: {}
";

const ORGANISATION: &str = "
title: {zh: 会馆, en: House}
units: {}
roles:
  keeper: {title: {zh: 管理员, en: Keeper}}
people:
  keeper: {name: 管}
holders:
  - {person: keeper, role: keeper}
";

const PROCESS: &str = "
process: tell
title: {zh: 通报, en: Tell}
start:
  by: {role: keeper}
effects:
  call: {webhook: {address: gate.address, data: {case: case.id}}}
steps:
  calling: {service-task: [call], next: {done: over}}
  over: {end: told}
";

fn engine(address: &str) -> Engine {
    let parameters = format!(
        "parameters:\n  gate.address: {{title: {{zh: 地址, en: Address}}, type: text, values: [{{value: \"{address}\", source: 测试}}]}}\n"
    );
    let files = [
        ("workflows/calendars.yaml", CALENDARS),
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/parameters.yaml", parameters.as_str()),
        ("workflows/processes/tell.yaml", PROCESS),
    ];
    let sources = Sources::from_pairs(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let builder: ReleaseBuilder = Arc::new(|sources| {
        let checked = xueji_check::check(sources);
        checked.release.ok_or(checked.findings)
    });
    let clock = Clock::manual("2026-09-21T01:00:00Z".parse().unwrap());
    Engine::open(Arc::new(MemoryStore::new()), builder, clock, Some(sources)).unwrap()
}

/// Answers one request with that status, and returns what was asked.
fn answer(listener: &TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let asked = read(&mut stream);
    stream
        .write_all(
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .unwrap();
    asked
}

fn read(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0_u8; 4096]);
    while !text.contains('}') {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request ended early: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[test]
fn a_call_is_repeated_under_its_key_until_it_is_taken_and_then_never_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let engine = engine(&format!("http://{}/hook", listener.local_addr().unwrap()));
    let start = Start { process: "tell".into(), ..Start::default() };
    engine.submit(Submission::new(Command::Start(start), Actor::Person("keeper".into()))).unwrap();
    let (first, second) = std::thread::scope(|scope| {
        let other =
            scope.spawn(|| (answer(&listener, "503 Busy"), answer(&listener, "204 No Content")));
        assert!(!webhooks::round(&engine), "it was not taken");
        assert!(webhooks::round(&engine), "it was taken");
        other.join().unwrap()
    });
    let key = |text: &str| {
        let line = text.lines().find(|line| line.to_lowercase().starts_with("idempotency-key:"));
        line.map(str::to_owned).unwrap()
    };
    assert_eq!(key(&first), key(&second));
    assert!(
        second.starts_with("POST /hook HTTP/1.1") && second.contains("\"case\":\"2026-000001\""),
        "{second}"
    );
    assert!(webhooks::round(&engine), "nothing is left to call");
}
