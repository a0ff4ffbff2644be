//! Releases as people read them.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use xueji_definition::Sources;

use super::super::{Exit, Io, Trouble};
use crate::cli::args::Lang;
use crate::compare::{Change, Difference};

/// Returns the words of one language.
fn pick<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    if lang == Lang::Zh { zh } else { en }
}

fn text<'a>(item: &'a Json, name: &str) -> &'a str {
    item.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn words(item: &Json, lang: Lang) -> String {
    item.get(pick(lang, "zh", "en")).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn list_of<'a>(item: &'a Json, name: &str) -> &'a [Json] {
    item.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the first digits of a hash, which stand for it.
fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}

fn state(item: &Json, lang: Lang) -> String {
    let word = match text(item, "state") {
        "live" => pick(lang, "现行", "live"),
        "past" => pick(lang, "过去", "past"),
        "proposed" => pick(lang, "待签", "proposed"),
        "scheduled" => pick(lang, "待生效", "scheduled"),
        "rejected" => pick(lang, "已否决", "rejected"),
        "withdrawn" => pick(lang, "已撤回", "withdrawn"),
        "overtaken" => pick(lang, "已被超越", "overtaken"),
        "broken" => pick(lang, "无法生成", "broken"),
        other => other,
    };
    word.to_owned()
}

/// Returns for whom a release is live, or was made.
fn whom(item: &Json, lang: Lang) -> Option<String> {
    let live_for = item.get("live_for").and_then(Json::as_array).map(|all| {
        let all: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
        if all.is_empty() {
            pick(lang, "通用", "all others").to_owned()
        } else {
            format!("{} {}", pick(lang, "届别", "cohorts"), all.join(", "))
        }
    });
    let made_for = item.get("cohorts").and_then(Json::as_str);
    live_for.or_else(|| made_for.map(|made| format!("{} {made}", pick(lang, "届别", "cohorts"))))
}

/// Returns who signed, of how many.
fn signed(item: &Json, lang: Lang) -> Option<String> {
    let names: Vec<&str> =
        list_of(item, "signatures").iter().map(|signature| text(signature, "by")).collect();
    let needed = item.get("needed").and_then(Json::as_u64);
    match needed {
        Some(needed) => {
            let signed = pick(lang, "已签", "signed");
            Some(format!("{signed} {}/{needed}: {}", names.len(), names.join(", ")))
        }
        None if names.len() > 1 => {
            Some(format!("{} {}", pick(lang, "签发", "signed by"), names.join(", ")))
        }
        None => None,
    }
}

/// Returns a release in one line.
fn line(item: &Json, lang: Lang) -> String {
    let mark = if item.get("live") == Some(&Json::Bool(true)) { "*" } else { " " };
    let number = item.get("number").and_then(Json::as_u64);
    let number = number.map_or_else(|| "-".to_owned(), |number| format!("#{number}"));
    let by = match text(item, "by") {
        "" => pick(lang, "（随数据目录）", "(came with the data folder)"),
        by => by,
    };
    let mut parts = vec![
        format!("{mark} {number:<4} {}", short(text(item, "hash"))),
        state(item, lang),
        text(item, "at_local").to_owned(),
        by.to_owned(),
    ];
    parts.extend(whom(item, lang));
    if let Some(from) = item.get("from").and_then(Json::as_str) {
        parts.push(format!("{from} {}", pick(lang, "起", "on")));
    }
    parts.extend(signed(item, lang));
    if let Some(open) = item.get("open").and_then(Json::as_u64).filter(|open| *open > 0) {
        parts.push(format!("{} {open}", pick(lang, "在办", "open")));
    }
    if text(item, "origin") == "rollback" {
        parts.push(pick(lang, "回退", "rollback").to_owned());
    }
    parts.extend(item.get("reason").map(|reason| words(reason, lang)));
    let note = text(item, "note").lines().next().unwrap_or_default();
    if !note.is_empty() {
        parts.push(note.to_owned());
    }
    parts.join("  ")
}

pub(super) fn list(items: &[Json], lang: Lang, io: &mut Io<'_>) -> Result<(), Trouble> {
    let mut told: Vec<&str> = Vec::new();
    for item in items {
        // Cases are open on the files, however often those went live: told once.
        let hash = text(item, "hash");
        let mut item = item.clone();
        if told.contains(&hash)
            && let Some(map) = item.as_object_mut()
        {
            map.remove("open");
        }
        told.push(hash);
        writeln!(io.out, "{}", line(&item, lang))?;
    }
    Ok(())
}

pub(super) fn json(value: &Json, io: &mut Io<'_>) -> Result<(), Trouble> {
    writeln!(io.out, "{}", serde_json::to_string_pretty(value).unwrap_or_default())?;
    Ok(())
}

