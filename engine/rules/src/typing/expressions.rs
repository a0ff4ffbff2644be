//! Expressions: literals, variables, operators' places.

use rhai::{Dynamic, Expr, FnPtr, Position, Stmt};
use xueji_definition::value::Type;

use super::{Checker, Closure, Known, spot};
use crate::inputs::ROOTS;
use crate::problem::Problem;

impl Checker<'_> {
    /// Returns what is known of an expression whose value is used: it counts as read.
    pub(super) fn value(&mut self, expr: &Expr) -> Known {
        let known = self.look(expr);
        self.read(&known);
        known
    }

    /// Returns what is known of an expression.
    pub(super) fn look(&mut self, expr: &Expr) -> Known {
        let at = spot(expr.start_position());
        let of = |ty| Known::new(Some(ty), at);
        match expr {
            Expr::BoolConstant(..) => of(Type::Bool),
            Expr::IntegerConstant(..) => of(Type::Int),
            Expr::CharConstant(c, _) => {
                Known { literals: vec![(c.to_string(), at)], ..of(Type::Text) }
            }
            Expr::StringConstant(text, _) => {
                Known { literals: vec![(text.to_string(), at)], ..of(Type::Text) }
            }
            Expr::DynamicConstant(value, position) => constant(value, *position),
            Expr::InterpolatedString(..) => {
                self.problem(
                    Problem::new(
                        "rule-construct-refused",
                        at,
                        "规则里没有 `${…}` 插值",
                        "rules have no `${…}` inside texts",
                    )
                    .help("用 `+` 连接文字", "join texts with `+`"),
                );
                of(Type::Text)
            }
            Expr::Array(items, _) => self.array(items.iter(), at),
            Expr::Map(parts, _) => {
                let fields: Option<_> = parts
                    .0
                    .iter()
                    .map(|(name, value)| Some((name.name.to_string(), self.value(value).ty?)))
                    .collect();
                Known::new(fields.map(Type::map), at)
            }
            Expr::Unit(_) => Known::nothing(at),
            Expr::Variable(parts, _, position) => self.variable(&parts.1, *position),
            Expr::Stmt(block) => match block.statements() {
                // What Rhai makes of a closure that uses variables around it.
                [Stmt::Share(_), Stmt::Expr(closure)] => self.look(closure),
                statements => self.block(statements.iter(), block.position()),
            },
            Expr::FnCall(call, position) => self.call(call, *position),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    self.condition(part);
                }
                of(Type::Bool)
            }
            _ => Known::new(None, at),
        }
    }

    fn array<'e>(
        &mut self,
        items: impl Iterator<Item = &'e Expr>,
        at: crate::problem::Spot,
    ) -> Known {
        let items: Vec<Known> = items.map(|item| self.value(item)).collect();
        let literals = items.iter().flat_map(|item| item.literals.clone()).collect();
        let ty = items.into_iter().reduce(Known::or).and_then(|item| item.ty);
        Known { literals, ..Known::new(ty.map(|ty| Type::List(Box::new(ty))), at) }
    }

    fn variable(&mut self, name: &str, position: Position) -> Known {
        let at = spot(position);
        if let Some((_, known)) = self.scope.iter().rev().find(|(own, _)| own == name) {
            return Known { spot: at, ..known.clone() };
        }
        if self.script.get(name).is_some() {
            let closure = Closure { name: name.to_owned(), captured: Vec::new() };
            return Known { closure: Some(closure), ..Known::new(None, at) };
        }
        let problem = Problem::new(
            "rule-variable-unknown",
            at,
            format!("没有名为 `{name}` 的变量"),
            format!("there is no variable `{name}`"),
        );
        let problem = if ROOTS.contains(&name) {
            problem.help(
                format!("把 `{name}` 写进函数的参数"),
                format!("name `{name}` among the parameters of the function"),
            )
        } else {
            problem.near(name, self.scope.iter().map(|(own, _)| own.as_str()).chain(ROOTS))
        };
        self.problem(problem);
        Known::new(None, at)
    }
}

/// What is known of a constant that Rhai keeps as a value.
fn constant(value: &Dynamic, position: Position) -> Known {
    let at = spot(position);
    if value.is_decimal() {
        return Known::new(Some(Type::Decimal), at);
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        let closure = Closure { name: function.fn_name().to_owned(), captured: Vec::new() };
        return Known { closure: Some(closure), ..Known::new(None, at) };
    }
    Known::new(None, at)
}
