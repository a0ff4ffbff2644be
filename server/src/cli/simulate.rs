//! `xueji simulate`: random people walk a process, and what does not hold is told as a story.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use xueji_check::render;
use xueji_engine::both;
use xueji_engine::simulate::{
    Figures, Options, Report, STORY_FILE, SimulateError, Story, simulate,
};
use xueji_runtime::Release;
use xueji_runtime::state::START;

use super::args::{Folders, Format, Lang};
use super::columns::{left, right};
use super::{Exit, Io, Trouble, house, known};

/// Minutes of an hour, and of a day of work.
const HOUR: u64 = 60;
const DAY: u64 = 480;

/// `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The process
    pub process: String,
    /// How many cases somebody asks to start
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub cases: u64,
    /// Seed of chance: the same seed, the same walk
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// In how many hundredths of the moments somebody tries what they may not
    #[arg(long, default_value_t = 10, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub unlawful: u8,
    /// Cases that come on a working day
    #[arg(long, default_value_t = 10, value_name = "PER-DAY", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub arrivals: u64,
    /// Work at a step, such as hand-in=5m..20m or issue=1h..2d (a day of work has 8 hours)
    #[arg(long, value_name = "STEP=MIN..MAX")]
    pub work: Vec<String>,
    /// Cases of one round; each round is an office of its own
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub round: u64,
    /// When rounds begin, such as 2026-12-22T09:00; on the day of one of the stories, if not said
    #[arg(long, value_name = "LOCAL TIME")]
    pub from: Option<jiff::civil::DateTime>,
    /// Write the story of what does not hold to this file
    #[arg(long, value_name = "FILE")]
    pub story: Option<PathBuf>,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &SimulateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let work = args.work.iter().map(|given| read_work(given)).collect::<Result<_, _>>()?;
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let Some(release) = checked.release else {
        let words = render::text(&checked.findings, &checked.places, args.lang.into(), false);
        write!(io.err, "{words}")?;
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，没有模拟",
            "the definitions have errors; nothing was simulated",
        ));
    };
    let options = Options {
        cases: args.cases,
        seed: args.seed,
        unlawful: args.unlawful,
        arrivals: args.arrivals,
        work,
        round: args.round,
        from: args.from.map(|from| from.strftime("%Y-%m-%dT%H:%M").to_string()),
        ..Options::new(&args.process)
    };
    let release = Arc::new(release);
    let report =
        simulate(&release, &options).map_err(|error| untold(&error, &args.process, &release))?;
    match args.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&report).unwrap_or_default();
            writeln!(io.out, "{text}")?;
        }
        Format::Text => text(args, &release, &report, io.out)?,
    }
    if let (Some(path), Some(story)) = (&args.story, &report.failure) {
        std::fs::write(path, story.named(&story_id(path)))
            .map_err(|error| Trouble::unwritable(path, &error))?;
    }
    Ok(if report.failure.is_some() { Exit::Findings } else { Exit::Good })
}

/// Returns the id of a scenario file by its name, as ids are written: `Seed 7.yaml` holds `seed-7`.
fn story_id(path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let id = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id } else { STORY_FILE.to_owned() }
}

fn untold(error: &SimulateError, process: &str, release: &Release) -> Trouble {
    match error {
        SimulateError::NoProcess(name) => {
            known::no_process(name, release.definitions.processes.keys().map(String::as_str))
        }
        SimulateError::NoStep(name) => {
            let steps =
                release.process(process).into_iter().flat_map(|process| process.steps.keys());
            known::missing(("步骤", "step"), name, steps.map(String::as_str))
        }
        SimulateError::Calendar => Trouble::of(Exit::Findings, error),
    }
}

/// Reads how long a step takes: `hand-in=5m..20m`.
fn read_work(given: &str) -> Result<(String, (u64, u64)), Trouble> {
    let read = || {
        let (step, span) = given.split_once('=')?;
        let (least, most) = span.split_once("..").unwrap_or((span, span));
        let (least, most) = (minutes(least)?, minutes(most)?);
        (least <= most && !step.is_empty()).then(|| (step.to_owned(), (least, most)))
    };
    read().ok_or_else(|| {
        Trouble::new(
            Exit::Usage,
            format!("--work {given} 无法理解"),
            format!("--work {given} is not understood"),
        )
        .hint(
            "写作 步骤=最短..最长，如 hand-in=5m..20m",
            "write STEP=MIN..MAX, such as hand-in=5m..20m",
        )
    })
}

