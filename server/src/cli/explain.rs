//! `xueji explain`: what a code means, why it is told, and how it is mended.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use xueji_check::explain;

use super::args::Lang;
use super::{Exit, Io, Trouble};

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code; without one, all are listed
    pub code: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: ExplainFormat,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

/// How a code is explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people.
    #[default]
    Text,
    /// For programs, in both languages.
    Json,
    /// For pages.
    Markdown,
}

pub(super) fn run(args: &ExplainArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let colour = std::io::stdout().is_terminal();
    let lang = args.lang.into();
    let Some(code) = &args.code else {
        match args.format {
            ExplainFormat::Text => write!(io.out, "{}", explain::list(lang, colour))?,
            ExplainFormat::Json => {
                let all = xueji_check::codes();
                let all: Vec<_> = all.iter().filter_map(|doc| explain::explain(doc.0)).collect();
                json(&all, io)?;
            }
            ExplainFormat::Markdown => {
                for doc in xueji_check::codes() {
                    let page = explain::markdown(doc.0, lang).unwrap_or_default();
                    writeln!(io.out, "{page}")?;
                }
            }
        }
        return Ok(Exit::Good);
    };
    // What a finding shows in brackets may be copied with them.
    let code = code.trim().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    match args.format {
        ExplainFormat::Text => {
            let page = explain::text(&code, lang, colour).ok_or_else(|| unknown(&code))?;
            write!(io.out, "{page}")?;
        }
        ExplainFormat::Json => {
            json(&explain::explain(&code).ok_or_else(|| unknown(&code))?, io)?;
        }
        ExplainFormat::Markdown => {
            let page = explain::markdown(&code, lang).ok_or_else(|| unknown(&code))?;
            write!(io.out, "{page}")?;
        }
    }
    Ok(Exit::Good)
}

fn json(value: &impl serde::Serialize, io: &mut Io<'_>) -> std::io::Result<()> {
    writeln!(io.out, "{}", serde_json::to_string_pretty(value).unwrap_or_default())
}

fn unknown(code: &str) -> Trouble {
    let trouble = Trouble::new(
        Exit::Usage,
        format!("没有编号 `{code}`"),
        format!("there is no code `{code}`"),
    );
    match explain::meant(code) {
        Some(near) => {
            trouble.hint(format!("是否想写 `{near}`？"), format!("did you mean `{near}`?"))
        }
        None => trouble.hint("xueji explain 列出全部编号", "xueji explain lists all codes"),
    }
}
