//! The `xueji` command line: parse, call, print, exit.
//!
//! Results go to stdout, the rest to stderr, both through a handed-in writer. Exit codes are the same for every verb; see
//! [`Exit`].
//!
//! Invariant: a verb decides nothing; it calls the engine, the checks or a running server, and tells what they said.

mod args;
mod backtest;
mod columns;
mod deploy;
mod docs;
mod explain;
mod export;
mod fmt;
mod graph;
mod house;
mod import;
mod known;
mod lang;
mod lsp;
mod migrate;
mod new;
mod pipe;
mod plan;
mod recover;
mod releases;
mod remote;
mod rules;
mod sample;
mod schema;
mod serve;
mod simulate;
mod system;
mod test;
mod token;
mod trace;
mod usage;
mod validate;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use jiff::civil::Date;
use xueji_definition::Text;

use self::lang::Lang;

pub use args::{Cli, Verb};

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Good = 0,
    /// Findings, failed scenarios, refused rows.
    Findings = 1,
    /// It was called wrongly.
    Usage = 2,
    /// There is nothing to read.
    NothingToRead = 3,
    /// The machine, the store or the server could not.
    Io = 4,
    /// There is something that would change.
    Changes = 10,
}

/// Why a verb could not do what it was asked.
#[derive(Debug)]
pub struct Trouble {
    /// How it ends.
    pub exit: Exit,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

impl Trouble {
    fn new(exit: Exit, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { exit, message: Text::new(zh, en), hint: None }
    }

    fn hint(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint = Some(Text::new(zh, en));
        self
    }

    /// Returns the trouble of an error whose words hold both languages (`中文 | English`).
    fn of(exit: Exit, error: &dyn std::error::Error) -> Self {
        Self { exit, message: xueji_engine::both(&error.to_string()), hint: None }
    }
}

impl Trouble {
    /// Returns that a file or a folder cannot be read; that it is not there is nothing to read.
    fn unreadable(path: &Path, error: &io::Error) -> Self {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let exit = if missing { Exit::NothingToRead } else { Exit::Io };
        let path = path.display();
        Self::new(
            exit,
            format!("{path} 无法读取：{}", system::in_chinese(error)),
            format!("{path} cannot be read: {error}"),
        )
    }

    /// Returns that a file cannot be written.
    fn unwritable(file: &Path, error: &io::Error) -> Self {
        let file = file.display();
        Self::new(
            Exit::Io,
            format!("{file} 无法写入：{}", system::in_chinese(error)),
            format!("{file} cannot be written: {error}"),
        )
    }

    /// Returns that a span ends before it begins.
    fn backwards(since: Date, until: Date) -> Self {
        Self::new(
            Exit::Usage,
            format!("--until {until} 早于 --since {since}"),
            format!("--until {until} is before --since {since}"),
        )
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        let zh = format!("读写失败：{}", system::in_chinese(&error));
        Self::new(Exit::Io, zh, format!("cannot read or write: {error}"))
    }
}

/// Where a verb writes.
pub struct Io<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// All else.
    pub err: &'a mut dyn Write,
}

impl std::fmt::Debug for Io<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Io").finish_non_exhaustive()
    }
}

/// Runs what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    // Not locked: while `lsp` serves, another thread writes.
    let (mut out, mut err) = (pipe::Pipe(io::stdout()), io::stderr());
    let read = Cli::command().try_get_matches();
    let read = read.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match read {
        Ok(read) => read,
        Err(error) => {
            let told = usage::tell(&error, usage::chosen(std::env::args_os()), &mut err);
            let exit = if told.is_err() { Exit::Io } else { Exit::Usage };
            return ExitCode::from(if error.use_stderr() { exit as u8 } else { 0 });
        }
    };
    let exit = run_in(Lang::chosen(&matches), cli.verb, &mut Io { out: &mut out, err: &mut err });
    ExitCode::from(exit as u8)
}

/// Runs a verb, and tells of trouble in both languages.
pub fn run(verb: Verb, io: &mut Io<'_>) -> Exit {
    run_in(None, verb, io)
}

/// Runs a verb, and tells of trouble in the language that was chosen; in both if none was.
fn run_in(chosen: Option<Lang>, verb: Verb, io: &mut Io<'_>) -> Exit {
    let result = match verb {
        Verb::Serve(args) => serve::run(&args, io),
        Verb::Validate(args) => validate::run(&args, io),
        Verb::Explain(args) => explain::run(&args, io),
        Verb::Test(args) => test::run(&args, io),
        Verb::Simulate(args) => simulate::run(&args, io),
        Verb::Plan(args) => plan::run(&args, io),
        Verb::Deploy(args) => deploy::run(&args, io),
        Verb::Migrate(args) => migrate::run(&args, io),
        Verb::Releases(args) => releases::run(&args, io),
        Verb::Rollback(args) => releases::rollback(&args, io),
        Verb::Rules(args) => rules::run(&args, io),
        Verb::Backtest(args) => backtest::run(&args, io),
        Verb::Export(args) => export::run(&args, io),
        Verb::Trace(args) => trace::run(&args, io),
        Verb::Graph(args) => graph::run(&args, io),
        Verb::Docs(args) => docs::run(&args, io),
        Verb::Lsp(args) => lsp::run(&args, io),
        Verb::Fmt(args) => fmt::run(&args, io),
        Verb::New(args) => new::run(&args, io),
        Verb::Schema(args) => schema::run(&args, io),
        Verb::Import(args) => import::run(&args, io),
        Verb::Token(args) => token::run(&args, io),
        Verb::Recover(args) => recover::run(&args, io),
    };
    result.unwrap_or_else(|trouble| {
        let told = tell(&trouble, chosen, io);
        if told.is_err() { Exit::Io } else { trouble.exit }
    })
}

fn tell(trouble: &Trouble, chosen: Option<Lang>, io: &mut Io<'_>) -> io::Result<()> {
    let Text { zh, en } = &trouble.message;
    let (in_zh, in_en) = (chosen != Some(Lang::En), chosen != Some(Lang::Zh));
    if in_zh {
        writeln!(io.err, "错误：{zh}")?;
    }
    if in_en && (zh != en || !in_zh) {
        writeln!(io.err, "error: {en}")?;
    }
    let Some(Text { zh, en }) = &trouble.hint else { return Ok(()) };
    if in_zh {
        writeln!(io.err, "办法：{zh}")?;
    }
    if in_en {
        writeln!(io.err, "hint: {en}")?;
    }
    Ok(())
}
