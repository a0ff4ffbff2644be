//! `xueji fmt`: lays files out, without a change of what they say.
//!
//! Invariant: a file is written only when its new text says the same as the old one, comments included; with `--check` and
//! `--stdin` no file is written at all.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use xueji_definition::Text;
use xueji_definition::format::{self, FormatError};
use xueji_rules::layout;

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house};

/// `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Files; not said, all definitions and rules
    pub files: Vec<PathBuf>,
    /// Write nothing; list what is not laid out, with the lines that would change
    #[arg(long)]
    pub check: bool,
    /// Read one text from standard input and write it to standard output; FILES then names it
    #[arg(long, conflicts_with = "check")]
    pub stdin: bool,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &FmtArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if args.stdin {
        return stdin(args, io);
    }
    let mut exit = Exit::Good;
    let mut count = 0;
    for (path, file) in files(args)? {
        let old = fs::read_to_string(&file).map_err(|error| unread(&file, &error))?;
        let shown = file.display();
        let new = match laid_out(&path, &old) {
            Ok(new) => new,
            Err(why) => {
                writeln!(io.err, "{shown}: {}", args.lang.of(&why))?;
                exit = Exit::Findings;
                continue;
            }
        };
        if new == old {
            continue;
        }
        if !args.check {
            write_whole(&file, &new)?;
        }
        count += 1;
        writeln!(io.out, "{shown}")?;
        if args.check {
            write!(io.out, "{}", changed(&old, &new))?;
            exit = Exit::Findings;
        }
    }
    let (zh, en) = if args.check {
        (format!("{count} 个文件需要排版"), format!("{count} to be laid out"))
    } else {
        (format!("{count} 个文件已排版"), format!("{count} laid out"))
    };
    writeln!(io.err, "{}", args.lang.pick(&zh, &en))?;
    Ok(exit)
}

fn stdin(args: &FmtArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let path = args.files.first().map_or_else(|| "x.yaml".to_owned(), |file| path_of(file));
    match laid_out(&path, &text) {
        Ok(new) => {
            write!(io.out, "{new}")?;
            Ok(Exit::Good)
        }
        Err(why) => {
            // An editor that pipes its text through gets it back as it was.
            write!(io.out, "{text}")?;
            writeln!(io.err, "{}", args.lang.of(&why))?;
            Ok(Exit::Findings)
        }
    }
}

/// Returns the files, each with the path by which its kind is known.
fn files(args: &FmtArgs) -> Result<Vec<(String, PathBuf)>, Trouble> {
    if !args.files.is_empty() {
        return Ok(args.files.iter().map(|file| (path_of(file), file.clone())).collect());
    }
    let (sources, _) = house::sources(&args.folders)?;
    let all = sources.files.into_keys().filter(|path| !path.ends_with(".html"));
    Ok(all
        .map(|path| {
            let file = match path.strip_prefix("workflows/") {
                Some(rest) => args.folders.workflows.join(rest),
                None => args.folders.rules.join(path.trim_start_matches("rules/")),
            };
            (path, file)
        })
        .collect())
}

/// Returns a file's path from the folder that says its kind: `…/workflows/forms/x.yaml` is a form.
fn path_of(file: &Path) -> String {
    let whole = file.to_string_lossy().replace('\\', "/");
    let from = |folder: &str| whole.rfind(folder).and_then(|at| whole.get(at..));
    let inner = whole.starts_with("workflows/").then_some(whole.as_str());
    inner
        .or_else(|| from("/workflows/").and_then(|path| path.get(1..)))
        .unwrap_or(&whole)
        .to_owned()
}

/// Returns a text as it should be laid out, or why it is left as it is.
pub(super) fn laid_out(path: &str, text: &str) -> Result<String, Text> {
    if path.ends_with(".rhai") {
        return layout::format(text).ok_or_else(|| {
            Text::new(
                "引号或注释没有结束，没有排版",
                "a text or comment is never ended; it is left as it is",
            )
        });
    }
    format::format(path, text).map_err(|error| match error {
        FormatError::Unreadable(findings) => {
            let first =
                findings.into_iter().next().map(|finding| finding.message).unwrap_or_default();
            Text::new(
                format!("无法读取，没有排版：{}", first.zh),
                format!("cannot be read, left as it is: {}", first.en),
            )
        }
        FormatError::NotTheSame => Text::new("排版会改变内容，没有改动", error.to_string()),
    })
}

/// Writes a text beside the file and puts it in its place, so that a file is never half there.
fn write_whole(file: &Path, text: &str) -> Result<(), Trouble> {
    let put = || {
        let real = fs::canonicalize(file)?;
        let mut beside = real.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, text)?;
        fs::set_permissions(&beside, fs::metadata(&real)?.permissions())?;
        fs::rename(&beside, &real)
    };
    put().map_err(|error| Trouble::unwritable(file, &error))
}

fn unread(file: &Path, error: &std::io::Error) -> Trouble {
    let trouble = Trouble::unreadable(file, error);
    if !file.is_dir() {
        return trouble;
    }
    trouble.hint(
        "写文件名；不写文件名就排版全部定义和规则，文件夹用 --workflows、--rules 指明",
        "name files; without any, all definitions and rules are laid out, in the folders of --workflows and --rules",
    )
}

/// Returns the lines that differ: those that go with `-`, those that come with `+`, each group under its line.
fn changed(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = common(&a, &b);
    let (mut out, mut i, mut j) = (String::new(), 0, 0);
    for (x, y) in same.into_iter().chain([(a.len(), b.len())]) {
        if i < x || j < y {
            out.push_str(&format!("@@ {}\n", i + 1));
        }
        for line in a.get(i..x).unwrap_or_default() {
            out.push_str(&format!("-{line}\n"));
        }
        for line in b.get(j..y).unwrap_or_default() {
            out.push_str(&format!("+{line}\n"));
        }
        (i, j) = (x + 1, y + 1);
    }
    out
}

/// Returns the pairs of lines that stay, in order: the longest common subsequence.
fn common(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    const MOST: usize = 4_000_000;
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let mut same: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    if ra.len() * rb.len() > MOST {
        return same;
    }
    let width = rb.len() + 1;
    let mut table = vec![0_u32; (ra.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, x) in ra.iter().enumerate().rev() {
        for (j, y) in rb.iter().enumerate().rev() {
            let long = if x == y {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = long;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (ra.get(i), rb.get(j)) {
        if x == y {
            same.push((head + i, head + j));
            (i, j) = (i + 1, j + 1);
        } else if at(&table, i + 1, j) >= at(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_shown() {
        assert_eq!(changed("a\nb\nc\n", "a\nB\nc\nd\n"), "@@ 2\n-b\n+B\n@@ 4\n+d\n");
        assert_eq!(changed("a\n", "a\n"), "");
    }

    #[test]
    fn the_kind_of_a_file_is_known_by_its_folder() {
        assert_eq!(path_of(Path::new("/home/x/workflows/forms/a.yaml")), "workflows/forms/a.yaml");
        assert_eq!(path_of(Path::new("workflows/forms/a.yaml")), "workflows/forms/a.yaml");
        assert_eq!(path_of(Path::new("a.rhai")), "a.rhai");
    }
}
