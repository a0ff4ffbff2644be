//! Whether a file has the shape that its schema asks for: all faults at once, each at its key or value.
//!
//! Invariant: knows the part of draft-07 that our types make (`$ref`, `allOf` of one, `oneOf`/`anyOf`, `type`,
//! `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`, `minimum`, `format`), and nothing of
//! what the keys mean. What passes here, the typed reading takes as it is written.

use serde_json::Value;

use crate::Text;
use crate::finding::{Finding, Fix, Key, Route, Spot};
use crate::scalar;
use crate::syntax::shown;
use crate::yaml::{Kind, MERGE, Node, Scalar};

/// The longest name for which a near one is looked for, in bytes.
const NEAR: usize = 64;

/// Returns what differs between a tree and a schema.
#[must_use]
pub fn check(file: &str, tree: &Node, schema: &Value) -> Vec<Finding> {
    let mut shape = Shape { file, root: schema, route: Vec::new(), findings: Vec::new() };
    shape.node(tree, schema);
    shape.findings
}

struct Shape<'s> {
    file: &'s str,
    root: &'s Value,
    route: Vec<Key>,
    findings: Vec<Finding>,
}

impl<'s> Shape<'s> {
    fn node(&mut self, node: &Node, schema: &'s Value) {
        let schema = self.resolve(schema);
        if let Some(ways) = ways(schema) {
            match self.way(node, ways) {
                Way::Words(words) => self.scalar(node, |scalar| scalar::word(scalar, &words)),
                Way::One(schema) => self.node(node, schema),
                Way::None(expected) => self.kind(node, &expected),
            }
            return;
        }
        let types = Types::of(schema);
        match &node.kind {
            Kind::Refused => {}
            Kind::Mapping(entries) if types.has("object") => self.group(node, entries, schema),
            Kind::Sequence(items) if types.has("array") => {
                for (at, item) in items.iter().enumerate() {
                    self.route.push(Key::Index(at));
                    match schema.get("items") {
                        Some(of) => self.node(item, of),
                        None => self.literal(item),
                    }
                    self.route.pop();
                }
            }
            Kind::Scalar(_) if types.has_scalar() => {
                self.scalar(node, |scalar| scalar::check(scalar, schema, &types));
            }
            _ if is_words(schema) => {
                let both = "`{zh: …, en: …}`";
                let words = Text::new(format!("中英文 {both}"), format!("both languages, {both}"));
                self.kind(node, &words);
            }
            _ => self.kind(node, &types.words()),
        }
    }

