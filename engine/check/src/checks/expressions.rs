//! Expressions and rules: each compiled, and judged by the types of every place that uses it.
//!
//! Why: text compared with a number is quietly false, and a field that does not exist is never there.
//! Broken: `fixtures/broken/types`. Mended: by a field that exists, and values of like types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xueji_definition::Text;
use xueji_definition::finding::{Finding, Severity::Error, Spot};
use xueji_definition::model::Process;
use xueji_definition::value::Type;
use xueji_rules::Problem;

use crate::Check;
use crate::scenes::Seen;
use crate::scripts::{Compiled, facts};
use crate::site::Said;
use crate::templates;
use crate::walk::{ExprUse, NameKind, NameUse, Scene, Shared, Uses, Want};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "expression-type",
            Error,
            "表达式给出的类型不是这里要的",
            "The expression gives another type than is wanted here.",
        ),
        (
            "paper-field-unknown",
            Error,
            "文书模板用到没有的字段",
            "A template of a paper names a field that does not exist.",
        ),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let compiled = &world.compiled;
    let mut judge =
        Judge { world, compiled, guarded: BTreeMap::new(), findings: syntax(world, compiled) };
    for (id, uses) in &world.walk.processes {
        if let Some(process) = world.definitions.processes.get(*id) {
            judge.process(process, uses);
        }
    }
    judge.finish()
}

/// Expressions that cannot be read, wherever they stand, used or not.
fn syntax(world: &World<'_>, compiled: &Compiled) -> Vec<Finding> {
    let broken = world.walk.exprs().filter_map(|used| {
        let problem = compiled.get(&used.expr.0)?.as_ref().err()?;
        Some(problem_at(world, used, problem))
    });
    broken.collect()
}

/// What is judged next: the uses of something shared, in a scene.
type Next<'a> = (Scene<'a>, Shared<'a>);

/// A finding that is told only when it holds in all scenes of its text, with how many said so.
struct Guarded {
    finding: Finding,
    said: usize,
}

/// The place of a text, and what asked for it there.
type TextKey = (String, String);

struct Judge<'w, 'a> {
    world: &'w World<'a>,
    compiled: &'w Compiled,
    /// By text and message; and how often each text was judged.
    guarded: BTreeMap<TextKey, (usize, BTreeMap<String, Guarded>)>,
    findings: Vec<Finding>,
}

/// What is seen in the scenes of one process.
type Scenes<'a> = BTreeMap<Scene<'a>, Arc<Seen>>;

/// What one process has been through.
#[derive(Default)]
struct Been<'a> {
    shared: BTreeSet<Next<'a>>,
    rules: BTreeSet<(Scene<'a>, &'a str)>,
    ahead: Vec<Next<'a>>,
}

