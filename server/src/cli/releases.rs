//! `xueji releases`: the releases that went live.

use serde_json::{Value as Json, json};

use super::args::ReleasesArgs;
use super::house::{self, ClockKind};
use super::remote::Remote;
use super::{Exit, Io, Trouble};

/// The releases that are listed.
const LISTED: usize = 200;

pub(super) fn run(args: &ReleasesArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let items = match Remote::chosen(&args.server)? {
        Some(remote) => {
            let answer =
                remote.send("GET", "/api/v1/releases", "application/json", &[])?.good(io)?;
            answer.get("items").and_then(Json::as_array).cloned().unwrap_or_default()
        }
        None => {
            let engine = house::open(&args.data.data, None, ClockKind::AsBefore)?;
            let releases =
                engine.releases(LISTED).map_err(|error| Trouble::of(Exit::Io, &error))?;
            engine.close();
            let mut live = true;
            let item = |info: &xueji_engine::stored::Live| {
                let live = std::mem::replace(&mut live, false);
                json!({"hash": info.hash, "at": info.at, "by": info.by, "number": info.number, "live": live})
            };
            releases.iter().map(item).collect()
        }
    };
    for item in items {
        let text = |name: &str| item.get(name).and_then(Json::as_str).unwrap_or("-").to_owned();
        let mark = if item.get("live") == Some(&Json::Bool(true)) { "*" } else { " " };
        let number = item.get("number").map(ToString::to_string).unwrap_or_default();
        let hash: String = text("hash").chars().take(16).collect();
        writeln!(io.out, "{mark} #{number:<4} {hash}  {}  {}", text("at"), text("by"))?;
    }
    Ok(Exit::Good)
}
