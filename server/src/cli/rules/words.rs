//! Paths, values and conditions in the words of the definitions: what a field is called, what a code means.
//!
//! Invariant: words are added beside names and codes, never instead of them.

use indexmap::IndexMap;
use xueji_check::solving::{Understood, Uses};
use xueji_definition::file::Field;
use xueji_definition::model::Process;
use xueji_definition::value::{Type, Value};
use xueji_definition::{Definitions, Text};
use xueji_rules::solve::{Bound, Condition, Ends, Ground};

use crate::cli::args::Lang;

/// The fields of a form or a record.
type Fields = IndexMap<String, Field>;

/// What words are taken from.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    definitions: Option<&'a Understood>,
    pub(super) lang: Lang,
    /// Where the rule judges whose paths are told.
    judged: Option<&'a Uses>,
}

impl<'a> Words<'a> {
    pub(super) fn new(definitions: Option<&'a Understood>, lang: Lang) -> Self {
        Self { definitions, lang, judged: None }
    }

    /// The words for the paths of a rule: those of the forms and records of the processes in which it judges.
    pub(super) fn of(self, rule: &str) -> Self {
        let judged = self.definitions.and_then(|known| known.judged.get(rule));
        Self { judged, ..self }
    }

    /// Chooses a language.
    pub(super) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(zh, en)
    }

    pub(super) fn text<'t>(&self, text: &'t Text) -> &'t str {
        self.say(&text.zh, &text.en)
    }

    /// What a path is called, if it is a field, a fact or a parameter.
    pub(super) fn label(&self, path: &str) -> Option<String> {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let known = &self.definitions?.definitions;
        let title = match root {
            "today" => Text::new("办理日期", "the date"),
            "param" => known.parameters.parameters.get(rest)?.title.clone(),
            "fact" => known.facts.get(rest)?.title.clone(),
            "form" if rest.starts_with("materials.") => {
                let id = rest.strip_prefix("materials.")?;
                known
                    .materials
                    .values()
                    .flat_map(|list| &list.items)
                    .find(|item| item.id == id)?
                    .title
                    .clone()
            }
            "form" => {
                let all = known.forms.values().map(|form| &form.fields);
                return self.field(self.forms(known), all, rest);
            }
            "subject" | "item" => {
                let records = &known.records.records;
                let own = self.judged.filter(|_| root == "subject");
                let own = own.into_iter().flat_map(|judged| &judged.subjects);
                let own = own.filter_map(|id| records.get(id)).map(|record| &record.fields);
                return self.field(own, records.values().map(|record| &record.fields), rest);
            }
            _ => return None,
        };
        Some(self.text(&title).to_owned())
    }

    /// The fields of the forms of the processes in which the rule judges.
    fn forms(self, known: &'a Definitions) -> impl Iterator<Item = &'a Fields> {
        let processes = self.judged.into_iter().flat_map(|judged| &judged.processes);
        let forms = processes.filter_map(|id| known.processes.get(id)).flat_map(Process::forms);
        forms.filter_map(|id| known.forms.get(id)).map(|form| &form.fields)
    }

    /// What a field is called where the rule judges, each name once; else by the first that has it.
    fn field(
        self,
        own: impl Iterator<Item = &'a Fields>,
        mut all: impl Iterator<Item = &'a Fields>,
        path: &str,
    ) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for title in own.filter_map(|fields| titled(fields, path)) {
            let name = self.lang.of(title);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            names.push(self.lang.of(all.find_map(|fields| titled(fields, path))?));
        }
        Some(names.join("/"))
    }

    /// A path with what it is called.
    pub(super) fn named(&self, path: &str) -> String {
        match self.label(path) {
            Some(label) => format!("{label}（{path}）"),
            None => path.to_owned(),
        }
    }

    /// A value with what its code means.
    pub(super) fn value(&self, path: &str, value: &Value, ground: &Ground) -> String {
        match value {
            Value::Bool(true) => self.say("是", "yes").to_owned(),
            Value::Bool(false) => self.say("否", "no").to_owned(),
            Value::List(items) if items.is_empty() => self.say("（空）", "(nothing)").to_owned(),
            Value::List(items) => {
                let items = items.iter().map(|item| self.code(path, item, ground));
                items.collect::<Vec<_>>().join(self.say("、", ", "))
            }
            other => self.code(path, other, ground),
        }
    }

    fn code(&self, path: &str, value: &Value, ground: &Ground) -> String {
        let list = match ground.ty(path) {
            Some(Type::Code(list)) => Some(list),
            Some(Type::List(of)) => match of.as_ref() {
                Type::Code(list) => Some(list),
                _ => None,
            },
            _ => None,
        };
        let entry = list.and_then(|list| {
            let lists = &self.definitions?.definitions.codes.lists;
            lists.get(list)?.entries.get(&value.to_string())
        });
        match entry {
            Some(entry) => format!("{value} {}", self.say(&entry.zh, &entry.en)),
            None => value.to_string(),
        }
    }

    /// A condition in words.
    pub(super) fn condition(&self, condition: &Condition, ground: &Ground) -> String {
        let Condition { about, bound } = condition;
        let name = self.named(about);
        let joined = |values: &[Value]| {
            let values = values.iter().map(|value| self.value(about, value, ground));
            values.collect::<Vec<_>>().join(self.say("、", ", "))
        };
        match bound {
            // What is worked out is written with its brackets.
            Bound::Missing if about.contains('(') => {
                format!("{name} {}", self.say("算不出", "cannot be worked out"))
            }
            Bound::There if about.contains('(') => {
                format!("{name} {}", self.say("算得出", "can be worked out"))
            }
            Bound::Missing => format!("{name} {}", self.say("未填写", "is missing")),
            Bound::There => format!("{name} {}", self.say("已填写", "is there")),
            Bound::OneOf(values) => match values.as_slice() {
                [one] => format!("{name} = {}", self.value(about, one, ground)),
                _ => format!("{name} {} {}", self.say("为", "is one of"), joined(values)),
            },
            Bound::NoneOf(values) => {
                format!("{name} {} {}", self.say("不为", "is none of"), joined(values))
            }
            Bound::Within(intervals) => {
                if let Some(but) = but(intervals) {
                    return format!("{name} ≠ {}", self.value(about, but, ground));
                }
                let told: Vec<String> =
                    intervals.iter().map(|ends| interval(&name, ends)).collect();
                told.join(self.say(" 或 ", " or "))
            }
        }
    }
}

/// The one value that two intervals leave out.
fn but(intervals: &[Ends]) -> Option<&Value> {
    match intervals {
        [Ends { from: None, to: Some((a, false)) }, Ends { from: Some((b, false)), to: None }]
            if a == b =>
        {
            Some(a)
        }
        _ => None,
    }
}

fn interval(name: &str, ends: &Ends) -> String {
    let sign = |closed: bool| if closed { "≤" } else { "<" };
    match (&ends.from, &ends.to) {
        (Some((low, low_in)), Some((high, high_in))) => {
            format!("{low} {} {name} {} {high}", sign(*low_in), sign(*high_in))
        }
        (Some((low, true)), None) => format!("{name} ≥ {low}"),
        (Some((low, false)), None) => format!("{name} > {low}"),
        (None, Some((high, closed))) => format!("{name} {} {high}", sign(*closed)),
        (None, None) => name.to_owned(),
    }
}

/// The title of a field, also inside of a group.
fn titled<'a>(fields: &'a Fields, path: &str) -> Option<&'a Text> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.get(head)?;
    if rest.is_empty() { Some(&field.title) } else { titled(&field.fields, rest) }
}
