//! What may be written at a place: names of the right kind, keys of the schema, words of scripts.
//!
//! Invariant: an offer is a name that would be known there; what is offered first is what lies nearest.

use std::collections::BTreeSet;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, Position, Range, TextEdit,
};
use serde_json::Value;
use xueji_definition::{Text, about};
use xueji_rules::functions::Takes;
use xueji_rules::layout::TokenKind;
use xueji_rules::{ROOTS, layout};

use crate::cursor;
use crate::names::script::{self, chains, kebab};
use crate::names::yaml::{MARK, Slot};
use crate::names::{Index, Kind, Mention, Owner, Within};
use crate::nested;
use crate::tags;
use crate::workspace::{Language, Workspace};

/// One offer, before it is placed.
pub(crate) struct Offer {
    pub(crate) name: String,
    pub(crate) kind: CompletionItemKind,
    pub(crate) detail: String,
    pub(crate) more: Option<String>,
    /// What is written, where it is more than the name.
    pub(crate) written: Option<String>,
}

impl Workspace {
    /// Returns what may stand at a position of a file.
    #[must_use]
    pub fn completion(&self, path: &str, at: Position) -> Vec<CompletionItem> {
        let Some(text) = self.text(path) else { return Vec::new() };
        let offset = self.lines(path).offset(at);
        let index = self.index();
        let (offers, name): (Vec<Offer>, fn(char) -> bool) = if path.ends_with(".rhai") {
            (self.in_script(&index, text, offset), is_script_word)
        } else if path.ends_with(".yaml") {
            match cursor::at(path, text, offset) {
                Some(Slot::Expression { before, within }) => {
                    (self.expression(&index, &before, &within), is_script_word)
                }
                Some(slot) => (self.in_yaml(&index, slot), cursor::is_word),
                None => return Vec::new(),
            }
        } else {
            let before = text.get(..offset).unwrap_or_default();
            let open = before.rfind("{{").into_iter().chain(before.rfind("{%")).max();
            let Some(inner) = open.and_then(|at| before.get(at + 2..)) else { return Vec::new() };
            let id = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".html");
            (self.expression(&index, inner, &(Kind::Template, id.to_owned())), is_script_word)
        };
        let before = text.get(..offset).unwrap_or_default();
        let typed = before
            .chars()
            .rev()
            .take_while(|c| name(*c))
            .map(|c| self.encoding.units(c))
            .sum::<u32>();
        let start = Position::new(at.line, at.character.saturating_sub(typed));
        placed(offers, Range::new(start, at))
    }

    fn in_yaml(&self, index: &Index<'_>, slot: Slot) -> Vec<Offer> {
        match slot {
            Slot::Key { schema, present } => keys(schema, &present, self.language),
            Slot::FreeKey { kind, owner, present } => {
                let mut offers = self.known(index, kind, &owner);
                offers.retain(|offer| !present.contains(&offer.name));
                offers
                    .iter_mut()
                    .for_each(|offer| offer.written = Some(format!("{}: ", offer.name)));
                offers
            }
            Slot::FieldKey { kind, owner, path, present } => {
                let mut offers = self.fields_below(index, (kind, &owner), &path, true);
                offers.retain(|offer| !present.contains(&offer.name));
                for offer in &mut offers {
                    offer.written = Some(format!("{}: ", offer.name));
                }
                offers
            }
            Slot::Value { kind, schema, owner } => {
                let mut offers = words_of(schema, self.language);
                if let Some(kind) = kind {
                    offers.extend(self.known(index, kind, &owner));
                }
                offers
            }
            Slot::Expression { .. } | Slot::Free => Vec::new(),
        }
    }

    /// Everything of a kind that would be known to an owner.
    fn known(&self, index: &Index<'_>, kind: Kind, owner: &Owner) -> Vec<Offer> {
        let owners = index.candidates(kind, owner);
        let mut offers: Vec<Offer> = match kind {
            Kind::Outcome => self.outcomes(index, owner),
            _ => index
                .known(kind, &owners)
                .into_iter()
                .map(|(path, m)| self.offer(path, m))
                .collect(),
        };
        if kind == Kind::Step {
            let own = Text::new("申请人的步骤", "the applicant's own task");
            offers.push(plain("start", CompletionItemKind::KEYWORD, self.language.say(&own)));
        }
        let mut seen = BTreeSet::new();
        offers.retain(|offer| seen.insert(offer.name.clone()));
        offers
    }

    fn offer(&self, path: &str, mention: &Mention) -> Offer {
        let title = self.title(path, mention);
        let kind = match mention.kind {
            Kind::Rule | Kind::Function => CompletionItemKind::FUNCTION,
            Kind::FormField | Kind::RecordField => CompletionItemKind::FIELD,
            Kind::Code | Kind::Outcome => CompletionItemKind::ENUM_MEMBER,
            Kind::Parameter => CompletionItemKind::CONSTANT,
            Kind::Fact | Kind::Query => CompletionItemKind::VARIABLE,
            Kind::Process | Kind::Form | Kind::Materials | Kind::Template => {
                CompletionItemKind::FILE
            }
            Kind::Record | Kind::Codes => CompletionItemKind::CLASS,
            _ => CompletionItemKind::REFERENCE,
        };
        let said = mention.kind.title();
        let said = self.language.say(&said);
        let detail = title
            .as_ref()
            .map_or_else(|| said.to_owned(), |title| self.language.say(title).to_owned());
        let more = title.map(|title| {
            format!("{said}　{} · {}\n\n{path}:{}", title.zh, title.en, mention.place.line)
        });
        Offer { name: mention.name.clone(), kind, detail, more, written: None }
    }

    fn in_script(&self, index: &Index<'_>, text: &str, offset: usize) -> Vec<Offer> {
        let before = text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or(before);
        let rule = rule_around(text, offset);
        let within = (Kind::Rule, rule);
        if let Some(doc) = line.trim_start().strip_prefix("///") {
            if doc.trim_start().starts_with("@override-role ") {
                return self.known(index, Kind::Role, &Owner::Global);
            }
            if let Some(open) =
                doc.rfind('{').filter(|open| !doc.get(*open..).unwrap_or_default().contains('}'))
            {
                return self.expression(index, doc.get(open + 1..).unwrap_or_default(), &within);
            }
            if let Some(switch) = doc.trim_start().strip_prefix("@off-by ") {
                return self.expression(index, switch, &within);
            }
            return tags::offers(doc, self.language);
        }
        if line.trim_start().starts_with("//") {
            return Vec::new();
        }
        self.expression(index, line, &within)
    }

    /// What may stand at the end of an expression that is written so far.
    fn expression(&self, index: &Index<'_>, before: &str, within: &Within) -> Vec<Offer> {
        if in_text(before) {
            return match script::call(before) {
                Some((kind, owner)) => self.known(index, kind, &owner),
                None => self.codes(index, before, within),
            };
        }
        let typed = before.trim_end_matches(is_script_word);
        let Some(path) = typed.strip_suffix('.') else { return self.roots(within) };
        let start = path.rfind(|c: char| !(is_script_word(c) || c == '.')).map_or(0, |at| {
            at + path.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8)
        });
        let parts: Vec<&str> = path.get(start..).unwrap_or_default().split('.').collect();
        let here = Owner::Of(within.0, within.1.clone());
        let taken = self.taken_by(index, &parts, &here);
        if let Some(fields) = self.fields_of(index, before, &parts, &here) {
            return fields.into_iter().chain(self.methods(true, taken)).collect();
        }
        let mut offers = match parts.as_slice() {
            ["form", "materials"] => self.known(index, Kind::Paper, &here),
            ["form"] => {
                let mut fields = self.known(index, Kind::FormField, &here);
                fields.push(plain(
                    "materials",
                    CompletionItemKind::FIELD,
                    self.language.of("上传的材料", "the uploaded papers"),
                ));
                fields
            }
            ["subject"] => self.known(index, Kind::RecordField, &Owner::Subject(Box::new(here))),
            ["item"] => {
                let mut fields = self.known(index, Kind::RecordField, &Owner::Item(Box::new(here)));
                fields.push(plain(
                    "key",
                    CompletionItemKind::FIELD,
                    self.language.of("本行的键", "the row's key"),
                ));
                fields
            }
            ["fact"] => self.known(index, Kind::Fact, &Owner::Global),
            ["param", above @ ..] => self.parameters(index, above),
            ["case"] => named(&["id", "process", "step", "started", "applicant", "row", "result"]),
            ["person"] => named(&["id", "name", "record"]),
            _ => Vec::new(),
        };
        let root =
            matches!(parts.as_slice(), ["form" | "subject" | "item" | "case" | "person", ..]);
        if parts.len() > 1 || !root {
            offers.extend(self.methods(true, taken));
        } else {
            offers.push(plain(
                "has",
                CompletionItemKind::METHOD,
                self.language.of("是否有值", "whether there is a value"),
            ));
        }
        offers
    }

    /// The fields of a group of fields that is written so far, or of an element of a table, if it is one of these.
    fn fields_of(
        &self,
        index: &Index<'_>,
        before: &str,
        parts: &[&str],
        here: &Owner,
    ) -> Option<Vec<Offer>> {
        let (root, path) = parts.split_first()?;
        if let Some(list) = nested::list_of(before, root) {
            let parts: Vec<&str> = list.split('.').chain(path.iter().copied()).collect();
            let (root, path) = parts.split_first()?;
            let (kind, owner) = field_owner(root, here)?;
            return Some(self.fields_below(index, (kind, &owner), path, true));
        }
        let (kind, owner) = field_owner(root, here)?;
        let fields = self.fields_below(index, (kind, &owner), path, false);
        (!fields.is_empty()).then_some(fields)
    }

    /// The next part of parameters that begin with what is written.
    fn parameters(&self, index: &Index<'_>, above: &[&str]) -> Vec<Offer> {
        let mut seen = BTreeSet::new();
        let all = index.known(Kind::Parameter, &BTreeSet::from([String::new()]));
        let mut offers = Vec::new();
        for (path, mention) in all {
            let parts: Vec<&str> = mention.name.split('.').collect();
            let Some(next) = parts.strip_prefix(above).and_then(|rest| rest.first()) else {
                continue;
            };
            if seen.insert((*next).to_owned()) {
                let last = parts.len() == above.len() + 1;
                let mut offer = self.offer(path, mention);
                if !last {
                    offer.detail = self.language.of("一组参数", "parameters").to_owned();
                    offer.more = None;
                }
                offers.push(Offer { name: (*next).to_owned(), ..offer });
            }
        }
        offers
    }

    fn roots(&self, within: &Within) -> Vec<Offer> {
        let mut offers: Vec<Offer> = ROOTS
            .iter()
            .map(|root| {
                let (zh, en) = match *root {
                    "subject" => ("事项对象的记录", "the record that the case is about"),
                    "form" => ("表单", "the form"),
                    "item" => ("本行", "the row's item"),
                    "param" => ("参数", "parameters"),
                    "fact" => ("事实", "facts"),
                    "case" => ("事项", "the case"),
                    "person" => ("当前办理人", "who acts"),
                    _ => ("今天", "the date of the command"),
                };
                plain(root, CompletionItemKind::VARIABLE, self.language.of(zh, en))
            })
            .collect();
        offers.extend(self.methods(false, None));
        if within.0 == Kind::Rule {
            offers.extend(
                ["if", "else", "let", "true", "false"]
                    .map(|word| plain(word, CompletionItemKind::KEYWORD, "")),
            );
        }
        offers
    }

    /// The functions of scripts: those written behind a value, or those that stand alone. Of a value of which it is known
    /// what takes it, only these.
    fn methods(&self, behind: bool, taken: Option<&[Takes]>) -> Vec<Offer> {
        let takes = |first: Option<&Takes>| {
            first.is_some_and(|first| {
                taken.is_none_or(|taken| *first == Takes::Any || taken.contains(first))
            })
        };
        let mut seen = BTreeSet::new();
        let all = xueji_rules::functions()
            .filter(|f| behind || !f.property)
            .filter(|f| !behind || takes(f.takes.first()))
            .filter(|f| seen.insert(f.name));
        all.map(|f| {
            let kind = if f.property {
                CompletionItemKind::PROPERTY
            } else {
                CompletionItemKind::FUNCTION
            };
            let written = (!f.property).then(|| format!("{}(", f.name));
            Offer {
                more: Some(format!("`{}`", f.signature())),
                written,
                ..plain(f.name, kind, self.language.of(f.zh, f.en))
            }
        })
        .collect()
    }

    /// The codes of the field that an open text is compared with.
    fn codes(&self, index: &Index<'_>, before: &str, within: &Within) -> Vec<Offer> {
        let whole = format!("{before}{MARK}\"");
        let all = chains(&whole);
        let compared =
            all.iter().find(|chain| chain.compared.iter().any(|part| part.text.contains(MARK)));
        let here = Owner::Of(within.0, within.1.clone());
        let Some((chain, field)) = compared.and_then(|chain| Some((chain, chain.parts.first()?)))
        else {
            return Vec::new();
        };
        let Some((kind, owner)) = field_owner(chain.root, &here) else { return Vec::new() };
        self.known(index, Kind::Code, &Owner::Field(kind, field.text.to_owned(), Box::new(owner)))
    }
}

