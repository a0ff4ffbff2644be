//! From a script to the conditions under which it says yes, says no, or stops.
//!
//! Invariant: scripts are followed as they run, in order and short-circuited. What is not followed is one unknown, kept
//! by how it is written; work is bounded, and what goes beyond is such an unknown, too.

use std::collections::BTreeMap;

use rhai::{Expr, FnCallExpr, FnPtr, Position, Stmt};
use xueji_definition::value::Type;

use super::Ground;
use super::cases::Cases;
use super::domain::{Domain, Texts};
use super::formula::{Cond, Formula, Sum, Unknown};
use super::interval::Numbers;
use super::ratio::Ratio;
use super::term::{Known, Term, Val, decimal};
use super::written::{Link, Writer, links};
use crate::problem::Spot;
use crate::typing::script::Script;

/// How many steps the reading of one script may take.
const STEPS: usize = 6_000;
/// How deep calls among a file's functions are followed.
const DEPTH: usize = 8;

/// That a script is too large to be followed, or does what is not followed.
#[derive(Debug)]
pub(crate) struct TooHard;

pub(crate) type Read<T> = Result<T, TooHard>;

/// What is known of an unknown before anything is asked.
#[derive(Debug, Clone)]
pub(crate) struct Nature {
    pub(crate) domain: Domain,
    /// Whether a number is a whole one; dates always are.
    pub(crate) whole: bool,
}

/// What unknowns are, by name.
pub(crate) type Natures = BTreeMap<Unknown, Nature>;

/// Variables, innermost last.
pub(crate) type Scope = Vec<(String, Val)>;