impl<'a> Judge<'_, 'a> {
    fn process(&mut self, process: &'a Process, uses: &Uses<'a>) {
        let mut been = Been::default();
        let mut envs = Scenes::new();
        self.uses(process, uses, None, &mut envs, &mut been);
        while let Some((scene, shared)) = been.ahead.pop() {
            let world = self.world;
            if been.shared.insert((scene, shared))
                && let Some(uses) = world.walk.shared.get(&shared)
            {
                self.uses(process, uses, Some(scene), &mut envs, &mut been);
            }
        }
    }

    /// Judges uses; those of something shared in the scene of whoever uses it.
    fn uses(
        &mut self,
        process: &'a Process,
        uses: &Uses<'a>,
        within: Option<Scene<'a>>,
        envs: &mut Scenes<'a>,
        been: &mut Been<'a>,
    ) {
        for used in &uses.exprs {
            let scene = within.unwrap_or(used.scene);
            let seen = envs.entry(scene).or_insert_with(|| self.world.seen(process, scene));
            self.expression(process, used, seen, within.is_some());
            if let Some(Ok(expression)) = self.compiled.get(&used.expr.0) {
                self.read_facts(facts(expression.reads()), scene, been);
            }
        }
        for used in &uses.names {
            let scene = Scene { row_of: used.scene.row_of, ..within.unwrap_or(used.scene) };
            match shared(used) {
                Some(next) => been.ahead.push((scene, next)),
                None if used.kind == NameKind::Rule => self.rule(process, used, scene, envs, been),
                None if used.kind == NameKind::Template => {
                    self.paper(process, used, scene, envs, been)
                }
                None => {}
            }
        }
    }

    fn read_facts(&self, names: BTreeSet<&str>, scene: Scene<'a>, been: &mut Been<'a>) {
        for name in names {
            if let Some((name, _)) = self.world.definitions.facts.get_key_value(name) {
                been.ahead.push((scene, Shared::Fact(name)));
            }
        }
    }

    fn rule(
        &mut self,
        process: &'a Process,
        used: &NameUse<'a>,
        scene: Scene<'a>,
        envs: &mut Scenes<'a>,
        been: &mut Been<'a>,
    ) {
        let Some(rule) = self.world.rules.get(used.name) else { return };
        // Facts see the case, also where the rule sees a row.
        self.read_facts(facts(&rule.reads), Scene { row_of: None, ..scene }, been);
        if !been.rules.insert((scene, used.name)) {
            return;
        }
        let seen = envs.entry(scene).or_insert_with(|| self.world.seen(process, scene));
        let problems = seen.rule(self.world.rules, used.name);
        let text = self.world.definitions.rules.get(&rule.file).map_or("", String::as_str);
        let key = (rule.file.clone(), rule.name.clone());
        self.judged(&key);
        for problem in problems.iter() {
            let mut finding = crate::of_rule(problem).of_process(&process.id);
            finding.step = used.site.step_id().map(str::to_owned);
            self.tell(Some(&key), text, problem, finding);
        }
    }

    fn paper(
        &mut self,
        process: &'a Process,
        used: &NameUse<'a>,
        scene: Scene<'a>,
        envs: &mut Scenes<'a>,
        been: &mut Been<'a>,
    ) {
        let Some(text) = self.world.definitions.documents.get(used.name) else { return };
        let file = format!("workflows/documents/{}.html", used.name);
        let key = (file.clone(), used.name.to_owned());
        self.judged(&key);
        let seen = envs.entry(scene).or_insert_with(|| self.world.seen(process, scene));
        let papers = &self.world.proofs.papers;
        let reads = papers.proved(used.name, text.clone(), |text| Arc::new(templates::reads(text)));
        let problems: Vec<Problem> =
            reads.iter().filter_map(|read| templates::fault(read, &seen.env)).collect();
        for problem in problems {
            let problem = Problem { file: file.clone(), ..problem };
            self.tell_shared(&key, crate::of_rule(&problem).of_process(&process.id));
        }
        self.read_facts(facts(reads.iter()), scene, been);
    }

    fn expression(&mut self, process: &Process, used: &ExprUse<'a>, seen: &Seen, is_shared: bool) {
        let Some(Ok(expression)) = self.compiled.get(&used.expr.0) else { return };
        let text = used.expr.0.as_str();
        let typed = seen.expression(text, expression);
        let (ty, problems) = &*typed;
        // Only of a text that asks first is it counted in how many scenes a field is missing.
        let key = text.contains("\")").then(|| {
            let start = Problem { line: 1, column: 1, ..no_problem() };
            let anchor = problem_at(self.world, used, &start);
            (anchor.file, format!("{:?}", anchor.spot))
        });
        if let Some(key) = &key {
            self.judged(key);
        }
        let sound = problems.is_empty();
        for problem in problems {
            let mut finding = problem_at(self.world, used, problem);
            if problem.code == "rule-variable-unknown" && problem.meant.is_none() {
                finding.help = the_word_itself(used).or(finding.help);
            }
            if is_shared {
                finding = finding.of_process(&process.id);
            }
            self.tell(key.as_ref(), text, problem, finding);
        }
        if let Some(ty) = ty.as_ref().filter(|ty| sound && !fits(&used.want, ty)) {
            let (zh, en) = wanted(&used.want);
            let said = Said::error(
                "expression-type",
                format!("这里要{zh}，表达式给出{}", ty.in_chinese()),
                format!("expected {en}, but the expression gives {ty}"),
            );
            self.findings.push(used.site.at_value(self.world.places, said));
        }
    }

    fn judged(&mut self, key: &TextKey) {
        self.guarded.entry(key.clone()).or_default().0 += 1;
    }

    /// A field that one process lacks is no fault of a text that asks `has` first; it is one if all lack it.
    fn tell(&mut self, key: Option<&TextKey>, text: &str, problem: &Problem, finding: Finding) {
        let is_guarded = problem.code == "rule-field-unknown" && asks_first(text, problem);
        match key.filter(|_| is_guarded) {
            Some(key) => self.tell_shared(key, finding),
            None => self.findings.push(finding),
        }
    }

    /// Tells it only if every scene of the text says so.
    fn tell_shared(&mut self, key: &TextKey, finding: Finding) {
        let Some((_, by_message)) = self.guarded.get_mut(key) else { return };
        let spot = match &finding.spot {
            Spot::At(line, column) | Spot::Inside(_, line, column) => format!("{line}:{column}"),
            _ => String::new(),
        };
        let message = format!("{spot} {}", finding.message.en);
        by_message.entry(message).or_insert(Guarded { finding, said: 0 }).said += 1;
    }

    fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for (times, by_message) in self.guarded.into_values() {
            let everywhere = by_message.into_values().filter(|guarded| guarded.said >= times);
            findings.extend(everywhere.map(|guarded| guarded.finding));
        }
        findings
    }
}

