//! Writes a tree as text again, with the comments and the groups of lines that stood in its file.
//!
//! Invariant: entries come in the order in which they were written; what stands in brackets over several lines, and text
//! over several lines, keeps its lines.

use std::collections::VecDeque;

use super::source::{Comment, Source};
use crate::plain::{Read, plain};
use crate::yaml::{KeyNode, Kind, Node, Scalar, Span, Style};

/// Blanks of one level.
const LEVEL: usize = 2;
/// The longest line to which a value below its key comes up, in characters.
const WIDTH: usize = 120;

pub(super) struct Writer<'s> {
    pub(super) source: &'s Source,
    pub(super) comments: VecDeque<Comment>,
    pub(super) out: Vec<String>,
    /// The last line of the source that was written.
    done: u32,
    line: String,
}

impl<'s> Writer<'s> {
    pub(super) fn new(source: &'s Source, comments: VecDeque<Comment>) -> Self {
        Self { source, comments, out: Vec::new(), done: 0, line: String::new() }
    }

    /// Writes the whole tree.
    pub(super) fn root(&mut self, tree: &Node) {
        let end = self.source.last_line() + 1;
        match &tree.kind {
            Kind::Mapping(_) | Kind::Sequence(_) if !self.source.is_flow(tree) => {
                self.block(tree, 0, false, end)
            }
            _ => {
                self.ahead(tree.span.start.line, 0);
                self.value(tree, 0, end);
            }
        }
        self.ahead(end, 0);
    }

    /// Writes the comments that stand before a line.
    fn ahead(&mut self, line: u32, indent: usize) {
        while let Some(comment) = self.comments.pop_front() {
            if comment.line >= line {
                self.comments.push_front(comment);
                break;
            }
            self.comment(&comment, indent);
        }
        if line <= self.source.last_line() {
            self.part(line);
        }
    }

    fn comment(&mut self, comment: &Comment, indent: usize) {
        self.part(comment.line);
        self.out.push(format!("{}{}", " ".repeat(indent), comment.text));
        self.done = self.done.max(comment.line);
    }

    /// Parts groups by one empty line where there were some.
    fn part(&mut self, line: u32) {
        let parted = (self.done + 1..line).any(|line| self.source.is_blank(line));
        if parted && self.out.last().is_some_and(|last| !last.is_empty()) {
            self.out.push(String::new());
        }
    }

    /// The comments behind the last entry of a block that are indented as it is belong to it.
    fn behind(&mut self, column: u32, parent: u32, indent: usize, until: u32) {
        while let Some(comment) = self.comments.front() {
            if !comment.own
                || comment.line >= until
                || comment.column < column
                || comment.column <= parent
            {
                return;
            }
            if let Some(comment) = self.comments.pop_front() {
                self.comment(&comment, indent);
            }
        }
    }

    /// Ends the line that is being written, which came from a line of the source.
    fn end(&mut self, line: u32) {
        let mut text = std::mem::take(&mut self.line);
        let here = |comment: &Comment| comment.line == line && !comment.own;
        if let Some(comment) = self.comments.front().filter(|comment| here(comment)) {
            let long = text.chars().count();
            let own = text.chars().take_while(|c| *c == ' ').count();
            let moved = isize::try_from(own).unwrap_or(0)
                - isize::try_from(self.source.indent(line)).unwrap_or(0);
            let column = usize::try_from(comment.column).unwrap_or(1) - 1;
            let column = column.checked_add_signed(moved).unwrap_or(column);
            let gap = column.saturating_sub(long).max(comment.gap.min(2)).max(1);
            text.push_str(&" ".repeat(gap));
            text.push_str(&comment.text);
            self.comments.pop_front();
        }
        self.out.push(text.trim_end().to_owned());
        self.done = self.done.max(line);
    }

    /// Writes a group or list over lines. `inline` when its first entry goes on with the line that is being written.
    fn block(&mut self, node: &Node, indent: usize, inline: bool, until: u32) {
        let count = match &node.kind {
            Kind::Mapping(entries) => entries.len(),
            Kind::Sequence(items) => items.len(),
            Kind::Scalar(_) | Kind::Refused => 0,
        };
        for at in 0..count {
            let next = start(node, at + 1).unwrap_or(until);
            if at > 0 || !inline {
                if let Some(line) = start(node, at) {
                    self.ahead(line, indent);
                }
                self.line.push_str(&" ".repeat(indent));
            }
            match &node.kind {
                Kind::Mapping(entries) => {
                    if let Some((key, value)) = entries.get(at) {
                        self.entry(key, value, node, indent, next);
                    }
                }
                Kind::Sequence(items) => {
                    if let Some(item) = items.get(at) {
                        self.line.push_str("- ");
                        self.item(item, node, indent, next);
                    }
                }
                Kind::Scalar(_) | Kind::Refused => {}
            }
        }
    }

    fn entry(&mut self, key: &KeyNode, value: &Node, parent: &Node, indent: usize, until: u32) {
        let line = key.span.start.line;
        let written = scalar(self.source, &key.scalar, key.span, false);
        self.line.push_str(&written.unwrap_or_else(|| key.scalar.text.clone()));
        self.line.push(':');
        if is_nothing(value) {
            self.end(line);
        } else if self.is_block(value) {
            self.end(line);
            self.block(value, indent + LEVEL, false, until);
            self.behind(value.span.start.column, parent.span.start.column, indent + LEVEL, until);
        } else {
            self.line.push(' ');
            self.value(value, indent, line);
        }
    }

