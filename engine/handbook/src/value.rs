//! Numbers and times in words: parameters with their values, deadlines, waits.
//!
//! Invariant: a value that holds only for certain dates or cohorts is never shown without them.

use xueji_definition::file::{DatedValue, Due, Expr, Parameter};
use xueji_definition::model::{Period, Process};

use xueji_drawing::{Chart, Word};

use crate::Book;

impl Book<'_> {
    /// Returns what a number of days is: itself, or a parameter's values.
    fn number(&self, expr: &Expr) -> String {
        let text = expr.0.trim();
        let parameter = text
            .strip_prefix("param.")
            .and_then(|name| self.definitions.parameters.parameters.get(name));
        match parameter {
            Some(parameter) => self.values(parameter),
            None => text.to_owned(),
        }
    }

    /// Returns the values of a parameter, each with when and for whom it holds.
    pub(crate) fn values(&self, parameter: &Parameter) -> String {
        let values: Vec<String> =
            parameter.values.iter().map(|value| self.dated(parameter, value)).collect();
        values.join(self.say("；", "; "))
    }

    /// Returns a value with when and for whom it holds.
    pub(crate) fn dated(&self, parameter: &Parameter, value: &DatedValue) -> String {
        let list = parameter.codes.as_ref().and_then(|id| self.definitions.codes.lists.get(id));
        let plain = |one: &serde_json::Value| match one.as_str() {
            Some(code) => {
                let entry = list.and_then(|list| list.entries.get(code));
                entry.map_or(code, |entry| self.say(&entry.zh, &entry.en)).to_owned()
            }
            None => one.to_string(),
        };
        let written = match value.value.0.as_array() {
            Some(many) => many.iter().map(plain).collect::<Vec<_>>().join(self.say("、", ", ")),
            None => plain(&value.value.0),
        };
        let mut when = Vec::new();
        when.extend(value.from.map(|from| format!("{from}{}", self.say(" 起", " on"))));
        when.extend(value.to.map(|to| format!("{}{to}", self.say("至 ", "until "))));
        when.extend(
            value.cohort_from.map(|from| format!("{}{from}", self.say("批次 ≥ ", "cohorts from "))),
        );
        when.extend(
            value.cohort_to.map(|to| format!("{}{to}", self.say("批次 ≤ ", "cohorts to "))),
        );
        if when.is_empty() {
            return written;
        }
        format!(
            "{written}{}{}{}",
            self.say("（", " ("),
            when.join(self.say("，", ", ")),
            self.say("）", ")")
        )
    }

    /// Returns by when something is to be done.
    pub(crate) fn due(&self, chart: &Chart<'_>, due: &Due) -> Option<String> {
        let time = self.time(chart.process, due)?;
        let after = match &due.outcome {
            Some(outcome) => {
                let word = chart.word(&Word::Outcome(outcome));
                format!(
                    "{}{word}{}",
                    self.say("，到期按“", ", then answered “"),
                    self.say("”处理", "” by itself")
                )
            }
            None => String::new(),
        };
        Some(format!("{time}{after}"))
    }

    fn time(&self, process: &Process, due: &Due) -> Option<String> {
        if let Some(expr) = &due.working_days {
            return Some(format!("{} {}", self.number(expr), self.say("个工作日", "working days")));
        }
        if let Some(expr) = &due.days {
            return Some(format!("{} {}", self.number(expr), self.say("日", "days")));
        }
        let until = due.until.as_ref()?;
        Some(format!("{}{}", self.say("至 ", "until "), self.expression(process, until)))
    }

    /// Returns what a wait is for.
    pub(crate) fn period(&self, process: &Process, period: &Period) -> String {
        let calendars = &self.definitions.calendars;
        let window = |name: &str| {
            calendars
                .windows
                .get(name)
                .map_or_else(|| name.to_owned(), |window| self.text(&window.title).to_owned())
        };
        match period {
            Period::WorkingDays(expr) => {
                format!("{} {}", self.number(expr), self.say("个工作日", "working days"))
            }
            Period::Days(expr) => format!("{} {}", self.number(expr), self.say("日", "days")),
            Period::Until(expr) => {
                format!("{}{}", self.say("至 ", "until "), self.expression(process, expr))
            }
            Period::Window(name) => {
                format!(
                    "{}{}",
                    self.say("等到窗口开放：", "until the window opens: "),
                    window(name)
                )
            }
            Period::WindowEnd(name) => {
                format!(
                    "{}{}",
                    self.say("等到窗口关闭：", "until the window closes: "),
                    window(name)
                )
            }
            Period::Day(name) => {
                let day = calendars.days.get(name);
                let title = day.map_or(name.as_str(), |day| self.text(&day.title));
                format!("{}{title}", self.say("等到", "until "))
            }
        }
    }
}
