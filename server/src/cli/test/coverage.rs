//! What the scenarios have tried, as a table and as JSON, with the place of everything that they have not.

use std::io::{self, Write};

use serde_json::{Value as Json, json};
use xueji_definition::Place;
use xueji_definition::finding::{Route, Spot};
use xueji_engine::scenario::{Covered, ProcessCoverage, StepOf, Way, coverage, total};
use xueji_rules::Said;

use super::super::args::Lang;
use super::super::columns::left;
use super::Played;

pub(super) fn of(played: &Played) -> Vec<ProcessCoverage> {
    coverage(&played.release, played.results.iter().map(|result| &result.trail))
}

/// Returns the least share of anything in any process, in hundredths.
pub(super) fn least(covered: &[ProcessCoverage]) -> usize {
    covered.iter().map(ProcessCoverage::least).min().unwrap_or(100)
}

/// Writes a table of all processes, then all that is missing.
pub(super) fn text(
    covered: &[ProcessCoverage],
    played: &Played,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n{}", lang.pick("覆盖", "coverage"))?;
    let share = |tried: usize, all: usize| {
        let percent = (tried * 100).checked_div(all).unwrap_or(100);
        format!("{percent:>3}% {tried}/{all}")
    };
    let mut row = |name: &str, cells: [String; 4]| {
        let [steps, ways, rules, articles] = cells;
        let (name, steps) = (left(name, 24), left(&steps, 14));
        writeln!(out, "{name}{steps}{}{}{articles}", left(&ways, 14), left(&rules, 14))
    };
    let heading = match lang {
        Lang::Zh => ["步骤", "去向", "规则±", "依据"],
        Lang::En => ["steps", "ways", "rules ±", "articles"],
    };
    row("", heading.map(str::to_owned))?;
    for process in covered {
        let cells = [
            share(process.steps.tried, process.steps.all),
            share(process.ways.tried, process.ways.all),
            share(process.rules.tried, process.rules.all),
            share(process.articles.tried, process.articles.all),
        ];
        row(&process.process, cells)?;
    }
    let all = total(covered);
    let cells = [&all.steps, &all.ways, &all.rules, &all.articles];
    row(lang.pick("合计", "total"), cells.map(|part: &Covered<()>| share(part.tried, part.all)))?;
    for process in covered {
        missing(process, played, lang, out)?;
    }
    Ok(())
}

fn missing(
    process: &ProcessCoverage,
    played: &Played,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    if process.least() == 100 {
        return Ok(());
    }
    let not_tried = lang.pick("尚未试到：", "not tried:");
    writeln!(out, "\n{} {} {not_tried}", process.process, lang.of(&process.title))?;
    let (step_word, way_word) = (lang.pick("步骤", "step   "), lang.pick("去向", "way    "));
    let (rule_word, article_word) = (lang.pick("规则", "rule   "), lang.pick("依据", "article"));
    for step in &process.steps.missing {
        let (file, at) = step_place(played, step);
        writeln!(out, "  {step_word}  {}  {file}:{}", step.step, at.line)?;
    }
    for (step, way) in &process.ways.missing {
        let (file, at) = step_place(played, step);
        let way = way.words();
        writeln!(out, "  {way_word}  {} → {}  {file}:{}", step.step, lang.of(&way), at.line)?;
    }
    for (rule, said) in &process.rules.missing {
        let said = match said {
            Said::Satisfied => lang.pick("满足", "satisfied"),
            Said::NotSatisfied => lang.pick("不满足", "not satisfied"),
        };
        let place = rule_place(played, rule);
        writeln!(out, "  {rule_word}  {rule}: {said}  {place}")?;
    }
    for article in &process.articles.missing {
        writeln!(out, "  {article_word}  {article}")?;
    }
    Ok(())
}

/// Returns the coverage for programs.
pub(super) fn json(covered: &[ProcessCoverage], played: &Played) -> Json {
    let part = |tried: usize, all: usize, missing: Vec<Json>| json!({"tried": tried, "all": all, "missing": missing});
    let processes = covered.iter().map(|process| {
        let steps = process.steps.missing.iter().map(|step| {
            let (file, at) = step_place(played, step);
            json!({"step": step.step, "file": file, "line": at.line})
        });
        let ways = process.ways.missing.iter().map(|(step, way)| {
            let (file, at) = step_place(played, step);
            json!({"step": step.step, "way": named(way), "file": file, "line": at.line})
        });
        let rules = process.rules.missing.iter().map(
            |(rule, said)| json!({"rule": rule, "says": said, "place": rule_place(played, rule)}),
        );
        let articles = process.articles.missing.iter().map(|article| json!(article));
        json!({
            "process": process.process,
            "title": process.title,
            "steps": part(process.steps.tried, process.steps.all, steps.collect()),
            "ways": part(process.ways.tried, process.ways.all, ways.collect()),
            "rules": part(process.rules.tried, process.rules.all, rules.collect()),
            "articles": part(process.articles.tried, process.articles.all, articles.collect()),
        })
    });
    json!({"least": least(covered), "processes": processes.collect::<Vec<_>>()})
}

/// Returns a way as its kind and name.
fn named(way: &Way) -> Json {
    serde_json::to_value(way).unwrap_or_default()
}

fn step_place(played: &Played, step: &StepOf) -> (String, Place) {
    let process = played.release.process(&step.process);
    let file = process.map_or_else(String::new, |process| process.file.clone());
    let known = process.and_then(|process| process.step(&step.step));
    let route = known.map_or_else(|| Route(vec!["start".into()]), |known| known.route.clone());
    let at = played.places.spot(&file, &Spot::Key(route));
    (file, at)
}

fn rule_place(played: &Played, rule: &str) -> String {
    let rule = played.release.rules.get(rule);
    rule.map_or_else(String::new, |rule| format!("{}:{}", rule.file, rule.line))
}