/// Returns whose fields a root holds.
pub(crate) fn field_owner(root: &str, here: &Owner) -> Option<(Kind, Owner)> {
    let here = || Box::new(here.clone());
    Some(match root {
        "form" => (Kind::FormField, *here()),
        "subject" => (Kind::RecordField, Owner::Subject(here())),
        "item" => (Kind::RecordField, Owner::Item(here())),
        _ => return None,
    })
}

fn is_script_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Tells whether a text in double quotes is open at the end.
fn in_text(before: &str) -> bool {
    layout::tokens(before).last().is_some_and(|token| {
        token.kind == TokenKind::Text
            && (token.text.len() == 1 || !token.text.ends_with('"'))
            && before.ends_with(token.text)
    })
}

/// Returns the name of the rule that a byte of a script stands in.
fn rule_around(text: &str, offset: usize) -> String {
    let all = layout::tokens(text);
    let heads: Vec<(usize, &str)> = all
        .windows(2)
        .filter_map(|pair| match pair {
            [word, name] if word.is("fn") => Some((name.start, name.text)),
            _ => None,
        })
        .collect();
    let line = text.get(..offset).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    // A doc comment belongs to the function below it.
    let found = if line.trim_start().starts_with("///") {
        heads.iter().find(|(start, _)| *start >= offset)
    } else {
        heads.iter().rev().find(|(start, _)| *start <= offset)
    };
    found.map(|(_, name)| kebab(name)).unwrap_or_default()
}

