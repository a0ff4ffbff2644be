//! Operators: what goes together, and codes that are not in their list.

use xueji_definition::value::Type;

use super::{Checker, Known};
use crate::problem::{Problem, Spot};

impl Checker<'_> {
    pub(super) fn binary(&mut self, operator: &str, a: &Known, b: &Known, at: Spot) -> Known {
        match operator {
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                self.comparison(operator, a, b, at);
                Known::new(Some(Type::Bool), at)
            }
            "+" | "-" | "*" | "/" | "%" => Known::new(self.arithmetic(operator, a, b, at), at),
            _ => Known::new(None, at),
        }
    }

    pub(super) fn unary(&mut self, operator: &str, a: &Known) -> Known {
        let fits = |ty: &Type| match operator {
            "!" => *ty == Type::Bool,
            _ => is_number(ty),
        };
        if let Some(ty) = a.ty.as_ref().filter(|ty| !fits(ty)) {
            self.problem(Problem::new(
                "rule-type-mismatch",
                a.spot,
                format!("`{operator}` 不能用于{}", ty.in_chinese()),
                format!("`{operator}` cannot be used on {ty}"),
            ));
            return Known::new(None, a.spot);
        }
        let ty = if operator == "!" { Some(Type::Bool) } else { a.ty.clone() };
        Known::new(ty, a.spot)
    }

    /// Checks `item in list`, or `text in text`.
    pub(super) fn membership(&mut self, list: &Known, item: &Known, at: Spot) -> Known {
        let answer = Known::new(Some(Type::Bool), at);
        match (&list.ty, &item.ty) {
            (Some(Type::List(of)), _) => {
                let element = Known {
                    literals: list.literals.clone(),
                    ..Known::new(Some(of.as_ref().clone()), list.spot)
                };
                self.comparison("in", item, &element, at);
            }
            (Some(text), Some(other)) if text.is_textual() && other.is_textual() => {}
            (Some(text), None) if text.is_textual() => {}
            (None, _) if !list.nothing => {}
            (ty, _) => {
                let zh = ty.as_ref().map_or("空".to_owned(), Type::in_chinese);
                let found = ty.as_ref().map_or("nothing".to_owned(), ToString::to_string);
                self.problem(Problem::new(
                    "rule-type-mismatch",
                    list.spot,
                    format!("`in` 的右边要列表，得到的是{zh}"),
                    format!("expected a list after `in`, found {found}"),
                ));
            }
        }
        answer
    }

    fn comparison(&mut self, operator: &str, a: &Known, b: &Known, at: Spot) {
        if a.nothing || b.nothing {
            self.problem(
                Problem::new(
                    "rule-compare-nothing",
                    at,
                    "不能与“空”比较：缺少的值没有值可比",
                    "a missing value cannot be compared with `()`",
                )
                .help("用 `has(组, \"字段\")` 判断是否填写", "ask `has(group, \"field\")`"),
            );
            return;
        }
        self.known_codes(a, b);
        self.known_codes(b, a);
        let (Some(x), Some(y)) = (&a.ty, &b.ty) else { return };
        let ordered = !matches!(operator, "==" | "!=" | "in");
        let fits = match (x, y) {
            (Type::List(_) | Type::Map(_), _) | (_, Type::List(_) | Type::Map(_)) => false,
            (Type::Bool, Type::Bool) => !ordered,
            _ => (is_number(x) && is_number(y)) || x.accepts(y) || y.accepts(x),
        };
        if !fits {
            let problem = Problem::new(
                "rule-type-mismatch",
                at,
                format!("`{operator}` 两边不能比较：{}与{}", x.in_chinese(), y.in_chinese()),
                format!("`{operator}` cannot compare {x} with {y}"),
            );
            self.problem(match (x, y) {
                (Type::Text, other) | (other, Type::Text) if is_number(other) => problem.help(
                    "数字不加引号，文字和代码才加",
                    "no quotes around a number; quotes are for text and codes",
                ),
                _ => problem,
            });
        }
    }

    /// Reports literals compared with a code that are not in its list.
    fn known_codes(&mut self, code: &Known, literals: &Known) {
        let Some(Type::Code(list)) = &code.ty else { return };
        let Some(codes) = self.env.codes.get(list) else { return };
        for (literal, at) in &literals.literals {
            if !codes.contains(literal) {
                self.problem(
                    Problem::new(
                        "rule-code-unknown",
                        *at,
                        format!("代码表 `{list}` 中没有 `{literal}`"),
                        format!("code list `{list}` has no `{literal}`"),
                    )
                    .near(literal, codes.iter().map(String::as_str)),
                );
            }
        }
    }

    fn arithmetic(&mut self, operator: &str, a: &Known, b: &Known, at: Spot) -> Option<Type> {
        let joins = operator == "+";
        for side in [a, b] {
            let Some(ty) = &side.ty else { continue };
            let fits = is_number(ty) || (joins && ty.is_textual());
            if !fits {
                let problem = Problem::new(
                    "rule-type-mismatch",
                    side.spot,
                    format!("`{operator}` 不能用于{}", ty.in_chinese()),
                    format!("`{operator}` cannot be used on {ty}"),
                );
                self.problem(match ty {
                    Type::Date => problem.help(
                        "日期用 add_days、add_months、days_between 计算",
                        "use add_days, add_months or days_between with dates",
                    ),
                    _ => problem,
                });
                return None;
            }
        }
        let (x, y) = (a.ty.as_ref()?, b.ty.as_ref()?);
        match (is_number(x), is_number(y)) {
            (true, true) if operator == "/" => Some(Type::Decimal),
            (true, true) if *x == Type::Int && *y == Type::Int => Some(Type::Int),
            (true, true) => Some(Type::Decimal),
            (false, false) => Some(Type::Text),
            _ => {
                self.problem(Problem::new(
                    "rule-type-mismatch",
                    at,
                    format!("`{operator}` 两边不能相加：{x} 与 {y}"),
                    format!("`{operator}` cannot add {x} and {y}"),
                ));
                None
            }
        }
    }
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Decimal)
}
