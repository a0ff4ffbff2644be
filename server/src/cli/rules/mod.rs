//! `xueji rules`: what rules say about all cases, and where two versions of them differ.
//!
//! Invariant: what is told is what `xueji_rules::solve` proved or showed; here it is only read, put into words and printed.

mod diff;
mod list;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use xueji_check::solving::{Understood, understand};
use xueji_definition::finding::{Finding, Severity};
use xueji_definition::{ReadError, Sources, read_folder};
use xueji_rules::{Problem, RuleSet};

use super::args::{Folders, Format, Lang};
use super::{Exit, Io, Trouble, house};

/// How deep folders of rules nest.
const DEPTH: usize = 8;

/// `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do with rules.
    #[command(subcommand)]
    pub act: RulesAct,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesAct {
    /// Tell where two versions differ, with a case for each difference  比较两版规则
    #[command(
        after_help = "Exit codes: 0 proved the same, 10 differences or not decided, 1 rules that cannot be read, 2 usage, 3 nothing to read, 4 trouble with files\n\nExamples:\n  xueji rules diff ../last-year/rules rules\n  xueji rules diff old.rhai rules/booking.rhai --rule few-bookings\n  xueji rules diff OLD NEW --format json"
    )]
    Diff(DiffArgs),
    /// List the rules, and how far each can be decided for all cases  规则一览
    #[command(
        after_help = "Examples:\n  xueji rules list\n  xueji rules list --undecided\n  xueji rules list --format json"
    )]
    List(ListArgs),
}

/// `rules diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Folder of the old rules, of a project that holds them, or a single .rhai file
    pub old: PathBuf,
    /// Folder of the new rules, of a project that holds them, or a single .rhai file
    pub new: PathBuf,
    /// Compare this rule alone
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// Folder of the definitions that say what fields are; not said: the one beside NEW, beside OLD, or here
    #[arg(long, value_name = "DIR")]
    pub workflows: Option<PathBuf>,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

/// `rules list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only the rules of which some part is not looked into
    #[arg(long)]
    pub undecided: bool,
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

pub(super) fn run(args: &RulesArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    match &args.act {
        RulesAct::Diff(args) => diff::run(args, io),
        RulesAct::List(args) => list::run(args, io),
    }
}

/// One version of the rules.
struct Side {
    rules: RuleSet,
    /// The texts of its files, by path.
    texts: BTreeMap<String, String>,
    /// What is wrong with them.
    problems: Vec<Problem>,
}

impl Side {
    /// Reads a version.
    fn read(path: &Path) -> Result<Self, Trouble> {
        let mut texts = BTreeMap::new();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text =
                fs::read_to_string(path).map_err(|error| Trouble::unreadable(path, &error))?;
            texts.insert(format!("rules/{name}"), text);
        } else {
            let inner = path.join("rules");
            let folder = if inner.is_dir() { inner.as_path() } else { path };
            gather(folder, "rules", DEPTH, &mut texts)?;
        }
        if texts.is_empty() {
            return Err(no_rules(path)
                .hint("指明规则文件夹或 .rhai 文件", "name a folder of rules, or a .rhai file"));
        }
        let (rules, problems) = RuleSet::compile(texts.clone());
        Ok(Self { rules, texts, problems })
    }

    /// The text of the file that a rule stands in.
    fn text(&self, rule: &str) -> Option<&str> {
        self.texts.get(&self.rules.get(rule)?.file).map(String::as_str)
    }
}

fn no_rules(path: &Path) -> Trouble {
    let path = path.display();
    Trouble::new(
        Exit::NothingToRead,
        format!("{path} 中没有规则"),
        format!("there are no rules in {path}"),
    )
}

fn gather(
    folder: &Path,
    name: &str,
    depth: usize,
    to: &mut BTreeMap<String, String>,
) -> Result<(), Trouble> {
    let entries = fs::read_dir(folder).map_err(|error| Trouble::unreadable(folder, &error))?;
    for entry in entries {
        let path = entry?.path();
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let below = format!("{name}/{own}");
        if path.is_dir() && depth > 0 && !own.starts_with('.') {
            gather(&path, &below, depth - 1, to)?;
        } else if path.extension().is_some_and(|extension| extension == "rhai") {
            let text =
                fs::read_to_string(&path).map_err(|error| Trouble::unreadable(&path, &error))?;
            to.insert(below, text);
        }
    }
    Ok(())
}

