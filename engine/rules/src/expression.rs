//! Expressions written inside definitions: `subject.unit`, `fact.count + 1`, `date(param.year, 9, 1)`.
//!
//! Invariant: an expression is one expression; it defines nothing and changes nothing. Places are relative to its text.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, ParseError, ParseErrorType, Scope, Stmt};
use serde::{Deserialize, Serialize};
use xueji_definition::value::{Type, Value};

use crate::fault::{Stop, run};
use crate::inputs::{Inputs, ROOTS};
use crate::needs::Needs;
use crate::node::{self, Log, Reads};
use crate::problem::{Problem, Spot};
use crate::sandbox;
use crate::typing::script::Script;
use crate::typing::{Checked, Env, Read, check_expression};

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    ast: AST,
    script: Script,
    statement: Stmt,
    /// It is a path below a root and nothing else.
    plain: bool,
    needs: Needs,
    reads: Vec<Read>,
}

/// What an expression answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Answer {
    /// A value; none where the expression answers `()`.
    Value {
        /// The value.
        value: Option<Value>,
    },
    /// A value that it asks for is not there.
    Missing {
        /// Its path.
        path: String,
    },
    /// It did what cannot be done, or ran too long.
    Fault {
        /// What, in English.
        message: String,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
}

/// What an expression answered, and what it read for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The answer.
    pub answer: Answer,
    /// What was read.
    pub reads: Reads,
}

impl Evaluated {
    /// Returns the value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match &self.answer {
            Answer::Value { value } => value.as_ref(),
            _ => None,
        }
    }
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first thing that is wrong with how it is written. What types tell is for [`Expression::check`].
    pub fn compile(text: &str) -> Result<Self, Box<Problem>> {
        let ast = sandbox::shared().compile(text).map_err(|error| Box::new(syntax(&error)))?;
        let statement = match ast.statements() {
            [statement @ (Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::If(..))] => statement.clone(),
            statements => return Err(not_single(statements)),
        };
        let script = Script::of(&ast);
        if script.names().next().is_some() {
            return Err(not_single(&[]));
        }
        let reads = check_expression(&script, &statement, &Env::default()).reads;
        let named = names(&ast);
        let needs = Needs::of(|root| named.contains(root), &reads);
        let plain = is_path(text);
        Ok(Self { text: text.to_owned(), ast, script, statement, plain, needs, reads })
    }

    /// The expression as it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The paths that it may read.
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// What must be at hand before it is evaluated.
    #[must_use]
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Returns the type of its value, if it is known, and what the types tell against it.
    #[must_use]
    pub fn check(&self, env: &Env) -> (Option<Type>, Vec<Problem>) {
        let Checked { ty, problems, .. } = self.checked(env);
        (ty, problems)
    }

    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    pub(crate) fn statement(&self) -> &Stmt {
        &self.statement
    }

    pub(crate) fn checked(&self, env: &Env) -> Checked {
        check_expression(&self.script, &self.statement, env)
    }

    /// Evaluates it, and tells what it read.
    #[must_use]
    pub fn evaluate(&self, inputs: &Inputs) -> Evaluated {
        let log = Log::default();
        let answer = self.answer_by(inputs, &log);
        Evaluated { answer, reads: log.reads() }
    }

    /// Evaluates it.
    #[must_use]
    pub fn answer(&self, inputs: &Inputs) -> Answer {
        match self.followed(inputs) {
            Some(value) => Answer::Value { value: Some(value.clone()) },
            None => self.answer_by(inputs, &Log::none()),
        }
    }

    fn answer_by(&self, inputs: &Inputs, log: &Log) -> Answer {
        match self.run(inputs, log) {
            Ok(value) => Answer::Value { value },
            Err(Stop::Missing(path)) => Answer::Missing { path },
            Err(Stop::Fault(message, Spot { line, column })) => {
                Answer::Fault { message, line, column }
            }
        }
    }

    /// Follows a path to its value, as the script would. What is missing on the way is left to the script to tell.
    fn followed<'v>(&self, inputs: &'v Inputs) -> Option<&'v Value> {
        let (root, below) = self.text.split_once('.').filter(|_| self.plain)?;
        node::follow(inputs.shared(root)?, below)
    }

    pub(crate) fn run(&self, inputs: &Inputs, log: &Log) -> Result<Option<Value>, Stop> {
        run(Spot::START, || {
            let mut scope = Scope::new();
            for name in &self.needs.roots {
                scope.push_dynamic(*name, node::root(name, inputs.shared(name), log));
            }
            let answer: rhai::Dynamic =
                sandbox::shared().eval_ast_with_scope(&mut scope, &self.ast)?;
            node::value_of(&answer)
        })
    }
}

