//! `xueji releases` and `xueji rollback`: which release is live for whom, which waits, and what is done with them.
//!
//! Invariant: what changes something asks a running server; what only looks works on a data folder as well.

mod acts;
mod shown;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value as Json, json};
use xueji_definition::Sources;
use xueji_engine::Engine;

use super::args::{DataFolder, Lang, Server};
use super::deploy::Effect;
use super::house::{self, ClockKind};
use super::remote::Remote;
use super::{Exit, Io, Trouble};
use crate::compare::{self, Difference};
use crate::wire::Release;

pub(super) use acts::rollback;
pub(super) use shown::told;

/// The releases that are listed.
const LISTED: usize = 200;
/// The fewest digits of a hash that stand for it.
const PREFIX_MIN: usize = 6;

/// `releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// What to do with releases; they are listed when not said.
    #[command(subcommand)]
    pub act: Option<ReleasesAct>,
    /// Print text or JSON
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: ListFormat,
    /// Print Chinese or English
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
}

/// How releases are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What to do with releases.
#[derive(Debug, Subcommand)]
pub enum ReleasesAct {
    /// Tell of one release: when, by whom, signed by whom, for whom  查看
    Show {
        /// Its hash, or the first digits
        hash: String,
    },
    /// Tell what differs between two releases  比较
    Diff {
        /// The older one
        old: String,
        /// The newer one
        new: String,
        /// Tell the lines of the files that differ
        #[arg(long)]
        text: bool,
    },
    /// Write the files of a release into a folder  取回文件
    Files {
        /// Its hash, or the first digits
        hash: String,
        /// Folder to write to; nothing of these files may be there yet
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Sign off what somebody else proposed  签发
    Approve {
        /// Its hash, or the first digits
        hash: String,
    },
    /// Say no to what somebody else proposed  否决
    Reject {
        /// Its hash, or the first digits
        hash: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take back what waits for signatures or its date  撤回
    Withdraw {
        /// Its hash, or the first digits
        hash: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Propose again what was overtaken or taken back, or give it another date  改期、重提
    Renew {
        /// Its hash, or the first digits
        hash: String,
        /// What is changed and why; the note that it had when not said
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// When and for whom.
        #[command(flatten)]
        effect: Effect,
    },
}

/// `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The past release, or the first digits of its hash
    pub hash: String,
    /// Why; it stands with the release for ever
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// When and for whom.
    #[command(flatten)]
    pub effect: Effect,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Where releases are asked for.
enum Place {
    Server(Remote),
    Folder(Box<Engine>),
}

impl Place {
    fn of(server: &Server, data: &DataFolder, lang: Lang) -> Result<Self, Trouble> {
        Ok(match Remote::chosen(server, lang)? {
            Some(remote) => Self::Server(remote),
            None => {
                house::there(&data.data)?;
                Self::Folder(Box::new(house::open(&data.data, None, ClockKind::AsBefore)?))
            }
        })
    }

    /// Returns every release that is listed.
    fn all(&self, io: &mut Io<'_>) -> Result<Vec<Json>, Trouble> {
        match self {
            Self::Server(remote) => {
                let path = "/api/v1/releases?open=true";
                let answer = remote.send("GET", path, "application/json", &[])?.good(io)?;
                Ok(answer.get("items").and_then(Json::as_array).cloned().unwrap_or_default())
            }
            Self::Folder(engine) => {
                let failed = |error| Trouble::of(Exit::Io, &error);
                let table = engine.live_table();
                let all = engine.all_releases(LISTED).map_err(failed)?;
                let counts = engine.open_by_release().map_err(failed)?;
                let item = |listed| {
                    let mut release = Release::listed(listed, &table);
                    release.open = Some(counts.get(&release.hash).copied().unwrap_or(0));
                    json!(release)
                };
                Ok(all.iter().map(item).collect())
            }
        }
    }

    /// Returns the files of a release.
    fn files(&self, hash: &str, io: &mut Io<'_>) -> Result<Sources, Trouble> {
        match self {
            Self::Server(remote) => {
                let path = format!("/api/v1/releases/{hash}/files");
                let answer = remote.send("GET", &path, "application/json", &[])?.good(io)?;
                let files = answer.get("files").and_then(Json::as_object);
                let files = files
                    .into_iter()
                    .flatten()
                    .filter_map(|(path, text)| Some((path.clone(), text.as_str()?.to_owned())));
                Ok(Sources { files: files.collect() })
            }
            Self::Folder(engine) => {
                let kept = engine.sources(hash).map_err(|error| Trouble::of(Exit::Io, &error))?;
                kept.ok_or_else(|| unknown(hash))
            }
        }
    }

    /// Returns what differs between two releases.
    fn difference(&self, old: &str, new: &str, io: &mut Io<'_>) -> Result<Difference, Trouble> {
        match self {
            Self::Server(remote) => {
                let path = format!("/api/v1/releases/{old}/difference/{new}");
                let answer = remote.send("GET", &path, "application/json", &[])?.good(io)?;
                serde_json::from_value(answer).map_err(|error| {
                    let words = error.to_string();
                    Trouble::new(
                        Exit::Io,
                        format!("服务的答复无法理解：{words}"),
                        format!("the server's answer is not understood: {words}"),
                    )
                })
            }
            Self::Folder(engine) => {
                let built = |hash: &str| {
                    let built = compare::readable(engine.release(hash), hash);
                    built.map_err(|error| Trouble::of(Exit::Io, &error))
                };
                let (old_files, new_files) = (self.files(old, io)?, self.files(new, io)?);
                Ok(compare::releases((built(old)?, &old_files), (built(new)?, &new_files)))
            }
        }
    }

    fn close(self) {
        if let Self::Folder(engine) = self {
            engine.close();
        }
    }
}

fn unknown(hash: &str) -> Trouble {
    Trouble::new(Exit::Usage, format!("没有版本 {hash}"), format!("there is no release {hash}"))
        .hint("xueji releases 列出全部版本", "xueji releases lists them")
}

/// Returns the hash that begins so, among those of a list.
pub(super) fn whole(items: &[Json], prefix: &str) -> Result<String, Trouble> {
    let hashes = items.iter().filter_map(|item| item.get("hash").and_then(Json::as_str));
    let mut found: Vec<&str> = hashes.filter(|hash| hash.starts_with(prefix)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] if prefix.len() >= PREFIX_MIN => Ok((*one).to_owned()),
        [] => Err(unknown(prefix)),
        _ => Err(Trouble::new(
            Exit::Usage,
            format!("{prefix} 不足以指明一个版本，至少写 {PREFIX_MIN} 位"),
            format!("{prefix} does not name one release; write at least {PREFIX_MIN} digits"),
        )),
    }
}

pub(super) fn run(args: &ReleasesArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let looks = |act: &ReleasesAct| {
        use ReleasesAct::{Diff, Files, Show};
        matches!(act, Show { .. } | Diff { .. } | Files { .. })
    };
    if args.server.server.is_none() && !args.act.as_ref().is_none_or(looks) {
        return Err(needs_server());
    }
    let place = Place::of(&args.server, &args.data, args.lang)?;
    let done = look(args, &place, io);
    place.close();
    done
}

fn look(args: &ReleasesArgs, place: &Place, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let items = place.all(io)?;
    let json = args.format == ListFormat::Json;
    match &args.act {
        None if json => shown::json(&Json::Array(items), io)?,
        None => shown::list(&items, args.lang, io)?,
        Some(ReleasesAct::Show { hash }) => {
            let hash = whole(&items, hash)?;
            let of: Vec<Json> = items.into_iter().filter(|item| is(item, &hash)).collect();
            if json {
                shown::json(&Json::Array(of), io)?;
            } else {
                let files = place.files(&hash, io).map(|sources| sources.files.len()).ok();
                shown::one(&of, files, args.lang, io)?;
            }
        }
        Some(ReleasesAct::Diff { old, new, text }) => {
            let (old, new) = (whole(&items, old)?, whole(&items, new)?);
            let difference = place.difference(&old, &new, io)?;
            if json {
                shown::json(&json!(difference), io)?;
            } else {
                shown::difference(&difference, *text, args.lang, io)?;
            }
        }
        Some(ReleasesAct::Files { hash, out }) => {
            let hash = whole(&items, hash)?;
            shown::write(&place.files(&hash, io)?, out, args.lang, io)?;
        }
        Some(act) => {
            let Place::Server(remote) = place else { return Err(needs_server()) };
            return acts::run(act, &items, remote, args.lang, io);
        }
    }
    Ok(Exit::Good)
}

fn is(item: &Json, hash: &str) -> bool {
    item.get("hash").and_then(Json::as_str) == Some(hash)
}

fn needs_server() -> Trouble {
    Trouble::new(
        Exit::Usage,
        "签发、否决、撤回、改期、回退须在运行中的服务上进行",
        "signing, rejecting, withdrawing, renewing and going back need a running server",
    )
    .hint("用 --server 指明其地址", "name its address with --server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_of_a_hash_stand_for_it_when_they_are_enough() {
        let items =
            [json!({"hash": "abcdef01"}), json!({"hash": "abcdef99"}), json!({"hash": "abcdef01"})];
        assert_eq!(whole(&items, "abcdef0").unwrap(), "abcdef01");
        for prefix in ["abcdef", "abc", "9"] {
            assert_eq!(whole(&items, prefix).unwrap_err().exit, Exit::Usage, "{prefix}");
        }
    }
}