    /// A value without a schema of its own: only its scalars are looked at.
    fn literal(&mut self, node: &Node) {
        match &node.kind {
            Kind::Refused => {}
            Kind::Scalar(scalar) => {
                if let Some(fault) = scalar::literal(scalar) {
                    self.fault(fault);
                }
            }
            Kind::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.under(Key::Index(at), |shape| shape.literal(item));
                }
            }
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    self.under(Key::Name(key.scalar.text.clone()), |shape| {
                        shape.key(&key.scalar);
                        shape.literal(value);
                    });
                }
            }
        }
    }

    fn under(&mut self, key: Key, look: impl FnOnce(&mut Self)) {
        self.route.push(key);
        look(self);
        self.route.pop();
    }

    fn group(&mut self, node: &Node, entries: &[(crate::yaml::KeyNode, Node)], schema: &'s Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").unwrap_or(&Value::Bool(true));
        let numbered = numbered(schema);
        for (key, value) in entries {
            let name = key.scalar.text.as_str();
            let known = properties.and_then(|known| known.get(name));
            if let (None, Some(of)) = (known, numbered) {
                self.under(Key::Name(name.to_owned()), |shape| {
                    shape.number(&key.scalar);
                    shape.node(value, of);
                });
                continue;
            }
            self.under(Key::Name(name.to_owned()), |shape| match (known, others) {
                (Some(of), _) => shape.node(value, of),
                (None, Value::Bool(false)) if name == MERGE => {}
                (None, Value::Bool(false)) => {
                    let known =
                        properties.into_iter().flat_map(|known| known.keys().map(String::as_str));
                    shape.unknown(name, known.collect());
                }
                (None, of @ Value::Object(_)) => {
                    shape.key(&key.scalar);
                    shape.node(value, of);
                }
                (None, _) => {
                    shape.key(&key.scalar);
                    shape.literal(value);
                }
            });
        }
        if node.get(MERGE).is_some() {
            return;
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if node.get(name).is_none() {
                let message =
                    Text::new(format!("缺少键 `{name}`"), format!("the key `{name}` is missing"));
                let about =
                    properties.and_then(|known| known.get(name)).and_then(|of| self.about(of));
                let spot = self.spot_of_group();
                let mut finding = Finding::error("key-missing", self.file, spot, message);
                if let Some((chinese, english)) = about {
                    finding = finding.help(Text::new(
                        format!("加上 `{name}:`，{chinese}"),
                        format!("add `{name}:` – {english}"),
                    ));
                }
                self.findings.push(finding);
            }
        }
    }

    /// The first line of what a schema says about itself, in Chinese and in English.
    fn about(&self, schema: &'s Value) -> Option<(&'s str, &'s str)> {
        let own = schema.get("description").or_else(|| self.resolve(schema).get("description"))?;
        let (chinese, english) = crate::about::both(own.as_str()?);
        let first = |text: &'s str| text.lines().next().map(|line| line.trim_end_matches('.'));
        Some((first(chinese)?, first(english)?))
    }

    /// A missing key is told at the key of the group that lacks it.
    fn spot_of_group(&self) -> Spot {
        let route = Route(self.route.clone());
        match self.route.last() {
            Some(Key::Name(_)) => Spot::Key(route),
            _ => Spot::Value(route),
        }
    }

    fn unknown(&mut self, name: &str, known: Vec<&str>) {
        let told = shown(name);
        let message =
            Text::new(format!("这里没有键 `{told}`"), format!("there is no key `{told}` here"));
        let spot = Spot::Key(Route(self.route.clone()));
        let mut finding = Finding::error("key-unknown", self.file, spot, message);
        if let Some((key, _)) = name.split_once([':', '：']).filter(|(key, _)| known.contains(key))
        {
            finding.help = Some(Text::new(
                format!("冒号要用半角，后面空一格：`{key}: …`"),
                format!("write a colon and a space: `{key}: …`"),
            ));
        } else if name.len() <= NEAR {
            finding = finding.near(name, known);
        }
        self.findings.push(finding);
    }

    fn key(&mut self, key: &Scalar) {
        if let Some(fault) = scalar::key(key) {
            let spot = Spot::Key(Route(self.route.clone()));
            self.push(fault, spot);
        }
    }

    fn number(&mut self, key: &Scalar) {
        if let Some(fault) = scalar::number_key(key) {
            let spot = Spot::Key(Route(self.route.clone()));
            self.push(fault, spot);
        }
    }

    fn scalar(&mut self, node: &Node, look: impl FnOnce(&Scalar) -> Option<scalar::Fault>) {
        match &node.kind {
            Kind::Refused => {}
            Kind::Scalar(scalar) => {
                if let Some(fault) = look(scalar) {
                    self.fault(fault);
                }
            }
            _ => self.kind(node, &Text::new("文字", "text")),
        }
    }

    fn kind(&mut self, node: &Node, expected: &Text) {
        if node.kind != Kind::Refused {
            let fault = scalar::wrong_kind(node, expected);
            self.fault(fault);
        }
    }

    fn fault(&mut self, fault: scalar::Fault) {
        let spot = Spot::Value(Route(self.route.clone()));
        self.push(fault, spot);
    }

    fn push(&mut self, fault: scalar::Fault, spot: Spot) {
        let mut finding = Finding::error(fault.code, self.file, spot, fault.message);
        finding.help = fault.help;
        finding.fix =
            fault.meant.map(|(old, new)| Fix::word(self.file, finding.spot.clone(), &old, &new));
        self.findings.push(finding);
    }

    fn resolve(&self, mut schema: &'s Value) -> &'s Value {
        // Our schemas nest no references without end; the bound keeps a mistake in a type from hanging the reader.
        for _ in 0..16 {
            let single = match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([one]) => one,
                _ => schema,
            };
            let Some(name) = single.get("$ref").and_then(Value::as_str) else { return single };
            let Some(target) = self.root.pointer(name.trim_start_matches('#')) else {
                return single;
            };
            schema = target;
        }
        schema
    }

    fn way(&self, node: &Node, ways: &'s [Value]) -> Way<'s> {
        let ways: Vec<&Value> = ways.iter().map(|way| self.resolve(way)).collect();
        if let Some(words) = ways.iter().map(|way| scalar::words(way)).collect::<Option<Vec<_>>>() {
            return Way::Words(words.concat());
        }
        let fitting: Vec<&&Value> = ways.iter().filter(|way| fits(node, way)).collect();
        let named = fitting.iter().find(|way| {
            let required = way.get("required").and_then(Value::as_array);
            required.is_some_and(|keys| {
                keys.iter().filter_map(Value::as_str).all(|key| node.get(key).is_some())
            })
        });
        match named.or(fitting.first()) {
            Some(way) => Way::One(way),
            None => {
                let expected: Vec<Text> = ways.iter().map(|way| Types::of(way).words()).collect();
                Way::None(either(&expected))
            }
        }
    }
}

