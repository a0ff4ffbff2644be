//! Whether a file has the shape that its schema asks for: all faults at once, each at its key or value.
//!
//! Invariant: knows the part of draft-07 that our types make (`$ref`, `allOf` of one, `oneOf`/`anyOf`, `type`,
//! `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`, `minimum`, `format`), and nothing of
//! what the keys mean. What passes here, the typed reading takes as it is written.

use crate::Text;
use crate::finding::{Finding, Fix, Key, Route, Spot};
use crate::pattern::{Others, Pattern, Patterns, Ways, either};
use crate::scalar;
use crate::schema::FileKind;
use crate::syntax::shown;
use crate::yaml::{KeyNode, Kind, MERGE, Node, Scalar};

/// The longest name for which a near one is looked for, in bytes.
const NEAR: usize = 64;

/// Returns what differs between a tree and the schema of its kind of file.
#[must_use]
pub fn check(file: &str, tree: &Node, kind: FileKind) -> Vec<Finding> {
    let patterns = Patterns::of(kind);
    let mut shape = Shape { file, kind, patterns, route: Vec::new(), findings: Vec::new() };
    shape.node(tree, patterns.root());
    shape.findings
}

struct Shape<'f> {
    file: &'f str,
    kind: FileKind,
    patterns: &'static Patterns,
    /// The keys that lead to where it looks; only what is told copies them.
    route: Vec<Step<'f>>,
    findings: Vec<Finding>,
}

/// One key of the way to a node.
#[derive(Clone, Copy)]
enum Step<'f> {
    Name(&'f str),
    Index(usize),
}

impl<'f> Shape<'f> {
    fn node(&mut self, node: &'f Node, pattern: &'static Pattern) {
        if let Some(ways) = &pattern.ways {
            match self.way(node, ways) {
                Way::Words(words) => self.scalar(node, |scalar| scalar::word(scalar, words)),
                Way::One(pattern) => self.node(node, pattern),
                Way::None(expected) => self.kind(node, &expected),
            }
            return;
        }
        let types = &pattern.types;
        match &node.kind {
            Kind::Refused => {}
            Kind::Mapping(entries) if types.has("object") => self.group(node, entries, pattern),
            Kind::Sequence(items) if types.has("array") => {
                for (at, item) in items.iter().enumerate() {
                    self.under(Step::Index(at), |shape| match pattern.items {
                        Some(of) => shape.node(item, shape.patterns.get(of)),
                        None => shape.literal(item),
                    });
                }
            }
            Kind::Scalar(_) if types.has_scalar() => {
                self.scalar(node, |scalar| scalar::check(scalar, pattern));
            }
            _ if pattern.is_bilingual() => {
                let both = "`{zh: …, en: …}`";
                let words = Text::new(format!("中英文 {both}"), format!("both languages, {both}"));
                self.kind(node, &words);
            }
            _ => self.kind(node, &types.words()),
        }
    }

    /// A value without a schema of its own: only its scalars are looked at.
    fn literal(&mut self, node: &'f Node) {
        match &node.kind {
            Kind::Refused => {}
            Kind::Scalar(scalar) => {
                if let Some(fault) = scalar::literal(scalar) {
                    self.fault(fault);
                }
            }
            Kind::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.under(Step::Index(at), |shape| shape.literal(item));
                }
            }
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    self.under(Step::Name(&key.scalar.text), |shape| {
                        shape.key(&key.scalar);
                        shape.literal(value);
                    });
                }
            }
        }
    }

    fn under(&mut self, step: Step<'f>, look: impl FnOnce(&mut Self)) {
        self.route.push(step);
        look(self);
        self.route.pop();
    }

    /// Returns the keys that lead to where it looks.
    fn here(&self) -> Route {
        let keys = self.route.iter().map(|step| match *step {
            Step::Name(name) => Key::from(name),
            Step::Index(at) => Key::Index(at),
        });
        Route(keys.collect())
    }

    fn group(&mut self, node: &Node, entries: &'f [(KeyNode, Node)], pattern: &'static Pattern) {
        for (key, value) in entries {
            self.under(Step::Name(&key.scalar.text), |shape| shape.entry(key, value, pattern));
        }
        if node.get(MERGE).is_some() {
            return;
        }
        for name in pattern.required.iter().flatten() {
            if node.get(name).is_none() {
                self.missing(name, pattern);
            }
        }
    }

    /// A key of a group, and what stands under it.
    fn entry(&mut self, key: &KeyNode, value: &'f Node, pattern: &'static Pattern) {
        let name = key.scalar.text.as_str();
        if let Some(known) = pattern.properties.get(name) {
            return self.node(value, self.patterns.get(known.of));
        }
        if let Some(of) = pattern.numbered {
            self.number(&key.scalar);
            return self.node(value, self.patterns.get(of));
        }
        match pattern.others {
            Others::None if name == MERGE => {}
            Others::None => self.unknown(name, pattern.properties.keys().copied().collect()),
            Others::Of(of) => {
                self.key(&key.scalar);
                self.node(value, self.patterns.get(of));
            }
            Others::Any => {
                self.key(&key.scalar);
                self.literal(value);
            }
        }
    }

    /// A key that must be there and is not; told at the key of the group that lacks it.
    fn missing(&mut self, name: &str, pattern: &'static Pattern) {
        let message = Text::new(format!("缺少键 `{name}`"), format!("the key `{name}` is missing"));
        let spot = match self.route.last() {
            Some(Step::Name(_)) => Spot::Key(self.here()),
            _ => Spot::Value(self.here()),
        };
        let mut finding = Finding::error("key-missing", self.file, spot, message);
        let about = pattern.properties.get(name).and_then(|known| known.about(self.kind));
        if let Some((chinese, english)) = about {
            finding = finding.help(Text::new(
                format!("加上 `{name}:`，{chinese}"),
                format!("add `{name}:` – {english}"),
            ));
        }
        self.findings.push(finding);
    }

    fn unknown(&mut self, name: &str, known: Vec<&str>) {
        let told = shown(name);
        let message =
            Text::new(format!("这里没有键 `{told}`"), format!("there is no key `{told}` here"));
        let spot = Spot::Key(self.here());
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
            let spot = Spot::Key(self.here());
            self.push(fault, spot);
        }
    }

    fn number(&mut self, key: &Scalar) {
        if let Some(fault) = scalar::number_key(key) {
            let spot = Spot::Key(self.here());
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
        let spot = Spot::Value(self.here());
        self.push(fault, spot);
    }

    fn push(&mut self, fault: scalar::Fault, spot: Spot) {
        let mut finding = Finding::error(fault.code, self.file, spot, fault.message);
        finding.help = fault.help;
        finding.fix =
            fault.meant.map(|(old, new)| Fix::word(self.file, finding.spot.clone(), &old, &new));
        self.findings.push(finding);
    }

    fn way(&self, node: &Node, ways: &'static Ways) -> Way {
        if let Some(words) = &ways.words {
            return Way::Words(words);
        }
        let all = ways.all.iter().map(|way| self.patterns.get(*way));
        let mut fitting = all.clone().filter(|way| way.types.fit(node));
        let named = fitting.clone().find(|way| {
            let required = way.required.as_ref();
            required.is_some_and(|keys| keys.iter().all(|key| node.get(key).is_some()))
        });
        match named.or_else(|| fitting.next()) {
            Some(way) => Way::One(way),
            None => {
                let expected: Vec<Text> = all.map(|way| way.types.words()).collect();
                Way::None(either(&expected))
            }
        }
    }
}

enum Way {
    Words(&'static [&'static str]),
    One(&'static Pattern),
    None(Text),
}