/// Reads the definitions that say what fields and parameters are, with the rules of a version in them.
fn surroundings(folder: Option<&Path>, side: &Side) -> Result<Option<Understood>, Trouble> {
    let Some(folder) = folder else { return Ok(None) };
    let nowhere = folder.join("no rules");
    let (mut sources, _) = match read_folder(folder, &nowhere) {
        Ok(read) => read,
        Err(ReadError::NothingToRead { path }) => {
            let path = path.display();
            return Err(Trouble::new(
                Exit::NothingToRead,
                format!("{path} 中没有定义"),
                format!("there are no definitions in {path}"),
            ));
        }
        Err(ReadError::Io { path, source }) => return Err(Trouble::unreadable(&path, &source)),
    };
    sources.files.extend(side.texts.clone());
    Ok(Some(understand(&sources)))
}

/// The folder of definitions that belongs to a version.
fn beside(path: &Path) -> Option<PathBuf> {
    let inner = path.join("workflows");
    let near = path.parent().map(|parent| parent.join("workflows"));
    // A single file stands in the folder of rules, which stands beside the definitions.
    let far = path.parent().and_then(Path::parent).map(|parent| parent.join("workflows"));
    let far = far.filter(|_| path.is_file());
    [Some(inner), near, far].into_iter().flatten().find(|folder| folder.is_dir())
}

/// Reads the folders of a project for the list.
fn project(folders: &Folders) -> Result<(Sources, Understood), Trouble> {
    let (sources, found) = house::sources(folders)?;
    let unread = |one: &&Finding| one.severity == Severity::Error && one.file.starts_with("rules/");
    if let Some(Finding { file, message, .. }) = found.iter().find(unread) {
        return Err(Trouble::new(
            Exit::Findings,
            format!("{file}：{}", message.zh),
            format!("{file}: {}", message.en),
        )
        .hint("运行 xueji validate 查看全部问题", "xueji validate tells all that is wrong"));
    }
    let understood = understand(&sources);
    if understood.rules.rules().next().is_none() {
        return Err(no_rules(&folders.rules)
            .hint("用 --rules 指明规则文件夹", "name the folder of rules with --rules"));
    }
    Ok((sources, understood))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::Parser;

    use crate::cli::{Cli, Exit, Io, run};

    fn rule(body: &str) -> String {
        let doc = "/// 预订次数\n/// Bookings\n/// @id H1\n/// @effect block\n/// @source P\n";
        let reason =
            "/// @reason zh 已有{subject.count}次\n/// @reason en there are {subject.count}\n";
        format!("{doc}{reason}fn few(subject) {{ {body} }}\n")
    }

    fn diff(folder: &Path, old: &str, new: &str) -> (Exit, String) {
        let (a, b) = (folder.join("a.rhai"), folder.join("b.rhai"));
        fs::write(&a, rule(old)).unwrap();
        fs::write(&b, rule(new)).unwrap();
        let words = ["xueji", "rules", "diff", a.to_str().unwrap(), b.to_str().unwrap()];
        let cli = Cli::parse_from(words.into_iter().chain(["--lang", "en"]));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = run(cli.verb, &mut Io { out: &mut out, err: &mut err });
        (exit, String::from_utf8([out, err].concat()).unwrap())
    }

    #[test]
    fn a_difference_is_told_with_a_case_that_both_judged() {
        let folder = tempfile::tempdir().unwrap();
        let (exit, told) = diff(folder.path(), "subject.count < 3", "subject.count < 2");
        assert_eq!(exit, Exit::Changes, "{told}");
        assert!(told.contains("2 ≤ subject.count < 3"), "{told}");
        assert!(told.contains("new: not satisfied: there are 2"), "{told}");
        assert!(told.contains("not before, passes now: none (proved)"), "{told}");
    }

    #[test]
    fn another_way_of_writing_is_proved_to_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (exit, told) = diff(folder.path(), "subject.count < 3", "!(3 <= subject.count)");
        assert_eq!(exit, Exit::Good, "{told}");
    }

    #[test]
    fn rules_that_cannot_be_read_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        let (exit, told) = diff(folder.path(), "subject.count < 3", "subject.count < ");
        assert_eq!(exit, Exit::Findings, "{told}");
        assert!(told.contains("rule-syntax"), "{told}");
    }
}
