//! `xueji graph`: one process, drawn for people or written for other tools.
//!
//! Invariant: what is drawn is `xueji-drawing`'s to say; this verb finds the process and puts the result where it is wanted.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use xueji_definition::Loaded;
use xueji_definition::finding::Severity;
use xueji_drawing::png::PngError;
use xueji_drawing::{Chart, Language};
use xueji_rules::RuleSet;

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house, known};

/// `graph`.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The process
    pub process: String,
    /// What is written; not said, the ending of FILE decides, and without one it is Mermaid
    #[arg(long, value_enum)]
    pub format: Option<Drawing>,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// File to write to; with pnml also a folder, written with / at its end: a file a net
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// What a process is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    /// A picture for pages and print.
    Svg,
    /// A picture of pixels; needs a font with Chinese characters.
    Png,
    /// Text that wikis draw.
    Mermaid,
    /// Text that Graphviz draws.
    Dot,
    /// BPMN 2.0, with the diagram.
    Bpmn,
    /// Workflow nets, one a scope.
    Pnml,
}

pub(super) fn run(args: &GraphArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, _) = house::sources(&args.folders)?;
    let loaded = xueji_definition::load(&sources);
    let (rules, _) = RuleSet::compile(loaded.definitions.rules.clone());
    let Some(process) = loaded.definitions.processes.get(&args.process) else {
        return Err(missing(&args.process, &loaded));
    };
    let language = if args.lang == Lang::Zh { Language::Zh } else { Language::En };
    let chart = Chart { process, definitions: &loaded.definitions, rules: &rules, language };
    let format = format(args)?;
    if format == Drawing::Pnml
        && let Some(folder) = args.out.as_deref().filter(|out| is_folder(out))
    {
        return nets(&chart, folder, io);
    }
    let bytes = match format {
        Drawing::Svg => xueji_drawing::svg::svg(&chart).into_bytes(),
        Drawing::Png => xueji_drawing::png::png(&chart).map_err(|error| unpainted(&error))?,
        Drawing::Mermaid => xueji_drawing::mermaid::mermaid(&chart).into_bytes(),
        Drawing::Dot => xueji_drawing::dot::dot(&chart).into_bytes(),
        Drawing::Bpmn => xueji_drawing::bpmn::bpmn(&chart).into_bytes(),
        Drawing::Pnml => xueji_drawing::pnml::pnml(&chart).into_bytes(),
    };
    match &args.out {
        Some(out) => fs::write(out, bytes).map_err(|error| Trouble::unwritable(out, &error))?,
        None => io.out.write_all(&bytes)?,
    }
    Ok(Exit::Good)
}

/// Returns what is written: as it is said, else by the ending of the file.
fn format(args: &GraphArgs) -> Result<Drawing, Trouble> {
    let ending = args.out.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
    let (None, Some(ending)) = (args.format, ending) else {
        return Ok(args.format.unwrap_or(Drawing::Mermaid));
    };
    match ending.to_ascii_lowercase().as_str() {
        "mmd" | "md" | "txt" => Ok(Drawing::Mermaid),
        "gv" => Ok(Drawing::Dot),
        known => Drawing::from_str(known, true).map_err(|_| {
            Trouble::new(
                Exit::Usage,
                format!("不知道 .{ending} 文件里写什么，没有写"),
                format!("it is not known what a .{ending} file is to hold; nothing was written"),
            )
            .hint(
                "文件名以 .svg .png .mmd .dot .bpmn .pnml 结尾，或用 --format 说明",
                "end the name with .svg .png .mmd .dot .bpmn or .pnml, or say it with --format",
            )
        }),
    }
}

fn is_folder(out: &Path) -> bool {
    out.is_dir() || out.to_string_lossy().ends_with('/')
}

/// Writes each net into a file of its own, and tells which.
fn nets(chart: &Chart<'_>, folder: &Path, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    fs::create_dir_all(folder).map_err(|error| Trouble::unwritable(folder, &error))?;
    for (id, text) in xueji_drawing::pnml::documents(chart) {
        let path = folder.join(format!("{id}.pnml"));
        fs::write(&path, text).map_err(|error| Trouble::unwritable(&path, &error))?;
        writeln!(io.out, "{}", path.display())?;
    }
    Ok(Exit::Good)
}

fn unpainted(error: &PngError) -> Trouble {
    let trouble = Trouble::of(Exit::Io, error);
    match error {
        PngError::NoFont => trouble.hint(
            "安装一种中文字体：apt-get install fonts-noto-cjk（或 fonts-wqy-zenhei）；或用 --format svg，由看图的机器提供字体",
            "install one: apt-get install fonts-noto-cjk (or fonts-wqy-zenhei); or take --format svg, which uses the reader's fonts",
        ),
        PngError::TooLarge { .. } => trouble.hint("改用 --format svg", "take --format svg"),
        PngError::Unreadable(_) => trouble,
    }
}

/// Returns why there is nothing to draw.
fn missing(id: &str, loaded: &Loaded) -> Trouble {
    let path = format!("workflows/processes/{id}.yaml");
    let broken =
        |f: &xueji_definition::finding::Finding| f.file == path && f.severity == Severity::Error;
    if loaded.findings.iter().any(broken) {
        return Trouble::new(Exit::Findings, format!("{path} 有误"), format!("{path} has errors"))
            .hint("运行 xueji validate", "xueji validate tells what is wrong");
    }
    known::no_process(id, loaded.definitions.processes.keys().map(String::as_str))
}
