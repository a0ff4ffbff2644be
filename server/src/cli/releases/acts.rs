//! What is done with releases: signed off, rejected, withdrawn, renewed, and going back to a past one.

use serde_json::{Map, Value as Json, json};

use super::super::remote::Remote;
use super::super::{Exit, Io, Trouble};
use super::{ReleasesAct, RollbackArgs, needs_server, shown, whole};
use crate::cli::args::Lang;
use crate::cli::deploy::Effect;

pub(super) fn run(
    act: &ReleasesAct,
    items: &[Json],
    remote: &Remote,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<Exit, Trouble> {
    let because = |reason: &str| json!({ "reason": reason });
    let (hash, word, body) = match act {
        ReleasesAct::Approve { hash } => (hash, "approve", Json::Null),
        ReleasesAct::Reject { hash, reason } => (hash, "reject", because(reason)),
        ReleasesAct::Withdraw { hash, reason } => (hash, "withdraw", because(reason)),
        ReleasesAct::Renew { hash, note, effect } => {
            (hash, "renew", again(note.as_deref(), effect))
        }
        ReleasesAct::Show { .. } | ReleasesAct::Diff { .. } | ReleasesAct::Files { .. } => {
            return Ok(Exit::Good);
        }
    };
    let answer = ask(remote, &whole(items, hash)?, word, &body, io)?;
    shown::told(&answer, lang, io)
}

fn again(note: Option<&str>, effect: &Effect) -> Json {
    let mut body = Map::new();
    if let Some(note) = note {
        body.insert("note".to_owned(), json!(note));
    }
    effect.put(&mut body);
    Json::Object(body)
}

fn ask(
    remote: &Remote,
    hash: &str,
    word: &str,
    body: &Json,
    io: &mut Io<'_>,
) -> Result<Json, Trouble> {
    let path = format!("/api/v1/releases/{hash}/{word}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    remote.send("POST", &path, "application/json", body.as_bytes())?.good(io)
}

/// `xueji rollback`: the content of a past release put live again.
pub(in super::super) fn rollback(args: &RollbackArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let remote = Remote::chosen(&args.server, args.lang)?.ok_or_else(needs_server)?;
    let list = remote.send("GET", "/api/v1/releases", "application/json", &[])?.good(io)?;
    let items = list.get("items").and_then(Json::as_array).cloned().unwrap_or_default();
    let hash = whole(&items, &args.hash)?;
    let body = again(args.note.as_deref(), &args.effect);
    let answer = ask(&remote, &hash, "rollback", &body, io)?;
    shown::told(&answer, args.lang, io)
}
