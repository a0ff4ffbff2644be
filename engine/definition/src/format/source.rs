//! The text of a file beside its tree: where scalars really end, what is a comment, which lines are empty.
//!
//! Invariant: a `#` inside of a scalar is no comment, and every other one behind a blank or at a line's beginning is.

use std::collections::VecDeque;

use crate::yaml::{Kind, Mark, Node, Scalar, Span, Style};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) text: String,
    /// Whether it stands on a line of its own.
    pub(super) own: bool,
    /// The blanks before it, where it does not.
    pub(super) gap: usize,
}

/// The lines of a file.
pub(super) struct Source {
    lines: Vec<Vec<char>>,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        Self { lines: text.split('\n').map(|line| line.chars().collect()).collect() }
    }

    pub(super) fn last_line(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn line(&self, line: u32) -> &[char] {
        let at = usize::try_from(line).unwrap_or(0).saturating_sub(1);
        self.lines.get(at).map_or(&[], Vec::as_slice)
    }

    /// Returns a line from one column to before another.
    pub(super) fn part(&self, line: u32, from: u32, to: u32) -> String {
        let index = |column: u32| usize::try_from(column).unwrap_or(1).saturating_sub(1);
        let chars = self.line(line).iter().take(index(to)).skip(index(from));
        chars.collect::<String>().trim_end().to_owned()
    }

    pub(super) fn indent(&self, line: u32) -> usize {
        self.line(line).iter().take_while(|c| **c == ' ').count()
    }

    pub(super) fn is_blank(&self, line: u32) -> bool {
        self.line(line).iter().all(|c| c.is_whitespace())
    }

    fn char(&self, at: Mark) -> Option<char> {
        self.line(at.line).get(usize::try_from(at.column).ok()?.checked_sub(1)?).copied()
    }

    /// Tells whether a list or group is written in brackets.
    pub(super) fn is_flow(&self, node: &Node) -> bool {
        match node.kind {
            Kind::Mapping(_) => self.char(node.span.start) == Some('{'),
            Kind::Sequence(_) => self.char(node.span.start) == Some('['),
            Kind::Scalar(_) | Kind::Refused => false,
        }
    }

    /// Returns where a scalar begins and ends; the parser tells the end of a long one only where the next thing begins.
    pub(super) fn scalar(&self, scalar: &Scalar, span: Span) -> Span {
        let start = match scalar.style {
            Style::Block => self.header(span.start).unwrap_or(span.start),
            _ => span.start,
        };
        let end = match scalar.style {
            Style::Single | Style::Double => self.quote_end(scalar.style, start),
            Style::Plain if span.end.line == start.line => span.end,
            Style::Plain => self.plain_end(&scalar.text, start, span.end.line),
            Style::Block => self.block_end(start, span.end.line),
        };
        Span { start, end }
    }

    fn quote_end(&self, style: Style, start: Mark) -> Mark {
        let quote = if style == Style::Single { '\'' } else { '"' };
        let mut at = Mark { column: start.column + 1, ..start };
        while at.line <= self.last_line() {
            match self.char(at) {
                None => {
                    at = Mark { line: at.line + 1, column: 1 };
                    continue;
                }
                Some('\\') if style == Style::Double => at.column += 1,
                Some(c) if c == quote => {
                    let doubled = Mark { column: at.column + 1, ..at };
                    if style == Style::Double || self.char(doubled) != Some(quote) {
                        return doubled;
                    }
                    at.column += 1;
                }
                Some(_) => {}
            }
            at.column += 1;
        }
        at
    }

    /// Plain text ends with its last character, wherever blanks and line ends were folded.
    fn plain_end(&self, text: &str, start: Mark, last: u32) -> Mark {
        let mut left = text.chars().filter(|c| !c.is_whitespace()).count();
        let mut at = start;
        while left > 0 && at.line <= last {
            match self.char(at) {
                None => at = Mark { line: at.line + 1, column: 1 },
                Some(c) => {
                    left -= usize::from(!c.is_whitespace());
                    at.column += 1;
                }
            }
        }
        at
    }

    /// Returns where the `|` or `>` of a block stands; the parser tells where its first written line begins.
    fn header(&self, first: Mark) -> Option<Mark> {
        let line = (1..first.line).rev().find(|line| !self.is_blank(*line))?;
        let chars = self.line(line);
        let is_header = |at: &usize| {
            let rest: String = chars.iter().skip(*at).collect();
            let after = rest
                .trim_start_matches(['|', '>'])
                .trim_start_matches(['-', '+', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            rest.starts_with(['|', '>']) && (after.trim().is_empty() || after.starts_with(" #"))
        };
        let at = (0..chars.len()).find(is_header)?;
        Some(Mark { line, column: u32::try_from(at).ok()? + 1 })
    }

    /// A block holds the lines that are indented as its first one is, and the empty ones between.
    fn block_end(&self, start: Mark, last: u32) -> Mark {
        let after = (start.line + 1..=last.max(start.line + 1)).find(|line| !self.is_blank(*line));
        let indent = after.map_or(1, |line| self.indent(line).max(1));
        let within = |line: &u32| self.is_blank(*line) || self.indent(*line) >= indent;
        let lines = (start.line + 1..=self.last_line()).take_while(within);
        let end = lines.filter(|line| !self.is_blank(*line)).last().unwrap_or(start.line);
        Mark { line: end, column: u32::try_from(self.line(end).len()).unwrap_or(0) + 1 }
    }

    /// Returns where a node begins and ends.
    pub(super) fn span(&self, node: &Node) -> Span {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(scalar, node.span),
            _ => node.span,
        }
    }

    /// Returns the comments, in order; those inside of what is kept as it is written are part of it.
    pub(super) fn comments(&self, tree: &Node) -> VecDeque<Comment> {
        let mut solid = Vec::new();
        self.solid(tree, &mut solid);
        solid.sort_by_key(|span| span.start);
        let mut solid = solid.into_iter().peekable();
        let mut found = VecDeque::new();
        for line in 1..=self.last_line() {
            let mut at = Mark { line, column: 1 };
            while let Some(c) = self.char(at) {
                while solid.next_if(|span| span.end <= at).is_some() {}
                match solid.peek() {
                    Some(span) if span.start <= at => {
                        if span.end.line > line {
                            break;
                        }
                        at.column = span.end.column.max(at.column + 1);
                        solid.next();
                        continue;
                    }
                    _ => {}
                }
                let before = self.part(line, 1, at.column);
                let gap = usize::try_from(at.column).unwrap_or(1) - 1 - before.chars().count();
                if c == '#' && (gap > 0 || before.is_empty()) {
                    let text = self.part(line, at.column, u32::MAX);
                    found.push_back(Comment {
                        line,
                        column: at.column,
                        text,
                        own: before.is_empty(),
                        gap,
                    });
                    break;
                }
                at.column += 1;
            }
        }
        found
    }

    fn solid(&self, node: &Node, spans: &mut Vec<Span>) {
        if self.is_flow(node) && node.span.start.line != node.span.end.line {
            spans.push(node.span);
            return;
        }
        match &node.kind {
            Kind::Scalar(scalar) if !scalar.text.is_empty() || scalar.style != Style::Plain => {
                spans.push(self.scalar(scalar, node.span));
            }
            Kind::Scalar(_) | Kind::Refused => {}
            Kind::Sequence(items) => items.iter().for_each(|item| self.solid(item, spans)),
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    spans.push(self.scalar(&key.scalar, key.span));
                    self.solid(value, spans);
                }
            }
        }
    }
}
