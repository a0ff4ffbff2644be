//! `xueji token`: tokens made, listed and revoked, in the data folder or over a running server.

use serde_json::{Value as Json, json};
use xueji_definition::nearest;
use xueji_engine::Engine;
use xueji_engine::queries::Paging;

use super::args::{Lang, TokenAct, TokenArgs};
use super::house::{self, ClockKind};
use super::remote::Remote;
use super::{Exit, Io, Trouble};
use crate::api::error::ApiError;
use crate::api::tokens;
use crate::wire::TokenOut;

pub(super) fn run(args: &TokenArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if let Some(remote) = Remote::chosen(&args.server, args.lang)? {
        return over_server(&remote, &args.act, args.lang, io);
    }
    // Only a token that is made begins a data folder.
    if !matches!(args.act, TokenAct::Create { .. }) {
        house::there(&args.data.data)?;
    }
    let seed = house::sources(&args.folders).map(|(sources, _)| sources).ok();
    let engine = house::open(&args.data.data, seed, ClockKind::AsBefore)?;
    let exit = in_folder(&engine, &args.act, args.lang, io);
    engine.close();
    exit
}

fn in_folder(
    engine: &Engine,
    act: &TokenAct,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<Exit, Trouble> {
    let failed = |error: ApiError| {
        let exit = if error.status.is_client_error() { Exit::Usage } else { Exit::Io };
        Trouble { exit, message: error.detail.clone(), hint: None }
    };
    match act {
        TokenAct::Create { person, name, expires } => {
            let made = tokens::make(engine, person, name, *expires).map_err(|error| {
                let live = engine.live();
                let people = live.release.definitions.organisation.people.keys();
                let trouble = failed(error);
                match nearest(person, people.map(String::as_str)) {
                    Some(near) if near != person => trouble
                        .hint(format!("是否想写 {near}？"), format!("did you mean `{near}`?")),
                    _ => trouble,
                }
            })?;
            created(&made.token.id, &made.secret, lang, io)?;
        }
        TokenAct::List => {
            let mut paging = Paging { after: None, limit: Some(500) };
            loop {
                let page = engine.tokens(&paging).map_err(|error| failed(error.into()))?;
                for token in &page.items {
                    listed(&serde_json::to_value(TokenOut::from(token)).unwrap_or_default(), io)?;
                }
                match page.next {
                    Some(next) => paging.after = Some(next),
                    None => break,
                }
            }
        }
        TokenAct::Revoke { id } => {
            let found = engine.revoke_token(id.clone()).map_err(|error| failed(error.into()))?;
            return revoked(id, found, lang, io);
        }
    }
    Ok(Exit::Good)
}

fn over_server(
    remote: &Remote,
    act: &TokenAct,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<Exit, Trouble> {
    const JSON: &str = "application/json";
    match act {
        TokenAct::Create { person, name, expires } => {
            let body = json!({"person": person, "name": name, "expires": expires}).to_string();
            let answer = remote.send("POST", "/api/v1/tokens", JSON, body.as_bytes())?.good(io)?;
            let text = |name: &str| answer.get(name).and_then(Json::as_str).unwrap_or_default();
            created(text("id"), text("secret"), lang, io)?;
        }
        TokenAct::List => {
            let mut path = "/api/v1/tokens?limit=500".to_owned();
            loop {
                let answer = remote.send("GET", &path, JSON, &[])?.good(io)?;
                for token in answer.get("items").and_then(Json::as_array).into_iter().flatten() {
                    listed(token, io)?;
                }
                match answer.get("next").and_then(Json::as_str) {
                    Some(next) => path = format!("/api/v1/tokens?limit=500&cursor={next}"),
                    None => break,
                }
            }
        }
        TokenAct::Revoke { id } => {
            let safe = id.chars().all(|c| c.is_ascii_alphanumeric());
            let path = format!("/api/v1/tokens/{id}");
            let status = if safe {
                remote.send("DELETE", &path, JSON, &[])?
            } else {
                return revoked(id, false, lang, io);
            };
            if status.status == 404 {
                return revoked(id, false, lang, io);
            }
            status.good(io)?;
            return revoked(id, true, lang, io);
        }
    }
    Ok(Exit::Good)
}

/// The secret alone goes to stdout, so that a script can take it.
fn created(id: &str, secret: &str, lang: Lang, io: &mut Io<'_>) -> std::io::Result<()> {
    let zh = format!("令牌 {id}；下面的密钥只显示这一次：");
    let en = format!("token {id}; its secret is shown this once:");
    writeln!(io.err, "{}", lang.pick(&zh, &en))?;
    writeln!(io.out, "{secret}")
}

fn listed(token: &Json, io: &mut Io<'_>) -> std::io::Result<()> {
    let text = |name: &str| token.get(name).and_then(Json::as_str).unwrap_or("-");
    writeln!(
        io.out,
        "{}  {:<20}  {}  {}  {}",
        text("id"),
        text("person"),
        text("created"),
        text("expires"),
        text("name")
    )
}

fn revoked(id: &str, found: bool, lang: Lang, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if !found {
        return Err(Trouble::new(
            Exit::Usage,
            format!("没有令牌 {id}"),
            format!("there is no token `{id}`"),
        )
        .hint("xueji token list 列出编号", "xueji token list tells the ids"));
    }
    writeln!(io.out, "{}{id}", lang.pick("已撤销：", "revoked: "))?;
    Ok(Exit::Good)
}