/// Tells of one release, each time it went live or waited.
pub(super) fn one(
    items: &[Json],
    files: Option<usize>,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<(), Trouble> {
    let Some(first) = items.first() else { return Ok(()) };
    writeln!(io.out, "{} {}", pick(lang, "版本", "release"), text(first, "hash"))?;
    if let Some(files) = files {
        writeln!(io.out, "{} {files}", pick(lang, "文件", "files"))?;
    }
    let open = first.get("open").and_then(Json::as_u64).unwrap_or(0);
    writeln!(io.out, "{} {open}", pick(lang, "在办事项", "open cases"))?;
    for item in items {
        writeln!(io.out, "{}", line(item, lang))?;
        for signature in list_of(item, "signatures") {
            let (by, at) = (text(signature, "by"), text(signature, "at_local"));
            writeln!(io.out, "    {} {by}  {at}", pick(lang, "签发", "signed"))?;
        }
        for more in text(item, "note").lines().skip(1) {
            writeln!(io.out, "    {more}")?;
        }
    }
    Ok(())
}

/// Tells what differs: by meaning, then which files; the lines of the files instead when asked for.
pub(super) fn difference(
    difference: &Difference,
    lines: bool,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<(), Trouble> {
    if difference.files.is_empty() {
        writeln!(io.out, "{}", pick(lang, "没有差别", "no difference"))?;
        return Ok(());
    }
    if !lines {
        if let Some(why) = &difference.unreadable {
            let before =
                pick(lang, "说不出含义上的变化：", "what changes by meaning cannot be told: ");
            writeln!(io.out, "{before}{}", pick(lang, &why.zh, &why.en))?;
        } else if difference.changes.is_empty() {
            let none = "只有注释或排版不同，含义没有变";
            let none = pick(lang, none, "comments or layout alone; nothing changes by meaning");
            writeln!(io.out, "{none}")?;
        }
        for change in &difference.changes {
            let place = [text(change, "process"), text(change, "step")];
            let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
            let place =
                if place.is_empty() { text(change, "file").to_owned() } else { place.join("/") };
            let said = change.get("words").map(|said| words(said, lang)).unwrap_or_default();
            writeln!(io.out, "{} {place}  {said}", sign(text(change, "weight")))?;
        }
    }
    for change in &difference.files {
        if lines {
            write!(io.out, "{}", change.diff)?;
            continue;
        }
        let word = match change.change {
            Change::Added => pick(lang, "新增", "added"),
            Change::Removed => pick(lang, "删除", "removed"),
            Change::Changed => pick(lang, "改动", "changed"),
        };
        writeln!(io.out, "{word}  {}", change.path)?;
    }
    Ok(())
}

/// Returns a sign for how much a change weighs.
fn sign(weight: &str) -> &'static str {
    match weight {
        "breaking" => "!",
        "additive" => "+",
        "wording" => "·",
        _ => "~",
    }
}

/// Writes files into a folder in which none of them stands yet.
pub(super) fn write(
    sources: &Sources,
    folder: &Path,
    lang: Lang,
    io: &mut Io<'_>,
) -> Result<(), Trouble> {
    let places: Vec<_> =
        sources.files.iter().map(|(path, text)| (folder.join(path), text)).collect();
    if let Some((there, _)) = places.iter().find(|(place, _)| place.exists()) {
        let there = there.display();
        return Err(Trouble::new(
            Exit::Usage,
            format!("{there} 已存在，什么也没有写"),
            format!("{there} is there already; nothing was written"),
        )
        .hint("换一个空文件夹", "name an empty folder"));
    }
    for (place, text) in &places {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|error| Trouble::unwritable(parent, &error))?;
        }
        fs::write(place, text).map_err(|error| Trouble::unwritable(place, &error))?;
    }
    let folder = folder.display();
    if lang == Lang::Zh {
        writeln!(io.out, "已写出 {} 个文件到 {folder}", places.len())?;
    } else {
        writeln!(io.out, "wrote {} files to {folder}", places.len())?;
    }
    Ok(())
}

/// Tells what became of a release that was handed in, or of one that waited.
pub(in super::super) fn told(answer: &Json, lang: Lang, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let hash = text(answer, "hash");
    let number = answer.get("number").and_then(Json::as_u64);
    let number = number.map(|number| format!(" (#{number})")).unwrap_or_default();
    let unchanged = text(answer, "outcome") == "unchanged";
    let what = match text(answer, "state") {
        _ if unchanged => pick(
            lang,
            "与现行版本相同，无事可做 nothing to do",
            "nothing to do: it is live already",
        ),
        "live" => pick(lang, "已上线 live", "live"),
        "proposed" => pick(lang, "已提出，等待签发 proposed", "proposed: waits for signatures"),
        "scheduled" => pick(lang, "已定期上线 scheduled", "scheduled: waits for its date"),
        "rejected" => pick(lang, "已否决 rejected", "rejected"),
        "withdrawn" => pick(lang, "已撤回 withdrawn", "withdrawn"),
        other => other,
    };
    writeln!(io.out, "{what}: {hash}{number}")?;
    for item in list_of(answer, "told") {
        writeln!(io.out, "  {}", words(item, lang))?;
    }
    Ok(Exit::Good)
}
