//! `xueji lsp`: what an editor asks, over standard input and output.
//!
//! Invariant: nothing else is written to standard output while it serves; that belongs to the editor.

use clap::Args;
use xueji_drawing::Chart;
use xueji_editor::Picture;
use xueji_editor::server::{Goodbye, Options, ServeError};

use super::args::{Folders, Lang};
use super::{Exit, Io, Trouble};

/// `lsp`.
#[derive(Debug, Args)]
pub struct LspArgs {
    /// Speak Chinese or English; not said, the editor's own language decides
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Address of a page on which findings are explained; ADDRESS#CODE is opened
    #[arg(long, value_name = "ADDRESS", env = "XUEJI_DOCS")]
    pub docs: Option<String>,
    /// Accepted and without effect: it always speaks over standard input and output
    #[arg(long, hide = true)]
    pub stdio: bool,
    /// The definitions, from the editor's folder.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &LspArgs, _: &mut Io<'_>) -> Result<Exit, Trouble> {
    let options = Options {
        workflows: args.folders.workflows.clone(),
        rules: args.folders.rules.clone(),
        language: args.lang.map(language),
        pages: args.docs.clone(),
        draw,
    };
    match xueji_editor::server::stdio(&options) {
        Ok(Goodbye::Said) => Ok(Exit::Good),
        // The protocol asks for 1 when an editor leaves without `shutdown`.
        Ok(Goodbye::Abrupt) => Ok(Exit::Findings),
        Err(error @ (ServeError::Protocol(_) | ServeError::Framing(_))) => {
            Err(Trouble::of(Exit::Usage, &error))
        }
        Err(error) => Err(Trouble::of(Exit::Io, &error)),
    }
}

fn language(lang: Lang) -> xueji_editor::Language {
    match lang {
        Lang::Zh => xueji_editor::Language::Zh,
        Lang::En => xueji_editor::Language::En,
    }
}

fn draw(picture: &Picture<'_>) -> String {
    let Picture { process, definitions, rules, language } = *picture;
    let language = match language {
        xueji_editor::Language::Zh => xueji_drawing::Language::Zh,
        xueji_editor::Language::En => xueji_drawing::Language::En,
    };
    xueji_drawing::svg::svg(&Chart { process, definitions, rules, language })
}