/// Reads one script.
pub(crate) struct Reader<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) script: &'a Script,
    pub(crate) natures: &'a mut Natures,
    /// What was not looked into, and where it stands.
    pub(crate) opaque: BTreeMap<String, Spot>,
    /// How many unknowns of this session are like nothing else.
    pub(crate) fresh: &'a mut usize,
    pub(crate) steps: usize,
    pub(crate) depth: usize,
    pub(crate) at: Spot,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        ground: &'a Ground,
        script: &'a Script,
        natures: &'a mut Natures,
        fresh: &'a mut usize,
    ) -> Self {
        let (opaque, at) = (BTreeMap::new(), Spot::START);
        Self { ground, script, natures, opaque, fresh, steps: 0, depth: 0, at }
    }

    pub(crate) fn spend(&mut self, steps: usize) -> Read<()> {
        self.steps += steps;
        if self.steps > STEPS { Err(TooHard) } else { Ok(()) }
    }

    /// Writes down what an unknown is.
    pub(crate) fn nature(&mut self, unknown: &Unknown, domain: Domain, whole: bool) {
        if !self.natures.contains_key(unknown) {
            self.natures.insert(unknown.clone(), Nature { domain, whole });
        }
    }

    /// Returns an unknown for what is not looked into. A total one never stops.
    pub(crate) fn opaque(&mut self, text: &str, domain: Domain, whole: bool, total: bool) -> Cases {
        let unknown = Unknown::Opaque(text.into());
        self.opaque.entry(text.to_owned()).or_insert(self.at);
        self.nature(&unknown, Domain { missing: !total, ..domain.clone() }, whole);
        self.unknown(&unknown, domain, whole, text, !total)
    }

    /// The values of an unknown, and when it stops.
    fn unknown(
        &self,
        unknown: &Unknown,
        domain: Domain,
        whole: bool,
        text: &str,
        may_stop: bool,
    ) -> Cases {
        let sum = || Sum::of(unknown.clone());
        let only = |kind: Domain| domain.meet(&kind.complement()).is_empty();
        let term = if only(Domain::numbers(Numbers::all())) {
            Term::Number(sum(), whole)
        } else if only(Domain::dates(Numbers::all())) {
            Term::Date(sum())
        } else if only(Domain::texts(Texts::ALL)) {
            Term::Text(Known::Unknown(unknown.clone()))
        } else if only(Domain::truths()) {
            let Cond { yes, no, .. } = Cond::unknown(unknown);
            Term::Truth(Cond { yes, no, stop: Formula::False })
        } else {
            Term::Any(unknown.clone())
        };
        let val = Val { term, text: text.to_owned() };
        if !may_stop {
            return Cases::one(val);
        }
        Cases {
            values: vec![(Formula::within(unknown, domain), val)],
            stop: Formula::within(unknown, Domain::missing()),
        }
    }

    pub(crate) fn opaque_truth(&mut self, text: &str, total: bool) -> Cond {
        self.opaque(text, Domain::truths(), false, total).cond()
    }

    /// The type of a path, if it is known.
    pub(crate) fn type_of(&self, path: &str) -> Option<&'a Type> {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let root = self.ground.env.roots.get(root)?;
        rest.split('.').filter(|key| !key.is_empty()).try_fold(root, |ty, key| match ty {
            Type::Map(fields) => fields.get(key),
            _ => None,
        })
    }

    /// The unknown of a path, its nature written down.
    pub(crate) fn path_unknown(&mut self, path: &str) -> Unknown {
        let unknown = Unknown::Path(path.into());
        if !self.natures.contains_key(&unknown) {
            let (domain, whole) = self.ground.domain(path, self.type_of(path));
            self.nature(&unknown, domain, whole);
        }
        unknown
    }

    /// The value at a path, used.
    pub(crate) fn path(&mut self, path: &str) -> Cases {
        if let Some(value) = self.ground.constant(path)
            && let Some(val) = Val::of(value, path)
        {
            return Cases::one(val);
        }
        let unknown = self.path_unknown(path);
        let Nature { domain, whole } = self
            .natures
            .get(&unknown)
            .cloned()
            .unwrap_or(Nature { domain: Domain::all(), whole: false });
        let present = Domain { missing: false, ..domain.clone() };
        match self.type_of(path) {
            Some(Type::List(_)) => Cases {
                values: vec![(
                    Formula::within(&unknown, present),
                    Val { term: Term::List(path.to_owned()), text: path.to_owned() },
                )],
                stop: Formula::within(&unknown, Domain::missing()),
            },
            _ => self.unknown(&unknown, present, whole, path, domain.missing),
        }
    }

    /// Returns what an expression gives.
    pub(crate) fn eval(&mut self, expr: &Expr, scope: &Scope) -> Read<Cases> {
        self.spend(1)?;
        let steps = self.steps;
        let known = self.follow(expr, scope);
        match known {
            Ok(cases) => Ok(cases),
            Err(TooHard) if self.steps > STEPS => Err(TooHard),
            Err(TooHard) => {
                self.steps = steps;
                self.unfollowed(expr, scope)
            }
        }
    }

    /// One unknown for all that a script says.
    pub(crate) fn whole(&mut self) -> Cases {
        *self.fresh += 1;
        self.opaque.clear();
        let text = format!("#{}", self.fresh);
        self.opaque(&text, Domain::truths(), false, false)
    }

    /// One unknown for a whole expression.
    pub(crate) fn unfollowed(&mut self, expr: &Expr, scope: &Scope) -> Read<Cases> {
        self.at = Spot::of(expr.start_position(), self.at);
        let names = scope.iter().map(|(name, val)| (name.clone(), val.text.clone())).collect();
        let text = Writer::new(self.script, names).expr(expr).unwrap_or_else(|| {
            *self.fresh += 1;
            format!("{}:{} #{}", self.at.line, self.at.column, self.fresh)
        });
        Ok(self.opaque(&text, Domain::present(), false, false))
    }

    fn follow(&mut self, expr: &Expr, scope: &Scope) -> Read<Cases> {
        Ok(match expr {
            Expr::BoolConstant(b, _) => Cases::one(Val::truth(Cond::known(*b), b.to_string())),
            Expr::IntegerConstant(n, _) => {
                Cases::one(Val::number(Ratio::whole(*n).ok_or(TooHard)?, n.to_string()))
            }
            Expr::CharConstant(c, _) => Cases::one(Val::text(&c.to_string())),
            Expr::StringConstant(text, _) => Cases::one(Val::text(text)),
            Expr::DynamicConstant(value, _) if value.read_lock::<FnPtr>().is_none() => {
                Cases::one(value.as_decimal().ok().and_then(decimal).ok_or(TooHard)?)
            }
            Expr::Array(items, _) => self.array(items, scope)?,
            Expr::Variable(parts, _, position) => self.variable(&parts.1, *position, scope)?,
            Expr::And(parts, _) => {
                let mut cond = Cond::known(true);
                for part in parts.iter() {
                    cond = cond.and(self.eval(part, scope)?.cond());
                }
                Cases::one(Val::truth(cond, self.text(expr, scope)?))
            }
            Expr::Or(parts, _) => {
                let mut cond = Cond::known(false);
                for part in parts.iter() {
                    cond = cond.or(self.eval(part, scope)?.cond());
                }
                Cases::one(Val::truth(cond, self.text(expr, scope)?))
            }
            Expr::FnCall(call, position) => self.call(call, *position, scope)?,
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr, scope)?,
            Expr::Stmt(block) if is_plain(block.statements()) => {
                self.run(&block.statements().iter().collect::<Vec<_>>(), scope)?
            }
            _ => return Err(TooHard),
        })
    }

    /// How an expression is written, or something that is like nothing else.
    fn text(&mut self, expr: &Expr, scope: &Scope) -> Read<String> {
        let names = scope.iter().map(|(name, val)| (name.clone(), val.text.clone())).collect();
        Ok(Writer::new(self.script, names).expr(expr).unwrap_or_else(|| {
            *self.fresh += 1;
            format!("#{}", self.fresh)
        }))
    }

    fn array(&mut self, items: &[Expr], scope: &Scope) -> Read<Cases> {
        let mut cases = Cases::one(Val { term: Term::Items(Vec::new()), text: String::new() });
        for item in items {
            let each = self.eval(item, scope)?.settled();
            cases = self.pairs(&cases, &each, |_, list, item| {
                let Term::Items(items) = &list.term else { return Err(TooHard) };
                let items: Vec<Val> = items.iter().chain([item]).cloned().collect();
                let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
                let text = format!("[{}]", texts.join(", "));
                Ok(Cases::one(Val { term: Term::Items(items), text }))
            })?;
        }
        Ok(cases)
    }

    fn variable(&mut self, name: &str, position: Position, scope: &Scope) -> Read<Cases> {
        self.at = Spot::of(position, self.at);
        let found = scope.iter().rev().find(|(own, _)| own == name);
        match found {
            Some((_, Val { term: Term::Group(path), .. })) => {
                let path = path.clone();
                Ok(self.used(&path))
            }
            Some((_, val)) => Ok(Cases::one(val.clone())),
            None => Err(TooHard),
        }
    }

    /// A group, or the value at the path where a root is no group.
    fn used(&mut self, path: &str) -> Cases {
        let is_leaf = match self.type_of(path) {
            Some(Type::Map(_)) => false,
            Some(_) => true,
            None => path == "today",
        };
        if is_leaf {
            return self.path(path);
        }
        Cases::one(Val { term: Term::Group(path.to_owned()), text: path.to_owned() })
    }

    fn chain(&mut self, expr: &Expr, scope: &Scope) -> Read<Cases> {
        let (base, links) = links(expr).ok_or(TooHard)?;
        let mut cases = self.eval(base, scope)?;
        for link in links {
            cases = match link {
                Link::Property(name) => self.each(cases, |reader, val| reader.field(&val, name))?,
                Link::Method(call) => {
                    let rest: Vec<&Expr> = call.args.iter().collect();
                    let first = cases.settled();
                    self.named(&call.name, Some(first), &rest, scope)?
                }
                Link::At(Expr::StringConstant(name, _)) => {
                    self.each(cases, |reader, val| match &val.term {
                        Term::Group(_) => reader.field(&val, name),
                        _ => Err(TooHard),
                    })?
                }
                Link::At(_) => return Err(TooHard),
            };
        }
        Ok(cases)
    }

    fn field(&mut self, of: &Val, name: &str) -> Read<Cases> {
        let path = match &of.term {
            Term::Group(path) => format!("{path}.{name}"),
            Term::Any(Unknown::Path(path)) if !crate::functions::is_property(name) => {
                format!("{path}.{name}")
            }
            Term::Date(_) => {
                return self.property(of, name);
            }
            _ => return Err(TooHard),
        };
        if matches!(self.type_of(&path), Some(Type::Map(_))) {
            return Ok(Cases::one(Val { term: Term::Group(path.clone()), text: path }));
        }
        Ok(self.path(&path))
    }

    /// Does something with each value.
    pub(crate) fn each(
        &mut self,
        cases: Cases,
        mut act: impl FnMut(&mut Self, Val) -> Read<Cases>,
    ) -> Read<Cases> {
        let mut all = Cases { values: Vec::new(), stop: cases.stop };
        for (when, val) in cases.values {
            let more = act(self, val)?;
            all.add(&when, more)?;
        }
        Ok(all)
    }

    /// Does something with each pair of values, the first worked out before the second.
    pub(crate) fn pairs(
        &mut self,
        first: &Cases,
        second: &Cases,
        mut act: impl FnMut(&mut Self, &Val, &Val) -> Read<Cases>,
    ) -> Read<Cases> {
        let mut all = Cases { values: Vec::new(), stop: first.stop.clone() };
        for (when, a) in &first.values {
            let mut inner = Cases { values: Vec::new(), stop: second.stop.clone() };
            for (and, b) in &second.values {
                let more = act(self, a, b)?;
                inner.add(and, more)?;
            }
            all.add(when, inner)?;
        }
        Ok(all)
    }

    /// Follows statements to the value of the last, or of a return.
    pub(crate) fn run(&mut self, statements: &[&Stmt], scope: &Scope) -> Read<Cases> {
        self.spend(1)?;
        let Some((first, rest)) = statements.split_first() else {
            return Ok(Cases::one(Val { term: Term::Nothing, text: "()".to_owned() }));
        };
        let before = |block: &'_ rhai::StmtBlock| block.statements().to_vec();
        match first {
            Stmt::Noop(_) => self.run(rest, scope),
            Stmt::Block(block) => self.run_block(&before(block), rest, scope),
            Stmt::Expr(expr) => match expr.as_ref() {
                Expr::Stmt(block) if !matches!(block.statements(), [Stmt::Share(_), _]) => {
                    self.run_block(&before(block), rest, scope)
                }
                expr => {
                    let value = self.eval(expr, scope)?;
                    self.then(value, rest, scope)
                }
            },
            Stmt::FnCall(call, position) => {
                let value = self.call(call, *position, scope)?;
                self.then(value, rest, scope)
            }
            Stmt::Return(Some(expr), _, _) => self.eval(expr, scope),
            Stmt::If(flow, _) => {
                let cond = self.eval(&flow.expr, scope)?.cond();
                let mut all = Cases { values: Vec::new(), stop: cond.stop };
                let yes = self.run_block(&before(&flow.body), rest, scope)?;
                all.add(&cond.yes, yes)?;
                let no = self.run_block(&before(&flow.branch), rest, scope)?;
                all.add(&cond.no, no)?;
                Ok(all)
            }
            Stmt::Var(parts, _, _) => self.bind(&parts.0.name, &parts.1, rest, scope),
            Stmt::Assignment(parts) if !parts.0.is_op_assignment() => match &parts.1.lhs {
                Expr::Variable(named, _, _) => {
                    let name = named.1.to_string();
                    self.bind(&name, &parts.1.rhs, rest, scope)
                }
                _ => Err(TooHard),
            },
            _ => Err(TooHard),
        }
    }

    fn run_block(&mut self, inner: &[Stmt], rest: &[&Stmt], scope: &Scope) -> Read<Cases> {
        // Names are never shadowed, so that what a block declares may stay in sight after it.
        let all: Vec<&Stmt> = inner.iter().chain(rest.iter().copied()).collect();
        self.run(&all, scope)
    }

    fn bind(&mut self, name: &str, expr: &Expr, rest: &[&Stmt], scope: &Scope) -> Read<Cases> {
        let value = self.eval(expr, scope)?.settled();
        self.each(value, |reader, val| {
            let mut inner = scope.clone();
            inner.push((name.to_owned(), val));
            reader.run(rest, &inner)
        })
    }

    /// A value that is the last, or is thrown away.
    fn then(&mut self, value: Cases, rest: &[&Stmt], scope: &Scope) -> Read<Cases> {
        if rest.iter().all(|statement| matches!(statement, Stmt::Noop(_))) {
            return Ok(value);
        }
        let value = value.settled();
        let goes_on = Formula::or(value.values.into_iter().map(|(when, _)| when));
        let mut all = Cases { values: Vec::new(), stop: value.stop };
        let more = self.run(rest, scope)?;
        all.add(&goes_on, more)?;
        Ok(all)
    }

    /// Follows a call of a function of the same file.
    pub(crate) fn own(&mut self, name: &str, arguments: &[Val]) -> Read<Cases> {
        let body = self.script.get(name).ok_or(TooHard)?.clone();
        if self.depth >= DEPTH || body.parameters.len() != arguments.len() {
            return Err(TooHard);
        }
        let scope: Scope = body.parameters.iter().cloned().zip(arguments.iter().cloned()).collect();
        self.depth += 1;
        let answer = self.run(&body.statements.iter().collect::<Vec<_>>(), &scope);
        self.depth -= 1;
        answer
    }

    /// The roots that a function names, as it sees them.
    pub(crate) fn roots(names: impl IntoIterator<Item = impl Into<String>>) -> Scope {
        let group = |name: String| Val { term: Term::Group(name.clone()), text: name };
        names.into_iter().map(Into::into).map(|name: String| (name.clone(), group(name))).collect()
    }

    fn call(&mut self, call: &FnCallExpr, position: Position, scope: &Scope) -> Read<Cases> {
        self.at = Spot::of(position, self.at);
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (call.name.as_str(), arguments.as_slice()) {
            ("curry", _) => Err(TooHard),
            (operator, [a, b]) if call.is_operator_call() => {
                let (a, b) = (self.eval(a, scope)?.settled(), self.eval(b, scope)?.settled());
                self.spend(a.values.len() * b.values.len())?;
                self.pairs(&a, &b, |reader, a, b| reader.binary(operator, a, b))
            }
            (operator, [a]) if call.is_operator_call() => {
                let a = self.eval(a, scope)?;
                self.unary(operator, a)
            }
            (name, _) => self.named(name, None, &arguments, scope),
        }
    }
}

/// Tells whether statements neither return nor assign, so that they are a value wherever they stand.
fn is_plain(statements: &[Stmt]) -> bool {
    statements.iter().all(|statement| match statement {
        Stmt::Noop(_) | Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::Var(..) => true,
        Stmt::Block(block) => is_plain(block.statements()),
        Stmt::If(flow, _) => is_plain(flow.body.statements()) && is_plain(flow.branch.statements()),
        _ => false,
    })
}
