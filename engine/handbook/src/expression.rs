//! Expressions in words: what a condition asks, what a date is counted from, which unit it is.
//!
//! Invariant: an expression is told wholly in words or stands wholly as it is written; a field is called what the form of
//! the process calls it.

use xueji_definition::Text;
use xueji_definition::file::Expr;
use xueji_definition::model::{Kind, Process};

use crate::Book;

impl Book<'_> {
    /// Returns a condition in words where it compares, asks for or looks into fields; else as it is written.
    pub(crate) fn condition(&self, process: &Process, expr: &Expr) -> String {
        let text = expr.0.trim();
        let joined = |mark: &str, word: &str| {
            let parts = text.split(mark).map(|part| self.asked(process, part.trim()));
            parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(word))
        };
        joined(" && ", self.say("，且", ", and "))
            .or_else(|| joined(" || ", self.say("，或", ", or ")))
            .unwrap_or_else(|| text.to_owned())
    }

    /// Returns an expression in words where it names something, counts from a day or chooses; else as it is written.
    pub(crate) fn expression(&self, process: &Process, expr: &Expr) -> String {
        let text = expr.0.trim();
        self.words(process, text).unwrap_or_else(|| text.to_owned())
    }

    fn words(&self, process: &Process, text: &str) -> Option<String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("if ") {
            return self.choice(process, rest);
        }
        self.named(process, text).or_else(|| self.counted(process, text))
    }

    /// Returns what a path is called, such as `form.day`.
    fn named(&self, process: &Process, text: &str) -> Option<String> {
        let (root, name) = text.split_once('.')?;
        let definitions = self.definitions;
        let title = match root {
            "form" => self.field_of(process, name),
            "subject" | "item" => definitions
                .records
                .records
                .values()
                .find_map(|record| record.fields.get(name))
                .map(|field| &field.title),
            "fact" => definitions.facts.get(name).map(|fact| &fact.title),
            "param" => definitions.parameters.parameters.get(name).map(|one| &one.title),
            _ => None,
        }?;
        Some(format!("“{}”", self.text(title)))
    }

    /// Returns a field's title: that of the process's own forms first, as other forms may call it something else.
    fn field_of(&self, process: &Process, name: &str) -> Option<&Text> {
        let forms = &self.definitions.forms;
        let own = process.steps.values().filter_map(|step| match &step.kind {
            Kind::UserTask(task) => task.form.as_ref(),
            Kind::Wait(wait) => wait.form.as_ref(),
            _ => None,
        });
        let own = process.start.form.iter().chain(own).filter_map(|id| forms.get(id));
        let mut all = own.chain(forms.values());
        all.find_map(|form| form.fields.get(name)).map(|field| &field.title)
    }

    /// Returns days or months counted from a day, such as `form.day.add_days(-4)`.
    fn counted(&self, process: &Process, text: &str) -> Option<String> {
        const UNITS: [(&str, &str, &str); 2] =
            [(".add_days(", "日", "days"), (".add_months(", "个月", "months")];
        let call = text.strip_suffix(')')?;
        let (day, number, zh, en) = UNITS.iter().find_map(|(mark, zh, en)| {
            call.split_once(mark).map(|(day, number)| (day, number.trim(), *zh, *en))
        })?;
        let day = self.named(process, day)?;
        let (number, before) = match number.strip_prefix('-') {
            Some(number) => (number, true),
            None => (number, false),
        };
        let parameter = number
            .strip_prefix("param.")
            .and_then(|name| self.definitions.parameters.parameters.get(name));
        let number = match parameter {
            Some(parameter) => self.values(parameter),
            None => number.parse::<u32>().ok()?.to_string(),
        };
        let unit = self.say(zh, en);
        Some(match (self.say("zh", "en"), before) {
            ("zh", true) => format!("{day}之前 {number} {unit}"),
            ("zh", false) => format!("{day}之后 {number} {unit}"),
            (_, true) => format!("{number} {unit} before {day}"),
            (_, false) => format!("{number} {unit} after {day}"),
        })
    }

    /// Returns what follows an `if` in words, all its ways.
    fn choice(&self, process: &Process, text: &str) -> Option<String> {
        let (when, rest) = text.split_once(" { ")?;
        let (then, rest) = rest.split_once(" } else ")?;
        let other = match rest.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")) {
            Some(plain) => self.words(process, plain)?,
            None => self.words(process, rest)?,
        };
        let (when, then) = (self.asked(process, when.trim())?, self.words(process, then)?);
        Some(format!(
            "{when}{}{then}{}{other}",
            self.say("的，为", ": "),
            self.say("；否则为", "; else ")
        ))
    }

    /// Returns one question in words, such as `form.kind == "old"`.
    fn asked(&self, process: &Process, text: &str) -> Option<String> {
        let inside = |mark: &str| text.strip_suffix(')').and_then(|text| text.split_once(mark));
        if let Some((path, name)) = inside(".has(") {
            let path = format!("{path}.{}", unquoted(name)?);
            let field = self.named(process, &path)?;
            return Some(format!("{}{field}", self.say("有", "there is ")));
        }
        if let Some((list, one)) = inside(".contains(") {
            let words = self.named(process, list)?;
            return Some(match unquoted(one) {
                Some(code) => {
                    format!("{words}{}{}", self.say("含", " has "), self.label(list, code)?)
                }
                None => {
                    let one = self.named(process, one)?;
                    format!("{one}{}{words}", self.say("属于", " is one of "))
                }
            });
        }
        self.comparison(process, text)
    }

    fn comparison(&self, process: &Process, text: &str) -> Option<String> {
        const WORDS: [(&str, &str, &str); 6] = [
            (" == ", "为", " is "),
            (" != ", "不为", " is not "),
            (" >= ", "不小于", " is at least "),
            (" <= ", "不大于", " is at most "),
            (" > ", "大于", " is more than "),
            (" < ", "小于", " is less than "),
        ];
        let (left, right, zh, en) = WORDS.iter().find_map(|(mark, zh, en)| {
            text.split_once(mark).map(|(left, right)| (left.trim(), right.trim(), *zh, *en))
        })?;
        let field = self.named(process, left)?;
        let value = match unquoted(right) {
            Some(code) => self.label(left, code).unwrap_or_else(|| code.to_owned()),
            None if right.parse::<f64>().is_ok() || right == "true" || right == "false" => {
                right.to_owned()
            }
            None => self.named(process, right)?,
        };
        Some(format!("{field}{}{value}", self.say(zh, en)))
    }

    /// Returns what a code of a field's list is called, if a list has it.
    fn label(&self, path: &str, code: &str) -> Option<String> {
        let name = path.split_once('.').map_or(path, |(_, name)| name);
        let definitions = self.definitions;
        let forms = definitions.forms.values().filter_map(|form| form.fields.get(name));
        let records = definitions.records.records.values();
        let mut fields = forms.chain(records.filter_map(|record| record.fields.get(name)));
        let entry = fields.find_map(|field| {
            definitions.codes.lists.get(field.codes.as_ref()?)?.entries.get(code)
        })?;
        Some(format!("“{}”", self.say(&entry.zh, &entry.en)))
    }
}

/// Returns what stands between quotes, if the text is one quoted word.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}
