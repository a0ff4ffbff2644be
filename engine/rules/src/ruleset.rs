//! The rules of a folder, compiled once.
//!
//! Invariant: a rule in the set has all that its doc comment must tell; what is wrong with others is a problem each,
//! and all problems of all files come at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rhai::Engine;
use xueji_definition::Text;
use xueji_definition::value::Type;

use crate::doc::{Doc, Documented, scan};
use crate::expression::{Expression, syntax};
use crate::inputs::ROOTS;
use crate::needs::Needs;
use crate::problem::{Problem, Spot};
use crate::rule::{Certainty, Compiled, Effect, Rule};
use crate::sandbox;
use crate::tally::Tally;
use crate::typing::script::Script;
use crate::typing::{Checked, Env, check_rule};
use crate::words::{Language, Template};

/// Compiled rules by name. Shared among threads as it is.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: BTreeMap<String, Rule>,
    broken: BTreeSet<String>,
    pub(crate) tally: Option<Arc<Tally>>,
    /// What judges, made when it is first needed.
    engine: Arc<OnceLock<Engine>>,
}

impl RuleSet {
    /// Compiles rule files, each a path and a text.
    ///
    /// The problems are those of writing and doc comments, in the order of file, line and column. What types tell is for
    /// [`RuleSet::check`].
    pub fn compile(files: impl IntoIterator<Item = (String, String)>) -> (Self, Vec<Problem>) {
        let (mut set, mut problems) = (Self::default(), Vec::new());
        let mut ids: BTreeMap<String, (String, u32)> = BTreeMap::new();
        for (path, text) in files {
            let mut found = Vec::new();
            for rule in set.file(&path, &text, &mut found) {
                set.admit(rule, &mut ids, &mut found);
            }
            problems.extend(found.into_iter().map(|problem| problem.within(&path)));
        }
        problems.sort_by(|a, b| {
            (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code))
        });
        (set, problems)
    }

    /// Returns the same rules, which from now on tell the tally what they say.
    #[must_use]
    pub fn counted(&self, tally: &Arc<Tally>) -> Self {
        Self { tally: Some(Arc::clone(tally)), ..self.clone() }
    }

    /// Returns the engine that judges: it knows the fields that the rules read by name.
    pub(crate) fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| {
            let reads = self.rules.values().flat_map(|rule| &rule.reads);
            let fields: BTreeSet<&str> =
                reads.flat_map(|read| read.path.split('.').skip(1)).collect();
            sandbox::knowing(fields.into_iter().filter(|field| *field != "*"))
        })
    }

    /// Returns a rule by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }

    /// Returns the rules in the order of their names.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// Names of rules that files define but that could not be compiled: known, so that nobody calls them unknown.
    #[must_use]
    pub fn broken(&self) -> &BTreeSet<String> {
        &self.broken
    }

    /// Returns what types tell against a rule, its reason and its switch. Empty for a name that is not in the set.
    #[must_use]
    pub fn check(&self, name: &str, env: &Env) -> (Option<Type>, Vec<Problem>) {
        let Some(rule) = self.rules.get(name) else { return (None, Vec::new()) };
        let Checked { ty, mut problems, .. } = rule.checked(env);
        if let Some((expression, spot)) = &rule.compiled.off_by
            && let (Some(found), _) = expression.check(env)
            && found != Type::Bool
        {
            problems.push(Problem::new(
                "rule-type-mismatch",
                *spot,
                format!("`@off-by` 要真假型参数，得到的是{}", found.in_chinese()),
                format!(
                    "expected a parameter that is true or false after `@off-by`, found {found}"
                ),
            ));
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        (ty, problems.into_iter().map(|problem| problem.within(&rule.file)).collect())
    }

    fn file(&mut self, path: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Rule> {
        let functions = scan(text);
        let ast = match sandbox::shared().compile(text) {
            Ok(ast) => ast,
            Err(error) => {
                problems.push(syntax(&error));
                self.broken.extend(functions.iter().filter(|f| !f.private).map(|f| kebab(&f.name)));
                return Vec::new();
            }
        };
        if let Some(statement) = ast.statements().first() {
            problems.push(
                Problem::new(
                    "rule-outside-function",
                    Spot::of(statement.position(), Spot::START),
                    "规则文件里只能有函数",
                    "a rule file holds functions only",
                )
                .help("把它写进 `fn`", "write it inside a `fn`"),
            );
        }
        let (ast, script) = (Arc::new(ast.clone_functions_only()), Arc::new(Script::of(&ast)));
        let mut rules = Vec::new();
        for function in functions.iter().filter(|function| !function.private) {
            match rule(path, function, &ast, &script, problems) {
                Some(rule) => rules.push(rule),
                None => {
                    self.broken.insert(kebab(&function.name));
                }
            }
        }
        rules
    }

    fn admit(
        &mut self,
        rule: Rule,
        ids: &mut BTreeMap<String, (String, u32)>,
        problems: &mut Vec<Problem>,
    ) {
        let spot = Spot { line: rule.line, column: rule.column };
        if let Some(other) = self.rules.get(&rule.name) {
            let place = format!("{}:{}", other.file, other.line);
            let first = Spot { line: other.line, column: other.column };
            let problem = Problem::new(
                "rule-name-twice",
                spot,
                format!("规则 `{}` 已在 {place} 定义", rule.name),
                format!("rule `{}` stands already at {place}", rule.name),
            );
            problems.push(problem.after(&other.file, first));
            return;
        }
        if let Some((file, line)) = ids.get(&rule.id) {
            let problem = Problem::new(
                "rule-id-twice",
                spot,
                format!("编号 `{}` 已用于 {file}:{line}", rule.id),
                format!("id `{}` is used already at {file}:{line}", rule.id),
            );
            problems.push(problem.after(file, Spot { line: *line, column: 1 }));
        }
        ids.entry(rule.id.clone()).or_insert_with(|| (rule.file.clone(), rule.line));
        self.rules.insert(rule.name.clone(), rule);
    }
}

impl Rule {
    /// What types tell against the function and the words, with all reads.
    pub(crate) fn checked(&self, env: &Env) -> Checked {
        let mut all = check_rule(&self.compiled.script, &self.function, env);
        if let Some((zh, en)) = &self.compiled.reason {
            for found in [zh.check(env), en.check(env)] {
                all.problems.extend(found.problems);
                all.reads.extend(found.reads);
            }
        }
        if let Some((expression, spot)) = &self.compiled.off_by {
            let moved = |column: u32| spot.column + column.saturating_sub(1);
            let found = expression.checked(env);
            all.problems.extend(found.problems.into_iter().map(|p| Problem {
                line: spot.line,
                column: moved(p.column),
                ..p
            }));
            all.reads.extend(found.reads.into_iter().map(|read| crate::typing::Read {
                line: spot.line,
                column: moved(read.column),
                ..read
            }));
        }
        all
    }
}

fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

/// Reads one function as a rule; `None` where it lacks what a rule must have.
fn rule(
    path: &str,
    function: &Documented,
    ast: &Arc<rhai::AST>,
    script: &Arc<Script>,
    problems: &mut Vec<Problem>,
) -> Option<Rule> {
    if !function.has_doc() {
        problems.push(undocumented(function));
        return None;
    }
    let roots = script.get(&function.name)?.parameters.clone();
    known_roots(&roots, function, problems);
    let doc = function.read(problems);
    let title = title(&doc, function, problems);
    let id = needed(&doc, "@id", function, problems).map(|(_, text)| text);
    let effect = needed(&doc, "@effect", function, problems)
        .and_then(|(spot, text)| chosen("@effect", &text, spot, &Effect::ALL, problems));
    let source = needed(&doc, "@source", function, problems)
        .map(|(spot, text)| sources(&text, spot, problems))
        .filter(|source| !source.is_empty());
    let articles = doc.many("@article");
    if articles.is_empty() && source.iter().flatten().any(|source| source.needs_article()) {
        problems.push(absent("rule-doc-article-missing", "@article", function));
    }
    let asks = effect.is_some_and(Effect::needs_reason);
    let templates = reason(&doc, asks, function, problems);
    let require = pair(&doc, "@require zh", "@require en", false, function, problems);
    let off_by = switch(&doc, problems);
    let mut rule = Rule {
        id: id?,
        name: kebab(&function.name),
        function: function.name.clone(),
        file: path.to_owned(),
        line: function.spot.line,
        column: function.spot.column,
        title: title?,
        effect: effect?,
        source: source?,
        articles,
        reason: templates.as_ref().map(|(zh, en)| Text::new(zh.text(), en.text())),
        override_role: doc.one("@override-role").map(|(_, words)| words.text()),
        off_by: off_by.as_ref().map(|(expression, _)| expression.text().to_owned()),
        require: require.map(|(zh, en)| Text::new(zh.text(), en.text())),
        roots,
        reads: Vec::new(),
        needs: Needs::default(),
        compiled: Compiled { ast: ast.clone(), script: script.clone(), reason: templates, off_by },
    };
    rule.reads = rule.checked(&Env::default()).reads;
    rule.needs = Needs::of(|root| rule.roots.iter().any(|name| name == root), &rule.reads);
    Some(rule)
}

fn undocumented(function: &Documented) -> Problem {
    Problem::new(
        "rule-doc-missing",
        function.spot,
        format!("规则 `{}` 没有说明", function.name),
        format!("rule `{}` has no doc comment", function.name),
    )
    .help(
        "在上一行用 `///` 写标题和标签；辅助函数写作 `private fn`",
        "write titles and tags above it with `///`, or `private fn` if it only helps others",
    )
}

fn known_roots(parameters: &[String], function: &Documented, problems: &mut Vec<Problem>) {
    for name in parameters.iter().filter(|name| !ROOTS.contains(&name.as_str())) {
        problems.push(
            Problem::new(
                "rule-root-unknown",
                function.parameter(name),
                format!("规则的参数只能是 {}", ROOTS.join("、")),
                format!("parameters of a rule are {}", ROOTS.join(", ")),
            )
            .near(name, ROOTS),
        );
    }
}

fn absent(code: &'static str, tag: &str, function: &Documented) -> Problem {
    let line = example(tag);
    Problem::new(
        code,
        function.spot,
        format!("规则 `{}` 缺少 `{tag}`", function.name),
        format!("rule `{}` lacks `{tag}`", function.name),
    )
    .help(format!("在 `fn` 上方加一行 `{line}`"), format!("add a line `{line}` above `fn`"))
}

/// The line that a rule lacks, as an author may write it.
fn example(tag: &str) -> String {
    let value = match tag {
        "@effect" => "block",
        "@id" => "A1",
        "@source" => "P",
        _ => "…",
    };
    if tag == TITLES { "/// …".to_owned() } else { format!("/// {tag} {value}") }
}

/// What stands for the titles where a tag is named.
const TITLES: &str = "中文标题 / English title";

fn title(doc: &Doc, function: &Documented, problems: &mut Vec<Problem>) -> Option<Text> {
    if doc.zh.is_empty() || doc.en.is_empty() {
        problems.push(absent("rule-doc-language-missing", TITLES, function));
        return None;
    }
    Some(Text::new(doc.zh.text(), doc.en.text()))
}

fn needed(
    doc: &Doc,
    tag: &str,
    function: &Documented,
    problems: &mut Vec<Problem>,
) -> Option<(Spot, String)> {
    let found = doc.one(tag).map(|(spot, words)| (spot, words.text()));
    if found.is_none() {
        problems.push(absent("rule-doc-tag-missing", tag, function));
    }
    found
}

/// Returns what a word stands for, and reports one that stands for nothing.
fn chosen<T: Copy>(
    tag: &str,
    word: &str,
    spot: Spot,
    known: &[(&'static str, T)],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let all = names.join(", ");
        let problem = Problem::new(
            "rule-doc-tag-value",
            spot,
            format!("`{tag}` 没有 `{word}`，可用：{all}"),
            format!("`{tag}` has no `{word}`; it is one of {all}"),
        );
        problems.push(problem.near(word, names));
    }
    found
}

/// Reads the grounds of a rule, several of them parted by blanks, commas or `+`.
fn sources(text: &str, spot: Spot, problems: &mut Vec<Problem>) -> Vec<Certainty> {
    text.split([' ', ',', '+'])
        .filter(|word| !word.is_empty())
        .filter_map(|word| chosen("@source", word, spot, &Certainty::ALL, problems))
        .collect()
}

/// Returns the words of a tag in both languages, and reports one without the other.
fn pair<'d>(
    doc: &'d Doc,
    zh: &str,
    en: &str,
    required: bool,
    function: &Documented,
    problems: &mut Vec<Problem>,
) -> Option<(&'d crate::words::Words, &'d crate::words::Words)> {
    match (doc.one(zh), doc.one(en)) {
        (Some((_, a)), Some((_, b))) => return Some((a, b)),
        (None, None) if !required => {}
        (None, _) => problems.push(absent("rule-doc-language-missing", zh, function)),
        (Some(_), None) => problems.push(absent("rule-doc-language-missing", en, function)),
    }
    None
}

fn reason(
    doc: &Doc,
    required: bool,
    function: &Documented,
    problems: &mut Vec<Problem>,
) -> Option<(Template, Template)> {
    let (zh, en) = pair(doc, "@reason zh", "@reason en", required, function, problems)?;
    let mut compile = |words: &crate::words::Words, language| {
        Template::compile(words.clone(), language).map_err(|problem| problems.push(*problem)).ok()
    };
    let (zh, en) = (compile(zh, Language::Chinese), compile(en, Language::English));
    zh.zip(en)
}

/// Reads the path of the parameter that switches a rule off.
fn switch(doc: &Doc, problems: &mut Vec<Problem>) -> Option<(Expression, Spot)> {
    let (spot, words) = doc.one("@off-by")?;
    let text = words.text();
    let is_path = text.starts_with("param.")
        && text.chars().all(|c| c == '.' || c == '_' || c.is_alphanumeric());
    match Expression::compile(&text) {
        Ok(expression) if is_path => Some((expression, spot)),
        _ => {
            problems.push(
                Problem::new(
                    "rule-doc-tag-value",
                    spot,
                    format!("`@off-by` 要参数的路径，得到的是 `{text}`"),
                    format!("expected the path of a parameter after `@off-by`, found `{text}`"),
                )
                .help(
                    "如 `@off-by param.hall.check_term`",
                    "as in `@off-by param.hall.check_term`",
                ),
            );
            None
        }
    }
}
