//! One walk over the definitions, which writes down every name used and every expression, with its place.
//!
//! Invariant: each file is walked once and each use is told once; what a use means is for the checks.

mod effect;
mod files;
mod process;
mod step;

use std::borrow::Cow;

use xueji_definition::file::Expr;
use xueji_definition::value::Type;

use crate::site::Site;
use crate::types::Types;

pub(crate) use process::innermost;

/// What kind of thing a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NameKind {
    Class,
    Codes,
    Day,
    Form,
    Materials,
    Notice,
    Parameter,
    Person,
    Process,
    Query,
    Record,
    Role,
    Rule,
    Series,
    Template,
    Unit,
    Window,
}

/// Where in a process something is evaluated: inside which for-each, and with what as subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scene<'a> {
    /// The innermost for-each around it.
    pub(crate) each: Option<&'a str>,
    /// The query whose rows are the subject, for its include rules.
    pub(crate) row_of: Option<&'a str>,
}

/// A name used.
#[derive(Debug, Clone)]
pub(crate) struct NameUse<'a> {
    pub(crate) kind: NameKind,
    pub(crate) name: &'a str,
    pub(crate) site: Site,
    pub(crate) scene: Scene<'a>,
}

/// What an expression has to give.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Want {
    Any,
    Bool,
    Date,
    Int,
    /// What is made into text to name something: text, a number or a date.
    Key,
    Number,
    Text,
    Of(Type),
}

/// An expression, where it stands, and what it has to give.
#[derive(Debug, Clone)]
pub(crate) struct ExprUse<'a> {
    pub(crate) expr: Cow<'a, Expr>,
    pub(crate) site: Site,
    pub(crate) want: Want,
    pub(crate) scene: Scene<'a>,
    /// Line and column of its first character in the scalar, where it does not begin with it.
    pub(crate) offset: Option<(u32, u32)>,
}

/// The uses of one process, form, notice and so on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses<'a> {
    pub(crate) names: Vec<NameUse<'a>>,
    pub(crate) exprs: Vec<ExprUse<'a>>,
}

/// Something that is written once and used by processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shared<'a> {
    Fact(&'a str),
    Form(&'a str),
    Materials(&'a str),
    Notice(&'a str),
    Query(&'a str),
    Series(&'a str),
}

/// Every use in all files.
#[derive(Debug, Default)]
pub(crate) struct Walk<'a> {
    /// By process, in order of id.
    pub(crate) processes: Vec<(&'a str, Uses<'a>)>,
    /// What processes share.
    pub(crate) shared: std::collections::BTreeMap<Shared<'a>, Uses<'a>>,
    /// Files that nothing is evaluated in: organisation, records, parameters.
    pub(crate) others: Uses<'a>,
}

impl<'a> Walk<'a> {
    /// Walks all definitions.
    pub(crate) fn over(types: &Types<'a>) -> Self {
        let definitions = types.definitions;
        let mut walk = Self::default();
        for (id, process) in &definitions.processes {
            walk.processes.push((id, process::uses(definitions, process)));
        }
        files::walk(types, &mut walk);
        walk
    }

    /// Returns every name used, wherever.
    pub(crate) fn names(&self) -> impl Iterator<Item = &NameUse<'a>> {
        let processes = self.processes.iter().map(|(_, uses)| uses);
        processes.chain(self.shared.values()).chain([&self.others]).flat_map(|uses| &uses.names)
    }

    /// Returns every expression, wherever.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &ExprUse<'a>> {
        let processes = self.processes.iter().map(|(_, uses)| uses);
        processes.chain(self.shared.values()).chain([&self.others]).flat_map(|uses| &uses.exprs)
    }
}

/// Collects the uses of one place after the other, all in one scene.
pub(crate) struct Collector<'a> {
    pub(crate) uses: Uses<'a>,
    pub(crate) scene: Scene<'a>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new() -> Self {
        Self { uses: Uses::default(), scene: Scene::default() }
    }

    pub(crate) fn name(&mut self, kind: NameKind, name: &'a str, site: Site) {
        self.uses.names.push(NameUse { kind, name, site, scene: self.scene });
    }

    pub(crate) fn names(&mut self, kind: NameKind, names: &'a [String], site: &Site) {
        for (at, name) in names.iter().enumerate() {
            self.name(kind, name, site.then(at));
        }
    }

    pub(crate) fn expr(&mut self, expr: &'a Expr, want: Want, site: Site) {
        let expr = Cow::Borrowed(expr);
        self.uses.exprs.push(ExprUse { expr, site, want, scene: self.scene, offset: None });
    }

    pub(crate) fn maybe(
        &mut self,
        expr: Option<&'a Expr>,
        want: Want,
        site: impl FnOnce() -> Site,
    ) {
        if let Some(expr) = expr {
            self.expr(expr, want, site());
        }
    }

    /// The expressions in `{braces}` of a text.
    pub(crate) fn braces(&mut self, text: &str, site: &Site) {
        let (mut line, mut column) = (1, 1);
        let mut open: Option<(u32, u32, String)> = None;
        for c in text.chars() {
            match (&mut open, c) {
                (None, '{') => open = Some((line, column + 1, String::new())),
                (Some(_), '}') => {
                    if let Some((at_line, at_column, inside)) = open.take() {
                        self.brace(&inside, (at_line, at_column), site);
                    }
                }
                (Some((.., inside)), c) => inside.push(c),
                (None, _) => {}
            }
            if c == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        if let Some((at_line, at_column, inside)) = open {
            // A brace that is never closed: the runtime refuses such a text, and the script reader will, too.
            self.brace(&format!("{{{inside}"), (at_line, at_column.saturating_sub(1)), site);
        }
    }

    fn brace(&mut self, inside: &str, (line, column): (u32, u32), site: &Site) {
        let blanks = inside.chars().take_while(|c| c.is_whitespace()).count();
        let column = column + u32::try_from(blanks).unwrap_or(0);
        self.uses.exprs.push(ExprUse {
            expr: Cow::Owned(Expr(inside.trim().to_owned())),
            site: site.clone(),
            want: Want::Any,
            scene: self.scene,
            offset: Some((line, column)),
        });
    }
}
