//! A request to a running server: HTTP/1.1 over plain TCP, as much of it as these verbs need.
//!
//! Invariant: an answer is read whole, in bounded memory and time, or it is trouble. TLS is for a proxy in front.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value as Json;

use super::args::Server;
use super::{Exit, Io, Trouble};

/// The most bytes of an answer.
const ANSWER_MAX: u64 = 256 << 20;
/// The longest that a server is waited for.
const TIME_MAX: Duration = Duration::from_secs(120);

/// A running server, and the token to ask it with.
pub(super) struct Remote {
    authority: String,
    token: String,
}

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Json,
}

impl Remote {
    /// Returns the server that is named, if one is.
    pub(super) fn chosen(server: &Server) -> Result<Option<Self>, Trouble> {
        server.server.as_deref().map(|url| Self::new(url, server.token.as_deref())).transpose()
    }

    /// Returns the server at an address.
    pub(super) fn new(url: &str, token: Option<&str>) -> Result<Self, Trouble> {
        let usage = |zh: &str, en: &str| Trouble::new(Exit::Usage, zh, en);
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(usage(
                "服务地址应以 http:// 开头",
                "a server's address begins with http://",
            )
            .hint("TLS 由服务前的代理负责", "TLS is for a proxy in front of the server"));
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains('/') {
            return Err(usage(
                "服务地址形如 http://127.0.0.1:8480",
                "an address is like http://127.0.0.1:8480",
            ));
        }
        let token = token.ok_or_else(|| {
            usage("缺少令牌", "there is no token").hint(
                "用 --token 或环境变量 XUEJI_TOKEN 给出",
                "give one with --token or in XUEJI_TOKEN",
            )
        })?;
        if token.chars().any(char::is_control) {
            return Err(usage("令牌中有控制字符", "there are control characters in the token"));
        }
        Ok(Self { authority: authority.to_owned(), token: token.to_owned() })
    }

    /// Sends a request with a body of that media type.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Answer, Trouble> {
        self.exchange(method, path, kind, body).map_err(|error| {
            let at = &self.authority;
            Trouble::new(
                Exit::Io,
                format!("无法与 {at} 通信：{error}"),
                format!("cannot talk to {at}: {error}"),
            )
            .hint(
                "服务是否在运行？地址用 --server 指明",
                "is the server running? name its address with --server",
            )
        })
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let with_port =
            if self.authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
            {
                self.authority.clone()
            } else {
                format!("{}:80", self.authority)
            };
        let no_address = || std::io::Error::other("no address");
        let address = with_port.to_socket_addrs()?.next().ok_or_else(no_address)?;
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
        stream.set_read_timeout(Some(TIME_MAX))?;
        stream.set_write_timeout(Some(TIME_MAX))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\nAccept-Language: zh\r\nConnection: close\r\n\r\n",
            self.authority,
            self.token,
            body.len(),
        );
        stream.write_all(head.as_bytes())?;
        // A server that refuses a body early closes while it is written; its answer still says why.
        let written = stream.write_all(body);
        let mut bytes = Vec::new();
        let read = stream.take(ANSWER_MAX).read_to_end(&mut bytes);
        if bytes.is_empty() {
            written?;
            read?;
        }
        parse(&bytes).ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
    }
}

/// Reads an answer.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..split)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let chunked =
        lines.any(|line| line.to_ascii_lowercase().replace(' ', "") == "transfer-encoding:chunked");
    let body = bytes.get(split + 4..)?;
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Some(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Json::Null) })
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let length = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let length = usize::from_str_radix(length.split(';').next()?.trim(), 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend(bytes.get(end + 2..end + 2 + length)?);
        bytes = bytes.get(end + 4 + length..)?;
    }
}

impl Answer {
    /// Returns the body of a success; tells of a problem otherwise.
    pub(super) fn good(self, io: &mut Io<'_>) -> Result<Json, Trouble> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let text =
            |name: &str| self.body.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        for finding in self.body.get("findings").and_then(Json::as_array).into_iter().flatten() {
            writeln!(io.err, "{}", line(finding))?;
        }
        let exit = match self.status {
            422 => Exit::Findings,
            400 | 401 | 403 | 404 => Exit::Usage,
            _ => Exit::Io,
        };
        let message = format!("{}：{}", self.status, text("detail"));
        Err(Trouble::new(exit, message.clone(), message))
    }
}

/// Returns a finding, or a fault of a row, in one line.
fn line(finding: &Json) -> String {
    let text = |name: &str| {
        finding
            .get(name)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let message = finding.get("message").map(|message| {
        let zh = message.get("zh").and_then(Json::as_str).unwrap_or_default();
        let en = message.get("en").and_then(Json::as_str).unwrap_or_default();
        format!("{zh} | {en}")
    });
    let place = [text("file"), text("line"), text("column")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(":");
    let code = text("code").map(|code| format!(" [{code}]")).unwrap_or_default();
    format!("{place}: {}{code}", message.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_or_in_chunks() {
        let whole = b"HTTP/1.1 201 Created\r\ncontent-length: 8\r\n\r\n{\"a\": 1}";
        assert_eq!(
            parse(whole).map(|answer| (answer.status, answer.body["a"].clone())),
            Some((201, 1.into()))
        );
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n4\r\n: 1}\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).map(|answer| answer.body["a"].clone()), Some(1.into()));
        assert!(parse(b"SSH-2.0-x\r\n").is_none());
    }

    #[test]
    fn an_address_is_plain_http_with_nothing_behind_it() {
        assert!(Remote::new("http://127.0.0.1:8480/", Some("t")).is_ok());
        assert!(Remote::new("https://x", Some("t")).is_err());
        assert!(Remote::new("http://x/y", Some("t")).is_err());
        assert!(Remote::new("http://x", None).is_err());
    }
}