    fn item(&mut self, item: &Node, parent: &Node, indent: usize, until: u32) {
        if is_nothing(item) {
            self.line.pop();
            self.end(item.span.start.line);
        } else if self.is_block(item) {
            self.block(item, indent + LEVEL, true, until);
            self.behind(item.span.start.column, parent.span.start.column, indent + LEVEL, until);
        } else {
            self.value(item, indent, item.span.start.line);
        }
    }

    fn is_block(&self, node: &Node) -> bool {
        matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_)) && !self.source.is_flow(node)
    }

    /// Writes what stands on the line of its key, or goes on from there. `line` is the key's.
    fn value(&mut self, node: &Node, indent: usize, line: u32) {
        let text = flow(self.source, node, false);
        let first = node.span.start.line;
        let room = WIDTH.saturating_sub(self.line.chars().count());
        // What stands in brackets below its key comes up if it is one line and there is room.
        if first > line
            && self.source.is_flow(node)
            && text.as_ref().is_none_or(|text| text.chars().count() > room)
        {
            self.line.pop();
            self.end(line);
            self.line = " ".repeat(indent + LEVEL);
            return match text {
                Some(text) => {
                    self.line.push_str(&text);
                    self.end(first);
                }
                None => self.several(node, indent + LEVEL, first),
            };
        }
        if let Some(text) = text {
            self.line.push_str(&text);
            // A value below its key comes up to it; its comment comes along.
            let end = self.source.span(node).end.line;
            if line < end && !self.comments.front().is_some_and(|c| c.line == end && !c.own) {
                self.end(line);
                self.done = self.done.max(end);
            } else {
                self.end(end);
            }
            return;
        }
        self.several(node, indent, line);
    }

    /// Keeps the lines of a value of several lines, and moves all of them as far as its key's line was moved.
    fn several(&mut self, node: &Node, indent: usize, line: u32) {
        let Span { start: from, end: to } = self.source.span(node);
        self.line.push_str(&self.source.part(from.line, from.column, u32::MAX));
        let folded = matches!(&node.kind, Kind::Scalar(scalar) if scalar.style != Style::Block);
        let old = self.source.indent(line.min(from.line));
        for at in from.line + 1..=to.line {
            let text = std::mem::take(&mut self.line);
            self.out.push(text);
            if self.source.is_blank(at) {
                continue;
            }
            let own = self.source.indent(at);
            let new = if folded { indent + LEVEL } else { (own + indent).saturating_sub(old) };
            let column = u32::try_from(own).unwrap_or(0) + 1;
            let last = if at == to.line { to.column } else { u32::MAX };
            self.line = format!("{}{}", " ".repeat(new), self.source.part(at, column, last));
        }
        self.end(to.line);
    }
}

/// Returns the line that an entry of a group or list begins on.
fn start(node: &Node, at: usize) -> Option<u32> {
    match &node.kind {
        Kind::Mapping(entries) => entries.get(at).map(|(key, _)| key.span.start.line),
        Kind::Sequence(items) => items.get(at).map(|item| item.span.start.line),
        Kind::Scalar(_) | Kind::Refused => None,
    }
}

fn is_nothing(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(s) if s.style == Style::Plain && s.text.is_empty())
}

/// Returns a value of one line; nothing for one of several.
fn flow(source: &Source, node: &Node, within: bool) -> Option<String> {
    let span = source.span(node);
    if span.start.line != span.end.line {
        return None;
    }
    match &node.kind {
        Kind::Scalar(text) => scalar(source, text, node.span, within),
        Kind::Refused => None,
        Kind::Sequence(items) => {
            let quoted = items.iter().any(needs_quotes);
            let items = items.iter().map(|item| member(source, item, quoted));
            Some(format!("[{}]", items.collect::<Option<Vec<String>>>()?.join(", ")))
        }
        Kind::Mapping(entries) => {
            let mut written = Vec::new();
            let quoted = entries.iter().any(|(_, value)| needs_quotes(value));
            for (key, value) in entries {
                let key = scalar(source, &key.scalar, key.span, true)?;
                let value = if is_nothing(value) {
                    String::new()
                } else {
                    format!(" {}", member(source, value, quoted)?)
                };
                written.push(format!("{key}:{value}"));
            }
            Some(format!("{{{}}}", written.join(", ")))
        }
    }
}

/// Returns a value in brackets; beside one that needs its quotes, the others keep theirs.
fn member(source: &Source, node: &Node, quoted: bool) -> Option<String> {
    match &node.kind {
        Kind::Scalar(text) if quoted && text.style != Style::Plain => {
            let span = source.scalar(text, node.span);
            let one = span.start.line == span.end.line;
            one.then(|| source.part(span.start.line, span.start.column, span.end.column))
        }
        _ => flow(source, node, true),
    }
}

fn needs_quotes(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(s) if s.style != Style::Plain && !needs_no_quotes(&s.text))
}

/// Returns a scalar of one line as it was written, without quotes that it does not need.
fn scalar(source: &Source, scalar: &Scalar, span: Span, within: bool) -> Option<String> {
    let span = source.scalar(scalar, span);
    if span.start.line != span.end.line || scalar.style == Style::Block {
        return None;
    }
    if scalar.style != Style::Plain && needs_no_quotes(&scalar.text) {
        return Some(scalar.text.clone());
    }
    if scalar.style == Style::Plain && scalar.text.is_empty() && within {
        return None;
    }
    Some(source.part(span.start.line, span.start.column, span.end.column))
}

/// Tells whether text means the same without quotes, to every reader of YAML and to a person.
fn needs_no_quotes(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || "_-.，。；（）、".contains(c);
    let lower = text.to_lowercase();
    text.starts_with(char::is_alphabetic)
        && text.chars().all(word)
        && plain(text) == Read::Text
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&lower.as_str())
}
