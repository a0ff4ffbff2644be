//! `xueji simulate`: random people walk a process, and what does not hold is told as a story.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use xueji_check::render::{self, Language};
use xueji_engine::simulate::{Figures, Options, Report, SimulateError, Story, simulate};
use xueji_runtime::Release;

use super::args::{Folders, Format};
use super::{Exit, Io, Trouble, house};

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
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &SimulateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let work = args.work.iter().map(|given| read_work(given)).collect::<Result<_, _>>()?;
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let Some(release) = checked.release else {
        let words = render::text(&checked.findings, &checked.places, Language::Zh, false);
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
    let report = simulate(&release, &options).map_err(|error| untold(&error))?;
    match args.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&report).unwrap_or_default();
            writeln!(io.out, "{text}")?;
        }
        Format::Text => text(args, &release, &report, io.out)?,
    }
    if let (Some(path), Some(story)) = (&args.story, &report.failure) {
        std::fs::write(path, &story.scenario)?;
    }
    Ok(if report.failure.is_some() { Exit::Findings } else { Exit::Good })
}

fn untold(error: &SimulateError) -> Trouble {
    let exit = match error {
        SimulateError::NoProcess(_) => Exit::NothingToRead,
        SimulateError::NoStep(_) => Exit::Usage,
        SimulateError::Calendar => Exit::Findings,
    };
    Trouble::of(exit, error)
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
    let figures = &report.figures;
    writeln!(out, "{} {} | {}  种子 | seed {}", args.process, title.zh, title.en, args.seed)?;
    writeln!(
        out,
        "申请 {} 件，受理 {} 件；办理 {} 次；无权的操作 {} 次，全部被拒绝",
        figures.asked, figures.started, figures.carried_out, figures.unlawful
    )?;
    writeln!(
        out,
        "{} asked, {} started; {} commands; {} unlawful ones, all refused",
        figures.asked, figures.started, figures.carried_out, figures.unlawful
    )?;
    results(figures, out)?;
    counts("未受理的原因 | what kept cases from starting", &figures.refused_by, out)?;
    steps(release, args, figures, out)?;
    queues(release, figures, out)?;
    counts("未能试下去的任务 | tasks that chance could not answer", &figures.given_up, out)?;
    match &report.failure {
        Some(story) => failure(story, out),
        None => writeln!(out, "\n各项恒等都成立 | every invariant held"),
    }
}

fn results(figures: &Figures, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n结果 | results")?;
    for (result, count) in by_weight(&figures.results) {
        let tenths = (count * 1_000).checked_div(figures.started).unwrap_or(0);
        writeln!(out, "  {result:<24}{count:>8}  {:>3}.{}%", tenths / 10, tenths % 10)?;
    }
    let mean = figures.minutes.checked_div(figures.ended).unwrap_or(0);
    writeln!(out, "  平均历时 | mean time from start to end: {}", days(mean))
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
    writeln!(out, "\n时间花在哪里（每件平均）| where time goes (a case, on average)")?;
    writeln!(out, "  {:<24}{:>8}{:>12}{:>12}  ", "step", "times", "waiting", "working")?;
    let mut all: Vec<_> = figures.steps.iter().collect();
    all.sort_by_key(|(step, figures)| {
        (u64::MAX - figures.waiting - figures.working, (*step).clone())
    });
    let process = release.process(&args.process);
    for (step, figures) in
        all.into_iter().filter(|(_, figures)| figures.waiting + figures.working > 0)
    {
        let mean = |minutes: u64| days(minutes.checked_div(figures.times).unwrap_or(0));
        let title = process.and_then(|process| process.step(step));
        let title = title.map(|step| step.title.zh.as_str()).unwrap_or_default();
        writeln!(
            out,
            "  {step:<24}{:>8}{:>12}{:>12}  {title}",
            figures.times,
            mean(figures.waiting),
            mean(figures.working)
        )?;
    }
    Ok(())
}

fn queues(release: &Release, figures: &Figures, out: &mut dyn Write) -> io::Result<()> {
    if figures.queues.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n排队的任务 | tasks that wait for somebody")?;
    writeln!(out, "  {:<24}{:>8}{:>12}  ", "role", "most", "mean")?;
    for (role, queue) in &figures.queues {
        let mean = queue.mean_hundredths();
        let title = release.definitions.organisation.roles.get(role);
        let title = title.map(|role| role.title.zh.as_str()).unwrap_or_default();
        let mean = format!("{}.{:02}", mean / 100, mean % 100);
        writeln!(out, "  {role:<24}{:>8}{mean:>12}  {title}", queue.most)?;
    }
    Ok(())
}

fn failure(story: &Story, out: &mut dyn Write) -> io::Result<()> {
    let violation = &story.violation;
    let words = violation.invariant.words();
    writeln!(out, "\n✗ 不成立：{} | does not hold: {}", words.zh, words.en)?;
    let step = violation.step.as_deref().unwrap_or("—");
    writeln!(out, "  {} / {step}: {}", violation.process, violation.found)?;
    writeln!(
        out,
        "  由 {} 步缩到 {} 步；存为场景文件后 xueji test 可以重演 | {} acts shrunk to {}; a scenario file that xueji test plays:\n",
        story.acts_before, story.acts, story.acts_before, story.acts
    )?;
    write!(out, "{}", story.scenario)
}

fn by_weight(counts: &BTreeMap<String, u64>) -> Vec<(&String, u64)> {
    let mut all: Vec<(&String, u64)> = counts.iter().map(|(name, count)| (name, *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all
}

/// Returns minutes as people read them.
fn days(minutes: u64) -> String {
    if minutes >= 1_440 {
        let tenths = minutes / 144;
        format!("{}.{} d", tenths / 10, tenths % 10)
    } else if minutes >= 60 {
        format!("{}.{} h", minutes / 60, minutes % 60 / 6)
    } else {
        format!("{minutes} min")
    }
}

#[cfg(test)]
mod tests {
    use super::{days, read_work};

    #[test]
    fn work_is_read_in_minutes_hours_and_days_of_eight_hours() {
        assert_eq!(read_work("hand-in=5m..2h").unwrap(), ("hand-in".to_owned(), (5, 120)));
        assert_eq!(read_work("issue=1d").unwrap(), ("issue".to_owned(), (480, 480)));
        for wrong in ["issue", "issue=2h..1h", "issue=5w", "=5m", "issue=9999999d"] {
            assert!(read_work(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            (days(59), days(90), days(3_600)),
            ("59 min".into(), "1.5 h".into(), "2.5 d".into())
        );
    }
}
