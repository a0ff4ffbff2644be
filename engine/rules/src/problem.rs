//! What is wrong with a rule file or an expression, and where.
//!
//! Invariant: codes are kebab-case, stable and never used for something else; lines and columns count from 1, columns
//! in characters. In an expression they are relative to its own text.

use serde::Serialize;
use xueji_definition::Text;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stable code.
    pub code: &'static str,
    /// The rule file; empty for an expression, whose file its caller knows.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters, from 1.
    pub column: u32,
    /// What is wrong, in one sentence without a full stop.
    pub message: Text,
    /// How to mend it.
    pub help: Option<Text>,
}

/// A line and a column, both from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct Spot {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl Spot {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// Returns Rhai's position, or `otherwise` where Rhai knows none.
    pub(crate) fn of(position: rhai::Position, otherwise: Self) -> Self {
        match (position.line(), position.position()) {
            (Some(line), Some(column)) => Self { line: number(line), column: number(column) },
            (Some(line), None) => Self { line: number(line), column: 1 },
            _ => otherwise,
        }
    }
}

/// Returns a count as the number that places are made of.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Problem {
    /// Returns a problem at a spot, in no file yet.
    pub(crate) fn new(
        code: &'static str,
        spot: Spot,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code,
            file: String::new(),
            line: spot.line,
            column: spot.column,
            message: Text::new(zh, en),
            help: None,
        }
    }

    /// Adds how to mend it.
    pub(crate) fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help = Some(Text::new(zh, en));
        self
    }

    /// Adds the nearest of the known names, if one is near.
    pub(crate) fn near<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match xueji_definition::nearest(name, known) {
            // To a single letter every other one is near.
            Some(near) if name.chars().nth(1).is_some() => {
                self.help(format!("是不是想写 `{near}`？"), format!("did you mean `{near}`?"))
            }
            _ => self,
        }
    }

    /// Says in which file it is.
    pub(crate) fn within(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }
}
