//! A schema made ready for looking at shapes: references followed once, keys found at once.
//!
//! Invariant: says of a node what the schema says, and nothing else; it is made of the schema that editors use, once for
//! each kind of file, when the first such file is read.

use std::collections::HashMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::Text;
use crate::plain::{self, Read};
use crate::schema::{FileKind, schema_for};
use crate::yaml::{Kind, Node, Scalar};

/// References lead no further than this: a mistake in a type keeps nobody waiting.
const REFERENCES: usize = 16;

/// Where a pattern stands among those of its schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(usize);

/// All that a schema asks for.
#[derive(Debug)]
pub(crate) struct Patterns {
    all: Vec<Pattern>,
    root: At,
}

/// What one place of a schema asks for.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    pub(crate) types: Types,
    /// The words of an enumeration.
    pub(crate) words: Option<Vec<&'static str>>,
    pub(crate) format: Option<&'static str>,
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
    /// Several patterns, of which one fits.
    pub(crate) ways: Option<Ways>,
    pub(crate) properties: IndexMap<&'static str, Property>,
    pub(crate) others: Others,
    /// What stands under keys that are whole numbers: the only patterns of keys that our types make.
    pub(crate) numbered: Option<At>,
    pub(crate) items: Option<At>,
    /// The keys that must be there; nothing where the schema does not speak of any.
    pub(crate) required: Option<Vec<&'static str>>,
}

/// A key of a group.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) of: At,
    schema: &'static Value,
}

/// Keys of a group that it does not name.
#[derive(Debug, Default)]
pub(crate) enum Others {
    /// There are none.
    None,
    /// They hold anything.
    #[default]
    Any,
    /// They all hold the same.
    Of(At),
}

/// Patterns of which one fits.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) all: Vec<At>,
    /// The words of all of them, if each is an enumeration.
    pub(crate) words: Option<Vec<&'static str>>,
}

impl Patterns {
    /// Returns what the schema of a kind of file asks for.
    pub(crate) fn of(kind: FileKind) -> &'static Self {
        static KNOWN: [OnceLock<Patterns>; FileKind::ALL.len()] =
            [const { OnceLock::new() }; FileKind::ALL.len()];
        static EMPTY: Patterns = Patterns { all: Vec::new(), root: At(0) };
        let known = KNOWN.get(kind as usize);
        known.map_or(&EMPTY, |known| known.get_or_init(|| Self::read(schema_for(kind))))
    }

    fn read(schema: &'static Value) -> Self {
        let mut reading = Reading { schema, all: Vec::new(), named: HashMap::new() };
        let root = reading.at(schema);
        Self { all: reading.all, root }
    }

    /// Returns what a whole file is to be.
    pub(crate) fn root(&self) -> &Pattern {
        self.get(self.root)
    }

    /// Returns the pattern that stands there.
    pub(crate) fn get(&self, at: At) -> &Pattern {
        static ANY: OnceLock<Pattern> = OnceLock::new();
        self.all.get(at.0).unwrap_or_else(|| ANY.get_or_init(Pattern::default))
    }
}

/// Reads a schema, each part of it once.
struct Reading {
    schema: &'static Value,
    all: Vec<Pattern>,
    /// The parts that others refer to, by name.
    named: HashMap<&'static str, At>,
}

impl Reading {
    /// Returns where the pattern of a part of the schema stands, reading it unless that was done.
    fn at(&mut self, schema: &'static Value) -> At {
        let (schema, name) = resolve(self.schema, schema);
        if let Some(known) = name.and_then(|name| self.named.get(name)) {
            return *known;
        }
        // Its place is taken first, as it may well refer to itself.
        let at = At(self.all.len());
        self.all.push(Pattern::default());
        self.named.extend(name.map(|name| (name, at)));
        let pattern = self.pattern(schema);
        if let Some(place) = self.all.get_mut(at.0) {
            *place = pattern;
        }
        at
    }

