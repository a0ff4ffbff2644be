//! `xueji validate`: everything that is wrong with the definitions, in one run; what is certain is mended when asked.

mod fix;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use xueji_check::baseline::{Baseline, Sorted};
use xueji_check::render::{Language, Report};
use xueji_check::{Found, mend};
use xueji_definition::Text;
use xueji_definition::finding::Severity;

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house};

/// `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: FindingFormat,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// Let warnings fail, too
    #[arg(long)]
    pub strict: bool,
    /// Mend what is certain, and tell what is left
    #[arg(long, conflicts_with = "write_baseline")]
    pub fix: bool,
    /// With --fix: only show what it would change
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Tell only what this file does not hold
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings down as known
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// What links to explanations begin with; they end with the code
    #[arg(long, value_name = "URL", env = "XUEJI_DOCS_URL")]
    pub docs_url: Option<String>,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// For people.
    #[default]
    Text,
    /// One line each: file:line:column: weight: message [code].
    Plain,
    /// For programs, in both languages.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
    /// Commands of a workflow on GitHub.
    Github,
    /// JUnit XML, for what shows tests.
    Junit,
}

pub(super) fn run(args: &ValidateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, found) = house::sources(&args.folders)?;
    if args.fix {
        // Nothing is mended when what is left could not be told.
        args.baseline.as_deref().map(read_baseline).transpose()?;
        let mended = mend::mend(&sources, &found);
        let texts = fix::as_laid_out(&sources, mended.sources);
        if args.dry_run {
            write!(io.out, "{}", fix::diff(&sources, &texts))?;
            told(&mended.done, false, args, io.err)?;
            let left =
                mended.checked.has_errors() || (args.strict && !mended.checked.findings.is_empty());
            return Ok(if left { Exit::Findings } else { Exit::Good });
        }
        fix::write(&args.folders, &sources, &texts)?;
        told(&mended.done, true, args, io.err)?;
        // Laying out moves lines: what is left is looked up in the texts as they are now.
        return tell(xueji_check::find(&texts, found), args, io);
    }
    tell(xueji_check::find(&sources, found), args, io)
}

/// Tells what was mended.
fn told(
    done: &[mend::Done],
    really: bool,
    args: &ValidateArgs,
    out: &mut dyn Write,
) -> io::Result<()> {
    let language = Language::from(args.lang);
    let (verb, colon) = match (language, really) {
        (Language::Zh, true) => ("已改正", "："),
        (Language::Zh, false) => ("可改正", "："),
        (Language::En, true) => ("mended", ": "),
        (Language::En, false) => ("would mend", ": "),
    };
    for mend::Done { code, file, place, title } in done {
        let title = language.of(title);
        writeln!(out, "{verb} {file}:{}:{} [{code}]{colon}{title}", place.line, place.column)?;
    }
    if done.is_empty() {
        let text = Text::new("没有能有把握改正的问题", "nothing can be mended for certain");
        writeln!(out, "{}", language.of(&text))?;
    }
    Ok(())
}

fn tell(mut checked: Found, args: &ValidateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if let Some(path) = &args.write_baseline {
        return write_down(&checked, path, args, io);
    }
    if let Some(path) = &args.baseline {
        let known = read_baseline(path)?;
        let Sorted { new, known, stale } = known.sort(checked.findings, &checked.places);
        checked.findings = new;
        checked.silenced.extend(known);
        for gone in &stale {
            let (file, code) = (&gone.file, &gone.code);
            let told = match args.lang {
                Lang::Zh => {
                    format!("基线里的问题已经没有了，可以删去：{file} [{code}] {}", gone.message)
                }
                Lang::En => format!(
                    "no longer found, remove it from the baseline: {file} [{code}] {}",
                    gone.fingerprint
                ),
            };
            writeln!(io.err, "{told}")?;
        }
    }
    let report = Report {
        findings: &checked.findings,
        places: &checked.places,
        silenced: &checked.silenced,
        language: args.lang.into(),
        docs: args.docs_url.as_deref(),
        strict: args.strict,
    };
    let out = match args.format {
        FindingFormat::Text => report.text(io::stdout().is_terminal()),
        FindingFormat::Plain => report.plain(),
        FindingFormat::Json => report.json(),
        FindingFormat::Sarif => report.sarif(env!("CARGO_PKG_VERSION")),
        FindingFormat::Github => report.github(),
        FindingFormat::Junit => report.junit(),
    };
    write!(io.out, "{out}")?;
    let errors = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    let fails = errors || (args.strict && !checked.findings.is_empty());
    Ok(if fails { Exit::Findings } else { Exit::Good })
}

fn read_baseline(path: &Path) -> Result<Baseline, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| {
        let trouble = Trouble::unreadable(path, &error);
        let path = path.display();
        trouble.hint(
            format!("用 xueji validate --write-baseline {path} 写一份"),
            format!("write one with xueji validate --write-baseline {path}"),
        )
    })?;
    Baseline::read(&text).map_err(|error| Trouble::of(Exit::Usage, &error))
}

fn write_down(
    checked: &Found,
    path: &Path,
    args: &ValidateArgs,
    io: &mut Io<'_>,
) -> Result<Exit, Trouble> {
    let baseline = Baseline::of(&checked.findings, &checked.places);
    fix::replace(path, baseline.text().as_bytes())?;
    let (count, path) = (checked.findings.len(), path.display());
    match args.lang {
        Lang::Zh => writeln!(io.err, "已把 {count} 个问题记入 {path}")?,
        Lang::En => writeln!(io.err, "{count} findings written to {path}")?,
    }
    Ok(Exit::Good)
}