fn minutes(text: &str) -> Option<u64> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "m"),
    };
    let unit = match unit {
        "m" => 1,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|minutes| *minutes <= 200 * DAY)
}

fn text(
    args: &SimulateArgs,
    release: &Release,
    report: &Report,
    out: &mut dyn Write,
) -> io::Result<()> {
    let process = release.process(&args.process);
    let title = process.map(|process| process.title.clone()).unwrap_or_default();
    let (figures, lang) = (&report.figures, args.lang);
    let seed = lang.pick("种子", "seed");
    writeln!(out, "{} {}  {seed} {}", args.process, lang.of(&title), args.seed)?;
    let Figures { asked, started, carried_out, unlawful, .. } = figures;
    let zh = format!(
        "申请 {asked} 件，受理 {started} 件；办理 {carried_out} 次；无权的操作 {unlawful} 次，全部被拒绝"
    );
    let en = format!(
        "{asked} asked, {started} started; {carried_out} commands; {unlawful} unlawful ones, all refused"
    );
    writeln!(out, "{}", lang.pick(&zh, &en))?;
    results(figures, lang, out)?;
    counts(lang.pick("未受理的原因", "what kept cases from starting"), &figures.refused_by, out)?;
    steps(release, args, figures, out)?;
    queues(release, figures, lang, out)?;
    let given_up = lang.pick("未能试下去的任务", "tasks that chance could not answer");
    counts(given_up, &figures.given_up, out)?;
    unreached(figures, lang, out)?;
    match &report.failure {
        Some(story) => failure(story, lang, out),
        None => writeln!(out, "\n{}", lang.pick("各项恒等都成立", "every invariant held")),
    }
}

fn results(figures: &Figures, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", lang.pick("结果", "results"))?;
    for (result, count) in by_weight(&figures.results) {
        let tenths = (count * 1_000).checked_div(figures.started).unwrap_or(0);
        writeln!(out, "  {result:<24}{count:>8}  {:>3}.{}%", tenths / 10, tenths % 10)?;
    }
    let mean = figures.minutes.checked_div(figures.ended).unwrap_or(0);
    let words = lang.pick("平均历时：", "mean time from start to end: ");
    writeln!(out, "  {words}{}", days(mean, lang))
}

fn counts(title: &str, counts: &BTreeMap<String, u64>, out: &mut dyn Write) -> io::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for (name, count) in by_weight(counts).into_iter().take(8) {
        writeln!(out, "  {name:<32}{count:>8}")?;
    }
    Ok(())
}

fn steps(
    release: &Release,
    args: &SimulateArgs,
    figures: &Figures,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lang = args.lang;
    let heading = lang.pick("时间花在哪里（每件平均）", "where time goes (a case, on average)");
    writeln!(out, "\n{heading}")?;
    let words = match lang {
        Lang::Zh => ["步骤", "次数", "等待", "办理"],
        Lang::En => ["step", "times", "waiting", "working"],
    };
    writeln!(out, "  {}", columns(words, [8, 12, 12]))?;
    let mut all: Vec<_> = figures.steps.iter().collect();
    all.sort_by_key(|(step, figures)| {
        (u64::MAX - figures.waiting - figures.working, (*step).clone())
    });
    let process = release.process(&args.process);
    for (step, figures) in
        all.into_iter().filter(|(_, figures)| figures.waiting + figures.working > 0)
    {
        let mean = |minutes: u64| days(minutes.checked_div(figures.times).unwrap_or(0), lang);
        let title = process.and_then(|process| process.step(step));
        let title = match title {
            Some(step) => lang.of(&step.title),
            None if step == START => lang.pick("申请", "application"),
            None => "",
        };
        let cells =
            [step, &figures.times.to_string(), &mean(figures.waiting), &mean(figures.working)];
        writeln!(out, "  {}  {title}", columns(cells.map(AsRef::as_ref), [8, 12, 12]))?;
    }
    Ok(())
}

