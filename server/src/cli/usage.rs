//! What is wrong with a command line, in Chinese; in English it is clap's to tell.
//!
//! Invariant: told in the language that was chosen, in both if none was; help and versions are not trouble.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, ValueEnum};

use super::lang::Lang;

/// Returns the language that words of a command line choose, which need not be right otherwise.
pub(super) fn chosen(words: impl Iterator<Item = OsString>) -> Option<Lang> {
    let mut words = words.filter_map(|word| word.into_string().ok());
    let mut found = None;
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--lang", value)) => Some(value.to_owned()),
            _ if word == "--lang" => words.next(),
            _ => None,
        };
        found = value.and_then(|value| Lang::from_str(&value, false).ok()).or(found);
    }
    found.or_else(Lang::environment)
}

/// Tells what is wrong, or what was asked for.
pub(super) fn tell(error: &Error, chosen: Option<Lang>, err: &mut dyn Write) -> io::Result<()> {
    match (in_chinese(error), chosen) {
        (None, _) | (_, Some(Lang::En)) => error.print(),
        (Some(zh), Some(Lang::Zh)) => write!(err, "{zh}"),
        (Some(zh), None) => {
            write!(err, "{zh}")?;
            error.print()
        }
    }
}

/// Returns the lines in Chinese, if the trouble is one of those that are told in it.
fn in_chinese(error: &Error) -> Option<String> {
    let said = |kind| error.get(kind).map(words).unwrap_or_default();
    let argument = said(ContextKind::InvalidArg);
    let value = said(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => format!("没有选项 {argument}"),
        ErrorKind::UnknownArgument => format!("多出来一个“{argument}”"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}", said(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面要写值"),
        ErrorKind::InvalidValue => format!("{argument} 不能是“{value}”"),
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            format!("{argument} 不能是“{value}”{}", because(&argument, &why))
        }
        ErrorKind::MissingRequiredArgument => format!("还要写明 {argument}"),
        ErrorKind::ArgumentConflict => {
            format!("{argument} 与 {} 不能一起写", said(ContextKind::PriorArg))
        }
        _ => return None,
    };
    let mut lines = format!("错误：{message}\n");
    let near =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near = near.map(said).into_iter().find(|near| !near.is_empty());
    let valid = said(ContextKind::ValidValue);
    match near {
        Some(near) => lines += &format!("办法：是否想写 {near}？\n"),
        None if !valid.is_empty() => lines += &format!("办法：可以是 {valid}\n"),
        None => lines += "办法：用 --help 查看写法和例子\n",
    }
    Some(lines)
}

/// Returns what a value has to be, as far as that is known.
fn because(argument: &str, why: &str) -> String {
    if argument.ends_with("<DATE>") {
        return "：日期写作 2026-09-01".to_owned();
    }
    if argument.ends_with("<LOCAL TIME>") {
        return "：时间写作 2026-09-01T09:00".to_owned();
    }
    if let Some((_, range)) = why.split_once(" is not in ") {
        let (least, most) = range.split_once("..=").unwrap_or((range, ""));
        return format!("：应在 {least} 至 {most} 之间");
    }
    match why {
        "" => String::new(),
        "invalid digit found in string" => "：应为数字".to_owned(),
        other => format!("：{other}"),
    }
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(one) => one.clone(),
        ContextValue::Strings(all) => all.join("、"),
        ContextValue::StyledStr(one) => one.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn told(line: &str) -> String {
        let words = std::iter::once("xueji").chain(line.split(' '));
        let error = Cli::command().try_get_matches_from(words).unwrap_err();
        in_chinese(&error).unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_in_chinese() {
        assert_eq!(told("validate --strct"), "错误：没有选项 --strct\n办法：是否想写 --strict？\n");
        assert_eq!(told("validat"), "错误：没有命令 validat\n办法：是否想写 validate？\n");
        let format = told("validate --format xml");
        assert!(
            format.starts_with("错误：--format <FORMAT> 不能是“xml”\n办法：可以是 text、plain"),
            "{format}"
        );
        let missing = told("backtest");
        assert!(missing.starts_with("错误：还要写明 --since <DATE>\n"), "{missing}");
        let both = told("docs --out a --one-page b");
        assert!(both.contains("--out <DIR> 与 --one-page <FILE> 不能一起写"), "{both}");
        assert!(told("test --coverage-min 200").contains("不能是“200”：应在 0 至 100 之间"));
        assert!(told("test --coverage-min many").contains("不能是“many”：应为数字"));
        assert!(told("plan --from 2026-13-01").contains("：日期写作 2026-09-01\n"));
        assert_eq!(told("validate --help"), "");
    }

    #[test]
    fn a_wrong_line_chooses_its_language_all_the_same() {
        let of = |line: &str| chosen(line.split(' ').map(OsString::from));
        assert_eq!(of("validate --lang en --strct"), Some(Lang::En));
        assert_eq!(of("validate --strct --lang=zh"), Some(Lang::Zh));
    }
}
