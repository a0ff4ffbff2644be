//! From the spot of a finding to line and column in the file.
//!
//! Invariant: every finding has a place. A spot whose route leads nowhere (a key that is not written, a step that came
//! from a shared one) is told at the last key of the route that is there.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use crate::finding::{Finding, Key, Route, Spot};
use crate::yaml::{Kind, Mark, Node, Span, Style};

/// Where a finding points: from its first character to behind its last, lines and columns from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Place {
    /// The first line.
    pub line: u32,
    /// The column of the first character.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column behind the last character.
    pub end_column: u32,
}

/// The texts and trees in which findings are looked up.
#[derive(Debug, Clone, Default)]
pub struct Places {
    files: BTreeMap<String, Arc<File>>,
}

#[derive(Debug, Clone)]
struct File {
    text: Arc<str>,
    /// Where each line begins and ends in the text, in bytes, without its end.
    lines: Vec<Range<usize>>,
    tree: Option<Node>,
}

impl Places {
    /// Adds a file: its text, and its tree if it is YAML that could be read.
    pub fn add(&mut self, file: &str, text: impl Into<Arc<str>>, tree: Option<Node>) {
        let text = text.into();
        let lines = lines(&text);
        self.files.insert(file.to_owned(), Arc::new(File { text, lines, tree }));
    }

    /// Adds the files of others; they are shared, not copied.
    pub(crate) fn join(&mut self, others: &Self) {
        self.files.extend(others.files.iter().map(|(name, file)| (name.clone(), Arc::clone(file))));
    }

    /// Returns where a finding points; line 1, column 1 when the file is unknown or meant as a whole.
    #[must_use]
    pub fn place(&self, finding: &Finding) -> Place {
        self.spot(&finding.file, &finding.spot)
    }

    /// Returns where a spot of a file is; line 1, column 1 when the file is unknown or meant as a whole.
    #[must_use]
    pub fn spot(&self, name: &str, spot: &Spot) -> Place {
        let file = self.files.get(name);
        if let Spot::At(line, column) = *spot {
            let at = Mark { line, column };
            return file.map_or_else(|| character(at), |file| file.word(at));
        }
        let Some(file) = file else { return START };
        match spot {
            Spot::File | Spot::At(..) => START,
            Spot::Key(route) => file.locate(route, true),
            Spot::Value(route) => file.locate(route, false),
            Spot::Inside(route, line, column) => match file.inside(route, *line, *column) {
                Some(at) => file.word(at),
                None => file.locate(route, false),
            },
        }
    }

    /// Returns an entry's place in a file, from its key to behind its value's last character.
    pub(crate) fn entry(&self, file: &str, (key, value): (Span, &Node)) -> Option<Place> {
        let file = self.files.get(file)?;
        let end = match &value.kind {
            // The end of what goes on over several lines is told where the next thing begins.
            Kind::Scalar(scalar) if scalar.style != Style::Block => value.span.end,
            _ if value.span.end.line > value.span.start.line => file.last_written(value.span),
            _ => value.span.end,
        };
        Some(span_place(Span { start: key.start, end: end.max(key.end) }))
    }

    /// Returns a line of a file, from 1, without its end.
    #[must_use]
    pub fn line_text(&self, file: &str, line: u32) -> Option<&str> {
        let at = usize::try_from(line).ok()?.checked_sub(1)?;
        let file = self.files.get(file)?;
        file.lines.get(at).and_then(|line| file.text.get(line.clone()))
    }

    /// Returns the tree of a YAML file.
    #[must_use]
    pub fn tree(&self, file: &str) -> Option<&Node> {
        self.files.get(file)?.tree.as_ref()
    }
}

const START: Place = Place { line: 1, column: 1, end_line: 1, end_column: 1 };

fn character(at: Mark) -> Place {
    let end_column = at.column.saturating_add(1);
    Place { line: at.line, column: at.column, end_line: at.line, end_column }
}

