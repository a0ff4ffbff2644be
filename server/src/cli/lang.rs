//! In which language a verb speaks: `--lang`, else `XUEJI_LANG`, else the locale.
//!
//! Invariant: decided here for every verb. Without any of them, and under the locales C and POSIX, it is Chinese.

use clap::ValueEnum;
use xueji_check::render::Language;

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
        Self::of_environment(|name| std::env::var(name).ok())
    }
}

impl Lang {
    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &&str| variable(name).filter(|value| !value.is_empty());
        if let Some(own) = said(&"XUEJI_LANG").and_then(|value| Self::of(&value)) {
            return own;
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(said).unwrap_or_default();
        match locale.split(['.', '@']).next().unwrap_or_default() {
            "" | "C" | "POSIX" => Self::Zh,
            locale => Self::of(locale).unwrap_or(Self::En),
        }
    }

    fn of(name: &str) -> Option<Self> {
        match name.split(['_', '-', '.']).next().unwrap_or_default() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
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
    use super::Lang;

    #[test]
    fn the_environment_chooses_the_language() {
        let under = |pairs: &[(&str, &str)]| {
            Lang::of_environment(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(under(&[]), Lang::Zh);
        assert_eq!(under(&[("LANG", "C.UTF-8")]), Lang::Zh);
        assert_eq!(under(&[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
        assert_eq!(under(&[("LANG", "en_GB.UTF-8")]), Lang::En);
        assert_eq!(under(&[("LANG", "de_DE.UTF-8")]), Lang::En);
        assert_eq!(under(&[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_US")]), Lang::En);
        assert_eq!(under(&[("LC_ALL", "POSIX"), ("LC_MESSAGES", "en_US")]), Lang::Zh);
        assert_eq!(under(&[("XUEJI_LANG", "en"), ("LC_ALL", "zh_CN.UTF-8")]), Lang::En);
        assert_eq!(under(&[("XUEJI_LANG", ""), ("LANG", "en_US.UTF-8")]), Lang::En);
    }
}