/// Returns what a name leads on to.
fn shared<'a>(used: &NameUse<'a>) -> Option<Shared<'a>> {
    Some(match used.kind {
        NameKind::Form => Shared::Form(used.name),
        NameKind::Materials => Shared::Materials(used.name),
        NameKind::Notice => Shared::Notice(used.name),
        NameKind::Query => Shared::Query(used.name),
        NameKind::Series => Shared::Series(used.name),
        _ => return None,
    })
}

/// Tells whether a text asks `has` for the field that a problem calls unknown: the last name in its message.
fn asks_first(text: &str, problem: &Problem) -> bool {
    let Some(field) = problem.message.en.rsplit('`').nth(1) else { return false };
    text.contains(&format!("has(\"{field}\")")) || text.contains(&format!("\"{field}\")"))
}

/// Says how a word is written where a text is wanted and the word itself seems to be meant.
fn the_word_itself(used: &ExprUse<'_>) -> Option<Text> {
    let word = used.expr.0.trim();
    let is_word = word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let textual = match &used.want {
        Want::Text => true,
        Want::Of(wanted) => wanted.is_textual(),
        _ => false,
    };
    (is_word && textual).then(|| {
        Text::new(
            format!("这里写的是表达式；要这个词本身，写作 '\"{word}\"'"),
            format!("this is an expression; for the word itself write '\"{word}\"'"),
        )
    })
}

fn no_problem() -> Problem {
    Problem {
        code: "",
        file: String::new(),
        line: 1,
        column: 1,
        message: xueji_definition::Text::default(),
        help: None,
        first: None,
        meant: None,
    }
}

fn problem_at(world: &World<'_>, used: &ExprUse<'_>, problem: &Problem) -> Finding {
    let said = Said::error(problem.code, problem.message.zh.as_str(), problem.message.en.as_str())
        .maybe(problem.help.clone())
        .meant(problem.meant.clone());
    let (line, column) = match used.offset {
        Some((line, column)) if problem.line == 1 => {
            (line, column + problem.column.saturating_sub(1))
        }
        Some((line, _)) => (line + problem.line.saturating_sub(1), problem.column),
        None => (problem.line, problem.column),
    };
    used.site.inside(world.places, line, column, said)
}

fn fits(want: &Want, ty: &Type) -> bool {
    match want {
        Want::Any => true,
        Want::Bool => *ty == Type::Bool,
        Want::Date => *ty == Type::Date,
        Want::Int => *ty == Type::Int,
        Want::Key => ty.is_textual() || matches!(ty, Type::Int | Type::Decimal | Type::Date),
        Want::Number => matches!(ty, Type::Int | Type::Decimal),
        Want::Text => ty.is_textual(),
        Want::Of(wanted) => wanted.accepts(ty),
    }
}

fn wanted(want: &Want) -> (String, String) {
    let ty = match want {
        Want::Any => return ("任何值".to_owned(), "any value".to_owned()),
        Want::Key => return ("文字、数字或日期".to_owned(), "text, a number or a date".to_owned()),
        Want::Number => return ("数字".to_owned(), "a number".to_owned()),
        Want::Bool => Type::Bool,
        Want::Date => Type::Date,
        Want::Int => Type::Int,
        Want::Text => Type::Text,
        Want::Of(ty) => ty.clone(),
    };
    (ty.in_chinese(), ty.to_string())
}
