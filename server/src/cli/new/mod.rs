//! `xueji new`: a process, a rule or a form to begin with, and a folder for them.
//!
//! Invariant: what is written passes `xueji validate` and `xueji test` as it is, and nothing that is there is written over.
//! Roles and people come from the folder's own organisation.

mod texts;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use xueji_definition::Definitions;
use xueji_definition::file::Holder;
use xueji_rules::RuleSet;

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house};

/// `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What is made.
    #[command(subcommand)]
    pub what: What,
    /// Print Chinese or English
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// What is made.
#[derive(Debug, Subcommand)]
pub enum What {
    /// A process with one task, and stories that play it  新流程
    Process(NamedArgs),
    /// A rule, and examples that try it both ways  新规则
    Rule(NamedArgs),
    /// A form with one field  新表单
    Form(NamedArgs),
    /// The files that a folder begins with: an organisation and a calendar  新文件夹
    Folder {
        /// Year that the calendar begins with
        #[arg(long, default_value_t = 2026)]
        year: i16,
    },
}

/// What a new thing is called.
#[derive(Debug, Clone, Args)]
pub struct NamedArgs {
    /// Its name, such as hall-booking
    pub name: String,
    /// Its title in Chinese
    #[arg(long, value_name = "标题")]
    pub zh: Option<String>,
    /// Its title in English
    #[arg(long, value_name = "TITLE")]
    pub en: Option<String>,
}

/// A thing's name and titles.
struct Name {
    id: String,
    zh: String,
    en: String,
}

/// Texts by path.
type Files = BTreeMap<String, String>;

pub(super) fn run(args: &NewArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (files, next): (Files, Vec<String>) = match &args.what {
        What::Folder { year } => {
            (texts::folder(*year), vec!["xueji new process hall-booking".to_owned()])
        }
        What::Process(named) => {
            let name = name(named, "流程")?;
            let (first, second, day) = people(&definitions(&args.folders)?)?;
            let commands = vec![
                "xueji validate".to_owned(),
                format!("xueji test --filter {}", name.id),
                format!("xueji graph {}", name.id),
            ];
            (texts::process(&name, &first, &second, &day), commands)
        }
        What::Rule(named) => {
            let name = name(named, "规则")?;
            taken(&name.id, &definitions(&args.folders)?)?;
            let commands =
                vec![format!("xueji test --filter {}", name.id), format!("rules: [{}]", name.id)];
            (texts::rule(&name), commands)
        }
        What::Form(named) => {
            let name = name(named, "表单")?;
            definitions(&args.folders)?;
            (texts::form(&name), vec![format!("form: {}", name.id)])
        }
    };
    write_all(&files, &args.folders, io)?;
    writeln!(io.err, "{}", args.lang.pick("接着可以：", "next:"))?;
    for line in next {
        writeln!(io.err, "  {line}")?;
    }
    Ok(Exit::Good)
}

/// Returns the name, if it may be one. `kind` stands in the Chinese title until somebody writes it.
fn name(named: &NamedArgs, kind: &str) -> Result<Name, Trouble> {
    let id = named.name.as_str();
    let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && !id.contains("--")
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits {
        return Err(Trouble::new(
            Exit::Usage,
            format!("名称 `{id}` 的写法不对"),
            format!("the name `{id}` is misspelt"),
        )
        .hint(
            "用小写字母、数字和 `-`，字母开头，如 `hall-booking`",
            "use small letters, digits and `-`, a letter first, such as `hall-booking`",
        ));
    }
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    let capital = letters
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect::<String>();
    let zh = named.zh.clone().unwrap_or_else(|| format!("{kind}{id}"));
    let titles = (zh, named.en.clone().unwrap_or(capital));
    let is_chinese = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    if !titles.0.chars().any(is_chinese) || titles.1.chars().any(is_chinese) {
        return Err(Trouble::new(
            Exit::Usage,
            "--zh 写中文标题，--en 写英文标题",
            "--zh is the title in Chinese, --en the one in English",
        ));
    }
    for title in [&titles.0, &titles.1] {
        if title.trim().is_empty() || title.chars().any(|c| c.is_control() || c == '"' || c == '\\')
        {
            return Err(Trouble::new(
                Exit::Usage,
                "标题要有字，且不含引号、反斜线和换行",
                "a title has words, and no quotes, backslashes or line ends",
            ));
        }
    }
    Ok(Name { id: id.to_owned(), zh: titles.0, en: titles.1 })
}

