//! `xueji test`: the scenarios of the definitions, each played on a store of its own.
//!
//! Invariant: only what the filter takes is played, and every failure names its line.

mod coverage;
mod show;
mod watch;

use std::sync::Arc;

use clap::{Args, ValueEnum};
use xueji_check::Checked;
use xueji_check::render;
use xueji_definition::{Places, Sources, nearest};
use xueji_engine::scenario::{StoryFilter, StoryResult, play_on, play_traced};
use xueji_runtime::Release;

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house};

/// `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Play only what has these words in its file's or its own name
    #[arg(long, value_name = "WORDS")]
    pub filter: Option<String>,
    /// Play again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["format", "coverage", "coverage_min"])]
    pub watch: bool,
    /// Tell which steps, ways, rules and articles were tried
    #[arg(long)]
    pub coverage: bool,
    /// Fail when less than so many hundredths of any of them were tried; implies --coverage
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub coverage_min: Option<u8>,
    /// Print text, JSON or JUnit XML
    #[arg(long, value_enum, default_value_t)]
    pub format: TestFormat,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// How results of scenarios are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For continuous integration.
    Junit,
}

/// What was played, and on what.
struct Played {
    release: Arc<Release>,
    places: Places,
    results: Vec<StoryResult>,
}

impl TestArgs {
    fn filter(&self) -> StoryFilter {
        StoryFilter { words: self.filter.clone(), ..StoryFilter::default() }
    }

    fn covers(&self) -> bool {
        self.coverage || self.coverage_min.is_some()
    }
}

pub(super) fn run(args: &TestArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if args.watch {
        return watch::run(args, io);
    }
    let (sources, found) = house::sources(&args.folders)?;
    let (release, places) = built(xueji_check::check_with(&sources, found), args.lang, io)?;
    let filter = args.filter();
    let played = if args.covers() {
        play_traced(&release, &filter, |_| true)
    } else {
        play_on(&release, &filter)
    };
    let results = played.map_err(|error| Trouble::of(Exit::Findings, &error))?;
    if results.is_empty() {
        let none = match &args.filter {
            Some(words) => Trouble::new(
                Exit::NothingToRead,
                format!("没有场景符合 --filter {words}"),
                format!("no scenario is meant by --filter {words}"),
            ),
            None => Trouble::new(Exit::NothingToRead, "没有场景", "there are no scenarios"),
        };
        let files = release.definitions.scenarios.keys().map(String::as_str);
        let near = args.filter.as_ref().and_then(|words| nearest(words, files));
        return Err(match near {
            Some(near) => {
                none.hint(format!("是否想写 {near}？"), format!("did you mean `{near}`?"))
            }
            None => none,
        });
    }
    told(args, &Played { release, places, results }, io)
}

/// Returns the release, or tells what is wrong with it.
fn built(checked: Checked, lang: Lang, io: &mut Io<'_>) -> Result<(Arc<Release>, Places), Trouble> {
    let Some(release) = checked.release else {
        let words = render::text(&checked.findings, &checked.places, lang.into(), false);
        write!(io.err, "{words}")?;
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，场景没有运行",
            "the definitions have errors; no scenario was played",
        ));
    };
    Ok((Arc::new(release), checked.places))
}

/// Prints results, and what was covered when that was asked for.
fn told(args: &TestArgs, played: &Played, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let covered = args.covers().then(|| coverage::of(played));
    match args.format {
        TestFormat::Text => {
            show::text(played, args.lang, io.out)?;
            if let Some(covered) = &covered {
                coverage::text(covered, played, args.lang, io.out)?;
            }
        }
        TestFormat::Json => {
            let results = show::json(played);
            let whole = match &covered {
                Some(covered) => serde_json::json!({
                    "results": results,
                    "coverage": coverage::json(covered, played),
                }),
                None => results,
            };
            let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
            writeln!(io.out, "{text}")?;
        }
        TestFormat::Junit => show::junit(played, args.lang, io.out)?,
    }
    let failed = played.results.iter().any(|result| result.failure.is_some());
    let wanted = args.coverage_min.map_or(0, usize::from);
    let short = covered.as_ref().is_some_and(|covered| coverage::least(covered) < wanted);
    if short {
        let least = covered.as_deref().map_or(0, coverage::least);
        let zh = format!("覆盖只有 {least}%，不足 {wanted}%");
        let en = format!("{least}% was covered, less than {wanted}%");
        writeln!(io.err, "{}", args.lang.pick(&zh, &en))?;
    }
    Ok(if failed || short { Exit::Findings } else { Exit::Good })
}

/// Returns the file that a scenario stands in.
fn file_of(id: &str) -> String {
    format!("workflows/scenarios/{id}.yaml")
}

/// Reads the definitions again; nothing while they cannot be read, as between two writes of an editor.
fn again(args: &TestArgs) -> Option<(Sources, Checked)> {
    let (sources, found) = house::sources(&args.folders).ok()?;
    let checked = xueji_check::check_with(&sources, found);
    Some((sources, checked))
}
