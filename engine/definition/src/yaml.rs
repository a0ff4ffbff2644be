//! A reading of YAML text that keeps the place of every node.
//!
//! Invariant: linear in the text and bounded (size, depth, nodes) before any other reader sees it, so a hostile file
//! ends in a finding. What this reading refuses (anchors, tags, merge keys, several documents) the typed reading
//! never meets.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as RawSpan, StrInput};

use crate::Text;
use crate::finding::{Finding, Spot};
use crate::syntax;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting of lists and groups.
pub const MAX_DEPTH: usize = 64;
/// The most values and keys in one file.
pub const MAX_NODES: usize = 100_000;

/// A place in a file: line and column, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// From where to where something stands; the end is behind its last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first character.
    pub start: Mark,
    /// Behind its last character.
    pub end: Mark,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'single quotes'`.
    Single,
    /// In `"double quotes"`.
    Double,
    /// As a block, with `|` or `>`.
    Block,
}

/// One scalar: a key or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, quotes and escapes taken away.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text, a number, yes or no, or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A group: keys with values, in the file's order, each key once.
    Mapping(Vec<(KeyNode, Node)>),
    /// Something that a finding has refused already; later readers pass over it.
    Refused,
}

/// A node and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// A key of a group and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNode {
    /// The key.
    pub scalar: Scalar,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// Returns the value under a key of a group.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Mapping(entries) = &self.kind else { return None };
        entries.iter().find(|(k, _)| k.scalar.text == key).map(|(_, value)| value)
    }
}

/// Reads the text of one file. The tree is there unless the text could not be read to its end.
#[must_use]
pub fn read(file: &str, text: &str) -> (Option<Node>, Vec<Finding>) {
    if text.len() > MAX_BYTES {
        let message = Text::new(
            format!("文件太大：最多 {MAX_BYTES} 字节，现有 {} 字节", text.len()),
            format!("the file is too large: at most {MAX_BYTES} bytes, found {}", text.len()),
        );
        return (None, vec![Finding::error("yaml-too-large", file, Spot::File, message)]);
    }
    let refused = syntax::control_characters(file, text);
    if !refused.is_empty() {
        return (None, refused);
    }
    let mut reader =
        Reader { file, events: Parser::new_from_str(text), nodes: 0, findings: Vec::new() };
    let tree = reader.document().ok().flatten();
    (tree, reader.findings)
}

/// The reading cannot go on; the finding that says why is kept already.
struct Stop;

struct Reader<'t> {
    file: &'t str,
    events: Parser<'t, StrInput<'t>>,
    nodes: usize,
    findings: Vec<Finding>,
}

type Next<'t> = (Event<'t>, RawSpan);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<Next<'t>>, Stop> {
        match self.events.next_event() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(fault)) => Err(self.fault(&fault)),
        }
    }

    fn fault(&mut self, fault: &ScanError) -> Stop {
        let at = mark(*fault.marker());
        self.tell(syntax::fault(self.file, at, fault.info()))
    }

    fn tell(&mut self, finding: Finding) -> Stop {
        self.findings.push(finding);
        Stop
    }

    fn tell_at(&mut self, code: &'static str, at: Mark, message: Text, help: Text) -> Stop {
        let spot = Spot::At(at.line, at.column);
        self.tell(Finding::error(code, self.file, spot, message).help(help))
    }

    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(self.tell_at(
                        "yaml-several-documents",
                        mark(span.start),
                        Text::new("一个文件里只能有一份内容", "a file holds one document only"),
                        Text::new(
                            "去掉 `---`，或分成几个文件",
                            "remove the `---`, or make several files of it",
                        ),
                    ));
                }
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
                Event::DocumentEnd | Event::Nothing => {}
                event => root = Some(self.node((event, span), 1)?),
            }
        }
        if root.is_none() {
            let message = Text::new("文件里没有内容", "there is nothing in the file");
            self.findings.push(Finding::error("yaml-empty", self.file, Spot::File, message));
        }
        Ok(root)
    }

    fn node(&mut self, (event, span): Next<'t>, depth: usize) -> Result<Node, Stop> {
        self.bound(span, depth)?;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                let scalar = Scalar { text: text.into_owned(), style: own(style) };
                Ok(Node { kind: Kind::Scalar(scalar), span: whole(span) })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                self.sequence(span, depth)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                self.mapping(span, depth)
            }
            // An alias. Every other event ends or begins a document and cannot stand here.
            _ => {
                self.refuse(span, 1, false);
                Ok(Node { kind: Kind::Refused, span: whole(span) })
            }
        }
    }

    fn bound(&mut self, span: RawSpan, depth: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            let finding = syntax::too_deep(self.file, mark(span.start));
            return Err(self.tell(finding));
        }
        if self.nodes > MAX_NODES {
            return Err(self.tell_at(
                "yaml-too-large",
                mark(span.start),
                Text::new(
                    format!("内容太多：最多 {MAX_NODES} 项"),
                    format!("too much in one file: at most {MAX_NODES} values"),
                ),
                Text::new("分成几个文件", "make several files of it"),
            ));
        }
        Ok(())
    }

    fn refuse(&mut self, span: RawSpan, anchor: usize, tagged: bool) {
        if anchor > 0 {
            self.tell_at(
                "yaml-anchor",
                mark(span.start),
                Text::new(
                    "不能使用锚点（`&`）和别名（`*`）",
                    "anchors (`&`) and aliases (`*`) are not read",
                ),
                Text::new(
                    "把内容写全；若本是文字，请加引号；共用的步骤用 `use`",
                    "write it out; put quotes around it if it is text; steps are shared by `use`",
                ),
            );
        }
        if tagged {
            self.tell_at(
                "yaml-tag",
                mark(span.start),
                Text::new("不能使用标签（`!`）", "tags (`!`) are not read"),
                Text::new(
                    "去掉标签；若本是文字，请加引号",
                    "remove it; put quotes around it if it is text",
                ),
            );
        }
    }

    fn sequence(&mut self, start: RawSpan, depth: usize) -> Result<Node, Stop> {
        let mut items: Vec<Node> = Vec::new();
        loop {
            match self.next()? {
                Some((Event::SequenceEnd, end)) => {
                    let last = items.last().map(|item| item.span.end);
                    return Ok(Node {
                        span: around(start, end, last),
                        kind: Kind::Sequence(items),
                    });
                }
                Some(next) => items.push(self.node(next, depth + 1)?),
                None => return Err(self.unended(start)),
            }
        }
    }

    fn mapping(&mut self, start: RawSpan, depth: usize) -> Result<Node, Stop> {
        let mut entries: Vec<(KeyNode, Node)> = Vec::new();
        let mut seen = Seen::default();
        let mut last = None;
        loop {
            let key = match self.next()? {
                Some((Event::MappingEnd, end)) => {
                    return Ok(Node {
                        span: around(start, end, last),
                        kind: Kind::Mapping(entries),
                    });
                }
                Some(next) => self.node(next, depth + 1)?,
                None => return Err(self.unended(start)),
            };
            let Some(next) = self.next()? else { return Err(self.unended(start)) };
            let value = self.node(next, depth + 1)?;
            last = Some(value.span.end);
            if let Some(key) = self.key(key, &entries, &mut seen) {
                entries.push(if key.scalar.text == MERGE && key.scalar.style == Style::Plain {
                    (key, Node { kind: Kind::Refused, ..value })
                } else {
                    (key, value)
                });
            }
        }
    }

    /// Returns the key, if it is text that has not stood in this group before.
    fn key(&mut self, node: Node, before: &[(KeyNode, Node)], seen: &mut Seen) -> Option<KeyNode> {
        let at = node.span.start;
        let scalar = match node.kind {
            Kind::Scalar(scalar) => scalar,
            Kind::Refused => return None,
            Kind::Sequence(_) | Kind::Mapping(_) => {
                self.tell_at(
                    "value-kind",
                    at,
                    Text::new("键必须是文字", "a key has to be text"),
                    Text::new(
                        "若本是文字，请给整个键加引号",
                        "put quotes around the whole key if it is text",
                    ),
                );
                return None;
            }
        };
        if scalar.text == MERGE && scalar.style == Style::Plain {
            self.tell_at(
                "yaml-merge-key",
                at,
                Text::new("不能使用合并键 `<<`", "the merge key `<<` is not read"),
                Text::new("把内容写全", "write out what it stands for"),
            );
        }
        let Some(first) = seen.first(&scalar.text, before) else {
            return Some(KeyNode { scalar, span: node.span });
        };
        let name = syntax::shown(&scalar.text);
        let message = Text::new(
            format!("键 `{name}` 重复：第 {} 行第 {} 列已经有了", first.line, first.column),
            format!(
                "the key `{name}` stands here twice: first at line {}, column {}",
                first.line, first.column
            ),
        );
        let help = Text::new("去掉或改名其中一个", "remove or rename one of them");
        let spot = Spot::At(at.line, at.column);
        let finding = Finding::error("yaml-duplicate-key", self.file, spot, message);
        self.findings.push(finding.help(help).see(
            self.file,
            Spot::At(first.line, first.column),
            Text::new("第一个在这里", "the first stands here"),
        ));
        None
    }

    fn unended(&mut self, start: RawSpan) -> Stop {
        self.tell(syntax::fault(self.file, mark(start.start), "unexpected end"))
    }
}

/// The keys of a group of many, found at once, so that reading stays linear.
#[derive(Default)]
struct Seen {
    marks: HashMap<String, Mark>,
    /// How many entries of the group are among them.
    taken: usize,
}

impl Seen {
    /// Groups of no more keys are looked through.
    const FEW: usize = 16;

    /// Returns where a key stands among the entries before it.
    fn first(&mut self, name: &str, before: &[(KeyNode, Node)]) -> Option<Mark> {
        if before.len() <= Self::FEW {
            let same = before.iter().find(|(key, _)| key.scalar.text == name);
            return same.map(|(key, _)| key.span.start);
        }
        for (key, _) in before.iter().skip(self.taken) {
            self.marks.insert(key.scalar.text.clone(), key.span.start);
        }
        self.taken = before.len();
        self.marks.get(name).copied()
    }
}

/// The key with which YAML 1.1 copied one group into another.
pub(crate) const MERGE: &str = "<<";

fn own(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

fn mark(raw: saphyr_parser::Marker) -> Mark {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Mark { line: small(raw.line()).max(1), column: small(raw.col()).saturating_add(1) }
}

fn whole(span: RawSpan) -> Span {
    Span { start: mark(span.start), end: mark(span.end) }
}

/// Returns the span of a list or group: a block one ends with its last child, as its end is told only where the next
/// thing begins; one in brackets ends with its bracket.
fn around(start: RawSpan, end: RawSpan, last: Option<Mark>) -> Span {
    let end = match last {
        Some(last) if end.is_empty() => last,
        _ => mark(end.end),
    };
    Span { start: mark(start.start), end }
}