/// Reads the folder; it has to hold an organisation.
fn definitions(folders: &Folders) -> Result<Definitions, Trouble> {
    let file = folders.workflows.join("organisation.yaml");
    if !file.is_file() {
        let missing =
            ["organisation.yaml", "calendars.yaml"].map(|name| folders.workflows.join(name));
        let missing: Vec<String> = missing
            .iter()
            .filter(|path| !path.is_file())
            .map(|path| path.display().to_string())
            .collect();
        let missing = missing.join("、");
        return Err(Trouble::new(
            Exit::NothingToRead,
            format!("缺少 {missing}"),
            format!("not there: {missing}"),
        )
        .hint("xueji new folder 写出这些文件", "xueji new folder writes them"));
    }
    Ok(xueji_definition::load(&house::sources(folders)?.0).definitions)
}

/// Returns who starts and who answers in the new process, and a day on which both hold their roles.
fn people(definitions: &Definitions) -> Result<(Holder, Holder, String), Trouble> {
    let holders = &definitions.organisation.holders;
    let away = |holder: &Holder| {
        let stands_in =
            definitions.organisation.substitutes.iter().any(|away| away.person == holder.person);
        stands_in || holder.unit.is_some()
    };
    let mut ordered: Vec<&Holder> = holders.iter().collect();
    ordered.sort_by_key(|holder| away(holder));
    let first = ordered.first().copied();
    let second = ordered.iter().find(|other| {
        first.is_some_and(|first| first.person != other.person && first.role != other.role)
    });
    let Some((first, second)) = first.map(|first| (first, second.copied().unwrap_or(first))) else {
        return Err(Trouble::new(
            Exit::NothingToRead,
            "organisation.yaml 的 holders 里没有人，或文件有误",
            "nobody stands under `holders` of organisation.yaml, or it has errors",
        )
        .hint("写上至少一个担任角色的人", "write at least one person who holds a role"));
    };
    // The latest beginning of the two, or a day in the first year that the calendar knows.
    let year = definitions.calendars.years.keys().next().copied().unwrap_or(2026);
    let begin = [first.from, second.from].into_iter().flatten().max();
    let day = begin.map_or_else(|| format!("{year:04}-03-02"), |date| date.to_string());
    Ok((first.clone(), second.clone(), day))
}

/// Tells when a rule of that name stands in some file already.
fn taken(id: &str, definitions: &Definitions) -> Result<(), Trouble> {
    let (rules, _) = RuleSet::compile(definitions.rules.clone());
    let Some(rule) = rules.get(id) else { return Ok(()) };
    let file = &rule.file;
    Err(Trouble::new(
        Exit::Usage,
        format!("规则 {id} 已经写在 {file} 里，没有改动"),
        format!("there is a rule `{id}` in {file} already; nothing was written"),
    )
    .hint("换一个名称", "take another name"))
}

fn place(folders: &Folders, path: &str) -> PathBuf {
    match path.strip_prefix("workflows/") {
        Some(rest) => folders.workflows.join(rest),
        None => folders.rules.join(path.trim_start_matches("rules/")),
    }
}

/// Writes the files, all or none.
fn write_all(files: &Files, folders: &Folders, io: &mut Io<'_>) -> Result<(), Trouble> {
    for path in files.keys().map(|path| place(folders, path)) {
        if path.exists() {
            let shown = path.display();
            return Err(Trouble::new(
                Exit::Usage,
                format!("{shown} 已经有了，没有改动"),
                format!("{shown} is there already; nothing was written"),
            )
            .hint("换一个名称或文件夹", "take another name or folder"));
        }
    }
    let mut made: Vec<PathBuf> = Vec::new();
    for (path, text) in files {
        let file = place(folders, path);
        let text = super::fmt::laid_out(path, text).unwrap_or_else(|_| text.clone());
        if let Err(error) = write_new(&file, &text) {
            // What was made is taken back; what is told is why it was not all of it.
            made.iter().for_each(|made| drop(fs::remove_file(made)));
            return Err(Trouble::unwritable(&file, &error));
        }
        made.push(file);
    }
    for file in made {
        writeln!(io.out, "{}", file.display())?;
    }
    Ok(())
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(file)?.write_all(text.as_bytes())
}
