//! `xueji test`: the scenarios of the definitions, each played on a store of its own.

use std::sync::Arc;

use xueji_check::render::{self, Language};
use xueji_engine::scenario::{StoryFilter, StoryResult, play_on};

use super::args::{Format, TestArgs};
use super::{Exit, Io, Trouble, house};

pub(super) fn run(args: &TestArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let Some(release) = checked.release else {
        write!(
            io.err,
            "{}",
            render::text(&checked.findings, &checked.places, Language::Zh, false)
        )?;
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，场景没有运行",
            "the definitions have errors; no scenario was played",
        ));
    };
    let results = play_on(&Arc::new(release), &StoryFilter::default());
    let mut results = results.map_err(|error| Trouble::of(Exit::Findings, &error))?;
    if let Some(words) = &args.filter {
        results.retain(|result| takes(result, words));
    }
    if results.is_empty() {
        return Err(Trouble::new(
            Exit::NothingToRead,
            "没有符合条件的场景",
            "there is no such scenario",
        ));
    }
    let failed = results.iter().filter(|result| result.failure.is_some()).count();
    match args.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&results).unwrap_or_default();
            writeln!(io.out, "{text}")?;
        }
        Format::Text => text(&results, failed, io)?,
    }
    Ok(if failed > 0 { Exit::Findings } else { Exit::Good })
}

fn takes(result: &StoryResult, words: &str) -> bool {
    result.file.contains(words) || result.name.zh.contains(words) || result.name.en.contains(words)
}

fn text(results: &[StoryResult], failed: usize, io: &mut Io<'_>) -> std::io::Result<()> {
    for result in results {
        let mark = if result.failure.is_some() { "✗" } else { "✓" };
        writeln!(io.out, "{mark} {}/{} {}", result.file, result.number, result.name.zh)?;
    }
    for result in results {
        if let Some(failure) = &result.failure {
            writeln!(
                io.out,
                "\n── {}/{} {} | {}",
                result.file, result.number, result.name.zh, result.name.en
            )?;
            writeln!(io.out, "{failure}")?;
        }
    }
    writeln!(io.out, "\n{} passed, {failed} failed", results.len() - failed)
}
