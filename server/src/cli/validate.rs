//! `xueji validate`: everything that is wrong with the definitions, in one run.

use std::io::IsTerminal;

use xueji_check::render::{self, Language};

use super::args::{Format, Lang, ValidateArgs};
use super::{Exit, Io, Trouble, house};

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Zh => Self::Zh,
            Lang::En => Self::En,
        }
    }
}

pub(super) fn run(args: &ValidateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    match args.format {
        Format::Json => write!(io.out, "{}", render::json(&checked.findings, &checked.places))?,
        Format::Text => {
            let colour = std::io::stdout().is_terminal();
            write!(
                io.out,
                "{}",
                render::text(&checked.findings, &checked.places, args.lang.into(), colour)
            )?;
        }
    }
    let fails = checked.has_errors() || (args.strict && !checked.findings.is_empty());
    Ok(if fails { Exit::Findings } else { Exit::Good })
}
