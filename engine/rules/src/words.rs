//! Words with values in them: `booked {fact.bookings} times`.
//!
//! Invariant: each character knows where in the file it stands, so that a fault inside braces is shown at its very spot.

use xueji_definition::value::Value;

use crate::expression::Expression;
use crate::fault::Stop;
use crate::inputs::Inputs;
use crate::node::Log;
use crate::problem::{Problem, Spot};
use crate::typing::{Checked, Env, Read};

/// Text whose characters know their places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Vec<(char, Spot)>);

impl Words {
    /// Returns the words of one line that begin at a spot.
    pub(crate) fn at(text: &str, from: Spot) -> Self {
        let line = from.line;
        Self(
            (from.column..)
                .zip(text.chars())
                .map(|(column, c)| (c, Spot { line, column }))
                .collect(),
        )
    }

    /// Adds a line that goes on: with a blank between, unless Chinese meets Chinese.
    pub(crate) fn go_on(&mut self, more: Self) {
        if let (Some((last, spot)), Some((first, _))) = (self.0.last(), more.0.first())
            && (last.is_ascii() || first.is_ascii())
        {
            self.0.push((' ', *spot));
        }
        self.0.extend(more.0);
    }

    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|(c, _)| *c).collect()
    }

    /// Where the words begin, or `otherwise` if there are none.
    pub(crate) fn start(&self, otherwise: Spot) -> Spot {
        self.0.first().map_or(otherwise, |(_, spot)| *spot)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn spot(&self, at: usize) -> Spot {
        self.0.get(at).or(self.0.last()).map_or(Spot::START, |(_, spot)| *spot)
    }
}

/// The language that words are shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// An expression, and which character of the words it begins with.
    Value(Expression, usize),
}

/// Words with expressions in braces, compiled. `{{` and `}}` are braces themselves.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    parts: Vec<Part>,
    words: Words,
    language: Language,
}

impl Template {
    /// Compiles words.
    ///
    /// # Errors
    /// What is wrong inside the braces, at its spot.
    pub(crate) fn compile(words: Words, language: Language) -> Result<Self, Box<Problem>> {
        let chars: Vec<char> = words.0.iter().map(|(c, _)| *c).collect();
        let (mut parts, mut text, mut at) = (Vec::new(), String::new(), 0);
        while let Some(&c) = chars.get(at) {
            if matches!(c, '{' | '}') && chars.get(at + 1) == Some(&c) {
                text.push(c);
                at += 2;
            } else if c == '{' {
                let end = closing(&chars, at).ok_or_else(|| Box::new(unclosed(words.spot(at))))?;
                let inner: String = chars.get(at + 1..end).unwrap_or_default().iter().collect();
                let expression = Expression::compile(&inner)
                    .map_err(|problem| Box::new(moved(*problem, &words, at + 1)))?;
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Value(expression, at + 1));
                at = end + 1;
            } else {
                text.push(c);
                at += 1;
            }
        }
        parts.push(Part::Text(text));
        Ok(Self { parts, words, language })
    }

    /// The words as they are written.
    pub(crate) fn text(&self) -> String {
        self.words.text()
    }

    /// Fills the values in. One that is missing is told as missing.
    pub(crate) fn fill(&self, inputs: &Inputs, log: &Log) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Value(expression, _) => match expression.run(inputs, log) {
                    Ok(Some(value)) => shown(&value, self.language),
                    Ok(None) | Err(Stop::Missing(_)) => self.language.missing().to_owned(),
                    Err(Stop::Fault(..)) => self.language.faulty().to_owned(),
                },
            })
            .collect()
    }

    /// Checks the expressions, with places in the file.
    pub(crate) fn check(&self, env: &Env) -> Checked {
        let mut all = Checked::default();
        for (expression, at) in self.expressions() {
            let found = expression.checked(env);
            let problems = found.problems.into_iter().map(|p| moved(p, &self.words, at));
            all.problems.extend(problems);
            all.reads.extend(found.reads.into_iter().map(|read| self.placed(read, at)));
        }
        all
    }

    fn expressions(&self) -> impl Iterator<Item = (&Expression, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(expression, at) => Some((expression, *at)),
            Part::Text(_) => None,
        })
    }

    fn placed(&self, read: Read, at: usize) -> Read {
        let Spot { line, column } = self.words.spot(at + offset(read.column));
        Read { path: read.path, line, column }
    }
}

impl Language {
    fn missing(self) -> &'static str {
        match self {
            Self::Chinese => "「缺」",
            Self::English => "[missing]",
        }
    }

    fn faulty(self) -> &'static str {
        match self {
            Self::Chinese => "「出错」",
            Self::English => "[error]",
        }
    }
}

/// Returns a value as people read it.
fn shown(value: &Value, language: Language) -> String {
    match (value, language) {
        (Value::Bool(yes), Language::Chinese) => if *yes { "是" } else { "否" }.to_owned(),
        (Value::Bool(yes), Language::English) => if *yes { "yes" } else { "no" }.to_owned(),
        (Value::Decimal(d), _) => d.normalize().to_string(),
        (Value::List(items), _) => {
            let between = if language == Language::Chinese { "、" } else { ", " };
            items.iter().map(|item| shown(item, language)).collect::<Vec<_>>().join(between)
        }
        (other, _) => other.to_string(),
    }
}

/// Finds the brace that closes the one at a position, over braces in between.
fn closing(chars: &[char], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in chars.iter().enumerate().skip(from) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn unclosed(spot: Spot) -> Problem {
    Problem::new("rule-placeholder-open", spot, "`{` 没有对应的 `}`", "`{` is not closed by `}`")
        .help("花括号本身写作 `{{`", "write `{{` for a brace itself")
}

fn offset(column: u32) -> usize {
    usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX)
}

/// Moves a problem of an expression to where the expression stands in the words.
fn moved(problem: Problem, words: &Words, at: usize) -> Problem {
    let Spot { line, column } = words.spot(at.saturating_add(offset(problem.column)));
    Problem { line, column, ..problem }
}
