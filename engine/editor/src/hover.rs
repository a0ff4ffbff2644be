//! What a name means, in words: title, article, values with their dates, labels of codes, where it is defined.
//!
//! Invariant: tells what the files say, from the very text that is in the editor.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use serde_json::Value;
use xueji_definition::finding::{Key, Route};
use xueji_definition::yaml::{Kind as NodeKind, Node};
use xueji_definition::{FileKind, Text, about};
use xueji_rules::layout::{TokenKind, tokens};

use crate::names::{Kind, Mention};
use crate::workspace::{Language, Workspace};

/// The most codes of a list that are shown.
const CODES: usize = 20;

/// Follows a route into a tree.
pub(crate) fn node<'n>(tree: &'n Node, route: &Route) -> Option<&'n Node> {
    route.0.iter().try_fold(tree, |node, key| match (&node.kind, key) {
        (NodeKind::Mapping(_), Key::Name(name)) => node.get(name),
        (NodeKind::Sequence(items), Key::Index(at)) => items.get(*at),
        _ => None,
    })
}

fn said<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(words)
}

pub(crate) fn words(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

pub(crate) fn both(node: &Node) -> Option<Text> {
    Some(Text::new(said(node, "zh")?, said(node, "en").unwrap_or_default()))
}

/// Returns what a defined thing is called.
pub(crate) fn title(workspace: &Workspace, path: &str, mention: &Mention) -> Option<Text> {
    if mention.kind == Kind::Rule {
        let doc = doc(workspace.text(path)?, mention.place.line);
        let mut lines = doc.iter().filter(|line| !line.starts_with('@'));
        return Some(Text::new(*lines.next()?, lines.next().copied().unwrap_or_default()));
    }
    let tree = workspace.names_of(path)?.places.tree(path)?;
    let mut node = node(tree, mention.route.as_ref()?)?;
    if mention.kind == Kind::Paper {
        let (_, above) = mention.route.as_ref()?.0.split_last()?;
        node = self::node(tree, &Route(above.to_vec()))?;
    }
    if mention.kind == Kind::Person {
        return said(node, "name").map(|name| Text::new(name, name));
    }
    node.get("title").and_then(both).or_else(|| both(node)).or_else(|| {
        // A step made from a shared one is called as that is.
        let shared = said(node, "use")?;
        let steps =
            workspace.names_of("workflows/steps.yaml")?.places.tree("workflows/steps.yaml")?;
        both(steps.get("steps")?.get(shared)?.get("title")?)
    })
}

/// Returns the lines of the doc comment above a line, without their slashes.
pub(crate) fn doc(text: &str, line: u32) -> Vec<&str> {
    let above: Vec<&str> =
        text.lines().take(usize::try_from(line).unwrap_or(1).saturating_sub(1)).collect();
    let lines = above.iter().rev().map_while(|line| line.trim_start().strip_prefix("///"));
    let mut doc: Vec<&str> = lines.map(str::trim).collect();
    doc.reverse();
    doc
}

impl Workspace {
    /// Returns what stands at a position, in words.
    #[must_use]
    pub fn hover(&self, path: &str, at: Position) -> Option<Hover> {
        let index = self.index();
        if let Some(mention) = self.mention(&index, path, at) {
            let named = index.named(mention);
            let parts: Vec<String> = index
                .definitions(&named)
                .iter()
                .take(3)
                .filter_map(|(file, m)| self.told(file, m))
                .collect();
            if !parts.is_empty() {
                let uses = index.all(&named).iter().filter(|(_, m)| !m.defines).count();
                let count = self.language.of("处用到", " uses");
                let text = format!("{}\n\n{uses}{count}", parts.join("\n\n---\n\n"));
                return Some(hover(text, Some(self.range(path, self.own_place(&index, mention)))));
            }
        }
        let (line, column) = self.mark(path, at);
        if let Some((kind, _)) = FileKind::of(path) {
            let tree = self.names_of(path)?.places.tree(path)?;
            let schema = xueji_definition::schema::schema_for(kind);
            if let Some((key, (zh, en))) = described(tree, schema, schema, (line, column)) {
                let text = self.language.of(zh, en);
                return Some(hover(format!("`{key}` — {text}"), None));
            }
        }
        self.function(path, (line, column)).map(|text| hover(text, None))
    }

    /// Tells a definition.
    fn told(&self, path: &str, mention: &Mention) -> Option<String> {
        let kind = mention.kind.title();
        let kind = self.language.say(&kind);
        let mut out = format!("**{kind} `{}`**", mention.name);
        if let Some(title) = self.title(path, mention) {
            out.push_str(&format!("　{} · {}", title.zh, title.en));
        }
        let lines = if mention.kind == Kind::Rule {
            rule(self.text(path)?, mention.place.line)
        } else {
            let tree = self.names_of(path)?.places.tree(path);
            let described =
                tree.zip(mention.route.as_ref()).and_then(|(tree, route)| node(tree, route));
            described.map(|node| self.facts(mention.kind, node)).unwrap_or_default()
        };
        for line in lines {
            out.push_str("\n- ");
            out.push_str(&line);
        }
        out.push_str(&format!("\n\n{path}:{}", mention.place.line));
        Some(out)
    }

    /// What the keys of a definition say that help to understand it.
    fn facts(&self, kind: Kind, node: &Node) -> Vec<String> {
        let mut lines = Vec::new();
        let l = self.language;
        match kind {
            Kind::Parameter => {
                lines.extend(
                    said(node, "type").map(|ty| format!("{}{ty}", l.of("类型：", "type: "))),
                );
                if let Some(NodeKind::Sequence(values)) =
                    node.get("values").map(|values| &values.kind)
                {
                    lines.extend(values.iter().map(|value| dated(l, value)));
                }
            }
            Kind::Codes => {
                if let Some(NodeKind::Mapping(entries)) =
                    node.get("entries").map(|entries| &entries.kind)
                {
                    let shown = entries.iter().take(CODES).map(|(code, entry)| {
                        let label = both(entry).unwrap_or_default();
                        format!("`{}` {} · {}", code.scalar.text, label.zh, label.en)
                    });
                    lines.extend(shown);
                    if entries.len() > CODES {
                        lines.push(format!("… {}", entries.len()));
                    }
                }
            }
            _ => {
                for (key, zh, en) in KEYS {
                    if let Some(value) = node.get(key) {
                        lines.push(format!("{}{}", l.of(zh, en), short(value)));
                    }
                }
            }
        }
        lines
    }

    /// Tells a function of scripts.
    fn function(&self, path: &str, (line, column): (u32, u32)) -> Option<String> {
        let text = self.text(path)?;
        let raw = text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let all = tokens(raw);
        let at = all.iter().position(|t| {
            t.kind == TokenKind::Word && t.column <= column && column <= t.end_column()
        })?;
        let token = all.get(at)?;
        let called = all.get(at + 1).is_some_and(|token| token.is("("));
        let after_point =
            at.checked_sub(1).and_then(|at| all.get(at)).is_some_and(|token| token.is("."));
        if !called && !after_point {
            return None;
        }
        let rows =
            xueji_rules::functions().filter(|f| f.name == token.text && (f.property || called));
        let told: Vec<String> = rows
            .map(|f| format!("`{}`\n\n{}", f.signature(), self.language.of(f.zh, f.en)))
            .collect();
        (!told.is_empty()).then(|| told.join("\n\n"))
    }
}

/// Keys that are told of any definition that has them, with their words.
const KEYS: &[(&str, &str, &str)] = &[
    ("about", "", ""),
    ("subject", "对象：", "subject: "),
    ("source", "依据：", "source: "),
    ("type", "类型：", "type: "),
    ("codes", "代码表：", "code list: "),
    ("record", "记录类型：", "record type: "),
    ("class", "数据类别：", "class of data: "),
    ("required", "必填：", "required: "),
    ("required-when", "必填条件：", "required when: "),
    ("computed", "计算：", "computed: "),
    ("held-by", "担任者：", "held by: "),
    ("sees", "可见：", "sees: "),
    ("parent", "上级：", "parent: "),
    ("over", "行：", "rows: "),
    ("where", "条件：", "where: "),
    ("rules", "规则：", "rules: "),
    ("give", "给出：", "gives: "),
    ("field", "字段：", "field: "),
    ("calendar", "日历：", "calendar: "),
    ("use", "共用步骤：", "shared step: "),
    ("user-task", "办理：", "task: "),
    ("candidates", "办理人：", "candidates: "),
    ("service-task", "执行：", "carries out: "),
    ("gateway", "判断：", "gateway: "),
    ("wait", "等候：", "waits: "),
    ("call", "发起：", "calls: "),
    ("end", "结果：", "result: "),
    ("due", "期限：", "due: "),
    ("next", "去向：", "next: "),
    ("pattern", "格式：", "pattern: "),
    ("text", "内容：", "text: "),
    ("weeks", "周次：", "weeks: "),
    ("dates", "日期：", "dates: "),
    ("yearly", "每年：", "yearly: "),
    ("monthly", "每月：", "monthly: "),
    ("mask", "遮盖：", "mask: "),
];

fn hover(text: String, range: Option<lsp_types::Range>) -> Hover {
    let value = MarkupContent { kind: MarkupKind::Markdown, value: text };
    Hover { contents: HoverContents::Markup(value), range }
}

/// Shows a value on one line.
fn short(node: &Node) -> String {
    const MOST: usize = 160;
    let text = match &node.kind {
        NodeKind::Scalar(scalar) => scalar.text.clone(),
        NodeKind::Sequence(items) => items.iter().map(short).collect::<Vec<_>>().join("、"),
        NodeKind::Mapping(entries) => {
            let parts =
                entries.iter().map(|(key, value)| format!("{} {}", key.scalar.text, short(value)));
            parts.collect::<Vec<_>>().join("，")
        }
        NodeKind::Refused => String::new(),
    };
    if text.chars().count() > MOST {
        text.chars().take(MOST).chain(['…']).collect()
    } else {
        text
    }
}

/// Shows one value of a parameter with the dates and entries that it holds for.
fn dated(language: Language, node: &Node) -> String {
    let mut out = format!("**{}**", node.get("value").map(short).unwrap_or_default());
    for (key, zh, en) in [
        ("from", "自", "from"),
        ("to", "至", "to"),
        ("cohort-from", "届次自", "cohorts from"),
        ("cohort-to", "届次至", "cohorts to"),
        ("source", "依据", "source"),
    ] {
        if let Some(value) = said(node, key) {
            out.push_str(&format!("　{} {value}", language.of(zh, en)));
        }
    }
    out
}

/// Tells the tags of a rule's doc comment.
fn rule(text: &str, line: u32) -> Vec<String> {
    let doc = doc(text, line);
    let tags = doc.iter().filter_map(|line| line.strip_prefix('@'));
    tags.map(|tag| match tag.split_once(' ') {
        Some((name, value)) => format!("{name}: {value}"),
        None => tag.to_owned(),
    })
    .collect()
}

/// Returns the key at a place and what its schema says about it.
fn described<'s>(
    node: &Node,
    schema: &'s Value,
    root: &'s Value,
    at: (u32, u32),
) -> Option<(String, (&'s str, &'s str))> {
    let mut schema = schema;
    while let Some(inner) = schema.get("$ref").and_then(Value::as_str).map_or_else(
        || schema.get("allOf").and_then(|all| all.get(0)),
        |path| root.get("definitions")?.get(path.rsplit('/').next()?),
    ) {
        schema = inner;
    }
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|(key, value)| {
            let known = schema.get("properties").and_then(|all| all.get(&key.scalar.text));
            let (from, to) = (key.span.start, key.span.end);
            if from.line == at.0 && from.column <= at.1 && at.1 <= to.column {
                let text = known?.get("description").and_then(Value::as_str)?;
                return Some((key.scalar.text.clone(), about::both(text)));
            }
            let below =
                known.or_else(|| schema.get("additionalProperties")).unwrap_or(&Value::Null);
            described(value, below, root, at)
        }),
        NodeKind::Sequence(items) => {
            let of = schema.get("items").unwrap_or(&Value::Null);
            items.iter().find_map(|item| described(item, of, root, at))
        }
        NodeKind::Scalar(_) | NodeKind::Refused => None,
    }
}