/// Returns what a text names.
fn names(ast: &AST) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::Variable(parts, _, _))) = path.last() {
            named.insert(parts.1.to_string());
        }
        true
    });
    named
}

/// Returns whether a text is a path below a root: names with dots between them.
fn is_path(text: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.split_once('.')
        .is_some_and(|(root, below)| ROOTS.contains(&root) && below.split('.').all(is_name))
}

fn not_single(statements: &[Stmt]) -> Box<Problem> {
    let at = statements
        .get(1)
        .or(statements.first())
        .map_or(Spot::START, |statement| Spot::of(statement.position(), Spot::START));
    Box::new(
        Problem::new(
            "expression-not-single",
            at,
            "这里只能写一个表达式",
            "only one expression may stand here",
        )
        .help("复杂的判断写成规则", "write a rule for what takes more"),
    )
}

/// What Rhai says about how a text is written.
pub(crate) fn syntax(error: &ParseError) -> Problem {
    let at = Spot::of(error.position(), Spot::START);
    let refused = match error.err_type() {
        ParseErrorType::Reserved(word) | ParseErrorType::UnknownOperator(word) => {
            Some(word.as_str())
        }
        ParseErrorType::BadInput(rhai::LexError::ImproperSymbol(word, _)) => Some(word.as_str()),
        _ => None,
    };
    if let Some(word) = refused.filter(|word| sandbox::is_refused(word)) {
        return Problem::new(
            "rule-construct-refused",
            at,
            format!("规则里不能用 `{word}`"),
            format!("rules have no `{word}`"),
        )
        .help(
            "规则只有条件、变量、函数与运算，没有循环和出错处理",
            "rules have conditions, variables, functions and operators; no loops, no catching of errors",
        );
    }
    let said = error.err_type().to_string();
    let problem = |zh: &str| {
        let en = format!("it cannot be read: {said}");
        Problem::new("rule-syntax", at, format!("写法有误：{zh}"), en)
    };
    let brackets = "检查括号是否成对、两边是否都写了值";
    match error.err_type() {
        ParseErrorType::BadInput(rhai::LexError::UnterminatedString) => {
            problem("引号没有成对").help("补上结尾的引号", "add the closing quote")
        }
        ParseErrorType::BadInput(rhai::LexError::UnexpectedInput(word)) => {
            match word.chars().next().and_then(half_width) {
                Some((near, told)) => problem(&format!("这里不该有 `{told}`"))
                    .help(format!("改成半角的 `{near}`"), format!("write `{near}`")),
                None => problem(&format!("这里不该有 `{word}`"))
                    .help(brackets, "check the brackets, and that both sides are there"),
            }
        }
        // Two values side by side, or the next rule inside this one.
        ParseErrorType::MissingToken(token, _) if token == ";" => problem("前后两部分连不起来")
            .help(
                "并且写 `&&`，或者写 `||`；也看前面一条规则的 `}` 是否漏了",
                "write `&&` for and, `||` for or; see also whether the rule before lacks its `}`",
            ),
        ParseErrorType::FnMissingParams(_) => problem("规则名后面要有括号").help(
            "名字里用 `_`，不用 `-`；括号里写规则要看的，如 `fn few_bookings(subject, param)`",
            "names have `_`, not `-`; in parentheses stands what the rule sees, as in `fn few_bookings(subject, param)`",
        ),
        ParseErrorType::MissingToken(token, _) | ParseErrorType::MissingSymbol(token) => {
            problem(&format!("缺少 `{token}`"))
                .help(format!("补上 `{token}`"), format!("add `{token}`"))
        }
        ParseErrorType::UnexpectedEOF | ParseErrorType::ExprExpected(_) => {
            problem("没有写完").help(brackets, "check the brackets, and that both sides are there")
        }
        ParseErrorType::AssignmentToInvalidLHS(_) => problem("这里不能赋值")
            .help("比较是否相等写 `==`", "write `==` to ask whether two values are equal"),
        _ => problem(&said),
    }
}

/// Returns the sign that was meant by a full-width one.
fn half_width(c: char) -> Option<(char, char)> {
    const SIGNS: &str = "，,；;：:（(）)＞>＜<＝=！!“\"”\"。.＋+－-×*÷/";
    let signs: Vec<char> = SIGNS.chars().collect();
    signs.chunks(2).find_map(|pair| match pair {
        [full, half] if *full == c => Some((*half, *full)),
        _ => None,
    })
}
