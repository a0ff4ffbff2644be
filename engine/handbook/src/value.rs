//! Numbers and times in words: parameters with their values, deadlines, waits.
//!
//! Invariant: a value that holds only for certain dates or cohorts is never shown without them.

use xueji_definition::file::{DatedValue, Due, Expr, Parameter};
use xueji_definition::model::Period;

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
        let values: Vec<String> = parameter.values.iter().map(|value| self.dated(value)).collect();
        values.join(self.say("；", "; "))
    }

    /// Returns a value with when and for whom it holds.
    pub(crate) fn dated(&self, value: &DatedValue) -> String {
        let written = match &value.value.0 {
            plain if plain.is_string() => plain.as_str().unwrap_or_default().to_owned(),
            other => other.to_string(),
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
        let time = self.time(due.working_days.as_ref(), due.days.as_ref(), due.until.as_ref())?;
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

    fn time(
        &self,
        working_days: Option<&Expr>,
        days: Option<&Expr>,
        until: Option<&Expr>,
    ) -> Option<String> {
        if let Some(expr) = working_days {
            return Some(format!("{} {}", self.number(expr), self.say("个工作日", "working days")));
        }
        if let Some(expr) = days {
            return Some(format!("{} {}", self.number(expr), self.say("日", "days")));
        }
        until.map(|expr| format!("{}{}", self.say("至 ", "until "), self.expression(expr)))
    }

    /// Returns what a wait is for.
    pub(crate) fn period(&self, period: &Period) -> String {
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
                format!("{}{}", self.say("至 ", "until "), self.expression(expr))
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

    /// Returns a condition in words where it compares fields with values written out; else as it is written.
    pub(crate) fn condition(&self, expr: &Expr) -> String {
        let joined = |text: &str, mark: &str, word: &str| {
            let parts = text.split(mark).map(|part| self.comparison(part.trim()));
            parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(word))
        };
        let text = expr.0.trim();
        joined(text, " && ", self.say("，且", ", and "))
            .or_else(|| joined(text, " || ", self.say("，或", ", or ")))
            .unwrap_or_else(|| text.to_owned())
    }

    /// Returns one comparison in words, such as `form.kind == "old"`.
    fn comparison(&self, text: &str) -> Option<String> {
        const WORDS: [(&str, &str, &str); 6] = [
            (" == ", "为", " is "),
            (" != ", "不为", " is not "),
            (" >= ", "不小于", " is at least "),
            (" <= ", "不大于", " is at most "),
            (" > ", "大于", " is more than "),
            (" < ", "小于", " is less than "),
        ];
        let (left, right, zh, en) = WORDS.iter().find_map(|(mark, zh, en)| {
            text.split_once(mark).map(|(left, right)| (left, right.trim(), *zh, *en))
        })?;
        let field = self.expression(&Expr(left.to_owned()));
        // Whatever else stands there is no plain comparison.
        if field == left.trim() {
            return None;
        }
        let value = match right.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(code) if !code.contains('"') => self.label(left.trim(), code),
            _ if right.parse::<f64>().is_ok() || right == "true" || right == "false" => {
                right.to_owned()
            }
            _ => return None,
        };
        Some(format!("{field}{}{value}", self.say(zh, en)))
    }

    /// Returns what a code of a field's list is called.
    fn label(&self, path: &str, code: &str) -> String {
        let name = path.split_once('.').map_or(path, |(_, name)| name);
        let definitions = self.definitions;
        let forms = definitions.forms.values().filter_map(|form| form.fields.get(name));
        let records = definitions.records.records.values();
        let mut fields = forms.chain(records.filter_map(|record| record.fields.get(name)));
        let entry = fields.find_map(|field| {
            definitions.codes.lists.get(field.codes.as_ref()?)?.entries.get(code)
        });
        entry.map_or_else(
            || code.to_owned(),
            |entry| format!("“{}”", self.say(&entry.zh, &entry.en)),
        )
    }

    /// Returns an expression in words where it only names a field, a fact or a parameter; else as it is written.
    pub(crate) fn expression(&self, expr: &Expr) -> String {
        let text = expr.0.trim();
        let quoted = |title: &str| format!("{}{title}{}", self.say("“", "“"), self.say("”", "”"));
        let Some((root, name)) = text.split_once('.') else { return text.to_owned() };
        let definitions = self.definitions;
        let title = match root {
            "form" => definitions
                .forms
                .values()
                .find_map(|form| form.fields.get(name))
                .map(|field| &field.title),
            "subject" | "item" => definitions
                .records
                .records
                .values()
                .find_map(|record| record.fields.get(name))
                .map(|field| &field.title),
            "fact" => definitions.facts.get(name).map(|fact| &fact.title),
            "param" => definitions.parameters.parameters.get(name).map(|one| &one.title),
            _ => None,
        };
        title.map_or_else(|| text.to_owned(), |title| quoted(self.text(title)))
    }
}
