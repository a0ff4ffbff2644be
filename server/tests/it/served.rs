//! The real process: it serves the sample, says where, stops when asked, and has everything again after a restart.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use crate::hall::folder;

struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xueji"));
        command
            .current_dir(folder())
            .args(["serve", "--sample", "--port", "0", "--data"])
            .arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, address) = line.trim().rsplit_once("http://").unwrap();
        Self { child, address: address.to_owned() }
    }

    fn get(&self, token: &str, path: &str) -> Json {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "GET /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_sample_is_served_and_is_there_again_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let served = Served::start(&data);
    let tokens = std::fs::read_to_string(data.join("sample-tokens.json")).unwrap();
    let tokens: Vec<Json> = serde_json::from_str(&tokens).unwrap();
    let of_role = |role: &str| {
        let holds = |token: &&Json| {
            token["roles"].as_array().unwrap().iter().any(|held| held["role"] == role)
        };
        tokens.iter().find(holds).unwrap_or_else(|| panic!("nobody is {role}"))["token"]
            .as_str()
            .unwrap()
    };
    for role in ["guest", "head", "keeper", "desk", "admin"] {
        of_role(role);
    }
    let keeper = of_role("keeper");
    let clock = served.get(keeper, "/clock");
    assert!(clock["now"].as_str().unwrap() >= "2026-12-23T01:00:00", "{clock}");
    assert_eq!(clock["can_be_moved"], true);
    let cases = served.get(keeper, "/instances");
    assert_eq!(cases["items"][0]["started"], "2026-12-21");
    served.stop();
    let again = Served::start(&data);
    assert_eq!(again.get(keeper, "/instances"), cases, "tokens and cases are there");
    again.stop();
}