enum Way<'s> {
    Words(Vec<&'s str>),
    One(&'s Value),
    None(Text),
}

fn ways(schema: &Value) -> Option<&[Value]> {
    let ways = schema.get("oneOf").or_else(|| schema.get("anyOf"))?;
    ways.as_array().map(Vec::as_slice)
}

/// Returns the schema of the values of a map whose keys are whole numbers: the only patterns that our types make.
fn numbered(schema: &Value) -> Option<&Value> {
    schema.get("patternProperties")?.as_object()?.values().next()
}

fn fits(node: &Node, way: &Value) -> bool {
    let types = Types::of(way);
    match &node.kind {
        Kind::Refused => true,
        Kind::Mapping(_) => types.has("object"),
        Kind::Sequence(_) => types.has("array"),
        Kind::Scalar(scalar) => types.takes(scalar),
    }
}

fn either(texts: &[Text]) -> Text {
    let join = |of: fn(&Text) -> &str, by: &str| texts.iter().map(of).collect::<Vec<_>>().join(by);
    Text::new(join(|text| &text.zh, "，或"), join(|text| &text.en, ", or "))
}

/// The `type` of a schema.
pub(crate) struct Types<'s>(Vec<&'s str>);

impl<'s> Types<'s> {
    fn of(schema: &'s Value) -> Self {
        Self(match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ if scalar::words(schema).is_some() => vec!["string"],
            _ => vec!["string", "number", "boolean", "array", "object"],
        })
    }

    pub(crate) fn has(&self, ty: &str) -> bool {
        self.0.contains(&ty)
    }

    pub(crate) fn only(&self, ty: &str) -> bool {
        self.0 == [ty]
    }

    pub(crate) fn has_scalar(&self) -> bool {
        ["string", "number", "integer", "boolean"].iter().any(|ty| self.has(ty))
    }

    fn takes(&self, scalar: &Scalar) -> bool {
        match crate::plain::read(scalar) {
            crate::plain::Read::Null => false,
            crate::plain::Read::Bool(_) => self.has("boolean"),
            crate::plain::Read::Int(_) => self.has("integer") || self.has("number"),
            crate::plain::Read::Float => self.has("number"),
            crate::plain::Read::Text => self.has("string"),
        }
    }

    pub(crate) fn words(&self) -> Text {
        let words: Vec<Text> = self.0.iter().map(|ty| kind_words(ty)).collect();
        either(&words)
    }
}

/// Tells whether a schema asks for words in Chinese and in English.
fn is_words(schema: &Value) -> bool {
    schema.pointer("/properties/zh").is_some() && schema.pointer("/properties/en").is_some()
}

fn kind_words(ty: &str) -> Text {
    match ty {
        "object" => Text::new("一组键（每行 `键: 值`）", "a group of keys (`key: value`)"),
        "array" => Text::new(
            "列表（`[甲, 乙]`，或每行以 `- ` 开头）",
            "a list (`[a, b]`, or lines beginning with `- `)",
        ),
        "integer" => Text::new("整数", "a whole number"),
        "number" => Text::new("数字", "a number"),
        "boolean" => Text::new("真假值（true 或 false）", "true or false"),
        _ => Text::new("文字", "text"),
    }
}
