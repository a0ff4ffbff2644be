//! Rules: what they judge, what it means that one is not satisfied, and their words.
//!
//! Invariant: a rule judges the same when its function, and the private functions that this calls, have the same tokens;
//! comments and layout are none.

use std::collections::{BTreeMap, BTreeSet};

use xueji_definition::file::Case;
use xueji_definition::finding::Spot;
use xueji_definition::model::Kind;
use xueji_rules::Rule;
use xueji_runtime::Release;

use super::change::{Change, Class, Touch, Weight};
use super::difference::both;

pub(super) fn compare(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let by_name = |release: &Release| -> BTreeMap<String, Rule> {
        release.rules.rules().map(|rule| (rule.name.clone(), rule.clone())).collect()
    };
    let (before, after) = (by_name(old), by_name(new));
    let (old_bodies, new_bodies) = (Bodies::of(old), Bodies::of(new));
    for name in both(after.keys(), before.keys()) {
        match (before.get(name), after.get(name)) {
            (None, Some(rule)) => {
                let words = if is_listed(new, name) {
                    ("是新的", "new")
                } else {
                    (
                        "是新的，还没有列入任何清单，列入后才生效",
                        "new; no list names it yet, and it is judged where one does",
                    )
                };
                found.push(told(rule, (Class::Rule, Weight::Additive, "rule-added"), words));
            }
            (Some(rule), None) => {
                let kind = (Class::Rule, Weight::Breaking, "rule-gone");
                found.push(told(rule, kind, ("取消了", "gone")).gone());
            }
            (Some(was), Some(is)) => {
                let same = old_bodies.whole(was) == new_bodies.whole(is);
                changed(was, is, same, found);
            }
            (None, None) => {}
        }
    }
}

/// Tells whether a start, a step, a gateway or a query names a rule.
fn is_listed(release: &Release, name: &str) -> bool {
    let named = |rules: &[String]| rules.iter().any(|rule| rule == name);
    let listed = |rules: &[String], cases: &[Case]| {
        named(rules) || cases.iter().any(|case| named(&case.rules))
    };
    let definitions = &release.definitions;
    definitions.facts_file.queries.values().any(|query| named(&query.rules))
        || definitions.processes.values().any(|process| {
            listed(&process.start.rules, &process.start.cases)
                || process.steps.values().any(|step| match &step.kind {
                    Kind::UserTask(task) => listed(&task.rules, &task.cases),
                    Kind::Gateway(gateway) => gateway.choices.iter().any(|way| way.when == name),
                    _ => false,
                })
        })
}

fn told(
    rule: &Rule,
    (class, weight, what): (Class, Weight, &str),
    (zh, en): (&str, &str),
) -> Change {
    let words = (
        format!("规则 {}“{}”：{zh}", rule.id, rule.title.zh),
        format!("rule {} “{}”: {en}", rule.id, rule.title.en),
    );
    Change::new(class, weight, what, &rule.file, words)
        .at(Spot::At(rule.line, rule.column))
        .touching(Touch::Rule(rule.name.clone()))
}

fn changed(was: &Rule, is: &Rule, same: bool, found: &mut Vec<Change>) {
    let behaviour = |what| (Class::Rule, Weight::Behaviour, what);
    if !same {
        let words = ("判断的内容改了", "it judges otherwise");
        found.push(told(is, behaviour("rule-changed"), words));
    }
    if was.effect != is.effect {
        let (zh, en) = (
            format!("不满足时由“{}”改为“{}”", effect(was).0, effect(is).0),
            format!("when not satisfied it would {}, now {}", effect(was).1, effect(is).1),
        );
        found.push(told(is, behaviour("rule-effect"), (&zh, &en)));
    }
    if was.off_by != is.off_by {
        let words = ("停用它的参数换了", "another parameter switches it off");
        found.push(told(is, behaviour("rule-switch"), words));
    }
    if was.override_role != is.override_role {
        let words = ("可以破例放行的角色换了", "another role may set it aside");
        found.push(told(is, (Class::Holder, Weight::Behaviour, "rule-override"), words));
    }
    let words = |rule: &Rule| {
        (
            rule.id.clone(),
            rule.title.clone(),
            rule.reason.clone(),
            rule.require.clone(),
            rule.articles.clone(),
            rule.source.clone(),
        )
    };
    if words(was) != words(is) {
        let kind = (Class::Wording, Weight::Wording, "rule-wording");
        found.push(told(
            is,
            kind,
            ("名称、理由或依据的文字改了", "other words, reason or article"),
        ));
    }
}