pub(crate) fn plain(name: &str, kind: CompletionItemKind, detail: &str) -> Offer {
    Offer { name: name.to_owned(), kind, detail: detail.to_owned(), more: None, written: None }
}

fn named(names: &[&str]) -> Vec<Offer> {
    names.iter().map(|name| plain(name, CompletionItemKind::FIELD, "")).collect()
}

/// The keys of a group that are not there yet, needed ones first.
fn keys(schema: &Value, present: &[String], language: Language) -> Vec<Offer> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut offers: Vec<Offer> = properties
        .filter(|(key, _)| !present.contains(key))
        .map(|(key, of)| {
            let said = said(of, language);
            Offer {
                written: Some(format!("{key}: ")),
                ..plain(key, CompletionItemKind::PROPERTY, said)
            }
        })
        .collect();
    offers.sort_by_key(|offer| !required.contains(&offer.name.as_str()));
    offers
}

/// What a schema says of itself.
fn said(schema: &Value, language: Language) -> &str {
    let (zh, en) =
        about::both(schema.get("description").and_then(Value::as_str).unwrap_or_default());
    language.of(zh, en)
}

/// The words that a schema allows.
fn words_of(schema: &Value, language: Language) -> Vec<Offer> {
    let ways = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut offers: Vec<Offer> = ways
        .filter_map(|way| {
            let said = said(way, language);
            Some(plain(way.get("const")?.as_str()?, CompletionItemKind::ENUM_MEMBER, said))
        })
        .collect();
    let listed = schema
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    offers.extend(listed.map(|word| plain(word, CompletionItemKind::ENUM_MEMBER, "")));
    if schema.get("type").and_then(Value::as_str) == Some("boolean") {
        offers.extend(["true", "false"].map(|word| plain(word, CompletionItemKind::KEYWORD, "")));
    }
    offers
}

/// Puts offers in order and says what each replaces.
fn placed(offers: Vec<Offer>, range: Range) -> Vec<CompletionItem> {
    offers
        .into_iter()
        .enumerate()
        .map(|(at, offer)| CompletionItem {
            sort_text: Some(format!("{at:05}")),
            filter_text: Some(offer.name.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range,
                new_text: offer.written.unwrap_or_else(|| offer.name.clone()),
            })),
            detail: Some(offer.detail).filter(|detail| !detail.is_empty()),
            documentation: offer.more.map(|value| {
                Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
            }),
            kind: Some(offer.kind),
            label: offer.name,
            ..CompletionItem::default()
        })
        .collect()
}
