//! Statements: blocks, conditions, variables, returns.

use rhai::{Expr, Position, Stmt};
use xueji_definition::value::Type;

use super::script::Body;
use super::{Checker, Known, spot};
use crate::inputs::ROOTS;
use crate::problem::Problem;

impl Checker<'_> {
    /// Returns all that a function may answer, given what its parameters are.
    pub(super) fn answers(&mut self, body: &Body, arguments: Vec<Known>) -> Vec<Known> {
        // A function sees its parameters alone, not the variables of its caller.
        let outer = std::mem::take(&mut self.scope);
        self.scope = body.parameters.iter().cloned().zip(arguments).collect();
        self.returns.push(Vec::new());
        let last = self.block(body.statements.iter(), Position::NONE);
        let mut answers = self.returns.pop().unwrap_or_default();
        if !last.leaves {
            answers.push(last);
        }
        self.scope = outer;
        answers
    }

    /// Reports an answer that is not true or false.
    pub(super) fn must_be_bool(&mut self, answer: &Known) {
        let (zh, en) = match (&answer.ty, answer.nothing) {
            (_, true) => ("空".to_owned(), "nothing".to_owned()),
            (Some(ty), false) if *ty != Type::Bool => (ty.in_chinese(), ty.to_string()),
            _ => return,
        };
        self.problem(
            Problem::new(
                "rule-answer-not-bool",
                answer.spot,
                format!("规则必须回答真或假，这里得到的是{zh}"),
                format!("a rule must answer true or false, found {en}"),
            )
            .help(
                "每条路径都以一个真假表达式结尾，比较用 `==`",
                "end every path with an expression that is true or false; compare with `==`",
            ),
        );
    }

    pub(super) fn block<'s>(
        &mut self,
        statements: impl Iterator<Item = &'s Stmt>,
        at: Position,
    ) -> Known {
        let depth = self.scope.len();
        let mut last = Known::nothing(spot(at));
        for statement in statements {
            last = self.statement(statement);
            if last.leaves {
                break;
            }
        }
        self.scope.truncate(depth);
        last
    }

    pub(super) fn statement(&mut self, statement: &Stmt) -> Known {
        let at = spot(statement.position());
        match statement {
            Stmt::Expr(expr) => self.value(expr),
            Stmt::FnCall(call, position) => self.call(call, *position),
            Stmt::Block(block) => self.block(block.iter(), block.position()),
            Stmt::If(flow, position) => {
                self.condition(&flow.expr);
                let yes = self.block(flow.body.iter(), *position);
                let no = self.block(flow.branch.iter(), *position);
                yes.or(no)
            }
            Stmt::Var(parts, _, _) => {
                let known = self.value(&parts.1);
                self.scope.push((parts.0.name.to_string(), known));
                Known::nothing(at)
            }
            Stmt::Assignment(parts) => {
                self.assignment(&parts.1.lhs, &parts.1.rhs);
                Known::nothing(at)
            }
            Stmt::Return(value, _, _) => {
                let known = value.as_ref().map_or(Known::nothing(at), |expr| self.value(expr));
                if let Some(returns) = self.returns.last_mut() {
                    returns.push(known);
                }
                Known { leaves: true, ..Known::new(None, at) }
            }
            Stmt::Noop(_) | Stmt::Share(_) => Known::nothing(at),
            _ => Known::new(None, at),
        }
    }

    /// Checks an expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr) {
        let known = self.value(expr);
        if let Some(ty) = known.ty.filter(|ty| *ty != Type::Bool) {
            self.problem(Problem::new(
                "rule-type-mismatch",
                known.spot,
                format!("这里要真或假，得到的是{}", ty.in_chinese()),
                format!("expected true or false, found {ty}"),
            ));
        }
    }

    fn assignment(&mut self, to: &Expr, from: &Expr) {
        let value = self.value(from);
        let mut base = to;
        while let Expr::Dot(parts, _, _) | Expr::Index(parts, _, _) = base {
            base = &parts.lhs;
        }
        let Expr::Variable(named, _, position) = base else { return };
        let name = named.1.as_str();
        let of_root = |known: &Known| {
            known.path.as_deref().is_some_and(|path| path.split('.').next() == Some(name))
        };
        let known = self.scope.iter().rev().find(|(own, _)| own == name).map(|(_, known)| known);
        if ROOTS.contains(&name) && known.is_none_or(of_root) {
            self.problem(Problem::new(
                "rule-assigns-root",
                spot(*position),
                format!("规则不能修改 `{name}`"),
                format!("a rule cannot change `{name}`"),
            ));
            return;
        }
        let is_whole = matches!(to, Expr::Variable(..));
        if let Some((_, known)) = self.scope.iter_mut().rev().find(|(own, _)| own == name) {
            // After an assignment in a branch, the variable is either of the two.
            *known = if is_whole { known.clone().or(value) } else { Known::new(None, known.spot) };
        }
    }
}
