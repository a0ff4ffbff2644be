//! Calls: functions of the table, functions of the same file, operators.

use rhai::{Expr, FnCallExpr, Position};
use xueji_definition::value::Type;

use super::chains::element_of;
use super::{CALL_DEPTH_FOLLOWED, Checker, Closure, Known, spot};
use crate::functions::{Function, Gives, Takes, functions};
use crate::problem::{Problem, Spot};

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position) -> Known {
        let at = spot(position);
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (call.name.as_str(), arguments.as_slice()) {
            ("curry", [function, captured @ ..]) => {
                let function = self.look(function);
                let captured: Vec<Known> = captured.iter().map(|expr| self.look(expr)).collect();
                let closure = function.closure.map(|c| Closure { captured, ..c });
                Known { closure, ..Known::new(None, at) }
            }
            ("contains", [list, item]) if call.is_operator_call() => {
                let item = self.value(item);
                let list = self.value(list);
                self.membership(&list, &item, at)
            }
            (operator, [a, b]) if call.is_operator_call() => {
                let (a, b) = (self.value(a), self.value(b));
                self.binary(operator, &a, &b, at)
            }
            (operator, [a]) if call.is_operator_call() => {
                let a = self.value(a);
                self.unary(operator, &a)
            }
            (name, [first, rest @ ..]) => {
                let first = self.look(first);
                self.named(name, Some(first), rest, at)
            }
            (name, []) => self.named(name, None, &[], at),
        }
    }

    /// Returns what is known of a call by name; `first` is what stands before the dot, or in the first place.
    pub(super) fn named(
        &mut self,
        name: &str,
        first: Option<Known>,
        rest: &[&Expr],
        at: Spot,
    ) -> Known {
        if let ("has", Some(group), [Expr::StringConstant(field, position)]) = (name, &first, rest)
        {
            return self.presence(group.clone(), field, spot(*position), at);
        }
        let mut arguments = Vec::new();
        if let Some(first) = first {
            self.read(&first);
            arguments.push(first);
        }
        for expr in rest {
            arguments.push(self.value(expr));
        }
        if self.script.get(name).is_some() {
            let own = Closure { name: name.to_owned(), captured: Vec::new() };
            return Known { spot: at, ..self.own(&own, arguments, at) };
        }
        let rows: Vec<&Function> =
            functions().filter(|function| function.name == name && !function.property).collect();
        if rows.is_empty() {
            self.unknown(name, at);
            return Known::new(None, at);
        }
        if let Some(row) = rows.iter().find(|row| fits(row, &arguments)) {
            return self.answer(row, &arguments, at);
        }
        self.refused(name, &rows, &arguments, at);
        Known::new(None, at)
    }

    /// Checks `has(group, "field")`: the field must be one that may exist.
    fn presence(&mut self, group: Known, field: &str, field_at: Spot, at: Spot) -> Known {
        let mut end = group;
        for name in field.split('.') {
            end = self.field(end, name, field_at);
        }
        self.read(&Known { spot: at, ..end });
        Known::new(Some(Type::Bool), at)
    }

    /// Walks a function of the same text with what it is given.
    fn own(&mut self, closure: &Closure, arguments: Vec<Known>, at: Spot) -> Known {
        let Some(body) = self.script.get(&closure.name) else { return Known::new(None, at) };
        if self.returns.len() > CALL_DEPTH_FOLLOWED || self.calls_left == 0 {
            return Known::new(None, at);
        }
        self.calls_left -= 1;
        let given: Vec<Known> = closure.captured.iter().cloned().chain(arguments).collect();
        if given.len() != body.parameters.len() {
            let (wanted, found) = (body.parameters.len(), given.len());
            self.problem(Problem::new(
                "rule-arguments",
                at,
                format!("`{}` 要 {wanted} 个参数，给了 {found} 个", closure.name),
                format!("`{}` needs {wanted} arguments, found {found}", closure.name),
            ));
            return Known::new(None, at);
        }
        let answers = self.answers(body, given);
        let answer = answers.into_iter().reduce(Known::or).unwrap_or(Known::nothing(at));
        Known { path: None, ..answer }
    }

    /// Returns what a function of the table answers, walking the closure that it is given.
    fn answer(&mut self, row: &Function, arguments: &[Known], at: Spot) -> Known {
        let first = arguments.first();
        let made = row.takes.iter().zip(arguments).find_map(|(takes, argument)| {
            matches!(takes, Takes::Test | Takes::Each).then(|| (*takes, argument.closure.clone()))
        });
        let each = match (made, first) {
            (Some((takes, Some(closure))), Some(list)) => {
                let answer = self.own(&closure, vec![element_of(list)], at);
                if takes == Takes::Test {
                    self.must_test(&answer);
                }
                answer.ty
            }
            _ => None,
        };
        if let ("contains", [list, item]) = (row.name, arguments)
            && matches!(list.ty, Some(Type::List(_)))
        {
            return self.membership(list, item, at);
        }
        let ty = match row.gives {
            Gives::Text => Some(Type::Text),
            Gives::Int => Some(Type::Int),
            Gives::Decimal => Some(Type::Decimal),
            Gives::Bool => Some(Type::Bool),
            Gives::Date => Some(Type::Date),
            Gives::Same => first.and_then(|first| first.ty.clone()),
            Gives::Element => first.and_then(|list| element_of(list).ty),
            Gives::Each => each,
            Gives::ListOfEach => each.map(|ty| Type::List(Box::new(ty))),
        };
        // What `filter` keeps are still elements of the list.
        let path = (row.gives == Gives::Same).then(|| first.and_then(|first| first.path.clone()));
        Known { path: path.flatten(), ..Known::new(ty, at) }
    }

    fn must_test(&mut self, answer: &Known) {
        if let Some(ty) = answer.ty.as_ref().filter(|ty| **ty != Type::Bool) {
            self.problem(Problem::new(
                "rule-type-mismatch",
                answer.spot,
                format!("对每个元素要回答真或假，得到的是{}", ty.in_chinese()),
                format!("expected true or false of each element, found {ty}"),
            ));
        }
    }

    fn unknown(&mut self, name: &str, at: Spot) {
        let known: Vec<&str> =
            functions().map(|function| function.name).chain(self.script.names()).collect();
        self.problem(
            Problem::new(
                "rule-function-unknown",
                at,
                format!("没有名为 `{name}` 的函数"),
                format!("there is no function `{name}`"),
            )
            .near(name, known),
        );
    }

    fn refused(&mut self, name: &str, rows: &[&Function], arguments: &[Known], at: Spot) {
        let told = |known: &Known| match (&known.ty, &known.closure) {
            (Some(ty), _) => (ty.in_chinese(), ty.to_string()),
            (None, Some(_)) => ("函数".to_owned(), "function".to_owned()),
            (None, None) => ("任意值".to_owned(), "anything".to_owned()),
        };
        let (zh, en): (Vec<String>, Vec<String>) = arguments.iter().map(told).unzip();
        let (zh, en) = (zh.join("、"), en.join(", "));
        let wanted: Vec<String> = rows.iter().map(|row| row.signature()).collect();
        let wanted_zh: Vec<String> = rows.iter().map(|row| row.signature_in_chinese()).collect();
        let (wanted_zh, wanted) = (wanted_zh.join(" / "), wanted.join(" / "));
        self.problem(
            Problem::new(
                "rule-arguments",
                at,
                format!("`{name}` 不能用于（{zh}）"),
                format!("`{name}` cannot be given ({en})"),
            )
            .help(format!("可用的写法：{wanted_zh}"), format!("it is {wanted}")),
        );
    }
}

fn fits(row: &Function, arguments: &[Known]) -> bool {
    row.takes.len() == arguments.len()
        && row.takes.iter().zip(arguments).all(|(takes, known)| match (&known.ty, &known.closure) {
            (None, None) => !known.nothing,
            (None, Some(_)) => matches!(takes, Takes::Test | Takes::Each | Takes::Any),
            (Some(ty), _) => match takes {
                Takes::Any => true,
                Takes::Text => ty.is_textual(),
                Takes::Int => *ty == Type::Int,
                Takes::Number => matches!(ty, Type::Int | Type::Decimal),
                Takes::Date => *ty == Type::Date,
                Takes::List => matches!(ty, Type::List(_)),
                Takes::Group => matches!(ty, Type::Map(_)),
                Takes::Test | Takes::Each => false,
            },
        })
}