/// Splits as YAML does: at LF, CR, and CR LF.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = Vec::new();
    let mut bytes = text.bytes().enumerate().skip(start).peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte != b'\n' && byte != b'\r' {
            continue;
        }
        lines.push(start..at);
        let both = byte == b'\r' && bytes.next_if(|(_, next)| *next == b'\n').is_some();
        start = at + if both { 2 } else { 1 };
    }
    lines.push(start..text.len());
    lines
}

impl File {
    fn line(&self, line: u32) -> &str {
        let at = usize::try_from(line).unwrap_or(0).saturating_sub(1);
        self.lines.get(at).and_then(|line| self.text.get(line.clone())).unwrap_or_default()
    }

    /// Returns the word, text in quotes, or operator that begins at a place.
    fn word(&self, at: Mark) -> Place {
        let skipped = usize::try_from(at.column).unwrap_or(1).saturating_sub(1);
        let mut ahead = self.line(at.line).chars().skip(skipped).peekable();
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        let long = match ahead.peek().copied() {
            Some(quote @ ('"' | '\'' | '`')) => {
                let within: Vec<char> = ahead.skip(1).collect();
                within.iter().position(|c| *c == quote).map_or(1, |end| end + 2)
            }
            Some(c) if is_word(&c) => ahead.take_while(is_word).count(),
            Some(c) if "<>=!&|".contains(c) => ahead.take_while(|c| "<>=!&|".contains(*c)).count(),
            _ => 1,
        };
        let long = u32::try_from(long).unwrap_or(1).max(1);
        Place { end_column: at.column.saturating_add(long), ..character(at) }
    }

    fn locate(&self, route: &Route, at_key: bool) -> Place {
        let Some(tree) = &self.tree else { return START };
        let (mut node, mut key, mut found) = (tree, None, 0);
        for step in &route.0 {
            let Some((span, next)) = child(node, step) else { break };
            (node, key, found) = (next, span, found + 1);
        }
        let whole = found == route.0.len();
        match key {
            // A key that should be there and is not, and a value that is empty, are told at the key above.
            Some(span) if at_key || !whole || is_nothing(node) => span_place(span),
            _ if !whole && found == 0 => START,
            _ => self.value(node),
        }
    }

    /// A scalar is told whole; of a list or group that goes on over several lines, the first.
    fn value(&self, node: &Node) -> Place {
        let mut span = node.span;
        match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Block => {
                span.end = self.last_written(span)
            }
            Kind::Scalar(_) | Kind::Refused => {}
            Kind::Sequence(_) | Kind::Mapping(_) if span.end.line > span.start.line => {
                span.end = self.end_of_line(span.start.line);
            }
            Kind::Sequence(_) | Kind::Mapping(_) => {}
        }
        span_place(span)
    }

    fn end_of_line(&self, line: u32) -> Mark {
        let length = u32::try_from(self.line(line).trim_end().chars().count()).unwrap_or(u32::MAX);
        Mark { line, column: length.saturating_add(1) }
    }

    /// A block's end is told where the next thing begins; what is meant is the end of its last written line.
    fn last_written(&self, span: Span) -> Mark {
        let mut line = span.end.line;
        if span.end.column <= span.start.column {
            line = line.saturating_sub(1);
        }
        while line > span.start.line && self.line(line).trim().is_empty() {
            line -= 1;
        }
        self.end_of_line(line)
    }

    /// Finds a place of a scalar's own text in the file, by going through both side by side.
    fn inside(&self, route: &Route, line: u32, column: u32) -> Option<Mark> {
        let mut node = self.tree.as_ref()?;
        for step in &route.0 {
            node = child(node, step)?.1;
        }
        let Kind::Scalar(scalar) = &node.kind else { return None };
        let before = offset(&scalar.text, line, column)?;
        let mut source = Source::new(self, node.span.start);
        if matches!(scalar.style, Style::Single | Style::Double) {
            source.step();
        }
        // The parser tells where the first written line of a block begins; empty ones above it belong to the text too.
        let block = scalar.style == Style::Block;
        let empty = scalar.text.chars().take_while(|c| block && *c == '\n').count();
        let count = before.saturating_sub(empty);
        source.align(scalar.text.chars().skip(empty), count, scalar.style)
    }
}

