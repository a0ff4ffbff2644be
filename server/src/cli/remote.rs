//! A request of a verb to a running server.
//!
//! Invariant: what goes wrong is told with the address and what to do about it.

use serde_json::Value as Json;

use super::args::{Lang, Server};
use super::{Exit, Io, Trouble, system};
use crate::call::call;

/// A running server, and the token to ask it with.
pub(super) struct Remote {
    authority: String,
    token: String,
    lang: Lang,
}

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Json,
    lang: Lang,
}

impl Remote {
    /// Returns the server that is named, if one is.
    pub(super) fn chosen(server: &Server, lang: Lang) -> Result<Option<Self>, Trouble> {
        let token = server.token.as_deref();
        server.server.as_deref().map(|url| Self::new(url, token, lang)).transpose()
    }

    /// Returns the server at an address, which is asked to speak that language.
    pub(super) fn new(url: &str, token: Option<&str>, lang: Lang) -> Result<Self, Trouble> {
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
        Ok(Self { authority: authority.to_owned(), token: token.to_owned(), lang })
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
            let why = match &error {
                ureq::Error::Io(error) => system::in_chinese(error),
                other => other.to_string(),
            };
            Trouble::new(
                Exit::Io,
                format!("无法与 {at} 通信：{why}"),
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
    ) -> Result<Answer, ureq::Error> {
        let url = format!("http://{}{path}", self.authority);
        let bearer = format!("Bearer {}", self.token);
        let language = self.lang.pick("zh", "en");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", kind),
            ("Accept-Language", language),
        ];
        let answered = call(method, &url, &headers, body)?;
        let body = serde_json::from_slice(&answered.body).unwrap_or(Json::Null);
        Ok(Answer { status: answered.status, body, lang: self.lang })
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
            writeln!(io.err, "{}", line(finding, self.lang))?;
        }
        // What is wrong with a field of the request was written on the command line.
        let of_line = self.body.get("findings").is_none() && self.body.get("errors").is_some();
        let exit = match self.status {
            422 if of_line => Exit::Usage,
            422 => Exit::Findings,
            400 | 401 | 403 | 404 | 409 | 412 => Exit::Usage,
            _ => Exit::Io,
        };
        let message = format!("{}{}{}", self.status, self.lang.pick("：", ": "), text("detail"));
        let trouble = Trouble::new(exit, message.clone(), message);
        let about = |pointer: &str| {
            let parts = self.body.get("errors").and_then(Json::as_array).into_iter().flatten();
            parts.filter_map(|part| part.get("pointer")).any(|one| one == pointer)
        };
        Err(match self.status {
            401 => trouble.hint(
                "用 --token 或环境变量 XUEJI_TOKEN 给出有效的令牌；xueji token create 发放",
                "give a token that holds with --token or XUEJI_TOKEN; xueji token create makes one",
            ),
            422 if about("/note") => trouble.hint("用 --note 写明", "say it with --note"),
            _ => trouble,
        })
    }
}

/// Returns a finding, or a fault of a row, in one line.
fn line(finding: &Json, lang: Lang) -> String {
    let text = |name: &str| {
        finding
            .get(name)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let message = finding.get("message").and_then(|message| message.get(lang.pick("zh", "en")));
    let message = message.and_then(Json::as_str);
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
    fn an_address_is_plain_http_with_nothing_behind_it() {
        assert!(Remote::new("http://127.0.0.1:8480/", Some("t"), Lang::Zh).is_ok());
        assert!(Remote::new("https://x", Some("t"), Lang::Zh).is_err());
        assert!(Remote::new("http://x/y", Some("t"), Lang::Zh).is_err());
        assert!(Remote::new("http://x", None, Lang::Zh).is_err());
    }
}