    fn pattern(&mut self, schema: &'static Value) -> Pattern {
        let of = |key: &str| schema.get(key);
        let text = |key: &str| of(key).and_then(Value::as_str);
        let names = |value: &'static Value| value.as_array().map(|all| texts(all));
        let ways = of("oneOf").or_else(|| of("anyOf")).and_then(Value::as_array);
        let ways = ways.map(|ways| Ways {
            all: ways.iter().map(|way| self.at(way)).collect(),
            words: ways
                .iter()
                .map(|way| words(resolve(self.schema, way).0))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.concat()),
        });
        let properties = of("properties").and_then(Value::as_object).into_iter().flatten();
        let properties = properties
            .map(|(name, schema)| (name.as_str(), Property { of: self.at(schema), schema }))
            .collect();
        Pattern {
            types: Types::of(schema),
            words: words(schema),
            format: text("format"),
            minimum: of("minimum").and_then(Value::as_i64),
            maximum: of("maximum").and_then(Value::as_i64),
            ways,
            properties,
            others: match of("additionalProperties") {
                Some(Value::Bool(false)) => Others::None,
                Some(schema @ Value::Object(_)) => Others::Of(self.at(schema)),
                _ => Others::Any,
            },
            numbered: of("patternProperties")
                .and_then(Value::as_object)
                .and_then(|patterns: &Map<String, Value>| patterns.values().next())
                .map(|schema| self.at(schema)),
            items: of("items").map(|schema| self.at(schema)),
            required: of("required").and_then(names),
        }
    }
}

/// Follows references; with the name of the last, if there was one.
fn resolve(
    root: &'static Value,
    mut schema: &'static Value,
) -> (&'static Value, Option<&'static str>) {
    let mut last = None;
    for _ in 0..REFERENCES {
        let single = match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([one]) => one,
            _ => schema,
        };
        let Some(name) = single.get("$ref").and_then(Value::as_str) else {
            // What stands within the part that is named is another part.
            let same = std::ptr::eq(single, schema);
            return (single, last.filter(|_| same));
        };
        let Some(target) = root.pointer(name.trim_start_matches('#')) else {
            return (single, None);
        };
        (schema, last) = (target, Some(name));
    }
    (schema, None)
}

/// Returns the words that a schema of an enumeration allows, if it is one.
fn words(schema: &'static Value) -> Option<Vec<&'static str>> {
    if let Some(one) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![one]);
    }
    schema.get("enum").and_then(Value::as_array)?.iter().map(Value::as_str).collect()
}

fn texts(values: &'static [Value]) -> Vec<&'static str> {
    values.iter().filter_map(Value::as_str).collect()
}

impl Pattern {
    /// Tells whether it asks for words in Chinese and in English.
    pub(crate) fn is_bilingual(&self) -> bool {
        self.properties.contains_key("zh") && self.properties.contains_key("en")
    }
}

impl Property {
    /// Returns the first line of what the schema says about the key, in Chinese and in English.
    pub(crate) fn about(&self, kind: FileKind) -> Option<(&'static str, &'static str)> {
        let own = self.schema.get("description");
        let own = own.or_else(|| resolve(schema_for(kind), self.schema).0.get("description"))?;
        let (chinese, english) = crate::about::both(own.as_str()?);
        let first = |text: &'static str| text.lines().next().map(|line| line.trim_end_matches('.'));
        Some((first(chinese)?, first(english)?))
    }
}

/// The `type` of a schema.
#[derive(Debug)]
pub(crate) struct Types(Vec<&'static str>);

impl Default for Types {
    /// Anything.
    fn default() -> Self {
        Self(vec!["string", "number", "boolean", "array", "object"])
    }
}

impl Types {
    fn of(schema: &'static Value) -> Self {
        match schema.get("type") {
            Some(Value::String(one)) => Self(vec![one]),
            Some(Value::Array(several)) => Self(texts(several)),
            _ if words(schema).is_some() => Self(vec!["string"]),
            _ => Self::default(),
        }
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

    /// Tells whether a node is of one of the types.
    pub(crate) fn fit(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Refused => true,
            Kind::Mapping(_) => self.has("object"),
            Kind::Sequence(_) => self.has("array"),
            Kind::Scalar(scalar) => self.takes(scalar),
        }
    }

    fn takes(&self, scalar: &Scalar) -> bool {
        match plain::read(scalar) {
            Read::Null => false,
            Read::Bool(_) => self.has("boolean"),
            Read::Int(_) => self.has("integer") || self.has("number"),
            Read::Float => self.has("number"),
            Read::Text => self.has("string"),
        }
    }

    pub(crate) fn words(&self) -> Text {
        let words: Vec<Text> = self.0.iter().map(|ty| kind_words(ty)).collect();
        either(&words)
    }
}

/// Joins what may stand somewhere.
pub(crate) fn either(texts: &[Text]) -> Text {
    let join = |of: fn(&Text) -> &str, by: &str| texts.iter().map(of).collect::<Vec<_>>().join(by);
    Text::new(join(|text| &text.zh, "，或"), join(|text| &text.en, ", or "))
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