/// Returns how many characters stand before a line and column of a text.
fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let above: usize = text.split('\n').take(line).map(|line| line.chars().count() + 1).sum();
    (above + column <= text.chars().count()).then_some(above + column)
}

/// Goes through a file's text character by character, with a line feed at the end of each line.
struct Source<'f> {
    ahead: Peekable<Box<dyn Iterator<Item = (Mark, char)> + 'f>>,
}

impl<'f> Source<'f> {
    fn new(file: &'f File, from: Mark) -> Self {
        let line_from = usize::try_from(from.line).unwrap_or(1).saturating_sub(1);
        let texts = file.lines.iter().skip(line_from);
        let texts = texts.map(|line| file.text.get(line.clone()).unwrap_or_default());
        let lines = (from.line..).zip(texts);
        let marked = lines.flat_map(|(line, text)| {
            let columns = 1_u32..;
            columns
                .zip(text.chars().chain(['\n']))
                .map(move |(column, c)| (Mark { line, column }, c))
        });
        let marked = marked.skip_while(move |(at, _)| *at < from);
        let ahead: Box<dyn Iterator<Item = (Mark, char)> + 'f> = Box::new(marked);
        Self { ahead: ahead.peekable() }
    }

    fn peek(&mut self) -> Option<char> {
        self.ahead.peek().map(|(_, c)| *c)
    }

    fn step(&mut self) {
        self.ahead.next();
    }

    fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        while self.ahead.next_if(|(_, c)| skipped(*c)).is_some() {}
    }

    /// Returns where the character after `count` ones of the text stands; nothing when text and file go apart.
    fn align(
        mut self,
        text: impl Iterator<Item = char>,
        count: usize,
        style: Style,
    ) -> Option<Mark> {
        let mut text = text;
        for c in text.by_ref().take(count) {
            self.pass(c, style)?;
        }
        if text.next().is_some_and(|c| !c.is_whitespace()) {
            self.skip_while(char::is_whitespace);
        }
        self.ahead.peek().map(|(at, _)| *at)
    }

    fn pass(&mut self, c: char, style: Style) -> Option<()> {
        if !c.is_whitespace() {
            self.skip_while(char::is_whitespace);
        }
        match (self.peek()?, style) {
            ('\\', Style::Double) => self.escape(),
            ('\'', Style::Single) => {
                self.step();
                self.step();
            }
            ('\n', _) if c.is_whitespace() => {
                self.step();
                self.skip_while(|c| c == ' ');
            }
            (here, _) if here == c => self.step(),
            // Folding leaves fewer or more line ends than were written.
            _ if c.is_whitespace() => {}
            _ => return None,
        }
        Some(())
    }

    fn escape(&mut self) {
        self.step();
        let digits = match self.peek() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        for _ in 0..=digits {
            self.step();
        }
    }
}

pub(crate) fn child<'n>(node: &'n Node, key: &Key) -> Option<(Option<Span>, &'n Node)> {
    match (&node.kind, key) {
        (Kind::Mapping(entries), Key::Name(name)) => {
            let (key, value) = entries.iter().find(|(key, _)| key.scalar.text == *name)?;
            Some((Some(key.span), value))
        }
        (Kind::Sequence(items), Key::Index(at)) => items.get(*at).map(|item| (None, item)),
        _ => None,
    }
}

fn is_nothing(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(s) if s.style == Style::Plain && s.text.is_empty())
}

fn span_place(span: Span) -> Place {
    let end = span.end.max(Mark { line: span.start.line, column: span.start.column });
    Place {
        line: span.start.line,
        column: span.start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
