//! What the things of a story are called: steps, fields, roles, units, people, codes.
//!
//! Invariant: a thing without a name is called by its id; nothing is left out for want of a name.

use std::fmt;

use indexmap::IndexMap;
use serde_json::Value as Json;
use xueji_definition::file::{Field, FieldKind};
use xueji_definition::model::Process;
use xueji_definition::{Definitions, Text};
use xueji_runtime::state::{Offer, START};
use xueji_runtime::{RecordId, people};

use super::{Named, Who};

/// Finds what things are called: steps, fields and codes by the case's own release, people, roles and units by today's
/// organisation where it knows them.
pub struct Names<'a> {
    /// The definitions of the case.
    pub definitions: &'a Definitions,
    /// The definitions of today.
    pub today: &'a Definitions,
    /// How a record is called.
    pub label: &'a dyn Fn(&RecordId) -> Option<String>,
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

fn same(text: &str) -> Text {
    Text::new(text, text)
}

impl Names<'_> {
    /// Returns a person.
    #[must_use]
    pub fn who(&self, id: &str) -> Who {
        let organisation = &self.today.organisation;
        let known = people::name(organisation, id)
            .or_else(|| people::name(&self.definitions.organisation, id))
            .map(str::to_owned);
        let name = known.or_else(|| (self.label)(&people::record_of(organisation, id)?));
        Who { id: id.to_owned(), name }
    }

    /// Returns a person in words: the name and the id.
    #[must_use]
    pub fn person(&self, id: &str) -> String {
        let who = self.who(id);
        who.name.map_or_else(|| id.to_owned(), |name| format!("{name}（{id}）"))
    }

    /// Returns a role.
    #[must_use]
    pub fn role(&self, id: &str) -> Named {
        let of = |definitions: &Definitions| {
            definitions.organisation.roles.get(id).map(|role| role.title.clone())
        };
        let title = of(self.today).or_else(|| of(self.definitions)).unwrap_or_else(|| same(id));
        Named { id: id.to_owned(), title }
    }

    /// Returns a unit.
    #[must_use]
    pub fn unit(&self, id: &str) -> Named {
        let of = |definitions: &Definitions| {
            definitions.organisation.units.get(id).map(|unit| unit.title.clone())
        };
        let title = of(self.today).or_else(|| of(self.definitions)).unwrap_or_else(|| same(id));
        Named { id: id.to_owned(), title }
    }

    /// Returns whom an offer reaches, in words.
    #[must_use]
    pub fn offer(&self, offer: &Offer) -> Text {
        let Text { zh, en } = self.role(&offer.role).title;
        let unit = offer.unit.as_deref().map(|unit| self.unit(unit).title);
        let person = offer.person.as_deref().map(|person| same(&self.person(person)));
        let person = person.or_else(|| offer.own.as_ref().map(|own| self.record(own)));
        let parts: Vec<Text> = [unit, person].into_iter().flatten().collect();
        let all = |pick: fn(&Text) -> &str, between: &str| {
            parts.iter().map(pick).collect::<Vec<_>>().join(between)
        };
        if parts.is_empty() {
            return Text::new(zh, en);
        }
        let (zh_parts, en_parts) = (all(|text| &text.zh, "，"), all(|text| &text.en, ", "));
        Text::new(format!("{zh}（{zh_parts}）"), format!("{en} ({en_parts})"))
    }

    /// Returns a step's title.
    #[must_use]
    pub fn step(&self, process: Option<&Process>, id: &str) -> Text {
        if id == START {
            return Text::new("申请", "application");
        }
        let title = process.and_then(|process| process.step(id)).map(|step| step.title.clone());
        title.unwrap_or_else(|| same(id))
    }

    /// Returns a process's title.
    #[must_use]
    pub fn process(&self, id: &str) -> Text {
        let title = self.definitions.processes.get(id).map(|process| process.title.clone());
        title.unwrap_or_else(|| same(id))
    }

    /// Returns a record in words: its type, its label and its id.
    #[must_use]
    pub fn record(&self, id: &RecordId) -> Text {
        let kind = self.definitions.records.records.get(&id.kind);
        let title = kind.map_or_else(|| same(&id.kind), |kind| kind.title.clone());
        let label = (self.label)(id).map(|label| format!("{label} ")).unwrap_or_default();
        Text::new(
            format!("{} {label}{}", title.zh, id.id),
            format!("{} {label}{}", title.en, id.id),
        )
    }

    /// Returns the field of a process's forms.
    #[must_use]
    pub fn form_field(&self, process: Option<&Process>, name: &str) -> Option<&Field> {
        let forms = process.map(Process::forms).unwrap_or_default();
        forms.into_iter().find_map(|form| self.definitions.forms.get(form)?.fields.get(name))
    }

    /// Returns the field of a record type.
    #[must_use]
    pub fn record_field(&self, kind: &str, name: &str) -> Option<&Field> {
        self.definitions.records.records.get(kind)?.fields.get(name)
    }

    /// Returns what a path that a rule reads is called, and its field where it has one.
    #[must_use]
    pub fn read(
        &self,
        process: Option<&Process>,
        subject: Option<&str>,
        path: &str,
    ) -> (Text, Option<&Field>) {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let (head, below) = rest.split_once('.').unwrap_or((rest, ""));
        let field = match root {
            "form" => self.form_field(process, head),
            "subject" => subject.and_then(|kind| self.record_field(kind, head)),
            _ => None,
        };
        let field = field.and_then(|field| inner(field, below));
        let title = match root {
            "param" => self.definitions.parameters.parameters.get(rest).map(|p| p.title.clone()),
            "fact" => self.definitions.facts.get(head).map(|fact| fact.title.clone()),
            "today" => Some(Text::new("当天日期", "today")),
            _ => field.map(|field| field.title.clone()),
        };
        (title.unwrap_or_else(|| same(path)), field)
    }

    /// Returns a value in words.
    #[must_use]
    pub fn value(&self, field: Option<&Field>, json: &Json) -> Text {
        Text::new(self.shown(field, json, true), self.shown(field, json, false))
    }

    fn shown(&self, field: Option<&Field>, json: &Json, zh: bool) -> String {
        match json {
            Json::Null => if zh { "空" } else { "nothing" }.to_owned(),
            Json::Bool(yes) => match (yes, zh) {
                (true, true) => "是",
                (false, true) => "否",
                (true, false) => "yes",
                (false, false) => "no",
            }
            .to_owned(),
            Json::String(text) => self.code(field, text, zh).unwrap_or_else(|| text.clone()),
            Json::Number(number) => number.to_string(),
            Json::Array(items) => {
                let all: Vec<String> =
                    items.iter().map(|item| self.shown(field, item, zh)).collect();
                all.join(if zh { "、" } else { ", " })
            }
            Json::Object(parts) => {
                let none = IndexMap::new();
                let fields = field.map_or(&none, |field| &field.fields);
                let part = |(name, value): (&String, &Json)| {
                    let field = fields.get(name);
                    let title = field
                        .map_or(name, |field| if zh { &field.title.zh } else { &field.title.en });
                    let value = self.shown(field, value, zh);
                    if zh { format!("{title}：{value}") } else { format!("{title}: {value}") }
                };
                parts.iter().map(part).collect::<Vec<_>>().join(if zh { "；" } else { "; " })
            }
        }
    }

    fn code(&self, field: Option<&Field>, code: &str, zh: bool) -> Option<String> {
        let field = field.filter(|field| field.kind == FieldKind::Code)?;
        let list = self.definitions.codes.lists.get(field.codes.as_ref()?)?;
        let entry = list.entries.get(code)?;
        Some(if zh {
            format!("{}（{code}）", entry.zh)
        } else {
            format!("{} ({code})", entry.en)
        })
    }
}

/// Returns the field of a dotted path inside a field; positions of lists lead to the same field.
fn inner<'a>(field: &'a Field, below: &str) -> Option<&'a Field> {
    let mut keys = below.split('.').filter(|key| !key.is_empty() && key.parse::<usize>().is_err());
    keys.try_fold(field, |field, key| field.fields.get(key))
}
