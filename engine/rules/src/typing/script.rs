//! The functions of a compiled text, ready to be walked.

use std::collections::BTreeMap;

use rhai::{AST, ASTNode, Stmt};

/// A function's parameters and statements.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) parameters: Vec<String>,
    pub(crate) statements: Vec<Stmt>,
}

/// All functions of a compiled text, closures among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script(BTreeMap<String, Body>);

impl Script {
    /// Takes the functions out of a compiled text.
    pub(crate) fn of(ast: &AST) -> Self {
        // Rhai hands out a body only through a walk, and a walk does not tell whose body it is in: one function at a
        // time, then.
        let functions = ast.clone_functions_only();
        let bodies = ast.iter_fn_def().map(|def| {
            let mut alone = functions.clone();
            alone.retain_functions(|_, _, name, count| {
                name == def.name.as_str() && count == def.params.len()
            });
            let parameters = def.params.iter().map(ToString::to_string).collect();
            (def.name.to_string(), Body { parameters, statements: top(&alone) })
        });
        Self(bodies.collect())
    }

    /// Returns a function by name.
    pub(crate) fn get(&self, name: &str) -> Option<&Body> {
        self.0.get(name)
    }

    /// The names of the functions that a person wrote.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| !name.starts_with("anon$"))
    }
}

/// Returns the outermost statements of what a walk visits.
fn top(ast: &AST) -> Vec<Stmt> {
    let mut statements = Vec::new();
    ast.walk(&mut |path| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    statements
}
