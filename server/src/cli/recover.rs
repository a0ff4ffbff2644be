//! `xueji recover`: what is sound in a damaged data folder, in a new one.
//!
//! Invariant: the damaged folder is only read; the new one is there whole, or not at all.

use std::fs;
use std::path::Path;

use xueji_store::sled::recover;
use xueji_store::{SledStore, verify};

use super::args::RecoverArgs;
use super::house::{self, FORMAT, STORE};
use super::{Exit, Io, Trouble};

pub(super) fn run(args: &RecoverArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    house::there(&args.data.data)?;
    let (from, to) = (args.data.data.join(STORE), args.to.join(STORE));
    if to.exists() {
        let shown = args.to.display();
        return Err(Trouble::new(
            Exit::Usage,
            format!("{shown} 里已经有一个数据目录，什么也没有写"),
            format!("there is a data folder in {shown} already; nothing was written"),
        )
        .hint("用 --to 指明一个新文件夹", "name a new folder with --to"));
    }
    let is_new = !args.to.exists();
    let unwritable = |error| Trouble::unwritable(&args.to, &error);
    fs::create_dir_all(&args.to).map_err(unwritable)?;
    let saved = recover(&from, &to, FORMAT).map_err(|error| {
        if is_new {
            // It is empty, or nothing that could be served; what is told is why.
            drop(fs::remove_dir_all(&args.to));
        }
        Trouble::of(Exit::Io, &error)
    })?;
    beside(&args.data.data, &args.to).map_err(unwritable)?;
    let store = SledStore::open(&to, FORMAT).map_err(|error| Trouble::of(Exit::Io, &error))?;
    let report = verify(&store).map_err(|error| Trouble::of(Exit::Io, &error))?;
    let mut say = |zh: String, en: String| writeln!(io.out, "{}", args.lang.pick(&zh, &en));
    let (kept, damaged, folder) = (saved.kept, saved.damaged, args.to.display());
    say(
        format!("已恢复 {kept} 项到 {folder}，损坏 {damaged} 项"),
        format!("{kept} entries saved to {folder}, {damaged} were damaged"),
    )?;
    if let Some(gap) = &saved.gap {
        let why = &gap.reason;
        say(format!("有一段无法读取：{why}"), format!("a stretch could not be read: {why}"))?;
    }
    if let Some(found) = saved.found.filter(|found| *found < saved.flushed) {
        let flushed = saved.flushed;
        say(
            format!("第 {found} 批之后、第 {flushed} 批及之前的写入已丢失"),
            format!("what was written after batch {found}, up to batch {flushed}, is lost"),
        )?;
    }
    tracing::info!(?report, "the new folder was looked through");
    Ok(if saved.is_complete() { Exit::Good } else { Exit::Findings })
}

/// Copies what is no part of the store, so that the new folder can be served at once.
fn beside(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
