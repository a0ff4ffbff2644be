//! Why an expression that must have a value has none: the parameters behind it that have no value for the case.
//!
//! Invariant: only words come of it; what is decided does not depend on them.

use std::collections::BTreeSet;

use xueji_definition::Text;
use xueji_definition::file::Expr;

use super::work::Work;
use crate::path::ScopePath;
use crate::refusal::Refusal;

impl Work<'_> {
    /// Returns the refusal of a step that cannot go on without a value.
    pub(super) fn without_value(&mut self, path: &ScopePath, step: &str, expr: &Expr) -> Refusal {
        let mut missing = Vec::new();
        for name in self.parameters_behind(&expr.0) {
            let read = Expr(format!("param.{name}"));
            if matches!(self.evaluate(path, step, &read), Ok(None)) {
                missing.push(name);
            }
        }
        let text = &expr.0;
        let (mut zh, mut en) = (format!("`{text}` 没有值"), format!("`{text}` has no value"));
        if !missing.is_empty() {
            let names = missing.join("`, `");
            zh.push_str(&format!("，因为参数 `{names}` 对这件事项的日期和批次没有值"));
            en.push_str(&format!(
                ", since parameter `{names}` has none for the date and cohort of the case"
            ));
        }
        self.fault(step, Text::new(zh, en))
    }

    /// Returns the parameters that a text reads: by itself, through facts, and through what effects fill into the form.
    fn parameters_behind(&self, text: &str) -> BTreeSet<String> {
        let definitions = &self.release.definitions;
        let effects = definitions.process_files.get(&self.process).map(|file| &file.effects);
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut texts = vec![text.to_owned()];
        while let Some(text) = texts.pop() {
            for path in paths(&text) {
                let Some((root, name)) = path.split_once('.') else { continue };
                if !seen.insert(path.to_owned()) {
                    continue;
                }
                let first = name.split('.').next().unwrap_or(name);
                match root {
                    "param" => {
                        let all = definitions.parameters.parameters.keys();
                        let holds = |one: &&String| {
                            name.strip_prefix(one.as_str())
                                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                        };
                        found.extend(all.filter(holds).cloned());
                    }
                    "fact" => {
                        let fact = definitions.facts_file.facts.get(first);
                        texts.extend(fact.and_then(|fact| serde_json::to_string(fact).ok()));
                    }
                    "form" => {
                        let fills = effects.into_iter().flatten();
                        let fills = fills.filter_map(|(_, effect)| effect.fill.as_ref());
                        texts.extend(fills.filter_map(|fill| Some(fill.get(first)?.0.clone())));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// Returns the dotted paths of a text.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
}
