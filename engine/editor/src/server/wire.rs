//! Messages over standard input and output, framed as the protocol says.
//!
//! Invariant: what cannot be understood is answered and passed over, so that one bad message ends nothing; no memory is
//! taken for a length that is only claimed.

use std::io::{self, BufRead, Read as _, Write};

use lsp_server::{ErrorCode, Message};
use lsp_types::notification::{Exit, Notification as _};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// The longest message that is taken, in bytes; the longest text of a definition is far below.
const LONGEST: u64 = 16 << 20;
/// The longest line of a header, in bytes.
const LINE: u64 = 8 << 10;

/// Hears messages until the editor leaves or nobody takes them; answers by itself what is no message.
///
/// # Errors
/// `InvalidData` when it is unknown where the next message begins, else what the streams say.
pub(super) fn hear(
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut take: impl FnMut(Message) -> bool,
) -> io::Result<()> {
    while let Some(body) = body(input)? {
        match understand(&body) {
            Ok(message) => {
                let leaves =
                    matches!(&message, Message::Notification(n) if n.method == Exit::METHOD);
                if !take(message) || leaves {
                    break;
                }
            }
            Err(Some(refusal)) => {
                let text = refusal.to_string();
                // In one piece: somebody else writes there too.
                let whole = format!("Content-Length: {}\r\n\r\n{text}", text.len());
                output.write_all(whole.as_bytes())?;
                output.flush()?;
            }
            Err(None) => {}
        }
    }
    Ok(())
}

/// Reads what follows a header; nothing at the end of the stream.
fn body(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header is `Name: value`"))?;
        if name.eq_ignore_ascii_case("content-length") {
            let told = value.trim().parse::<u64>();
            length = Some(told.map_err(|_| bad("`Content-Length` is a number of bytes"))?);
        }
    }
    let length = length.ok_or_else(|| bad("a message begins with `Content-Length`"))?;
    if length > LONGEST {
        return Err(bad("a message is longer than 16 MiB"));
    }
    let mut body = Vec::new();
    let whole = input.by_ref().take(length).read_to_end(&mut body)?;
    Ok((u64::try_from(whole) == Ok(length)).then_some(body))
}

fn bad(words: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// Reads a message, or tells what to answer; nothing is answered to an answer.
fn understand(body: &[u8]) -> Result<Message, Option<Value>> {
    let refuse = |id: Value, code: ErrorCode, words: String| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code as i32, "message": words}});
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| refuse(Value::Null, ErrorCode::ParseError, error.to_string()))?;
    if let Ok(message) = Message::deserialize(&value) {
        return Ok(message);
    }
    let has = |key: &str| value.get(key).is_some();
    if !has("method") && (has("result") || has("error")) {
        return Err(None);
    }
    let id = value.get("id").filter(|id| id.is_number() || id.is_string()).cloned();
    let words = "this is no request, answer or notification".to_owned();
    Err(Some(refuse(id.unwrap_or_default(), ErrorCode::InvalidRequest, words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(input: &str) -> (io::Result<()>, Vec<String>, String) {
        let (mut output, mut methods) = (Vec::new(), Vec::new());
        let ended = hear(&mut input.as_bytes(), &mut output, |message| {
            if let Message::Notification(notification) = message {
                methods.push(notification.method);
            }
            true
        });
        (ended, methods, String::from_utf8_lossy(&output).into_owned())
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn a_message_that_is_none_is_answered_and_the_next_one_heard() {
        let exit = framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        let (ended, methods, said) = heard(&format!("{}{exit}", framed("{notjson}")));
        assert!(ended.is_ok());
        assert_eq!(methods, ["exit"]);
        assert!(said.contains(r#""code":-32700"#) && said.contains(r#""id":null"#), "{said}");
        let (_, methods, said) = heard(&format!("{}{exit}", framed(r#"{"id":7}"#)));
        assert_eq!(methods, ["exit"]);
        assert!(said.contains(r#""code":-32600"#) && said.contains(r#""id":7"#), "{said}");
    }

    #[test]
    fn a_length_that_is_only_claimed_takes_no_memory() {
        let (ended, ..) = heard("Content-Length: 99999999999\r\n\r\n{}");
        assert_eq!(ended.map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
        let (ended, methods, said) = heard("Content-Length: 9999\r\n\r\n{}");
        assert!(ended.is_ok() && methods.is_empty() && said.is_empty(), "the stream ended");
    }
}
