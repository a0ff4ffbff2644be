//! `xueji import`: records from a table, whole or not at all.

use std::fs;

use serde_json::Value as Json;
use xueji_engine::read_table;

use super::args::ImportArgs;
use super::house::{self, ClockKind};
use super::remote::Remote;
use super::{Exit, Io, Trouble, known};
use crate::api::imports::mapping;

pub(super) fn run(args: &ImportArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let bytes = fs::read(&args.file).map_err(|error| Trouble::unreadable(&args.file, &error))?;
    in_utf8(args, &bytes)?;
    let counts = match Remote::chosen(&args.server, args.lang)? {
        Some(remote) => over_server(&remote, args, &bytes, io)?,
        None => in_folder(args, &bytes, io)?,
    };
    let Some([created, changed, unchanged]) = counts else { return Ok(Exit::Findings) };
    let (zh, en) = if args.dry_run {
        ("试算，未导入：", "trial, nothing imported: ")
    } else {
        ("", "")
    };
    let zh = format!("{zh}新增 {created}，更新 {changed}，不变 {unchanged}");
    let en = format!("{en}{created} created, {changed} changed, {unchanged} unchanged");
    writeln!(io.out, "{}", args.lang.pick(&zh, &en))?;
    Ok(Exit::Good)
}

type Counts = Option<[u64; 3]>;

fn over_server(
    remote: &Remote,
    args: &ImportArgs,
    bytes: &[u8],
    io: &mut Io<'_>,
) -> Result<Counts, Trouble> {
    let map = encode(&args.map.join(","));
    let kind = encode(&args.record_type);
    let path = format!("/api/v1/imports/{kind}?dry-run={}&map={map}", args.dry_run);
    let mut answer = remote.send("POST", &path, "text/csv", bytes)?;
    let faults = answer.body.get_mut("findings").and_then(Json::as_array_mut);
    for fault in faults.into_iter().flatten().filter_map(Json::as_object_mut) {
        fault.insert("file".to_owned(), Json::String(args.file.display().to_string()));
    }
    let answer = answer.good(io)?;
    let count = |name: &str| answer.get(name).and_then(Json::as_u64).unwrap_or_default();
    Ok(Some([count("created"), count("changed"), count("unchanged")]))
}

/// Tells when a table is in another encoding, as spreadsheets write them.
fn in_utf8(args: &ImportArgs, bytes: &[u8]) -> Result<(), Trouble> {
    let Err(error) = std::str::from_utf8(bytes) else { return Ok(()) };
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let file = args.file.display();
    Err(Trouble::new(
        Exit::Findings,
        format!("{file} 第 {line} 行起不是 UTF-8 编码，未导入任何行"),
        format!("{file} is not UTF-8 from line {line} on; nothing was imported"),
    )
    .hint("在表格软件里另存为“CSV UTF-8”", "save it as \"CSV UTF-8\" where it was written"))
}

fn encode(text: &str) -> String {
    let one = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(one).collect()
}

fn in_folder(args: &ImportArgs, bytes: &[u8], io: &mut Io<'_>) -> Result<Counts, Trouble> {
    let mapping = mapping(&args.map.join(",")).map_err(|error| Trouble {
        exit: Exit::Usage,
        message: error.detail.clone(),
        hint: None,
    })?;
    let seed = house::sources(&args.folders).map(|(sources, _)| sources).ok();
    let engine = house::open(&args.data.data, seed, ClockKind::AsBefore)?;
    let live = engine.live();
    let known = &live.release.definitions.records.records;
    if !known.contains_key(&args.record_type) {
        let known = known.keys().map(String::as_str);
        return Err(known::missing(("记录类型", "record type"), &args.record_type, known));
    }
    let puts = match read_table(&live.release.definitions, &args.record_type, bytes, &mapping) {
        Ok(puts) => puts,
        Err(faults) => {
            for fault in &faults {
                let column = fault.column.as_deref().unwrap_or("-");
                let (file, words) = (args.file.display(), args.lang.of(&fault.message));
                writeln!(io.err, "{file}:{} [{column}] {words}", fault.line)?;
            }
            let count = faults.len();
            let zh = format!("有 {count} 处错误，未导入任何行");
            let en = format!("{count} faults, nothing was imported");
            writeln!(io.err, "{}", args.lang.pick(&zh, &en))?;
            return Ok(None);
        }
    };
    let imported =
        engine.put_records(puts, args.dry_run).map_err(|error| Trouble::of(Exit::Io, &error))?;
    engine.close();
    let counts = [imported.created, imported.changed, imported.unchanged];
    Ok(Some(counts.map(|count| u64::try_from(count).unwrap_or(u64::MAX))))
}
