//! `xueji rules list`: every rule, and how far it can be decided for all cases.
//!
//! Invariant: a rule is called decided only where a case that it passes and a case that it refuses were judged, or one
//! of them was proved not to be there.

use serde_json::{Value as Json, json};
use xueji_rules::Rule;
use xueji_rules::solve::{Answer, Followed, Judged, Says, Solver};

use super::words::Words;
use super::{ListArgs, project};
use crate::cli::args::Format;
use crate::cli::{Exit, Io, Trouble};

/// What is known of one rule.
struct Line<'a> {
    rule: &'a Rule,
    followed: Followed,
    yes: Answer,
    no: Answer,
}

pub(super) fn run(args: &ListArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (_, understood) = project(&args.folders)?;
    let mut lines = Vec::new();
    for rule in understood.rules.rules() {
        let ground = understood.ground(&rule.name, false);
        let mut solver = Solver::new(&ground);
        let handle = solver.read(Judged::Rule(rule));
        lines.push(Line {
            rule,
            followed: solver.followed(handle),
            yes: solver.satisfiable(&[(handle, Says::Yes)]),
            no: solver.satisfiable(&[(handle, Says::No)]),
        });
    }
    let total = lines.len();
    let wholly = lines.iter().filter(|line| line.followed == Followed::Wholly).count();
    let not = lines.iter().filter(|line| line.followed == Followed::Not).count();
    if args.undecided {
        lines.retain(|line| line.followed != Followed::Wholly);
    }
    let words = Words::new(Some(&understood), args.lang);
    match args.format {
        Format::Json => {
            let rules: Vec<Json> = lines.iter().map(told).collect();
            let partly = total - wholly - not;
            let all = json!({"rules": rules, "wholly": wholly, "partly": partly, "not": not});
            writeln!(io.out, "{}", serde_json::to_string_pretty(&all).unwrap_or_default())?;
        }
        Format::Text => {
            for line in &lines {
                write(line, &words, io)?;
            }
            let partly = total - wholly - not;
            match words.say("zh", "en") {
                "zh" => writeln!(
                    io.out,
                    "共 {total} 条：可完全判定 {wholly} 条，部分 {partly} 条，不能 {not} 条"
                )?,
                _ => writeln!(
                    io.out,
                    "{total} rules: {wholly} wholly decidable, {partly} in part, {not} not"
                )?,
            }
        }
    }
    Ok(Exit::Good)
}

fn write(line: &Line<'_>, words: &Words<'_>, io: &mut Io<'_>) -> std::io::Result<()> {
    let Line { rule, followed, yes, no } = line;
    let title = words.text(&rule.title);
    let how = match followed {
        Followed::Wholly => words.say("可判定", "decidable"),
        Followed::Partly(_) => words.say("部分可判定", "in part"),
        Followed::Not => words.say("不能判定", "not decidable"),
    };
    writeln!(io.out, "{}  {} {title}  [{how}]", rule.name, rule.id)?;
    let says = |answer: &Answer| match answer {
        Answer::Sat(_) => None,
        Answer::Unsat => Some(words.say("没有（已证明）", "none (proved)")),
        Answer::NotDecided(_) => {
            Some(words.say("没有找到，也不能排除", "none found, none excluded"))
        }
    };
    if let Some(told) = says(yes) {
        writeln!(io.out, "    {}{told}", words.say("满足它的情形：", "cases that satisfy it: "))?;
    }
    if let Some(told) = says(no) {
        writeln!(io.out, "    {}{told}", words.say("不满足它的情形：", "cases that do not: "))?;
    }
    if let Followed::Partly(parts) = followed {
        for (text, spot) in parts {
            let at = format!("{}:{}:{}", rule.file, spot.line, spot.column);
            writeln!(io.out, "    {}{text}  ({at})", words.say("不深究：", "not looked into: "))?;
        }
    }
    Ok(())
}

fn told(line: &Line<'_>) -> Json {
    let Line { rule, followed, yes, no } = line;
    let (how, parts): (&str, Vec<Json>) = match followed {
        Followed::Wholly => ("wholly", Vec::new()),
        Followed::Not => ("not", Vec::new()),
        Followed::Partly(parts) => {
            let part = |(text, spot): &(String, xueji_rules::Spot)| json!({"text": text, "line": spot.line, "column": spot.column});
            ("partly", parts.iter().map(part).collect())
        }
    };
    let answer = |answer: &Answer| match answer {
        Answer::Sat(case) => {
            let case: serde_json::Map<String, Json> =
                case.iter().map(|(path, value)| (path.clone(), value.to_json())).collect();
            json!({"is": "case", "case": case})
        }
        Answer::Unsat => json!({"is": "none"}),
        Answer::NotDecided(because) => json!({"is": "not-decided", "because": because}),
    };
    json!({
        "rule": rule.name, "id": rule.id, "title": rule.title, "file": rule.file, "line": rule.line,
        "decided": how, "not-looked-into": parts, "yes": answer(yes), "no": answer(no),
    })
}
