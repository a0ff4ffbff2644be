//! A running server, which is stopped or killed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::command::{Ran, binary};
use crate::http::Client;
use crate::tree;

/// The longest that a server may take to say where it is.
const STARTED_WITHIN: Duration = Duration::from_secs(400);
/// How often `/readyz` is asked, and the pause between.
const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(20);

/// A running server. When dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// All that it had said on stdout by then: the line that told it.
    pub said: String,
    log: PathBuf,
}

impl Server {
    /// Starts `xueji serve` on a free port with further arguments, and waits until it is ready. Its log goes to a file.
    ///
    /// # Errors
    /// It ended without becoming ready.
    pub fn start(arguments: &[OsString], log: &Path) -> Result<Self, Ran> {
        let mut child = spawned(arguments, log);
        let (told, lines) = mpsc::channel();
        let output = child.stdout.take().expect("stdout is piped");
        // The pipe is read to its end, so that the server is never kept waiting by it.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody listens any more once the address is known.
                drop(told.send(line));
            }
        });
        let mut said = String::new();
        loop {
            match lines.recv_timeout(STARTED_WITHIN) {
                Ok(line) => {
                    said.push_str(&line);
                    said.push('\n');
                    if let Some(address) = address(&line) {
                        let server = Self { child, address, said, log: log.to_owned() };
                        return server.when_ready();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let code = child.wait().expect("the server can be waited for").code();
                    return Err(Ran {
                        code,
                        stdout: said,
                        stderr: fs::read_to_string(log).unwrap_or_default(),
                    });
                }
                Err(RecvTimeoutError::Timeout) => {
                    child.kill().expect("the server can be killed");
                    child.wait().expect("the server can be waited for");
                    panic!(
                        "the server did not say where it is:\n{said}{}",
                        fs::read_to_string(log).unwrap_or_default()
                    );
                }
            }
        }
    }

    /// Starts `xueji serve`, and kills it after a while, whatever it is then doing.
    pub fn killed_after(arguments: &[OsString], log: &Path, moment: Duration) {
        let mut child = spawned(arguments, log);
        // Not to wait for something: the moment of the kill is what the caller chooses.
        thread::sleep(moment);
        child.kill().expect("the server can be killed");
        child.wait().expect("the server can be waited for");
    }

    fn when_ready(self) -> Result<Self, Ran> {
        let client = self.client();
        for _ in 0..TRIES {
            if client.get("/readyz").is_ok_and(|reply| reply.status == 200) {
                return Ok(self);
            }
            thread::sleep(PAUSE);
        }
        panic!("{} was never ready:\n{}", self.address, self.log());
    }

    /// Returns a client without a token.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Returns the process's id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns what it logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it at once (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server can be waited for");
    }

    /// Asks it to stop (SIGTERM), waits until it has finished what it began, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill can be run").success());
        self.child.wait().expect("the server can be waited for").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

fn spawned(arguments: &[OsString], log: &Path) -> Child {
    let written = File::create(log).expect("the log can be written");
    let child = Command::new(binary())
        .args(["serve", "--host", "127.0.0.1", "--port", "0"])
        .args(arguments)
        .current_dir(tree::root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(written)
        .spawn();
    child.expect("the binary can be run")
}

/// Finds `http://<address>` in a line.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]".contains(c)))
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
