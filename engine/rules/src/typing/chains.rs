//! Fields, elements and calls after a dot: `subject.rows[0].name.len()`.

use rhai::{ASTFlags, Expr};
use xueji_definition::value::Type;

use super::{Checker, Known, spot};
use crate::functions::functions;
use crate::problem::{Problem, Spot};

impl Checker<'_> {
    pub(super) fn chain(&mut self, expr: &Expr) -> Known {
        let (Expr::Dot(parts, _, _) | Expr::Index(parts, _, _)) = expr else {
            return Known::new(None, spot(expr.start_position()));
        };
        let base = self.look(&parts.lhs);
        let end = self.link(base, expr);
        Known { spot: spot(expr.start_position()), ..end }
    }

    /// Follows one link: `of` is its left side, and what it links to stands on its right.
    fn link(&mut self, of: Known, link: &Expr) -> Known {
        let (Expr::Dot(parts, flags, _) | Expr::Index(parts, flags, _)) = link else { return of };
        let by_index = matches!(link, Expr::Index(..));
        match &parts.rhs {
            next @ (Expr::Dot(more, _, _) | Expr::Index(more, _, _))
                if !flags.intersects(ASTFlags::BREAK) =>
            {
                let middle = self.step(of, &more.lhs, by_index);
                self.link(middle, next)
            }
            last => self.step(of, last, by_index),
        }
    }

    fn step(&mut self, of: Known, to: &Expr, by_index: bool) -> Known {
        match to {
            _ if by_index => self.element(of, to),
            Expr::Property(parts, position) => self.field(of, &parts.2, spot(*position)),
            Expr::MethodCall(call, position) => {
                let rest: Vec<&Expr> = call.args.iter().collect();
                self.named(&call.name, Some(of), &rest, spot(*position))
            }
            _ => Known::new(None, spot(to.start_position())),
        }
    }

    fn element(&mut self, of: Known, index: &Expr) -> Known {
        if let (Expr::StringConstant(name, position), Some(Type::Map(_)) | None) = (index, &of.ty) {
            return self.field(of, name, spot(*position));
        }
        self.value(index);
        element_of(&of)
    }

    /// Returns what is known of a field, and reports one that does not exist.
    pub(super) fn field(&mut self, of: Known, name: &str, at: Spot) -> Known {
        let below = |ty| Known {
            path: of.path.as_ref().map(|path| format!("{path}.{name}")),
            ..Known::new(ty, at)
        };
        match &of.ty {
            None => below(None),
            Some(Type::Map(fields)) => {
                if let Some(ty) = fields.get(name) {
                    return below(Some(ty.clone()));
                }
                let whole = of.path.as_deref().unwrap_or("the group");
                self.problem(
                    Problem::new(
                        "rule-field-unknown",
                        at,
                        format!("`{whole}` 没有名为 `{name}` 的字段"),
                        format!("`{whole}` has no field `{name}`"),
                    )
                    .near(name, fields.keys().map(String::as_str)),
                );
                Known::new(None, at)
            }
            Some(Type::Date) if properties().any(|property| property == name) => {
                self.read(&of);
                Known::new(Some(Type::Int), at)
            }
            Some(ty) => {
                let article = if matches!(ty, Type::Record(_)) { "an" } else { "a" };
                let problem = Problem::new(
                    "rule-field-unknown",
                    at,
                    format!("{}没有名为 `{name}` 的字段", ty.in_chinese()),
                    format!("{article} {ty} has no field `{name}`"),
                );
                self.problem(match ty {
                    Type::Record(record) => {
                        let path = of.path.as_deref().unwrap_or("…");
                        let fact = format!(
                            "{{over: {{records: {record}}}, where: [{{field: id, same-as: {path}}}], give: first, field: {name}}}"
                        );
                        problem.help(
                            format!("这里只有它的编号；它的字段用事实读：`{fact}`"),
                            format!("here is only its id; a fact reads its fields: `{fact}`"),
                        )
                    }
                    _ => problem.near(name, properties().filter(|_| *ty == Type::Date)),
                });
                Known::new(None, at)
            }
        }
    }
}

fn properties() -> impl Iterator<Item = &'static str> {
    functions().filter(|function| function.property).map(|function| function.name)
}

/// Returns what is known of any element of a list.
pub(super) fn element_of(list: &Known) -> Known {
    let ty = match &list.ty {
        Some(Type::List(of)) => Some(of.as_ref().clone()),
        _ => None,
    };
    Known {
        path: list.path.as_ref().map(|path| format!("{path}.*")),
        literals: list.literals.clone(),
        ..Known::new(ty, list.spot)
    }
}