/// Tells of which steps nothing is known.
fn unreached(figures: &Figures, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let steps = &figures.unreached;
    if steps.is_empty() {
        return Ok(());
    }
    let (words, between) = match lang {
        Lang::Zh => ("没有走到的步骤：", "、"),
        Lang::En => ("steps that no case reached: ", ", "),
    };
    writeln!(out, "\n{words}{}", steps.join(between))
}

fn queues(release: &Release, figures: &Figures, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    if figures.queues.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", lang.pick("排队的任务", "tasks that wait for somebody"))?;
    let words = match lang {
        Lang::Zh => ["角色", "最多", "平均"],
        Lang::En => ["role", "most", "mean"],
    };
    writeln!(out, "  {}", columns(words, [8, 12]))?;
    for (role, queue) in &figures.queues {
        let mean = queue.mean_hundredths();
        let title = release.definitions.organisation.roles.get(role);
        let title = title.map(|role| lang.of(&role.title)).unwrap_or_default();
        let mean = format!("{}.{:02}", mean / 100, mean % 100);
        let cells = [role.as_str(), &queue.most.to_string(), &mean];
        writeln!(out, "  {}  {title}", columns(cells, [8, 12]))?;
    }
    Ok(())
}

fn failure(story: &Story, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let violation = &story.violation;
    let words = violation.invariant.words();
    writeln!(out, "\n✗ {}{}", lang.pick("不成立：", "does not hold: "), lang.of(&words))?;
    let step = violation.step.as_deref().unwrap_or("—");
    let found = both(&violation.found);
    writeln!(out, "  {} / {step}: {}", violation.process, lang.of(&found))?;
    let Story { acts_before, acts, .. } = story;
    let zh = format!("由 {acts_before} 步缩到 {acts} 步；存为场景文件后 xueji test 可以重演：");
    let en = format!("{acts_before} acts shrunk to {acts}; a scenario file that xueji test plays:");
    writeln!(out, "  {}\n", lang.pick(&zh, &en))?;
    write!(out, "{}", story.scenario)
}

fn by_weight(counts: &BTreeMap<String, u64>) -> Vec<(&String, u64)> {
    let mut all: Vec<(&String, u64)> = counts.iter().map(|(name, count)| (name, *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all
}

/// Returns a line of a table: a name of 24 columns, then numbers at the right of theirs.
fn columns<const N: usize, const M: usize>(cells: [&str; N], widths: [usize; M]) -> String {
    let mut cells = cells.into_iter();
    let mut line = left(cells.next().unwrap_or_default(), 24);
    line.extend(cells.zip(widths).map(|(cell, width)| right(cell, width)));
    line
}

/// Returns minutes as people read them.
fn days(minutes: u64, lang: Lang) -> String {
    if minutes >= 1_440 {
        let tenths = minutes / 144;
        format!("{}.{} {}", tenths / 10, tenths % 10, lang.pick("天", "d"))
    } else if minutes >= 60 {
        format!("{}.{} {}", minutes / 60, minutes % 60 / 6, lang.pick("小时", "h"))
    } else {
        format!("{minutes} {}", lang.pick("分", "min"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Lang, days, read_work, story_id};

    #[test]
    fn a_story_is_called_as_its_file() {
        for (path, id) in [
            ("a/stuck-row.yaml", "stuck-row"),
            ("Seed_7 found.yaml", "seed-7-found"),
            ("模拟.yaml", "simulated"),
            ("7.yaml", "simulated"),
        ] {
            assert_eq!(story_id(Path::new(path)), id);
        }
    }

    #[test]
    fn work_is_read_in_minutes_hours_and_days_of_eight_hours() {
        assert_eq!(read_work("hand-in=5m..2h").unwrap(), ("hand-in".to_owned(), (5, 120)));
        assert_eq!(read_work("issue=1d").unwrap(), ("issue".to_owned(), (480, 480)));
        for wrong in ["issue", "issue=2h..1h", "issue=5w", "=5m", "issue=9999999d"] {
            assert!(read_work(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            [days(59, Lang::En), days(90, Lang::En), days(3_600, Lang::Zh)],
            ["59 min", "1.5 h", "2.5 天"]
        );
    }
}
