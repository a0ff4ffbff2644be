//! A small HTTP/1.1 client: one connection a request, no hidden retry.
//!
//! Invariant: an answer is returned only when it came whole; whatever was cut off is an error.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// The longest that an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Asks a server in somebody's name.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    token: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns a header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(is, _)| is == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// Returns the body as JSON, which must come with that status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

impl Client {
    /// Returns a client without a token.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// Returns a client that asks in the name of a token's person.
    #[must_use]
    pub fn with(&self, token: &str) -> Self {
        Self { address: self.address, token: Some(token.to_owned()) }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// No whole answer came.
    pub fn get(&self, path: &str) -> io::Result<Reply> {
        self.send("GET", path, None, &[])
    }

    /// Asks for something that must be there, and returns it.
    #[must_use]
    pub fn read(&self, path: &str) -> Value {
        self.get(path).unwrap_or_else(|error| panic!("GET {path}: {error}")).expect(200)
    }

    /// Returns the items of all pages of a list.
    #[must_use]
    pub fn all(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        for _page in 0..10_000 {
            let page = self.read(&format!("{path}{joint}limit=500{cursor}"));
            items.extend(page["items"].as_array().expect("a page has items").iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={}", encoded(next)),
                None => return items,
            }
        }
        panic!("{path} has pages without end");
    }

    /// Sends a command.
    ///
    /// # Errors
    /// No whole answer came: the command may or may not have been carried out.
    pub fn post(&self, path: &str, body: &Value) -> io::Result<Reply> {
        self.send("POST", path, Some(body), &[])
    }

    /// Sends a command under a name, so that sending it again does nothing more.
    ///
    /// # Errors
    /// No whole answer came: the command may or may not have been carried out.
    pub fn post_once(&self, path: &str, body: &Value, key: &str) -> io::Result<Reply> {
        self.send("POST", path, Some(body), &[("idempotency-key", key)])
    }

    /// Sends a file as the whole body.
    ///
    /// # Errors
    /// No whole answer came.
    pub fn upload(&self, path: &str, kind: &str, bytes: &[u8]) -> io::Result<Reply> {
        self.exchange("POST", path, Some((kind, bytes)), &[])
    }

    /// Sends a request with further headers.
    ///
    /// # Errors
    /// No whole answer came.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> io::Result<Reply> {
        let body = body.map(Value::to_string);
        let body = body.as_ref().map(|body| ("application/json", body.as_bytes()));
        self.exchange(method, path, body, headers)
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &[u8])>,
        headers: &[(&str, &str)],
    ) -> io::Result<Reply> {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if let Some(token) = &self.token {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some((kind, bytes)) = body {
            head.push_str(&format!("content-type: {kind}\r\ncontent-length: {}\r\n", bytes.len()));
        }
        head.push_str("\r\n");
        let request = [head.as_bytes(), body.map(|(_, bytes)| bytes).unwrap_or_default()].concat();
        let mut stream = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        stream.write_all(&request)?;
        receive(&mut BufReader::new(stream))
    }
}

fn receive(from: &mut impl BufRead) -> io::Result<Reply> {
    let status = line(from)?;
    let status = status
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| broken(&status))?;
    let mut headers = Vec::new();
    loop {
        let header = line(from)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| broken(&header))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut reply = Reply { status, headers, body: Vec::new() };
    if reply.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        loop {
            let size = line(from)?;
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| broken(&size))?;
            let mut chunk = vec![0; size];
            from.read_exact(&mut chunk)?;
            reply.body.append(&mut chunk);
            line(from)?;
            if size == 0 {
                return Ok(reply);
            }
        }
    }
    let length = reply.header("content-length").and_then(|value| value.parse::<usize>().ok());
    if let Some(length) = length {
        reply.body = vec![0; length];
        from.read_exact(&mut reply.body)?;
    }
    Ok(reply)
}

/// Reads a line that ends; one that was cut off is an error.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.by_ref().take(64 * 1024).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(whole) => Ok(whole.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what:?}"))
}

/// Returns a text as it stands in a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
