//! `xueji docs`: the definitions as a book that people read and sign.
//!
//! Invariant: definitions with errors make no book, for what it says would not be what runs.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use xueji_handbook::{Book, Language};

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble, house};

/// `docs`.
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// Folder of the site
    #[arg(long, value_name = "DIR", default_value = "handbook", conflicts_with = "one_page")]
    pub out: PathBuf,
    /// Write all of it as this one page instead
    #[arg(long, value_name = "FILE")]
    pub one_page: Option<PathBuf>,
    /// Write Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &DocsArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let Some(release) = &checked.release else {
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，没有写手册",
            "the definitions have errors; no handbook was written",
        )
        .hint("运行 xueji validate", "xueji validate tells what is wrong"));
    };
    let book = Book {
        definitions: &release.definitions,
        rules: &release.rules,
        hash: &release.hash,
        language: if args.lang == Lang::Zh { Language::Zh } else { Language::En },
    };
    if let Some(file) = &args.one_page {
        write(file, &book.one_page())?;
        writeln!(io.out, "{}", file.display())?;
        return Ok(Exit::Good);
    }
    fs::create_dir_all(&args.out).map_err(|error| Trouble::unwritable(&args.out, &error))?;
    for page in book.site() {
        write(&args.out.join(&page.name), &page.html)?;
    }
    writeln!(io.out, "{}", args.out.join("index.html").display())?;
    Ok(Exit::Good)
}

fn write(file: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(file, text).map_err(|error| Trouble::unwritable(file, &error))
}
