//! In which language a verb speaks: `--lang`, else `XUEJI_LANG`, else the locale.
//!
//! Invariant: decided here for every verb. Without any of them, and under the locales C and POSIX, it is Chinese, and what
//! stops a verb is told in both.

use clap::parser::ValueSource;
use clap::{ArgMatches, ValueEnum};
use xueji_check::render::Language;
use xueji_definition::Text;

/// The language of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Default for Lang {
    /// What the environment asks for; `--lang` wins over it.
    fn default() -> Self {
        Self::environment().unwrap_or(Self::Zh)
    }
}

impl Lang {
    /// Returns what a command line chooses, else what the environment does; `None` if neither chooses any.
    pub(super) fn chosen(matches: &ArgMatches) -> Option<Self> {
        let mut verb = matches;
        while let Some((_, inner)) = verb.subcommand() {
            verb = inner;
        }
        let said = verb.try_contains_id("lang").is_ok_and(|has| has)
            && verb.value_source("lang") == Some(ValueSource::CommandLine);
        let option = said.then(|| verb.get_one::<Self>("lang").copied()).flatten();
        option.or_else(Self::environment)
    }

    /// Returns what the environment chooses.
    pub(super) fn environment() -> Option<Self> {
        Self::of_environment(|name| std::env::var(name).ok())
    }

    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let said = |name: &&str| variable(name).filter(|value| !value.is_empty());
        if let Some(own) = said(&"XUEJI_LANG").and_then(|value| Self::named(&value)) {
            return Some(own);
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(said).unwrap_or_default();
        match locale.split(['.', '@']).next().unwrap_or_default() {
            "" | "C" | "POSIX" => None,
            locale => Some(Self::named(locale).unwrap_or(Self::En)),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name.split(['_', '-', '.']).next().unwrap_or_default() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

impl Lang {
    /// Returns the Chinese or the English words.
    pub(super) fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// Returns the words in this language.
    pub(super) fn of(self, text: &Text) -> &str {
        self.pick(&text.zh, &text.en)
    }
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Zh => Self::Zh,
            Lang::En => Self::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::Lang;

    #[test]
    fn every_verb_that_tells_something_takes_the_option() {
        // They tell where they stand, or paths, and nothing in prose.
        const WORDLESS: [&str; 2] = ["serve", "schema"];
        fn speaks(verb: &Command) -> bool {
            verb.get_arguments().any(|argument| argument.get_id() == "lang")
                || (verb.has_subcommands() && verb.get_subcommands().all(speaks))
        }
        let cli = crate::cli::Cli::command();
        let silent = cli.get_subcommands().filter(|verb| !speaks(verb)).map(Command::get_name);
        assert_eq!(silent.collect::<Vec<_>>(), WORDLESS);
    }

    #[test]
    fn the_environment_chooses_the_language() {
        let under = |pairs: &[(&str, &str)]| {
            Lang::of_environment(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(under(&[]), None);
        assert_eq!(under(&[("LANG", "C.UTF-8")]), None);
        assert_eq!(under(&[("LANG", "zh_CN.UTF-8")]), Some(Lang::Zh));
        assert_eq!(under(&[("LANG", "en_GB.UTF-8")]), Some(Lang::En));
        assert_eq!(under(&[("LANG", "de_DE.UTF-8")]), Some(Lang::En));
        assert_eq!(under(&[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_US")]), Some(Lang::En));
        assert_eq!(under(&[("LC_ALL", "POSIX"), ("LC_MESSAGES", "en_US")]), None);
        assert_eq!(under(&[("XUEJI_LANG", "en"), ("LC_ALL", "zh_CN.UTF-8")]), Some(Lang::En));
        assert_eq!(under(&[("XUEJI_LANG", ""), ("LANG", "en_US.UTF-8")]), Some(Lang::En));
    }
}
