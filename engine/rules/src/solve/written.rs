//! Expressions written out again, each in one way, with variables replaced by what they hold.
//!
//! Invariant: two expressions that are written alike have the same value in the same case. What cannot be written so is
//! `None`, and is then like nothing else.

use rhai::{ASTFlags, Expr, FnCallExpr, FnPtr, Stmt};

use crate::typing::script::{Body, Script};

/// What variables are written as.
pub(crate) type Names = Vec<(String, String)>;

/// Writes expressions of one script.
pub(crate) struct Writer<'a> {
    script: &'a Script,
    names: Names,
    /// How many closures are around.
    depth: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(script: &'a Script, names: Names) -> Self {
        Self { script, names, depth: 0 }
    }

    /// Writes an expression.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Option<String> {
        Some(match expr {
            Expr::BoolConstant(b, _) => b.to_string(),
            Expr::IntegerConstant(n, _) => n.to_string(),
            Expr::CharConstant(c, _) => quoted(&c.to_string()),
            Expr::StringConstant(text, _) => quoted(text),
            Expr::DynamicConstant(value, _) => {
                if let Some(function) = value.read_lock::<FnPtr>() {
                    return self.closure(function.fn_name(), &[]);
                }
                value.as_decimal().ok()?.normalize().to_string()
            }
            Expr::Array(items, _) => {
                let items = items.iter().map(|item| self.expr(item)).collect::<Option<Vec<_>>>()?;
                format!("[{}]", items.join(", "))
            }
            Expr::Variable(parts, _, _) => self.variable(&parts.1)?,
            Expr::FnCall(call, _) => self.call(call)?,
            Expr::And(parts, _) => self.joined(parts, " && ")?,
            Expr::Or(parts, _) => self.joined(parts, " || ")?,
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr)?,
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Share(_), Stmt::Expr(closure)] => self.expr(closure)?,
                [statement] => self.statement(statement)?,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn statement(&mut self, statement: &Stmt) -> Option<String> {
        match statement {
            Stmt::Expr(expr) => self.expr(expr),
            Stmt::FnCall(call, _) => self.call(call),
            Stmt::If(flow, _) => {
                let condition = self.expr(&flow.expr)?;
                let ([yes], [no]) = (flow.body.statements(), flow.branch.statements()) else {
                    return None;
                };
                let (yes, no) = (self.statement(yes)?, self.statement(no)?);
                Some(format!("if {condition} {{ {yes} }} else {{ {no} }}"))
            }
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        let own = self.names.iter().rev().find(|(own, _)| own == name);
        own.map(|(_, text)| text.clone())
    }

    fn joined(&mut self, parts: &[Expr], by: &str) -> Option<String> {
        let parts = parts.iter().map(|part| self.expr(part)).collect::<Option<Vec<_>>>()?;
        Some(format!("({})", parts.join(by)))
    }

    fn call(&mut self, call: &FnCallExpr) -> Option<String> {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (call.name.as_str(), arguments.as_slice()) {
            ("curry", [function, captured @ ..]) => {
                let Expr::DynamicConstant(value, _) = function else { return None };
                let name = value.read_lock::<FnPtr>()?.fn_name().to_owned();
                let captured =
                    captured.iter().map(|expr| self.expr(expr)).collect::<Option<Vec<_>>>()?;
                self.closure(&name, &captured)
            }
            ("contains", [list, item]) if call.is_operator_call() => {
                Some(format!("contains({}, {})", self.expr(list)?, self.expr(item)?))
            }
            (operator, [a, b]) if call.is_operator_call() => {
                Some(format!("({} {operator} {})", self.expr(a)?, self.expr(b)?))
            }
            (operator, [a]) if call.is_operator_call() => {
                Some(format!("{operator}({})", self.expr(a)?))
            }
            (name, _) => self.named(name, None, &arguments),
        }
    }

    fn named(&mut self, name: &str, first: Option<String>, rest: &[&Expr]) -> Option<String> {
        // A function of the file means another thing in another file.
        if self.script.get(name).is_some() {
            return None;
        }
        let mut arguments: Vec<String> = first.into_iter().collect();
        for expr in rest {
            arguments.push(self.expr(expr)?);
        }
        Some(format!("{name}({})", arguments.join(", ")))
    }

    fn closure(&mut self, name: &str, captured: &[String]) -> Option<String> {
        let Body { parameters, statements } = self.script.get(name)?.clone();
        let own = parameters.get(captured.len()..)?;
        let named: Vec<String> = (0..own.len()).map(|at| format!("p{}_{at}", self.depth)).collect();
        let inside = captured.iter().chain(&named).cloned();
        let inner: Names = parameters.iter().cloned().zip(inside).collect();
        let outer = std::mem::replace(&mut self.names, inner);
        self.depth += 1;
        let body = match statements.as_slice() {
            [statement] if self.depth < 8 => self.statement(statement),
            _ => None,
        };
        self.depth -= 1;
        self.names = outer;
        Some(format!("|{}| {}", named.join(", "), body?))
    }

    fn chain(&mut self, expr: &Expr) -> Option<String> {
        let (base, links) = links(expr)?;
        let mut text = self.expr(base)?;
        for link in links {
            text = match link {
                Link::At(index) => format!("{text}[{}]", self.expr(index)?),
                Link::Property(name) => format!("{text}.{name}"),
                Link::Method(call) => {
                    let rest: Vec<&Expr> = call.args.iter().collect();
                    self.named(&call.name, Some(text), &rest)?
                }
            };
        }
        Some(text)
    }
}

/// One link of a chain.
pub(crate) enum Link<'e> {
    At(&'e Expr),
    Property(&'e str),
    Method(&'e FnCallExpr),
}

/// Takes a chain apart: what stands first, and what follows.
pub(crate) fn links(expr: &Expr) -> Option<(&Expr, Vec<Link<'_>>)> {
    let (Expr::Dot(parts, _, _) | Expr::Index(parts, _, _)) = expr else { return None };
    let (base, mut at, mut found) = (&parts.lhs, expr, Vec::new());
    loop {
        let (Expr::Dot(parts, flags, _) | Expr::Index(parts, flags, _)) = at else { return None };
        let by_index = matches!(at, Expr::Index(..));
        match &parts.rhs {
            next @ (Expr::Dot(more, _, _) | Expr::Index(more, _, _))
                if !flags.intersects(ASTFlags::BREAK) =>
            {
                found.push(link(&more.lhs, by_index)?);
                at = next;
            }
            last => {
                found.push(link(last, by_index)?);
                return Some((base, found));
            }
        }
    }
}

fn link(expr: &Expr, by_index: bool) -> Option<Link<'_>> {
    Some(match expr {
        _ if by_index => Link::At(expr),
        Expr::Property(parts, _) => Link::Property(&parts.2),
        Expr::MethodCall(call, _) => Link::Method(call),
        _ => return None,
    })
}

/// Writes text as a script writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => all.extend(['\\', c]),
            '\n' => all.push_str("\\n"),
            c => all.push(c),
        }
    }
    all.push('"');
    all
}