fn effect(rule: &Rule) -> (&'static str, &'static str) {
    use xueji_rules::Effect as E;
    match rule.effect {
        E::Block => ("不能办理", "block"),
        E::Hold => ("挂起", "hold"),
        E::Warn => ("提示", "warn"),
        E::Require => ("要求补办", "require"),
        E::Include => ("列入", "include"),
        E::Conclude => ("结论", "conclude"),
        E::Decide => ("选择", "decide"),
        E::Route => ("分流", "route"),
        E::Rank => ("排序", "rank"),
    }
}

/// The functions of all rule files, as tokens.
struct Bodies(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Bodies {
    fn of(release: &Release) -> Self {
        let files = release.definitions.rules.iter();
        Self(files.map(|(path, text)| (path.clone(), functions(&tokens(text)))).collect())
    }

    /// Returns the tokens of a rule's function, and of those that it calls.
    fn whole(&self, rule: &Rule) -> BTreeMap<&str, &[String]> {
        let mut whole = BTreeMap::new();
        let Some(file) = self.0.get(&rule.file) else { return whole };
        let mut wanted = vec![rule.function.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(name) = wanted.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some((name, body)) = file.get_key_value(name) {
                whole.insert(name.as_str(), body.as_slice());
                wanted.extend(body.iter().map(String::as_str).filter(|t| file.contains_key(*t)));
            }
        }
        whole
    }
}

/// Splits a script into words, texts and signs, leaving out comments and white space.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut token = String::from(c);
        match (c, rest.peek()) {
            ('/', Some('/')) => {
                rest.by_ref().find(|c| *c == '\n');
                continue;
            }
            ('/', Some('*')) => {
                let mut last = ' ';
                rest.by_ref()
                    .skip(1)
                    .find(|c| std::mem::replace(&mut last, *c) == '*' && *c == '/');
                continue;
            }
            ('"' | '\'' | '`', _) => {
                let mut escaped = false;
                for inner in rest.by_ref() {
                    token.push(inner);
                    if inner == c && !escaped {
                        break;
                    }
                    escaped = inner == '\\' && !escaped;
                }
            }
            _ if c.is_alphanumeric() || c == '_' => {
                while let Some(next) = rest.next_if(|n| n.is_alphanumeric() || *n == '_') {
                    token.push(next);
                }
            }
            _ => {}
        }
        tokens.push(token);
    }
    tokens
}

/// Returns the functions among tokens, each from its parameters to its last brace.
fn functions(tokens: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut functions = BTreeMap::new();
    let mut at = tokens.iter().enumerate();
    while let Some((index, token)) = at.next() {
        if token != "fn" {
            continue;
        }
        let Some((_, name)) = at.next() else { break };
        let mut depth = 0_usize;
        let mut body = Vec::new();
        for token in tokens.iter().skip(index + 2) {
            body.push(token.clone());
            match token.as_str() {
                "{" => depth += 1,
                "}" if depth <= 1 => break,
                "}" => depth -= 1,
                _ => {}
            }
        }
        functions.insert(name.clone(), body);
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_layout_are_no_part_of_what_a_function_says() {
        let one = functions(&tokens("/// words\nfn a(x) { x.y > 3 } // end\nfn b() { a(1) }"));
        let other = functions(&tokens("/* other */ fn a( x ){\n  x.y>3\n}\nfn b(){a(1)}"));
        assert_eq!(one, other);
        let third = functions(&tokens("fn a(x) { x.y > 4 } fn b() { a(1) }"));
        assert_ne!(one["a"], third["a"]);
        assert_eq!(one["b"], third["b"]);
    }

    #[test]
    fn a_text_keeps_its_spaces_and_what_looks_like_a_comment_in_it() {
        let one = tokens(r#"fn a() { "x // y" }"#);
        assert!(one.contains(&r#""x // y""#.to_owned()), "{one:?}");
    }
}
