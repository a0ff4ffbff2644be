//! `xueji recover`: what is sound in a damaged data folder, in a new one.
//!
//! Invariant: the damaged folder is only read; the new one is there whole, or not at all.

use std::fs;

use xueji_store::sled::recover;
use xueji_store::{SledStore, verify};

use super::args::RecoverArgs;
use super::house::{FORMAT, STORE};
use super::{Exit, Io, Trouble};

pub(super) fn run(args: &RecoverArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    fs::create_dir_all(&args.to)?;
    let (from, to) = (args.data.data.join(STORE), args.to.join(STORE));
    let saved = recover(&from, &to, FORMAT).map_err(|error| Trouble::of(Exit::Io, &error))?;
    // What is no part of the store goes along, so that the new folder can be served at once.
    for entry in fs::read_dir(&args.data.data)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), args.to.join(entry.file_name()))?;
        }
    }
    let store = SledStore::open(&to, FORMAT).map_err(|error| Trouble::of(Exit::Io, &error))?;
    let report = verify(&store).map_err(|error| Trouble::of(Exit::Io, &error))?;
    writeln!(
        io.out,
        "已恢复 {0} 项到 {1}，损坏 {2} 项 | {0} entries saved to {1}, {2} were damaged",
        saved.kept,
        args.to.display(),
        saved.damaged
    )?;
    if let Some(gap) = &saved.gap {
        writeln!(io.out, "有一段无法读取 | a stretch could not be read: {}", gap.reason)?;
    }
    if let Some(found) = saved.found.filter(|found| *found < saved.flushed) {
        writeln!(
            io.out,
            "第 {0} 批之后、第 {1} 批及之前的写入已丢失 | what was written after batch {0}, up to batch {1}, is lost",
            found, saved.flushed
        )?;
    }
    tracing::info!(?report, "the new folder was looked through");
    Ok(if saved.is_complete() { Exit::Good } else { Exit::Findings })
}
